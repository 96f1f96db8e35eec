//! JavaScript and TypeScript modules: object literals reached through `new Pool`, `const config`, `export default`,
//! `module.exports` and calls, wherever they stand in the file.

mod build;
mod expression;
mod import;
mod names;
mod write;

use super::style::slash_comment_end;
use super::{Alteration, Body, Context, Document, Fault, Format, Import, Node, Opaque, Refusal, Wanted, inline, quote};
use crate::text::Edit;
use crate::value::{KeyPath, Value};

pub struct JavaScript;

impl Format for JavaScript {
    fn name(&self) -> &'static str {
        "javascript"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.js", "*.mjs", "*.cjs", "*.jsx", "*.ts", "*.mts", "*.cts", "*.tsx"]
    }

    fn is_code(&self) -> bool {
        true
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        build::document(text)
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        slash_comment_end(text, offset)
    }

    fn write_key(&self, key: &str, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match like.and_then(quote::of) {
            Some(quote @ ('"' | '\'')) => quote::escaped(key, quote),
            _ if is_identifier(key) => key.to_owned(),
            _ => quote::escaped(key, context.quote),
        })
    }

    fn write_value(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match value {
            Value::Null | Value::Bool(_) | Value::Int(_) => value.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Str(text) | Value::Date(text) => {
                let quote = like.and_then(quote::of).filter(|quote| *quote != '`').unwrap_or(context.quote);
                quote::escaped(text, quote)
            }
            Value::Code(code) if context.quote == '"' => {
                context.indented(&quote::doubled(self, code, &[("", ""), ("(", ")"), ("({", "})")]))
            }
            Value::Code(code) => context.indented(code),
            Value::List(items) => inline::list(items, |item| self.write_value(item, like, context))?,
            Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Value::Map(entries) => {
                let value = |value: &Value| self.write_value(value, like, context);
                let entries = inline::entries(entries, ": ", |key| self.write_key(key, None, context), value)?;
                format!("{{ {} }}", entries.join(", "))
            }
        })
    }

    /// A name stands for what it is declared as.
    fn same_key(&self, written: &str, wanted: &str) -> bool {
        written == wanted || written.strip_prefix("const ") == Some(wanted)
    }

    fn comment(&self, text: &str) -> Option<String> {
        Some(format!("// {text}"))
    }

    fn separator(&self) -> &'static str {
        ": "
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        Some(if context.one_line { "{}".to_owned() } else { format!("{{{}{}}}", context.eol, context.indent) })
    }

    fn closes_with_comma(&self) -> Option<bool> {
        None
    }

    fn padding(&self) -> &'static str {
        " "
    }

    fn is_entry(&self, key: &str, value: &str) -> bool {
        value.strip_prefix("get ").and_then(|rest| rest.strip_prefix(key)).is_some_and(|rest| rest.starts_with("()"))
    }

    /// A shorthand is the name of a property and of a variable; only the property is renamed. A getter takes the place of
    /// the whole property.
    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let node = &parent.children[index];
        let Some(key) = &node.key else { return Ok(None) };
        if let Alteration::Replace(Value::Code(code)) = alteration
            && self.is_entry(&key.text, code)
        {
            let context = Context::of_value(self, text, node, true);
            let written = self.write_value(&Value::Code(code.clone()), None, &context)?;
            let stands = written.split_whitespace().eq(node.entry.of(text).split_whitespace());
            return Ok((!stands).then(|| vec![Edit::replace(node.entry, written)]));
        }
        let Alteration::Rename(name) = alteration else { return Ok(None) };
        if node.body != Body::Opaque(Opaque::Shorthand) {
            return Ok(None);
        }
        let variable = key.span.of(text);
        let context = Context::of_value(self, text, node, false);
        let written = self.write_key(name, Some(variable), &context)?;
        Ok(Some(vec![Edit::replace(key.span, format!("{written}: {variable}"))]))
    }

    fn import(&self, text: &str, document: &Document, wanted: &Wanted<'_>) -> Result<Import, Refusal> {
        Ok(import::import(text, document, wanted))
    }

    fn imported_name<'p>(&self, path: &'p KeyPath) -> Option<&'p str> {
        let first = path.keys.first()?.name()?;
        first.starts_with(import::PREFIX).then(|| path.keys.get(1).and_then(|key| key.name()).unwrap_or(first))
    }
}

fn is_identifier(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || matches!(c, '_' | '$');
    text.starts_with(first) && text.chars().all(|c| first(c) || c.is_numeric())
}
