//! Which migrations touch the same settings, so that their order matters.

use super::Request;
use super::status::edits_of;
use crate::history::Edit;
use crate::migration::{Edited, Migration, Slug};
use crate::path::RepoPath;
use crate::value::KeyPath;

/// A setting, or a whole file where the path is empty.
type Footprint<'e> = (&'e RepoPath, &'e KeyPath);

fn meet((file, path): Footprint<'_>, (other_file, other): Footprint<'_>) -> bool {
    file == other_file && (path.starts_with(other) || other.starts_with(path))
}

fn footprint(edit: &Edit) -> Footprint<'_> {
    (&edit.file, &edit.trace.place.path)
}

/// The applied migrations behind `slug` that changed a setting which it changed before, each with one of them.
pub(super) fn later(request: &Request<'_>, slug: &Slug) -> Vec<(Slug, Edit)> {
    let Some(migration) = request.catalogue.get(slug) else { return Vec::new() };
    let own = edits_of(request, slug);
    let touches = |other: &Migration| {
        let edits = edits_of(request, &other.slug);
        let common = edits.into_iter().find(|edit| own.iter().any(|own| meet(footprint(own), footprint(edit))));
        common.map(|edit| (other.slug.clone(), edit))
    };
    request.catalogue.iter().filter(|other| is_behind(other, migration)).filter_map(touches).collect()
}

/// The applied migrations behind `migration` that touched what `edits` of `file` touch, each with one of its edits.
pub(super) fn crossed(
    request: &Request<'_>,
    migration: &Migration,
    file: &RepoPath,
    edits: &[Edited],
) -> Vec<(Slug, Edit)> {
    let touches = |other: &Migration| {
        let known = edits_of(request, &other.slug);
        let common = known
            .into_iter()
            .find(|known| edits.iter().any(|edit| meet((file, &edit.trace.place.path), footprint(known))));
        common.map(|edit| (other.slug.clone(), edit))
    };
    request.catalogue.iter().filter(|other| is_behind(other, migration)).filter_map(touches).collect()
}

fn is_behind(other: &Migration, migration: &Migration) -> bool {
    (other.version, &other.slug) > (migration.version, &migration.slug)
}
