//! Java `.properties`: one `key=value` a line, in ISO-8859-1, with escapes and continuation lines.

use super::style::text_of;
use super::{Body, Context, Document, Fault, Format, Layout, Name, Node, Refusal};
use crate::diagnostic::Code;
use crate::text::{Charset, Span, line_end, next_line};
use crate::value::Value;

pub struct Properties;

impl Format for Properties {
    fn name(&self) -> &'static str {
        "properties"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.properties"]
    }

    /// Every byte is a character: the bytes of a file that is really UTF-8 stay as they are too.
    fn charset(&self, _bytes: &[u8]) -> Charset {
        Charset::Latin1
    }

    fn is_flat(&self) -> bool {
        true
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
        let mut children: Vec<Node> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let line = &text[start..line_end(text, start)];
            let begin = start + line.len() - line.trim_start_matches(BLANKS).len();
            if line.trim_matches(BLANKS).is_empty() || text[begin..].starts_with(['#', '!']) {
                start = next_line(text, start);
                continue;
            }
            let end = logical_end(text, begin);
            children.push(entry(text, begin, end));
            start = next_line(text, end);
        }
        let next = children.last().map_or(text.len(), |node| node.entry.end);
        let whole = Span::new(0, text.len());
        let body = Body::Map(Layout::Lines { next, indent: String::new() });
        Ok(Document::new(Node { key: None, entry: whole, value: whole, body, children }, Vec::new()))
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        let first = text[..offset].rsplit('\n').next().is_some_and(|lead| lead.trim_matches(BLANKS).is_empty());
        (first && text[offset..].starts_with(['#', '!'])).then(|| line_end(text, offset))
    }

    fn write_key(&self, key: &str, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        if key.is_empty() {
            return Err(Refusal::new(Code::Unsupported, "a property needs a name"));
        }
        let mut written = String::new();
        for (index, character) in key.chars().enumerate() {
            match character {
                ' ' | ':' | '=' => written.extend(['\\', character]),
                '#' | '!' if index == 0 => written.extend(['\\', character]),
                _ => escape(character, &mut written),
            }
        }
        Ok(written)
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let Value::Str(text) = self.held(value) else {
            return Err(Refusal::new(Code::Unsupported, "a property holds text, not a list or table"));
        };
        let mut written = String::new();
        for (index, character) in text.chars().enumerate() {
            if index == 0 && character == ' ' {
                written.push('\\');
            }
            escape(character, &mut written);
        }
        Ok(written)
    }

    fn has_brackets(&self) -> bool {
        false
    }

    fn separator(&self) -> &'static str {
        "="
    }

    fn empty_map(&self, _context: &Context) -> Option<String> {
        None
    }

    fn held(&self, value: &Value) -> Value {
        text_of(value)
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// The end of the logical line that starts at `begin`: a backslash before the line end goes on.
fn logical_end(text: &str, begin: usize) -> usize {
    let mut end = line_end(text, begin);
    while is_continued(&text[begin..end]) && next_line(text, end) < text.len() {
        end = line_end(text, next_line(text, end));
    }
    end
}

fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn entry(text: &str, begin: usize, end: usize) -> Node {
    let line = &text[begin..end];
    let key_end = begin + key_length(line);
    let rest = text[key_end..end].trim_start_matches(BLANKS);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS);
    let value = Span::new(end - rest.len(), end);
    let decoded = unescape(rest);
    let content = (decoded == rest).then_some(value);
    let name = Name { text: unescape(&text[begin..key_end]), span: Span::new(begin, key_end), site: None };
    let body = Body::Scalar { value: Value::Str(decoded), content };
    Node { key: Some(name), entry: Span::new(begin, end), value, body, children: Vec::new() }
}

/// A key ends at the first separator or blank that no backslash guards.
fn key_length(line: &str) -> usize {
    let mut guarded = false;
    for (at, character) in line.char_indices() {
        match character {
            _ if guarded => guarded = false,
            '\\' => guarded = true,
            '=' | ':' | ' ' | '\t' | '\u{c}' => return at,
            _ => {}
        }
    }
    line.len()
}

fn escape(character: char, written: &mut String) {
    match character {
        '\\' => written.push_str("\\\\"),
        '\n' => written.push_str("\\n"),
        '\r' => written.push_str("\\r"),
        '\t' => written.push_str("\\t"),
        ' '..='~' => written.push(character),
        _ => {
            let mut units = [0u16; 2];
            for unit in character.encode_utf16(&mut units) {
                written.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
}

fn unescape(source: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        if character != '\\' {
            units.extend(character.encode_utf16(&mut [0; 2]).iter());
            continue;
        }
        let Some(escaped) = rest.chars().next() else { break };
        let hex = rest.get(1..5).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let hex = hex.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        match (escaped, hex) {
            ('u', Some(unit)) => {
                units.push(unit);
                rest = &rest[5..];
                continue;
            }
            ('\n', _) => rest = rest[1..].trim_start_matches(BLANKS),
            ('\r', _) => {
                rest = rest[1..].strip_prefix('\n').unwrap_or(&rest[1..]).trim_start_matches(BLANKS);
            }
            ('n' | 'r' | 't' | 'f', _) => {
                units.push(match escaped {
                    'n' => u16::from(b'\n'),
                    'r' => u16::from(b'\r'),
                    't' => u16::from(b'\t'),
                    _ => 0xC,
                });
                rest = &rest[1..];
            }
            _ => {
                units.extend(escaped.encode_utf16(&mut [0; 2]).iter());
                rest = &rest[escaped.len_utf8()..];
            }
        }
    }
    String::from_utf16_lossy(&units)
}
