//! Where a part of a text stands in the TOML literal that it was read from.

use crate::text::Span;

/// The bytes of `literal` that say `part` of `text`; `None` where it does not say it byte for byte.
pub(super) fn written(literal: &str, text: &str, part: Span) -> Option<Span> {
    let (quotes, escapes) = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quotes| literal.starts_with(quotes))
        .map_or(("", false), |quotes| (quotes, quotes.starts_with('"')));
    let mut at = quotes.len();
    // The first line end behind three quotes does not count.
    if quotes.len() == 3 {
        at += line_end(&literal[at..]);
    }
    let mut start = None;
    for (place, character) in text.char_indices().chain([(text.len(), '\0')]) {
        at += if escapes { continuation(literal.get(at..)?) } else { 0 };
        if place == part.start {
            start = Some(at);
        }
        if place == part.end {
            return Some(Span::new(start?, at));
        }
        at += length_of(character, literal.get(at..)?, escapes)?;
    }
    None
}

/// How many bytes of `rest` say `character`.
fn length_of(character: char, rest: &str, escapes: bool) -> Option<usize> {
    if escapes && let Some(escaped) = rest.strip_prefix('\\') {
        return Some(match escaped.chars().next()? {
            'x' => 4,
            'u' => 6,
            'U' => 10,
            _ => 2,
        });
    }
    if character == '\n' && line_end(rest) > 0 {
        return Some(line_end(rest));
    }
    rest.starts_with(character).then(|| character.len_utf8())
}

fn line_end(rest: &str) -> usize {
    ["\r\n", "\n"].into_iter().find(|end| rest.starts_with(end)).map_or(0, str::len)
}

/// The length of a backslash at the end of a line with all white space behind it: it says nothing.
fn continuation(rest: &str) -> usize {
    let Some(behind) = rest.strip_prefix('\\') else { return 0 };
    let blank = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    if line_end(&behind[blank..]) == 0 {
        return 0;
    }
    let next = behind.trim_start_matches([' ', '\t', '\r', '\n']);
    let length = rest.len() - next.len();
    length + continuation(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_behind_escapes_and_line_ends() {
        for (literal, text, part, wanted) in [
            ("\"a{{b}}\"", "a{{b}}", "{{b}}", "{{b}}"),
            ("'a{{b}}'", "a{{b}}", "{{b}}", "{{b}}"),
            ("'''\na{{b}}'''", "a{{b}}", "{{b}}", "{{b}}"),
            ("\"\"\"\r\na\r\n{{b}}\"\"\"", "a\n{{b}}", "{{b}}", "{{b}}"),
            ("\"\\u00e9日本{{b}}\"", "é日本{{b}}", "{{b}}", "{{b}}"),
            ("\"\\U0001F600\\t\\\"{{b}}\"", "😀\t\"{{b}}", "{{b}}", "{{b}}"),
            ("\"\"\"a \\\n\n   {{b}}\"\"\"", "a {{b}}", "{{b}}", "{{b}}"),
            ("\"{{b\\u007d}\"", "{{b}}", "{{b}}", "{{b\\u007d}"),
            ("b", "b", "b", "b"),
        ] {
            let start = text.find(part).expect("a part");
            let found = written(literal, text, Span::new(start, start + part.len())).expect("a place");
            assert_eq!(found.of(literal), wanted, "{literal}");
        }
        assert_eq!(written("\"abc\"", "xyz", Span::new(1, 2)), None);
        assert_eq!(written("\"", "xyz", Span::new(1, 2)), None);
        assert_eq!(written("\"\\u", "éx", Span::new(2, 3)), None);
    }
}
