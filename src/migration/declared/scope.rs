//! `{{ name }}` in the texts of a migration: only what is declared is filled in, other braces pass untouched.

use std::collections::BTreeMap;

use super::source::{Data, Datum, Source, Text};
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::Variables;
use crate::path::{RepoPath, RepoPathError};
use crate::text::{Span, nearest};
use crate::value::Value;

/// One row of a table of `[for_each]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: String,
    pub columns: BTreeMap<String, Value>,
}

/// What names stand for in one place of a migration.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub source: &'s Source,
    /// The declared names, with their places.
    pub declared: &'s [Text],
    /// The declared tables of rows.
    pub tables: &'s [(Text, Vec<Row>)],
    /// The table that a step goes through, with the row it is at; no row while the migration is only checked.
    pub each: Option<(&'s str, &'s [Row], Option<&'s Row>)>,
    /// No values while the migration is only checked.
    pub variables: Option<&'s Variables>,
}

impl Scope<'_> {
    /// `text` with its names filled in; while there are no values, as it is.
    pub fn fill(&self, text: &Text) -> Result<String, Diagnostic> {
        let mut filled = String::new();
        let mut at = 0;
        for hole in holes(&text.text) {
            filled.push_str(&text.text[at..hole.span.start]);
            at = hole.span.end;
            match hole.content {
                Content::Literal(literal) => filled.push_str(literal),
                Content::Name(name) => match self.value(name, text, hole.span)? {
                    Some(value) => filled.push_str(&value.to_string()),
                    None => filled.push_str(hole.span.of(&text.text)),
                },
            }
        }
        filled.push_str(&text.text[at..]);
        Ok(filled)
    }

    /// The file that `text` names once its names are filled in: one of the repository, and none of this program's own.
    pub fn path(&self, text: &Text) -> Result<RepoPath, Diagnostic> {
        self.path_by(text, RepoPath::new)
    }

    /// As `path`, of a file that is made: a name that every platform takes.
    pub fn new_path(&self, text: &Text) -> Result<RepoPath, Diagnostic> {
        self.path_by(text, RepoPath::of_new)
    }

    fn path_by(
        &self,
        text: &Text,
        read: impl Fn(&str) -> Result<RepoPath, RepoPathError>,
    ) -> Result<RepoPath, Diagnostic> {
        // What the migration says itself is its own fault; what a value makes of it is not.
        let code = if self.variables.is_none() { Code::BadMigration } else { Code::OutsideRepository };
        let fault = |why: String| Diagnostic::error(code, why).at(self.source.location(text.span, "here"));
        let path = read(&self.fill(text)?).map_err(|error| fault(error.to_string()))?;
        match path.is_own() {
            true => Err(fault("what is in `.migrate` belongs to this program".to_owned())),
            false => Ok(path),
        }
    }

    /// Whether `filled` has names that have no values yet.
    pub fn is_open(&self, filled: &str) -> bool {
        self.variables.is_none() && filled.contains("{{")
    }

    /// The value that `datum` stands for; a text that is one name alone has the kind of what it stands for.
    pub fn data(&self, datum: &Datum) -> Result<Value, Diagnostic> {
        Ok(match &datum.data {
            Data::Text(text) => {
                let text = Text { text: text.clone(), span: datum.span };
                let whole = holes(&text.text).next().filter(|hole| hole.span == Span::new(0, text.text.len()));
                if let Some(Hole { content: Content::Name(name), span }) = whole
                    && let Some(value) = self.value(name, &text, span)?
                {
                    return Ok(value);
                }
                Value::Str(self.fill(&text)?)
            }
            Data::List(items) => Value::List(items.iter().map(|item| self.data(item)).collect::<Result<_, _>>()?),
            Data::Map(entries) => {
                let entry = |(key, value): &(Text, Datum)| Ok((self.fill(key)?, self.data(value)?));
                Value::Map(entries.iter().map(entry).collect::<Result<_, Diagnostic>>()?)
            }
            _ => datum.value(),
        })
    }

    /// What `name` stands for; `None` while there are no values.
    fn value(&self, name: &str, text: &Text, hole: Span) -> Result<Option<Value>, Diagnostic> {
        let (table, column) = name.split_once('.').map_or((name, None), |(table, column)| (table, Some(column)));
        if let Some((each, rows, row)) = self.each
            && each == table
        {
            return match (row, column) {
                (None, Some(column)) => match rows.iter().find(|row| !row.columns.contains_key(column)) {
                    Some(row) => {
                        let message = format!("the row `{}` of [for_each.{table}] has no column `{column}`", row.name);
                        let place = self.source.location(self.source.part(text, hole), "not in every row");
                        Err(Diagnostic::error(Code::UnknownVariable, message)
                            .at(place)
                            .help("give each row the same columns"))
                    }
                    None => Ok(None),
                },
                (None, None) => Ok(None),
                (Some(row), None) => Ok(Some(row.name.as_str().into())),
                (Some(row), Some(column)) => Ok(row.columns.get(column).cloned()),
            };
        }
        if column.is_some() || !self.declared.iter().any(|declared| declared.text == name) {
            return Err(self.undeclared(name, text, hole));
        }
        match self.variables {
            None => Ok(None),
            Some(variables) => variables.value(name).map(Some).map_err(|refused| *refused.0),
        }
    }

    fn undeclared(&self, name: &str, text: &Text, hole: Span) -> Diagnostic {
        let span = self.source.part(text, hole);
        let table = name.split('.').next().unwrap_or(name);
        if let Some((known, _)) = self.tables.iter().find(|(known, _)| known.text == table) {
            let message = format!("`{name}` is of a row of [for_each.{table}], and no row is meant here");
            return Diagnostic::error(Code::UnknownVariable, message)
                .at(self.source.location(span, "of which row?"))
                .at(self.source.location(known.span, "the table"))
                .help(format!("do the step for each row: for = \"{table}\""));
        }
        let mut diagnostic =
            Diagnostic::error(Code::UnknownVariable, format!("variable `{name}` is not declared in [vars]"))
                .at(self.source.location(span, "unknown here"));
        let known: Vec<&str> = self.declared.iter().map(|declared| declared.text.as_str()).collect();
        let near = nearest(name, &known);
        if let Some(near) = self.declared.iter().find(|declared| Some(declared.text.as_str()) == near) {
            diagnostic = diagnostic.at(self.source.location(near.span, "did you mean this one?"));
        }
        diagnostic.help(format!("for the literal text write '{{{{ \"{{{{{name}}}}}\" }}}}'"))
    }
}

struct Hole<'t> {
    span: Span,
    content: Content<'t>,
}

enum Content<'t> {
    Name(&'t str),
    /// `{{ "text" }}` stands for the text.
    Literal(&'t str),
}

/// The names in double braces; what is no name belongs to other template languages.
fn holes(text: &str) -> impl Iterator<Item = Hole<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find("{{")?;
            let inner = text[start + 2..].trim_start();
            let from = text.len() - inner.len();
            if let Some(quoted) = inner.strip_prefix('"')
                && let Some((length, _)) = quoted.match_indices('"').find(|(at, _)| ends_hole(&quoted[at + 1..]))
            {
                let close = from + 1 + length;
                let end = close + text[close..].find("}}")? + 2;
                at = end;
                return Some(Hole { span: Span::new(start, end), content: Content::Literal(&quoted[..length]) });
            }
            let end = start + 2 + text[start + 2..].find("}}")? + 2;
            let name = text[start + 2..end - 2].trim();
            at = start + 2;
            if is_name(name) && !text[..start].ends_with('$') {
                at = end;
                return Some(Hole { span: Span::new(start, end), content: Content::Name(name) });
            }
        }
    })
}

/// What `text` is filled in by: `NAME` or `TABLE.COLUMN`.
pub fn filled_in(text: &str) -> Vec<&str> {
    holes(text).filter_map(|hole| if let Content::Name(name) = hole.content { Some(name) } else { None }).collect()
}

/// The declared names that `text` uses.
pub(super) fn names(text: &str) -> Vec<String> {
    filled_in(text).into_iter().map(|name| name.split('.').next().unwrap_or(name).to_owned()).collect()
}

/// `text` with `*` for each name: as a glob it matches whatever the names stand for.
pub fn any(text: &str) -> String {
    let mut glob = String::new();
    let mut at = 0;
    for hole in holes(text) {
        glob.push_str(&text[at..hole.span.start]);
        glob.push('*');
        at = hole.span.end;
    }
    glob.push_str(&text[at..]);
    glob
}

/// Whether nothing but the closing braces comes next.
fn ends_hole(rest: &str) -> bool {
    rest.trim_start_matches(' ').starts_with("}}")
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_names_are_holes() {
        assert_eq!(names("a {{ b }} {{c.d}}"), ["b", "c"]);
        for other in
            ["{{ .Values.x }}", "${{ secrets.X }}", "${VAR:-x}", "{{ x | y }}", "{{", "{{ \"{{x}}\" }}", "{{}}"]
        {
            assert!(names(other).is_empty(), "{other}");
        }
        assert_eq!(any("a/{{ stage }}.env"), "a/*.env");
    }

    #[test]
    fn a_literal_ends_at_the_first_quote_that_closes_it() {
        let literals = |text: &str| -> Vec<String> {
            let literal = |hole: Hole<'_>| match hole.content {
                Content::Literal(literal) => literal.to_owned(),
                Content::Name(name) => name.to_uppercase(),
            };
            holes(text).map(literal).collect()
        };
        assert_eq!(literals("{{ \"{{\"}} {{ a }} {{ \"}}\" }}"), ["{{", "A", "}}"]);
        assert_eq!(literals("{{\"a \"quoted\" b\"}}{{\"c\" }}"), ["a \"quoted\" b", "c"]);
    }
}
