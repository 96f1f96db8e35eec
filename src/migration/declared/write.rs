//! Declarations as text: how a migration file is written by the program.

use crate::op::Derived;
use crate::text::toml_string;
use crate::value::{Value, is_secret};

/// What is written of one file: its path and operations.
pub struct Written {
    pub path: String,
    pub operations: Vec<Derived>,
}

/// The head of a migration file.
pub fn head(title: &str) -> String {
    format!("schema = 1\ntitle  = {}\nwhy    = \"\"\n", toml_string(title))
}

/// A step for one file; `None` where TOML has no word for one of the values.
pub fn step(written: &Written) -> Option<String> {
    let operations: Option<Vec<String>> = written.operations.iter().map(operation).collect();
    let lines: String = operations?.iter().map(|one| format!("  {one},\n")).collect();
    Some(format!("\n[[step]]\nedit = {}\ndo = [\n{lines}]\n", text(&written.path)))
}

/// An example: one file before and after.
pub fn case(name: &str, file: &str, before: &str, after: &str) -> String {
    let (before, after) = (lines(before), lines(after));
    format!(
        "\n[[case]]\nname   = {}\nfile   = {}\nbefore = {before}\nafter  = {after}\n",
        toml_string(name),
        toml_string(file)
    )
}

/// Whether an operation writes what its name calls a secret.
pub fn writes_secret(derived: &Derived) -> bool {
    let (Derived::Set { path, value } | Derived::Append { path, value }) = derived else { return false };
    let name = path.keys.iter().rev().find_map(crate::value::Key::name).unwrap_or("");
    matches!(value, Value::Str(text) if !text.is_empty() && is_secret(name, text))
}

fn operation(derived: &Derived) -> Option<String> {
    Some(match derived {
        // A date of TOML is one in a migration, too.
        Derived::Set { path, value: Value::Code(code) } if code.parse::<toml_edit::Datetime>().is_ok() => {
            format!("{{ set = {}, to = {code} }}", text(&path.to_string()))
        }
        Derived::Set { path, value: Value::Code(code) } => {
            format!("{{ set = {}, value_code = {} }}", text(&path.to_string()), text(code))
        }
        Derived::Set { path, value } => {
            format!("{{ set = {}, to = {} }}", text(&path.to_string()), value.toml(&text)?)
        }
        Derived::Remove { path } => format!("{{ remove = {} }}", text(&path.to_string())),
        Derived::Rename { path, name } => format!("{{ rename = {}, to = {} }}", text(&path.to_string()), text(name)),
        Derived::Append { path, value } => {
            format!("{{ append = {}, value = {} }}", text(&path.to_string()), value.toml(&text)?)
        }
        Derived::Replace { text: old, with } => format!("{{ replace = {}, to = {} }}", text(old), text(with)),
    })
}

/// `content` as a TOML string in which no braces are names.
pub fn text(content: &str) -> String {
    toml_string(&content.replace("{{", "{{ \"{{\" }}"))
}

/// Lines between three quotes, where they can stand so.
fn lines(content: &str) -> String {
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if content.contains(odd) || content.contains("'''") || !content.ends_with('\n') {
        return toml_string(content);
    }
    format!("'''\n{content}'''")
}
