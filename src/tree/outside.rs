//! A file that a setting names, wherever it lies: looked at, never written.

use std::path::{Path, PathBuf};

use crate::fs::{FileKind, Fs, Stat};

/// No more names are looked at below one folder.
const MAX_NAMES: usize = 100_000;

/// A file with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    pub bytes: Vec<u8>,
    pub stat: Stat,
    /// Of the folder that holds it, links followed.
    pub folder: Stat,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideError {
    Missing,
    /// A folder, a pipe, a socket, a device: never opened.
    NotAFile,
    TooLarge,
    Unreadable(String),
}

/// The file at `place`, of which no more than `limit` bytes are read. Links are followed, as every program does that
/// the setting is meant for.
///
/// # Errors
/// When there is no such file, or it can not be read.
pub fn outside(fs: &dyn Fs, place: &Path, limit: u64) -> Result<Outside, OutsideError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => OutsideError::Missing,
        _ => OutsideError::Unreadable(error.to_string()),
    };
    let real = fs.canonical(place).map_err(failed)?;
    let stat = fs.stat(&real).map_err(failed)?;
    if stat.kind != FileKind::File {
        return Err(OutsideError::NotAFile);
    }
    if stat.size > limit {
        return Err(OutsideError::TooLarge);
    }
    let folder = fs.stat(real.parent().unwrap_or(&real)).map_err(failed)?;
    let bytes = fs.read(&real, limit).map_err(failed)?;
    Ok(Outside { bytes, stat, folder })
}

/// The files below `folder`, in the order of their names; no link is followed. None where there is no such folder.
pub fn names_below(fs: &dyn Fs, folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders, mut seen) = (Vec::new(), vec![folder.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs.entries(&folder).unwrap_or_default() {
            seen += 1;
            match entry.kind {
                FileKind::Folder if entry.name != "node_modules" => folders.push(folder.join(entry.name)),
                FileKind::File => found.push(folder.join(entry.name)),
                _ => {}
            }
        }
        if seen > MAX_NAMES {
            break;
        }
    }
    found.sort_unstable();
    found
}
