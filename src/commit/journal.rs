//! What a transaction is about to do, written down before it does it, with a checksum of itself.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{CommitError, Site, io};
use crate::path::RepoPath;
use crate::plan::{FileChange, Place};
use crate::tree::FileState;

/// The version of the journal's format.
const FORMAT: u32 = 1;
const LIMIT: u64 = 64 * 1024 * 1024;

/// The files of one transaction, in the order they are written: records last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    format: u32,
    /// Device and inode of the root and of the state folder.
    at: [u64; 4],
    pub entries: Vec<Entry>,
    /// Folders to make first, outermost first, from the root or the state folder.
    pub folders: Vec<Target>,
}

/// One file: contents by hash; `None` = no file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Names its files in the transaction.
    number: usize,
    pub target: Target,
    pub old: Option<Content>,
    pub new: Option<Content>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub hash: String,
    pub mode: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Target {
    Repository(String),
    State(String),
}

impl Target {
    pub fn of(place: &Place) -> Self {
        match place {
            Place::Repository(path) => Self::Repository(path.to_string()),
            Place::State(name) => Self::State(name.clone()),
        }
    }

    /// The place it names, checked again: a journal is data from a disk.
    pub fn place(&self) -> Result<Place, CommitError> {
        let name = match self {
            Self::Repository(name) | Self::State(name) => name,
        };
        let path = RepoPath::new(name).map_err(|error| CommitError::Damaged { why: error.to_string() })?;
        Ok(match self {
            Self::Repository(_) => Place::Repository(path),
            Self::State(_) => Place::State(path.to_string()),
        })
    }
}

impl Entry {
    pub fn new(number: usize, change: &FileChange) -> Self {
        let content = |state: &FileState| Content { hash: digest(&state.bytes), mode: state.mode };
        Self {
            number,
            target: Target::of(&change.place),
            old: change.before.as_ref().map(content),
            new: change.after.as_ref().map(content),
        }
    }

    pub fn path(&self, site: &Site<'_>) -> Result<PathBuf, CommitError> {
        Ok(site.path(&self.target.place()?))
    }

    /// Where the new content waits; after an exchange the old one is there.
    pub fn staged(&self, site: &Site<'_>) -> PathBuf {
        site.transaction().join(format!("{}.new", self.number))
    }

    /// Where the old content goes when it can not change places with the new one.
    pub fn displaced(&self, site: &Site<'_>) -> PathBuf {
        site.transaction().join(format!("{}.old", self.number))
    }
}

impl Journal {
    pub fn new(site: &Site<'_>, entries: Vec<Entry>, folders: Vec<Target>) -> Result<Self, CommitError> {
        Ok(Self { format: FORMAT, at: identity(site)?, entries, folders })
    }

    /// The journal and, on the last line, its checksum.
    pub fn render(&self) -> Result<Vec<u8>, CommitError> {
        let text = serde_json::to_string(self).map_err(|error| CommitError::Damaged { why: error.to_string() })?;
        Ok(format!("{text}\n{}\n", digest(text.as_bytes())).into_bytes())
    }

    /// Reads the journal at `path`.
    ///
    /// # Errors
    /// When its checksum does not fit, or a newer version wrote it.
    pub fn read(site: &Site<'_>, path: &Path) -> Result<Self, CommitError> {
        let bytes = io("read", path, site.fs.read(path, LIMIT))?;
        let damaged = |why: &str| CommitError::Damaged { why: why.to_owned() };
        let text = String::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
        let (body, sum) = text.trim_end().rsplit_once('\n').ok_or_else(|| damaged("it has no checksum"))?;
        if digest(body.as_bytes()) != sum {
            return Err(damaged("its checksum does not fit"));
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_str(body).map_err(|error| damaged(&error.to_string()))?;
        if version.format > FORMAT {
            return Err(damaged("a newer version of this tool wrote it; run that version"));
        }
        let journal: Self = serde_json::from_str(body).map_err(|error| damaged(&error.to_string()))?;
        // State among the files of a repository may have come with a clone or an archive, which can not know this.
        if site.state.starts_with(site.root.join(".migrate")) && journal.at != identity(site)? {
            return Err(damaged("it was written for another folder than this one"));
        }
        Ok(journal)
    }
}

fn identity(site: &Site<'_>) -> Result<[u64; 4], CommitError> {
    let root = io("look at", &site.root, site.fs.stat(&site.root))?;
    let state = io("look at", &site.state, site.fs.stat(&site.state))?;
    Ok([root.device, root.inode, state.device, state.inode])
}

/// SHA-256, as `sha256sum` prints it.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
