//! What was taken out of a list goes back behind the element that it stood behind, which is known by what it is called:
//! its number says little once people have put others before it.

use super::Trace;
use super::landmark::{NAMES, plain};
use crate::format::{Node, Op};
use crate::value::{Key, KeyPath};

/// So many of those before it are remembered: any of them may go, too.
pub(super) const REMEMBERED: usize = 8;

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

/// The only element of `list` that is called `name`.
pub(super) fn only<'n>(text: &str, list: &'n Node, name: &str) -> Option<&'n Node> {
    let mut own = list.children.iter().filter(|element| called(text, element).is_some_and(|(_, own)| own == name));
    own.next().filter(|_| own.next().is_none())
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
