//! What changes within a line: marked in colour, or by `[-signs-]` and `{+signs+}`.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::diff::{Line, LineKind};
use super::style::Style;

/// Nobody reads the words of a line that is longer, and of thousands of lines it would take long to find them.
const LONG: usize = 2000;

const PATIENCE: Duration = Duration::from_millis(20);

/// A stretch of words of a line.
struct Piece {
    tag: ChangeTag,
    text: String,
}

/// Lines that belong together: a line that stays, one that another takes the place of, or one that comes or goes.
pub(super) enum Group<'l> {
    Alone(&'l Line),
    Pair(&'l Line, &'l Line),
}

/// Pairs the removed lines of a stretch with the added ones, in their order, as far as there are both.
pub(super) fn grouped(lines: &[Line]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut rest = lines;
    while let Some(first) = rest.first() {
        let count = |lines: &[Line], kind| lines.iter().take_while(|line| line.kind == kind).count();
        let removed = count(rest, LineKind::Removed);
        let added = count(&rest[removed..], LineKind::Added);
        let (taken, behind) = rest.split_at((removed + added).max(1));
        rest = behind;
        if removed + added == 0 {
            groups.push(Group::Alone(first));
            continue;
        }
        let (old, new) = taken.split_at(removed);
        let pairs = removed.min(added);
        groups.extend(old.iter().zip(new).map(|(old, new)| Group::Pair(old, new)));
        groups.extend(old.iter().skip(pairs).chain(new.iter().skip(pairs)).map(Group::Alone));
    }
    groups
}

/// Both lines of a pair with their signs; what changes in them stands out in colour.
pub(super) fn highlighted(old: &Line, new: &Line, style: Style) -> (String, String) {
    let pieces = pieces(old, new, style);
    let side = |line: &Line, own: ChangeTag| {
        let paint = |text: &str, marked| match line.kind {
            LineKind::Added => style.good_marked(text, marked),
            LineKind::Removed | LineKind::Same => style.bad_marked(text, marked),
        };
        let mut text = paint(&line.kind.sign().to_string(), false);
        for piece in pieces.iter().filter(|piece| piece.tag == own || piece.tag == ChangeTag::Equal) {
            text.push_str(&paint(&piece.text, piece.tag == own));
        }
        text
    };
    (side(old, ChangeTag::Delete), side(new, ChangeTag::Insert))
}

/// A pair as one line.
pub(super) fn inline(old: &Line, new: &Line, style: Style) -> String {
    let marked = pieces(old, new, style).into_iter().map(|piece| match piece.tag {
        ChangeTag::Equal => piece.text,
        ChangeTag::Delete => style.bad(&format!("[-{}-]", piece.text)),
        ChangeTag::Insert => style.good(&format!("{{+{}+}}", piece.text)),
    });
    format!("{}{}", style.attention("~"), marked.collect::<String>())
}

/// The words of both, those of one kind joined. A line of which little stays is replaced whole.
fn pieces(old: &Line, new: &Line, style: Style) -> Vec<Piece> {
    let (before, after) = (style.fit(&old.text), style.fit(&new.text));
    let whole = || {
        let piece = |tag, text: &str| Piece { tag, text: text.to_owned() };
        vec![piece(ChangeTag::Delete, &before), piece(ChangeTag::Insert, &after)]
    };
    if before.len().max(after.len()) > LONG {
        return whole();
    }
    let (old_words, new_words) = (words(&before), words(&after));
    let diff = TextDiff::configure().timeout(PATIENCE).diff_slices(&old_words, &new_words);
    if diff.ratio() < 0.3 {
        return whole();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        match pieces.last_mut() {
            Some(last) if last.tag == change.tag() => last.text.push_str(change.value()),
            _ => pieces.push(Piece { tag: change.tag(), text: change.value().to_owned() }),
        }
    }
    pieces
}

/// Names and numbers; every other character is a word of its own.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let end = match is_part(first) {
            true => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(end);
        words.push(word);
        rest = behind;
    }
    words
}
