//! String literals: choosing the quotes a neighbour uses, and the escapes they need.

#[cfg(any(feature = "python", feature = "javascript"))]
use super::{Format, read};
#[cfg(any(feature = "python", feature = "javascript"))]
use crate::text::{Edit, Edits, Span};

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    Plain,
    Single,
    Double,
}

impl Quotes {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Single, Self::Double];

    /// Its name in migration files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Single => "single",
            Self::Double => "double",
        }
    }

    /// The character around the text.
    pub fn mark(self) -> Option<char> {
        match self {
            Self::Plain => None,
            Self::Single => Some('\''),
            Self::Double => Some('"'),
        }
    }

    /// A literal written so.
    pub fn sample(self) -> &'static str {
        match self {
            Self::Plain => "a",
            Self::Single => "'a'",
            Self::Double => "\"a\"",
        }
    }
}

/// The quote a literal starts with, if it is one.
pub(super) fn of(literal: &str) -> Option<char> {
    literal.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))
}

/// `code` with `"` around its texts that stand between `'`, where it has no `"` yet and they read the same so; `around` is
/// what a piece of code may want around it to be read.
#[cfg(any(feature = "python", feature = "javascript"))]
pub(super) fn doubled(format: &dyn Format, code: &str, around: &[(&str, &str)]) -> String {
    // What stands between the tags of JSX may look like a text in quotes.
    if code.contains('"') || code.contains("</") || code.contains("/>") {
        return code.to_owned();
    }
    let marks = |(before, after): &(&str, &str)| {
        let text = format!("{before}{code}{after}");
        let tokens = read(format, &text).ok()?.tokens;
        let plain = tokens.into_iter().filter(|token| is_plain(token.of(&text)));
        Some(plain.flat_map(|token| [token.start - before.len(), token.end - 1 - before.len()]).collect::<Vec<_>>())
    };
    let marks = around.iter().find_map(marks).unwrap_or_default();
    let edit = |at: usize| Edit::replace(Span::new(at, at + 1), "\"");
    Edits::new(marks.into_iter().map(edit).collect()).map_or(code.to_owned(), |edits| edits.apply(code))
}

/// Whether `token` is a text between `'` that needs no escape between `"` either.
#[cfg(any(feature = "python", feature = "javascript"))]
fn is_plain(token: &str) -> bool {
    let inner = token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.is_some_and(|inner| !inner.contains(['\'', '"', '\\', '\n']))
}

/// `text` as a literal with backslash escapes, as Python, JavaScript and TOML's `"` read it.
pub(super) fn escaped(text: &str, quote: char) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push(quote);
    for character in text.chars() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ if character == quote => {
                literal.push('\\');
                literal.push(character);
            }
            _ if character.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => literal.push(character),
        }
    }
    literal.push(quote);
    literal
}
