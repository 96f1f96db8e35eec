//! What an edit replaced and wrote, read from the text before it and the text after it, where only its place is known.

use super::{Trace, candidates};
use crate::format::edit::edit;
use crate::format::lens::format_of;
use crate::format::{Body, Change, Document, Format, Node, Op, find, read};
use crate::value::{KeyPath, Part, Place};

/// `trace` with the bytes that it replaced in `before` and wrote into `after`; `None` where the two do not tell them.
/// Whether they are the ones is to be proved: taken back, the one text must become the other.
pub fn recall(format: &dyn Format, before: &str, after: &str, trace: &Trace) -> Option<Trace> {
    let [old, new] = [read(format, before).ok()?, read(format, after).ok()?];
    let (was, now) = match &trace.place.part {
        Some(part) => return in_part(format, (before, &old), (after, &new), trace, part),
        None => bytes(format, (before, &old), (after, &new), trace)?,
    };
    Some(Trace { was, now, ..trace.clone() })
}

/// The same, in the text that a setting holds.
fn in_part(
    format: &dyn Format,
    before: (&str, &Document),
    after: (&str, &Document),
    trace: &Trace,
    part: &Part,
) -> Option<Trace> {
    let content = |(text, document): (&str, &Document)| match find(format, document, &trace.place.path)?.body {
        Body::Scalar { content: Some(content), .. } => Some(content.of(text).to_owned()),
        _ => None,
    };
    let inner = Trace { place: Place::of(part.path.clone()), landmarks: Vec::new(), ..trace.clone() };
    let inner = recall(&*format_of(part.lens), &content(before)?, &content(after)?, &inner)?;
    Some(Trace { place: trace.place.clone(), landmarks: trace.landmarks.clone(), ..inner })
}

fn bytes(
    format: &dyn Format,
    (before, old): (&str, &Document),
    (after, new): (&str, &Document),
    trace: &Trace,
) -> Option<(String, String)> {
    let path = &trace.place.path;
    match trace.op {
        Op::Replace => {
            let [was, now] = [only(format, old, trace)?.value.of(before), only(format, new, trace)?.value.of(after)];
            (was != now).then(|| (was.to_owned(), now.to_owned()))
        }
        Op::Insert => Some((String::new(), removed(format, after, path)?)),
        Op::Remove => Some((removed(format, before, path)?, String::new())),
        Op::Rename => {
            let node = only(format, old, trace)?;
            let parent = find(format, new, &path.parent().unwrap_or_default())?;
            let known = find(format, old, &path.parent().unwrap_or_default())?;
            let key = |node: &Node, text: &str| Some(node.key.as_ref()?.span.of(text).to_owned());
            let is_new = |one: &&Node| known.children.iter().all(|other| key(other, before) != key(one, after));
            let same = |one: &&Node| one.value.of(after) == node.value.of(before);
            let mut found = parent.children.iter().filter(is_new).filter(same);
            let renamed = found.next().filter(|_| found.next().is_none())?;
            Some((key(node, before)?, key(renamed, after)?))
        }
        Op::Quote | Op::Comment | Op::Text | Op::Keep => None,
        Op::Create | Op::Rewrite | Op::Delete | Op::Relocate | Op::Mode => None,
    }
}

/// The one setting that the place of `trace` can mean.
fn only<'d>(format: &dyn Format, document: &'d Document, trace: &Trace) -> Option<&'d Node> {
    let found = candidates(format, document, trace);
    found
        .iter()
        .find(|(known, _)| *known == trace.place.path)
        .or(found.first().filter(|_| found.len() == 1))
        .map(|(_, node)| *node)
}

/// The bytes that the setting at `path` takes, with what goes along when it does.
fn removed(format: &dyn Format, text: &str, path: &KeyPath) -> Option<String> {
    let outcome = edit(format, text, &Change::Remove { path: path.clone() }).ok()?;
    match outcome.made.as_slice() {
        [made] => Some(made.main.span.of(text).to_owned()),
        _ => None,
    }
}
