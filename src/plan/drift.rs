//! Drift: recorded edits that no longer hold, each with its place. What people did elsewhere is none.

mod inside;
mod outside;

use std::collections::BTreeMap;

use super::absent::absence;
use super::applied::Applied;
use super::{Request, here};
use crate::format::{self, Op, Opened, Undone, undo};
use crate::history::{Edit, RECORDS, Record};
use crate::migration::Slug;
use crate::parallel;
use crate::path::RepoPath;
use crate::text::{Position, Span};
use crate::tree::{Absence, FileState};

/// A recorded setting that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub path: RepoPath,
    /// The format it was made in, where the file's name does not say it.
    pub format: Option<String>,
    /// What the migration did there.
    pub op: Op,
    /// Of the setting; empty where the whole file is meant.
    pub place: String,
    pub kind: DriftKind,
    pub position: Option<Position>,
    /// Of the setting as it is, in the text of the file.
    pub span: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriftKind {
    RevertedByHand,
    Changed,
    /// The setting is not in the file any more.
    Gone,
    FileGone,
    /// People gave the file another path.
    FileMoved(RepoPath),
    /// Git leaves the file out of this work tree, so that nothing tells what it says.
    Unseen,
    /// The file can not be read as what it is.
    Unreadable,
    /// It holds, though the migration was taken back.
    StillThere,
    /// It holds, and git has the record of it, which is deleted here.
    RecordGone,
}

impl DriftKind {
    pub fn name(&self) -> &'static str {
        match self {
            Self::RevertedByHand => "reverted by hand",
            Self::Changed => "changed",
            Self::Gone => "gone",
            Self::FileGone => "file gone",
            Self::FileMoved(_) => "file moved",
            Self::Unseen => "not in this work tree",
            Self::Unreadable => "its file does not parse",
            Self::StillThere => "still there, though it was taken back",
            Self::RecordGone => "still there, and its record is deleted",
        }
    }
}

impl Drift {
    fn new(edit: &Edit, kind: DriftKind) -> Self {
        let Edit { file, format, trace, .. } = edit;
        let place = trace.place.to_string();
        Self { path: file.clone(), format: format.clone(), op: trace.op, place, kind, position: None, span: None }
    }

    fn at(mut self, place: Option<(Span, Position)>) -> Self {
        (self.span, self.position) = (place.map(|(span, _)| span), place.map(|(_, position)| position));
        self
    }

    /// What no longer holds, as people are told.
    pub fn subject(&self) -> String {
        match (self.op, self.place.is_empty()) {
            (Op::Mode, _) => format!("the mode of `{}`", self.path),
            (_, true) => format!("`{}`", self.path),
            (_, false) => format!("`{}`", self.place),
        }
    }

    /// The same, with its file.
    pub(super) fn subject_in_file(&self) -> String {
        match self.op.is_whole() && self.place.is_empty() {
            true => self.subject(),
            false => format!("{} of {}", self.subject(), self.path),
        }
    }

    /// Whether `edit` is the one that no longer holds.
    pub(super) fn is_of(&self, edit: &Edit) -> bool {
        let is_whole = edit.trace.op.is_whole();
        edit.file == self.path && edit.trace.op == self.op && (is_whole || edit.trace.place.to_string() == self.place)
    }
}

/// Those of `edits`, of `slug`, that no longer hold.
pub(super) fn drift<'e>(request: &Request<'_>, applied: &Applied<'_>, slug: &Slug, edits: &[&'e Edit]) -> Vec<Drift> {
    let mut all: BTreeMap<&RepoPath, Vec<&Edit>> = BTreeMap::new();
    edits.iter().for_each(|edit| all.entry(&edit.file).or_default().push(edit));
    let standing = |edits: &[&'e Edit]| -> Vec<&'e Edit> {
        edits.iter().copied().filter(|edit| !applied.supersede(slug, edit)).collect()
    };
    let mut by_file: BTreeMap<&RepoPath, Vec<&Edit>> =
        all.iter().map(|(path, edits)| (*path, standing(edits))).collect();
    by_file.retain(|_, edits| !edits.is_empty());
    // A file that only the ledger knows need not be here, and may be a fresh copy: then it is pending.
    let is_here = |path: &RepoPath| matches!(request.tree.read(path), Ok(Some(_)));
    // What was taken back for everyone is about to go here, too.
    let is_kept = here::left_over(request, slug).is_none();
    let is_local = here::local(request, slug);
    by_file.retain(|path, edits| !is_local(path) || is_kept && is_here(path) && !is_undone(request, path, edits));
    let by_file: Vec<(&RepoPath, Vec<&Edit>)> = by_file.into_iter().collect();
    let found = parallel::map(&by_file, |(path, own)| {
        let all = all.get(path).map_or(&[][..], Vec::as_slice);
        of_file(request, applied, slug, path, (own, all))
    });
    found.into_iter().flatten().collect()
}

/// Those of `edits` that do not hold in the file at `path`; `all` has those, too, that others came after.
fn of_file(
    request: &Request<'_>,
    applied: &Applied<'_>,
    slug: &Slug,
    path: &RepoPath,
    (edits, all): (&[&Edit], &[&Edit]),
) -> Vec<Drift> {
    let first = |kind| edits.iter().find(|edit| edit.changes_something()).map(|edit| Drift::new(edit, kind));
    let state = match request.tree.read(path) {
        Ok(Some(state)) => state,
        Ok(None) if edits.iter().any(|edit| edit.trace.op == Op::Delete) => return Vec::new(),
        Ok(None) => {
            let kind = match absence(request, request.tree, slug, path, edits) {
                Absence::Gone | Absence::Deleted => DriftKind::FileGone,
                Absence::Moved(to) => DriftKind::FileMoved(to),
                Absence::Unseen => DriftKind::Unseen,
            };
            return first(kind).into_iter().collect();
        }
        Err(_) => return first(DriftKind::Unreadable).into_iter().collect(),
    };
    let (whole, inner): (Vec<&Edit>, Vec<&Edit>) = edits.iter().copied().partition(|edit| edit.trace.op.is_whole());
    let told = whole.into_iter().filter(|edit| !edit.withheld);
    let mut found: Vec<Drift> = told.flat_map(|edit| outside::of_whole(request, applied, edit, &state)).collect();
    for (forced, own) in by_format(inner.into_iter()) {
        match format::open(path.file_name(), forced, &state.bytes) {
            Ok(opened) => {
                let is_beside = |edit: &&Edit| edit.format.as_deref() == forced && !edit.trace.op.is_whole();
                let all: Vec<&Edit> = all.iter().copied().filter(|edit| is_beside(edit) && !edit.withheld).collect();
                let (secret, own): (Vec<&Edit>, Vec<&Edit>) = own.into_iter().partition(|edit| edit.withheld);
                found.extend(inside::of_settings(&opened, &own, &all));
                found.extend(secret.into_iter().filter_map(|edit| inside::of_withheld(&opened, edit)));
            }
            Err(_) => found.extend(own.first().map(|edit| Drift::new(edit, DriftKind::Unreadable))),
        }
    }
    found
}

/// What of a record that was taken back still holds.
pub(super) fn still_there(request: &Request<'_>, record: &Record) -> Vec<Drift> {
    let holds = |edit: &Edit| {
        let outcomes = edit_outcomes(request, &edit.file, &[edit]);
        matches!(outcomes.as_slice(), [Undone::Edits(_)]).then(|| Drift::new(edit, DriftKind::StillThere))
    };
    record.edits.iter().filter_map(holds).collect()
}

/// What holds of a record that git has, and that was deleted here.
pub(super) fn without_record(request: &Request<'_>, slug: &Slug) -> Option<Drift> {
    let lost = request.history.lost(slug).filter(|record| record.is_applied())?;
    let path = RepoPath::new(&format!("{RECORDS}/{slug}.toml")).ok()?;
    let holds = still_there(request, lost).into_iter().next()?;
    Some(Drift { path, place: holds.place, kind: DriftKind::RecordGone, ..holds })
}

/// Those of `edits` that stand in `state`, the file at `path`, as they were written.
pub(super) fn standing<'e>(path: &RepoPath, state: &FileState, edits: &[&'e Edit]) -> Vec<&'e Edit> {
    let is_text = |edit: &Edit| {
        !edit.withheld && !edit.trace.op.is_whole() && !matches!(edit.trace.op, Op::Keep | Op::Quote | Op::Comment)
    };
    let stands = |(forced, own): (Option<&str>, Vec<&'e Edit>)| {
        let opened = format::open(path.file_name(), forced, &state.bytes).ok();
        let outcomes = opened.map_or_else(Vec::new, |opened| inside::outcomes(&opened, &own));
        let both = own.into_iter().zip(outcomes);
        both.filter(|(_, outcome)| matches!(outcome, Undone::Edits(_))).map(|(edit, _)| edit).collect::<Vec<_>>()
    };
    by_format(edits.iter().copied().filter(|edit| is_text(edit))).into_iter().flat_map(stands).collect()
}

fn by_format<'e>(edits: impl Iterator<Item = &'e Edit>) -> BTreeMap<Option<&'e str>, Vec<&'e Edit>> {
    let mut formats: BTreeMap<Option<&str>, Vec<&Edit>> = BTreeMap::new();
    edits.for_each(|edit| formats.entry(edit.format.as_deref()).or_default().push(edit));
    formats
}

/// Whether the file at `path` is there and holds nothing of `edits`: it is as it was before them.
pub(super) fn is_undone(request: &Request<'_>, path: &RepoPath, edits: &[&Edit]) -> bool {
    let own: Vec<&Edit> =
        edits.iter().copied().filter(|edit| !matches!(edit.trace.op, Op::Keep | Op::Quote | Op::Comment)).collect();
    let outcomes = edit_outcomes(request, path, &own);
    !outcomes.is_empty() && outcomes.len() == own.len() && outcomes.iter().all(|one| matches!(one, Undone::Already))
}

/// How taking each of `edits` of the file at `path` back would end; none where the file can not be read.
fn edit_outcomes(request: &Request<'_>, path: &RepoPath, edits: &[&Edit]) -> Vec<Undone> {
    let Ok(Some(state)) = request.tree.read(path) else { return Vec::new() };
    let each = edits.iter().filter(|edit| !edit.withheld && !edit.trace.op.is_whole()).filter_map(|edit| {
        let opened = format::open(path.file_name(), edit.format.as_deref(), &state.bytes);
        let Opened { format, text, document, .. } = opened.ok()?;
        Some(undo(format, &text.content, &document, &edit.trace))
    });
    each.collect()
}
