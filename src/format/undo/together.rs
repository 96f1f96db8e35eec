//! Edits of one file that are apart from each other, taken back at once: the text is read once, to prove all of them.

use std::sync::Arc;

use super::landmark::Whereabouts;
use super::removal::{self, is_same};
use super::{Trace, Undone, rename, undo_at};
use crate::format::{Change, Document, Format, Node, Op, find, read, renamed};
use crate::text::{Claims, Edits, Span};
use crate::value::{Key, KeyPath, Value};

/// A file from which edits are taken back.
#[derive(Clone, Copy)]
pub(super) struct File<'f> {
    pub format: &'f dyn Format,
    pub text: &'f str,
    pub document: &'f Document,
    pub traces: &'f [Trace],
    pub whereabouts: &'f [Whereabouts],
}

/// By the number of its trace: what takes an edit back.
pub(super) type Group = Vec<(usize, Edits)>;

impl File<'_> {
    /// Those of the traces at `order` that can be taken back at once: none is in the way of another, nor of one that comes
    /// before it and is not among them.
    pub fn group(self, order: &[usize]) -> Group {
        let mut group = Group::new();
        let (mut containers, mut edited) = (Claims::default(), Claims::meeting_at_ends());
        let mut postponed = 0;
        if !self.document.tokens.is_empty() {
            return group;
        }
        for index in order {
            let (trace, found) = (&self.traces[*index], &self.whereabouts[*index]);
            let Some(container) = self.container(trace, found) else { break };
            if !containers.meet(container) {
                let Some(edits) = self.taken_back(trace, found) else { break };
                let Some(stretch) = edits.iter().map(|edit| edit.span).reduce(Span::around) else { break };
                if edited.add(stretch) & containers.add(container.around(stretch)) {
                    group.push((*index, edits));
                    continue;
                }
            }
            containers.add(container);
            postponed += 1;
            // All in one container, as it seems.
            if postponed > 8 * group.len() + 16 {
                break;
            }
        }
        group
    }

    /// What no other edit may have to do with while `trace` is taken back: the value that gives way, or all that an entry comes
    /// back to, goes from or is renamed in, since it is written as its neighbours are. `None` for what is taken back alone.
    fn container(self, trace: &Trace, found: &Whereabouts) -> Option<Span> {
        let Self { format, document, .. } = self;
        let (path, Whereabouts::Here(_)) = (&trace.place.path, found) else { return None };
        match (trace.op, path.last()?) {
            _ if trace.place.part.is_some() => None,
            (Op::Replace, Key::Name(_)) => find(format, document, path).map(|node| node.value),
            (Op::Insert | Op::Remove, Key::Name(_) | Key::Index(_)) | (Op::Rename, Key::Name(_)) => {
                let parent = path.parent().filter(|parent| !parent.keys.is_empty())?;
                find(format, document, &parent).filter(|node| node.is_written_out()).map(|node| node.entry)
            }
            _ => None,
        }
    }

    /// What takes `trace` back plainly.
    fn taken_back(self, trace: &Trace, found: &Whereabouts) -> Option<Edits> {
        let Self { format, text, document, .. } = self;
        match trace.op {
            Op::Remove => removal::unproved(format, text, document, &trace.as_in(text)),
            Op::Rename => rename::unproved(format, text, document, &trace.as_in(text)),
            _ => match undo_at(format, text, document, trace, found) {
                Undone::Edits(edits) => Some(edits),
                Undone::Already | Undone::Kept(_) | Undone::Conflict { .. } => None,
            },
        }
    }

    /// The file without the edits of `group`; `None` where it does not mean what it should.
    pub fn without(self, group: &Group) -> Option<(String, Arc<Document>)> {
        let edits = Edits::new(group.iter().flat_map(|(_, edits)| edits.iter()).cloned().collect()).ok()?;
        let after = edits.apply(self.text);
        let read_after = read(self.format, &after).ok()?;
        let is_proved = self.means_the_rest((&after, &read_after), group, &edits.inserted());
        is_proved.then(|| (after, Arc::new(read_after)))
    }

    /// Whether the file and what it is `after` mean the same but for what was taken back, which is as it was.
    fn means_the_rest(self, after: (&str, &Document), group: &Group, fresh: &[Span]) -> bool {
        let Self { format, text, document, .. } = self;
        let without = |path: &KeyPath, value: &mut Value| Change::Remove { path: path.clone() }.apply_to(value);
        let (mut was, mut is) = (document.root.value(text), after.1.root.value(after.0));
        for (index, edits) in group {
            let Trace { place, op, was: bytes, .. } = &self.traces[*index];
            let (path, by_number) = (&place.path, matches!(place.path.last(), Some(Key::Index(_))));
            let gone: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
            match op {
                Op::Insert if by_number => match element(format, document, path, &gone) {
                    Some((path, _)) => without(&path, &mut was),
                    None => return false,
                },
                Op::Remove if by_number => match element(format, after.1, path, fresh) {
                    Some((path, node)) if is_same(format, bytes, node.entry.of(after.0)) => without(&path, &mut is),
                    _ => return false,
                },
                Op::Insert => {
                    without(path, &mut was);
                    // Where nothing is left, some languages write nothing.
                    let parent = path.parent().unwrap_or_default();
                    let [then, now] = [document, after.1].map(|document| find(format, document, &parent));
                    let is_blank = now.is_some_and(|node| node.value(after.0) == Value::Null);
                    if is_blank && then.is_some_and(|node| node.children.len() == 1) {
                        Change::Set { path: parent, value: Value::Null }.apply_to(&mut was);
                    }
                }
                Op::Remove => without(path, &mut is),
                Op::Rename => {
                    let then = renamed(format, [after.1, document], path);
                    let Some(name) = then.as_ref().and_then(|path| path.last()?.name()) else { return false };
                    Change::Rename { path: path.clone(), name: name.to_owned() }.apply_to(&mut is);
                }
                _ => [&mut was, &mut is].into_iter().for_each(|value| without(path, value)),
            }
            let is_back = || undo_at(format, after.0, after.1, &self.traces[*index], &self.whereabouts[*index]);
            if !by_number && is_back() != Undone::Already {
                return false;
            }
        }
        format.meaning(was).means(&format.meaning(is))
    }
}

/// The element in the list of `path` that is where `spans` are, with its path.
fn element<'d>(
    format: &dyn Format,
    document: &'d Document,
    path: &KeyPath,
    spans: &[Span],
) -> Option<(KeyPath, &'d Node)> {
    let list = path.parent()?;
    let is_there = |node: &Node| {
        let at = spans.partition_point(|span| span.end <= node.entry.start);
        spans.get(at).is_some_and(|span| span.start < node.entry.end)
    };
    let elements = find(format, document, &list)?.children.iter().enumerate();
    let mut own = elements.filter(|(_, node)| is_there(node));
    let (index, node) = own.next().filter(|_| own.next().is_none())?;
    Some((list.join(index as isize), node))
}
