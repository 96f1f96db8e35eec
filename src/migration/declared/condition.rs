//! Conditions of a migration: `when`, `[[require]]`, `[[ensure]]`.

use super::scope::Scope;
use super::source::{Data, Datum, Fields, Source, Text};
use crate::diagnostic::Diagnostic;
use crate::op::{Test, expression_of};
use crate::text::Span;
use crate::value::Selector;

/// A condition as written; names in it are filled in when it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub asks: Asks,
    /// What to say where it does not hold.
    pub otherwise: Option<Text>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    File {
        /// The one file, the globs of several, or nothing: the file at hand.
        of: Files,
        at: Option<Text>,
        test: Question,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Files {
    AtHand,
    One(Text),
    Each { globs: Vec<Text>, except: Vec<Text> },
}

/// A test with its value as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub test: Word,
    pub wanted: Datum,
}

/// What a test asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Exists,
    Is,
    IsNot,
    In,
    Matches,
    HasText,
    LacksText,
}

/// The keys of a condition.
pub const KEYS: [&str; 15] = [
    "file",
    "files",
    "at",
    "exists",
    "is",
    "is_not",
    "in",
    "matches",
    "has_text",
    "lacks_text",
    "all",
    "any",
    "not",
    "else",
    "except",
];

const TESTS: [(Word, &str); 7] = [
    (Word::Exists, "exists"),
    (Word::Is, "is"),
    (Word::IsNot, "is_not"),
    (Word::In, "in"),
    (Word::Matches, "matches"),
    (Word::HasText, "has_text"),
    (Word::LacksText, "lacks_text"),
];

impl Condition {
    /// Whether it asks about other files than the one at hand.
    pub(super) fn asks_elsewhere(&self) -> bool {
        match &self.asks {
            Asks::All(inner) | Asks::Any(inner) => inner.iter().any(Self::asks_elsewhere),
            Asks::Not(inner) => inner.asks_elsewhere(),
            Asks::File { of, .. } => *of != Files::AtHand,
        }
    }

    pub(super) fn read(source: &Source, datum: &Datum, what: &'static str) -> Result<Self, Diagnostic> {
        let fields = Fields::of(source, datum, what, &KEYS)?;
        let otherwise = fields.text("else")?;
        let condition = |asks| Ok(Self { asks, otherwise, span: datum.span });
        let several = |key| {
            let inner = fields.tables(key)?.iter().map(|one| Self::read(source, one, what));
            inner.collect::<Result<Vec<_>, Diagnostic>>()
        };
        let combines = ["all", "any", "not"].into_iter().find(|key| fields.get(key).is_some());
        let other = |word: &str| fields.entries.iter().find(|(key, _)| key.text != word && key.text != "else");
        if let Some((word, (key, _))) = combines.and_then(|word| Some((word, other(word)?))) {
            return Err(source
                .fault(key.span, format!("{what} with `{word}` asks nothing beside it"), "here")
                .help(format!("put it into `{word}`")));
        }
        if fields.get("all").is_some() {
            return condition(Asks::All(several("all")?));
        }
        if fields.get("any").is_some() {
            return condition(Asks::Any(several("any")?));
        }
        if let Some(not) = fields.get("not") {
            return condition(Asks::Not(Box::new(Self::read(source, not, what)?)));
        }
        let of = match (fields.text("file")?, fields.texts("files")?) {
            (Some(file), files) if files.is_empty() => Files::One(file),
            (Some(file), _) => return Err(source.fault(file.span, "`file` and `files` exclude each other", "here")),
            (None, files) if files.is_empty() => Files::AtHand,
            (None, globs) => Files::Each { globs, except: fields.texts("except")? },
        };
        if let (Some(except), Files::AtHand | Files::One(_)) = (fields.get("except"), &of) {
            return Err(source.fault(
                except.span,
                "`except` leaves files out of `files`, and there are none",
                "of which?",
            ));
        }
        let mut tests = fields.entries.iter().filter_map(|(key, wanted)| {
            let (test, _) = TESTS.iter().find(|(_, name)| *name == key.text)?;
            Some((key.span, Question { test: *test, wanted: wanted.clone() }))
        });
        match (tests.next(), tests.next()) {
            (Some((_, test)), None) if test.fault().is_some() => {
                Err(source.fault(test.wanted.span, test.fault().unwrap_or_default(), "here"))
            }
            (Some((_, test)), None) => condition(Asks::File { of, at: fields.text("at")?, test }),
            (Some(_), Some((span, _))) => Err(source
                .fault(span, format!("{what} asks one question"), "a second one")
                .help("several: all = [{ ... }, { ... }]")),
            (None, _) => Err(source
                .fault(datum.span, format!("{what} asks nothing"), "here")
                .help(format!("a question is one of: {}", TESTS.map(|(_, name)| name).join(", ")))),
        }
    }

    /// Every text in it that may hold names.
    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        match &self.asks {
            Asks::All(inner) | Asks::Any(inner) => inner.iter().for_each(|one| one.texts(visit)),
            Asks::Not(inner) => inner.texts(visit),
            Asks::File { of, at, .. } => {
                match of {
                    Files::AtHand => {}
                    Files::One(file) => visit(file),
                    Files::Each { globs, except } => globs.iter().chain(except).for_each(&mut *visit),
                }
                at.iter().for_each(visit);
            }
        }
    }

    /// The files it names, and whether each is a glob.
    pub(super) fn files(&self, visit: &mut dyn FnMut(&Text, bool)) {
        match &self.asks {
            Asks::All(inner) | Asks::Any(inner) => inner.iter().for_each(|one| one.files(visit)),
            Asks::Not(inner) => inner.files(visit),
            Asks::File { of: Files::One(file), .. } => visit(file, false),
            Asks::File { of: Files::Each { globs, except }, .. } => {
                globs.iter().chain(except).for_each(|glob| visit(glob, true));
            }
            Asks::File { of: Files::AtHand, .. } => {}
        }
    }

    /// The globs of the files it asks about, beside the one at hand.
    pub(super) fn globs<'c>(&'c self, globs: &mut Vec<&'c Text>) {
        match &self.asks {
            Asks::All(inner) | Asks::Any(inner) => inner.iter().for_each(|one| one.globs(globs)),
            Asks::Not(inner) => inner.globs(globs),
            Asks::File { of: Files::One(file), .. } => globs.push(file),
            Asks::File { of: Files::Each { globs: files, .. }, .. } => globs.extend(files),
            Asks::File { of: Files::AtHand, .. } => {}
        }
    }
}

impl Question {
    /// Why its expression is none, where no name in it is to be filled in.
    fn fault(&self) -> Option<String> {
        match &self.wanted.data {
            Data::Text(text) if self.test == Word::Matches && !text.contains("{{") => expression_of(text).err(),
            _ => None,
        }
    }

    /// The test, its names filled in.
    pub(super) fn test(&self, scope: &Scope<'_>) -> Result<Test, Diagnostic> {
        let wrong = |takes: &str, label: &str| {
            let name = TESTS.iter().find(|(test, _)| *test == self.test).map_or("", |(_, name)| *name);
            scope.source.fault(self.wanted.span, format!("`{name}` takes {takes}"), label)
        };
        let text = || match &self.wanted.data {
            Data::Text(text) => scope.fill(&Text { text: text.clone(), span: self.wanted.span }),
            _ => Err(wrong("a text", "not a text")),
        };
        Ok(match self.test {
            Word::Exists => match &self.wanted.data {
                Data::Bool(wanted) => Test::Exists(*wanted),
                _ => return Err(wrong("true or false", "here")),
            },
            Word::Is => Test::Is(scope.data(&self.wanted)?),
            Word::IsNot => Test::IsNot(scope.data(&self.wanted)?),
            Word::In => match &self.wanted.data {
                Data::List(items) => Test::In(items.iter().map(|one| scope.data(one)).collect::<Result<_, _>>()?),
                _ => return Err(wrong("a list of values", "here")),
            },
            Word::Matches => Test::Matches(text()?),
            Word::HasText => Test::HasText(text()?),
            Word::LacksText => Test::LacksText(text()?),
        })
    }
}

/// The selector that `at` is.
pub(super) fn selector(at: &Text, scope: &Scope<'_>) -> Result<Selector, Diagnostic> {
    let filled = scope.fill(at)?;
    filled
        .parse()
        .map_err(|error: crate::value::PathError| scope.source.fault(at.span, error.to_string(), "not a path"))
}
