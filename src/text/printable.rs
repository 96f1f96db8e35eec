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

/// `text` for the log of a build server, which takes some lines for commands to itself: those are broken by a
/// zero-width space, so that they look as they did and do nothing.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    const ANYWHERE: [&str; 3] = ["##[", "##vso[", "##teamcity["];
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let content = without_lead(line);
        let lead = line.len() - content.len();
        let mut content = content.to_owned();
        for start in ANYWHERE {
            content = content.replace(start, &start.replacen('#', "#\u{200b}", 1));
        }
        if content.starts_with("::") {
            content.insert(1, '\u{200b}');
        }
        shown.push_str(&line[..lead]);
        shown.push_str(&content);
    }
    Cow::Owned(shown)
}

/// `line` without the blanks, colours and signs of a diff that may stand before a command.
fn without_lead(line: &str) -> &str {
    let mut rest = line;
    loop {
        let plain = rest.trim_start_matches(|c: char| c.is_whitespace() || "+-|>".contains(c));
        let colour = plain.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m'));
        match colour {
            Some((codes, behind)) if codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') => rest = behind,
            _ => return plain,
        }
    }
}

/// JSON for the log of a build server: the same text to whoever reads the JSON, no command to who reads lines.
pub fn json_without_commands(json: &str) -> String {
    json.replace("::", ":\\u003a").replace("##", "#\\u0023")
}

/// JSON with every hidden character as its escape: the same text to whoever reads the JSON.
pub fn json_printable(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String can not fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters but newline and tab; bidirectional, zero-width and tag characters, variation selectors.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' => true,
        _ => false,
    }
}

/// Whether it is a space that looks like the plain one and is another character to every reader.
pub fn is_odd_space(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_to_a_build_server_are_broken() {
        let cases = [
            ("::error::boom\n", ":\u{200b}:error::boom\n"),
            (" ::set-output name=x::y\n", " :\u{200b}:set-output name=x::y\n"),
            ("+  ::add-mask::x", "+  :\u{200b}:add-mask::x"),
            ("a ##vso[task.setvariable]b", "a #\u{200b}#vso[task.setvariable]b"),
            ("\u{1b}[1m  ::error::x", "\u{1b}[1m  :\u{200b}:error::x"),
            ("std::fs # ## a", "std::fs # ## a"),
        ];
        for (text, shown) in cases {
            assert_eq!(without_commands(text), shown);
        }
        assert_eq!(json_without_commands("\"::error::x ##[y\""), "\":\\u003aerror:\\u003ax #\\u0023[y\"");
    }

    #[test]
    fn escapes_are_seen_and_plain_text_is_untouched() {
        assert!(matches!(printable("é\tb\n"), Cow::Borrowed(_)));
        assert_eq!(json_printable("\"\u{202e}\u{9b}\u{e0001}\""), "\"\\u202e\\u009b\\udb40\\udc01\"");
        assert_eq!(printable("\u{1b}[2J\u{202e}x\r"), "\\x1b[2J<U+202E>x\\x0d");
    }
}
