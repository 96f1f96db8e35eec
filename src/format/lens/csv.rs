//! A list in one text: `a, b, c`, with a comma or another sign between its items.

use super::{document, plain, removal, scalar};
use crate::diagnostic::Code;
use crate::format::style::{Context, text_of};
use crate::format::{Alteration, Body, Document, Extend, Extension, Fault, Format, Layout, Node, Refusal};
use crate::text::{Edit, Span};
use crate::value::{Key, KeyPath, Value};

pub(in crate::format) struct Csv(pub char);

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn globs(&self) -> &'static [&'static str] {
        &[]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut children = Vec::new();
        let mut start = 0;
        for item in text.split(self.0).filter(|_| !text.trim().is_empty()) {
            let lead = start + item.len() - item.trim_start().len();
            let span = Span::new(lead, lead + item.trim().len());
            let body = scalar(text, span, item.trim().to_owned());
            children.push(Node { key: None, entry: span, value: span, body, children: Vec::new() });
            start += item.len() + self.0.len_utf8();
        }
        Ok(document(Body::List(Layout::Implied), text, children))
    }

    fn comment_end(&self, _text: &str, _offset: usize) -> Option<usize> {
        None
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        Err(Refusal::new(Code::Unsupported, format!("a list in a text has no key `{key}`")))
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let text = plain(Some(value), &KeyPath::default())?;
        if text.contains(self.0) || text.trim() != text || text.is_empty() {
            return Err(Refusal::new(Code::Unsupported, format!("`{text}` can not be an item between `{}`", self.0)));
        }
        Ok(text)
    }

    fn separator(&self) -> &'static str {
        ""
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

    /// Adds an item at an index, with the space that stands between the others.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, node, rest, value, path, .. } = request;
        let [Key::Index(index)] = rest else {
            return Err(Refusal::new(Code::Unsupported, "a list in a text holds plain items").at(node.entry, "here"));
        };
        let context = Context::at(self, text, 0, String::new());
        let item = self.write_value(&Value::Str(plain(*value, path)?), None, &context)?;
        let gap = match node.children.as_slice() {
            [first, second, ..] => text[first.entry.end..second.entry.start].to_owned(),
            _ => self.0.to_string(),
        };
        let next = usize::try_from(*index).ok().and_then(|index| node.children.get(index));
        let edit = match (next, node.children.last()) {
            (Some(next), _) => Edit::insert(next.entry.start, format!("{item}{gap}")),
            (None, Some(last)) => Edit::insert(last.entry.end, format!("{gap}{item}")),
            (None, None) => Edit::insert(text.len(), item),
        };
        Ok(Extension { edit, covered: 1 })
    }
}
