//! Settings that turn TLS or its checks off without a word: in files of applied migrations, and in what a plan writes.

use std::collections::BTreeSet;

use super::doctor::insecure;
use super::status::edits_of;
use super::{Request, Step, survey, without_private};
use crate::diagnostic::{Diagnostic, Severity};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::tree::Tree;

/// Those in files that the migrations `slugs` changed.
pub(super) fn standing<'a>(request: &Request<'_>, slugs: impl Iterator<Item = &'a Slug>) -> Vec<Diagnostic> {
    let files: BTreeSet<RepoPath> =
        slugs.flat_map(|slug| edits_of(request, slug)).map(|edit| edit.file.clone()).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let files: Vec<&RepoPath> =
        files.iter().filter(|path| request.tree.has(path) && !(request.excluded)(path)).collect();
    let found = insecure(&survey(request.tree, &files));
    let leave_out = |finding: Diagnostic| match finding.places.first().map(|place| place.path.clone()) {
        Some(path) => finding.help(format!("it was meant? leave the file out: --except '{path}'")),
        None => finding,
    };
    without_private(request, found.into_iter().map(leave_out).collect())
}

/// Warns of those that `steps` bring: they stand in `after`, and did not stand in the file before.
pub(super) fn warn(request: &Request<'_>, after: &dyn Tree, steps: &mut [Step]) {
    let changed: BTreeSet<RepoPath> = steps.iter().flat_map(|step| &step.files).map(|file| file.path.clone()).collect();
    if changed.is_empty() {
        return;
    }
    let changed: Vec<&RepoPath> = changed.iter().filter(|path| after.has(path)).collect();
    let mut found = insecure(&survey(after, &changed));
    let faulty: BTreeSet<String> = found.iter().filter_map(first_path).collect();
    if faulty.is_empty() {
        return;
    }
    // One of the same kind for each that stood there: which line it is on now says nothing.
    let faulty: Vec<&RepoPath> =
        changed.into_iter().filter(|path| faulty.contains(path.as_str()) && request.tree.has(path)).collect();
    for old in insecure(&survey(request.tree, &faulty)) {
        let same = |new: &Diagnostic| new.message == old.message && first_path(new) == first_path(&old);
        let alike = |new: &Diagnostic| same(new) && excerpt(new) == excerpt(&old);
        if let Some(index) = found.iter().position(alike).or_else(|| found.iter().position(same)) {
            found.remove(index);
        }
    }
    for finding in without_private(request, found) {
        let path = first_path(&finding).unwrap_or_default();
        let writes = |step: &&mut Step| step.files.iter().any(|file| file.path.as_str() == path);
        if let Some(step) = steps.iter_mut().rev().find(writes) {
            step.warnings.push(Diagnostic { severity: Severity::Warning, ..finding });
        }
    }
}

fn first_path(finding: &Diagnostic) -> Option<String> {
    finding.places.first().map(|place| place.path.clone())
}

fn excerpt(finding: &Diagnostic) -> &str {
    finding.places.first().map_or("", |place| place.excerpt.trim())
}
