//! Texts as literals of TOML.

use std::fmt::Write as _;

/// `text` as a TOML string on one line, whatever it holds.
pub fn toml_string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ if character.is_control() => {
                let _ = write!(literal, "\\u{:04X}", u32::from(character));
            }
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_again_as_it_was() {
        for text in ["", "a", "\"\\\n\r\t", "\u{0}\u{1f}\u{7f}\u{80}\u{9f}", "é日\u{200b}\u{feff}", "'''{{x}}\"\"\""]
        {
            let written = toml_string(text);
            let read: toml_edit::Value = written.parse().unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(read.as_str(), Some(text));
        }
    }
}
