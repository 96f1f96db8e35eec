//! One commit up to the decision: stage, write down, look again, decide. Until then no target is touched.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use super::journal::{Entry, Journal, Target};
use super::preflight::{Ground, refuses};
use super::swap::finish;
use super::{CommitError, Site, clean, io};
use crate::diagnostic::Diagnostic;
use crate::format::MAX_BYTES;
use crate::fs::{FileKind, Synced};
use crate::plan::FileChange;

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
    let entries = changes.iter().enumerate().map(|(number, change)| Entry::new(site, number, change));
    let journal = Journal::new(site, entries.collect(), missing_folders(site, changes))?;
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
    for change in changes.iter().filter(|change| change.before.is_none()) {
        let name = change.place.name();
        for (at, _) in name.match_indices('/') {
            let target = Target::of_name(&change.place, &name[..at]);
            let missing = target.place().is_ok_and(|place| site.fs.stat(&site.path(&place)).is_err());
            if missing && !folders.contains(&target) {
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
    let mut staged = Vec::new();
    for (entry, change) in journal.entries.iter().zip(changes) {
        let (path, target) = (entry.staged(site)?, site.path(&change.place));
        let Some(after) = &change.after else { continue };
        io("write", &path, site.fs.write_new(&path, &after.bytes))?;
        let like = change.before.is_some().then(|| site.like(&target));
        // What runs as its owner must not run as another.
        let mode = match like {
            Some(like) if !like.owner => after.mode & 0o777,
            Some(_) => after.mode,
            None => Ground::of(site, &target).map_or(after.mode, |ground| ground.mode_of_new(site, after.mode)),
        };
        io("set the attributes of", &path, site.fs.set_attributes(&path, like, mode))?;
        staged.push(path);
        if let Some(before) = change.before.as_ref().filter(|_| entry.in_place) {
            let copy = entry.displaced(site)?;
            io("write", &copy, site.fs.write_new(&copy, &before.bytes))?;
            staged.push(copy);
        }
    }
    let folders: BTreeSet<&Path> = beside.iter().filter_map(|path| path.parent()).collect();
    let files = staged.iter().map(|path| Synced::File(path));
    site.sync_each(&files.chain(folders.into_iter().map(Synced::Folder)).collect::<Vec<_>>())?;
    sync_plan(site)
}

fn sync_plan(site: &Site<'_>) -> Result<(), CommitError> {
    let folder = site.transaction();
    site.sync_file(&folder.join("plan"))?;
    site.sync_folder(&folder)?;
    site.sync_folder(&site.state)
}

/// Every target is still what the plan was made for.
fn unchanged(site: &Site<'_>, changes: &[FileChange]) -> Result<(), CommitError> {
    for change in changes {
        let path = site.path(&change.place);
        if let (Some(before), Ok((stat, bytes))) = (&change.before, site.fs.read_with_stat(&path, MAX_BYTES * 8))
            && stat.mode == before.mode
            && bytes == *before.bytes
        {
            continue;
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
        if !same {
            return Err(CommitError::Stale { path: change.place.name().to_owned() });
        }
    }
    Ok(())
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
