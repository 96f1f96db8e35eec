//! A `down` that waits for a person: what it wrote with conflict markers, and the two ways on.

use serde::{Deserialize, Serialize};

use super::down::{Wish, new_step, tombstones};
use super::drift::standing;
use super::here;
use super::markers::markers;
use super::order::tip;
use super::{Action, Direction, FileChange, FileStep, Place, Plan, Refusal, Request, Step};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Unopened};
use crate::history::Edit;
use crate::migration::{Changed, Slug};
use crate::path::RepoPath;
use crate::text::Position;
use crate::tree::FileState;

/// The version of the file in the state folder.
const FORMAT: u32 = 1;

/// A `down` whose conflicts are not decided yet, as the state folder has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    format: u32,
    slug: String,
    forget: bool,
    reason: Option<String>,
    pub files: Vec<WaitingFile>,
    /// What the index of git had for the files in conflict.
    pub index: Vec<String>,
}

/// One file that it wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingFile {
    pub path: String,
    before: Option<Kept>,
    after: Option<Kept>,
    /// Where the file is in conflict.
    pub sides: Option<WaitingSides>,
}

/// The file as each side of the conflict has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingSides {
    pub base: Bytes,
    pub ours: Bytes,
    pub theirs: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    mode: u32,
    bytes: Bytes,
}

/// The content of a file: a text where it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bytes {
    Text(String),
    Other(Vec<u8>),
}

impl Bytes {
    pub fn get(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Other(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Other(error.into_bytes()), Self::Text)
    }
}

impl Kept {
    fn of(state: &FileState) -> Self {
        Self { mode: state.mode, bytes: state.bytes.to_vec().into() }
    }

    fn state(&self) -> FileState {
        FileState::new(self.bytes.get().to_vec(), self.mode)
    }
}

impl Waiting {
    /// The name of its file in the state folder.
    pub const FILE: &'static str = "conflict";

    pub(super) fn new(slug: &Slug, wish: &Wish, files: &[FileStep], sides: &[(RepoPath, WaitingSides)]) -> Self {
        let file = |file: &FileStep| WaitingFile {
            path: file.path.to_string(),
            before: file.before.as_ref().map(Kept::of),
            after: file.after.as_ref().map(Kept::of),
            sides: sides.iter().find(|(path, _)| *path == file.path).map(|(_, sides)| sides.clone()),
        };
        Self {
            format: FORMAT,
            slug: slug.to_string(),
            forget: wish.forget,
            reason: wish.reason.clone(),
            files: files.iter().map(file).collect(),
            index: Vec::new(),
        }
    }

    /// Reads its file.
    ///
    /// # Errors
    /// When this is not what was written, or by a newer version; a person has to look.
    pub fn read(state: &FileState) -> Result<Self, Diagnostic> {
        let damaged = |why: &str| {
            let message = format!("the file `{}` of a `down` that waits for a decision {why}", Self::FILE);
            Diagnostic::error(Code::Undecided, message)
                .note("it lies in the folder `migrate` of git's own folder, or in .migrate/local")
                .help("put the settings as they should be, delete that file, and take the migration back again")
        };
        let read: Self = serde_json::from_slice(&state.bytes).map_err(|_| damaged("is damaged"))?;
        let names_files = read.files.iter().all(|file| RepoPath::new(&file.path).is_ok());
        match (read.format, read.slug.parse::<Slug>()) {
            (FORMAT, Ok(_)) if names_files => Ok(read),
            (FORMAT, _) => Err(damaged("is damaged")),
            _ => Err(damaged("was written by a newer version")),
        }
    }

    /// The change that leaves it in the state folder.
    ///
    /// # Errors
    /// When the files are too large to be kept, and read again, in one.
    pub fn change(&self) -> Result<FileChange, Diagnostic> {
        let fits = |bytes: &Vec<u8>| bytes.len() as u64 <= format::MAX_BYTES;
        let Some(bytes) = serde_json::to_vec(self).ok().filter(fits) else {
            let message = "the files in conflict are too large to be kept until they are decided";
            return Err(Diagnostic::error(Code::TooLarge, message)
                .note("nothing was written")
                .help("the same command with --on-conflict=keep, or with --on-conflict=revert"));
        };
        let after = Some(FileState::new(bytes, 0o600));
        Ok(FileChange { place: Place::State(Self::FILE.to_owned()), before: None, after })
    }

    /// The files in conflict.
    pub fn in_conflict(&self) -> impl Iterator<Item = (&WaitingFile, &WaitingSides)> {
        self.files.iter().filter_map(|file| Some((file, file.sides.as_ref()?)))
    }

    /// What other commands say of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let message = format!("`{}` is being taken back, and its conflicts wait for a decision", self.slug);
        let told = self.in_conflict().fold(Diagnostic::error(Code::Undecided, message), |told, (file, _)| {
            told.at(Location::file(file.path.clone()))
        });
        self.ways(told)
    }

    fn ways(&self, told: Diagnostic) -> Diagnostic {
        told.help("decide at each marker, save, then: migrate down --continue")
            .help("or put everything back as it was before: migrate down --abort")
    }
}

/// Plans to record what was decided. `file` is the one that [`Waiting`] was read from.
///
/// # Errors
/// While a file in conflict has markers, or does not parse.
pub fn resume(request: &Request<'_>, waiting: &Waiting, file: FileState) -> Result<Plan, Refusal> {
    let slug = slug(waiting)?;
    let mut faults = Vec::new();
    for (one, _) in waiting.in_conflict() {
        let path = path(one)?;
        let Some(state) = request.tree.read(&path).map_err(|error| error.diagnostic())? else { continue };
        faults.extend(undecided(waiting, &path, &state));
    }
    if faults.is_empty() {
        faults.extend(put_back(request, waiting, &slug)?);
    }
    if !faults.is_empty() {
        return Err(super::without_private(request, faults).into());
    }
    let wish = Wish { forget: waiting.forget, reason: waiting.reason.clone(), ..Wish::default() };
    let bookkeeping = tombstones(request, request.tree, &slug, &wish)?;
    let mut plan = Plan { direction: Direction::Down, steps: vec![new_step(request, &slug)], bookkeeping };
    plan.bookkeeping.extend(tip(request, &plan)?);
    plan.bookkeeping.push(FileChange {
        place: Place::State(Waiting::FILE.to_owned()),
        before: Some(file),
        after: None,
    });
    Ok(plan)
}

/// What was taken back, and stands again: somebody put the files back since.
fn put_back(request: &Request<'_>, waiting: &Waiting, slug: &Slug) -> Result<Vec<Diagnostic>, Diagnostic> {
    let (record, ledger) = here::known(request, slug);
    let records = record.iter().chain(ledger);
    let all: Vec<&Edit> = records.flat_map(|record| &record.edits).collect();
    let mut faults = Vec::new();
    for one in &waiting.files {
        let path = path(one)?;
        let now = request.tree.read(&path).map_err(|error| error.diagnostic())?;
        let (before, after) = (one.before.as_ref().map(Kept::state), one.after.as_ref().map(Kept::state));
        let what = if now == before && before != after {
            Some(format!("`{path}` is again as it was before it was taken back"))
        } else if let (Some(now), Some(before)) = (now, before) {
            let own: Vec<&Edit> = all.iter().copied().filter(|edit| edit.file == path).collect();
            let again = standing(&path, &now, &standing(&path, &before, &own));
            again.first().map(|edit| format!("`{}` of `{path}` is there again as `{slug}` wrote it", edit.trace.place))
        } else {
            None
        };
        faults.extend(what.map(|what| {
            Diagnostic::error(Code::Undecided, what)
                .at(Location::file(path.as_str()))
                .note("nothing was written")
                .help("give it up: migrate down --abort")
                .help(format!("then take it back once more: migrate down {slug} --on-conflict=markers"))
        }));
    }
    Ok(faults)
}

/// Plans to bring every file back to what it was before: edits of the files in conflict are given up.
///
/// # Errors
/// When another of its files was edited since.
pub fn abort(request: &Request<'_>, waiting: &Waiting, file: FileState) -> Result<Plan, Refusal> {
    let slug = slug(waiting)?;
    let mut step = Step { action: Action::Restore, remark: String::new(), ..new_step(request, &slug) };
    let mut faults = Vec::new();
    for one in &waiting.files {
        let path = path(one)?;
        let now = request.tree.read(&path).map_err(|error| error.diagnostic())?;
        let (before, after) = (one.before.as_ref().map(Kept::state), one.after.as_ref().map(Kept::state));
        if now == before {
            continue;
        }
        if one.sides.is_none() && now != after {
            faults.push(
                Diagnostic::error(Code::Undecided, format!("`{path}` was edited since, and would lose that"))
                    .at(Location::file(path.as_str()))
                    .note("nothing was written")
                    .help("decide instead, which keeps it: migrate down --continue")
                    .help("or move your edit aside, put the file back as it was, and run the same command again"),
            );
        }
        let ignored = request.ignored.contains(&path);
        step.files.push(FileStep::new(path, (now, before), Changed::default(), ignored));
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let bookkeeping =
        vec![FileChange { place: Place::State(Waiting::FILE.to_owned()), before: Some(file), after: None }];
    Ok(Plan { direction: Direction::Down, steps: vec![step], bookkeeping })
}

/// Why the file in conflict at `path` can not be taken as decided.
fn undecided(waiting: &Waiting, path: &RepoPath, state: &FileState) -> Option<Diagnostic> {
    let content = String::from_utf8_lossy(&state.bytes);
    if let Some(line) = markers(&content).first() {
        let message = format!("`{path}` still has a conflict marker");
        let place = Location::bare(path.as_str(), Position { line: *line, column: 1 });
        return Some(waiting.ways(Diagnostic::error(Code::Undecided, message).at(place).note("nothing was written")));
    }
    let Err(Unopened::Unreadable { text, fault, .. }) = format::open(path.file_name(), None, &state.bytes) else {
        return None;
    };
    let message = format!("`{path}` does not parse as it was decided: {}", fault.message);
    let told = Diagnostic::error(fault.code, message)
        .at(format::location(path, &text.content, fault.span, "here"))
        .note("nothing was written");
    Some(waiting.ways(told))
}

fn slug(waiting: &Waiting) -> Result<Slug, Diagnostic> {
    waiting.slug.parse().map_err(|_| waiting.diagnostic())
}

fn path(file: &WaitingFile) -> Result<RepoPath, Diagnostic> {
    RepoPath::new(&file.path).map_err(|error| Diagnostic::error(Code::Undecided, error.to_string()))
}
