//! How far a run is: counted where files are read and changes are planned, for whoever likes to show it.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Counters that several threads move on. Nothing depends on them.
#[derive(Debug, Default)]
pub struct Progress {
    seen: AtomicUsize,
    of: AtomicUsize,
    /// Of the migration that is planned; 0 = none.
    version: AtomicU32,
    changed: AtomicUsize,
    writing: AtomicUsize,
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It looks for the files.
    Listing,
    /// It has looked at so many of the files that somebody wants, and plans a migration, by its number, with so many changes
    /// by now.
    Planning { seen: usize, of: usize, version: Option<u32>, changed: usize },
    /// It writes so many files.
    Writing(usize),
}

impl Progress {
    pub const fn new() -> Self {
        let [seen, of, changed, writing] = [const { AtomicUsize::new(0) }; 4];
        Self { seen, of, version: AtomicU32::new(0), changed, writing }
    }

    /// So many more files are wanted.
    pub(super) fn wanted(&self, files: usize) {
        self.of.fetch_add(files, Ordering::Relaxed);
    }

    /// So many more were looked at.
    pub(super) fn looked_at(&self, files: usize) {
        self.seen.fetch_add(files, Ordering::Relaxed);
    }

    /// The migration with this number is planned from now on.
    pub fn plans(&self, version: u32) {
        self.version.store(version, Ordering::Relaxed);
    }

    /// One more change is made in memory.
    pub fn changes(&self) {
        self.changed.fetch_add(1, Ordering::Relaxed);
    }

    /// So many files are written from now on.
    pub fn writes(&self, files: usize) {
        self.writing.store(files, Ordering::Relaxed);
    }

    /// How many files were looked at by now.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    pub fn stage(&self) -> Stage {
        let of = self.of.load(Ordering::Relaxed);
        match self.writing.load(Ordering::Relaxed) {
            0 if of == 0 => Stage::Listing,
            0 => {
                let version = Some(self.version.load(Ordering::Relaxed)).filter(|version| *version > 0);
                let (seen, changed) = (self.seen.load(Ordering::Relaxed), self.changed.load(Ordering::Relaxed));
                Stage::Planning { seen: seen.min(of), of, version, changed }
            }
            files => Stage::Writing(files),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_lists_then_plans_then_writes() {
        let progress = Progress::new();
        assert_eq!(progress.stage(), Stage::Listing);
        progress.wanted(40);
        progress.looked_at(32);
        assert_eq!(progress.stage(), Stage::Planning { seen: 32, of: 40, version: None, changed: 0 });
        progress.looked_at(32);
        progress.plans(7);
        progress.changes();
        assert_eq!(progress.stage(), Stage::Planning { seen: 40, of: 40, version: Some(7), changed: 1 });
        progress.writes(3);
        assert_eq!(progress.stage(), Stage::Writing(3));
    }
}
