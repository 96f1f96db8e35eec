//! The only writer: several files change together, or none does, through crash, power loss and full disk.
//!
//! New contents are staged and made durable first; one rename is the decision; after it every step can be
//! done again by whoever comes next. See `ARCHITECTURE.md` for the protocol as a table.

mod clean;
mod error;
mod in_place;
mod journal;
mod lock;
mod names;
mod preflight;
mod recover;
mod session;
mod swap;
mod transaction;

use std::path::{Path, PathBuf};

use crate::fs::{Fs, Like, Synced};
use crate::plan::Place;

use error::io;

pub use error::CommitError;
pub use lock::last_holder;
pub use preflight::preflight;
pub use recover::{Pending, Recovered, Way, pending};
pub use session::{Session, remember};
pub use transaction::Committed;

/// Where a repository lies, and where its private state does.
#[derive(Clone)]
pub struct Site<'f> {
    pub fs: &'f dyn Fs,
    /// All these paths are canonical: no link is followed below them, nor on the way to them.
    pub root: PathBuf,
    /// On the same device as the root where that can be: a rename is enough then to move a file from one to the other.
    pub state: PathBuf,
    /// Where what all work trees of one repository share is kept; the state folder itself where there is only one.
    pub shared: PathBuf,
    /// What is made durable before a step counts as done.
    pub durability: Durability,
    /// The commit that the work tree stands on, where there is one.
    pub head: Option<String>,
    pub policy: Policy,
}

/// What a person decided beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub hard_links: HardLinks,
    /// Whether a file may become this process's own where its owner can not be kept.
    pub owner_change: bool,
    /// Whether a file that can not be replaced may be written where it stands.
    pub in_place: bool,
    pub recovery: Recovery,
}

/// What becomes of a file that has other names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HardLinks {
    /// It parts from them: they keep the old text.
    #[default]
    Break,
    Refuse,
}

/// What becomes of an interrupted run that was made for another tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recovery {
    /// A person is asked, and nothing is touched.
    #[default]
    Ask,
    /// It is finished; what is neither old nor new stays.
    Forward,
    /// It is taken back; what is neither old nor new stays.
    Back,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Survives power loss.
    Full,
    /// Survives the death of the process only.
    Fast,
}

impl<'f> Site<'f> {
    /// A site without git, durable through power loss.
    pub fn new(fs: &'f dyn Fs, root: PathBuf, state: PathBuf) -> Self {
        let shared = state.clone();
        Self { fs, root, state, shared, durability: Durability::Full, head: None, policy: Policy::default() }
    }

    fn path(&self, place: &Place) -> PathBuf {
        match place {
            Place::Repository(path) => self.root.join(path.as_str()),
            Place::State(name) => self.state.join(name),
            Place::Shared(name) => self.shared.join(name),
        }
    }

    /// `path` as what another file is to be like, as far as this process can make it so.
    fn like<'p>(&self, path: &'p Path) -> Like<'p> {
        Like { path, owner: self.fs.stat(path).is_ok_and(|stat| self.fs.may_give(stat.uid, stat.gid)) }
    }

    fn transaction(&self) -> PathBuf {
        self.state.join("tx")
    }

    fn trash(&self) -> PathBuf {
        self.state.join("trash")
    }

    /// The decision: while this file is there, all of the transaction is to be done.
    fn mark(&self) -> PathBuf {
        self.transaction().join("commit")
    }

    /// Waits for the disk, where that is asked for.
    fn sync_file(&self, path: &Path) -> Result<(), CommitError> {
        match self.durability {
            Durability::Full => io("sync", path, self.fs.sync_file(path)),
            Durability::Fast => Ok(()),
        }
    }

    /// The same for many files and folders, in any order.
    fn sync_each(&self, paths: &[Synced<'_>]) -> Result<(), CommitError> {
        match self.durability {
            Durability::Full => self.fs.sync_each(paths).or_else(|(path, error)| io("sync", &path, Err(error))),
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
