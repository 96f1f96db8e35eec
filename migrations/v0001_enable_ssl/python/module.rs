//! What stands in a module of Python: calls by their full names, and the literals that top-level names are given.

use super::opener::{OPENERS, Opener};
use crate::format::{Body, Layout, Name, Node};
use crate::migration::Document;
use crate::value::{Key, KeyPath};

/// The calls that open connections, in the order they stand in.
pub(super) fn openers<'d>(document: &'d Document<'_, '_, '_>) -> Vec<(&'d Node, &'static Opener)> {
    let text = document.text();
    let opener = |node: &'d Node| {
        let key = node.key.as_ref().filter(|key| key.text.ends_with("()") && !is_argument(key))?;
        let name = resolved(document, key.span.of(text));
        Some((node, OPENERS.iter().find(|opener| opener.names.contains(&name.as_str()))?))
    };
    document.root().children.iter().filter_map(opener).collect()
}

/// The argument of `call` by its number or its name, with the place where it can be changed; `None` where there is none.
pub(super) fn argument<'d>(
    document: &'d Document<'_, '_, '_>,
    call: &'d Node,
    (number, name): (usize, &str),
) -> Option<(Option<KeyPath>, &'d Node)> {
    let mut unnamed = call.children.iter().filter(|child| child.key.is_none() && child.body != Body::Spread);
    match (number.checked_sub(1).and_then(|before| unnamed.nth(before)), child(call, name)) {
        (Some(argument), _) => {
            let is_it = |place: &&Node| place.entry == argument.entry && place.key.as_ref().is_some_and(is_argument);
            let place = document.root().children.iter().find(is_it).and_then(own_path);
            Some((place, argument))
        }
        (None, Some(argument)) => Some((own_path(call).map(|path| path.join(name)), argument)),
        (None, None) => None,
    }
}

/// The literal that the top-level name in `node` is given, once, with its place.
pub(super) fn named<'d>(document: &'d Document<'_, '_, '_>, node: &Node) -> Option<(KeyPath, &'d Node)> {
    let name = node.value.of(document.text()).trim_start_matches("**").trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let path = KeyPath::new([Some(name).filter(|_| is_name)?]);
    let found = document.get(&path)?;
    let is_literal = matches!(found.body, Body::Scalar { .. } | Body::Map(Layout::Delimited { .. }));
    is_literal.then_some((path, found))
}

/// How often the name that `path` is stands in the module.
pub(super) fn uses(document: &Document<'_, '_, '_>, path: &KeyPath) -> usize {
    let name = path.last().and_then(Key::name).unwrap_or("");
    let words = document.text().split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| *word == name).count()
}

pub(super) fn own_path(node: &Node) -> Option<KeyPath> {
    Some(KeyPath { keys: vec![node.path_key()?] })
}

pub(super) fn spread_of(map: &Node) -> Option<&Node> {
    map.children.iter().find(|child| child.body == Body::Spread)
}

pub(super) fn child<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
}

fn is_argument(key: &Name) -> bool {
    key.text.starts_with("argument ")
}

/// The name `callee` with the module that it is imported from.
fn resolved(document: &Document<'_, '_, '_>, callee: &str) -> String {
    let text = document.text();
    let (head, rest) = callee.find('.').map_or((callee, ""), |dot| callee.split_at(dot));
    let mut imports = document.root().children.iter().filter_map(|node| {
        let module = node.key.as_ref()?.text.strip_prefix("import ")?;
        match node.children.iter().find(|name| name.value.of(text) == head) {
            Some(name) => Some(format!("{module}.{}{rest}", name.key.as_ref()?.text)),
            None => {
                let names = node.entry.of(text).trim_start().strip_prefix("import ")?.split(',');
                let mut aliases = names.filter_map(|name| name.split_once(" as "));
                let is_head = |(known, alias): &(&str, &str)| known.trim() == module && alias.trim() == head;
                aliases.find(is_head).map(|_| format!("{module}{rest}"))
            }
        }
    });
    imports.next_back().unwrap_or_else(|| callee.to_owned())
}
