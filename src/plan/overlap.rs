//! Which migrations touch the same settings, so that their order matters, and which of them came later.

use std::collections::BTreeMap;

use super::Request;
use super::applied::follows;
use super::status::edits_of;
use crate::format::Op;
use crate::history::Edit;
use crate::migration::{Edited, Migration, Slug};
use crate::path::RepoPath;
use crate::value::{KeyPath, Place};

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

fn touches(edit: &Edit, other: Footprint<'_>) -> bool {
    footprints(edit).any(|own| meet(own, other))
}

/// The applied migrations that changed, after `slug`, a setting which it changed, each with one of their edits. The
/// values tell which came first; where they do not, the numbers do.
pub(super) fn later(request: &Request<'_>, slug: &Slug) -> Vec<(Slug, Edit)> {
    let made = |slug: &Slug| {
        // What was right before stays, and what a later one found right is no change.
        let mut edits = edits_of(request, slug);
        edits.retain(|edit| edit.changes_something());
        edits
    };
    let own = made(slug);
    let own_by_file = by_file(&own);
    let catalogued = request.catalogue.iter().map(|migration| &migration.slug);
    let others = request.history.slugs().filter(|slug| request.catalogue.get(slug).is_none());
    let others = catalogued.chain(others).filter(|other| *other != slug);
    let above = others.filter_map(|other| {
        let edits = made(other);
        let near = |edit: &Edit| of_same_file(edit, &own_by_file);
        let met = |edit: &&&Edit| near(edit).iter().any(|own| footprints(own).any(|own| touches(edit, own)));
        let common = *edits.iter().find(met)?;
        let goes_on = |edits: &[&Edit], before: &ByFile<'_>| {
            // What is there was not moved away or deleted since.
            let is_there = |next: &Edit, edit: &Edit| {
                matches!(next.trace.op, Op::Relocate | Op::Delete)
                    && matches!(request.tree.read(&edit.file), Ok(Some(_)))
            };
            let goes_on = |next: &Edit, edit: &Edit| follows(next, edit) && !is_there(next, edit);
            written(edits).any(|edit| written(&of_same_file(edit, before)).any(|before| goes_on(edit, before)))
        };
        let is_later = match (goes_on(&edits, &own_by_file), goes_on(&own, &by_file(&edits))) {
            (true, false) => true,
            (false, true) => false,
            (true, true) | (false, false) => is_behind(request, other, slug),
        };
        is_later.then(|| (other.clone(), common.clone()))
    });
    above.collect()
}

/// Edits by each of the paths that their file had.
type ByFile<'e> = BTreeMap<&'e str, Vec<&'e Edit>>;

fn by_file<'e>(edits: &[&'e Edit]) -> ByFile<'e> {
    let mut files = ByFile::new();
    for edit in edits {
        footprints(edit).for_each(|(file, _)| files.entry(file).or_default().push(edit));
    }
    files
}

/// Those of `edits` that have a path in common with `edit`.
fn of_same_file<'e>(edit: &Edit, edits: &ByFile<'e>) -> Vec<&'e Edit> {
    footprints(edit).filter_map(|(file, _)| edits.get(file)).flatten().copied().collect()
}

/// Those of `edits` that left another text than they found.
fn written<'e>(edits: &[&'e Edit]) -> impl Iterator<Item = &'e Edit> {
    edits.iter().copied().filter(|edit| !matches!(edit.trace.op, Op::Quote | Op::Comment))
}

/// `slugs` in an order in which they can be taken back: what came later goes first.
pub fn last_first(request: &Request<'_>, slugs: &[Slug]) -> Vec<Slug> {
    let place = |slug: &Slug| request.catalogue.iter().position(|migration| migration.slug == *slug);
    let mut waiting: Vec<&Slug> = slugs.iter().collect();
    waiting.sort_by_key(|slug| std::cmp::Reverse(place(slug)));
    let above: Vec<Vec<Slug>> =
        waiting.iter().map(|slug| later(request, slug).into_iter().map(|(other, _)| other).collect()).collect();
    let mut waiting: Vec<(&Slug, Vec<Slug>)> = waiting.into_iter().zip(above).collect();
    let mut sorted: Vec<Slug> = Vec::new();
    while !waiting.is_empty() {
        let is_free = |(slug, above): &(&Slug, Vec<Slug>)| {
            waiting.iter().all(|(other, _)| other == slug || !above.contains(other))
        };
        // Where each waits for another one, the numbers decide.
        let next = waiting.iter().position(is_free).unwrap_or(0);
        sorted.push(waiting.remove(next).0.clone());
    }
    sorted
}

/// The applied migrations behind `migration`, or beside it under the same number, that touched what `edits` of `file`
/// touch, each with one of its edits.
pub(super) fn crossed(
    request: &Request<'_>,
    migration: &Migration,
    file: &RepoPath,
    edits: &[Edited],
) -> Vec<(Slug, Edit)> {
    let is_common = |known: &&Edit| edits.iter().any(|edit| touches(known, (file.as_str(), &edit.trace.place.path)));
    let is_crossed = |other: &&Migration| other.version >= migration.version && other.slug != migration.slug;
    let common = |other: &Migration| {
        let edit = edits_of(request, &other.slug).into_iter().find(is_common)?;
        Some((other.slug.clone(), edit.clone()))
    };
    request.catalogue.iter().filter(is_crossed).filter_map(common).collect()
}

/// The first setting of `edits` that `others`, edits of the same file, touch, too.
pub(super) fn common(edits: &[Edited], others: &[Edited]) -> Option<Place> {
    let meets = |edit: &Edited, other: &Edited| {
        let (one, two) = (&edit.trace.place.path, &other.trace.place.path);
        one.starts_with(two) || two.starts_with(one)
    };
    let edit = edits.iter().find(|edit| others.iter().any(|other| meets(edit, other)))?;
    Some(edit.trace.place.clone())
}

fn is_behind(request: &Request<'_>, other: &Slug, slug: &Slug) -> bool {
    let number = |slug: &Slug| request.catalogue.get(slug).map(|migration| migration.version);
    match (number(other), number(slug)) {
        (Some(one), Some(two)) => (one, other) > (two, slug),
        _ => false,
    }
}
