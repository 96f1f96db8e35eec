//! What an operation asks for and a file has already: settings that are right as they stand.

use super::change::concrete;
use super::setting::as_written;
use super::{File, Operation, Setting, Verb};
use crate::format::{Node, find, part_of};
use crate::value::{KeyPath, Place, Value};

/// The places in `file` that `operation` would leave alone since they say what it asks for.
pub fn kept(operation: &Operation, file: File<'_>) -> Vec<Place> {
    match operation {
        Operation::Setting(setting) => {
            let paths = concrete(&setting.selector, setting.all_sites, file).unwrap_or_default();
            paths.iter().flat_map(|path| of_place(setting, path, file)).collect()
        }
        Operation::EnsureLine { line, .. } => {
            let lines = file.document.root.children.iter();
            let known = lines.map(|node| node.value.of(file.text)).position(|known| known == line);
            known.map(|index| Place::of(KeyPath::default().join(index as isize))).into_iter().collect()
        }
        Operation::Import { .. } | Operation::Replace { .. } => Vec::new(),
    }
}

fn of_place(setting: &Setting, path: &KeyPath, file: File<'_>) -> Vec<Place> {
    let Some(node) = find(file.format, file.document, path) else { return Vec::new() };
    let whole = node.value(file.text);
    let value = match &setting.part {
        Some(part) => whole.as_str().and_then(|text| part_of(text, part)),
        None => Some(whole),
    };
    let Some(value) = value else { return Vec::new() };
    let itself = |is_right: bool| {
        let place = Place { path: path.clone(), part: setting.part.clone() };
        is_right.then_some(place).into_iter().collect()
    };
    match &setting.verb {
        Verb::Set(to) => itself(!setting.if_absent && (says(setting, &value, to, file) || as_written(&value, to))),
        Verb::Map(rules, _) => itself(rules.iter().any(|(_, new)| new.means(&value))),
        Verb::Insert(wanted, _) if setting.part.is_none() => {
            let wanted = file.format.held(wanted);
            match element(node, &wanted, file).filter(|_| node.is_list()) {
                Some(index) => vec![Place::of(path.join(index as isize))],
                None => itself(!node.is_list() && value.means(&wanted)),
            }
        }
        Verb::Merge(wanted, by) => {
            let mut found = Vec::new();
            merged(node, path, wanted, by.as_deref(), file, &mut found);
            found
        }
        Verb::Insert(..) | Verb::Remove | Verb::Rename(_) | Verb::Move(_) | Verb::Copy(_) => Vec::new(),
    }
}

/// Whether `value` is what is wanted; the parts of a text are texts.
fn says(setting: &Setting, value: &Value, wanted: &Value, file: File<'_>) -> bool {
    let part = setting.part.is_some() && value.to_string() == wanted.to_string();
    part || value.means(&file.format.held(wanted))
}

fn element(list: &Node, wanted: &Value, file: File<'_>) -> Option<usize> {
    list.children.iter().position(|child| child.value(file.text).means(wanted))
}

/// The parts of `wanted` that `node` has.
fn merged(node: &Node, path: &KeyPath, wanted: &Value, by: Option<&str>, file: File<'_>, found: &mut Vec<Place>) {
    match wanted {
        Value::Map(entries) if !node.is_list() => {
            for (key, value) in entries {
                let path = path.join(key.as_str());
                if let Some(node) = find(file.format, file.document, &path) {
                    merged(node, &path, value, by, file, found);
                }
            }
        }
        Value::List(items) if node.is_list() => {
            for item in items {
                let same = |child: &Node| match by {
                    Some(key) => {
                        let (own, wanted) = (child.value(file.text).get(key).cloned(), item.get(key));
                        own.is_some_and(|own| wanted.is_some_and(|wanted| own.means(wanted)))
                    }
                    None => child.value(file.text).means(&file.format.held(item)),
                };
                if let Some(index) = node.children.iter().position(same) {
                    merged(&node.children[index], &path.join(index as isize), item, by, file, found);
                }
            }
        }
        _ if node.value(file.text).means(&file.format.held(wanted)) => found.push(Place::of(path.clone())),
        _ => {}
    }
}
