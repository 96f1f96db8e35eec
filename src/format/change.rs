//! What may be asked of a format, what it made of it, and why it may refuse.

use super::lens::format_of;
use super::{Quotes, Spot};
use crate::diagnostic::Code;
use crate::text::{Edit, Edits, Overlap, Span};
use crate::value::{Key, KeyPath, Lens, Place, Value};

/// A change of one file's meaning.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Gives a setting its value; makes it, and the maps on the way, where they are missing.
    Set {
        path: KeyPath,
        value: Value,
    },
    /// Sets several keys of one map, which is made where it is missing.
    Merge {
        path: KeyPath,
        entries: Vec<(String, Value)>,
    },
    Remove {
        path: KeyPath,
    },
    /// Gives a key another name; value, comment and place stay.
    Rename {
        path: KeyPath,
        name: String,
    },
    /// Adds an entry that is not there yet: under `key` to a map, without one to a list that does not hold the value.
    Insert {
        container: KeyPath,
        key: Option<String>,
        value: Value,
        rank: Rank,
    },
    /// Gives the value of one setting to another, which is made.
    Copy {
        path: KeyPath,
        to: KeyPath,
    },
    /// As copy, and the first setting goes.
    Move {
        path: KeyPath,
        to: KeyPath,
    },
    /// Puts a comment on the line above a setting.
    Comment {
        path: KeyPath,
        text: String,
    },
    /// Makes a change in the text that a setting holds.
    Within {
        path: KeyPath,
        lens: Lens,
        change: Box<Self>,
    },
    /// Gives each stretch of the file that is `text` another form, whatever it means.
    Replace {
        text: String,
        with: String,
        /// Only where it is a whole name.
        whole: bool,
    },
    /// Writes `value`, which an alias stands for, in the place of the alias.
    Unshare {
        path: KeyPath,
        value: Value,
    },
    /// A change that writes a text in these quotes, whatever those around it are.
    Quoted {
        quotes: Quotes,
        change: Box<Self>,
    },
    /// Makes a name of another module usable in this one.
    Import {
        module: String,
        name: String,
        /// Under this very name, since code will write it so.
        bound: bool,
    },
    /// Makes an empty block, in languages that tell blocks from values.
    Block {
        path: KeyPath,
    },
    /// Adds a statement behind the last one that writes the name `path` starts with. `path` is what it sets,
    /// by which it is found again; two spaces in `code` are one step of indentation.
    Statement {
        path: KeyPath,
        code: String,
    },
}

/// Where an entry goes among those of its container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rank {
    First,
    Last,
    Before(Key),
    After(Key),
}

/// What one primitive edit did, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    Insert,
    Replace,
    Remove,
    Rename,
    /// Quotes put around a value that needs them now.
    Quote,
    /// A comment above a setting.
    Comment,
    /// A stretch of text given another form, found again by what stands before it.
    Text,
    /// Nothing: the value was right already, and stays when the others go.
    Keep,
    /// The whole file, which was not there.
    Create,
    /// The whole file, given other content.
    Rewrite,
    /// The whole file, which goes.
    Delete,
    /// The whole file, given another path.
    Relocate,
    /// The permission bits.
    Mode,
}

/// One primitive edit as made: its offsets refer to the text before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub place: Place,
    pub op: Op,
    pub main: Edit,
    /// The exact bytes that `main` takes away.
    pub was: String,
    /// The separator given to the entry before, or the closing quote.
    pub joined: Option<Edit>,
    /// The keys of the earlier siblings, nearest first.
    pub after: Vec<String>,
    /// Where exactly something was removed.
    pub spot: Option<Spot>,
}

impl Op {
    /// Whether it is about the file, and not about what stands in it.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Create | Self::Rewrite | Self::Delete | Self::Relocate | Self::Mode)
    }
}

impl Made {
    /// One that nothing but `main` belongs to.
    pub(super) fn new(place: impl Into<Place>, op: Op, main: Edit) -> Self {
        Self { place: place.into(), op, main, was: String::new(), joined: None, after: Vec::new(), spot: None }
    }

    /// # Errors
    /// When the adapter made overlapping edits.
    pub fn edits(&self) -> Result<Edits, Overlap> {
        // The separator belongs before what is inserted at the same place.
        Edits::new(self.joined.iter().chain([&self.main]).cloned().collect())
    }
}

/// Why a text can not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: Code,
    pub message: String,
    pub span: Span,
}

impl Fault {
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self { code: Code::DoesNotParse, message: message.into(), span }
    }

    /// The text becomes a configuration file only once a template engine has filled it in.
    pub fn template(span: Span) -> Self {
        Self {
            code: Code::Template,
            message: "a template: it holds `{{ }}` or `{% %}` outside of strings".to_owned(),
            span,
        }
    }
}

/// Why a change is not made; nothing was touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    pub span: Option<Span>,
    pub label: String,
    /// A second place that explains the first.
    pub also: Option<(Span, String)>,
    pub help: Option<String>,
    /// The key that is not there, where that is why.
    pub missing: Option<String>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span: None, label: String::new(), also: None, help: None, missing: None }
    }

    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.span = Some(span);
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn and(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also = Some((span, label.into()));
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code, fault.message.clone()).at(fault.span, "here")
    }
}

impl Change {
    /// This change, made in the text that the setting at `path` holds.
    #[must_use]
    pub fn within(self, path: &KeyPath, lens: Lens) -> Self {
        Self::Within { path: path.clone(), lens, change: Box::new(self) }
    }

    /// The path that it starts from, where what it says of the file depends on how the file writes that.
    pub(super) fn path_mut(&mut self) -> Option<&mut KeyPath> {
        match self {
            Self::Set { path, .. }
            | Self::Merge { path, .. }
            | Self::Remove { path }
            | Self::Rename { path, .. }
            | Self::Copy { path, .. }
            | Self::Move { path, .. }
            | Self::Comment { path, .. }
            | Self::Insert { container: path, .. }
            | Self::Block { path }
            | Self::Within { path, .. } => Some(path),
            Self::Import { .. }
            | Self::Statement { .. }
            | Self::Replace { .. }
            | Self::Unshare { .. }
            | Self::Quoted { .. } => None,
        }
    }

    /// The settings it is about; an import is about none.
    pub fn paths(&self) -> Vec<KeyPath> {
        match self {
            Self::Set { path, .. }
            | Self::Merge { path, .. }
            | Self::Comment { path, .. }
            | Self::Unshare { path, .. }
            | Self::Block { path }
            | Self::Within { path, .. } => vec![path.clone()],
            Self::Quoted { change, .. } => change.paths(),
            Self::Insert { container, .. } => vec![container.clone()],
            Self::Remove { path } => path.parent().into_iter().chain([path.clone()]).collect(),
            Self::Rename { path, .. } => path.parent().into_iter().collect(),
            Self::Copy { to, .. } => vec![to.clone()],
            Self::Move { path, to } => vec![path.clone(), to.clone()],
            // Tokens judge what has no value of its own.
            Self::Import { .. } | Self::Statement { .. } | Self::Replace { .. } => Vec::new(),
        }
    }

    /// The meaning of a file after this change, given its meaning before: what verification compares with.
    pub fn apply(&self, before: &Value) -> Value {
        let mut after = before.clone();
        self.apply_to(&mut after);
        after
    }

    /// As `apply`, in place.
    pub fn apply_to(&self, after: &mut Value) {
        match self {
            Self::Set { path, value } | Self::Unshare { path, value } => {
                *slot(after, &path.keys) = value.clone();
            }
            Self::Quoted { change, .. } => change.apply_to(after),
            Self::Block { path } => {
                let block = slot(after, &path.keys);
                if *block == Value::Null {
                    *block = Value::Map(Vec::new());
                }
            }
            Self::Merge { path, entries } => {
                let target = slot(after, &path.keys);
                for (key, value) in entries {
                    *slot(target, &[Key::Name(key.clone())]) = value.clone();
                }
            }
            Self::Remove { path } => remove(after, &path.keys),
            Self::Rename { path, name } => rename(after, &path.keys, name),
            Self::Insert { container, key, value, rank } => {
                let target = slot(after, &container.keys);
                match key {
                    Some(key) => *slot(target, &[Key::Name(key.clone())]) = value.clone(),
                    None => insert_item(target, value, rank),
                }
            }
            Self::Copy { path, to } => {
                let value = slot(after, &path.keys).clone();
                *slot(after, &to.keys) = value;
            }
            Self::Move { path, to } if path == to => {}
            Self::Move { path, to } => {
                let value = slot(after, &path.keys).clone();
                *slot(after, &to.keys) = value;
                remove(after, &path.keys);
            }
            Self::Within { path, lens, change } => {
                if let Self::Merge { path: inner, entries } = &**change {
                    for (key, value) in entries {
                        let set = Self::Set { path: inner.join(key.as_str()), value: value.clone() };
                        set.within(path, *lens).apply_to(after);
                    }
                } else if let Value::Str(text) = slot(after, &path.keys)
                    && let Ok(outcome) = super::edit(&*format_of(*lens), text, change)
                {
                    *text = outcome.text;
                }
            }
            Self::Comment { .. } | Self::Import { .. } | Self::Statement { .. } | Self::Replace { .. } => {}
        }
    }
}

fn insert_item(list: &mut Value, value: &Value, rank: &Rank) {
    let Value::List(items) = list else {
        *list = Value::List(vec![value.clone()]);
        return;
    };
    if items.iter().any(|item| item.means(value)) {
        return;
    }
    let index = |key: &Key| match key {
        Key::Index(index) if *index < 0 => items.len().saturating_add_signed(*index),
        Key::Index(index) => *index as usize,
        _ => items.len(),
    };
    let at = match rank {
        Rank::First => 0,
        Rank::Last => items.len(),
        Rank::Before(key) => index(key),
        Rank::After(key) => index(key) + 1,
    };
    items.insert(at.min(items.len()), value.clone());
}

/// The place in `value` that `keys` name; maps on the way are made.
fn slot<'v>(value: &'v mut Value, keys: &[Key]) -> &'v mut Value {
    let Some((key, rest)) = keys.split_first() else { return value };
    if let (Value::List(items), Key::Index(index)) = (&mut *value, key) {
        let at = if *index < 0 { items.len().saturating_add_signed(*index) } else { *index as usize };
        if at >= items.len() {
            items.push(Value::Null);
        }
        let last = items.len() - 1;
        let Value::List(items) = value else { unreachable!("matched above") };
        return slot(&mut items[at.min(last)], rest);
    }
    let name = match key {
        Key::Name(name) => name.clone(),
        Key::Site(name, site) => format!("{name}#{site}"),
        Key::Index(index) => index.to_string(),
    };
    match value {
        Value::Map(_) => {}
        // Settings made beside an expression: the expression stays, under no name.
        Value::Code(_) => {
            let code = std::mem::replace(value, Value::Null);
            *value = Value::Map(vec![(String::new(), code)]);
        }
        // The text of an element that gains attributes stays beside them.
        Value::Str(text) if !text.trim().is_empty() => {
            *value = Value::Map(vec![("#text".to_owned(), Value::Str(std::mem::take(text)))]);
        }
        _ => *value = Value::Map(Vec::new()),
    }
    let Value::Map(entries) = value else { unreachable!("made a map above") };
    let index = match entries.iter().position(|(known, _)| *known == name) {
        Some(index) => index,
        None => {
            entries.push((name, Value::Null));
            entries.len() - 1
        }
    };
    slot(&mut entries[index].1, rest)
}

fn remove(value: &mut Value, keys: &[Key]) {
    let Some((last, parents)) = keys.split_last() else { return };
    match (slot(value, parents), last) {
        (Value::Map(entries), key) => {
            let name = map_name(key);
            entries.retain(|(known, _)| *known != name);
        }
        (Value::List(items), Key::Index(index)) => {
            let at = if *index < 0 { items.len().saturating_add_signed(*index) } else { *index as usize };
            if at < items.len() {
                items.remove(at);
            }
        }
        _ => {}
    }
}

fn rename(value: &mut Value, keys: &[Key], name: &str) {
    let Some((last, parents)) = keys.split_last() else { return };
    if let Value::Map(entries) = slot(value, parents)
        && let Some(entry) = entries.iter_mut().find(|(known, _)| *known == map_name(last))
    {
        name.clone_into(&mut entry.0);
    }
}

fn map_name(key: &Key) -> String {
    match key {
        Key::Name(name) => name.clone(),
        Key::Site(name, site) => format!("{name}#{site}"),
        Key::Index(index) => index.to_string(),
    }
}
