//! The repository on disk: the only reader. Lists by git's word where there is git, else by walking.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::git::{Git, Keeps};
use super::listing::{Listing, list, list_without_git};
use super::{Absence, Closed, FileState, Globs, LeftOut, Progress, Tree, TreeError};
use crate::format::MAX_BYTES;
use crate::fs::{FileKind, Fs, Stat, is_link};
use crate::path::RepoPath;

pub struct Disk<'f> {
    fs: &'f dyn Fs,
    root: PathBuf,
    paths: Vec<RepoPath>,
    ignored: BTreeSet<RepoPath>,
    left_out: Vec<LeftOut>,
    folders: Vec<String>,
    progress: Option<&'f Progress>,
    git: Option<Git>,
}

/// A file that moved more often than this is gone.
const MOVES: usize = 8;

/// How far a listing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach<'n> {
    Everything,
    /// What git tracks, which takes no walk; everything where there is no git.
    Tracked,
    /// What git tracks, and of the other files those with these names, which takes no walk, either. They have to be
    /// [plain](super::plain_files), and a migration has to be able to change them. Everything where there is no git.
    Named(&'n BTreeSet<RepoPath>),
}

const OWN: &str = ".migrate";
const RECORDS: &str = ".migrate/applied";
/// Where a root without git keeps what is only of this machine.
const LOCAL: &str = "/.migrate/local/";

impl<'f> Disk<'f> {
    /// Lists the files below `root`, as far as `reach` says. Of the files git ignores only those that `wanted` matches are listed.
    ///
    /// # Errors
    /// When the folder can not be listed.
    pub fn open(
        fs: &'f dyn Fs,
        root: &Path,
        git: Option<&Git>,
        wanted: &Globs,
        reach: Reach<'_>,
    ) -> Result<Self, TreeError> {
        let Listing { mut paths, ignored, left_out, folders } = match git {
            Some(git) => list(fs, root, git, wanted, reach)?,
            None => list_without_git(fs, root, wanted)?,
        };
        paths.extend(own_files(fs, root)?);
        paths.sort_unstable();
        paths.dedup();
        let foreign = foreign_folders(fs, root, &paths);
        if !foreign.is_empty() {
            paths.retain(|path| !foreign.iter().any(|folder| path.as_str().starts_with(folder.as_str())));
        }
        let git = git.map(|git| git.at(root));
        Ok(Self { fs, root: root.to_owned(), paths, ignored, left_out, folders, progress: None, git })
    }

    /// Lists only what this program keeps for everybody.
    ///
    /// # Errors
    /// When the folder of the records can not be listed.
    pub fn of_records(fs: &'f dyn Fs, root: &Path, git: Option<&Git>) -> Result<Self, TreeError> {
        let mut paths = own_files(fs, root)?;
        paths.sort_unstable();
        let (git, ignored) = (git.map(|git| git.at(root)), BTreeSet::new());
        let (left_out, folders) = (Vec::new(), Vec::new());
        Ok(Self { fs, root: root.to_owned(), paths, ignored, left_out, folders, progress: None, git })
    }

    /// The same, and what is looked at of it is counted.
    #[must_use]
    pub fn counted(self, progress: &'f Progress) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// The files that git ignores: they are this work tree's own, not the repository's.
    pub fn ignored(&self) -> &BTreeSet<RepoPath> {
        &self.ignored
    }

    /// What is there, and is not listed.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Every folder that was looked at for files that git does not track, from the root, with a slash at the end where it is
    /// not the root itself. A file that comes or goes changes how its folder looks from outside.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Tree for Disk<'_> {
    fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    fn progress(&self) -> Option<&Progress> {
        self.progress
    }

    fn referent(&self, path: &RepoPath) -> Option<RepoPath> {
        let stat = self.fs.stat(&self.root.join(path.as_str())).ok()?;
        if stat.kind == FileKind::Link { self.led_to(path).ok()? } else { None }
    }

    fn closed(&self, path: &RepoPath) -> Option<Closed> {
        let whole = path.as_str();
        for (at, _) in whole.match_indices('/') {
            let folder = self.root.join(&whole[..at]);
            let has = |name: &str| self.fs.stat(&folder.join(name)).is_ok();
            let is_bare = || ["HEAD", "objects", "refs"].iter().all(|name| has(name));
            if has(".git") || has("migrate.toml") || is_marked(self.fs, &folder) || is_bare() {
                return Some(Closed::Repository(whole[..at].to_owned()));
            }
        }
        self.fs.stat(&self.root.join(whole)).is_ok().then_some(Closed::Unlisted)
    }

    fn absence(&self, path: &RepoPath) -> Absence {
        let Some(git) = &self.git else { return Absence::Gone };
        match git.keeps(path.as_str()) {
            Keeps::LeftOut => return Absence::Unseen,
            Keeps::Tracked => return Absence::Deleted,
            Keeps::Nothing => {}
        }
        let next = |path: &RepoPath| RepoPath::new(&git.moved(path.as_str())?).ok();
        let moves = std::iter::successors(next(path), next).take(MOVES);
        let there = moves.into_iter().find(|to| matches!(self.read(to), Ok(Some(_))));
        there.map_or(Absence::Gone, Absence::Moved)
    }

    fn is_in_git(&self) -> bool {
        self.git.is_some()
    }

    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        if self.paths.binary_search(path).is_err() {
            return Ok(None);
        }
        let place = self.root.join(path.as_str());
        if let Ok((stat, bytes)) = self.fs.read_with_stat(&place, MAX_BYTES) {
            return Ok(Some(FileState::new(bytes, stat.mode)));
        }
        // The rare cases: what is it?
        match self.fs.stat(&place) {
            Ok(stat) if stat.kind == FileKind::Link => match self.led_to(path)? {
                Some(file) => file_state(self.fs, &self.root.join(file.as_str()), file.as_str()),
                None => Ok(None),
            },
            Ok(stat) if stat.kind == FileKind::Folder => Ok(None),
            Ok(stat) => content(self.fs, &place, stat, path.as_str()).map(Some),
            Err(error) if is_nowhere(&error) => Ok(None),
            Err(error) if is_link(&error) => Err(TreeError::Behind { path: path.to_string() }),
            Err(error) => Err(unreadable(path.to_string(), &error)),
        }
    }
}

impl Disk<'_> {
    /// The listed file that the link at `path` leads to; `None` where it leads to none.
    fn led_to(&self, path: &RepoPath) -> Result<Option<RepoPath>, TreeError> {
        let name = path.to_string();
        match (self.fs.canonical(&self.root.join(path.as_str())), self.fs.canonical(&self.root)) {
            (Ok(target), Ok(root)) => match target.strip_prefix(&root) {
                Ok(inside) => {
                    let file = inside.to_str().and_then(|inside| RepoPath::new(inside).ok());
                    Ok(file.filter(|file| self.paths.binary_search(file).is_ok()))
                }
                Err(_) => Err(TreeError::Outside { path: name }),
            },
            // A link to nothing, or to itself.
            (Err(error), _) if is_nowhere(&error) || is_link(&error) => Ok(None),
            (Err(error), _) | (_, Err(error)) => Err(unreadable(name, &error)),
        }
    }
}

/// The records and what is kept beside them, tracked or not.
fn own_files(fs: &dyn Fs, root: &Path) -> Result<Vec<RepoPath>, TreeError> {
    let records = folder_files(fs, &root.join(RECORDS))?.into_iter().map(|name| format!("{RECORDS}/{name}"));
    let beside =
        fs.entries(&root.join(OWN)).unwrap_or_default().into_iter().filter(|entry| entry.kind == FileKind::File);
    let beside = beside.filter_map(|entry| Some(format!("{OWN}/{}", entry.name.to_str()?)));
    Ok(records.chain(beside).filter_map(|name| RepoPath::new(&name).ok()).collect())
}

/// Whether a path that can not be looked at leads to no file: anything else is a file that can not be read.
fn is_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The file at `place`, named `name` in errors; `None` where there is none.
///
/// # Errors
/// When it is no regular file, too large, or unreadable.
pub fn file_state(fs: &dyn Fs, place: &Path, name: &str) -> Result<Option<FileState>, TreeError> {
    let path = name.to_owned();
    let stat = match fs.stat(place) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    content(fs, place, stat, name).map(Some)
}

/// The file at `place`, which looks like `stat` from outside.
fn content(fs: &dyn Fs, place: &Path, stat: Stat, name: &str) -> Result<FileState, TreeError> {
    let path = name.to_owned();
    match stat.kind {
        FileKind::File if stat.size > MAX_BYTES => Err(TreeError::TooLarge { path, limit: MAX_BYTES }),
        FileKind::File => match fs.read(place, MAX_BYTES) {
            Ok(bytes) => Ok(FileState::new(bytes, stat.mode)),
            Err(error) => Err(unreadable(path, &error)),
        },
        FileKind::Folder | FileKind::Link | FileKind::Special => Err(TreeError::NotAFile { path }),
    }
}

/// The names in `folder`; none where it does not exist.
///
/// # Errors
/// When it can not be listed.
pub fn folder_files(fs: &dyn Fs, folder: &Path) -> Result<Vec<String>, TreeError> {
    if fs.stat(folder).is_ok_and(|stat| stat.kind == FileKind::Link) {
        return Err(TreeError::Outside { path: folder.display().to_string() });
    }
    match fs.list(folder) {
        Ok(names) => Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unreadable(folder.display().to_string(), &error)),
    }
}

fn unreadable(path: String, error: &io::Error) -> TreeError {
    if is_link(error) {
        TreeError::Outside { path }
    } else {
        TreeError::Io { path, kind: error.kind(), why: error.to_string() }
    }
}

/// The root of the repository that `start` lies in: the nearest folder upwards with a marker of ours, up to the top
/// of the git work tree, another file system or another owner; without a marker git's top, else `start`.
pub fn find_root(fs: &dyn Fs, start: &Path, git: Option<&Git>) -> PathBuf {
    let own = fs.stat(start).ok();
    let mut folder = start;
    loop {
        if is_root(fs, folder) {
            return folder.to_owned();
        }
        let top = git.is_some_and(|git| git.top == folder);
        let Some(parent) = folder.parent().filter(|_| !top) else { break };
        let border = match (fs.stat(parent), own) {
            (Ok(parent), Some(own)) => parent.device != own.device || parent.uid != own.uid,
            _ => true,
        };
        if border || git.is_none() && fs.stat(&folder.join(".git")).is_ok() {
            break;
        }
        folder = parent;
    }
    git.map_or_else(|| start.to_owned(), |git| git.top.clone())
}

fn is_root(fs: &dyn Fs, folder: &Path) -> bool {
    let is = |name: &str, kind| fs.stat(&folder.join(name)).is_ok_and(|stat| stat.kind == kind);
    let migrations = || {
        let own = |name: &String| {
            let inner = folder.join("migrations").join(name).join("migration.toml");
            is_migration_name(name) && (name.ends_with(".toml") || fs.stat(&inner).is_ok())
        };
        folder_files(fs, &folder.join("migrations")).is_ok_and(|names| names.iter().any(own))
    };
    is("migrate.toml", FileKind::File) || is_marked(fs, folder) || migrations()
}

/// Whether `folder` has our folder `.migrate`, with more in it than the lock that a run without records leaves behind.
fn is_marked(fs: &dyn Fs, folder: &Path) -> bool {
    const STATE: [&str; 5] = ["tx", "kept", "ledger", "receipts", "conflict"];
    let own = folder.join(".migrate");
    let names = |folder: &Path| fs.list(folder).ok();
    let holds_state = || {
        names(&own.join("local")).is_none_or(|names| names.iter().any(|name| STATE.iter().any(|state| name == state)))
    };
    fs.stat(&own).is_ok_and(|stat| stat.kind == FileKind::Folder)
        && names(&own).is_none_or(|names| names.len() != 1 || names[0] != "local" || holds_state())
}

/// Whether `name` is that of a migration of the repository's own: `v0002_name.toml`, or the folder `v0002_name`.
pub fn is_migration_name(name: &str) -> bool {
    name.strip_prefix('v').and_then(|rest| rest.split_once('_')).is_some_and(|(number, slug)| {
        let slug = slug.strip_suffix(".toml").unwrap_or(slug);
        number.len() >= 4 && number.bytes().all(|b| b.is_ascii_digit()) && !slug.is_empty() && !slug.contains('.')
    })
}

/// Folders below the root that are roots themselves, and so belong to themselves; of one that only had a lock, the lock.
fn foreign_folders(fs: &dyn Fs, root: &Path, paths: &[RepoPath]) -> Vec<String> {
    let mut foreign: Vec<String> = Vec::new();
    for path in paths {
        let whole = path.as_str();
        let marker = whole.strip_suffix("/migrate.toml").map(str::len).or_else(|| whole.find("/.migrate/"));
        let Some(folder) = marker.map(|length| &whole[..length]) else { continue };
        if foreign.last().is_some_and(|last| whole.starts_with(last.as_str())) {
            continue;
        }
        let is_root = !whole[folder.len()..].starts_with(LOCAL) || is_marked(fs, &root.join(folder));
        foreign.push(format!("{folder}{}", if is_root { "/" } else { LOCAL }));
    }
    foreign
}
