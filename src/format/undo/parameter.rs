//! Taking an edit of a query parameter back, in the URL that a setting holds.

use super::{Trace, Undone, conflict};
use crate::format::Op;
use crate::text::{Edit, Span};
use crate::value::url;

pub(super) fn undo(text: &str, content: Span, name: &str, trace: &Trace) -> Undone {
    let url = content.of(text);
    let found = url::parameters(url).into_iter().rev().find(|parameter| parameter.name == name);
    let shifted = |span: Span| Span::new(content.start + span.start, content.start + span.end);
    match (trace.op, found) {
        (Op::Insert, None) => Undone::Already,
        (Op::Insert | Op::Replace, Some(parameter))
            if trace.was.is_empty() && trace.now.starts_with('=') && parameter.entry.of(url).ends_with(&trace.now) =>
        {
            // It stood there without a value.
            let end = content.start + parameter.entry.end;
            Undone::Edits(Edit::delete(Span::new(end - trace.now.len(), end)).into())
        }
        (Op::Insert, Some(parameter)) => {
            let start = (content.start + parameter.entry.end).saturating_sub(trace.now.len());
            let span = Span::new(start, content.start + parameter.entry.end);
            let written = trace.now.trim_start_matches(['?', '&']);
            if parameter.entry.of(url) != written {
                return conflict(text, shifted(parameter.value));
            }
            let last = parameter.entry.end == url::fragment_start(url);
            if text.get(span.start..span.end) == Some(trace.now.as_str()) && (last || trace.now.starts_with('&')) {
                return Undone::Edits(Edit::delete(span).into());
            }
            match url::remove_parameter(url, name) {
                Some(edit) => Undone::Edits(Edit::delete(shifted(edit.span)).into()),
                None => Undone::Already,
            }
        }
        (Op::Replace, Some(parameter)) => {
            let current = parameter.value.of(url);
            if current == trace.now {
                Undone::Edits(Edit::replace(shifted(parameter.value), trace.was.clone()).into())
            } else if current == trace.was {
                Undone::Already
            } else {
                conflict(text, shifted(parameter.value))
            }
        }
        (Op::Remove, None) => undo_removed_parameter(text, content, trace),
        (Op::Remove, Some(_)) => Undone::Already,
        _ => conflict(text, content),
    }
}

/// Puts a removed parameter back behind the one that stood before it.
fn undo_removed_parameter(text: &str, content: Span, trace: &Trace) -> Undone {
    let url = content.of(text);
    let known = url::parameters(url);
    // Of several equal names the last one counts, and is the one that is named.
    let before = trace.after.iter().find_map(|name| known.iter().rfind(|parameter| parameter.name == *name));
    let was = &trace.was;
    let bare = was.trim_matches(['?', '&']);
    let (at, text) = match (before, known.first(), url::query(url)) {
        (Some(parameter), ..) => (parameter.entry.end, was.clone()),
        // One of several equal names stood before it.
        (None, Some(first), _) if was.starts_with('&') => (first.entry.end, was.clone()),
        // It was the first, and is again.
        (None, Some(first), _) if was.ends_with('&') => (first.entry.start, was.clone()),
        (None, Some(first), _) => (first.entry.start, format!("{bare}&")),
        (None, None, Some(query)) => (query.start, bare.to_owned()),
        (None, None, None) if was.starts_with('?') => (url::fragment_start(url), was.clone()),
        (None, None, None) => (url::fragment_start(url), format!("?{bare}")),
    };
    Undone::Edits(Edit::insert(content.start + at, text).into())
}
