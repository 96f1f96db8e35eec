//! What a transaction is about to do, written down before it does it, with a checksum of itself.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::preflight::Ground;
use super::swap::{Found, found};
use super::{CommitError, Site, in_place, io};
use crate::parallel;
use crate::path::RepoPath;
use crate::plan::{FileChange, Place};
use crate::tree::FileState;

/// The version of the journal's format.
const FORMAT: u32 = 2;
const LIMIT: u64 = 64 * 1024 * 1024;

/// The files of one transaction, in the order they are written: records last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    format: u32,
    /// The version of the program that wrote it, for people.
    tool: String,
    /// Names this transaction in files that outlive it.
    pub id: String,
    /// The commit that the work tree stood on.
    pub head: Option<String>,
    /// Device and inode of the root and of the state folder.
    at: [u64; 4],
    pub entries: Vec<Entry>,
    /// Folders to make first, outermost first, each from where its target is.
    pub folders: Vec<Target>,
}

/// One file: contents by hash; `None` = no file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Names its files in the transaction.
    pub number: usize,
    pub target: Target,
    pub old: Option<Content>,
    pub new: Option<Content>,
    /// Where the new content waits when that can not be among the files of the transaction.
    beside: Option<Target>,
    /// The new content is written over the old one, of which the transaction holds a copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_place: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub hash: String,
    pub mode: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Target {
    Repository(String),
    State(String),
    Shared(String),
}

impl Target {
    pub fn of(place: &Place) -> Self {
        match place {
            Place::Repository(path) => Self::Repository(path.to_string()),
            Place::State(name) => Self::State(name.clone()),
            Place::Shared(name) => Self::Shared(name.clone()),
        }
    }

    /// Where `name` lies in the same place.
    pub fn of_name(place: &Place, name: &str) -> Self {
        match place {
            Place::Repository(_) => Self::Repository(name.to_owned()),
            Place::State(_) => Self::State(name.to_owned()),
            Place::Shared(_) => Self::Shared(name.to_owned()),
        }
    }

    /// `.NAME.migrate-ID` in `folder`, for a target of that name below it.
    fn beside(&self, site: &Site<'_>, folder: &Path, id: &str) -> Option<Self> {
        let (base, name) = match self {
            Self::Repository(name) => (&site.root, name),
            Self::State(name) => (&site.state, name),
            Self::Shared(name) => (&site.shared, name),
        };
        let folder = folder.strip_prefix(base).ok()?.to_str()?;
        let name = name.rsplit('/').next()?;
        let slash = if folder.is_empty() { "" } else { "/" };
        let beside = format!("{folder}{slash}.{name}.migrate-{id}");
        Some(match self {
            Self::Repository(_) => Self::Repository(beside),
            Self::State(_) => Self::State(beside),
            Self::Shared(_) => Self::Shared(beside),
        })
    }

    /// The place it names, checked again: a journal is data from a disk.
    pub fn place(&self) -> Result<Place, CommitError> {
        let name = match self {
            Self::Repository(name) | Self::State(name) | Self::Shared(name) => name,
        };
        let path = RepoPath::new(name).map_err(|error| damaged(None, &error.to_string()))?;
        Ok(match self {
            Self::Repository(_) => Place::Repository(path),
            Self::State(_) => Place::State(path.to_string()),
            Self::Shared(_) => Place::Shared(path.to_string()),
        })
    }
}

impl Entry {
    pub fn new(site: &Site<'_>, number: usize, change: &FileChange) -> Self {
        let content = |state: &FileState| Content { hash: digest(&state.bytes), mode: state.mode };
        Self {
            number,
            target: Target::of(&change.place),
            old: change.before.as_ref().map(content),
            new: change.after.as_ref().map(content),
            beside: None,
            in_place: in_place::is_wanted(site, change),
        }
    }

    pub fn path(&self, site: &Site<'_>) -> Result<PathBuf, CommitError> {
        Ok(site.path(&self.target.place()?))
    }

    /// Where the new content waits; after an exchange the old one is there.
    pub fn staged(&self, site: &Site<'_>) -> Result<PathBuf, CommitError> {
        match &self.beside {
            None => Ok(site.transaction().join(format!("{}.new", self.number))),
            Some(beside) => Ok(site.path(&beside.place()?)),
        }
    }

    /// Where the old content goes when it can not change places with the new one.
    pub fn displaced(&self, site: &Site<'_>) -> Result<PathBuf, CommitError> {
        match &self.beside {
            None => Ok(site.transaction().join(format!("{}.old", self.number))),
            Some(_) => Ok(self.staged(site)?.with_added_extension("old")),
        }
    }

    /// `.NAME.migrate-ID` in the nearest folder of the target, where the state folder does not do.
    fn find_beside(&self, site: &Site<'_>, state: &Ground<'_>, id: &str) -> Result<Option<Target>, CommitError> {
        let path = self.path(site)?;
        if self.in_place {
            return Ok(None);
        }
        let Some(ground) = Ground::of(site, &path) else { return Ok(None) };
        if ground.takes_from(site, state, self.old.is_none()) {
            return Ok(None);
        }
        Ok(self.target.beside(site, ground.folder, id))
    }
}

impl Journal {
    pub fn new(site: &Site<'_>, entries: Vec<Entry>, folders: Vec<Target>) -> Result<Self, CommitError> {
        let mut journal = Self {
            format: FORMAT,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            id: String::new(),
            head: site.head.clone(),
            at: identity(site)?,
            entries,
            folders,
        };
        // Two transactions at once there are none, and one process does not do the same twice.
        let mut id = digest(format!("{} {}", std::process::id(), journal.text()?).as_bytes());
        id.truncate(12);
        let transaction = site.transaction();
        if let Some(state) = Ground::of(site, &transaction) {
            let beside = parallel::map(&journal.entries, |entry| entry.find_beside(site, &state, &id));
            for (entry, beside) in journal.entries.iter_mut().zip(beside) {
                entry.beside = beside?;
            }
        }
        journal.id = id;
        Ok(journal)
    }

    /// The files of the transaction that lie in the tree.
    pub fn beside(&self, site: &Site<'_>) -> Result<Vec<PathBuf>, CommitError> {
        let mut paths = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.beside.is_some()) {
            paths.extend([entry.staged(site)?, entry.displaced(site)?]);
        }
        Ok(paths)
    }

    fn text(&self) -> Result<String, CommitError> {
        serde_json::to_string(self).map_err(|error| damaged(None, &error.to_string()))
    }

    /// The journal and, on the last line, its checksum.
    pub fn render(&self) -> Result<Vec<u8>, CommitError> {
        let text = self.text()?;
        Ok(format!("{text}\n{}\n", digest(text.as_bytes())).into_bytes())
    }

    /// Reads the journal at `path`.
    ///
    /// # Errors
    /// When its checksum does not fit, or a newer version wrote it.
    pub fn read(site: &Site<'_>, path: &Path) -> Result<Self, CommitError> {
        let bytes = io("read", path, site.fs.read(path, LIMIT))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (body, sum) = text.trim_end().rsplit_once('\n').unwrap_or((&text, ""));
        let faulty = |why: &str| Err(damaged(Some((site, body)), why));
        if sum.is_empty() {
            return faulty("it has no checksum");
        }
        if digest(body.as_bytes()) != sum {
            return faulty("its checksum does not fit");
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
            tool: Option<String>,
        }
        match serde_json::from_str(body) {
            Ok(Version { format, tool }) if format > FORMAT => {
                return Err(CommitError::Newer {
                    format,
                    tool: tool.unwrap_or_else(|| "of a newer version".to_owned()),
                });
            }
            Ok(_) => {}
            Err(error) => return faulty(&error.to_string()),
        }
        let journal: Self = match serde_json::from_str(body) {
            Ok(journal) => journal,
            Err(error) => return faulty(&error.to_string()),
        };
        // State among the files of a repository may have come with a clone or an archive, which can not know this.
        if site.state.starts_with(site.root.join(".migrate")) && journal.at != identity(site)? {
            return faulty("it was written for another folder than this one");
        }
        Ok(journal)
    }
}

/// The error for a journal that is not followed, with what can be said of its targets for a person.
fn damaged(read: Option<(&Site<'_>, &str)>, why: &str) -> CommitError {
    let targets = read.and_then(|(site, body)| {
        let journal: Journal = serde_json::from_str(body).ok()?;
        Some(journal.entries.iter().filter_map(|entry| standing(site, entry)).take(100).collect())
    });
    CommitError::Damaged {
        why: why.to_owned(),
        folder: read.map(|(site, _)| site.transaction().display().to_string()).unwrap_or_default(),
        targets: targets.unwrap_or_default(),
    }
}

/// What a target is, by what the journal says of it and by the files of the transaction.
fn standing(site: &Site<'_>, entry: &Entry) -> Option<String> {
    let path = entry.path(site).ok()?;
    let target = found(site, &path).ok()?;
    let staged = found(site, &entry.staged(site).ok()?).ok()?;
    let what = match target {
        target if target.is(entry.old.as_ref()) => "old",
        target if target.is(entry.new.as_ref()) => "new",
        target if target != Found::Nothing && target == staged => "as its staged file",
        _ => "neither old nor new",
    };
    Some(format!("`{}` is {what}", path.display()))
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
