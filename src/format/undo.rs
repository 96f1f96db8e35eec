//! Taking one recorded edit back: found by place, compared with what was written, nothing else touched.

mod carried;
mod force;
mod insert;
mod landmark;
mod neighbour;
mod parameter;
mod part;
mod recall;
mod removal;
mod rename;
mod spot;
mod stand;
mod together;
mod turn;

pub use force::{force, written};
pub use landmark::Landmark;
pub use recall::recall;
pub use spot::Spot;
pub use stand::{Stand, stand};

use std::collections::BTreeSet;
use std::sync::Arc;

use landmark::{UNSURE, Whereabouts};
pub(super) use spot::{LineEnds, line_ends};
use together::Group;

use super::edit::end_in_line;
use super::style::skip_trivia;
use super::{Document, Fault, Format, Made, Node, Op, find_all, lines, read, substitute};
use crate::text::{Edit, Edits, Span, line_end};
use crate::value::{Key, KeyPath, Place};

/// What one primitive edit replaced and wrote: enough to take it back, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    pub place: Place,
    pub op: Op,
    /// The keys of the earlier siblings, nearest first; of a removal from a list, what they are called, with an empty text for
    /// one that nothing tells; for quotes, the characters that asked for them, and the blanks and hashes of the bare value.
    pub after: Vec<String>,
    /// Of a removal from a list: what the later siblings are called, likewise.
    pub before: Vec<String>,
    /// The exact bytes that were replaced.
    pub was: String,
    /// The exact bytes that were written.
    pub now: String,
    /// The separator added to the entry before, or what a removal left in the place of what it emptied.
    pub joined: String,
    /// Where exactly something was removed.
    pub spot: Option<Spot>,
    /// The number of the edit among those of its file, from 1, where their order can not be told from their places.
    pub turn: usize,
    /// For each step of the path that counts elements of a list or equal names, what tells the one that is meant; empty
    /// where nothing does.
    pub landmarks: Vec<Landmark>,
}

impl Trace {
    /// The trace of a change of a whole file.
    pub fn whole(op: Op, was: String, now: String, joined: String) -> Self {
        let place = KeyPath::default().into();
        let (after, before) = (Vec::new(), Vec::new());
        Self { place, op, after, before, was, now, joined, spot: None, turn: 0, landmarks: Vec::new() }
    }

    /// The trace of a setting that was right already, as `now` says.
    pub fn kept(place: Place, now: String) -> Self {
        Self { place, ..Self::whole(Op::Keep, String::new(), now, String::new()) }
    }

    /// The trace of `made`.
    pub fn of(made: &Made) -> Self {
        Self {
            place: made.place.clone(),
            op: made.op,
            after: made.after.clone(),
            before: Vec::new(),
            was: made.was.clone(),
            now: made.main.text.clone(),
            joined: made.joined.as_ref().map(|edit| edit.text.clone()).unwrap_or_default(),
            spot: made.spot.clone(),
            turn: 0,
            landmarks: Vec::new(),
        }
    }

    /// The trace with the line ends that `text` has by now: a file may be written with the other kind since.
    fn as_in(&self, text: &str) -> Self {
        let mixed = self.spot.as_ref().is_some_and(|spot| spot.mixed);
        let eol = match line_ends(text) {
            Some(LineEnds::Unix) if !mixed => "\n",
            Some(LineEnds::Windows) if !mixed => "\r\n",
            _ => return self.clone(),
        };
        let turned = |written: &str| written.replace("\r\n", "\n").replace('\n', eol);
        Self { was: turned(&self.was), now: turned(&self.now), joined: turned(&self.joined), ..self.clone() }
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

/// What stands in the place of a setting that is gone.
pub const GONE: &str = "(gone)";

/// Takes `traces` of one file back, the innermost and last first, and says how each ended, in their order.
/// The text is as it was before them where every outcome is `Edits`, `Already` or `Kept`.
///
/// # Errors
/// When `text` does not parse.
pub fn undo_all(format: &dyn Format, text: &str, traces: &[Trace]) -> Result<(String, Vec<Undone>), Fault> {
    let Reverted { text, outcomes, .. } = undo_read(format, text, &Arc::new(read(format, text)?), traces)?;
    Ok((text, outcomes))
}

/// A text from which edits were taken back.
#[derive(Clone, Debug)]
pub struct Reverted {
    pub text: String,
    /// `text` as read.
    pub document: Arc<Document>,
    /// How each of the edits ended, in their order.
    pub outcomes: Vec<Undone>,
}

/// As `undo_all`, of a text that was read already, as `document`.
///
/// # Errors
/// When the text does not read any more without one of them.
pub fn undo_read(
    format: &dyn Format,
    text: &str,
    document: &Arc<Document>,
    traces: &[Trace],
) -> Result<Reverted, Fault> {
    let mut document = Arc::clone(document);
    // Where each of them is, before the first of them goes: what tells the places apart may go with it.
    let whereabouts: Vec<Whereabouts> = traces.iter().map(|trace| trace.whereabouts(format, text, &document)).collect();
    let placed: Vec<Trace> = traces.iter().zip(&whereabouts).map(|(trace, found)| found.of(trace)).collect();
    let traces = &carried::carried(format, text, &document, &placed);
    let mut order: Vec<usize> = (0..traces.len()).collect();
    order.sort_by_cached_key(|index| std::cmp::Reverse((rank(format, text, &document, &traces[*index]), *index)));
    let mut current = text.to_owned();
    let mut outcomes = vec![Undone::Already; traces.len()];
    while !order.is_empty() {
        let file = together::File { format, text: &current, document: &document, traces, whereabouts: &whereabouts };
        let group = if order.len() > 1 { file.group(&order) } else { Group::new() };
        if let Some(without) = Some(&group).filter(|group| group.len() > 1).and_then(|group| file.without(group)) {
            (current, document) = without;
            let numbers: BTreeSet<usize> = group.iter().map(|(index, _)| *index).collect();
            order.retain(|index| !numbers.contains(index));
            group.into_iter().for_each(|(index, edits)| outcomes[index] = Undone::Edits(edits));
            continue;
        }
        for index in order.drain(..group.len().max(1)) {
            let outcome = match undo_at(format, &current, &document, &traces[index], &whereabouts[index]) {
                Undone::Already if is_done_with_another(traces, &outcomes, index) => Undone::Edits(Edits::default()),
                outcome => outcome,
            };
            if let Undone::Edits(edits) = &outcome {
                current = edits.apply(&current);
                document = Arc::new(read(format, &current)?);
            }
            outcomes[index] = outcome;
        }
    }
    Ok(Reverted { text: current, document, outcomes })
}

/// Whether the key that was renamed here got its old name back together with another part of its setting.
fn is_done_with_another(traces: &[Trace], outcomes: &[Undone], index: usize) -> bool {
    let trace = &traces[index];
    trace.op == Op::Rename
        && traces.iter().zip(outcomes).any(|(other, outcome)| {
            (other.op, &other.place, &other.now) == (trace.op, &trace.place, &trace.now)
                && matches!(outcome, Undone::Edits(_))
        })
}

/// Larger is taken back earlier: what was made later, else what lies further down and deeper; imports last, when nothing
/// uses them.
fn rank(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> (bool, usize, usize, usize) {
    let import = format.imported_name(&trace.place.path).is_some();
    let depth = trace.place.path.keys.len() * 2 + usize::from(trace.place.part.is_some());
    let Some((_, node)) = candidates(format, document, trace).into_iter().next() else {
        return (!import, trace.turn, 0, depth);
    };
    let part = trace.place.part.as_ref().and_then(|part| part::offset(text, node, trace, part));
    (!import, trace.turn, part.unwrap_or(node.entry.start), depth)
}

/// The edits that take `trace` back in `text`.
pub fn undo(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Undone {
    let found = trace.whereabouts(format, text, document);
    undo_at(format, text, document, &found.of(trace), &found)
}

/// As `undo`, of a trace whose place was looked up.
fn undo_at(format: &dyn Format, text: &str, document: &Document, trace: &Trace, found: &Whereabouts) -> Undone {
    match found {
        Whereabouts::Here(_) => {}
        Whereabouts::Gone => return missing(trace),
        Whereabouts::Unsure => return in_one_of_several(format, text, document, trace),
    }
    let trace = &trace.as_in(text);
    match trace.op {
        Op::Text => return substitute::undo(text, trace),
        Op::Remove if trace.place.part.is_none() => return removal::undo(format, text, document, trace),
        Op::Rename if trace.place.part.is_none() => return rename::undo(format, text, document, trace),
        _ => {}
    }
    let candidates = candidates(format, document, trace);
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

/// As `undo`, where any of the entries of one name could be meant: the only one in which something is to be taken back.
fn in_one_of_several(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Undone {
    let loose = Trace { landmarks: Vec::new(), ..trace.as_in(text) };
    let is_site = matches!(trace.place.path.keys.first(), Some(Key::Site(..))) && trace.landmarks.len() == 1;
    let is_found = is_site && !matches!(trace.op, Op::Remove | Op::Rename);
    let found = if is_found { candidates(format, document, &loose) } else { Vec::new() };
    let attempts = found.iter().map(|(path, node)| attempt(format, text, document, path, node, &loose));
    let done: Vec<Undone> = attempts.filter(|attempt| matches!(attempt, Undone::Edits(_))).collect();
    match <[Undone; 1]>::try_from(done) {
        Ok([only]) => only,
        Err(_) => Undone::Conflict { current: UNSURE.to_owned(), span: None },
    }
}

fn missing(trace: &Trace) -> Undone {
    match trace.op {
        // What was inserted is gone, and with it all there was to take back.
        Op::Insert | Op::Quote | Op::Comment | Op::Text => Undone::Already,
        Op::Keep => Undone::Kept("it was right before"),
        Op::Create | Op::Rewrite | Op::Delete | Op::Relocate | Op::Mode => Undone::Kept("a whole file is meant"),
        Op::Replace | Op::Remove | Op::Rename => Undone::Conflict { current: GONE.to_owned(), span: None },
    }
}

/// The nodes that the place of `trace` can mean. A site counts its equals, and people add and remove some: where nothing
/// tells which is meant, any of them may be.
fn candidates<'d>(format: &dyn Format, document: &'d Document, trace: &Trace) -> Vec<(KeyPath, &'d Node)> {
    let mut loose = trace.place.path.clone();
    if let (Some(first @ Key::Site(..)), true) = (loose.keys.first_mut(), trace.landmarks.is_empty()) {
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
    if let Some(part) = &trace.place.part {
        return part::undo(text, node, trace, part);
    }
    match trace.op {
        Op::Keep => Undone::Kept("it was right before"),
        Op::Create | Op::Rewrite | Op::Delete | Op::Relocate | Op::Mode => Undone::Kept("a whole file is meant"),
        Op::Quote => unquote(text, node, trace),
        Op::Comment => undo_comment(format, text, node, trace),
        Op::Insert => insert::undo(format, text, document, path, node, trace),
        Op::Replace => undo_replace(text, node, trace),
        Op::Remove | Op::Rename | Op::Text => {
            Undone::Conflict { current: node.value.of(text).to_owned(), span: Some(node.value) }
        }
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
    // A copy of what was shared took the blank before its alias along.
    if current == trace.was.trim_start_matches([' ', '\t']) {
        return Undone::Already;
    }
    if let Some(span) = exact(text, node.value, &trace.now).filter(|_| !current.is_empty()) {
        return Undone::Edits(Edit::replace(span, trace.was.clone()).into());
    }
    if normal(current) == normal(&trace.now) {
        return Undone::Edits(Edit::replace(node.value, requoted(&trace.was, &trace.now, current)).into());
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
    if let Some((start, line)) = same.next().filter(|_| trace.now.ends_with('\n')) {
        return Undone::Edits(Edit::delete(Span::new(start, start + line.len())).into());
    }
    let alone = trace.now.starts_with(['\r', '\n']) || trace.now.ends_with('\n');
    if alone {
        return undo_apart(format, text, node, &trace.now);
    }
    let behind = end_in_line(text, node);
    match behind.map(|end| Span::new(end, line_end(text, end))).filter(|rest| rest.of(text).trim() == trace.now.trim())
    {
        Some(rest) => Undone::Edits(Edit::delete(rest).into()),
        None => Undone::Already,
    }
}

/// Takes comments back that stand alone: above `node` or, further in, in it. The nearest ones that read so are meant.
fn undo_apart(format: &dyn Format, text: &str, node: &Node, now: &str) -> Undone {
    let belongs = |at: usize| {
        let span = Span::new(at, at + now.len());
        let above = span.end <= node.entry.start && skip_trivia(format, text, at) >= node.entry.start;
        let inside = span.start >= node.entry.start
            && (span.end <= node.entry.end || skip_trivia(format, text, node.entry.end) >= span.end);
        (above || inside && !is_in_value(node, span)).then_some(span)
    };
    let found = text.match_indices(now).filter_map(|(at, _)| belongs(at));
    let nearest = found.min_by_key(|span| node.entry.end.abs_diff(span.start));
    nearest.map_or(Undone::Already, |span| Undone::Edits(Edit::delete(span).into()))
}

/// Whether `span` lies in a plain value of `node` or of what is in it.
fn is_in_value(node: &Node, span: Span) -> bool {
    let plain = node.children.is_empty() && node.layout().is_none();
    plain && node.value.contains(span) || node.children.iter().any(|child| is_in_value(child, span))
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

/// The stretch of `text` around `part` that is `now` to the byte.
fn exact(text: &str, part: Span, now: &str) -> Option<Span> {
    now.match_indices(part.of(text)).find_map(|(offset, _)| {
        let start = part.start.checked_sub(offset)?;
        (text.get(start..start + now.len()) == Some(now)).then(|| Span::new(start, start + now.len()))
    })
}

/// `was` in the quotes that what was written has been given since, where they mean the same.
fn requoted(was: &str, now: &str, current: &str) -> String {
    let quoted = |text: &str| {
        let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        text.strip_prefix(quote)?.strip_suffix(quote).map(|inner| (quote, inner.to_owned()))
    };
    match (quoted(was), quoted(now), quoted(current)) {
        (Some((old, inner)), Some((written, _)), Some((quote, _)))
            if old == written && quote != old && !inner.contains(['"', '\'', '\\', '$', '\n']) =>
        {
            format!("{quote}{inner}{quote}")
        }
        _ => was.to_owned(),
    }
}

/// `source` without what may change and mean the same: white space, semicolons, the kind of quotes.
fn normal(source: &str) -> String {
    let plain = source.replace('\'', "\"").replace(';', "").replace(",}", "}");
    plain.split_whitespace().collect()
}
