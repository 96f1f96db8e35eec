//! The connection string of libpq: `host=db sslmode=require password='a b'`.

use super::{OWN, document, plain, removal, scalar};
use crate::diagnostic::Code;
use crate::format::style::{Context, text_of};
use crate::format::{Alteration, Document, Extend, Extension, Fault, Format, Name, Node, Refusal, quote};
use crate::text::{Edit, Span};
use crate::value::{KeyPath, Value, dsn};

pub(in crate::format) struct Dsn;

impl Format for Dsn {
    fn name(&self) -> &'static str {
        "dsn"
    }

    fn globs(&self) -> &'static [&'static str] {
        &[]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        if let Some(at) = semicolon(text) {
            let message =
                "its pairs stand between `;`, as in ADO.NET, which is no string of libpq: `csv:;` is for its items";
            return Err(Fault::new(message, Span::new(at, at + 1)));
        }
        let pairs = dsn::pairs(text).map_err(|(message, span)| Fault::new(message, span))?;
        let node = |pair: dsn::Pair| Node {
            key: Some(Name { text: pair.keyword.of(text).to_owned(), span: pair.keyword, site: None }),
            entry: pair.entry,
            value: pair.value,
            body: scalar(text, pair.content, pair.text),
            children: Vec::new(),
        };
        Ok(document(OWN, text, pairs.into_iter().map(node).collect()))
    }

    fn comment_end(&self, _text: &str, _offset: usize) -> Option<usize> {
        None
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        if key.is_empty() || key.contains(|c: char| c.is_whitespace() || matches!(c, '=' | '\'' | '\\')) {
            return Err(Refusal::new(Code::Unsupported, format!("`{key}` can not be a keyword of libpq")));
        }
        Ok(key.to_owned())
    }

    fn write_value(&self, value: &Value, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let text = plain(Some(value), &KeyPath::default())?;
        let asks = text.is_empty() || text.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '\\'));
        if !asks && like.and_then(quote::of) != Some('\'') {
            return Ok(text);
        }
        Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")))
    }

    fn separator(&self) -> &'static str {
        "="
    }

    fn empty_map(&self, _context: &Context) -> Option<String> {
        None
    }

    fn comment(&self, _text: &str) -> Option<String> {
        None
    }

    fn has_brackets(&self) -> bool {
        false
    }

    fn held(&self, value: &Value) -> Value {
        text_of(value)
    }

    fn alter(
        &self,
        _text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        Ok(matches!(alteration, Alteration::Remove).then(|| removal(parent, index)))
    }

    /// Adds a pair behind the last one.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, path, node, rest, value, .. } = request;
        let context = Context::at(self, text, 0, String::new());
        let key = self.write_key(rest[0].name().unwrap_or(""), None, &context)?;
        if !path.keys.is_empty() || rest.len() > 1 {
            return Err(Refusal::new(Code::Unsupported, format!("`{key}` holds one text")).at(node.entry, "here"));
        }
        let value = self.write_value(&Value::Str(plain(*value, path)?), None, &context)?;
        let last = node.children.last();
        let lead = if last.is_some() { " " } else { "" };
        let at = last.map_or(text.len(), |last| last.entry.end);
        Ok(Extension { edit: Edit::insert(at, format!("{lead}{key}={value}")), covered: 1 })
    }
}

/// Where a `;` stands that separates pairs: a sign stands on both sides of each, and what it ends is no value of libpq,
/// whose keywords are small and stand behind blanks.
fn semicolon(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut found = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '\'' => is_quoted = !is_quoted,
            ';' if !is_quoted => found.push(at),
            _ => {}
        }
    }
    let separates = text.split(';').filter(|piece| !piece.trim().is_empty()).all(|piece| piece.contains('='));
    let ends_pair =
        |at: &usize| text[at + 1..].split(char::is_whitespace).next().is_some_and(|word| word.contains('='));
    let is_capital = text.starts_with(char::is_uppercase);
    found.iter().copied().find(|at| is_capital || ends_pair(at)).filter(|_| separates)
}
