//! YAML 1.2: `saphyr-parser` gives events with places; the exact ends of tokens are found in the text itself.

mod build;
mod scalar;

use super::{Alteration, Body, Context, Document, Fault, Format, Layout, Node, Refusal, inline};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, line_end};
use crate::value::Value;

pub struct Yaml;

impl Format for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.yaml", "*.yml", ".clang-format", ".clang-tidy", ".yamllint"]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        build::document(text).map_err(|fault| {
            let template = text.find("{%").or_else(|| text.find("{{").filter(|_| !text.contains("${{")));
            match template {
                Some(at) => Fault::template(Span::new(at, at + 2)),
                None => fault,
            }
        })
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        let free = offset == 0 || text[..offset].ends_with([' ', '\t', '\n']);
        (free && text[offset..].starts_with('#')).then(|| line_end(text, offset))
    }

    fn write_key(&self, key: &str, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        Ok(scalar::write(key, like, true))
    }

    fn write_value(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        let flow = context.bracketed;
        Ok(match value {
            Value::Str(text) => {
                scalar::write_block(text, like, context.eol).unwrap_or_else(|| scalar::write(text, like, flow))
            }
            Value::Null | Value::Bool(_) | Value::Int(_) => value.to_string(),
            Value::Float(number) if number.is_nan() => ".nan".to_owned(),
            Value::Float(number) if number.is_infinite() => if *number > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
            Value::Float(number) => format!("{number:?}"),
            Value::Date(code) | Value::Code(code) => code.clone(),
            Value::List(items) if context.lists_in_lines && !flow && !items.is_empty() => {
                let indent = format!("{}  ", context.indent);
                let inner = Context { indent: format!("{indent}  "), ..context.clone() };
                let lines = items.iter().map(|item| {
                    Ok(format!("{}{indent}- {}", context.eol, self.write_value(item, None, &inner)?.trim_start()))
                });
                lines.collect::<Result<String, Refusal>>()?
            }
            Value::List(items) => {
                let inner = Context { bracketed: true, ..context.clone() };
                inline::list(items, |item| self.write_value(item, None, &inner))?
            }
            Value::Map(entries) => {
                let inner = Context { bracketed: true, ..context.clone() };
                let key = |key: &str| self.write_key(key, None, context);
                let entries = inline::entries(entries, ": ", key, |value| self.write_value(value, None, &inner))?;
                if flow || entries.is_empty() {
                    format!("{{{}}}", entries.join(", "))
                } else {
                    entries.join(&format!("{}{}", context.eol, context.indent))
                }
            }
        })
    }

    /// A date is a bare text, which stays a text to readers that know no dates. A time alone is a text: bare it is a
    /// number of base 60 to readers of YAML 1.1.
    fn held(&self, value: &Value) -> Value {
        value.with_dates(|date| match date.as_bytes().get(4) {
            Some(b'-') => Value::Date(date),
            _ => Value::Str(date),
        })
    }

    fn separator(&self) -> &'static str {
        ": "
    }

    fn bullet(&self) -> &'static str {
        "- "
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        Some(if context.bracketed { "{}" } else { "" }.to_owned())
    }

    /// A file of several documents is a list of them, which a file of one is not. A tag goes with the value it is for.
    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let node = &parent.children[index];
        match alteration {
            Alteration::Remove if parent.layout() == Some(&Layout::Implied) => {
                let message = "a whole document is meant: the documents of a file are not removed";
                Err(Refusal::new(Code::Unsupported, message).at(node.entry, "here"))
            }
            Alteration::Replace(value) => {
                let Some(start) = outdated_tag(text, node, value) else { return Ok(None) };
                let bracketed = matches!(parent.layout(), Some(Layout::Delimited { .. }));
                let context = Context::of_value(self, text, node, bracketed);
                let written = self.write_value(value, Some(node.value.of(text)), &context)?;
                Ok(Some(vec![Edit::replace(Span::new(start, node.value.end), written)]))
            }
            _ => Ok(None),
        }
    }

    /// `serde_yaml` must read the result as we do, where it read the text before as we did.
    fn second_judge(&self, before: &str, (after, document): (&str, &Document)) -> Result<(), String> {
        let agrees = |text: &str, document: &Document| -> Option<bool> {
            let theirs: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
            Some(scalar::same(&document.root.value(text), &theirs))
        };
        // How it took the text before matters only where it does not take the new one.
        let took = || self.parse(before).ok().and_then(|document| agrees(before, &document)) == Some(true);
        match agrees(after, document) {
            Some(false) if took() => Err("a second YAML reader sees other values".to_owned()),
            None if took() => Err("a second YAML reader rejects the text".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Where the tag of a value on one line starts that is not one of the new value.
fn outdated_tag(text: &str, node: &Node, new: &Value) -> Option<usize> {
    let before = text[..node.value.start].trim_end_matches([' ', '\t']);
    let start = before.rfind(|c: char| c.is_whitespace() || "[{,".contains(c)).map_or(0, |at| at + 1);
    let tag = &before[start..];
    let is_outdated = match &node.body {
        Body::Scalar { value: Value::Code(_), .. } => tag.starts_with('!'),
        Body::Scalar { value: Value::Str(_), .. } => tag == "!!str" && !matches!(new, Value::Str(_)),
        _ => false,
    };
    (is_outdated && !node.value.of(text).contains('\n')).then_some(start)
}
