//! One commit: stage, write down, look again, decide, swap, make durable, clean up.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::journal::{Entry, Journal, Target, digest};
use super::{CommitError, Site, io};
use crate::format::MAX_BYTES;
use crate::fs::FileKind;
use crate::plan::{FileChange, Place};
use crate::tree::FileState;

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
    let folder = site.transaction();
    let journal = plan(site, changes)?;
    let staged = stage(site, &folder, changes, &journal).and_then(|()| unchanged(site, changes));
    let asked = || if stop() { Err(CommitError::Stopped) } else { Ok(()) };
    if let Err(error) = staged.and_then(|()| asked()).and_then(|()| decide(site, &folder)) {
        // Targets are untouched. What can not be deleted now is deleted by the next run; what may be decided stays.
        if !matches!(error, CommitError::Damaged { .. }) {
            let _ = discard(site, &folder);
        }
        return Err(error);
    }
    let mut committed = Committed { files: changes.len(), notes: hard_links(site, changes) };
    finish(site, &folder, &journal, &mut committed.notes)?;
    Ok(committed)
}

fn plan(site: &Site<'_>, changes: &[FileChange]) -> Result<Journal, CommitError> {
    let hash = |state: &Option<FileState>| state.as_ref().map(|state| digest(&state.bytes));
    let entries = changes.iter().map(|change| Entry {
        target: Target::of(&change.place),
        old: hash(&change.before),
        new: hash(&change.after),
    });
    Journal::new(site, entries.collect(), missing_folders(site, changes))
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
fn stage(site: &Site<'_>, folder: &Path, changes: &[FileChange], journal: &Journal) -> Result<(), CommitError> {
    io("create", folder, site.fs.create_folder(folder, 0o700))?;
    let staged: Vec<(PathBuf, &FileChange)> =
        changes.iter().enumerate().map(|(index, change)| (staged(folder, index), change)).collect();
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

/// The file with the new content of entry `index`; after the swap it holds the old one.
pub(super) fn staged(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("{index}.new"))
}

/// Where the old content goes when it can not change places with the new one.
pub(super) fn displaced(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("{index}.old"))
}

/// Every target is still what the plan was made for.
fn unchanged(site: &Site<'_>, changes: &[FileChange]) -> Result<(), CommitError> {
    for change in changes {
        let path = site.path(&change.place);
        no_links(site, &change.place, &path)?;
        let same = match (&change.before, site.fs.stat(&path)) {
            (None, Err(error)) => error.kind() == ErrorKind::NotFound,
            (Some(before), Ok(stat)) => {
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

/// Neither a target nor a folder on the way to it is a link: what is written stays where it seems to be.
fn no_links(site: &Site<'_>, place: &Place, path: &Path) -> Result<(), CommitError> {
    let base = match place {
        Place::Repository(_) => &site.root,
        Place::State(_) => &site.state,
    };
    let inside = path.ancestors().take_while(|part| *part != base.as_path());
    for part in inside {
        if site.fs.stat(part).is_ok_and(|stat| stat.kind == FileKind::Link) {
            return Err(CommitError::Link { path: part.display().to_string() });
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
fn decide(site: &Site<'_>, folder: &Path) -> Result<(), CommitError> {
    let (plan, mark) = (folder.join("plan"), folder.join("commit"));
    io("rename", &plan, put_new(site, &plan, &mark))?;
    if let Err(error) = site.sync_folder(folder) {
        // Whether the mark would survive is unknown: it must not stand while this run says that nothing was written.
        return match put_new(site, &mark, &plan) {
            Ok(()) => Err(error),
            Err(_) => Err(CommitError::Damaged { why: format!("{error}, and the decision could not be taken back") }),
        };
    }
    Ok(())
}

/// Carries a decided transaction to its end, or takes all of it back. Can be repeated from any point of it.
pub(super) fn finish(
    site: &Site<'_>,
    folder: &Path,
    journal: &Journal,
    notes: &mut Vec<String>,
) -> Result<(), CommitError> {
    let swapped = swap_all(site, folder, journal)
        .and_then(|()| sync_folders(site, journal))
        .and_then(|()| site.sync_folder(folder));
    if let Err(error) = swapped {
        take_back(site, folder, journal)
            .and_then(|()| discard(site, folder))
            .map_err(|second| CommitError::HalfDone { why: format!("{error}; {second}") })?;
        return Err(error);
    }
    keep_late_writes(site, folder, journal, notes);
    // Everything is written and durable: what can not be deleted now is deleted by the next run.
    let _ = discard(site, folder);
    Ok(())
}

fn swap_all(site: &Site<'_>, folder: &Path, journal: &Journal) -> Result<(), CommitError> {
    for target in &journal.folders {
        let place = target.place()?;
        let path = site.path(&place);
        no_links(site, &place, &path)?;
        match site.fs.create_folder(&path, 0o755) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => io("create", &path, Err(error))?,
            _ => {}
        }
    }
    for (index, entry) in journal.entries.iter().enumerate() {
        let place = entry.target.place()?;
        let path = site.path(&place);
        no_links(site, &place, &path)?;
        if !is_written(site, folder, index, entry)? {
            swap(site, folder, index, entry, &path)?;
        }
    }
    Ok(())
}

/// Renames to a name that must be free.
fn put_new(site: &Site<'_>, from: &Path, to: &Path) -> std::io::Result<()> {
    match site.fs.rename_new(from, to) {
        // File systems without the flag: a hard link refuses an existing name just as well.
        Err(error) if is_missing(&error) => {
            site.fs.link(from, to)?;
            site.fs.remove_file(from)
        }
        result => result,
    }
}

/// Whether a call failed since the file system does not have it.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported)
}

/// Whether the new content of an entry has had its turn: it stands there, or somebody edited it since, and the old
/// content is where the new one was.
pub(super) fn is_written(site: &Site<'_>, folder: &Path, index: usize, entry: &Entry) -> Result<bool, CommitError> {
    let found = current(site, &site.path(&entry.target.place()?))?;
    Ok(found == entry.new || found != entry.old && current(site, &staged(folder, index))? == entry.old)
}

/// Puts the new content in the target's place, and looks at what came out.
fn swap(site: &Site<'_>, folder: &Path, index: usize, entry: &Entry, path: &Path) -> Result<(), CommitError> {
    let (staged, old) = (staged(folder, index), displaced(folder, index));
    let stale = || CommitError::Stale { path: path.display().to_string() };
    match (&entry.old, &entry.new) {
        (None, Some(_)) => match put_new(site, &staged, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(stale()),
            result => io("create", path, result),
        },
        (Some(before), Some(_)) => match site.fs.exchange(&staged, path) {
            Ok(()) if current(site, &staged)?.as_ref() == Some(before) => Ok(()),
            Ok(()) => {
                // Somebody saved the file between the last look and the swap: what they saved goes back.
                io("restore", path, site.fs.exchange(&staged, path))?;
                Err(stale())
            }
            Err(error) if is_missing(&error) => {
                // An interrupted run may have made the second name already.
                if current(site, &old)?.as_ref() != Some(before) {
                    io("link", path, site.fs.link(path, &old))?;
                }
                if current(site, &old)?.as_ref() != Some(before) {
                    return Err(stale());
                }
                io("replace", path, site.fs.rename(&staged, path))
            }
            Err(error) => io("replace", path, Err(error)),
        },
        (Some(before), None) => {
            io("remove", path, put_new(site, path, &old))?;
            if current(site, &old)?.as_ref() == Some(before) {
                return Ok(());
            }
            io("restore", path, put_new(site, &old, path))?;
            Err(stale())
        }
        (None, None) => Ok(()),
    }
}

/// The hash of what is at `path`; `None` where nothing is.
pub(super) fn current(site: &Site<'_>, path: &Path) -> Result<Option<String>, CommitError> {
    match site.fs.read(path, MAX_BYTES * 8) {
        Ok(bytes) => Ok(Some(digest(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => io("read", path, Err(error)),
    }
}

/// Puts back what a transaction has written so far. A target that is not what it wrote is somebody's and stays.
pub(super) fn take_back(site: &Site<'_>, folder: &Path, journal: &Journal) -> Result<(), CommitError> {
    for (index, entry) in journal.entries.iter().enumerate().rev() {
        let place = entry.target.place()?;
        let path = site.path(&place);
        if no_links(site, &place, &path).is_err() || current(site, &path)? != entry.new || entry.old == entry.new {
            continue;
        }
        let (staged, old) = (staged(folder, index), displaced(folder, index));
        match (&entry.old, &entry.new) {
            (Some(before), Some(_)) if current(site, &staged)?.as_ref() == Some(before) => {
                io("restore", &path, site.fs.exchange(&staged, &path))?;
            }
            (Some(_), Some(_)) => io("restore", &path, site.fs.rename(&old, &path))?,
            (Some(_), None) => io("restore", &path, put_new(site, &old, &path))?,
            // While the staged file is there, what stands at the target is somebody else's.
            (None, Some(_)) if current(site, &staged)?.is_none() => {
                io("remove", &path, put_new(site, &path, &staged))?;
            }
            (None, Some(_)) => {}
            (None, None) => {}
        }
    }
    for target in journal.folders.iter().rev() {
        // A folder that holds something else by now stays.
        let _ = site.fs.remove_folder(&site.path(&target.place()?));
    }
    // The old contents were durable before; a disk that can not sync now can not lose them.
    let _ = sync_folders(site, journal);
    Ok(())
}

fn sync_folders(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    let mut folders = BTreeSet::new();
    for entry in &journal.entries {
        let path = site.path(&entry.target.place()?);
        folders.extend(path.parent().map(Path::to_owned));
    }
    for target in &journal.folders {
        folders.extend(site.path(&target.place()?).parent().map(Path::to_owned));
    }
    folders.iter().filter(|folder| site.fs.stat(folder).is_ok()).try_for_each(|folder| site.sync_folder(folder))
}

/// A program that had the old file open may have written to it since: its text is kept aside.
fn keep_late_writes(site: &Site<'_>, folder: &Path, journal: &Journal, notes: &mut Vec<String>) {
    for (index, entry) in journal.entries.iter().enumerate() {
        let Some(before) = &entry.old else { continue };
        for path in [staged(folder, index), displaced(folder, index)] {
            let late = current(site, &path).is_ok_and(|found| {
                found.as_ref().is_some_and(|found| found != before && Some(found) != entry.new.as_ref())
            });
            if late {
                let kept = site.state.join("kept");
                let _ = site.fs.create_folder(&kept, 0o700);
                let to = kept.join(format!("{}-{index}", before.get(..12).unwrap_or("file")));
                if put_new(site, &path, &to).is_ok() {
                    notes.push(format!(
                        "another program wrote to an old file while it was replaced; its text is kept in {}",
                        to.display()
                    ));
                }
            }
        }
    }
}

/// Deletes a transaction that is over. Renamed first, so that no half of it is ever taken for a whole one.
pub(super) fn discard(site: &Site<'_>, folder: &Path) -> Result<(), CommitError> {
    let trash = site.trash();
    if site.fs.stat(folder).is_ok() {
        delete(site, &trash)?;
        // A folder takes the place of nothing but an empty one.
        io("rename", folder, site.fs.rename(folder, &trash))?;
        site.sync_folder(&site.state)?;
    }
    delete(site, &trash)
}

/// Deletes a folder of files.
fn delete(site: &Site<'_>, folder: &Path) -> Result<(), CommitError> {
    if site.fs.stat(folder).is_err() {
        return Ok(());
    }
    for name in io("list", folder, site.fs.list(folder))? {
        let path = folder.join(name);
        io("delete", &path, site.fs.remove_file(&path))?;
    }
    io("delete", folder, site.fs.remove_folder(folder))
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
