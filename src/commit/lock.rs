//! One writer per work tree: a lock of the system, which the death of its process gives back, or where the file system
//! has none a file that names its process.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{CommitError, Site, io};
use crate::fs::{Fs, Lock};

const POLL: Duration = Duration::from_millis(25);
const LIMIT: u64 = 4096;

/// Takes the lock, waiting up to `timeout` for another run. `holder` tells people who holds it.
pub(super) fn take<'f>(site: &Site<'f>, holder: &str, timeout: Duration) -> Result<Box<dyn Lock + 'f>, CommitError> {
    let path = site.state.join("lock");
    let mut waited = Duration::ZERO;
    loop {
        let (taken, file) = match site.fs.lock(&path, holder) {
            Ok(lock) => (lock.map(|lock| lock as Box<dyn Lock + 'f>), path.clone()),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                let named = site.state.join("lock.held");
                (NamedLock::take(site.fs, &named, holder)?.map(|lock| Box::new(lock) as Box<dyn Lock + 'f>), named)
            }
            Err(error) => return io("lock", &path, Err(error)),
        };
        match taken {
            Some(lock) => return Ok(lock),
            None if waited >= timeout => return Err(locked(site, &file)),
            None => {
                std::thread::sleep(POLL);
                waited += POLL;
            }
        }
    }
}

/// Who took the lock last, for people; that run may be over.
pub fn last_holder(site: &Site<'_>) -> Option<String> {
    let files = ["lock.held", "lock"].map(|name| site.state.join(name));
    files.iter().map(|file| named_in(site, file)).find(|holder| !holder.is_empty())
}

/// Who is named in a file of the lock.
fn named_in(site: &Site<'_>, file: &Path) -> String {
    let text = site.fs.read(file, LIMIT).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().last().unwrap_or("").to_owned()
}

fn locked(site: &Site<'_>, file: &Path) -> CommitError {
    let holder = named_in(site, file);
    let named = file.extension().is_some();
    CommitError::Locked { holder, file: named.then(|| file.display().to_string()) }
}

/// A file that exists while its process holds the lock. First line: who that is; second line: for people.
struct NamedLock<'f> {
    fs: &'f dyn Fs,
    path: PathBuf,
}

impl Lock for NamedLock<'_> {}

impl Drop for NamedLock<'_> {
    fn drop(&mut self) {
        let _ = self.fs.remove_file(&self.path);
    }
}

impl<'f> NamedLock<'f> {
    fn take(fs: &'f dyn Fs, path: &Path, holder: &str) -> Result<Option<Self>, CommitError> {
        let text = format!("{}\n{holder}", identity(fs, std::process::id()).unwrap_or_default());
        for _ in 0..2 {
            match fs.write_new(path, text.as_bytes()) {
                Ok(()) => return Ok(Some(Self { fs, path: path.to_owned() })),
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    let _ = fs.remove_file(path);
                    return io("lock", path, Err(error));
                }
                Err(_) => {}
            }
            if !remove_dead(fs, path) {
                break;
            }
        }
        Ok(None)
    }
}

/// Deletes the lock of a process that is gone.
fn remove_dead(fs: &dyn Fs, path: &Path) -> bool {
    let Ok(text) = fs.read(path, LIMIT) else { return true };
    let line = String::from_utf8_lossy(&text).lines().next().unwrap_or("").to_owned();
    if !is_gone(fs, &line) {
        return false;
    }
    // Another run may do the same and hold the lock by now: what was moved is looked at before it is deleted.
    let aside = path.with_extension(format!("dead-{}", std::process::id()));
    if fs.rename(path, &aside).is_err() {
        return true;
    }
    if fs.read(&aside, LIMIT).is_ok_and(|moved| moved == text) {
        return fs.remove_file(&aside).is_ok();
    }
    let _ = fs.rename(&aside, path);
    false
}

/// A process as no other can be: host, boot, number, start.
fn identity(fs: &dyn Fs, id: u32) -> Option<String> {
    let [host, boot] = machine(fs)?;
    Some(format!("{host} {boot} {id} {}", start(fs, id)?))
}

/// Whether the process that `line` names is surely gone: one of another machine never is.
fn is_gone(fs: &dyn Fs, line: &str) -> bool {
    let parts: Vec<&str> = line.split(' ').collect();
    let (Some([host, boot]), [its_host, its_boot, id, its_start]) = (machine(fs), parts.as_slice()) else {
        return false;
    };
    let started = id.parse().ok().and_then(|id| start(fs, id));
    host == *its_host && (boot != *its_boot || started.as_deref() != Some(its_start))
}

fn machine(fs: &dyn Fs) -> Option<[String; 2]> {
    let host = word(fs, Path::new("/proc/sys/kernel/hostname"))?;
    Some([host, word(fs, Path::new("/proc/sys/kernel/random/boot_id"))?])
}

fn word(fs: &dyn Fs, path: &Path) -> Option<String> {
    String::from_utf8(fs.read(path, LIMIT).ok()?).ok()?.split_whitespace().next().map(str::to_owned)
}

/// When a process started, in ticks since boot: the twenty-second field; the second may hold spaces and brackets.
fn start(fs: &dyn Fs, id: u32) -> Option<String> {
    let text = fs.read(&PathBuf::from(format!("/proc/{id}/stat")), LIMIT).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    text.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}
