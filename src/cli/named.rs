//! The files that `down` has to know of, where records alone tell.

use std::collections::BTreeSet;
use std::path::Path;

use super::workspace::FILES;
use crate::history::{Edit, History, Record};
use crate::migration::{Catalogue, Migration, Slug};
use crate::path::RepoPath;
use crate::tree::{GlobError, Globs, plain_files};

/// The files that any record names, where to take `slugs` back depends on no others. `None` where it may: a file of theirs
/// is gone or was moved, a link leads to one, or they have steps back of their own, which look for files.
pub(super) fn files(
    root: &Path,
    catalogue: &Catalogue,
    history: &History,
    slugs: &[Slug],
) -> Option<BTreeSet<RepoPath>> {
    let records = |slug: &Slug| [history.record(slug), history.ledger(slug)].into_iter().flatten();
    let edits = |slug: &Slug| records(slug).flat_map(|record| &record.edits);
    let all: BTreeSet<&Slug> = history.slugs().chain(catalogue.iter().map(|migration| &migration.slug)).collect();
    let names: BTreeSet<RepoPath> = all.into_iter().flat_map(edits).flat_map(names_of).collect();
    let there = plain_files(&FILES, root, &names)?;
    let globs = reach(catalogue.iter()).ok()?;
    let is_told = |slug: &Slug| {
        let migration = catalogue.get(slug);
        let own = reach(migration).ok();
        let is_derived = migration.and_then(Migration::declaration).is_none_or(|one| one.backwards().is_none());
        let reaches = |file: &RepoPath| migration.is_none() || own.as_ref().is_some_and(|own| own.matches(file));
        is_derived
            && records(slug).all(|record: &Record| record.back.is_none())
            && edits(slug).all(|edit| there.contains(&edit.file) && names_of(edit).all(|file| reaches(&file)))
    };
    (slugs.iter().all(is_told) && there.iter().all(|file| globs.matches(file))).then_some(there)
}

/// The file of an edit, by all the names that it had.
fn names_of(edit: &Edit) -> impl Iterator<Item = RepoPath> {
    std::iter::once(edit.file.clone()).chain(edit.earlier_names().filter_map(|name| RepoPath::new(name).ok()))
}

/// What `migrations` can change.
fn reach<'m>(migrations: impl IntoIterator<Item = &'m Migration>) -> Result<Globs, GlobError> {
    Globs::new(migrations.into_iter().flat_map(|migration| migration.targets().globs))
}
