//! What only this work tree has: files that git ignores, held against the record that everybody shares.

use std::collections::{BTreeMap, BTreeSet};

use super::down::{self, OnConflict, Wish};
use super::drift::is_undone;
use super::foreign::own_part;
use super::takeback::{self, TakenBack};
use super::up::state_change;
use super::{FileChange, Request, Step};
use crate::diagnostic::Diagnostic;
use crate::history::{Edit, LEDGER, Record, State};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::tree::Overlay;

/// The edits of a record by their file: many files are asked for, and a record may be long.
type ByFile<'r> = BTreeMap<&'r RepoPath, Vec<&'r Edit>>;

fn by_file(record: Option<&Record>) -> ByFile<'_> {
    let mut files = ByFile::new();
    for edit in record.into_iter().flat_map(|record| &record.edits) {
        files.entry(&edit.file).or_default().push(edit);
    }
    files
}

/// Which files the migration has changed already. The ledger only remembers: where an ignored file is again as it was
/// before, as after a fresh copy of its example, it has to be changed again.
pub(super) fn done<'r>(request: &'r Request<'_>, slug: &Slug) -> impl Fn(&RepoPath) -> bool + Sync + 'r {
    let all = [request.history.ledger(slug), request.history.record(slug)];
    let edits = all.into_iter().flatten().flat_map(|record| &record.edits);
    let earlier: BTreeSet<&str> = edits.flat_map(Edit::earlier_names).collect();
    let [ledger, record] = all.map(by_file);
    move |path| {
        let is_of_record = record.contains_key(path) && !request.ignored.contains(path);
        let known = || ledger.get(path).or_else(|| record.get(path));
        is_of_record || earlier.contains(path.as_str()) || known().is_some_and(|edits| !is_undone(request, path, edits))
    }
}

/// What counts as made: by the record, and by the ledger. A file of the record that git ignores by now is every work
/// tree's own; where the ledger knows it, the ledger is the truth.
pub(super) fn known<'r>(request: &Request<'r>, slug: &Slug) -> (Option<Record>, Option<&'r Record>) {
    let record = request.history.record(slug).filter(|record| record.is_applied() || record.is_half_reverted());
    let ledger = request.history.ledger(slug).filter(|ledger| ledger.is_applied());
    let is_own = own(request, ledger);
    let shared = record.cloned().map(|mut record| {
        record.edits.retain(|edit| !is_own(edit));
        record
    });
    (shared, ledger)
}

/// Which edits, of a record, are of a file that git ignores by now and that the ledger knows.
pub(super) fn own<'r>(request: &Request<'_>, ledger: Option<&'r Record>) -> impl Fn(&Edit) -> bool + use<'r> {
    let edits = ledger.into_iter().flat_map(|ledger| &ledger.edits);
    let files: BTreeSet<&RepoPath> =
        edits.map(|edit| &edit.file).filter(|path| request.ignored.contains(*path)).collect();
    move |edit| files.contains(&edit.file)
}

/// Which files of the migration only this work tree has: by the ledger, or since git ignores them by now.
pub(super) fn local<'r>(request: &'r Request<'_>, slug: &Slug) -> impl Fn(&RepoPath) -> bool + 'r {
    let [ledger, record] = [request.history.ledger(slug), request.history.record(slug)].map(by_file);
    move |path| ledger.contains_key(path) && !record.contains_key(path) || request.ignored.contains(path)
}

/// The ledger of a migration that was taken back for everyone, and not here yet.
pub(super) fn left_over<'r>(request: &Request<'r>, slug: &Slug) -> Option<&'r Record> {
    let reverted = request.history.record(slug).is_some_and(|record| record.state == State::Reverted);
    request.history.ledger(slug).filter(|ledger| reverted && ledger.is_applied())
}

/// The files of `left_over` that are here.
pub(super) fn left_files(request: &Request<'_>, slug: &Slug) -> Vec<RepoPath> {
    files_of(request, left_over(request, slug))
}

/// The files that git ignores, are here, and hold what the migration did.
pub(super) fn changed_files(request: &Request<'_>, slug: &Slug) -> Vec<RepoPath> {
    let mut files = files_of(request, request.history.ledger(slug).filter(|ledger| ledger.is_applied()));
    let is_done = done(request, slug);
    files.retain(|path| is_done(path));
    files
}

fn files_of(request: &Request<'_>, ledger: Option<&Record>) -> Vec<RepoPath> {
    let edits = ledger.into_iter().flat_map(|ledger| &ledger.edits);
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
    let (ledger, warning) = own_part(request, ledger).map_err(|fault| vec![fault])?;
    step.warnings.extend(warning);
    let edits = down::by_file(overlay, std::iter::once(&ledger), &[]);
    let TakenBack { files, kept, faults, .. } = takeback::take_back(request, overlay, slug, &edits, &wish);
    if !faults.is_empty() {
        return Err(faults);
    }
    (step.files, step.unchanged) = (files, kept);
    let mut tombstone = ledger;
    tombstone.state = State::Reverted;
    tombstone.edits.clear();
    Ok((step, state_change(request, LEDGER, &tombstone)))
}
