//! Limits before any parser runs: size, parts, nesting, chained operators; and a stack deep enough for what is left. What
//! only a parser tells is limited right behind it: entries of one container, the length of one value.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Body, Document, Fault, Format, Node};
use crate::diagnostic::Code;
use crate::parallel;
use crate::text::Span;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// The most lines, separators and tags of one file: what is read of it takes 256 MiB at most.
const MAX_PARTS: usize = 250_000;
/// The most entries of one map or list.
const MAX_ENTRIES: usize = 100_000;
/// The longest single value, in bytes.
pub const MAX_SCALAR: usize = 1024 * 1024;
const MAX_DEPTH: usize = 128;
const MAX_CHAIN: usize = 1000;
/// Up to this depth any thread's stack is enough.
const SHALLOW: usize = 32;
const DEEP_STACK: usize = 64 * 1024 * 1024;
/// The largest text of a language of code, in bytes: settings are far smaller.
const MAX_CODE: usize = 256 * 1024;
/// More than any construct needs that was found, per byte of its text and without optimisation.
const STACK_PER_BYTE: usize = 3 * 1024;

/// Counts what `read` was asked for, in this process; nothing depends on it.
static READINGS: AtomicUsize = AtomicUsize::new(0);

/// How many texts this process has read by now.
pub fn readings() -> usize {
    READINGS.load(Ordering::Relaxed)
}

/// Reads `text` as `format`, within the limits. Total: every input gives a document or a fault.
///
/// # Errors
/// When the text is not of that language, or is beyond a limit.
pub fn read(format: &dyn Format, text: &str) -> Result<Document, Fault> {
    READINGS.fetch_add(1, Ordering::Relaxed);
    if text.starts_with('\u{feff}') {
        return Err(Fault::new("a second byte order mark", Span::new(0, '\u{feff}'.len_utf8())));
    }
    if let Some(at) = text.match_indices('\r').map(|(at, _)| at).find(|at| !text[at + 1..].starts_with('\n')) {
        let message = "a carriage return without a line feed: readers do not agree whether it ends a line";
        return Err(Fault::new(message, Span::new(at, at + 1)));
    }
    // Of plain lines nothing is made but their bounds.
    let is_data = format.name() != "lines";
    if is_data {
        parts(text, format.name() == "xml")?;
    }
    if format.is_code() && text.len() > MAX_CODE {
        let message = format!("larger than the {} KiB of code that are read", MAX_CODE / 1024);
        return Err(too_large(message, Span::at(0)));
    }
    let depth = if format.has_brackets() { depth(format, text)? } else { 0 };
    let parse = || match catch_unwind(AssertUnwindSafe(|| format.parse(text))) {
        Ok(Ok(document)) if is_data => sizes(&document.root).map(|()| document),
        Ok(result) => result,
        Err(_) => Err(Fault::new(format!("the {} parser can not read this file", format.name()), Span::at(0))),
    };
    // The parsers of code recurse on much that no scan tells: their stack grows with the text.
    let stack = if format.is_code() { DEEP_STACK + text.len() * STACK_PER_BYTE } else { DEEP_STACK };
    if depth <= SHALLOW && !format.is_code() || parallel::has_stack(stack) {
        return parse();
    }
    std::thread::scope(|scope| match std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, parse) {
        Ok(thread) => thread.join().unwrap_or_else(|_| Err(Fault::new("the parser stopped", Span::at(0)))),
        Err(error) => Err(Fault::new(format!("no memory to read this file: {error}"), Span::at(0))),
    })
}

fn too_large(message: impl Into<String>, span: Span) -> Fault {
    Fault { code: Code::TooLarge, ..Fault::new(message, span) }
}

/// Refuses a text of too many parts, in whatever language: between two values stands one of these, and between two
/// attributes of a tag an equals sign.
pub fn parts(text: &str, has_tags: bool) -> Result<(), Fault> {
    let part = |byte: u8| matches!(byte, b'\n' | b',' | b'<' | b'{' | b'[') || has_tags && byte == b'=';
    let ends = text.bytes().enumerate().filter(|(_, byte)| part(*byte));
    match ends.map(|(at, _)| at).nth(MAX_PARTS) {
        None => Ok(()),
        Some(at) => Err(too_large(format!("more than {MAX_PARTS} lines, separators and tags"), Span::new(at, at + 1))),
    }
}

/// Refuses a container of too many entries, and a value that is too long. As deep as the nesting, which is limited.
fn sizes(node: &Node) -> Result<(), Fault> {
    if let Some(beyond) = node.children.get(MAX_ENTRIES) {
        return Err(too_large(format!("more than {MAX_ENTRIES} entries in one map or list"), beyond.entry));
    }
    if matches!(node.body, Body::Scalar { .. }) && node.value.end - node.value.start > MAX_SCALAR {
        let message = format!("a single value of more than {} KiB", MAX_SCALAR / 1024);
        return Err(too_large(message, Span::at(node.value.start)));
    }
    node.children.iter().try_for_each(sizes)
}

/// How deep brackets nest and operators chain, by one scan that knows strings and comments.
fn depth(format: &dyn Format, text: &str) -> Result<usize, Fault> {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest, mut chain, mut longest) = (0usize, 0usize, 0usize, 0usize);
    let mut strings = Strings::default();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let message = format!("nested deeper than {MAX_DEPTH} levels");
                    return Err(Fault::new(message, Span::new(at, at + 1)));
                }
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                if bytes[at] == b'}' && !continues(&text[at + 1..]) {
                    chain = 0;
                }
            }
            b';' if !continues(&text[at + 1..]) => chain = 0,
            b',' => chain = 0,
            b'\n' if depth == 0 && format.name() == "python" => chain = 0,
            _ if recurses(format, text, at) => {
                chain += 1;
                if chain > MAX_CHAIN {
                    let message = format!("more than {MAX_CHAIN} operators in one statement");
                    return Err(Fault::new(message, Span::new(at, at + 1)));
                }
                longest = longest.max(chain);
            }
            quote @ (b'"' | b'\'' | b'`') => {
                at = strings.end(bytes, at, quote);
                continue;
            }
            // In every language with brackets a comment begins with one of these.
            b'#' | b'/' => {
                if let Some(end) = format.comment_end(text, at).filter(|end| *end > at) {
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(deepest.max(longest))
}

/// Whether an operator starts at `at` that makes the parsers of code recurse once more.
fn recurses(format: &dyn Format, text: &str, at: usize) -> bool {
    const WORDS: [&str; 5] = ["else", "not ", "lambda", "await ", "=>"];
    if !format.is_code() || !text.is_char_boundary(at) {
        return false;
    }
    matches!(text.as_bytes()[at], b'?' | b'!' | b'~' | b'+' | b'-' | b'<')
        || WORDS.iter().any(|word| text[at..].starts_with(word))
}

/// Whether a statement goes on behind its `;` or `}`.
fn continues(rest: &str) -> bool {
    rest.trim_start().starts_with("else")
}

/// The quotes that open no string: by the kind of quote, how far the text is known to hold none that closes one.
#[derive(Default)]
struct Strings {
    unclosed_until: [usize; 3],
}

impl Strings {
    /// Behind the string that opens at `start`; behind the quote alone where it does not end on its line.
    fn end(&mut self, bytes: &[u8], start: usize, quote: u8) -> usize {
        let kind = match quote {
            b'"' => 0,
            b'\'' => 1,
            _ => 2,
        };
        // Each further one before that place has a backslash before it; to search behind it again would take the square
        // of the line's length.
        if start < self.unclosed_until[kind] {
            return start + 1;
        }
        let mut at = start + 1;
        while at < bytes.len() && bytes[at] != b'\n' {
            match bytes[at] {
                b'\\' => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.unclosed_until[kind] = at;
        start + 1
    }
}
