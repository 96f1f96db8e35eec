//! What only this work tree has: files that git ignores, held against the record that everybody shares.

use super::down::{self, OnConflict, Wish};
use super::drift::is_undone;
use super::takeback::{self, TakenBack};
use super::up::state_change;
use super::{FileChange, Request, Step};
use crate::diagnostic::Diagnostic;
use crate::history::{Edit, LEDGER, Record, State};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::tree::Overlay;

/// Whether the migration has changed `path` already. The ledger only remembers: where an ignored file is again as it was
/// before, as after a fresh copy of its example, it has to be changed again.
pub(super) fn is_done(request: &Request<'_>, slug: &Slug, path: &RepoPath) -> bool {
    let record = request.history.record(slug);
    let ledger = request.history.ledger(slug);
    let is_of_record = record.is_some_and(|record| record.edits.iter().any(|edit| edit.file == *path));
    let mut known = [record, ledger].into_iter().flatten().flat_map(|record| &record.edits);
    if is_of_record || known.any(|edit| edit.went_through(path)) {
        return true;
    }
    let edits: Vec<&Edit> =
        ledger.into_iter().flat_map(|record| &record.edits).filter(|edit| edit.file == *path).collect();
    !edits.is_empty() && !is_undone(request, path, &edits)
}

/// The ledger of a migration that was taken back for everyone, and not here yet.
pub(super) fn left_over<'r>(request: &Request<'r>, slug: &Slug) -> Option<&'r Record> {
    let reverted = request.history.record(slug).is_some_and(|record| record.state == State::Reverted);
    request.history.ledger(slug).filter(|ledger| reverted && ledger.is_applied())
}

/// The files of `left_over` that are here.
pub(super) fn left_files(request: &Request<'_>, slug: &Slug) -> Vec<RepoPath> {
    let edits = left_over(request, slug).into_iter().flat_map(|ledger| &ledger.edits);
    let mut files: Vec<RepoPath> = edits.map(|edit| edit.file.clone()).collect();
    files.sort();
    files.dedup();
    files.retain(|path| matches!(request.tree.read(path), Ok(Some(_))));
    files
}

/// Takes back here what was taken back for everyone; what was edited since stays.
pub(super) fn take_back(
    request: &Request<'_>,
    overlay: &mut Overlay<'_>,
    slug: &Slug,
    ledger: &Record,
) -> Result<(Step, FileChange), Vec<Diagnostic>> {
    let wish = Wish { on_conflict: OnConflict::Keep, ..Wish::default() };
    let mut step = down::new_step(request, slug);
    let edits = down::by_file(std::iter::once(ledger), &[]);
    let TakenBack { files, kept, faults, .. } = takeback::take_back(request, overlay, slug, &edits, &wish);
    if !faults.is_empty() {
        return Err(faults);
    }
    (step.files, step.unchanged) = (files, kept);
    let mut tombstone = ledger.clone();
    tombstone.state = State::Reverted;
    tombstone.edits.clear();
    Ok((step, state_change(request, LEDGER, &tombstone)))
}
