//! The texts of a migration file that no step holds: where they stand, and the names that they are given to.

use super::Declaration;
use super::source::{Data, Datum, Entries, Text};
use crate::migration::Kind;
use crate::text::Span;

/// A text that has a name in `{{ }}`: the default of a variable, or what a row of a table has in one column.
pub struct Given {
    /// `NAME`, or `TABLE.COLUMN`.
    pub name: String,
    pub text: Text,
    pub of: Giver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// A variable of which nothing says what it holds.
    Variable,
    /// A variable that was said to be a secret.
    Secret,
    /// A variable that was said to be none.
    Open,
    /// A variable that is a path, a number or one of a few: its name tells nothing.
    Plain,
    /// A row of a table.
    Row,
}

impl Declaration {
    /// What `[vars]` and `[for_each]` give names to.
    pub fn given(&self) -> Vec<Given> {
        let entries = self.source.read().unwrap_or_default();
        let below =
            |key: &str| entries.iter().find(|(name, _)| name.text == key).into_iter().flat_map(|(_, all)| map(all));
        let mut given = Vec::new();
        for (name, variable) in below("vars") {
            given.extend(default(&name.text, variable));
        }
        for (table, rows) in below("for_each") {
            for (column, value) in map(rows).iter().flat_map(|(_, row)| map(row)) {
                let name = format!("{}.{}", table.text, column.text);
                given.extend(text(value).map(|text| Given { name, text, of: Giver::Row }));
            }
        }
        given
    }

    /// Where a text stands in quotes, as a key or as a value.
    pub fn quoted(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        quoted(&self.source.read().unwrap_or_default(), &mut spans);
        spans.sort_by_key(|span| (span.start, span.end));
        spans.dedup();
        spans
    }
}

fn default(name: &str, variable: &Datum) -> Option<Given> {
    let text = text(variable.get("default")?)?;
    let says = |key: &str, data: &Data| variable.get(key).is_some_and(|datum| datum.data == *data);
    let string = Data::Text(Kind::String.name().to_owned());
    let is_any = variable.get("kind").is_none_or(|kind| kind.data == string) && variable.get("one_of").is_none();
    let of = match () {
        () if says("secret", &Data::Bool(true)) => Giver::Secret,
        () if says("secret", &Data::Bool(false)) => Giver::Open,
        () if is_any => Giver::Variable,
        () => Giver::Plain,
    };
    Some(Given { name: name.to_owned(), text, of })
}

fn map(datum: &Datum) -> &[(Text, Datum)] {
    if let Data::Map(entries) = &datum.data { entries } else { &[] }
}

fn text(datum: &Datum) -> Option<Text> {
    let Data::Text(text) = &datum.data else { return None };
    Some(Text { text: text.clone(), span: datum.span })
}

fn quoted(entries: &Entries, spans: &mut Vec<Span>) {
    for (key, value) in entries {
        spans.push(key.span);
        quoted_value(value, spans);
    }
}

fn quoted_value(datum: &Datum, spans: &mut Vec<Span>) {
    match &datum.data {
        Data::Text(_) => spans.push(datum.span),
        Data::List(items) => items.iter().for_each(|item| quoted_value(item, spans)),
        Data::Map(entries) => quoted(entries, spans),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Date(_) => {}
    }
}
