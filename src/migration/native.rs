//! A migration written in Rust: the trait, and the one error that keeps its place on the way out.

use std::fmt;

use super::repository::Repository;
use super::variables::{Variable, Variables};
use crate::diagnostic::Diagnostic;
use crate::tree::Wanted;

/// A migration compiled into the program. It sees a repository, changes settings in it, and is done:
/// the plan, the diff, the record and the way back are computed from what it changed.
pub trait Native: Sync {
    /// One line for people: what this changes.
    fn title(&self) -> &str;

    /// Why, for the reader of a pull request.
    fn why(&self) -> &str {
        ""
    }

    /// What taking it back takes away, said before it happens.
    fn takes_away(&self) -> &str {
        ""
    }

    /// Counts up whenever the same repository would be changed differently.
    fn revision(&self) -> u32;

    /// The variables that may be set from outside.
    fn variables(&self) -> Vec<Variable> {
        Vec::new()
    }

    /// The files it sees.
    fn targets(&self) -> Targets;

    /// Changes `repository`. Must be idempotent: run again on its own result it changes nothing.
    ///
    /// # Errors
    /// When it can not, or will not: the whole run is then refused and nothing is written.
    fn up(&self, repository: &mut Repository<'_, '_>, variables: &Variables) -> anyhow::Result<()>;
}

/// Which files a migration sees: those that a glob matches and that hold one of the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// From the root; `**/` crosses folders.
    pub globs: Vec<String>,
    /// Letters that must stand in a file, in any case, for it to matter; none = every matching file.
    pub words: Vec<String>,
}

impl Targets {
    /// The files that match one of `globs` and hold one of `words`.
    pub fn new<'t>(globs: impl IntoIterator<Item = &'t str>, words: impl IntoIterator<Item = &'t str>) -> Self {
        let owned = |text: &str| text.to_owned();
        Self { globs: globs.into_iter().map(owned).collect(), words: words.into_iter().map(owned).collect() }
    }

    pub(crate) fn wanted(&self) -> Wanted {
        Wanted { globs: self.globs.clone(), words: self.words.clone() }
    }
}

/// A refusal on its way out of a migration: through `anyhow`, with its code, place and help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Box<Diagnostic>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.places.first() {
            Some(place) => write!(f, "{place}: {}", self.0.message),
            None => f.write_str(&self.0.message),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Diagnostic> for Refused {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(Box::new(diagnostic))
    }
}
