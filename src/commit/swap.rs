//! The part of a commit after the decision: each new content takes the place of the old one, or all of it goes back.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use super::journal::{Content, Entry, Journal, digest};
use super::preflight::Ground;
use super::{CommitError, Site, clean, in_place, io};
use crate::format::MAX_BYTES;
use crate::fs::{FileKind, Synced, is_link};
use crate::parallel;

/// What stands at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File(Content),
    /// A link, a folder, something too large: never ours.
    Other,
}

impl Found {
    /// Whether it has this content. The mode does not count: not every file system keeps it.
    pub fn is(&self, content: Option<&Content>) -> bool {
        match (self, content) {
            (Self::Nothing, None) => true,
            (Self::File(found), Some(content)) => found.hash == content.hash,
            _ => false,
        }
    }
}

pub(super) fn found(site: &Site<'_>, path: &Path) -> Result<Found, CommitError> {
    match site.fs.read_with_stat(path, MAX_BYTES * 8) {
        Ok((stat, bytes)) => Ok(Found::File(Content { hash: digest(&bytes), mode: stat.mode })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(_) => found_unread(site, path),
    }
}

/// What is at `path`, which can not be read.
fn found_unread(site: &Site<'_>, path: &Path) -> Result<Found, CommitError> {
    let limit = MAX_BYTES * 8;
    let stat = match site.fs.stat(path) {
        Ok(stat) if stat.kind == FileKind::File && stat.size <= limit => stat,
        Ok(_) => return Ok(Found::Other),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if is_link(&error) || error.kind() == ErrorKind::NotADirectory => return Ok(Found::Other),
        Err(error) => return io("look at", path, Err(error)),
    };
    match site.fs.read(path, limit) {
        Ok(bytes) => Ok(Found::File(Content { hash: digest(&bytes), mode: stat.mode })),
        // Swapped between the two calls.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) if is_link(&error) => Ok(Found::Other),
        Err(error) => io("read", path, Err(error)),
    }
}

/// Carries a decided transaction to its end, or takes all of it back. Can be repeated from any point of it.
pub(super) fn finish(site: &Site<'_>, journal: &Journal, notes: &mut Vec<String>) -> Result<(), CommitError> {
    if let Err(error) = swap_all(site, journal).and_then(|()| sync_all(site, journal)) {
        back(site, journal).map_err(|second| CommitError::HalfDone { why: format!("{error}; {second}") })?;
        return Err(error);
    }
    end(site, journal, notes);
    Ok(())
}

/// The same where every new content is in its place. It may have been said that it is done: nothing goes back now.
pub(super) fn settle(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    sync_all(site, journal)?;
    end(site, journal, &mut Vec::new());
    Ok(())
}

/// Everything is written and durable: what can not be deleted now is deleted by the next run.
fn end(site: &Site<'_>, journal: &Journal, notes: &mut Vec<String>) {
    clean::keep_late_writes(site, journal, notes);
    let _ = clean::close(site, Some(journal));
}

/// Takes a decided transaction back, and ends it.
pub(super) fn back(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    take_back(site, journal)?;
    clean::revoke(site)?;
    let _ = clean::close(site, Some(journal));
    Ok(())
}

fn swap_all(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    for target in &journal.folders {
        let path = site.path(&target.place()?);
        let mode = Ground::of(site, &path).map_or(0o755, |ground| ground.mode_of_new(site, 0o755));
        match site.fs.create_folder(&path, mode) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => io("create", &path, Err(error))?,
            _ => {}
        }
    }
    let written = parallel::map(&journal.entries, |entry| is_written(site, entry));
    for (entry, is_written) in journal.entries.iter().zip(written) {
        if !is_written? {
            swap(site, entry)?;
        }
    }
    Ok(())
}

/// Whether the new content of an entry has had its turn: it stands there, or somebody edited it since, and the old
/// content is where it was put.
pub(super) fn is_written(site: &Site<'_>, entry: &Entry) -> Result<bool, CommitError> {
    let (old, new) = (entry.old.as_ref(), entry.new.as_ref());
    let target = found(site, &entry.path(site)?)?;
    if target.is(new) || target.is(old) {
        return Ok(is_new(&target, entry));
    }
    if entry.in_place {
        return Ok(false);
    }
    let staged = found(site, &entry.staged(site)?)?;
    Ok(staged.is(old) || staged.is(None) && found(site, &entry.displaced(site)?)?.is(old))
}

/// Whether the mode of the file is all that is new.
fn is_mode(entry: &Entry) -> bool {
    let content = entry.old.as_ref().zip(entry.new.as_ref());
    content.is_some_and(|(old, new)| old.hash == new.hash && old.mode != new.mode)
}

/// Whether `target` is what `entry` makes of it. Where only the mode is new, the mode tells.
fn is_new(target: &Found, entry: &Entry) -> bool {
    match (target, &entry.new) {
        (Found::File(found), Some(new)) if is_mode(entry) => found == new,
        (target, new) => target.is(new.as_ref()),
    }
}

/// Puts the new content in the target's place, and looks at what came out.
fn swap(site: &Site<'_>, entry: &Entry) -> Result<(), CommitError> {
    let path = &entry.path(site)?;
    let (staged, displaced) = (&entry.staged(site)?, &entry.displaced(site)?);
    let stale = || CommitError::Stale { path: path.display().to_string() };
    match (&entry.old, &entry.new) {
        (None, Some(_)) => match put_new(site, staged, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(stale()),
            result => io("create", path, result),
        },
        (Some(_), Some(new)) if entry.in_place => in_place::write(site, entry, staged, new),
        (Some(old), Some(_)) => match site.fs.exchange(staged, path) {
            Ok(()) if found(site, staged)?.is(Some(old)) => Ok(()),
            Ok(()) => {
                // Somebody saved the file between the last look and the swap: what they saved goes back.
                io("restore", path, site.fs.exchange(staged, path))?;
                Err(stale())
            }
            Err(error) if is_missing(&error) => {
                set_aside(site, entry, old)?;
                if !found(site, path)?.is(Some(old)) {
                    return Err(stale());
                }
                io("replace", path, site.fs.rename(staged, path))
            }
            Err(error) => io("replace", path, Err(error)),
        },
        (Some(old), None) => {
            // The second name that an interrupted run gave it.
            if found(site, displaced)? != Found::Nothing {
                io("delete", displaced, site.fs.remove_file(displaced))?;
            }
            io("remove", path, put_new(site, path, displaced))?;
            if found(site, displaced)?.is(Some(old)) {
                return Ok(());
            }
            io("restore", path, put_new(site, displaced, path))?;
            Err(stale())
        }
        (None, None) => Ok(()),
    }
}

/// Where two names can not be exchanged, the old content gets a second name first, or a durable copy.
fn set_aside(site: &Site<'_>, entry: &Entry, old: &Content) -> Result<(), CommitError> {
    let (path, displaced) = (&entry.path(site)?, &entry.displaced(site)?);
    if same_file(site, path, displaced) {
        // An interrupted run has linked it.
        return Ok(());
    }
    // A copy it was making may lack its end, its mode or its place on the disk.
    if found(site, displaced)? != Found::Nothing {
        io("delete", displaced, site.fs.remove_file(displaced))?;
    }
    match site.fs.link(path, displaced) {
        Err(error) if is_missing(&error) || error.kind() == ErrorKind::PermissionDenied => {
            let bytes = io("read", path, site.fs.read(path, MAX_BYTES * 8))?;
            io("copy", path, site.fs.write_new(displaced, &bytes))?;
            let like = Some(site.like(path));
            io("set the attributes of", displaced, site.fs.set_attributes(displaced, like, old.mode))?;
            site.sync_file(displaced)?;
            displaced.parent().map_or(Ok(()), |folder| site.sync_folder(folder))?;
        }
        result => io("link", path, result)?,
    }
    if found(site, displaced)?.is(Some(old)) {
        Ok(())
    } else {
        Err(CommitError::Stale { path: path.display().to_string() })
    }
}

/// Puts back what a transaction has written so far. A target that is not what it wrote is somebody's and stays.
fn take_back(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    for entry in journal.entries.iter().rev() {
        let path = &entry.path(site)?;
        // What is the old content just as well was not written; one with another mode was.
        let target = found(site, path)?;
        let written = is_new(&target, entry) && (!target.is(entry.old.as_ref()) || is_mode(entry));
        if written || !target.is(entry.old.as_ref()) && in_place::is_torn(site, entry)? {
            take_back_one(site, entry, path)?;
        }
    }
    for target in journal.folders.iter().rev() {
        let path = site.path(&target.place()?);
        match site.fs.remove_folder(&path) {
            // A folder that holds something else by now stays.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {}
            result => io("remove", &path, result)?,
        }
    }
    // The old contents were durable before; a disk that can not sync now can not lose them.
    let _ = sync_folders(site, journal);
    Ok(())
}

fn take_back_one(site: &Site<'_>, entry: &Entry, path: &Path) -> Result<(), CommitError> {
    let (staged, displaced) = (&entry.staged(site)?, &entry.displaced(site)?);
    let new = entry.new.as_ref();
    match (&entry.old, new) {
        (Some(old), Some(_)) if entry.in_place => in_place::write(site, entry, displaced, old)?,
        (Some(old), Some(_)) if found(site, staged)?.is(Some(old)) => {
            io("restore", path, site.fs.exchange(staged, path))?;
            if !found(site, staged)?.is(new) {
                // Saved at this very moment: what came out is somebody's and goes back.
                io("restore", path, site.fs.exchange(staged, path))?;
            }
        }
        (Some(_), Some(_)) => io("restore", path, site.fs.rename(displaced, path))?,
        (Some(_), None) => io("restore", path, put_new(site, displaced, path))?,
        (None, Some(_)) if same_file(site, staged, path) => io("remove", path, site.fs.remove_file(path))?,
        // While the staged file is there, what stands at the target is somebody else's.
        (None, Some(_)) if found(site, staged)? == Found::Nothing => {
            io("remove", path, put_new(site, path, staged))?;
            if !found(site, staged)?.is(new) {
                io("restore", path, put_new(site, staged, path))?;
            }
        }
        (None, _) => {}
    }
    Ok(())
}

/// Whether two names are of one file.
fn same_file(site: &Site<'_>, one: &Path, other: &Path) -> bool {
    let id = |path| site.fs.stat(path).map(|stat| (stat.device, stat.inode)).ok();
    id(one).is_some() && id(one) == id(other)
}

fn sync_all(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    sync_folders(site, journal)?;
    site.sync_folder(&site.transaction())
}

fn sync_folders(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    let mut folders = BTreeSet::new();
    for target in journal.entries.iter().map(|entry| &entry.target).chain(&journal.folders) {
        folders.extend(site.path(&target.place()?).parent().map(Path::to_owned));
    }
    let there = folders.iter().filter(|folder| site.fs.stat(folder).is_ok());
    site.sync_each(&there.map(|folder| Synced::Folder(folder)).collect::<Vec<_>>())
}

/// Renames to a name that must be free.
pub(super) fn put_new(site: &Site<'_>, from: &Path, to: &Path) -> std::io::Result<()> {
    match site.fs.rename_new(from, to) {
        Err(error) if is_missing(&error) => {}
        result => return result,
    }
    // File systems without the flag: a hard link refuses an existing name just as well.
    match site.fs.link(from, to) {
        Ok(()) => return site.fs.remove_file(from),
        Err(error) if is_missing(&error) || error.kind() == ErrorKind::PermissionDenied => {}
        Err(error) => return Err(error),
    }
    match site.fs.stat(to) {
        Err(error) if error.kind() == ErrorKind::NotFound => site.fs.rename(from, to),
        Err(error) => Err(error),
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
    }
}

/// Whether a call failed since the file system does not have it.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported)
}
