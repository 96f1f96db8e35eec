//! Taking an edit back against a later one: the setting becomes what it was, whatever it is now.

use super::super::{Change, Document, Format, Op, edit, find, read};
use super::landmark::Whereabouts;
use super::{Trace, Undone, undo};
use crate::text::{Edit, Edits};
use crate::value::Value;

/// `text` with the setting of `trace` as the migration wrote it; `None` where no way is known, or there is no such setting.
pub fn written(format: &dyn Format, text: &str, trace: &Trace) -> Option<String> {
    let document = read(format, text).ok()?;
    let trace = &surely(format, text, &document, trace)?.as_in(text);
    let node = find(format, &document, &trace.place.path)?;
    let (span, now) = match (trace.op, &trace.place.part) {
        (Op::Replace, None) => (node.value, trace.now.as_str()),
        (Op::Insert, None) => (node.entry, trace.now.trim_matches(|c: char| c.is_whitespace() || c == ',')),
        _ => return None,
    };
    let written = Edits::from(Edit::replace(span, now.to_owned())).apply(text);
    read(format, &written).ok().map(|_| written)
}

/// `text` with the setting of `trace` as it was before; `None` where no way is known, or there is no such setting.
pub fn force(format: &dyn Format, text: &str, trace: &Trace) -> Option<String> {
    let trace = &surely(format, text, &read(format, text).ok()?, trace)?;
    let path = trace.place.path.clone();
    let changed = |change: &Change| Some(edit(format, text, change).ok()?.text);
    match (trace.op, &trace.place.part) {
        (Op::Insert, None) => changed(&Change::Remove { path }),
        (Op::Insert, Some(part)) => {
            let inner = Change::Remove { path: part.path.clone() };
            changed(&Change::Within { path, lens: part.lens, change: Box::new(inner) })
        }
        (Op::Replace, None) => {
            let document = read(format, text).ok()?;
            let missing = || changed(&Change::Set { path: path.clone(), value: Value::from("x") });
            let text = match find(format, &document, &path) {
                Some(_) => text.to_owned(),
                None => missing()?,
            };
            let document = read(format, &text).ok()?;
            let node = find(format, &document, &path)?;
            let forced = Edits::from(Edit::replace(node.value, trace.was.clone())).apply(&text);
            read(format, &forced).ok().map(|_| forced)
        }
        (Op::Remove, None) => {
            // What stands there now goes, and what stood there comes back.
            let without = changed(&Change::Remove { path })?;
            let document = read(format, &without).ok()?;
            match undo(format, &without, &document, trace) {
                Undone::Edits(edits) => Some(edits.apply(&without)),
                Undone::Already | Undone::Kept(_) | Undone::Conflict { .. } => None,
            }
        }
        _ => None,
    }
}

/// `trace` at the place that it has by now; `None` where that can not be told.
fn surely(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Option<Trace> {
    match trace.whereabouts(format, text, document) {
        Whereabouts::Here(path) => Some(trace.at(path)),
        Whereabouts::Gone | Whereabouts::Unsure => None,
    }
}
