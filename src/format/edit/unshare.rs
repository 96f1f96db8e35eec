//! Giving a setting a copy of its own of what it shares with others by an alias.

use std::sync::Arc;

use super::Draft;
use crate::diagnostic::Code;
use crate::format::locate::locate;
use crate::format::style::Context;
use crate::format::{Body, Change, Document, Format, Layout, Made, Node, Op, Refusal};
use crate::text::{Edit, Span, line_end, line_start};
use crate::value::KeyPath;

/// The change that gives the first alias on the way to `path` a copy of its own; `None` where no alias is on the way.
pub fn unsharing(format: &dyn Format, text: &str, document: &Document, path: &KeyPath) -> Option<Change> {
    (1..=path.keys.len()).find_map(|length| {
        let head = KeyPath { keys: path.keys[..length].to_vec() };
        let located = locate(format, text, document, &head).ok().filter(|located| located.rest.is_empty())?;
        let Body::Alias(name) = &located.node().body else { return None };
        let anchored = anchored(text, document, name, located.node().value.start)?;
        Some(Change::Unshare { path: located.path.clone(), value: anchored.value(text) })
    })
}

/// The node that carries `anchor` where the alias at `before` reads it: the last one before it.
pub(in crate::format) fn anchored<'d>(
    text: &str,
    document: &'d Document,
    anchor: &str,
    before: usize,
) -> Option<&'d Node> {
    let mut found: Option<&Node> = None;
    document.root.walk(&KeyPath::default(), &mut |_, node| {
        let start = node.key.as_ref().map_or(node.entry.start, |key| key.span.end);
        let properties = text.get(start..node.value.start).unwrap_or("");
        let carries = properties
            .lines()
            .filter_map(|line| line.split(" #").next())
            .any(|line| line.split([' ', '\t', '[', '{', ',']).any(|word| word.strip_prefix('&') == Some(anchor)));
        if carries && node.value.start < before && found.is_none_or(|other| other.value.start < node.value.start) {
            found = Some(node);
        }
    });
    found
}

impl Draft<'_> {
    /// Writes what the alias at `path` stands for in its place, with its comments.
    pub(super) fn unshare(&mut self, path: &KeyPath) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let node = located.node();
        let Body::Alias(name) = &node.body else { return Ok(()) };
        let Some(shared) = anchored(&self.text, &document, name, node.value.start) else {
            return Err(Refusal::new(Code::Aliased, format!("the anchor `&{name}` is not found"))
                .at(node.value, "its alias")
                .help("write the value out here by hand"));
        };
        let source = shared.value.of(&self.text);
        let bracketed = located
            .trail
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|parent| matches!(parent.layout(), Some(Layout::Delimited { .. })));
        let is_block = source.contains('\n') || matches!(shared.layout(), Some(Layout::Lines { .. }));
        let block = matches!(shared.body, Body::Map(Layout::Lines { .. }) | Body::List(Layout::Lines { .. }));
        if source.contains(['&', '!']) || is_block && (bracketed || !block) {
            let message = format!("what `*{name}` stands for can not be copied as it is written");
            return Err(Refusal::new(Code::Unsupported, message)
                .at(node.value, "the alias")
                .and(shared.value, "what it stands for")
                .help("write the value out here by hand first"));
        }
        let main = if is_block { self.block_copy(node, shared) } else { Edit::replace(node.value, source) };
        self.push(Made::new(located.path.clone(), Op::Replace, main))
    }

    /// The lines of `shared` in the place of the alias `node`, indented for it.
    fn block_copy(&self, node: &Node, shared: &Node) -> Edit {
        let text = &self.text;
        let own = &text[line_start(text, node.entry.start)..node.entry.start];
        let context = Context::at(self.format, text, node.entry.start, " ".repeat(own.chars().count()));
        let unit = if node.key.is_some() { context.unit.as_str() } else { "  " };
        let indent = format!("{}{unit}", context.indent);
        let column = text[line_start(text, shared.value.start)..shared.value.start].chars().count();
        let old = " ".repeat(column);
        // The comment on its last line belongs to it.
        let line = line_end(text, shared.value.end);
        let comment = text[shared.value.end..line].trim_start().starts_with('#');
        let source = Span::new(shared.value.start, if comment { line } else { shared.value.end }).of(text);
        let mut lines = source.split('\n');
        let mut copy = lines.next().unwrap_or("").to_owned();
        for line in lines {
            copy.push('\n');
            match line.strip_prefix(old.as_str()) {
                Some(rest) => copy.push_str(&format!("{indent}{rest}")),
                None => copy.push_str(line),
            }
        }
        // Behind a key the lines start on the next one, behind the mark of a list element on its own.
        if node.key.is_none() {
            return Edit::replace(node.value, copy);
        }
        let start = text[..node.value.start].trim_end_matches([' ', '\t']).len();
        Edit::replace(Span::new(start, node.value.end), format!("{}{indent}{copy}", context.eol))
    }
}
