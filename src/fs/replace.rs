//! A file that is made or replaced as a whole, for what is written beside the repository: reports.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{FileKind, Fs};

/// Gives `path` the content `bytes` and the mode `mode` in one step. What stood there stays where anything fails.
///
/// # Errors
/// As the system says; and where something else than a regular file has the name.
pub fn replace(files: &dyn Fs, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    is_replaceable(files, path)?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".migrate-{}", std::process::id()));
    let new = path.with_file_name(name);
    match files.write_new(&new, bytes) {
        // It is somebody else's.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        result => result.or_else(|error| files.remove_file(&new).and(Err(error)))?,
    }
    let written = files
        .set_attributes(&new, None, mode)
        .and_then(|()| files.sync_file(&new))
        .and_then(|()| files.rename(&new, path));
    if written.is_err() {
        // Of no use to anybody; the error is the one that counts.
        let _ = files.remove_file(&new);
    }
    written
}

/// Whether a file could be put at `path`, as far as can be told beforehand.
///
/// # Errors
/// Why not.
pub fn is_replaceable(files: &dyn Fs, path: &Path) -> io::Result<()> {
    match files.stat(path) {
        Ok(stat) if stat.kind == FileKind::File => {}
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match files.access(folder)?.writable {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::PermissionDenied, "the folder does not take new files")),
    }
}
