//! Names that a disk takes for the same: of two files whose names differ in capitals only, such a disk keeps one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Site;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::parallel;
use crate::path::RepoPath;
use crate::plan::{FileChange, Place};

/// Files whose names stand for another file on this disk. Only reads: what is there already tells what the disk does.
pub(super) fn taken(site: &Site<'_>, changes: &[FileChange]) -> Vec<Diagnostic> {
    let mut folders = Folders::of(site, changes);
    let mut alike: BTreeMap<String, &RepoPath> = BTreeMap::new();
    let mut found = Vec::new();
    for change in changes {
        let Place::Repository(path) = &change.place else { continue };
        if let Some(there) = folders.other_name(path) {
            found.push(refused(path, &there, "is there"));
        } else if change.before.is_none()
            && let Some(first) = alike.insert(path.as_str().to_lowercase(), path)
            && folders.folds(path)
        {
            found.push(refused(path, first.as_str(), "would be new, too"));
        }
    }
    found
}

fn refused(path: &RepoPath, other: &str, how: &str) -> Diagnostic {
    let message = format!("`{path}` would change, but `{other}` {how}, and this disk takes both names for one");
    Diagnostic::error(Code::SameName, message)
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help(format!("give one of them another name; or leave it out: --except '{}'", path.glob()))
}

/// What lies in folders, each read once.
struct Folders<'s> {
    site: &'s Site<'s>,
    names: BTreeMap<PathBuf, Vec<OsString>>,
}

impl<'s> Folders<'s> {
    /// The folders on the way to what changes.
    fn of(site: &'s Site<'s>, changes: &[FileChange]) -> Self {
        let paths = changes.iter().filter_map(|change| match &change.place {
            Place::Repository(path) => Some(site.root.join(path.as_str())),
            Place::State(_) | Place::Shared(_) => None,
        });
        let above = |path: PathBuf| path.ancestors().skip(1).map(Path::to_owned).collect::<Vec<_>>();
        let all: BTreeSet<PathBuf> = paths.flat_map(above).filter(|folder| folder.starts_with(&site.root)).collect();
        let all: Vec<PathBuf> = all.into_iter().collect();
        let names = parallel::map(&all, |folder| site.fs.list(folder).unwrap_or_default());
        Self { site, names: all.into_iter().zip(names).collect() }
    }

    fn names(&mut self, folder: &Path) -> &[OsString] {
        let site = self.site;
        self.names.entry(folder.to_owned()).or_insert_with(|| site.fs.list(folder).unwrap_or_default())
    }

    /// The path of the file that `path` leads to, where that is called otherwise. Whatever rule the disk has for names:
    /// what is found there and not listed is listed under another name.
    fn other_name(&mut self, path: &RepoPath) -> Option<String> {
        let mut folder = self.site.root.clone();
        let mut done = String::new();
        for part in path.as_str().split('/') {
            let names = self.names(&folder);
            if names.is_empty() {
                return None;
            }
            // They are sorted.
            if names.binary_search_by(|name| name.as_os_str().cmp(OsStr::new(part))).is_err() {
                let id = self.id(&folder.join(part))?;
                let names = self.names(&folder).to_vec();
                let name = names.iter().find(|name| self.id(&folder.join(name)) == Some(id))?;
                return Some(format!("{done}{}", name.to_string_lossy()));
            }
            folder.push(part);
            done = format!("{done}{part}/");
        }
        None
    }

    /// Whether names that differ in capitals only are one in the folder of `path`: a name that is there answers, in
    /// the nearest folder that has one.
    fn folds(&mut self, path: &RepoPath) -> bool {
        let whole = self.site.root.join(path.as_str());
        let root = self.site.root.clone();
        for folder in whole.ancestors().skip(1).take_while(|folder| folder.starts_with(&root)) {
            let names = self.names(folder).to_vec();
            let other = |name: &OsString| flipped(name).filter(|other| !names.contains(other));
            if let Some((name, other)) = names.iter().find_map(|name| Some((name, other(name)?))) {
                let id = self.id(&folder.join(other));
                return id.is_some() && id == self.id(&folder.join(name));
            }
        }
        false
    }

    fn id(&self, path: &Path) -> Option<(u64, u64)> {
        self.site.fs.stat(path).map(|stat| (stat.device, stat.inode)).ok()
    }
}

/// The name with capitals and small letters swapped; none where it has no letters.
fn flipped(name: &OsStr) -> Option<OsString> {
    let name = name.to_str()?;
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let other: String = name.chars().map(swap).collect();
    (other != name).then(|| other.into())
}
