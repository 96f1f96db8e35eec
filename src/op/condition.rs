//! Questions about one file: plain data, no language of expressions.

use super::File;
use crate::diagnostic::Code;
use crate::format::{Refusal, select};
use crate::value::{Selector, Value};

/// The longest regular expression, and the most memory that one is built into, in bytes.
const MAX_EXPRESSION: usize = 4096;
const MAX_BUILT: usize = 1024 * 1024;

/// One question about the settings that a selector means, or about the whole text.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    Exists(bool),
    Is(Value),
    IsNot(Value),
    In(Vec<Value>),
    /// A regular expression that the whole value must match.
    Matches(String),
    HasText(String),
    LacksText(String),
}

/// Whether `test` holds in `file`; for several settings it must hold for each. A setting that is missing is only
/// `exists = false` and `is_not` anything.
///
/// # Errors
/// When the selector or the expression is none.
pub fn holds(file: File<'_>, at: Option<&Selector>, test: &Test) -> Result<bool, Refusal> {
    match test {
        Test::HasText(text) => return Ok(file.text.contains(text.as_str())),
        Test::LacksText(text) => return Ok(!file.text.contains(text.as_str())),
        _ => {}
    }
    let values = values(file, at)?;
    let held = |wanted: &Value| file.format.held(wanted);
    Ok(match test {
        Test::Exists(wanted) => values.is_empty() != *wanted,
        Test::Is(wanted) => !values.is_empty() && values.iter().all(|value| value.means(&held(wanted))),
        Test::IsNot(wanted) => values.iter().all(|value| !value.means(&held(wanted))),
        Test::In(wanted) => {
            let is_one = |value: &Value| wanted.iter().any(|one| value.means(&held(one)));
            !values.is_empty() && values.iter().all(is_one)
        }
        Test::Matches(expression) => {
            let whole = expression_of(expression).map_err(|why| Refusal::new(Code::BadMigration, why))?;
            !values.is_empty() && values.iter().all(|value| whole.is_match(&value.to_string()))
        }
        Test::HasText(_) | Test::LacksText(_) => false,
    })
}

/// The regular expression that a whole value must match.
///
/// # Errors
/// When `text` is none, and why.
pub fn expression_of(text: &str) -> Result<regex::Regex, String> {
    if text.len() > MAX_EXPRESSION {
        return Err(format!("it is longer than {MAX_EXPRESSION} bytes"));
    }
    let built =
        regex::RegexBuilder::new(&format!("^(?:{text})$")).size_limit(MAX_BUILT).dfa_size_limit(MAX_BUILT).build();
    built.map_err(|error| {
        let why = error.to_string().lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
        format!("`{text}` is no regular expression: {why}")
    })
}

/// The values that `at` means; of a file without a selector, its whole.
fn values(file: File<'_>, at: Option<&Selector>) -> Result<Vec<Value>, Refusal> {
    let Some(selector) = at else { return Ok(vec![file.document.root.value(file.text)]) };
    let selected = select(file.format, file.text, file.document, selector)?;
    Ok(selected.into_iter().map(|(_, node)| node.value(file.text)).collect())
}
