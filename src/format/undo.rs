//! Taking one recorded edit back: found by place, compared with what was written, nothing else touched.

use super::delimited;
use super::style::skip_trivia;
use super::{Alteration, Body, Document, Fault, Format, Layout, Made, Node, Op, find_all, lines, read};
use crate::text::{Edit, Edits, Span, line_end, rest_of_line};
use crate::value::{Key, KeyPath, Place, url};

/// What one primitive edit replaced and wrote: enough to take it back, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    pub place: Place,
    pub op: Op,
    /// The keys of the earlier siblings, nearest first; for quotes, the characters that asked for them, and the blanks
    /// and hashes that the bare value held.
    pub after: Vec<String>,
    /// The exact bytes that were replaced.
    pub was: String,
    /// The exact bytes that were written.
    pub now: String,
    /// The separator added to the entry before.
    pub joined: String,
}

impl Trace {
    /// The trace of `made`, an edit of `text`.
    pub fn of(made: &Made, text: &str) -> Self {
        Self {
            place: made.place.clone(),
            op: made.op,
            after: made.after.clone(),
            was: made.main.span.of(text).to_owned(),
            now: made.main.text.clone(),
            joined: made.joined.as_ref().map(|edit| edit.text.clone()).unwrap_or_default(),
        }
    }
}

/// How taking one edit back ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    Edits(Edits),
    /// The text is as it was before the edit.
    Already,
    /// It stays, since later edits live in what was written; the text says why.
    Kept(&'static str),
    /// A later edit changed the same setting.
    Conflict {
        current: String,
        span: Option<Span>,
    },
}

/// Takes `traces` of one file back, the innermost and last first, and says how each ended, in their order.
/// The text is as it was before them where every outcome is `Edits`, `Already` or `Kept`.
///
/// # Errors
/// When `text` does not parse.
pub fn undo_all(format: &dyn Format, text: &str, traces: &[Trace]) -> Result<(String, Vec<Undone>), Fault> {
    let mut document = read(format, text)?;
    let mut order: Vec<usize> = (0..traces.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse((rank(format, text, &document, &traces[*index]), *index)));
    let mut current = text.to_owned();
    let mut outcomes = vec![Undone::Already; traces.len()];
    for index in order {
        let outcome = undo(format, &current, &document, &traces[index]);
        if let Undone::Edits(edits) = &outcome {
            current = edits.apply(&current);
            document = read(format, &current)?;
        }
        outcomes[index] = outcome;
    }
    Ok((current, outcomes))
}

/// Larger is taken back earlier: what lies further down and deeper; imports last, when nothing uses them.
fn rank(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> (bool, usize, usize) {
    let import = format.imported_name(&trace.place.path).is_some();
    let depth = trace.place.path.keys.len() * 2 + usize::from(trace.place.parameter.is_some());
    let Some((_, node)) = candidates(format, document, &trace.place.path).into_iter().next() else {
        return (!import, 0, depth);
    };
    let parameter = trace.place.parameter.as_ref().and_then(|name| match &node.body {
        Body::Scalar { content: Some(content), .. } => {
            let known = url::parameters(content.of(text));
            known.into_iter().find(|known| known.name == *name).map(|known| content.start + known.entry.start)
        }
        _ => None,
    });
    (!import, parameter.unwrap_or(node.entry.start), depth)
}

/// The edits that take `trace` back in `text`.
pub fn undo(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Undone {
    let candidates = candidates(format, document, &trace.place.path);
    let attempts: Vec<Undone> =
        candidates.iter().map(|(path, node)| attempt(format, text, document, path, node, trace)).collect();
    let done: Vec<&Undone> = attempts.iter().filter(|attempt| matches!(attempt, Undone::Edits(_))).collect();
    let named = candidates.iter().position(|(path, _)| *path == trace.place.path);
    let twins = candidates.iter().filter(|(path, _)| *path == trace.place.path).count();
    match (done.as_slice(), named) {
        ([_, _, ..], _) if twins > 1 => {
            Undone::Conflict { current: "there twice".to_owned(), span: candidates.last().map(|(_, node)| node.entry) }
        }
        ([only], _) => (*only).clone(),
        // Several equal sites: the one the record names, while it is still the one.
        (_, Some(named)) => attempts[named].clone(),
        ([], None) => attempts.into_iter().next().unwrap_or_else(|| missing(trace)),
        (_, None) => Undone::Conflict { current: "more than one place it could be".to_owned(), span: None },
    }
}

fn missing(trace: &Trace) -> Undone {
    match trace.op {
        // What was inserted is gone, and with it all there was to take back.
        Op::Insert | Op::Quote | Op::Comment => Undone::Already,
        Op::Keep => Undone::Kept("it was right before"),
        Op::Replace | Op::Remove | Op::Rename => Undone::Conflict { current: "(gone)".to_owned(), span: None },
    }
}

/// The nodes a recorded path can mean. A site counts its equals, and people add and remove some.
fn candidates<'d>(format: &dyn Format, document: &'d Document, path: &KeyPath) -> Vec<(KeyPath, &'d Node)> {
    let mut loose = path.clone();
    if let Some(first @ Key::Site(..)) = loose.keys.first_mut() {
        *first = Key::Name(first.name().unwrap_or("").to_owned());
    }
    let Some(Key::Index(_)) = loose.last() else { return find_all(format, document, &loose) };
    // List elements move when others come and go before them.
    let lists = find_all(format, document, &loose.parent().unwrap_or_default());
    let elements = |(path, list): (KeyPath, &'d Node)| {
        list.children.iter().enumerate().map(move |(index, node)| (path.join(index as isize), node)).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(elements).collect()
}

fn attempt(format: &dyn Format, text: &str, document: &Document, path: &KeyPath, node: &Node, trace: &Trace) -> Undone {
    match trace.op {
        Op::Keep => Undone::Kept("it was right before"),
        Op::Quote => unquote(text, node, trace),
        Op::Comment => undo_comment(format, text, node, trace),
        _ if trace.place.parameter.is_some() => undo_parameter(text, node, trace),
        Op::Insert => undo_insert(format, text, document, path, node, trace),
        Op::Replace => undo_replace(text, node, trace),
        Op::Remove | Op::Rename => Undone::Conflict { current: node.value.of(text).to_owned(), span: Some(node.value) },
    }
}

fn conflict(text: &str, span: Span) -> Undone {
    Undone::Conflict { current: span.of(text).to_owned(), span: Some(span) }
}

fn undo_replace(text: &str, node: &Node, trace: &Trace) -> Undone {
    // Where a block scalar stood, its last line end was written too.
    let bare = trace.now.trim_end_matches(['\r', '\n']).len();
    let end = node.value.end + if node.value.of(text).ends_with('\n') { 0 } else { trace.now.len() - bare };
    // A sign without a value may have blanks behind it.
    let sign = if node.value.is_empty() { text[..node.value.end].trim_end_matches([' ', '\t']).len() } else { end };
    let written = [end, sign].into_iter().find_map(|end| {
        let span = Span::new(end.checked_sub(trace.now.len())?, end);
        (text.get(span.start..end)? == trace.now && span.start <= node.value.start).then_some(span)
    });
    if let Some(span) = written {
        return Undone::Edits(Edit::replace(span, trace.was.clone()).into());
    }
    let current = node.value.of(text);
    if current == trace.was {
        return Undone::Already;
    }
    if let Some(span) = exact(text, node.value, &trace.now).filter(|_| !current.is_empty()) {
        return Undone::Edits(Edit::replace(span, trace.was.clone()).into());
    }
    if normal(current) == normal(&trace.now) {
        return Undone::Edits(Edit::replace(node.value, trace.was.clone()).into());
    }
    conflict(text, node.value)
}

fn undo_comment(format: &dyn Format, text: &str, node: &Node, trace: &Trace) -> Undone {
    let above = lines::comments_above(format, text, node.entry.start);
    let region = &text[above..crate::text::line_start(text, node.entry.start)];
    let own = region.split_inclusive('\n').scan(above, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let mut same = own.filter(|(_, line)| line.trim() == trace.now.trim());
    match same.next() {
        Some((start, line)) => Undone::Edits(Edit::delete(Span::new(start, start + line.len())).into()),
        None => Undone::Already,
    }
}

fn undo_insert(
    format: &dyn Format,
    text: &str,
    document: &Document,
    path: &KeyPath,
    node: &Node,
    trace: &Trace,
) -> Undone {
    if format.imported_name(path).is_some() && uses(document, text, node.value.of(text)) > 1 {
        return Undone::Kept("the import is used by later code");
    }
    let entry = node.entry.of(text);
    let parent = path.parent().and_then(|parent| super::find(format, document, &parent));
    let index = parent.and_then(|parent| parent.children.iter().position(|child| child.entry == node.entry));
    if let Some(span) = exact(text, node.entry, &trace.now) {
        return Undone::Edits(without(format, text, span, node, parent.zip(index), trace));
    }
    // An empty map was written, and holds what came later; a map that was written whole is one setting.
    let later = |child: &Node| child.key.as_ref().is_none_or(|key| !trace.now.contains(&key.text));
    if !node.children.is_empty() && node.layout().is_some() && node.children.iter().all(later) {
        return Undone::Kept("later edits were put into it");
    }
    if format.imported_name(path).is_some() {
        return undo_extended_import(format, text, document, path, node);
    }
    let lead = trace.now.find(|c: char| !c.is_whitespace() && c != ',').unwrap_or(0);
    let written = trace.now[lead..].trim_end_matches(|c: char| c.is_whitespace() || c == ',');
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

/// The stretch of `text` around `part` that is `now` to the byte.
fn exact(text: &str, part: Span, now: &str) -> Option<Span> {
    now.match_indices(part.of(text)).find_map(|(offset, _)| {
        let start = part.start.checked_sub(offset)?;
        (text.get(start..start + now.len()) == Some(now)).then(|| Span::new(start, start + now.len()))
    })
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

fn undo_parameter(text: &str, node: &Node, trace: &Trace) -> Undone {
    let (Body::Scalar { content: Some(content), .. }, Some(name)) = (&node.body, &trace.place.parameter) else {
        return conflict(text, node.value);
    };
    let url = content.of(text);
    let found = url::parameters(url).into_iter().rev().find(|parameter| parameter.name == *name);
    let shifted = |span: Span| Span::new(content.start + span.start, content.start + span.end);
    match (trace.op, found) {
        (Op::Insert, None) => Undone::Already,
        (Op::Insert, Some(parameter)) => {
            let start = (content.start + parameter.entry.end).saturating_sub(trace.now.len());
            let span = Span::new(start, content.start + parameter.entry.end);
            if trace.now.starts_with('=') && parameter.entry.of(url).ends_with(&trace.now) {
                // It stood there without a value.
                return Undone::Edits(Edit::delete(span).into());
            }
            let written = trace.now.trim_start_matches(['?', '&']);
            if parameter.entry.of(url) != written {
                return conflict(text, shifted(parameter.value));
            }
            let last = parameter.entry.end == url::fragment_start(url);
            if text.get(span.start..span.end) == Some(trace.now.as_str()) && (last || trace.now.starts_with('&')) {
                return Undone::Edits(Edit::delete(span).into());
            }
            match url::remove_parameter(url, name) {
                Some(edit) => Undone::Edits(Edit::delete(shifted(edit.span)).into()),
                None => Undone::Already,
            }
        }
        (Op::Replace, Some(parameter)) => {
            let current = parameter.value.of(url);
            if current == trace.now {
                Undone::Edits(Edit::replace(shifted(parameter.value), trace.was.clone()).into())
            } else if current == trace.was {
                Undone::Already
            } else {
                conflict(text, shifted(parameter.value))
            }
        }
        (Op::Remove, None) => undo_removed_parameter(text, *content, trace),
        (Op::Remove, Some(_)) => Undone::Already,
        _ => conflict(text, node.value),
    }
}

/// Puts a removed parameter back behind the one that stood before it.
fn undo_removed_parameter(text: &str, content: Span, trace: &Trace) -> Undone {
    let url = content.of(text);
    let known = url::parameters(url);
    let before = trace.after.iter().find_map(|name| known.iter().find(|parameter| parameter.name == *name));
    let was = &trace.was;
    let bare = was.trim_matches(['?', '&']);
    let (at, text) = match (before, known.first(), url::query(url)) {
        (Some(parameter), ..) => (parameter.entry.end, was.clone()),
        // It was the first, and is again.
        (None, Some(first), _) if was.ends_with('&') => (first.entry.start, was.clone()),
        (None, Some(first), _) => (first.entry.start, format!("{bare}&")),
        (None, None, Some(query)) => (query.start, bare.to_owned()),
        (None, None, None) if was.starts_with('?') => (url::fragment_start(url), was.clone()),
        (None, None, None) => (url::fragment_start(url), format!("?{bare}")),
    };
    Undone::Edits(Edit::insert(content.start + at, text).into())
}

fn unquote(text: &str, node: &Node, trace: &Trace) -> Undone {
    let source = node.value.of(text);
    let quote = trace.now.as_str();
    let Some(inner) = source.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else {
        return Undone::Already;
    };
    // What the quotes were put there for may have come again since, or what no bare value should hold.
    let [gained, held] = [0, 1].map(|index| trace.after.get(index).map_or("", String::as_str));
    let asks = |c: char| gained.contains(c) || (c.is_whitespace() || c == '#') && !held.contains(c);
    if inner.contains(asks) {
        return Undone::Kept("the value needs its quotes");
    }
    let opening = Edit::delete(Span::new(node.value.start, node.value.start + quote.len()));
    let closing = Edit::delete(Span::new(node.value.end - quote.len(), node.value.end));
    Edits::new(vec![opening, closing]).map_or_else(|_| conflict(text, node.value), Undone::Edits)
}

/// How often `name` is a token of the file.
fn uses(document: &Document, text: &str, name: &str) -> usize {
    document.tokens.iter().filter(|token| token.of(text) == name).count()
}

/// `source` without what may change and mean the same: white space, semicolons, the kind of quotes.
fn normal(source: &str) -> String {
    let plain = source.replace('\'', "\"").replace(';', "").replace(",}", "}");
    plain.split_whitespace().collect()
}
