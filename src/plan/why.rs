//! Which migration set a line of a file: the other way round than a diff tells it.

use super::Request;
use super::applied::Applied;
use super::drift::{Drift, DriftKind, drift};
use super::status::edits_of;
use crate::format::{self, Opened};
use crate::history::Edit;
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::text::position;

/// A migration that set what stands on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub slug: Slug,
    pub edit: Edit,
    pub hold: Hold,
}

/// Whether what a migration set is what stands there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    Holds,
    /// Somebody changed it since, without a migration.
    ByHand,
    /// Another migration set it again.
    SetAgain(Slug),
}

/// The applied migrations that set what stands on line `line` (from 1) of `path`: what holds first, and of that the
/// innermost setting.
pub fn why(request: &Request<'_>, path: &RepoPath, line: usize) -> Vec<Reason> {
    let Ok(Some(state)) = request.tree.read(path) else { return Vec::new() };
    let mut found: Vec<(Hold, usize, Reason)> = Vec::new();
    let slugs = request.catalogue.iter().map(|migration| &migration.slug);
    let others = request.history.slugs().filter(|slug| request.catalogue.get(slug).is_none());
    let applied = Applied::of(request);
    let all: Vec<(&Slug, Vec<&Edit>)> = slugs.chain(others).map(|slug| (slug, edits_of(request, slug))).collect();
    let in_file = |edits: &[&Edit]| edits.iter().any(|edit| edit.file == *path);
    let own = all.iter().filter(|(_, edits)| in_file(edits));
    let drifted: Vec<Drift> = own.flat_map(|(slug, edits)| drift(request, &applied, slug, edits)).collect();
    for (slug, edits) in &all {
        for &edit in edits.iter().filter(|edit| edit.file == *path && edit.changes_something()) {
            let Ok(opened) = format::open(path.file_name(), edit.format.as_deref(), &state.bytes) else { continue };
            let Opened { format, text, document, .. } = opened;
            let place = edit.trace.place.to_string();
            let by_hand =
                drifted.iter().any(|one| one.path == *path && one.place == place && one.kind != DriftKind::Unreadable);
            let hold = match applied.set_again(slug, edit) {
                Some(other) => Hold::SetAgain(other.clone()),
                None if by_hand => Hold::ByHand,
                None => Hold::Holds,
            };
            let placed = edit.trace.placed(format, &text.content, &document);
            for (_, node) in format::find_all(format, &document, &placed.place.path) {
                let at = |offset| position(&text.content, offset).line;
                let (first, last) = (at(node.entry.start), at(node.entry.end));
                if (first..=last).contains(&line) && !edit.trace.place.path.keys.is_empty() {
                    let mut edit = edit.clone();
                    // What stands in a file that git ignores is shown nowhere.
                    edit.is_private |= request.ignored.contains(path);
                    let reason = Reason { slug: (*slug).clone(), edit, hold: hold.clone() };
                    found.push((hold.clone(), last - first, reason));
                }
            }
        }
    }
    found.sort_by_key(|(hold, height, _)| (hold.clone(), *height));
    let mut reasons: Vec<Reason> = found.into_iter().map(|(.., reason)| reason).collect();
    reasons.dedup();
    reasons
}
