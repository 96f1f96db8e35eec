//! Taking a setting away and giving it another name, in every place it stands in.

use std::sync::Arc;

use super::{Draft, apart};
use crate::diagnostic::Code;
use crate::format::locate::{Located, locate};
use crate::format::style::Context;
use crate::format::{Alteration, Body, Layout, Made, Name, Node, Op, Refusal, Spot, delimited, find, find_all, lines};
use crate::text::{Edit, Span, line_end};
use crate::value::{Key, KeyPath};

/// The most places one setting may be spread over.
const MAX_PLACES: usize = 1000;

impl Draft<'_> {
    pub(super) fn remove(&mut self, path: &KeyPath) -> Result<(), Refusal> {
        let mut is_gone = false;
        // A table may stand in several places (the sections of TOML): every turn takes one of them away.
        for _ in 0..MAX_PLACES {
            let document = Arc::clone(&self.document);
            let mut located = locate(self.format, &self.text, &document, path)?;
            if !located.rest.is_empty() {
                return Ok(());
            }
            self.refuse_used_anchor(located.node())?;
            let whole = !located.enter_outlying();
            if is_gone {
                return Err(twice(path, located.node()));
            }
            self.remove_one(&located)?;
            is_gone = whole;
            // What is collected stays where it is until all of it goes.
            if self.collects || whole && matches!(path.last(), Some(Key::Index(_) | Key::Site(..))) {
                return Ok(());
            }
        }
        Err(too_many_places(path))
    }

    fn remove_one(&mut self, located: &Located<'_>) -> Result<(), Refusal> {
        let [.., parent, node] = located.trail.as_slice() else { return Ok(()) };
        let index = parent.children.iter().position(|child| std::ptr::eq(child, *node)).unwrap_or(0);
        let own = self.alter(located, &Alteration::Remove)?;
        let edits = match parent.layout() {
            _ if own.is_some() => own.unwrap_or_default(),
            Some(Layout::Delimited { open, close }) if Span::new(*open, *close).contains(node.entry) => {
                delimited::removal(self.format, &self.text, parent, index)
            }
            Some(Layout::Lines { .. }) => {
                let emptied = if parent.children.len() == 1 { self.emptied(parent) } else { None };
                emptied.unwrap_or_else(|| lines::removal(self.format, &self.text, parent, index, self.alone(located)))
            }
            _ if lines::fills_block(self.format, &self.text, node.entry) => {
                let message = format!("`{}` is the only statement of its block", located.path);
                return Err(Refusal::new(Code::Unsupported, message)
                    .at(node.entry, "here")
                    .help("remove the block by hand"));
            }
            _ if node.entry.end == node.value.end && lines::is_alone(self.format, &self.text, node.entry) => {
                lines::removal(self.format, &self.text, parent, index, self.alone(located))
            }
            _ => {
                let message = format!("`{}` is not written in one place that could go", located.path);
                return Err(Refusal::new(Code::Unsupported, message).at(node.entry, "here").help("remove it by hand"));
            }
        };
        let before = (!self.collects).then(|| self.text.clone());
        self.push_all(&located.path, Op::Remove, edits, Vec::new())?;
        let keys = &located.path.keys;
        // A table that only its keys imply goes with the last of them: the spot is measured in what stays.
        let stays = |depth: &usize| {
            let path = KeyPath { keys: keys[..*depth].to_vec() };
            *depth == 0 || find(self.format, &self.document, &path).is_some()
        };
        let depth = (0..keys.len()).rev().find(stays).unwrap_or(0);
        let before = before.as_deref().unwrap_or(&self.text);
        if let Some(made) = self.made.last_mut() {
            let (spot, after) = Spot::of(self.format, before, &located.trail, depth, made.main.span);
            let comma = made.joined.as_ref().map(|edit| edit.span).filter(|span| span.of(before) == ",");
            let spot = match comma {
                Some(comma) => spot.with_comma(parent, comma.start),
                None => spot,
            };
            (made.spot, made.after) = (Some(spot), after);
        }
        Ok(())
    }

    /// The lines around a table that moved, or a part of one, with comments that stand alone and moved too.
    fn alone(&self, located: &Located<'_>) -> Option<Span> {
        let [.., parent, node] = located.trail.as_slice() else { return None };
        let after = apart::after(self.format, &self.text, node);
        let before = apart::before(self.format, &self.text, parent, node);
        let is_part = located.trail.len() > self.moves? + 1;
        let start = if is_part && !before.is_empty() { before.start } else { node.entry.start };
        Some(Span::new(start, if after.is_empty() { node.entry.end } else { after.end.max(node.entry.end) }))
    }

    /// A map or list whose only entry goes stays one: its lines give way to an empty one behind its key.
    fn emptied(&self, parent: &Node) -> Option<Vec<Edit>> {
        let block = Context::of_value(self.format, &self.text, parent, false);
        self.format.empty_map(&block)?;
        let flow = Context { bracketed: true, one_line: true, ..block };
        let empty = if parent.is_list() { "[]".to_owned() } else { self.format.empty_map(&flow)? };
        let value = lines::without_last_line_end(&self.text, parent.value);
        let Some(key) = &parent.key else {
            // A file without settings is an empty map as it is.
            let is_file = std::ptr::eq(parent, &self.document.root) && !parent.is_list();
            return (!parent.value.is_empty() && !is_file).then(|| vec![Edit::replace(value, empty)]);
        };
        let first = line_end(&self.text, key.span.end).min(value.start);
        let lead = &self.text[key.span.end..first];
        let comment = lead
            .char_indices()
            .map(|(at, _)| key.span.end + at)
            .find(|at| self.format.comment_end(&self.text, *at).is_some());
        let behind = self.text[..comment.unwrap_or(first)].trim_end().len();
        Some(vec![Edit::delete(Span::new(first, value.end)), Edit::insert(behind, format!(" {empty}"))])
    }

    fn refuse_used_anchor(&self, node: &Node) -> Result<(), Refusal> {
        let source = node.entry.of(&self.text);
        if !source.contains('&') {
            return Ok(());
        }
        let mut used = None;
        self.document.root.walk(&KeyPath::default(), &mut |_, other| {
            if let Body::Alias(anchor) = &other.body
                && !node.entry.contains(other.entry)
                && source.match_indices('&').any(|(at, _)| starts_with_word(&source[at + 1..], anchor))
            {
                used = Some((anchor.clone(), other.value));
            }
        });
        match used {
            None => Ok(()),
            Some((anchor, span)) => {
                let line = crate::text::position(&self.text, span.start).line;
                Err(Refusal::new(Code::Aliased, format!("anchor `{anchor}` is still used at line {line}"))
                    .at(span, "used here")
                    .and(node.entry, "anchored here")
                    .help("write the value out at that place first"))
            }
        }
    }

    pub(super) fn rename(&mut self, path: &KeyPath, name: &str) -> Result<(), Refusal> {
        let renamed = path.parent().unwrap_or_default().join(name);
        let taken = find_all(self.format, &self.document, &renamed).first().map(|(_, node)| node.entry);
        // A table may have its name in several headers: every turn renames one of them.
        for turn in 0..MAX_PLACES {
            let document = Arc::clone(&self.document);
            let located = locate(self.format, &self.text, &document, path)?;
            match (&located.node().key, taken) {
                (Some(_), Some(other)) if located.rest.is_empty() => {
                    return Err(Refusal::new(Code::Duplicate, format!("`{name}` is there already")).at(other, "here"));
                }
                (Some(key), None) if located.rest.is_empty() => {
                    self.rename_one(&located, key, name)?;
                    // The next of several equal names has moved up into its place.
                    if self.collects || matches!(path.last(), Some(Key::Site(..))) {
                        return Ok(());
                    }
                }
                (_, None) if turn == 0 => {
                    return Err(Refusal::new(Code::NotFound, format!("`{path}` is not in this file")));
                }
                _ => return Ok(()),
            }
        }
        Err(too_many_places(path))
    }

    fn rename_one(&mut self, located: &Located<'_>, key: &Name, name: &str) -> Result<(), Refusal> {
        if key.span.is_empty() {
            let message = format!("the key of `{}` is not written out", located.path);
            return Err(Refusal::new(Code::Unsupported, message).at(located.node().entry, "here"));
        }
        if let Some(edits) = self.alter(located, &Alteration::Rename(name))? {
            return self.push_all(&located.path, Op::Rename, edits, Vec::new());
        }
        let context = Context::of_plain(self.format, &self.text, located.node(), false);
        let written = self.format.write_key(name, Some(key.span.of(&self.text)), &context)?;
        self.push(Made::new(located.path.clone(), Op::Rename, Edit::replace(key.span, written)))
    }
}

fn too_many_places(path: &KeyPath) -> Refusal {
    Refusal::new(Code::Unsupported, format!("`{path}` stands in more than {MAX_PLACES} places"))
}

/// Two parts with one header, as a section of INI may have, can not be told apart when they are put back.
fn twice(path: &KeyPath, other: &Node) -> Refusal {
    Refusal::new(Code::Duplicate, format!("`{path}` stands twice, and would not come back as it is"))
        .at(other.entry, "here, and again further on")
        .help("put what is in both into one of them first")
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-')))
}
