//! Edits: sorted, disjoint replacements of byte spans in one text.

use std::fmt;

/// A half-open range of byte offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}

impl Span {
    /// From `start` up to, and without, `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty span at `offset`: an insertion point.
    pub const fn at(offset: usize) -> Self {
        Self { start: offset, end: offset }
    }

    /// Whether it holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies in it.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text this span covers. The span must lie on character boundaries of `text`.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// One replacement: the bytes of `span` give way to `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What gives way.
    pub span: Span,
    /// What comes instead.
    pub text: String,
}

impl Edit {
    /// `text` before the byte at `offset`.
    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self { span: Span::at(offset), text: text.into() }
    }

    /// Nothing instead of `span`.
    pub fn delete(span: Span) -> Self {
        Self { span, text: String::new() }
    }

    /// `text` instead of `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// Edits of one text: sorted by place, never overlapping, each with an effect.
///
/// Every offset refers to the text *before* any of them is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

/// Two edits claim the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits overlap at byte {0}")]
pub struct Overlap(pub usize);

impl Edits {
    /// Sorts `edits`; insertions at one place keep the order they were given in.
    ///
    /// # Errors
    /// When two of them overlap.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        edits.retain(|edit| !(edit.span.is_empty() && edit.text.is_empty()));
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut sorted: Vec<Edit> = Vec::with_capacity(edits.len());
        for edit in edits {
            match sorted.last_mut() {
                Some(last) if last.span.end > edit.span.start => return Err(Overlap(edit.span.start)),
                Some(last) if last.span.end == edit.span.start && last.span.is_empty() => {
                    last.span.end = edit.span.end;
                    last.text.push_str(&edit.text);
                }
                _ => sorted.push(edit),
            }
        }
        Ok(Self(sorted))
    }

    /// Whether nothing is edited.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The edits in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Edit> {
        self.0.iter()
    }

    /// The text after all edits. Bytes outside the spans are copied, never produced.
    pub fn apply(&self, before: &str) -> String {
        let added: usize = self.0.iter().map(|edit| edit.text.len()).sum();
        let mut after = String::with_capacity(before.len() + added);
        let mut done = 0;
        for edit in &self.0 {
            after.push_str(&before[done..edit.span.start]);
            after.push_str(&edit.text);
            done = edit.span.end;
        }
        after.push_str(&before[done..]);
        after
    }

    /// The edits that turn `self.apply(before)` into `before` again.
    pub fn inverse(&self, before: &str) -> Self {
        let mut inverse = Vec::with_capacity(self.0.len());
        let mut shift = 0isize;
        for edit in &self.0 {
            let start = edit.span.start.saturating_add_signed(shift);
            let span = Span::new(start, start + edit.text.len());
            inverse.push(Edit::replace(span, edit.span.of(before)));
            shift += edit.text.len() as isize - (edit.span.end - edit.span.start) as isize;
        }
        Self(inverse)
    }

    /// The edits on the first text that have the effect of `self` and then `next`.
    /// `length` is the length in bytes of the text before `self`.
    pub fn then(&self, next: &Self, length: usize) -> Self {
        let mut pieces = Pieces::after(&self.0, length);
        pieces.edit(&next.0);
        pieces.into_edits(length)
    }

    /// Where `offset` of the text before lies afterwards; `None` when its byte was replaced.
    pub fn moved(&self, offset: usize) -> Option<usize> {
        let mut shift = 0isize;
        for edit in &self.0 {
            if edit.span.start > offset || (edit.span.start == offset && !edit.span.is_empty()) {
                break;
            }
            if edit.span.end > offset {
                return None;
            }
            shift += edit.text.len() as isize - (edit.span.end - edit.span.start) as isize;
        }
        let inside = self.0.iter().any(|edit| edit.span.start <= offset && offset < edit.span.end);
        (!inside).then(|| offset.saturating_add_signed(shift))
    }

    /// The spans of the inserted texts, in the text afterwards.
    pub fn inserted(&self) -> Vec<Span> {
        let mut shift = 0isize;
        self.0
            .iter()
            .map(|edit| {
                let start = edit.span.start.saturating_add_signed(shift);
                shift += edit.text.len() as isize - (edit.span.end - edit.span.start) as isize;
                Span::new(start, start + edit.text.len())
            })
            .collect()
    }
}

impl From<Edit> for Edits {
    fn from(edit: Edit) -> Self {
        if edit.span.is_empty() && edit.text.is_empty() { Self::default() } else { Self(vec![edit]) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A text as pieces of an older one and new text between them.
struct Pieces(Vec<Piece>);

enum Piece {
    Kept(Span),
    New(String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Kept(span) => span.end - span.start,
            Self::New(text) => text.len(),
        }
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Self::Kept(span) => Self::Kept(Span::new(span.start + from, span.start + to)),
            Self::New(text) => Self::New(text[from..to].to_owned()),
        }
    }
}

impl Pieces {
    fn after(edits: &[Edit], length: usize) -> Self {
        let mut pieces = Self(vec![Piece::Kept(Span::new(0, length))]);
        pieces.edit(edits);
        pieces
    }

    fn edit(&mut self, edits: &[Edit]) {
        let length = self.0.iter().map(Piece::len).sum();
        let mut result = Vec::new();
        let mut done = 0;
        for edit in edits {
            self.copy(Span::new(done, edit.span.start), &mut result);
            result.push(Piece::New(edit.text.clone()));
            done = edit.span.end;
        }
        self.copy(Span::new(done, length), &mut result);
        self.0 = result;
    }

    fn copy(&self, wanted: Span, into: &mut Vec<Piece>) {
        let mut start = 0;
        for piece in &self.0 {
            let end = start + piece.len();
            let (from, to) = (wanted.start.max(start), wanted.end.min(end));
            if from < to {
                into.push(piece.slice(from - start, to - start));
            }
            start = end;
        }
    }

    fn into_edits(self, length: usize) -> Edits {
        let mut edits = Vec::new();
        let mut text = String::new();
        let mut done = 0;
        let end = Piece::Kept(Span::at(length));
        for piece in self.0.into_iter().chain([end]) {
            match piece {
                Piece::New(new) => text.push_str(&new),
                Piece::Kept(span) => {
                    if span.start > done || !text.is_empty() {
                        edits.push(Edit::replace(Span::new(done, span.start), std::mem::take(&mut text)));
                    }
                    done = span.end;
                }
            }
        }
        Edits(edits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edits(list: &[(usize, usize, &str)]) -> Edits {
        Edits::new(list.iter().map(|(start, end, text)| Edit::replace(Span::new(*start, *end), *text)).collect())
            .expect("disjoint")
    }

    #[test]
    fn insertions_at_one_place_keep_their_order() {
        assert_eq!(edits(&[(1, 1, ","), (1, 1, "\nb")]).apply("a"), "a,\nb");
    }

    #[test]
    fn overlap_is_refused() {
        let overlapping = vec![Edit::delete(Span::new(0, 2)), Edit::delete(Span::new(1, 3))];
        assert_eq!(Edits::new(overlapping), Err(Overlap(1)));
    }

    #[test]
    fn moved_offsets() {
        let edits = edits(&[(2, 4, "x"), (6, 6, "yy")]);
        assert_eq!(edits.moved(0), Some(0));
        assert_eq!(edits.moved(3), None);
        assert_eq!(edits.moved(5), Some(4));
        assert_eq!(edits.moved(6), Some(7));
    }

    fn any_edits(length: usize) -> impl Strategy<Value = Edits> {
        proptest::collection::vec((0..=length, 0usize..3, "[a-c]{0,3}"), 0..5).prop_map(move |raw| {
            let mut end = 0;
            let mut sorted = raw;
            sorted.sort_by_key(|(start, ..)| *start);
            let list = sorted
                .into_iter()
                .map(|(start, width, text)| {
                    let start = start.max(end);
                    end = (start + width).min(length);
                    Edit::replace(Span::new(start, end), text)
                })
                .collect();
            Edits::new(list).expect("made disjoint")
        })
    }

    proptest! {
        #[test]
        fn inverse_restores_every_byte(edits in any_edits(12)) {
            let before = "0123456789AB";
            let after = edits.apply(before);
            prop_assert_eq!(edits.inverse(before).apply(&after), before);
        }

        #[test]
        fn then_is_both_in_order((first, second) in any_edits(12).prop_flat_map(|first| {
            let length = first.apply("0123456789AB").len();
            (Just(first), any_edits(length))
        })) {
            let before = "0123456789AB";
            let after = second.apply(&first.apply(before));
            prop_assert_eq!(first.then(&second, before.len()).apply(before), after);
        }
    }
}
