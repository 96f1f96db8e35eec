//! Variables of a migration: declared with it, given from outside, checked before use.

use std::collections::BTreeMap;

use super::native::Refused;
use crate::diagnostic::{Code, Diagnostic};

/// A declared variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub name: &'static str,
    /// `None`: it must be given.
    pub default: Option<&'static str>,
    /// The only values it may have; empty = any.
    pub one_of: &'static [&'static str],
    /// One line for people.
    pub about: &'static str,
}

/// Where a value comes from; the first in this order wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    CommandLine,
    Environment,
    Configuration,
    Record,
    Default,
}

impl Source {
    fn describe(self, name: &str) -> String {
        match self {
            Self::CommandLine => format!("--set {name}"),
            Self::Environment => format!("MIGRATE_VAR_{}", name.to_uppercase()),
            Self::Configuration => format!("`{name}` in migrate.toml"),
            Self::Record => format!("`{name}` in the record"),
            Self::Default => format!("the default of `{name}`"),
        }
    }
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
    pub fn resolve(declared: &[Variable], given: &[(Source, &BTreeMap<String, String>)]) -> Result<Self, Diagnostic> {
        let mut values = BTreeMap::new();
        for variable in declared {
            let from = given.iter().filter_map(|(source, values)| Some((*source, values.get(variable.name)?.clone())));
            let default = variable.default.map(|value| (Source::Default, value.to_owned()));
            let Some((source, value)) = from.min_by_key(|(source, _)| *source).or(default) else { continue };
            if !variable.one_of.is_empty() && !variable.one_of.contains(&value.as_str()) {
                let message = format!(
                    "{} is `{value}`, which is none of {}",
                    source.describe(variable.name),
                    variable.one_of.join(", ")
                );
                return Err(Diagnostic::error(Code::BadVariable, message)
                    .help(format!("--set {}={}", variable.name, variable.one_of[0])));
            }
            values.insert(variable.name.to_owned(), (value, source));
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
                let about =
                    self.declared.iter().find(|variable| variable.name == name).map_or("", |variable| variable.about);
                Err(Diagnostic::error(Code::MissingVariable, format!("the variable `{name}` has no value: {about}"))
                    .help(format!("on the command line: --set {name}=VALUE"))
                    .help(format!("for everyone, in migrate.toml: [vars] {name} = \"VALUE\""))
                    .help(format!("in the environment: MIGRATE_VAR_{}=VALUE", name.to_uppercase()))
                    .into())
            }
        }
    }

    /// A refusal of the value of `name`, saying where it came from.
    pub fn refuse(&self, name: &str, why: &str) -> Refused {
        let (value, source) = self.values.get(name).map_or(("", Source::Default), |(value, source)| (value, *source));
        Diagnostic::error(Code::BadVariable, format!("{} is `{value}`: {why}", source.describe(name))).into()
    }

    /// Names and values, sorted, as a record keeps them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }
}
