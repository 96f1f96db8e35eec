//! JSON in three dialects: strict, with comments and trailing commas (JSONC), and JSON5. `jsonc-parser` gives the spans.

use std::borrow::Cow;

use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::style::slash_comment_end;
use super::{Body, Context, Document, Fault, Format, Layout, Name, Node, Refusal, inline, quote};
use crate::diagnostic::Code;
use crate::text::Span;
use crate::value::Value;

/// A dialect of JSON.
#[derive(Clone, Copy)]
pub struct Json {
    dialect: Dialect,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Strict,
    Comments,
    Five,
}

pub static JSON: Json = Json { dialect: Dialect::Strict };
pub static JSONC: Json = Json { dialect: Dialect::Comments };
pub static JSON5: Json = Json { dialect: Dialect::Five };

impl Format for Json {
    fn name(&self) -> &'static str {
        match self.dialect {
            Dialect::Strict => "json",
            Dialect::Comments => "jsonc",
            Dialect::Five => "json5",
        }
    }

    fn globs(&self) -> &'static [&'static str] {
        match self.dialect {
            Dialect::Strict => &["*.json", "*.webmanifest", ".prettierrc"],
            Dialect::Comments => &[
                "*.jsonc",
                "tsconfig*.json",
                "jsconfig*.json",
                "devcontainer.json",
                ".babelrc",
                ".eslintrc",
                "*.code-workspace",
            ],
            Dialect::Five => &["*.json5"],
        }
    }

    /// Comments in a `.json` file make it JSONC; many tools read it so.
    fn relaxed(&self) -> Option<&'static dyn Format> {
        (self.dialect == Dialect::Strict).then_some(&JSONC as &dyn Format)
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let readable = without_lone_surrogates(text);
        let parsed = parse_to_ast(&readable, &CollectOptions::default(), &self.options()).map_err(|error| {
            let range = error.range();
            Fault::new(error.kind().to_string(), Span::new(range.start, range.end))
        })?;
        if self.dialect == Dialect::Strict {
            strict(text)?;
        }
        let root = match parsed.value {
            Some(value) => node(text, &value),
            None => return Err(Fault::new("the file is empty", Span::at(text.len()))),
        };
        Ok(Document::new(root, Vec::new()))
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        slash_comment_end(text, offset)
    }

    fn write_key(&self, key: &str, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let bare = key.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$'))
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
        Ok(match like.map(quote::of) {
            Some(None) if bare => key.to_owned(),
            Some(Some('\'')) => quote::escaped(key, '\''),
            _ => quote::escaped(key, '"'),
        })
    }

    fn write_value(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match value {
            Value::Null | Value::Bool(_) | Value::Int(_) => value.to_string(),
            Value::Float(number) if number.is_finite() => format!("{number:?}"),
            Value::Float(_) => return Err(Refusal::new(Code::Unsupported, "JSON has no such number")),
            Value::Str(text) | Value::Date(text) => match like.and_then(quote::of) {
                Some('\'') => quote::escaped(text, '\''),
                _ => quote::escaped(text, '"'),
            },
            Value::Code(code) => code.clone(),
            Value::List(items) => inline::list(items, |item| self.write_value(item, like, context))?,
            Value::Map(entries) => {
                let value = |value: &Value| self.write_value(value, like, context);
                let entries = inline::entries(entries, ": ", |key| self.write_key(key, None, context), value)?;
                format!("{{{}}}", entries.join(", "))
            }
        })
    }

    fn comment(&self, text: &str) -> Option<String> {
        (self.dialect != Dialect::Strict).then(|| format!("// {text}"))
    }

    fn separator(&self) -> &'static str {
        ": "
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        Some(if context.one_line { "{}".to_owned() } else { format!("{{{}{}}}", context.eol, context.indent) })
    }

    fn closes_with_comma(&self) -> Option<bool> {
        if self.dialect == Dialect::Strict { Some(false) } else { None }
    }

    /// `serde_json` must read the result where it read the text before.
    fn second_judge(&self, before: &str, (after, _): (&str, &Document)) -> Result<(), String> {
        let reads = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| error.to_string());
        match reads(after) {
            Err(error) if reads(before).is_ok() => Err(format!("a second JSON reader rejects the text: {error}")),
            _ => Ok(()),
        }
    }
}

impl Json {
    fn options(&self) -> ParseOptions {
        let (comments, five) = (self.dialect != Dialect::Strict, self.dialect == Dialect::Five);
        ParseOptions {
            allow_comments: comments,
            allow_trailing_commas: comments,
            allow_missing_commas: false,
            allow_loose_object_property_names: five,
            allow_single_quoted_strings: five,
            allow_hexadecimal_numbers: five,
            allow_unary_plus_numbers: five,
            allow_bare_decimal_point_numbers: five,
            allow_non_finite_numbers: five,
            allow_extended_string_escapes: five,
        }
    }
}

/// `text` with each half of a surrogate pair that stands alone replaced, byte for byte: JSON allows it, no text holds it.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    const REPLACEMENT: &str = "\\ufffd";
    let unit = |at: usize| text.get(at..at + 6)?.strip_prefix("\\u").and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let mut replaced = String::new();
    let (mut at, mut done) = (0, 0);
    while let Some(found) = text[at..].find('\\').map(|offset| at + offset) {
        at = found + 1 + text[found + 1..].chars().next().map_or(0, char::len_utf8);
        match (unit(found), unit(found + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at = found + 12,
            (Some(0xD800..=0xDFFF), _) => {
                replaced.push_str(&text[done..found]);
                replaced.push_str(REPLACEMENT);
                at = found + 6;
                done = at;
            }
            _ => {}
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    replaced.push_str(&text[done..]);
    Cow::Owned(replaced)
}

/// What `serde_json` rejects is not JSON.
fn strict(text: &str) -> Result<(), Fault> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
            // Its columns count bytes; one past the end of a line is the end of the line.
            let mut at = (start + error.column().saturating_sub(1)).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or("not JSON").to_owned();
            Err(Fault::new(message, Span::at(at)))
        }
    }
}

fn node(text: &str, value: &ast::Value<'_>) -> Node {
    let range = value.range();
    let span = Span::new(range.start, range.end);
    let scalar = |value, content| (Body::Scalar { value, content }, Vec::new());
    let brackets = Layout::Delimited { open: span.start + 1, close: span.end.saturating_sub(1) };
    let (body, children) = match value {
        ast::Value::StringLit(string) => {
            let inner = Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
            let plain = text.get(inner.start..inner.end) == Some(string.value.as_ref());
            scalar(string.value.as_ref().into(), plain.then_some(inner))
        }
        ast::Value::NumberLit(number) => scalar(number_value(number.value), None),
        ast::Value::BooleanLit(flag) => scalar(Value::Bool(flag.value), None),
        ast::Value::NullKeyword(_) => scalar(Value::Null, None),
        ast::Value::Array(array) => {
            (Body::List(brackets), array.elements.iter().map(|item| node(text, item)).collect())
        }
        ast::Value::Object(object) => {
            let entry = |property: &ast::ObjectProp<'_>| {
                let range = property.name.range();
                let name = match &property.name {
                    ObjectPropName::String(string) => string.value.to_string(),
                    ObjectPropName::Word(word) => word.value.to_owned(),
                };
                let key = Name { text: name, span: Span::new(range.start, range.end), site: None };
                let value = node(text, &property.value);
                Node { key: Some(key), entry: Span::new(range.start, value.entry.end), ..value }
            };
            (Body::Map(brackets), object.properties.iter().map(entry).collect())
        }
    };
    Node { key: None, entry: span, value: span, body, children }
}

/// A number that no machine type holds exactly is kept as it is written.
fn number_value(source: &str) -> Value {
    if let Ok(integer) = source.parse() {
        return Value::Int(integer);
    }
    match source.parse::<f64>() {
        Ok(number) if number.is_finite() && source.bytes().filter(u8::is_ascii_digit).count() <= 15 => {
            Value::Float(number)
        }
        _ => Value::Code(source.to_owned()),
    }
}
