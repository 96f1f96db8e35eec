//! The second shared primitive: one entry a line. Block YAML, TOML tables, INI sections, `.env`.

use super::delimited::Slot;
use super::style::Context;
use super::{Format, Node};
use crate::text::{Edit, Span, indent_of, line_end, line_start, next_line, rest_of_line};

/// The place at the end of the line that holds `next`, behind `indent`.
pub(super) fn slot(format: &dyn Format, text: &str, next: usize, indent: &str) -> Slot {
    let context = Context::at(format, text, next, indent.to_owned());
    let starts_line = next == 0 || text.as_bytes()[next - 1] == b'\n';
    let (offset, prefix, suffix) = if starts_line {
        (next, indent.to_owned(), context.eol.to_owned())
    } else {
        (line_end(text, next), format!("{}{indent}", context.eol), String::new())
    };
    Slot { offset, prefix, suffix, joined: None, context }
}

/// The place before the entry `next`, above the comments that belong to it.
pub(super) fn slot_before(format: &dyn Format, text: &str, next: &Node, indent: &str) -> Slot {
    let context = Context::at(format, text, next.entry.start, indent.to_owned());
    let own_line = text[line_start(text, next.entry.start)..next.entry.start].trim().is_empty();
    let (offset, prefix, suffix) = if own_line {
        (comments_above(format, text, next.entry.start), indent.to_owned(), context.eol.to_owned())
    } else {
        // The entry shares its line with what holds it, as the first key behind `- `.
        (next.entry.start, String::new(), format!("{}{indent}", context.eol))
    };
    Slot { offset, prefix, suffix, joined: None, context }
}

/// The edits that remove the entry at `index` with its own comments, and with the lines around it that `more` reaches to.
pub(super) fn removal(format: &dyn Format, text: &str, node: &Node, index: usize, more: Option<Span>) -> Vec<Edit> {
    let entry = node.children[index].entry;
    let lead = &text[line_start(text, entry.start)..entry.start];
    if !lead.trim().is_empty() {
        // The entry shares its line with what holds it, as the first key behind `- `.
        if let Some(next) = node.children.get(index + 1) {
            return vec![Edit::delete(Span::new(entry.start, next.entry.start))];
        }
    }
    let above = comments_above(format, text, entry.start);
    let (start, end) = more.map_or((above, entry.end), |more| (above.min(more.start), entry.end.max(more.end)));
    let lines = whole_lines(text, start, end);
    let previous = node.children[..index].last().map_or(0, |previous| previous.entry.end);
    vec![Edit::delete(with_blank_line(text, lines, previous))]
}

/// Widens whole lines by the blank line that would stand double, or last, without them. Blank lines before
/// `previous` belong to the value that ends there.
pub(super) fn with_blank_line(text: &str, lines: Span, previous: usize) -> Span {
    let kept = text[..lines.start].trim_end().len().max(previous.min(lines.start));
    if lines.end == text.len() && kept > 0 {
        let start = match (text.ends_with('\n'), text[..kept].ends_with('\n')) {
            (true, true) => kept,
            (true, false) => next_line(text, kept),
            (false, _) => line_end(text, kept),
        };
        return Span::new(start.min(lines.start), lines.end);
    }
    let blank_above = lines.start == 0 || text[kept..lines.start].matches('\n').count() > 1;
    let blank_below = lines.end < text.len() && rest_of_line(text, lines.end).trim().is_empty();
    if blank_above && blank_below { Span::new(lines.start, next_line(text, lines.end)) } else { lines }
}

/// Whether nothing but a comment shares the lines of `entry`.
pub(super) fn is_alone(format: &dyn Format, text: &str, entry: Span) -> bool {
    let rest = rest_of_line(text, entry.end);
    let behind = entry.end + rest.len() - rest.trim_start().len();
    let ends = behind == line_end(text, entry.end) || format.comment_end(text, behind).is_some();
    text[line_start(text, entry.start)..entry.start].trim().is_empty() && ends
}

/// Whether the lines of `entry` are the whole of an indented block: the code around them stands further left.
pub(super) fn fills_block(format: &dyn Format, text: &str, entry: Span) -> bool {
    let own = indent_of(text, entry.start).len();
    let further_left = |line: &str| line.len() - line.trim_start().len() < own;
    let is_code = |line: &&str| {
        let content = line.trim_start();
        !content.is_empty() && format.comment_end(content, 0).is_none()
    };
    let above = text[..line_start(text, entry.start)].lines().rev().find(is_code);
    let below = text[next_line(text, entry.end)..].lines().find(is_code);
    own > 0 && above.is_some_and(further_left) && below.is_none_or(further_left)
}

/// `span` without the line end that a block scalar has as its last byte.
pub(super) fn without_last_line_end(text: &str, span: Span) -> Span {
    let source = span.of(text);
    let source = source.strip_suffix('\n').map_or(source, |source| source.strip_suffix('\r').unwrap_or(source));
    Span::new(span.start, span.start + source.len())
}

/// From the line of `start` to the end of the line of `end`, with one of the two line ends around it.
pub(super) fn whole_lines(text: &str, start: usize, end: usize) -> Span {
    let start = line_start(text, start);
    // A value with its own final line end (a block scalar) has no rest of a line to take.
    let ends_line = end > start && text.as_bytes().get(end - 1) == Some(&b'\n');
    let stop = if ends_line { end } else { next_line(text, end) };
    let unfinished = stop == text.len() && !text.ends_with('\n');
    if unfinished && start > 0 {
        return Span::new(line_end(text, line_start(text, start - 1)), stop);
    }
    Span::new(start, stop)
}

/// The start of the comment lines directly above the line of `offset`: same indent, no blank line between.
pub(super) fn comments_above(format: &dyn Format, text: &str, offset: usize) -> usize {
    let mut start = line_start(text, offset);
    let indent = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
    while start > 0 {
        let above = line_start(text, start - 1);
        let line = &text[above..line_end(text, above)];
        let content = line.trim_start_matches([' ', '\t']);
        let at = above + line.len() - content.len();
        let comment = format.comment_end(text, at).is_some_and(|end| end == line_end(text, above));
        if content.is_empty() || line.len() - content.len() != indent || !comment {
            break;
        }
        start = above;
    }
    start
}
