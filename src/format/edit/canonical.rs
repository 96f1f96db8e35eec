//! A change in the words of the file: its path as the keys are written, its values as the file can hold them.

use crate::diagnostic::Code;
use crate::format::locate::{Located, locate};
use crate::format::{Body, Change, Document, Format, Layout, Node, Quotes, Rank, Refusal};
use crate::value::{Key, KeyPath, Value};

/// The change itself, and the quotes it asks for.
pub(super) fn unquoted(change: &Change) -> (&Change, Option<Quotes>) {
    match change {
        Change::Quoted { quotes, change } => (change, Some(*quotes)),
        change => (change, None),
    }
}

/// The change with its path as the file writes the keys, and its values as the file can hold them.
pub(super) fn canonical(
    format: &dyn Format,
    text: &str,
    document: &Document,
    change: &Change,
) -> Result<Change, Refusal> {
    let mut change = if format.is_flat() { leveled(change.clone()) } else { change.clone() };
    match &mut change {
        Change::Set { value, .. } | Change::Insert { value, .. } => *value = format.held(value),
        Change::Merge { entries, .. } => entries.iter_mut().for_each(|(_, value)| *value = format.held(value)),
        _ => {}
    }
    if let Change::Copy { to, .. } | Change::Move { to, .. } = &mut change {
        let Located { path: found, rest, .. } = locate(format, text, document, to)?;
        *to = KeyPath { keys: found.keys.into_iter().chain(rest).collect() };
    }
    let removes = matches!(change, Change::Remove { .. } | Change::Move { .. });
    let renames = matches!(change, Change::Rename { .. });
    let single = matches!(&change, Change::Set { value, .. } if !matches!(value, Value::Map(_)));
    let target = if let Change::Move { to, .. } = &change { Some(to.clone()) } else { None };
    let Some(path) = change.path_mut() else { return Ok(change) };
    if (removes || renames) && path.keys.is_empty() {
        return Err(Refusal::new(Code::Unsupported, "the whole file is meant: no setting of it is named"));
    }
    if path.keys.is_empty() && single && !matches!(document.root.body, Body::Scalar { .. }) {
        return Err(Refusal::new(Code::Unsupported, "the whole file is meant: a single value can not take its place"));
    }
    let Located { trail, path: found, rest } = locate(format, text, document, path)?;
    if !renames && !document.tokens.is_empty() {
        refuse_shared(document, &trail[1..], &found)?;
    }
    let own_text = path.last().is_some_and(|key| format.is_own_text(key) && found.last() != Some(key));
    if (removes || renames) && rest.is_empty() && own_text {
        let message = format!("`{path}` is all that `{found}` holds");
        let node = trail[trail.len() - 1];
        return Err(Refusal::new(Code::Unsupported, message)
            .at(node.entry, "here")
            .help(format!("name `{found}`, or set it to an empty text")));
    }
    *path = KeyPath { keys: found.keys.into_iter().chain(rest).collect() };
    let inside = trail[trail.len() - 1].inside().count();
    if let Change::Insert { key: None, rank: rank @ Rank::Last, .. } = &mut change
        && inside < trail[trail.len() - 1].children.len()
    {
        // What later statements add to a list stays behind the new element of its literal.
        *rank = Rank::Before(Key::Index(inside as isize));
    }
    let Some(path) = change.path_mut() else { return Ok(change) };
    if removes && trail.len() > path.keys.len() && trail.len() > 1 {
        // A table that only its keys imply goes with the last of them.
        let implied = |node: &&&Node| node.layout() == Some(&Layout::Implied) && node.children.len() == 1;
        let mut goes = trail[1..trail.len() - 1].iter().rev().take_while(implied).count();
        // It stays where what is moved comes to lie in it.
        while goes > 0 && target.as_ref().is_some_and(|to| to.keys.starts_with(&path.keys[..path.keys.len() - goes])) {
            goes -= 1;
        }
        path.keys.truncate(path.keys.len() - goes);
    }
    Ok(change)
}

/// In a language without tables a key is the whole path, and a table is its settings, each under a key of its own.
fn leveled(change: Change) -> Change {
    let root = KeyPath::default();
    match change {
        Change::Set { path, value: Value::Map(entries) } if !entries.is_empty() => {
            Change::Merge { path: root, entries: leaves(&path, entries) }
        }
        Change::Merge { path, entries } => Change::Merge { path: root, entries: leaves(&path, entries) },
        Change::Insert { container, key: Some(key), value, rank } => {
            Change::Insert { container: root, key: Some(dotted(&container.join(key))), value, rank }
        }
        Change::Copy { path, to } => Change::Copy { path, to: KeyPath::new([dotted(&to)]) },
        Change::Move { path, to } => Change::Move { path, to: KeyPath::new([dotted(&to)]) },
        other => other,
    }
}

/// The plain values of a table at `path`, with their whole keys.
fn leaves(path: &KeyPath, entries: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let each = entries.into_iter().map(|(key, value)| (path.join(key), value));
    each.flat_map(|(path, value)| match value {
        Value::Map(inner) if !inner.is_empty() => leaves(&path, inner),
        value => vec![(dotted(&path), value)],
    })
    .collect()
}

fn dotted(path: &KeyPath) -> String {
    path.keys.iter().filter_map(Key::name).collect::<Vec<_>>().join(".")
}

/// One statement may give several names one value, as `A = B = 1` does.
fn refuse_shared(document: &Document, trail: &[&Node], path: &KeyPath) -> Result<(), Refusal> {
    let mut twin = None;
    document.root.walk(&KeyPath::default(), &mut |other_path, other| {
        let is_twin = |node: &&Node| node.value == other.value && node.entry.start == other.entry.start;
        let in_trail = trail.iter().any(|node| std::ptr::eq(*node, other));
        if !other.value.is_empty() && !other_path.keys.is_empty() && !in_trail && trail.iter().any(is_twin) {
            twin = Some((other_path.clone(), other.entry));
        }
    });
    match twin {
        None => Ok(()),
        Some((other, entry)) => {
            Err(Refusal::new(Code::Computed, format!("`{path}` is assigned together with `{other}`"))
                .at(entry, "one value for both")
                .help("give each of them an assignment of its own"))
        }
    }
}
