//! Declarations as text: how a migration file is written by the program.

use crate::op::Derived;
use crate::value::{Value, is_secret_name};

/// What is written of one file: its path and operations.
pub struct Written {
    pub path: String,
    pub operations: Vec<Derived>,
}

/// The head of a migration file.
pub fn head(title: &str) -> String {
    format!("schema = 1\ntitle  = {}\nwhy    = \"\"\n", basic(title))
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
    format!("\n[[case]]\nname   = {}\nfile   = {}\nbefore = {before}\nafter  = {after}\n", basic(name), basic(file))
}

/// Whether an operation writes what its name calls a secret.
pub fn writes_secret(derived: &Derived) -> bool {
    let (Derived::Set { path, value } | Derived::Append { path, value }) = derived else { return false };
    let name = path.keys.iter().rev().find_map(crate::value::Key::name).unwrap_or("");
    is_secret_name(name) && matches!(value, Value::Str(text) if !text.is_empty())
}

fn operation(derived: &Derived) -> Option<String> {
    Some(match derived {
        Derived::Set { path, value: Value::Code(code) } => {
            format!("{{ set = {}, value_code = {} }}", text(&path.to_string()), text(code))
        }
        Derived::Set { path, value } => {
            format!("{{ set = {}, to = {} }}", text(&path.to_string()), toml(value)?)
        }
        Derived::Remove { path } => format!("{{ remove = {} }}", text(&path.to_string())),
        Derived::Rename { path, name } => format!("{{ rename = {}, to = {} }}", text(&path.to_string()), text(name)),
        Derived::Append { path, value } => {
            format!("{{ append = {}, value = {} }}", text(&path.to_string()), toml(value)?)
        }
        Derived::Replace { text: old, with } => format!("{{ replace = {}, to = {} }}", text(old), text(with)),
    })
}

/// A value as TOML; `None` where it has no such value.
fn toml(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        Value::Str(string) => text(string),
        Value::Date(date) => date.clone(),
        Value::List(items) => format!("[{}]", items.iter().map(toml).collect::<Option<Vec<_>>>()?.join(", ")),
        Value::Map(entries) => {
            let entry = |(key, value): &(String, Value)| Some(format!("{} = {}", text(key), toml(value)?));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Option<Vec<_>>>()?.join(", "))
        }
        Value::Null | Value::Float(_) | Value::Code(_) => return None,
    })
}

/// `content` as a TOML string in which no braces are names.
fn text(content: &str) -> String {
    basic(&content.replace("{{", "{{ \"{{\" }}"))
}

/// Lines between three quotes, where they can stand so.
fn lines(content: &str) -> String {
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if content.contains(odd) || content.contains("'''") || !content.ends_with('\n') {
        return basic(content);
    }
    format!("'''\n{content}'''")
}

fn basic(content: &str) -> String {
    let literal = serde_json::Value::String(content.to_owned()).to_string();
    literal.replace('\u{7f}', "\\u007F")
}
