//! A way back that a migration declares: its steps run in the place of what its record would take back.

use std::collections::BTreeMap;

use super::down::{OnConflict, Wish, by_file};
use super::takeback::take_back;
use super::up::{file_steps, without_new_lines};
use super::{FileStep, Request};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::history::{Edit, RECORDS, Record};
use crate::migration::declared::Declaration;
use crate::migration::{Migration, Slug, run};
use crate::path::RepoPath;
use crate::tree::Overlay;

/// The steps back of `slug` as a migration of its own: as its file says now, else as its record kept them.
pub(super) fn declared_back(
    request: &Request<'_>,
    slug: &Slug,
    record: Option<&Record>,
) -> Result<Option<Migration>, Diagnostic> {
    let kept = || record.and_then(|record| record.back.as_deref());
    let declaration = match (request.catalogue.get(slug), kept()) {
        (Some(migration), _) => migration.declaration().and_then(Declaration::backwards),
        (None, Some(text)) => {
            let damaged = |fault: Diagnostic| {
                let path = format!("{RECORDS}/{slug}.toml");
                Diagnostic::error(
                    Code::RecordDamaged,
                    format!("the way back in {path} can not be read: {}", fault.message),
                )
                .help(format!("bring back the last good one: git checkout HEAD -- {path}"))
                .at(Location::file(path))
                .note("nothing was written")
            };
            Declaration::read(&format!("{slug}.toml"), text).map_err(damaged)?.backwards()
        }
        (None, None) => None,
    };
    Ok(declaration.map(|declaration| Migration { slug: slug.clone(), ..Migration::unnamed(declaration) }))
}

/// The settings that the migration wrote and somebody changed since: steps back do not know of them.
pub(super) fn overwritten(
    request: &Request<'_>,
    overlay: &Overlay<'_>,
    slug: &Slug,
    records: [Option<&Record>; 2],
    known: &[&Edit],
    wish: &Wish,
) -> Vec<Diagnostic> {
    if wish.on_conflict == OnConflict::Revert {
        return Vec::new();
    }
    let mut tried = Overlay::new(overlay);
    let refusing = Wish { on_conflict: OnConflict::Refuse, ..wish.clone() };
    let mut edits = by_file(overlay, records.into_iter().flatten(), known);
    edits.values_mut().for_each(|edits| edits.retain(|edit| !edit.withheld));
    let mut faults = take_back(request, &mut tried, slug, &edits, &refusing).faults;
    faults.retain(|fault| fault.code == Code::LaterEdit);
    for fault in &mut faults {
        fault.help = vec![format!("let the steps of `[down]` decide: migrate down {slug} --on-conflict=revert")];
    }
    faults
}

type Unchanged = BTreeMap<RepoPath, Vec<String>>;

/// Runs the steps back; the files that they change, and why others stay.
pub(super) fn go_back(
    request: &Request<'_>,
    overlay: &mut Overlay<'_>,
    migration: &Migration,
    record: Option<&Record>,
) -> Result<(Vec<FileStep>, Unchanged), Vec<Diagnostic>> {
    let resolved = request.given.resolve(&migration.variables(), record);
    let variables = resolved.map_err(|fault| vec![of_gone(request, &migration.slug, fault)])?;
    let outcome = run(migration, overlay, &variables, request.excluded, request.extent).map_err(|refused| {
        vec![of_gone(request, &migration.slug, without_new_lines(request, &variables, *refused.0))]
    })?;
    let files = file_steps(request, overlay, &outcome, &variables)?;
    Ok((files, outcome.skipped))
}

/// `fault` of the steps back; a variable that no file declares any more can not be given a value.
fn of_gone(request: &Request<'_>, slug: &Slug, mut fault: Diagnostic) -> Diagnostic {
    if request.catalogue.get(slug).is_none() && fault.code == Code::MissingVariable {
        fault.help = vec![format!(
            "its migration file is gone, so bring that back first: git log --diff-filter=D -- '*_{slug}*'"
        )];
    }
    fault.note("nothing was written")
}
