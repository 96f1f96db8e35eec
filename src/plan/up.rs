//! The plan of `up`: each pending migration run over what the ones before it left.

use super::{Action, Direction, FileChange, FileStep, Place, Plan, Refusal, Request, Step, Target, without_private};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::history::{ATTRIBUTES, ATTRIBUTES_TEXT, Edit, LEDGER, RECEIPTS, RECORDS, Record, State};
use crate::migration::{Migration, Outcome, Variables, run};
use crate::path::RepoPath;
use crate::tree::{FileState, Overlay, Tree, TreeError};

/// Plans what `target` asks for.
///
/// # Errors
/// When one of the migrations refuses or fails: then there is no plan at all.
pub fn up(request: &Request<'_>, target: &Target) -> Result<Plan, Refusal> {
    let mut overlay = Overlay::new(request.tree);
    let mut plan = Plan { direction: Direction::Up, steps: Vec::new(), bookkeeping: Vec::new() };
    for migration in request.catalogue.iter().filter(|migration| is_asked(migration, target)) {
        let named = matches!(target, Target::Only(_));
        let record = request.history.record(&migration.slug);
        if record.is_some_and(|record| record.state == State::Reverted) && !named {
            plan.steps.push(step(migration, Action::Held, Vec::new(), Outcome::default()));
            continue;
        }
        match advance(request, migration, &mut overlay) {
            Ok((step, bookkeeping)) => {
                plan.steps.push(step);
                plan.bookkeeping.extend(bookkeeping);
            }
            Err(diagnostics) => {
                let ready = plan.steps.iter().filter(|step| !step.files.is_empty());
                return Err(Refusal {
                    diagnostics: without_private(request, diagnostics),
                    ready: ready.map(|step| (step.version, step.slug.clone())).collect(),
                    refused: Some((migration.version, migration.slug.clone())),
                });
            }
        }
    }
    add_attributes(&overlay, &mut plan)?;
    Ok(plan)
}

fn is_asked(migration: &Migration, target: &Target) -> bool {
    match target {
        Target::Latest => true,
        Target::To(version) => migration.version <= *version,
        Target::Only(slugs) => slugs.contains(&migration.slug),
    }
}

/// Runs one migration and writes down what it did.
fn advance(
    request: &Request<'_>,
    migration: &Migration,
    overlay: &mut Overlay<'_>,
) -> Result<(Step, Vec<FileChange>), Vec<Diagnostic>> {
    let slug = &migration.slug;
    let record = request.history.record(slug);
    let applied = record.is_some_and(Record::is_applied);
    let variables =
        request.given.resolve(migration.native.variables(), record).map_err(|diagnostic| vec![diagnostic])?;
    // What it did once is the record's business; a hand edit since then is drift, not a new target.
    let done = |path: &RepoPath| request.history.covers(slug, path);
    let frozen = |path: &RepoPath| (request.excluded)(path) || done(path);
    let outcome = run(migration.native, overlay, &variables, &frozen).map_err(|refused| vec![*refused.0])?;
    let files = file_steps(request, overlay, &outcome)?;
    let action = match (files.is_empty(), applied) {
        (true, true) => Action::Done,
        (true, false) => Action::NothingToDo,
        (false, true) => Action::Extend,
        (false, false) => Action::Apply,
    };
    let bookkeeping = if files.is_empty() { Vec::new() } else { bookkeeping(request, migration, &variables, &files)? };
    Ok((step(migration, action, files, outcome), bookkeeping))
}

fn step(migration: &Migration, action: Action, files: Vec<FileStep>, outcome: Outcome) -> Step {
    Step {
        version: migration.version,
        slug: migration.slug.clone(),
        title: migration.title().to_owned(),
        action,
        files,
        unchanged: outcome.skipped,
        by_hand: outcome.by_hand,
        unrelated: outcome.unrelated,
        warnings: outcome.warnings,
        remark: String::new(),
    }
}

/// The files the migration left different.
fn file_steps(
    request: &Request<'_>,
    overlay: &Overlay<'_>,
    outcome: &Outcome,
) -> Result<Vec<FileStep>, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let mut faults = Vec::new();
    for (path, before) in &outcome.before {
        let after = overlay.read(path).map_err(|error| vec![error.diagnostic()])?;
        let Some(after) = after.filter(|after| after != before) else { continue };
        if before.mode & 0o222 == 0 && !request.force_read_only {
            faults.push(read_only(path));
        }
        let changed = outcome.changed.get(path).cloned().unwrap_or_default();
        files.push(FileStep {
            path: path.clone(),
            before: before.clone(),
            after,
            changed,
            ignored: request.ignored.contains(path),
        });
    }
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

pub(super) fn read_only(path: &RepoPath) -> Diagnostic {
    Diagnostic::error(Code::ReadOnlyFile, format!("`{path}` would change, and it is read-only"))
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help(format!("make it writable: chmod u+w '{path}'; or change it as it is: --force-readonly"))
        .help(format!("or leave it out: --except '{}'", path.glob()))
}

/// The record, the ledger and the receipt after this step.
fn bookkeeping(
    request: &Request<'_>,
    migration: &Migration,
    variables: &Variables,
    files: &[FileStep],
) -> Result<Vec<FileChange>, Vec<Diagnostic>> {
    let slug = &migration.slug;
    let fresh = || {
        let variables = variables.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Record::new(slug.clone(), migration.definition(), variables)
    };
    let extended = |known: Option<&Record>, ignored: bool| {
        let known = known.filter(|record| record.is_applied()).cloned();
        let mut record = known.unwrap_or_else(fresh);
        for file in files.iter().filter(|file| file.ignored == ignored) {
            record.edits.extend(file.changed.traces.iter().map(|trace| Edit::new(file.path.clone(), trace.clone())));
        }
        record
    };
    let mut record = extended(request.history.record(slug), false);
    let mut receipt = request.history.receipt(slug).cloned().unwrap_or_else(fresh);
    let mut withheld = false;
    let told =
        |edit: &Edit| files.iter().any(|file| file.path == edit.file && file.holds_secret(&edit.trace.place.path));
    for edit in record.edits.iter_mut().filter(|edit| !edit.withheld && (edit.is_secret() || told(edit))) {
        receipt.edits.push(edit.clone());
        edit.withheld = true;
        withheld = true;
    }
    let mut changes = Vec::new();
    if withheld {
        changes.push(state_change(request, RECEIPTS, &receipt));
    }
    if files.iter().any(|file| file.ignored) {
        changes.push(state_change(request, LEDGER, &extended(request.history.ledger(slug), true)));
    }
    changes.extend(record_change(request.tree, &record).map_err(|error| vec![error.diagnostic()])?);
    Ok(changes)
}

/// The change of a record in the repository; none where the file says so already.
pub(super) fn record_change(tree: &dyn Tree, record: &Record) -> Result<Option<FileChange>, TreeError> {
    let name = format!("{RECORDS}/{}.toml", record.slug);
    let Ok(path) = RepoPath::new(&name) else { return Ok(None) };
    let before = tree.read(&path)?;
    let mode = before.as_ref().map_or(0o644, |state| state.mode);
    let after = Some(FileState { bytes: record.render().into_bytes(), mode });
    Ok((before != after).then_some(FileChange { place: Place::Repository(path), before, after }))
}

/// The change of a record in the state folder.
pub(super) fn state_change(request: &Request<'_>, folder: &str, record: &Record) -> FileChange {
    let known =
        if folder == LEDGER { request.history.ledger(&record.slug) } else { request.history.receipt(&record.slug) };
    let private = |record: &Record| FileState { bytes: record.render().into_bytes(), mode: 0o600 };
    FileChange {
        place: Place::State(format!("{folder}/{}.toml", record.slug)),
        before: known.map(private),
        after: Some(private(record)),
    }
}

/// The first record brings the line that lets git unite records.
fn add_attributes(overlay: &Overlay<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let Ok(path) = RepoPath::new(ATTRIBUTES) else { return Ok(()) };
    let records = plan.bookkeeping.iter().any(|change| matches!(&change.place, Place::Repository(_)));
    if records && overlay.original(&path).map_err(|error| error.diagnostic())?.is_none() {
        let after = Some(FileState { bytes: ATTRIBUTES_TEXT.as_bytes().to_vec(), mode: 0o644 });
        plan.bookkeeping.insert(0, FileChange { place: Place::Repository(path), before: None, after });
    }
    Ok(())
}
