//! `.env` files: `KEY=value` lines as shells, dotenv libraries and compose read them.

use super::style::text_of;
use super::{Alteration, Body, Context, Document, Fault, Format, Layout, Name, Node, Refusal, quote};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, line_end, next_line};
use crate::value::Value;

pub struct Env;

impl Format for Env {
    fn name(&self) -> &'static str {
        "env"
    }

    fn globs(&self) -> &'static [&'static str] {
        &[".env", ".env.*", "*.env", ".envrc"]
    }

    fn is_flat(&self) -> bool {
        true
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut children = Vec::new();
        let mut start = 0;
        while start < text.len() {
            start = match entry(text, start)? {
                Some(node) => {
                    let end = node.entry.end;
                    children.push(node);
                    next_line(text, end)
                }
                None => next_line(text, start),
            };
        }
        let next = children.last().map_or(text.len(), |node: &Node| node.entry.end);
        let root = Node {
            key: None,
            entry: Span::new(0, text.len()),
            value: Span::new(0, text.len()),
            body: Body::Map(Layout::Lines { next, indent: String::new() }),
            children,
        };
        Ok(Document::new(root, Vec::new()))
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        text[offset..].starts_with('#').then(|| line_end(text, offset))
    }

    fn write_key(&self, key: &str, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let clean = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if key.is_empty() || key.starts_with(|c: char| c.is_ascii_digit()) || !key.chars().all(clean) {
            return Err(Refusal::new(Code::Unsupported, format!("`{key}` can not be the name of a variable")));
        }
        let export = if like.is_some_and(|like| like.starts_with("export ")) { "export " } else { "" };
        Ok(format!("{export}{key}"))
    }

    fn write_value(&self, value: &Value, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let text = match value {
            Value::Str(text) | Value::Date(text) => text.clone(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => value.to_string(),
            Value::Null => String::new(),
            Value::Code(_) | Value::List(_) | Value::Map(_) => {
                return Err(Refusal::new(Code::Unsupported, "an environment variable holds text, not a list or table"));
            }
        };
        let wanted = match like.and_then(quote::of) {
            Some(quote) if !text.is_empty() => Some(quote),
            _ => needed_quote(&text),
        };
        let Some(wanted) = wanted else { return Ok(text) };
        // In single quotes no reader sees anything but the text itself; in double quotes shells expand.
        let quote = match wanted {
            _ if hides_in_double_quotes(&text) => '\'',
            '\'' if text.contains('\'') && !text.contains('$') => '"',
            wanted => wanted,
        };
        // In single quotes a backslash escapes a quote or a backslash for python-dotenv, and nothing for the others.
        let escapes = quote == '\'' && (text.ends_with('\\') || text.contains("\\\\"));
        if text.contains(quote) || escapes || text.contains(['\n', '\r']) {
            return Err(Refusal::new(
                Code::Unsupported,
                "no quoting of this value is read alike by all readers of .env files",
            ));
        }
        Ok(format!("{quote}{text}{quote}"))
    }

    fn has_brackets(&self) -> bool {
        false
    }

    fn separator(&self) -> &'static str {
        "="
    }

    fn held(&self, value: &Value) -> Value {
        text_of(value)
    }

    /// An empty value before a comment has quotes: without them python-dotenv 1.2.2 reads the comment.
    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let node = &parent.children[index];
        let is_empty = matches!(alteration, Alteration::Replace(Value::Str(new)) if new.is_empty());
        let behind = &text[node.value.end..line_end(text, node.value.end)];
        let comment = behind.trim_start().starts_with('#');
        Ok((is_empty && comment && !node.value.is_empty()).then(|| vec![Edit::replace(node.value, "\"\"")]))
    }

    fn empty_map(&self, _context: &Context) -> Option<String> {
        None
    }

    fn quotes_for(&self, content: &str) -> Option<char> {
        needed_quote(content)
    }
}

/// The quote a bare `text` needs so that shells and every dotenv library read the whole of it.
fn needed_quote(text: &str) -> Option<char> {
    // A byte order mark is white space to Node.js.
    let special = |c: char| c.is_whitespace() || c == '\u{feff}' || "&#$;|<>()*?!`\"'\\{}[]~".contains(c);
    // A lone `?` stands in many URLs and is read alike everywhere; a shell only expands it against file names.
    if !text.chars().any(|c| special(c) && c != '?') {
        return None;
    }
    Some(if hides_in_double_quotes(text) { '\'' } else { '"' })
}

/// Whether double quotes would change `text` for some reader. A reference `${NAME}` needs them to stay one.
fn hides_in_double_quotes(text: &str) -> bool {
    text.contains(['"', '`', '\\']) || text.replace("${", "").contains('$')
}

/// The entry on the line that starts at `start`, if one does.
fn entry(text: &str, start: usize) -> Result<Option<Node>, Fault> {
    let line = &text[start..line_end(text, start)];
    let begin = start + line.len() - line.trim_start().len();
    let mut key = begin;
    if let Some(rest) = text[begin..start + line.len()].strip_prefix("export ") {
        key = start + line.len() - rest.trim_start().len();
    }
    let Some(sign) = text[key..start + line.len()].find('=').map(|offset| key + offset) else { return Ok(None) };
    let name = text[key..sign].trim_end();
    let clean = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || !name.chars().all(clean) {
        return Ok(None);
    }
    let after = sign + 1;
    let blank =
        text[after..start + line.len()].len() - text[after..start + line.len()].trim_start_matches([' ', '\t']).len();
    let end = start + line.len();
    // What is empty stands right behind its sign: a shell reads no value behind a space.
    let empty = text[after + blank..end].is_empty() || text[after + blank..end].starts_with('#');
    let from = if empty { after } else { after + blank };
    let (value, content, decoded) = value(text, from, end)?;
    Ok(Some(Node {
        key: Some(Name { text: name.to_owned(), span: Span::new(begin, key + name.len()), site: None }),
        entry: Span::new(begin, value.end),
        value,
        body: Body::Scalar { value: Value::Str(decoded), content },
        children: Vec::new(),
    }))
}

/// The value that starts at `start` on a line that ends at `end`: its span, its plain content, its meaning.
fn value(text: &str, start: usize, end: usize) -> Result<(Span, Option<Span>, String), Fault> {
    let Some(quote) = quote::of(&text[start..end]) else {
        let rest = &text[start..end];
        let comment = rest.match_indices('#').find(|(at, _)| *at == 0 || rest[..*at].ends_with([' ', '\t']));
        let bare = rest[..comment.map_or(rest.len(), |(at, _)| at)].trim_end();
        let span = Span::new(start, start + bare.len());
        return Ok((span, Some(span), bare.to_owned()));
    };
    let mut at = start + 1;
    let mut decoded = String::new();
    let mut escapes = false;
    for (offset, character) in text[at..].char_indices() {
        if start + 1 + offset < at {
            continue;
        }
        match character {
            '\\' if quote == '"' => {
                escapes = true;
                let escaped = text[at + 1..].chars().next().unwrap_or('\\');
                decoded.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                });
                at += 1 + escaped.len_utf8();
            }
            _ if character == quote => {
                let content = Span::new(start + 1, at);
                let rest = text[at + 1..line_end(text, at)].trim_end();
                if !rest.is_empty() && !rest.trim_start().starts_with('#') {
                    // What goes on behind its quotes is one word to a shell, and something else to every library.
                    let whole = Span::new(start, at + 1 + rest.len());
                    return Ok((whole, None, whole.of(text).to_owned()));
                }
                return Ok((Span::new(start, at + 1), (!escapes).then_some(content), decoded));
            }
            _ => {
                decoded.push(character);
                at += character.len_utf8();
            }
        }
    }
    Err(Fault::new(format!("the quote {quote} does not end"), Span::new(start, start + 1)))
}
