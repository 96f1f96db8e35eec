//! A part of the text that a setting holds: `url:query.sslmode`, `dsn:sslmode`, `json:a.b`, `csv:[1]`.

use std::fmt;
use std::str::FromStr;

use super::{Key, KeyPath, PathError};

/// A small language that the text of a setting may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lens {
    /// The parts of a URL.
    Url,
    /// The `keyword=value` pairs of libpq.
    Dsn,
    /// JSON.
    Json,
    /// A list with this character between its items.
    Csv(char),
}

/// Where in such a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// How the text is read.
    pub lens: Lens,
    /// From the root of the text; empty for all of it.
    pub path: KeyPath,
}

/// The parts of a URL that have a name of their own.
const URL_PARTS: [&str; 6] = ["scheme", "user", "host", "port", "path", "fragment"];

const QUERY: &str = "query";

impl Part {
    /// The query parameter `name` of a URL.
    pub fn query(name: &str) -> Self {
        Self { lens: Lens::Url, path: KeyPath::new([QUERY, name]) }
    }

    /// The name of the query parameter, where it is one.
    pub fn parameter(&self) -> Option<&str> {
        match (self.lens, self.path.keys.as_slice()) {
            (Lens::Url, [Key::Name(query), Key::Name(name)]) if query == QUERY => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match self.lens {
            // The name stands to the end, whatever it holds.
            Lens::Url if self.parameter().is_some() => write!(f, "url:{QUERY}.{}", self.parameter().unwrap_or("")),
            Lens::Url => write!(f, "url:{path}"),
            Lens::Dsn => write!(f, "dsn:{path}"),
            Lens::Json if path.keys.is_empty() => f.write_str("json"),
            Lens::Json => write!(f, "json:{path}"),
            Lens::Csv(',') if path.keys.is_empty() => f.write_str("csv"),
            Lens::Csv(separator) if path.keys.is_empty() => write!(f, "csv:{separator}"),
            Lens::Csv(',') => write!(f, "csv:{path}"),
            Lens::Csv(separator) => write!(f, "csv{separator}:{path}"),
        }
    }
}

impl FromStr for Part {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let wrong = || PathError::Part { part: text.to_owned() };
        if let Some(part) = text.strip_prefix("url:") {
            return match part.split_once('.') {
                Some((QUERY, name)) if !name.is_empty() => Ok(Self::query(name)),
                None if URL_PARTS.contains(&part) => Ok(Self { lens: Lens::Url, path: KeyPath::new([part]) }),
                _ => Err(wrong()),
            };
        }
        if let Some(name) = text.strip_prefix("dsn:") {
            let path: KeyPath = name.parse()?;
            let is_name = matches!(path.keys.as_slice(), [Key::Name(_)]);
            return if is_name { Ok(Self { lens: Lens::Dsn, path }) } else { Err(wrong()) };
        }
        match text.split_once(':') {
            None if text == "json" => Ok(Self { lens: Lens::Json, path: KeyPath::default() }),
            Some(("json", path)) if !path.is_empty() => Ok(Self { lens: Lens::Json, path: path.parse()? }),
            _ => text.strip_prefix("csv").and_then(csv).ok_or_else(wrong),
        }
    }
}

/// What stands behind `csv`: nothing, `:SEP`, `:[INDEX]`, or `SEP:[INDEX]`.
fn csv(rest: &str) -> Option<Part> {
    let index = |text: &str| {
        let path: KeyPath = text.parse().ok()?;
        matches!(path.keys.as_slice(), [Key::Index(_)]).then_some(path)
    };
    let mut characters = rest.chars();
    let (separator, path) = match (characters.next(), characters.as_str()) {
        (None, _) => (',', KeyPath::default()),
        (Some(':'), rest) if index(rest).is_some() => (',', index(rest)?),
        (Some(':'), rest) if rest.chars().count() == 1 => (rest.chars().next()?, KeyPath::default()),
        (Some(separator), rest) => (separator, index(rest.strip_prefix(':')?)?),
    };
    (!separator.is_control()).then_some(Part { lens: Lens::Csv(separator), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_they_are_written() {
        let index = |index| KeyPath { keys: vec![Key::Index(index)] };
        let cases = [
            ("url:query.sslmode", Part::query("sslmode")),
            ("url:query.a.b c", Part::query("a.b c")),
            ("url:host", Part { lens: Lens::Url, path: KeyPath::new(["host"]) }),
            ("dsn:sslmode", Part { lens: Lens::Dsn, path: KeyPath::new(["sslmode"]) }),
            ("json", Part { lens: Lens::Json, path: KeyPath::default() }),
            ("json:a.\"b.c\"[0]", Part { lens: Lens::Json, path: "a.\"b.c\"[0]".parse().expect("a path") }),
            ("csv", Part { lens: Lens::Csv(','), path: KeyPath::default() }),
            ("csv:;", Part { lens: Lens::Csv(';'), path: KeyPath::default() }),
            ("csv::", Part { lens: Lens::Csv(':'), path: KeyPath::default() }),
            ("csv:[1]", Part { lens: Lens::Csv(','), path: index(1) }),
            ("csv;:[-1]", Part { lens: Lens::Csv(';'), path: index(-1) }),
            ("csv::[1]", Part { lens: Lens::Csv(':'), path: index(1) }),
        ];
        for (text, part) in cases {
            assert_eq!(text.parse().as_ref(), Ok(&part), "{text}");
            assert_eq!(part.to_string(), text);
        }
        for wrong in
            ["url:", "url:query.", "url:password", "dsn:", "dsn:a.b", "json:", "csv:ab", "csv;[1]", "xml:a", ""]
        {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }
}
