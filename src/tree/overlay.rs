//! A tree with changes laid over it: what migrations see and write, while nothing on disk moves.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{FileState, Tree, TreeError};
use crate::path::RepoPath;

pub struct Overlay<'t> {
    base: &'t dyn Tree,
    /// What is listed of the base.
    listed: Vec<RepoPath>,
    paths: Vec<RepoPath>,
    changed: BTreeMap<RepoPath, Option<FileState>>,
    /// Files of the base are read once, however many migrations look at them.
    read: RefCell<BTreeMap<RepoPath, Option<FileState>>>,
}

impl<'t> Overlay<'t> {
    pub fn new(base: &'t dyn Tree) -> Self {
        let listed = base.paths().to_vec();
        let paths = listed.clone();
        Self { base, listed, paths, changed: BTreeMap::new(), read: RefCell::new(BTreeMap::new()) }
    }

    /// As `new`, without the files that `is_hidden`: no glob finds them.
    pub fn without(base: &'t dyn Tree, is_hidden: &dyn Fn(&RepoPath) -> bool) -> Self {
        let mut overlay = Self::new(base);
        overlay.listed.retain(|path| !is_hidden(path));
        overlay.paths.clone_from(&overlay.listed);
        overlay
    }

    /// Makes `path` what `state` says; `None` deletes it.
    pub fn write(&mut self, path: RepoPath, state: Option<FileState>) {
        match (self.paths.binary_search(&path), &state) {
            (Err(at), Some(_)) => self.paths.insert(at, path.clone()),
            (Ok(at), None) => {
                self.paths.remove(at);
            }
            _ => {}
        }
        self.changed.insert(path, state);
    }

    /// The changes so far, to come back to.
    pub fn changes(&self) -> BTreeMap<RepoPath, Option<FileState>> {
        self.changed.clone()
    }

    /// Comes back to what `changes` gave.
    pub fn restore(&mut self, changes: BTreeMap<RepoPath, Option<FileState>>) {
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
        if let Some(known) = self.read.borrow().get(path) {
            return Ok(known.clone());
        }
        let state = self.base.read(path)?;
        self.read.borrow_mut().insert(path.clone(), state.clone());
        Ok(state)
    }
}

impl Tree for Overlay<'_> {
    fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        match self.changed.get(path) {
            Some(state) => Ok(state.clone()),
            None => self.original(path),
        }
    }
}
