//! Whether a setting that was right before a migration is still what it was.

use super::landmark::Whereabouts;
use super::{Trace, candidates, normal};
use crate::format::{Document, Format, Node, part_of};
use crate::text::Span;
use crate::value::Key;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Holds,
    /// It is another one by now.
    Changed(Span),
    Gone,
}

/// What became of the setting of `trace`, which says what stood there; a record that does not say it can not tell.
pub fn stand(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Stand {
    let said = |node: &Node| match &trace.place.part {
        Some(part) => Some(part_of(node.value(text).as_str()?, part)?.to_string()),
        None => Some(node.value.of(text).to_owned()),
    };
    let is_it = |node: &Node| said(node).is_some_and(|said| normal(&said) == normal(&trace.now));
    let trace = &match trace.whereabouts(format, text, document) {
        Whereabouts::Here(path) => trace.at(path),
        Whereabouts::Gone => return Stand::Gone,
        // It can not be told.
        Whereabouts::Unsure => return Stand::Holds,
    };
    let found = candidates(format, document, trace);
    if trace.now.is_empty() || found.iter().any(|(_, node)| is_it(node)) {
        return Stand::Holds;
    }
    match (trace.place.path.last(), found.first()) {
        // Any element of the list could have been it.
        (Some(Key::Index(_)), _) | (_, None) => Stand::Gone,
        (_, Some((_, node))) => Stand::Changed(if node.value.is_empty() { node.entry } else { node.value }),
    }
}
