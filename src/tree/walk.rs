//! Every file below a folder, by several threads. A folder that git ignores is entered only where it holds a tracked file.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::fs::{Entry, FileKind, Fs};

/// The file of a folder with the rules of what to ignore in it.
pub const RULES: &str = ".gitignore";
/// The largest file of ignore rules that is read, in bytes.
const MAX_RULES: u64 = 8 * 1024 * 1024;
/// On any number of cores: where folders are not in memory yet, threads wait for the disk, and it works for several at a time.
const THREADS: usize = 8;

/// The rules of a folder, and those of the folders above, which have less to say.
pub(super) struct Rules {
    own: Gitignore,
    above: Option<Arc<Rules>>,
}

impl Rules {
    /// The rules in `file`, for what lies below `folder`; `above` itself where there are none.
    pub fn read(fs: &dyn Fs, file: &Path, folder: &Path, above: Option<Arc<Self>>) -> Option<Arc<Self>> {
        let Ok(bytes) = fs.read(file, MAX_RULES) else { return above };
        let mut builder = GitignoreBuilder::new(folder);
        for line in String::from_utf8_lossy(&bytes).lines() {
            // A line that is no pattern ignores nothing.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(own) if !own.is_empty() => Some(Arc::new(Self { own, above })),
            _ => above,
        }
    }

    pub fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        match self.own.matched(path, is_folder) {
            Match::None => self.above.as_ref().is_some_and(|above| above.ignores(path, is_folder)),
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
        }
    }
}

/// What comes from above the root of a walk.
#[derive(Default)]
pub(super) struct Above {
    pub rules: Option<Arc<Rules>>,
    /// They keep out the root itself.
    pub is_ignored: bool,
}

/// A file that was found, by its path from the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub path: String,
    /// The rules keep it out; git itself has the last word.
    pub is_ignored: bool,
}

/// What a walk came to; each list sorted.
#[derive(Default)]
pub(super) struct Walked {
    pub found: Vec<Found>,
    /// Folders that may not be listed.
    pub unread: Vec<String>,
    /// Files whose names are not UTF-8.
    pub unnamed: Vec<Vec<u8>>,
    /// Every folder that was looked at, the root among them, with a slash at the end where it is not the root itself.
    pub folders: Vec<String>,
}

/// What is not to be found.
#[derive(Clone, Copy)]
pub(super) enum Border<'w> {
    /// What git's rules keep out, and these files, which are known; sorted.
    Git(&'w [Vec<u8>]),
    /// Installed packages, and what is not on this device: there are no rules to tell.
    Device(u64),
}

/// Folders of packages that were installed.
const PACKAGES: [&str; 2] = ["node_modules", ".venv"];

/// A folder to be looked at: its path from the root, with a slash at the end where it is not the root itself.
struct Folder<'w> {
    path: String,
    /// The known files in it.
    known: &'w [Vec<u8>],
    rules: Option<Arc<Rules>>,
    /// All in it is kept out, but for what is tracked.
    is_ignored: bool,
}

/// Work that somebody may take, and how many threads may still add to it.
struct Queue<'w> {
    folders: Vec<Folder<'w>>,
    busy: usize,
}

/// A thread has no more folders of its own, or ended in a panic: nobody waits for more of them.
struct Done<'d, 'w>(&'d Walk<'w>);

impl Drop for Done<'_, '_> {
    fn drop(&mut self) {
        self.0.queue().busy -= 1;
        self.0.more.notify_all();
    }
}

struct Walk<'w> {
    fs: &'w dyn Fs,
    root: &'w Path,
    border: Border<'w>,
    queue: Mutex<Queue<'w>>,
    more: Condvar,
    /// How many threads wait for a folder.
    idle: AtomicUsize,
    /// Folders that can not be listed.
    unread: Mutex<Vec<String>>,
    /// Files with names that are no paths.
    unnamed: Mutex<Vec<Vec<u8>>>,
}

/// The files below `root` that are not `known`, what was left out, and every folder that was looked at, all sorted. Repositories inside,
/// links to folders and names that are no UTF-8 hold nothing for us.
pub(super) fn walk(fs: &dyn Fs, root: &Path, border: Border<'_>, start: Above) -> Walked {
    let Above { rules, is_ignored } = start;
    let known = if let Border::Git(known) = border { known } else { &[] };
    let queue = Queue { folders: vec![Folder { path: String::new(), known, rules, is_ignored }], busy: 0 };
    let walk = Walk {
        fs,
        root,
        border,
        queue: Mutex::new(queue),
        more: Condvar::new(),
        idle: AtomicUsize::new(0),
        unread: Mutex::default(),
        unnamed: Mutex::default(),
    };
    let (mut found, mut folders) = std::thread::scope(|scope| {
        let others: Vec<_> = (1..THREADS).map(|_| scope.spawn(|| walk.work())).collect();
        let (mut found, mut folders) = walk.work();
        for other in others {
            match other.join() {
                Ok((more, others)) => {
                    found.extend(more);
                    folders.extend(others);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        (found, folders)
    });
    found.sort_unstable();
    folders.sort_unstable();
    let mut unread = walk.unread.into_inner().unwrap_or_else(PoisonError::into_inner);
    unread.sort_unstable();
    let mut unnamed = walk.unnamed.into_inner().unwrap_or_else(PoisonError::into_inner);
    unnamed.sort_unstable();
    Walked { found, unread, unnamed, folders }
}

impl<'w> Walk<'w> {
    /// The files that this thread finds, and the folders that it looks at. It keeps what it finds on its way, and shares it
    /// where another one has nothing to do.
    fn work(&self) -> (Vec<Found>, Vec<String>) {
        let (mut found, mut folders) = (Vec::new(), Vec::new());
        while let Some(first) = self.next() {
            let _done = Done(self);
            let mut own = vec![first];
            while let Some(folder) = own.pop() {
                own.extend(self.look(&folder, &mut found));
                folders.push(folder.path);
                if own.len() > 1 && self.idle.load(Ordering::Relaxed) > 0 {
                    let shared = own.drain(..own.len() / 2);
                    self.queue().folders.extend(shared);
                    self.more.notify_all();
                }
            }
        }
        (found, folders)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<'w>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next folder; `None` when none is left and no thread can add one.
    fn next(&self) -> Option<Folder<'w>> {
        let mut queue = self.queue();
        loop {
            if let Some(folder) = queue.folders.pop() {
                queue.busy += 1;
                return Some(folder);
            }
            if queue.busy == 0 {
                return None;
            }
            self.idle.fetch_add(1, Ordering::Relaxed);
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
            self.idle.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Adds the files of one folder to `found`, and gives the folders in it.
    fn look(&self, folder: &Folder<'w>, found: &mut Vec<Found>) -> Vec<Folder<'w>> {
        let place = self.root.join(&folder.path);
        let is_root = folder.path.is_empty();
        let is_outside = match self.border {
            Border::Device(device) => !is_root && self.fs.stat(&place).is_ok_and(|stat| stat.device != device),
            Border::Git(_) => false,
        };
        if is_outside {
            return Vec::new();
        }
        let entries = match self.fs.entries(&place) {
            Ok(entries) => entries,
            Err(error) => {
                // What is gone by now, or became a link, was no folder of ours.
                if error.kind() == std::io::ErrorKind::PermissionDenied && !folder.is_ignored {
                    let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
                    unread.push(folder.path.trim_end_matches('/').to_owned());
                }
                return Vec::new();
            }
        };
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        if !is_root && has(".git") {
            return Vec::new();
        }
        let known = folder.known;
        let own = || Rules::read(self.fs, &place.join(RULES), &place, folder.rules.clone());
        let rules = match self.border {
            Border::Git(_) if has(RULES) => own(),
            _ => folder.rules.clone(),
        };
        let is_closed = |name: &str| matches!(self.border, Border::Device(_)) && PACKAGES.contains(&name);
        let mut inner = Vec::new();
        for Entry { name, kind } in &entries {
            let Some(name) = name.to_str() else {
                let path = [folder.path.as_bytes(), name.as_encoded_bytes()].concat();
                let is_tracked = known.binary_search_by(|known| known.as_slice().cmp(&path)).is_ok();
                if *kind == FileKind::File && !folder.is_ignored && !is_tracked {
                    self.unnamed.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                }
                continue;
            };
            if name == ".git" {
                continue;
            }
            let path = format!("{}{name}", folder.path);
            let is_folder = *kind == FileKind::Folder;
            if is_folder && is_closed(name) || !is_folder && is_known(known, &path) {
                continue;
            }
            let by_rule = || rules.as_ref().is_some_and(|rules| rules.ignores(&place.join(name), is_folder));
            let is_ignored = folder.is_ignored || by_rule();
            if !is_folder {
                found.push(Found { path, is_ignored });
                continue;
            }
            let path = path + "/";
            let known = below(known, path.as_bytes());
            if !is_ignored || !known.is_empty() {
                inner.push(Folder { path, known, rules: rules.clone(), is_ignored });
            }
        }
        inner
    }
}

fn is_known(known: &[Vec<u8>], path: &str) -> bool {
    known.binary_search_by(|known| known.as_slice().cmp(path.as_bytes())).is_ok()
}

/// Those of the sorted `names` that start with `prefix`.
pub(super) fn below<'n>(names: &'n [Vec<u8>], prefix: &[u8]) -> &'n [Vec<u8>] {
    let start = names.partition_point(|name| name.as_slice() < prefix);
    let length = names[start..].partition_point(|name| name.starts_with(prefix));
    &names[start..start + length]
}
