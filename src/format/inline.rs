//! Lists and maps written on one line; how they are separated and enclosed is the caller's.

use super::Refusal;
use crate::value::Value;

/// `[a, b]`, each item as `write` gives it.
pub(super) fn list(items: &[Value], write: impl Fn(&Value) -> Result<String, Refusal>) -> Result<String, Refusal> {
    let items: Vec<String> = items.iter().map(write).collect::<Result<_, _>>()?;
    Ok(format!("[{}]", items.join(", ")))
}

/// `key: value` for each entry, with `separator` between key and value.
pub(super) fn entries(
    entries: &[(String, Value)],
    separator: &str,
    write_key: impl Fn(&str) -> Result<String, Refusal>,
    write_value: impl Fn(&Value) -> Result<String, Refusal>,
) -> Result<Vec<String>, Refusal> {
    entries.iter().map(|(key, value)| Ok(format!("{}{separator}{}", write_key(key)?, write_value(value)?))).collect()
}
