//! The plan of `up`: each pending migration run over what the ones before it left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::drift::{Drift, still_there, without_record};
use super::edited::edited_since;
use super::here;
use super::kept::kept_edits;
use super::order::{refuse_crossing, same_number, tip};
use super::plaintext;
use super::{Action, Direction, FileChange, FileStep, Place, Plan, Refusal, Request, Step, Target, without_private};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::format::{self, Op, Secrets, Trace};
use crate::history::{ATTRIBUTES, ATTRIBUTES_TEXT, Edit, LEDGER, RECEIPTS, RECORDS, Record, State};
use crate::migration::declared::Declaration;
use crate::migration::{Edited, Extent, Migration, Outcome, Slug, Variables, run};
use crate::parallel;
use crate::path::RepoPath;
use crate::text::Span;
use crate::tree::{FileState, Overlay, Tree, TreeError};
use crate::value::{KeyPath, mask};

/// Plans what `target` asks for.
///
/// # Errors
/// When one of the migrations refuses or fails: then there is no plan at all.
pub fn up(request: &Request<'_>, target: &Target) -> Result<Plan, Refusal> {
    let overlay = || Overlay::without(request.tree, &request.catalogue.owned());
    let mut foreseeing = overlay().foreseeing();
    // Each file is read once for all migrations, and the plan that comes of it counts where every file reads as foreseen.
    // Else each edit is read before the next one is made: that tells which one can not be made, and why.
    match planned(request, target, &mut foreseeing) {
        Ok(plan) if foreseeing.reads_as_foreseen() => Ok(plan),
        _ => {
            drop(foreseeing);
            planned(request, target, &mut overlay())
        }
    }
}

fn planned(request: &Request<'_>, target: &Target, overlay: &mut Overlay<'_>) -> Result<Plan, Refusal> {
    let mut plan = Plan { direction: Direction::Up, steps: Vec::new(), bookkeeping: Vec::new() };
    let named = matches!(target, Target::Only(_));
    let asked = || request.catalogue.iter().filter(|migration| is_asked(migration, target));
    for slug in asked().rev().map(|migration| &migration.slug).filter(|_| !named) {
        let Some(ledger) = here::left_over(request, slug) else { continue };
        let (step, change) = here::take_back(request, overlay, slug, ledger)?;
        plan.steps.push(step);
        plan.bookkeeping.push(change);
    }
    look_ahead(overlay, asked());
    for migration in asked() {
        let record = request.history.record(&migration.slug);
        if record.is_some_and(|record| record.state == State::Reverted) && !named {
            if plan.steps.iter().all(|step| step.slug != migration.slug) {
                let mut held = step(migration, Action::Held, Vec::new(), Outcome::default());
                held.warnings.extend(record.and_then(|record| half_reverted(request, record)));
                plan.steps.push(held);
            }
            continue;
        }
        if let Some(fault) = record.and_then(|record| half_reverted(request, record)) {
            return Err(Diagnostic { severity: Severity::Error, ..fault.note("nothing was written") }.into());
        }
        let asked = |slug: &Slug| plan.steps.iter().any(|step| step.slug == *slug && step.action != Action::Held);
        if let Some(fault) = unmet_need(request, migration, &asked) {
            return Err(refused(request, &plan, migration, vec![fault]));
        }
        let secrets = plaintext::refused(request, migration);
        if !secrets.is_empty() {
            return Err(refused(request, &plan, migration, secrets));
        }
        let before: Vec<&Step> = plan.steps.iter().collect();
        match advance(request, migration, overlay, &before) {
            Ok((step, bookkeeping)) => {
                // Whoever looks at them reads them again: a plan of many steps does not keep the trees of all.
                plan.steps.last_mut().into_iter().flat_map(|last| &mut last.files).for_each(FileStep::close);
                plan.steps.push(step);
                plan.bookkeeping.extend(bookkeeping);
            }
            Err(diagnostics) => return Err(refused(request, &plan, migration, diagnostics)),
        }
    }
    #[cfg(feature = "tls")]
    super::insecure::warn(request, overlay, &mut plan.steps);
    plan.bookkeeping.extend(tip(request, &plan)?);
    add_attributes(overlay, &mut plan)?;
    Ok(plan)
}

/// What each migration of the catalogue would do, the ones before it done; one that refuses does nothing.
pub(super) fn each(request: &Request<'_>) -> Vec<Result<Step, Vec<Diagnostic>>> {
    let mut overlay = Overlay::without(request.tree, &request.catalogue.owned());
    look_ahead(&mut overlay, request.catalogue.iter());
    let mut done: Vec<Slug> = Vec::new();
    let mut all: Vec<Result<Step, Vec<Diagnostic>>> = Vec::new();
    for migration in request.catalogue.iter() {
        let record = request.history.record(&migration.slug);
        if record.is_some_and(|record| record.state == State::Reverted) {
            all.push(Ok(step(migration, Action::Held, Vec::new(), Outcome::default())));
            continue;
        }
        let before = overlay.changes();
        let planned = match unmet_need(request, migration, &|slug| done.contains(slug)) {
            Some(fault) => Err(vec![fault]),
            None => match plaintext::refused(request, migration) {
                secrets if secrets.is_empty() => {
                    let earlier: Vec<&Step> = all.iter().flatten().collect();
                    advance(request, migration, &mut overlay, &earlier).map(|(step, _)| step)
                }
                secrets => Err(secrets),
            },
        };
        match &planned {
            Ok(_) => done.push(migration.slug.clone()),
            Err(_) => overlay.restore(before),
        }
        all.push(planned.map_err(|diagnostics| without_private(request, diagnostics)));
    }
    all
}

/// One look at the files for all `migrations`.
fn look_ahead<'m>(overlay: &mut Overlay<'_>, migrations: impl Iterator<Item = &'m Migration>) {
    overlay.look_ahead(migrations.map(|migration| migration.targets().wanted()).collect());
}

fn refused(request: &Request<'_>, plan: &Plan, migration: &Migration, mut diagnostics: Vec<Diagnostic>) -> Refusal {
    let waits = |other: &&Migration| other.slug != migration.slug && request.history.record(&other.slug).is_none();
    let other = request.catalogue.iter().find(waits).filter(|_| request.extent == Extent::Whole);
    for missing in diagnostics.iter_mut().filter(|one| one.code == Code::MissingVariable) {
        missing
            .help
            .extend(other.map(|other| format!("go on without {}: migrate up {}", migration.name(), other.name())));
    }
    let ready = plan.steps.iter().filter(|step| !step.files.is_empty());
    Refusal {
        diagnostics: without_private(request, diagnostics),
        ready: ready.map(|step| (step.version, step.slug.clone())).collect(),
        refused: Some((Some(migration.version), migration.slug.clone())),
    }
}

/// The first migration that this one needs and that is neither applied nor on its way.
fn unmet_need(request: &Request<'_>, migration: &Migration, asked: &dyn Fn(&Slug) -> bool) -> Option<Diagnostic> {
    // A sample has no other migrations.
    let declaration = migration.declaration().filter(|_| request.extent == Extent::Whole)?;
    let applied = |slug: &Slug| request.history.record(slug).is_some_and(Record::is_applied);
    let is_met = |slug: &Slug| applied(slug) || asked(slug) || has_nothing_to_do(request, slug);
    let (slug, text) = declaration.needs.iter().find(|(slug, _)| !is_met(slug))?;
    let known = request.catalogue.get(slug).is_some();
    let message = format!("{} needs `{slug}`, which is not applied", migration.name());
    let diagnostic = Diagnostic::error(Code::Guard, message)
        .at(declaration.source.location(text.span, "needed"))
        .note("nothing was written");
    if *slug == migration.slug {
        return Some(diagnostic.help("a migration can not need itself: name an earlier one"));
    }
    Some(match known {
        true => diagnostic.help(format!("apply it first: migrate up {slug}")),
        false => diagnostic.help("no migration has that name"),
    })
}

/// Whether the migration `slug` finds nothing to do here, so that it is never recorded and yet as good as applied.
fn has_nothing_to_do(request: &Request<'_>, slug: &Slug) -> bool {
    let Some(migration) = request.catalogue.get(slug).filter(|_| request.history.record(slug).is_none()) else {
        return false;
    };
    let alone = advance(request, migration, &mut Overlay::new(request.tree), &[]);
    alone.is_ok_and(|(step, _)| step.action == Action::NothingToDo)
}

/// A warning where a record was taken back, and something of it still holds.
pub(super) fn half_reverted(request: &Request<'_>, record: &Record) -> Option<Diagnostic> {
    let rest = if record.is_half_reverted() { still_there(request, record) } else { Vec::new() };
    let first = rest.first()?;
    let message = format!("`{}` was taken back, and `{}` of {} is still there", record.slug, first.place, first.path);
    Some(
        Diagnostic::warning(Code::Drift, message)
            .at(Location::file(first.path.as_str()))
            .help(format!("take the rest back, too: migrate down {}", record.slug)),
    )
}

fn is_asked(migration: &Migration, target: &Target) -> bool {
    match target {
        Target::Latest => true,
        Target::To(version) => migration.version <= *version,
        Target::Only(slugs) => slugs.contains(&migration.slug),
    }
}

/// Runs one migration behind those of `before`, and writes down what it did.
fn advance(
    request: &Request<'_>,
    migration: &Migration,
    overlay: &mut Overlay<'_>,
    before: &[&Step],
) -> Result<(Step, Vec<FileChange>), Vec<Diagnostic>> {
    request.tree.progress().inspect(|progress| progress.plans(migration.version.0));
    let slug = &migration.slug;
    let record = request.history.record(slug);
    let applied = record.is_some_and(Record::is_applied);
    let variables = request.given.resolve(&migration.variables(), record).map_err(|diagnostic| vec![diagnostic])?;
    // What it did once is the record's business; a hand edit since then is drift, not a new target.
    let is_done = here::done(request, slug);
    let frozen = |path: &RepoPath| (request.excluded)(path) || is_done(path);
    let ledger = request.history.ledger(slug).is_some_and(Record::is_applied);
    let extent = if applied || ledger { Extent::Late } else { request.extent };
    let run = run(migration, overlay, &variables, &frozen, extent);
    let mut outcome = run.map_err(|refused| vec![without_new_lines(request, &variables, *refused.0)])?;
    outcome.warnings.extend(edited_since(request, migration));
    outcome.warnings.extend(record.filter(|_| applied).and_then(|record| other_value(request, migration, record)));
    let files = file_steps(request, overlay, &outcome, &variables)?;
    if !applied {
        let faults = refuse_crossing(request, migration, overlay, &files, before);
        if !faults.is_empty() {
            return Err(faults);
        }
        let changes = !files.is_empty();
        outcome.warnings.extend(same_number(request, migration, before).filter(|_| changes));
    }
    if !files.is_empty()
        && let Some(lost) = without_record(request, slug).filter(|_| record.is_none())
    {
        return Err(vec![record_lost(slug, &lost)]);
    }
    let action = match (files.is_empty(), applied) {
        (true, true) => Action::Done,
        (true, false) => Action::NothingToDo,
        (false, true) => Action::Extend,
        (false, false) => Action::Apply,
    };
    let bookkeeping = match files.is_empty() {
        true => Vec::new(),
        false => bookkeeping(request, (migration, &variables), overlay, &files, &outcome.kept)?,
    };
    Ok((step(migration, action, files, outcome), bookkeeping))
}

/// A note where a value is given that is not the one of what was applied.
fn other_value(request: &Request<'_>, migration: &Migration, record: &Record) -> Option<Diagnostic> {
    let declared = migration.variables();
    let given = |name: &String| {
        let said = request.given.command_line.get(name).or_else(|| request.given.environment.get(name))?;
        declared.iter().any(|variable| variable.name == *name).then_some(said)
    };
    let other = |(name, was): &(String, String)| given(name).filter(|said| *said != was).is_some();
    let (name, was) = record.variables.iter().find(|pair| other(pair))?;
    let message =
        format!("`{name}` was `{}` when {} was applied, and what was written stays so", mask(was), migration.name());
    let told = Diagnostic::warning(Code::Usage, message)
        .help(format!("apply it anew with the other value: migrate redo {} --set {name}=...", migration.slug));
    Some(Diagnostic { severity: Severity::Note, ..told })
}

/// Why a migration is not applied anew whose record is deleted: what it did already would never be taken back.
fn record_lost(slug: &Slug, lost: &Drift) -> Diagnostic {
    let message = format!("the record of `{slug}` is deleted here, git has it, and {} still holds", lost.subject());
    Diagnostic::error(Code::RecordDamaged, message)
        .at(Location::file(lost.path.as_str()))
        .note("nothing was written")
        .help(format!("bring it back: git checkout HEAD -- '{}'", lost.path))
}

/// Takes the lines out of `fault` that the migration itself wrote before it: a secret that it moved has another name
/// there, and the value of a secret variable has none.
pub(super) fn without_new_lines(request: &Request<'_>, variables: &Variables, mut fault: Diagnostic) -> Diagnostic {
    let secret = !variables.secrets().is_empty();
    let is_old = |place: &Location| {
        let Ok(path) = RepoPath::new(&place.path) else { return true };
        match request.tree.read(&path) {
            Ok(Some(state)) => {
                let text = String::from_utf8_lossy(&state.bytes);
                let harmless = || !secret && Secrets::of(path.file_name(), &text).spans().is_empty();
                text.lines().any(|line| line.trim_end() == place.excerpt.trim_end()) || harmless()
            }
            _ => !secret,
        }
    };
    for place in fault.places.iter_mut().filter(|place| !place.excerpt.is_empty()) {
        // A migration file is shown as it is, whatever it is read from.
        let of_migration =
            request.catalogue.iter().filter_map(Migration::declaration).any(|one| one.source.path == place.path);
        if !of_migration && !is_old(place) {
            *place = Location { excerpt: String::new(), span: Span::default(), ..place.clone() };
        }
    }
    fault
}

fn step(migration: &Migration, action: Action, files: Vec<FileStep>, outcome: Outcome) -> Step {
    Step {
        version: Some(migration.version),
        slug: migration.slug.clone(),
        title: migration.title().to_owned(),
        action,
        files,
        unchanged: outcome.skipped,
        kept: outcome.kept,
        by_hand: outcome.by_hand,
        unrelated: outcome.unrelated,
        warnings: outcome.warnings,
        remark: String::new(),
    }
}

/// The files the migration left different.
pub(super) fn file_steps(
    request: &Request<'_>,
    overlay: &Overlay<'_>,
    outcome: &Outcome,
    variables: &Variables,
) -> Result<Vec<FileStep>, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let mut faults = Vec::new();
    for (path, before) in &outcome.before {
        let after = overlay.read(path).map_err(|error| vec![error.diagnostic()])?;
        let is_moved_here = |edit: &Edited| edit.trace.op == Op::Relocate;
        let known = outcome.changed.get(path);
        // Another file may have come to this place that says the same.
        if after == *before && !known.is_some_and(|changed| changed.edits.iter().any(is_moved_here)) {
            continue;
        }
        if before.as_ref().is_some_and(|before| before.mode & 0o222 == 0) && !request.force_read_only {
            faults.push(read_only(path));
        }
        let mut changed = known.cloned().unwrap_or_default();
        changed.secrets = variables.secrets();
        let ignored = request.ignored.contains(path);
        let mut file = FileStep::new(path.clone(), (before.clone(), after), changed, ignored);
        let moved = file.changed.edits.iter().any(|edit| came_from_private(request, &edit.trace));
        // By its new name git may not ignore it, and what it says is private still.
        file.changed.private.extend(moved.then(KeyPath::default));
        files.push(file);
    }
    let disguised = parallel::map(&files, |file| file.disguised(&[]));
    for (file, disguised) in files.iter_mut().zip(disguised) {
        file.changed.private.extend(disguised);
    }
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

/// Whether a file was moved from where git ignores it.
pub(super) fn came_from_private(request: &Request<'_>, trace: &Trace) -> bool {
    trace.op == Op::Relocate && RepoPath::new(&trace.was).is_ok_and(|origin| request.ignored.contains(&origin))
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
    (migration, variables): (&Migration, &Variables),
    tree: &dyn Tree,
    files: &[FileStep],
    kept: &BTreeMap<RepoPath, Vec<Edited>>,
) -> Result<Vec<FileChange>, Vec<Diagnostic>> {
    let slug = &migration.slug;
    let fresh = || {
        let variables = variables.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut record = Record::new(slug.clone(), migration.definition(), variables);
        record.back = migration.declaration().and_then(Declaration::text_back);
        record
    };
    let extended = |known: Option<&Record>, ignored: bool| {
        let known = known.filter(|record| record.is_applied()).cloned();
        let mut record = known.unwrap_or_else(fresh);
        // A fresh copy of an ignored file is not the one that the ledger remembers.
        record.edits.retain(|edit| !ignored || files.iter().all(|file| file.path != edit.file));
        for file in files.iter().filter(|file| file.ignored == ignored) {
            let mut edits = file.changed.edits.clone();
            Trace::number(edits.iter_mut().map(|edit| &mut edit.trace));
            mark(file, &mut edits);
            edits.iter_mut().for_each(|edit| veil(file, &mut edit.trace));
            let edits = edits.into_iter();
            record.edits.extend(edits.map(|edit| Edit::new(file.path.clone(), edit.format, edit.trace)));
        }
        record
    };
    let mut record = extended(request.history.record(slug), false);
    let mut receipt = request.history.receipt(slug).cloned().unwrap_or_else(fresh);
    let mut withheld = false;
    // Where a file came from is in git, and its permissions are no secret.
    let is_open = |edit: &Edit| match edit.trace.op {
        Op::Relocate => !came_from_private(request, &edit.trace),
        op => op == Op::Mode,
    };
    let shared: BTreeMap<&RepoPath, &FileStep> =
        files.iter().filter(|file| !file.ignored).map(|file| (&file.path, file)).collect();
    let told = |edit: &Edit| {
        let of_file = |file: &&FileStep| {
            let texts = [&edit.trace.was, &edit.trace.now];
            let path = &edit.trace.place.path;
            file.is_private(path) || file.holds_secret(path) || texts.iter().any(|text| file.changed.tells_secret(text))
        };
        shared.get(&edit.file).is_some_and(of_file)
    };
    let is_withheld = |edit: &Edit| !edit.withheld && !is_open(edit) && (edit.is_secret() || told(edit));
    let are_withheld = parallel::map(&record.edits, is_withheld);
    for (edit, _) in record.edits.iter_mut().zip(are_withheld).filter(|(_, is_withheld)| *is_withheld) {
        // What led to the same text before is no more to be told from this.
        receipt.edits.retain(|known| !known.is_same(edit) || known.trace.now != edit.trace.now);
        receipt.edits.push(edit.clone());
        edit.withheld = true;
        // The parts beside one inside a text are parts of a secret.
        if edit.trace.place.part.is_some() {
            edit.trace.after.clear();
        }
        withheld = true;
    }
    record.edits.extend(kept_edits(request, tree, variables, kept, &record.edits));
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

/// Remembers how the places of `edits` are found in `file` when others come and go around them.
fn mark(file: &FileStep, edits: &mut [Edited]) {
    if !edits.iter().any(|edit| edit.trace.is_among_others() || edit.trace.is_taken_out()) {
        return;
    }
    let Some(state) = &file.after else { return };
    let formats: BTreeSet<Option<&str>> = edits.iter().map(|edit| edit.format).collect();
    for forced in formats {
        let name = file.path.file_name();
        let opened = match forced {
            None => state.bytes.open(name),
            Some(_) => format::open(name, forced, &state.bytes).map(Arc::new),
        };
        let Ok(opened) = opened else { continue };
        let secrets = opened.secrets();
        let is_secret = |path: &KeyPath, value: &str| {
            file.ignored || secrets.touch(path) || file.is_private(path) || file.changed.tells_secret(value)
        };
        let own = edits.iter_mut().filter(|edit| edit.format == forced);
        let mut traces: Vec<&mut Trace> = own.map(|edit| &mut edit.trace).collect();
        Trace::mark(&mut traces, opened.format, &opened.text.content, &opened.document, &is_secret);
    }
}

/// Ends the lines that a stretch of `file` is found by before one that shows the value of a secret variable.
fn veil(file: &FileStep, trace: &mut Trace) {
    if trace.op == Op::Text {
        let told = trace.after.iter().position(|line| file.changed.tells_secret(line));
        trace.after.truncate(told.unwrap_or(usize::MAX));
    }
}

/// The change of a record in the repository; none where the file says so already.
pub(super) fn record_change(tree: &dyn Tree, record: &Record) -> Result<Option<FileChange>, TreeError> {
    let name = format!("{RECORDS}/{}.toml", record.slug);
    let Ok(path) = RepoPath::new(&name) else { return Ok(None) };
    let before = tree.read(&path)?;
    let mode = before.as_ref().map_or(0o644, |state| state.mode);
    let after = Some(FileState::new(record.render().into_bytes(), mode));
    Ok((before != after).then_some(FileChange { place: Place::Repository(path), before, after }))
}

/// The change of a record that git does not keep.
pub(super) fn state_change(request: &Request<'_>, folder: &str, record: &Record) -> FileChange {
    let name = format!("{folder}/{}.toml", record.slug);
    let private = |bytes: Vec<u8>| FileState::new(bytes, 0o600);
    FileChange {
        before: request.history.private().get(&name).cloned().map(private),
        place: if folder == RECEIPTS { Place::Shared(name) } else { Place::State(name) },
        after: Some(private(record.render().into_bytes())),
    }
}

/// The first record brings the line that lets git unite records.
fn add_attributes(overlay: &Overlay<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let Ok(path) = RepoPath::new(ATTRIBUTES) else { return Ok(()) };
    let records = plan.bookkeeping.iter().any(|change| matches!(&change.place, Place::Repository(_)));
    if records && overlay.original(&path).map_err(|error| error.diagnostic())?.is_none() {
        let after = Some(FileState::new(ATTRIBUTES_TEXT.as_bytes().to_vec(), 0o644));
        plan.bookkeeping.insert(0, FileChange { place: Place::Repository(path), before: None, after });
    }
    Ok(())
}
