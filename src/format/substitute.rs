//! A stretch of text given another form wherever it stands, whatever it means; and back, by the lines around it.

use super::undo::{Trace, Undone};
use super::{Document, Format, Made, Op, Secrets, lines_near_secrets};
use crate::text::{Edit, Span, line_start};
use crate::value::{Key, KeyPath, mask};

/// How many lines above a stretch tell it from its like.
const LINES: usize = 3;

/// Where `wanted` stands in `text` at or behind `from`; of a whole name only where nothing goes on with it.
pub fn stretches<'t>(text: &'t str, from: usize, wanted: &'t str, whole: bool) -> impl Iterator<Item = usize> + 't {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_whole = move |at: &usize| {
        let behind = &text[at + wanted.len()..];
        // A dot that ends a sentence does not go on with a name.
        let goes_on = behind.strip_prefix('.').unwrap_or(behind).starts_with(in_name);
        !goes_on && !text[..*at].ends_with(|c: char| in_name(c) || c == '.')
    };
    text[from..].match_indices(wanted).map(move |(at, _)| from + at).filter(move |at| !whole || is_whole(at))
}

/// The edit of the first place at or behind `from` where `old` stands in `text`, which reads as `document`.
pub(super) fn next(
    format: &dyn Format,
    (text, document): (&str, &Document),
    (old, whole): (&str, bool),
    new: &str,
    from: usize,
) -> Option<Made> {
    let start = stretches(text, from, old, whole).next()?;
    let line = text[..start].matches('\n').count();
    let place = KeyPath { keys: vec![Key::Index(line as isize)] };
    let main = Edit::replace(Span::new(start, start + old.len()), new.to_owned());
    let after = around(text, start, &unfit(format, text, document));
    Some(Made { after, ..Made::new(place, Op::Text, main) })
}

/// What no line is remembered by: the secrets of `text`; of lines of nobody knows what language, all near one.
fn unfit(format: &dyn Format, text: &str, document: &Document) -> Vec<Span> {
    if format.name() != "lines" {
        return Secrets::in_document(format, text, document).spans();
    }
    let mut start = 0;
    let spans = text.split_inclusive('\n').map(|line| {
        let span = Span::new(start, start + line.len());
        start = span.end;
        span
    });
    spans.zip(lines_near_secrets(text)).filter(|(_, near)| *near).map(|(span, _)| span).collect()
}

/// What stands before `offset`: the start of its line, then the lines above, nearest first. A line that shows a
/// secret, by itself or as one of the `unfit`, ends them.
fn around(text: &str, offset: usize, unfit: &[Span]) -> Vec<String> {
    let is_fit = |line: Span| {
        mask(line.of(text)) == line.of(text)
            && !unfit.iter().any(|secret| secret.start < line.end && line.start < secret.end)
    };
    let mut line = Span::new(line_start(text, offset), offset);
    let mut lines = Vec::new();
    while lines.len() <= LINES && is_fit(line) {
        lines.push(line.of(text).to_owned());
        let Some(above) = text[..line.start].strip_suffix('\n') else { break };
        let end = above.strip_suffix('\r').unwrap_or(above).len();
        line = Span::new(line_start(text, end), end);
    }
    lines
}

/// Takes a recorded substitution back.
pub(super) fn undo(text: &str, trace: &Trace) -> Undone {
    let places = |stretch: &str| -> Vec<usize> {
        let all = if stretch.is_empty() {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).collect::<Vec<_>>()
        } else {
            text.match_indices(stretch).map(|(at, _)| at).collect()
        };
        all.into_iter().filter(|at| stands_alike(text, *at, &trace.after, !stretch.is_empty())).collect()
    };
    let put_back = |at: usize| {
        let span = Span::new(at, at + trace.now.len());
        Undone::Edits(Edit::replace(span, trace.was.clone()).into())
    };
    let line = |at: usize| text[..at].matches('\n').count() as isize;
    match places(&trace.now).as_slice() {
        [] if text.contains(&trace.was) && !trace.was.is_empty() => Undone::Already,
        [] => Undone::Conflict { current: "(gone)".to_owned(), span: None },
        [only] => put_back(*only),
        several => {
            // Equal to their surroundings: the line tells them apart, as long as none moved.
            let own = several.iter().find(|at| trace.place.path.last() == Some(&Key::Index(line(**at))));
            own.map_or(Undone::Conflict { current: "more than one place it could be".to_owned(), span: None }, |at| {
                put_back(*at)
            })
        }
    }
}

/// Whether what stands before `offset` is what was recorded. A stretch that can be found by itself may have moved to
/// other lines, as long as there is only one.
fn stands_alike(text: &str, offset: usize, recorded: &[String], has_text: bool) -> bool {
    let now = around(text, offset, &[]);
    let same = now.iter().zip(recorded).take_while(|(one, other)| one == other).count();
    same == recorded.len() || has_text && same >= 1
}
