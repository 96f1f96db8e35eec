//! Several plain values at once: edits that are apart from each other, made in one text and verified as one.

use std::sync::Arc;

use super::{Draft, Outcome, canonical, unquoted};
use crate::format::locate::locate;
use crate::format::{Body, Change, Document, Format, read};
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

/// Makes all of `changes`, each of which gives another plain value its place; the same bytes as one after the other.
/// `None` where they are not of this kind, meet, or do not pass verification together: then each has to be tried alone,
/// which tells the one that can not be made.
pub fn edit_all(format: &dyn Format, text: &str, document: &Arc<Document>, changes: &[Change]) -> Option<Outcome> {
    let mut draft = Draft::new(format, text, Arc::clone(document));
    draft.collects = true;
    let mut expected = document.root.value(text);
    for change in changes {
        let (change, quotes) = unquoted(change);
        let change = canonical(format, text, document, change).ok()?;
        let Change::Set { path, value } = &change else { return None };
        if matches!(value, Value::Map(_) | Value::List(_) | Value::Code(_)) {
            return None;
        }
        plain_place(format, text, document, path)?;
        draft.quotes = quotes;
        draft.set(path, value).ok()?;
        change.apply_to(&mut expected);
    }
    let Draft { made, kept, .. } = draft;
    if made.iter().any(|made| made.main.text.contains('\n')) {
        return None;
    }
    let each = made.iter().flat_map(|made| made.joined.iter().chain([&made.main])).cloned().collect();
    let edits = Edits::new(each).ok()?;
    let after = edits.apply(text);
    let read_after = read(format, &after).ok()?;
    let found = read_after.root.value(&after);
    let agrees = format.meaning(expected).means(&format.meaning(found));
    (agrees && format.second_judge(text, (&after, &read_after)).is_ok()).then(|| Outcome {
        text: after,
        document: Arc::new(read_after),
        edits,
        made,
        kept,
        expression: None,
    })
}
