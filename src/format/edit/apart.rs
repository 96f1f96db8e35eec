//! The comments that stand alone inside a table: between its entries, behind the last of them, or where there are none.

use crate::format::style::skip_trivia;
use crate::format::{Body, Format, Layout, Node, lines};
use crate::text::{Span, indent_of, line_end, line_start, next_line, rest_of_line};

/// The lines before the entry `child` of `parent`, above the comments that belong to it, where they hold others.
pub(super) fn before(format: &dyn Format, text: &str, parent: &Node, child: &Node) -> Span {
    let start = line_start(text, child.entry.start);
    let none = Span::at(start);
    if !text[start..child.entry.start].trim().is_empty() {
        return none;
    }
    let previous = parent.children.iter().rev().find(|other| other.entry.end <= start && !other.entry.is_empty());
    let floor = match (previous, parent.layout()) {
        (Some(previous), _) => end(format, text, previous),
        (None, Some(Layout::Delimited { open, .. })) => behind_line(text, *open),
        (None, Some(Layout::Lines { .. } | Layout::Own)) => match &parent.key {
            Some(key) if key.span.end <= start => behind_line(text, key.span.end),
            _ => return none,
        },
        (None, _) => return none,
    };
    // What stands behind the entries of the table itself goes with those.
    let own = after(format, text, parent);
    let floor = if own.end <= start { floor.max(own.end) } else { floor };
    let above = lines::comments_above(format, text, child.entry.start);
    if floor >= above {
        return none;
    }
    let is_between = skip_trivia(format, text, floor) >= child.entry.start;
    let from = if is_between { floor } else { trivia_above(format, text, above).max(floor) };
    if text[from..above].trim().is_empty() { none } else { Span::new(from, above) }
}

/// The lines behind the last entry of `node` that hold comments which are still in it.
pub(super) fn after(format: &dyn Format, text: &str, node: &Node) -> Span {
    let last = node.inside().rfind(|child| child.entry.end <= node.entry.end && !child.entry.is_empty());
    match &node.body {
        Body::Map(layout) | Body::List(layout) => match layout {
            Layout::Delimited { open, close } => {
                let from = last.map_or_else(|| behind_line(text, *open), |last| end(format, text, last));
                between(format, text, from, *close)
            }
            Layout::Lines { next, .. } if node.entry.end > line_end(text, *next) && is_closed(text, node) => {
                let from = last.map_or_else(|| behind_line(text, *next), |last| end(format, text, last));
                between(format, text, from, line_start(text, node.entry.end))
            }
            Layout::Lines { next, indent } => {
                let from = last.map_or_else(|| behind_line(text, *next), |last| end(format, text, last));
                below(format, text, from, indent.len(), indent_of(text, node.entry.start).len())
            }
            Layout::Own if is_closed(text, node) => {
                let open = node.key.as_ref().map_or(node.entry.start, |key| key.span.end);
                let from = last.map_or_else(|| behind_line(text, open), |last| end(format, text, last));
                between(format, text, from, line_start(text, node.entry.end))
            }
            Layout::Implied | Layout::Own => Span::at(node.entry.end),
        },
        Body::Empty(_) => {
            let outer = indent_of(text, node.entry.start).len();
            below(format, text, behind_line(text, node.entry.end), outer + 1, outer)
        }
        _ => Span::at(node.entry.end),
    }
}

/// Whether all comments of `node`, which stands in `text`, lie in one of `known`.
pub(super) fn all_known(format: &dyn Format, text: &str, node: &Node, known: &[Span]) -> Result<(), Span> {
    let is_known = |comment: &Span| known.iter().any(|known| known.contains(*comment));
    comments(format, text, node).into_iter().find(|comment| !is_known(comment)).map_or(Ok(()), Err)
}

/// The comments in `node`.
pub(super) fn comments(format: &dyn Format, text: &str, node: &Node) -> Vec<Span> {
    let mut found = Vec::new();
    let mut leaves = Vec::new();
    leaves_of(node, node.entry, &mut leaves);
    leaves.sort_by_key(|span| (span.start, span.end));
    let mut at = node.entry.start;
    let mut leaves = leaves.into_iter().peekable();
    while at < node.entry.end {
        while leaves.peek().is_some_and(|leaf| leaf.end <= at) {
            leaves.next();
        }
        if let Some(leaf) = leaves.next_if(|leaf| leaf.start <= at) {
            at = leaf.end;
        } else if let Some(end) = format.comment_end(text, at).filter(|end| *end > at) {
            found.push(Span::new(at, end));
            at = end;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// What holds no comment of its own: the names and the plain values of `node` and of all in it.
fn leaves_of(node: &Node, within: Span, leaves: &mut Vec<Span>) {
    let written = |span: &Span| !span.is_empty() && within.contains(*span);
    leaves.extend(node.key.as_ref().map(|key| key.span).filter(written));
    if node.children.is_empty() && !matches!(node.body, Body::Map(_) | Body::List(_)) {
        leaves.extend(Some(node.value).filter(written));
    }
    node.children.iter().for_each(|child| leaves_of(child, within, leaves));
}

/// The line behind `node` and behind the comments that are still in it.
fn end(format: &dyn Format, text: &str, node: &Node) -> usize {
    let after = after(format, text, node);
    if after.is_empty() { behind_line(text, node.entry.end) } else { after.end.max(behind_line(text, node.entry.end)) }
}

/// Whether a sign of its own ends `node`, behind all that is in it.
fn is_closed(text: &str, node: &Node) -> bool {
    text[..node.entry.end].ends_with(['}', '>'])
}

fn behind_line(text: &str, end: usize) -> usize {
    if end > 0 && text.as_bytes()[end - 1] == b'\n' { end } else { next_line(text, end) }
}

/// The lines from `from` to the one that holds `close`, where they are comments.
fn between(format: &dyn Format, text: &str, from: usize, close: usize) -> Span {
    let to = line_start(text, close);
    let is_comment = from < to && !text[from..to].trim().is_empty() && skip_trivia(format, text, from) >= to;
    if is_comment { Span::new(from, to) } else { Span::at(close) }
}

/// The comments on the lines from `from` on that stand `indent` columns in or more. A blank line ends them, unless what
/// comes behind it stands further in than `outer`.
fn below(format: &dyn Format, text: &str, from: usize, indent: usize, outer: usize) -> Span {
    let (mut at, mut to, mut apart) = (from, from, false);
    while at < text.len() {
        let line = &text[at..line_end(text, at)];
        let own = line.len() - line.trim_start_matches([' ', '\t']).len();
        if line.trim().is_empty() {
            apart = true;
        } else if own >= indent && (!apart || own > outer) && is_comment_line(format, text, at) {
            to = next_line(text, at);
        } else {
            break;
        }
        at = next_line(text, at);
    }
    // Those directly above what follows belong to that.
    let follows = to < text.len() && !rest_of_line(text, to).trim().is_empty();
    if follows {
        to = to.min(lines::comments_above(format, text, to)).max(from);
    }
    if text[from..to].trim().is_empty() { Span::at(from) } else { Span::new(from, to) }
}

fn is_comment_line(format: &dyn Format, text: &str, start: usize) -> bool {
    let line = &text[start..line_end(text, start)];
    let at = start + line.len() - line.trim_start_matches([' ', '\t']).len();
    format
        .comment_end(text, at)
        .is_some_and(|end| text[end.min(start + line.len())..start + line.len()].trim().is_empty())
}

/// The first of the lines above `offset` that are blank or a comment.
fn trivia_above(format: &dyn Format, text: &str, offset: usize) -> usize {
    let mut start = offset;
    while start > 0 {
        let above = line_start(text, start - 1);
        let is_blank = text[above..start].trim().is_empty();
        if !is_blank && !is_comment_line(format, text, above) {
            break;
        }
        start = above;
    }
    start
}
