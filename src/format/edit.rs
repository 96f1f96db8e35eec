//! Making a change: one primitive edit after the other, the text read again after each, the whole verified.

mod apart;
mod batch;
mod canonical;
mod foresee;
mod insert;
mod moved;
mod remove;
mod reshape;
mod unshare;
mod within;

use std::sync::Arc;

use canonical::{canonical, unquoted};

pub use batch::{edit_all, foresee, plain_place};
pub(super) use foresee::is_as_foreseen;
pub(super) use moved::end_in_line;
pub(super) use unshare::anchored;
pub use unshare::unsharing;
pub use within::Inner;

use super::delimited::{self, Slot};
use super::locate::{Located, locate};
use super::style::{self, Context};
use super::{
    Alteration, Body, Change, Document, Extend, Extension, Format, Layout, Made, Node, Op, Quotes, Refusal, Wanted,
    lines, quote, read, verify,
};
use crate::diagnostic::Code;
use crate::text::{Edit, Edits, Span};
use crate::value::{Key, KeyPath, Value};

/// A change as made.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub text: String,
    /// `text` as read, or as foreseen.
    pub document: Arc<Document>,
    /// Where `document` is only foreseen: where the values stand in `text` that nobody has read.
    pub foreseen: Option<Vec<Span>>,
    /// On the text before the change.
    pub edits: Edits,
    /// The primitive edits in the order they were made; empty when the text says so already.
    pub made: Vec<Made>,
    /// What was asked for and stood there already.
    pub kept: Vec<KeyPath>,
    /// For an import: how the name is written here.
    pub expression: Option<String>,
}

impl Outcome {
    fn unchanged(text: &str, document: Arc<Document>) -> Self {
        let (edits, made, kept) = (Edits::default(), Vec::new(), Vec::new());
        Self { text: text.to_owned(), document, foreseen: None, edits, made, kept, expression: None }
    }
}

/// Makes `change` in `text`. The result is verified: it reads as the old meaning plus the change.
///
/// # Errors
/// When the text does not parse, the change can not be made in this layout, or verification fails.
/// Nothing is half-made then.
pub fn edit(format: &dyn Format, text: &str, change: &Change) -> Result<Outcome, Refusal> {
    edit_read(format, text, &Arc::new(read(format, text)?), change)
}

/// As `edit`, of a text that was read already, as `document`.
///
/// # Errors
/// As those of `edit`.
pub fn edit_read(
    format: &dyn Format,
    text: &str,
    document: &Arc<Document>,
    change: &Change,
) -> Result<Outcome, Refusal> {
    let (change, quotes) = unquoted(change);
    let mut draft = Draft { quotes, ..Draft::new(format, text, Arc::clone(document)) };
    let change = canonical(format, text, document, change)?;
    let mut expression = None;
    match &change {
        Change::Set { path, value } => draft.set(path, value)?,
        Change::Merge { path, entries } => draft.fill(path, entries, 0)?,
        Change::Remove { path } => draft.remove(path)?,
        Change::Rename { path, name } => draft.rename(path, name)?,
        Change::Insert { container, key, value, rank } => {
            draft.insert_at(container, key.as_deref(), value, rank)?;
        }
        Change::Copy { path, to } => draft.copy(path, to)?,
        Change::Move { path, to } => draft.move_to(path, to)?,
        Change::Comment { path, text } => draft.comment(path, text)?,
        Change::Within { path, lens, change } => draft.within(path, *lens, change)?,
        Change::Import { module, name, bound } => {
            expression = Some(draft.import(&Wanted { module, name, bound: *bound })?);
        }
        Change::Statement { path, code } => draft.statement(path, code)?,
        Change::Block { path } => draft.block(path)?,
        Change::Replace { text, with, whole } => draft.substitute(text, with, *whole)?,
        Change::Unshare { path, .. } => draft.unshare(path)?,
        Change::Quoted { .. } => return Err(Refusal::new(Code::Unsupported, "quotes are asked for twice")),
    }
    if !draft.made.is_empty() {
        verify::verify(format, (text, document), (&draft.text, &draft.document), &draft.edits, &change)?;
    }
    let Draft { text, document, edits, made, kept, .. } = draft;
    Ok(Outcome { text, document, foreseen: None, edits, made, kept, expression })
}

/// Why an edit is dropped after which the file would not read any more.
fn unreadable(made: &Made, why: &str) -> Refusal {
    let message = format!("the edited text would not parse: {why}");
    match made.op {
        // The author's own text breaks the file.
        Op::Text => Refusal::new(Code::Unsupported, message).help("mend the text that is to be put there"),
        _ => Refusal::new(Code::NotVerified, message)
            .help("is the value, as it is given, one of this language? if so, make this change by hand and report it"),
    }
}

struct Draft<'f> {
    format: &'f dyn Format,
    /// Of the text before the change, in bytes.
    length: usize,
    text: String,
    document: Arc<Document>,
    /// From the text before the change to `text`.
    edits: Edits,
    made: Vec<Made>,
    kept: Vec<KeyPath>,
    /// The quotes asked for, whatever those around it are.
    quotes: Option<Quotes>,
    /// What is copied, where it is one line of a language of plain lines.
    copied: Option<Copied>,
    /// A list that is written has a line for each of its elements.
    lists_in_lines: bool,
    /// Edits are gathered and not applied: each is one of the text as it was.
    collects: bool,
    /// What is gathered ends the change: its other edits are made another time.
    stops: bool,
    /// What is removed, at this depth, stands elsewhere by now, with the comments that stood alone in it.
    moves: Option<usize>,
}

/// A value with its writing: its quotes say how it is read, and what stands with its name who reads it.
struct Copied {
    value: Value,
    written: String,
    key: Option<String>,
}

impl<'f> Draft<'f> {
    fn new(format: &'f dyn Format, text: &str, document: Arc<Document>) -> Self {
        Self {
            format,
            length: text.len(),
            text: text.to_owned(),
            document,
            edits: Edits::default(),
            made: Vec::new(),
            kept: Vec::new(),
            quotes: None,
            copied: None,
            lists_in_lines: false,
            collects: false,
            stops: false,
            moves: None,
        }
    }
}

impl Draft<'_> {
    /// Applies one primitive edit and reads the result.
    fn push(&mut self, mut made: Made) -> Result<(), Refusal> {
        made.main.span.of(&self.text).clone_into(&mut made.was);
        if self.collects {
            self.made.push(made);
            return if self.stops { Err(Refusal::new(Code::NotVerified, "more is to be made")) } else { Ok(()) };
        }
        let edits = made.edits().map_err(|overlap| Refusal::new(Code::NotVerified, overlap.to_string()))?;
        let text = edits.apply(&self.text);
        let document = read(self.format, &text).map_err(|fault| match self.quotes {
            Some(quotes) => unquotable(quotes, self.format),
            None => unreadable(&made, &fault.message),
        })?;
        self.document = Arc::new(document);
        self.edits = self.edits.then(&edits, self.length);
        self.text = text;
        self.made.push(made);
        Ok(())
    }

    /// Applies primitive edits that lead to `text`, which reads as `document`.
    fn push_read(&mut self, made: Vec<Made>, text: String, document: Document) -> Result<(), Refusal> {
        for made in made {
            let edits = made.edits().map_err(|overlap| Refusal::new(Code::NotVerified, overlap.to_string()))?;
            self.edits = self.edits.then(&edits, self.length);
            self.made.push(made);
        }
        (self.text, self.document) = (text, Arc::new(document));
        Ok(())
    }

    /// What the format itself makes of `alteration`, if it has a way of its own.
    fn alter(&self, located: &Located<'_>, alteration: &Alteration<'_>) -> Result<Option<Vec<Edit>>, Refusal> {
        let [.., parent, node] = located.trail.as_slice() else { return Ok(None) };
        let Some(index) = parent.children.iter().position(|child| std::ptr::eq(child, *node)) else { return Ok(None) };
        self.format.alter(&self.text, parent, index, alteration)
    }

    /// Applies the edits of one alteration: the main one, and the one that goes with it.
    fn push_all(&mut self, path: &KeyPath, op: Op, edits: Vec<Edit>, after: Vec<String>) -> Result<(), Refusal> {
        let mut edits = edits.into_iter();
        let Some(main) = edits.next() else { return Ok(()) };
        self.push(Made { joined: edits.next(), after, ..Made::new(path.clone(), op, main) })
    }

    fn set(&mut self, path: &KeyPath, value: &Value) -> Result<(), Refusal> {
        self.give(path, value, 1)
    }

    /// Sets `path`, whose last `given` keys are what was asked for; the maps before them are only on the way.
    fn give(&mut self, path: &KeyPath, value: &Value, given: usize) -> Result<(), Refusal> {
        if let Value::Map(entries) = value {
            let document = Arc::clone(&self.document);
            let located = locate(self.format, &self.text, &document, path)?;
            let node = located.node();
            if located.rest.is_empty() && node.value(&self.text).means(value) {
                return Ok(());
            }
            let is_there = located.rest.is_empty();
            match &node.body {
                Body::Map(_) if is_there && !node.children.is_empty() => return self.refill(path, entries, given),
                Body::List(_) if is_there => return self.reshape(&located, value, given),
                // In markup a text stays beside what is put into its element.
                Body::Scalar { .. } if is_there && !entries.is_empty() && !self.format.repeats_names() => {
                    return self.reshape(&located, value, given);
                }
                _ => {}
            }
            if !entries.is_empty() {
                return self.fill(path, entries, given);
            }
        }
        // Each turn makes one more key exist, so the path's length bounds the turns.
        for _ in 0..=path.keys.len() {
            let document = Arc::clone(&self.document);
            let located = locate(self.format, &self.text, &document, path)?;
            if located.rest.is_empty() {
                return self.replace(located.node(), &located.path, value, &located);
            }
            let covered = self.grow(&located, Some(value), given)?;
            if covered == located.rest.len() {
                return Ok(());
            }
        }
        Err(Refusal::new(Code::Unsupported, format!("`{path}` can not be made in this file")))
    }

    /// Sets several keys of the map at `path`.
    fn fill(&mut self, path: &KeyPath, entries: &[(String, Value)], given: usize) -> Result<(), Refusal> {
        if entries.len() > 1 {
            self.make_map(path, given)?;
        }
        entries.iter().try_for_each(|(key, value)| self.give(&path.join(key.as_str()), value, given + 1))
    }

    /// Makes the maps on the way to `path`, and the one at it.
    fn make_map(&mut self, path: &KeyPath, given: usize) -> Result<(), Refusal> {
        for _ in 0..=path.keys.len() {
            let document = Arc::clone(&self.document);
            let located = locate(self.format, &self.text, &document, path)?;
            if located.rest.is_empty() {
                return Ok(());
            }
            self.grow(&located, None, given)?;
        }
        Err(Refusal::new(Code::Unsupported, format!("`{path}` can not be made in this file")))
    }

    /// Adds the next missing key below what exists: the value if it is the last one, else an empty map.
    fn grow(&mut self, located: &Located<'_>, value: Option<&Value>, given: usize) -> Result<usize, Refusal> {
        let node = located.node();
        let leaf = located.rest.len() == 1;
        if !leaf || node.is_arguments(&self.text) {
            self.refuse_spread(node, &located.path.join(located.rest[0].clone()))?;
        }
        let slot = match node.layout() {
            Some(Layout::Delimited { open, close }) => {
                Some(delimited::slot(self.format, &self.text, node, *open, *close))
            }
            Some(Layout::Lines { next, indent }) => Some(lines::slot(self.format, &self.text, *next, indent)),
            Some(Layout::Implied | Layout::Own) | None => None,
        };
        let entry = match (slot, &located.rest[0]) {
            (_, key @ Key::Index(_)) => {
                let message = format!("`{}` has no element {key}", located.path);
                return Err(Refusal::new(Code::NotFound, message).at(node.value, "this list"));
            }
            (Some(_), key) if node.is_list() => {
                let message = format!("`{}` is a list and has no `{key}`", located.path);
                return Err(Refusal::new(Code::NotFound, message).at(node.value, "this list"));
            }
            (Some(slot), key) => {
                let name = key.name().unwrap_or("");
                let value = if leaf { value } else { None };
                self.entry_text(node, name, value, &slot.context)?.map(|text| (slot, text))
            }
            (None, _) => None,
        };
        let Some((slot, text)) = entry else { return self.extend(located, value, given) };
        let path = located.path.join(located.rest[0].clone());
        self.insert(node, path, slot, &text)?;
        Ok(1)
    }

    /// What is spread into `node` may hold the new `path`.
    fn refuse_spread(&self, node: &Node, path: &KeyPath) -> Result<(), Refusal> {
        let Some(spread) = node.children.iter().find(|child| child.body == Body::Spread) else { return Ok(()) };
        let help = match node.is_arguments(&self.text) {
            true => "an argument that is given twice stops the program: write out what is spread, or change that",
            false => "a new table would hide that one: write it out in the file first, or set it as a whole",
        };
        let source = spread.entry.of(&self.text);
        let refusal = Refusal::new(Code::Computed, format!("`{source}` may hold `{path}` already"));
        Err(refusal.at(spread.entry, "may hold it").help(help))
    }

    fn insert(&mut self, container: &Node, path: KeyPath, slot: Slot, entry: &str) -> Result<(), Refusal> {
        let main = Edit::insert(slot.offset, format!("{}{entry}{}", slot.prefix, slot.suffix));
        let after = earlier(container);
        self.push(Made { joined: slot.joined, after, ..Made::new(path, Op::Insert, main) })
    }

    fn extend(&mut self, located: &Located<'_>, value: Option<&Value>, given: usize) -> Result<usize, Refusal> {
        self.make_way(located, value, given, |format, request| format.extend(request))
    }

    /// Adds the missing keys as the format itself does it.
    fn make_way(
        &mut self,
        located: &Located<'_>,
        value: Option<&Value>,
        given: usize,
        extension: impl Fn(&dyn Format, &Extend<'_>) -> Result<Extension, Refusal>,
    ) -> Result<usize, Refusal> {
        let request = Extend {
            text: &self.text,
            document: &Arc::clone(&self.document),
            path: &located.path,
            node: located.node(),
            rest: &located.rest,
            value,
            given: located.rest.len() <= given,
        };
        let extension = extension(self.format, &request)?;
        if let (Some(quotes), Some(value)) = (self.quotes, value.filter(|_| extension.covered == located.rest.len())) {
            let end = extension.edit.text.trim_end().chars().next_back().filter(|last| matches!(last, '"' | '\''));
            if !matches!(value, Value::Str(_)) || end != quotes.mark() {
                return Err(unquotable(quotes, self.format));
            }
        }
        let mut path = located.path.clone();
        path.keys.extend(located.rest[..extension.covered].iter().cloned());
        let after = earlier(located.node());
        self.push(Made { after, ..Made::new(path, Op::Insert, extension.edit) })?;
        Ok(extension.covered)
    }

    /// The text of a new entry; `None` where this language has no such entry here.
    fn entry_text(
        &self,
        container: &Node,
        key: &str,
        value: Option<&Value>,
        context: &Context,
    ) -> Result<Option<String>, Refusal> {
        let siblings: Vec<&Node> = container.inside().filter(|child| child.key.is_some()).collect();
        let like = siblings.last().and_then(|node| node.key.as_ref()).map(|name| name.span.of(&self.text));
        let like = like.or_else(|| container.is_arguments(&self.text).then_some("name"));
        let copied = self.copied.as_ref().filter(|copied| value == Some(&copied.value));
        let like = copied.and_then(|copied| copied.key.as_deref()).or(like);
        let written = match value {
            Some(value) => self.written(value, neighbour(self.format, &siblings, &self.text), context)?,
            None => match self.format.empty_map(context) {
                Some(map) => map,
                None => return Ok(None),
            },
        };
        if self.format.is_entry(key, &written) {
            return Ok(Some(written));
        }
        let key = self.format.write_key(key, like, context)?;
        let separator = style::separator(self.format, &self.text, Some(container), &siblings, key.len());
        let separator =
            if written.is_empty() || written.starts_with(['\r', '\n']) { separator.trim_end() } else { &separator };
        Ok(Some(format!("{key}{separator}{written}")))
    }

    /// `value` as text, in the quotes that are asked for, else in those of `like`.
    fn written(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        if let Some(copied) = &self.copied
            && copied.value == *value
            && !copied.written.is_empty()
        {
            return Ok(copied.written.clone());
        }
        let context = &Context { lists_in_lines: self.lists_in_lines, ..context.clone() };
        let Some(quotes) = self.quotes else { return self.format.write_value(value, like, context) };
        let written = self.format.write_value(value, Some(quotes.sample()), context)?;
        match value {
            Value::Str(_) if quote::of(&written) == quotes.mark() => Ok(written),
            _ => Err(unquotable(quotes, self.format)),
        }
    }

    fn replace(&mut self, node: &Node, path: &KeyPath, value: &Value, located: &Located<'_>) -> Result<(), Refusal> {
        if node.value(&self.text).means(value) {
            self.kept.push(path.clone());
            return Ok(());
        }
        let code = matches!(value, Value::Code(_));
        let is_list = matches!((&node.body, value), (Body::List(_), Value::List(_)));
        if (!node.children.is_empty() || is_list) && !code {
            return self.reshape(located, value, 1);
        }
        if let Some(edits) = self.alter(located, &Alteration::Replace(value))? {
            return self.push_all(path, Op::Replace, edits, Vec::new());
        }
        let parent = located.trail.iter().rev().nth(1);
        let bracketed = matches!(parent.and_then(|node| node.layout()), Some(Layout::Delimited { .. }));
        let context = match value {
            Value::Map(_) | Value::List(_) | Value::Code(_) => {
                Context::of_value(self.format, &self.text, node, bracketed)
            }
            _ => Context::of_plain(self.format, &self.text, node, bracketed),
        };
        let old = node.value.of(&self.text);
        let like = if old.is_empty() {
            parent.and_then(|parent| neighbour(self.format, &parent.children.iter().collect::<Vec<_>>(), &self.text))
        } else {
            Some(old)
        };
        let written = self.written(value, like, &context)?;
        if code && squeezed(&written) == squeezed(old) {
            return Ok(());
        }
        let lead = if node.value.is_empty() { self.lead(node) } else { "" };
        let lead = if written.is_empty() { lead.trim_end() } else { lead };
        // A block scalar that keeps its line ends holds the end of its last line.
        let tail = if old.ends_with('\n') { context.eol } else { "" };
        self.push(Made::new(path.clone(), Op::Replace, Edit::replace(node.value, format!("{lead}{written}{tail}"))))
    }

    /// What is missing before a first value: the separator, or the space behind it.
    fn lead(&self, node: &Node) -> &'static str {
        let before = &self.text[..node.value.start];
        let spaced = || before[..before.len() - 1].ends_with([' ', '\t']);
        match &node.key {
            Some(key) if key.span.end == node.value.start => self.format.separator(),
            Some(_)
                if before.ends_with([':', '='])
                    && self.format.separator().ends_with(' ')
                    && (before.ends_with(':') || spaced()) =>
            {
                " "
            }
            None if before.ends_with('-') => " ",
            _ => "",
        }
    }
}

/// Why a value does not get the quotes that are asked for.
fn unquotable(quotes: Quotes, format: &dyn Format) -> Refusal {
    let message = format!("`quote = \"{}\"` is no way to write this value in {} here", quotes.name(), format.name());
    Refusal::new(Code::Unsupported, message).help("leave `quote` out: the value is written as its neighbours are")
}

/// A neighbour that shows the style here: the nearest string with the quotes that most strings have.
fn neighbour<'t>(format: &dyn Format, siblings: &[&Node], text: &'t str) -> Option<&'t str> {
    let strings = siblings
        .iter()
        .filter(|node| matches!(&node.body, Body::Scalar { value: Value::Str(_), .. }) && !node.value.is_empty());
    let written: Vec<&str> = strings.map(|node| node.value.of(text)).collect();
    if format.doubts_quotes()
        && let Some(bare) = written.iter().rev().find(|literal| quote::of(literal).is_none())
    {
        return Some(bare);
    }
    let kinds = [None, Some('\''), Some('"'), Some('`')];
    let counts = kinds.map(|kind| written.iter().filter(|literal| quote::of(literal) == kind).count());
    let most = counts.iter().max();
    let is_commonest = |literal: &&&str| {
        let kind = kinds.iter().position(|kind| *kind == quote::of(literal));
        kind.map(|kind| &counts[kind]) == most
    };
    let nearest = written.iter().rev().find(is_commonest);
    nearest.copied().or_else(|| siblings.last().map(|node| node.value.of(text)))
}

fn earlier(container: &Node) -> Vec<String> {
    container.children.iter().rev().filter_map(|child| Some(child.key.as_ref()?.text.clone())).take(8).collect()
}

/// Source text without its white space.
fn squeezed(source: &str) -> String {
    source.split_whitespace().collect()
}
