//! Paths that can mean several settings: `services[*].environment.DEBUG`, `steps[name=build].run`, `hosts[?@.port > 1024]`.

use std::str::FromStr;

use super::path::{read_name, read_site};
use super::{Key, KeyPath, PathError};

/// A key path whose steps may match more than one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// From the root inwards.
    pub steps: Vec<Step>,
}

/// One step of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Exactly this one.
    Key(Key),
    /// Every entry, as `*`.
    Any,
    /// Every element, as `[*]`: as `*`, but where names repeat each of those that share one.
    Each,
    /// The entries that have this key with this value, compared as text.
    Equal(String, String),
    /// The entries that an RFC 9535 filter expression holds for.
    Filter(String),
}

impl Selector {
    /// The path, where every step is one key.
    pub fn as_path(&self) -> Option<KeyPath> {
        let keys = self.steps.iter().map(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None });
        Some(KeyPath { keys: keys.collect::<Option<_>>()? })
    }
}

impl From<KeyPath> for Selector {
    fn from(path: KeyPath) -> Self {
        Self { steps: path.keys.into_iter().map(Step::Key).collect() }
    }
}

impl FromStr for Selector {
    type Err = PathError;

    /// Key paths with `*`, `[*]`, `[KEY=VALUE]` and `[?FILTER]`; with a leading `/` a JSON Pointer.
    fn from_str(text: &str) -> Result<Self, PathError> {
        if let Some(pointer) = text.strip_prefix('/') {
            return Ok(Self { steps: pointer.split('/').map(pointer_step).collect() });
        }
        let characters: Vec<char> = text.chars().collect();
        let mut steps = Vec::new();
        let mut at = 0;
        while at < characters.len() {
            if characters[at] == '[' {
                let close = closing(&characters, at)
                    .ok_or_else(|| PathError::Bracket { path: text.to_owned(), column: at + 1 })?;
                let inner: String = characters[at + 1..close].iter().collect();
                let step =
                    bracket(&inner).ok_or_else(|| PathError::Bracket { path: text.to_owned(), column: at + 1 })?;
                if let Step::Filter(filter) = &step {
                    filter_path(filter)?;
                }
                steps.push(step);
                at = close + 1;
            } else if characters[at] == '*' {
                steps.push(Step::Any);
                at += 1;
            } else {
                let (name, next) = read_name(&characters, at, text)?;
                let (site, next) = read_site(&characters, next);
                steps.push(Step::Key(
                    site.map_or_else(|| Key::Name(name.clone()), |site| Key::Site(name.clone(), site)),
                ));
                at = next;
            }
            match characters.get(at) {
                Some('.') if at + 1 < characters.len() => at += 1,
                None | Some('[') => {}
                Some(_) => return Err(PathError::EmptyKey { path: text.to_owned(), column: at + 1 }),
            }
        }
        Ok(Self { steps })
    }
}

/// The expression of a filter over the entries of a value.
///
/// # Errors
/// When it is none, or nests deeper than anybody writes one: its parser recurses.
pub fn filter_path(filter: &str) -> Result<serde_json_path::JsonPath, PathError> {
    const MAX_DEPTH: usize = 32;
    let fault = |why: String| PathError::Filter { filter: filter.to_owned(), why };
    if nesting(filter) > MAX_DEPTH {
        return Err(fault(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    serde_json_path::JsonPath::parse(&format!("$[?{filter}]")).map_err(|error| fault(error.to_string()))
}

/// How deep brackets and negations nest outside of quotes, at most.
fn nesting(filter: &str) -> usize {
    let (mut depth, mut negations, mut deepest, mut quote) = (0usize, 0usize, 0usize, None);
    for character in filter.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, '!') => negations += 1,
            (None, ' ') => {}
            (None, _) => negations = 0,
        }
        deepest = deepest.max(depth + negations);
    }
    deepest
}

fn pointer_step(part: &str) -> Step {
    let name = part.replace("~1", "/").replace("~0", "~");
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    match name.parse() {
        Ok(index) if digits => Step::Key(Key::Index(index)),
        _ => Step::Key(Key::Name(name)),
    }
}

/// The bracket that closes the one at `open`; brackets in quotes and inner brackets do not count.
fn closing(characters: &[char], open: usize) -> Option<usize> {
    let (mut depth, mut quote) = (0usize, None);
    for (at, character) in characters.iter().enumerate().skip(open) {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Option<Step> {
    if inner == "*" {
        return Some(Step::Each);
    }
    if let Some(filter) = inner.strip_prefix('?') {
        return Some(Step::Filter(filter.trim().to_owned()));
    }
    if let Ok(index) = inner.parse() {
        return Some(Step::Key(Key::Index(index)));
    }
    let (key, value) = inner.split_once('=')?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!key.trim().is_empty()).then(|| Step::Equal(key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read() {
        let cases = [
            (
                "services[*].environment",
                vec![Step::Key("services".into()), Step::Each, Step::Key("environment".into())],
            ),
            ("DATABASES.*.HOST", vec![Step::Key("DATABASES".into()), Step::Any, Step::Key("HOST".into())]),
            ("steps[name=build]", vec![Step::Key("steps".into()), Step::Equal("name".into(), "build".into())]),
            ("hosts[?@.a[0] == ']']", vec![Step::Key("hosts".into()), Step::Filter("@.a[0] == ']'".into())]),
            ("/a~1b/0", vec![Step::Key("a/b".into()), Step::Key(Key::Index(0))]),
            ("new Pool#2.ssl", vec![Step::Key(Key::Site("new Pool".into(), 2)), Step::Key("ssl".into())]),
        ];
        for (text, steps) in cases {
            assert_eq!(text.parse(), Ok(Selector { steps }), "{text}");
        }
        for wrong in ["a[", "a[x]", "a..b", "a[?", "[=x]", "a[?@.x >]"] {
            assert!(wrong.parse::<Selector>().is_err(), "{wrong}");
        }
        let nested = |open: &str, close: &str| format!("a[?{}@.x{}]", open.repeat(50_000), close.repeat(50_000));
        for deep in [nested("(", ")"), nested("@[?", "]"), nested("!", ""), nested("!(", ")")] {
            assert!(matches!(deep.parse::<Selector>(), Err(PathError::Filter { .. })));
        }
    }
}
