//! The laws of an edit, checked before anything is written: meaning, tokens, a second judge.

use super::{Body, Change, Document, Format, Layout, Refusal, find};
use crate::diagnostic::Code;
use crate::text::{Edits, Span};
use crate::value::{Key, Value, same_entries};

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
    if let Some((name, span)) = left_over(format, before, read_before, edits, change) {
        let line = crate::text::position(before, span.start).line;
        return Err(Refusal::new(Code::Unsupported, format!("`{name}` is still used at line {line}"))
            .at(span, "used here")
            .help("change the code that uses it first"));
    }
    if matches!(change, Change::Replace { .. }) {
        // What it means is nobody's business but the author's; it must read as before, and no more was asked.
        return format.second_judge(before, (after, read_after)).map_err(|why| not_verified(&why));
    }
    agrees(format, (before, read_before), (after, read_after), edits, change)?;
    format.second_judge(before, (after, read_after)).map_err(|why| not_verified(&why))
}

/// Whether `after` means `before` with `change`, with the code around `edits` as it was.
pub(super) fn agrees(
    format: &dyn Format,
    (before, read_before): (&str, &Document),
    (after, read_after): (&str, &Document),
    edits: &Edits,
    change: &Change,
) -> Result<(), Refusal> {
    let mut expected = read_before.root.value(before);
    change.apply_to(&mut expected);
    let expected = format.meaning(expected);
    let found = format.meaning(read_after.root.value(after));
    // Where tokens judge all the code around the edits, the value judges what was asked for.
    let agrees = if read_after.tokens.is_empty() {
        expected.means(&found)
    } else {
        let paths = change.paths();
        paths.iter().all(|path| match (at(&expected, &path.keys), at(&found, &path.keys)) {
            (Some(expected), Some(found)) => agree(expected, found),
            (expected, found) => expected.is_none() && found.is_none(),
        })
    };
    if !agrees {
        return Err(not_verified("the edited text does not mean what was asked"));
    }
    if !tokens_agree(&read_before.tokens, &read_after.tokens, edits) {
        return Err(not_verified("the edit would change code around it"));
    }
    Ok(())
}

/// A place that looks up the name that goes: what is not edited with it, or all where another module gives it its value.
fn left_over<'c>(
    format: &dyn Format,
    before: &str,
    read_before: &Document,
    edits: &Edits,
    change: &'c Change,
) -> Option<(&'c str, Span)> {
    let (Change::Remove { path } | Change::Rename { path, .. }) = change else { return None };
    let [Key::Name(name)] = path.keys.as_slice() else { return None };
    let is_edited = |used: &Span| edits.iter().any(|edit| edit.span.contains(*used));
    let is_elsewhere = matches!(change, Change::Rename { .. })
        && find(format, read_before, path).is_some_and(|node| node.body == Body::Map(Layout::Implied));
    let stays = |used: &Span| !edits.is_empty() && (is_elsewhere || !is_edited(used));
    let used = format.uses(before, read_before, name).into_iter().find(stays);
    used.map(|used| (name.as_str(), used))
}

fn not_verified(why: &str) -> Refusal {
    Refusal::new(Code::NotVerified, format!("the edit did not pass verification: {why}"))
        .help("make this change by hand, and please report the file's layout")
}

/// The value at `keys`.
fn at<'v>(value: &'v Value, keys: &[Key]) -> Option<&'v Value> {
    let Some((key, rest)) = keys.split_first() else { return Some(value) };
    match (value, key) {
        (Value::List(items), Key::Index(index)) => {
            let index = if *index < 0 { items.len().checked_add_signed(*index)? } else { *index as usize };
            at(items.get(index)?, rest)
        }
        (Value::Map(_), Key::Name(name)) => at(value.get(name)?, rest),
        (Value::Map(_), Key::Site(name, site)) => at(value.get(&format!("{name}#{site}"))?, rest),
        _ => None,
    }
}

/// Equal in meaning; an expression is judged by its tokens.
fn agree(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Code(_), _) => true,
        (Value::Map(left), Value::Map(right)) => same_entries(left, right, agree),
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(one, two)| agree(one, two))
        }
        _ => expected.means(found),
    }
}

/// Every token of the edited text is inserted by an edit or stood before at the matching place.
fn tokens_agree(before: &[Span], after: &[Span], edits: &Edits) -> bool {
    let touched = |token: &Span| {
        edits.iter().any(|edit| {
            token.start < edit.span.end && edit.span.start < token.end
                || edit.span.is_empty() && token.start < edit.span.start && edit.span.start < token.end
        })
    };
    let inserted = edits.inserted();
    let fresh = |token: &Span| inserted.iter().any(|span| token.start < span.end && span.start < token.end);
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
