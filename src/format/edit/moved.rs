//! The comments of a setting that moves: those on the lines above it and the one behind it, of it and of all in it.

use std::sync::Arc;

use super::Draft;
use crate::diagnostic::Code;
use crate::format::locate::locate;
use crate::format::{Document, Format, Layout, Made, Node, Op, Refusal, lines};
use crate::text::{Edit, eol_near, indent_of, line_end, line_start};
use crate::value::KeyPath;

/// The comments that belong to one setting.
struct Comments {
    /// From the setting that moves to the one that has them.
    below: KeyPath,
    /// The lines above, without indentation.
    above: Vec<String>,
    /// What stands behind it in its line, with the blanks before the comment.
    behind: String,
}

impl Draft<'_> {
    /// Gives the value of one setting to another and takes the first away.
    pub(super) fn move_to(&mut self, path: &KeyPath, to: &KeyPath) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let from = locate(self.format, &self.text, &document, path)?;
        let target = locate(self.format, &self.text, &document, to)?;
        let is_there = target.rest.is_empty();
        if from.rest.is_empty() && target.trail.iter().any(|node| std::ptr::eq(*node, from.node())) {
            if is_there && std::ptr::eq(target.node(), from.node()) {
                return Ok(());
            }
            let message = format!("`{path}` can not be moved into itself");
            return Err(Refusal::new(Code::Unsupported, message).at(from.node().entry, "here"));
        }
        // Moved before: there is nothing left to move.
        if !from.rest.is_empty() && is_there {
            return Ok(());
        }
        let comments = comments(self.format, &self.text, &document, from.node());
        self.copy(path, to)?;
        for comments in &comments {
            self.bring(comments, path, to)?;
        }
        self.remove(path)
    }

    /// Writes `comments` at the setting that came to `to`, those above from the first to the last.
    fn bring(&mut self, comments: &Comments, path: &KeyPath, to: &KeyPath) -> Result<(), Refusal> {
        let of = |path: &KeyPath| KeyPath { keys: path.keys.iter().chain(&comments.below.keys).cloned().collect() };
        let target = of(to);
        for line in &comments.above {
            let node = self.copied(&target)?;
            let start = line_start(&self.text, node.entry.start);
            if !self.text[start..node.entry.start].trim().is_empty() {
                return Err(left_behind(&of(path), &target));
            }
            let above = lines::comments_above(self.format, &self.text, node.entry.start);
            if !self.text[above..start].lines().any(|known| known.trim() == line) {
                let indent = indent_of(&self.text, node.entry.start);
                let main = format!("{indent}{line}{}", eol_near(&self.text, node.entry.start));
                self.push_comment(&target, Edit::insert(start, main))?;
            }
        }
        if !comments.behind.is_empty() {
            let node = self.copied(&target)?;
            let end = end_in_line(&self.text, &node);
            match end.map(|end| (end, &self.text[end..line_end(&self.text, end)])) {
                Some((end, rest)) if rest.trim().is_empty() => {
                    self.push_comment(&target, Edit::insert(end, comments.behind.clone()))?;
                }
                Some((_, rest)) if rest.trim() == comments.behind.trim() => {}
                _ => return Err(left_behind(&of(path), &target)),
            }
        }
        Ok(())
    }

    fn copied(&self, path: &KeyPath) -> Result<Node, Refusal> {
        Ok(locate(self.format, &self.text, &self.document, path)?.node().clone())
    }

    fn push_comment(&mut self, path: &KeyPath, main: Edit) -> Result<(), Refusal> {
        let place = path.clone().into();
        self.push(Made { place, op: Op::Comment, main, joined: None, after: Vec::new(), spot: None })
    }
}

fn left_behind(path: &KeyPath, target: &KeyPath) -> Refusal {
    Refusal::new(Code::Unsupported, format!("the comment of `{path}` finds no line at `{target}`"))
        .help("what moves there shares its line: move the comment away by hand first")
}

/// The comments of `node` and of all below it, in the order of the file.
fn comments(format: &dyn Format, text: &str, document: &Document, node: &Node) -> Vec<Comments> {
    let mut found = Vec::new();
    node.walk(&KeyPath::default(), &mut |below, node| {
        if std::ptr::eq(node, &document.root) {
            return;
        }
        let start = line_start(text, node.entry.start);
        let shares = !text[start..node.entry.start].trim().is_empty();
        let above = if shares { start } else { lines::comments_above(format, text, node.entry.start) };
        let behind = end_in_line(text, node).map_or("", |end| {
            let rest = &text[end..line_end(text, end)];
            let at = end + rest.len() - rest.trim_start().len();
            if format.comment_end(text, at) == Some(end + rest.len()) { rest } else { "" }
        });
        let above: Vec<String> = text[above..start].lines().map(|line| line.trim().to_owned()).collect();
        if !above.is_empty() || !behind.is_empty() {
            found.push(Comments { below: below.clone(), above, behind: behind.trim_end().to_owned() });
        }
    });
    found
}

/// Where a comment behind `node` would begin, in the line of its value, or of its name where it holds others in lines
/// of their own; `None` where the next line begins there.
pub(in crate::format) fn end_in_line(text: &str, node: &Node) -> Option<usize> {
    let is_closed = node.children.is_empty() || matches!(node.layout(), Some(Layout::Delimited { .. }));
    let (end, signs): (usize, &[char]) = match &node.key {
        _ if is_closed => (node.entry.end, &[',']),
        Some(key) => (key.span.end, &[':', '=', ']', '{']),
        None => return None,
    };
    if text[..end].ends_with('\n') {
        return None;
    }
    let rest = &text[end..line_end(text, end)];
    let blank = [' ', '\t'];
    let signs = rest.trim_start_matches(|c| blank.contains(&c) || signs.contains(&c));
    let end = end + rest.len() - signs.len();
    // The blanks before the comment belong to it.
    Some(text[..end].trim_end_matches(blank).len().max(node.key.as_ref().map_or(0, |key| key.span.end)))
}
