//! Whether a migration may be applied behind later ones: by what they touch, by trying both orders, or not at all.

use std::collections::BTreeMap;

use super::overlap::{common, crossed};
use super::redo::carried_out;
use super::{Action, FileChange, FileStep, Place, Plan, Request, Step, Target, Wish, down, up};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::format::{self, Opened};
use crate::history::{Edit, History, Record, TIP};
use crate::migration::{Migration, Slug};
use crate::path::RepoPath;
use crate::tree::{FileState, Overlay, Tree};
use crate::value::Place as ValuePlace;

/// Which migrations may be applied behind later ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that come to the same in either order.
    #[default]
    Commuting,
    /// None: numbers are applied as they count.
    Linear,
}

/// Why `migration`, which made `files` out of what they were in `overlay`, may not be applied now. `before` are the
/// steps planned before it.
pub(super) fn refuse_crossing(
    request: &Request<'_>,
    migration: &Migration,
    overlay: &Overlay<'_>,
    files: &[FileStep],
    before: &[&Step],
) -> Vec<Diagnostic> {
    if files.is_empty() || request.out_of_order.contains(&migration.slug) {
        return Vec::new();
    }
    if let Some(fault) = out_of_line(request, migration) {
        return vec![fault];
    }
    let crossings = files.iter().flat_map(|file| {
        let all = crossed(request, migration, &file.path, &file.changed.edits);
        all.into_iter().map(move |(other, edit)| (file, other, edit))
    });
    let mut proven: BTreeMap<Slug, bool> = BTreeMap::new();
    let mut faults = Vec::new();
    for (file, other, edit) in crossings {
        let commutes = proven
            .entry(other.clone())
            .or_insert_with(|| commutes(request, migration, &other, overlay, files).unwrap_or(false));
        if !*commutes {
            faults.push(crossing(request, migration, file, &other, &edit));
        }
    }
    let beside = twins(migration, files, before).filter(|(twin, _, _)| {
        // Which of the two goes first is not said by their number.
        !comes_to_the_same(request, migration, twin, overlay, files).unwrap_or(false)
    });
    faults.extend(beside.map(|(twin, file, place)| twin_crossing(request, migration, twin, file, &place)));
    faults
}

/// Those of the steps `before` whose migrations have the number of `migration` and touch a setting that it touches in
/// `files`, each with the first such setting.
fn twins<'s>(
    migration: &'s Migration,
    files: &'s [FileStep],
    before: &'s [&'s Step],
) -> impl Iterator<Item = (&'s Step, &'s FileStep, ValuePlace)> {
    before.iter().filter(|step| step.version == Some(migration.version) && step.action == Action::Apply).filter_map(
        |step| {
            files.iter().find_map(|file| {
                let others = step.files.iter().filter(|other| other.path == file.path);
                let place = others.into_iter().find_map(|other| common(&file.changed.edits, &other.changed.edits));
                place.map(|place| (*step, file, place))
            })
        },
    )
}

/// What is said where two migrations with one number are applied: that they are, and that it makes no difference.
pub(super) fn same_number(request: &Request<'_>, migration: &Migration, before: &[&Step]) -> Option<Diagnostic> {
    let is_applied = |slug: &Slug| {
        let planned = before.iter().any(|step| step.slug == *slug && step.action == Action::Apply);
        planned || request.history.record(slug).is_some_and(Record::is_applied)
    };
    let mut others = request.catalogue.iter();
    let other =
        others.find(|one| one.version == migration.version && one.slug != migration.slug && is_applied(&one.slug))?;
    let message =
        format!("{} and {} have one number, and come to the same in either order", migration.name(), other.name());
    let told = Diagnostic::warning(Code::SameNumber, message).help(format!(
        "to say which goes first, give it the next number before it is applied: migrate renumber {}",
        migration.name()
    ));
    Some(Diagnostic { severity: Severity::Note, ..told })
}

/// Where numbers are applied as they count: a higher one that is applied already. What has a record keeps its place.
fn out_of_line(request: &Request<'_>, migration: &Migration) -> Option<Diagnostic> {
    if request.order != Order::Linear || request.history.record(&migration.slug).is_some() {
        return None;
    }
    let is_applied = |other: &&Migration| request.history.record(&other.slug).is_some_and(Record::is_applied);
    let highest = request.catalogue.iter().rev().find(is_applied)?;
    if (highest.version, &highest.slug) < (migration.version, &migration.slug) {
        return None;
    }
    let (name, place) = (migration.name(), migration.declaration().map(|one| one.source.path.clone()));
    let message = format!("{name} comes before {}, which is applied already", highest.name());
    Some(
        Diagnostic::error(Code::OutOfOrder, message)
            .at(Location::file(place.unwrap_or_else(|| "migrate.toml".to_owned())))
            .note("`order = \"linear\"` in migrate.toml asks for that")
            .note("nothing was written")
            .help(format!("make it the next one: migrate renumber {name}"))
            .help(format!("apply it all the same: migrate up --out-of-order {name}")),
    )
}

fn crossing(request: &Request<'_>, migration: &Migration, file: &FileStep, other: &Slug, edit: &Edit) -> Diagnostic {
    let other = request.catalogue.get(other).map_or_else(|| other.to_string(), Migration::name);
    let name = migration.name();
    let message =
        format!("{name} changes `{}` of `{}`, and {other} has changed it already", edit.trace.place, edit.file);
    out_of_order(migration, file, message)
}

/// Why two pending migrations with one number are not both applied.
fn twin_crossing(
    request: &Request<'_>,
    migration: &Migration,
    twin: &Step,
    file: &FileStep,
    place: &ValuePlace,
) -> Diagnostic {
    let other = request.catalogue.get(&twin.slug).map_or_else(|| twin.slug.to_string(), Migration::name);
    let what = if place.path.keys.is_empty() { String::new() } else { format!("`{place}` of ") };
    let message = format!(
        "{} and {other} have one number, both change {what}`{}`, and nothing says which goes first",
        migration.name(),
        file.path
    );
    out_of_order(migration, file, message)
}

fn out_of_order(migration: &Migration, file: &FileStep, message: String) -> Diagnostic {
    let name = migration.name();
    let place = migration.declaration().map_or_else(|| file.path.to_string(), |one| one.source.path.clone());
    Diagnostic::error(Code::OutOfOrder, message)
        .at(Location::file(place))
        .note("nothing was written")
        .help(format!("make it the next one: migrate renumber {name}"))
        .help(format!("apply it all the same: migrate up --out-of-order {name}"))
}

/// Whether `migration` behind `other` comes to the same as before it, tried on what `files` were. `None` where that can not
/// be tried, as without an old secret.
fn commutes(
    request: &Request<'_>,
    migration: &Migration,
    other: &Slug,
    behind: &Overlay<'_>,
    files: &[FileStep],
) -> Option<bool> {
    let mut tree = Overlay::new(behind);
    for file in files {
        tree.write(file.path.clone(), file.before.clone());
    }
    let free = [migration.slug.clone(), other.clone()];
    let mut state = request.history.private().clone();
    let mut touched: Vec<RepoPath> = files.iter().map(|file| file.path.clone()).collect();
    for (slug, back) in [(other, true), (&migration.slug, false), (other, false)] {
        let history = History::read(&tree, &state).ok()?;
        let now = Request { tree: &tree, history: &history, out_of_order: &free, ..*request };
        let plan = match back {
            true => down(&now, std::slice::from_ref(slug), &Wish::default()),
            false => up(&now, &Target::Only(vec![slug.clone()])),
        };
        let plan = plan.ok()?;
        touched.extend(plan.steps.iter().flat_map(|step| &step.files).map(|file| file.path.clone()));
        carried_out(&plan, &mut tree, &mut state);
    }
    mean_the_same(&touched, behind, &tree)
}

/// Whether `migration` before `twin`, which the plan has before it, comes to the same as behind it.
fn comes_to_the_same(
    request: &Request<'_>,
    migration: &Migration,
    twin: &Step,
    behind: &Overlay<'_>,
    files: &[FileStep],
) -> Option<bool> {
    let mut tree = Overlay::new(behind);
    // The other one's files last: of those that both change, it found the older content.
    for file in files.iter().chain(&twin.files) {
        tree.write(file.path.clone(), file.before.clone());
    }
    let free = [migration.slug.clone(), twin.slug.clone()];
    let mut state = request.history.private().clone();
    let mut touched: Vec<RepoPath> = files.iter().chain(&twin.files).map(|file| file.path.clone()).collect();
    for slug in &free {
        let history = History::read(&tree, &state).ok()?;
        let now = Request { tree: &tree, history: &history, out_of_order: &free, ..*request };
        let plan = up(&now, &Target::Only(vec![slug.clone()])).ok()?;
        touched.extend(plan.steps.iter().flat_map(|step| &step.files).map(|file| file.path.clone()));
        carried_out(&plan, &mut tree, &mut state);
    }
    mean_the_same(&touched, behind, &tree)
}

/// Whether each of the files `touched` says the same in two trees.
fn mean_the_same(touched: &[RepoPath], one: &dyn Tree, other: &dyn Tree) -> Option<bool> {
    let same = |path: &RepoPath| Some(means_the_same(path, one.read(path).ok()?, other.read(path).ok()?));
    touched.iter().map(same).try_fold(true, |all, same| Some(all && same?))
}

/// Whether a file says the same in two states, whatever the order of its names.
fn means_the_same(path: &RepoPath, one: Option<FileState>, other: Option<FileState>) -> bool {
    if one == other {
        return true;
    }
    let (Some(one), Some(other)) = (one, other) else { return false };
    let read = |state: &FileState| {
        let Opened { format, text, document, .. } = format::open(path.file_name(), None, &state.bytes).ok()?;
        // Of code the values are not all there is.
        document.tokens.is_empty().then(|| format.meaning(document.root.value(&text.content)))
    };
    match (read(&one), read(&other)) {
        (Some(value), Some(twin)) => one.mode == other.mode && value.means(&twin),
        _ => false,
    }
}

/// Where numbers are applied as they count: the file on which git itself finds two branches in conflict that each
/// applied another one. It names the last.
pub(super) fn tip(request: &Request<'_>, plan: &Plan) -> Result<Option<FileChange>, Diagnostic> {
    let is_recorded = |change: &FileChange| matches!(change.place, Place::Repository(_));
    let Ok(path) = RepoPath::new(TIP) else { return Ok(None) };
    if request.order != Order::Linear || !plan.bookkeeping.iter().any(is_recorded) {
        return Ok(None);
    }
    let is_applied = |slug: &Slug| {
        let step = plan.steps.iter().rev().find(|step| step.slug == *slug);
        match step.map(|step| step.action) {
            Some(Action::Apply | Action::Extend) => true,
            Some(Action::Revert) => false,
            _ => request.history.record(slug).is_some_and(Record::is_applied),
        }
    };
    let last = request.catalogue.iter().rev().find(|migration| is_applied(&migration.slug));
    let before = request.tree.read(&path).map_err(|error| error.diagnostic())?;
    let mode = before.as_ref().map_or(0o644, |state| state.mode);
    let after = last.map(|last| FileState::new(format!("{}\n", last.slug).into_bytes(), mode));
    Ok((before != after).then_some(FileChange { place: Place::Repository(path), before, after }))
}
