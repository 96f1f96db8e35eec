//! XML: elements are keys from the root element on, attributes `@name`, text `#text` where an element has more.
//!
//! An element is written in two tags, so no container here is a list of entries: each change of one says
//! itself which bytes of its tags give way.

mod build;
mod text;

use build::{ATTRIBUTE, TEXT};
use text::escaped;

use super::style::{text_of, without_sites};
use super::{
    Alteration, Body, Context, Document, Extend, Extension, Fault, Format, Layout, Node, Refusal, lines, locate,
};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, indent_of, line_end, line_start};
use crate::value::{Key, Value};

pub struct Xml;

impl Format for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.xml", "*.config", "*.csproj", "*.props", "*.targets", "*.plist"]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        build::document(text)
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        let rest = text[offset..].strip_prefix("<!--")?;
        rest.find("-->").map(|at| offset + 4 + at + 3)
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        name_of(key).map(str::to_owned)
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        written(value, None, context)
    }

    fn separator(&self) -> &'static str {
        ""
    }

    fn empty_map(&self, _context: &Context) -> Option<String> {
        None
    }

    fn comment(&self, text: &str) -> Option<String> {
        (!text.contains("--") && !text.ends_with('-')).then(|| format!("<!-- {text} -->"))
    }

    fn held(&self, value: &Value) -> Value {
        match value {
            // An element with nothing in it.
            Value::Map(entries) if entries.is_empty() => Value::Str(String::new()),
            Value::Map(entries) => {
                Value::Map(entries.iter().map(|(key, value)| (key.clone(), self.held(value))).collect())
            }
            other => text_of(other),
        }
    }

    fn repeats_names(&self) -> bool {
        true
    }

    fn has_brackets(&self) -> bool {
        false
    }

    fn is_own_text(&self, key: &Key) -> bool {
        *key == Key::Name(TEXT.to_owned())
    }

    /// An element with nothing but text is that text; equal names are told apart by their order alone.
    fn meaning(&self, value: Value) -> Value {
        bare(without_sites(value))
    }

    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        let Some(node) = parent.children.get(index) else { return Ok(None) };
        Ok(Some(match alteration {
            Alteration::Remove => vec![Edit::delete(removed(text, parent, index)?)],
            Alteration::Rename(name) => renamed(text, node, name)?,
            Alteration::Replace(value) => vec![replaced(text, node, value)?],
        }))
    }

    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, path, node, rest, value, .. } = request;
        if path.keys.is_empty() {
            let root = node.children.first().and_then(|root| root.key.as_ref()).map_or("", |key| &key.text);
            let message = format!("`{}` is not in this file: its root element is `{root}`", rest[0]);
            return Err(Refusal::new(Code::NotFound, message)
                .help(format!("start the path with it, as in `{root}.{}`", rest[0])));
        }
        if !is_element(node) {
            return Err(locate::not_a_container(node, path));
        }
        let edit = match rest[0].name() {
            Some(key) if is_attribute(key) => new_attribute(text, node, key, plain(rest, *value)?, &context(request))?,
            Some(TEXT) => replaced(text, node, seen(plain(rest, *value)?)?)?,
            _ => new_element(request, None)?,
        };
        Ok(Extension { edit, covered: rest.len() })
    }

    fn extend_before(&self, request: &Extend<'_>, index: usize) -> Result<Extension, Refusal> {
        let Extend { path, node, rest, .. } = request;
        let names_element = rest[0].name().is_some_and(|key| !is_attribute(key) && key != TEXT);
        if !is_element(node) || !names_element {
            return Err(locate::not_a_container(node, path));
        }
        let next = node.children[index..].iter().find(|child| is_element(child));
        Ok(Extension { edit: new_element(request, next)?, covered: rest.len() })
    }
}

fn context(request: &Extend<'_>) -> Context {
    let start = request.node.entry.start;
    Context::at(&Xml, request.text, start, indent_of(request.text, start).to_owned())
}

fn bare(value: Value) -> Value {
    match value {
        Value::Map(entries) => {
            // A reference to an entity that gained attributes has no name of its own yet.
            let named = |key: String| if key.is_empty() { TEXT.to_owned() } else { key };
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (named(key), bare(value))).collect();
            match entries.as_slice() {
                [] => Value::Str(String::new()),
                [(key, _)] if key == TEXT => entries.remove(0).1,
                _ => Value::Map(entries),
            }
        }
        other => other,
    }
}

fn is_attribute(key: &str) -> bool {
    key.starts_with(ATTRIBUTE)
}

fn is_element(node: &Node) -> bool {
    node.key.as_ref().is_some_and(|key| !is_attribute(&key.text) && key.text != TEXT)
}

fn is_empty_tag(text: &str, node: &Node) -> bool {
    node.entry.of(text).ends_with("/>")
}

/// The name that `key` has in a tag.
fn name_of(key: &str) -> Result<&str, Refusal> {
    let name = key.strip_prefix(ATTRIBUTE).unwrap_or(key);
    // A colon stands between a prefix and a name.
    let starts = name.split(':').all(|part| part.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    if starts
        && name.matches(':').count() <= 1
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '\u{b7}'))
    {
        return Ok(name);
    }
    Err(Refusal::new(Code::Unsupported, format!("`{key}` can not be a name in XML")))
}

fn written(value: &Value, quote: Option<char>, context: &Context) -> Result<String, Refusal> {
    match text_of(value) {
        Value::Str(text) => escaped(&text, quote, context.eol),
        _ => {
            Err(Refusal::new(Code::Unsupported, "an element or attribute of XML holds text, not a list or expression"))
        }
    }
}

/// The value of an attribute or text, which have no keys below them.
fn plain<'v>(rest: &[Key], value: Option<&'v Value>) -> Result<&'v Value, Refusal> {
    value
        .filter(|_| rest.len() == 1)
        .ok_or_else(|| Refusal::new(Code::Unsupported, format!("`{}` holds text and has no keys", rest[0])))
}

/// An attribute behind the last one, with the space they have between them.
fn new_attribute(text: &str, node: &Node, key: &str, value: &Value, context: &Context) -> Result<Edit, Refusal> {
    let name_end = node.key.as_ref().map_or(node.entry.start, |key| key.span.end);
    let attributes = node.children.iter().filter(|child| child.key.as_ref().is_some_and(|key| is_attribute(&key.text)));
    let ends = std::iter::once(name_end).chain(attributes.clone().map(|attribute| attribute.entry.end));
    let last = attributes.clone().next_back();
    let end = last.map_or(name_end, |last| last.entry.end);
    let gap = ends.zip(attributes).last().map_or(" ", |(before, attribute)| &text[before..attribute.entry.start]);
    let quote = last.and_then(|last| text[..last.entry.end].chars().next_back()).unwrap_or('"');
    let value = written(value, Some(quote), context)?;
    Ok(Edit::insert(end, format!("{gap}{}={quote}{value}{quote}", name_of(key)?)))
}

/// The text of an element that holds more than that: blank, it would be the layout of what is beside it.
fn seen(value: &Value) -> Result<&Value, Refusal> {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => {
            let message = format!("`{TEXT}` beside elements or attributes can not be blank: it would be layout");
            Err(Refusal::new(Code::Unsupported, message).help("take the text away instead, with `remove`"))
        }
        _ => Ok(value),
    }
}

/// What gives way to a new value, and to what.
fn replaced(text: &str, node: &Node, value: &Value) -> Result<Edit, Refusal> {
    let context = Context::at(&Xml, text, node.entry.start, String::new());
    let key = node.key.as_ref().map_or("", |key| &key.text);
    if is_attribute(key) {
        let quote = text[node.value.end..].chars().next();
        return Ok(Edit::replace(node.value, written(value, quote, &context)?));
    }
    let value = if key == TEXT { seen(value)? } else { value };
    let value = written(value, None, &context)?;
    if is_empty_tag(text, node) {
        return Ok(grown(text, node, &value));
    }
    if node.children.iter().any(is_element) {
        return Err(Refusal::new(
            Code::Unsupported,
            format!("`{key}` holds elements, and text among them is not made"),
        )
        .at(node.entry, "here"));
    }
    if !node.children.iter().any(is_element) && node.entry.of(text).contains("<?") {
        let message = format!("`{key}` holds a processing instruction, and text beside it is not edited");
        return Err(Refusal::new(Code::Unsupported, message).at(node.value, "here"));
    }
    if node.body == Body::Map(Layout::Own) && !node.value.of(text).trim().is_empty() {
        // Behind the comments in it.
        let start = node.value.start + node.value.of(text).trim_end().len();
        return Ok(Edit::replace(Span::new(start, node.value.end), value));
    }
    Ok(Edit::replace(node.value, value))
}

/// `<b/>` with something in it.
fn grown(text: &str, node: &Node, content: &str) -> Edit {
    let name = node.key.as_ref().map_or("", |key| key.span.of(text));
    let start = text[..node.entry.end - 2].trim_end().len();
    Edit::replace(Span::new(start, node.entry.end), format!(">{content}</{name}>"))
}

/// An element before `next`, else behind the last one in `node`; on a line of its own where they, or `node` itself, are.
fn new_element(request: &Extend<'_>, next: Option<&Node>) -> Result<Edit, Refusal> {
    let Extend { text, node, path, rest, value, .. } = request;
    let context = &context(request);
    if let Some(run) = node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == TEXT)) {
        let message = format!("`{path}` holds text, and elements among it are not made");
        return Err(Refusal::new(Code::Unsupported, message).at(run.value, "text"));
    }
    // Comments alone leave an element as empty as it is without them.
    let is_empty = match &node.body {
        Body::Scalar { value: Value::Str(content), .. } => content.trim().is_empty(),
        body => *body == Body::Map(Layout::Own),
    };
    if !is_empty {
        return Err(locate::not_a_container(node, path));
    }
    if let Key::Site(name, site) = &rest[0] {
        let known =
            node.children.iter().filter(|child| child.key.as_ref().is_some_and(|key| key.text == *name)).count();
        if *site != known + 1 {
            let message = format!("`{path}` has {known} `{name}`: the next one is `{name}#{}`", known + 1);
            return Err(Refusal::new(Code::NotFound, message).at(node.entry, "here"));
        }
    }
    let (eol, outer) = (context.eol, &context.indent);
    let own_line = |entry: Span| text[line_start(text, entry.start)..entry.start].trim().is_empty();
    if let Some(next) = next {
        let indent = indent_of(text, next.entry.start);
        let lined = own_line(next.entry);
        let element = element(rest, *value, indent, context, lined)?;
        return Ok(match lined {
            true => Edit::insert(comments_above(text, next.entry.start), format!("{indent}{element}{eol}")),
            false => Edit::insert(next.entry.start, element),
        });
    }
    if let Some(last) = node.children.iter().rfind(|child| is_element(child)) {
        let indent = indent_of(text, last.entry.start);
        let lined = own_line(last.entry);
        let element = element(rest, *value, indent, context, lined)?;
        let end = if lined { behind_comments(text, last.entry.end) } else { last.entry.end };
        let lead = if lined { format!("{eol}{indent}") } else { String::new() };
        return Ok(Edit::insert(end, format!("{lead}{element}")));
    }
    let inner = format!("{outer}{}", context.unit);
    let lined = own_line(node.entry);
    let element = element(rest, *value, &inner, context, lined)?;
    let content = if lined { format!("{eol}{inner}{element}{eol}{outer}") } else { element };
    if is_empty_tag(text, node) {
        return Ok(grown(text, node, &content));
    }
    let inside = node.value;
    let start = inside.start + inside.of(text).trim_end().len();
    Ok(Edit::replace(Span::new(start, inside.end), content))
}

/// The elements that `keys` name, one in the other; the last key may name an attribute or text.
fn element(
    keys: &[Key],
    value: Option<&Value>,
    indent: &str,
    context: &Context,
    lined: bool,
) -> Result<String, Refusal> {
    let Some((key, rest)) = keys.split_first() else { return Ok(String::new()) };
    let name = match key.name() {
        Some(name) if !is_attribute(name) && name != TEXT => name_of(name)?,
        _ => return Err(Refusal::new(Code::Unsupported, format!("`{key}` can not be an element"))),
    };
    Ok(match (rest, value) {
        ([], None) => format!("<{name}/>"),
        ([], Some(value)) => match written(value, None, context)? {
            text if text.is_empty() => format!("<{name}/>"),
            text => format!("<{name}>{text}</{name}>"),
        },
        ([last], Some(value)) if last.name().is_some_and(is_attribute) => {
            let attribute = name_of(last.name().unwrap_or(""))?;
            format!("<{name} {attribute}=\"{}\"/>", written(value, Some('"'), context)?)
        }
        ([last], Some(value)) if last.name() == Some(TEXT) => {
            format!("<{name}>{}</{name}>", written(value, None, context)?)
        }
        _ if lined => {
            let inner = format!("{indent}{}", context.unit);
            let eol = context.eol;
            format!("<{name}>{eol}{inner}{}{eol}{indent}</{name}>", element(rest, value, &inner, context, lined)?)
        }
        _ => format!("<{name}>{}</{name}>", element(rest, value, indent, context, lined)?),
    })
}

/// Behind the comments that end on the line of `offset`, where nothing else follows there.
fn behind_comments(text: &str, offset: usize) -> usize {
    let line = line_end(text, offset);
    let mut at = offset;
    loop {
        at += text[at..line].len() - text[at..line].trim_start_matches([' ', '\t']).len();
        match Xml.comment_end(text, at) {
            _ if at == line => return line,
            Some(end) if end <= line => at = end,
            _ => return offset,
        }
    }
}

/// The bytes of an attribute or element with its lines and the comments directly above it.
fn removed(text: &str, parent: &Node, index: usize) -> Result<Span, Refusal> {
    let node = &parent.children[index];
    let key = node.key.as_ref().map_or("", |key| &key.text);
    let refused = |why: &str| Err(Refusal::new(Code::Unsupported, why.to_owned()).at(node.entry, "here"));
    if parent.key.is_none() {
        return refused("the root element can not be removed");
    }
    if is_attribute(key) {
        return Ok(Span::new(text[..node.entry.start].trim_end().len(), node.entry.end));
    }
    let entry = node.entry;
    let is_text = |child: &Node| child.key.as_ref().is_some_and(|key| key.text == TEXT);
    let mixed = parent.children.iter().any(is_text);
    let around = [index.checked_sub(1).and_then(|before| parent.children.get(before)), parent.children.get(index + 1)];
    if around.into_iter().flatten().any(is_text) && key != TEXT {
        return refused("it stands in text, which would not stay the same");
    }
    let alone = text[line_start(text, entry.start)..entry.start].trim().is_empty()
        && behind_comments(text, entry.end) == line_end(text, entry.end);
    if !alone || mixed {
        return Ok(entry);
    }
    let lines = lines::whole_lines(text, comments_above(text, entry.start), entry.end);
    let previous = parent.children[..index].last().map_or(0, |previous| previous.entry.end);
    Ok(lines::with_blank_line(text, lines, previous))
}

/// The start of the comments directly above the line of `offset`: same indentation, no blank line between.
fn comments_above(text: &str, offset: usize) -> usize {
    let indent = indent_of(text, offset);
    let mut start = line_start(text, offset);
    while let Some(above) = text[..start].strip_suffix('\n') {
        let above = above.trim_end_matches(['\r', ' ', '\t']);
        let Some(open) = above.strip_suffix("-->").and_then(|comment| comment.rfind("<!--")) else { break };
        let line = line_start(text, open);
        let is_whole = &text[line..open] == indent && Xml.comment_end(text, open) == Some(above.len());
        if !is_whole {
            break;
        }
        start = line;
    }
    start
}

/// A new name in both tags.
fn renamed(text: &str, node: &Node, name: &str) -> Result<Vec<Edit>, Refusal> {
    let Some(key) = &node.key else { return Ok(Vec::new()) };
    if is_attribute(&key.text) != is_attribute(name) || key.text == TEXT || name == TEXT {
        let message = format!("`{}` can not become `{name}`: one is an attribute, the other is not", key.text);
        let refusal = Refusal::new(Code::Unsupported, message).at(node.entry, "here");
        return Err(if is_attribute(&key.text) {
            refusal.help(format!("name it `{ATTRIBUTE}{name}`"))
        } else {
            refusal
        });
    }
    let written = name_of(name)?;
    let mut edits = vec![Edit::replace(key.span, written)];
    if !is_attribute(name) && !is_empty_tag(text, node) {
        let source = node.entry.of(text);
        if let Some(closing) = source.rfind("</") {
            let start = node.entry.start + closing + 2;
            edits.push(Edit::replace(Span::new(start, start + key.text.len()), written));
        }
    }
    Ok(edits)
}
