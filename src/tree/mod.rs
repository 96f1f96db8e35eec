//! A repository as a value: files that can be listed and read, on disk, in memory, or with changes laid over.

mod content;
mod disk;
mod git;
mod index;
mod listing;
mod memory;
mod named;
mod outside;
mod overlay;
mod progress;
mod select;
mod sift;
mod walk;

use std::io::ErrorKind;

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::fs::mend;
use crate::path::RepoPath;

pub use content::Content;
pub use disk::{Disk, Reach, file_state, find_root, folder_files, is_migration_name};
pub use git::Git;
pub use listing::deciding_files;
pub use memory::Memory;
pub use named::plain_files;
pub use outside::{Outside, OutsideError, names_below, outside};
pub use overlay::Overlay;
pub use progress::{Progress, Stage};
pub use select::{GlobError, Globs};
pub use sift::{Sifted, Wanted};
pub use walk::RULES;

/// What a file is: its bytes and its permission bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    pub bytes: Content,
    pub mode: u32,
}

impl FileState {
    pub fn new(bytes: Vec<u8>, mode: u32) -> Self {
        Self { bytes: bytes.into(), mode }
    }
}

/// What is known of a file that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    Gone,
    /// It was given this path.
    Moved(RepoPath),
    /// Git has it, and leaves it out of this work tree on purpose.
    Unseen,
    /// It is deleted in this work tree, and git still has it.
    Deleted,
}

/// A repository's files.
pub trait Tree: Sync {
    /// Every file, sorted.
    fn paths(&self) -> &[RepoPath];

    /// The file at `path`; `None` where there is none.
    ///
    /// # Errors
    /// When it can not be read, or must not be.
    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError>;

    /// The listed file that the link at `path` leads to; `None` where there is no link, or it leads elsewhere.
    fn referent(&self, _path: &RepoPath) -> Option<RepoPath> {
        None
    }

    /// Why no file can be made at `path`, where none is listed; `None` where one can.
    fn closed(&self, _path: &RepoPath) -> Option<Closed> {
        None
    }

    /// Where it is counted how many of them were looked at.
    fn progress(&self) -> Option<&Progress> {
        None
    }

    /// Why there is no file at `path`, where one was once.
    fn absence(&self, _path: &RepoPath) -> Absence {
        Absence::Gone
    }

    /// Whether git carries the files from one work tree to the next.
    fn is_in_git(&self) -> bool {
        false
    }

    fn has(&self, path: &RepoPath) -> bool {
        self.paths().binary_search(path).is_ok()
    }

    /// Every file below the folder `folder`, sorted.
    fn below(&self, folder: &str) -> &[RepoPath] {
        let (paths, start) = (self.paths(), format!("{folder}/"));
        let from = paths.partition_point(|path| path.as_str() < start.as_str());
        let length = paths[from..].partition_point(|path| path.as_str().starts_with(&start));
        &paths[from..from + length]
    }
}

/// What is there, and is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// A folder that this user may not list.
    Folder(String),
    /// A file that a glob of a migration would match, if its name were text on one line.
    Name(String),
}

impl LeftOut {
    /// As people are told of it.
    pub fn words(&self) -> String {
        match self {
            Self::Folder(folder) => format!("the folder `{folder}` may not be listed by this user, and was left out"),
            Self::Name(name) => {
                format!("the name of `{name}` is not UTF-8, or has a line end, and the file was left out")
            }
        }
    }

    /// A file with a name of these bytes, if `wanted` would match it.
    fn name(bytes: &[u8], wanted: &Globs) -> Option<Self> {
        let name = String::from_utf8_lossy(bytes).replace(char::is_control, "\u{fffd}");
        wanted.matches(&RepoPath::new(&name).ok()?).then_some(Self::Name(name))
    }
}

/// Why a file can not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// This folder on the way is a repository of its own, or the inside of one.
    Repository(String),
    /// Something is there that is not listed: git ignores its folder.
    Unlisted,
    /// The file is part of a migration.
    Migration,
}

impl Closed {
    /// That `path` is not made.
    pub fn diagnostic(&self, path: &RepoPath) -> Diagnostic {
        let (code, why, help) = match self {
            Self::Repository(folder) => (
                Code::OutsideRepository,
                format!("`{folder}` is a repository of its own"),
                format!("a migration of that repository can make it: migrate -C '{folder}' new NAME"),
            ),
            Self::Unlisted => (
                Code::Unexpected,
                "it is there already, in a folder that git ignores".to_owned(),
                "name another path, or take its folder out of .gitignore".to_owned(),
            ),
            Self::Migration => (
                Code::Unexpected,
                "it is part of a migration".to_owned(),
                "name a path outside the folder of the migrations".to_owned(),
            ),
        };
        let told = Diagnostic::error(code, format!("`{path}` can not be made: {why}"));
        told.at(Location::file(path.as_str())).note("nothing was written").help(help)
    }
}

/// Why a file of the repository is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("`{path}` is a link that leaves the repository")]
    Outside { path: String },
    #[error("a folder on the way to `{path}` is a link")]
    Behind { path: String },
    #[error("`{path}` is not a regular file")]
    NotAFile { path: String },
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge { path: String, limit: u64 },
    #[error("failed to read `{path}`: {why}")]
    Io { path: String, kind: ErrorKind, why: String },
    #[error("failed to ask git: {why}")]
    Git { why: String },
    #[error("`{path}` belongs to {}, and is not followed", .owner.map_or("another user".to_owned(), |id| format!("user {id}")))]
    ForeignOwner {
        path: String,
        owner: Option<u32>,
        /// What to type where it is trusted all the same.
        trust: String,
    },
}

impl TreeError {
    /// Of a file that a migration could change.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Outside { path } | Self::Behind { path } | Self::NotAFile { path } | Self::TooLarge { path, .. } => {
                self.at(path).help(format!("leave it out: migrate up --except '{path}', or `exclude` in migrate.toml"))
            }
            Self::Io { .. } | Self::Git { .. } | Self::ForeignOwner { .. } => self.of_own(),
        }
    }

    /// Of a file that the program itself needs: a record, a migration, its configuration or its state.
    pub fn of_own(&self) -> Diagnostic {
        match self {
            Self::Outside { path } | Self::Behind { path } => {
                self.at(path).help("put a real file or folder in the place of the link")
            }
            Self::NotAFile { path } => self.at(path).help("name a regular file, or put one in its place"),
            Self::TooLarge { path, .. } => {
                self.at(path).help("it was not written by this program: put back what was there, or take it away")
            }
            Self::Io { path, kind, .. } => self.at(path).help(mend(*kind, path)),
            Self::Git { .. } => Diagnostic::error(Code::Machine, self.to_string())
                .note("nothing was written")
                .help("there is a `.git` here, and it decides where records and state lie: see what `git status` says"),
            Self::ForeignOwner { path, trust, .. } => self
                .at(path)
                .note("nothing was written")
                .help("run the command as its owner")
                .help(format!("you trust what lies there? {trust}")),
        }
    }

    fn at(&self, path: &str) -> Diagnostic {
        let code = match self {
            Self::Outside { .. } | Self::Behind { .. } => Code::OutsideRepository,
            Self::NotAFile { .. } => Code::NotAFile,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::Io { .. } | Self::Git { .. } => Code::Machine,
            Self::ForeignOwner { .. } => Code::ForeignOwner,
        };
        Diagnostic::error(code, self.to_string()).at(Location::file(path))
    }
}
