//! Files in a text of another file, as a ConfigMap of Kubernetes has them: they are looked into, and not edited.

use super::super::address::Address;
use super::super::idiom::{ENVIRONMENT, Idiom, LIBPQ};
use super::super::settings::Present;
use super::verdict::node_at;
use crate::format::{self, Body, Node};
use crate::value::{Key, KeyPath, Value};

/// A database that such a file leads to.
struct Found {
    /// Where the file says so.
    at: String,
    idiom: &'static Idiom,
    present: [Present; 4],
}

/// What to write by hand into the file called `name` that `text` is, for each database that it leads to; `None` where it is
/// no such file, or leads to none.
pub(super) fn databases(name: &str, text: &str) -> Option<Vec<String>> {
    if !text.trim_end().contains('\n') || !text.to_ascii_lowercase().contains("postg") && !text.contains("PGHOST") {
        return None;
    }
    let found = match format::read_as(name, text) {
        Some(Ok((_, document))) => in_settings(&document.root, text),
        // A script, or a language that its name does not tell.
        Some(Err(_)) | None => in_lines(text),
    };
    (!found.is_empty()).then(|| found.iter().filter_map(missing).collect())
}

fn in_settings(root: &Node, text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    root.walk(&KeyPath::default(), &mut |at, node| {
        let value = node.value(text);
        let found = match (&value, at.last().and_then(Key::name)) {
            (Value::Str(host), Some("PGHOST" | "PGHOSTADDR")) if !host.is_empty() => {
                let around = at.keys.split_last().and_then(|(_, above)| node_at(root, above));
                let value = |key| around.and_then(|map| value_of(map, key, text));
                Some((&ENVIRONMENT, ENVIRONMENT.keys.map(|key| Present::of(value(key)))))
            }
            (Value::Map(_), _) if is_connection(node, text) => {
                Some((&LIBPQ, LIBPQ.keys.map(|key| Present::of(value_of(node, key, text)))))
            }
            (Value::Str(value), _) => Address::of(value).map(|address| (address.idiom(), address.present())),
            _ => None,
        };
        all.extend(found.map(|(idiom, present)| Found { at: format!("`{at}`"), idiom, present }));
    });
    all
}

/// A host, and a driver of PostgreSQL.
fn is_connection(map: &Node, text: &str) -> bool {
    let says = |name: &&str| value_of(map, name, text).is_some_and(|value| value.to_string().contains("postg"));
    let host = value_of(map, "host", text).or_else(|| value_of(map, "hostname", text));
    host.is_some() && ["driver", "adapter", "engine", "backend"].iter().any(says)
}

/// The URLs among the words of each line.
fn in_lines(text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        for word in line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ',')) {
            let word = word.split_once('=').filter(|(name, _)| !name.contains(':')).map_or(word, |(_, value)| value);
            let address = Address::of(word);
            let found = address.map(|address| (address.idiom(), address.present()));
            all.extend(found.map(|(idiom, present)| Found {
                at: format!("the URL of line {}", index + 1),
                idiom,
                present,
            }));
        }
    }
    all
}

fn missing(Found { at, idiom, present }: &Found) -> Option<String> {
    let keys =
        (0..4).filter(|index| present[*index] == Present::Missing).map(|index| format!("`{}`", idiom.keys[index]));
    let keys: Vec<String> = keys.collect();
    let place = if **idiom == ENVIRONMENT { "beside" } else { "into" };
    (!keys.is_empty()).then(|| format!("{} {place} {at}", keys.join(", ")))
}

fn value_of(map: &Node, name: &str, text: &str) -> Option<Value> {
    let is_it =
        |child: &&Node| child.key.as_ref().is_some_and(|key| key.text == name) && !matches!(child.body, Body::Map(_));
    map.children.iter().find(is_it).map(|child| child.value(text))
}
