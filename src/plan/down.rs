//! The plan of `down`: each recorded edit taken back by place, whatever was edited around it since.

use std::collections::{BTreeMap, BTreeSet};

use super::up::{read_only, record_change, state_change};
use super::{Action, Direction, FileStep, Plan, Refusal, Request, Step, is_secret_place, without_private};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Format, Op, Trace, Undone};
use crate::history::{Edit, LEDGER, Record, State};
use crate::migration::{Changed, Setting, Slug, Version};
use crate::path::RepoPath;
use crate::text::{Span, Text};
use crate::tree::{FileState, Globs, Overlay, Tree};
use crate::value::mask_value;

/// Plans to take back `slugs`, in the given order.
///
/// # Errors
/// When one of them was never applied, or somebody changed one of its settings since. Nothing is taken back then.
pub fn down(request: &Request<'_>, slugs: &[Slug]) -> Result<Plan, Refusal> {
    let mut overlay = Overlay::new(request.tree);
    let mut plan = Plan { direction: Direction::Down, steps: Vec::new(), bookkeeping: Vec::new() };
    for slug in slugs {
        let record = request.history.record(slug).filter(|record| record.is_applied());
        let ledger = request.history.ledger(slug).filter(|record| record.is_applied());
        if record.is_none() && ledger.is_none() {
            let known = request.history.record(slug).map_or("was never applied here", |_| "was taken back already");
            return Err(Diagnostic::error(Code::UnknownMigration, format!("`{slug}` {known}"))
                .help("see what is applied: migrate status")
                .into());
        }
        let mut step = new_step(request, slug);
        let edits = [record, ledger].into_iter().flatten().flat_map(|record| &record.edits);
        let mut faults = foreign_edits(request, slug, edits)?;
        for (path, edits) in by_file([record, ledger].into_iter().flatten(), request.history.receipt(slug)) {
            match take_back(request, &mut overlay, &path, &edits) {
                Ok(Some((file, kept))) => {
                    if !kept.is_empty() {
                        step.unchanged.insert(path.clone(), kept);
                    }
                    step.files.extend(file);
                }
                Ok(None) => {
                    step.unchanged.insert(path, vec!["is gone, and its settings with it".to_owned()]);
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
            if private {
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

/// Edits of files that the migration could never have touched: somebody else put them into its record.
fn foreign_edits<'r>(
    request: &Request<'_>,
    slug: &Slug,
    edits: impl Iterator<Item = &'r Edit>,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let patterns = request.catalogue.get(slug).map(|migration| migration.native.targets().globs);
    let wrong = |error: crate::tree::GlobError| Diagnostic::error(Code::MigrationFailed, error.to_string());
    let targets = patterns.map(Globs::new).transpose().map_err(wrong)?;
    let foreign = |path: &RepoPath| {
        let ours = path.as_str().starts_with(".migrate/") || path.as_str() == "migrate.toml";
        ours || targets.as_ref().is_some_and(|targets| !targets.matches(path))
    };
    let mut paths: Vec<&RepoPath> = edits.map(|edit| &edit.file).filter(|path| foreign(path)).collect();
    paths.dedup();
    let record = format!("{}/{slug}.toml", crate::history::RECORDS);
    let fault = |path: &RepoPath| {
        let message = format!("the record of `{slug}` names `{path}`, which the migration never touches");
        Diagnostic::error(Code::RecordDamaged, message)
            .at(Location::file(record.clone()))
            .note("nothing was written")
            .help(format!("see who changed the record: git log -p -- {record}"))
    };
    Ok(paths.into_iter().map(fault).collect())
}

fn new_step(request: &Request<'_>, slug: &Slug) -> Step {
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
        remark: migration.map_or(String::new(), |migration| migration.native.takes_away().to_owned()),
    }
}

/// The recorded edits by file, secrets filled in from the receipt.
fn by_file<'r>(records: impl Iterator<Item = &'r Record>, receipt: Option<&Record>) -> BTreeMap<RepoPath, Vec<Edit>> {
    let mut files: BTreeMap<RepoPath, Vec<Edit>> = BTreeMap::new();
    for edit in records.flat_map(|record| &record.edits) {
        let mut edit = edit.clone();
        let known = receipt.into_iter().flat_map(|receipt| &receipt.edits);
        let mut same = known.filter(|known| {
            known.file == edit.file && known.trace.place == edit.trace.place && known.trace.op == edit.trace.op
        });
        if let Some(known) = same.next().filter(|_| edit.withheld) {
            edit = known.clone();
        }
        files.entry(edit.file.clone()).or_default().push(edit);
    }
    files
}

type TakenBack = Option<(Option<FileStep>, Vec<String>)>;

/// Takes the edits of one file back. `None` where the file is gone.
fn take_back(
    request: &Request<'_>,
    overlay: &mut Overlay<'_>,
    path: &RepoPath,
    edits: &[Edit],
) -> Result<TakenBack, Vec<Diagnostic>> {
    let Some(before) = overlay.read(path).map_err(|error| vec![error.diagnostic()])? else { return Ok(None) };
    let (format, text) = readable(path, &before).map_err(|diagnostic| vec![diagnostic])?;
    let traces: Vec<Trace> = edits.iter().map(|edit| edit.trace.clone()).collect();
    let missing: Vec<Diagnostic> =
        edits.iter().filter(|edit| edit.withheld).map(|edit| no_receipt(path, edit)).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let (undone, outcomes) =
        format::undo_all(format, &text.content, &traces).map_err(|fault| vec![does_not_parse(path, &text, &fault)])?;
    let mut conflicts = Vec::new();
    let mut kept = Vec::new();
    let mut changed = Changed::default();
    for (trace, outcome) in traces.iter().zip(&outcomes) {
        match outcome {
            Undone::Edits(_) => changed.settings.extend(setting(trace)),
            Undone::Already if trace.op != Op::Quote => kept.push(format!("`{}` is as it was already", trace.place)),
            Undone::Already => {}
            Undone::Kept(why) => kept.push(format!("`{}` stays: {why}", trace.place)),
            Undone::Conflict { current, .. } => conflicts.push(conflict(path, &text, format, trace, current)),
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    if undone == text.content {
        return Ok(Some((None, kept)));
    }
    if before.mode & 0o222 == 0 && !request.force_read_only {
        return Err(vec![read_only(path)]);
    }
    let bytes = text.encode(&undone).map_err(|error| vec![Diagnostic::error(Code::NotText, error.to_string())])?;
    let after = FileState { bytes, mode: before.mode };
    overlay.write(path.clone(), Some(after.clone()));
    let ignored = request.ignored.contains(path);
    Ok(Some((Some(FileStep { path: path.clone(), before, after, changed, ignored }), kept)))
}

fn readable(path: &RepoPath, state: &FileState) -> Result<(&'static dyn Format, Text), Diagnostic> {
    let unknown = || {
        let message = format!("the record names `{path}`, which has no known format");
        Diagnostic::error(Code::RecordDamaged, message)
    };
    let named = format::detect(path.file_name()).ok_or_else(unknown)?;
    let text = Text::decode(&state.bytes, named.charset(&state.bytes)).map_err(|error| {
        let diagnostic = Diagnostic::error(Code::NotText, format!("`{path}` is {error}"));
        diagnostic.at(Location::file(path.as_str())).note("nothing was written")
    })?;
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
fn conflict(path: &RepoPath, text: &Text, format: &dyn Format, trace: &Trace, current: &str) -> Diagnostic {
    let name = trace.place.name();
    let secret = is_secret_place(path.file_name(), &text.content, &trace.place.path);
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
    Diagnostic::error(Code::LaterEdit, format!("can not take back `{}`: it was changed since", trace.place))
        .at(place)
        .note(format!("before the migration: {}", shown(&trace.was)))
        .note(format!("the migration wrote:  {}", shown(&trace.now)))
        .note(format!("it is now:            {}", shown(current)))
        .note("nothing was written")
        .help("put the value back to what the migration wrote, or to what was before, and run down again")
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
