//! What an interrupted run left, and how the next one finishes or discards it.

use super::journal::Journal;
use super::transaction::{current, discard, finish, is_written, staged, take_back};
use super::{CommitError, Site};

/// What was found when a session opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    Nothing,
    /// The interrupted run had not decided: nothing of it remains.
    Discarded,
    /// It had: all of it is done now.
    Finished,
}

/// What a read-only command may say about an interrupted run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// The next writing command discards it.
    Undecided,
    /// The next writing command finishes it.
    Decided,
}

/// Looks for an interrupted run; touches nothing.
pub fn pending(site: &Site<'_>) -> Option<Pending> {
    let folder = site.transaction();
    site.fs.stat(&folder).ok()?;
    Some(if site.fs.stat(&folder.join("commit")).is_ok() { Pending::Decided } else { Pending::Undecided })
}

/// Finishes or discards what an interrupted run left. The lock must be held.
pub(super) fn recover(site: &Site<'_>) -> Result<Recovered, CommitError> {
    let folder = site.transaction();
    match pending(site) {
        None => {
            discard(site, &folder)?;
            Ok(Recovered::Nothing)
        }
        Some(Pending::Undecided) => {
            discard(site, &folder)?;
            Ok(Recovered::Discarded)
        }
        Some(Pending::Decided) => {
            let journal = Journal::read(site, &folder.join("commit"))?;
            forward(site, &journal)
        }
    }
}

fn forward(site: &Site<'_>, journal: &Journal) -> Result<Recovered, CommitError> {
    let folder = site.transaction();
    let mut foreign = None;
    let mut lost = None;
    for (index, entry) in journal.entries.iter().enumerate() {
        let place = entry.target.place()?;
        let found = current(site, &site.path(&place))?;
        if is_written(site, &folder, index, entry)? {
            continue;
        }
        if found != entry.old {
            foreign = Some(site.path(&place).display().to_string());
        } else if entry.new.is_some() && current(site, &staged(&folder, index))? != entry.new {
            lost = Some(site.path(&place).display().to_string());
        }
    }
    if let Some(path) = foreign.or(lost) {
        // A person edited one of the files, or cleaned the state folder: all of it goes back, and their text stays.
        take_back(site, &folder, journal)?;
        discard(site, &folder)?;
        return Err(CommitError::Interrupted { path });
    }
    finish(site, &folder, journal, &mut Vec::new())?;
    Ok(Recovered::Finished)
}
