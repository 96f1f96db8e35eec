//! Which migrations touch the same settings, so that their order matters.

use super::Request;
use super::status::edits_of;
use crate::format::Op;
use crate::history::Edit;
use crate::migration::{Edited, Migration, Slug};
use crate::path::RepoPath;
use crate::value::KeyPath;

/// A setting, or a whole file where the path is empty.
type Footprint<'e> = (&'e str, &'e KeyPath);

fn meet((file, path): Footprint<'_>, (other_file, other): Footprint<'_>) -> bool {
    file == other_file && (path.starts_with(other) || other.starts_with(path))
}

/// What an edit touches: of a file that was moved both paths.
fn footprints(edit: &Edit) -> impl Iterator<Item = Footprint<'_>> {
    let path = &edit.trace.place.path;
    let origin = (edit.trace.op == Op::Relocate).then_some((edit.trace.was.as_str(), path));
    std::iter::once((edit.file.as_str(), path)).chain(origin)
}

/// The applied migrations behind `slug` that changed a setting which it changed before, each with one of them.
pub(super) fn later(request: &Request<'_>, slug: &Slug) -> Vec<(Slug, Edit)> {
    let Some(migration) = request.catalogue.get(slug) else { return Vec::new() };
    let mut own = edits_of(request, slug);
    // What was right before stays, and what a later one found right is no change.
    own.retain(|edit| edit.changes_something());
    let is_common = |edit: &&Edit| {
        let touched = || footprints(edit).collect::<Vec<_>>();
        edit.changes_something()
            && own.iter().any(|own| footprints(own).any(|own| touched().into_iter().any(|one| meet(own, one))))
    };
    behind(request, migration, &is_common)
}

/// The applied migrations behind `migration` that touched what `edits` of `file` touch, each with one of its edits.
pub(super) fn crossed(
    request: &Request<'_>,
    migration: &Migration,
    file: &RepoPath,
    edits: &[Edited],
) -> Vec<(Slug, Edit)> {
    let is_common = |known: &&Edit| {
        edits.iter().any(|edit| {
            let own = (file.as_str(), &edit.trace.place.path);
            footprints(known).any(|known| meet(own, known))
        })
    };
    behind(request, migration, &is_common)
}

/// The applied migrations behind `migration`, each with the first of its edits that `is_common`.
fn behind(request: &Request<'_>, migration: &Migration, is_common: &dyn Fn(&&Edit) -> bool) -> Vec<(Slug, Edit)> {
    let later = request.catalogue.iter().filter(|other| is_behind(other, migration));
    let common = |other: &Migration| {
        let edit = edits_of(request, &other.slug).into_iter().find(is_common)?;
        Some((other.slug.clone(), edit.clone()))
    };
    later.filter_map(common).collect()
}

fn is_behind(other: &Migration, migration: &Migration) -> bool {
    (other.version, &other.slug) > (migration.version, &migration.slug)
}
