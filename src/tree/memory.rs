//! A repository held in memory: for examples, and for proving a migration without touching a disk.

use std::collections::BTreeMap;

use super::{FileState, Tree, TreeError};
use crate::path::RepoPath;

#[derive(Clone, Debug, Default)]
pub struct Memory {
    paths: Vec<RepoPath>,
    files: BTreeMap<RepoPath, FileState>,
}

impl Memory {
    pub fn new(files: BTreeMap<RepoPath, FileState>) -> Self {
        Self { paths: files.keys().cloned().collect(), files }
    }
}

impl Tree for Memory {
    fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        Ok(self.files.get(path).cloned())
    }
}
