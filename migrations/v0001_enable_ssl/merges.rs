//! What a map of YAML takes over from others by `<<`, and where those stand.

use std::collections::BTreeMap;

use crate::format::{Body, Node};
use crate::migration::Document;
use crate::value::{KeyPath, Value};

/// The maps of a document that carry an anchor, by its name.
pub(super) struct Anchors<'d> {
    text: &'d str,
    nodes: BTreeMap<String, (KeyPath, &'d Node)>,
}

impl<'d> Anchors<'d> {
    pub fn of(document: &'d Document<'_, '_, '_>) -> Self {
        let text = document.text();
        let mut nodes = BTreeMap::new();
        document.root().walk(&KeyPath::default(), &mut |path, node| {
            let between = node.key.as_ref().and_then(|key| text.get(key.span.end..node.value.start)).unwrap_or("");
            if let Some((_, rest)) = between.split_once('&') {
                let name = rest.split(|c: char| c.is_whitespace()).next().unwrap_or("");
                nodes.insert(name.to_owned(), (path.clone(), node));
            }
        });
        Self { text, nodes }
    }

    /// What `node` refers to as a whole.
    pub fn referred(&self, node: &Node) -> Option<&(KeyPath, &'d Node)> {
        match &node.body {
            Body::Alias(anchor) => self.nodes.get(anchor),
            _ => None,
        }
    }

    /// The maps that `node` takes over by `<<`, the strongest first.
    pub fn merged(&self, node: &Node) -> Vec<&(KeyPath, &'d Node)> {
        let merges = node.children.iter().filter(|child| child.key.as_ref().is_some_and(|key| key.text == "<<"));
        merges
            .flat_map(|merge| std::iter::once(merge).chain(&merge.children))
            .filter_map(|one| self.referred(one))
            .collect()
    }

    /// As `merged`, with all that those take over in turn.
    pub fn all_merged(&self, node: &Node) -> Vec<&(KeyPath, &'d Node)> {
        let mut all: Vec<&(KeyPath, &Node)> = Vec::new();
        let mut waiting = self.merged(node);
        waiting.reverse();
        while let Some(next) = waiting.pop() {
            if all.iter().all(|known| known.0 != next.0) {
                all.push(next);
                waiting.extend(self.merged(next.1).into_iter().rev());
            }
        }
        all
    }

    /// The value of the setting `name` of `node`, in any case, its own or one that it takes over.
    pub fn value(&self, node: &Node, name: &str) -> Option<Value> {
        let own = |node: &Node| {
            let is_named = |child: &&Node| child.key.as_ref().is_some_and(|key| key.text.eq_ignore_ascii_case(name));
            node.children.iter().find(is_named).map(|child| child.value(self.text))
        };
        own(node).or_else(|| self.all_merged(node).into_iter().find_map(|(_, merged)| own(merged)))
    }
}
