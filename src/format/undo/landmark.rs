//! Which element of a list, and which of several equal names, a recorded place means once others have come or gone.

use std::collections::BTreeSet;

use super::Trace;
use super::neighbour::{REMEMBERED, called, moved, only};
use crate::format::{Body, Document, Format, Node, Op, find};
use crate::value::{Key, KeyPath, Value, mask};

/// What tells one element of a list, or one of several equal names, from the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Landmark {
    /// How many there were.
    pub count: usize,
    /// A setting in it that none of the others had so: its path from there, which is empty for the element itself, and its
    /// value. No secret.
    pub own: Option<(KeyPath, String)>,
}

/// Where a recorded place is by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    Here(KeyPath),
    /// The element that it was in is gone.
    Gone,
    /// It could be in one element or in another.
    Unsure,
}

impl Whereabouts {
    /// `trace` there; as it is where that can not be told.
    pub fn of(&self, trace: &Trace) -> Trace {
        match self {
            Self::Here(path) => trace.at(path.clone()),
            Self::Gone | Self::Unsure => trace.clone(),
        }
    }
}

/// What stands in the place of a setting that may be one of several.
pub(super) const UNSURE: &str = "(its list changed)";

/// Values by which people tell elements apart, most telling first.
pub(super) const NAMES: [&str; 3] = ["name", "id", "key"];
/// A longer value is no name.
const LONGEST: usize = 200;
const DEEPEST: usize = 3;
/// Among more than these, only their number is remembered: each would be compared with all the others.
const MOST: usize = 256;

impl Trace {
    /// Remembers how to find the places of `traces`, all edits that one migration made in the file `text`, which they led to.
    /// Nothing is remembered of a value that `is_secret`.
    pub fn mark(
        traces: &mut [&mut Self],
        format: &dyn Format,
        text: &str,
        document: &Document,
        is_secret: &dyn Fn(&KeyPath, &str) -> bool,
    ) {
        let moved = traces.iter().filter(|trace| trace.moves_others()).filter_map(|trace| trace.place.path.parent());
        let (moved, changed) = (moved.collect(), traces.iter().map(|trace| trace.place.path.clone()).collect());
        let marker = Marker { format, text, document, moved, changed, is_secret };
        for at in 0..traces.len() {
            let (trace, later) = (&*traces[at], &traces[at + 1..]);
            let landmarks = marker.landmarks(trace);
            // Where its list can not be told, neither can those that it stood behind.
            let neighbours =
                landmarks.as_ref().filter(|_| trace.is_taken_out()).map(|_| marker.neighbours(trace, later));
            let trace = &mut traces[at];
            trace.landmarks = landmarks.unwrap_or_default();
            trace.after.extend(neighbours.unwrap_or_default());
        }
    }

    /// Whether its place is told by counting elements of a list, or equal names.
    pub fn is_among_others(&self) -> bool {
        !self.counted().is_empty()
    }

    /// Whether something tells the one that is meant from the others.
    pub fn is_marked(&self) -> bool {
        !self.landmarks.is_empty()
    }

    /// The same edit, at the place that it has in the file `text` by now, as far as that can be told.
    #[must_use]
    pub fn placed(&self, format: &dyn Format, text: &str, document: &Document) -> Self {
        self.whereabouts(format, text, document).of(self)
    }

    pub(super) fn at(&self, path: KeyPath) -> Self {
        let mut trace = self.clone();
        trace.place.path = path;
        trace
    }

    /// The steps of the path that count elements, or equal names. The last step of a list is found by what was written.
    fn counted(&self) -> Vec<usize> {
        let keys = &self.place.path.keys;
        let is_left = matches!(self.op, Op::Remove | Op::Rename);
        let counts = |(depth, key): (usize, &Key)| match key {
            Key::Index(_) => depth + 1 < keys.len(),
            Key::Site(..) => depth + 1 < keys.len() || !is_left,
            Key::Name(_) => false,
        };
        (0..keys.len()).filter(|depth| counts((*depth, &keys[*depth]))).collect()
    }

    /// Whether it put one more among others, or took one out.
    fn moves_others(&self) -> bool {
        matches!(self.op, Op::Insert | Op::Remove | Op::Rename)
            && self.place.part.is_none()
            && matches!(self.place.path.last(), Some(Key::Index(_) | Key::Site(..)))
    }

    pub(super) fn whereabouts(&self, format: &dyn Format, text: &str, document: &Document) -> Whereabouts {
        let mut path = self.place.path.clone();
        let counted = self.counted();
        if counted.len() != self.landmarks.len() {
            return Whereabouts::Here(path);
        }
        for (depth, landmark) in counted.into_iter().zip(&self.landmarks) {
            let parent = KeyPath { keys: path.keys[..depth].to_vec() };
            // What has no place at all is for the caller to tell.
            let Some(parent) = find(format, document, &parent) else { break };
            let Some((at, own)) = &landmark.own else {
                let as_many = count(format, parent, &path.keys[depth]) == landmark.count;
                if as_many { continue } else { return Whereabouts::Unsure }
            };
            let peers = peers(format, parent, &path.keys[depth]);
            let then = position(&path.keys[depth]);
            let is_own = |node: &Node| leaf(node, at).and_then(|leaf| plain(text, leaf)).as_ref() == Some(own);
            let own: Vec<usize> = (0..peers.len()).filter(|at| is_own(peers[*at].1)).collect();
            let as_many = peers.len() == landmark.count;
            let now = match own.as_slice() {
                [only] => *only,
                several if as_many && (several.is_empty() || several.contains(&then)) => then,
                [] if peers.len() < landmark.count => return Whereabouts::Gone,
                _ => return Whereabouts::Unsure,
            };
            path.keys[depth] = peers[now].0.clone();
        }
        Whereabouts::Here(path)
    }
}

/// A file as a migration left it, for what is to be remembered of it.
struct Marker<'m> {
    format: &'m dyn Format,
    text: &'m str,
    document: &'m Document,
    /// Where the migration itself put more among others, or took some out.
    moved: BTreeSet<KeyPath>,
    /// What it changed.
    changed: BTreeSet<KeyPath>,
    is_secret: &'m dyn Fn(&KeyPath, &str) -> bool,
}

impl Marker<'_> {
    /// `None` where a place can not be told from the file as it is: it was another one when the edit was made.
    fn landmarks(&self, trace: &Trace) -> Option<Vec<Landmark>> {
        let keys = &trace.place.path.keys;
        let mut landmarks = Vec::new();
        for depth in trace.counted() {
            let path = KeyPath { keys: keys[..depth].to_vec() };
            if self.moved.contains(&path) {
                return None;
            }
            let (parent, key) = (find(self.format, self.document, &path)?, &keys[depth]);
            let count = count(self.format, parent, key);
            let own =
                if count > MOST { None } else { self.own(&peers(self.format, parent, key), &path.join(key.clone()))? };
            landmarks.push(Landmark { count, own });
        }
        Some(landmarks)
    }

    /// What the elements are called that `trace` took one out behind, nearest first: those that are still there after
    /// `later`, and that nothing else there is called.
    fn neighbours(&self, trace: &Trace, later: &[&mut Trace]) -> Vec<String> {
        let Some((Key::Index(index), list)) = trace.place.path.keys.split_last() else { return Vec::new() };
        let list = KeyPath { keys: list.to_vec() };
        let Some(node) =
            find(self.format, self.document, &list).filter(|node| node.is_list() && node.children.len() <= MOST)
        else {
            return Vec::new();
        };
        let moves: Vec<(Op, &Key)> = later
            .iter()
            .filter(|other| other.moves_others())
            .filter_map(|other| Some((other.op, other.place.path.keys.strip_prefix(&*list.keys)?)))
            .filter_map(|(op, rest)| if let [key] = rest { Some((op, key)) } else { None })
            .collect();
        let before = (0..usize::try_from(*index).unwrap_or(0)).rev();
        let named = before.filter_map(|index| {
            let now = moved(index, moves.iter().copied())?;
            let (at, name) = called(self.text, node.children.get(now)?)?;
            let path = KeyPath { keys: list.join(now as isize).keys.into_iter().chain(at.keys).collect() };
            let is_told = mask(&name) == name.as_str() && !(self.is_secret)(&path, &name);
            (is_told && only(self.text, node, &name).is_some()).then_some(name)
        });
        named.take(REMEMBERED).collect()
    }

    /// The value in the one of `peers` which is at `path` that tells it from the others best, if one does; `None` where it is
    /// not there.
    fn own(&self, peers: &[(Key, &Node)], path: &KeyPath) -> Option<Option<(KeyPath, String)>> {
        let position = path.last().map_or(0, position);
        let (_, node) = peers.get(position)?;
        let others = || peers.iter().enumerate().filter(|(other, _)| *other != position).map(|(_, (_, node))| *node);
        let mut leaves = Vec::new();
        self.leaves(node, &KeyPath::default(), &mut leaves);
        leaves.retain(|(at, value)| {
            let whole = KeyPath { keys: path.keys.iter().chain(&at.keys).cloned().collect() };
            let next = self.changed.range(&whole..).next();
            let is_changed = !at.keys.is_empty() && next.is_some_and(|next| next.starts_with(&whole));
            let theirs = |other| plain(self.text, leaf(other, at)?);
            let is_shared = || others().filter_map(theirs).any(|theirs| theirs == *value);
            !is_changed && !is_shared() && !(self.is_secret)(&whole, value) && mask(value) == value.as_str()
        });
        let rank = |(at, _): &(KeyPath, String)| {
            let name = at.last().and_then(Key::name).unwrap_or("").trim_start_matches('@').to_ascii_lowercase();
            (NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len()), at.keys.len())
        };
        Some(leaves.into_iter().min_by_key(rank))
    }

    /// The plain values in `node`, from above.
    fn leaves(&self, node: &Node, at: &KeyPath, leaves: &mut Vec<(KeyPath, String)>) {
        leaves.extend(plain(self.text, node).map(|value| (at.clone(), value)));
        if at.keys.len() < DEEPEST {
            for child in &node.children {
                child.path_key().into_iter().for_each(|key| self.leaves(child, &at.join(key), leaves));
            }
        }
    }
}

/// From how many `key` chooses one.
fn count(format: &dyn Format, parent: &Node, key: &Key) -> usize {
    match key {
        Key::Index(_) if parent.is_list() => parent.children.len(),
        _ => peers(format, parent, key).len(),
    }
}

/// What `key` chooses one from: the elements of the list `parent`, or its entries of one name.
fn peers<'n>(format: &dyn Format, parent: &'n Node, key: &Key) -> Vec<(Key, &'n Node)> {
    match key {
        Key::Index(_) if parent.is_list() => {
            parent.children.iter().enumerate().map(|(index, node)| (Key::Index(index as isize), node)).collect()
        }
        Key::Site(name, _) => {
            let own = |node: &&Node| node.key.as_ref().is_some_and(|key| format.same_key(&key.text, name));
            parent.children.iter().filter(own).filter_map(|node| Some((node.path_key()?, node))).collect()
        }
        Key::Index(_) | Key::Name(_) => Vec::new(),
    }
}

/// Which of its peers `key` means, from nought.
fn position(key: &Key) -> usize {
    match key {
        Key::Index(index) => usize::try_from(*index).unwrap_or(usize::MAX),
        Key::Site(_, site) => site.saturating_sub(1),
        Key::Name(_) => 0,
    }
}

fn leaf<'n>(node: &'n Node, at: &KeyPath) -> Option<&'n Node> {
    at.keys.iter().try_fold(node, |node, key| node.children.iter().find(|child| child.path_key().as_ref() == Some(key)))
}

/// The value of `node`, if it is a short one on one line.
pub(super) fn plain(text: &str, node: &Node) -> Option<String> {
    let value = match &node.body {
        Body::Scalar { value: Value::Str(value), .. } => value.clone(),
        Body::Scalar { value: Value::Int(number), .. } => number.to_string(),
        Body::Opaque(_) if node.children.is_empty() => node.value.of(text).to_owned(),
        _ => return None,
    };
    (!value.is_empty() && value.len() <= LONGEST && !value.contains('\n')).then_some(value)
}
