//! All recorded edits that count, by their place, and which of two is the later one: it speaks for the place.

use std::collections::{BTreeMap, BTreeSet};

use super::Request;
use super::status::edits_of;
use crate::format::Op;
use crate::history::Edit;
use crate::migration::{Slug, Version};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Selector, Step};

pub(super) struct Applied<'r> {
    places: BTreeMap<(&'r RepoPath, &'r KeyPath), Vec<Done<'r>>>,
    /// Files that were given another path, by the one they had.
    moved: BTreeMap<&'r str, Vec<Done<'r>>>,
}

#[derive(Clone, Copy)]
struct Done<'r> {
    edit: &'r Edit,
    order: Order<'r>,
}

/// A record does not say when it was written: the number of the migration, then the turn within it. One whose migration is
/// gone has no number. What a migration deletes it deletes before anything else comes to that path.
type Order<'r> = (Option<Version>, &'r Slug, usize, bool, usize);

impl<'r> Applied<'r> {
    pub fn of(request: &Request<'r>) -> Self {
        let known = request.catalogue.iter().map(|migration| &migration.slug);
        let slugs: BTreeSet<&'r Slug> = known.chain(request.history.slugs()).collect();
        let mut applied = Self { places: BTreeMap::new(), moved: BTreeMap::new() };
        for slug in slugs {
            let version = request.catalogue.get(slug).map(|migration| migration.version);
            for (index, edit) in edits_of(request, slug).into_iter().enumerate() {
                let done = Done { edit, order: (version, slug, edit.trace.turn, edit.trace.op != Op::Delete, index) };
                applied.places.entry((&edit.file, &edit.trace.place.path)).or_default().push(done);
                if edit.trace.op == Op::Relocate {
                    applied.moved.entry(&edit.trace.was).or_default().push(done);
                }
            }
        }
        applied
    }

    /// Whether another edit came after `edit`, of `slug`, and changed or took away what it wrote: then that need not hold.
    pub fn supersede(&self, slug: &Slug, edit: &Edit) -> bool {
        !self.later(slug, edit).is_empty()
    }

    /// The other migration that set anew, or took away, what `edit` of `slug` wrote.
    pub fn set_again(&self, slug: &Slug, edit: &Edit) -> Option<&'r Slug> {
        let later = self.later(slug, edit);
        let mut others = later.iter().filter(|done| done.order.1 != slug && done.edit.changes_something());
        others.next().map(|done| done.order.1)
    }

    /// The edits that came after `edit`, of `slug`, and changed or took away what it wrote.
    fn later(&self, slug: &Slug, edit: &Edit) -> Vec<Done<'r>> {
        let related = self.related(&edit.file, &edit.trace.place.path);
        let Some(own) = related.iter().find(|done| done.order.1 == slug && done.edit == edit).copied() else {
            return Vec::new();
        };
        // What a migration does to a file that it moves is on record under the new path.
        let moved = self.moved.get(edit.file.as_str()).into_iter().flatten();
        let moved = moved.filter(|other| other.order > own.order && other.order.1 != slug);
        let takes = |other: &&Done<'_>| other.order > own.order && takes_away(other.edit, edit);
        let is_later = |other: &&Done<'_>| {
            // Values that go in a circle, as 30, 60, 30, do not say who was first.
            let is_circle = || leads_to(&related, other, &own);
            other.order != own.order && goes_on(other.edit, edit) && (other.order > own.order || !is_circle())
        };
        moved.chain(related.iter().filter(takes)).chain(related.iter().filter(is_later)).copied().collect()
    }

    /// Whether a migration with a higher number than `version` changed what `selector` means in `file`.
    pub fn changed_after(&self, version: Version, file: &RepoPath, selector: &Selector) -> bool {
        let root = KeyPath::default();
        let later = |done: &&Done<'_>| done.order.0 > Some(version) && done.edit.changes_something();
        self.related(file, &root).iter().filter(later).any(|done| is_meant(selector, &done.edit.trace.place.path))
    }

    /// Whether something was changed in `path` of `file`, or in what holds it, beside the file as a whole.
    pub fn touch(&self, file: &RepoPath, path: &KeyPath) -> bool {
        let touches = |edit: &Edit| edit.changes_something() && !edit.trace.op.is_whole();
        self.related(file, path).iter().any(|done| touches(done.edit))
    }

    /// The edits of `file` at `path`, around it and in it.
    fn related(&self, file: &RepoPath, path: &KeyPath) -> Vec<Done<'r>> {
        let at_or_below = self.places.range((file, path)..);
        let at_or_below = at_or_below.take_while(|((known, at), _)| *known == file && at.starts_with(path));
        let mut found: Vec<Done<'r>> = at_or_below.flat_map(|(_, all)| all).copied().collect();
        for length in 0..path.keys.len() {
            let above = KeyPath { keys: path.keys[..length].to_vec() };
            found.extend(self.places.get(&(file, &above)).into_iter().flatten());
        }
        found
    }
}

/// Whether an edit that starts from what `from` left comes, over others of `related`, to what `to` starts from.
fn leads_to(related: &[Done<'_>], from: &Done<'_>, to: &Done<'_>) -> bool {
    let mut seen = vec![from.order];
    let mut open = vec![*from];
    while let Some(done) = open.pop() {
        if goes_on(to.edit, done.edit) {
            return true;
        }
        for next in related.iter().filter(|next| goes_on(next.edit, done.edit)) {
            if !seen.contains(&next.order) {
                seen.push(next.order);
                open.push(*next);
            }
        }
    }
    false
}

/// Whether `next` changed what `edit` left, as their values tell.
pub(super) fn follows(next: &Edit, edit: &Edit) -> bool {
    match next.trace.op {
        Op::Delete => next.file == edit.file,
        Op::Relocate => next.trace.was == edit.file.as_str(),
        _ => goes_on(next, edit),
    }
}

/// Whether `next` starts from what `edit` left at its place.
fn goes_on(next: &Edit, edit: &Edit) -> bool {
    if next.file != edit.file {
        return false;
    }
    let now = &edit.trace.now;
    let was = if next.trace.op == Op::Keep { &next.trace.now } else { &next.trace.was };
    let is_same = next.trace.place == edit.trace.place;
    // A secret does not say what it was, so that the numbers decide.
    if is_same && (next.withheld || edit.withheld) {
        return true;
    }
    // An entry is inserted as a whole, and changed in parts. That it has the name which another one took from an entry says
    // nothing: there may have been one before and one behind it.
    let is_part = edit.trace.op == Op::Insert
        && next.trace.op != Op::Rename
        && next.trace.place.path.starts_with(&edit.trace.place.path);
    // At one index there are many elements in turn.
    let says = |text: &str| !text.is_empty() || !matches!(edit.trace.place.path.last(), Some(Key::Index(_)));
    let holds = |text: &str| !text.trim().is_empty() && was.contains(text.trim());
    is_same && (was == now && says(was) || holds(now)) || is_part && !was.is_empty() && now.contains(was)
}

/// Whether after `later` there is nothing at the place of `edit`, or something else, whatever stood there.
fn takes_away(later: &Edit, edit: &Edit) -> bool {
    let (above, below) = (&later.trace.place.path, &edit.trace.place.path);
    match later.trace.op {
        Op::Relocate => later.file == edit.file && edit.trace.op == Op::Delete,
        Op::Delete | Op::Create | Op::Rewrite => later.file == edit.file && edit.trace.op != Op::Mode,
        Op::Mode => later.file == edit.file && edit.trace.op == Op::Mode,
        Op::Remove | Op::Rename if later.trace.place.part.is_none() => {
            // An index may mean another element by now.
            let is_name = !above.keys.iter().any(|key| matches!(key, Key::Index(_)));
            let text = edit.trace.now.trim();
            let holds_it = !text.is_empty() && later.trace.was.contains(text);
            later.file == edit.file && below.starts_with(above) && (is_name || holds_it)
        }
        _ => false,
    }
}

/// Whether `path` is, holds or lies in a setting that `selector` can mean.
fn is_meant(selector: &Selector, path: &KeyPath) -> bool {
    let fits = |(step, key): (&Step, &Key)| match step {
        Step::Key(Key::Index(index)) if *index < 0 => matches!(key, Key::Index(_)),
        Step::Key(wanted) => wanted == key || wanted.name().is_some() && wanted.name() == key.name(),
        Step::Any | Step::Each | Step::Equal(..) | Step::Filter(_) => true,
    };
    selector.steps.iter().zip(&path.keys).all(fits)
}
