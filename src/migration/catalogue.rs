//! The migrations there are, in order: by number, then by slug. The slug is the identity, the number only orders.

use std::fmt;
use std::str::FromStr;

use super::native::Native;
use crate::diagnostic::{Code, Diagnostic};

/// The number in `v0001_enable_ssl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{:04}", self.0)
    }
}

/// The name in `v0001_enable_ssl`: lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let clean = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if text.is_empty() || text.len() > 80 || !text.chars().all(clean) {
            return Err(format!("`{text}` is not a slug: use a-z, 0-9 and `_`, at most 80 characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A migration compiled into a program, as `migrations!` lists it.
#[derive(Clone, Copy)]
pub struct BuiltIn {
    /// `vNNNN_slug`.
    pub name: &'static str,
    pub native: &'static dyn Native,
}

/// One migration.
#[derive(Clone)]
pub struct Migration {
    pub version: Version,
    pub slug: Slug,
    pub native: &'static dyn Native,
}

impl Migration {
    pub fn title(&self) -> &str {
        self.native.title()
    }

    /// What a record says it applied: a compiled migration by name and revision.
    pub fn definition(&self) -> String {
        format!("native:{}/{}", self.slug, self.native.revision())
    }

    /// `v0001_enable_ssl`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.version, self.slug)
    }
}

/// Every migration of a repository, in order.
#[derive(Clone, Default)]
pub struct Catalogue {
    migrations: Vec<Migration>,
}

impl Catalogue {
    /// The catalogue of compiled migrations.
    ///
    /// # Errors
    /// When a name is not `vNNNN_slug`, or a slug stands twice.
    pub fn of(built_in: &[BuiltIn]) -> Result<Self, Diagnostic> {
        let mut migrations: Vec<Migration> = Vec::new();
        for one in built_in {
            let (version, slug) = split_name(one.name).map_err(|why| Diagnostic::error(Code::BadConfiguration, why))?;
            if migrations.iter().any(|other| other.slug == slug) {
                return Err(Diagnostic::error(Code::BadConfiguration, format!("two migrations are called `{slug}`")));
            }
            migrations.push(Migration { version, slug, native: one.native });
        }
        migrations.sort_by(|one, other| (one.version, &one.slug).cmp(&(other.version, &other.slug)));
        Ok(Self { migrations })
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Migration> {
        self.migrations.iter()
    }

    pub fn get(&self, slug: &Slug) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.slug == *slug)
    }

    /// The migration that `name` stands for: `v0001`, `v0001_enable_ssl`, `enable_ssl` or `1`.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, name: &str) -> Result<&Migration, Diagnostic> {
        let number = name.strip_prefix('v').unwrap_or(name).parse::<u32>().ok();
        let matching: Vec<&Migration> = self
            .migrations
            .iter()
            .filter(|one| one.slug.as_str() == name || one.name() == name || number == Some(one.version.0))
            .collect();
        match matching.as_slice() {
            [only] => Ok(only),
            [] => {
                let known: Vec<String> = self.migrations.iter().map(Migration::name).collect();
                let diagnostic = Diagnostic::error(Code::UnknownMigration, format!("no migration is called `{name}`"));
                Err(diagnostic.help(format!("there is {}", known.join(", "))))
            }
            several => {
                let names: Vec<String> = several.iter().map(|one| one.name()).collect();
                let diagnostic =
                    Diagnostic::error(Code::UnknownMigration, format!("`{name}` stands for several migrations"));
                Err(diagnostic.help(format!("say which: {}", names.join(", "))))
            }
        }
    }
}

fn split_name(name: &str) -> Result<(Version, Slug), String> {
    let wrong = || format!("`{name}` is not the name of a migration: it should look like v0001_enable_ssl");
    let (number, slug) = name.strip_prefix('v').and_then(|rest| rest.split_once('_')).ok_or_else(wrong)?;
    if number.len() < 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok((Version(number.parse().map_err(|_| wrong())?), slug.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_number_and_slug() {
        let (version, slug) = split_name("v0012_enable_ssl").expect("a name");
        assert_eq!((version.to_string().as_str(), slug.as_str()), ("v0012", "enable_ssl"));
        for wrong in ["0001_x", "v1_x", "v0001", "v0001_", "v0001_Enable", "v000a_x"] {
            assert!(split_name(wrong).is_err(), "{wrong}");
        }
    }
}
