//! The first shared primitive: a container between brackets, its entries separated by commas.
//! JSON, YAML flow collections, TOML arrays and inline tables, Python and JavaScript literals.

use super::style::{Context, skip_trivia};
use super::{Format, Layout, Node};
use crate::text::{Edit, Span, indent_of, line_end, line_start, next_line};

/// Where a new entry goes and what stands around it.
pub(super) struct Slot {
    pub offset: usize,
    pub prefix: String,
    pub suffix: String,
    /// The comma the entry before is given.
    pub joined: Option<Edit>,
    pub context: Context,
}

/// The place behind the last entry of `node`, whose brackets are at `open` and `close`.
pub(super) fn slot(format: &dyn Format, text: &str, node: &Node, open: usize, close: usize) -> Slot {
    match node.inside().next_back() {
        Some(last) => behind(format, text, node, last, open, close),
        None => {
            let slot = inside_empty(format, text, open, close);
            let is_closed = slot.suffix.starts_with(',');
            // One element alone is a tuple by its comma.
            if is_tuple(text, node) && !is_closed { Slot { suffix: format!(",{}", slot.suffix), ..slot } } else { slot }
        }
    }
}

fn is_tuple(text: &str, node: &Node) -> bool {
    node.is_list() && matches!(node.layout(), Some(Layout::Delimited { open, .. }) if text[..*open].ends_with('('))
}

/// The place before `next`, an entry of `node`.
pub(super) fn slot_before(format: &dyn Format, text: &str, open: usize, node: &Node, next: &Node) -> Slot {
    let previous = node.inside().rev().find(|other| other.entry.end <= next.entry.start);
    let previous_end = previous.map_or(open, |previous| previous.entry.end);
    let indent = indent_of(text, next.entry.start).to_owned();
    let mut context = Context::at(format, text, next.entry.start, indent.clone());
    context.bracketed = true;
    let lead = &text[line_start(text, next.entry.start)..next.entry.start];
    if text[previous_end..next.entry.start].contains('\n') && lead.trim().is_empty() {
        let offset = super::lines::comments_above(format, text, next.entry.start);
        let suffix = format!(",{}", context.eol);
        return Slot { offset, prefix: indent, suffix, joined: None, context };
    }
    context.one_line = true;
    let suffix = if is_tight(text, next) { "," } else { ", " }.to_owned();
    Slot { offset: next.entry.start, prefix: String::new(), suffix, joined: None, context }
}

fn inside_empty(format: &dyn Format, text: &str, open: usize, close: usize) -> Slot {
    let inner = &text[open..close];
    let outer = indent_of(text, open.saturating_sub(1)).to_owned();
    let mut context = Context::at(format, text, open, outer);
    context.bracketed = true;
    if inner.contains('\n') {
        context.indent.push_str(&context.unit);
        let around = || text.as_bytes().get(skip_trivia(format, text, close + 1)) == Some(&b',');
        context.trailing_comma = format.closes_with_comma().unwrap_or_else(around);
        let suffix = if context.trailing_comma { "," } else { "" }.to_owned();
        let prefix = format!("{}{}", context.eol, context.indent);
        // Behind the comments that stand there alone.
        let last = open + inner.trim_end().len();
        if last > open {
            indent_of(text, last).clone_into(&mut context.indent);
        }
        let prefix = if last > open { format!("{}{}", context.eol, context.indent) } else { prefix };
        return Slot { offset: line_end(text, last), prefix, suffix, joined: None, context };
    }
    context.one_line = true;
    let (prefix, suffix) = match inner {
        "" => (format.padding(), format.padding()),
        _ => (" ", ""),
    };
    Slot { offset: open, prefix: prefix.to_owned(), suffix: suffix.to_owned(), joined: None, context }
}

fn behind(format: &dyn Format, text: &str, node: &Node, last: &Node, open: usize, close: usize) -> Slot {
    let after = skip_trivia(format, text, last.entry.end);
    let comma = (after < close && text.as_bytes()[after] == b',').then_some(after);
    let previous = node.inside().rev().nth(1);
    let previous_end = previous.map_or(open, |previous| previous.entry.end);
    let lead = &text[line_start(text, last.entry.start)..last.entry.start];
    // A comment before the entry shares its line; nothing else may.
    let first = skip_trivia(format, text, line_start(text, last.entry.start)) >= last.entry.start;
    let own_line = text[previous_end..last.entry.start].contains('\n')
        && (first || lead.trim_matches([' ', '\t', ',']).is_empty());
    let mut context = Context::at(format, text, last.entry.start, indent_of(text, last.entry.start).to_owned());
    context.bracketed = true;
    context.trailing_comma = comma.is_some();
    let end = comma.map_or(last.entry.end, |comma| comma + 1);
    if !own_line {
        context.one_line = true;
        let gap = if text[previous_end..last.entry.start].starts_with(',') && previous.is_some() {
            // The space between two entries; a comment there belongs to one of them.
            let gap = &text[previous_end + 1..last.entry.start];
            if gap.trim().is_empty() { gap } else { " " }.to_owned()
        } else {
            if is_tight(text, last) { "" } else { " " }.to_owned()
        };
        let (prefix, suffix) = match comma {
            Some(_) => (gap, ","),
            None => (format!(",{gap}"), ""),
        };
        return Slot { offset: end, prefix, suffix: suffix.to_owned(), joined: None, context };
    }
    // A comma before each entry instead of behind it.
    if lead.contains(',') {
        let prefix = format!("{}{lead}", context.eol);
        return Slot {
            offset: end_of_entry_line(format, text, end, close),
            prefix,
            suffix: String::new(),
            joined: None,
            context,
        };
    }
    let joined = comma.is_none().then(|| Edit::insert(last.entry.end, ","));
    let suffix = if comma.is_some() { "," } else { "" }.to_owned();
    let prefix = format!("{}{}", context.eol, context.indent);
    Slot { offset: end_of_entry_line(format, text, end, close), prefix, suffix, joined, context }
}

/// Whether an entry is written without a space behind its colon, as `"a":1`.
fn is_tight(text: &str, entry: &Node) -> bool {
    let between = entry.key.as_ref().and_then(|key| text.get(key.span.end..entry.value.start));
    between == Some(":")
}

/// Behind the comments that share the line of the entry that ends at `end`; `end` itself where the closing
/// bracket or a comment over several lines follows.
fn end_of_entry_line(format: &dyn Format, text: &str, end: usize, close: usize) -> usize {
    let line = line_end(text, end);
    let mut at = end;
    loop {
        at += text[at..line].len() - text[at..line].trim_start_matches([' ', '\t']).len();
        if at >= line {
            return if line <= close { line } else { end };
        }
        match format.comment_end(text, at) {
            Some(stop) if stop <= line && stop > at => at = stop,
            _ => return end,
        }
    }
}

/// The edits that remove the entry at `index`: its comma, its comment, and the lines it leaves empty.
pub(super) fn removal(format: &dyn Format, text: &str, node: &Node, index: usize) -> Vec<Edit> {
    let entry = node.children[index].entry;
    let after = skip_trivia(format, text, entry.end);
    let comma = (text.as_bytes().get(after) == Some(&b',')).then_some(after);
    let next = node.inside().find(|other| other.entry.start > entry.start);
    let previous = node.inside().rev().find(|other| other.entry.end <= entry.start);
    let end = comma.map_or(entry.end, |comma| comma + 1);
    // The one element that is left of a tuple needs a comma, which makes it a tuple.
    let lone = if is_tuple(text, node) && node.children.len() == 2 { node.children.get(1 - index) } else { None };
    let own_line = text[line_start(text, entry.start)..entry.start].trim().is_empty();
    let line = end_of_entry_line(format, text, end, text.len());
    let ends_line = line == line_end(text, end);
    if own_line && ends_line {
        let start = super::lines::comments_above(format, text, entry.start);
        let lines = Span::new(start, next_line(text, line));
        let mut edits = vec![Edit::delete(closed_up(format, text, node, lines).unwrap_or(lines))];
        edits.extend(
            lone.filter(|lone| lone.entry.start > entry.start).and_then(|lone| comma_behind(format, text, lone)),
        );
        // The new last entry has no comma where the old last one had none.
        if let (None, None, None, Some(previous)) = (lone, next, comma, previous) {
            let joint = skip_trivia(format, text, previous.entry.end);
            if text.as_bytes().get(joint) == Some(&b',') {
                edits.push(Edit::delete(Span::new(joint, joint + 1)));
            }
        }
        return edits;
    }
    let ends_its_line = |next: &Node| {
        let (before, behind) = (previous.map_or(0, |previous| previous.entry.end), next.entry.start);
        comma.is_some() && text[entry.end..behind].contains('\n') && !text[before..entry.start].contains('\n')
    };
    let span = match (previous, next) {
        // The end of its line stays, with what is told behind all that stands there.
        (Some(previous), Some(next)) if ends_its_line(next) => {
            let joint = skip_trivia(format, text, previous.entry.end);
            Span::new((joint + 1).min(entry.start), end)
        }
        (_, Some(next)) => {
            let between = &text[end..next.entry.start];
            // What is told before the next one on its line is told of that one.
            let told = if between.contains('\n') { between.len() } else { between.len() - between.trim_start().len() };
            Span::new(entry.start, end + told)
        }
        (Some(previous), None) => {
            // What is told before the comma is told of the one before it.
            let joint = skip_trivia(format, text, previous.entry.end);
            let is_told = !text[previous.entry.end..joint].trim().is_empty() && text[joint..].starts_with(',');
            Span::new(if is_told { joint } else { previous.entry.end }, entry.end)
        }
        (None, None) => Span::new(entry.start, end),
    };
    let mut edits = vec![Edit::delete(span)];
    match (lone, comma) {
        (Some(lone), _) if lone.entry.start > entry.start => edits.extend(comma_behind(format, text, lone)),
        (Some(lone), None) => edits.push(Edit::insert(lone.entry.end, ",")),
        _ => {}
    }
    edits
}

/// All between the brackets of `node`, where nothing else is left with `lines`, and the closing one alone on its line would
/// not be indented deeply enough for a language of indentation.
fn closed_up(format: &dyn Format, text: &str, node: &Node, lines: Span) -> Option<Span> {
    let Some(Layout::Delimited { open, close }) = node.layout().filter(|_| !format.bullet().is_empty()) else {
        return None;
    };
    let is_empty = text.get(*open..lines.start)?.trim().is_empty() && text.get(lines.end..*close)?.trim().is_empty();
    let is_shallow = indent_of(text, *close).len() <= indent_of(text, *open).len();
    (is_empty && is_shallow).then(|| Span::new(*open, *close))
}

/// The comma to put behind `node` where it has none.
fn comma_behind(format: &dyn Format, text: &str, node: &Node) -> Option<Edit> {
    let after = skip_trivia(format, text, node.entry.end);
    (text.as_bytes().get(after) != Some(&b',')).then(|| Edit::insert(node.entry.end, ","))
}
