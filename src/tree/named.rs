//! Files by name: when no walk is needed to know of them what a walk would tell.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fs::{FileKind, Fs, Stat};
use crate::path::RepoPath;

/// What makes a folder a repository, or a root, of its own.
const MARKS: [&str; 4] = [".git", "migrate.toml", ".migrate", "HEAD"];

/// Those of `names` that are plain files, which [`Reach::Named`](super::Reach::Named) finds as a walk does. `None` where one may
/// lie in a repository of its own, or behind a link.
pub fn plain_files(fs: &dyn Fs, root: &Path, names: &BTreeSet<RepoPath>) -> Option<BTreeSet<RepoPath>> {
    let paths: Vec<&str> = names.iter().map(RepoPath::as_str).collect();
    let above = |path| str::match_indices(path, '/').map(move |(at, _)| &path[..at]);
    let folders: Vec<&str> = paths.iter().copied().flat_map(above).collect::<BTreeSet<_>>().into_iter().collect();
    let marks: Vec<String> = folders.iter().flat_map(|folder| MARKS.map(|mark| format!("{folder}/{mark}"))).collect();
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let is = |stat: &Stat, kind| stat.kind == kind;
    let is_inside = fs.glance(root, &folders).iter().flatten().all(|stat| is(stat, FileKind::Folder))
        && fs.glance(root, &marks).iter().all(Option::is_none);
    let looks = names.iter().zip(fs.glance(root, &paths));
    let plain = looks.filter(|(_, stat)| stat.as_ref().is_some_and(|stat| is(stat, FileKind::File)));
    is_inside.then(|| plain.map(|(name, _)| name.clone()).collect())
}
