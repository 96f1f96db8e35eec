//! Which element of a list, and which of several equal names, a recorded place means once others have come or gone.

use super::Trace;
use crate::format::{Body, Document, Format, Node, Op, find};
use crate::value::{Key, KeyPath, Place, Value, mask};

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
const NAMES: [&str; 3] = ["name", "id", "key"];
/// A longer value is no name.
const LONGEST: usize = 200;
const DEEPEST: usize = 3;

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
        let places: Vec<(Op, Place)> = traces.iter().map(|trace| (trace.op, trace.place.clone())).collect();
        for trace in traces.iter_mut() {
            let marker = Marker { format, text, document, places: &places, is_secret };
            trace.landmarks = marker.landmarks(trace).unwrap_or_default();
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
            let peers = peers(format, parent, &path.keys[depth]);
            let then = position(&path.keys[depth]);
            let is_own = |node: &Node| {
                landmark
                    .own
                    .as_ref()
                    .is_some_and(|(at, own)| leaf(node, at).and_then(|leaf| plain(text, leaf)).as_ref() == Some(own))
            };
            let own: Vec<usize> = (0..peers.len()).filter(|at| is_own(peers[*at].1)).collect();
            let as_many = peers.len() == landmark.count;
            let now = match own.as_slice() {
                [only] => *only,
                several if as_many && (several.is_empty() || several.contains(&then)) => then,
                [] if landmark.own.is_some() && peers.len() < landmark.count => return Whereabouts::Gone,
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
    /// What the migration changed in the file.
    places: &'m [(Op, Place)],
    is_secret: &'m dyn Fn(&KeyPath, &str) -> bool,
}

impl Marker<'_> {
    /// `None` where a place can not be told from the file as it is: it was another one when the edit was made.
    fn landmarks(&self, trace: &Trace) -> Option<Vec<Landmark>> {
        let keys = &trace.place.path.keys;
        let mut landmarks = Vec::new();
        for depth in trace.counted() {
            let path = KeyPath { keys: keys[..depth].to_vec() };
            if self.moves_in(&path) {
                return None;
            }
            let peers = peers(self.format, find(self.format, self.document, &path)?, &keys[depth]);
            let at = position(&keys[depth]);
            let (_, node) = peers.get(at)?;
            let others: Vec<&Node> =
                peers.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, (_, node))| *node).collect();
            let own = self.own(node, &path.join(keys[depth].clone()), &others);
            landmarks.push(Landmark { count: peers.len(), own });
        }
        Some(landmarks)
    }

    /// Whether the migration itself added elements to what is at `path`, or took some out.
    fn moves_in(&self, path: &KeyPath) -> bool {
        self.places.iter().any(|(op, place)| {
            matches!(op, Op::Insert | Op::Remove | Op::Rename)
                && place.part.is_none()
                && matches!(place.path.last(), Some(Key::Index(_) | Key::Site(..)))
                && place.path.parent().as_ref() == Some(path)
        })
    }

    /// The value in `node`, which is at `path`, that tells it from `others` best.
    fn own(&self, node: &Node, path: &KeyPath, others: &[&Node]) -> Option<(KeyPath, String)> {
        let mut leaves = Vec::new();
        self.leaves(node, &KeyPath::default(), &mut leaves);
        leaves.retain(|(at, value)| {
            let whole = KeyPath { keys: path.keys.iter().chain(&at.keys).cloned().collect() };
            let is_changed = !at.keys.is_empty() && self.places.iter().any(|(_, place)| place.path.starts_with(&whole));
            let is_shared = || {
                let theirs = others.iter().filter_map(|other| plain(self.text, leaf(other, at)?));
                theirs.into_iter().any(|theirs| theirs == *value)
            };
            !is_changed && !is_shared() && !(self.is_secret)(&whole, value) && mask(value) == value.as_str()
        });
        let rank = |(at, _): &(KeyPath, String)| {
            let name = at.last().and_then(Key::name).unwrap_or("").trim_start_matches('@').to_ascii_lowercase();
            (NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len()), at.keys.len())
        };
        leaves.into_iter().min_by_key(rank)
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
fn plain(text: &str, node: &Node) -> Option<String> {
    let value = match &node.body {
        Body::Scalar { value: Value::Str(value), .. } => value.clone(),
        Body::Scalar { value: Value::Int(number), .. } => number.to_string(),
        Body::Opaque(_) if node.children.is_empty() => node.value.of(text).to_owned(),
        _ => return None,
    };
    (!value.is_empty() && value.len() <= LONGEST && !value.contains('\n')).then_some(value)
}
