//! What a setting is, apart from how a file writes it: values, places, secrets, and URLs and connection strings in texts.

pub mod dsn;
mod lens;
mod path;
mod secret;
mod selector;
pub mod url;

use std::fmt;

pub use lens::{Lens, Part};
pub use path::{Key, KeyPath, PathError, Place};
pub use secret::{
    MASK, Masked, asks_environment, holds_filled_in_secret, holds_secret, is_placeholder, is_secret, is_secret_name,
    mask, mask_shown, mask_spans, mask_value, names_a_place, real_secret, secret_literals, shows,
};
pub use selector::{Selector, Step, filter_path};

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value, where the language can say so.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text, without the quotes and escapes of a file.
    Str(String),
    /// A date or a time that a migration gives: a text where the language has no such kind.
    Date(String),
    /// An expression of the file's own language, as source text.
    Code(String),
    /// Values in their order.
    List(Vec<Value>),
    /// In file order. Where a format has one key twice, `read` yields both.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The text; `None` where it is none.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The value under `key`, when this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// This value with every date in it as what `written` makes of it.
    #[must_use]
    pub fn with_dates(&self, written: fn(String) -> Self) -> Self {
        match self {
            Self::Date(date) => written(date.clone()),
            Self::List(items) => Self::List(items.iter().map(|item| item.with_dates(written)).collect()),
            Self::Map(entries) => {
                Self::Map(entries.iter().map(|(key, value)| (key.clone(), value.with_dates(written))).collect())
            }
            other => other.clone(),
        }
    }

    /// Equal in meaning: the order of a map's keys does not count, the order of a list does.
    pub fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Map(left), Self::Map(right)) => same_entries(left, right, Self::means),
            (Self::List(left), Self::List(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(one, two)| one.means(two))
            }
            (Self::Date(one), Self::Str(other) | Self::Code(other))
            | (Self::Str(other) | Self::Code(other), Self::Date(one)) => one == other,
            (Self::Float(left), Self::Float(right)) => left == right || (left.is_nan() && right.is_nan()),
            _ => self == other,
        }
    }
}

/// Whether two maps have the same keys with values that are the `same`. Some formats repeat a key (a systemd
/// unit has several `Environment=`): the nth stands against the nth.
pub fn same_entries(
    left: &[(String, Value)],
    right: &[(String, Value)],
    same: impl Fn(&Value, &Value) -> bool,
) -> bool {
    let sorted = |entries: &'_ [(String, Value)]| {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|index| &entries[*index].0);
        order
    };
    if left.len() == right.len() && left.iter().zip(right).all(|(one, two)| one.0 == two.0) {
        return left.iter().zip(right).all(|(one, two)| same(&one.1, &two.1));
    }
    left.len() == right.len()
        && sorted(left)
            .into_iter()
            .zip(sorted(right))
            .all(|(one, two)| left[one].0 == right[two].0 && same(&left[one].1, &right[two].1))
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// For people: scalars bare, containers in braces.
impl Value {
    /// As TOML, its texts written by `text`; `None` where TOML has no such value.
    #[doc(hidden)]
    pub fn toml(&self, text: &dyn Fn(&str) -> String) -> Option<String> {
        Some(match self {
            Self::Bool(flag) => flag.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) if number.is_finite() => format!("{number:?}"),
            Self::Str(string) => text(string),
            Self::Date(date) => date.clone(),
            Self::List(items) => {
                format!("[{}]", items.iter().map(|item| item.toml(text)).collect::<Option<Vec<_>>>()?.join(", "))
            }
            Self::Map(entries) => {
                let entry = |(key, value): &(String, Self)| {
                    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                    let name = if !key.is_empty() && key.chars().all(is_bare) { key.clone() } else { text(key) };
                    Some(format!("{name} = {}", value.toml(text)?))
                };
                format!("{{ {} }}", entries.iter().map(entry).collect::<Option<Vec<_>>>()?.join(", "))
            }
            Self::Null | Self::Float(_) | Self::Code(_) => return None,
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Str(text) | Self::Date(text) | Self::Code(text) => f.write_str(text),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if index == 0 { " " } else { ", " })?;
                }
                f.write_str(" }")
            }
        }
    }
}
