//! The small languages that the text of a setting may be written in, as formats of their own.

mod csv;
mod dsn;
mod url;

use super::{Body, Document, Format, Layout, Node, Refusal, find, json, read};
use crate::diagnostic::Code;
use crate::text::{Edit, Span};
use crate::value::{KeyPath, Lens, Part, Value};

/// The format that `lens` reads a text as.
pub fn format_of(lens: Lens) -> Box<dyn Format> {
    match lens {
        Lens::Url => Box::new(url::Url),
        Lens::Dsn => Box::new(dsn::Dsn),
        Lens::Json => Box::new(json::JSON),
        Lens::Csv(separator) => Box::new(csv::Csv(separator)),
    }
}

/// The value of `part` in `text`; `None` where there is none, or the text is written in another language.
pub fn part_of(text: &str, part: &Part) -> Option<Value> {
    let format = format_of(part.lens);
    let document = read(&*format, text).ok()?;
    Some(find(&*format, &document, &part.path)?.value(text))
}

/// A text of a lens, whose entries only its adapter can add and remove.
fn document(body: Body, text: &str, children: Vec<Node>) -> Document {
    let whole = Span::new(0, text.len());
    Document::new(Node { key: None, entry: whole, value: whole, body, children }, Vec::new())
}

/// A piece of a text that means `value`.
fn scalar(text: &str, span: Span, value: String) -> Body {
    let content = (span.of(text) == value).then_some(span);
    Body::Scalar { value: Value::Str(value), content }
}

/// Deletes an entry with the separator that stands before it, or, of the first one, behind it.
fn removal(parent: &Node, index: usize) -> Vec<Edit> {
    let entry = parent.children[index].entry;
    let previous = index.checked_sub(1).map(|previous| parent.children[previous].entry.end);
    let next = parent.children.get(index + 1).map(|next| next.entry.start);
    vec![Edit::delete(match (previous, next) {
        (Some(previous), _) => Span::new(previous, entry.end),
        (None, Some(next)) => Span::new(entry.start, next),
        (None, None) => entry,
    })]
}

/// The text of a new `value`.
fn plain(value: Option<&Value>, path: &KeyPath) -> Result<String, Refusal> {
    match value {
        Some(Value::Str(text)) => Ok(text.clone()),
        _ => Err(Refusal::new(Code::Unsupported, format!("`{path}` holds one text"))),
    }
}

const OWN: Body = Body::Map(Layout::Own);
