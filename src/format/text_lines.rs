//! Any text as a list of lines: `.gitignore`, `CODEOWNERS`, requirements. A line is there, or it is added at the end.

use super::style::text_of;
use super::{Body, Context, Document, Fault, Format, Layout, Node, Refusal};
use crate::diagnostic::Code;
use crate::text::{Span, line_end, next_line};
use crate::value::Value;

pub struct Lines;

impl Format for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn globs(&self) -> &'static [&'static str] {
        &[
            ".gitignore",
            ".dockerignore",
            ".npmignore",
            ".prettierignore",
            ".eslintignore",
            ".gitattributes",
            "CODEOWNERS",
            "requirements*.txt",
        ]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut children: Vec<Node> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let span = Span::new(start, line_end(text, start));
            let source = span.of(text);
            if !source.trim().is_empty() {
                let body = Body::Scalar { value: source.into(), content: Some(span) };
                children.push(Node { key: None, entry: span, value: span, body, children: Vec::new() });
            }
            start = next_line(text, start);
        }
        let next = children.last().map_or(text.len(), |node| node.entry.end);
        let whole = Span::new(0, text.len());
        let body = Body::List(Layout::Lines { next, indent: String::new() });
        Ok(Document::new(Node { key: None, entry: whole, value: whole, body, children }, Vec::new()))
    }

    /// A comment is a line like any other: it is nobody's, so it never goes with one.
    fn comment_end(&self, _text: &str, _offset: usize) -> Option<usize> {
        None
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        Err(Refusal::new(Code::Unsupported, format!("a file of lines has no key `{key}`")))
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        match self.held(value) {
            Value::Str(text) if !text.contains(['\n', '\r']) && !text.trim().is_empty() => Ok(text),
            _ => Err(Refusal::new(Code::Unsupported, "a line holds one line of text")),
        }
    }

    fn comment(&self, _text: &str) -> Option<String> {
        None
    }

    fn has_brackets(&self) -> bool {
        false
    }

    fn separator(&self) -> &'static str {
        ""
    }

    fn empty_map(&self, _context: &Context) -> Option<String> {
        None
    }

    fn held(&self, value: &Value) -> Value {
        text_of(value)
    }
}
