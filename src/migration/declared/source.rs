//! A migration file as data with places: TOML read once, every value with its span.

use toml_edit::{Document, Item, Key, Table, TableLike};

use super::literal::written;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::parts;
use crate::text::{Span, floor_boundary, is_hidden, is_odd_space, nearest};
use crate::value::{MASK, Value, is_secret_name, mask, names_a_place};

/// The file a migration was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// From the root of the repository.
    pub path: String,
    pub text: String,
}

/// A text of the migration file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    pub span: Span,
}

/// A value of the migration file, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub data: Data,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Date(String),
    List(Vec<Datum>),
    Map(Entries),
}

/// The entries of a table, in the order of the file.
pub type Entries = Vec<(Text, Datum)>;

impl Source {
    /// The file as one table.
    ///
    /// # Errors
    /// When it is no TOML, with the place.
    pub(super) fn read(&self) -> Result<Entries, Diagnostic> {
        parts(&self.text, false).map_err(|fault| self.fault(fault.span, fault.message, "here"))?;
        let document = Document::parse(self.text.as_str()).map_err(|error| {
            let message = error.message().trim().replace('\n', ", ");
            let span = span(error.span());
            let unseen = self.text[floor_boundary(&self.text, span.start)..].chars().next();
            match unseen.filter(|c| *c != '\r' && (is_hidden(*c) || is_odd_space(*c))) {
                Some(unseen) => {
                    let message =
                        format!("`{}` is no TOML: U+{:04X} stands outside of a text", self.path, u32::from(unseen));
                    let place = Span::new(span.start, span.start + unseen.len_utf8());
                    self.fault(place, message, "nobody sees it").help("type a plain space, or nothing")
                }
                None => self.fault(span, format!("`{}` is no TOML: {message}", self.path), "here"),
            }
        })?;
        Ok(entries(document.as_table()))
    }

    /// A fault of the migration itself.
    pub(super) fn fault(&self, span: Span, message: impl Into<String>, label: &str) -> Diagnostic {
        Diagnostic::error(Code::BadMigration, message).at(self.location(span, label))
    }

    pub fn location(&self, span: Span, label: &str) -> Location {
        let place = Location::new(self.path.clone(), &self.text, span, label);
        if tells_secret(&place.excerpt) { Location::bare(self.path.clone(), place.position) } else { place }
    }

    /// Where `part` of `text` stands; the whole text where that can not be told.
    pub fn part(&self, text: &Text, part: Span) -> Span {
        let literal = self.text.get(text.span.start..text.span.end).unwrap_or_default();
        let inside = written(literal, &text.text, part);
        inside.map_or(text.span, |inside| Span::new(text.span.start + inside.start, text.span.start + inside.end))
    }

    /// Where `key` stands in the text at `span`; all of that where it does not stand there once.
    pub(super) fn narrowed(&self, span: Span, key: Option<&str>) -> Span {
        let found = key.filter(|key| !key.is_empty()).map(|key| (key, span.of(&self.text).match_indices(key)));
        match found.map(|(key, mut all)| (key, all.next(), all.next())) {
            Some((key, Some((at, _)), None)) => Span::new(span.start + at, span.start + at + key.len()),
            _ => span,
        }
    }

    /// The place `span`, whose text must not be shown, with the rest of its line.
    pub fn masked(&self, span: Span, label: &str) -> Location {
        let place = Location::new(self.path.clone(), &self.text, span, label);
        let bare = Location::bare(self.path.clone(), place.position);
        let literal = span.of(&self.text);
        if literal.contains('\n') || place.span.of(&place.excerpt) != literal {
            return bare;
        }
        let (before, after) = (&place.excerpt[..place.span.start], &place.excerpt[place.span.end..]);
        let is_quoted = literal.starts_with(['"', '\'']);
        let masked = if is_quoted { format!("\"{MASK}\"") } else { MASK.to_owned() };
        let rest = format!("{before}{{{{}}}}{after}");
        let span = Span::new(before.len(), before.len() + masked.len());
        let excerpt = format!("{before}{masked}{after}");
        if tells_secret(&rest) { bare } else { Location { excerpt, span, ..place } }
    }
}

/// Whether a line of a migration holds a literal for a setting whose name says that it is a secret.
fn tells_secret(line: &str) -> bool {
    if mask(line) != line {
        return true;
    }
    let quoted: Vec<&str> = line.split(['"', '\'']).skip(1).step_by(2).collect();
    let last = |path: &&str| path.rsplit(['.', ']']).next().is_some_and(is_secret_name);
    // A variable by its own name, or by what is said of it.
    let around: String = line.split(['"', '\'']).step_by(2).collect();
    let mut words = around.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| *word != "secret");
    let of_variable = words.any(is_secret_name) || around.replace(' ', "").contains("secret=true");
    let is_named = of_variable || quoted.iter().any(last);
    is_named && quoted.iter().any(|text| !last(text) && !text.contains("{{") && !names_a_place(text))
}

impl Datum {
    /// Of a table: the value under `key`.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Data::Map(entries) = &self.data else { return None };
        entries.iter().find(|(known, _)| known.text == key).map(|(_, value)| value)
    }

    /// As a value of a configuration file.
    pub(super) fn value(&self) -> Value {
        match &self.data {
            Data::Bool(flag) => Value::Bool(*flag),
            Data::Int(number) => Value::Int(*number),
            Data::Float(number) => Value::Float(*number),
            Data::Text(text) => Value::Str(text.clone()),
            Data::Date(date) => Value::Date(date.clone()),
            Data::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Data::Map(entries) => {
                Value::Map(entries.iter().map(|(key, value)| (key.text.clone(), value.value())).collect())
            }
        }
    }

    fn kind(&self) -> &'static str {
        match &self.data {
            Data::Bool(_) => "true or false",
            Data::Int(_) | Data::Float(_) => "a number",
            Data::Text(_) => "a text",
            Data::Date(_) => "a date",
            Data::List(_) => "a list",
            Data::Map(_) => "a table",
        }
    }
}

fn span(range: Option<std::ops::Range<usize>>) -> Span {
    range.map_or(Span::default(), |range| Span::new(range.start, range.end))
}

fn entries(table: &dyn TableLike) -> Entries {
    let entry = |(name, item): (&str, &Item)| {
        let key = Text { text: name.to_owned(), span: span(table.key(name).and_then(Key::span)) };
        Some((key, datum(item)?))
    };
    table.iter().filter_map(entry).collect()
}

fn datum(item: &Item) -> Option<Datum> {
    let data = match item {
        Item::None => return None,
        Item::Table(table) => Data::Map(entries(table)),
        Item::ArrayOfTables(tables) => Data::List(tables.iter().map(of_table).collect()),
        Item::Value(value) => return Some(of_value(value)),
    };
    Some(Datum { data, span: span(item.span()) })
}

fn of_table(table: &Table) -> Datum {
    Datum { data: Data::Map(entries(table)), span: span(table.span()) }
}

fn of_value(value: &toml_edit::Value) -> Datum {
    let data = match value {
        toml_edit::Value::String(text) => Data::Text(text.value().clone()),
        toml_edit::Value::Integer(number) => Data::Int(*number.value()),
        toml_edit::Value::Float(number) => Data::Float(*number.value()),
        toml_edit::Value::Boolean(flag) => Data::Bool(*flag.value()),
        toml_edit::Value::Datetime(time) => Data::Date(time.value().to_string()),
        toml_edit::Value::Array(items) => Data::List(items.iter().map(of_value).collect()),
        toml_edit::Value::InlineTable(table) => Data::Map(entries(table)),
    };
    Datum { data, span: span(value.span()) }
}

/// A table whose keys are known.
pub(super) struct Fields<'d> {
    pub source: &'d Source,
    /// What the table is, as in `a step`.
    pub what: &'static str,
    pub entries: &'d Entries,
    /// Of the whole table.
    pub span: Span,
}

impl<'d> Fields<'d> {
    /// # Errors
    /// When it is no table, or has a key that is none of `known`.
    pub fn of(source: &'d Source, datum: &'d Datum, what: &'static str, known: &[&str]) -> Result<Self, Diagnostic> {
        match &datum.data {
            Data::Map(entries) => Self { source, what, entries, span: datum.span }.only(known),
            _ => Err(source.fault(datum.span, format!("{what} is a table, not {}", datum.kind()), "not a table")),
        }
    }

    /// # Errors
    /// When it has a key that is none of `known`.
    pub fn only(self, known: &[&str]) -> Result<Self, Diagnostic> {
        match self.unknown(known).into_iter().next() {
            None => Ok(self),
            Some(fault) => Err(fault),
        }
    }

    /// A fault for each key that is none of `known`.
    pub fn unknown(&self, known: &[&str]) -> Vec<Diagnostic> {
        let fault = |key: &Text| {
            let message = format!("unknown key `{}` in {}", key.text, self.what);
            let fault = self.source.fault(key.span, message, "not a key here");
            match nearest(&key.text, known) {
                Some(near) => fault.patch(format!("did you mean `{near}`?"), near),
                None => fault.help(format!("{} may have: {}", self.what, known.join(", "))),
            }
        };
        let keys = self.entries.iter().map(|(key, _)| key).filter(|key| !known.contains(&key.text.as_str()));
        keys.map(fault).collect()
    }

    pub fn get(&self, key: &str) -> Option<&'d Datum> {
        self.entries.iter().find(|(known, _)| known.text == key).map(|(_, datum)| datum)
    }

    pub fn text(&self, key: &str) -> Result<Option<Text>, Diagnostic> {
        self.get(key).map(|datum| self.as_text(key, datum)).transpose()
    }

    pub fn required(&self, key: &str) -> Result<Text, Diagnostic> {
        self.text(key)?.ok_or_else(|| self.lacks(key))
    }

    pub fn lacks(&self, key: &str) -> Diagnostic {
        self.source.fault(self.span, format!("{} has no `{key}`", self.what), "here")
    }

    fn as_text(&self, key: &str, datum: &Datum) -> Result<Text, Diagnostic> {
        match &datum.data {
            Data::Text(text) => Ok(Text { text: text.clone(), span: datum.span }),
            _ => Err(self.wrong(key, datum, "a text")),
        }
    }

    /// One text, or a list of them.
    pub fn texts(&self, key: &str) -> Result<Vec<Text>, Diagnostic> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Datum { data: Data::List(items), .. }) => items.iter().map(|item| self.as_text(key, item)).collect(),
            Some(datum) => Ok(vec![self.as_text(key, datum)?]),
        }
    }

    pub fn flag(&self, key: &str) -> Result<bool, Diagnostic> {
        match self.get(key) {
            None => Ok(false),
            Some(Datum { data: Data::Bool(flag), .. }) => Ok(*flag),
            Some(datum) => Err(self.wrong(key, datum, "true or false")),
        }
    }

    pub fn count(&self, key: &str) -> Result<Option<usize>, Diagnostic> {
        match self.get(key) {
            None => Ok(None),
            Some(Datum { data: Data::Int(number @ 0..), .. }) => Ok(usize::try_from(*number).ok()),
            Some(datum) => Err(self.wrong(key, datum, "a number from 0")),
        }
    }

    /// A list of tables.
    pub fn tables(&self, key: &str) -> Result<&'d [Datum], Diagnostic> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Datum { data: Data::List(items), .. }) => Ok(items),
            Some(datum) => Err(self
                .wrong(key, datum, "a list of tables")
                .help(format!("write [[{key}]] above it, or {key} = [{{ ... }}]"))),
        }
    }

    /// The entries of the table under `key`; none where it is missing.
    pub fn table(&self, key: &str) -> Result<&'d [(Text, Datum)], Diagnostic> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Datum { data: Data::Map(entries), .. }) => Ok(entries),
            Some(datum) => Err(self.wrong(key, datum, "a table")),
        }
    }

    pub fn wrong(&self, key: &str, datum: &Datum, wanted: &str) -> Diagnostic {
        let message = format!("`{key}` of {} must be {wanted}, and is {}", self.what, datum.kind());
        self.source.fault(datum.span, message, wanted)
    }
}
