//! The one door to the file system: a trait with exactly the calls the tool needs, the real one, and a failing one.

mod fault;
mod folder;
mod real;
mod replace;
mod whole;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

pub use fault::{Call, Fault, FaultFs};
pub use real::RealFs;
pub use replace::{is_replaceable, replace};

/// What the file system says of a name, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    pub kind: FileKind,
    /// Permission bits, without the file type.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub device: u64,
    pub inode: u64,
    pub links: u64,
    /// In bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified: i128,
    /// Nanoseconds since 1970.
    pub changed: i128,
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: OsString,
    pub kind: FileKind,
}

/// What may be done in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Files can be made and renamed there.
    pub writable: bool,
    /// The file system can not be written at all.
    pub read_only: bool,
    /// Bytes that are free for this process.
    pub free: u64,
    /// It is marked so that nothing in it is renamed or deleted, whoever asks.
    pub fixed: bool,
    /// The folder has a default access list: these permission bits are all that it leaves a new file.
    pub inherited: Option<u32>,
}

/// What may be done with a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileAccess {
    pub writable: bool,
    /// It is mounted by itself: no other file can take its name.
    pub mounted: bool,
    /// It is marked so that nobody changes or replaces it.
    pub fixed: bool,
}

/// The file whose attributes another one gets.
#[derive(Clone, Copy, Debug)]
pub struct Like<'p> {
    pub path: &'p Path,
    /// The owner too, not only the rest.
    pub owner: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    File,
    Folder,
    Link,
    /// A pipe, a socket, a device: never opened.
    Special,
}

/// A held lock; gives it back when dropped, and so does the death of the process.
pub trait Lock {}

/// Whether a call failed since a link stands in the path it was given.
pub fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// What to type next where a call on `path` failed.
pub fn mend(kind: io::ErrorKind, path: &str) -> String {
    use io::ErrorKind as Kind;
    match kind {
        Kind::PermissionDenied => format!("see whose it is and who may use it: ls -ld '{path}'"),
        Kind::ReadOnlyFilesystem => "mount that file system so that it can be written, or work on a copy".to_owned(),
        Kind::StorageFull | Kind::QuotaExceeded => {
            format!("make room there, in bytes or in files: df -h '{path}'; df -i '{path}'; then run it again")
        }
        Kind::IsADirectory | Kind::NotADirectory | Kind::InvalidInput | Kind::FileTooLarge => {
            format!("this program has put no such thing there: look at it, and move it away: ls -ld '{path}'")
        }
        Kind::NotFound => "something took it away meanwhile: run the command again".to_owned(),
        _ => "mend what the system says, then run the command again".to_owned(),
    }
}

/// A file that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'p> {
    pub path: &'p Path,
    pub bytes: &'p [u8],
    /// What `set_attributes` takes; `None` where it stays as it is made.
    pub attributes: Option<(Option<Like<'p>>, u32)>,
}

/// What could not be done, with what, and why.
pub type NotDone = (&'static str, PathBuf, io::Error);

impl NewFile<'_> {
    fn make<F: Fs + ?Sized>(&self, fs: &F) -> Result<(), NotDone> {
        let Self { path, bytes, attributes } = *self;
        fs.write_new(path, bytes).map_err(|error| ("write", path.to_owned(), error))?;
        let Some((like, mode)) = attributes else { return Ok(()) };
        let set = fs.set_attributes(path, like, mode);
        set.map_err(|error| ("set the attributes of", path.to_owned(), error))
    }
}

/// What is to be on the disk.
#[derive(Clone, Copy, Debug)]
pub enum Synced<'p> {
    File(&'p Path),
    Folder(&'p Path),
}

impl Synced<'_> {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) => path,
        }
    }

    fn sync<F: Fs + ?Sized>(self, fs: &F) -> Result<(), (PathBuf, io::Error)> {
        let (path, done) = match self {
            Self::File(path) => (path, fs.sync_file(path)),
            Self::Folder(path) => (path, fs.sync_folder(path)),
        };
        done.map_err(|error| (path.to_owned(), error))
    }
}

/// Every file-system call of the tool. No call but `canonical` and `glance` follows a link, be it on the way or at the end.
pub trait Fs: Sync {
    /// # Errors
    /// As the system says, and when the name is not a regular file or larger than `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;
    /// As `read`, with what the file looked like when it was opened.
    fn read_with_stat(&self, path: &Path, limit: u64) -> io::Result<(Stat, Vec<u8>)>;
    fn stat(&self, path: &Path) -> io::Result<Stat>;
    /// How each of `paths` looks, where a relative one counts from `folder`; `None` where that can not be told. Only to see
    /// whether something has changed: links on the way are followed.
    fn glance(&self, folder: &Path, paths: &[&str]) -> Vec<Option<Stat>> {
        paths.iter().map(|path| self.stat(&folder.join(path)).ok()).collect()
    }
    /// What is in `folder`, in no order.
    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>>;
    /// The names in `folder`, sorted.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;
    /// The path with every link on the way resolved.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;
    fn access(&self, folder: &Path) -> io::Result<Access>;
    fn file_access(&self, path: &Path) -> io::Result<FileAccess>;
    /// The user that this process is.
    fn user(&self) -> u32;
    /// The permission bits that this process takes from every file it makes.
    fn umask(&self) -> u32;
    /// Whether this process may make files of this owner and group.
    fn may_give(&self, uid: u32, gid: u32) -> bool;
    /// What the superuser makes belongs to whom the folder belongs that it is made in.
    fn create_folder(&self, path: &Path, mode: u32) -> io::Result<()>;
    /// Creates `path`, which must not exist, with mode 0600. What the superuser makes belongs to whom the folder belongs.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Writes `bytes` over the content of `path`, a regular file: not in one step, and not durable until it is synced.
    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Gives `path` the owner and extended attributes of `like`, and then the mode `mode`.
    fn set_attributes(&self, path: &Path, like: Option<Like<'_>>, mode: u32) -> io::Result<()>;
    /// Makes each of `files` as `write_new` and `set_attributes` do, in any order.
    ///
    /// # Errors
    /// The first of them, by the order of `files`, that can not be made; others may be there then.
    fn make_each(&self, files: &[NewFile<'_>]) -> Result<(), NotDone> {
        files.iter().try_for_each(|file| file.make(self))
    }
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Syncs each of the files and folders at `paths`, in any order.
    ///
    /// # Errors
    /// The first of them, by the order of `paths`, that can not be synced.
    fn sync_each(&self, paths: &[Synced<'_>]) -> Result<(), (PathBuf, io::Error)> {
        paths.iter().try_for_each(|one| one.sync(self))
    }
    /// Swaps two names in one step.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    /// Gives the file `from` the second name `to`, which must not exist.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames; `to` must not exist.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames over `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes each of the files at `paths`, in any order.
    ///
    /// # Errors
    /// The first of them, by the order of `paths`, that can not be removed.
    fn remove_each(&self, paths: &[PathBuf]) -> Result<(), NotDone> {
        paths.iter().try_for_each(|path| removed(self, path))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// The lock on `path`, which is created where it is missing and never deleted; `None` when another process
    /// holds it. `holder` is written into the file, for people.
    ///
    /// # Errors
    /// Of kind `Unsupported` where the file system has no locks.
    fn lock(&self, path: &Path, holder: &str) -> io::Result<Option<Box<dyn Lock>>>;
}

fn removed<F: Fs + ?Sized>(fs: &F, path: &Path) -> Result<(), NotDone> {
    fs.remove_file(path).map_err(|error| ("delete", path.to_owned(), error))
}
