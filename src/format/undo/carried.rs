//! Comments that moved along with a setting and were changed there: they go back with it as they are by now.

use super::{Trace, candidates};
use crate::format::edit::end_in_line;
use crate::format::{Document, Format, Node, Op, lines};
use crate::text::{Span, line_end, line_start};

/// `traces` of one file, each comment in them as people have changed it since where it stands, and where it comes back.
pub(super) fn carried(format: &dyn Format, text: &str, document: &Document, traces: &[Trace]) -> Vec<Trace> {
    let mut carried = traces.to_vec();
    let mut comments: Vec<&Trace> = traces.iter().filter(|trace| is_carried(traces, trace)).collect();
    comments.dedup_by(|one, other| one.place == other.place);
    for comment in comments {
        let place = &comment.place;
        let found = candidates(format, document, comment);
        let named = found.iter().find(|(path, _)| *path == place.path);
        let Some((_, node)) = named.or(found.first()) else { continue };
        for is_above in [true, false] {
            let is_own = |trace: &Trace| {
                trace.place == *place && is_carried(traces, trace) && trace.now.ends_with('\n') == is_above
            };
            let mut own: Vec<usize> = (0..traces.len()).filter(|index| is_own(&traces[*index])).collect();
            // As they stand, from above: each was put directly above the setting.
            own.sort_by_key(|index| traces[*index].turn);
            let mut now = if is_above { above(format, text, node) } else { behind(format, text, node) };
            let known: Vec<&str> = now.clone();
            now.retain(|comment| own.iter().all(|index| traces[*index].now.trim() != *comment));
            own.retain(|index| !known.contains(&traces[*index].now.trim()));
            if own.len() != now.len() {
                continue;
            }
            for (index, comment) in own.into_iter().zip(now) {
                let old = traces[index].now.trim();
                if let Some(from) = source(traces, &traces[index]) {
                    carried[from].was = carried[from].was.replacen(old, comment, 1);
                    carried[index].now = traces[index].now.replacen(old, comment, 1);
                }
            }
        }
    }
    carried
}

/// Whether `trace` put a comment beside a setting that was taken from another place with it.
fn is_carried(traces: &[Trace], trace: &Trace) -> bool {
    trace.op == Op::Comment && source(traces, trace).is_some()
}

/// The removal of what the comment of `trace` stood beside before.
fn source(traces: &[Trace], trace: &Trace) -> Option<usize> {
    let comment = trace.now.trim();
    let takes = |other: &Trace| other.op == Op::Remove && other.was.lines().any(|line| line.ends_with(comment));
    traces.iter().position(takes).filter(|_| !comment.is_empty() && !comment.contains('\n'))
}

/// The comment lines above `node`.
fn above<'t>(format: &dyn Format, text: &'t str, node: &Node) -> Vec<&'t str> {
    let start = lines::comments_above(format, text, node.entry.start);
    text[start..line_start(text, node.entry.start)].lines().map(str::trim).collect()
}

/// The comment behind `node` on its line.
fn behind<'t>(format: &dyn Format, text: &'t str, node: &Node) -> Vec<&'t str> {
    let Some(end) = end_in_line(text, node) else { return Vec::new() };
    let rest = Span::new(end, line_end(text, end)).of(text);
    let at = end + rest.len() - rest.trim_start().len();
    let is_comment = format.comment_end(text, at).is_some() && !rest.trim().is_empty();
    is_comment.then(|| rest.trim()).into_iter().collect()
}
