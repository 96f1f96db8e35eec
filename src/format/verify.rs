//! The laws of an edit, checked before anything is written: meaning, tokens, a second judge.

use super::{Change, Document, Format, Refusal};
use crate::diagnostic::Code;
use crate::text::{Edits, Span};
use crate::value::Value;

/// Checks that `after` means exactly `before` with `change`, and that nothing else of the file's code moved.
///
/// # Errors
/// When it does not. The edit is then discarded: a wrong edit is refused, never written.
pub(super) fn verify(
    format: &dyn Format,
    (before, read_before): (&str, &Document),
    (after, read_after): (&str, &Document),
    edits: &Edits,
    change: &Change,
) -> Result<(), Refusal> {
    let expected = data(format, change.apply(&read_before.root.value(before)));
    let found = data(format, read_after.root.value(after));
    if !expected.means(&found) {
        return Err(not_verified("the edited text does not mean what was asked"));
    }
    if !tokens_agree(&read_before.tokens, &read_after.tokens, edits) {
        return Err(not_verified("the edit would change code around it"));
    }
    format.second_judge(before, after).map_err(|why| not_verified(&why))
}

fn not_verified(why: &str) -> Refusal {
    Refusal::new(Code::NotVerified, format!("the edit did not pass verification: {why}"))
        .help("make this change by hand, and please report the file's layout")
}

/// The value without what is no setting: imports.
fn data(format: &dyn Format, value: Value) -> Value {
    match value {
        Value::Map(mut entries) => {
            entries.retain(|(key, _)| format.imported_name(&crate::value::KeyPath::new([key.as_str()])).is_none());
            Value::Map(entries)
        }
        other => other,
    }
}

/// Every token of the edited text is inserted by an edit or stood before at the matching place.
fn tokens_agree(before: &[Span], after: &[Span], edits: &Edits) -> bool {
    let touched = |token: &Span| {
        edits.iter().any(|edit| token.start < edit.span.end && edit.span.start < token.end
            || edit.span.is_empty() && token.start < edit.span.start && edit.span.start < token.end)
    };
    let inserted = edits.inserted();
    let fresh = |token: &Span| {
        inserted.iter().any(|span| token.start < span.end && span.start < token.end)
    };
    // A deletion leaves a point; a literal edited in its middle spans it.
    let grown = |token: &Span| {
        inserted.iter().any(|span| span.is_empty() && token.start < span.start && span.start < token.end)
    };
    let kept = before.iter().filter(|token| !touched(token)).map(|token| {
        let start = edits.moved(token.start)?;
        Some(Span::new(start, start + token.end - token.start))
    });
    let stood = after.iter().filter(|token| !fresh(token) && !grown(token)).map(|token| Some(*token));
    kept.eq(stood)
}
