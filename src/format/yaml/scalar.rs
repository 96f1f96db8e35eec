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
        // A number that no machine type holds exactly is kept as it is written.
        return text.parse().map_or_else(|_| Value::Code(text.to_owned()), Value::Int);
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

/// `text` as the block scalar `like` is one: its header and its indentation, where they can hold it.
pub(super) fn write_block(text: &str, like: Option<&str>, eol: &str) -> Option<String> {
    let (header, body) = like?.split_once('\n')?;
    let header = header.trim_end_matches('\r');
    let first = body.lines().find(|line| !line.trim().is_empty())?;
    let indent = &first[..first.len() - first.trim_start_matches(' ').len()];
    let ends = match header.split([' ', '\t']).next()? {
        "|" => text.ends_with('\n') && !text.ends_with("\n\n"),
        "|-" => !text.ends_with('\n'),
        _ => false,
    };
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let fits = ends && lines[0].starts_with(|c: char| !c.is_whitespace()) && !text.contains(is_odd);
    // One line in the place of several is rather a plain scalar.
    let was_one = body.lines().count() == 1;
    (fits && (text.contains('\n') || was_one) && !indent.is_empty()).then(|| {
        let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
        format!("{header}{eol}{}", lines.collect::<Vec<_>>().join(eol))
    })
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

/// Whether some reader of YAML 1.1 or 1.2 takes the bare text for something else than a string.
fn is_typed(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", ".nan", ".inf"];
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    words.iter().any(|word| unsigned.eq_ignore_ascii_case(word))
        || !matches!(resolve(text), Value::Str(_))
        || is_number(unsigned)
        || is_date(text)
}

/// Whether `unsigned` is a number by any of the ways: the octals, underscores and base 60 of YAML 1.1, the commas of Ruby.
/// A version such as `0.4.0` and an address such as `10.0.0.1` are none.
fn is_number(unsigned: &str) -> bool {
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let digits = unsigned.replace(['_', ','], "").to_ascii_lowercase();
    let all = |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)];
    if prefixed.iter().any(|(prefix, radix)| digits.strip_prefix(prefix).is_some_and(|rest| all(rest, *radix))) {
        return true;
    }
    let (mantissa, exponent) = digits.split_once('e').map_or((&*digits, None), |(left, right)| (left, Some(right)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut sixties = whole.split(':');
    let first = sixties.next().unwrap_or("");
    let is_sixtieth = |part: &str| all(part, 10) && part.parse().is_ok_and(|part: u32| part < 60) && part.len() <= 2;
    (all(first, 10) || first.is_empty() && !fraction.is_empty())
        && sixties.all(is_sixtieth)
        && fraction.chars().all(|c| c.is_ascii_digit())
        && exponent.is_none_or(|exponent| all(exponent.strip_prefix(['-', '+']).unwrap_or(exponent), 10))
}

/// Whether `text` is a date, or a date and a time: those of YAML 1.1, also with one digit for a month or a day.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut part = || parts.next().unwrap_or("");
    let (year, month, rest) = (part(), part(), part());
    let day = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let all = |text: &str, lengths: &[usize]| lengths.contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    let behind = |c: char| c.is_ascii_digit() || ":.TtZz+- \t".contains(c);
    all(year, &[4])
        && all(month, &[1, 2])
        && matches!(day, 1 | 2)
        && rest[day..].chars().next().is_none_or(|c| "Tt \t".contains(c))
        && rest[day..].chars().all(behind)
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
        let typed = [
            "no",
            "No",
            "NO",
            "yes",
            "Yes",
            "on",
            "off",
            "y",
            "n",
            "Y",
            "true",
            "TRUE",
            "False",
            "null",
            "Null",
            "~",
            "=",
            "<<",
            "1",
            "-1",
            "+1",
            "012",
            "0o14",
            "08",
            "0x1",
            "0x1F",
            "0X1f",
            "-0x1",
            "0b101",
            "1_000",
            "1,000",
            "1e3",
            "1E3",
            "1e+3",
            "1.5e-3",
            "123e4567",
            ".5",
            "-.5",
            "5.",
            "1.5",
            "+1.5",
            ".inf",
            "-.INF",
            ".nan",
            ".NaN",
            "1:20",
            "190:20:30",
            "1:20.5",
            "22:22",
            "2001-01-01",
            "2001-1-1",
            "2001-01-01T10:00:00Z",
            "2001-01-01 10:00:00",
            "2001-12-14t21:59:43.10-05:00",
        ];
        let marked =
            ["", " a", "a ", "a: b", "a #b", "- x", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "a:", "---", "? a"];
        for text in typed.into_iter().chain(marked) {
            assert_eq!(write(text, None, false), format!("\"{text}\""), "{text}");
            assert_eq!(write(text, Some("bare"), false), format!("\"{text}\""), "{text}");
        }
        let plain = [
            "require",
            "/etc/certs/server-ca.pem",
            "a:b",
            "10.0.0.1",
            "10.0.0.1.example",
            "10.0.0.0/8",
            "-x",
            "v1.2",
            "db",
            "0.3.1",
            "0.4.0",
            "1.2.3-4",
            "1.2.3-rc.1",
            "1.2.3+build5",
            "4.0.0.0",
            "1e3f5a",
            "2f4e",
            "1a2b3c4d",
            "8080:80",
            "5432:5432",
            "1:99",
            "1-2",
            "2001-01",
            "2001-01-01-1",
            "2001-01-01.tar",
            "20010101T10",
            "0o9",
            "0b2",
            "0xg",
            "12h",
            "30s",
            "10%",
            "none",
            "nil",
            "None",
            "yes!",
            "_1",
            "1.2.3.4:80",
            "::1",
        ];
        for text in plain {
            let read: Option<serde_yaml::Value> = serde_yaml::from_str(text).ok();
            assert_eq!(read, Some(text.into()), "{text}");
            assert_eq!(write(text, None, false), text, "{text}");
            assert_eq!(write(text, Some("0.3.1"), false), text, "{text}");
            assert_eq!(write(text, Some("'0.3.1'"), false), format!("'{text}'"), "{text}");
        }
        assert_eq!(write("a, b", None, true), "\"a, b\"");
        assert_eq!(write("it's", Some("'x'"), false), "'it''s'");
    }
}
