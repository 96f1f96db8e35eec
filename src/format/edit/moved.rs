//! The comments of a setting that moves: those on the lines above it and the one behind it, of it and of all in it, and
//! those that stand alone in it.

use std::sync::Arc;

use super::{Draft, apart};
use crate::diagnostic::Code;
use crate::format::locate::locate;
use crate::format::{Document, Format, Layout, Made, Node, Op, Refusal, lines};
use crate::text::{Edit, Span, eol_near, indent_of, line_end, line_start};
use crate::value::{Key, KeyPath};

/// The comments that belong to one setting.
struct Comments {
    /// From the setting that moves to the one that has them.
    below: KeyPath,
    /// The lines further up that stand alone, without the indentation that all of them have.
    before: Vec<String>,
    /// The lines above, without indentation.
    above: Vec<String>,
    /// What stands behind it in its line, with the blanks before the comment.
    behind: String,
    /// The lines behind the last of what is in it, as those further up.
    after: Vec<String>,
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
        let comments = comments(self.format, &self.text, &document, from.node(), path)?;
        self.copy(path, to)?;
        for comments in &comments {
            self.bring(comments, path, to)?;
        }
        self.moves = Some(path.keys.len());
        self.remove(path)
    }

    /// Writes `comments` at the setting that came to `to`, those above from the first to the last.
    fn bring(&mut self, comments: &Comments, path: &KeyPath, to: &KeyPath) -> Result<(), Refusal> {
        let of = |path: &KeyPath| KeyPath { keys: path.keys.iter().chain(&comments.below.keys).cloned().collect() };
        let target = of(to);
        self.bring_before(&comments.before, &of(path), &target)?;
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
        self.bring_after(&comments.after, &of(path), &target)
    }

    /// Writes lines that stand alone above the setting at `target`.
    fn bring_before(&mut self, lines: &[String], path: &KeyPath, target: &KeyPath) -> Result<(), Refusal> {
        if lines.is_empty() {
            return Ok(());
        }
        let node = self.copied(target)?;
        let start = line_start(&self.text, node.entry.start);
        if !self.text[start..node.entry.start].trim().is_empty() {
            return Err(left_behind(path, target));
        }
        let start = lines::comments_above(self.format, &self.text, node.entry.start);
        let is_apart = start == 0 || self.text[line_start(&self.text, start - 1)..start].trim().is_empty();
        let lines = if is_apart && lines[0].is_empty() { &lines[1..] } else { lines };
        let (indent, eol) = (indent_of(&self.text, node.entry.start), eol_near(&self.text, node.entry.start));
        let main = lines.iter().map(|line| indented(indent, line) + eol).collect::<String>();
        self.push_comment(target, Edit::insert(start, main))
    }

    /// Writes lines that stand alone behind what is in the table at `target`.
    fn bring_after(&mut self, lines: &[String], path: &KeyPath, target: &KeyPath) -> Result<(), Refusal> {
        if lines.is_empty() {
            return Ok(());
        }
        let node = self.copied(target)?;
        let last = node.inside().rfind(|child| child.entry.end <= node.entry.end);
        let (end, indent) = match (node.layout(), last) {
            (Some(Layout::Lines { next, indent }), _) => (*next, indent.as_str()),
            (Some(Layout::Delimited { .. } | Layout::Own), Some(last)) => {
                (last.entry.end, indent_of(&self.text, last.entry.start))
            }
            _ => return Err(left_behind(path, target)),
        };
        let is_closed_below = |close: usize| self.text[end.min(close)..close].contains('\n');
        if matches!(node.layout(), Some(Layout::Delimited { .. } | Layout::Own)) && !is_closed_below(node.entry.end) {
            return Err(left_behind(path, target));
        }
        let eol = eol_near(&self.text, end);
        let (at, lead, tail) = match end > 0 && self.text.as_bytes()[end - 1] == b'\n' {
            true => (end, "", eol),
            false => (line_end(&self.text, end), eol, ""),
        };
        let lines = lines.iter().map(|line| format!("{lead}{}{tail}", indented(indent, line))).collect::<String>();
        self.push_comment(target, Edit::insert(at, lines))
    }

    fn copied(&self, path: &KeyPath) -> Result<Node, Refusal> {
        Ok(locate(self.format, &self.text, &self.document, path)?.node().clone())
    }

    fn push_comment(&mut self, path: &KeyPath, main: Edit) -> Result<(), Refusal> {
        self.push(Made::new(path.clone(), Op::Comment, main))
    }
}

/// `line` behind `indent`; a blank one stays without blanks.
fn indented(indent: &str, line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{indent}{line}") }
}

fn left_behind(path: &KeyPath, target: &KeyPath) -> Refusal {
    Refusal::new(Code::Unsupported, format!("the comment of `{path}` finds no line at `{target}`"))
        .help("what moves there shares its line: move the comment away by hand first")
}

/// The comments of `node`, which stands at `path`, and of all below it, in the order of the file.
fn comments(
    format: &dyn Format,
    text: &str,
    document: &Document,
    node: &Node,
    path: &KeyPath,
) -> Result<Vec<Comments>, Refusal> {
    let mut found = Vec::new();
    let mut known: Vec<Span> = Vec::new();
    let moved = node;
    node.walk(&KeyPath::default(), &mut |below, node| {
        if std::ptr::eq(node, &document.root) {
            return;
        }
        let start = line_start(text, node.entry.start);
        let shares = !text[start..node.entry.start].trim().is_empty();
        let above =
            Span::new(if shares { start } else { lines::comments_above(format, text, node.entry.start) }, start);
        let behind = end_in_line(text, node).map_or(Span::at(start), |end| {
            let rest = &text[end..line_end(text, end)];
            let at = end + rest.len() - rest.trim_start().len();
            let is_comment = format.comment_end(text, at) == Some(end + rest.len());
            if is_comment { Span::new(end, end + rest.len()) } else { Span::at(end) }
        });
        let parent = below.parent().and_then(|parent| find_below(moved, &parent));
        let before = parent.map_or(Span::at(start), |parent| apart::before(format, text, parent, node));
        let after = apart::after(format, text, node);
        known.extend([above, behind, before, after]);
        let comments = Comments {
            below: below.clone(),
            before: standing(before.of(text)),
            above: above.of(text).lines().map(|line| line.trim().to_owned()).collect(),
            behind: behind.of(text).trim_end().to_owned(),
            after: standing(after.of(text)).into_iter().collect(),
        };
        let none = comments.above.is_empty() && comments.before.is_empty() && comments.after.is_empty();
        if !none || !comments.behind.is_empty() {
            found.push(comments);
        }
    });
    apart::all_known(format, text, node, &known).map_err(|comment| {
        Refusal::new(Code::Unsupported, format!("a comment in `{path}` would be lost on the way"))
            .at(comment, "it stands at no setting")
            .help("give it a line of its own above a setting, or move it away by hand first")
    })?;
    Ok(found)
}

fn find_below<'n>(node: &'n Node, path: &KeyPath) -> Option<&'n Node> {
    path.keys.iter().try_fold(node, |node, key| match key {
        Key::Index(index) if node.is_list() => node.children.get(usize::try_from(*index).ok()?),
        key => node.children.iter().find(|child| child.path_key().as_ref() == Some(key)),
    })
}

/// The lines of `source` without the indentation of the first that is not blank; of the blank lines at its start one.
fn standing(source: &str) -> Vec<String> {
    let mut lines: Vec<&str> = source.lines().map(str::trim_end).collect();
    let blank = lines.iter().take_while(|line| line.is_empty()).count();
    lines.drain(..blank.saturating_sub(1).min(lines.len()));
    let indent = lines.iter().find(|line| !line.is_empty()).map_or("", |line| indent_of(line, 0));
    lines.iter().map(|line| line.strip_prefix(indent).unwrap_or_else(|| line.trim_start()).to_owned()).collect()
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
