//! A file that is made or replaced as a whole, for what is written beside the repository: reports.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{FileKind, Fs};

/// Gives `path` the content `bytes` in one step. A new file gets the mode `mode`, as far as the umask lets it; one that is
/// there already stays as narrow as it is. What stood there stays where anything fails.
///
/// # Errors
/// As the system says; and where something else than a regular file has the name.
pub fn replace(files: &dyn Fs, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    is_replaceable(files, path)?;
    remove_dead(files, path);
    let mut name = prefix(path);
    name.push(std::process::id().to_string());
    let new = path.with_file_name(name);
    match files.write_new(&new, bytes) {
        // It is somebody else's.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        Err(error) => {
            // It may be there in part; the error is the one that counts.
            let _ = files.remove_file(&new);
            return Err(error);
        }
        Ok(()) => {}
    }
    let mode = files.stat(path).map_or(mode & !files.umask(), |old| mode & old.mode);
    let written = files
        .set_attributes(&new, None, mode)
        .and_then(|()| files.sync_file(&new))
        .and_then(|()| files.rename(&new, path));
    if written.is_err() {
        // As above.
        let _ = files.remove_file(&new);
    }
    written
}

/// How the file is called that waits to take the name of `path`; the process that makes it follows.
fn prefix(path: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".migrate-");
    name
}

/// Deletes what runs have left that were killed before they gave such a file its name.
fn remove_dead(files: &dyn Fs, path: &Path) {
    let prefix = prefix(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_running = |id: &str| files.stat(&Path::new("/proc").join(id)).is_ok();
    for name in files.list(folder).unwrap_or_default() {
        let id = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()).map(String::from_utf8_lossy);
        let Some(id) = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())) else { continue };
        let place = folder.join(&name);
        let is_ours = files.stat(&place).is_ok_and(|stat| stat.kind == FileKind::File && stat.uid == files.user());
        if is_ours && is_running("self") && !is_running(&id) {
            let _ = files.remove_file(&place);
        }
    }
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
