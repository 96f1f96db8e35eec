//! Names of other modules: found where they are imported, added once where they are not.

use crate::format::style::Context;
use crate::format::{Body, Document, Import, Node, Opaque, Wanted, code::free_name, lines};
use crate::text::{Edit, eol_near, line_end, line_start, next_line};
use crate::value::{Key, KeyPath};

use super::JavaScript;

/// What the key of an import starts with: `import fs` holds the names that come from `fs` or `node:fs`.
pub(super) const PREFIX: &str = "import ";

/// The key of the imports from `module`.
pub(super) fn key(module: &str) -> String {
    format!("{PREFIX}{}", module.strip_prefix("node:").unwrap_or(module))
}

/// How `name` of `module` is reached in this file, or how to add it.
pub(super) fn import(text: &str, document: &Document, wanted: &Wanted<'_>) -> Import {
    let Wanted { module, name, bound } = *wanted;
    let key = key(module);
    let imports = || document.root.children.iter().filter(|node| node.key.as_ref().is_some_and(|own| own.text == key));
    for child in imports().flat_map(|node| &node.children) {
        let local = child.value.of(text);
        match child.key.as_ref().map(|own| own.text.as_str()) {
            Some(own) if own == name => return Import::Known(local.to_owned()),
            Some("default" | "*") if !bound => return Import::Known(format!("{local}.{name}")),
            _ => {}
        }
    }
    let path = KeyPath { keys: vec![Key::Name(key), Key::Name(name.to_owned())] };
    let (offset, first) = place(text, document);
    let context = Context::at(&JavaScript, text, offset, String::new());
    let quote = context.quote;
    let last = document.root.children.iter().rfind(|node| is_import(node));
    let end = if last.is_none_or(|node| node.entry.of(text).ends_with(';')) { ";" } else { "" };
    let local = free_name(text, document, name);
    let common = is_common(text, document);
    let wanted = match (local == name, common) {
        (true, _) => name.to_owned(),
        (false, true) => format!("{name}: {local}"),
        (false, false) => format!("{name} as {local}"),
    };
    let statement = if common {
        format!("const {{ {wanted} }} = require({quote}{module}{quote}){end}")
    } else {
        format!("import {{ {wanted} }} from {quote}{module}{quote}{end}")
    };
    let eol = eol_near(text, offset);
    let inserted = if first { format!("{statement}{eol}{eol}") } else { format!("{eol}{statement}") };
    Import::Add { path, edit: Edit::insert(offset, inserted), joined: None, expression: local }
}

fn is_import(node: &Node) -> bool {
    node.key.as_ref().is_some_and(|name| name.text.starts_with(PREFIX)) && node.body == Body::Opaque(Opaque::Import)
}

/// Whether the module is CommonJS: it requires or exports that way, and has no `import` or `export`.
fn is_common(text: &str, document: &Document) -> bool {
    let starts = |word: &str| {
        document
            .tokens
            .iter()
            .any(|token| token.of(text) == word && text[line_start(text, token.start)..token.start].is_empty())
    };
    let uses = |word: &str| document.tokens.iter().any(|token| token.of(text) == word);
    !starts("import") && !starts("export") && (uses("require") || uses("module") || uses("exports"))
}

/// Behind the last import, or before the first statement; the flag says that it is the first import.
fn place(text: &str, document: &Document) -> (usize, bool) {
    let top = |node: &&Node| line_start(text, node.entry.start) == node.entry.start;
    let imports = document.root.children.iter().filter(|node| is_import(node)).filter(top);
    if let Some(end) = imports.map(|node| node.entry.end).max() {
        return (line_end(text, end), false);
    }
    // Directives such as 'use strict' stay first.
    let mut offset = 0;
    for token in &document.tokens {
        let source = token.of(text);
        let directive = source.starts_with(['"', '\'']) && text[line_start(text, token.start)..token.start].is_empty();
        if directive {
            offset = next_line(text, token.end);
        } else if token.start >= offset {
            let start = line_start(text, token.start).max(offset);
            return (lines::comments_above(&JavaScript, text, start).max(offset), true);
        }
    }
    (text.len(), true)
}
