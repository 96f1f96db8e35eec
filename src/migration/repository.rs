//! What a migration sees of a repository, and what is kept of what it did.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aho_corasick::AhoCorasick;

use super::document::Document;
use super::native::{Refused, Targets};
use super::variables::Variables;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Format, Trace};
use crate::path::RepoPath;
use crate::text::{Charset, CharsetError, Text};
use crate::tree::{FileState, Globs, Overlay, Tree};
use crate::value::Place;

/// One setting as it was and as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub place: Place,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What happened to one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Every primitive edit, in order.
    pub traces: Vec<Trace>,
    pub settings: Vec<Setting>,
    /// Who reads the settings, and what else a reviewer should know.
    pub notes: Vec<String>,
}

/// What a migration did, apart from the bytes it left in the overlay.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub changed: BTreeMap<RepoPath, Changed>,
    /// The files that were changed, as they were before.
    pub before: BTreeMap<RepoPath, FileState>,
    /// Files that were looked at and left as they are, each with the reason.
    pub skipped: BTreeMap<RepoPath, Vec<String>>,
    /// Those of them that hold something to be changed which only a person can change.
    pub by_hand: BTreeSet<RepoPath>,
    /// How many files the globs match that hold none of the words.
    pub unrelated: usize,
    pub warnings: Vec<Diagnostic>,
}

/// A repository as a migration sees it: its target files, read as documents.
pub struct Repository<'o, 't> {
    overlay: &'o mut Overlay<'t>,
    files: Vec<RepoPath>,
    /// Files it may look at, so that it judges the others rightly, but must leave as they are.
    frozen: BTreeSet<RepoPath>,
    parsed: BTreeMap<RepoPath, Rc<Parsed>>,
    pub(super) outcome: Outcome,
}

/// A file as read.
pub(super) struct Parsed {
    pub format: &'static dyn Format,
    pub text: Text,
    pub document: format::Document,
}

/// Runs `native` over the files of `overlay` that it declares. It sees the frozen ones too, but changes to them are
/// dropped: they decide how the others are judged.
///
/// # Errors
/// When the migration refuses or fails, or a file can not be read.
pub fn run(
    native: &dyn super::Native,
    overlay: &mut Overlay<'_>,
    variables: &Variables,
    is_frozen: &dyn Fn(&RepoPath) -> bool,
) -> Result<Outcome, Refused> {
    let (mut files, unrelated) = select(native.targets(), overlay, is_frozen)?;
    let frozen: BTreeSet<RepoPath> = files.iter().filter(|path| is_frozen(path)).cloned().collect();
    let mut parsed = BTreeMap::new();
    for path in &frozen {
        // A file that is left out may be broken: then it has nothing to tell.
        parsed.extend(parse(overlay, path).ok().map(|document| (path.clone(), Rc::new(document))));
    }
    files.retain(|path| {
        !frozen.contains(path) || parsed.contains_key(path) || format::detect(path.file_name()).is_none()
    });
    let outcome = Outcome { unrelated, ..Outcome::default() };
    let mut repository = Repository { overlay, files, frozen, parsed, outcome };
    match native.up(&mut repository, variables) {
        Ok(()) => Ok(repository.outcome),
        Err(error) => Err(match error.downcast::<Refused>() {
            Ok(refused) => refused,
            Err(error) => Diagnostic::error(Code::MigrationFailed, format!("the migration failed: {error:#}")).into(),
        }),
    }
}

/// The files that match a glob and hold a word, and how many match a glob only.
fn select(
    targets: Targets,
    overlay: &Overlay<'_>,
    is_frozen: &dyn Fn(&RepoPath) -> bool,
) -> Result<(Vec<RepoPath>, usize), Refused> {
    let globs =
        Globs::new(targets.globs).map_err(|error| Diagnostic::error(Code::MigrationFailed, error.to_string()))?;
    let words = AhoCorasick::builder().ascii_case_insensitive(true).build(targets.words);
    let words = words.map_err(|error| Diagnostic::error(Code::MigrationFailed, error.to_string()))?;
    let mut files = Vec::new();
    let mut unrelated = 0;
    // The records are this tool's own.
    let own = |path: &RepoPath| path.as_str().starts_with(".migrate/");
    for path in overlay.paths().iter().filter(|path| globs.matches(path) && !own(path)) {
        let state = match overlay.read(path) {
            Err(_) if is_frozen(path) => None,
            state => state.map_err(|error| error.diagnostic())?,
        };
        match state {
            Some(state) if targets.words.is_empty() || words.is_match(&state.bytes) => files.push(path.clone()),
            Some(_) => unrelated += 1,
            None => {}
        }
    }
    Ok((files, unrelated))
}

impl<'o, 't> Repository<'o, 't> {
    /// The target files, sorted.
    pub fn files(&self) -> Vec<RepoPath> {
        self.files.clone()
    }

    /// Whether the repository has a file at `path`, target or not.
    pub fn has(&self, path: &RepoPath) -> bool {
        self.overlay.has(path)
    }

    /// The text of any file of the repository, to look at; `None` where there is none or it is no text.
    pub fn text(&self, path: &RepoPath) -> Option<String> {
        let state = self.overlay.read(path).ok()??;
        Text::decode(&state.bytes, Charset::Utf8).ok().map(|text| text.content)
    }

    /// The target file at `path`, read as the format its name says.
    ///
    /// # Errors
    /// When it does not parse, is no text, or has no format.
    pub fn document(&mut self, path: &RepoPath) -> Result<Document<'_, 'o, 't>, Refused> {
        if !self.parsed.contains_key(path) {
            let parsed = parse(self.overlay, path)?;
            self.parsed.insert(path.clone(), Rc::new(parsed));
        }
        let parsed = Rc::clone(&self.parsed[path]);
        Ok(Document::new(self, path.clone(), parsed))
    }

    /// Says why a file that was looked at stays as it is.
    pub fn skip(&mut self, path: &RepoPath, reason: impl Into<String>) {
        if self.is_frozen(path) {
            return;
        }
        let reasons = self.outcome.skipped.entry(path.clone()).or_default();
        let reason = reason.into();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    /// Says what in `path` a person has to change, since the migration can not.
    pub fn needs_a_person(&mut self, path: &RepoPath, reason: impl Into<String>) {
        if !self.is_frozen(path) {
            self.outcome.by_hand.insert(path.clone());
        }
        self.skip(path, reason);
    }

    /// Whether something was said of `path`, or done to it.
    pub fn is_settled(&self, path: &RepoPath) -> bool {
        self.is_frozen(path) || self.outcome.skipped.contains_key(path) || self.outcome.changed.contains_key(path)
    }

    /// Tells the reviewer of `path` something: who reads it, what to check.
    pub fn note(&mut self, path: &RepoPath, note: impl Into<String>) {
        if self.is_frozen(path) {
            return;
        }
        let notes = &mut self.outcome.changed.entry(path.clone()).or_default().notes;
        let note = note.into();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Warns of something that does not stop the run.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.outcome.warnings.push(warning);
    }

    pub(super) fn is_frozen(&self, path: &RepoPath) -> bool {
        self.frozen.contains(path)
    }

    /// Puts the new text of a document into the overlay.
    pub(super) fn store(&mut self, path: &RepoPath, parsed: Parsed, bytes: Vec<u8>) -> Result<Rc<Parsed>, Refused> {
        let before = self.overlay.read(path).map_err(|error| error.diagnostic())?;
        let mode = before.as_ref().map_or(0o644, |state| state.mode);
        if let (Some(state), false) = (before, self.outcome.before.contains_key(path)) {
            self.outcome.before.insert(path.clone(), state);
        }
        self.overlay.write(path.clone(), Some(FileState { bytes, mode }));
        let parsed = Rc::new(parsed);
        self.parsed.insert(path.clone(), Rc::clone(&parsed));
        Ok(parsed)
    }
}

/// Reads the file at `path` of `tree` by the format its name says.
pub(super) fn parse(tree: &dyn Tree, path: &RepoPath) -> Result<Parsed, Refused> {
    let state = tree.read(path).map_err(|error| error.diagnostic())?;
    let state = state.ok_or_else(|| Diagnostic::error(Code::NotFound, format!("there is no file `{path}`")))?;
    let unknown = || Diagnostic::error(Code::Unsupported, format!("no format is known for `{path}`"));
    let named = format::detect(path.file_name()).ok_or_else(unknown)?;
    let text = Text::decode(&state.bytes, named.charset(&state.bytes)).map_err(|error| not_text(path, &error))?;
    match format::read_as(path.file_name(), &text.content).ok_or_else(unknown)? {
        Ok((format, document)) => Ok(Parsed { format, text, document }),
        Err(fault) => {
            let place = format::location(path, &text.content, fault.span, "here");
            let article = if named.name().starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
            let message = format!("`{path}` does not read as {article} {} file: {}", named.name(), fault.message);
            Err(Diagnostic::error(fault.code, message)
                .at(place)
                .note("the fault was there before the migration")
                .help(format!("mend the file, or leave it out: --except '{}'", path.glob()))
                .into())
        }
    }
}

fn not_text(path: &RepoPath, error: &CharsetError) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::NotText, format!("`{path}` is {error}"));
    let diagnostic = match error {
        CharsetError::NotUtf8 { position, .. } => diagnostic.at(Location::bare(path.as_str(), *position)),
        _ => diagnostic.at(Location::file(path.as_str())),
    };
    diagnostic.help(format!("save it as UTF-8, or leave it out: --except '{}'", path.glob()))
}
