//! Text in XML: references and line ends, read and written.

use crate::diagnostic::Code;
use crate::format::Refusal;

/// `source` with the line ends every XML reader gives.
pub(super) fn normal_ends(source: &str) -> String {
    source.replace("\r\n", "\n").replace('\r', "\n")
}

/// The character that `&name;` stands for; `None` for an entity, which is never expanded.
pub(super) fn resolved(reference: &str) -> Option<char> {
    let name = reference.strip_prefix('&')?.strip_suffix(';')?;
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
            // Digits only: Rust reads a sign, too.
            let is_number = digits.chars().all(|digit| digit.is_digit(radix));
            u32::from_str_radix(digits, radix).ok().filter(|_| is_number).and_then(char::from_u32)
        }
    }
}

/// The text of an attribute's value; `None` where it refers to an entity.
pub(super) fn decoded(source: &str) -> Option<String> {
    let source = normal_ends(source);
    let mut text = String::with_capacity(source.len());
    let mut rest = source.as_str();
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        let end = at + rest[at..].find(';')? + 1;
        text.push(resolved(&rest[at..end])?);
        rest = &rest[end..];
    }
    text.push_str(rest);
    Some(text)
}

/// `text` between tags, or between the quotes of an attribute.
pub(super) fn escaped(text: &str, quote: Option<char>, eol: &str) -> Result<String, Refusal> {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' if quote == Some('"') => written.push_str("&quot;"),
            '\'' if quote == Some('\'') => written.push_str("&apos;"),
            '\n' if quote.is_none() => written.push_str(eol),
            '\n' | '\t' if quote.is_some() => written.push_str(&format!("&#{};", u32::from(character))),
            '\r' => written.push_str("&#13;"),
            '\t' => written.push(character),
            '\u{fffe}' | '\u{ffff}' => return Err(no_place(character)),
            _ if character < ' ' => return Err(no_place(character)),
            _ => written.push(character),
        }
    }
    Ok(written)
}

fn no_place(character: char) -> Refusal {
    Refusal::new(Code::Unsupported, format!("XML has no way to write the character U+{:04X}", u32::from(character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_those_of_the_file_and_not_of_references() {
        assert_eq!(decoded("a\r\nb&#13;c&#x41;").as_deref(), Some("a\nb\rcA"));
        for reference in ["&#+65;", "&#x+41;", "&#;", "&#x;"] {
            assert_eq!(resolved(reference), None, "{reference}");
        }
    }
}
