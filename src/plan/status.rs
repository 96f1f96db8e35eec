//! What is applied, pending and drifted: the records held against the files.

use std::collections::BTreeMap;

use super::{Action, Request, Target, up};
use crate::diagnostic::Diagnostic;
use crate::format::{self, Op, Trace, Undone, find, undo, undo_all};
use crate::history::{Edit, State};
use crate::migration::{Catalogue, Migration, Slug, Version};
use crate::path::RepoPath;
use crate::text::{Position, Text, position};

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

/// A recorded setting that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub path: RepoPath,
    pub place: String,
    pub kind: DriftKind,
    pub position: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftKind {
    RevertedByHand,
    Changed,
    FileGone,
}

impl DriftKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::RevertedByHand => "reverted by hand",
            Self::Changed => "changed",
            Self::FileGone => "file gone",
        }
    }
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
        if !one.drift.is_empty() || one.version.is_none() {
            return None;
        }
        text.push_str(&format!("{} {standing} {}\n", one.slug, one.files));
    }
    Some(text)
}

/// The standings that `to_lines` wrote for this catalogue; `None` where they are not all there.
pub fn from_lines(catalogue: &Catalogue, text: &str) -> Option<Vec<Status>> {
    let mut lines = text.lines();
    let mut all = Vec::new();
    for migration in catalogue.iter() {
        let parts: Vec<&str> = lines.next()?.split(' ').collect();
        let [slug, standing, count, files] = parts.as_slice() else { return None };
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
        });
    }
    lines.next().is_none().then_some(all)
}

/// The standing of every migration of the catalogue, and of records without one.
pub fn status(request: &Request<'_>) -> Vec<Status> {
    let mut all: Vec<Status> = request.catalogue.iter().map(|migration| of_migration(request, migration)).collect();
    for slug in request.history.slugs().filter(|slug| request.catalogue.get(slug).is_none()) {
        let record = request.history.record(slug);
        all.push(Status {
            version: None,
            slug: slug.clone(),
            title: "not in this program".to_owned(),
            standing: record.map_or(Standing::Applied, |record| recorded(record.state)),
            drift: record.map(|record| drift(request, &record.edits)).unwrap_or_default(),
            files: record.map_or(0, |record| files(&record.edits)),
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

fn of_migration(request: &Request<'_>, migration: &Migration) -> Status {
    let slug = &migration.slug;
    let record = request.history.record(slug);
    let edits: Vec<Edit> = [record, request.history.ledger(slug)]
        .into_iter()
        .flatten()
        .filter(|record| record.is_applied())
        .flat_map(|record| record.edits.iter().cloned())
        .collect();
    let planned = up(request, &Target::Only(vec![slug.clone()]));
    let changes = planned.as_ref().ok().and_then(|plan| plan.steps.first()).map_or(0, |step| step.files.len());
    let action = planned.as_ref().ok().and_then(|plan| plan.steps.first()).map(|step| step.action);
    let by_hand = planned.as_ref().ok().and_then(|plan| plan.steps.first()).map_or(0, |step| step.by_hand.len());
    let standing = match (record.map(|record| record.state), planned, action) {
        (Some(State::Reverted), ..) => Standing::Reverted,
        (Some(state), Err(_), _) => recorded(state),
        (None, Err(refusal), _) => Standing::Blocked(refusal.diagnostics),
        (Some(_), Ok(_), Some(Action::Extend)) => Standing::NewTargets(changes),
        (Some(state), Ok(_), _) => recorded(state),
        (None, Ok(_), Some(Action::NothingToDo)) if edits.is_empty() && by_hand > 0 => Standing::ByHand(by_hand),
        (None, Ok(_), Some(Action::NothingToDo)) if edits.is_empty() => Standing::NothingToDo,
        (None, Ok(_), Some(Action::Done | Action::NothingToDo)) => Standing::Applied,
        (None, Ok(_), _) => Standing::Pending(changes),
    };
    Status {
        version: Some(migration.version),
        slug: slug.clone(),
        title: migration.title().to_owned(),
        drift: drift(request, &edits),
        files: files(&edits),
        standing,
    }
}

fn files(edits: &[Edit]) -> usize {
    let mut paths: Vec<&RepoPath> = edits.iter().map(|edit| &edit.file).collect();
    paths.sort();
    paths.dedup();
    paths.len()
}

/// The edits that no longer hold.
fn drift(request: &Request<'_>, edits: &[Edit]) -> Vec<Drift> {
    let mut by_file: BTreeMap<&RepoPath, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(&edit.file).or_default().push(edit);
    }
    by_file.into_iter().flat_map(|(path, edits)| file_drift(request, path, &edits)).collect()
}

fn file_drift(request: &Request<'_>, path: &RepoPath, edits: &[&Edit]) -> Vec<Drift> {
    let drift =
        |edit: &Edit, kind, position| Drift { path: path.clone(), place: edit.trace.place.to_string(), kind, position };
    let Ok(Some(state)) = request.tree.read(path) else {
        return edits.first().map(|edit| drift(edit, DriftKind::FileGone, None)).into_iter().collect();
    };
    let read = format::detect(path.file_name()).and_then(|named| {
        let text = Text::decode(&state.bytes, named.charset(&state.bytes)).ok()?;
        let (format, document) = format::read_as(path.file_name(), &text.content)?.ok()?;
        Some((format, text, document))
    });
    let Some((format, text, document)) = read else {
        return edits.first().map(|edit| drift(edit, DriftKind::Changed, None)).into_iter().collect();
    };
    let known: Vec<&Edit> = edits.iter().copied().filter(|edit| !edit.withheld).collect();
    let traces: Vec<Trace> = known.iter().map(|edit| edit.trace.clone()).collect();
    // Where edits move each other's places, one is seen only once the later ones are taken back.
    let ordered = traces.iter().any(|trace| trace.turn > 0);
    let outcomes = match undo_all(format, &text.content, &traces) {
        Ok((_, outcomes)) if ordered => outcomes,
        _ => traces.iter().map(|trace| undo(format, &text.content, &document, trace)).collect(),
    };
    let place = |edit: &Edit, span: Option<crate::text::Span>| {
        let found = || find(format, &document, &edit.trace.place.path).map(|node| node.entry);
        let span = if ordered { found() } else { span };
        span.map(|span| position(&text.content, span.start))
    };
    let is_checked = |edit: &Edit| matches!(edit.trace.op, Op::Insert | Op::Replace | Op::Rename);
    let found =
        known.iter().zip(outcomes).filter(|(edit, _)| is_checked(edit)).filter_map(|(edit, outcome)| match outcome {
            Undone::Already => Some(drift(edit, DriftKind::RevertedByHand, None)),
            Undone::Conflict { span, .. } => Some(drift(edit, DriftKind::Changed, place(edit, span))),
            Undone::Edits(_) | Undone::Kept(_) => None,
        });
    found.collect()
}
