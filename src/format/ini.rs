//! INI in its dialects: configparser, libpq service files, systemd, git, php. `[section]`, `key = value`, `key: value`.

use std::collections::BTreeMap;

use super::style::text_of;
use super::{
    Alteration, Body, Context, Document, Extend, Extension, Fault, Format, Layout, Name, Node, Refusal, lines,
};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, indent_of, line_end, next_line};
use crate::value::Value;

pub struct Ini;

impl Format for Ini {
    fn name(&self) -> &'static str {
        "ini"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.ini", "*.cfg", "pg_service.conf", ".pg_service.conf", "*.service", ".editorconfig", ".gitconfig", "*.cnf"]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut sections: Vec<Node> = Vec::new();
        let mut loose: Vec<Node> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = line_end(text, start);
            let content = text[start..end].trim();
            let begin = start + (text[start..end].len() - text[start..end].trim_start().len());
            if content.starts_with('[') {
                sections.push(section(text, begin, end)?);
            } else if !content.is_empty() && !content.starts_with(['#', ';']) {
                let entries = sections.last_mut().map_or(&mut loose, |section| &mut section.children);
                match entries.last_mut() {
                    Some(last) if continues(text, last, begin, content) => {
                        extend_value(text, last, begin + content.len());
                    }
                    _ => entries.push(entry(begin, begin + content.len(), text)),
                }
            }
            start = next_line(text, start);
        }
        for section in &mut sections {
            finish(text, section);
        }
        let sections = joined(sections);
        // Where every key has its section, so must a new one.
        let sectioned = loose.is_empty() && !sections.is_empty();
        let next = loose.last().map_or(text.len(), |node| node.entry.end);
        let layout = if sectioned { Layout::Implied } else { Layout::Lines { next, indent: String::new() } };
        loose.extend(sections);
        let whole = Span::new(0, text.len());
        let root = Node { key: None, entry: whole, value: whole, body: Body::Map(layout), children: loose };
        Ok(Document::new(root, Vec::new()))
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        text[offset..].starts_with(['#', ';']).then(|| line_end(text, offset))
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let clean = !key.is_empty() && key == key.trim() && !key.contains(['=', ':', '\n', '\r', '[', ']', '#', ';']);
        if clean {
            return Ok(key.to_owned());
        }
        Err(Refusal::new(Code::Unsupported, format!("`{key}` can not be an INI key")))
    }

    fn write_value(&self, value: &Value, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let text = match value {
            Value::Str(text) | Value::Date(text) => text.clone(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => value.to_string(),
            Value::Null => String::new(),
            Value::Code(_) | Value::List(_) | Value::Map(_) => {
                return Err(Refusal::new(Code::Unsupported, "an INI key holds text, not a list or table"));
            }
        };
        if text != text.trim() || text.contains(['\n', '\r']) || comment_in(&text).is_some() {
            return Err(not_alike());
        }
        if text.contains('%') {
            let why = "a `%` in a value is a reference to some readers of INI files and text to others";
            return Err(Refusal::new(Code::Unsupported, why));
        }
        let quoted = like.is_some_and(|like| like.len() >= 2 && like.starts_with('"') && like.ends_with('"'));
        // Git and systemd read quotes and backslashes as syntax, and git a comment behind any `#` or `;`; to configparser
        // all of these are text. What stands in the old value shows how this file is read.
        let shown = |c: char| !quoted && like.is_some_and(|like| like.contains(c));
        let special = |c: char| matches!(c, '"' | '\\') || !quoted && matches!(c, '#' | ';');
        if text.chars().any(|c| special(c) && !shown(c)) || text.starts_with(['#', ';', '\'']) && !quoted {
            return Err(not_alike());
        }
        Ok(if quoted { format!("\"{text}\"") } else { text })
    }

    /// Of a value that becomes empty, the comment behind it would be the value.
    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let node = &parent.children[index];
        let is_empty = matches!(alteration, Alteration::Replace(Value::Str(new)) if new.is_empty());
        let behind = text[node.value.end..line_end(text, node.value.end)].trim_start();
        if is_empty && behind.starts_with(['#', ';']) {
            let message = "without a value, the comment behind it would be read as one";
            return Err(Refusal::new(Code::Unsupported, message)
                .at(node.entry, "here")
                .help("move the comment to a line of its own first"));
        }
        Ok(None)
    }

    fn has_brackets(&self) -> bool {
        false
    }

    fn separator(&self) -> &'static str {
        " = "
    }

    fn doubts_quotes(&self) -> bool {
        true
    }

    fn held(&self, value: &Value) -> Value {
        text_of(value)
    }

    fn empty_map(&self, _context: &Context) -> Option<String> {
        None
    }

    fn same_key(&self, written: &str, wanted: &str) -> bool {
        written.eq_ignore_ascii_case(wanted)
    }

    /// Adds a `[section]` at the end of the file.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, path, node, rest, .. } = request;
        let name = rest[0].name().unwrap_or("");
        if !path.keys.is_empty() || rest.len() > 2 {
            let message = format!("`{name}` can not hold keys: an INI file has sections of plain values");
            return Err(Refusal::new(Code::Unsupported, message).at(node.entry, "here"));
        }
        if rest.len() == 1 && request.value.is_some() {
            let message = format!("`{name}` needs a section: this file has no keys outside of one");
            return Err(Refusal::new(Code::Unsupported, message).help(format!("say which, as in `SECTION.{name}`")));
        }
        let slot = lines::slot(self, text, text.trim_end().len(), "");
        let header = format!("[{name}]");
        let inserted = if text.trim().is_empty() {
            format!("{header}{}", slot.context.eol)
        } else {
            format!("{eol}{eol}{header}", eol = slot.context.eol)
        };
        Ok(Extension { edit: Edit::insert(slot.offset, inserted), covered: 1 })
    }
}

fn not_alike() -> Refusal {
    Refusal::new(Code::Unsupported, "this value is not read alike by all readers of INI files")
        .help("they differ on quotes, backslashes, line ends, blanks at an end, and `#` or `;` behind a blank: choose one without")
}

fn section(text: &str, start: usize, end: usize) -> Result<Node, Fault> {
    let Some(close) = text[start..end].find(']').map(|at| start + at) else {
        return Err(Fault::new("a section header without its `]`", Span::new(start, end)));
    };
    let header = Span::new(start, close + 1);
    Ok(Node {
        key: Some(Name {
            text: text[start + 1..close].trim().to_owned(),
            span: Span::new(start + 1, close),
            site: None,
        }),
        entry: header,
        value: Span::at(header.end),
        body: Body::Map(Layout::Implied),
        children: Vec::new(),
    })
}

/// Sections with one name are one section, in the place of the last of them: there its new keys go.
fn joined(sections: Vec<Node>) -> Vec<Node> {
    let name = |section: &Node| section.key.as_ref().map(|key| key.text.clone());
    let last: BTreeMap<_, usize> = sections.iter().enumerate().map(|(index, section)| (name(section), index)).collect();
    let mut earlier: BTreeMap<Option<String>, Vec<Node>> = BTreeMap::new();
    let mut joined = Vec::new();
    for (index, mut section) in sections.into_iter().enumerate() {
        let name = name(&section);
        if last.get(&name) == Some(&index) {
            section.children.splice(0..0, earlier.remove(&name).unwrap_or_default());
            joined.push(section);
        } else {
            earlier.entry(name).or_default().append(&mut section.children);
        }
    }
    joined
}

/// Gives a section the layout that its entries show.
fn finish(text: &str, section: &mut Node) {
    let next = section.children.last().map_or(section.entry.end, |last| last.entry.end);
    let indent = section.children.last().map_or("", |last| indent_of(text, last.entry.start)).to_owned();
    section.entry.end = next;
    section.value.end = next;
    section.body = Body::Map(Layout::Lines { next, indent });
}

fn entry(start: usize, end: usize, text: &str) -> Node {
    let line = &text[start..end];
    let Some(sign) = line.find(['=', ':']) else {
        let span = Span::new(start, end);
        let name = Name { text: line.trim_end().to_owned(), span, site: None };
        let body = Body::Scalar { value: Value::Null, content: None };
        return Node { key: Some(name), entry: span, value: Span::at(end), body, children: Vec::new() };
    };
    let name = line[..sign].trim_end();
    let blank = line[sign + 1..].len() - line[sign + 1..].trim_start().len();
    let from = start + sign + 1 + blank;
    let value = &text[from..end];
    let value = value[..comment_in(value).unwrap_or(value.len())].trim_end();
    // What is empty stands behind the space that follows its sign.
    let spaced = value.is_empty() && text[from..].starts_with(' ');
    let from = from + usize::from(spaced);
    let span = Span::new(from, from + value.len());
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let content = if inner.is_some() { Span::new(span.start + 1, span.end - 1) } else { span };
    Node {
        key: Some(Name { text: name.to_owned(), span: Span::new(start, start + name.len()), site: None }),
        entry: Span::new(start, span.end),
        value: span,
        body: Body::Scalar { value: Value::Str(inner.unwrap_or(value).to_owned()), content: Some(content) },
        children: Vec::new(),
    }
}

/// Where a comment starts on the line of a value: `#` or `;` behind white space.
fn comment_in(value: &str) -> Option<usize> {
    value.match_indices(['#', ';']).map(|(at, _)| at).find(|at| value[..*at].ends_with([' ', '\t']))
}

/// Whether the line `content` at `begin` goes on with the value of `last`, above it: it is indented deeper; or that value ends
/// with a backslash, and this is no entry. To git and systemd an entry goes on with it, too; to configparser it stands for
/// itself, and would be lost with the value.
fn continues(text: &str, last: &Node, begin: usize, content: &str) -> bool {
    let own = indent_of(text, last.entry.start).len();
    let backslash = text[..last.value.end].ends_with('\\');
    backslash && !content.contains(['=', ':']) || indent_of(text, begin).len() > own
}

fn extend_value(text: &str, node: &mut Node, end: usize) {
    node.value.end = end;
    node.entry.end = end;
    let source = node.value.of(text);
    let joined: Vec<&str> = source.lines().map(str::trim).collect();
    node.body = Body::Scalar { value: Value::Str(joined.join("\n")), content: None };
}
