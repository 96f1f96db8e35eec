//! What an interrupted run left, and how the next one finishes or discards it.

use super::journal::Journal;
use super::swap::{Found, back, finish, found, is_written, settle};
use super::{CommitError, Recovery, Site, clean, in_place};

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
    if site.fs.stat(&site.transaction().join("over")).is_ok() {
        return None;
    }
    Some(if site.fs.stat(&site.mark()).is_ok() { Pending::Decided } else { Pending::Undecided })
}

/// Finishes or discards what an interrupted run left. The lock must be held.
pub(super) fn recover(site: &Site<'_>) -> Result<Recovered, CommitError> {
    match pending(site) {
        None => {
            clean::close(site, ended(site, "over")?.as_ref())?;
            Ok(Recovered::Nothing)
        }
        Some(Pending::Undecided) => {
            clean::close(site, ended(site, "plan")?.as_ref())?;
            Ok(Recovered::Discarded)
        }
        Some(Pending::Decided) => decided(site, Journal::read(site, &site.mark())?),
    }
}

/// The journal of a transaction that is only to be deleted. A torn one had nothing in the tree yet.
fn ended(site: &Site<'_>, name: &str) -> Result<Option<Journal>, CommitError> {
    match Journal::read(site, &site.transaction().join(name)) {
        Ok(journal) => Ok(Some(journal)),
        Err(newer @ CommitError::Newer { .. }) => Err(newer),
        Err(_) => Ok(None),
    }
}

/// Where the entries of an interrupted run stand that have not had their turn.
#[derive(Default)]
struct Open {
    /// The new content is staged and the old one in its place.
    ready: bool,
    /// Somebody edited the target: their numbers, and the first of them by name.
    foreign: Vec<usize>,
    path: String,
    /// The new content is gone.
    lost: bool,
}

fn decided(site: &Site<'_>, mut journal: Journal) -> Result<Recovered, CommitError> {
    let open = look(site, &journal)?;
    if site.policy.recovery == Recovery::Back {
        back(site, &journal)?;
        return Ok(Recovered::TakenBack);
    }
    if !open.foreign.is_empty() && site.policy.recovery == Recovery::Ask {
        let path = open.path;
        if journal.head != site.head {
            let named = |head: &Option<String>| head.clone().unwrap_or_else(|| "no commit".to_owned());
            return Err(CommitError::OtherTree { path, then: named(&journal.head), now: named(&site.head) });
        }
        // A person edited one of the files: all of it goes back, and their text stays.
        back(site, &journal)?;
        return Err(CommitError::Interrupted { path });
    }
    if open.lost {
        // Somebody cleaned the state folder, or the run was on its way back already.
        back(site, &journal)?;
        return Ok(Recovered::TakenBack);
    }
    journal.entries.retain(|entry| !open.foreign.contains(&entry.number));
    if open.ready {
        finish(site, &journal, &mut Vec::new())?;
    } else {
        settle(site, &journal)?;
    }
    Ok(Recovered::Finished)
}

fn look(site: &Site<'_>, journal: &Journal) -> Result<Open, CommitError> {
    let mut open = Open::default();
    for entry in &journal.entries {
        if is_written(site, entry)? {
            continue;
        }
        let path = entry.path(site)?;
        let target = found(site, &path)?;
        let chmodded = matches!((&target, &entry.old), (Found::File(now), Some(old)) if now.mode != old.mode);
        let ours = target.is(entry.old.as_ref()) || in_place::is_torn(site, entry)?;
        if !ours || chmodded {
            open.foreign.push(entry.number);
            open.path = path.display().to_string();
        } else if entry.new.is_some() && !found(site, &entry.staged(site)?)?.is(entry.new.as_ref()) {
            open.lost = true;
        } else {
            open.ready = true;
        }
    }
    Ok(open)
}
