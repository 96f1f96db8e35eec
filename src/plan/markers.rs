//! Three texts as one with git's conflict markers, in the style that shows the base.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The file in conflict, whole, as each side has it.
#[derive(Clone, Copy)]
pub(super) struct Sides<'t> {
    pub ours: &'t str,
    pub base: &'t str,
    pub theirs: &'t str,
}

/// What stands behind the markers: of our side, the base, their side.
pub(super) struct Names<'t> {
    pub ours: &'t str,
    pub base: &'t str,
    pub theirs: &'t str,
}

/// Our side, with markers where the others differ. A person decides each: nothing is merged.
pub(super) fn marked(sides: Sides<'_>, names: &Names<'_>) -> String {
    let [ours, base, theirs] = [sides.ours, sides.base, sides.theirs].map(lines);
    let eol = if sides.ours.contains("\r\n") { "\r\n" } else { "\n" };
    let changed = |other: &[&str]| -> Vec<DiffOp> {
        let ops = capture_diff_slices(Algorithm::Myers, &ours, other);
        ops.into_iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).collect()
    };
    let (to_base, to_theirs) = (changed(&base), changed(&theirs));
    let mut text = String::new();
    let mut at = 0;
    for region in regions(to_base.iter().chain(&to_theirs)) {
        text.push_str(&ours[at..region.start].concat());
        at = region.end;
        let (own, other) = (&ours[region.clone()], &theirs[counterpart(&to_theirs, &region)]);
        if own == other {
            text.push_str(&own.concat());
            continue;
        }
        let parts = [
            (format!("<<<<<<< {}", names.ours), own),
            (format!("||||||| {}", names.base), &base[counterpart(&to_base, &region)]),
            ("=======".to_owned(), other),
        ];
        for (marker, lines) in parts {
            text.push_str(&format!("{marker}{eol}"));
            text.push_str(&lines.concat());
            if lines.last().is_some_and(|line| !line.ends_with('\n')) {
                text.push_str(eol);
            }
        }
        text.push_str(&format!(">>>>>>> {}{eol}", names.theirs));
    }
    text.push_str(&ours[at..].concat());
    text
}

/// The numbers of the lines that are markers, from 1.
pub(super) fn markers(text: &str) -> Vec<usize> {
    let is_marker = |line: &str| ["<<<<<<< ", "||||||| ", ">>>>>>> "].iter().any(|marker| line.starts_with(marker));
    text.lines().zip(1..).filter(|(line, _)| is_marker(line)).map(|(_, number)| number).collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The stretches of the first text that one of `ops` changes; those that touch are one.
fn regions<'o>(ops: impl Iterator<Item = &'o DiffOp>) -> Vec<Range<usize>> {
    let mut changed: Vec<Range<usize>> = ops.map(DiffOp::old_range).collect();
    changed.sort_by_key(|range| (range.start, range.end));
    let mut regions: Vec<Range<usize>> = Vec::new();
    for range in changed {
        match regions.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => regions.push(range),
        }
    }
    regions
}

/// What `region` of the first text is in the second; it holds each of `ops` whole, or nothing of it.
fn counterpart(ops: &[DiffOp], region: &Range<usize>) -> Range<usize> {
    let moved = |at: usize, counts: &dyn Fn(&DiffOp) -> bool| {
        let counted = ops.iter().filter(|op| counts(op));
        let (gone, come) =
            counted.fold((0, 0), |(gone, come), op| (gone + op.old_range().len(), come + op.new_range().len()));
        at + come - gone
    };
    let start = moved(region.start, &|op| op.old_range().end < region.start);
    start..moved(region.end, &|op| op.old_range().end <= region.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_sides_stand_where_they_differ_and_nowhere_else() {
        for (ours, base, theirs, wanted) in [
            ("a\nb\nc\n", "a\nB\nc\n", "a\n0\nc\n", "a\n<O\nb\n|B\nB\n=\n0\n>T\nc\n"),
            // Nothing was there before.
            ("a\nb\n", "a\nB\n", "a\n", "a\n<O\nb\n|B\nB\n=\n>T\n"),
            ("b\n", "", "B\n", "<O\nb\n|B\n=\nB\n>T\n"),
            // Two places, and one that only the base has otherwise.
            ("1\nx\n2\ny\n3\n", "1\nX\n2\nY\n3\n", "1\n-\n2\ny\n3\n", "1\n<O\nx\n|B\nX\n=\n-\n>T\n2\ny\n3\n"),
            ("1\nx\n2\ny\n", "1\nX\n2\nY\n", "1\n\n2\n-\n", "1\n<O\nx\n|B\nX\n=\n\n>T\n2\n<O\ny\n|B\nY\n=\n-\n>T\n"),
            ("a\r\nb", "a\r\nB", "a\r\n0", "a\r\n<O\r\nb\r\n|B\r\nB\r\n=\r\n0\r\n>T\r\n"),
            ("a\n", "a\n", "a\n", "a\n"),
        ] {
            let names = Names { ours: "O", base: "B", theirs: "T" };
            let made = marked(Sides { ours, base, theirs }, &names);
            let short = made.replace("<<<<<<< ", "<").replace("||||||| ", "|").replace("=======", "=");
            assert_eq!(short.replace(">>>>>>> ", ">"), wanted);
            assert_eq!(markers(&made).len() % 3, 0);
            assert_eq!(markers(&made).is_empty(), ours == theirs);
        }
    }
}
