//! Plans: everything a run would change, as a value. A dry run shows one, a run commits one.

mod absent;
mod accept;
mod applied;
mod checked;
mod declared_back;
#[cfg(feature = "tls")]
pub mod doctor;
mod down;
mod drift;
mod edited;
mod example;
mod foreign;
mod here;
mod identity;
#[cfg(feature = "tls")]
mod insecure;
mod kept;
mod later_edit;
mod lint;
mod markers;
mod mend;
mod order;
mod overlap;
mod plaintext;
mod proof;
mod recall;
mod redo;
mod since;
mod single;
mod status;
#[cfg(feature = "tls")]
mod survey;
mod takeback;
mod up;
mod verify;
mod waiting;
mod whole;
mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::diagnostic::Diagnostic;
use crate::format::{Opened, Secrets, disguised, holds_secrets, says_content};
use crate::history::{History, Record};
use crate::migration::{Catalogue, Changed, Edited, Extent, Setting, Slug, Source, Variable, Variables, Version};
use crate::path::RepoPath;
use crate::tree::{FileState, Tree};
use crate::value::{Key, KeyPath, shows};

pub use accept::{accept, adopt};
pub use checked::{Checked, checked};
pub use down::{OnConflict, Wish, down, down_or_wait, effect, with_later};
pub use drift::{Drift, DriftKind};
pub use edited::edited_since;
pub use example::{Example, Step as ExampleStep, example};
pub use identity::id;
pub use lint::{Finding, Fix, Mend, lint};
pub use mend::mends;
pub use order::Order;
pub use overlap::last_first;
pub use plaintext::in_plain_text;
pub use proof::{Proof, Verdict, derives_back, prove};
pub use recall::{Lost, Past, Recalled, origin, recall, withheld};
pub use redo::redo;
pub use since::since;
pub use single::{edit_all, edit_one, keeps_promises};
pub use status::{Standing, Status, from_lines, status, to_lines};
#[cfg(feature = "tls")]
pub use survey::{Named, Slot, Survey, survey};
pub use up::up;
pub use verify::verify;
pub use waiting::{Waiting, WaitingFile, abort, resume};
pub use why::{Hold, Reason, why};

/// What a plan starts from.
pub struct Request<'a> {
    pub tree: &'a dyn Tree,
    /// Files that git ignores: their edits go into the ledger, never into a record.
    pub ignored: &'a BTreeSet<RepoPath>,
    pub catalogue: &'a Catalogue,
    pub history: &'a History,
    /// Files that must stay as they are.
    pub excluded: &'a (dyn Fn(&RepoPath) -> bool + Sync),
    /// Whether files that nobody may write are changed all the same.
    pub force_read_only: bool,
    pub given: &'a Given,
    pub extent: Extent,
    /// Migrations that may be applied behind later ones which touch the same settings.
    pub out_of_order: &'a [Slug],
    pub order: Order,
}

/// Values for variables, by where they come from.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub command_line: BTreeMap<String, String>,
    pub environment: BTreeMap<String, String>,
    pub configuration: BTreeMap<String, String>,
}

impl Given {
    fn resolve(&self, declared: &[Variable], record: Option<&Record>) -> Result<Variables, Diagnostic> {
        let recorded = record.map(|record| record.variables.iter().cloned().collect()).unwrap_or_default();
        Variables::resolve(
            declared,
            &[
                (Source::CommandLine, &self.command_line),
                (Source::Environment, &self.environment),
                (Source::Configuration, &self.configuration),
                (Source::Record, &recorded),
            ],
        )
    }
}

/// Which migrations `up` is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Latest,
    To(Version),
    Only(Vec<Slug>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// What becomes of one migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Applied for the first time, or again after it was taken back.
    Apply,
    /// Applied before; files that came later are added.
    Extend,
    /// Applied before, and nothing to add.
    Done,
    /// Taken back before, and it stays so.
    Held,
    /// Finds nothing to change here, so that nothing is recorded either.
    NothingToDo,
    Revert,
    /// Taken back but for conflicts, which are left to a person.
    Undecided,
    /// What was to be taken back is put back as it was.
    Restore,
}

/// A plan. Pure: computing it touches nothing.
#[derive(Clone, Debug)]
pub struct Plan {
    pub direction: Direction,
    pub steps: Vec<Step>,
    /// Records and what goes with them, committed after everything else.
    pub bookkeeping: Vec<FileChange>,
}

/// What one migration does.
#[derive(Clone, Debug)]
pub struct Step {
    /// `None` where only its record is left.
    pub version: Option<Version>,
    pub slug: Slug,
    pub title: String,
    pub action: Action,
    pub files: Vec<FileStep>,
    /// Files that were looked at and stay as they are, with the reasons.
    pub unchanged: BTreeMap<RepoPath, Vec<String>>,
    /// What was asked for and stood there already.
    pub kept: BTreeMap<RepoPath, Vec<Edited>>,
    /// Those of these reasons that say what only a person can change.
    pub by_hand: BTreeMap<RepoPath, BTreeSet<String>>,
    /// How many more files match the globs and hold nothing of the kind.
    pub unrelated: usize,
    pub warnings: Vec<Diagnostic>,
    /// What a reader should know before it happens.
    pub remark: String,
}

/// What one migration does to one file.
#[derive(Clone, Debug)]
pub struct FileStep {
    pub path: RepoPath,
    /// `None` = no file.
    pub before: Option<FileState>,
    pub after: Option<FileState>,
    pub changed: Changed,
    /// Git ignores the file: all its values are private.
    pub ignored: bool,
    /// Either content as it reads, once it was asked for; `None` where it is not kept.
    read: Option<OnceLock<Sides>>,
    /// What either content tells to be secret, once it was asked for.
    secrets: OnceLock<Vec<Secrets>>,
}

/// The file before and after a step, as it reads; `None` where it does not.
pub type Sides = [Option<Arc<Opened>>; 2];

/// In bytes: the trees of larger files take much memory, and are read each time they are asked for.
const LARGE: usize = 256 * 1024;

/// How much of a setting may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    Open,
    /// Only what the migration itself wrote.
    Written,
    Nothing,
}

impl Step {
    /// `v0001 enable_ssl`.
    pub fn name(&self) -> String {
        name(self.version, &self.slug)
    }
}

/// The number and the name of a migration, as a person reads them.
pub fn name(version: Option<Version>, slug: &Slug) -> String {
    version.map_or_else(|| slug.to_string(), |version| format!("{version} {slug}"))
}

impl FileStep {
    /// The step from one content to another, with what was changed on the way.
    pub fn new(
        path: RepoPath,
        (before, after): (Option<FileState>, Option<FileState>),
        changed: Changed,
        ignored: bool,
    ) -> Self {
        let is_small = [&before, &after].into_iter().flatten().all(|state| state.bytes.len() <= LARGE);
        Self { path, before, after, changed, ignored, read: is_small.then(OnceLock::new), secrets: OnceLock::new() }
    }

    /// This step and the one `before` it on the same file as one. What is private in either is so in both.
    fn behind(self, before: Self) -> Self {
        let Changed { secrets, private, .. } = before.changed;
        let mut changed = self.changed;
        changed.secrets.extend(secrets);
        changed.private.extend(private);
        Self::new(self.path, (before.before, self.after), changed, self.ignored || before.ignored)
    }

    /// The first line that changes, from one.
    pub fn first_line(&self) -> usize {
        let bytes = |state: &Option<FileState>| state.as_ref().map(|state| state.bytes.clone()).unwrap_or_default();
        let (before, after) = (bytes(&self.before), bytes(&self.after));
        let (old, new) = (before.split(|byte| *byte == b'\n'), after.split(|byte| *byte == b'\n'));
        old.zip(new).take_while(|(old, new)| old == new).count() + 1
    }

    pub fn privacy(&self, setting: &Setting) -> Privacy {
        let mut values = [&setting.before, &setting.after].into_iter().flatten();
        let path = &setting.place.path;
        if self.is_private(path) || self.holds_secret(path) || values.any(|value| self.changed.tells_secret(value)) {
            Privacy::Nothing
        } else if self.ignored {
            Privacy::Written
        } else {
            Privacy::Open
        }
    }

    /// Whether the setting at `path` is known to be a secret, or holds or lies in one.
    fn is_private(&self, path: &KeyPath) -> bool {
        self.changed.private.iter().any(|one| one.starts_with(path) || path.starts_with(one))
    }

    /// The file before and after, as it reads.
    pub fn sides(&self) -> Sides {
        let read = || {
            let open = |state: &Option<FileState>| state.as_ref()?.bytes.open(self.path.file_name()).ok();
            [open(&self.before), open(&self.after)]
        };
        self.read.as_ref().map_or_else(read, |kept| kept.get_or_init(read).clone())
    }

    /// Gives back the memory of what it has read: whoever asks again waits again.
    fn close(&mut self) {
        self.read = None;
    }

    /// The settings that show a secret under a name which does not tell; what one of `hidden` shows is one, too.
    fn disguised(&self, hidden: &[&String]) -> Vec<KeyPath> {
        let told = |value: &str| self.changed.tells_secret(value) || hidden.iter().any(|text| shows(text, value));
        let told: Option<&dyn Fn(&str) -> bool> = match (self.changed.secrets.as_slice(), hidden) {
            ([], []) => None,
            _ => Some(&told),
        };
        let passing = self.changed.settings.iter().flat_map(|setting| {
            let values = [&setting.before, &setting.after].into_iter().flatten();
            values.map(|value| (setting.place.path.clone(), value.clone()))
        });
        let [before, after] = self.sides();
        disguised([before.as_deref(), after.as_deref()], &passing.collect(), self.ignored, told)
    }

    /// Whether the file tells, by another name than the setting's own, that `path` is a secret: before or after.
    pub fn holds_secret(&self, path: &KeyPath) -> bool {
        let read = || self.sides().iter().flatten().map(|side| side.secrets().clone()).collect();
        may_be_told(path) && self.secrets.get_or_init(read).iter().any(|secrets| secrets.touch(path))
    }
}

/// Whether another name in `text` than the setting's own tells that `path` is a secret.
fn is_secret_place(file_name: &str, text: &str, path: &KeyPath) -> bool {
    may_be_told(path) && secrets_of(file_name, text).touch(path)
}

fn secrets_of(file_name: &str, text: &str) -> Secrets {
    Secrets::of(file_name, text.trim_start_matches('\u{feff}'))
}

/// Whether another name than the last of `path` can tell that it is a secret.
fn may_be_told(path: &KeyPath) -> bool {
    match path.last() {
        _ if path.keys.iter().filter_map(Key::name).any(holds_secrets) => true,
        // A property list has its names in `<key>` and the values behind, as in `<string>`.
        Some(Key::Name(name)) => says_content(name) || name == "string",
        Some(Key::Index(_) | Key::Site(..)) => true,
        None => false,
    }
}

/// Where a file lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Repository(RepoPath),
    /// In the state folder of this work tree, by relative name.
    State(String),
    /// In the folder of what all work trees of a repository share, by relative name.
    Shared(String),
}

impl Place {
    /// As people are told of it: from the root, or from the state folder.
    pub fn name(&self) -> &str {
        match self {
            Self::Repository(path) => path.as_str(),
            Self::State(name) | Self::Shared(name) => name,
        }
    }

    /// Whether it lies where only this machine looks.
    pub fn is_private(&self) -> bool {
        matches!(self, Self::State(_) | Self::Shared(_))
    }
}

/// One file of a plan, from its state on disk to its last state; `None` = no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub place: Place,
    pub before: Option<FileState>,
    pub after: Option<FileState>,
}

/// Why there is no plan. Nothing was written.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub diagnostics: Vec<Diagnostic>,
    /// The migrations that were ready, and are held back with the one that is not.
    pub ready: Vec<(Option<Version>, Slug)>,
    /// The migration that refused.
    pub refused: Option<(Option<Version>, Slug)>,
}

impl From<Vec<Diagnostic>> for Refusal {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ready: Vec::new(), refused: None }
    }
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

/// Takes the text of files that git ignores out of `diagnostics`: all of it is private.
fn without_private(request: &Request<'_>, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for place in diagnostics.iter_mut().flat_map(|diagnostic| &mut diagnostic.places) {
        if RepoPath::new(&place.path).is_ok_and(|path| request.ignored.contains(&path)) {
            place.excerpt.clear();
        }
    }
    diagnostics
}

impl Plan {
    /// Every file that changes, once: several steps on one file are one write. Records come last.
    pub fn net(&self) -> Vec<FileChange> {
        let mut files: BTreeMap<&RepoPath, (Option<FileState>, Option<FileState>)> = BTreeMap::new();
        for file in self.steps.iter().flat_map(|step| &step.files) {
            files
                .entry(&file.path)
                .and_modify(|(_, after)| after.clone_from(&file.after))
                .or_insert_with(|| (file.before.clone(), file.after.clone()));
        }
        let changes = files
            .into_iter()
            .filter(|(_, (before, after))| before != after)
            .map(|(path, (before, after))| FileChange { place: Place::Repository(path.clone()), before, after });
        changes.chain(self.bookkeeping.iter().cloned()).collect()
    }

    /// Whether carrying it out would change nothing at all.
    pub fn is_empty(&self) -> bool {
        self.net().is_empty()
    }

    /// How many settings files it changes.
    pub fn file_count(&self) -> usize {
        let paths: BTreeSet<&RepoPath> =
            self.steps.iter().flat_map(|step| &step.files).map(|file| &file.path).collect();
        paths.len()
    }
}
