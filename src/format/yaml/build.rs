//! Events of the YAML parser to a tree of nodes with exact byte spans.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::Yaml;
use super::scalar::resolve;
use crate::format::style::{Context, skip_trivia};
use crate::format::{Body, Document, Fault, Layout, Name, Node};
use crate::text::{Span, line_start, rest_of_line};
use crate::value::Value;

const MAX_DEPTH: usize = 128;

/// Reads `text`. One document is the root itself; several are the elements of a list.
pub(super) fn document(text: &str) -> Result<Document, Fault> {
    let mut builder = Builder::of(text)?;
    let mut documents = Vec::new();
    while builder.next.is_some() {
        let (event, span) = builder.take()?;
        if let Event::DocumentStart(explicit) = event {
            let from = if explicit { span.end } else { behind_document_end(text, span.start.min(text.len())) };
            let node = builder.node(from, false)?;
            documents.push(node);
        }
    }
    let root = match documents.len() {
        0 => empty_root(text),
        1 => match documents.remove(0) {
            node if node.layout().is_some() => node,
            node if node.value.is_empty() => empty_root(text),
            node => Node { key: None, ..node },
        },
        _ => {
            let span = Span::new(0, text.len());
            Node { key: None, entry: span, value: span, body: Body::List(Layout::Implied), children: documents }
        }
    };
    Ok(Document::new(root, Vec::new()))
}

/// Where an implicit document that the parser sees at `offset` starts: at the top, or behind the last `...`.
fn behind_document_end(text: &str, offset: usize) -> usize {
    if text[offset..].starts_with("...") {
        return offset + 3;
    }
    text[..offset].rfind("\n...").map_or(if text[..offset].starts_with("...") { 3 } else { 0 }, |at| at + 4)
}

/// What ends a name: other white space is part of it.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn empty_root(text: &str) -> Node {
    let span = Span::new(0, text.len());
    let layout = Layout::Lines { next: text.len(), indent: String::new() };
    Node { key: None, entry: span, value: span, body: Body::Map(layout), children: Vec::new() }
}

/// The events with their spans in bytes; the parser counts characters. Stops at what nests too deep, so that
/// no later reader has to.
struct Builder<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    /// Where the characters begin, in bytes, where not each has one.
    offsets: Option<Vec<usize>>,
    depth: usize,
    /// The event to be taken.
    next: Option<(Event<'t>, Span)>,
    /// The entries of the containers that are open, outermost first: each container gets its own in a piece, without room for more.
    open: Vec<Node>,
}

impl<'t> Builder<'t> {
    fn of(text: &'t str) -> Result<Self, Fault> {
        let offsets = || text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let offsets = if text.is_ascii() { None } else { Some(offsets()) };
        let mut builder =
            Self { text, parser: Parser::new_from_str(text), offsets, depth: 0, next: None, open: Vec::new() };
        builder.next = builder.read()?;
        Ok(builder)
    }

    fn byte(&self, index: usize) -> usize {
        let at = self.offsets.as_ref().map_or(Some(index), |offsets| offsets.get(index).copied());
        at.unwrap_or(usize::MAX).min(self.text.len())
    }

    fn read(&mut self) -> Result<Option<(Event<'t>, Span)>, Fault> {
        let (event, span) = match self.parser.next_event() {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Err(self.unreadable(&error)),
            None => return Ok(None),
        };
        let span = Span::new(self.byte(span.start.index()), self.byte(span.end.index()));
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => self.depth += 1,
            Event::MappingEnd | Event::SequenceEnd => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            return Err(Fault::new(format!("nested deeper than {MAX_DEPTH} levels"), Span::at(span.start)));
        }
        Ok(Some((event, span)))
    }

    fn unreadable(&self, error: &ScanError) -> Fault {
        let (text, at) = (self.text, self.byte(error.marker().index()));
        let start = line_start(text, at);
        let line = rest_of_line(text, start);
        if line.starts_with('\t') || line.trim_start_matches(' ').starts_with('\t') {
            let tab = start + line.find('\t').unwrap_or(0);
            return Fault::new("a tab can not indent in YAML", Span::new(tab, tab + 1));
        }
        Fault::new(error.info(), Span::new(at, text[at..].chars().next().map_or(at, |c| at + c.len_utf8())))
    }

    fn take(&mut self) -> Result<(Event<'t>, Span), Fault> {
        let event = self.next.take();
        self.next = self.read()?;
        event.ok_or_else(|| Fault::new("the text ends too early", Span::at(self.text.len())))
    }

    fn next_is_end(&self) -> bool {
        matches!(self.next, Some((Event::MappingEnd | Event::SequenceEnd, _)) | None)
    }

    fn skip(&self, offset: usize) -> usize {
        skip_trivia(&Yaml, self.text, offset)
    }

    /// Behind the anchor and tag that stand at or behind `offset`, and the space after them.
    fn skip_properties(&self, offset: usize) -> usize {
        let mut at = self.skip(offset);
        while self.text[at..].starts_with(['&', '!']) {
            let word = self.text[at..]
                .find(|c: char| is_blank(c) || ",[]{}".contains(c) && !self.text[at..].starts_with("!<"));
            at += word.unwrap_or(self.text.len() - at);
            at = self.skip(at);
        }
        at
    }

    /// The value whose first byte is at or behind `from`. Its entry is its value; the caller widens it.
    fn node(&mut self, from: usize, flow: bool) -> Result<Node, Fault> {
        let (event, span) = self.take()?;
        Ok(match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(&value, style, anchor > 0 || tag.is_some(), tag.as_deref(), from, span)
            }
            Event::Alias(_) => {
                let start = self.skip(from);
                let name = self.text[start..].trim_start_matches('*');
                let end = name.find(|c: char| is_blank(c) || ",[]{}".contains(c)).unwrap_or(name.len());
                let alias = name[..end].to_owned();
                leaf(Span::new(start, start + 1 + end), Body::Alias(alias))
            }
            Event::MappingStart(anchor, tag) => self.map(self.start(from, anchor > 0 || tag.is_some()), flow)?,
            Event::SequenceStart(anchor, tag) => self.list(self.start(from, anchor > 0 || tag.is_some()), flow)?,
            _ => leaf(Span::at(from), Body::Scalar { value: Value::Null, content: None }),
        })
    }

    fn scalar(
        &self,
        value: &str,
        style: ScalarStyle,
        properties: bool,
        tag: Option<&Tag>,
        from: usize,
        span: Span,
    ) -> Node {
        let start = if properties { self.skip_properties(from) } else { self.skip(from) };
        let source = &self.text[start..];
        let (span, content) = match style {
            ScalarStyle::Plain if value.is_empty() => {
                let at = if properties { self.properties_end(from) } else { from };
                return leaf(Span::at(at), Body::Scalar { value: Value::Null, content: None });
            }
            ScalarStyle::Plain => {
                let end = start + self.text[start..span.end.max(start)].trim_end().len();
                let one_line = &self.text[start..end] == value;
                (Span::new(start, end), one_line.then_some(Span::new(start, end)))
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let end = start + quoted_length(source);
                let inner = Span::new(start + 1, end.saturating_sub(1).max(start + 1));
                (Span::new(start, end), (inner.of(self.text) == value).then_some(inner))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => (Span::new(start, self.block_end(start, span.end)), None),
        };
        let core = |name: &str| tag.is_some_and(|tag| tag.handle == "tag:yaml.org,2002:" && tag.suffix == name);
        let value = match tag {
            None if style == ScalarStyle::Plain => resolve(value),
            None => value.into(),
            Some(_) if core("str") => value.into(),
            Some(_) => Value::Code(span.of(self.text).to_owned()),
        };
        leaf(span, Body::Scalar { value, content })
    }

    /// The end of an anchor or tag that no value follows.
    fn properties_end(&self, from: usize) -> usize {
        let end = self.skip_properties(from);
        from + self.text[from..end].trim_end().len()
    }

    /// The end of the block scalar that starts at its header, given where the parser saw the next token.
    fn block_end(&self, start: usize, stop: usize) -> usize {
        let stop = stop.max(start);
        let line = line_start(self.text, stop);
        let end = if line > start && self.text[line..stop].trim().is_empty() { line } else { stop };
        let header = rest_of_line(self.text, start);
        let keeps = header.split('#').next().is_some_and(|header| header.contains('+'));
        if keeps { end } else { start + self.text[start..end].trim_end().len() }
    }

    /// The first byte of a value behind its own anchor and tag; those of a first key are part of the map.
    fn start(&self, from: usize, properties: bool) -> usize {
        if properties { self.skip_properties(from) } else { self.skip(from) }
    }

    fn map(&mut self, start: usize, flow: bool) -> Result<Node, Fault> {
        let braces = self.text[start..].starts_with('{') && self.opens_flow(start);
        let mut at = if braces { start + 1 } else { start };
        let first = self.open.len();
        while !self.next_is_end() {
            let entry = self.entry(at, flow || braces)?;
            at = self.behind_comma(entry.entry.end, braces);
            self.open.push(entry);
        }
        let children: Vec<Node> = self.open.drain(first..).collect();
        let (_, end) = self.take()?;
        self.refuse_equal_names(&children)?;
        if braces {
            let close = self.closing(at, end, '}')?;
            let span = Span::new(start, close + 1);
            // `{{ name }}` happens to parse: as a map that is the key of a map.
            if children.len() == 1 && span.of(self.text).starts_with("{{") && span.of(self.text).ends_with("}}") {
                return Err(Fault::template(Span::new(start, start + 2)));
            }
            return Ok(Node {
                key: None,
                entry: span,
                value: span,
                body: Body::Map(Layout::Delimited { open: start + 1, close }),
                children,
            });
        }
        let last = children.last().map_or(start, |node| node.entry.end);
        let span = Span::new(children.first().map_or(start, |node| node.entry.start), last);
        let body = Body::Map(Layout::Lines { next: last, indent: self.column(span.start) });
        Ok(Node { key: None, entry: span, value: span, body, children })
    }

    fn refuse_equal_names(&self, entries: &[Node]) -> Result<(), Fault> {
        fn name(entry: &Node) -> &str {
            entry.key.as_ref().map_or("", |name| &name.text)
        }
        let mut sorted: Vec<&Node> = entries.iter().collect();
        sorted.sort_by(|one, other| name(one).cmp(name(other)));
        let pairs = sorted.windows(2).filter(|pair| name(pair[0]) == name(pair[1]));
        let Some(pair) = pairs.min_by_key(|pair| pair[1].entry.start) else { return Ok(()) };
        let (name, line) = (name(pair[0]), crate::text::position(self.text, pair[0].entry.start).line);
        Err(Fault::new(format!("duplicate key `{name}`, first at line {line}"), pair[1].entry))
    }

    /// A flow map opens here, and not a block map whose first key is a flow collection.
    fn opens_flow(&self, start: usize) -> bool {
        !matches!(&self.next, Some((Event::MappingStart(..) | Event::SequenceStart(..), span)) if span.start == start)
    }

    fn entry(&mut self, from: usize, flow: bool) -> Result<Node, Fault> {
        let start = self.skip(from);
        let mark = self.text[start..].strip_prefix('?');
        let explicit = mark.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        let key = self.node(if explicit { start + 1 } else { start }, flow)?;
        let sign = self.skip(key.value.end);
        let colon = self.text[sign..].starts_with(':');
        let from = if colon { sign + 1 } else { key.value.end };
        let value = self.node(from, flow)?;
        let name = match key.body {
            Body::Scalar { value: Value::Str(text), .. } => text,
            Body::Scalar { .. } if key.value.is_empty() => String::new(),
            _ => key.value.of(self.text).to_owned(),
        };
        let begin = if explicit { start } else { start.min(key.value.start) };
        let body = match value.body {
            Body::Scalar { value: Value::Null, content: None } if value.value.is_empty() && !flow => {
                let next = value.value.start;
                let context = Context::at(&Yaml, self.text, begin, self.column(begin));
                Body::Empty(Layout::Lines { next, indent: format!("{}{}", context.indent, context.unit) })
            }
            body => body,
        };
        Ok(Node {
            key: Some(Name { text: name, span: key.value, site: None }),
            entry: Span::new(begin, value.value.end.max(from)),
            value: value.value,
            body,
            children: value.children,
        })
    }

    fn list(&mut self, start: usize, flow: bool) -> Result<Node, Fault> {
        let brackets = self.text[start..].starts_with('[');
        let mut at = if brackets { start + 1 } else { start };
        let first = self.open.len();
        while !self.next_is_end() {
            let begin = self.skip(at);
            let dash = !brackets && self.text[begin..].starts_with('-');
            let mut item = self.node(if dash { begin + 1 } else { begin }, flow || brackets)?;
            item.entry =
                Span::new(begin.min(item.value.start), item.value.end.max(if dash { begin + 1 } else { begin }));
            at = self.behind_comma(item.entry.end, brackets);
            self.open.push(item);
        }
        let children: Vec<Node> = self.open.drain(first..).collect();
        let (_, end) = self.take()?;
        if brackets {
            let close = self.closing(at, end, ']')?;
            let span = Span::new(start, close + 1);
            return Ok(Node {
                key: None,
                entry: span,
                value: span,
                body: Body::List(Layout::Delimited { open: start + 1, close }),
                children,
            });
        }
        let last = children.last().map_or(start, |node| node.entry.end);
        let span = Span::new(children.first().map_or(start, |node| node.entry.start), last);
        let body = Body::List(Layout::Lines { next: last, indent: self.column(span.start) });
        Ok(Node { key: None, entry: span, value: span, body, children })
    }

    fn behind_comma(&self, at: usize, flow: bool) -> usize {
        let next = self.skip(at);
        if flow && self.text[next..].starts_with(',') { next + 1 } else { at }
    }

    /// Where the bracket stands; nowhere when the parser took what looks like the opening one for plain text.
    fn closing(&self, at: usize, end: Span, bracket: char) -> Result<usize, Fault> {
        let stands = |at: &usize| self.text[*at..].starts_with(bracket);
        let close = [self.skip(at), end.start].into_iter().find(stands);
        close.ok_or_else(|| Fault::new(format!("no `{bracket}` closes what opens before"), Span::at(end.start)))
    }

    /// The white space that puts a line in the column of `offset`.
    fn column(&self, offset: usize) -> String {
        " ".repeat(self.text[line_start(self.text, offset)..offset].chars().count())
    }
}

fn leaf(span: Span, body: Body) -> Node {
    Node { key: None, entry: span, value: span, body, children: Vec::new() }
}

/// The length of the quoted scalar that `source` starts with.
fn quoted_length(source: &str) -> usize {
    let bytes = source.as_bytes();
    let Some(quote) = bytes.first() else { return 0 };
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if *quote == b'"' => at += 2,
            byte if byte == *quote && *quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == *quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}
