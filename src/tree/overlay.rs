//! A tree with changes laid over it: what migrations see and write, while nothing on disk moves.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{FileState, Tree, TreeError};
use crate::path::RepoPath;

pub struct Overlay<'t> {
    base: &'t dyn Tree,
    paths: Vec<RepoPath>,
    changed: BTreeMap<RepoPath, Option<FileState>>,
    /// Files of the base are read once, however many migrations look at them.
    read: RefCell<BTreeMap<RepoPath, Option<FileState>>>,
}

impl<'t> Overlay<'t> {
    pub fn new(base: &'t dyn Tree) -> Self {
        Self { base, paths: base.paths().to_vec(), changed: BTreeMap::new(), read: RefCell::new(BTreeMap::new()) }
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
        self.paths = self.base.paths().to_vec();
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
