//! Changing what is recorded and nothing else: a later value kept as the truth, a migration found done.

use std::collections::BTreeSet;

use super::absent::{check_out, may_follow, ways_of_moved};
use super::applied::Applied;
use super::drift::{Drift, DriftKind, drift};
use super::foreign::{Reach, named};
use super::kept::kept_edits;
use super::up::{record_change, state_change};
use super::{Action, Direction, Plan, Refusal, Request, Step, Target, up};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Op, Opened};
use crate::history::{Edit, LEDGER, Record, State};
use crate::migration::{Migration, Slug, ensured};
use crate::path::RepoPath;
use crate::tree::Overlay;

/// Plans to record `slug` as it stands: values that people changed since are meant, and so is its file as it is now.
///
/// # Errors
/// When it is not applied here.
pub fn accept(request: &Request<'_>, slug: &Slug) -> Result<(Plan, Vec<String>), Refusal> {
    let mut plan = Plan { direction: Direction::Up, steps: Vec::new(), bookkeeping: Vec::new() };
    let mut told = Vec::new();
    let applied = |record: Option<&'_ Record>| record.filter(|record| record.is_applied()).cloned();
    let (record, ledger) = (applied(request.history.record(slug)), applied(request.history.ledger(slug)));
    if record.is_none() && ledger.is_none() {
        return Err(not_applied(slug).into());
    }
    let applied = Applied::of(request);
    for (known, private) in [(record, false), (ledger, true)] {
        let Some(mut record) = known else { continue };
        let before = record.clone();
        let edits: Vec<&Edit> = before.edits.iter().collect();
        for found in drift(request, &applied, slug, &edits) {
            told.push(accepted(request, &mut record, &found)?);
        }
        if let Some(migration) = request.catalogue.get(slug)
            && record.definition != migration.definition()
        {
            record.definition = migration.definition();
            told.push(format!("the file of {slug} is kept as it is now"));
            let reach = Reach::of(request, migration)?;
            let (ours, others) = record.edits.into_iter().partition(|edit| named(edit).all(|path| reach.has(&path)));
            record.edits = ours;
            let others: BTreeSet<RepoPath> = others.into_iter().map(|edit: Edit| edit.file).collect();
            told.extend(others.iter().map(|path| no_business(path.as_str(), slug)));
        }
        if record == before {
            continue;
        }
        // A value that is a secret does not belong into a record that git keeps.
        let hidden: Vec<_> = record.edits.iter().filter(|edit| edit.withheld).cloned().collect();
        let beside_hidden = |edit: &Edit| {
            hidden.iter().any(|other| other.file == edit.file && other.trace.place.path == edit.trace.place.path)
        };
        record.edits.retain(|edit| private || edit.withheld || !edit.is_secret() && !beside_hidden(edit));
        if private {
            plan.bookkeeping.push(state_change(request, LEDGER, &record));
        } else {
            plan.bookkeeping.extend(record_change(request.tree, &record).map_err(|error| error.diagnostic())?);
        }
    }
    Ok((plan, told))
}

/// Makes `record` say what is there in the place of what `found` tells of; in words.
fn accepted(request: &Request<'_>, record: &mut Record, found: &Drift) -> Result<String, Diagnostic> {
    let (slug, path) = (record.slug.clone(), &found.path);
    let refused = |message: String| {
        let fault = Diagnostic::error(Code::DoesNotParse, message).at(Location::file(path.as_str()));
        fault.note("nothing was written")
    };
    match &found.kind {
        DriftKind::Unreadable => return Err(refused(format!("{path} does not parse")).help("mend the file first")),
        DriftKind::Unseen => {
            let fault = refused(format!("{path} is not in this work tree, so nothing tells what it says"));
            return Err(Diagnostic { code: Code::LaterEdit, ..fault }.help(check_out(path)));
        }
        DriftKind::FileMoved(to) if may_follow(request, &slug, to) => {
            for edit in record.edits.iter_mut().filter(|edit| edit.file == *path) {
                edit.file = to.clone();
            }
            return Ok(format!("{path} is {to} now"));
        }
        DriftKind::FileMoved(to) => {
            let fault = refused(format!("{path} is {to} by now, which {slug} never touches"));
            let ways = ways_of_moved(request, &slug, path, to);
            return Err(ways.into_iter().fold(Diagnostic { code: Code::LaterEdit, ..fault }, Diagnostic::help));
        }
        DriftKind::FileGone => {
            record.edits.retain(|edit| edit.file != *path);
            return Ok(no_business(path.as_str(), &slug));
        }
        _ => {}
    }
    let subject = found.subject_in_file();
    let is_kept = found.kind == DriftKind::Changed || matches!(found.op, Op::Create | Op::Rewrite);
    let known = record.edits.iter().find(|edit| found.is_of(edit)).filter(|_| is_kept);
    match known.and_then(|edit| current(request, edit)) {
        Some(now) => {
            let same = record.edits.iter_mut().filter(|edit| found.is_of(edit));
            same.for_each(|edit| edit.trace.now.clone_from(&now));
            Ok(format!("{subject} is kept as it is"))
        }
        None => {
            record.edits.retain(|edit| !found.is_of(edit));
            Ok(no_business(&subject, &slug))
        }
    }
}

fn no_business(subject: &str, slug: &Slug) -> String {
    format!("{subject} is no business of {slug} any more")
}

fn not_applied(slug: &Slug) -> Diagnostic {
    Diagnostic::error(Code::UnknownMigration, format!("`{slug}` is not applied here"))
        .help("see what is: migrate status")
}

/// What stands by now in the place of what `edit` wrote.
fn current(request: &Request<'_>, edit: &Edit) -> Option<String> {
    let state = request.tree.read(&edit.file).ok()??;
    match edit.trace.op {
        Op::Mode => return Some(format!("{:04o}", state.mode & 0o777)),
        Op::Create | Op::Rewrite => return String::from_utf8(state.bytes.to_vec()).ok(),
        Op::Delete | Op::Relocate => return None,
        _ if edit.trace.place.part.is_some() => return None,
        _ => {}
    }
    let opened = format::open(edit.file.file_name(), edit.format.as_deref(), &state.bytes).ok()?;
    let Opened { format, text, document, .. } = opened;
    let text = &text.content;
    let node = format::find(format, &document, &edit.trace.placed(format, text, &document).place.path)?;
    let written = &edit.trace.now;
    match edit.trace.op {
        Op::Replace | Op::Keep => Some(node.value.of(text).to_owned()),
        Op::Insert => {
            let blank = |c: char| c.is_whitespace() || c == ',';
            let lead = written.len() - written.trim_start_matches(blank).len();
            let tail = written.trim_end_matches(blank).len();
            Some(format!("{}{}{}", &written[..lead], node.entry.of(text), written.get(tail.max(lead)..)?))
        }
        _ => None,
    }
}

/// Plans to record `slug` as done by others: only where there is nothing left to do, and what it ensures holds.
///
/// # Errors
/// When it is recorded already, or the evidence is missing; with what is missing.
pub fn adopt(request: &Request<'_>, slug: &Slug) -> Result<Plan, Refusal> {
    if request.history.record(slug).is_some_and(Record::is_applied) {
        return Err(Diagnostic::error(Code::Usage, format!("`{slug}` is applied already")).into());
    }
    let Some(migration) = request.catalogue.get(slug) else { return Err(not_applied(slug).into()) };
    let planned = up(request, &Target::Only(vec![slug.clone()]))?;
    let step: Option<&Step> = planned.steps.first();
    let missing = step.map_or(0, |step| step.files.len());
    let evidence = step.map_or(0, |step| step.unchanged.len());
    if missing > 0 || evidence == 0 {
        return Err(no_evidence(migration, step).into());
    }
    let variables = request.given.resolve(&migration.variables(), None)?;
    let broken =
        ensured(migration, &mut Overlay::new(request.tree), &variables, &|_, _| false).map_err(|refused| *refused.0)?;
    if !broken.is_empty() {
        return Err(broken.into());
    }
    let values = variables.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut record = Record::new(slug.clone(), migration.definition(), values);
    record.state = State::Adopted;
    record.edits = step.map_or_else(Vec::new, |step| kept_edits(request, request.tree, &variables, &step.kept, &[]));
    let change = record_change(request.tree, &record).map_err(|error| error.diagnostic())?;
    Ok(Plan { direction: Direction::Up, steps: Vec::new(), bookkeeping: change.into_iter().collect() })
}

fn no_evidence(migration: &Migration, step: Option<&Step>) -> Diagnostic {
    let name = migration.name();
    let files = step.map(|step| step.files.as_slice()).unwrap_or_default();
    let base = Diagnostic::error(Code::Unmet, format!("{name} is not done here: there is no evidence of it"));
    let base = files.iter().fold(base, |fault, file| {
        let places: Vec<String> =
            file.changed.settings.iter().take(5).map(|setting| format!("`{}`", setting.place)).collect();
        fault.note(format!("{} lacks {}", file.path, places.join(", ")))
    });
    let nothing = step.is_none_or(|step| step.action == Action::NothingToDo && step.unchanged.is_empty());
    let base = if nothing { base.note("no file here says so") } else { base };
    base.note("nothing was written").help(format!("apply it: migrate up {}", migration.slug))
}
