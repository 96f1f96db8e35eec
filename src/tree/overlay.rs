//! A tree with changes laid over it: what migrations see and write, while nothing on disk moves.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sift::sift;
use super::{Absence, Closed, FileState, GlobError, Progress, Sifted, Tree, TreeError, Wanted};
use crate::format::Opened;
use crate::parallel;
use crate::path::RepoPath;

type States = BTreeMap<RepoPath, Option<FileState>>;

pub struct Overlay<'t> {
    base: &'t dyn Tree,
    /// What is listed of the base.
    listed: Cow<'t, [RepoPath]>,
    paths: Cow<'t, [RepoPath]>,
    changed: States,
    /// Files of the base are read once, however many migrations look at them.
    read: Mutex<States>,
    /// What was found in one look for all migrations, before anything changed.
    sifted: Vec<(Wanted, Sifted)>,
    /// What the last migration has read and left: the next one mostly reads the same.
    held: Vec<Arc<Opened>>,
    /// The files whose last content nobody has read, as it was foreseen; `None` where every content is read at once.
    foreseen: Option<BTreeMap<RepoPath, Arc<Opened>>>,
}

impl<'t> Overlay<'t> {
    pub fn new(base: &'t dyn Tree) -> Self {
        let listed = Cow::Borrowed(base.paths());
        let (paths, read) = (listed.clone(), Mutex::default());
        let (changed, sifted, held) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { base, listed, paths, changed, read, sifted, held, foreseen: None }
    }

    /// The same, where edits may be foreseen and files read once for many of them. Nothing that comes of it counts before
    /// `reads_as_foreseen`.
    #[must_use]
    pub fn foreseeing(self) -> Self {
        Self { foreseen: Some(BTreeMap::new()), ..self }
    }

    pub fn foresees(&self) -> bool {
        self.foreseen.is_some()
    }

    /// The file at `path` as it was foreseen, where nobody has read it since.
    pub fn foreseen(&self, path: &RepoPath) -> Option<&Arc<Opened>> {
        self.foreseen.as_ref()?.get(path)
    }

    /// Reads each file that was foreseen: whether all of them read so.
    pub fn reads_as_foreseen(&self) -> bool {
        let files: Vec<&Arc<Opened>> = self.foreseen.iter().flat_map(BTreeMap::values).collect();
        parallel::map(&files, |file| file.as_read().is_some()).into_iter().all(|holds| holds)
    }

    /// As `new`, without the files that `is_hidden`: no glob finds them.
    pub fn without(base: &'t dyn Tree, is_hidden: &dyn Fn(&RepoPath) -> bool) -> Self {
        let mut overlay = Self::new(base);
        if overlay.listed.iter().any(is_hidden) {
            overlay.listed = overlay.listed.iter().filter(|path| !is_hidden(path)).cloned().collect();
            overlay.paths.clone_from(&overlay.listed);
        }
        overlay
    }

    /// Looks at every file once for all of `wanted`, and keeps the contents of those that somebody wants. Nothing must have
    /// changed yet.
    pub fn look_ahead(&mut self, wanted: Vec<Wanted>) {
        // A glob that is none is told of when its migration runs.
        let Ok(sifted) = self.sift_all(&wanted) else { return };
        self.sifted = wanted.into_iter().zip(sifted).collect();
    }

    fn sift_all(&self, wanted: &[Wanted]) -> Result<Vec<Sifted>, GlobError> {
        let (sifted, kept) = sift(&self.paths, &|path| self.peek(path), wanted, self.progress())?;
        let kept = kept.into_iter().filter(|(path, _)| !self.changed.contains_key(path));
        self.known().extend(kept.map(|(path, state)| (path, Some(state))));
        Ok(sifted)
    }

    /// The files that `wanted` asks for, as they are after the changes so far.
    ///
    /// # Errors
    /// When a glob is none.
    pub fn sift(&self, wanted: &Wanted) -> Result<Sifted, GlobError> {
        let Some((_, known)) = self.sifted.iter().find(|(known, _)| known == wanted) else {
            return Ok(self.sift_all(std::slice::from_ref(wanted))?.pop().unwrap_or_default());
        };
        if self.changed.is_empty() {
            return Ok(known.clone());
        }
        let changed: Vec<RepoPath> = self.changed.keys().cloned().collect();
        let (mut fresh, _) = sift(&changed, &|path| self.peek(path), std::slice::from_ref(wanted), None)?;
        let fresh = fresh.pop().unwrap_or_default();
        let is_as_it_was = |path: &RepoPath| !self.changed.contains_key(path);
        let merged = |known: &[RepoPath], fresh: Vec<RepoPath>| {
            let mut all: Vec<RepoPath> = known.iter().filter(|path| is_as_it_was(path)).cloned().chain(fresh).collect();
            all.sort_unstable();
            all
        };
        Ok(Sifted {
            files: merged(&known.files, fresh.files),
            unrelated: merged(&known.unrelated, fresh.unrelated),
            failed: known.failed.iter().filter(|(path, _)| is_as_it_was(path)).cloned().collect(),
        })
    }

    /// Whether `path`, which is not there, would be a migration: it has the name of one, beside files that are hidden.
    fn would_be_hidden(&self, path: &RepoPath) -> bool {
        let is_named = path.file_name().starts_with(['v', 'V']) && path.file_name().contains('_');
        let is_hidden = |other: &RepoPath| {
            other.folder().eq_ignore_ascii_case(path.folder()) && self.listed.binary_search(other).is_err()
        };
        is_named && self.listed.len() < self.base.paths().len() && self.base.paths().iter().any(is_hidden)
    }

    /// As `read`, without keeping what is read.
    fn peek(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        match self.changed.get(path) {
            Some(state) => Ok(state.clone()),
            None => {
                let known = self.known().get(path).cloned();
                known.map_or_else(|| self.base.read(path), Ok)
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, States> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes `path` what `state` says; `None` deletes it.
    pub fn write(&mut self, path: RepoPath, state: Option<FileState>) {
        match (self.paths.binary_search(&path), &state) {
            (Err(at), Some(_)) => self.paths.to_mut().insert(at, path.clone()),
            (Ok(at), None) => {
                self.paths.to_mut().remove(at);
            }
            _ => {}
        }
        self.foreseen.as_mut().map(|foreseen| foreseen.remove(&path));
        self.changed.insert(path, state);
    }

    /// Keeps what was read, and nothing of what was held before: no file is read again while it is as it was. `last` is
    /// what each file reads as in the end.
    pub fn hold(&mut self, mut read: Vec<Arc<Opened>>, last: impl Iterator<Item = (RepoPath, Arc<Opened>)>) {
        for (path, file) in last {
            match &mut self.foreseen {
                Some(foreseen) if file.is_foreseen() => drop(foreseen.insert(path, file)),
                // It may have been read without a change.
                Some(foreseen) => {
                    foreseen.remove(&path);
                    read.push(file);
                }
                None => read.push(file),
            }
        }
        self.held = read;
    }

    /// The changes so far, to come back to.
    pub fn changes(&self) -> States {
        self.changed.clone()
    }

    /// Comes back to what `changes` gave.
    pub fn restore(&mut self, changes: States) {
        self.paths.clone_from(&self.listed);
        self.changed.clear();
        for (path, state) in changes {
            self.write(path, state);
        }
    }

    /// The file as it is below all changes.
    ///
    /// # Errors
    /// As the base tree says.
    pub fn original(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        if let Some(known) = self.known().get(path) {
            return Ok(known.clone());
        }
        let state = self.base.read(path)?;
        self.known().insert(path.clone(), state.clone());
        Ok(state)
    }
}

impl Tree for Overlay<'_> {
    fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    fn progress(&self) -> Option<&Progress> {
        self.base.progress()
    }

    fn referent(&self, path: &RepoPath) -> Option<RepoPath> {
        if self.changed.contains_key(path) { None } else { self.base.referent(path) }
    }

    fn closed(&self, path: &RepoPath) -> Option<Closed> {
        match self.changed.get(path) {
            // What was there is listed of the base, and gone.
            Some(_) => None,
            None if self.base.has(path) => (!self.has(path)).then_some(Closed::Migration),
            None if self.would_be_hidden(path) => Some(Closed::Migration),
            None => self.base.closed(path),
        }
    }

    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        match self.changed.get(path) {
            Some(state) => Ok(state.clone()),
            None => self.original(path),
        }
    }

    fn absence(&self, path: &RepoPath) -> Absence {
        if self.changed.contains_key(path) { Absence::Gone } else { self.base.absence(path) }
    }

    fn is_in_git(&self) -> bool {
        self.base.is_in_git()
    }
}
