//! A repository as a value: files that can be listed and read, on disk, in memory, or with changes laid over.

mod disk;
mod git;
mod index;
mod listing;
mod memory;
mod outside;
mod overlay;
mod progress;
mod select;
mod sift;
mod walk;

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::path::RepoPath;

pub use disk::{Disk, Reach, file_state, find_root, folder_files, is_migration_name};
pub use git::Git;
pub use memory::Memory;
pub use outside::{Outside, OutsideError, outside};
pub use overlay::Overlay;
pub use progress::{Progress, Stage};
pub use select::{GlobError, Globs};
pub use sift::{Sifted, Wanted};

/// What a file is: its bytes and its permission bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    pub bytes: Vec<u8>,
    pub mode: u32,
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
}

/// Why a file of the repository is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("`{path}` is a link that leaves the repository")]
    Outside { path: String },
    #[error("`{path}` is not a regular file")]
    NotAFile { path: String },
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge { path: String, limit: u64 },
    #[error("failed to read `{path}`: {why}")]
    Io { path: String, why: String },
    #[error("failed to ask git: {why}")]
    Git { why: String },
}

impl TreeError {
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, path) = match self {
            Self::Outside { path } => (Code::OutsideRepository, path),
            Self::NotAFile { path } => (Code::NotAFile, path),
            Self::TooLarge { path, .. } => (Code::TooLarge, path),
            Self::Io { path, .. } => (Code::Machine, path),
            Self::Git { .. } => {
                return Diagnostic::error(Code::Machine, self.to_string()).note("nothing was written").help(
                    "there is a `.git` here, and it decides where records and state lie: see what `git status` says",
                );
            }
        };
        let diagnostic = Diagnostic::error(code, self.to_string()).at(Location::file(path.clone()));
        match self {
            Self::Io { .. } | Self::Git { .. } => diagnostic,
            _ => diagnostic.help(format!("leave it out: migrate up --except '{path}', or `exclude` in migrate.toml")),
        }
    }
}
