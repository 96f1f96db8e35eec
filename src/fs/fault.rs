//! A file system that dies or fails at chosen calls: how the commit protocol is tested.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Access, Entry, FileAccess, Fs, Like, Lock, Stat};

/// One kind of call that changes something or makes it durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    CreateFolder,
    WriteNew,
    Overwrite,
    SetAttributes,
    SyncFile,
    SyncFolder,
    Exchange,
    Link,
    RenameNew,
    Rename,
    RemoveFile,
    RemoveFolder,
    Lock,
}

/// What happens at a chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is gone: this call and all later ones do nothing.
    Kill,
    /// This one call fails; the next ones work again.
    Error(io::ErrorKind),
    /// This one call does its work and then says that it failed.
    Late(io::ErrorKind),
    /// This call fails, and so does every later one that the error can meet.
    Lasting(io::ErrorKind),
}

/// Is told of every changing call before it is made.
type Watch<'w> = Box<dyn Fn(Call, &Path) + Send + Sync + 'w>;

/// Passes every call on, and counts those that change something or make it durable.
pub struct FaultFs<'w, F> {
    inner: F,
    /// Each with the number of the changing call from which it counts, from 0.
    faults: Vec<(usize, Fault)>,
    /// Calls that this file system does not know.
    missing: Vec<Call>,
    watch: Option<Watch<'w>>,
    /// A folder on a device of its own.
    device: Option<PathBuf>,
    /// A folder that may not be listed.
    closed: Option<PathBuf>,
    /// What is said of every folder, instead of the truth.
    access: Option<Access>,
    /// A file that is mounted by itself.
    mounted: Option<PathBuf>,
    /// Whether no owner but this process's own can be given.
    owns_nothing: bool,
    /// Whether names that differ in capitals only are one.
    folds_names: bool,
    calls: AtomicUsize,
}

impl<'w, F: Fs> FaultFs<'w, F> {
    pub fn new(inner: F) -> Self {
        Self {
            inner,
            faults: Vec::new(),
            missing: Vec::new(),
            watch: None,
            device: None,
            closed: None,
            access: None,
            mounted: None,
            owns_nothing: false,
            folds_names: false,
            calls: AtomicUsize::new(0),
        }
    }

    #[must_use]
    pub fn fault(mut self, at: usize, fault: Fault) -> Self {
        self.faults.push((at, fault));
        self
    }

    #[must_use]
    pub fn without(mut self, calls: &[Call]) -> Self {
        self.missing.extend_from_slice(calls);
        self
    }

    #[must_use]
    pub fn watch(mut self, watch: impl Fn(Call, &Path) + Send + Sync + 'w) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    #[must_use]
    pub fn device(mut self, folder: PathBuf) -> Self {
        self.device = Some(folder);
        self
    }

    #[must_use]
    pub fn closed(mut self, folder: PathBuf) -> Self {
        self.closed = Some(folder);
        self
    }

    #[must_use]
    pub fn mounted(mut self, file: PathBuf) -> Self {
        self.mounted = Some(file);
        self
    }

    #[must_use]
    pub fn claim(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    #[must_use]
    pub fn without_owner(mut self) -> Self {
        self.owns_nothing = true;
        self
    }

    #[must_use]
    pub fn folding_names(mut self) -> Self {
        self.folds_names = true;
        self
    }

    /// How many changing calls were made.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// `path` as it is called on the disk, as far as names are folded.
    fn named(&self, path: &Path) -> PathBuf {
        let (Some(folder), Some(name)) = (path.parent().filter(|_| self.folds_names), path.file_name()) else {
            return path.to_owned();
        };
        let folder = self.named(folder);
        let names = self.inner.list(&folder).unwrap_or_default();
        let there =
            names.iter().find(|one| *one == name).or_else(|| names.iter().find(|one| one.eq_ignore_ascii_case(name)));
        folder.join(there.map_or(name, |name| name))
    }

    fn is_apart(&self, path: &Path) -> bool {
        self.device.as_ref().is_some_and(|folder| path.starts_with(folder))
    }

    /// Makes a call on two names, which can not be on two devices.
    fn move_one(
        &self,
        call: Call,
        from: &Path,
        to: &Path,
        make: impl FnOnce(&F) -> io::Result<()>,
    ) -> Result<(), Denied> {
        let crosses = self.is_apart(from) != self.is_apart(to);
        let mounted = [from, to].iter().any(|path| self.mounted.as_deref() == Some(path));
        self.change(call, to, || match (mounted, crosses) {
            (true, _) => Err(io::ErrorKind::ResourceBusy.into()),
            (_, true) => Err(io::ErrorKind::CrossesDevices.into()),
            _ => make(&self.inner),
        })
    }

    /// Makes the call, unless a fault meets it.
    fn change<T>(&self, call: Call, path: &Path, make: impl FnOnce() -> io::Result<T>) -> Result<T, Denied> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        for (at, fault) in &self.faults {
            match *fault {
                Fault::Kill if number >= *at => return Err(Denied { torn: number == *at, ..Denied::new(KILLED) }),
                Fault::Error(kind) if number == *at => return Err(Denied::new(kind)),
                Fault::Late(kind) if number == *at && !self.missing.contains(&call) => {
                    make()?;
                    return Err(Denied { torn: false, ..Denied::new(kind) });
                }
                Fault::Lasting(kind) if number >= *at && can_meet(call, kind) => return Err(Denied::new(kind)),
                _ => {}
            }
        }
        if self.missing.contains(&call) {
            return Err(Denied::new(io::ErrorKind::Unsupported));
        }
        if let Some(watch) = &self.watch {
            watch(call, path);
        }
        Ok(make()?)
    }
}

const KILLED: io::ErrorKind = io::ErrorKind::Other;

/// A call that is not passed on.
struct Denied {
    error: io::Error,
    /// Whether a write leaves half a file: the disk is full now, or the process died at it.
    torn: bool,
}

impl Denied {
    fn new(kind: io::ErrorKind) -> Self {
        Self { error: io::Error::new(kind, "made to fail by the test"), torn: kind == io::ErrorKind::StorageFull }
    }
}

impl From<io::Error> for Denied {
    fn from(error: io::Error) -> Self {
        Self { error, torn: false }
    }
}

impl From<Denied> for io::Error {
    fn from(denied: Denied) -> Self {
        denied.error
    }
}

/// A full disk still renames and deletes.
fn can_meet(call: Call, kind: io::ErrorKind) -> bool {
    kind != io::ErrorKind::StorageFull
        || matches!(call, Call::CreateFolder | Call::WriteNew | Call::Overwrite | Call::Link)
}

impl<F: Fs> Fs for FaultFs<'_, F> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.inner.read(&self.named(path), limit)
    }

    fn read_with_stat(&self, path: &Path, limit: u64) -> io::Result<(Stat, Vec<u8>)> {
        let (stat, bytes) = self.inner.read_with_stat(&self.named(path), limit)?;
        Ok((Stat { device: stat.device ^ u64::from(self.is_apart(path)), ..stat }, bytes))
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = self.inner.stat(&self.named(path))?;
        Ok(Stat { device: stat.device ^ u64::from(self.is_apart(path)), ..stat })
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        if self.closed.as_deref() == Some(folder) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.inner.entries(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.inner.list(folder)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.inner.canonical(path)
    }

    fn access(&self, folder: &Path) -> io::Result<Access> {
        self.access.map_or_else(|| self.inner.access(folder), Ok)
    }

    fn file_access(&self, path: &Path) -> io::Result<FileAccess> {
        let access = self.inner.file_access(path)?;
        Ok(FileAccess { mounted: access.mounted || self.mounted.as_deref() == Some(path), ..access })
    }

    fn user(&self) -> u32 {
        self.inner.user()
    }

    fn umask(&self) -> u32 {
        self.inner.umask()
    }

    fn may_give(&self, uid: u32, gid: u32) -> bool {
        !self.owns_nothing && self.inner.may_give(uid, gid)
    }

    fn create_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        Ok(self.change(Call::CreateFolder, path, || self.inner.create_folder(path, mode))?)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(Call::WriteNew, path, || self.inner.write_new(path, bytes)).map_err(|denied| {
            if denied.torn {
                let _ = self.inner.write_new(path, &bytes[..bytes.len() / 2]);
            }
            denied.error
        })
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(Call::Overwrite, path, || self.inner.overwrite(path, bytes)).map_err(|denied| {
            if let Ok(old) = self.inner.read(path, u64::MAX - 1)
                && denied.torn
            {
                let half = bytes.len() / 2;
                let rest = old.get(half..).unwrap_or_default();
                let _ = self.inner.overwrite(path, &[&bytes[..half], rest].concat());
            }
            denied.error
        })
    }

    fn set_attributes(&self, path: &Path, like: Option<Like<'_>>, mode: u32) -> io::Result<()> {
        Ok(self.change(Call::SetAttributes, path, || self.inner.set_attributes(path, like, mode))?)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        Ok(self.change(Call::SyncFile, path, || self.inner.sync_file(path))?)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Ok(self.change(Call::SyncFolder, path, || self.inner.sync_folder(path))?)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        Ok(self.move_one(Call::Exchange, one, other, |fs| fs.exchange(one, other))?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(self.move_one(Call::Link, from, to, |fs| fs.link(from, to))?)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(self.move_one(Call::RenameNew, from, to, |fs| fs.rename_new(from, to))?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(self.move_one(Call::Rename, from, to, |fs| fs.rename(from, to))?)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Ok(self.change(Call::RemoveFile, path, || self.inner.remove_file(path))?)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Ok(self.change(Call::RemoveFolder, path, || self.inner.remove_folder(path))?)
    }

    fn lock(&self, path: &Path, holder: &str) -> io::Result<Option<Box<dyn Lock>>> {
        Ok(self.change(Call::Lock, path, || self.inner.lock(path, holder))?)
    }
}
