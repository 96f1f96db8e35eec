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
    let (before, after) = (leaves(format, before, read_before, &places), leaves(format, after, read_after, &places));
    // In code a value may be what others write into it, so that only more of them tell something.
    let is_more = |path: &KeyPath| after.get(path).map_or(0, Vec::len) > before.get(path).map_or(0, Vec::len);
    let is_other = |path: &KeyPath| if is_code { is_more(path) } else { before.get(path) != after.get(path) };
    after.keys().chain(before.keys()).find(|path| is_other(path) && !is_meant(path)).cloned()
}

/// The plain values of a file by their loose paths, as they are written. Of code that is the value of one of `places`, a
/// call in it is no setting beside it.
fn leaves<'t>(
    format: &dyn Format,
    text: &'t str,
    document: &Document,
    places: &[KeyPath],
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
        found.entry(loose(format, path)).or_default().push(value);
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
