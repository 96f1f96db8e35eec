//! The connection string of libpq inside a string: `host=db sslmode=require password='a b'`.

use crate::text::Span;

/// One `keyword=value`, as byte spans of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the sign.
    pub keyword: Span,
    /// Keyword, sign and value.
    pub entry: Span,
    /// With its quotes.
    pub value: Span,
    /// Without them.
    pub content: Span,
    /// Without quotes and escapes.
    pub text: String,
}

/// What is wrong with a text, and where.
pub type Wrong = (&'static str, Span);

/// The pairs of `text` in their order.
///
/// # Errors
/// When it is not written so.
pub fn pairs(text: &str) -> Result<Vec<Pair>, Wrong> {
    let mut pairs = Vec::new();
    let mut at = skip_blanks(text, 0);
    while at < text.len() {
        let found = pair(text, at)?;
        at = skip_blanks(text, found.entry.end);
        pairs.push(found);
    }
    Ok(pairs)
}

/// The value of `keyword`; the last one where it stands more than once, `None` where the text is not written so.
pub fn value(text: &str, keyword: &str) -> Option<String> {
    pairs(text).ok()?.into_iter().rev().find(|pair| pair.keyword.of(text) == keyword).map(|pair| pair.text)
}

fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// The pair that begins at `start`. Blanks may stand around its sign.
fn pair(text: &str, start: usize) -> Result<Pair, Wrong> {
    let rest = &text[start..];
    let end = start + rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
    let sign = skip_blanks(text, end);
    if end == start || !text[sign..].starts_with('=') {
        return Err(("a keyword of libpq has no `=`", Span::new(start, end.max(start))));
    }
    let from = skip_blanks(text, sign + 1);
    let quoted = text[from..].starts_with('\'');
    let (mut value, mut stop, mut escaped) = (String::new(), None, false);
    for (at, character) in text[from + usize::from(quoted)..].char_indices() {
        let at = from + usize::from(quoted) + at;
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' if quoted => {
                stop = Some(at + 1);
                break;
            }
            _ if !quoted && character.is_whitespace() => {
                stop = Some(at);
                break;
            }
            _ => value.push(character),
        }
    }
    let stop = match stop {
        None if quoted => return Err(("a quote does not end", Span::new(from, text.len()))),
        stop => stop.unwrap_or(text.len()),
    };
    let content = if quoted { Span::new(from + 1, stop - 1) } else { Span::new(from, stop) };
    Ok(Pair {
        keyword: Span::new(start, end),
        entry: Span::new(start, stop),
        value: Span::new(from, stop),
        content,
        text: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_libpq_reads_them() {
        let cases = [
            ("host=db user=u", "host", Some("db")),
            ("host = db", "host", Some("db")),
            ("host=a host=b", "host", Some("b")),
            (r"password='a \'b\\' host=db", "password", Some(r"a 'b\")),
            (r"user=a\ b", "user", Some("a b")),
            ("user=u", "host", None),
            ("host=db and more", "host", None),
            ("password='a", "password", None),
            ("postgres://db/x", "host", None),
        ];
        for (text, keyword, expected) in cases {
            assert_eq!(value(text, keyword).as_deref(), expected, "{text}");
        }
    }
}
