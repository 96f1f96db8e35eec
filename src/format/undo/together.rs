//! Many edits of one file taken back at once: each is apart from the others, and the text is read once, to prove all of them.

use std::sync::Arc;

use super::landmark::Whereabouts;
use super::{Reverted, Trace, Undone, removal, rename, undo_at};
use crate::format::edit::are_apart;
use crate::format::{Change, Document, Format, Node, Op, find, read, renamed};
use crate::text::{Edits, Span};
use crate::value::{Key, KeyPath, Value};

/// Takes all of `traces` back from `text`; the same bytes as one after the other. `None` where one of them is not taken back
/// plainly, meets another, or is not proved together with them: then each has to be tried alone.
pub(super) fn undo_together(
    format: &dyn Format,
    text: &str,
    document: &Document,
    traces: &[Trace],
    whereabouts: &[Whereabouts],
) -> Option<Reverted> {
    if traces.len() < 2 || !document.tokens.is_empty() {
        return None;
    }
    let (mut containers, mut replaced, mut all) = (Vec::new(), Vec::new(), Vec::with_capacity(traces.len()));
    for (trace, found) in traces.iter().zip(whereabouts) {
        let Back { edits, container } = taken_back(format, text, document, trace, found)?;
        match container {
            Some(container) => containers.push(container),
            None => replaced.extend(edits.iter().map(|edit| edit.span.start)),
        }
        all.push(edits);
    }
    if !are_apart(&mut containers, replaced) {
        return None;
    }
    let edits = Edits::new(all.iter().flat_map(Edits::iter).cloned().collect()).ok()?;
    let after = edits.apply(text);
    let read_after = read(format, &after).ok()?;
    let is_back = |(trace, found)| undo_at(format, &after, &read_after, trace, found) == Undone::Already;
    let holds = traces.iter().zip(whereabouts).all(is_back)
        && rest_is_as_it_was(format, (text, document), (&after, &read_after), traces);
    let outcomes = all.into_iter().map(Undone::Edits).collect();
    holds.then(|| Reverted { text: after, document: Arc::new(read_after), outcomes })
}

/// What takes one edit back.
struct Back {
    edits: Edits,
    /// What an entry comes back to, goes from, or is renamed in; `None` where a value takes the place of another.
    container: Option<Span>,
}

fn taken_back(
    format: &dyn Format,
    text: &str,
    document: &Document,
    trace: &Trace,
    found: &Whereabouts,
) -> Option<Back> {
    let (path, Whereabouts::Here(_)) = (&trace.place.path, found) else { return None };
    if trace.place.part.is_some() || !matches!(path.last(), Some(Key::Name(_))) {
        return None;
    }
    let container = || {
        let parent = path.parent().filter(|parent| !parent.keys.is_empty())?;
        find(format, document, &parent).filter(|node: &&Node| node.is_written_out()).map(|node| node.entry)
    };
    let plain = || match undo_at(format, text, document, trace, found) {
        Undone::Edits(edits) => Some(edits),
        Undone::Already | Undone::Kept(_) | Undone::Conflict { .. } => None,
    };
    let (edits, container) = match trace.op {
        Op::Replace => (plain()?, None),
        Op::Insert => (plain()?, Some(container()?)),
        Op::Remove => (removal::unproved(format, text, document, &trace.as_in(text))?, Some(container()?)),
        Op::Rename => (rename::unproved(format, text, document, &trace.as_in(text))?, Some(container()?)),
        _ => return None,
    };
    Some(Back { edits, container })
}

/// Whether `before` and `after` mean the same but for what `traces` did.
fn rest_is_as_it_was(
    format: &dyn Format,
    before: (&str, &Document),
    after: (&str, &Document),
    traces: &[Trace],
) -> bool {
    let without = |path: &KeyPath, value: &mut Value| Change::Remove { path: path.clone() }.apply_to(value);
    let (mut was, mut is) = (before.1.root.value(before.0), after.1.root.value(after.0));
    for Trace { place, op, .. } in traces {
        match op {
            Op::Insert => without(&place.path, &mut was),
            Op::Remove => without(&place.path, &mut is),
            Op::Rename => {
                let then = renamed(format, [after.1, before.1], &place.path);
                let Some(name) = then.as_ref().and_then(|path| path.last()?.name()) else { return false };
                Change::Rename { path: place.path.clone(), name: name.to_owned() }.apply_to(&mut is);
            }
            _ => [&mut was, &mut is].into_iter().for_each(|value| without(&place.path, value)),
        }
    }
    format.meaning(was).means(&format.meaning(is))
}
