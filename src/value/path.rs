//! Where a setting is: `services.web.environment`, `volumes[-1]`, `new Pool#2.ssl`, `DATABASE_URL url:query.sslmode`.

use std::fmt;
use std::str::FromStr;

use super::Part;

/// One step of a key path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An entry of a map.
    Name(String),
    /// A list element; negative counts from the end.
    Index(isize),
    /// The nth (from 1) of several equal names: branches that assign one variable, calls of one constructor.
    Site(String, usize),
}

/// The steps from the root of a file to a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath {
    /// From the root inwards.
    pub keys: Vec<Key>,
}

/// A setting, or a part of the text it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The setting.
    pub path: KeyPath,
    /// What is meant of the text that the setting holds; `None` for all of it.
    pub part: Option<Part>,
}

/// Why a text is not a key path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its parts are")]
pub enum PathError {
    #[error("`{path}` has an empty key at character {column}")]
    EmptyKey { path: String, column: usize },
    #[error("`{path}` has a quote that does not end")]
    OpenQuote { path: String },
    #[error(
        "`{path}` has a bracket at character {column} that is none of `[NUMBER]`, `[*]`, `[KEY=VALUE]` and `[?FILTER]`"
    )]
    Bracket { path: String, column: usize },
    #[error("`[?{filter}]` is no filter: {why}")]
    Filter { filter: String, why: String },
    #[error("`{part}` is no part of a value, such as `url:query.NAME`, `dsn:NAME`, `json:PATH` or `csv:[INDEX]`")]
    Part { part: String },
}

impl KeyPath {
    /// The path of these steps; each text is a name.
    pub fn new<K: Into<Key>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { keys: keys.into_iter().map(Into::into).collect() }
    }

    /// This path and one step more.
    #[must_use]
    pub fn join(&self, key: impl Into<Key>) -> Self {
        let mut keys = self.keys.clone();
        keys.push(key.into());
        Self { keys }
    }

    /// The path without its last step; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.keys.split_last()?;
        Some(Self { keys: parent.to_vec() })
    }

    /// The step that names the setting itself.
    pub fn last(&self) -> Option<&Key> {
        self.keys.last()
    }

    /// Whether it is `prefix` or lies below it.
    pub fn starts_with(&self, prefix: &Self) -> bool {
        self.keys.starts_with(&prefix.keys)
    }
}

impl Key {
    /// The name of a named key.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) | Self::Site(name, _) => Some(name),
            Self::Index(_) => None,
        }
    }
}

impl Place {
    /// All of the setting at `path`.
    pub fn of(path: KeyPath) -> Self {
        Self { path, part: None }
    }

    /// The query parameter `name` of the URL that the setting at `path` holds.
    pub fn parameter(path: KeyPath, name: &str) -> Self {
        Self { path, part: Some(Part::query(name)) }
    }

    /// The name that says most about what is set: the last named key, of the part or of the setting.
    pub fn name(&self) -> &str {
        let part = self.part.iter().flat_map(|part| part.path.keys.iter().rev());
        part.chain(self.path.keys.iter().rev()).find_map(Key::name).unwrap_or("")
    }
}

impl From<KeyPath> for Place {
    fn from(path: KeyPath) -> Self {
        Self::of(path)
    }
}

/// The path of one key.
impl From<&str> for KeyPath {
    fn from(name: &str) -> Self {
        Self::new([name])
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<isize> for Key {
    fn from(index: isize) -> Self {
        Self::Index(index)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) if is_bare(name) => f.write_str(name),
            Self::Name(name) => write_quoted(f, name),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Site(name, site) => {
                if is_bare(name) {
                    f.write_str(name)?;
                } else {
                    write_quoted(f, name)?;
                }
                write!(f, "#{site}")
            }
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.keys.iter().enumerate() {
            let dot = index > 0 && !matches!(key, Key::Index(_));
            write!(f, "{}{key}", if dot { "." } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Some(part) => write!(f, "{} {part}", self.path),
            None => write!(f, "{}", self.path),
        }
    }
}

fn is_bare(name: &str) -> bool {
    let ends_clean = !name.starts_with([' ', '/', '\'']) && !name.ends_with(' ');
    let numbered = name.starts_with('#') && name[1..].starts_with(|c: char| c.is_ascii_digit());
    !name.is_empty()
        && ends_clean
        && !numbered
        && !name
            .strip_prefix('#')
            .unwrap_or(name)
            .chars()
            .any(|c| matches!(c, '.' | '[' | ']' | '"' | '\\' | '#' | ':') || c.is_control())
}

fn write_quoted(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    f.write_str("\"")?;
    for character in name.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ => write!(f, "{character}")?,
        }
    }
    f.write_str("\"")
}

impl FromStr for KeyPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let characters: Vec<char> = text.chars().collect();
        let mut keys = Vec::new();
        let mut at = 0;
        while at < characters.len() {
            if characters[at] == '[' {
                let close = characters[at..].iter().position(|c| *c == ']').map(|offset| at + offset);
                let index = close.and_then(|end| characters[at + 1..end].iter().collect::<String>().parse().ok());
                let (Some(close), Some(index)) = (close, index) else {
                    return Err(PathError::Bracket { path: text.to_owned(), column: at + 1 });
                };
                keys.push(Key::Index(index));
                at = close + 1;
            } else {
                let (name, next) = read_name(&characters, at, text)?;
                let (site, next) = read_site(&characters, next);
                keys.push(match site {
                    Some(site) => Key::Site(name, site),
                    None => Key::Name(name),
                });
                at = next;
            }
            match characters.get(at) {
                Some('.') if at + 1 < characters.len() => at += 1,
                None | Some('[') => {}
                Some(_) => return Err(PathError::EmptyKey { path: text.to_owned(), column: at + 1 }),
            }
        }
        Ok(Self { keys })
    }
}

pub(super) fn read_name(characters: &[char], from: usize, path: &str) -> Result<(String, usize), PathError> {
    let mut name = String::new();
    let mut at = from;
    // A literal key of TOML: no escapes.
    if characters[at] == '\'' {
        let end = characters[at + 1..].iter().position(|character| *character == '\'').map(|end| at + 1 + end);
        let end = end.ok_or_else(|| PathError::OpenQuote { path: path.to_owned() })?;
        return Ok((characters[at + 1..end].iter().collect(), end + 1));
    }
    if characters[at] != '"' {
        // `#text` is a name; `name#2` the second of several.
        while at < characters.len() && (at == from || characters[at] != '#') && !matches!(characters[at], '.' | '[') {
            name.push(characters[at]);
            at += 1;
        }
        if name.is_empty() {
            return Err(PathError::EmptyKey { path: path.to_owned(), column: from + 1 });
        }
        return Ok((name, at));
    }
    at += 1;
    loop {
        match (characters.get(at), characters.get(at + 1)) {
            (Some('"'), _) => return Ok((name, at + 1)),
            (Some('\\'), Some(escaped)) => {
                name.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => *other,
                });
                at += 2;
            }
            (Some(character), _) => {
                name.push(*character);
                at += 1;
            }
            (None, _) => return Err(PathError::OpenQuote { path: path.to_owned() }),
        }
    }
}

pub(super) fn read_site(characters: &[char], from: usize) -> (Option<usize>, usize) {
    if characters.get(from) != Some(&'#') {
        return (None, from);
    }
    let digits: String = characters[from + 1..].iter().take_while(|c| c.is_ascii_digit()).collect();
    match digits.parse() {
        Ok(site) => (Some(site), from + 1 + digits.len()),
        Err(_) => (None, from),
    }
}

impl FromStr for Place {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        match part_start(text) {
            None => Ok(Self::of(text.parse()?)),
            Some(at) => Ok(Self { path: text[..at].parse()?, part: Some(text[at + 1..].parse()?) }),
        }
    }
}

/// The space before the part of a place. No key without quotes holds a colon.
fn part_start(text: &str) -> Option<usize> {
    let is_part = |rest: &str| {
        let lens = rest.strip_prefix(' ').unwrap_or("");
        let csv = || lens.strip_prefix("csv").is_some_and(|rest| rest.chars().take(2).any(|c| c == ':'));
        ["url:", "dsn:", "json:"].iter().any(|name| lens.starts_with(name)) || csv()
    };
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted && is_part(&text[at..]) => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_paths_are_read_back() {
        let cases = [
            ("a.b-c", KeyPath::new(["a", "b-c"])),
            ("annotations.\"nginx.io/x\"", KeyPath::new(["annotations", "nginx.io/x"])),
            ("volumes[-1].name", KeyPath { keys: vec!["volumes".into(), Key::Index(-1), "name".into()] }),
            ("new Pool#2.ssl", KeyPath { keys: vec![Key::Site("new Pool".into(), 2), "ssl".into()] }),
            ("b.#text", KeyPath::new(["b", "#text"])),
            ("\"say \\\"hi\\\"\"", KeyPath::new(["say \"hi\""])),
        ];
        for (text, path) in cases {
            assert_eq!(text.parse::<KeyPath>().as_ref(), Ok(&path), "{text}");
            assert_eq!(path.to_string(), text);
        }
        let place = Place::parameter(KeyPath::new(["DATABASE_URL"]), "sslmode");
        assert_eq!(place.to_string(), "DATABASE_URL url:query.sslmode");
        assert_eq!(place.to_string().parse(), Ok(place));
        for (text, part) in [("DSN dsn:a", "dsn:a"), ("S json:a.b", "json:a.b"), ("H csv;:[1]", "csv;:[1]")] {
            let place: Place = text.parse().expect("a place");
            assert_eq!((place.part.as_ref(), place.to_string()), (part.parse().ok().as_ref(), text.to_owned()));
        }
        let key = Place::of(KeyPath::new(["a url:query.b"]));
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn wrong_paths_are_named_errors() {
        for wrong in ["a..b", "a.", "a[x]", "\"a", ".a", "a[1"] {
            assert!(wrong.parse::<KeyPath>().is_err(), "{wrong}");
        }
    }
}
