//! What an interrupted run left, and how the next one finishes or discards it.

use super::journal::Journal;
use super::swap::{back, finish, found, is_written, settle};
use super::{CommitError, Site, clean};

/// What was found when a session opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    Nothing,
    /// The interrupted run had not decided: nothing of it remains.
    Discarded,
    /// It had: all of it is done now.
    Finished,
    /// It had, and what is left of it does not do: nothing of it remains.
    TakenBack,
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
    site.fs.stat(&site.transaction()).ok()?;
    Some(if site.fs.stat(&site.mark()).is_ok() { Pending::Decided } else { Pending::Undecided })
}

/// Finishes or discards what an interrupted run left. The lock must be held.
pub(super) fn recover(site: &Site<'_>) -> Result<Recovered, CommitError> {
    match pending(site) {
        None => {
            clean::close(site)?;
            Ok(Recovered::Nothing)
        }
        Some(Pending::Undecided) => {
            clean::close(site)?;
            Ok(Recovered::Discarded)
        }
        Some(Pending::Decided) => forward(site, &Journal::read(site, &site.mark())?),
    }
}

fn forward(site: &Site<'_>, journal: &Journal) -> Result<Recovered, CommitError> {
    let mut open = 0;
    let mut foreign = None;
    let mut lost = false;
    for entry in &journal.entries {
        if is_written(site, entry)? {
            continue;
        }
        open += 1;
        let path = entry.path(site)?;
        if !found(site, &path)?.is(entry.old.as_ref()) {
            foreign = Some(path);
        } else if entry.new.is_some() && !found(site, &entry.staged(site))?.is(entry.new.as_ref()) {
            lost = true;
        }
    }
    if let Some(path) = foreign {
        // A person edited one of the files: all of it goes back, and their text stays.
        back(site, journal)?;
        return Err(CommitError::Interrupted { path: path.display().to_string() });
    }
    if lost {
        // Somebody cleaned the state folder, or the run was on its way back already.
        back(site, journal)?;
        return Ok(Recovered::TakenBack);
    }
    if open == 0 {
        settle(site, journal)?;
    } else {
        finish(site, journal, &mut Vec::new())?;
    }
    Ok(Recovered::Finished)
}
