//! The shape every adapter gives a file: a tree of nodes with byte spans, and what may be asked of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::names::Names;
use crate::text::Span;
use crate::value::{Key, KeyPath, Value};

/// A file as read by its format's adapter.
#[derive(Clone, Debug)]
pub struct Document {
    /// A map: its children are the top-level settings.
    pub root: Node,
    /// In languages of code: the tokens of the whole file, so that verification sees every change of code.
    pub tokens: Vec<Span>,
    /// Made of `root` when a path is first looked for; `root` does not change once it is read.
    names: OnceLock<Arc<Names>>,
}

impl Document {
    /// A file whose settings are those of `root`.
    pub fn new(root: Node, tokens: Vec<Span>) -> Self {
        Self { root, tokens, names: OnceLock::new() }
    }

    /// Gives back the room that was set aside for more entries: many documents are kept side by side.
    #[must_use]
    pub fn shrunk(mut self) -> Self {
        self.root.shrink();
        self
    }

    /// A tree with the same names at the same places: what is known of where they stand counts for it, too.
    pub(super) fn alike(&self, root: Node) -> Self {
        Self { root, tokens: Vec::new(), names: self.names.clone() }
    }

    /// Where the names of the root stand, and below them those of the rest.
    pub(super) fn names(&self) -> &Names {
        self.names.get_or_init(|| Arc::new(Names::of(&self.root)))
    }
}

/// One setting, or the root.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name; `None` for elements of lists and the root.
    pub key: Option<Name>,
    /// From the first byte of the key (or list mark, or statement) to the last byte of the value;
    /// no separator, no comment.
    pub entry: Span,
    /// The bytes a new value would replace; empty where there is none.
    pub value: Span,
    /// What it holds.
    pub body: Body,
    /// The settings in it, in the order of the text.
    pub children: Vec<Self>,
}

/// The name of a node in its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Decoded: without quotes and escapes.
    pub text: String,
    /// As the file writes it, quotes included.
    pub span: Span,
    /// Which of several equal names this is, from 1.
    pub site: Option<usize>,
}

/// What a setting holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// One value.
    Scalar {
        /// The value without quotes and escapes.
        value: Value,
        /// The bytes that are the text of a string just as they stand: no quotes, no escapes.
        content: Option<Span>,
    },
    /// Settings by name.
    Map(Layout),
    /// Settings in order.
    List(Layout),
    /// No value yet (`key:` in YAML): null, and a map once it has a child.
    Empty(Layout),
    /// A reference to the node that carries this anchor.
    Alias(String),
    /// Another setting of this file, by name: what is asked of this node is asked of that one.
    Reference(KeyPath),
    /// Entries of another value, which may override those before it (`**defaults`, `...defaults`).
    Spread,
    /// An expression or a value kind that is not data.
    Opaque(Opaque),
}

/// What stands where data could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opaque {
    /// Names that come from another module.
    Import,
    /// A name whose value is set elsewhere.
    Variable,
    /// A name or a call inside an object, where it is just code.
    VariableOrCall,
    /// What a call gives back.
    Call,
    /// A call without the argument that would hold settings.
    NoArgument,
    /// A function.
    Function,
    /// A method, a getter or a setter of an object.
    Method,
    /// A property that is the variable of its name.
    Shorthand,
    /// One of two values, by a condition.
    Choice,
    /// The elements of another list.
    Spread,
    /// A number that no integer or float can hold.
    Number,
    /// A reference to an entity of XML.
    Entity,
    /// A text with an expression in it.
    Template,
    /// Any other expression.
    Expression,
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Import => "an import",
            Self::Variable => "a variable",
            Self::VariableOrCall => "a variable or call",
            Self::Call => "a call",
            Self::NoArgument => "no argument",
            Self::Function => "a function",
            Self::Method => "a method",
            Self::Shorthand => "a shorthand property",
            Self::Choice => "a choice",
            Self::Spread => "a spread",
            Self::Number => "a number",
            Self::Entity => "a reference to an entity",
            Self::Template => "a text with an expression in it",
            Self::Expression => "an expression",
        })
    }
}

/// How the entries of a container stand in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says what its offsets are")]
pub enum Layout {
    /// Between brackets: `open` is the offset behind the opening one, `close` that of the closing one.
    Delimited { open: usize, close: usize },
    /// One entry a line: the next one goes to the end of the line that holds `next`, behind `indent`.
    Lines { next: usize, indent: String },
    /// Only implied by what lies in it or is made from it; the adapter knows how to add to it.
    Implied,
    /// In a form of its own, which only the adapter can add to.
    Own,
}

/// Numbers the nodes that share a name, in the order they stand in.
pub(super) fn number_sites(nodes: &mut [Node]) {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for name in nodes.iter().filter_map(|node| node.key.as_ref()) {
        counts.entry(name.text.clone()).or_default().0 += 1;
    }
    for name in nodes.iter_mut().filter_map(|node| node.key.as_mut()) {
        if let Some((2.., seen)) = counts.get_mut(&name.text) {
            *seen += 1;
            name.site = Some(*seen);
        }
    }
}

impl Node {
    /// How its entries stand in the text, where it can have some.
    pub fn layout(&self) -> Option<&Layout> {
        match &self.body {
            Body::Map(layout) | Body::List(layout) | Body::Empty(layout) => Some(layout),
            Body::Scalar { .. } | Body::Alias(_) | Body::Reference(_) | Body::Spread | Body::Opaque(_) => None,
        }
    }

    /// Whether its entries stand together: between brackets, or on lines of their own.
    pub fn is_written_out(&self) -> bool {
        matches!(self.layout(), Some(Layout::Delimited { .. } | Layout::Lines { .. }))
    }

    /// Whether its children go by their order.
    pub fn is_list(&self) -> bool {
        matches!(self.body, Body::List(_))
    }

    /// Whether it is a file of several documents, in each of which paths start anew.
    pub fn holds_documents(&self) -> bool {
        self.key.is_none() && self.body == Body::List(Layout::Implied)
    }

    /// Whether it is the arguments of a call: those with a name stand behind the others, and no name stands twice.
    pub(super) fn is_arguments(&self, text: &str) -> bool {
        matches!(self.body, Body::Map(Layout::Delimited { open, .. }) if text[..open].ends_with('('))
    }

    /// The children that stand between this node's brackets; in code some are made by later statements.
    pub fn inside(&self) -> impl DoubleEndedIterator<Item = &Self> {
        let limits = match self.layout() {
            Some(Layout::Delimited { open, close }) => Span::new(*open, *close),
            _ => Span::new(0, usize::MAX),
        };
        self.children.iter().filter(move |child| limits.contains(child.entry))
    }

    /// The key this node has in a path from its parent.
    pub fn path_key(&self) -> Option<Key> {
        let name = self.key.as_ref()?;
        Some(match name.site {
            Some(site) => Key::Site(name.text.clone(), site),
            None => Key::Name(name.text.clone()),
        })
    }

    /// The meaning of this node in `text`, which it was read from.
    pub fn value(&self, text: &str) -> Value {
        match &self.body {
            Body::Scalar { value, .. } => value.clone(),
            Body::Alias(anchor) => Value::Code(format!("*{anchor}")),
            Body::Reference(path) => Value::Code(path.to_string()),
            Body::Empty(_) => Value::Null,
            Body::Spread => Value::Code(self.entry.of(text).to_owned()),
            Body::Opaque(_) if self.children.is_empty() => {
                // A shorthand of JavaScript is its own value.
                let source = if self.value.is_empty() { self.entry } else { self.value };
                Value::Code(source.of(text).to_owned())
            }
            Body::List(_) => Value::List(self.children.iter().map(|child| child.value(text)).collect()),
            Body::Opaque(_) => {
                let mut entries = vec![(String::new(), Value::Code(self.value.of(text).to_owned()))];
                entries.extend(self.entries(text));
                Value::Map(entries)
            }
            Body::Map(_) => Value::Map(self.entries(text).collect()),
        }
    }

    fn entries(&self, text: &str) -> impl Iterator<Item = (String, Value)> {
        self.children.iter().map(|child| (child.map_key(text), child.value(text)))
    }

    /// The key in `Value::Map`: the name, with its site; an entry without a name goes by its source.
    pub fn map_key(&self, text: &str) -> String {
        match &self.key {
            Some(Name { text, site: Some(site), .. }) => format!("{text}#{site}"),
            Some(name) => name.text.clone(),
            None => self.entry.of(text).to_owned(),
        }
    }

    /// As deep as the nesting, which is limited.
    fn shrink(&mut self) {
        self.children.shrink_to_fit();
        self.children.iter_mut().for_each(Self::shrink);
    }

    /// Visits this node and everything below it, with the path of each.
    pub fn walk<'n>(&'n self, path: &KeyPath, visit: &mut dyn FnMut(&KeyPath, &'n Self)) {
        self.walk_at(&mut path.clone(), visit);
    }

    fn walk_at<'n>(&'n self, path: &mut KeyPath, visit: &mut dyn FnMut(&KeyPath, &'n Self)) {
        visit(path, self);
        for (index, child) in self.children.iter().enumerate() {
            let key = if self.is_list() { Some(Key::Index(index as isize)) } else { child.path_key() };
            if let Some(key) = key {
                path.keys.push(key);
                child.walk_at(path, visit);
                path.keys.pop();
            }
        }
    }
}
