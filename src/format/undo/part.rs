//! Taking an edit of a part of a text back: in the text that the setting holds, which is read by its own format.

use super::{Trace, Undone, candidates, conflict, parameter, undo as undo_inner};
use crate::format::lens::format_of;
use crate::format::{Body, Node, Op, read};
use crate::text::{Edit, Edits, Span};
use crate::value::{Part, Place};

pub(super) fn undo(text: &str, node: &Node, trace: &Trace, part: &Part) -> Undone {
    let Body::Scalar { content: Some(content), .. } = &node.body else { return conflict(text, node.value) };
    if let Some(name) = part.parameter().filter(|_| trace.op != Op::Rename) {
        return parameter::undo(text, *content, name, trace);
    }
    let (format, inner) = (format_of(part.lens), content.of(text));
    let Ok(document) = read(&*format, inner) else { return conflict(text, node.value) };
    let shifted = |span: Span| Span::new(span.start + content.start, span.end + content.start);
    let trace = Trace { place: Place::of(part.path.clone()), landmarks: Vec::new(), ..trace.clone() };
    match undo_inner(&*format, inner, &document, &trace) {
        Undone::Edits(edits) => {
            let moved = edits.iter().map(|edit| Edit::replace(shifted(edit.span), edit.text.clone()));
            Edits::new(moved.collect()).map_or_else(|_| conflict(text, node.value), Undone::Edits)
        }
        Undone::Conflict { current, span } => Undone::Conflict { current, span: span.map(shifted) },
        other => other,
    }
}

/// Where `part` lies in the file that `node` is of.
pub(super) fn offset(text: &str, node: &Node, trace: &Trace, part: &Part) -> Option<usize> {
    let Body::Scalar { content: Some(content), .. } = &node.body else { return None };
    let format = format_of(part.lens);
    let document = read(&*format, content.of(text)).ok()?;
    let inner = Trace { place: Place::of(part.path.clone()), landmarks: Vec::new(), ..trace.clone() };
    let found = candidates(&*format, &document, &inner);
    found.first().map(|(_, node)| content.start + node.entry.start)
}
