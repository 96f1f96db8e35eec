//! A value of another shape in the place of the old one: other elements of a list, a table for a plain value and back.

use std::sync::Arc;

use super::{Draft, apart};
use crate::diagnostic::Code;
use crate::format::locate::{Located, find, locate};
use crate::format::style::Context;
use crate::format::{Body, Layout, Made, Node, Op, Rank, Refusal};
use crate::text::{Edit, Span};
use crate::value::{Key, KeyPath, Value};

impl Draft<'_> {
    /// Gives the table at `path` just these entries: those that it has get their new values, the others go.
    pub(super) fn refill(&mut self, path: &KeyPath, entries: &[(String, Value)], given: usize) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let is_plain = |child: &Node| child.key.as_ref().is_some_and(|key| key.site.is_none());
        if let Some(odd) = located.node().children.iter().find(|child| !is_plain(child)) {
            let message = format!("`{path}` holds what has no name of its own");
            return Err(Refusal::new(Code::Unsupported, message).at(odd.entry, "here").help("set its keys one by one"));
        }
        for (key, value) in entries {
            self.give(&path.join(key.as_str()), value, given + 1)?;
        }
        let is_wanted = |name: &str| entries.iter().any(|(key, _)| self.format.same_key(name, key));
        let names = located.node().children.iter().filter_map(|child| Some(child.key.as_ref()?.text.clone()));
        let gone: Vec<String> = names.filter(|name| !is_wanted(name)).collect();
        gone.into_iter().try_for_each(|name| self.remove(&path.join(name)))
    }

    /// Puts `value` in the place of the one at `located`, in its layout, as one edit.
    pub(super) fn reshape(&mut self, located: &Located<'_>, value: &Value, given: usize) -> Result<(), Refusal> {
        let (node, path) = (located.node(), &located.path);
        if node.is_list() && node.inside().count() < node.children.len() {
            let message = format!("later statements add to the list `{path}`");
            return Err(Refusal::new(Code::Computed, message)
                .at(node.entry, "this list")
                .help("change its elements one by one"));
        }
        let mut trial =
            Draft { quotes: self.quotes, ..Draft::new(self.format, &self.text, Arc::clone(&self.document)) };
        match (value, &node.body) {
            (Value::List(items), Body::List(Layout::Delimited { .. } | Layout::Lines { .. })) => {
                trial.refill_list(path, items)?;
            }
            (Value::Map(entries), Body::Scalar { .. }) if trial.empty(located)? => trial.fill(path, entries, given)?,
            _ => trial.write_over(located, value)?,
        }
        let scattered = || {
            let message = format!("`{path}` is not written in one piece that another value could take the place of");
            Refusal::new(Code::Unsupported, message)
                .at(node.value, "here")
                .help("change what is in it, or do it by hand")
        };
        let (before, after) = (&self.text, &trial.text);
        let new = find(self.format, &trial.document, path).ok_or_else(scattered)?;
        // Those around the value, too: what goes takes the one behind it along.
        let comments = |text: &str, root: &Node| {
            let whole = Node { entry: Span::new(0, text.len()), ..root.clone() };
            apart::comments(self.format, text, &whole).len()
        };
        let lost = comments(before, &self.document.root) > comments(after, &trial.document.root);
        if lost {
            let message = format!("a comment in `{path}` would be lost");
            return Err(Refusal::new(Code::Unsupported, message)
                .at(node.value, "it stands in the old value")
                .help("change what is in it one by one, or move the comment away by hand first"));
        }
        let behind = after.len() - new.value.end;
        let end = before.len().checked_sub(behind).filter(|end| *end >= node.value.end).ok_or_else(scattered)?;
        let same = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
        let start = (0..=same.min(node.value.start).min(new.value.start)).rev().find(|at| before.is_char_boundary(*at));
        let start = start.unwrap_or(0);
        if before.get(end..) != after.get(new.value.end..) {
            return Err(scattered());
        }
        let main = Edit::replace(Span::new(start, end), after[start..new.value.end].to_owned());
        self.push(Made::new(path.clone(), Op::Replace, main))
    }

    /// Gives the list at `path` these elements; those that stay are not touched.
    fn refill_list(&mut self, path: &KeyPath, items: &[Value]) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let old = &located.node().children;
        let mut known: Vec<Value> = Vec::new();
        let mut number = |value: Value| {
            known.iter().position(|other| other.means(&value)).unwrap_or_else(|| {
                known.push(value);
                known.len() - 1
            })
        };
        let before: Vec<usize> = old.iter().map(|child| number(child.value(&self.text))).collect();
        let after: Vec<usize> = items.iter().map(|item| number(item.clone())).collect();
        // From the last to the first, so that none moves one that is still to come.
        for step in similar::capture_diff_slices(similar::Algorithm::Myers, &before, &after).iter().rev() {
            let (gone, new) = (step.old_range(), step.new_range());
            if step.tag() == similar::DiffTag::Equal {
                continue;
            }
            for (index, item) in items[new].iter().enumerate() {
                let is_last = gone.end == old.len();
                let at = (gone.end + index) as isize;
                self.add_item(path, item, &if is_last { Rank::Last } else { Rank::Before(Key::Index(at)) })?;
            }
            gone.rev().try_for_each(|index| self.remove(&path.join(index as isize)))?;
        }
        Ok(())
    }

    /// Makes the plain value an empty table, where the language has one in this place; whether it has.
    fn empty(&mut self, located: &Located<'_>) -> Result<bool, Refusal> {
        let context = self.place_of(located);
        let Some(map) = self.format.empty_map(&context) else { return Ok(false) };
        let value = located.node().value;
        let blank = self.text[..value.start].trim_end_matches([' ', '\t']).len();
        let start = if map.is_empty() { blank } else { value.start };
        self.write(Edit::replace(Span::new(start, value.end), map))?;
        Ok(true)
    }

    /// Writes the whole value anew.
    fn write_over(&mut self, located: &Located<'_>, value: &Value) -> Result<(), Refusal> {
        let (node, path) = (located.node(), &located.path);
        let in_lines = !self.format.bullet().is_empty() && matches!(node.layout(), Some(Layout::Lines { .. }));
        if !in_lines && !matches!(node.layout(), None | Some(Layout::Delimited { .. })) {
            let message = format!("`{path}` is a table or list, not a single value");
            return Err(Refusal::new(Code::Unsupported, message)
                .at(node.value, "here")
                .help("change what is in it, or remove it first and set it then"));
        }
        let is_plain = !matches!(value, Value::Map(_) | Value::List(_));
        let context = self.place_of(located);
        let context = Context { bracketed: context.bracketed || !is_plain, ..context };
        let written = self.written(value, None, &context)?;
        let sign = node.key.as_ref().map(|key| key.span.end).filter(|_| in_lines);
        let sign = sign.and_then(|end| Some(end + self.text[end..node.value.start].find(':')? + 1));
        self.write(match sign {
            Some(sign) => Edit::replace(Span::new(sign, node.value.end), format!(" {written}")),
            None => Edit::replace(node.value, written),
        })
    }

    /// Where the value of `located` stands.
    fn place_of(&self, located: &Located<'_>) -> Context {
        let node = located.node();
        let parent = located.trail.iter().rev().nth(1).and_then(|parent| parent.layout());
        let open = if let Some(Layout::Delimited { open, .. }) = parent { Some(*open) } else { None };
        let one_line =
            open.is_some_and(|open| self.text.get(open..node.entry.start).is_some_and(|lead| !lead.contains('\n')));
        Context { one_line, ..Context::of_value(self.format, &self.text, node, open.is_some()) }
    }

    /// An edit on the way, which nothing records.
    fn write(&mut self, edit: Edit) -> Result<(), Refusal> {
        self.push(Made::new(KeyPath::default(), Op::Replace, edit))
    }
}
