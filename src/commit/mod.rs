//! The only writer: several files change together, or none does, through crash, power loss and full disk.
//!
//! New contents are staged and made durable first; one rename is the decision; after it every step can be
//! done again by whoever comes next. See `ARCHITECTURE.md` for the protocol as a table.

mod journal;
mod recover;
mod session;
mod transaction;

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::fs::{Fs, is_link};
use crate::plan::Place;

pub use recover::{Pending, Recovered, pending};
pub use session::{Session, remember};
pub use transaction::Committed;

/// Where a repository lies, and where its private state does.
#[derive(Clone)]
pub struct Site<'f> {
    pub fs: &'f dyn Fs,
    pub root: PathBuf,
    /// Both paths are canonical: no link is followed below them, nor on the way to them.
    /// On the same device as the root, so that a rename is enough to move a file from one to the other.
    pub state: PathBuf,
    /// What is made durable before a step counts as done.
    pub durability: Durability,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Survives power loss.
    Full,
    /// Survives the death of the process only.
    Fast,
}

/// Why nothing was committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    #[error("`{path}` was changed while the plan was made")]
    Stale { path: String },
    #[error("`{path}` is a link, and what lies behind it is not written")]
    Link { path: String },
    #[error("another run holds the lock: {holder}")]
    Locked { holder: String },
    #[error("an interrupted run left `{path}` neither old nor new")]
    Interrupted { path: String },
    #[error("the journal of an interrupted run is damaged: {why}")]
    Damaged { why: String },
    #[error("stopped before anything was decided")]
    Stopped,
    #[error("some files are written and others are not, since the disk failed: {why}")]
    HalfDone { why: String },
    #[error("failed to {what} `{path}`: {why}")]
    Io { what: &'static str, path: String, why: String },
}

impl CommitError {
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Stale { path } => Diagnostic::error(Code::Stale, self.to_string())
                .at(Location::file(path.clone()))
                .note("nothing was written, and that change is kept")
                .help("run the command again"),
            Self::Link { path } => Diagnostic::error(Code::OutsideRepository, self.to_string())
                .at(Location::file(path.clone()))
                .note("nothing was written")
                .help("put a real folder or file in its place"),
            Self::Locked { .. } => Diagnostic::error(Code::Locked, self.to_string())
                .note("nothing was written")
                .help("wait for it, or give this run more time: --lock-timeout SECONDS"),
            Self::Interrupted { path } => Diagnostic::error(Code::Stale, self.to_string())
                .at(Location::file(path.clone()))
                .note("that change is kept, and what the run had written was taken back")
                .help("run the command again"),
            Self::Damaged { .. } => Diagnostic::error(Code::NeedsPerson, self.to_string())
                .note("nothing was touched")
                .help("look at the files named there, then remove the folder `tx` in the state folder"),
            Self::Stopped => Diagnostic::error(Code::Declined, self.to_string()).note("nothing was written"),
            Self::HalfDone { .. } => Diagnostic::error(Code::NeedsPerson, self.to_string())
                .note("the journal of this run is whole, and says what belongs where")
                .help("when the disk works again: migrate recover"),
            Self::Io { .. } => Diagnostic::error(Code::Machine, self.to_string()).note("nothing was written"),
        }
    }
}

impl Site<'_> {
    fn path(&self, place: &Place) -> PathBuf {
        match place {
            Place::Repository(path) => self.root.join(path.as_str()),
            Place::State(name) => self.state.join(name),
        }
    }

    fn transaction(&self) -> PathBuf {
        self.state.join("tx")
    }

    fn trash(&self) -> PathBuf {
        self.state.join("trash")
    }

    /// Waits for the disk, where that is asked for.
    fn sync_file(&self, path: &Path) -> Result<(), CommitError> {
        match self.durability {
            Durability::Full => io("sync", path, self.fs.sync_file(path)),
            Durability::Fast => Ok(()),
        }
    }

    fn sync_folder(&self, path: &Path) -> Result<(), CommitError> {
        match self.durability {
            Durability::Full => io("sync", path, self.fs.sync_folder(path)),
            Durability::Fast => Ok(()),
        }
    }
}

fn io<T>(what: &'static str, path: &Path, result: std::io::Result<T>) -> Result<T, CommitError> {
    result.map_err(|error| {
        let path = path.display().to_string();
        if is_link(&error) {
            CommitError::Link { path }
        } else {
            CommitError::Io { what, path, why: error.to_string() }
        }
    })
}
