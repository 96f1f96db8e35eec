//! A file system that dies or fails at a chosen call: how the commit protocol is tested.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Fs, Lock, Stat};

/// What happens at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is gone: this call and all later ones do nothing.
    Kill,
    /// This one call fails; the next ones work again.
    Error(io::ErrorKind),
}

/// Passes every call on, and counts those that change something or make it durable.
pub struct FaultFs<F> {
    inner: F,
    /// The number of the changing call that meets the fault, from 0.
    at: usize,
    fault: Fault,
    calls: AtomicUsize,
}

impl<F: Fs> FaultFs<F> {
    pub fn new(inner: F, at: usize, fault: Fault) -> Self {
        Self { inner, at, fault, calls: AtomicUsize::new(0) }
    }

    /// How many changing calls were made.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn change(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::Kill if call >= self.at => Err(io::Error::other("killed here by the test")),
            Fault::Error(kind) if call == self.at => Err(io::Error::new(kind, "made to fail by the test")),
            _ => Ok(()),
        }
    }
}

impl<F: Fs> Fs for FaultFs<F> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.inner.read(path, limit)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.inner.stat(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.inner.list(folder)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.inner.canonical(path)
    }

    fn create_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.change()?;
        self.inner.create_folder(path, mode)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.change() {
            // A write that dies half-way leaves half a file.
            let _ = self.inner.write_new(path, &bytes[..bytes.len() / 2]);
            return Err(error);
        }
        self.inner.write_new(path, bytes)
    }

    fn set_attributes(&self, path: &Path, like: Option<&Path>, mode: u32) -> io::Result<()> {
        self.change()?;
        self.inner.set_attributes(path, like, mode)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.sync_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.sync_folder(path)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.exchange(one, other)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.link(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.rename_new(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.inner.remove_folder(path)
    }

    fn lock(&self, path: &Path, holder: &str) -> io::Result<Option<Box<dyn Lock>>> {
        self.change()?;
        self.inner.lock(path, holder)
    }
}
