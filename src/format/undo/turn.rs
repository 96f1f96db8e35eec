//! The order in which the edits of one file are taken back, where their places do not tell it.

use std::collections::BTreeSet;

use super::Trace;
use crate::format::Op;
use crate::value::{Key, KeyPath};

impl Trace {
    /// Numbers the traces of one file, which are in the order they were made, where one of them moves the places that the
    /// others name.
    pub fn number<'t>(traces: impl IntoIterator<Item = &'t mut Self>) {
        let traces: Vec<&mut Self> = traces.into_iter().collect();
        // What was changed in the copy of what an alias stood for is taken back before the copy.
        let is_copy = |trace: &Self| trace.op == Op::Replace && trace.was.trim_start().starts_with('*');
        let moves = |trace: &&mut Self| matches!(trace.op, Op::Remove | Op::Rename) || is_copy(trace);
        if traces.iter().any(moves) || covers_another(&traces) {
            traces.into_iter().zip(1..).for_each(|(trace, turn)| trace.turn = turn);
        }
    }
}

/// Whether what one of `traces` did is found only once a later one is taken back: that one wrote over it, or put an element
/// into a list before the one that it was made in.
fn covers_another(traces: &[&mut Trace]) -> bool {
    // A stretch of text is where it is whatever is set there.
    if traces.len() > 1 && traces.iter().any(|trace| trace.op == Op::Text) {
        return true;
    }
    let (mut places, mut paths) = (BTreeSet::new(), BTreeSet::new());
    traces.iter().filter(|trace| !trace.op.is_whole()).any(|trace| {
        let Trace { place, op, .. } = &**trace;
        // Sorted by path, what lies at or below it comes next; in a list also what lies behind it.
        let next: Option<&KeyPath> = paths.range::<&KeyPath, _>(&place.path..).next().copied();
        let covers = match (op, place.path.keys.split_last()) {
            (Op::Comment | Op::Quote | Op::Keep, _) => false,
            _ if places.contains(place) => true,
            _ if place.part.is_some() => false,
            (Op::Insert, Some((Key::Index(_), list))) => {
                let step = next.and_then(|next| next.keys.strip_prefix(list)).and_then(<[Key]>::first);
                matches!(step, Some(Key::Index(_)))
            }
            _ => next.is_some_and(|next| next.starts_with(&place.path)),
        };
        places.insert(place);
        paths.insert(&place.path);
        covers
    })
}
