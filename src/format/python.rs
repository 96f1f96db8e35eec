//! Python settings modules: the literals that top-level names are given, the statements that change them later, and the
//! arguments of calls.

mod build;
mod call;
mod expression;
mod statement;

use super::{
    Alteration, Body, Context, Document, Extend, Extension, Fault, Format, Import, Layout, Node, Refusal, Wanted,
    inline, quote,
};
use crate::diagnostic::Code;
use crate::text::{Charset, Edit, Span, eol_near, line_end};
use crate::value::{KeyPath, Value};

pub struct Python;

impl Format for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.py", "*.pyi"]
    }

    fn is_code(&self) -> bool {
        true
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        build::document(text)
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        text[offset..].starts_with('#').then(|| line_end(text, offset))
    }

    /// A quoted key of a literal; a bare name where the neighbours are keyword arguments.
    fn write_key(&self, key: &str, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        match like {
            Some(like) => match literal_quote(like) {
                Some(quote) => Ok(quote::escaped(key, quote)),
                None if is_identifier(key) => Ok(key.to_owned()),
                None => Err(Refusal::new(Code::Unsupported, format!("`{key}` can not be the name of an argument"))),
            },
            None => Ok(quote::escaped(key, context.quote)),
        }
    }

    fn write_value(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match value {
            Value::Null => "None".to_owned(),
            Value::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
            Value::Int(_) => value.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Str(text) | Value::Date(text) => {
                quote::escaped(text, like.and_then(literal_quote).unwrap_or(context.quote))
            }
            Value::Code(code) if context.quote == '"' => context.indented(&quote::doubled(self, code, &[("", "")])),
            Value::Code(code) => context.indented(code),
            Value::List(items) => inline::list(items, |item| self.write_value(item, like, context))?,
            Value::Map(entries) => {
                let value = |value: &Value| self.write_value(value, like, context);
                let entries = inline::entries(entries, ": ", |key| Ok(quote::escaped(key, context.quote)), value)?;
                format!("{{{}}}", entries.join(", "))
            }
        })
    }

    fn separator(&self) -> &'static str {
        ": "
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        Some(if context.one_line { "{}".to_owned() } else { format!("{{{}{}}}", context.eol, context.indent) })
    }

    fn closes_with_comma(&self) -> Option<bool> {
        Some(true)
    }

    /// Latin-1 where the first two lines declare it, as PEP 263 says.
    fn charset(&self, bytes: &[u8]) -> Charset {
        let declared = bytes.split(|byte| *byte == b'\n').take(2).any(|line| {
            let line = String::from_utf8_lossy(line).to_ascii_lowercase().replace('_', "-");
            let name = line.split_once("coding").map_or("", |(_, rest)| rest.trim_start_matches([':', '=', ' ']));
            line.trim_start().starts_with('#')
                && ["latin-1", "latin1", "iso-8859-1", "iso8859-1"].iter().any(|latin| name.starts_with(latin))
        });
        if declared { Charset::Latin1 } else { Charset::Utf8 }
    }

    /// A call is code: what it is given can change, and only what has a name can go or get another one.
    fn alter(
        &self,
        _text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let node = &parent.children[index];
        let is_root = parent.key.is_none() && parent.body == Body::Map(Layout::Implied);
        let name = node.key.as_ref().map(|key| key.text.as_str()).filter(|name| is_root && call::is_call(name));
        let Some(name) = name else { return Ok(None) };
        let is_argument = name.starts_with("argument ");
        match alteration {
            Alteration::Replace(_) if is_argument => Ok(None),
            _ => {
                let what = if is_argument { "has no name that could go" } else { "is a call, which is code" };
                let help = "change its arguments, each by its name or as `arg = 1`, or the code by hand";
                Err(Refusal::new(Code::Unsupported, format!("`{name}` {what}")).at(node.entry, "here").help(help))
            }
        }
    }

    /// Adds a statement behind the last one that writes the name.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        statement::extension(self, request)
    }

    fn statement(&self, text: &str, document: &Document, path: &KeyPath, code: &str) -> Result<Edit, Refusal> {
        statement::statement(self, text, document, path, code)
    }

    fn import(&self, text: &str, document: &Document, wanted: &Wanted<'_>) -> Result<Import, Refusal> {
        let Wanted { module, name, bound } = *wanted;
        let path = KeyPath::new([format!("import {module}").as_str(), name]);
        for (_, node) in super::find_all(self, document, &KeyPath::new([format!("import {module}").as_str()])) {
            let whole = node.entry.of(text).trim_start().starts_with("import ");
            let alias = |default: &str| {
                node.entry.of(text).split_once(" as ").map_or(default.to_owned(), |(_, alias)| alias.trim().to_owned())
            };
            if whole && bound {
                continue;
            }
            if whole {
                return Ok(Import::Known(format!("{}.{name}", alias(module))));
            }
            if let Some(known) =
                node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
            {
                return Ok(Import::Known(known.value.of(text).to_owned()));
            }
        }
        let offset = build::import_place(document, text);
        let local = super::code::free_name(text, document, name);
        let alias = if local == name { String::new() } else { format!(" as {local}") };
        let statement = format!("from {module} import {name}{alias}");
        let eol = eol_near(text, offset);
        let inserted = if offset == 0 || text[..offset].ends_with('\n') {
            format!("{statement}{eol}")
        } else {
            format!("{eol}{statement}")
        };
        Ok(Import::Add { path, edit: Edit::insert(offset, inserted), joined: None, expression: local })
    }

    fn uses(&self, text: &str, document: &Document, name: &str) -> Vec<Span> {
        let tokens = &document.tokens;
        let stands = |at: usize, sign: &str| tokens.get(at).is_some_and(|token| token.of(text) == sign);
        // Behind a dot it is an attribute, before an equals sign an argument or another assignment.
        let looked_up = |at: &usize| {
            stands(*at, name) && !stands(*at + 1, "=") && !at.checked_sub(1).is_some_and(|before| stands(before, "."))
        };
        (0..tokens.len()).filter(looked_up).map(|at| tokens[at]).collect()
    }

    fn imported_name<'p>(&self, path: &'p KeyPath) -> Option<&'p str> {
        let first = path.keys.first()?.name()?;
        first.starts_with("import ").then(|| path.keys.get(1).and_then(|key| key.name()).unwrap_or(first))
    }
}

/// The quote of a string literal without a prefix that changes its meaning.
fn literal_quote(literal: &str) -> Option<char> {
    quote::of(literal.trim_start_matches(['u', 'U', 'r', 'R', 'b', 'B', 'f', 'F'])).filter(|quote| *quote != '`')
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn span(range: ruff_text_size::TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}
