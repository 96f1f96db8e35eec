//! TOML 1.0 and 1.1: `toml_edit` gives the spans, nothing of it is printed.

use toml_edit::{Array, InlineTable, Item, Table};

use super::{
    Body, Context, Document, Extend, Extension, Fault, Format, Layout, Name, Node, Refusal, inline, lines, locate,
    quote,
};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, indent_of, line_end, line_start};
use crate::value::{Key, Value};

pub struct Toml;

impl Format for Toml {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.toml", "Pipfile", "poetry.lock"]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let document = toml_edit::Document::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            Fault::new(error.message().trim_end_matches('\n').replace('\n', ", "), Span::new(span.start, span.end))
        })?;
        let children = table_nodes(text, document.as_table());
        let next = own_end(&children).unwrap_or_else(|| first_header(text, &children));
        let root = Node {
            key: None,
            entry: Span::new(0, text.len()),
            value: Span::new(0, text.len()),
            body: Body::Map(Layout::Lines { next, indent: String::new() }),
            children,
        };
        Ok(Document::new(root, Vec::new()))
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        text[offset..].starts_with('#').then(|| line_end(text, offset))
    }

    fn write_key(&self, key: &str, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        Ok(match like.and_then(quote::of) {
            Some('\'') if !key.contains(['\'', '\n']) => format!("'{key}'"),
            None if bare => key.to_owned(),
            _ => quote::escaped(key, '"'),
        })
    }

    fn write_value(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match value {
            Value::Str(text) if like.is_some_and(|like| like.starts_with("'''\n")) && fits_lines(text, context) => {
                format!("'''\n{text}'''")
            }
            Value::Str(text) => {
                let literal = like.is_some_and(|like| like.starts_with('\''));
                let clean = !text.contains('\'') && !text.chars().any(char::is_control);
                if literal && clean { format!("'{text}'") } else { quote::escaped(text, '"') }
            }
            Value::Bool(_) | Value::Int(_) => value.to_string(),
            Value::Float(number) if number.is_nan() => "nan".to_owned(),
            Value::Float(number) => format!("{number:?}"),
            Value::Date(code) | Value::Code(code) => code.clone(),
            Value::List(items) => inline::list(items, |item| self.write_value(item, like, context))?,
            Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Value::Map(entries) => {
                let value = |value: &Value| self.write_value(value, like, context);
                let entries = inline::entries(entries, " = ", |key| self.write_key(key, None, context), value)?;
                format!("{{ {} }}", entries.join(", "))
            }
            Value::Null => return Err(Refusal::new(Code::Unsupported, "TOML has no null")),
        })
    }

    /// Dates are what is no other value of ours.
    fn held(&self, value: &Value) -> Value {
        value.with_dates(Value::Code)
    }

    fn separator(&self) -> &'static str {
        " = "
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        context.bracketed.then(|| "{}".to_owned())
    }

    fn padding(&self) -> &'static str {
        " "
    }

    /// Adds a `[section]`: behind the table it extends, or at the end of the file.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, node, path, rest, .. } = request;
        if let (Body::List(Layout::Implied), [Key::Index(index)]) = (&node.body, *rest) {
            return Ok(Extension { edit: table_element(self, request, *index as usize)?, covered: 1 });
        }
        let covered = if request.value.is_some() { rest.len() - 1 } else { rest.len() };
        let next = match node.layout() {
            Some(Layout::Lines { next, .. }) if !path.keys.is_empty() => Some(*next),
            Some(Layout::Lines { .. } | Layout::Implied) => None,
            _ => return Err(locate::not_a_container(node, path)),
        };
        if let Some(extension) = dotted(self, request)? {
            return Ok(extension);
        }
        let slot = lines::slot(self, text, next.unwrap_or(text.len()), "");
        let names = path.keys.iter().chain(&rest[..covered]).filter(|key| !matches!(key, Key::Index(_)));
        let header: Result<Vec<_>, _> =
            names.map(|key| self.write_key(key.name().unwrap_or(""), None, &slot.context)).collect();
        let header = format!("[{}]", header?.join("."));
        let eol = slot.context.eol;
        let blank = if text[..slot.offset].trim().is_empty() { "" } else { eol };
        // A final line end stays the final line end.
        let offset = if next.is_none() && text.ends_with('\n') {
            text.trim_end_matches(['\n', '\r']).len()
        } else {
            slot.offset
        };
        let lead = if blank.is_empty() { String::new() } else { format!("{eol}{eol}") };
        let tail = if blank.is_empty() { eol } else { "" };
        Ok(Extension { edit: Edit::insert(offset, format!("{lead}{header}{tail}")), covered })
    }
}

/// Whether `text` can stand as lines between three quotes just as it is.
fn fits_lines(text: &str, context: &Context) -> bool {
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    context.eol == "\n" && text.ends_with('\n') && !text.contains("'''") && !text.contains(odd)
}

/// A new `[[element]]` of an array of tables, laid out as the one beside it.
fn table_element(format: &Toml, request: &Extend<'_>, index: usize) -> Result<Edit, Refusal> {
    let Extend { text, node, path, .. } = request;
    let Some(Value::Map(entries)) = request.value else {
        let message = format!("`{path}` is an array of tables and takes a table");
        return Err(Refusal::new(Code::Unsupported, message).at(node.entry, "here"));
    };
    let (previous, next) = (index.checked_sub(1).and_then(|at| node.children.get(at)), node.children.get(index));
    let Some(beside) = previous.or(next) else { return Err(locate::not_a_container(node, path)) };
    let slot = match next {
        Some(next) => lines::slot_before(format, text, next, indent_of(text, next.entry.start)),
        None => lines::slot(format, text, whole_end(beside), indent_of(text, beside.entry.start)),
    };
    let indent = match beside.layout() {
        Some(Layout::Lines { indent, .. }) => indent.as_str(),
        _ => "",
    };
    let siblings: Vec<&Node> = beside.children.iter().filter(|child| !is_section(child)).collect();
    let context = Context { indent: indent.to_owned(), bracketed: false, ..slot.context };
    let eol = context.eol;
    let header = Span::new(beside.entry.start, beside.value.start).of(text);
    let mut lines = vec![format!("{}{header}", indent_of(text, beside.entry.start))];
    for (key, value) in entries {
        let key = format.write_key(key, None, &context)?;
        let separator = super::style::separator(format, text, Some(beside), &siblings, key.len());
        lines.push(format!("{indent}{key}{separator}{}", format.write_value(value, None, &context)?));
    }
    // Elements stand apart, unless those here do not.
    let close = node.children.len() > 1
        && node
            .children
            .windows(2)
            .all(|pair| !text[whole_end(&pair[0])..pair[1].entry.start].contains(&eol.repeat(2)));
    let (apart, element) = (if close { "" } else { eol }, lines.join(eol));
    Ok(match next {
        Some(_) => Edit::insert(slot.offset, format!("{element}{eol}{apart}")),
        None if slot.prefix.starts_with(eol) => Edit::insert(slot.offset, format!("{eol}{apart}{element}")),
        None => Edit::insert(slot.offset, format!("{apart}{element}{eol}")),
    })
}

/// The end of the last byte that belongs to `node` or to a section below it.
fn whole_end(node: &Node) -> usize {
    node.children.iter().map(whole_end).max().unwrap_or(0).max(node.entry.end)
}

/// Whether `between` holds nothing but blank lines and comments.
fn is_trivia(between: &str) -> bool {
    between.lines().map(str::trim_start).all(|line| line.is_empty() || line.starts_with('#'))
}

/// A new entry of a table that exists only as dotted keys: one more dotted key in line with them.
fn dotted(format: &Toml, request: &Extend<'_>) -> Result<Option<Extension>, Refusal> {
    let (Some(value), Some(last)) = (request.value, request.node.children.last()) else { return Ok(None) };
    let (text, Some(name)) = (request.text, &last.key) else { return Ok(None) };
    let line = line_start(text, name.span.start);
    let lead = &text[line..name.span.start];
    let header = lead.trim_start().starts_with('[');
    if request.node.body != Body::Map(Layout::Implied) || header || lead.trim().is_empty() || last.value.is_empty() {
        return Ok(None);
    }
    let slot = lines::slot(format, text, last.entry.end, indent_of(text, name.span.start));
    let mut keys = Vec::new();
    for key in request.rest {
        keys.push(format.write_key(key.name().unwrap_or(""), None, &slot.context)?);
    }
    let written = format.write_value(value, Some(last.value.of(text)), &slot.context)?;
    let separator = super::style::separator(format, text, None, &[last], keys[0].len());
    let entry = format!("{}{}{separator}{written}", lead.trim_start(), keys.join("."));
    let edit = Edit::insert(slot.offset, format!("{}{entry}{}", slot.prefix, slot.suffix));
    Ok(Some(Extension { edit, covered: request.rest.len() }))
}

/// The end of the last entry that belongs to a table itself, not to a section of its own below it.
fn own_end(children: &[Node]) -> Option<usize> {
    children.iter().filter_map(|child| if is_section(child) { None } else { Some(last_end(child)) }).max()
}

fn last_end(node: &Node) -> usize {
    let below = node.children.iter().filter(|child| !is_section(child)).map(last_end).max().unwrap_or(0);
    node.entry.end.max(below)
}

fn is_section(node: &Node) -> bool {
    match &node.body {
        Body::Map(Layout::Lines { .. }) => true,
        Body::List(Layout::Implied) => true,
        // Implied by sections below it, unless by dotted keys.
        Body::Map(Layout::Implied) => node.children.iter().all(is_section),
        _ => false,
    }
}

/// Where a first top-level entry goes: before the first section and the comment on it.
fn first_header(text: &str, children: &[Node]) -> usize {
    fn first(node: &Node) -> usize {
        node.children.iter().map(first).min().unwrap_or(usize::MAX).min(if node.entry.is_empty() {
            usize::MAX
        } else {
            node.entry.start
        })
    }
    match children.iter().map(first).min() {
        Some(start) if start < text.len() => lines::comments_above(&Toml, text, start),
        _ => text.len(),
    }
}

fn table_nodes(text: &str, table: &Table) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (name, _) in table {
        if let Some((key, item)) = table.get_key_value(name) {
            nodes.extend(item_node(text, name, key.span(), item));
        }
    }
    nodes.sort_by_key(|node| node.entry.start);
    nodes
}

fn item_node(text: &str, name: &str, key: Option<std::ops::Range<usize>>, item: &Item) -> Option<Node> {
    let key_span = key.map_or(Span::default(), |range| Span::new(range.start, range.end));
    let key = Some(Name { text: name.to_owned(), span: key_span, site: None });
    match item {
        Item::None => None,
        Item::Value(value) => Some(value_node(text, key, entry_start(text, key_span.start), value)),
        Item::Table(table) => Some(section_node(text, key, table)),
        Item::ArrayOfTables(tables) => {
            let children: Vec<Node> = tables.iter().map(|table| section_node(text, None, table)).collect();
            let start = children.first().map_or(0, |node| node.entry.start);
            // Those behind another table stand apart, and go one by one.
            let is_next = |pair: &&[Node]| text.get(whole_end(&pair[0])..pair[1].entry.start).is_some_and(is_trivia);
            let last = children.windows(2).take_while(is_next).count();
            let span = Span::new(start, children.get(last).map_or(start, |node| node.entry.end));
            Some(Node { key, entry: span, value: span, body: Body::List(Layout::Implied), children })
        }
    }
}

fn section_node(text: &str, key: Option<Name>, table: &Table) -> Node {
    let children = table_nodes(text, table);
    let implied = table.is_implicit() || table.is_dotted();
    let span = match table.span() {
        Some(range) if !implied => Span::new(range.start, range.end),
        _ => Span::default(),
    };
    if implied {
        let start = children.iter().map(|node| node.entry.start).min().unwrap_or(0);
        let end = if table.is_dotted() { own_end(&children).unwrap_or(start) } else { start };
        let entry = if table.is_dotted() { Span::new(start, end.max(start)) } else { Span::at(start) };
        return Node { key, entry, value: entry, body: Body::Map(Layout::Implied), children };
    }
    let header_end = line_end(text, span.start);
    let header = Span::new(
        span.start,
        text[span.start..header_end].find(']').map_or(header_end, |at| {
            let double = text[span.start + at + 1..].starts_with(']');
            span.start + at + 1 + usize::from(double)
        }),
    );
    let next = own_end(&children).unwrap_or(header.end);
    let first = children.iter().find(|child| !is_section(child));
    let indent = indent_of(text, first.map_or(span.start, |child| child.entry.start)).to_owned();
    Node {
        key,
        entry: Span::new(span.start, next.max(header.end)),
        value: Span::new(header.end, next.max(header.end)),
        body: Body::Map(Layout::Lines { next, indent }),
        children,
    }
}

/// Where an entry starts, given its last key: dotted keys come before it on the line.
fn entry_start(text: &str, key: usize) -> usize {
    let line = line_start(text, key);
    let lead = &text[line..key];
    let from = lead.rfind(['{', ',']).map_or(line, |at| line + at + 1);
    from + text[from..key].len() - text[from..key].trim_start().len()
}

fn value_node(text: &str, key: Option<Name>, start: usize, value: &toml_edit::Value) -> Node {
    let span = value.span().map_or(Span::at(start), |range| Span::new(range.start, range.end));
    let entry = Span::new(start.min(span.start), span.end);
    let scalar = |value, content| (Body::Scalar { value, content }, Vec::new());
    let (body, children) = match value {
        toml_edit::Value::String(string) => scalar(Value::Str(string.value().clone()), plain_content(text, span)),
        toml_edit::Value::Integer(number) => scalar(Value::Int(*number.value()), None),
        toml_edit::Value::Float(number) => scalar(Value::Float(*number.value()), None),
        toml_edit::Value::Boolean(flag) => scalar(Value::Bool(*flag.value()), None),
        toml_edit::Value::Datetime(_) => scalar(Value::Code(span.of(text).to_owned()), None),
        toml_edit::Value::Array(array) => (Body::List(brackets(span)), array_nodes(text, array)),
        toml_edit::Value::InlineTable(table) if table.is_dotted() => {
            let children = inline_nodes(text, table);
            let entry = children.first().map_or(span, |node| node.entry);
            return Node { key, entry, value: entry, body: Body::Map(Layout::Implied), children };
        }
        toml_edit::Value::InlineTable(table) => (Body::Map(brackets(span)), inline_nodes(text, table)),
    };
    Node { key, entry, value: span, body, children }
}

fn brackets(span: Span) -> Layout {
    Layout::Delimited { open: span.start + 1, close: span.end.saturating_sub(1) }
}

fn array_nodes(text: &str, array: &Array) -> Vec<Node> {
    array.iter().map(|value| value_node(text, None, value.span().map_or(0, |range| range.start), value)).collect()
}

fn inline_nodes(text: &str, table: &InlineTable) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (name, value) in table {
        let span = table
            .key(name)
            .and_then(toml_edit::Key::span)
            .map_or(Span::default(), |range| Span::new(range.start, range.end));
        let key = Some(Name { text: name.to_owned(), span, site: None });
        nodes.push(value_node(text, key, entry_start(text, span.start), value));
    }
    nodes.sort_by_key(|node| node.entry.start);
    nodes
}

/// The inner bytes of a one-line string without escapes.
fn plain_content(text: &str, span: Span) -> Option<Span> {
    let source = span.of(text);
    let inner = Span::new(span.start + 1, span.end.saturating_sub(1));
    let one_line = !source.starts_with("\"\"\"") && !source.starts_with("'''") && source.len() >= 2;
    (one_line && (source.starts_with('\'') || !source.contains('\\'))).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Change, edit};
    use crate::value::KeyPath;

    #[test]
    fn lines_between_three_quotes_stay_lines() {
        let change = |text: &str| Change::Set { path: KeyPath::new(["a"]), value: text.into() };
        let made = |before: &str, text| edit(&Toml, before, &change(text)).expect("an edit").text;
        assert_eq!(made("a = '''\nx\n'''\n", "b\nc\n"), "a = '''\nb\nc\n'''\n");
        assert_eq!(made("a = '''\nx\n'''\n", "b"), "a = 'b'\n");
        assert_eq!(made("a = '''\nx\n'''\n", "'''\n"), "a = \"'''\\n\"\n");
    }
}
