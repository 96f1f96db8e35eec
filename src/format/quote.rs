//! String literals: choosing the quotes a neighbour uses, and the escapes they need.

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
