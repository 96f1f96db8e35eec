//! Where an element comes back that was taken out of a list: between the ones that it stood between, which are known by what
//! they are called. Its number says little once people have put others before it.

use super::Trace;
use super::landmark::{NAMES, plain};
use crate::format::{Node, Op};
use crate::value::{Key, KeyPath};

/// So many of those before it are remembered, and of those behind it: any of them may go, too.
pub(super) const REMEMBERED: usize = 4;

impl Trace {
    /// Whether it took an element out of a list that is no text.
    pub fn is_taken_out(&self) -> bool {
        self.op == Op::Remove && self.place.part.is_none() && matches!(self.place.path.last(), Some(Key::Index(_)))
    }
}

/// What an element of a list is called: its own plain value, or that of its name; and where that stands in it.
pub(super) fn called(text: &str, element: &Node) -> Option<(KeyPath, String)> {
    let own = plain(text, element).map(|value| (KeyPath::default(), value));
    let named = |name: &&str| {
        let child = element.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == **name))?;
        Some((KeyPath::default().join(*name), plain(text, child)?))
    };
    own.or_else(|| NAMES.iter().find_map(named))
}

/// How many elements of `list` are called `name`, and the number of the first of them.
pub(super) fn count(text: &str, list: &Node, name: &str) -> (usize, usize) {
    let is_own = |element: &Node| called(text, element).is_some_and(|(_, own)| own == name);
    let mut own = list.children.iter().enumerate().filter(|(_, element)| is_own(element)).map(|(number, _)| number);
    let first = own.next();
    (own.count() + usize::from(first.is_some()), first.unwrap_or(0))
}

/// A neighbour that is there.
struct Known {
    number: usize,
    /// How many stood between it and the element, as far as they are not known to be gone.
    between: usize,
    /// How many stood between that are gone.
    gone: usize,
}

/// The nearest of `names` that is there, once. Where none `may_be_gone`, one that is not there is called otherwise by now.
fn nearest(text: &str, list: &Node, names: &[String], may_be_gone: bool) -> Option<Known> {
    let (mut between, mut gone) = (0, 0);
    for name in names {
        match count(text, list, name) {
            _ if name.is_empty() => between += 1,
            (0, _) if may_be_gone => gone += 1,
            (1, number) => return Some(Known { number, between, gone }),
            _ => between += 1,
        }
    }
    None
}

/// The number that what `trace` took out of `list` gets when it comes back, and whether it stands then where it stood: directly
/// behind the same element, or at the same number.
pub(super) fn comes_back(text: &str, list: &Node, trace: &Trace) -> (usize, bool) {
    let then = match trace.place.path.last() {
        Some(Key::Index(index)) => usize::try_from(*index).unwrap_or(0),
        _ => 0,
    };
    let as_many = trace.spot.as_ref().is_some_and(|spot| spot.left == list.children.len());
    let [before, behind] = [&trace.after, &trace.before].map(|names| nearest(text, list, names, !as_many));
    let distance = |known: &Known| (known.between, known.gone);
    let is_next = before.as_ref().is_some_and(|known| distance(known) == (0, 0));
    let is_told = [&before, &behind].into_iter().flatten().any(|known| known.between == 0);
    let now = match (before, behind) {
        // Where as many are there as it left, its number says more than a guess at those between.
        _ if as_many && !is_told => then,
        (Some(before), Some(behind)) if distance(&behind) < distance(&before) => {
            behind.number.saturating_sub(behind.between)
        }
        (Some(before), _) => before.number + 1 + before.between,
        (None, Some(behind)) => behind.number.saturating_sub(behind.between),
        (None, None) => then,
    };
    let now = now.min(list.children.len());
    (now, is_next || now == then)
}

/// The number by now of the element that was at `index` before `moves` of other elements: what was put in or taken out,
/// and where. `None` where it went itself.
pub(super) fn moved<'m>(index: usize, moves: impl IntoIterator<Item = (Op, &'m Key)>) -> Option<usize> {
    moves.into_iter().try_fold(index, |index, (op, key)| {
        let Key::Index(at) = key else { return Some(index) };
        let at = usize::try_from(*at).ok()?;
        match op {
            Op::Insert if at <= index => Some(index + 1),
            Op::Remove if at == index => None,
            Op::Remove if at < index => Some(index - 1),
            _ => Some(index),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_followed_through_what_comes_and_goes() {
        let moves = [(Op::Insert, Key::Index(0)), (Op::Remove, Key::Index(3)), (Op::Remove, Key::Index(1))];
        let now: Vec<Option<usize>> =
            (0..4).map(|index| moved(index, moves.iter().map(|(op, key)| (*op, key)))).collect();
        assert_eq!(now, [None, Some(1), None, Some(2)]);
    }
}
