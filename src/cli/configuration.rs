//! `migrate.toml`: the repository's own settings of this tool. Nothing that executes or grants trust can be set there.

use std::collections::BTreeMap;

use toml_edit::{Document, Item};

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::plan::Order;
use crate::text::{Span, nearest};

/// The file's name, from the root.
pub(crate) const FILE: &str = "migrate.toml";

const KEYS: [&str; 5] = ["name", "migrations", "order", "exclude", "vars"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    pub name: Option<String>,
    /// The folder of the repository's own migrations.
    pub migrations: Option<String>,
    pub order: Order,
    pub exclude: Vec<String>,
    pub variables: BTreeMap<String, String>,
}

impl Configuration {
    /// Reads the text of `migrate.toml`.
    ///
    /// # Errors
    /// When it does not parse, or sets what can not be set; with the place.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let wrong = |span: Option<std::ops::Range<usize>>, message: String| {
            let span = span.map_or(Span::default(), |range| Span::new(range.start, range.end));
            Diagnostic::error(Code::BadConfiguration, message).at(Location::new(FILE, text, span, "here"))
        };
        let document = Document::parse(text).map_err(|error| {
            wrong(error.span(), format!("{FILE} does not parse: {}", error.message().replace('\n', ", ")))
        })?;
        let mut configuration = Self::default();
        let table = document.as_table();
        for (key, item) in table {
            let span = || table.key(key).and_then(toml_edit::Key::span);
            let text_of = |item: &Item, key: &str| {
                item.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| wrong(item.span(), format!("`{key}` in {FILE} must be a text")))
            };
            match key {
                "name" => configuration.name = Some(text_of(item, key)?),
                "migrations" => configuration.migrations = Some(text_of(item, key)?),
                "order" if text_of(item, key)? == "linear" => configuration.order = Order::Linear,
                "order" => {
                    let fault = wrong(item.span(), format!("`order` in {FILE} is no order"));
                    return Err(fault.help("it can be \"linear\"; without it, migrations that commute go in any order"));
                }
                "exclude" => {
                    let globs = item
                        .as_array()
                        .ok_or_else(|| wrong(item.span(), format!("`exclude` in {FILE} must be a list of globs")))?;
                    for glob in globs {
                        let glob = glob.as_str().ok_or_else(|| {
                            wrong(glob.span(), format!("a glob in `exclude` of {FILE} must be a text"))
                        })?;
                        configuration.exclude.push(glob.to_owned());
                    }
                }
                "vars" => {
                    let entries = item
                        .as_table_like()
                        .ok_or_else(|| wrong(item.span(), format!("`vars` in {FILE} must be a table")))?;
                    for (name, value) in entries.iter() {
                        let text = match value.as_value() {
                            Some(toml_edit::Value::Integer(number)) => number.value().to_string(),
                            Some(toml_edit::Value::Boolean(flag)) => flag.value().to_string(),
                            _ => text_of(value, &format!("vars.{name}"))?,
                        };
                        configuration.variables.insert(name.to_owned(), text);
                    }
                }
                other => {
                    let diagnostic = wrong(span(), format!("`{other}` can not be set in {FILE}"));
                    return Err(match nearest(other, &KEYS) {
                        Some(known) => diagnostic.patch(format!("did you mean `{known}`?"), known),
                        None => diagnostic.help(format!("it may hold {}", KEYS.join(", "))),
                    });
                }
            }
        }
        Ok(configuration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_are_read() {
        let text = "name = \"X\"\nexclude = [\"a/**\"]\n[vars]\ncerts = \"/c\"\n";
        let configuration = Configuration::parse(text).expect("a configuration");
        assert_eq!(configuration.name.as_deref(), Some("X"));
        assert_eq!(configuration.variables["certs"], "/c");
        assert_eq!(configuration.exclude, ["a/**"]);
        assert_eq!(configuration.order, Order::Commuting);
        assert_eq!(Configuration::parse("order = \"linear\"\n").expect("a configuration").order, Order::Linear);
    }

    #[test]
    fn unknown_keys_are_refused_with_the_place_and_a_guess() {
        let error = Configuration::parse("nmae = \"X\"\n").expect_err("refused");
        assert_eq!(error.places[0].to_string(), "migrate.toml:1:1");
        assert!(error.advice().eq(["did you mean `name`?"]));
        for wrong in [
            "trusted = true",
            "[hooks]\nx = 1",
            "vars = 3",
            "exclude = \"x\"",
            "name = [",
            "order = \"free\"",
            "order = 1",
        ] {
            assert!(Configuration::parse(wrong).is_err(), "{wrong}");
        }
    }
}
