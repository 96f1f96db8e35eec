//! A URL inside a string: its query parameters as spans, edited without touching the rest.

use crate::text::{Edit, Span};

/// One `name=value` of a query, as byte spans of the URL's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Decoded.
    pub name: String,
    /// Name, sign and value.
    pub entry: Span,
    /// What stands behind the sign; empty where there is none.
    pub value: Span,
}

/// The lower-case scheme of `text` when it reads like `scheme://...`.
pub fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once("://")?;
    let clean = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':'));
    (clean && scheme.starts_with(|c: char| c.is_ascii_alphabetic())).then(|| scheme.to_ascii_lowercase())
}

/// The query parameters of `url` in their order.
pub fn parameters(url: &str) -> Vec<Parameter> {
    let Some(query) = query(url) else { return Vec::new() };
    let mut parameters = Vec::new();
    let mut start = query.start;
    while start <= query.end && !query.is_empty() {
        let end = url[start..query.end].find('&').map_or(query.end, |offset| start + offset);
        if start < end {
            let sign = url[start..end].find('=').map_or(end, |offset| start + offset);
            parameters.push(Parameter {
                name: decode(&url[start..sign]),
                entry: Span::new(start, end),
                value: Span::new((sign + 1).min(end), end),
            });
        }
        start = end + 1;
    }
    parameters
}

/// The decoded value of the parameter `name`; the last one where it stands more than once.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    parameters(url).iter().rev().find(|found| found.name == name).map(|found| decode(found.value.of(url)))
}

/// The edit that gives parameter `name` the value `value`: in place, or appended.
pub fn set_parameter(url: &str, name: &str, value: &str) -> Edit {
    let known = parameters(url);
    if let Some(found) = known.iter().rev().find(|found| found.name == name) {
        let has_sign = found.entry.of(url).contains('=');
        return Edit::replace(found.value, format!("{}{}", if has_sign { "" } else { "=" }, encode(value)));
    }
    let end = fragment_start(url);
    let joint = match query(url) {
        None => "?",
        Some(query) if query.is_empty() || url[..end].ends_with('&') => "",
        Some(_) => "&",
    };
    Edit::insert(end, format!("{joint}{}={}", encode(name), encode(value)))
}

/// The edit that removes the parameter `name` with the one separator that goes with it.
pub fn remove_parameter(url: &str, name: &str) -> Option<Edit> {
    let known = parameters(url);
    let index = known.iter().rposition(|found| found.name == name)?;
    let entry = known[index].entry;
    let span = match (index, known.get(index + 1)) {
        (0, Some(next)) => Span::new(entry.start, next.entry.start),
        // The only one goes with the whole query.
        (0, None) => query(url).map_or(entry, |query| Span::new(query.start - 1, query.end)),
        _ => Span::new(entry.start - 1, entry.end),
    };
    Some(Edit::delete(span))
}

/// Where the fragment starts with its `#`; the end where there is none.
pub fn fragment_start(url: &str) -> usize {
    let from = host_start(url);
    url[from..].find('#').map_or(url.len(), |hash| from + hash)
}

/// What stands behind the `?`.
pub fn query(url: &str) -> Option<Span> {
    let (from, end) = (host_start(url), fragment_start(url));
    url[from..end].find('?').map(|question| Span::new(from + question + 1, end))
}

/// Behind the user and password: what stands before their `@` is no query and no fragment, whatever it holds.
fn host_start(url: &str) -> usize {
    let scheme = url.find("://").filter(|scheme| !url[..*scheme].contains(['?', '#']));
    let authority = scheme.map_or(0, |scheme| scheme + 3);
    let path = url[authority..].find('/').map_or(url.len(), |slash| authority + slash);
    url[authority..path].rfind('@').map_or(authority, |at| authority + at + 1)
}

/// The host of `url`, without its port; empty where it has none.
pub fn host(url: &str) -> &str {
    let (host, _) = host_and_port(url);
    host.of(url)
}

/// The host, and the port where there is one.
fn host_and_port(url: &str) -> (Span, Option<Span>) {
    let start = host_start(url);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |end| start + end);
    // A port follows the last colon; a reference such as `${HOST:-db}` holds colons of its own.
    match url[start..end].rfind(':') {
        Some(colon) if url[start + colon + 1..end].chars().all(|c| c.is_ascii_digit()) => {
            (Span::new(start, start + colon), Some(Span::new(start + colon + 1, end)))
        }
        _ => (Span::new(start, end), None),
    }
}

/// The parts of `url` but for its query, each without the signs around it. The path has its first slash.
pub fn parts(url: &str) -> Vec<(&'static str, Span)> {
    let fragment = fragment_start(url);
    let end = query(url).map_or(fragment, |query| query.start - 1);
    let mut parts = Vec::new();
    if let Some(scheme) = scheme(url) {
        parts.push(("scheme", Span::new(0, scheme.len())));
        let (authority, start) = (scheme.len() + 3, host_start(url));
        if start > authority {
            let user = &url[authority..start - 1];
            parts.push(("user", Span::new(authority, authority + user.find(':').unwrap_or(user.len()))));
        }
        let (host, port) = host_and_port(url);
        parts.push(("host", host));
        // Of several hosts, none has the port of the URL.
        parts.extend(port.filter(|_| !host.of(url).contains(',')).map(|port| ("port", port)));
        let path = port.map_or(host.end, |port| port.end);
        parts.extend((path < end).then_some(("path", Span::new(path, end))));
    }
    parts.extend((fragment < url.len()).then_some(("fragment", Span::new(fragment + 1, url.len()))));
    parts
}

/// Percent-encodes what would end a parameter, or a password before it; everything else stays as it is written.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '#' | '%' | '+' | '@' | '"' | '\'' | '`' | '<' | '>' | '\\' | ' ' => {
                encoded.push_str(&format!("%{:02X}", u32::from(character)));
            }
            _ if character.is_control() => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    encoded.push_str(&format!("%{byte:02X}"));
                }
            }
            _ => encoded.push(character),
        }
    }
    encoded
}

/// `text` without percent-encoding.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let hex = hex.filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Edits;

    #[test]
    fn an_escape_has_two_digits() {
        assert_eq!(decode("a%41%+1%4"), "aA%+1%4");
    }

    fn set(url: &str, name: &str, value: &str) -> String {
        Edits::from(set_parameter(url, name, value)).apply(url)
    }

    #[test]
    fn a_parameter_is_replaced_or_appended() {
        let cases = [
            ("p://h/d", "p://h/d?a=1"),
            ("p://h/d?b=2", "p://h/d?b=2&a=1"),
            ("p://h/d?a=0&b=2", "p://h/d?a=1&b=2"),
            ("p://h/d?#top", "p://h/d?a=1#top"),
            ("p://u:p%40s@h/d?x=%20y", "p://u:p%40s@h/d?x=%20y&a=1"),
            ("p://u:a#b@h/d", "p://u:a#b@h/d?a=1"),
            ("p://u:a?b@h/d?x=1", "p://u:a?b@h/d?x=1&a=1"),
        ];
        for (before, after) in cases {
            assert_eq!(set(before, "a", "1"), after);
            assert_eq!(parameter(after, "a").as_deref(), Some("1"));
        }
    }

    #[test]
    fn removing_takes_one_separator() {
        let cases =
            [("?a=1", ""), ("?a=1&#x", "#x"), ("?a=1&b=2", "?b=2"), ("?b=2&a=1", "?b=2"), ("?b=2&a=1&c=3", "?b=2&c=3")];
        for (before, after) in cases {
            let url = format!("p://h/d{before}");
            let edit = remove_parameter(&url, "a").expect("there");
            assert_eq!(Edits::from(edit).apply(&url), format!("p://h/d{after}"));
        }
    }

    #[test]
    fn what_is_put_is_got() {
        for value in ["a b&c", "/x/y.pem", "50%", "ü+'\"#", "\u{85}\u{7f}\t"] {
            assert_eq!(parameter(&set("p://h/d?z=1", "a", value), "a").as_deref(), Some(value));
        }
        assert_eq!(parameter(&set("p://h", "a", "u@v"), "a").as_deref(), Some("u@v"));
        assert_eq!(parameter(&set("h", "a", "p://u#v"), "a").as_deref(), Some("p://u#v"));
    }
}
