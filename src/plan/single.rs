//! One file edited by a declaration, without a record: for `edit`, and for trying what a migration would do.

use std::collections::{BTreeMap, BTreeSet};

use super::{FileStep, Given, Order, Plan, Refusal, Request, Target, prove, up};
use crate::history::History;
use crate::migration::declared::Declaration;
use crate::migration::{Catalogue, Changed, Extent, Migration};
use crate::path::RepoPath;
use crate::tree::{FileState, Memory};

/// What `declaration` makes of the file `path`, which is `before`.
///
/// # Errors
/// When it refuses.
pub fn edit_one(declaration: &Declaration, path: &RepoPath, before: &FileState) -> Result<FileStep, Refusal> {
    let plan = tried(declaration, BTreeMap::from([(path.clone(), before.clone())]))?;
    let made = plan.steps.into_iter().flat_map(|step| step.files).find(|file| file.path == *path);
    let same = (Some(before.clone()), Some(before.clone()));
    Ok(made.unwrap_or_else(|| FileStep::new(path.clone(), same, Changed::default(), false)))
}

/// What `declaration` makes of `files`.
///
/// # Errors
/// When it refuses.
pub fn edit_all(
    declaration: &Declaration,
    files: &BTreeMap<RepoPath, FileState>,
) -> Result<BTreeMap<RepoPath, FileState>, Refusal> {
    let mut after = files.clone();
    for file in tried(declaration, files.clone())?.steps.into_iter().flat_map(|step| step.files) {
        match file.after {
            Some(state) => drop(after.insert(file.path, state)),
            None => drop(after.remove(&file.path)),
        }
    }
    Ok(after)
}

/// Whether `declaration` makes `after` of the file `path`, which is `before`; once is enough, and the way back gives every byte.
pub fn keeps_promises(declaration: &Declaration, path: &RepoPath, before: &FileState, after: &FileState) -> bool {
    let migration = Migration::unnamed(declaration.clone());
    let (slug, files) = (migration.slug.clone(), BTreeMap::from([(path.clone(), before.clone())]));
    on_sample(migration, files, &Given::default(), |request| prove(request, &slug)).is_ok_and(|proof| {
        let made = proof.plan.steps.iter().flat_map(|step| &step.files).find(|file| file.path == *path);
        made.is_some_and(|made| made.after.as_ref() == Some(after)) && proof.again.holds() && proof.back.holds()
    })
}

fn tried(declaration: &Declaration, files: BTreeMap<RepoPath, FileState>) -> Result<Plan, Refusal> {
    let migration = Migration::unnamed(declaration.clone());
    on_sample(migration, files, &Given::default(), |request| up(request, &Target::Latest))
}

/// Asks something of a migration on nothing but `files`, which never saw one before.
pub(super) fn on_sample<T>(
    migration: Migration,
    files: BTreeMap<RepoPath, FileState>,
    given: &Given,
    ask: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let memory = Memory::new(files);
    let catalogue = Catalogue::only(migration);
    let (ignored, history) = (BTreeSet::new(), History::default());
    ask(&Request {
        tree: &memory,
        ignored: &ignored,
        catalogue: &catalogue,
        history: &history,
        excluded: &|_| false,
        given,
        extent: Extent::Sample,
        force_read_only: false,
        out_of_order: &[],
        order: Order::default(),
    })
}
