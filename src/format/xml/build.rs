//! The tree of an XML file, from the events of `quick-xml`. No entity is expanded or fetched.

use quick_xml::Reader;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};

use super::text::{decoded, normal_ends, resolved};
use crate::diagnostic::Code;
use crate::format::syntax::number_sites;
use crate::format::{Body, Document, Fault, Layout, Name, Node, Opaque};
use crate::text::{Span, line_end};
use crate::value::Value;

/// How deep elements may nest.
const MAX_DEPTH: usize = 128;
/// Readers compare each attribute of an element with all the others.
const MAX_ATTRIBUTES: usize = 1_000;
/// What the key of an attribute starts with.
pub(super) const ATTRIBUTE: char = '@';
/// The key of the text of an element that has more than text.
pub(super) const TEXT: &str = "#text";

pub(super) fn document(text: &str) -> Result<Document, Fault> {
    let mut reader = Reader::from_str(text);
    let mut builder = Builder { text, open: Vec::new(), root: None, has_types: false };
    let mut start = 0;
    loop {
        let event = reader.read_event();
        let end = offset(text, reader.buffer_position());
        let span = Span::new(start, end.max(start));
        match event {
            Ok(Event::Eof) => break,
            Ok(event) => builder.take(&event, span)?,
            Err(error) => {
                let at = offset(text, reader.error_position());
                return Err(Fault::new(error.to_string(), Span::at(at)));
            }
        }
        start = span.end;
    }
    if let Some(element) = builder.open.last() {
        return Err(Fault::new(format!("`<{}>` is not closed", element.name.of(text)), element.name));
    }
    let Some(root) = builder.root else {
        return Err(Fault::new("there is no element in it", Span::at(0)));
    };
    if !builder.has_types {
        judged(text)?;
    }
    let whole = Span::new(0, text.len());
    let root = Node { key: None, entry: whole, value: whole, body: Body::Map(Layout::Own), children: vec![root] };
    Ok(Document::new(root, Vec::new()))
}

/// A stricter reader's opinion. It can not be asked where a document type declares entities.
fn judged(text: &str) -> Result<(), Fault> {
    let Err(error) = roxmltree::Document::parse(text) else { return Ok(()) };
    let place = error.pos();
    let message = error.to_string().replace(&format!(" at {place}"), "");
    let line = text.split_inclusive('\n').take((place.row as usize).saturating_sub(1)).map(str::len).sum::<usize>();
    let column = text[line..line_end(text, line)].chars().take((place.col as usize).saturating_sub(1));
    let at = line + column.map(char::len_utf8).sum::<usize>();
    Err(Fault::new(message, Span::at(at)))
}

fn attribute_fault(text: &str, tag: Span, error: &AttrError) -> Fault {
    let (message, at) = match error {
        AttrError::Duplicated(at, _) => ("an attribute is given twice", *at),
        AttrError::ExpectedEq(at)
        | AttrError::ExpectedValue(at)
        | AttrError::UnquotedValue(at)
        | AttrError::ExpectedQuote(at, _) => ("an attribute without a value in quotes", *at),
    };
    Fault::new(message, Span::at(offset(text, (tag.start + 1 + at) as u64)))
}

/// A reader's position as an offset at a character of `text`.
fn offset(text: &str, position: u64) -> usize {
    let mut offset = usize::try_from(position).unwrap_or(text.len()).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

struct Builder<'t> {
    text: &'t str,
    open: Vec<Element>,
    root: Option<Node>,
    /// There is a document type.
    has_types: bool,
}

/// An element whose end has not come yet.
struct Element {
    name: Span,
    start: usize,
    /// Behind the `>` of its first tag.
    content: usize,
    children: Vec<Node>,
    run: Option<Run>,
}

/// Text, references and CDATA that follow one another.
struct Run {
    span: Span,
    /// `None` where it refers to an entity.
    value: Option<String>,
    plain: bool,
}

impl Builder<'_> {
    fn take(&mut self, event: &Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(Fault::new(format!("nested deeper than {MAX_DEPTH} levels"), span));
                }
                let element = self.element(tag, span)?;
                self.end_run();
                self.open.push(element);
            }
            Event::Empty(tag) => {
                let element = self.element(tag, span)?;
                self.end_run();
                self.close(element, Span::at(span.end), span)?;
            }
            Event::End(_) => {
                self.end_run();
                let Some(element) = self.open.pop() else {
                    return Err(Fault::new("a closing tag without its opening one", span));
                };
                let content = Span::new(element.content, span.start);
                self.close(element, content, span)?;
            }
            Event::Text(_) => self.add_text(span, Some(normal_ends(span.of(self.text))), true)?,
            Event::CData(_) => {
                let source = span.of(self.text);
                let inner = source.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
                self.add_text(span, Some(normal_ends(inner.unwrap_or(""))), false)?;
            }
            Event::GeneralRef(_) => self.add_text(span, resolved(span.of(self.text)).map(String::from), false)?,
            Event::DocType(_) => self.has_types = true,
            // Text behind a comment is a text of its own, so that the comment stays when it changes.
            Event::Comment(_) | Event::PI(_) => self.end_run(),
            Event::Decl(_) if span.start > self.text.len() - self.text.trim_start_matches('\u{feff}').len() => {
                return Err(Fault::new("an XML declaration behind the start of the file", span));
            }
            Event::Decl(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn element(&self, tag: &BytesStart<'_>, span: Span) -> Result<Element, Fault> {
        let name_length = tag.name().as_ref().len();
        if name_length == 0 {
            return Err(Fault::new("an element without a name", span));
        }
        let name = Span::new(span.start + 1, span.start + 1 + name_length);
        let mut children = Vec::new();
        let mut at = name.end;
        for attribute in tag.attributes() {
            if children.len() == MAX_ATTRIBUTES {
                let message = format!("more than {MAX_ATTRIBUTES} attributes of one element");
                return Err(Fault { code: Code::TooLarge, ..Fault::new(message, name) });
            }
            let attribute = attribute.map_err(|error| attribute_fault(self.text, span, &error))?;
            let (key, value): (&str, &str) = (attribute.key.as_ref(), attribute.value.as_ref());
            // Attributes come in order, each behind the one before.
            let node = self.attribute(&mut at, span.end, key, value);
            children.push(node.ok_or_else(|| Fault::new("an attribute that can not be read", span))?);
        }
        Ok(Element { name, start: span.start, content: span.end, children, run: None })
    }

    fn attribute(&self, at: &mut usize, end: usize, key: &str, value: &str) -> Option<Node> {
        let start = *at + self.text.get(*at..end)?.find(key)?;
        let name = Span::new(start, start + key.len());
        let quote = name.end + self.text.get(name.end..end)?.find(['"', '\''])?;
        let inner = Span::new(quote + 1, quote + 1 + value.len());
        if self.text.get(inner.start..inner.end)? != value {
            return None;
        }
        *at = inner.end + 1;
        let body = match decoded(value) {
            Some(text) => {
                let plain = text == value;
                Body::Scalar { value: Value::Str(text), content: plain.then_some(inner) }
            }
            None => Body::Opaque(Opaque::Entity),
        };
        let key = Name { text: format!("{ATTRIBUTE}{key}"), span: name, site: None };
        Some(Node { key: Some(key), entry: Span::new(start, *at), value: inner, body, children: Vec::new() })
    }

    fn add_text(&mut self, span: Span, value: Option<String>, plain: bool) -> Result<(), Fault> {
        let Some(element) = self.open.last_mut() else {
            if span.of(self.text).trim().is_empty() {
                return Ok(());
            }
            return Err(Fault::new("text outside of the root element", span));
        };
        match &mut element.run {
            None => element.run = Some(Run { span, value, plain }),
            Some(run) => {
                run.span.end = span.end;
                run.plain &= plain;
                run.value = run.value.take().zip(value).map(|(before, added)| before + &added);
            }
        }
        Ok(())
    }

    /// Ends the text so far. Blank text between tags is layout.
    fn end_run(&mut self) {
        let Some(element) = self.open.last_mut() else { return };
        let Some(run) = element.run.take() else { return };
        if run.span.of(self.text).trim().is_empty() {
            return;
        }
        let content = (run.plain && !run.span.of(self.text).contains('\r')).then_some(run.span);
        let body = match run.value {
            Some(text) => Body::Scalar { value: Value::Str(text), content },
            None => Body::Opaque(Opaque::Entity),
        };
        let key = Name { text: TEXT.to_owned(), span: Span::at(run.span.start), site: None };
        element.children.push(Node { key: Some(key), entry: run.span, value: run.span, body, children: Vec::new() });
    }

    /// Hangs an element with what lies in it below the one around it.
    fn close(&mut self, element: Element, content: Span, tag: Span) -> Result<(), Fault> {
        let Element { name, start, mut children, .. } = element;
        let key = Name { text: name.of(self.text).to_owned(), span: name, site: None };
        let is_text = |node: &Node| node.key.as_ref().is_some_and(|key| key.text == TEXT);
        let (value, body) = match children.as_slice() {
            [] => {
                let blank = content.of(self.text);
                let blank = if blank.trim().is_empty() && !blank.contains('\n') { blank } else { "" };
                (content, Body::Scalar { value: Value::Str(blank.to_owned()), content: None })
            }
            [only] if is_text(only) => (only.value, only.body.clone()),
            _ => (content, Body::Map(Layout::Own)),
        };
        if !matches!(body, Body::Map(_)) {
            children.clear();
        }
        number_sites(&mut children);
        let entry = Span::new(start, tag.end);
        let node = Node { key: Some(key), entry, value, body, children };
        match (self.open.last_mut(), &self.root) {
            (Some(parent), _) => parent.children.push(node),
            (None, None) => self.root = Some(node),
            (None, Some(_)) => return Err(Fault::new("a second root element", entry)),
        }
        Ok(())
    }
}
