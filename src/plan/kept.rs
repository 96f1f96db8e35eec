//! Settings that a migration asked for and found right: on record, so that it is seen when they change, and left by `down`.

use std::collections::BTreeMap;

use super::{Request, is_secret_place};
use crate::history::Edit;
use crate::migration::{Edited, Variables};
use crate::path::RepoPath;
use crate::tree::Tree;

/// The edits that say so for the record, beside `made`, of files of `tree` that git does not ignore. What the migration wrote
/// itself is not among them, and no secret is told.
pub(super) fn kept_edits(
    request: &Request<'_>,
    tree: &dyn Tree,
    variables: &Variables,
    kept: &BTreeMap<RepoPath, Vec<Edited>>,
    made: &[Edit],
) -> Vec<Edit> {
    let shared = kept.iter().filter(|(path, _)| !request.ignored.contains(path));
    let mut edits = Vec::new();
    for (path, all) in shared {
        let Ok(Some(state)) = tree.read(path) else { continue };
        let text = String::from_utf8_lossy(&state.bytes);
        let own: Vec<&Edit> = made.iter().filter(|edit| edit.file == *path && edit.changes_something()).collect();
        for Edited { trace, format } in all {
            let place = &trace.place.path;
            let is_own = |edit: &&Edit| {
                let other = &edit.trace.place.path;
                place.starts_with(other) || other.starts_with(place)
            };
            if own.iter().any(is_own) {
                continue;
            }
            let mut edit = Edit::new(path.clone(), *format, trace.clone());
            let tells = variables.secrets().iter().any(|secret| crate::value::shows(&edit.trace.now, secret));
            if tells || edit.is_secret() || is_secret_place(path.file_name(), &text, place) {
                edit.trace.now.clear();
            }
            edits.push(edit);
        }
    }
    edits.sort();
    edits.dedup();
    edits
}
