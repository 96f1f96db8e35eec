//! The second shared primitive: one entry a line. Block YAML, TOML tables, INI sections, `.env`.

use super::delimited::Slot;
use super::style::Context;
use super::{Format, Node};
use crate::text::{Edit, Span, line_end, line_start, next_line};

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

/// The edits that remove the entry at `index` with its own comments.
pub(super) fn removal(format: &dyn Format, text: &str, node: &Node, index: usize) -> Vec<Edit> {
    let entry = node.children[index].entry;
    let lead = &text[line_start(text, entry.start)..entry.start];
    if !lead.trim().is_empty() {
        // The entry shares its line with what holds it, as the first key behind `- `.
        if let Some(next) = node.children.get(index + 1) {
            return vec![Edit::delete(Span::new(entry.start, next.entry.start))];
        }
    }
    vec![Edit::delete(whole_lines(text, comments_above(format, text, entry.start), entry.end))]
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
