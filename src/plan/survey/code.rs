//! What names stand for in code: values declared once, and variables of the environment.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::outline::declared;
use crate::format::{Body, Node};

/// A file of code.
pub(super) struct Code<'t> {
    pub is_python: bool,
    text: &'t str,
    declared: BTreeMap<&'t str, &'t Node>,
    /// Names that `const { A, B: b } = process.env` takes out, and the variable of each.
    taken: BTreeMap<String, String>,
}

impl<'t> Code<'t> {
    pub fn of(root: &'t Node, text: &'t str, is_python: bool) -> Self {
        static TAKEN: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"(?:const|let|var)\s*\{([^{}]*)\}\s*=\s*process\.env\b").ok());
        let mut taken = BTreeMap::new();
        let lists = TAKEN.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(|found| found.get(1));
        for part in lists.flat_map(|list| list.as_str().split(',')) {
            let part = part.split('=').next().unwrap_or("");
            let (variable, name) = part.split_once(':').unwrap_or((part, part));
            taken.insert(name.trim().to_owned(), variable.trim().to_owned());
        }
        Self { is_python, text, declared: declared(root, text), taken }
    }

    /// Whether the module is imported.
    pub fn imports(&self, module: &str) -> bool {
        [format!("'{module}'"), format!("\"{module}\"")].iter().any(|quoted| self.text.contains(quoted))
    }

    /// What `node` is in the end, where it is a name.
    pub fn resolved<'n>(&self, node: &'n Node) -> &'n Node
    where
        't: 'n,
    {
        const STEPS: usize = 8;
        let mut at = node;
        for _ in 0..STEPS {
            match self.name(at).and_then(|name| self.declared.get(name)) {
                Some(next) if matches!(at.body, Body::Opaque(_)) => at = next,
                _ => break,
            }
        }
        at
    }

    /// The name that an expression consists of.
    fn name(&self, node: &Node) -> Option<&str> {
        let source = if node.value.is_empty() { node.entry } else { node.value };
        let source = source.of(self.text);
        source.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).then_some(source)
    }

    /// The variable of the environment that `node` is read from.
    pub fn variable(&self, node: &Node) -> Option<String> {
        let node = self.resolved(node);
        if let Some(name) = self.name(node) {
            return self.taken.get(name).cloned();
        }
        read(node.value.of(self.text)).next()
    }

    /// All variables that the file reads.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        read(self.text).chain(self.taken.values().cloned())
    }
}

/// The variables in `process.env.A`, `process.env['A']`, `Deno.env.get('A')`.
fn read(text: &str) -> impl Iterator<Item = String> {
    static READ: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"\benv(?:\.get\(\s*['"]|\[\s*['"]|\.)([A-Za-z_]\w*)"#).ok());
    let found = READ.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(|found| found.get(1));
    found.map(|name| name.as_str().to_owned()).collect::<Vec<_>>().into_iter()
}
