//! What a migration sees of a repository, and what is kept of what it did.

mod each;
mod whole;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use super::catalogue::Migration;
use super::declared;
use super::document::Document;
use super::native::{Refused, Targets};
use super::variables::Variables;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Format, Opened, Trace, Unopened};
use crate::parallel;
use crate::path::RepoPath;
use crate::text::{Charset, CharsetError, Text};
use crate::tree::{Content, FileState, Overlay, Tree};
use crate::value::{KeyPath, Place, Selector, shows};
use each::Around;

/// One setting as it was and as it is.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub place: Place,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What happened to one file.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Every primitive edit, in order.
    pub edits: Vec<Edited>,
    pub settings: Vec<Setting>,
    /// Who reads the settings, and what else a reviewer should know.
    pub notes: Vec<String>,
    /// Values of secret variables: shown nowhere, recorded nowhere.
    pub secrets: Vec<String>,
    /// Settings whose values are secrets though their names do not tell.
    pub private: Vec<KeyPath>,
}

impl Changed {
    fn extend(&mut self, more: Self) {
        self.edits.extend(more.edits);
        self.settings.extend(more.settings);
        self.notes.extend(more.notes);
        self.secrets.extend(more.secrets);
        self.private.extend(more.private);
    }

    /// Whether `text` shows the value of a secret variable.
    pub fn tells_secret(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| shows(text, secret))
    }
}

/// One primitive edit of a file.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub trace: Trace,
    /// The format it was made in, where the file's name does not say it.
    pub format: Option<&'static str>,
}

/// What a migration did, apart from the bytes it left in the overlay.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub changed: BTreeMap<RepoPath, Changed>,
    /// The files that were changed, as they were before; `None` where there was none.
    pub before: BTreeMap<RepoPath, Option<FileState>>,
    /// What was asked for and stood there already, by file.
    pub kept: BTreeMap<RepoPath, Vec<Edited>>,
    /// Files that were looked at and left as they are, each with the reason.
    pub skipped: BTreeMap<RepoPath, Vec<String>>,
    /// Those of these reasons that say what only a person can change.
    pub by_hand: BTreeMap<RepoPath, BTreeSet<String>>,
    /// How many files the globs match that hold none of the words.
    pub unrelated: usize,
    pub warnings: Vec<Diagnostic>,
}

impl Outcome {
    /// Whether something was said of `path`, or done to it.
    fn has_settled(&self, path: &RepoPath) -> bool {
        self.skipped.contains_key(path) || self.changed.contains_key(path)
    }
}

/// Adds what is not there yet.
fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}

/// How much of a repository there is to see.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// Some of its files: an example. What is not there is nothing to complain of.
    Sample,
    /// What came since it was applied: a file that lacks a setting is none of its business.
    Late,
}

/// A repository as a migration sees it: its target files, read as documents.
pub struct Repository<'o, 't> {
    overlay: &'o mut Overlay<'t>,
    files: Cow<'o, [RepoPath]>,
    /// Whether a file must stay as it is, though it is looked at, so that the others are judged rightly; also one that is not
    /// there: what was deleted or moved since is not made anew.
    is_left: Frozen<'o>,
    parsed: BTreeMap<RepoPath, Parsed>,
    /// Whether an edit may be foreseen, and its file read later.
    pub(super) foresees: bool,
    /// Files as they were read, also those that were changed since: nobody reads them again while they are kept.
    held: Vec<Arc<Opened>>,
    /// What is said of files of which nothing else is.
    unless_settled: Vec<(RepoPath, String)>,
    /// Where this is a view for one file: what it was made of.
    around: Option<Around<'o>>,
    pub(super) extent: Extent,
    pub(super) outcome: Outcome,
}

/// Whether a file must stay as it is.
#[doc(hidden)]
pub type Frozen<'f> = &'f (dyn Fn(&RepoPath) -> bool + Sync);

/// A file as read.
#[derive(Clone)]
pub(super) struct Parsed {
    pub file: Arc<Opened>,
    /// The format is not the one that the file's name says.
    pub is_forced: bool,
}

impl Deref for Parsed {
    type Target = Opened;

    fn deref(&self) -> &Opened {
        &self.file
    }
}

/// Runs `migration` over the files of `overlay` that it declares. It sees the frozen ones too, but changes to them are
/// dropped: they decide how the others are judged.
///
/// # Errors
/// When the migration refuses or fails, or a file can not be read.
#[doc(hidden)]
pub fn run(
    migration: &Migration,
    overlay: &mut Overlay<'_>,
    variables: &Variables,
    is_frozen: Frozen<'_>,
    extent: Extent,
) -> Result<Outcome, Refused> {
    let (mut files, unrelated) = select(&migration.targets(), overlay, is_frozen)?;
    // A file that is left out may be broken: then it has nothing to tell.
    let seen = &*overlay;
    let frozen = parallel::map(&files, |path| is_frozen(path).then(|| parse(seen, path, None).ok()));
    let (mut parsed, mut broken) = (BTreeMap::new(), BTreeSet::new());
    for (path, read) in files.iter().zip(frozen) {
        match read {
            Some(None) if format::detect(path.file_name()).is_some() => drop(broken.insert(path.clone())),
            Some(Some(read)) => drop(parsed.insert(path.clone(), read)),
            Some(None) | None => {}
        }
    }
    files.retain(|path| !broken.contains(path));
    let outcome = Outcome { unrelated, ..Outcome::default() };
    let mut repository = Repository { parsed, outcome, ..Repository::new(overlay, files, is_frozen, extent) };
    match migration.body.up(&mut repository, variables) {
        Ok(()) => {
            let Repository { overlay, parsed, held, outcome, .. } = repository;
            overlay.hold(held, parsed.into_iter().map(|(path, parsed)| (path, parsed.file)));
            Ok(outcome)
        }
        Err(error) => Err(match error.downcast::<Refused>() {
            Ok(refused) => refused,
            Err(error) => Diagnostic::error(Code::MigrationFailed, format!("the migration failed: {error:#}")).into(),
        }),
    }
}

/// What is to be said of each `[[ensure]]` of `migration` that does not hold in `overlay`. A setting of a file that `is_left`
/// may be what it wants.
///
/// # Errors
/// When one of them can not be asked.
#[doc(hidden)]
pub fn ensured(
    migration: &Migration,
    overlay: &mut Overlay<'_>,
    variables: &Variables,
    is_left: &dyn Fn(&RepoPath, &Selector) -> bool,
) -> Result<Vec<Diagnostic>, Refused> {
    let Some(declaration) = migration.declaration().filter(|one| !one.ensures.is_empty()) else {
        return Ok(Vec::new());
    };
    let (files, _) = select(&declaration.targets(), overlay, &|_| false)?;
    let mut repository = Repository::new(overlay, files, &|_| false, Extent::Whole);
    declared::broken(declaration, &mut repository, variables, is_left)
}

/// The files that match a glob and hold a word, and how many match a glob only.
fn select(
    targets: &Targets,
    overlay: &Overlay<'_>,
    is_frozen: &dyn Fn(&RepoPath) -> bool,
) -> Result<(Vec<RepoPath>, usize), Refused> {
    let sifted = overlay.sift(&targets.wanted());
    let sifted = sifted.map_err(|error| Diagnostic::error(Code::MigrationFailed, error.to_string()))?;
    if let Some((_, error)) = sifted.failed.iter().find(|(path, _)| !path.is_own() && !is_frozen(path)) {
        return Err(error.diagnostic().into());
    }
    let unrelated = sifted.unrelated.iter().filter(|path| !path.is_own()).count();
    let found: BTreeSet<RepoPath> = sifted.files.into_iter().filter(|path| !path.is_own()).collect();
    // What is found by its own name needs no link to it.
    let is_twice = |path: &&RepoPath| overlay.referent(path).is_some_and(|file| found.contains(&file));
    let all: Vec<&RepoPath> = found.iter().collect();
    let twice = parallel::map(&all, is_twice);
    let once = all.into_iter().zip(twice).filter(|(_, is_twice)| !is_twice);
    Ok((once.map(|(path, _)| path.clone()).collect(), unrelated))
}

impl<'o, 't> Repository<'o, 't> {
    fn new(overlay: &'o mut Overlay<'t>, files: Vec<RepoPath>, is_left: Frozen<'o>, extent: Extent) -> Self {
        Self {
            foresees: overlay.foresees(),
            overlay,
            files: files.into(),
            is_left,
            parsed: BTreeMap::new(),
            held: Vec::new(),
            unless_settled: Vec::new(),
            around: None,
            extent,
            outcome: Outcome::default(),
        }
    }

    /// The target files, sorted.
    pub fn files(&self) -> Vec<RepoPath> {
        self.files.to_vec()
    }

    /// Whether the repository has a file at `path`, target or not.
    pub fn has(&self, path: &RepoPath) -> bool {
        // Git lists a file also once it is gone from the disk. A link is read by the name of its file only.
        let is_gone = || self.overlay.referent(path).is_none() && matches!(self.overlay.read(path), Ok(None));
        self.overlay.has(path) && !is_gone()
    }

    /// The text of any file of the repository, to look at; `None` where there is none or it is no text.
    pub fn text(&self, path: &RepoPath) -> Option<String> {
        let state = self.overlay.read(&self.own_name(path)).ok()??;
        Text::decode(&state.bytes, Charset::Utf8).ok().map(|text| text.content)
    }

    /// The target file at `path`, read as the format its name says.
    ///
    /// # Errors
    /// When it does not parse, is no text, or has no format.
    pub fn document(&mut self, path: &RepoPath) -> Result<Document<'_, 'o, 't>, Refused> {
        self.document_as(path, None)
    }

    /// As `document`, read as `format` whatever its name says.
    pub(super) fn document_as(
        &mut self,
        path: &RepoPath,
        format: Option<&'static dyn Format>,
    ) -> Result<Document<'_, 'o, 't>, Refused> {
        // A link says by its name what the file is.
        let format = format.or_else(|| format::detect(path.file_name()));
        let path = &self.own_name(path).into_owned();
        let named = || format::detect(path.file_name()).map(Format::name);
        let forced = format.filter(|format| Some(format.name()) != named());
        let known = self.known(path).filter(|parsed| match forced {
            Some(format) => parsed.format.name() == format.name(),
            None => !parsed.is_forced,
        });
        let parsed = match (known, forced) {
            (Some(known), _) => known,
            (None, forced) => {
                self.settle(path)?;
                parse(self.overlay, path, forced)?
            }
        };
        self.parsed.insert(path.clone(), parsed.clone());
        Ok(Document::new(self, path.clone(), parsed))
    }

    /// The file at `path` as it is after the changes made so far.
    pub(super) fn state(&self, path: &RepoPath) -> Result<Option<FileState>, Refused> {
        Ok(self.overlay.read(path).map_err(|error| error.diagnostic())?)
    }

    /// The name under which the file at `path` is edited and recorded: that of the file, not of a link to it.
    fn own_name<'p>(&self, path: &'p RepoPath) -> Cow<'p, RepoPath> {
        // No link is read by its own name.
        let referent = if self.parsed.contains_key(path) { None } else { self.overlay.referent(path) };
        referent.map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// A link is not moved and not deleted: whether it or the file is meant, nobody has said.
    fn expect_no_link(&self, path: &RepoPath) -> Result<(), Refused> {
        let Some(file) = self.overlay.referent(path) else { return Ok(()) };
        let told = Diagnostic::error(Code::Unsupported, format!("`{path}` is a link to `{file}`"));
        Err(told
            .at(Location::file(path.as_str()))
            .note("nothing was written")
            .help(format!("name the file: `{file}`"))
            .into())
    }

    pub(super) fn all_paths(&self) -> &[RepoPath] {
        self.overlay.paths()
    }

    /// Remembers what `path` has that the migration asks for.
    pub(super) fn found_right(&mut self, path: &RepoPath, kept: Vec<Edited>) {
        if !kept.is_empty() && !self.is_frozen(path) {
            self.outcome.kept.entry(path.clone()).or_default().extend(kept);
        }
    }

    pub(super) fn has_changed(&self, path: &RepoPath) -> bool {
        self.outcome.changed.contains_key(path)
    }

    /// The file at `path` as it was read here, or as an earlier migration foresaw it.
    fn known(&self, path: &RepoPath) -> Option<Parsed> {
        let foreseen = || self.overlay.foreseen(path).map(|file| Parsed { file: Arc::clone(file), is_forced: false });
        self.parsed.get(path).cloned().or_else(foreseen)
    }

    /// Reads the file at `path` if it was only foreseen: what comes next needs it as it is.
    pub(super) fn settle(&mut self, path: &RepoPath) -> Result<Option<&Parsed>, Refused> {
        if let Some(known) = self.known(path).filter(|known| known.file.is_foreseen()) {
            let read = known.file.as_read().ok_or_else(|| {
                let told = Diagnostic::error(Code::NotVerified, format!("`{path}` does not read as it was foreseen"));
                told.at(Location::file(path.as_str())).note("nothing was written")
            })?;
            self.parsed.insert(path.clone(), Parsed { file: Arc::new(read), ..known });
        }
        Ok(self.parsed.get(path))
    }

    fn put(&mut self, path: &RepoPath, state: Option<FileState>) -> Result<(), Refused> {
        self.settle(path)?;
        self.place(path, state)
    }

    fn place(&mut self, path: &RepoPath, state: Option<FileState>) -> Result<(), Refused> {
        if state.is_some()
            && !self.overlay.has(path)
            && let Some(closed) = self.overlay.closed(path)
        {
            return Err(closed.diagnostic(path).into());
        }
        self.expect_own(path)?;
        let before = self.state(path)?;
        self.outcome.before.entry(path.clone()).or_insert(before);
        self.list(path, state.is_some());
        self.overlay.write(path.clone(), state);
        self.parsed.remove(path);
        Ok(())
    }

    /// Lists `path` among the target files, or no more.
    fn list(&mut self, path: &RepoPath, is_there: bool) {
        match (self.files.binary_search(path), is_there) {
            (Err(at), true) => self.files.to_mut().insert(at, path.clone()),
            (Ok(at), false) => drop(self.files.to_mut().remove(at)),
            _ => {}
        }
    }

    /// Says why a file that was looked at stays as it is.
    pub fn skip(&mut self, path: &RepoPath, reason: impl Into<String>) {
        if self.is_frozen(path) {
            return;
        }
        add(self.outcome.skipped.entry(path.clone()).or_default(), reason.into());
    }

    /// As `skip`, for a file of which nothing was said by then, and to which nothing was done.
    pub fn skip_unless_settled(&mut self, path: &RepoPath, reason: impl Into<String>) {
        match self.around {
            // Somebody before may have settled it.
            Some(_) => self.unless_settled.push((path.clone(), reason.into())),
            None if self.is_settled(path) => {}
            None => self.skip(path, reason),
        }
    }

    /// Says what in `path` a person has to change, since the migration can not.
    pub fn needs_a_person(&mut self, path: &RepoPath, reason: impl Into<String>) {
        let reason = reason.into();
        if !self.is_frozen(path) {
            self.outcome.by_hand.entry(path.clone()).or_default().insert(reason.clone());
        }
        self.skip(path, reason);
    }

    /// Whether something was said of `path`, or done to it.
    pub fn is_settled(&self, path: &RepoPath) -> bool {
        let before = self.around.is_some_and(|around| around.has_settled(path));
        before || self.is_frozen(path) || self.outcome.has_settled(path)
    }

    /// Tells the reviewer of `path` something: who reads it, what to check.
    pub fn note(&mut self, path: &RepoPath, note: impl Into<String>) {
        if self.is_frozen(path) {
            return;
        }
        add(&mut self.outcome.changed.entry(path.clone()).or_default().notes, note.into());
    }

    /// Warns of something that does not stop the run.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.outcome.warnings.push(warning);
    }

    /// Whether the file must stay as it is.
    pub(super) fn is_frozen(&self, path: &RepoPath) -> bool {
        (self.is_left)(path)
    }

    /// Puts the new text of a document into the overlay.
    pub(super) fn store(&mut self, path: &RepoPath, parsed: Parsed, bytes: Vec<u8>) -> Result<(), Refused> {
        let mode = self.state(path)?.map_or(0o644, |state| state.mode);
        let before = self.parsed.remove(path).filter(|_| !self.outcome.before.contains_key(path));
        self.held.extend(before.map(|before| before.file));
        self.place(path, Some(FileState { bytes: Content::of(bytes, &parsed.file), mode }))?;
        self.overlay.progress().inspect(|progress| progress.changes());
        self.parsed.insert(path.clone(), parsed);
        Ok(())
    }
}

/// Reads the file at `path` of `tree`, as `forced` whatever its name says, else by the format that it says.
pub(super) fn parse(tree: &dyn Tree, path: &RepoPath, forced: Option<&'static dyn Format>) -> Result<Parsed, Refused> {
    let state = tree.read(path).map_err(|error| error.diagnostic())?;
    let state = state.ok_or_else(|| Diagnostic::error(Code::NotFound, format!("there is no file `{path}`")))?;
    let opened = match forced {
        Some(format) => format::open(path.file_name(), Some(format.name()), &state.bytes).map(Arc::new),
        None => state.bytes.open(path.file_name()),
    };
    match opened {
        Ok(file) => Ok(Parsed { file, is_forced: forced.is_some() }),
        Err(Unopened::NoFormat) => {
            Err(Diagnostic::error(Code::Unsupported, format!("no format is known for `{path}`"))
                .help("name the language that it is written in: `format = \"ini\"` in this step, or another")
                .into())
        }
        Err(Unopened::NotText(error)) => Err(not_text(path, &error).into()),
        Err(Unopened::Unreadable { format, text, fault }) => Err(unreadable(path, format, &text, &fault)),
    }
}

fn unreadable(path: &RepoPath, format: &dyn Format, text: &Text, fault: &format::Fault) -> Refused {
    let place = format::location(path, &text.content, fault.span, "here");
    let article = if format.name().starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    let message = format!("`{path}` does not read as {article} {} file: {}", format.name(), fault.message);
    let diagnostic = Diagnostic::error(fault.code, message).at(place);
    let except = path.glob();
    let diagnostic = match fault.code {
        Code::Template => diagnostic
            .help("edit the values that fill it, or its text: { replace = \"...\", to = \"...\" }")
            .help(format!("leave it out: --except '{except}'")),
        _ => diagnostic
            .note("the fault was there before the migration")
            .help(format!("mend the file, or leave it out: --except '{except}'")),
    };
    diagnostic.into()
}

fn not_text(path: &RepoPath, error: &CharsetError) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::NotText, format!("`{path}` is {error}"));
    let diagnostic = match error {
        CharsetError::NotUtf8 { position, .. } => diagnostic.at(Location::bare(path.as_str(), *position)),
        _ => diagnostic.at(Location::file(path.as_str())),
    };
    diagnostic.help(format!("save it as UTF-8, or leave it out: --except '{}'", path.glob()))
}
