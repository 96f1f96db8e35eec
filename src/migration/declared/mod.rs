//! Migrations as files: what one says, read and checked before anything is looked at.

mod checksum;
mod condition;
mod given;
mod grammar;
mod literal;
mod operation;
mod read;
mod run;
mod schema;
mod scope;
mod source;
pub mod write;

use std::collections::BTreeSet;

pub use condition::{Asks, Condition, Files, Question};
pub use given::{Given, Giver};
pub use grammar::{ARGUMENTS, Argument, VERBS, Verb};
pub use operation::verb;
pub use run::{broken, run};
pub use schema::schema;
pub use scope::{Row, any, filled_in};
pub use source::{Data, Datum, Source, Text};

use super::catalogue::Slug;
use super::native::Targets;
use super::variables::Variable;
use crate::diagnostic::Diagnostic;
use crate::text::Span;

/// A migration file as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    pub source: Source,
    pub title: String,
    pub why: String,
    pub links: Vec<String>,
    /// Migrations that must be applied before.
    pub needs: Vec<(Slug, Text)>,
    /// The compiled migration that it gives a number and variables.
    pub native: Option<Text>,
    pub variables: Vec<Variable>,
    /// Their names, with their places.
    pub names: Vec<Text>,
    pub tables: Vec<(Text, Vec<Row>)>,
    pub requires: Vec<Condition>,
    pub steps: Vec<Step>,
    pub ensures: Vec<Condition>,
    pub back: WayBack,
    pub cases: Vec<Case>,
    /// Over everything that has an effect: no comment, white space, title or case counts.
    pub checksum: String,
}

/// How a migration is taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum WayBack {
    /// By its record.
    Derived,
    /// Not at all, with the reason.
    Never(Text),
    /// By steps of its own, since the record can not know what was there.
    Steps(Vec<Step>),
}

/// What is done to some files.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub action: Action,
    /// The table whose rows it is done for, one after the other.
    pub each: Option<Text>,
    pub when: Option<Condition>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Edit {
        globs: Vec<Text>,
        except: Vec<Text>,
        format: Option<Text>,
        /// No file need match.
        optional: bool,
        operations: Vec<Datum>,
    },
    Create {
        path: Text,
        content: Content,
        mode: Option<u32>,
        if_exists: IfExists,
        /// Its content was said to be no secret.
        is_open: bool,
    },
    Delete {
        globs: Vec<Text>,
        if_present: bool,
    },
    Move {
        path: Text,
        to: Text,
    },
    Mode {
        path: Text,
        mode: u32,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Text(Text),
    /// Another file of the repository.
    From(Text),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    Fail,
    Keep,
    Replace,
}

/// An example in the migration: a file before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub name: Text,
    pub files: CaseFiles,
    pub variables: Vec<(String, String)>,
    /// The texts are meant with CRLF.
    pub crlf: bool,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CaseFiles {
    One {
        file: Text,
        before: Text,
        outcome: Expected,
    },
    /// A folder below the migration's own, with `before` and `after`.
    Folder(Text),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    After(Text),
    Unchanged,
    /// The code it is refused with.
    Fails(Text),
}

impl Declaration {
    /// The files it may see: the globs of its steps and conditions, with `*` for each name.
    pub fn targets(&self) -> Targets {
        let mut texts: Vec<&Text> = Vec::new();
        for step in self.all_steps() {
            match &step.action {
                Action::Edit { globs, .. } | Action::Delete { globs, .. } => texts.extend(globs),
                Action::Create { path, content, .. } => {
                    texts.push(path);
                    if let Content::From(file) = content {
                        texts.push(file);
                    }
                }
                Action::Move { path, to } => texts.extend([path, to]),
                Action::Mode { path, .. } => texts.push(path),
            }
            if let Some(when) = &step.when {
                when.globs(&mut texts);
            }
        }
        for condition in self.requires.iter().chain(&self.ensures) {
            condition.globs(&mut texts);
        }
        let globs: BTreeSet<String> = texts.into_iter().map(|text| any(&text.text)).collect();
        Targets { globs: globs.into_iter().collect(), words: Vec::new() }
    }

    /// Its steps, and those of its way back.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.steps_back())
    }

    /// The steps of its way back, where it has some.
    pub fn steps_back(&self) -> &[Step] {
        match &self.back {
            WayBack::Steps(steps) => steps,
            WayBack::Derived | WayBack::Never(_) => &[],
        }
    }

    /// What takes it back, as a migration of its own; `None` where that is derived from its record.
    pub fn backwards(&self) -> Option<Self> {
        let WayBack::Steps(steps) = &self.back else { return None };
        let (requires, ensures) = (Vec::new(), Vec::new());
        Some(Self { steps: steps.clone(), requires, ensures, back: WayBack::Derived, ..self.clone() })
    }

    /// What of its text has to be known to take it back once the file is gone; `None` where its record alone does.
    pub fn text_back(&self) -> Option<String> {
        if self.steps_back().is_empty() {
            return None;
        }
        let mut text: toml_edit::DocumentMut = self.source.text.parse().ok()?;
        text.as_table_mut().retain(|key, _| matches!(key, "schema" | "title" | "vars" | "for_each" | "down"));
        Some(text.to_string())
    }

    /// Where its title stands.
    pub fn title_span(&self) -> Span {
        let entries = self.source.read().unwrap_or_default();
        let title = entries.iter().find(|(key, _)| key.text == "title");
        title.map_or(Span::at(0), |(_, title)| title.span)
    }

    /// A fault of the migration file, with its place.
    pub fn fault(&self, span: Span, message: impl Into<String>, label: &str) -> Diagnostic {
        self.source.fault(span, message, label)
    }

    /// What a record says it applied.
    pub fn definition(&self) -> String {
        format!("m1:{}", self.checksum)
    }

    /// The declared names that stand somewhere in it.
    pub fn used_names(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        used.extend(scope::names(&self.source.text));
        used
    }
}
