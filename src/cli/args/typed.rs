//! Commands as a person types them, from where this one was typed.

use std::path::Path;

use super::Global;
use crate::migration::Catalogue;

impl Global {
    /// This program, at work in the same repository.
    pub fn migrate(&self) -> String {
        ["migrate".to_owned()].into_iter().chain(self.place()).collect::<Vec<_>>().join(" ")
    }

    /// Git, at work in the same repository.
    pub fn git(&self) -> String {
        let folder = self.root.as_ref().or(self.directory.as_ref());
        folder.map_or("git".to_owned(), |folder| format!("git -C {}", path(folder)))
    }

    /// The flags that say where the repository is.
    fn place(&self) -> Vec<String> {
        let directory = self.directory.iter().map(|folder| format!("-C {}", path(folder)));
        let root = self.root.iter().map(|folder| format!("--root {}", path(folder)));
        let migrations = self.migrations.iter().map(|folder| format!("--migrations {}", shell_word(folder)));
        directory.chain(root).chain(migrations).collect()
    }

    /// The flags that decide what is done, as they would be typed; what is a secret to `catalogue` stays out.
    pub fn restated(&self, catalogue: &Catalogue) -> Vec<String> {
        let set = |assignment: &String| {
            let (name, value) = assignment.split_once('=').unwrap_or((assignment, ""));
            format!("--set {}", shell_word(&format!("{name}={}", catalogue.shown(name, value))))
        };
        let mut words = self.place();
        words.extend(self.only.iter().map(|glob| format!("--only {}", shell_word(glob))));
        words.extend(self.except.iter().map(|glob| format!("--except {}", shell_word(glob))));
        words.extend(self.scale.tracked.then(|| "--tracked".to_owned()));
        words.extend(self.scale.files_from.iter().map(|file| format!("--files-from {}", path(file))));
        words.extend(self.scale.shard.iter().map(|shard| format!("--shard {shard}")));
        words.extend(self.set.iter().map(set));
        words
    }
}

fn path(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}

/// `word` as a POSIX shell reads it.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
