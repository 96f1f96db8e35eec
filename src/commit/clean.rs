//! The end of a transaction: what other programs wrote late is kept, the rest is deleted.

use std::path::{Path, PathBuf};

use super::journal::{Entry, Journal};
use super::swap::{Found, found, put_new};
use super::{CommitError, Site, io};
use crate::format::MAX_BYTES;
use crate::parallel;

/// A program that had the old file open may have written to it since: its text is kept aside.
pub(super) fn keep_late_writes(site: &Site<'_>, journal: &Journal, notes: &mut Vec<String>) {
    let late = parallel::map(&journal.entries, |entry| late_writes(site, entry));
    for (entry, path) in
        journal.entries.iter().zip(late).flat_map(|(entry, late)| late.into_iter().map(move |path| (entry, path)))
    {
        let kept = site.state.join("kept");
        let _ = site.fs.create_folder(&kept, 0o700);
        // Of one entry two files may have been written to: each has its own name.
        let which = path.extension().and_then(|which| which.to_str()).unwrap_or("new");
        let to = kept.join(format!("{}-{}-{which}", journal.id, entry.number));
        let what = "another program wrote to an old file while it was replaced:";
        let named = entry.path(site).map_or_else(|_| String::new(), |path| format!(" `{}`", path.display()));
        if put_new(site, &path, &to).is_ok() || copy(site, &path, &to) {
            notes.push(format!("{what}{named}; its text is kept in {}", to.display()));
        } else {
            notes.push(format!("{what}{named}, and its text could not be kept"));
        }
    }
}

/// The files of `entry` in the transaction that hold what it does not know.
fn late_writes(site: &Site<'_>, entry: &Entry) -> Vec<PathBuf> {
    let Some(old) = &entry.old else { return Vec::new() };
    let ours = |found: &Found| *found == Found::Nothing || found.is(Some(old)) || found.is(entry.new.as_ref());
    let paths = [entry.staged(site), entry.displaced(site)].into_iter().flatten();
    paths.filter(|path| !found(site, path).is_ok_and(|found| ours(&found))).collect()
}

/// From another device.
fn copy(site: &Site<'_>, from: &Path, to: &Path) -> bool {
    site.fs.read(from, MAX_BYTES * 8).is_ok_and(|bytes| site.fs.write_new(to, &bytes).is_ok())
}

/// Takes the decision away from a transaction of which nothing is left in the tree: from here on it is only deleted.
pub(super) fn revoke(site: &Site<'_>) -> Result<(), CommitError> {
    let (mark, over) = (site.mark(), site.transaction().join("over"));
    io("rename", &mark, site.fs.rename(&mark, &over))?;
    site.sync_folder(&site.transaction())
}

/// Deletes a transaction that is over, of which `journal` tells where there is one.
pub(super) fn close(site: &Site<'_>, journal: Option<&Journal>) -> Result<(), CommitError> {
    let (folder, trash) = (site.transaction(), site.trash());
    if site.fs.stat(&folder).is_ok() {
        if let Some(journal) = journal {
            delete_beside(site, journal)?;
        }
        delete(site, &trash)?;
        // Renamed first, so that no half of it is ever taken for a whole one. A folder takes the place of nothing but
        // an empty one.
        io("rename", &folder, site.fs.rename(&folder, &trash))?;
        site.sync_folder(&site.state)?;
    }
    delete(site, &trash)
}

/// Deletes the files of a transaction that lie in the tree. The decision goes first: without them it can not be
/// carried out.
fn delete_beside(site: &Site<'_>, journal: &Journal) -> Result<(), CommitError> {
    let paths = journal.beside(site)?;
    if !paths.is_empty() && site.fs.stat(&site.mark()).is_ok() {
        revoke(site)?;
    }
    for path in paths.iter().filter(|path| site.fs.stat(path).is_ok()) {
        io("delete", path, site.fs.remove_file(path))?;
    }
    Ok(())
}

/// Deletes a folder of files.
fn delete(site: &Site<'_>, folder: &Path) -> Result<(), CommitError> {
    if site.fs.stat(folder).is_err() {
        return Ok(());
    }
    let names = io("list", folder, site.fs.list(folder))?;
    let paths: Vec<PathBuf> = names.into_iter().map(|name| folder.join(name)).collect();
    site.fs.remove_each(&paths).or_else(|(what, path, error)| io(what, &path, Err(error)))?;
    io("delete", folder, site.fs.remove_folder(folder))
}
