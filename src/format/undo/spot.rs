//! Where something was removed, measured from what stays: how it is put back to the byte.

use super::Trace;
use super::neighbour::comes_back;
use super::removal::is_same;
use crate::format::{Format, Layout, Node};
use crate::text::{Span, line_start};
use crate::value::Key;

/// The stretch between the earlier sibling that stays (or the start of the container) and what was removed, with what
/// tells whether it is there again. It holds numbers only: what stands around a setting may be a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Line ends in the stretch.
    pub lines: usize,
    /// Bytes behind the last of them.
    pub columns: usize,
    /// Bytes between the entry before it and the comma of that one, where the comma went with it.
    pub comma: usize,
    /// It stood above its container, as a TOML table may: the stretch is measured from the start of the file.
    pub top: bool,
    /// A blank line stood above it.
    pub blank: bool,
    /// The file had line ends of both kinds, so those of what was removed are its own.
    pub mixed: bool,
    /// How many siblings read the same.
    pub twins: usize,
    /// How many elements its list was left with.
    pub left: usize,
    /// The lengths of the lists that the place leads through.
    pub lists: Vec<usize>,
}

impl Spot {
    /// The spot of the removal of `removed` from `text`, and the keys of the siblings before it, nearest first. `trail`
    /// leads from the root to the node that goes; its first `depth` keys lead to what stays.
    pub fn of(format: &dyn Format, text: &str, trail: &[&Node], depth: usize, removed: Span) -> (Self, Vec<String>) {
        let (Some(container), Some(child)) = (trail.get(depth), trail.get(depth + 1)) else {
            return Default::default();
        };
        let index = container.children.iter().position(|other| std::ptr::eq(other, *child)).unwrap_or(0);
        let earlier = || container.children[..index].iter().rev().filter(|other| other.entry.end <= removed.start);
        let anchor = if container.is_list() { earlier().next() } else { earlier().find(|other| other.key.is_some()) };
        let base = anchor.map_or_else(|| start(container, depth == 0), |anchor| anchor.entry.end);
        // What only its entries imply starts with what goes.
        let moves = anchor.is_none() && container.layout() == Some(&Layout::Implied);
        let top = base > removed.start || moves && base == removed.start;
        let base = if top { 0 } else { base };
        let stretch = &text[base..removed.start];
        let others = container.children.iter().filter(|other| !std::ptr::eq(*other, *child));
        let spot = Self {
            lines: stretch.matches('\n').count(),
            columns: stretch.len() - stretch.rfind('\n').map_or(0, |at| at + 1),
            comma: 0,
            top,
            blank: is_behind_blank_line(text, removed.start),
            mixed: line_ends(text) == Some(LineEnds::Mixed),
            left: if container.is_list() { container.children.len() - 1 } else { 0 },
            twins: others.filter(|other| is_same(format, removed.of(text), other.entry.of(text))).count(),
            lists: trail[..trail.len() - 2]
                .iter()
                .filter(|node| node.is_list())
                .map(|list| list.children.len())
                .collect(),
        };
        (spot, earlier().filter_map(|other| Some(other.key.as_ref()?.text.clone())).collect())
    }

    /// The spot with the comma at `comma`, which goes too: where it stood behind the last of `siblings` before it.
    pub fn with_comma(self, siblings: &Node, comma: usize) -> Self {
        let previous = siblings.inside().rev().map(|child| child.entry.end).find(|end| *end <= comma);
        Self { comma: previous.map_or(0, |end| comma - end), ..self }
    }

    /// The offset in `text` that lies this stretch behind `base`.
    pub fn behind(&self, text: &str, base: usize) -> Option<usize> {
        let mut at = if self.top { 0 } else { base };
        for _ in 0..self.lines {
            at += text[at..].find('\n')? + 1;
        }
        let end = at + self.columns;
        (text.is_char_boundary(end) && !text[at..end].contains('\n')).then_some(end)
    }
}

/// Whether `offset` starts a line and the line above is blank.
pub(super) fn is_behind_blank_line(text: &str, offset: usize) -> bool {
    let above = text[..offset].strip_suffix('\n');
    above.is_some_and(|above| above[line_start(above, above.len())..].trim().is_empty())
}

/// The kinds of line ends a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum LineEnds {
    Unix,
    Windows,
    Mixed,
}

/// The line ends of `text`; `None` where it is one line.
pub(in crate::format) fn line_ends(text: &str) -> Option<LineEnds> {
    if !text.contains('\r') {
        return text.contains('\n').then_some(LineEnds::Unix);
    }
    let (all, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
    match windows {
        _ if all == 0 => None,
        0 => Some(LineEnds::Unix),
        _ if windows == all => Some(LineEnds::Windows),
        _ => Some(LineEnds::Mixed),
    }
}

/// Where the entries of `container` start.
pub(super) fn start(container: &Node, is_root: bool) -> usize {
    match (container.layout(), &container.key) {
        (Some(Layout::Delimited { open, .. }), _) => *open,
        _ if is_root => 0,
        (_, Some(key)) if container.entry.contains(key.span) => key.span.end,
        _ => container.entry.start,
    }
}

/// What something stood behind that was removed.
pub(super) struct Anchor<'n> {
    /// `None` where it comes first.
    pub node: Option<&'n Node>,
    /// Nothing came between, so that what comes back stands where it stood.
    pub is_nearest: bool,
}

/// What comes back into `container`, which is at the first `depth` keys of its path, comes back behind this.
pub(super) fn anchor<'n>(text: &str, container: &'n Node, depth: usize, trace: &Trace) -> Anchor<'n> {
    let Trace { place, after, .. } = trace;
    if let (true, Some(Key::Index(index))) = (container.is_list(), place.path.keys.get(depth)) {
        let then = usize::try_from(*index).unwrap_or(0);
        let is_own = depth + 1 == place.path.keys.len();
        let (now, is_nearest) = if is_own { comes_back(text, container, trace) } else { (then, true) };
        let before = now.min(container.children.len()).checked_sub(1);
        return Anchor { node: before.map(|last| &container.children[last]), is_nearest };
    }
    let node = after.iter().enumerate().find_map(|(position, name)| {
        // The same name further on means that it was not the first of its kind.
        let nth = after[position..].iter().filter(|other| *other == name).count();
        let same: Vec<&Node> =
            container.children.iter().filter(|child| child.key.as_ref().is_some_and(|key| key.text == *name)).collect();
        same.get(nth - 1).or(same.last()).copied()
    });
    let key = node.and_then(|node| node.key.as_ref());
    let is_nearest = after.first().is_none_or(|name| key.is_some_and(|key| key.text == *name));
    Anchor { node, is_nearest }
}

/// Whether the lists on the way to the place of `trace` are as long as they were: else its indices may mean other elements,
/// unless something tells those apart.
pub(super) fn same_lists(root: &Node, trace: &Trace) -> bool {
    let Some(spot) = trace.spot.as_ref().filter(|spot| trace.landmarks.is_empty() && !spot.lists.is_empty()) else {
        return true;
    };
    let mut node = root;
    let mut lengths = Vec::new();
    for key in &trace.place.path.keys {
        let next = match key {
            Key::Index(index) if node.is_list() => {
                lengths.push(node.children.len());
                usize::try_from(*index).ok().and_then(|index| node.children.get(index))
            }
            _ => node.children.iter().find(|child| child.path_key().as_ref() == Some(key)),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    lengths.iter().zip(&spot.lists).all(|(now, then)| now == then)
}
