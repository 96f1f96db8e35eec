//! Stretches of a text that somebody has to do with: whether two of them meet.

use std::collections::BTreeMap;

use super::Span;

/// Stretches of a text that share no byte, by their starts.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    ends: BTreeMap<usize, usize>,
    /// Two of which one ends where the other starts meet, too.
    meets_at_ends: bool,
}

impl Claims {
    /// None; two of which one ends where the other starts will meet, too.
    pub fn meeting_at_ends() -> Self {
        Self { meets_at_ends: true, ..Self::default() }
    }

    /// Whether `span` meets one of them.
    pub fn meet(&self, span: Span) -> bool {
        self.last_before(span.end).is_some_and(|(_, to)| to > span.start || self.meets_at_ends && to == span.start)
    }

    /// Adds `claim`, as one with those that it meets: whether it meets none.
    pub fn add(&mut self, claim: Span) -> bool {
        let Span { mut start, mut end } = claim;
        let mut is_apart = true;
        while let Some((known, to)) = self.last_before(end)
            && (to > start || self.meets_at_ends && to == start)
        {
            self.ends.remove(&known);
            (start, end) = (start.min(known), end.max(to));
            is_apart = false;
        }
        self.ends.insert(start, end);
        is_apart
    }

    /// The last of them that starts before `end`.
    fn last_before(&self, end: usize) -> Option<(usize, usize)> {
        let mut before = self.ends.range(..end + usize::from(self.meets_at_ends));
        before.next_back().map(|(start, end)| (*start, *end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(meets_at_ends: bool) -> (Vec<bool>, Vec<(usize, usize)>) {
        let mut claims = Claims { meets_at_ends, ..Claims::default() };
        let spans = [(0, 3), (5, 7), (10, 12), (3, 4), (8, 9), (6, 11), (8, 8), (12, 13)];
        let added = spans.map(|(start, end)| claims.add(Span::new(start, end))).into();
        (added, claims.ends.into_iter().collect())
    }

    #[test]
    fn stretches_that_meet_are_one() {
        let apart = [true, true, true, true, true, false, false, true];
        assert_eq!(added(false), (apart.into(), vec![(0, 3), (3, 4), (5, 12), (12, 13)]));
        let apart = [true, true, true, false, true, false, false, false];
        assert_eq!(added(true), (apart.into(), vec![(0, 4), (5, 13)]));
    }
}
