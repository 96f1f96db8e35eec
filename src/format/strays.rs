//! What of a file changed beside the settings that were meant to.

use std::collections::BTreeMap;

use super::{Document, Format};
use crate::text::Span;
use crate::value::{Key, KeyPath};

/// A setting that stands otherwise in `after` than in `before`, and neither holds one of `places` nor lies in one.
pub fn stray(
    format: &dyn Format,
    (before, read_before): (&str, &Document),
    (after, read_after): (&str, &Document),
    places: &[KeyPath],
) -> Option<KeyPath> {
    let places: Vec<KeyPath> = places.iter().map(|place| loose(format, place)).collect();
    let is_meant = |path: &KeyPath| places.iter().any(|place| place.starts_with(path) || path.starts_with(place));
    let is_code = !read_before.tokens.is_empty();
    let own_text = [read_before, read_after].iter().find_map(|document| own_text(format, document));
    let leaves = |text, document| leaves(format, text, document, (&places, own_text.as_ref()));
    let (before, after) = (leaves(before, read_before), leaves(after, read_after));
    // In code a value may be what others write into it, so that only more of them tell something.
    let is_more = |path: &KeyPath| after.get(path).map_or(0, Vec::len) > before.get(path).map_or(0, Vec::len);
    let is_other = |path: &KeyPath| if is_code { is_more(path) } else { before.get(path) != after.get(path) };
    after.keys().chain(before.keys()).find(|path| is_other(path) && !is_meant(path)).cloned()
}

/// The name of a text that stands beside others in `document`, if one does.
fn own_text(format: &dyn Format, document: &Document) -> Option<Key> {
    let mut found = None;
    document.root.walk(&KeyPath::default(), &mut |path, _| {
        found = found.take().or_else(|| path.last().filter(|key| format.is_own_text(key)).cloned());
    });
    found
}

/// The plain values of a file by their loose paths, as they are written. Of code that is the value of one of `places`, a
/// call in it is no setting beside it. A text that stands alone has the same path as beside others, where it is called `own_text`.
fn leaves<'t>(
    format: &dyn Format,
    text: &'t str,
    document: &Document,
    (places, own_text): (&[KeyPath], Option<&Key>),
) -> BTreeMap<KeyPath, Vec<&'t str>> {
    let mut code: Vec<Span> = Vec::new();
    document.root.walk(&KeyPath::default(), &mut |path, node| {
        if format.is_code() && places.contains(&loose(format, path)) {
            code.push(node.value);
        }
    });
    let mut found: BTreeMap<KeyPath, Vec<&str>> = BTreeMap::new();
    document.root.walk(&KeyPath::default(), &mut |path, node| {
        if code.iter().any(|value| value.contains(node.entry)) {
            return;
        }
        let value = if node.children.is_empty() { node.value.of(text) } else { "" };
        let path = loose(format, path);
        match own_text.filter(|own| !value.is_empty() && path.last() != Some(own)) {
            Some(own) => {
                found.entry(path.join(own.clone())).or_default().push(value);
                found.entry(path).or_default().push("");
            }
            None => found.entry(path).or_default().push(value),
        }
    });
    found.values_mut().for_each(|values| values.sort_unstable());
    found
}

/// `path` without what others of its kind may change: which element of a list, which of several equal names.
fn loose(format: &dyn Format, path: &KeyPath) -> KeyPath {
    if format.is_flat() && !path.keys.is_empty() {
        let names: Vec<&str> = path.keys.iter().filter_map(Key::name).collect();
        return KeyPath::new([names.join(".")]);
    }
    let keys = path.keys.iter().map(|key| key.name().map_or(Key::Index(0), Key::from));
    KeyPath { keys: keys.collect() }
}
