//! Finding the node a path names, and saying why it can not be reached.

use super::edit::anchored;
use super::names::Names;
use super::{Body, Document, Format, Layout, Node, Refusal};
use crate::diagnostic::Code;
use crate::text::Span;
use crate::value::{Key, KeyPath};

/// How far a path leads into a document.
pub struct Located<'d> {
    /// From the root to the last node that exists.
    pub trail: Vec<&'d Node>,
    /// The path of that node, with the keys as the file writes them.
    pub path: KeyPath,
    /// The keys that do not exist yet.
    pub rest: Vec<Key>,
}

impl<'d> Located<'d> {
    pub fn node(&self) -> &'d Node {
        self.trail.last().copied().unwrap_or_else(|| unreachable!("a trail starts at the root"))
    }
}

impl Located<'_> {
    /// Goes on to the last part of the node that lies elsewhere in the file; whether there is one.
    pub fn enter_outlying(&mut self) -> bool {
        let mut entered = false;
        while let Some(index) = self.node().children.iter().rposition(|child| !lies_within(child, self.node().entry)) {
            let node = self.node();
            let child = &node.children[index];
            let key = if node.is_list() { Some(Key::Index(index as isize)) } else { child.path_key() };
            let Some(key) = key else { break };
            self.path = self.path.join(key);
            self.trail.push(child);
            entered = true;
        }
        entered
    }
}

fn lies_within(node: &Node, entry: Span) -> bool {
    entry.contains(node.entry) && node.children.iter().all(|child| lies_within(child, entry))
}

/// Follows `path` as far as it exists.
///
/// # Errors
/// When it is ambiguous, leads through an alias, or to what a later entry may override.
pub fn locate<'d>(
    format: &dyn Format,
    text: &str,
    document: &'d Document,
    path: &KeyPath,
) -> Result<Located<'d>, Refusal> {
    let path = &flattened(format, path);
    let mut trail = vec![&document.root];
    let mut names = document.names();
    let mut found = KeyPath::default();
    for (depth, key) in path.keys.iter().enumerate() {
        let node = trail[trail.len() - 1];
        if let Body::Reference(target) = &node.body {
            let keys = target.keys.iter().chain(&path.keys[depth..]).cloned().collect();
            return locate(format, text, document, &KeyPath { keys });
        }
        if let Body::Alias(anchor) = &node.body {
            return Err(aliased(text, document, node, (&found, &path.keys[depth..]), anchor));
        }
        if is_itself(format, node, key) {
            continue;
        }
        let position = match positions(format, node, names, key).as_slice() {
            [] => return Ok(Located { trail, path: found, rest: path.keys[depth..].to_vec() }),
            [only] => *only,
            [first, second, more @ ..] => {
                let (first, second) = (&node.children[*first], &node.children[*second]);
                return Err(ambiguous(text, &found.join(key.clone()), first, second, 2 + more.len()));
            }
        };
        let child = &node.children[position];
        if names.has_spread_behind(position)
            && !node.is_arguments(text)
            && let Some(spread) = node.children[position + 1..].iter().find(|later| later.body == Body::Spread)
        {
            let source = spread.entry.of(text);
            return Err(Refusal::new(Code::Computed, format!("`{source}` follows `{key}` and may override it"))
                .at(spread.entry, "may override")
                .and(child.entry, "the setting")
                .help("move the setting behind it, or change what is spread"));
        }
        found = found.join(match key {
            Key::Index(_) => Key::Index(position as isize),
            _ => child.path_key().unwrap_or_else(|| key.clone()),
        });
        trail.push(child);
        names = names.below(node, position);
    }
    Ok(Located { trail, path: found, rest: Vec::new() })
}

/// In a language without tables the keys of a path are one key, with dots.
pub fn flattened(format: &dyn Format, path: &KeyPath) -> KeyPath {
    let names: Option<Vec<&str>> =
        path.keys.iter().map(|key| if let Key::Name(name) = key { Some(name.as_str()) } else { None }).collect();
    match names {
        Some(names) if format.is_flat() && names.len() > 1 => KeyPath::new([names.join(".")]),
        _ => path.clone(),
    }
}

/// Whether `key` leads from `node` to `node`.
fn is_itself(format: &dyn Format, node: &Node, key: &Key) -> bool {
    matches!(node.body, Body::Scalar { .. } | Body::Opaque(_)) && format.is_own_text(key) && node.children.is_empty()
}

/// Where the children of `node` stand that `key` means; `names` are its names.
fn positions(format: &dyn Format, node: &Node, names: &Names, key: &Key) -> Vec<usize> {
    if let Key::Index(index) = key {
        let length = node.children.len();
        let at = if *index < 0 { length.checked_add_signed(*index) } else { Some(*index as usize) };
        return at.filter(|at| *at < length && node.is_list()).into_iter().collect();
    }
    let mut positions = names.candidates(node, key);
    positions.retain(|position| matches(format, &node.children[*position], key));
    positions
}

fn matches(format: &dyn Format, node: &Node, key: &Key) -> bool {
    match (&node.key, key) {
        (Some(name), Key::Site(wanted, site)) => format.same_key(&name.text, wanted) && name.site.unwrap_or(1) == *site,
        (Some(name), Key::Name(wanted)) => format.same_key(&name.text, wanted),
        _ => false,
    }
}

fn ambiguous(text: &str, path: &KeyPath, first: &Node, second: &Node, count: usize) -> Refusal {
    let line = |node: &Node| crate::text::position(text, node.entry.start).line;
    let sited = first.key.as_ref().is_some_and(|name| name.site.is_some());
    let (code, what) = if sited { (Code::Ambiguous, "sites") } else { (Code::Duplicate, "entries") };
    let message = format!("`{path}` stands for {count} {what} (lines {}, {})", line(first), line(second));
    let help = if sited {
        format!("say which: `{path}#1`, `{path}#2`, or each of them")
    } else {
        "keep the one that counts and delete the others".to_owned()
    };
    Refusal::new(code, message).at(second.entry, "again here").and(first.entry, "first here").help(help)
}

fn aliased(text: &str, document: &Document, node: &Node, (path, rest): (&KeyPath, &[Key]), anchor: &str) -> Refusal {
    let mut uses = 0;
    document.root.walk(&KeyPath::default(), &mut |_, node| {
        uses += usize::from(node.body == Body::Alias(anchor.to_owned()));
    });
    let places = if uses == 1 { "the anchor too".to_owned() } else { format!("the anchor and {uses} places") };
    let refusal =
        Refusal::new(Code::Aliased, format!("`{path}` is an alias of `&{anchor}`: the change would reach {places}"))
            .at(node.value, "a shared value");
    let own = "give this one its own copy: add `unshare = true`";
    let Some(shared) = anchored(text, document, anchor, node.value.start) else {
        return refusal.help(format!("edit the anchored value for all of them, or {own}"));
    };
    let mut marked = KeyPath::default();
    document.root.walk(&KeyPath::default(), &mut |path, node| {
        if std::ptr::eq(node, shared) {
            marked = path.clone();
        }
    });
    marked.keys.extend_from_slice(rest);
    let start = shared.key.as_ref().map_or(shared.entry.start, |key| key.span.end);
    let written = format!("&{anchor}");
    let at = text[start..shared.value.start].rfind(&written).map_or(shared.entry.start, |at| start + at);
    refusal
        .and(Span::new(at, at + written.len()), "the anchor")
        .help(format!("edit the anchored value for all of them, at `{marked}`, or {own}"))
}

/// What a path can start at in the file `root`, for people; `None` where nothing has a name.
pub fn starts(root: &Node) -> Option<String> {
    const MOST: usize = 8;
    let names = root.children.iter().filter_map(|child| child.key.as_ref()).map(|key| key.text.as_str());
    let is_place = |name: &&str| !name.starts_with("import ") && !name.starts_with("argument ");
    let mut known: Vec<&str> = names.filter(is_place).collect();
    known.sort_unstable();
    known.dedup();
    let shown: Vec<String> = known.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > shown.len() { " and others" } else { "" };
    (!shown.is_empty()).then(|| format!("a path can start at: {}{more}", shown.join(", ")))
}

/// Why nothing can be put below `node`.
pub(super) fn not_a_container(node: &Node, path: &KeyPath) -> Refusal {
    match node.body {
        _ if node.holds_documents() => {
            Refusal::new(Code::Unsupported, "this file holds several documents, and a path starts in one of them")
                .help(format!("say in which: `doc = 0` to `doc = {}`", node.children.len().saturating_sub(1)))
        }
        Body::Map(_) | Body::List(_) if path.keys.is_empty() => {
            let refusal = Refusal::new(Code::Unsupported, "nothing can be put at the top of this file");
            match starts(node) {
                Some(help) => refusal.help(help),
                None => refusal,
            }
        }
        Body::Map(Layout::Own | Layout::Implied) => {
            Refusal::new(Code::Unsupported, format!("`{path}` takes new entries behind its last one only"))
                .at(node.entry, "here")
        }
        Body::Opaque(what) => Refusal::new(Code::Computed, format!("can not edit `{path}` as data: it is {what}"))
            .at(node.value, what.to_string()),
        _ => Refusal::new(Code::Unsupported, format!("`{path}` holds a plain value and has no keys"))
            .at(node.value, "a plain value")
            .help("set the whole of it: remove it first, then set its keys"),
    }
}

/// The one node at `path`; `None` where there is none, or more than one.
pub fn find<'d>(format: &dyn Format, document: &'d Document, path: &KeyPath) -> Option<&'d Node> {
    match find_all(format, document, path).as_slice() {
        [(_, only)] => Some(*only),
        _ => None,
    }
}

/// Where the setting at `path` of the first document stands in the second one, in which it has another name: its place among
/// its siblings is the same.
pub fn renamed(format: &dyn Format, [before, after]: [&Document; 2], path: &KeyPath) -> Option<KeyPath> {
    let parent = path.parent()?;
    let entry = find(format, before, path)?.entry;
    let index = find(format, before, &parent)?.children.iter().position(|child| child.entry == entry)?;
    let key = find(format, after, &parent)?.children.get(index)?.key.as_ref()?;
    Some(parent.join(key.text.as_str()))
}

/// Every node that `path` can mean, with its exact path: more than one where names repeat.
pub fn find_all<'d>(format: &dyn Format, document: &'d Document, path: &KeyPath) -> Vec<(KeyPath, &'d Node)> {
    let mut found = vec![(KeyPath::default(), &document.root, document.names())];
    for key in &flattened(format, path).keys {
        let mut next = Vec::new();
        for (path, node, names) in found {
            if is_itself(format, node, key) {
                next.push((path, node, names));
                continue;
            }
            for position in positions(format, node, names, key) {
                let child = &node.children[position];
                let own = if matches!(key, Key::Index(_)) { None } else { child.path_key() };
                next.push((path.join(own.unwrap_or_else(|| key.clone())), child, names.below(node, position)));
            }
        }
        found = next;
    }
    found.into_iter().map(|(path, node, _)| (path, node)).collect()
}
