//! One writing run: the lock is held from before the plan is made until everything is committed.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use super::preflight::preflight;
use super::recover::{Recovered, is_pending, recover};
use super::transaction::{Committed, commit};
use super::{CommitError, Site, io, lock};
use crate::diagnostic::Diagnostic;
use crate::fs::{FileKind, Lock};
use crate::plan::{FileChange, Place};

/// The right to write to one repository.
pub struct Session<'f> {
    site: Site<'f>,
    _lock: Box<dyn Lock + 'f>,
}

impl<'f> Session<'f> {
    /// Takes the lock, waiting up to `timeout` for another run, and finishes or discards what an interrupted run left.
    /// `holder` tells people who holds it.
    ///
    /// # Errors
    /// When another run keeps the lock, or an interrupted one needs a person.
    pub fn open(site: Site<'f>, holder: &str, timeout: Duration) -> Result<(Self, Recovered), CommitError> {
        let pending = is_pending(&site);
        let opened = make_folders(&site).and_then(|()| lock::take(&site, holder, timeout)).and_then(|lock| {
            let recovered = recover(&site)?;
            Ok((lock, recovered))
        });
        match opened {
            Ok((lock, recovered)) => Ok((Self { site, _lock: lock }, recovered)),
            Err(CommitError::Io { kind: ErrorKind::ReadOnlyFilesystem, why, .. }) if pending => {
                Err(CommitError::ReadOnly { why })
            }
            Err(error) => Err(error),
        }
    }

    /// What stands against `changes`, and what should be known of them; see [`preflight`].
    pub fn preflight(&self, changes: &[FileChange]) -> Vec<Diagnostic> {
        preflight(&self.site, changes)
    }

    /// Makes all `changes`, or none. `stop` is asked once, right before the decision.
    ///
    /// # Errors
    /// When a file is not what the plan says it is, `stop` says so, or the disk refuses. Nothing is changed then.
    pub fn commit(&self, changes: &[FileChange], stop: &dyn Fn() -> bool) -> Result<Committed, CommitError> {
        self.commit_looked_at(changes, &self.preflight(changes), stop)
    }

    /// As `commit`, where `found` is what `preflight` has just said of `changes`.
    ///
    /// # Errors
    /// As those of `commit`.
    pub fn commit_looked_at(
        &self,
        changes: &[FileChange],
        found: &[Diagnostic],
        stop: &dyn Fn() -> bool,
    ) -> Result<Committed, CommitError> {
        make_shared(&self.site, changes)?;
        commit(&self.site, changes, found, stop)
    }
}

/// Keeps `bytes` as `name` in the state folder, for a command that only reads. Nothing depends on it: where it can
/// not be kept, it is made again.
pub fn remember(site: &Site<'_>, name: &str, bytes: &[u8]) {
    // A command that only reads makes no folder in the work tree.
    if site.state.starts_with(site.root.join(".migrate")) && site.fs.stat(&site.state).is_err() {
        return;
    }
    let (path, fresh) = (site.state.join(name), site.state.join(format!("{name}.{}", std::process::id())));
    // A run that was killed has left its own; one that is at work makes it again another time.
    let left =
        |other: &OsString| other.to_str().and_then(|other| other.strip_prefix(name)?.strip_prefix('.')).is_some();
    for other in site.fs.list(&site.state).unwrap_or_default().iter().filter(|other| left(other)) {
        let _ = site.fs.remove_file(&site.state.join(other));
    }
    let kept = make_folders(site).is_ok() && site.fs.write_new(&fresh, bytes).is_ok();
    if kept && site.fs.rename(&fresh, &path).is_err() {
        let _ = site.fs.remove_file(&fresh);
    }
}

/// The state folder, readable by its owner only.
fn make_folders(site: &Site<'_>) -> Result<(), CommitError> {
    // A repository may come with a state folder in it: nothing there may lead elsewhere.
    refuse_links(site, &site.state, &["lock", "lock.held", "tx", "trash", "kept", "ledger", "receipts", "conflict"])?;
    make_folder(site, &site.state)?;
    // State inside the work tree is nobody's business but this machine's.
    let private = site.state.starts_with(&site.root) && site.state.file_name().is_some_and(|name| name == "local");
    let ignore = site.state.join(".gitignore");
    if private && site.fs.stat(&ignore).is_err() {
        io("write", &ignore, site.fs.write_new(&ignore, b"*\n"))?;
    }
    Ok(())
}

/// The folder of what the work trees share, where `changes` need it.
fn make_shared(site: &Site<'_>, changes: &[FileChange]) -> Result<(), CommitError> {
    if !changes.iter().any(|change| matches!(change.place, Place::Shared(_))) {
        return Ok(());
    }
    refuse_links(site, &site.shared, &["receipts"])?;
    make_folder(site, &site.shared)
}

fn refuse_links(site: &Site<'_>, folder: &Path, names: &[&str]) -> Result<(), CommitError> {
    let parts = folder.ancestors().take(2).map(Path::to_owned);
    for path in parts.chain(names.iter().map(|name| folder.join(name))) {
        if site.fs.stat(&path).is_ok_and(|stat| stat.kind == FileKind::Link) {
            return Err(CommitError::Link { path: path.display().to_string() });
        }
    }
    Ok(())
}

fn make_folder(site: &Site<'_>, wanted: &Path) -> Result<(), CommitError> {
    let mut missing = Vec::new();
    let mut folder = wanted;
    while site.fs.stat(folder).is_err() {
        missing.push(folder);
        match folder.parent() {
            Some(parent) => folder = parent,
            None => break,
        }
    }
    for folder in missing.into_iter().rev() {
        // Beside the state in a work tree lie the records, which are everybody's.
        let mode = if folder == site.root.join(".migrate") { 0o755 } else { 0o700 };
        match site.fs.create_folder(folder, mode) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => io("create", folder, Err(error))?,
            _ => {}
        }
        // A journal in a folder that a power cut takes away again would be no journal.
        if let Some(parent) = folder.parent() {
            site.sync_folder(parent)?;
        }
    }
    Ok(())
}
