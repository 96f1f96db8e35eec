//! What a recorded piece of a file's text says: its value, without the key, the quotes and the separators around it.

use super::{Body, Format, Node, Op, Trace, part_of, read};
use crate::value::{Key, KeyPath, Lens, Place};

/// What makes a piece of some language a text of its own. `x` is the key of a value that stands alone.
const FRAMES: &[(&str, &str)] = &[
    ("", ""),
    ("x=", ""),
    ("x: ", ""),
    ("{", "}"),
    ("x={", "}"),
    ("x=[", "]"),
    ("const x={", "}"),
    ("const x=", ""),
    ("const x=[", "]"),
    ("{\"x\": ", "}"),
    ("[", "]"),
    ("<x>", "</x>"),
    ("<x ", "/>"),
];

/// What `trace` says its setting was and is now, for a reader; `None` where nothing stood or stands, or only quotes, a map
/// or a list without entries. What can not be read alone is shown as it is written.
pub fn said(format: &dyn Format, trace: &Trace) -> (Option<String>, Option<String>) {
    if trace.op == Op::Quote {
        return (None, None);
    }
    let is_value = matches!(trace.op, Op::Insert | Op::Replace | Op::Remove);
    let side = |piece: &str| {
        let bare = piece.trim().trim_matches(',').trim();
        match () {
            () if bare.is_empty() => None,
            () if is_value => value(format, &trace.place, bare),
            () => Some(bare.to_owned()),
        }
    };
    (side(&trace.was), side(&trace.now))
}

fn value(format: &dyn Format, place: &Place, piece: &str) -> Option<String> {
    if let Some(part) = &place.part {
        // Another part of a URL is written as it is, and would be read from the frame.
        if part.lens == Lens::Url && part.parameter().is_none() {
            return Some(piece.to_owned());
        }
        let piece = piece.trim_start_matches(['?', '&']);
        let frames = [("", ""), ("{", "}"), ("x://x/?", "")];
        let read = frames.iter().find_map(|(open, close)| part_of(&format!("{open}{piece}{close}"), part));
        return Some(read.map_or_else(|| piece.to_owned(), |value| value.to_string()));
    }
    let read = FRAMES.iter().find_map(|(open, close)| {
        let text = format!("{open}{piece}{close}");
        let document = read(format, &text).ok()?;
        let node = innermost(&document.root);
        // A text that is one value means itself only where nothing was put around it.
        let fits = if std::ptr::eq(node, &document.root) { open.is_empty() } else { is_meant(node, &place.path) };
        match &node.body {
            Body::Scalar { .. } if fits => Some(Some(node.value(&text).to_string())),
            Body::Map(_) | Body::List(_) | Body::Empty(_) if fits && node.children.is_empty() && node.key.is_some() => {
                Some(None)
            }
            _ => None,
        }
    });
    read.unwrap_or_else(|| Some(piece.to_owned()))
}

/// The only entry of the only entry, and so on.
fn innermost(node: &Node) -> &Node {
    match node.children.as_slice() {
        [only] => innermost(only),
        _ => node,
    }
}

fn is_meant(node: &Node, path: &KeyPath) -> bool {
    match (&node.key, path.last()) {
        (None, _) => true,
        (Some(name), Some(Key::Name(wanted) | Key::Site(wanted, _))) if name.text == *wanted => true,
        // In some languages all of the path is one name.
        (Some(name), _) => name.text == "x" || name.text == "const x" || name.text == path.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::by_name;

    #[test]
    fn a_piece_is_read_as_its_language_writes_it() {
        for (format, place, piece, expected) in [
            ("python", "DATABASES.default.OPTIONS.sslmode", ", 'sslmode': 'require'", Some("require")),
            ("python", "MIDDLEWARE[0]", "    \"a.B\",\n", Some("a.B")),
            ("python", "DEBUG", "True", Some("true")),
            ("python", "D.O", "\"O\": { }", None),
            ("python", "D.O", "D.setdefault('O', {}).update({ })", None),
            ("python", "D.O", "f(x", Some("f(x")),
            ("javascript", "const c.poweredByHeader", "\n  poweredByHeader: false,", Some("false")),
            ("javascript", "const c.domains[1]", ", 'cdn'", Some("cdn")),
            ("javascript", "new Pool.ssl", ", ssl: {}", None),
            ("json", "engines.node", "\">=22\"", Some(">=22")),
            ("json", "a.b", "\"b\": 1", Some("1")),
            ("yaml", "production.sslmode", "  sslmode: require\n", Some("require")),
            ("yaml", "image", "'redis:7.4'", Some("redis:7.4")),
            ("yaml", "list[0]", "  - a\n", Some("a")),
            ("toml", "tls.mode", "mode = \"full\"", Some("full")),
            ("toml", "tls.mode", "\"full\"", Some("full")),
            ("env", "LEVEL", "LEVEL=\"a b\"\n", Some("a b")),
            ("env", "LEVEL", "'a b'", Some("a b")),
            ("properties", "a.b", "a.b = c", Some("c")),
            ("hcl", "a.b", "b = true", Some("true")),
            ("env", "URL url:query.sslmode", "?sslmode=require", Some("require")),
            ("env", "URL url:query.sslmode", "require", Some("require")),
            ("env", "URL url:host", "db.internal", Some("db.internal")),
            ("env", "URL url:path", "/shop", Some("/shop")),
            ("env", "URL url:scheme", "https", Some("https")),
            ("env", "DSN dsn:sslmode", " sslmode=require", Some("require")),
            ("env", "HOSTS csv:[1]", ",b", Some("b")),
        ] {
            let format = by_name(format).expect("a format");
            let place = place.parse().expect("a place");
            assert_eq!(value(format, &place, piece.trim().trim_matches(',').trim()).as_deref(), expected, "{piece}");
        }
    }
}
