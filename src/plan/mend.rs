//! What would mend drift: the files as they are, and as applying the drifted migrations again would leave them.

use std::collections::BTreeMap;

use super::applied::Applied;
use super::down::{OnConflict, Wish};
use super::drift::drift;
use super::status::edits_of;
use super::{FileStep, Request, redo};
use crate::migration::Slug;
use crate::path::RepoPath;

/// A step for each file that `migrate redo` would mend, of the migrations that `is_asked`; none where it refuses, and none
/// for a file that two of them would change.
pub fn mends(request: &Request<'_>, is_asked: &dyn Fn(&Slug) -> bool) -> Vec<FileStep> {
    let mut files: BTreeMap<RepoPath, Option<FileStep>> = BTreeMap::new();
    let applied = Applied::of(request);
    for slug in request.history.slugs().filter(|slug| is_asked(slug)) {
        if drift(request, &applied, slug, &edits_of(request, slug)).is_empty() {
            continue;
        }
        let wish = Wish { on_conflict: OnConflict::Revert, ..Wish::default() };
        let Ok(plan) = redo(request, slug, &wish) else { continue };
        let mut own: BTreeMap<RepoPath, FileStep> = BTreeMap::new();
        for step in plan.steps.into_iter().flat_map(|step| step.files) {
            let known = own.remove(&step.path);
            own.insert(step.path.clone(), known.into_iter().fold(step, FileStep::behind));
        }
        for (path, step) in own.into_iter().filter(|(_, step)| step.before != step.after) {
            files.entry(path).and_modify(|known| *known = None).or_insert(Some(step));
        }
    }
    files.into_values().flatten().collect()
}
