//! The connection string of libpq: `host=db sslmode=require password='a b'`.

use super::{OWN, document, plain, removal, scalar};
use crate::diagnostic::Code;
use crate::format::style::{Context, text_of};
use crate::format::{Alteration, Document, Extend, Extension, Fault, Format, Name, Node, Refusal, quote};
use crate::text::{Edit, Span};
use crate::value::{KeyPath, Value};

pub(in crate::format) struct Dsn;

impl Format for Dsn {
    fn name(&self) -> &'static str {
        "dsn"
    }

    fn globs(&self) -> &'static [&'static str] {
        &[]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut children = Vec::new();
        let mut at = skip_blanks(text, 0);
        while at < text.len() {
            let node = pair(text, at)?;
            at = skip_blanks(text, node.entry.end);
            children.push(node);
        }
        Ok(document(OWN, text, children))
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

fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// The pair that begins at `start`. Blanks may stand around its sign.
fn pair(text: &str, start: usize) -> Result<Node, Fault> {
    let rest = &text[start..];
    let end = start + rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
    let sign = skip_blanks(text, end);
    if end == start || !text[sign..].starts_with('=') {
        return Err(Fault::new("a keyword of libpq has no `=`", Span::new(start, end.max(start))));
    }
    let from = skip_blanks(text, sign + 1);
    let quoted = text[from..].starts_with('\'');
    let (mut value, mut stop, mut escaped) = (String::new(), None, false);
    for (at, character) in text[from + usize::from(quoted)..].char_indices() {
        let at = from + usize::from(quoted) + at;
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' if quoted => {
                stop = Some(at + 1);
                break;
            }
            _ if !quoted && character.is_whitespace() => {
                stop = Some(at);
                break;
            }
            _ => value.push(character),
        }
    }
    let stop = match stop {
        None if quoted => return Err(Fault::new("a quote does not end", Span::new(from, text.len()))),
        stop => stop.unwrap_or(text.len()),
    };
    let inner = if quoted { Span::new(from + 1, stop - 1) } else { Span::new(from, stop) };
    let key = Name { text: text[start..end].to_owned(), span: Span::new(start, end), site: None };
    Ok(Node {
        key: Some(key),
        entry: Span::new(start, stop),
        value: Span::new(from, stop),
        body: scalar(text, inner, value),
        children: Vec::new(),
    })
}
