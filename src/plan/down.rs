//! The plan of `down`: each recorded edit taken back by place, whatever was edited around it since.

use std::collections::{BTreeMap, BTreeSet};

use super::overlap::later;
use super::up::{came_from_private, read_only, record_change, state_change};
use super::whole::{self, Whole, split};
use super::{
    Action, Direction, FileChange, FileStep, Place, Plan, Refusal, Request, Step, is_secret_place, without_private,
};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Change, Format, Op, Trace, Undone};
use crate::history::{Edit, LEDGER, Record, State};
use crate::migration::{Changed, Migration, Setting, Slug, Version};
use crate::path::RepoPath;
use crate::text::{Span, Text};
use crate::tree::{FileState, Globs, Overlay, Tree};
use crate::value::{KeyPath, mask_value, shows};

/// What becomes of a setting that somebody changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nothing is taken back at all.
    #[default]
    Refuse,
    /// It stays as it is.
    Keep,
    /// It becomes what it was before the migration.
    Revert,
}

/// How migrations are taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub on_conflict: OnConflict,
    /// The record goes, too, as if the migration had never been applied.
    pub forget: bool,
    /// Why, for the record.
    pub reason: Option<String>,
    /// Values of secrets that nothing here remembers, by the place of the setting.
    pub values: BTreeMap<String, String>,
}

/// Plans to take back `slugs`, in the given order.
///
/// # Errors
/// When one of them was never applied, or somebody changed one of its settings since. Nothing is taken back then.
pub fn down(request: &Request<'_>, slugs: &[Slug], wish: &Wish) -> Result<Plan, Refusal> {
    let mut overlay = Overlay::new(request.tree);
    let mut plan = Plan { direction: Direction::Down, steps: Vec::new(), bookkeeping: Vec::new() };
    let mut taken: Vec<&Slug> = Vec::new();
    for slug in slugs {
        let record = request.history.record(slug).filter(|record| record.is_applied() || record.is_half_reverted());
        let ledger = request.history.ledger(slug).filter(|record| record.is_applied());
        if record.is_none() && ledger.is_none() {
            let known = request.history.record(slug).map_or("was never applied here", |_| "was taken back already");
            return Err(Diagnostic::error(Code::UnknownMigration, format!("`{slug}` {known}"))
                .help("see what is applied: migrate status")
                .into());
        }
        let declaration = request.catalogue.get(slug).and_then(Migration::declaration);
        if let Some((declaration, reason)) = declaration.and_then(|one| Some((one, one.never_down.as_ref()?))) {
            return Err(Diagnostic::error(Code::Guard, format!("`{slug}` is never taken back: {}", reason.text))
                .at(declaration.source.location(reason.span, "said here"))
                .note("nothing was written")
                .into());
        }
        let above = later(request, slug).into_iter().filter(|(other, _)| !taken.contains(&other));
        let faults: Vec<Diagnostic> = above.map(|(other, edit)| depends(slug, &other, &edit)).collect();
        if !faults.is_empty() {
            return Err(faults.into());
        }
        taken.push(slug);
        let mut step = new_step(request, slug);
        let edits = [record, ledger].into_iter().flatten().flat_map(|record| &record.edits);
        let mut faults = foreign_edits(request, slug, edits)?;
        for (path, edits) in by_file([record, ledger].into_iter().flatten(), request.history.receipt(slug)) {
            match take_back(request, &mut overlay, &path, &edits, wish) {
                Ok((files, kept)) => {
                    if !kept.is_empty() {
                        step.unchanged.insert(path, kept);
                    }
                    step.files.extend(files);
                }
                Err(conflicts) => faults.extend(conflicts),
            }
        }
        if !faults.is_empty() {
            return Err(Refusal {
                diagnostics: without_private(request, faults),
                ready: Vec::new(),
                refused: Some((step.version, slug.clone())),
            });
        }
        for (known, private) in [(record, false), (ledger, true)] {
            let Some(known) = known else { continue };
            let mut tombstone = known.clone();
            tombstone.state = State::Reverted;
            tombstone.edits.clear();
            tombstone.reason = wish.reason.clone().or(tombstone.reason);
            if wish.forget {
                plan.bookkeeping.extend(forgotten(request, known, private)?);
            } else if private {
                plan.bookkeeping.push(state_change(request, LEDGER, &tombstone));
            } else {
                let change = record_change(request.tree, &tombstone).map_err(|error| error.diagnostic())?;
                plan.bookkeeping.extend(change);
            }
        }
        plan.steps.push(step);
    }
    Ok(plan)
}

/// `slugs` with every applied migration that has to go before them, in the order of taking back.
pub fn with_later(request: &Request<'_>, slugs: &[Slug]) -> Vec<Slug> {
    let mut all: Vec<Slug> = slugs.to_vec();
    let mut at = 0;
    while at < all.len() {
        for (other, _) in later(request, &all[at]) {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        at += 1;
    }
    let place = |slug: &Slug| request.catalogue.iter().position(|migration| migration.slug == *slug);
    all.sort_by_key(|slug| std::cmp::Reverse(place(slug)));
    all
}

/// Why `slug` can not go before `other`.
fn depends(slug: &Slug, other: &Slug, edit: &Edit) -> Diagnostic {
    let what = match edit.trace.place.path.keys.is_empty() {
        true => format!("`{}`", edit.file),
        false => format!("`{}` of `{}`", edit.trace.place, edit.file),
    };
    Diagnostic::error(Code::OutOfOrder, format!("`{other}` was applied after `{slug}` and changed {what}, too"))
        .at(Location::file(format!("{}/{other}.toml", crate::history::RECORDS)))
        .note("nothing was written")
        .help(format!("take both back: migrate down {slug} --cascade"))
}

/// Edits of files that the migration could never have touched: somebody else put them into its record.
fn foreign_edits<'r>(
    request: &Request<'_>,
    slug: &Slug,
    edits: impl Iterator<Item = &'r Edit>,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let patterns = request.catalogue.get(slug).map(|migration| migration.targets().globs);
    let wrong = |error: crate::tree::GlobError| Diagnostic::error(Code::MigrationFailed, error.to_string());
    let targets = patterns.map(Globs::new).transpose().map_err(wrong)?;
    let foreign = |path: &RepoPath| {
        let ours = path.as_str().starts_with(".migrate/") || path.as_str() == "migrate.toml";
        ours || targets.as_ref().is_some_and(|targets| !targets.matches(path))
    };
    let named = |edit: &Edit| {
        let origin = (edit.trace.op == Op::Relocate).then(|| RepoPath::new(&edit.trace.was).ok()).flatten();
        std::iter::once(edit.file.clone()).chain(origin).filter(foreign).collect::<Vec<RepoPath>>()
    };
    let mut paths: Vec<RepoPath> = edits.flat_map(named).collect();
    paths.dedup();
    let record = format!("{}/{slug}.toml", crate::history::RECORDS);
    let fault = |path: &RepoPath| {
        let message = format!("the record of `{slug}` names `{path}`, which the migration never touches");
        Diagnostic::error(Code::RecordDamaged, message)
            .at(Location::file(record.clone()))
            .note("nothing was written")
            .help(format!("see who changed the record: git log -p -- {record}"))
    };
    Ok(paths.iter().map(fault).collect())
}

pub(super) fn new_step(request: &Request<'_>, slug: &Slug) -> Step {
    let migration = request.catalogue.get(slug);
    Step {
        version: migration.map_or(Version(0), |migration| migration.version),
        slug: slug.clone(),
        title: migration.map_or(String::new(), |migration| migration.title().to_owned()),
        action: Action::Revert,
        files: Vec::new(),
        unchanged: BTreeMap::new(),
        by_hand: BTreeSet::new(),
        unrelated: 0,
        warnings: Vec::new(),
        remark: migration.map_or(String::new(), |migration| migration.takes_away().to_owned()),
    }
}

/// The recorded edits by file, secrets filled in from the receipt.
pub(super) fn by_file<'r>(
    records: impl Iterator<Item = &'r Record>,
    receipt: Option<&Record>,
) -> BTreeMap<RepoPath, Vec<Edit>> {
    let mut files: BTreeMap<RepoPath, Vec<Edit>> = BTreeMap::new();
    for edit in records.flat_map(|record| &record.edits) {
        let mut edit = edit.clone();
        let known = receipt.into_iter().flat_map(|receipt| &receipt.edits);
        let mut same = known.filter(|known| {
            let (one, other) = (&known.trace, &edit.trace);
            known.file == edit.file && (&one.place, one.op, one.turn) == (&other.place, other.op, other.turn)
        });
        if let Some(known) = same.next().filter(|_| edit.withheld) {
            edit = known.clone();
            edit.is_private = true;
        }
        files.entry(edit.file.clone()).or_default().push(edit);
    }
    files
}

/// The files that change, and what stays, with the reasons.
pub(super) type TakenBack = (Vec<FileStep>, Vec<String>);

/// Takes the edits of one file back: first what stands in it, then what was done to the whole.
pub(super) fn take_back(
    request: &Request<'_>,
    overlay: &mut Overlay<'_>,
    path: &RepoPath,
    edits: &[Edit],
    wish: &Wish,
) -> Result<TakenBack, Vec<Diagnostic>> {
    let given = |edit: &Edit| wish.values.get(&edit.trace.place.to_string());
    let missing: Vec<Diagnostic> =
        edits.iter().filter(|edit| edit.withheld && given(edit).is_none()).map(|edit| no_receipt(path, edit)).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut kept = Vec::new();
    // In a file that git ignores, what was there before the migration is nobody's business.
    let is_private = |edit: &&Edit| edit.is_private || request.ignored.contains(path);
    let private = edits.iter().filter(is_private).map(|edit| edit.trace.place.path.clone()).collect();
    let mut changed = Changed { private, ..Changed::default() };
    let mut touched: BTreeMap<RepoPath, Option<FileState>> = BTreeMap::new();
    let (whole, inner) = split(edits);
    let mut formats: Vec<Option<String>> = inner.iter().map(|edit| edit.format.clone()).collect();
    formats.sort();
    formats.dedup();
    if !inner.is_empty() && overlay.read(path).map_err(|error| vec![error.diagnostic()])?.is_none() {
        return Ok((Vec::new(), vec!["is gone, and its settings with it".to_owned()]));
    }
    for format in formats.into_iter().rev() {
        let traces: Vec<Trace> = inner
            .iter()
            .filter(|edit| edit.format == format && !edit.withheld)
            .map(|edit| edit.trace.clone())
            .collect();
        let before = overlay.read(path).map_err(|error| vec![error.diagnostic()])?;
        if let Some(after) = take_back_inner(overlay, path, format.as_deref(), &traces, wish, &mut kept, &mut changed)?
        {
            touched.entry(path.clone()).or_insert(before);
            overlay.write(path.clone(), Some(after));
        }
    }
    for edit in inner.iter().filter(|edit| edit.withheld) {
        let before = overlay.read(path).map_err(|error| vec![error.diagnostic()])?;
        if let Some(after) = with_value(path, edit, before.as_ref(), given(edit).map_or("", String::as_str))? {
            touched.entry(path.clone()).or_insert(before);
            overlay.write(path.clone(), Some(after));
        }
    }
    for trace in whole {
        match whole::take_back(overlay, path, trace).map_err(|diagnostic| vec![diagnostic])? {
            Whole::Kept(why) => kept.push(why.to_owned()),
            Whole::Changes(states) => {
                for (path, state) in states {
                    let before = overlay.read(&path).map_err(|error| vec![error.diagnostic()])?;
                    touched.entry(path.clone()).or_insert(before);
                    overlay.write(path, state);
                }
            }
        }
    }
    let moved = edits.iter().any(|edit| came_from_private(request, &edit.trace));
    let hidden: Vec<&String> =
        edits.iter().filter(|edit| edit.is_private).flat_map(|edit| [&edit.trace.was, &edit.trace.now]).collect();
    let mut files = Vec::new();
    for (file, before) in touched {
        let after = overlay.read(&file).map_err(|error| vec![error.diagnostic()])?;
        if before.as_ref().is_some_and(|before| before.mode & 0o222 == 0) && !request.force_read_only {
            return Err(vec![read_only(&file)]);
        }
        let changed = if file == *path { std::mem::take(&mut changed) } else { Changed::default() };
        let ignored = request.ignored.contains(&file);
        let mut file = FileStep { path: file, before, after, changed, ignored };
        file.changed.private.extend(moved.then(KeyPath::default));
        file.find_private(&|value| hidden.iter().any(|text| shows(text, value)));
        files.push(file);
    }
    Ok((files, kept))
}

/// The file without the edits `traces` of its content; `None` where it stays as it is.
fn take_back_inner(
    overlay: &Overlay<'_>,
    path: &RepoPath,
    forced: Option<&str>,
    traces: &[Trace],
    wish: &Wish,
    kept: &mut Vec<String>,
    changed: &mut Changed,
) -> Result<Option<FileState>, Vec<Diagnostic>> {
    let Some(before) = overlay.read(path).map_err(|error| vec![error.diagnostic()])? else { return Ok(None) };
    let (format, text) = readable(path, forced, &before).map_err(|diagnostic| vec![diagnostic])?;
    let (mut undone, outcomes) =
        format::undo_all(format, &text.content, traces).map_err(|fault| vec![does_not_parse(path, &text, &fault)])?;
    let mut conflicts = Vec::new();
    for (trace, outcome) in traces.iter().zip(&outcomes) {
        match outcome {
            Undone::Edits(_) => changed.settings.extend(setting(trace)),
            Undone::Already if trace.op != Op::Quote => kept.push(format!("`{}` is as it was already", trace.place)),
            Undone::Already => {}
            Undone::Kept(why) => kept.push(format!("`{}` stays: {why}", trace.place)),
            Undone::Conflict { current, .. } => {
                let forced = match wish.on_conflict {
                    OnConflict::Revert => format::force(format, &undone, trace),
                    OnConflict::Refuse | OnConflict::Keep => None,
                };
                match (forced, wish.on_conflict) {
                    (Some(forced), _) => {
                        changed.settings.extend(setting(&Trace { now: current.clone(), ..trace.clone() }));
                        undone = forced;
                    }
                    (None, OnConflict::Keep) => kept.push(format!("`{}` stays: it was changed since", trace.place)),
                    (None, _) => conflicts.push(conflict(path, &text, format, trace, current, &changed.private)),
                }
            }
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    if undone == text.content {
        return Ok(None);
    }
    let bytes = text.encode(&undone).map_err(|error| vec![Diagnostic::error(Code::NotText, error.to_string())])?;
    Ok(Some(FileState { bytes, mode: before.mode }))
}

fn readable(
    path: &RepoPath,
    forced: Option<&str>,
    state: &FileState,
) -> Result<(&'static dyn Format, Text), Diagnostic> {
    let unknown = || {
        let message = format!("the record names `{path}`, which has no known format");
        Diagnostic::error(Code::RecordDamaged, message)
    };
    let forced = forced.map(|name| format::by_name(name).ok_or_else(unknown)).transpose()?;
    let named = forced.or_else(|| format::detect(path.file_name())).ok_or_else(unknown)?;
    let text = Text::decode(&state.bytes, named.charset(&state.bytes)).map_err(|error| {
        let diagnostic = Diagnostic::error(Code::NotText, format!("`{path}` is {error}"));
        diagnostic.at(Location::file(path.as_str())).note("nothing was written")
    })?;
    if let Some(format) = forced {
        return match format::read(format, &text.content) {
            Ok(_) => Ok((format, text)),
            Err(fault) => Err(does_not_parse(path, &text, &fault)),
        };
    }
    match format::read_as(path.file_name(), &text.content).ok_or_else(unknown)? {
        Ok((format, _)) => Ok((format, text)),
        Err(fault) => Err(does_not_parse(path, &text, &fault)),
    }
}

fn does_not_parse(path: &RepoPath, text: &Text, fault: &format::Fault) -> Diagnostic {
    Diagnostic::error(
        fault.code,
        format!("`{path}` does not parse, so nothing in it can be taken back: {}", fault.message),
    )
    .at(format::location(path, &text.content, fault.span, "here"))
    .note("nothing was written")
    .help("mend the file first")
}

/// A later edit of the same setting: the three values, and what can be done.
fn conflict(
    path: &RepoPath,
    text: &Text,
    format: &dyn Format,
    trace: &Trace,
    current: &str,
    private: &[KeyPath],
) -> Diagnostic {
    let name = trace.place.name();
    let private = private.contains(&trace.place.path);
    let secret = private || is_secret_place(path.file_name(), &text.content, &trace.place.path);
    let shown = |value: &str| match mask_value(name, value.trim().trim_matches(',')).to_string() {
        value if secret && !value.is_empty() => "`•••`".to_owned(),
        value if value.is_empty() => "(nothing)".to_owned(),
        value => format!("`{value}`"),
    };
    // The conflict was met in a text that was half taken back; its place is looked up in the file as it is.
    let document = format::read(format, &text.content);
    let found = document.ok().and_then(|document| {
        let node = format::find(format, &document, &trace.place.path)?;
        Some(if node.value.is_empty() { node.entry } else { node.value })
    });
    let place = match found {
        Some(span) => format::location(path, &text.content, span, "changed since"),
        None => format::location(path, &text.content, Span::default(), "not found"),
    };
    let place = if private { Location::bare(path.as_str(), place.position) } else { place };
    Diagnostic::error(Code::LaterEdit, format!("can not take back `{}`: it was changed since", trace.place))
        .at(place)
        .note(format!("before the migration: {}", shown(&trace.was)))
        .note(format!("the migration wrote:  {}", shown(&trace.now)))
        .note(format!("it is now:            {}", shown(current)))
        .note("nothing was written")
        .help("keep the later edit: the same command with --on-conflict=keep")
        .help("drop the later edit: the same command with --on-conflict=revert")
}

/// The file with the secret that `edit` replaced, which only its owner knows.
fn with_value(
    path: &RepoPath,
    edit: &Edit,
    before: Option<&FileState>,
    value: &str,
) -> Result<Option<FileState>, Vec<Diagnostic>> {
    let Some(before) = before else { return Ok(None) };
    let (format, text) = readable(path, edit.format.as_deref(), before).map_err(|diagnostic| vec![diagnostic])?;
    let place = edit.trace.place.path.clone();
    let change = match edit.trace.op {
        Op::Insert => Change::Remove { path: place },
        _ => Change::Set { path: place, value: value.into() },
    };
    let made = format::edit(format, &text.content, &change).map_err(|refusal| {
        let message = format!("can not take back `{}`: {}", edit.trace.place, refusal.message);
        vec![Diagnostic::error(refusal.code, message).at(Location::file(path.as_str())).note("nothing was written")]
    })?;
    let bytes = text.encode(&made.text).map_err(|error| vec![Diagnostic::error(Code::NotText, error.to_string())])?;
    Ok(Some(FileState { bytes, mode: before.mode }))
}

/// The change that removes a record, as if nothing had ever been applied.
fn forgotten(request: &Request<'_>, record: &Record, private: bool) -> Result<Option<FileChange>, Diagnostic> {
    if private {
        return Ok(Some(FileChange { after: None, ..state_change(request, LEDGER, record) }));
    }
    let name = format!("{}/{}.toml", crate::history::RECORDS, record.slug);
    let Ok(path) = RepoPath::new(&name) else { return Ok(None) };
    let before = request.tree.read(&path).map_err(|error| error.diagnostic())?;
    Ok(before.is_some().then_some(FileChange { place: Place::Repository(path), before, after: None }))
}

fn no_receipt(path: &RepoPath, edit: &Edit) -> Diagnostic {
    Diagnostic::error(
        Code::Question,
        format!(
            "the old value of `{}` is a secret, and only the work tree that applied the migration keeps it",
            edit.trace.place
        ),
    )
    .at(Location::file(path.as_str()))
    .note("nothing was written")
    .help("run down in that work tree")
    // Beside its name, what stands for the value would be masked like one.
    .help(format!("or say it: migrate down --value PLACE=env:VARIABLE, where PLACE is `{}`", edit.trace.place))
}

/// What taking an edit back means for a reader: the old and the new value change sides.
fn setting(trace: &Trace) -> Option<Setting> {
    let text = |text: &str| {
        let text = text.trim().trim_matches(',').trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    (trace.op != Op::Quote).then(|| Setting {
        place: trace.place.clone(),
        before: text(&trace.now),
        after: text(&trace.was),
    })
}
