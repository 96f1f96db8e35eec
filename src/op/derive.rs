//! From two texts of one file to the operations that make one of the other.

use std::ops::Range;

use similar::{DiffOp, TextDiff};

use crate::format::{Body, Document, Format, Node, read};
use crate::value::{Key, KeyPath, Value};

/// One operation that was derived.
#[derive(Clone, Debug, PartialEq)]
pub enum Derived {
    Set {
        path: KeyPath,
        value: Value,
    },
    Remove {
        path: KeyPath,
    },
    Rename {
        path: KeyPath,
        name: String,
    },
    Append {
        path: KeyPath,
        value: Value,
    },
    /// A stretch of text, where no setting tells what was done.
    Replace {
        text: String,
        with: String,
    },
}

/// The operations on settings that likely make `after` of `before`, or come nearer to it; `None` where settings do not
/// tell. What they do is for the caller to prove.
pub fn by_settings(format: &dyn Format, before: &str, after: &str) -> Option<Vec<Derived>> {
    let (old, new) = (read(format, before).ok()?, read(format, after).ok()?);
    let mut found = Vec::new();
    let side = |text, document: &Document| Side { text, root: root(format, document) };
    let sides = (side(before, &old), side(after, &new));
    compare(&KeyPath::default(), (&sides.0.root, sides.0.text), (&sides.1.root, sides.1.text), &mut found)?;
    (!found.is_empty()).then_some(found)
}

/// The settings of a file. A call in Python stands anywhere, and is told from others by its number: what a hand changed in
/// it says the name that it gives its value to, or the lines.
fn root(format: &dyn Format, document: &Document) -> Node {
    let mut root = document.root.clone();
    let is_call = |node: &Node| node.key.as_ref().is_some_and(|key| key.text.ends_with("()"));
    root.children.retain(|node| format.name() != "python" || !is_call(node));
    root
}

struct Side<'t> {
    text: &'t str,
    root: Node,
}

fn compare(path: &KeyPath, old: (&Node, &str), new: (&Node, &str), found: &mut Vec<Derived>) -> Option<()> {
    let ((before, old_text), (after, new_text)) = (old, new);
    let (was, is) = (before.value(old_text), after.value(new_text));
    match (&before.body, &after.body) {
        (Body::Map(_) | Body::Empty(_), Body::Map(_)) => {
            let keyed = |node: &Node| node.children.iter().map(Node::path_key).collect::<Option<Vec<Key>>>();
            let (Some(old_keys), Some(new_keys)) = (keyed(before), keyed(after)) else { return Some(()) };
            let mut gone: Vec<usize> = (0..old_keys.len()).filter(|at| !new_keys.contains(&old_keys[*at])).collect();
            let mut fresh: Vec<usize> = (0..new_keys.len()).filter(|at| !old_keys.contains(&new_keys[*at])).collect();
            // The same value in the same place under another name.
            let renamed = |old: usize, new: usize| {
                old == new && before.children[old].value(old_text).means(&after.children[new].value(new_text))
            };
            let pairs: Vec<(usize, usize)> =
                gone.iter().filter_map(|old| Some((*old, *fresh.iter().find(|new| renamed(*old, **new))?))).collect();
            for (old, new) in &pairs {
                found.push(Derived::Rename {
                    path: path.join(old_keys[*old].clone()),
                    name: new_keys[*new].name()?.to_owned(),
                });
                gone.retain(|at| at != old);
                fresh.retain(|at| at != new);
            }
            for (at, key) in old_keys.iter().enumerate() {
                let Some(other) = new_keys.iter().position(|new| new == key) else { continue };
                compare(
                    &path.join(key.clone()),
                    (&before.children[at], old_text),
                    (&after.children[other], new_text),
                    found,
                )?;
            }
            found.extend(gone.into_iter().map(|at| Derived::Remove { path: path.join(old_keys[at].clone()) }));
            for at in fresh {
                let value = after.children[at].value(new_text);
                found.push(Derived::Set { path: path.join(new_keys[at].clone()), value });
            }
            Some(())
        }
        _ if was.means(&is) => Some(()),
        (Body::List(_), Body::List(_)) => {
            let (Value::List(old), Value::List(new)) = (&was, &is) else { return None };
            if new.len() > old.len() && old.iter().zip(new).all(|(one, other)| one.means(other)) {
                let appended = new[old.len()..].iter().cloned();
                found.extend(appended.map(|value| Derived::Append { path: path.clone(), value }));
                return Some(());
            }
            if new.len() != old.len() {
                return Some(());
            }
            for (at, (one, other)) in before.children.iter().zip(&after.children).enumerate() {
                compare(&path.join(at as isize), (one, old_text), (other, new_text), found)?;
            }
            Some(())
        }
        (Body::Scalar { .. } | Body::Opaque(_) | Body::Empty(_), Body::Scalar { .. } | Body::Opaque(_)) => {
            found.push(Derived::Set { path: path.clone(), value: is });
            Some(())
        }
        // What became another kind of thing is left to the lines.
        _ => Some(()),
    }
}

/// The substitutions of whole lines that make `after` of `before` one after the other, from the last to the first.
pub fn by_lines(before: &str, after: &str) -> Vec<Derived> {
    let diff = TextDiff::from_lines(before, after);
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut current: Vec<&str> = before.split_inclusive('\n').collect();
    let mut found = Vec::new();
    for op in diff.ops().iter().rev().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (lines, written) = (op.old_range(), &new[op.new_range()]);
        found.push(substitution(&current, lines.clone(), written));
        current.splice(lines, written.iter().copied());
    }
    found
}

/// The one substitution of lines that makes `after` of `before`.
pub fn as_one(before: &str, after: &str) -> Derived {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(one, other)| one == other).count();
    let head = same(&mut old.iter().zip(&new));
    let tail = same(&mut old[head..].iter().rev().zip(new[head..].iter().rev()));
    substitution(&old, head..old.len() - tail, &new[head..new.len() - tail])
}

/// `written` for the lines at `range`, with more lines around them until there is only one place that it can be, and what
/// comes of it is not there yet.
fn substitution(lines: &[&str], range: Range<usize>, written: &[&str]) -> Derived {
    let whole = lines.concat();
    let (mut from, mut to) = (range.start, range.end);
    loop {
        let text = lines[from..to].concat();
        let with = [&lines[from..range.start], written, &lines[range.end..to]].concat().concat();
        let is_one = !text.is_empty() && whole.matches(&text).count() == 1;
        if is_one && (with.is_empty() || !whole.contains(&with)) || from == 0 && to == lines.len() {
            return Derived::Replace { text, with };
        }
        if from > 0 { from -= 1 } else { to += 1 }
    }
}
