//! Where the private state of a repository lies: what only this work tree knows, and what all of them share.

use std::path::{Path, PathBuf};

use super::workspace::FILES;
use crate::fs::Fs;
use crate::tree::Git;

/// The folder of what only this work tree knows: in git's own folder, or, without git or across devices, beside the records.
pub(super) fn state_folder(root: &Path, git: Option<&Git>) -> PathBuf {
    let inside = root.join(".migrate/local");
    let Some(git) = git else { return inside };
    let device = |path: &Path| FILES.stat(path).map(|stat| stat.device).ok();
    let Ok(private) = FILES.canonical(&git.private) else { return inside };
    if device(&private) != device(root) {
        return inside;
    }
    private.join("migrate").join(key(root, git))
}

/// The name of this root among those of one work tree.
fn key(root: &Path, git: &Git) -> String {
    let relative = root.strip_prefix(&git.top).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    if relative.is_empty() { "_".to_owned() } else { relative.replace('%', "%25").replace('/', "%2F") }
}

/// The folder that outlives a linked work tree: in the git folder that all of them share, where `state` lies in git's.
pub(super) fn shared_folder(root: &Path, git: Option<&Git>, state: &Path) -> PathBuf {
    let common = git.filter(|_| !state.starts_with(root.join(".migrate"))).and_then(|git| {
        let private = FILES.canonical(&git.private).ok()?;
        Some((git.common(&FILES)?, git)).filter(|(common, _)| *common != private)
    });
    common.map_or_else(|| state.to_owned(), |(common, git)| common.join("migrate").join(key(root, git)))
}
