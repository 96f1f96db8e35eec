//! YAML scalars: what a plain one means, and how a string is written so that every reader reads it back.

use crate::format::quote;
use crate::value::Value;

/// The meaning of an untagged plain scalar by the core schema of YAML 1.2.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Value::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    let prefixed = text
        .strip_prefix("0x")
        .map(|digits| (digits, 16))
        .or_else(|| text.strip_prefix("0o").map(|digits| (digits, 8)));
    if let Some((digits, radix)) = prefixed
        && digits.chars().all(|c| c.is_digit(radix))
        && let Ok(number) = i64::from_str_radix(digits, radix)
    {
        return Value::Int(number);
    }
    if !unsigned.is_empty() && unsigned.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().map_or_else(|_| text.parse().map_or_else(|_| text.into(), Value::Float), Value::Int);
    }
    let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.contains(|c: char| c.is_ascii_digit())
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'));
    match text.parse() {
        Ok(number) if numeric => Value::Float(number),
        _ => text.into(),
    }
}

/// `text` as a scalar: in the quotes of `like`, else plain where that is safe in YAML 1.1 and 1.2.
pub(super) fn write(text: &str, like: Option<&str>, flow: bool) -> String {
    let single = !text.chars().any(char::is_control);
    match like.and_then(quote::of) {
        Some('"') => quote::escaped(text, '"'),
        Some('\'') if single => format!("'{}'", text.replace('\'', "''")),
        _ if is_plain(text, flow) => text.to_owned(),
        _ => quote::escaped(text, '"'),
    }
}

/// Whether `text` written bare is this string to readers of YAML 1.1 and 1.2.
fn is_plain(text: &str, flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text[first.len_utf8()..].chars().next();
    let indicator = match first {
        '-' | '?' | ':' => second.is_none_or(|next| next == ' ' || flow && ",[]{}".contains(next)),
        _ => ",[]{}#&*!|>'\"%@`".contains(first),
    };
    let trimmed = text.trim() == text;
    let inner = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let bracket = flow && text.contains([',', '[', ']', '{', '}']);
    let control = text.chars().any(|c| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}'));
    let document = text.starts_with("---") || text.starts_with("...");
    !indicator && trimmed && !inner && !bracket && !control && !document && !is_typed(text)
}

/// Whether some reader takes the bare text for something else than a string.
fn is_typed(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<"];
    if words.iter().any(|word| text.eq_ignore_ascii_case(word)) || !matches!(resolve(text), Value::Str(_)) {
        return true;
    }
    let numeric =
        |c: char| c.is_ascii_hexdigit() || matches!(c, '_' | '.' | ':' | '-' | '+' | 'x' | 'o' | 'b' | 'T' | 'Z' | ' ');
    // Numbers with underscores, octals, base 60, dates: YAML 1.1 has them all.
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(numeric)
}

/// Whether the other reader's value is the one we read. What we keep as code has no twin there.
pub(super) fn same(ours: &Value, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value as Theirs;
    match (ours, theirs) {
        (Value::Code(_), _) => true,
        // A file without settings.
        (Value::Map(entries), Theirs::Null) => entries.is_empty(),
        (Value::Null, Theirs::Null) => true,
        (Value::Bool(left), Theirs::Bool(right)) => left == right,
        (Value::Int(left), Theirs::Number(right)) => right.as_i64() == Some(*left),
        (Value::Float(left), Theirs::Number(right)) => {
            right.as_f64().is_some_and(|right| right == *left || right.is_nan() && left.is_nan())
        }
        (Value::Str(left), Theirs::String(right)) => left == right,
        (Value::List(left), Theirs::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(one, two)| same(one, two))
        }
        (Value::Map(left), Theirs::Mapping(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|((key, value), (name, twin))| key_is(key, name) && same(value, twin))
        }
        _ => false,
    }
}

fn key_is(key: &str, name: &serde_yaml::Value) -> bool {
    match name {
        serde_yaml::Value::String(name) => name == key,
        serde_yaml::Value::Bool(flag) => flag.to_string().eq_ignore_ascii_case(key),
        serde_yaml::Value::Number(number) => {
            number.to_string() == key || key.parse() == Ok(number.as_f64().unwrap_or(f64::NAN))
        }
        serde_yaml::Value::Null => matches!(resolve(key), Value::Null),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_that_look_like_something_else_are_quoted() {
        for text in [
            "no",
            "Yes",
            "1_000",
            "2001-01-01",
            "=",
            "012",
            "1:20",
            "0x1F",
            "1e3",
            "",
            " a",
            "a: b",
            "a #b",
            "- x",
            "*a",
            "null",
            "-1",
        ] {
            assert_eq!(write(text, None, false), format!("\"{text}\""), "{text}");
        }
        for text in ["require", "/etc/certs/server-ca.pem", "a:b", "10.0.0.1.example", "-x", "v1.2", "db"] {
            assert_eq!(write(text, None, false), text);
        }
        assert_eq!(write("a, b", None, true), "\"a, b\"");
        assert_eq!(write("it's", Some("'x'"), false), "'it''s'");
    }
}
