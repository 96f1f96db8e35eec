//! The migrations there are, in order: by number, then by slug. The slug is the identity, the number only orders.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::declared::{self, Declaration};
use super::native::{Native, Targets};
use super::repository::Repository;
use super::variables::{Variable, Variables};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::path::RepoPath;

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
    /// The slug as text.
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
    /// What it does.
    pub native: &'static dyn Native,
}

/// One migration.
#[doc(hidden)]
#[derive(Clone)]
pub struct Migration {
    pub version: Version,
    pub slug: Slug,
    pub body: Body,
}

/// What a migration is made of.
#[doc(hidden)]
#[derive(Clone)]
pub enum Body {
    Native(&'static dyn Native),
    Declared(Arc<Declaration>),
    /// A compiled migration with the number, the title and the variables of a file.
    Configured(&'static dyn Native, Arc<Declaration>),
}

impl Body {
    /// Changes `repository`.
    ///
    /// # Errors
    /// When it can not, or will not.
    pub(super) fn up(&self, repository: &mut Repository<'_, '_>, variables: &Variables) -> anyhow::Result<()> {
        match self {
            Self::Native(native) | Self::Configured(native, _) => native.up(repository, variables),
            Self::Declared(declaration) => Ok(declared::run(declaration, repository, variables)?),
        }
    }
}

#[doc(hidden)]
impl Migration {
    /// A migration that is only tried, and never recorded.
    pub fn unnamed(declaration: Declaration) -> Self {
        Self { version: Version(0), slug: Slug("unnamed".to_owned()), body: Body::Declared(Arc::new(declaration)) }
    }

    /// The file it was read from.
    pub fn declaration(&self) -> Option<&Declaration> {
        match &self.body {
            Body::Native(_) => None,
            Body::Declared(declaration) | Body::Configured(_, declaration) => Some(declaration),
        }
    }

    pub fn title(&self) -> &str {
        match &self.body {
            Body::Native(native) => native.title(),
            Body::Declared(declaration) | Body::Configured(_, declaration) => &declaration.title,
        }
    }

    pub fn why(&self) -> &str {
        match &self.body {
            Body::Native(native) => native.why(),
            Body::Configured(native, declaration) if declaration.why.is_empty() => native.why(),
            Body::Declared(declaration) | Body::Configured(_, declaration) => &declaration.why,
        }
    }

    /// What taking it back takes away.
    pub fn takes_away(&self) -> &str {
        match &self.body {
            Body::Native(native) | Body::Configured(native, _) => native.takes_away(),
            Body::Declared(_) => "",
        }
    }

    /// The files it sees.
    pub fn targets(&self) -> Targets {
        match &self.body {
            Body::Native(native) | Body::Configured(native, _) => native.targets(),
            Body::Declared(declaration) => declaration.targets(),
        }
    }

    /// The variables that may be set from outside; a file says other defaults than the compiled migration has.
    pub fn variables(&self) -> Vec<Variable> {
        match &self.body {
            Body::Native(native) => native.variables(),
            Body::Declared(declaration) => declaration.variables.clone(),
            Body::Configured(native, declaration) => {
                let own = |variable: Variable| {
                    let said = declaration.variables.iter().find(|said| said.name == variable.name);
                    let default = said.and_then(|said| said.default.clone()).or(variable.default);
                    Variable { default, ..variable }
                };
                native.variables().into_iter().map(own).collect()
            }
        }
    }

    /// What a record says it applied: a compiled migration by name and revision, a file by its checksum.
    pub fn definition(&self) -> String {
        match &self.body {
            Body::Native(native) => format!("native:{}/{}", self.slug, native.revision()),
            Body::Configured(native, declaration) => {
                let name = declaration.native.as_ref().map_or("", |name| &name.text);
                format!("native:{name}/{}", native.revision())
            }
            Body::Declared(declaration) => declaration.definition(),
        }
    }

    /// `v0001_enable_ssl`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.version, self.slug)
    }
}

/// Every migration of a repository, in order.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Catalogue {
    migrations: Vec<Migration>,
}

#[doc(hidden)]
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
            migrations.push(Migration { version, slug, body: Body::Native(one.native) });
        }
        Ok(Self::sorted(migrations))
    }

    /// A catalogue of one.
    pub fn only(migration: Migration) -> Self {
        Self { migrations: vec![migration] }
    }

    fn sorted(mut migrations: Vec<Migration>) -> Self {
        migrations.sort_by(|one, other| (one.version, &one.slug).cmp(&(other.version, &other.slug)));
        Self { migrations }
    }

    /// The catalogue of a repository with migration files of its own: those, and of `built_in` what `is_recorded`.
    /// Each file is its path and text; its name, or that of its folder, is that of the migration.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its place.
    pub fn with_files(
        built_in: &[BuiltIn],
        files: &[(String, String)],
        is_recorded: &dyn Fn(&Slug) -> bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        let compiled = Self::of(built_in).map_err(|diagnostic| vec![diagnostic])?;
        let mut migrations: Vec<Migration> = Vec::new();
        let mut faults = Vec::new();
        for (path, text) in files {
            match read_file(path, text, &compiled) {
                Ok(migration) => match migrations.iter().find(|other| other.slug == migration.slug) {
                    Some(other) => faults.push(same_slug(&migration, other)),
                    None => migrations.push(migration),
                },
                Err(more) => faults.extend(more),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for migration in compiled.migrations {
            if is_recorded(&migration.slug) && !migrations.iter().any(|own| own.slug == migration.slug) {
                migrations.push(migration);
            }
        }
        Ok(Self::sorted(migrations))
    }

    /// Migrations that share their number with the one before them.
    pub fn same_numbers(&self) -> impl Iterator<Item = (&Migration, &Migration)> {
        self.migrations.windows(2).filter(|pair| pair[0].version == pair[1].version).map(|pair| (&pair[0], &pair[1]))
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Migration> {
        self.migrations.iter()
    }

    /// Which paths are migrations of their own, or lie in the folder of one: no migration edits those.
    pub fn owned(&self) -> impl Fn(&RepoPath) -> bool {
        let own = self.migrations.iter().filter_map(Migration::declaration).map(|one| one.source.path.as_str());
        let own: BTreeSet<&str> = own.map(|path| path.strip_suffix("/migration.toml").unwrap_or(path)).collect();
        move |path| {
            let path = path.as_str();
            own.contains(path) || path.match_indices('/').any(|(at, _)| own.contains(&path[..at]))
        }
    }

    pub fn get(&self, slug: &Slug) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.slug == *slug)
    }

    /// `value` of a variable called `name` as it may be shown: what is a secret to one migration is one to all.
    pub fn shown(&self, name: &str, value: &str) -> String {
        let mut own = self.migrations.iter().flat_map(Migration::variables).filter(|variable| variable.name == name);
        let is_secret = own.any(|variable| variable.is_secret);
        Variable { is_secret, ..Variable::new(name, "") }.shown(value)
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

fn read_file(path: &str, text: &str, compiled: &Catalogue) -> Result<Migration, Vec<Diagnostic>> {
    let stem = path.strip_suffix("/migration.toml").or_else(|| path.strip_suffix(".toml")).unwrap_or(path);
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let misnamed = |why| vec![Diagnostic::error(Code::BadMigration, why).at(Location::file(path))];
    let (version, slug) = split_name(name).map_err(misnamed)?;
    let declaration = Arc::new(Declaration::read_whole(path, text)?);
    let body = match &declaration.native {
        None => Body::Declared(declaration),
        Some(native) => {
            let found = compiled.migrations.iter().find(|one| one.slug.as_str() == native.text);
            match found.map(|one| &one.body) {
                Some(Body::Native(compiled)) => Body::Configured(*compiled, declaration),
                _ => {
                    let known: Vec<&str> = compiled.migrations.iter().map(|one| one.slug.as_str()).collect();
                    let message = format!("no compiled migration is called `{}`", native.text);
                    let fault = Diagnostic::error(Code::BadMigration, message);
                    let fault = fault.at(declaration.source.location(native.span, "unknown"));
                    return Err(vec![fault.help(format!("there is {}", known.join(", ")))]);
                }
            }
        }
    };
    Ok(Migration { version, slug, body })
}

fn same_slug(one: &Migration, other: &Migration) -> Diagnostic {
    let place = |migration: &Migration| {
        let path = migration.declaration().map_or("", |declaration| &declaration.source.path);
        Location::file(path)
    };
    Diagnostic::error(Code::SameNumber, format!("two migrations are called `{}`", one.slug))
        .at(place(one))
        .at(place(other))
        .help("the name behind the number tells migrations apart: give one of them another")
}

fn split_name(name: &str) -> Result<(Version, Slug), String> {
    let wrong = || format!("`{name}` is not the name of a migration: it should look like v0001_enable_ssl");
    let (number, slug) = name.strip_prefix('v').and_then(|rest| rest.split_once('_')).ok_or_else(wrong)?;
    if number.len() < 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    if number.len() > 4 && number.starts_with('0') {
        let digits = number.trim_start_matches('0');
        return Err(format!("`{name}` has noughts that do not count: it should be v{digits:0>4}_{slug}"));
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
        assert!(split_name("v12345_x").is_ok());
        for wrong in ["v00010_a", "v4294967296_x", "0001_x", "v1_x", "v0001", "v0001_", "v0001_Enable", "v000a_x"] {
            assert!(split_name(wrong).is_err(), "{wrong}");
        }
    }
}
