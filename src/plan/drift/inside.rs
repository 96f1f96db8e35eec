//! Recorded settings held against a file that can be read.

use std::collections::BTreeSet;

use super::{Drift, DriftKind};
use crate::format::{self, Node, Op, Opened, Stand, Trace, Undone, stand, undo, undo_read};
use crate::history::Edit;
use crate::text::{Position, Span, position};
use crate::value::{Key, KeyPath};

/// Those of `edits` that do not hold in the file; they are among `all` that one migration made in it, in one format.
pub(super) fn of_settings(opened: &Opened, edits: &[&Edit], all: &[&Edit]) -> Vec<Drift> {
    let kept = edits.iter().filter(|edit| edit.trace.op == Op::Keep).filter_map(|edit| of_kept(opened, edit));
    let made: Vec<&Edit> = all.iter().copied().filter(|edit| edit.trace.op != Op::Keep).collect();
    let outcomes = outcomes(opened, &made);
    let asked: BTreeSet<*const Edit> = edits.iter().map(|edit| std::ptr::from_ref(*edit)).collect();
    let asked = made.iter().zip(outcomes).filter(|(edit, _)| asked.contains(&std::ptr::from_ref(**edit)));
    asked.filter_map(|(edit, outcome)| of_made(opened, edit, outcome)).chain(kept).collect()
}

/// How taking each of `edits` back would end.
pub(super) fn outcomes(opened: &Opened, edits: &[&Edit]) -> Vec<Undone> {
    let Opened { format, text, document, .. } = opened;
    let traces: Vec<Trace> = edits.iter().map(|edit| edit.trace.clone()).collect();
    // Where edits move each other's places, one is seen only once the later ones are taken back.
    let ordered = traces.iter().any(|trace| trace.turn > 0);
    let together = undo_read(*format, &text.content, document, &traces);
    let together = together.map(|reverted| reverted.outcomes).unwrap_or_default();
    if ordered && !together.is_empty() {
        return together;
    }
    let alone = traces.iter().map(|trace| undo(*format, &text.content, document, trace));
    // What a later edit was put into is whole again once that one is taken back.
    let whole = |(index, outcome): (usize, Undone)| match (outcome, together.get(index)) {
        (Undone::Conflict { .. }, Some(Undone::Edits(edits))) => Undone::Edits(edits.clone()),
        (outcome, _) => outcome,
    };
    alone.enumerate().map(whole).collect()
}

fn of_made(opened: &Opened, edit: &Edit, outcome: Undone) -> Option<Drift> {
    let trace = edit.trace.placed(opened.format, &opened.text.content, &opened.document);
    let node = node(opened, &trace.place.path);
    let found = |kind| {
        let span = |node: &Node| match kind {
            DriftKind::Changed if !node.value.is_empty() => node.value,
            _ => node.entry,
        };
        let place = node.map(|node| placed(opened, span(node)));
        Some(Drift::new(edit, kind).at(place).or_near(opened, edit))
    };
    match (edit.trace.op, outcome) {
        (Op::Keep | Op::Quote | Op::Comment, _) | (_, Undone::Edits(_) | Undone::Kept(_)) => None,
        (_, Undone::Already) => found(DriftKind::RevertedByHand),
        // What was removed does not come back without its container, and where that is gone it is gone, too.
        (Op::Remove, Undone::Conflict { .. }) => {
            let is_there = node.is_some() && matches!(edit.trace.place.path.last(), Some(Key::Name(_)));
            if is_there && edit.trace.place.part.is_none() { found(DriftKind::Changed) } else { None }
        }
        (Op::Replace | Op::Rename, Undone::Conflict { span: None, .. }) if node.is_none() => found(DriftKind::Gone),
        // In an order, the place was met in a text that was half taken back.
        (_, Undone::Conflict { .. }) if edit.trace.turn > 0 => found(DriftKind::Changed),
        (_, Undone::Conflict { span, .. }) => {
            let place = span.map(|span| placed(opened, span));
            Some(Drift::new(edit, DriftKind::Changed).at(place).or_near(opened, edit))
        }
    }
}

/// A setting that was right before the migration.
fn of_kept(opened: &Opened, edit: &Edit) -> Option<Drift> {
    let Opened { format, text, document, .. } = opened;
    let (kind, span) = match stand(*format, &text.content, document, &edit.trace) {
        Stand::Holds => return None,
        Stand::Changed(span) => (DriftKind::Changed, Some(span)),
        Stand::Gone => (DriftKind::Gone, None),
    };
    Some(Drift::new(edit, kind).at(span.map(|span| placed(opened, span))).or_near(opened, edit))
}

/// A secret, of which the record says no more than that it is there, or is not.
pub(super) fn of_withheld(opened: &Opened, edit: &Edit) -> Option<Drift> {
    let Opened { format, text, document, .. } = opened;
    let place = edit.trace.placed(*format, &text.content, document).place;
    let is_named = place.part.is_none() && matches!(place.path.last(), Some(Key::Name(_)));
    let found = format::find_all(*format, document, &place.path);
    let (kind, span) = match (edit.trace.op, found.first()) {
        _ if !is_named => return None,
        (Op::Remove, Some((_, node))) => (DriftKind::Changed, Some(node.entry)),
        (Op::Insert | Op::Replace, None) => (DriftKind::Gone, None),
        _ => return None,
    };
    Some(Drift::new(edit, kind).at(span.map(|span| placed(opened, span))).or_near(opened, edit))
}

impl Drift {
    /// The same; of a setting that is not there, at the line where one would look for it.
    fn or_near(mut self, opened: &Opened, edit: &Edit) -> Self {
        if self.position.is_none() {
            self.position = near(opened, edit).map(|at| position(&opened.text.content, at));
        }
        self
    }
}

/// Where the nearest sibling that stood before it stands, else its parent, or the nearest one around that is there.
fn near(opened: &Opened, edit: &Edit) -> Option<usize> {
    let trace = edit.trace.placed(opened.format, &opened.text.content, &opened.document);
    let mut parent = trace.place.path.parent()?;
    if let Some(container) = node(opened, &parent) {
        let named = |name: &String| {
            container.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == *name))
        };
        if let Some(sibling) = edit.trace.after.iter().find_map(named) {
            return Some(sibling.entry.start);
        }
    }
    while !parent.keys.is_empty() {
        if let Some(node) = node(opened, &parent) {
            return Some(node.entry.start);
        }
        parent = parent.parent()?;
    }
    None
}

fn node<'o>(opened: &'o Opened, path: &KeyPath) -> Option<&'o Node> {
    format::find(opened.format, &opened.document, path)
}

fn placed(opened: &Opened, span: Span) -> (Span, Position) {
    (span, position(&opened.text.content, span.start))
}
