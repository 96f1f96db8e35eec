//! A migration from what was edited by hand: settings where they tell, lines where they do not, whole files where even
//! those do not; proven file by file, byte for byte.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use super::super::Failure;
use super::super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format;
use crate::migration::declared::{Declaration, write};
use crate::op::{Derived, as_one, by_lines, by_settings};
use crate::path::RepoPath;
use crate::plan;
use crate::report;
use crate::text::{Charset, Text};
use crate::tree::FileState;
use crate::value::mask;

/// A file that was edited: its path, before and after.
pub(crate) type Changed = (RepoPath, Option<FileState>, Option<FileState>);

/// How many pairs of a file that is gone and a new one are looked at.
const MOST_PAIRS: usize = 2_500;
/// The longest file that is compared with others, in bytes.
const LONGEST: usize = 1024 * 1024;

/// What makes the change of one file.
#[derive(Default)]
struct Made {
    steps: String,
    case: String,
    settings: usize,
    texts: usize,
    whole: usize,
    moved: usize,
    modes: usize,
}

/// A migration that makes the work tree of `revision`, and what is to be said of it.
pub(super) fn from_diff(workspace: &Workspace, revision: &str, title: &str) -> Result<(String, String), Failure> {
    let changed = workspace.changed_since(revision)?;
    if changed.is_empty() {
        return Err(Diagnostic::error(Code::NoTarget, format!("no tracked file differs from {revision}"))
            .help("edit a file first; a new file counts once git knows it: git add FILE")
            .into());
    }
    let renames = renames(&changed);
    let is_edited = renames.iter().any(|(from, to)| bytes(&from.1) != bytes(&to.2));
    let told = derived(workspace, (revision, title), &changed, &renames);
    if told.is_err() && is_edited {
        // What is no move to the program is a file that goes and one that comes.
        let plain: Vec<_> = renames.into_iter().filter(|(from, to)| bytes(&from.1) == bytes(&to.2)).collect();
        return derived(workspace, (revision, title), &changed, &plain);
    }
    told
}

/// As `from_diff`, with `renames` as moves.
fn derived(
    workspace: &Workspace,
    (revision, title): (&str, &str),
    changed: &[Changed],
    renames: &[(&Changed, &Changed)],
) -> Result<(String, String), Failure> {
    let mut made = Made::default();
    let mut left: Vec<&Changed> = changed.iter().collect();
    for (from, to) in renames {
        left.retain(|one| one.0 != from.0 && one.0 != to.0);
        let (old, new) = (write::text(from.0.as_str()), write::text(to.0.as_str()));
        made.steps.push_str(&format!("\n[[step]]\nmove = {old}\nto   = {new}\n"));
        made.moved += 1;
        if let (Some(before), Some(after)) = (&from.1, &to.2) {
            made.edit(&to.0, before, after)?;
        }
    }
    for (path, before, after) in left {
        match (before, after) {
            (Some(before), Some(after)) => made.edit(path, before, after)?,
            (None, Some(after)) => made.create(path, after, "")?,
            (Some(_), None) => {
                made.steps
                    .push_str(&format!("\n[[step]]\ndelete = {}\nif_present = true\n", write::text(&path.glob())));
                made.whole += 1;
            }
            (None, None) => {}
        }
    }
    let text = format!("{}{}{}", write::head(title), made.steps, made.case);
    prove(workspace, &text, changed)?;
    let count = report::plural(changed.len(), "changed file");
    let parts = [
        (made.settings, "setting"),
        (made.texts, "text edit"),
        (made.whole, "whole file"),
        (made.moved, "moved file"),
        (made.modes, "mode"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| report::plural(*count, noun)).collect();
    let proof = format!("checked: applying it to {revision} gives your work tree, byte for byte");
    Ok((text, format!("read {count}: {}\n{proof}\n", parts.join(", "))))
}

/// The files that are gone, each with the new one that has just its bytes, or else most of its lines.
fn renames(changed: &[Changed]) -> Vec<(&Changed, &Changed)> {
    let mut fresh: Vec<&Changed> = changed.iter().filter(|(_, before, _)| before.is_none()).collect();
    let mut gone: Vec<&Changed> = changed.iter().filter(|(_, _, after)| after.is_none()).collect();
    let mut renames = Vec::new();
    gone.retain(|old| {
        let same = |new: &&Changed| !bytes(&old.1).is_empty() && bytes(&old.1) == bytes(&new.2);
        let found = fresh.iter().position(same).map(|at| renames.push((*old, fresh.remove(at))));
        found.is_none()
    });
    if gone.len() * fresh.len() > MOST_PAIRS {
        return renames;
    }
    let pairs = gone.iter().flat_map(|old| fresh.iter().map(move |new| (*old, *new)));
    let mut alike: Vec<(f32, &Changed, &Changed)> =
        pairs.filter_map(|(old, new)| Some((likeness(old, new)?, old, new))).collect();
    // Of those that are as much alike the first ones, so that the answer is always the same.
    alike.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (_, old, new) in alike {
        if !renames.iter().any(|(from, to)| from.0 == old.0 || to.0 == new.0) {
            renames.push((old, new));
        }
    }
    renames
}

fn bytes(state: &Option<FileState>) -> &[u8] {
    state.as_ref().map_or(&[], |state| &state.bytes)
}

/// How much of the lines of `old` and `new` is the same, from 0 to 1; `None` where that is less than half, or no text.
fn likeness(old: &Changed, new: &Changed) -> Option<f32> {
    let (old, new) = (str::from_utf8(bytes(&old.1)).ok()?, str::from_utf8(bytes(&new.2)).ok()?);
    let (short, long) = (old.len().min(new.len()), old.len().max(new.len()));
    if short * 3 < long || long > LONGEST {
        return None;
    }
    let ratio = TextDiff::from_lines(old, new).ratio();
    (ratio >= 0.5 && !old.is_empty()).then_some(ratio)
}

impl Made {
    /// The steps that make `after` of `before`.
    fn edit(&mut self, path: &RepoPath, before: &FileState, after: &FileState) -> Result<(), Failure> {
        if before.bytes != after.bytes {
            let (old, new) = (text_of(path, before)?, text_of(path, after)?);
            match operations(path, before, &old, &new) {
                Some(operations) => {
                    if let Some(secret) = operations.iter().find(|one| write::writes_secret(one)) {
                        return Err(secret_refused(path, secret).into());
                    }
                    let texts = operations.iter().filter(|one| matches!(one, Derived::Replace { .. })).count();
                    self.texts += texts;
                    self.settings += operations.len() - texts;
                    let written = write::Written { path: path.glob(), operations };
                    self.steps.push_str(&write::step(&written).unwrap_or_default());
                    self.case.push_str(&example(path, &old, &new).unwrap_or_default());
                }
                None => self.create(path, after, "if_exists = \"replace\"\n")?,
            }
        }
        self.mode(path, before, after);
        Ok(())
    }

    /// A step that makes the whole file.
    fn create(&mut self, path: &RepoPath, after: &FileState, more: &str) -> Result<(), Failure> {
        let content = text_of(path, after)?;
        if mask(&content) != content {
            let message = format!("the new content of `{path}` holds a secret");
            return Err(Diagnostic::error(Code::SecretInMigration, message)
                .at(Location::file(path.as_str()))
                .help("a migration lies in git, and so would the secret")
                .into());
        }
        let (name, mode) = (write::text(path.as_str()), after.mode & 0o777);
        let content = write::text(&content);
        self.steps
            .push_str(&format!("\n[[step]]\ncreate  = {name}\ncontent = {content}\nmode    = \"{mode:04o}\"\n{more}"));
        self.whole += 1;
        Ok(())
    }

    /// A step that gives the file the mode it has now.
    fn mode(&mut self, path: &RepoPath, before: &FileState, after: &FileState) {
        if before.mode & 0o777 != after.mode & 0o777 {
            let (path, mode) = (write::text(path.as_str()), after.mode & 0o777);
            self.steps.push_str(&format!("\n[[step]]\nchmod = {path}\nmode  = \"{mode:04o}\"\n"));
            self.modes += 1;
        }
    }
}

fn text_of(path: &RepoPath, state: &FileState) -> Result<String, Diagnostic> {
    // With its byte order mark, if it has one: what is written whole is written with it.
    let text = String::from_utf8(state.bytes.to_vec()).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| {
        Diagnostic::error(Code::NotText, format!("`{path}` is no UTF-8 text, and a migration holds text only"))
            .at(Location::file(path.as_str()))
            .note("nothing was written")
            .help(format!("leave the file out: git stash push -- '{path}'"))
    })
}

/// What makes `new` of `old`: the settings that tell, then the lines that are left. `None` where nothing does, or only the
/// ends of lines differ.
fn operations(path: &RepoPath, before: &FileState, old: &str, new: &str) -> Option<Vec<Derived>> {
    let plain = |text: &str| text.replace("\r\n", "\n");
    if old.is_empty() || plain(old) == plain(new) {
        return None;
    }
    let state = |text: &str| FileState::new(text.as_bytes().to_vec(), before.mode);
    let declared = |operations: &[Derived]| {
        let step = write::step(&write::Written { path: path.glob(), operations: operations.to_vec() })?;
        Declaration::read("(derived)", &format!("{}{step}", write::head("derived"))).ok()
    };
    let applied = |operation: &Derived, text: &str| {
        let declaration = declared(std::slice::from_ref(operation))?;
        String::from_utf8(plan::edit_one(&declaration, path, &state(text)).ok()?.after?.bytes.to_vec()).ok()
    };
    let is_right = |operations: &Vec<Derived>| {
        declared(operations).is_some_and(|one| plan::keeps_promises(&one, path, &state(old), &state(new)))
    };
    let mut by_parts = Vec::new();
    let mut current = old.to_owned();
    let content = |text: &str| Text::decode(text.as_bytes(), Charset::Utf8).ok().map(|text| text.content);
    let read = format::read_as(path.file_name(), &content(old)?).and_then(Result::ok);
    let settings = read.and_then(|(format, _)| by_settings(format, &content(old)?, &content(new)?));
    for operation in settings.unwrap_or_default() {
        // One that is refused, or does not write what the hand wrote, is left to the lines.
        let made = applied(&operation, &current);
        if let Some(made) = made.filter(|made| lines_apart(made, new) < lines_apart(&current, new)) {
            by_parts.push(operation);
            current = made;
        }
    }
    if current != new {
        by_parts.extend(by_lines(&current, new));
    }
    [by_parts, by_lines(old, new), vec![as_one(old, new)]].into_iter().find(is_right)
}

fn lines_apart(one: &str, other: &str) -> usize {
    let diff = TextDiff::from_lines(one, other);
    diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal).count()
}

fn secret_refused(path: &RepoPath, derived: &Derived) -> Diagnostic {
    let place = match derived {
        Derived::Set { path, .. }
        | Derived::Append { path, .. }
        | Derived::Remove { path }
        | Derived::Rename { path, .. } => path.to_string(),
        Derived::Replace { .. } => String::new(),
    };
    Diagnostic::error(Code::SecretInMigration, format!("`{place}` of `{path}` is a secret, and would land in git"))
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help("write this operation by hand, with a variable: [vars] NAME = { env = \"NAME\", secret = true }")
}

/// The file as an example, where it is short and holds no secret.
fn example(path: &RepoPath, old: &str, new: &str) -> Option<String> {
    const LINES: usize = 60;
    let shows_nothing = |text: &str| {
        let secrets = format::Secrets::of(path.file_name(), text);
        mask(text) == text && secrets.spans().is_empty() && text.lines().count() <= LINES && !text.contains('\r')
    };
    let fits = shows_nothing(old) && shows_nothing(new) && !old.starts_with('\u{feff}') && !new.starts_with('\u{feff}');
    fits.then(|| write::case(&format!("{path} as it was edited by hand"), path.as_str(), old, new))
}

/// Applies the whole migration to the old files: it must give the new ones.
fn prove(workspace: &Workspace, text: &str, changed: &[Changed]) -> Result<(), Failure> {
    let declaration = Declaration::read(&format!("{}/(derived).toml", workspace.migrations), text)?;
    if let Some(secret) = plan::in_plain_text(&declaration).into_iter().next() {
        return Err(Diagnostic { places: Vec::new(), help: Vec::new(), ..secret }
            .note("nothing was written")
            .help("a migration lies in git, and so would the secret: write this one by hand, with a variable")
            .into());
    }
    let before: BTreeMap<RepoPath, FileState> =
        changed.iter().filter_map(|(path, before, _)| Some((path.clone(), before.clone()?))).collect();
    let after = plan::edit_all(&declaration, &before)?;
    let wrong = changed.iter().find(|(path, _, wanted)| after.get(path) != wanted.as_ref());
    match wrong {
        None => Ok(()),
        Some((path, ..)) => Err(Diagnostic::error(
            Code::NotVerified,
            format!("the derived migration does not give `{path}` as it is now"),
        )
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help(format!("please report the file's layout; meanwhile leave it out: git stash push -- '{path}'"))
        .into()),
    }
}
