//! The plan of `down`: each recorded edit taken back by place, whatever was edited around it since.

use std::collections::{BTreeMap, BTreeSet};

use super::declared_back::{declared_back, go_back, overwritten};
use super::foreign::{foreign, own_part};
use super::here;
use super::order::tip;
use super::overlap::{last_first, later};
use super::recall::Recalled;
use super::takeback::take_back;
use super::up::{record_change, state_change};
use super::waiting::Waiting;
use super::{Action, Direction, FileChange, FileStep, Place, Plan, Refusal, Request, Step, without_private};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::history::{Edit, LEDGER, Record, State};
use crate::migration::declared::WayBack;
use crate::migration::{Migration, Slug};
use crate::path::RepoPath;
use crate::tree::{Overlay, Tree};

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
    /// A person decides in the file, between git's conflict markers.
    Markers,
}

/// How migrations are taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub on_conflict: OnConflict,
    /// The record goes, too, as if the migration had never been applied.
    pub forget: bool,
    /// Why, for the record.
    pub reason: Option<String>,
    /// It is applied again right behind.
    pub again: bool,
    /// Only what is recorded counts, whatever the migration declares as its way back.
    pub derived: bool,
    /// Values of secrets that nothing here remembers, by the place of the setting.
    pub values: BTreeMap<String, String>,
    /// What git's history tells of those that the records withhold.
    pub recalled: Recalled,
}

/// Plans to take back `slugs`, in the given order.
///
/// # Errors
/// When one of them was never applied, or somebody changed one of its settings since. Nothing is taken back then.
pub fn down(request: &Request<'_>, slugs: &[Slug], wish: &Wish) -> Result<Plan, Refusal> {
    down_or_wait(request, slugs, wish).map(|(plan, _)| plan)
}

/// The same; where [`OnConflict::Markers`] leaves something to decide, with what is to be kept until it is. The plan
/// records nothing then.
///
/// # Errors
/// As [`down`], and where a conflict can not be written with markers.
pub fn down_or_wait(request: &Request<'_>, slugs: &[Slug], wish: &Wish) -> Result<(Plan, Option<Waiting>), Refusal> {
    let mut waiting = None;
    let mut overlay = Overlay::new(request.tree);
    let mut plan = Plan { direction: Direction::Down, steps: Vec::new(), bookkeeping: Vec::new() };
    let mut taken: Vec<&Slug> = Vec::new();
    for slug in slugs {
        let record = request.history.record(slug).filter(|record| record.is_applied() || record.is_half_reverted());
        let (shared, own) = here::known(request, slug);
        if record.is_none() && own.is_none() {
            let known = request.history.record(slug).map_or("was never applied here", |_| "was taken back already");
            return Err(Diagnostic::error(Code::UnknownMigration, format!("`{slug}` {known}"))
                .help("see what is applied: migrate status")
                .into());
        }
        let declaration = request.catalogue.get(slug).and_then(Migration::declaration);
        if let Some(declaration) = declaration
            && let WayBack::Never(reason) = &declaration.back
        {
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
        step.remark = wish.recalled.remark(slug, &step.remark);
        let mut faults = shared.as_ref().map_or(Ok(Vec::new()), |record| foreign(request, record))?;
        let own = own.map(|ledger| own_part(request, ledger)).transpose()?;
        let own = own.map(|(ledger, warning)| {
            step.warnings.extend(warning);
            ledger
        });
        let (record, ledger) = (shared.as_ref(), own.as_ref());
        let mut in_conflict = Vec::new();
        let receipt = request.history.receipt(slug).into_iter().flat_map(|receipt| &receipt.edits);
        let known: Vec<&Edit> = receipt.chain(wish.recalled.edits(slug)).collect();
        let declared = if wish.derived { None } else { declared_back(request, slug, record.or(ledger))? };
        if let Some(migration) = &declared {
            faults.extend(overwritten(request, &overlay, slug, [record, ledger], &known, wish));
            if faults.is_empty() {
                match go_back(request, &mut overlay, migration, record.or(ledger)) {
                    Ok((files, unchanged)) => (step.files, step.unchanged) = (files, unchanged),
                    Err(refused) => faults.extend(refused),
                }
            }
        }
        let derived = if declared.is_some() { [None, None] } else { [record, ledger] };
        let edits = by_file(&overlay, derived.into_iter().flatten(), &known);
        let taken_back = take_back(request, &mut overlay, slug, &edits, wish);
        faults.extend(taken_back.faults);
        in_conflict.extend(taken_back.sides);
        step.files.extend(taken_back.files);
        step.unchanged.extend(taken_back.kept);
        if !in_conflict.is_empty() && slugs.len() > 1 {
            faults.push(
                Diagnostic::error(Code::LaterEdit, format!("`{slug}` has conflicts, and others go with it"))
                    .note("nothing was written")
                    .help(format!(
                        "one at a time, the last one first: migrate down {} --on-conflict=markers",
                        slugs[0]
                    )),
            );
        }
        if !faults.is_empty() {
            return Err(Refusal {
                diagnostics: without_private(request, faults),
                ready: Vec::new(),
                refused: Some((step.version, slug.clone())),
            });
        }
        if in_conflict.is_empty() {
            plan.bookkeeping.extend(tombstones(request, &overlay, slug, wish)?);
        } else {
            step.action = Action::Undecided;
            waiting = Some(Waiting::new(slug, wish, &step.files, &in_conflict));
        }
        plan.steps.push(step);
    }
    plan.bookkeeping.extend(tip(request, &plan)?);
    Ok((plan, waiting))
}

/// What the applied migration `slug` does to the files as they are: each without it, and as it is. `None` where that can
/// not be told, as behind a later migration of the same settings.
pub fn effect(request: &Request<'_>, slug: &Slug) -> Option<Vec<FileStep>> {
    let wish = Wish { on_conflict: OnConflict::Keep, derived: true, ..Wish::default() };
    let plan = down(request, std::slice::from_ref(slug), &wish).ok()?;
    let turned = |step: FileStep| FileStep::new(step.path, (step.after, step.before), step.changed, step.ignored);
    Some(plan.steps.into_iter().flat_map(|step| step.files).map(turned).collect())
}

/// What is recorded of a migration that is taken back, which leaves `tree`. What it did to a file that is not there stays on
/// record: the file may come back.
pub(super) fn tombstones(
    request: &Request<'_>,
    tree: &dyn Tree,
    slug: &Slug,
    wish: &Wish,
) -> Result<Vec<FileChange>, Refusal> {
    let record = request.history.record(slug).filter(|record| record.is_applied() || record.is_half_reverted());
    let ledger = request.history.ledger(slug).filter(|record| record.is_applied());
    let is_own = here::own(request, ledger);
    let mut changes = Vec::new();
    for (known, private) in [(record, false), (ledger, true)] {
        let Some(known) = known else { continue };
        let mut tombstone = known.clone();
        tombstone.state = State::Reverted;
        let whole: BTreeSet<&RepoPath> =
            known.edits.iter().filter(|edit| edit.trace.op.is_whole()).map(|edit| &edit.file).collect();
        let is_absent = |path: &RepoPath| matches!(tree.read(path), Ok(None)) && !whole.contains(path);
        let may_come = |edit: &Edit| !private && is_absent(&edit.file) && !is_own(edit);
        tombstone.edits.retain(|edit| edit.changes_something() && may_come(edit));
        tombstone.back = None;
        tombstone.reason = wish.reason.clone().or(tombstone.reason);
        if wish.forget {
            changes.extend(forgotten(request, known, private)?);
        } else if private {
            changes.push(state_change(request, LEDGER, &tombstone));
        } else {
            changes.extend(record_change(request.tree, &tombstone).map_err(|error| error.diagnostic())?);
        }
    }
    Ok(changes)
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
    last_first(request, &all)
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

pub(super) fn new_step(request: &Request<'_>, slug: &Slug) -> Step {
    let migration = request.catalogue.get(slug);
    Step {
        version: migration.map(|migration| migration.version),
        slug: slug.clone(),
        title: migration.map_or("its migration is gone", Migration::title).to_owned(),
        action: Action::Revert,
        files: Vec::new(),
        unchanged: BTreeMap::new(),
        kept: BTreeMap::new(),
        by_hand: BTreeMap::new(),
        unrelated: 0,
        warnings: Vec::new(),
        remark: migration.map_or(String::new(), |migration| migration.takes_away().to_owned()),
    }
}

/// The recorded edits by file, secrets filled in from `known`: those that the receipt has, or git's history.
/// Of several, the one that led to what stands in `tree`.
pub(super) fn by_file<'r>(
    tree: &dyn Tree,
    records: impl Iterator<Item = &'r Record>,
    known: &[&Edit],
) -> BTreeMap<RepoPath, Vec<Edit>> {
    let stands = |edit: &&&Edit| {
        let state = tree.read(&edit.file).ok().flatten();
        state.is_some_and(|state| String::from_utf8_lossy(&state.bytes).contains(&edit.trace.now))
    };
    let mut files: BTreeMap<RepoPath, Vec<Edit>> = BTreeMap::new();
    for edit in records.flat_map(|record| &record.edits) {
        let mut edit = edit.clone();
        let same: Vec<&&Edit> = known.iter().filter(|known| edit.withheld && known.is_same(&edit)).collect();
        if let Some(known) = same.iter().find(|known| same.len() > 1 && stands(known)).or(same.first()) {
            edit = (**known).clone();
            edit.is_private = true;
        }
        files.entry(edit.file.clone()).or_default().push(edit);
    }
    files
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
