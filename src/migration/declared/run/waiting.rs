//! Operations on one file that wait for each other: new plain values are written together, since each edit is verified
//! by reading the whole file again.

use std::collections::BTreeSet;

use super::pointed::{after_others, pointed};
use crate::diagnostic::Diagnostic;
use crate::format::{Change, Format, plain_place};
use crate::migration::Refused;
use crate::migration::declared::scope::Scope;
use crate::migration::declared::source::Datum;
use crate::migration::repository::Repository;
use crate::op::{self, Answer, File, Operation, Verb};
use crate::path::RepoPath;

/// What waits to be made in one file.
#[derive(Default)]
pub(super) struct Waiting<'d> {
    operations: Vec<&'d Datum>,
    changes: Vec<Change>,
    /// Where the values stand that they change.
    places: BTreeSet<usize>,
}

impl<'d> Waiting<'d> {
    /// Lets `operation` wait, where it asks for one plain value that none of those before it changes. Else `None`; and
    /// why there is nothing to do, where it says so.
    pub fn takes(&mut self, operation: &Operation, datum: &'d Datum, file: File<'_>) -> Option<Option<String>> {
        let Operation::Setting(setting) = operation else { return None };
        let is_plain = matches!(setting.verb, Verb::Set(_) | Verb::Map(..))
            && setting.part.is_none()
            && setting.comment.is_none()
            && !setting.all_sites
            && !setting.unshare;
        let path = setting.selector.as_path().filter(|_| is_plain)?;
        let place = plain_place(file.format, file.text, file.document, &path)?;
        if self.places.contains(&place.start) {
            return None;
        }
        match op::changes(operation, file).ok()? {
            Answer::Unchanged(why) => Some(Some(why)),
            Answer::Changes(changes) => {
                let [change] = <[Change; 1]>::try_from(changes).ok()?;
                self.places.insert(place.start);
                self.operations.push(datum);
                self.changes.push(change);
                Some(None)
            }
        }
    }

    /// Makes all that waits: as one where that passes verification, else one after the other, so that a refusal names
    /// its operation.
    pub fn make(
        &mut self,
        path: &RepoPath,
        format: Option<&'static dyn Format>,
        repository: &mut Repository<'_, '_>,
        scope: &Scope<'_>,
    ) -> Result<(), Refused> {
        let Self { operations, changes, .. } = std::mem::take(self);
        if changes.is_empty() {
            return Ok(());
        }
        let is_changed = repository.has_changed(path);
        let mut document = repository.document_as(path, format)?;
        if changes.len() > 1 && matches!(document.make_all(&changes), Ok(true)) {
            return Ok(());
        }
        let mut is_changed = is_changed;
        operations.into_iter().zip(&changes).try_for_each(|(datum, change)| {
            let place = |told: Diagnostic| pointed(after_others(told, path, is_changed), scope, datum, None);
            document.make(change).map_err(|refused| Refused::from(place(*refused.0)))?;
            is_changed = true;
            Ok(())
        })
    }
}
