//! Repository text made safe to show: control and invisible characters become visible escapes.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with every character that could steer a terminal or deceive a reader written as an escape.
/// Newlines and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if !is_hidden(character) {
            shown.push(character);
            continue;
        }
        let code = u32::from(character);
        // Writing to a String can not fail.
        let _ = if code < 0x100 { write!(shown, "\\x{code:02x}") } else { write!(shown, "<U+{code:04X}>") };
    }
    Cow::Owned(shown)
}

/// Control characters but newline and tab; bidirectional, zero-width and tag characters, variation selectors.
fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_seen_and_plain_text_is_untouched() {
        assert!(matches!(printable("é\tb\n"), Cow::Borrowed(_)));
        assert_eq!(printable("\u{1b}[2J\u{202e}x\r"), "\\x1b[2J<U+202E>x\\x0d");
    }
}
