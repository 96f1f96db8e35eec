//! Where a command works: the root, git, the private state. Nothing of the repository has been read yet.

use std::path::{Path, PathBuf};

use super::Failure;
use super::args::{Arguments, Command, DurabilityKind, HardLinkKind, shell_word};
use super::state::{shared_folder, state_folder};
use super::workspace::FILES;
use crate::commit::{Durability, HardLinks, Policy, Recovery, Site};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::fs::{FileKind, Fs};
use crate::plan::Waiting;
use crate::tree::{FileState, Git, TreeError, file_state, find_root};

pub(crate) struct Base {
    /// Where paths on the command line start.
    pub start: PathBuf,
    pub root: PathBuf,
    /// The folder of what only this work tree knows.
    pub state: PathBuf,
    /// The folder of what the work trees of this repository share.
    pub shared: PathBuf,
    pub git: Option<Git>,
    /// Whether it counts as one's own, whoever owns it.
    is_trusted: bool,
    durability: Durability,
    policy: Policy,
}

impl Base {
    pub fn find(arguments: &Arguments) -> Result<Self, Failure> {
        Self::found(arguments, &|folder| Git::find(folder).map_err(|error| error.of_own()))
    }

    /// As `find`, without running git; `None` where git has to be asked, or something is wrong.
    pub fn plain(arguments: &Arguments) -> Option<Self> {
        let special = || Diagnostic::error(Code::Machine, "git has to be asked");
        Self::found(arguments, &|folder| Git::plain(&FILES, folder).ok_or_else(special)).ok()
    }

    fn found(
        arguments: &Arguments,
        git_of: &dyn Fn(&Path) -> Result<Option<Git>, Diagnostic>,
    ) -> Result<Self, Failure> {
        let global = &arguments.global;
        let start = global.directory.clone().unwrap_or_else(|| PathBuf::from("."));
        let start = folder(&start)?;
        let git = git_of(&start)?;
        let root = match &global.root {
            Some(root) => folder(root)?,
            None => find_root(&FILES, &start, git.as_ref()),
        };
        let git = match git {
            Some(git) if root.starts_with(&git.top) => Some(git),
            _ => git_of(&root)?,
        };
        let state = state_folder(&root, git.as_ref());
        let is_named = |trusted: &PathBuf| FILES.canonical(trusted).is_ok_and(|trusted| trusted == root);
        usable(&state)?;
        let base = Self {
            is_trusted: git.is_some() || global.safe_directory.as_ref().is_some_and(is_named),
            shared: shared_folder(&root, git.as_ref(), &state),
            state,
            durability: match global.durability {
                DurabilityKind::Full => Durability::Full,
                DurabilityKind::Fast => Durability::Fast,
            },
            policy: policy(&arguments.command),
            start,
            root,
            git,
        };
        base.owned(".")?;
        base.owned(".migrate")?;
        Ok(base)
    }

    /// Refuses `folder` of the repository where somebody else could have laid out what is in it. Where there is git, git
    /// has said so already.
    pub fn owned(&self, folder: &str) -> Result<(), Failure> {
        let path: PathBuf = self.root.join(folder).components().collect();
        match FILES.stat(&path) {
            Ok(stat) if !self.is_trusted && !is_own(stat.uid) => {
                let trust = format!("--safe-directory {}", shell_word(&self.root.display().to_string()));
                let path = path.display().to_string();
                Err(TreeError::ForeignOwner { path, owner: Some(stat.uid), trust }.of_own().into())
            }
            _ => Ok(()),
        }
    }

    /// The whole git work tree instead of the root below it, for files that belong there.
    pub fn at_top(self) -> Self {
        let Some(top) = self.git.as_ref().map(|git| git.top.clone()) else { return self };
        Self { state: state_folder(&top, self.git.as_ref()), root: top, ..self }
    }

    pub fn site(&self) -> Site<'static> {
        Site {
            durability: self.durability,
            head: self.git.as_ref().and_then(|git| git.head(&FILES)),
            policy: self.policy,
            shared: self.shared.clone(),
            ..Site::new(&FILES, self.root.clone(), self.state.clone())
        }
    }

    /// From the top of the git work tree to the root, with a slash at the end where that is not the top itself.
    pub fn prefix(&self) -> String {
        let below = self.git.as_ref().and_then(|git| self.root.strip_prefix(&git.top).ok());
        let below = below.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        if below.is_empty() { below } else { below + "/" }
    }

    /// A `down` that waits for a person, and its file in the state folder.
    pub fn waiting(&self) -> Result<Option<(Waiting, FileState)>, Failure> {
        let place = self.state.join(Waiting::FILE);
        let file = file_state(&FILES, &place, &place.display().to_string());
        let Some(file) = file.map_err(|error| error.of_own())? else { return Ok(None) };
        Ok(Some((Waiting::read(&file)?, file)))
    }
}

/// Whether `owner` is this user; with `sudo`, who asked for it counts as well.
fn is_own(owner: u32) -> bool {
    let user = FILES.user();
    let asked = || std::env::var("SUDO_UID").ok().and_then(|id| id.parse().ok());
    owner == user || user == 0 && asked() == Some(owner)
}

/// Refuses a state folder that only another user can read: a run of the superuser has left it so.
fn usable(state: &Path) -> Result<(), Failure> {
    for folder in state.ancestors().take(2) {
        let Ok(stat) = FILES.stat(folder) else { continue };
        if stat.kind == FileKind::Folder && FILES.user() != 0 && stat.uid != FILES.user() && stat.mode & 0o007 != 0o007
        {
            let place = folder.display();
            let message = format!("`{place}`, where this program keeps its state, belongs to user {}", stat.uid);
            return Err(Diagnostic::error(Code::ForeignOwner, message)
                .at(Location::file(place.to_string()))
                .note("a run of that user has made it, as with sudo; nothing was written")
                .help(format!("make it yours: sudo chown -R \"$(id -u):$(id -g)\" {}", shell_word(&place.to_string())))
                .into());
        }
    }
    Ok(())
}

fn folder(path: &Path) -> Result<PathBuf, Failure> {
    let canonical =
        FILES.canonical(path).ok().filter(|path| FILES.stat(path).is_ok_and(|stat| stat.kind == FileKind::Folder));
    canonical.ok_or_else(|| Diagnostic::error(Code::Usage, format!("there is no folder `{}`", path.display())).into())
}

fn policy(command: &Command) -> Policy {
    let writing = command.writing();
    let refuse = writing.is_some_and(|writing| writing.hardlinks == HardLinkKind::Refuse);
    Policy {
        hard_links: if refuse { HardLinks::Refuse } else { HardLinks::Break },
        owner_change: writing.is_some_and(|writing| writing.allow_owner_change),
        in_place: writing.is_some_and(|writing| writing.in_place),
        recovery: match command {
            Command::Recover(recover) if recover.forward => Recovery::Forward,
            Command::Recover(recover) if recover.back => Recovery::Back,
            _ => Recovery::Ask,
        },
    }
}
