//! Several changes at once: edits that are apart from each other, made in one text and verified as one, or foreseen.

use std::sync::Arc;

use super::foresee::foreseen;
use super::{Draft, Outcome, canonical, unquoted};
use crate::format::locate::locate;
use crate::format::{Body, Change, Document, Format, Made, Node, Op, Opened, read};
use crate::text::{Edits, Span};
use crate::value::{Key, KeyPath, Value};

/// Where the plain value of the setting at `path` stands, if that is what it has: what another plain value can take the
/// place of, wherever else values change.
pub fn plain_place(format: &dyn Format, text: &str, document: &Document, path: &KeyPath) -> Option<Span> {
    let located = locate(format, text, document, path).ok()?;
    let node = located.node();
    let is_plain = located.rest.is_empty() && matches!(node.body, Body::Scalar { .. }) && document.tokens.is_empty();
    (is_plain && !node.value.is_empty() && !node.value.of(text).contains('\n')).then_some(node.value)
}

/// Edits of the same text that do not touch each other: each gives one plain value the place of another, or puts one entry
/// into a container, takes one out of it, or gives one another name.
struct Batch {
    changes: Vec<Change>,
    made: Vec<Made>,
    kept: Vec<KeyPath>,
    edits: Edits,
}

impl Batch {
    /// The edits of `changes`; `None` where one of them is not of this kind, can not be made, or meets another.
    fn of(format: &dyn Format, text: &str, document: &Arc<Document>, changes: &[Change]) -> Option<Self> {
        let mut draft = Draft::new(format, text, Arc::clone(document));
        draft.collects = true;
        let mut asked = Vec::with_capacity(changes.len());
        let mut containers = Vec::new();
        for change in changes {
            let (change, quotes) = unquoted(change);
            if !is_single(change) {
                return None;
            }
            let change = canonical(format, text, document, change).ok()?;
            let made = draft.made.len();
            draft.quotes = quotes;
            containers.extend(draft.collect(&change)?);
            if draft.made.len() > made + 1 {
                return None;
            }
            asked.push(change);
        }
        let Draft { made, kept, .. } = draft;
        let replaced = || made.iter().filter(|made| made.op == Op::Replace).map(|made| &made.main);
        let is_apart = are_apart(&mut containers, replaced().map(|edit| edit.span.start));
        if !is_apart || replaced().any(|edit| edit.text.contains('\n')) {
            return None;
        }
        let each = made.iter().flat_map(|made| made.joined.iter().chain([&made.main])).cloned().collect();
        Some(Self { changes: asked, edits: Edits::new(each).ok()?, made, kept })
    }
}

/// Whether `change` is one primitive edit where it is made in what is there.
fn is_single(change: &Change) -> bool {
    match change {
        Change::Set { value, .. } => !matches!(value, Value::Map(_) | Value::List(_) | Value::Code(_)),
        Change::Remove { .. } | Change::Rename { .. } => true,
        _ => false,
    }
}

/// Whether what happens in one of `containers`, where an entry comes, goes or is renamed, says nothing of any other edit, nor of
/// one that starts in `replaced`: an entry is written as its neighbours are.
pub(in crate::format) fn are_apart(containers: &mut [Span], replaced: impl IntoIterator<Item = usize>) -> bool {
    containers.sort_unstable_by_key(|container| container.start);
    let holder = |at: usize| containers.partition_point(|container| container.start <= at).checked_sub(1);
    let is_inside = |at: usize| holder(at).is_some_and(|index| at < containers[index].end);
    containers.windows(2).all(|pair| pair[0].end <= pair[1].start) && !replaced.into_iter().any(is_inside)
}

impl Draft<'_> {
    /// Collects the edit of `change`, a single one. What it puts an entry into, or takes one out of; `None` where it is no such
    /// change, or has to be made alone.
    fn collect(&mut self, change: &Change) -> Option<Option<Span>> {
        let document = Arc::clone(&self.document);
        match change {
            Change::Set { path, value } if plain_place(self.format, &self.text, &document, path).is_some() => {
                self.set(path, value).ok()?;
                Some(None)
            }
            Change::Set { path, value } => {
                let located = locate(self.format, &self.text, &document, path).ok()?;
                let (Some(key), container) = (located.rest.first(), located.node()) else { return None };
                if located.rest.len() > 1 || !self.holds_entry(container, &located.path, key) {
                    return None;
                }
                self.set(path, value).ok()?;
                Some(Some(container.entry))
            }
            Change::Remove { path } | Change::Rename { path, .. } => {
                let mut located = locate(self.format, &self.text, &document, path).ok()?;
                let (key, parent) = (located.path.last()?.clone(), located.path.parent()?);
                let [.., container, _] = located.trail.as_slice() else { return None };
                let container = *container;
                if !located.rest.is_empty() || !self.holds_entry(container, &parent, &key) || located.enter_outlying() {
                    return None;
                }
                match change {
                    Change::Rename { name, .. } => self.rename(path, name).ok()?,
                    _ => self.remove(path).ok()?,
                }
                Some(Some(container.entry))
            }
            _ => None,
        }
    }

    /// Whether the entry of `container`, which is at `path`, that `key` names is of nobody's concern outside: it stands in one
    /// place, moves no number, and no code looks it up.
    fn holds_entry(&self, container: &Node, path: &KeyPath, key: &Key) -> bool {
        let is_named = matches!(key, Key::Name(_)) && !path.keys.is_empty();
        is_named && container.is_written_out() && self.document.tokens.is_empty()
    }
}

/// Makes all of `changes`, each of which is one edit apart from the others; the same bytes as one after the other. `None`
/// where they are not of this kind, meet, or do not pass verification together: then each has to be tried alone, which tells
/// the one that can not be made.
pub fn edit_all(format: &dyn Format, text: &str, document: &Arc<Document>, changes: &[Change]) -> Option<Outcome> {
    let Batch { changes, made, kept, edits } = Batch::of(format, text, document, changes)?;
    let mut expected = document.root.value(text);
    changes.iter().for_each(|change| change.apply_to(&mut expected));
    let after = edits.apply(text);
    let read_after = read(format, &after).ok()?;
    let found = read_after.root.value(&after);
    let agrees = format.meaning(expected).means(&format.meaning(found));
    let holds = agrees && format.second_judge(text, (&after, &read_after)).is_ok();
    let document = Arc::new(read_after);
    holds.then(|| Outcome { text: after, document, foreseen: None, edits, made, kept, expression: None })
}

/// As `edit_all`, without reading the text again: its tree follows from that of `file`. Whoever writes it has
/// `Opened::as_read` agree before. `None` also where one of `changes` is about a value that was not read itself.
pub fn foresee(file: &Opened, changes: &[Change]) -> Option<Outcome> {
    let (format, text) = (file.format, file.text.content.as_str());
    if !changes.iter().all(|change| matches!(unquoted(change).0, Change::Set { .. })) {
        return None;
    }
    let Batch { changes, made, kept, edits } = Batch::of(format, text, &file.document, changes)?;
    if edits.is_empty() {
        return Some(Outcome { kept, ..Outcome::unchanged(text, Arc::clone(&file.document)) });
    }
    if made.iter().any(|made| made.op != Op::Replace) {
        return None;
    }
    let (document, unread) = foreseen(file, &changes, &made, &edits)?;
    let (text, document) = (edits.apply(text), Arc::new(document));
    Some(Outcome { text, document, foreseen: Some(unread), edits, made, kept, expression: None })
}
