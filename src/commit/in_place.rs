//! Files that can not be replaced: one that is mounted by itself, as containers do it, or one in a folder that takes no
//! names. With `--in-place` such a file is written where it stands.
//!
//! Nothing else is written so: programs may see half of it, and a save at the same moment is lost. The transaction holds both
//! contents, durable before the decision, so that a run which ends in between is finished or taken back like any other.

use std::path::Path;

use super::journal::{Content, Entry};
use super::preflight::Ground;
use super::swap::{Found, found};
use super::{CommitError, Site, io};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::MAX_BYTES;
use crate::fs::{Access, FileAccess};
use crate::plan::FileChange;

/// Why a file can not be replaced by another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hindrance {
    Mounted,
    Folder,
}

/// What hinders replacing `file`, which lies in `folder`, where there is something that writing it could get round.
pub(super) fn hindrance(file: FileAccess, folder: Access) -> Option<Hindrance> {
    if file.mounted {
        return Some(Hindrance::Mounted);
    }
    (file.writable && !folder.writable && !folder.read_only).then_some(Hindrance::Folder)
}

/// Whether the file of `change` is to be written where it stands.
pub(super) fn is_wanted(site: &Site<'_>, change: &FileChange) -> bool {
    let found = || {
        let path = site.path(&change.place);
        let folder = site.fs.access(Ground::of(site, &path)?.folder).ok()?;
        hindrance(site.fs.file_access(&path).ok()?, folder)
    };
    may_be(site, change) && found().is_some()
}

/// Whether the file of `change` is to be written where it stands if something hinders replacing it.
pub(super) fn may_be(site: &Site<'_>, change: &FileChange) -> bool {
    site.policy.in_place && change.before.is_some() && change.after.is_some()
}

/// What people should know before a file is written where it stands, or why it can not be changed at all: since `hindrance`
/// stands against replacing it.
pub(super) fn diagnostic(site: &Site<'_>, change: &FileChange, hindrance: Hindrance) -> Option<Diagnostic> {
    let name = change.place.name();
    let diagnostic = match (hindrance, may_be(site, change)) {
        (_, true) => {
            let text = format!("`{name}` is written where it stands: other programs may see half of it");
            Diagnostic::warning(Code::NotWritable, text)
        }
        // The folder is told of, once for all that is in it.
        (Hindrance::Folder, false) => return None,
        (Hindrance::Mounted, false) => {
            let text =
                format!("`{name}` would change, and is mounted by itself, so that no other file can take its place");
            let diagnostic = Diagnostic::error(Code::NotWritable, text).note("nothing was written");
            let way = "change it where it comes from, outside the container";
            match change.before.is_some() && change.after.is_some() {
                true => diagnostic.help(format!("{way}; or write it where it stands: --in-place")),
                false => diagnostic.help(way),
            }
        }
    };
    Some(diagnostic.at(Location::file(name)))
}

/// Writes `content`, which `from` holds, over the target of `entry`.
pub(super) fn write(site: &Site<'_>, entry: &Entry, from: &Path, content: &Content) -> Result<(), CommitError> {
    let path = &entry.path(site)?;
    let target = found(site, path)?;
    let ours = target.is(entry.old.as_ref()) || target.is(entry.new.as_ref()) || is_torn(site, entry)?;
    if !ours || !found(site, from)?.is(Some(content)) {
        return Err(CommitError::Stale { path: path.display().to_string() });
    }
    let bytes = io("read", from, site.fs.read(from, MAX_BYTES * 8))?;
    io("write", path, site.fs.overwrite(path, &bytes))?;
    if entry.old.as_ref().map(|old| old.mode) != entry.new.as_ref().map(|new| new.mode) {
        io("set the attributes of", path, site.fs.set_attributes(path, None, content.mode))?;
    }
    site.sync_file(path)
}

/// Whether the target is what an interrupted write leaves: at each place a byte of the old content or of the new one.
pub(super) fn is_torn(site: &Site<'_>, entry: &Entry) -> Result<bool, CommitError> {
    let path = entry.path(site)?;
    if !entry.in_place || !matches!(found(site, &path)?, Found::File(_)) {
        return Ok(false);
    }
    let read = |path: &Path| site.fs.read(path, MAX_BYTES * 8);
    let (Ok(old), Ok(new)) = (read(&entry.displaced(site)?), read(&entry.staged(site)?)) else { return Ok(false) };
    Ok(is_mixture(&io("read", &path, read(&path))?, &old, &new))
}

fn is_mixture(found: &[u8], old: &[u8], new: &[u8]) -> bool {
    let (shorter, longer) = (old.len().min(new.len()), old.len().max(new.len()));
    let known = |(at, byte): (usize, &u8)| old.get(at) == Some(byte) || new.get(at) == Some(byte);
    (shorter..=longer).contains(&found.len()) && found.iter().enumerate().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_torn_has_only_bytes_of_both_in_their_places() {
        for (found, torn) in [
            ("A=2\nB=1\n", true),
            ("A=2\n", true),
            ("A=1\nB=1\n", true),
            ("A=2\nB", true),
            ("A=3\nB=1\n", false),
            ("A=", false),
            ("A=1\nB=1\nC=1\n", false),
        ] {
            assert_eq!(is_mixture(found.as_bytes(), b"A=1\n", b"A=2\nB=1\n"), torn, "{found:?}");
        }
    }
}
