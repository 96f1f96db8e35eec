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

/// What a command that only reads can tell of an interrupted run: what the next one that writes does with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// It discards it: nothing had been written.
    Undecided,
    /// It brings it to an end.
    Decided {
        /// How many of its files are written.
        written: usize,
        files: usize,
        way: Way,
    },
    /// It fails: a person or the machine has something to do first.
    Stuck(CommitError),
}

/// To which end a decided run is brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The rest of it is written.
    Forward,
    /// What it has written is taken back: a part of it is gone, or a person wants it so.
    Back,
    /// It is taken back as well, since this file was edited.
    Edited(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Undecided,
    Decided,
}

/// How far a run came that is not over.
fn stage(site: &Site<'_>) -> Option<Stage> {
    site.fs.stat(&site.transaction()).ok()?;
    if site.fs.stat(&site.transaction().join("over")).is_ok() {
        return None;
    }
    Some(if site.fs.stat(&site.mark()).is_ok() { Stage::Decided } else { Stage::Undecided })
}

/// Whether there is a run to recover from.
pub(super) fn is_pending(site: &Site<'_>) -> bool {
    stage(site).is_some()
}

/// Looks for an interrupted run; touches nothing. One that is still at work looks the same.
pub fn pending(site: &Site<'_>) -> Option<Pending> {
    let found = stage(site)?;
    let told = match found {
        Stage::Undecided => ended(site, "plan").map(|_| Pending::Undecided),
        Stage::Decided => foreseen(site),
    };
    // A run that came to its end meanwhile was not interrupted.
    (stage(site) == Some(found)).then(|| told.unwrap_or_else(Pending::Stuck))
}

fn foreseen(site: &Site<'_>) -> Result<Pending, CommitError> {
    let journal = Journal::read(site, &site.mark())?;
    let open = look(site, &journal)?;
    let way = way(site, &journal, &open)?;
    Ok(Pending::Decided { written: open.written, files: journal.entries.len(), way })
}

/// Finishes or discards what an interrupted run left. The lock must be held.
pub(super) fn recover(site: &Site<'_>) -> Result<Recovered, CommitError> {
    match stage(site) {
        None => {
            clean::close(site, ended(site, "over")?.as_ref())?;
            Ok(Recovered::Nothing)
        }
        Some(Stage::Undecided) => {
            clean::close(site, ended(site, "plan")?.as_ref())?;
            Ok(Recovered::Discarded)
        }
        Some(Stage::Decided) => decided(site, Journal::read(site, &site.mark())?),
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

/// Where the entries of an interrupted run stand.
#[derive(Default)]
struct Open {
    /// How many have had their turn.
    written: usize,
    /// Of the others: the new content is staged and the old one in its place.
    ready: bool,
    /// Somebody edited the target.
    foreign: Vec<Foreign>,
    /// The new content is gone.
    lost: bool,
}

/// A target that somebody edited.
struct Foreign {
    number: usize,
    path: String,
}

/// The end that a decided run is brought to.
fn way(site: &Site<'_>, journal: &Journal, open: &Open) -> Result<Way, CommitError> {
    if site.policy.recovery == Recovery::Back {
        return Ok(Way::Back);
    }
    if let Some(first) = open.foreign.first()
        && site.policy.recovery == Recovery::Ask
    {
        let path = first.path.clone();
        if journal.head != site.head {
            let named = |head: &Option<String>| head.clone().unwrap_or_else(|| "no commit".to_owned());
            return Err(CommitError::OtherTree { path, then: named(&journal.head), now: named(&site.head) });
        }
        return Ok(Way::Edited(path));
    }
    // Somebody cleaned the state folder, or the run was on its way back already.
    Ok(if open.lost { Way::Back } else { Way::Forward })
}

fn decided(site: &Site<'_>, mut journal: Journal) -> Result<Recovered, CommitError> {
    let open = look(site, &journal)?;
    match way(site, &journal, &open)? {
        Way::Back => {
            back(site, &journal)?;
            return Ok(Recovered::TakenBack);
        }
        // A person edited one of the files: all of it goes back, and their text stays.
        Way::Edited(path) => {
            back(site, &journal)?;
            return Err(CommitError::Interrupted { path });
        }
        Way::Forward => {}
    }
    journal.entries.retain(|entry| open.foreign.iter().all(|foreign| foreign.number != entry.number));
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
            open.written += 1;
            continue;
        }
        let path = entry.path(site)?;
        let target = found(site, &path)?;
        let chmodded = matches!((&target, &entry.old), (Found::File(now), Some(old)) if now.mode != old.mode);
        let ours = target.is(entry.old.as_ref()) || in_place::is_torn(site, entry)?;
        if !ours || chmodded {
            open.foreign.push(Foreign { number: entry.number, path: path.display().to_string() });
        } else if entry.new.is_some() && !found(site, &entry.staged(site)?)?.is(entry.new.as_ref()) {
            open.lost = true;
        } else {
            open.ready = true;
        }
    }
    Ok(open)
}
