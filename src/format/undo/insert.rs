//! Taking an insertion back: the entry goes, with the separators that only it needed.

use super::removal::is_separator;
use super::{Trace, Undone, conflict, exact, normal};
use crate::format::code::uses;
use crate::format::style::skip_trivia;
use crate::format::{Alteration, Document, Format, Layout, Node, delimited, find, find_all, lines};
use crate::text::{Edit, Edits, Span, line_end, line_start, rest_of_line};
use crate::value::KeyPath;

pub(super) fn undo(
    format: &dyn Format,
    text: &str,
    document: &Document,
    path: &KeyPath,
    node: &Node,
    trace: &Trace,
) -> Undone {
    if format.imported_name(path).is_some() && uses(text, document, node.value.of(text)) > 1 {
        return Undone::Kept("the import is used by later code");
    }
    let entry = node.entry.of(text);
    let parent = path.parent().and_then(|parent| find(format, document, &parent));
    let index = parent.and_then(|parent| parent.children.iter().position(|child| child.entry == node.entry));
    if let Some(span) = exact(text, node.entry, &trace.now) {
        let span = with_indent(text, span, &trace.now);
        return Undone::Edits(without(format, text, span, node, parent.zip(index), trace));
    }
    // What opened for the entry closes when it goes, however its lines are indented by now.
    if let Some(span) = but_for_blanks(text, node.entry, &trace.now).filter(|_| !trace.was.is_empty()) {
        return Undone::Edits(Edit::replace(span, trace.was.clone()).into());
    }
    // An empty map was written, and holds what came later; a map that was written whole is one setting.
    let later = |child: &Node| child.key.as_ref().is_none_or(|key| !trace.now.contains(&key.text));
    if !node.children.is_empty() && node.layout().is_some() && node.children.iter().all(later) {
        return Undone::Kept("later edits were put into it");
    }
    if format.imported_name(path).is_some() {
        return undo_extended_import(format, text, document, path, node);
    }
    // An item of a list in a text has other signs beside it than a comma.
    let around = |c: char| c.is_whitespace() || c == ',' || node.key.is_none() && is_separator(c);
    let written = trace.now.trim_matches(around);
    match (parent.zip(index), normal(entry) == normal(written)) {
        (Some((parent, index)), true) => {
            let own = format.alter(text, parent, index, &Alteration::Remove).ok().flatten();
            let edits = match parent.layout() {
                _ if own.is_some() => own.unwrap_or_default(),
                Some(Layout::Delimited { .. }) => delimited::removal(format, text, parent, index),
                _ => vec![Edit::delete(lines::whole_lines(text, node.entry.start, node.entry.end))],
            };
            Edits::new(edits).map_or_else(|_| conflict(text, node.entry), Undone::Edits)
        }
        (None, true) => Undone::Edits(Edit::delete(lines::whole_lines(text, node.entry.start, node.entry.end)).into()),
        (_, false) => conflict(text, if node.value.is_empty() { node.entry } else { node.value }),
    }
}

/// The stretch of `text` around `part` that is `now` but for white space.
fn but_for_blanks(text: &str, part: Span, now: &str) -> Option<Span> {
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let (now, own) = (squeezed(now), squeezed(part.of(text)));
    let at = now.find(&own)?;
    let Span { mut start, mut end } = part;
    for c in now[..at].chars().rev() {
        start = text[..start].trim_end().strip_suffix(c)?.len();
    }
    for c in now[at + own.len()..].chars() {
        end = text.len() - text[end..].trim_start().strip_prefix(c)?.len();
    }
    Some(Span::new(start, end))
}

/// `span`, which reads as `now`, with the rest of the indentation that the line of the entry or the one behind it has got since.
fn with_indent(text: &str, span: Span, now: &str) -> Span {
    let is_blank = |c: char| matches!(c, ' ' | '\t');
    let start = line_start(text, span.start);
    let is_line = now.ends_with('\n') && now.starts_with(is_blank) && text[start..span.start].chars().all(is_blank);
    let tail = now.rsplit_once('\n').map_or("", |(_, tail)| tail);
    let is_next = !tail.is_empty() && tail.chars().all(is_blank);
    let end = if is_next { skip_blanks(text, span.end) } else { span.end };
    Span::new(if is_line { start } else { span.start }, end)
}

/// People added other names to our import: only our own goes.
fn undo_extended_import(format: &dyn Format, text: &str, document: &Document, path: &KeyPath, node: &Node) -> Undone {
    let statements = path.parent().map(|parent| find_all(format, document, &parent)).unwrap_or_default();
    let around = statements.into_iter().find(|(_, statement)| statement.entry.contains(node.entry));
    let index = around.as_ref().and_then(|(_, statement)| {
        statement.children.iter().position(|child| child.entry == node.entry).filter(|_| statement.children.len() > 1)
    });
    match (around, index) {
        (Some((_, statement)), Some(index)) => {
            let edits = delimited::removal(format, text, statement, index);
            Edits::new(edits).map_or_else(|_| conflict(text, node.entry), Undone::Edits)
        }
        _ => conflict(text, node.entry),
    }
}

/// Deletes the inserted bytes, and the separators that only they needed.
fn without(
    format: &dyn Format,
    text: &str,
    span: Span,
    node: &Node,
    within: Option<(&Node, usize)>,
    trace: &Trace,
) -> Edits {
    if !trace.was.is_empty() {
        return Edit::replace(span, trace.was.clone()).into();
    }
    let mut edits = vec![Edit::delete(span)];
    let after = skip_trivia(format, text, span.end);
    let separated = trace.now.trim_end().ends_with(',') || trace.now.trim_start().starts_with(',');
    let comma_behind = text.as_bytes().get(after) == Some(&b',');
    match within {
        Some((parent, index)) if matches!(parent.layout(), Some(Layout::Delimited { .. })) => {
            let next = parent.children.get(index + 1);
            if comma_behind && !separated {
                // An entry that came later follows; it needs no comma before it any more.
                let gap = match next {
                    Some(next) if index == 0 && !text[after..next.entry.start].contains('\n') => next.entry.start,
                    _ => after + 1,
                };
                edits[0].span.end = gap;
            } else if next.is_none() && !trace.joined.is_empty() {
                let previous = index.checked_sub(1).map(|index| parent.children[index].entry.end);
                edits.extend(previous.and_then(|end| joined_at(format, text, end, span.start, &trace.joined)));
            }
        }
        _ if trace.joined.is_empty() => {}
        _ => edits.extend(joined_at(
            format,
            text,
            text[..span.start].trim_end().len().saturating_sub(trace.joined.len()),
            span.start,
            &trace.joined,
        )),
    }
    let first_line = trace.now.starts_with(['\n', '\r']);
    if first_line
        && format.comment_end(text, skip_blanks(text, span.end)).is_some()
        && !rest_of_line(text, span.end).trim().is_empty()
    {
        // A comment was put behind the entry since; it stays, on the line that is left.
        edits[0].span = Span::new(node.entry.start, skip_blanks(text, span.end));
    }
    Edits::new(edits).unwrap_or_else(|_| Edit::delete(span).into())
}

fn skip_blanks(text: &str, offset: usize) -> usize {
    let rest = &text[offset..line_end(text, offset)];
    offset + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

fn joined_at(format: &dyn Format, text: &str, from: usize, before: usize, joined: &str) -> Option<Edit> {
    let at = skip_trivia(format, text, from);
    (at < before && text[at..].starts_with(joined)).then(|| Edit::delete(Span::new(at, at + joined.len())))
}
