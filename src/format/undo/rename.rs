//! Giving a key its old name back, in every place it stands in. What was edited below it since stays.

use super::spot::same_lists;
use super::{GONE, Trace, Undone, conflict, requoted};
use crate::format::{Alteration, Change, Document, Format, Node, find, find_all, read, verify};
use crate::text::{Edit, Edits, Span};
use crate::value::{Key, KeyPath};

pub(super) fn undo(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Undone {
    let path = &trace.place.path;
    let gone = || Undone::Conflict { current: GONE.to_owned(), span: None };
    let parent_path = path.parent().unwrap_or_default();
    let parent = find(format, document, &parent_path);
    let Some(parent) = parent.filter(|_| same_lists(&document.root, trace)) else { return gone() };
    let is_there = !find_all(format, document, path).is_empty() && !matches!(path.last(), Some(Key::Site(..)));
    match (renamed(text, parent, trace), is_there) {
        (None, true) => Undone::Already,
        (None, false) => gone(),
        (Some(index), true) => conflict(text, parent.children[index].entry),
        (Some(index), false) => match restored(format, text, document, &parent_path, trace) {
            Some(edits) => Undone::Edits(edits),
            None => conflict(text, parent.children[index].entry),
        },
    }
}

/// The edit that gives the key its old name back where it stands, without a look at what the text means then.
pub(super) fn unproved(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Option<Edits> {
    let path = &trace.place.path;
    let parent = find(format, document, &path.parent()?).filter(|_| same_lists(&document.root, trace))?;
    let index = renamed(text, parent, trace).filter(|_| find_all(format, document, path).is_empty())?;
    rename_one(format, text, parent, index, trace)
}

/// The child whose key is written as the migration wrote it, whatever its quotes.
fn renamed(text: &str, parent: &Node, trace: &Trace) -> Option<usize> {
    let bare = |key: &str| key.trim_matches(['"', '\'']).to_owned();
    parent.children.iter().position(|node| {
        let key = node.key.as_ref().filter(|key| !key.span.is_empty()).map(|key| key.span.of(text));
        key.is_some_and(|key| bare(key) == bare(&trace.now)) || whole(text, node, trace).is_some()
    })
}

/// Where more than a key was written, as for a shorthand property: all of it, while it stands as written.
fn whole(text: &str, node: &Node, trace: &Trace) -> Option<Span> {
    let start = node.key.as_ref()?.span.start;
    (text.get(start..node.entry.end)? == trace.now).then_some(Span::new(start, node.entry.end))
}

/// The edits that rename the key wherever it stands, as long as the text then means what it should.
fn restored(
    format: &dyn Format,
    text: &str,
    document: &Document,
    parent_path: &KeyPath,
    trace: &Trace,
) -> Option<Edits> {
    let (mut current, mut read_current, mut edits) = (text.to_owned(), document.clone(), Edits::default());
    let mut name = None;
    while let Some(parent) = find(format, &read_current, parent_path)
        && let Some(index) = renamed(&current, parent, trace)
    {
        name = name.or_else(|| Some(parent.children[index].key.as_ref()?.text.clone()));
        let step = rename_one(format, &current, parent, index, trace)?;
        edits = edits.then(&step, text.len());
        current = step.apply(&current);
        read_current = read(format, &current).ok()?;
    }
    let name = name?;
    let inverse = edits.inverse(text);
    let change = Change::Rename { path: trace.place.path.clone(), name: name.clone() };
    verify::agrees(format, (&current, &read_current), (text, document), &inverse, &change).ok()?;
    let is_used = trace.place.path.keys.len() == 1 && !format.uses(&current, &read_current, &name).is_empty();
    (!is_used).then_some(edits)
}

fn rename_one(format: &dyn Format, text: &str, parent: &Node, index: usize, trace: &Trace) -> Option<Edits> {
    let node = &parent.children[index];
    let key = node.key.as_ref()?;
    let span = whole(text, node, trace).unwrap_or(key.span);
    // A name that stands twice, as in the tags of an element, is a matter of the format.
    let old = trace.place.path.last().and_then(Key::name)?;
    let own = format.alter(text, parent, index, &Alteration::Rename(old)).ok()?.unwrap_or_default();
    let others = own.into_iter().filter(|edit| edit.span.start >= span.end);
    let name = requoted(&trace.was, &trace.now, span.of(text));
    Edits::new(others.chain([Edit::replace(span, name)]).collect()).ok()
}
