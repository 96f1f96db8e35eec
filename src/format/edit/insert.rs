//! Adding an entry at a chosen place, copying a setting, putting a comment above one, substituting text, statements of code.

use std::sync::Arc;

use super::{Copied, Draft, neighbour, squeezed};
use crate::diagnostic::Code;
use crate::format::delimited::{self, Slot};
use crate::format::locate::{Located, locate, not_a_container};
use crate::format::style::Context;
use crate::format::{Body, Extend, Format, Import, Layout, Made, Node, Op, Rank, Refusal, Wanted, lines, substitute};
use crate::text::{Edit, eol_near, indent_of, line_start};
use crate::value::{Key, KeyPath, Value};

impl Draft<'_> {
    /// Adds an entry to the container at `path`, unless it is there.
    pub(super) fn insert_at(
        &mut self,
        path: &KeyPath,
        key: Option<&str>,
        value: &Value,
        rank: &Rank,
    ) -> Result<(), Refusal> {
        if let Some(key) = key {
            self.make_map(path, 0)?;
            let known = locate(self.format, &self.text, &Arc::clone(&self.document), &path.join(key))?.rest.is_empty();
            if known || *rank == Rank::Last {
                return self.set(&path.join(key), value);
            }
        }
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let node = located.node();
        if key.is_none() && (!located.rest.is_empty() || !node.is_list()) {
            let message = format!("`{path}` is not a list of this file");
            return Err(Refusal::new(Code::NotFound, message).at(node.entry, "here"));
        }
        if key.is_none() && node.children.iter().any(|child| child.value(&self.text).means(value)) {
            self.kept.push(located.path.clone());
            return Ok(());
        }
        self.insert_new(path, &located, key, value, rank)
    }

    /// Adds an element to the list at `path`, whether it has such a one or not.
    pub(super) fn add_item(&mut self, path: &KeyPath, value: &Value, rank: &Rank) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        self.insert_new(path, &located, None, value, rank)
    }

    fn insert_new(
        &mut self,
        path: &KeyPath,
        located: &Located<'_>,
        key: Option<&str>,
        value: &Value,
        rank: &Rank,
    ) -> Result<(), Refusal> {
        let node = located.node();
        let below = |key: Key| Located { trail: located.trail.clone(), path: located.path.clone(), rest: vec![key] };
        let index = self.index_of(located, rank)?;
        if node.body == Body::List(Layout::Implied) {
            // Elements with a header of their own: only the adapter knows how to write one.
            let element = below(Key::Index(index as isize));
            return self.extend(&element, Some(value), 1).map(drop);
        }
        let Some(slot) = self.slot_at(node, index) else {
            let Some(key) = key else { return Err(not_a_container(node, path)) };
            let place = below(key.into());
            // A map is made empty first, so that each of its settings is an edit of its own.
            let (value, entries) = match value {
                Value::Map(entries) => (None, entries.as_slice()),
                value => (Some(value), [].as_slice()),
            };
            let before = |format: &dyn Format, request: &Extend<'_>| format.extend_before(request, index);
            self.make_way(&place, value, 1, before)?;
            return self.fill(&path.join(key), entries, 1);
        };
        let (entry, place) = match key {
            Some(key) => {
                if node.is_arguments(&self.text) {
                    self.refuse_spread(node, &located.path.join(key))?;
                }
                let entry = self.entry_text(node, key, Some(value), &slot.context)?;
                (entry.ok_or_else(|| not_a_container(node, path))?, Key::from(key))
            }
            None => (self.item_text(node, value, &slot.context)?, Key::Index(index as isize)),
        };
        self.insert(node, located.path.join(place), slot, &entry)
    }

    /// The text of a list element.
    fn item_text(&self, list: &Node, value: &Value, context: &Context) -> Result<String, Refusal> {
        let bullet = if context.bracketed { "" } else { self.format.bullet() };
        let siblings: Vec<&Node> = list.children.iter().collect();
        let indent = format!("{}{}", context.indent, " ".repeat(bullet.len()));
        let context = Context { indent, ..context.clone() };
        Ok(format!("{bullet}{}", self.written(value, neighbour(self.format, &siblings, &self.text), &context)?))
    }

    /// The index that a new entry gets.
    fn index_of(&self, located: &Located<'_>, rank: &Rank) -> Result<usize, Refusal> {
        let node = located.node();
        let of = |key: &Key| {
            let sibling = locate(self.format, &self.text, &self.document, &located.path.join(key.clone()))?;
            let found = sibling.rest.is_empty().then(|| sibling.node());
            let index = found.and_then(|found| node.children.iter().position(|child| std::ptr::eq(child, found)));
            index.ok_or_else(|| {
                let message = format!("`{}` has no `{key}` to stand beside", located.path);
                Refusal::new(Code::NotFound, message).at(node.entry, "here")
            })
        };
        // Arguments without a name stand before those with one.
        let first = || node.children.iter().position(|child| child.key.is_some()).unwrap_or(node.children.len());
        Ok(match rank {
            Rank::First if node.is_arguments(&self.text) => first(),
            Rank::First => 0,
            Rank::Last => node.children.len(),
            Rank::Before(key) => of(key)?,
            Rank::After(key) => of(key)? + 1,
        })
    }

    /// The place of an entry that becomes the one at `index`; `None` where the container takes no entries as text.
    fn slot_at(&self, node: &Node, index: usize) -> Option<Slot> {
        let is_inside = |next: &&Node| node.inside().any(|child| std::ptr::eq(child, *next));
        match (node.layout()?, node.children.get(index).filter(is_inside)) {
            (Layout::Delimited { open, close }, None) => {
                Some(delimited::slot(self.format, &self.text, node, *open, *close))
            }
            (Layout::Delimited { open, .. }, Some(next)) => {
                Some(delimited::slot_before(self.format, &self.text, *open, node, next))
            }
            (Layout::Lines { next, indent }, None) => Some(lines::slot(self.format, &self.text, *next, indent)),
            (Layout::Lines { indent, .. }, Some(next)) => {
                Some(lines::slot_before(self.format, &self.text, next, indent))
            }
            (Layout::Implied | Layout::Own, _) => None,
        }
    }

    pub(super) fn copy(&mut self, path: &KeyPath, to: &KeyPath) -> Result<(), Refusal> {
        let located = locate(self.format, &self.text, &self.document, path)?;
        if !located.rest.is_empty() {
            return Err(Refusal::new(Code::NotFound, format!("`{path}` is not in this file")));
        }
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let node = located.node().clone();
        if self.format.bullet().is_empty() {
            let value = node.value(&self.text);
            let source = node.value.of(&self.text);
            let context = Context::of_value(self.format, &self.text, &node, false);
            // A language of plain lines: what is one value in one of them is so in another.
            let is_line = self.format.empty_map(&context).is_none() && !source.contains(['\n', '\r']);
            let key = node.key.as_ref().map(|key| key.span.of(&self.text).to_owned());
            self.copied = is_line.then(|| Copied { value: value.clone(), written: source.to_owned(), key });
            let set = self.set(to, &value);
            self.copied = None;
            return set;
        }
        let source = self.text.clone();
        let copied = self.copy_lines(&node, &source, to);
        self.lists_in_lines = false;
        copied
    }

    /// Copies `node` of `source`, its lists in lines of their own where they have such.
    fn copy_lines(&mut self, node: &Node, source: &str, to: &KeyPath) -> Result<(), Refusal> {
        let named = node.children.iter().all(|child| child.key.is_some());
        if !matches!(node.body, Body::Map(Layout::Lines { .. })) || !named || node.children.is_empty() {
            self.lists_in_lines = matches!(node.body, Body::List(Layout::Lines { .. }));
            return self.set(to, &node.value(source));
        }
        if node.children.len() > 1 {
            self.make_map(to, 1)?;
        }
        let keyed = node.children.iter().filter_map(|child| Some((child, child.key.as_ref()?.text.as_str())));
        keyed.into_iter().try_for_each(|(child, key)| self.copy_lines(child, source, &to.join(key)))
    }

    pub(super) fn comment(&mut self, path: &KeyPath, text: &str) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let node = located.node();
        if path.keys.is_empty() {
            return Err(Refusal::new(Code::Unsupported, "a comment stands above a setting, and none is named"));
        }
        if !located.rest.is_empty() {
            return Err(Refusal::new(Code::NotFound, format!("`{path}` is not in this file")));
        }
        // Each of these ends a line in some language.
        let comment = self.format.comment(&text.replace(['\n', '\r', '\u{2028}', '\u{2029}'], " "));
        let Some(comment) = comment.as_deref().map(str::trim) else {
            let message = format!("{} has no comments", self.format.name());
            return Err(Refusal::new(Code::Unsupported, message));
        };
        let start = line_start(&self.text, node.entry.start);
        if !self.text[start..node.entry.start].trim().is_empty() {
            let message = format!("`{path}` shares its line, so a comment has no line above it");
            return Err(Refusal::new(Code::Unsupported, message).at(node.entry, "here"));
        }
        let indent = indent_of(&self.text, node.entry.start);
        let above = lines::comments_above(self.format, &self.text, node.entry.start);
        if self.text[above..start].lines().any(|line| line.trim() == comment) {
            self.kept.push(located.path.clone());
            return Ok(());
        }
        let line = format!("{indent}{comment}{}", eol_near(&self.text, node.entry.start));
        self.push(Made::new(located.path.clone(), Op::Comment, Edit::insert(start, line)))
    }

    /// Gives every stretch that is `old` the form `new`.
    pub(super) fn substitute(&mut self, old: &str, new: &str, whole: bool) -> Result<(), Refusal> {
        let next = |draft: &Self, from| {
            substitute::next(draft.format, (&draft.text, &draft.document), (old, whole), new, from)
        };
        let mut from = 0;
        while let Some(made) = next(self, from).filter(|_| !old.is_empty()) {
            from = made.main.span.start + new.len();
            self.push(made)?;
        }
        Ok(())
    }

    /// Makes an empty block in one that is there.
    pub(super) fn block(&mut self, path: &KeyPath) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        match located.rest.len() {
            0 => Ok(()),
            1 => self.make_way(&located, None, 0, |format, request| format.block(request)).map(drop),
            _ => Err(Refusal::new(Code::NotFound, format!("there is nothing around `{path}` to put a block into"))),
        }
    }

    pub(super) fn statement(&mut self, path: &KeyPath, code: &str) -> Result<(), Refusal> {
        let main = self.format.statement(&self.text, &self.document, path, code)?;
        if squeezed(&self.text).contains(&squeezed(&main.text)) {
            return Ok(());
        }
        self.push(Made::new(path.clone(), Op::Insert, main))
    }

    pub(super) fn import(&mut self, wanted: &Wanted<'_>) -> Result<String, Refusal> {
        match self.format.import(&self.text, &self.document, wanted)? {
            Import::Known(local) if wanted.bound && local != wanted.name => {
                let message = format!("`{}` of `{}` is called `{local}` in this file", wanted.name, wanted.module);
                Err(Refusal::new(Code::Unsupported, message).help("give it its own name there, or use that one"))
            }
            Import::Known(expression) => Ok(expression),
            Import::Add { expression, .. } if wanted.bound && expression != wanted.name => {
                let Wanted { module, name, .. } = wanted;
                let message = format!("`{name}` is in use in this file, and is not imported from `{module}`");
                Err(Refusal::new(Code::Unsupported, message)
                    .help("import it by hand under a name that is free: { replace = \"...\", to = \"...\" }"))
            }
            Import::Add { path, edit, joined, expression } => {
                self.push(Made { joined, ..Made::new(path, Op::Insert, edit) })?;
                Ok(expression)
            }
        }
    }
}
