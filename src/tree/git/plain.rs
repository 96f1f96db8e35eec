//! The work tree that a folder lies in, as its files tell: what git would say, told without running it.

use std::path::{Path, PathBuf};

use super::Git;
use crate::fs::{FileKind, Fs};

const MAX_SETTINGS: u64 = 64 * 1024;

impl Git {
    /// What `find` gives, where there is nothing special about the repository; `None` where git has to be asked.
    pub fn plain(fs: &dyn Fs, folder: &Path) -> Option<Option<Self>> {
        let ceilings = std::env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
        let named = std::env::split_paths(&ceilings).filter(|ceiling| !ceiling.as_os_str().is_empty());
        let ceilings: Vec<PathBuf> = named.collect();
        if ceilings.iter().any(|ceiling| !fs.canonical(ceiling).is_ok_and(|real| real == *ceiling)) {
            return None;
        }
        let device = fs.stat(folder).ok()?.device;
        let is_own = |path: &Path| {
            let stat = fs.stat(path).ok();
            stat.is_some_and(|stat| stat.kind == FileKind::Folder && stat.device == device && stat.uid == fs.user())
        };
        for top in folder.ancestors() {
            let is_beyond = top != folder && ceilings.iter().any(|ceiling| ceiling == top);
            if is_beyond || fs.stat(top).ok()?.device != device {
                break;
            }
            let private = top.join(".git");
            if fs.stat(&private).is_ok() {
                let is_plain = is_own(top) && is_own(&private) && is_whole(fs, &private);
                return is_plain.then(|| Some(Self { folder: folder.to_owned(), top: top.to_owned(), private }));
            }
            // It may be the inside of a repository.
            if fs.stat(&top.join("HEAD")).is_ok() {
                return None;
            }
        }
        Some(None)
    }
}

/// Whether `private` is the folder of a repository whose work tree lies around it.
fn is_whole(fs: &dyn Fs, private: &Path) -> bool {
    let has = |name: &str| fs.stat(&private.join(name)).is_ok_and(|stat| stat.kind == FileKind::Folder);
    let text = |name: &str| String::from_utf8(fs.read(&private.join(name), MAX_SETTINGS).ok()?).ok();
    let is_head =
        |head: String| head.starts_with("ref: refs/") || head.bytes().take(40).all(|byte| byte.is_ascii_hexdigit());
    has("objects")
        && has("refs")
        && fs.stat(&private.join("commondir")).is_err()
        && text("HEAD").is_some_and(is_head)
        && text("config").is_some_and(|settings| is_usual(&settings))
}

/// Whether settings say nothing of where the work tree is, nor of a format that only git knows, here or in another file.
fn is_usual(settings: &str) -> bool {
    let settings = settings.to_ascii_lowercase();
    let told = |line: &&str| line.contains("bare") || line.contains("formatversion");
    let usual = ["bare = false", "repositoryformatversion = 0"];
    let special = ["worktree", "extensions", "include", "\\\n"];
    settings.lines().map(str::trim).filter(told).all(|line| usual.contains(&line))
        && !special.iter().any(|special| settings.contains(special))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_with_anything_about_the_work_tree_are_gits_to_read() {
        let usual = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = x\n";
        assert!(is_usual(usual) && is_usual(""));
        for special in [
            "[core]\n\tbare = true\n",
            "[core]\n\tbare\n",
            "[core] bare = false\n",
            "[core]\n\trepositoryFormatVersion = 1\n",
            "[core]\n\tworkTree = ..\n",
            "[Extensions]\n\tobjectFormat = sha256\n",
            "[includeIf \"gitdir:x\"]\n\tpath = y\n",
            "[core]\n\twork\\\ntree = x\n",
        ] {
            assert!(!is_usual(special), "{special}");
        }
    }
}
