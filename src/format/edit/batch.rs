//! Several plain values at once: edits that are apart from each other, made in one text and verified as one, or foreseen.

use std::sync::Arc;

use super::foresee::foreseen;
use super::{Draft, Outcome, canonical, unquoted};
use crate::format::locate::locate;
use crate::format::{Body, Change, Document, Format, Made, Opened, read};
use crate::text::{Edits, Span};
use crate::value::{KeyPath, Value};

/// Where the plain value of the setting at `path` stands, if that is what it has: what another plain value can take the
/// place of, wherever else values change.
pub fn plain_place(format: &dyn Format, text: &str, document: &Document, path: &KeyPath) -> Option<Span> {
    let located = locate(format, text, document, path).ok()?;
    let node = located.node();
    let is_plain = located.rest.is_empty() && matches!(node.body, Body::Scalar { .. }) && document.tokens.is_empty();
    (is_plain && !node.value.is_empty() && !node.value.of(text).contains('\n')).then_some(node.value)
}

/// Edits that each give one plain value the place of another, all of the same text.
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
        for change in changes {
            let (change, quotes) = unquoted(change);
            let Change::Set { value, .. } = change else { return None };
            if matches!(value, Value::Map(_) | Value::List(_) | Value::Code(_)) {
                return None;
            }
            let change = canonical(format, text, document, change).ok()?;
            let Change::Set { path, value } = &change else { return None };
            plain_place(format, text, document, path)?;
            draft.quotes = quotes;
            draft.set(path, value).ok()?;
            asked.push(change);
        }
        let Draft { made, kept, .. } = draft;
        if made.iter().any(|made| made.main.text.contains('\n')) {
            return None;
        }
        let each = made.iter().flat_map(|made| made.joined.iter().chain([&made.main])).cloned().collect();
        Some(Self { changes: asked, edits: Edits::new(each).ok()?, made, kept })
    }
}

/// Makes all of `changes`, each of which gives another plain value its place; the same bytes as one after the other.
/// `None` where they are not of this kind, meet, or do not pass verification together: then each has to be tried alone,
/// which tells the one that can not be made.
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
    let Batch { changes, made, kept, edits } = Batch::of(format, text, &file.document, changes)?;
    if edits.is_empty() {
        return Some(Outcome { kept, ..Outcome::unchanged(text, Arc::clone(&file.document)) });
    }
    let (document, unread) = foreseen(file, &changes, &made, &edits)?;
    let (text, document) = (edits.apply(text), Arc::new(document));
    Some(Outcome { text, document, foreseen: Some(unread), edits, made, kept, expression: None })
}
