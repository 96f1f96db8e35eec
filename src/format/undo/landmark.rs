//! Which element of a list, and which of several equal names, a recorded place means once others have come or gone.

use std::collections::{BTreeMap, BTreeSet};

use super::Trace;
use super::neighbour::{self, REMEMBERED, called, moved};
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
/// Among more than these, only their number is remembered, and no neighbour: each would be compared with all the others.
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
        let mut moves: Moves = BTreeMap::new();
        for (at, trace) in traces.iter().enumerate().filter(|(_, trace)| trace.moves_others()) {
            let path = &trace.place.path;
            if let (Some(list), Some(key)) = (path.parent(), path.last()) {
                moves.entry(list).or_default().push((at, trace.op, key.clone()));
            }
        }
        for (at, trace) in traces.iter_mut().enumerate() {
            let landmarks = marker.landmarks(trace);
            // Where its list can not be told, neither can those that it stood between.
            if landmarks.is_some() && trace.is_taken_out() {
                [trace.after, trace.before] = marker.neighbours(&trace.place.path, &moves, at);
            }
            trace.landmarks = landmarks.unwrap_or_default();
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

/// By list, or by what holds several of one name: what came into it and what went, with the number of the edit.
type Moves = BTreeMap<KeyPath, Vec<(usize, Op, Key)>>;

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

    /// What those are called that stood before the element at `path` and behind it when it was taken out, as the edit with the
    /// number `at` of `moves`; nearest first. Empty texts are those that are gone by now, or are called nothing that tells.
    fn neighbours(&self, path: &KeyPath, moves: &Moves, at: usize) -> [Vec<String>; 2] {
        let Some((Key::Index(index), list)) = path.keys.split_last() else { return Default::default() };
        let (list, index) = (KeyPath { keys: list.to_vec() }, usize::try_from(*index).unwrap_or(0));
        let own = moves.get(&list).map(Vec::as_slice).unwrap_or_default();
        let node = find(self.format, self.document, &list).filter(|node| node.is_list());
        let Some(node) = node.filter(|node| node.children.len() <= MOST && own.len() <= MOST) else {
            return Default::default();
        };
        let name = |then: usize| {
            let later = own.iter().filter(|(other, ..)| *other > at).map(|(_, op, key)| (*op, key));
            let Some(now) = moved(then, later) else { return Some(String::new()) };
            let element = node.children.get(now)?;
            let told = called(self.text, element).filter(|(at, name)| {
                let keys = list.join(now as isize).keys.into_iter().chain(at.keys.iter().cloned());
                let is_secret =
                    || mask(name) != name.as_str() || (self.is_secret)(&KeyPath { keys: keys.collect() }, name);
                neighbour::count(self.text, node, name).0 == 1 && !is_secret()
            });
            Some(told.map_or_else(String::new, |(_, name)| name))
        };
        let told = |names: &mut dyn Iterator<Item = Option<String>>| {
            let mut names: Vec<String> = names.take(REMEMBERED).map_while(|name| name).collect();
            names.truncate(names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1));
            names
        };
        [told(&mut (0..index).rev().map(name)), told(&mut (index..).map(name))]
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
