//! HCL: Terraform, Packer, Nomad, Vault. `hcl-edit` gives the spans, nothing of it is printed.
//!
//! A block is found by its identifier and then each of its labels. Blocks that share the first of these hang
//! below one node; blocks that share all of them are the sites of one name.

mod add;
mod build;

use super::style::{skip_trivia, slash_comment_end, without_sites};
use super::{
    Alteration, Context, Document, Extend, Extension, Fault, Format, Layout, Node, Refusal, inline, lines, quote,
};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, line_end};
use crate::value::Value;

pub struct Hcl;

impl Format for Hcl {
    fn name(&self) -> &'static str {
        "hcl"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.tf", "*.tfvars", "*.hcl", "*.nomad"]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        build::document(text)
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        let to_line_end = || text[offset..].starts_with('#').then(|| line_end(text, offset));
        slash_comment_end(text, offset).or_else(to_line_end)
    }

    fn write_key(&self, key: &str, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let quoted = like.is_some_and(|like| like.starts_with('"'));
        Ok(if is_identifier(key) && !quoted { key.to_owned() } else { string(key) })
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match value {
            Value::Str(text) | Value::Date(text) => string(text),
            Value::Null | Value::Bool(_) | Value::Int(_) => value.to_string(),
            Value::Float(number) if number.is_finite() => format!("{number:?}"),
            Value::Float(_) => return Err(Refusal::new(Code::Unsupported, "HCL has no such number")),
            Value::Code(code) => context.indented(code),
            Value::List(items) => inline::list(items, |item| self.write_value(item, None, context))?,
            Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Value::Map(entries) => {
                let value = |value: &Value| self.write_value(value, None, context);
                let entries = inline::entries(entries, " = ", |key| self.write_key(key, None, context), value)?;
                format!("{{ {} }}", entries.join(", "))
            }
        })
    }

    fn separator(&self) -> &'static str {
        " = "
    }

    fn repeats_names(&self) -> bool {
        true
    }

    fn aligns(&self) -> bool {
        true
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        // A body may hold a block or an object; only between brackets is it known which.
        context.bracketed.then(|| if context.one_line { "{}".to_owned() } else { open_object(context) })
    }

    fn padding(&self) -> &'static str {
        " "
    }

    fn meaning(&self, value: Value) -> Value {
        without_sites(value)
    }

    /// Takes a block away, or the one attribute of a block on one line.
    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        if let (Alteration::Rename(name), Some(Layout::Lines { .. } | Layout::Own)) = (alteration, parent.layout())
            && !is_object(text, parent)
            && !is_identifier(name)
        {
            let message = format!("`{name}` can not name a block or an attribute of HCL");
            return Err(Refusal::new(Code::Unsupported, message).at(parent.children[index].entry, "here"));
        }
        let node = &parent.children[index];
        if matches!(alteration, Alteration::Replace(_))
            && node.key.as_ref().is_some_and(|key| key.span.end == node.value.start)
        {
            return Err(Refusal::new(Code::Unsupported, "a block is no single value").at(node.entry, "here"));
        }
        Ok(match (alteration, parent.layout()) {
            (Alteration::Remove, Some(Layout::Implied)) => Some(lines::removal(self, text, parent, index, None)),
            (Alteration::Remove, Some(Layout::Own)) => Some(vec![Edit::delete(inside(text, parent))]),
            _ => None,
        })
    }

    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        add::extension(request)
    }

    fn block(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        add::empty_block(request)
    }
}

/// An empty object that its entries will stand in on lines of their own.
fn open_object(context: &Context) -> String {
    format!("{{{}{}}}", context.eol, context.indent)
}

fn is_object(text: &str, node: &Node) -> bool {
    node.value.of(text).starts_with('{')
}

/// What stands between the braces of a block.
fn inside(text: &str, block: &Node) -> Span {
    let open = skip_trivia(&Hcl, text, block.value.start) + 1;
    Span::new(open, block.value.end.saturating_sub(1).max(open))
}

fn is_identifier(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// `text` as a quoted string in which nothing is an expression.
fn string(text: &str) -> String {
    quote::escaped(text, '"').replace("${", "$${").replace("%{", "%%{")
}

fn last_end(node: &Node) -> usize {
    node.children.iter().map(last_end).max().unwrap_or(0).max(node.entry.end)
}

/// Behind the comments that go on with the line of `offset`.
fn behind_comments(text: &str, offset: usize) -> usize {
    let mut at = offset;
    loop {
        let rest = &text[at..];
        let comment = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match Hcl.comment_end(text, comment) {
            Some(end) if end > comment => at = end,
            _ => return at,
        }
    }
}
