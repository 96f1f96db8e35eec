//! What is applied, pending and drifted: the records held against the files.

use super::applied::Applied;
use super::drift::{Drift, drift, still_there, without_record};
use super::edited::edited_since;
use super::here;
use super::up::each;
use super::{Action, Request, Step};
use crate::diagnostic::{Diagnostic, Severity};
use crate::history::{Edit, State};
use crate::migration::{Catalogue, Migration, Slug, Version};
use crate::path::RepoPath;

/// Where one migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `None` where the record is of a migration this program does not have.
    pub version: Option<Version>,
    pub slug: Slug,
    pub title: String,
    pub standing: Standing,
    /// Recorded settings that no longer hold.
    pub drift: Vec<Drift>,
    /// The files it changed, here or for everyone.
    pub files: usize,
    /// Files that git ignores and that do not stand where the repository does: `up` brings them there.
    pub here: Vec<RepoPath>,
    /// Files that git ignores and that it changed here, while the repository has no record of it.
    pub ahead: Vec<RepoPath>,
    /// Its file says something else than when it was applied, and would do something else.
    pub edited: bool,
    /// Why it was taken back.
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Applied,
    Adopted,
    /// Applied; this many files came later, here or for everyone.
    NewTargets(usize),
    /// Taken back on purpose.
    Reverted,
    /// Would change this many files.
    Pending(usize),
    /// Finds nothing to change.
    NothingToDo,
    /// Finds nothing that it can change, but this many files that a person has to.
    ByHand(usize),
    /// Could not be planned, and why.
    Blocked(Vec<Diagnostic>),
}

/// The standings as lines, for as long as no file changes; `None` where one of them has more to tell.
pub fn to_lines(all: &[Status]) -> Option<String> {
    let mut text = String::new();
    for one in all {
        let standing = match one.standing {
            Standing::Applied => "applied 0".to_owned(),
            Standing::Adopted => "adopted 0".to_owned(),
            Standing::Reverted => "reverted 0".to_owned(),
            Standing::NothingToDo => "nothing 0".to_owned(),
            Standing::ByHand(files) => format!("hand {files}"),
            Standing::Pending(files) => format!("pending {files}"),
            Standing::NewTargets(files) => format!("extend {files}"),
            Standing::Blocked(_) => return None,
        };
        let more = !one.drift.is_empty() || !one.here.is_empty() || !one.ahead.is_empty() || one.edited;
        let reason = one.reason.as_deref().unwrap_or_default();
        if more || one.version.is_none() || reason.contains('\n') {
            return None;
        }
        text.push_str(&format!("{} {standing} {} {reason}\n", one.slug, one.files));
    }
    Some(text)
}

/// The standings that `to_lines` wrote for this catalogue; `None` where they are not all there.
pub fn from_lines(catalogue: &Catalogue, text: &str) -> Option<Vec<Status>> {
    let mut lines = text.lines();
    let mut all = Vec::new();
    for migration in catalogue.iter() {
        let parts: Vec<&str> = lines.next()?.splitn(5, ' ').collect();
        let [slug, standing, count, files, reason] = parts.as_slice() else { return None };
        let count = count.parse().ok()?;
        let standing = match *standing {
            "applied" => Standing::Applied,
            "adopted" => Standing::Adopted,
            "reverted" => Standing::Reverted,
            "nothing" => Standing::NothingToDo,
            "hand" => Standing::ByHand(count),
            "pending" => Standing::Pending(count),
            "extend" => Standing::NewTargets(count),
            _ => return None,
        };
        if *slug != migration.slug.as_str() {
            return None;
        }
        all.push(Status {
            version: Some(migration.version),
            slug: migration.slug.clone(),
            title: migration.title().to_owned(),
            standing,
            drift: Vec::new(),
            files: files.parse().ok()?,
            here: Vec::new(),
            ahead: Vec::new(),
            edited: false,
            reason: Some((*reason).to_owned()).filter(|reason| !reason.is_empty()),
        });
    }
    lines.next().is_none().then_some(all)
}

/// The standing of every migration of the catalogue, and of records without one.
pub fn status(request: &Request<'_>) -> Vec<Status> {
    let applied = Applied::of(request);
    let mut all: Vec<Status> = each(request)
        .into_iter()
        .zip(request.catalogue.iter())
        .map(|(planned, migration)| of_migration(request, &applied, migration, planned))
        .collect();
    for slug in request.history.slugs().filter(|slug| request.catalogue.get(slug).is_none()) {
        let record = request.history.record(slug);
        all.push(Status {
            version: None,
            slug: slug.clone(),
            title: "its migration is gone".to_owned(),
            standing: record.map_or(Standing::Applied, |record| recorded(record.state)),
            drift: drift(request, &applied, slug, &edits_of(request, slug)),
            files: files(&edits_of(request, slug)),
            here: Vec::new(),
            ahead: Vec::new(),
            edited: false,
            reason: record.and_then(|record| record.reason.clone()),
        });
    }
    all
}

fn recorded(state: State) -> Standing {
    match state {
        State::Applied => Standing::Applied,
        State::Adopted => Standing::Adopted,
        State::Reverted => Standing::Reverted,
    }
}

/// The edits that count as made, here or for everyone.
pub(super) fn edits_of<'r>(request: &Request<'r>, slug: &Slug) -> Vec<&'r Edit> {
    let record = request.history.record(slug).filter(|record| record.is_applied());
    let ledger = request.history.ledger(slug).filter(|ledger| ledger.is_applied());
    let shared = record.into_iter().flat_map(|record| &record.edits);
    let is_own = here::own(request, ledger);
    let shared = shared.filter(|edit| !is_own(edit));
    shared.chain(ledger.into_iter().flat_map(|ledger| &ledger.edits)).collect()
}

fn of_migration(
    request: &Request<'_>,
    applied: &Applied<'_>,
    migration: &Migration,
    planned: Result<Step, Vec<Diagnostic>>,
) -> Status {
    let slug = &migration.slug;
    let record = request.history.record(slug);
    let edits = edits_of(request, slug);
    let mut here = here::left_files(request, slug);
    let standing = match (record.map(|record| record.state), planned) {
        (Some(State::Reverted), _) => Standing::Reverted,
        (Some(state), Err(_)) => recorded(state),
        (None, Err(diagnostics)) => Standing::Blocked(diagnostics),
        (Some(state), Ok(step)) => match step.action {
            Action::Extend => {
                let (private, shared): (Vec<_>, Vec<_>) = step.files.into_iter().partition(|file| file.ignored);
                here.extend(private.into_iter().map(|file| file.path));
                if shared.is_empty() { recorded(state) } else { Standing::NewTargets(shared.len()) }
            }
            _ => recorded(state),
        },
        (None, Ok(step)) => match step.action {
            Action::NothingToDo if edits.is_empty() && !step.by_hand.is_empty() => Standing::ByHand(step.by_hand.len()),
            Action::NothingToDo if edits.is_empty() => Standing::NothingToDo,
            Action::Done | Action::NothingToDo => Standing::Applied,
            _ => Standing::Pending(step.files.len()),
        },
    };
    let half = record.filter(|record| record.is_half_reverted()).map(|record| still_there(request, record));
    let half = half.unwrap_or_default();
    let is_ahead = matches!(standing, Standing::Pending(_) | Standing::Blocked(_));
    let edited = edited_since(request, migration).is_some_and(|edited| edited.severity != Severity::Note);
    let found = drift(request, applied, slug, &edits);
    Status {
        version: Some(migration.version),
        slug: slug.clone(),
        title: migration.title().to_owned(),
        drift: found.into_iter().chain(half).chain(without_record(request, slug)).collect(),
        files: files(&edits),
        ahead: if is_ahead { here::changed_files(request, slug) } else { Vec::new() },
        edited,
        reason: record.filter(|record| !record.is_applied()).and_then(|record| record.reason.clone()),
        standing,
        here,
    }
}

fn files(edits: &[&Edit]) -> usize {
    let changed = edits.iter().filter(|edit| edit.changes_something());
    let mut paths: Vec<&RepoPath> = changed.map(|edit| &edit.file).collect();
    paths.sort();
    paths.dedup();
    paths.len()
}
