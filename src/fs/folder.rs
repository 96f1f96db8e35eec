//! Folders as descriptors. No link is followed on the way to one, and what is done with a name in it is done there,
//! wherever its path leads a moment later.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

/// The folder that holds the last part of a path, and that part.
pub(super) struct At<'p> {
    pub folder: OwnedFd,
    pub name: &'p OsStr,
}

impl<'p> At<'p> {
    pub fn of(path: &'p Path) -> io::Result<Self> {
        let (folder, name) = match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) if folder.as_os_str().is_empty() => (Path::new("."), name),
            (Some(folder), Some(name)) => (folder, name),
            _ => (path, OsStr::new(".")),
        };
        Ok(Self { folder: open(folder)?, name })
    }
}

#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

pub(super) fn open(path: &Path) -> io::Result<OwnedFd> {
    match in_one_call(path, FOLDER, Mode::empty()) {
        None => walk(path),
        Some(result) => result,
    }
}

/// Opens `path` itself, with no link on the way or at its end. `flags` hold `NOFOLLOW` for where it takes two calls.
pub(super) fn open_without_links(path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    // With O_CREAT alone a mode may be given.
    let given = if flags.contains(OFlags::CREATE) { mode } else { Mode::empty() };
    match in_one_call(path, flags, given) {
        None => {
            let At { folder, name } = At::of(path)?;
            Ok(openat(&folder, name, flags, mode)?)
        }
        Some(result) => result,
    }
}

/// `None` where the system has no such call: an old kernel, or a sandbox that does not know it.
#[cfg(target_os = "linux")]
fn in_one_call(path: &Path, flags: OFlags, mode: Mode) -> Option<io::Result<OwnedFd>> {
    use rustix::fs::{ResolveFlags, openat2};
    match openat2(CWD, path, flags, mode, ResolveFlags::NO_SYMLINKS) {
        Err(Errno::NOSYS | Errno::PERM) => None,
        result => Some(result.map_err(io::Error::from)),
    }
}

#[cfg(not(target_os = "linux"))]
fn in_one_call(_: &Path, _: OFlags, _: Mode) -> Option<io::Result<OwnedFd>> {
    None
}

/// The same, one part after the other.
fn walk(path: &Path) -> io::Result<OwnedFd> {
    let mut folder = openat(CWD, if path.is_absolute() { "/" } else { "." }, FOLDER, Mode::empty())?;
    for part in path.components() {
        let name = match part {
            Component::Normal(name) => name,
            Component::ParentDir => OsStr::new(".."),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        };
        folder = match openat(&folder, name, FOLDER.union(OFlags::NOFOLLOW), Mode::empty()) {
            // A link is no folder; whoever asks is told which of both it was.
            Err(Errno::NOTDIR) if is_link(&folder, name) => return Err(Errno::LOOP.into()),
            result => result?,
        };
    }
    Ok(folder)
}

fn is_link(folder: &OwnedFd, name: &OsStr) -> bool {
    statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

/// Whether something is mounted at `name`.
#[cfg(target_os = "linux")]
pub(super) fn is_mount(folder: &OwnedFd, name: &OsStr) -> bool {
    use rustix::fs::{StatxAttributes, StatxFlags, statx};
    let stat = statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty());
    stat.is_ok_and(|stat| stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_mount(_: &OwnedFd, _: &OsStr) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_follow_no_link() {
        let base = format!("settings-migrate-folder-{}", std::process::id());
        #[expect(clippy::disallowed_methods, reason = "the system's own temporary folder may be a link")]
        let base = std::env::temp_dir().canonicalize().expect("a folder").join(base);
        rustix::fs::mkdir(&base, Mode::RWXU).expect("a folder");
        rustix::fs::mkdir(base.join("real"), Mode::RWXU).expect("a folder");
        rustix::fs::symlink("real", base.join("link")).expect("a link");
        for open in [open, walk] {
            assert!(open(&base.join("real")).is_ok());
            assert!(open(Path::new("/")).is_ok() && open(Path::new(".")).is_ok());
            for behind in ["link", "link/.", "real/../link"] {
                let error = open(&base.join(behind)).expect_err(behind);
                assert!(super::super::is_link(&error), "{behind}: {error}");
            }
            assert_eq!(open(&base.join("none")).expect_err("none").kind(), io::ErrorKind::NotFound);
        }
        for name in ["real", "link"] {
            let flags = if name == "real" { AtFlags::REMOVEDIR } else { AtFlags::empty() };
            rustix::fs::unlinkat(CWD, base.join(name), flags).expect("gone");
        }
        rustix::fs::rmdir(&base).expect("gone");
    }
}
