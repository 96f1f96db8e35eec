//! Drift: recorded edits that no longer hold, each with its place. What people did elsewhere is none.

use std::collections::BTreeMap;

use super::{Request, here};
use crate::format::{self, Document, Format, Op, Opened, Trace, Undone, undo, undo_all};
use crate::history::{Edit, Record};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::text::{Position, Span, position};
use crate::tree::FileState;

/// A recorded setting that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub path: RepoPath,
    /// The format it was made in, where the file's name does not say it.
    pub format: Option<String>,
    pub place: String,
    pub kind: DriftKind,
    pub position: Option<Position>,
    /// Of the setting as it is, in the text of the file.
    pub span: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftKind {
    RevertedByHand,
    Changed,
    FileGone,
    /// The file can not be read as what it is.
    Unreadable,
    /// It holds, though the migration was taken back.
    StillThere,
}

impl DriftKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::RevertedByHand => "reverted by hand",
            Self::Changed => "changed",
            Self::FileGone => "file gone",
            Self::Unreadable => "its file does not parse",
            Self::StillThere => "still there, though it was taken back",
        }
    }
}

/// The edits that no longer hold.
pub(super) fn drift(request: &Request<'_>, slug: &Slug, edits: &[Edit]) -> Vec<Drift> {
    let mut by_file: BTreeMap<&RepoPath, Vec<&Edit>> = BTreeMap::new();
    for edit in edits.iter().filter(|edit| !is_superseded(request, slug, edits, edit)) {
        by_file.entry(&edit.file).or_default().push(edit);
    }
    // A file that only the ledger knows need not be here, and may be a fresh copy: then it is pending.
    let is_here = |path: &RepoPath| matches!(request.tree.read(path), Ok(Some(_)));
    // What was taken back for everyone is about to go here, too.
    let is_kept = here::left_over(request, slug).is_none();
    by_file.retain(|path, edits| {
        !here::is_local(request, slug, path) || is_kept && is_here(path) && !is_undone(request, path, edits)
    });
    by_file.into_iter().flat_map(|(path, edits)| file_drift(request, path, &edits)).collect()
}

fn file_drift(request: &Request<'_>, path: &RepoPath, edits: &[&Edit]) -> Vec<Drift> {
    let drift = |edit: &Edit, kind, span: Option<(Span, Position)>| {
        let (span, position) = (span.map(|(span, _)| span), span.map(|(_, position)| position));
        Drift {
            path: path.clone(),
            format: edit.format.clone(),
            place: edit.trace.place.to_string(),
            kind,
            position,
            span,
        }
    };
    if edits.iter().any(|edit| edit.trace.op == Op::Delete) {
        return Vec::new();
    }
    let Ok(Some(state)) = request.tree.read(path) else {
        return edits.first().map(|edit| drift(edit, DriftKind::FileGone, None)).into_iter().collect();
    };
    let mut formats: Vec<Option<&str>> = edits.iter().map(|edit| edit.format.as_deref()).collect();
    formats.sort_unstable();
    formats.dedup();
    let mut found = Vec::new();
    for forced in formats {
        let known: Vec<&Edit> = edits
            .iter()
            .copied()
            .filter(|edit| edit.format.as_deref() == forced && !edit.withheld && !edit.trace.op.is_whole())
            .collect();
        let Some(Opened { format, text, document }) = read_file(path, forced, &state) else {
            found.extend(known.first().map(|edit| drift(edit, DriftKind::Unreadable, None)));
            continue;
        };
        let place = |span: Span| (span, position(&text.content, span.start));
        let node = |edit: &Edit| format::find(format, &document, &edit.trace.place.path).map(|node| place(node.entry));
        for (edit, outcome) in known.iter().zip(outcomes(format, &text.content, &document, &known)) {
            if !matches!(edit.trace.op, Op::Insert | Op::Replace | Op::Rename | Op::Text) {
                continue;
            }
            let ordered = edit.trace.turn > 0;
            match outcome {
                Undone::Already => found.push(drift(edit, DriftKind::RevertedByHand, node(edit))),
                Undone::Conflict { .. } if ordered => found.push(drift(edit, DriftKind::Changed, node(edit))),
                Undone::Conflict { span, .. } => found.push(drift(edit, DriftKind::Changed, span.map(place))),
                Undone::Edits(_) | Undone::Kept(_) => {}
            }
        }
    }
    found
}

/// What of a record that was taken back still holds.
pub(super) fn still_there(request: &Request<'_>, record: &Record) -> Vec<Drift> {
    let holds = |path: &RepoPath, edit: &Edit| {
        matches!(edit_outcomes(request, path, &[edit]).as_slice(), [Undone::Edits(_)]).then(|| Drift {
            path: path.clone(),
            format: edit.format.clone(),
            place: edit.trace.place.to_string(),
            kind: DriftKind::StillThere,
            position: None,
            span: None,
        })
    };
    record.edits.iter().filter_map(|edit| holds(&edit.file, edit)).collect()
}

/// Those of `edits` that stand in `state`, the file at `path`, as they were written.
pub(super) fn standing<'e>(path: &RepoPath, state: &FileState, edits: &[&'e Edit]) -> Vec<&'e Edit> {
    let mut formats: Vec<Option<&str>> = edits.iter().map(|edit| edit.format.as_deref()).collect();
    formats.sort_unstable();
    formats.dedup();
    let is_text = |edit: &Edit| {
        !edit.withheld && !edit.trace.op.is_whole() && !matches!(edit.trace.op, Op::Keep | Op::Quote | Op::Comment)
    };
    let of_format = |forced: Option<&str>| {
        let known: Vec<&Edit> =
            edits.iter().copied().filter(|edit| edit.format.as_deref() == forced && is_text(edit)).collect();
        let Some(Opened { format, text, document }) = read_file(path, forced, state) else { return Vec::new() };
        let outcomes = outcomes(format, &text.content, &document, &known);
        let both = known.into_iter().zip(outcomes);
        both.filter(|(_, outcome)| matches!(outcome, Undone::Edits(_))).map(|(edit, _)| edit).collect()
    };
    formats.into_iter().flat_map(of_format).collect()
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
        let Opened { format, text, document } = read_file(path, edit.format.as_deref(), &state)?;
        Some(undo(format, &text.content, &document, &edit.trace))
    });
    each.collect()
}

/// How taking each of `edits` back would end.
fn outcomes(format: &dyn Format, text: &str, document: &Document, edits: &[&Edit]) -> Vec<Undone> {
    let traces: Vec<Trace> = edits.iter().map(|edit| edit.trace.clone()).collect();
    // Where edits move each other's places, one is seen only once the later ones are taken back.
    let ordered = traces.iter().any(|trace| trace.turn > 0);
    match undo_all(format, text, &traces) {
        Ok((_, outcomes)) if ordered => outcomes,
        _ => traces.iter().map(|trace| undo(format, text, document, trace)).collect(),
    }
}

fn read_file(path: &RepoPath, forced: Option<&str>, state: &FileState) -> Option<Opened> {
    format::open(path.file_name(), forced, &state.bytes).ok()
}

/// Whether the same place, or the whole file, was changed by another applied migration, or by this one later on: then
/// what was written first need not hold.
fn is_superseded(request: &Request<'_>, slug: &Slug, own: &[Edit], edit: &Edit) -> bool {
    let others = request.history.slugs().filter(|other| *other != slug);
    let records = others.flat_map(|other| [request.history.record(other), request.history.ledger(other)]).flatten();
    let mut others = records.filter(|record| Record::is_applied(record)).flat_map(|record| &record.edits);
    let mut later = own.iter().skip_while(|one| *one != edit).skip(1);
    others.any(|other| supersedes(other, edit)) || later.any(|other| supersedes(other, edit))
}

/// Whether `other` changed what `edit` left.
pub(super) fn supersedes(other: &Edit, edit: &Edit) -> bool {
    let (was, now) = (&other.trace.was, &edit.trace.now);
    match other.trace.op {
        Op::Delete => return other.file == edit.file,
        Op::Relocate => return *was == edit.file.as_str(),
        _ => {}
    }
    let inside = other.trace.place.path.keys.starts_with(&edit.trace.place.path.keys);
    let same = other.trace.place == edit.trace.place;
    // An entry is inserted as a whole, and changed in parts.
    let changes = same && (was == now || was.contains(now) && !now.is_empty());
    let changes_part = edit.trace.op == Op::Insert && inside && !was.is_empty() && now.contains(was);
    other.file == edit.file && !other.withheld && (changes || changes_part)
}
