//! One commit up to the decision: stage, write down, look again, decide. Until then no target is touched.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::journal::{Entry, Journal, Target};
use super::preflight::{Ground, refuses};
use super::swap::finish;
use super::{CommitError, Site, clean, io};
use crate::diagnostic::Diagnostic;
use crate::format::MAX_BYTES;
use crate::fs::{FileKind, Like, NewFile, Synced};
use crate::parallel;
use crate::plan::FileChange;
use crate::tree::FileState;

/// What was committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    pub files: usize,
    /// What people should hear: text of other programs kept aside.
    pub notes: Vec<String>,
}

/// Makes all `changes`, or none; none where `found`, which the pre-flight said of them, is a refusal.
pub(super) fn commit(
    site: &Site<'_>,
    changes: &[FileChange],
    found: &[Diagnostic],
    stop: &dyn Fn() -> bool,
) -> Result<Committed, CommitError> {
    if changes.is_empty() {
        return Ok(Committed::default());
    }
    if refuses(found) {
        return Err(CommitError::Refused { found: found.to_vec() });
    }
    let numbered: Vec<_> = changes.iter().enumerate().collect();
    let entries = parallel::map(&numbered, |(number, change)| Entry::new(site, *number, change));
    let journal = Journal::new(site, entries, missing_folders(site, changes))?;
    let asked = || if stop() { Err(CommitError::Stopped) } else { Ok(()) };
    let prepared = stage(site, changes, &journal).and_then(|()| unchanged(site, changes)).and_then(|()| asked());
    if let Err(error) = prepared {
        // What can not be deleted now is deleted by the next run.
        let _ = clean::close(site, Some(&journal));
        return Err(error);
    }
    decide(site, &journal)?;
    let mut committed = Committed { files: changes.len(), notes: Vec::new() };
    finish(site, &journal, &mut committed.notes)?;
    Ok(committed)
}

/// Folders that new files need, outermost first.
fn missing_folders(site: &Site<'_>, changes: &[FileChange]) -> Vec<Target> {
    let mut folders: Vec<Target> = Vec::new();
    let mut seen: BTreeSet<Target> = BTreeSet::new();
    for change in changes.iter().filter(|change| change.before.is_none()) {
        let name = change.place.name();
        for (at, _) in name.match_indices('/') {
            let target = Target::of_name(&change.place, &name[..at]);
            let is_missing = || target.place().is_ok_and(|place| site.fs.stat(&site.path(&place)).is_err());
            if seen.insert(target.clone()) && is_missing() {
                folders.push(target);
            }
        }
    }
    folders
}

/// Writes the plan and every new content, durable, targets untouched.
fn stage(site: &Site<'_>, changes: &[FileChange], journal: &Journal) -> Result<(), CommitError> {
    let folder = &site.transaction();
    let plan = &folder.join("plan");
    io("create", folder, site.fs.create_folder(folder, 0o700))?;
    io("write", plan, site.fs.write_new(plan, &journal.render()?))?;
    let beside = journal.beside(site)?;
    if !beside.is_empty() {
        // A file in the tree is listed before it is there: whatever happens, the next run can delete it.
        sync_plan(site)?;
    }
    let ready: Vec<_> = journal.entries.iter().zip(changes).collect();
    let ready = parallel::map(&ready, |(entry, change)| Waiting::of(site, entry, change));
    let ready: Vec<Waiting<'_>> = ready.into_iter().collect::<Result<_, _>>()?;
    let files: Vec<NewFile<'_>> = ready.iter().flat_map(Waiting::files).collect();
    site.fs.make_each(&files).or_else(|(what, path, error)| io(what, &path, Err(error)))?;
    let folders: BTreeSet<&Path> = beside.iter().filter_map(|path| path.parent()).collect();
    let files = files.iter().map(|file| Synced::File(file.path));
    site.sync_each(&files.chain(folders.into_iter().map(Synced::Folder)).collect::<Vec<_>>())?;
    sync_plan(site)
}

/// The new content of an entry, as it is staged.
struct Waiting<'c> {
    path: PathBuf,
    after: Option<&'c FileState>,
    /// The file it takes the place of, and whether its owner can be kept.
    target: PathBuf,
    owner: Option<bool>,
    mode: u32,
    /// A copy of the old content, where the new one is written over it.
    copy: Option<(PathBuf, &'c FileState)>,
}

impl<'c> Waiting<'c> {
    fn of(site: &Site<'_>, entry: &Entry, change: &'c FileChange) -> Result<Self, CommitError> {
        let (path, target, after) = (entry.staged(site)?, site.path(&change.place), change.after.as_ref());
        let wanted = after.map_or(0, |after| after.mode);
        let owner = (after.is_some() && change.before.is_some()).then(|| site.like(&target).owner);
        // What runs as its owner must not run as another.
        let mode = match owner {
            Some(false) => wanted & 0o777,
            Some(true) => wanted,
            None => Ground::of(site, &target).map_or(wanted, |ground| ground.mode_of_new(site, wanted)),
        };
        let old = change.before.as_ref().filter(|_| entry.in_place && after.is_some());
        let copy = old.map(|before| Ok::<_, CommitError>((entry.displaced(site)?, before))).transpose()?;
        Ok(Self { path, after, target, owner, mode, copy })
    }

    fn files(&self) -> impl Iterator<Item = NewFile<'_>> {
        let like = self.owner.map(|owner| Like { path: &self.target, owner });
        let attributes = Some((like, self.mode));
        let new = self.after.map(|after| NewFile { path: &self.path, bytes: &after.bytes, attributes });
        let old = self.copy.as_ref().map(|(path, old)| NewFile { path, bytes: &old.bytes, attributes: None });
        new.into_iter().chain(old)
    }
}

fn sync_plan(site: &Site<'_>) -> Result<(), CommitError> {
    let folder = site.transaction();
    site.sync_file(&folder.join("plan"))?;
    site.sync_folder(&folder)?;
    site.sync_folder(&site.state)
}

/// Every target is still what the plan was made for.
fn unchanged(site: &Site<'_>, changes: &[FileChange]) -> Result<(), CommitError> {
    parallel::map(changes, |change| is_as_planned(site, change)).into_iter().collect()
}

fn is_as_planned(site: &Site<'_>, change: &FileChange) -> Result<(), CommitError> {
    let path = site.path(&change.place);
    if let (Some(before), Ok((stat, bytes))) = (&change.before, site.fs.read_with_stat(&path, MAX_BYTES * 8))
        && stat.mode == before.mode
        && bytes == *before.bytes
    {
        return Ok(());
    }
    let stat = match site.fs.stat(&path) {
        Ok(stat) if stat.kind == FileKind::Link => {
            return Err(CommitError::Link { path: path.display().to_string() });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        stat => Some(io("look at", &path, stat)?),
    };
    let same = match (&change.before, stat) {
        (None, None) => true,
        (Some(before), Some(stat)) => {
            let content = stat.kind == FileKind::File && stat.size == before.bytes.len() as u64;
            content
                && stat.mode == before.mode
                && site.fs.read(&path, MAX_BYTES * 8).is_ok_and(|bytes| bytes == *before.bytes)
        }
        _ => false,
    };
    if same { Ok(()) } else { Err(CommitError::Stale { path: change.place.name().to_owned() }) }
}

/// The one rename that decides. From here on every new byte is durable, and only renames are left.
fn decide(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    let plan = site.transaction().join("plan");
    let decided = io("rename", &plan, site.fs.rename(&plan, &site.mark()));
    if let Err(error) = decided.and_then(|()| site.sync_folder(&site.transaction())) {
        // Whether the mark would survive is unknown: it must not stand while this run says that nothing was written.
        if site.fs.stat(&site.mark()).is_ok() {
            clean::revoke(site).map_err(|second| CommitError::HalfDone { why: format!("{error}; {second}") })?;
        }
        let _ = clean::close(site, Some(journal));
        return Err(error);
    }
    Ok(())
}
