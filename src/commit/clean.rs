//! The end of a transaction: what other programs wrote late is kept, the rest is deleted.

use std::path::Path;

use super::journal::Journal;
use super::swap::{Found, found, put_new};
use super::{CommitError, Site, io};

/// A program that had the old file open may have written to it since: its text is kept aside.
pub(super) fn keep_late_writes(site: &Site<'_>, journal: &Journal, notes: &mut Vec<String>) {
    for entry in &journal.entries {
        let Some(old) = &entry.old else { continue };
        for path in [entry.staged(site), entry.displaced(site)] {
            let ours = |found: &Found| *found == Found::Nothing || found.is(Some(old)) || found.is(entry.new.as_ref());
            if found(site, &path).is_ok_and(|found| ours(&found)) {
                continue;
            }
            let kept = site.state.join("kept");
            let _ = site.fs.create_folder(&kept, 0o700);
            let to = kept.join(format!("{}-{}", journal.id, entry.number));
            if put_new(site, &path, &to).is_ok() {
                notes.push(format!(
                    "another program wrote to an old file while it was replaced; its text is kept in {}",
                    to.display()
                ));
            }
        }
    }
}

/// Takes the decision away from a transaction of which nothing is left in the tree: from here on it is only deleted.
pub(super) fn revoke(site: &Site<'_>) -> Result<(), CommitError> {
    let (mark, over) = (site.mark(), site.transaction().join("over"));
    io("rename", &mark, site.fs.rename(&mark, &over))?;
    site.sync_folder(&site.transaction())
}

/// Deletes a transaction that is over. Renamed first, so that no half of it is ever taken for a whole one.
pub(super) fn close(site: &Site<'_>) -> Result<(), CommitError> {
    let (folder, trash) = (site.transaction(), site.trash());
    if site.fs.stat(&folder).is_ok() {
        delete(site, &trash)?;
        // A folder takes the place of nothing but an empty one.
        io("rename", &folder, site.fs.rename(&folder, &trash))?;
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
