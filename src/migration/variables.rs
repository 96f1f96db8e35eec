//! Variables of a migration: declared with it, given from outside, checked before use.

use std::collections::BTreeMap;

use super::native::Refused;
use crate::diagnostic::{Code, Diagnostic};
use crate::value::{MASK, Value, mask_value, url};

/// A declared variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variable {
    /// As in `{{name}}` and `--set name=VALUE`.
    pub name: String,
    /// `None`: it must be given.
    pub default: Option<String>,
    /// The only values it may have; empty = any.
    pub one_of: Vec<String>,
    /// What its text must be.
    pub kind: Kind,
    /// One more environment variable that gives it its value, beside `MIGRATE_VAR_NAME`.
    pub environment: Option<String>,
    /// Its value is shown nowhere and recorded nowhere.
    pub is_secret: bool,
    /// One line for people.
    pub about: String,
}

/// What the text of a variable must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Without white space at its ends, and not below somebody's home folder.
    Path,
    /// `scheme://...`.
    Url,
}

impl Kind {
    /// Each kind with its name in migration files.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::String, "string"),
        (Self::Integer, "integer"),
        (Self::Boolean, "boolean"),
        (Self::Path, "path"),
        (Self::Url, "url"),
    ];

    /// Its name in migration files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Why `text` is no value of this kind.
    pub(crate) fn fault(self, text: &str) -> Option<&'static str> {
        match self {
            Self::String => None,
            Self::Integer => text.parse::<i64>().is_err().then_some("no whole number"),
            Self::Boolean => (!matches!(text, "true" | "false")).then_some("neither true nor false"),
            Self::Path => (text.trim() != text || text.is_empty() || text.starts_with('~'))
                .then_some("no path: it is empty, starts with `~` or has white space at an end"),
            Self::Url => url::scheme(text).is_none().then_some("no URL"),
        }
    }
}

impl Variable {
    /// A text that must be given.
    pub fn new(name: &str, about: &str) -> Self {
        Self { name: name.to_owned(), about: about.to_owned(), ..Self::default() }
    }

    /// With the value it has unless another one is given.
    #[must_use]
    pub fn default_to(mut self, value: &str) -> Self {
        self.default = Some(value.to_owned());
        self
    }

    /// What people write to give it its value, as `source` does.
    fn named(&self, source: Source) -> String {
        let name = &self.name;
        match (source, &self.environment) {
            (Source::CommandLine, _) => format!("--set {name}"),
            (Source::Environment, None) => format!("MIGRATE_VAR_{}", name.to_uppercase()),
            (Source::Environment, Some(own)) => format!("{own} or MIGRATE_VAR_{}", name.to_uppercase()),
            (Source::Configuration, _) => format!("`{name}` in migrate.toml"),
            (Source::Record, _) => format!("`{name}` in the record"),
            (Source::Default, _) => format!("the default of `{name}`"),
        }
    }

    /// `value` as it may be shown.
    pub(super) fn shown(&self, value: &str) -> String {
        if self.is_secret { MASK.to_owned() } else { mask_value(&self.name, value).to_string() }
    }

    /// With the only values it may have.
    #[must_use]
    pub fn one_of(mut self, values: &[&str]) -> Self {
        self.one_of = values.iter().map(|value| (*value).to_owned()).collect();
        self
    }
}

/// Where a value comes from; the first in this order wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `--set NAME=VALUE`.
    CommandLine,
    /// `MIGRATE_VAR_NAME`, or a name of its own.
    Environment,
    /// `[vars]` of `migrate.toml`.
    Configuration,
    /// What the migration was applied with.
    Record,
    /// What the migration says itself.
    Default,
}

/// The variables of one migration, as given for this run.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    declared: Vec<Variable>,
    values: BTreeMap<String, (String, Source)>,
}

impl Variables {
    /// Takes for each declared variable the value of the strongest source that has one.
    ///
    /// # Errors
    /// When a value is not one the variable may have.
    #[doc(hidden)]
    pub fn resolve(declared: &[Variable], given: &[(Source, &BTreeMap<String, String>)]) -> Result<Self, Diagnostic> {
        let mut values = BTreeMap::new();
        for variable in declared {
            let name = &variable.name;
            let from = given.iter().filter_map(|(source, values)| Some((*source, values.get(name)?.clone())));
            let default = variable.default.clone().map(|value| (Source::Default, value));
            let Some((source, value)) = from.min_by_key(|(source, _)| *source).or(default) else { continue };
            let shown = variable.shown(&value);
            if let [first, ..] = variable.one_of.as_slice()
                && !variable.one_of.contains(&value)
            {
                let given = format!("{} is `{shown}`", variable.named(source));
                let (message, example) = match variable.is_secret {
                    true => (format!("{given}, which is none of those that `one_of` lists"), "VALUE"),
                    false => (format!("{given}, which is none of {}", variable.one_of.join(", ")), first.as_str()),
                };
                return Err(Diagnostic::error(Code::BadVariable, message).help(format!("--set {name}={example}")));
            }
            if let Some(fault) = variable.kind.fault(&value) {
                let message = format!("{} is `{shown}`, which is {fault}", variable.named(source));
                return Err(Diagnostic::error(Code::BadVariable, message).help(format!("--set {name}=VALUE")));
            }
            values.insert(name.clone(), (value, source));
        }
        Ok(Self { declared: declared.to_vec(), values })
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// When it has no default and was not given. The refusal names the ways to give it.
    pub fn get(&self, name: &str) -> Result<&str, Refused> {
        match self.values.get(name) {
            Some((value, _)) => Ok(value),
            None => {
                let known = self.declared.iter().find(|variable| variable.name == name);
                let about = known.map_or("", |variable| &variable.about);
                let about = if about.is_empty() { String::new() } else { format!(": {about}") };
                let is_secret = known.is_some_and(|variable| variable.is_secret);
                let own = known.and_then(|variable| variable.environment.clone());
                let environment = own.unwrap_or_else(|| format!("MIGRATE_VAR_{}", name.to_uppercase()));
                let refusal =
                    Diagnostic::error(Code::MissingVariable, format!("the variable `{name}` has no value{about}"));
                // A secret belongs neither into the history of a shell nor into git.
                let refusal = match is_secret {
                    true => refusal,
                    false => refusal
                        .help(format!("on the command line: --set {name}=VALUE"))
                        .help(format!("for everyone, in migrate.toml: [vars] {name} = \"VALUE\"")),
                };
                Err(refusal.help(format!("in the environment: {environment}=VALUE")).into())
            }
        }
    }

    /// A refusal of the value of `name`, saying where it came from; a secret is not shown.
    pub fn refuse(&self, name: &str, why: &str) -> Refused {
        let (value, source) = self.values.get(name).map_or(("", Source::Default), |(value, source)| (value, *source));
        let declared = self.declared.iter().find(|variable| variable.name == name);
        let given = match declared {
            Some(variable) => format!("{} is `{}`", variable.named(source), variable.shown(value)),
            None => format!("`{name}` is `{}`", mask_value(name, value)),
        };
        Diagnostic::error(Code::BadVariable, format!("{given}: {why}")).into()
    }

    /// The value of `name` by its kind.
    ///
    /// # Errors
    /// As `get`.
    pub fn value(&self, name: &str) -> Result<Value, Refused> {
        let text = self.get(name)?;
        let kind = self.declared.iter().find(|variable| variable.name == name).map_or(Kind::String, |found| found.kind);
        Ok(match kind {
            Kind::Integer => text.parse().map_or_else(|_| text.into(), Value::Int),
            Kind::Boolean => Value::Bool(text == "true"),
            Kind::String | Kind::Path | Kind::Url => text.into(),
        })
    }

    /// The values that are secrets.
    pub fn secrets(&self) -> Vec<String> {
        let secret = self.declared.iter().filter(|variable| variable.is_secret);
        secret.filter_map(|variable| Some(self.values.get(&variable.name)?.0.clone())).collect()
    }

    /// Names and values that are no secrets, sorted, as a record keeps them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_secret = |name: &str| self.declared.iter().any(|variable| variable.name == name && variable.is_secret);
        let open = self.values.iter().filter(move |(name, _)| !is_secret(name));
        open.map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }
}
