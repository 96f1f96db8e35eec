//! The real file system, by folder descriptors: no link on the way is followed, even one that was put there just now.
//! Safe system calls only; where one is missing, the caller hears of it.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, RawMode, RenameFlags, StatVfsMountFlags, XattrFlags, accessat, fgetxattr,
    flistxattr, fsetxattr, fstat, fstatvfs, linkat, mkdirat, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, getgroups};

use super::folder::{self, At};
use super::whole;
use super::{Access, Entry, FileAccess, FileKind, Fs, Like, Lock, NewFile, NotDone, Stat, Synced, removed};
use crate::parallel;

/// From so many files and folders on, one call for all of the file system is quicker than one for each.
const MANY: usize = 100;

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

struct HeldLock(#[expect(dead_code, reason = "dropping the file gives the lock back")] File);

impl Lock for HeldLock {}

impl Fs for RealFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.read_with_stat(path, limit).map(|(_, bytes)| bytes)
    }

    fn read_with_stat(&self, path: &Path, limit: u64) -> io::Result<(Stat, Vec<u8>)> {
        let file = open(path, OFlags::RDONLY)?;
        let stat = to_stat(&fstat(&file)?);
        if stat.kind != FileKind::File {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        if stat.size > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than the limit"));
        }
        // One byte more, so that the end shows without another look.
        let mut bytes = Vec::with_capacity(usize::try_from(stat.size).unwrap_or(0) + 1);
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than the limit"));
        }
        Ok((stat, bytes))
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let At { folder, name } = At::of(path)?;
        Ok(to_stat(&statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// One call of the system for each.
    fn glance(&self, folder: &Path, paths: &[&str]) -> Vec<Option<Stat>> {
        let Ok(folder) = folder::open(folder) else { return vec![None; paths.len()] };
        let stat = |path: &&str| statat(&folder, *path, AtFlags::SYMLINK_NOFOLLOW).ok();
        paths.iter().map(|path| stat(path).map(|stat| to_stat(&stat))).collect()
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in Dir::new(open(folder, OFlags::RDONLY | OFlags::DIRECTORY)?)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => self.stat(&folder.join(name))?.kind,
                kind => to_kind(kind),
            };
            entries.push(Entry { name: name.to_owned(), kind });
        }
        Ok(entries)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut names: Vec<OsString> = self.entries(folder)?.into_iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        Ok(names)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door to it")]
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }

    fn access(&self, path: &Path) -> io::Result<Access> {
        let folder = folder::open(path)?;
        let volume = fstatvfs(&folder)?;
        // Some file systems do not count.
        let free = if volume.f_blocks == 0 { u64::MAX } else { volume.f_bavail.saturating_mul(volume.f_frsize) };
        let allowed = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        Ok(Access {
            writable: accessat(&folder, ".", allowed, AtFlags::EACCESS).is_ok(),
            fixed: is_fixed(&folder, OsStr::new("")),
            read_only: volume.f_flag.contains(StatVfsMountFlags::RDONLY),
            free,
            inherited: inherited(path),
        })
    }

    fn file_access(&self, path: &Path) -> io::Result<FileAccess> {
        let At { folder, name } = At::of(path)?;
        let writable = self.stat(path)?.kind == FileKind::File
            && accessat(&folder, name, rustix::fs::Access::WRITE_OK, AtFlags::EACCESS).is_ok();
        Ok(FileAccess { writable, mounted: folder::is_mount(&folder, name), fixed: is_fixed(&folder, name) })
    }

    fn user(&self) -> u32 {
        geteuid().as_raw()
    }

    fn umask(&self) -> u32 {
        // This program never changes it, and to ask again could disturb another thread.
        static MASK: OnceLock<u32> = OnceLock::new();
        *MASK.get_or_init(|| {
            let told = self.read(Path::new(&format!("/proc/{}/status", std::process::id())), 64 * 1024);
            let told = told.ok().and_then(|text| told_umask(&text));
            told.unwrap_or_else(|| {
                // Elsewhere the only way to ask is to set it: to the narrowest one, for files that are made just then.
                let mask = rustix::process::umask(Mode::RWXG | Mode::RWXO);
                rustix::process::umask(mask);
                mask.bits() as u32
            })
        })
    }

    fn may_give(&self, uid: u32, gid: u32) -> bool {
        let group =
            || getegid().as_raw() == gid || getgroups().is_ok_and(|all| all.iter().any(|one| one.as_raw() == gid));
        geteuid().is_root() || geteuid().as_raw() == uid && group()
    }

    fn create_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        let At { folder, name } = At::of(path)?;
        mkdirat(&folder, name, Mode::from_raw_mode(mode as RawMode))?;
        if geteuid().is_root() {
            give_to_owner(&open(path, OFlags::RDONLY | OFlags::DIRECTORY)?, path);
        }
        Ok(())
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        give_to_owner(&file, path);
        file.write_all(bytes)
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = open(path, OFlags::WRONLY)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)
    }

    fn set_attributes(&self, path: &Path, like: Option<Like<'_>>, mode: u32) -> io::Result<()> {
        let file = open(path, OFlags::RDONLY)?;
        if let Some(like) = like {
            let original = open(like.path, OFlags::RDONLY)?;
            let (now, wanted) = (file.metadata()?, original.metadata()?);
            if like.owner && (now.uid(), now.gid()) != (wanted.uid(), wanted.gid()) {
                fchown(&file, Some(wanted.uid()), Some(wanted.gid()))?;
            }
            copy_extended_attributes(&original, &file)?;
        }
        // Last: a change of owner clears the set-user-id bits.
        file.set_permissions(Permissions::from_mode(mode))
    }

    fn make_each(&self, files: &[NewFile<'_>]) -> Result<(), NotDone> {
        parallel::map(files, |file| file.make(self)).into_iter().collect()
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        open(path, OFlags::RDONLY)?.sync_all()
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        open(path, OFlags::RDONLY | OFlags::DIRECTORY)?.sync_all()
    }

    /// Many with one call for the whole file system, where that waits for little else; else several at a time: a disk takes
    /// what waits for it together.
    fn sync_each(&self, paths: &[Synced<'_>]) -> Result<(), (PathBuf, io::Error)> {
        if paths.len() >= MANY && whole::sync(self, paths) {
            return Ok(());
        }
        parallel::wait(paths, |one| one.sync(self)).into_iter().collect()
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        let (one, other) = (At::of(one)?, At::of(other)?);
        Ok(renameat_with(&one.folder, one.name, &other.folder, other.name, RenameFlags::EXCHANGE)?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (At::of(from)?, At::of(to)?);
        Ok(linkat(&from.folder, from.name, &to.folder, to.name, AtFlags::empty())?)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (At::of(from)?, At::of(to)?);
        Ok(renameat_with(&from.folder, from.name, &to.folder, to.name, RenameFlags::NOREPLACE)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (At::of(from)?, At::of(to)?);
        Ok(renameat(&from.folder, from.name, &to.folder, to.name)?)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let At { folder, name } = At::of(path)?;
        Ok(unlinkat(&folder, name, AtFlags::empty())?)
    }

    fn remove_each(&self, paths: &[PathBuf]) -> Result<(), NotDone> {
        parallel::map(paths, |path| removed(self, path)).into_iter().collect()
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let At { folder, name } = At::of(path)?;
        Ok(unlinkat(&folder, name, AtFlags::REMOVEDIR)?)
    }

    fn lock(&self, path: &Path, holder: &str) -> io::Result<Option<Box<dyn Lock>>> {
        let mut file = open(path, OFlags::RDWR | OFlags::CREATE)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if error.raw_os_error() == Some(Errno::NOLCK.raw_os_error()) => {
                return Err(io::Error::new(io::ErrorKind::Unsupported, error));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        give_to_owner(&file, path);
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(holder.as_bytes())?;
        Ok(Some(Box::new(HeldLock(file))))
    }
}

/// Opens a file or folder; a new file is its owner's only. A pipe does not block, and a link is an error.
pub(super) fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(folder::open_without_links(path, flags, Mode::RUSR | Mode::WUSR)?.into())
}

/// The umask as Linux tells it of a process.
fn told_umask(status: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(status);
    u32::from_str_radix(text.lines().find_map(|line| line.strip_prefix("Umask:"))?.trim(), 8).ok()
}

/// Gives what the superuser has just made at `path` to the owner of its folder, who could not use it else: a lock, say.
/// Where that can not be, it stays as it is.
fn give_to_owner(file: &File, path: &Path) {
    if !geteuid().is_root() {
        return;
    }
    let folder = path.parent().and_then(|folder| folder::open(folder).ok()).and_then(|folder| fstat(folder).ok());
    if let Some(folder) = folder.filter(|folder| folder.st_uid != 0) {
        let _ = fchown(file, Some(folder.st_uid), Some(folder.st_gid));
    }
}

/// Whether `name` in `folder`, or with an empty name the folder itself, is marked as immutable or for appending only.
#[cfg(target_os = "linux")]
fn is_fixed(folder: &std::os::fd::OwnedFd, name: &OsStr) -> bool {
    use rustix::fs::{StatxAttributes, StatxFlags, statx};
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH;
    let fixed = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    statx(folder, name, flags, StatxFlags::TYPE).is_ok_and(|stat| stat.stx_attributes.intersects(fixed))
}

#[cfg(not(target_os = "linux"))]
fn is_fixed(_: &std::os::fd::OwnedFd, _: &OsStr) -> bool {
    false
}

#[allow(clippy::unnecessary_cast, reason = "the widths differ between systems")]
fn to_stat(stat: &rustix::fs::Stat) -> Stat {
    Stat {
        kind: to_kind(FileType::from_raw_mode(stat.st_mode)),
        mode: stat.st_mode as u32 & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        links: stat.st_nlink as u64,
        size: stat.st_size as u64,
        modified: nanoseconds(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        changed: nanoseconds(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}

fn to_kind(kind: FileType) -> FileKind {
    match kind {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Special,
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}

/// The permission bits in the default access list of a folder. It lies there as Linux keeps it: a version, then entries of
/// tag, permissions and number.
fn inherited(folder: &Path) -> Option<u32> {
    let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY).ok()?;
    let mut list = Vec::with_capacity(65_536);
    fgetxattr(&folder, "system.posix_acl_default", rustix::buffer::spare_capacity(&mut list)).ok()?;
    let (version, entries) = list.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*version) == 2).then(|| list_bits(entries))
}

fn list_bits(entries: &[u8]) -> u32 {
    const OWNER: u16 = 0x01;
    const GROUP: u16 = 0x04;
    const MASK: u16 = 0x10;
    const OTHER: u16 = 0x20;
    let of = |wanted: u16| {
        entries.chunks_exact(8).find_map(|entry| {
            let tag = u16::from_le_bytes([entry[0], entry[1]]);
            (tag == wanted).then(|| u32::from(u16::from_le_bytes([entry[2], entry[3]])) & 0o7)
        })
    };
    // Where there is a mask, it stands in the place of the group.
    let group = of(MASK).or_else(|| of(GROUP));
    of(OWNER).unwrap_or(0) << 6 | group.unwrap_or(0) << 3 | of(OTHER).unwrap_or(0)
}

/// Copies what `from` has; a file system without such attributes has none to lose.
fn copy_extended_attributes(from: &File, to: &File) -> io::Result<()> {
    // Linux has no longer list, nor a longer value.
    let mut names = Vec::with_capacity(65_536);
    match flistxattr(from, rustix::buffer::spare_capacity(&mut names)) {
        Ok(_) => {}
        Err(Errno::NOTSUP) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = Vec::with_capacity(65_536);
        fgetxattr(from, name, rustix::buffer::spare_capacity(&mut value))?;
        match fsetxattr(to, name, &value, XattrFlags::empty()) {
            Ok(()) => {}
            // Labels only the system may set are set by the system.
            Err(_) if name.starts_with(b"security.") || name.starts_with(b"trusted.") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
