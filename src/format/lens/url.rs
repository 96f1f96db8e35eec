//! A URL: its parts by name, its query parameters below `query`. The last of several equal parameters counts.

use super::{OWN, document, plain, scalar};
use crate::diagnostic::Code;
use crate::format::style::{Context, text_of};
use crate::format::{Alteration, Document, Extend, Extension, Fault, Format, Name, Node, Refusal};
use crate::text::{Edit, Span};
use crate::value::{Key, KeyPath, Value, url};

pub(in crate::format) struct Url;

const QUERY: &str = "query";

impl Format for Url {
    fn name(&self) -> &'static str {
        "url"
    }

    fn globs(&self) -> &'static [&'static str] {
        &[]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut children: Vec<Node> = url::parts(text).into_iter().map(|(name, span)| part(text, name, span)).collect();
        children.extend(url::query(text).map(|span| query(text, span)));
        children.sort_by_key(|node| node.entry.start);
        Ok(document(OWN, text, children))
    }

    fn comment_end(&self, _text: &str, _offset: usize) -> Option<usize> {
        None
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        Ok(url::encode(key))
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        Ok(url::encode(&plain(Some(value), &KeyPath::default())?))
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

    /// A query without parameters says nothing.
    fn meaning(&self, value: Value) -> Value {
        let Value::Map(mut parts) = value else { return value };
        parts.retain(|(name, part)| name != QUERY || *part != Value::Map(Vec::new()));
        Value::Map(parts)
    }

    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let node = &parent.children[index];
        let name = node.key.as_ref().map_or("", |key| key.text.as_str());
        let edit = match (alteration, parent.key.is_some()) {
            (Alteration::Rename(_), true) => return Ok(None),
            (Alteration::Rename(_), false) => {
                return Err(unsupported(format!("`{name}` is no name of this URL"), node));
            }
            (Alteration::Replace(value), true) => url::set_parameter(text, name, &plain(Some(value), &name.into())?),
            (Alteration::Replace(value), false) => Edit::replace(node.value, written(name, value)?),
            (Alteration::Remove, true) => removed_parameter(text, node, name)?,
            (Alteration::Remove, false) if matches!(name, "port" | "path" | "fragment" | QUERY) => {
                Edit::delete(node.entry)
            }
            // With a password behind it, it stays.
            (Alteration::Remove, false) if name == "user" && text[node.entry.end..].starts_with('@') => {
                Edit::delete(Span::new(node.entry.start, node.entry.end + 1))
            }
            (Alteration::Remove, false) => return Err(unsupported(format!("a URL keeps its {name}"), node)),
        };
        Ok(Some(vec![edit]))
    }

    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, document, path, node, rest, value, .. } = request;
        let names: Vec<&str> = path.keys.iter().chain(*rest).filter_map(Key::name).collect();
        let end_of = |name: &str| {
            let part =
                document.root.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name));
            part.map(|part| part.entry.end)
        };
        let missing = || unsupported(format!("this URL takes no `{}`", names.join(".")), node);
        let edit = match names.as_slice() {
            [QUERY] if value.is_none() => {
                // It comes with its first parameter.
                return Ok(Extension { edit: Edit::insert(url::fragment_start(text), "?"), covered: 1 });
            }
            [QUERY, name] => url::set_parameter(text, name, &plain(*value, path)?),
            [name @ "user"] => {
                let scheme = end_of("scheme").ok_or_else(missing)?;
                Edit::insert(scheme + "://".len(), format!("{}@", new(name, *value)?))
            }
            [name @ "port"] => Edit::insert(end_of("host").ok_or_else(missing)?, format!(":{}", new(name, *value)?)),
            [name @ "path"] => {
                let end = end_of("port").or_else(|| end_of("host")).ok_or_else(missing)?;
                Edit::insert(end, new(name, *value)?)
            }
            [name @ "fragment"] => Edit::insert(text.len(), format!("#{}", new(name, *value)?)),
            _ => return Err(missing()),
        };
        Ok(Extension { edit, covered: rest.len() })
    }
}

fn new(name: &str, value: Option<&Value>) -> Result<String, Refusal> {
    written(name, &Value::Str(plain(value, &name.into())?))
}

/// How a part is written; what would end it is encoded, or refused where a reader would not decode it.
fn written(name: &str, value: &Value) -> Result<String, Refusal> {
    let text = plain(Some(value), &name.into())?;
    let wrong =
        |what: &str| Refusal::new(Code::Unsupported, format!("`{text}` can not be the {name} of a URL: {what}"));
    let is_clean = |extra: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
    match name {
        "scheme" if text.is_empty() || !is_clean("+-.:") || !text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Err(wrong("it has letters, digits, `+`, `-` and `.`"))
        }
        "port" if !is_clean("") || text.parse::<u16>().is_err() => Err(wrong("it is a number up to 65535")),
        "host" if text.contains(['/', '?', '#', '@', '%', '\\', '"', '\'']) || text.contains(char::is_whitespace) => {
            Err(wrong("it would end before its end"))
        }
        "host" if text.rsplit_once(':').is_some_and(|(_, port)| port.chars().all(|c| c.is_ascii_digit())) => {
            Err(wrong("the port has a name of its own"))
        }
        "path" if !text.starts_with('/') => Err(wrong("it starts with `/`")),
        "path" | "user" => {
            let other = if name == "user" { [":", "/", "?"] } else { ["?", "?", "?"] };
            let encoded = url::encode(&text);
            Ok(other.iter().fold(encoded, |text, sign| text.replace(sign, &format!("%{:02X}", sign.as_bytes()[0]))))
        }
        "fragment" => Ok(url::encode(&text)),
        _ => Ok(text),
    }
}

fn unsupported(message: String, node: &Node) -> Refusal {
    Refusal::new(Code::Unsupported, message).at(node.entry, "here")
}

fn removed_parameter(text: &str, node: &Node, name: &str) -> Result<Edit, Refusal> {
    if url::parameters(text).iter().filter(|known| known.name == name).count() > 1 {
        let message = format!("`{name}` stands more than once in this URL, and readers take one or the other");
        return Err(unsupported(message, node));
    }
    match url::remove_parameter(text, name) {
        Some(edit) if edit.span.of(text) == text.trim() => {
            Err(unsupported(format!("the URL holds nothing but `{name}`"), node))
        }
        Some(edit) => Ok(edit),
        None => Err(unsupported(format!("`{name}` is not in this URL"), node)),
    }
}

/// A part with the sign before it, which goes with it.
fn part(text: &str, name: &'static str, value: Span) -> Node {
    let sign = usize::from(matches!(name, "port" | "fragment"));
    let entry = Span::new(value.start - sign, value.end);
    let source = value.of(text);
    let meant = if matches!(name, "path" | "user" | "fragment") { url::decode(source) } else { source.to_owned() };
    let key = Name { text: name.to_owned(), span: Span::at(entry.start), site: None };
    Node { key: Some(key), entry, value, body: scalar(text, value, meant), children: Vec::new() }
}

fn query(text: &str, span: Span) -> Node {
    let known = url::parameters(text);
    let counts = |index: usize| known[index + 1..].iter().all(|later| later.name != known[index].name);
    let children = known.iter().enumerate().filter(|(index, _)| counts(*index)).map(|(_, parameter)| {
        let name = text[parameter.entry.start..parameter.entry.end].split('=').next().unwrap_or("");
        let key_span = Span::new(parameter.entry.start, parameter.entry.start + name.len());
        let key = Name { text: parameter.name.clone(), span: key_span, site: None };
        let value = url::decode(parameter.value.of(text));
        Node {
            key: Some(key),
            entry: parameter.entry,
            value: parameter.value,
            body: scalar(text, parameter.value, value),
            children: Vec::new(),
        }
    });
    let entry = Span::new(span.start - 1, span.end);
    let key = Name { text: QUERY.to_owned(), span: Span::at(entry.start), site: None };
    Node { key: Some(key), entry, value: span, body: OWN, children: children.collect() }
}
