//! Secrets in code: the literals in an expression that gives a secret its value, as `process.env.PASSWORD || 'x'` does.

use super::{closing, is_code};
use crate::text::Span;

/// How code asks for a variable of its environment.
const ENVIRONMENT: [&str; 3] = ["process.env", "os.environ", "os.getenv"];
/// What is called for a value by its name.
const READERS: [&str; 4] = ["env", "environ", "getenv", "config"];
/// What an expression goes on with behind a value.
const OPERATORS: [&str; 6] = ["||", "??", "+", "? ", "or ", "if "];
/// Lower-case names before a colon in `${...}` that say where to look the name behind it up.
const LOOKUPS: [&str; 8] = ["env", "sys", "ssm", "self", "opt", "file", "cf", "vault"];

/// Whether `code` starts with a question to the environment.
pub fn asks_environment(code: &str) -> bool {
    let called = code.split_once(['(', '[']).map(|(called, _)| called);
    let reads = called.is_some_and(|called| called.chars().all(is_code) && is_reader(called));
    reads || ENVIRONMENT.iter().any(|start| code.starts_with(start))
}

/// The literals in `code` that are secrets where its value is one.
pub fn secret_literals(code: &str) -> Vec<Span> {
    literals(code).0.into_iter().map(|(start, end)| Span::new(start, end)).collect()
}

/// Whether what stands behind `value` belongs to the same expression.
pub(super) fn goes_on(value: &str, behind: &str) -> bool {
    let behind = behind.trim_start();
    let quote = ['"', '\'', '`'];
    let literals = value.ends_with(quote) && behind.starts_with(quote);
    literals || OPERATORS.iter().any(|operator| behind.starts_with(operator))
}

/// The length of the letters before the quote of a literal like `b'x'`.
pub(super) fn prefix(value: &str) -> usize {
    let letters = value.len() - value.trim_start_matches(['b', 'B', 'f', 'F', 'r', 'R', 'u', 'U']).len();
    let quote = value[letters..].chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let is_prefix = letters <= 2 && quote.is_some_and(|quote| closing(&value[letters..], quote).is_some());
    if is_prefix { letters } else { 0 }
}

/// Inside the quotes of each literal in the expression that `code` starts with, but for the names of variables that are
/// asked for; and where the expression ends.
pub(super) fn literals(code: &str) -> (Vec<(usize, usize)>, usize) {
    let mut spans = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(character) = code[at..].chars().next() {
        let before = &code[..at];
        match character {
            '"' | '\'' | '`' => {
                let end = closing(&code[at..], character).map(|length| at + length);
                let inner = (at + 1, end.map_or(code.len(), |end| end - 1));
                if inner.0 < inner.1 && !is_asked_for(before) {
                    spans.push(inner);
                }
                at = end.unwrap_or(code.len());
                continue;
            }
            ')' | ']' | '}' | ',' | ';' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '#' | '/' if before.ends_with(' ') && (character == '#' || code[at..].starts_with("//")) => break,
            _ => {}
        }
        at += character.len_utf8();
    }
    (spans, at)
}

/// Whether a literal behind `before` is the name of what is read: `os.environ['`, `env("`.
fn is_asked_for(before: &str) -> bool {
    let Some(called) = before.trim_end().strip_suffix(['(', '[']) else { return false };
    let start = called.rfind(|c: char| !is_code(c)).map_or(0, |at| at + 1);
    called.get(start..).is_some_and(is_reader)
}

fn is_reader(called: &str) -> bool {
    called.split('.').any(|part| READERS.contains(&part))
}

/// Whether `inner`, the text of `${inner}`, holds no value of its own, as the default in `${NAME:default}` is one.
pub(super) fn is_reference(inner: &str) -> bool {
    let Some((name, default)) = inner.split_once(':') else { return true };
    let default = default.trim_start_matches('-');
    let nested = default.strip_prefix("${").is_some_and(|inner| is_reference(inner.trim_end_matches('}')));
    default.is_empty() || nested || default.starts_with(['?', '+']) || LOOKUPS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::super::{holds_secret, mask, names_a_place};

    #[test]
    fn literals_of_an_expression_are_masked_and_names_stay() {
        let cases = [
            ("TOKEN = os.environ.get('TOKEN', 'x1')", "TOKEN = os.environ.get('TOKEN', '•••')"),
            ("TOKEN = os.getenv(\"TOKEN\", default=\"x1\") # c", "TOKEN = os.getenv(\"TOKEN\", default=\"•••\") # c"),
            ("TOKEN = os.environ.get('TOKEN') or 'x1'", "TOKEN = os.environ.get('TOKEN') or '•••'"),
            ("TOKEN = env('TOKEN', default='x1')", "TOKEN = env('TOKEN', default='•••')"),
            ("TOKEN = env.str(\"TOKEN\", \"x1\")", "TOKEN = env.str(\"TOKEN\", \"•••\")"),
            ("TOKEN = get('A', 'x1')", "TOKEN = •••"),
            ("TOKEN = b'x1'", "TOKEN = b'•••'"),
            ("TOKEN = 'x1' 'x2'", "TOKEN = '•••' '•••'"),
            ("{ password: process.env.PW || 'x1' }", "{ password: process.env.PW || '•••' }"),
            ("password: process.env['PW'] ?? `x1`, a: 'b'", "password: process.env['PW'] ?? `•••`, a: 'b'"),
            ("password: process.env.PW ? process.env.PW : 'x1',", "password: process.env.PW ? process.env.PW : '•••',"),
            ("password: 'x1' + 'x2', a: 'b'", "password: '•••' + '•••', a: 'b'"),
            ("password: config.pw || 'x1', a: 'b'", "password: ••• || '•••', a: 'b'"),
            ("password: process.env.PW, token: 'x1'", "password: process.env.PW, token: '•••'"),
        ];
        for (line, masked) in cases {
            assert_eq!(mask(line), masked);
            assert!(holds_secret(line), "{line}");
        }
    }

    #[test]
    fn an_expression_without_a_literal_is_a_reference() {
        for code in [
            "process.env.PW",
            "process.env.PW || ''",
            "os.environ[\"PW\"]",
            "os.environ.get('PW', None)",
            "os.getenv('PW')",
            "env('PW')",
            "config('PW', default='')",
            "${PW}",
            "${PW:}",
            "${PW:-}",
            "${PW:-${OTHER}}",
        ] {
            assert!(names_a_place(code), "{code}");
            assert!(!holds_secret(&format!("password = {code}")), "{code}");
        }
        for code in ["process.env.PW || 'x1'", "os.environ.get('PW', 'x1')", "${PW:x1}", "${PW:-x1}"] {
            assert!(!names_a_place(code), "{code}");
        }
    }
}
