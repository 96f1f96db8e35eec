//! Which migration set a line of a file: the other way round than a diff tells it.

use super::Request;
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
    pub place: String,
}

/// The applied migrations that set what stands on line `line` (from 1) of `path`, the innermost setting first.
pub fn why(request: &Request<'_>, path: &RepoPath, line: usize) -> Vec<Reason> {
    let Ok(Some(state)) = request.tree.read(path) else { return Vec::new() };
    let mut found: Vec<(usize, Reason)> = Vec::new();
    let slugs = request.catalogue.iter().map(|migration| &migration.slug);
    let others = request.history.slugs().filter(|slug| request.catalogue.get(slug).is_none());
    for slug in slugs.chain(others) {
        let made = |edit: &&Edit| edit.file == *path && edit.changes_something();
        for edit in edits_of(request, slug).into_iter().filter(made) {
            let Ok(opened) = format::open(path.file_name(), edit.format.as_deref(), &state.bytes) else { continue };
            let Opened { format, text, document } = opened;
            for (_, node) in format::find_all(format, &document, &edit.trace.place.path) {
                let at = |offset| position(&text.content, offset).line;
                let (first, last) = (at(node.entry.start), at(node.entry.end));
                if (first..=last).contains(&line) && !edit.trace.place.path.keys.is_empty() {
                    let reason = Reason { slug: slug.clone(), place: edit.trace.place.to_string() };
                    found.push((last - first, reason));
                }
            }
        }
    }
    found.sort_by_key(|(height, _)| *height);
    let mut reasons: Vec<Reason> = found.into_iter().map(|(_, reason)| reason).collect();
    reasons.dedup();
    reasons
}
