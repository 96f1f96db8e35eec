//! Where the names of a map stand: built when a path first leads through it, since a file is asked for many paths.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::{Body, Node};
use crate::value::Key;

/// Below this many entries looking at each of them is quicker.
const FEW: usize = 16;
/// A declaration of JavaScript is found by its name alone, too.
const DECLARATION: &str = "const ";

/// The children of one node by their names, and the same of each child once it is asked for.
///
/// It holds positions, so it counts for the tree that it was made of and no other.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Sorted by the name in any case, which finds too much where a language tells cases apart, and never too little;
    /// `None` where there are few.
    sorted: Option<Vec<Named>>,
    /// The position of the last child that may override those before it.
    last_spread: Option<usize>,
    below: Vec<OnceLock<Box<Self>>>,
}

/// Those of a node that holds no others.
static NONE: Names = Names { sorted: None, last_spread: None, below: Vec::new() };

/// A child by its whole name, or by what stands behind `const`.
#[derive(Clone, Copy, Debug)]
struct Named {
    position: usize,
    is_short: bool,
}

impl Named {
    fn of(self, node: &Node) -> &str {
        let name = node.children[self.position].key.as_ref().map_or("", |key| key.text.as_str());
        if self.is_short { &name[DECLARATION.len()..] } else { name }
    }
}

fn in_any_case(one: &str, other: &str) -> Ordering {
    one.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(other.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl Names {
    pub fn of(node: &Node) -> Self {
        let sorted = (node.children.len() > FEW && !node.is_list()).then(|| {
            let mut sorted = Vec::with_capacity(node.children.len());
            for (position, child) in node.children.iter().enumerate() {
                let Some(name) = &child.key else { continue };
                sorted.push(Named { position, is_short: false });
                let start = name.text.get(..DECLARATION.len());
                if start.is_some_and(|start| start.eq_ignore_ascii_case(DECLARATION)) {
                    sorted.push(Named { position, is_short: true });
                }
            }
            // Those of one name stay in the order of the text.
            sorted.sort_by(|one, other| in_any_case(one.of(node), other.of(node)));
            sorted
        });
        Self {
            sorted,
            last_spread: node.children.iter().rposition(|child| child.body == Body::Spread),
            below: vec![OnceLock::new(); node.children.len()],
        }
    }

    /// Where the children of `node`, which these are the names of, stand that `key` may mean, in order; the caller compares
    /// the names.
    pub fn candidates(&self, node: &Node, key: &Key) -> Vec<usize> {
        match (&self.sorted, key.name()) {
            (Some(sorted), Some(name)) => {
                let start = sorted.partition_point(|named| in_any_case(named.of(node), name) == Ordering::Less);
                let same =
                    sorted[start..].iter().take_while(|named| in_any_case(named.of(node), name) == Ordering::Equal);
                let mut positions: Vec<usize> = same.map(|named| named.position).collect();
                positions.sort_unstable();
                positions
            }
            _ => (0..self.below.len()).collect(),
        }
    }

    /// Whether a child behind `position` may override the one there.
    pub fn has_spread_behind(&self, position: usize) -> bool {
        self.last_spread.is_some_and(|last| last > position)
    }

    /// The names below the child at `position` of `node`, which these are the names of.
    pub fn below(&self, node: &Node, position: usize) -> &Self {
        let child = &node.children[position];
        if child.children.is_empty() { &NONE } else { self.below[position].get_or_init(|| Box::new(Self::of(child))) }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Code;
    use crate::format::{by_name, find, find_all, locate, read};
    use crate::value::KeyPath;

    /// `head`, then more entries than are looked at one by one, then `tail`.
    fn long(head: &str, entry: impl Fn(usize) -> String, tail: &str) -> String {
        let entries: String = (0..40).map(entry).collect();
        format!("{head}{entries}{tail}")
    }

    #[test]
    fn names_are_found_among_many_as_among_few() {
        let cases = [
            ("toml", long("[a]\n", |n| format!("k{n} = {n}\n"), "[b]\nk7 = 1\n"), "a.k7", Some("7")),
            ("toml", long("[a]\n", |n| format!("k{n} = {n}\n"), ""), "a.K7", None),
            ("yaml", long("a:\n", |n| format!("  k{n}: {{x: {n}}}\n"), ""), "a.k39.x", Some("39")),
            ("json", long("[", |n| format!("{n},"), "40]"), "[-2]", Some("39")),
            ("ini", long("[A]\n", |n| format!("Key{n} = {n}\n"), ""), "a.kEY7", Some("7")),
            ("env", long("", |n| format!("A.{n}={n}\n"), ""), "A.7", Some("7")),
            ("env", long("A=1\n", |n| format!("K{n}={n}\n"), "A=2\n"), "A", None),
        ];
        for (name, text, path, expected) in cases {
            let format = by_name(name).expect("a format");
            let document = read(format, &text).expect("it parses");
            let path: KeyPath = path.parse().expect("a path");
            let found = find(format, &document, &path).map(|node| node.value(&text).to_string());
            assert_eq!(found.as_deref(), expected, "{name} {path}");
            let located = locate(format, &text, &document, &path).ok().filter(|located| located.rest.is_empty());
            assert_eq!(located.map(|located| located.node().value(&text).to_string()).as_deref(), expected);
        }
    }

    #[test]
    fn a_copy_of_a_file_finds_in_its_own_tree() {
        let format = by_name("env").expect("a format");
        let text = long("A=1\n", |n| format!("K{n}={n}\n"), "A=2\n");
        let document = read(format, &text).expect("it parses");
        let path = KeyPath::new(["A"]);
        assert_eq!(find_all(format, &document, &path).len(), 2);
        let copy = document.clone();
        drop(document);
        assert_eq!(find_all(format, &copy, &path).len(), 2);
        let refusal = locate(format, &text, &copy, &path).err();
        assert_eq!(refusal.map(|refusal| refusal.code), Some(Code::Duplicate));
    }
}
