//! One commit up to the decision: stage, write down, look again, decide. Until then no target is touched.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::journal::{Entry, Journal, Target};
use super::swap::finish;
use super::{CommitError, Site, clean, io};
use crate::format::MAX_BYTES;
use crate::fs::FileKind;
use crate::plan::{FileChange, Place};

/// What was committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    pub files: usize,
    /// What people should hear: hard links broken, text of other programs kept aside.
    pub notes: Vec<String>,
}

/// Makes all `changes`, or none.
pub(super) fn commit(
    site: &Site<'_>,
    changes: &[FileChange],
    stop: &dyn Fn() -> bool,
) -> Result<Committed, CommitError> {
    if changes.is_empty() {
        return Ok(Committed::default());
    }
    let entries = changes.iter().enumerate().map(|(number, change)| Entry::new(number, change));
    let journal = Journal::new(site, entries.collect(), missing_folders(site, changes))?;
    let asked = || if stop() { Err(CommitError::Stopped) } else { Ok(()) };
    let prepared = stage(site, changes, &journal).and_then(|()| unchanged(site, changes)).and_then(|()| asked());
    if let Err(error) = prepared {
        // What can not be deleted now is deleted by the next run.
        let _ = clean::close(site);
        return Err(error);
    }
    decide(site)?;
    let mut committed = Committed { files: changes.len(), notes: hard_links(site, changes) };
    finish(site, &journal, &mut committed.notes)?;
    Ok(committed)
}

/// Folders that new files need, outermost first.
fn missing_folders(site: &Site<'_>, changes: &[FileChange]) -> Vec<Target> {
    let mut folders: Vec<Target> = Vec::new();
    for change in changes.iter().filter(|change| change.before.is_none()) {
        let name = match &change.place {
            Place::Repository(path) => path.as_str(),
            Place::State(name) => name,
        };
        for (at, _) in name.match_indices('/') {
            let target = match &change.place {
                Place::Repository(_) => Target::Repository(name[..at].to_owned()),
                Place::State(_) => Target::State(name[..at].to_owned()),
            };
            let missing = target.place().is_ok_and(|place| site.fs.stat(&site.path(&place)).is_err());
            if missing && !folders.contains(&target) {
                folders.push(target);
            }
        }
    }
    folders
}

/// Writes every new content beside the targets' device, durable in content, targets untouched.
fn stage(site: &Site<'_>, changes: &[FileChange], journal: &Journal) -> Result<(), CommitError> {
    let folder = &site.transaction();
    io("create", folder, site.fs.create_folder(folder, 0o700))?;
    let staged: Vec<(PathBuf, &FileChange)> =
        journal.entries.iter().map(|entry| entry.staged(site)).zip(changes).collect();
    for (path, change) in &staged {
        let Some(after) = &change.after else { continue };
        io("write", path, site.fs.write_new(path, &after.bytes))?;
        let target = site.path(&change.place);
        let like = change.before.is_some().then_some(target.as_path());
        io("set the attributes of", path, site.fs.set_attributes(path, like, after.mode))?;
    }
    for (path, change) in &staged {
        if change.after.is_some() {
            site.sync_file(path)?;
        }
    }
    let plan = folder.join("plan");
    io("write", &plan, site.fs.write_new(&plan, &journal.render()?))?;
    site.sync_file(&plan)?;
    site.sync_folder(folder)?;
    site.sync_folder(&site.state)
}

/// Every target is still what the plan was made for.
fn unchanged(site: &Site<'_>, changes: &[FileChange]) -> Result<(), CommitError> {
    for change in changes {
        let path = site.path(&change.place);
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
                    && site.fs.read(&path, MAX_BYTES * 8).is_ok_and(|bytes| bytes == before.bytes)
            }
            _ => false,
        };
        if !same {
            return Err(CommitError::Stale { path: name(&change.place) });
        }
    }
    Ok(())
}

fn name(place: &Place) -> String {
    match place {
        Place::Repository(path) => path.to_string(),
        Place::State(name) => name.clone(),
    }
}

/// The one rename that decides. From here on every new byte is durable, and only renames are left.
fn decide(site: &Site<'_>) -> Result<(), CommitError> {
    let plan = site.transaction().join("plan");
    let decided = io("rename", &plan, site.fs.rename(&plan, &site.mark()));
    if let Err(error) = decided.and_then(|()| site.sync_folder(&site.transaction())) {
        // Whether the mark would survive is unknown: it must not stand while this run says that nothing was written.
        if site.fs.stat(&site.mark()).is_ok() {
            clean::revoke(site).map_err(|second| CommitError::HalfDone { why: format!("{error}; {second}") })?;
        }
        let _ = clean::close(site);
        return Err(error);
    }
    Ok(())
}

fn hard_links(site: &Site<'_>, changes: &[FileChange]) -> Vec<String> {
    let linked = changes
        .iter()
        .filter(|change| change.before.is_some())
        .filter(|change| site.fs.stat(&site.path(&change.place)).is_ok_and(|stat| stat.links > 1));
    linked
        .map(|change| format!("{} had more than one name; the others keep the old text", name(&change.place)))
        .collect()
}
