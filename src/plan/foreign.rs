//! Files in a record that its migration could never have touched: somebody else put them there.

use super::Request;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::Op;
use crate::history::{Edit, RECORDS, Record};
use crate::migration::{Migration, Slug};
use crate::path::RepoPath;
use crate::tree::Globs;

/// What is wrong with the files that `record` names.
///
/// # Errors
/// When a glob of the migration is none.
pub(super) fn foreign(request: &Request<'_>, record: &Record) -> Result<Vec<Diagnostic>, Diagnostic> {
    let slug = &record.slug;
    // A file that says something else by now may name other files, and what it did stays as it was done.
    let migration = request.catalogue.get(slug).filter(|migration| migration.definition() == record.definition);
    let targets = migration.map(targets).transpose()?;
    let is_foreign = |path: &RepoPath| is_own(path) || targets.as_ref().is_some_and(|targets| !targets.matches(path));
    let mut paths: Vec<RepoPath> = record.edits.iter().flat_map(named).filter(is_foreign).collect();
    paths.sort();
    paths.dedup();
    Ok(paths.iter().map(|path| fault(slug, path)).collect())
}

/// The files that `migration` can touch.
///
/// # Errors
/// When one of its globs is none.
pub(super) fn targets(migration: &Migration) -> Result<Globs, Diagnostic> {
    let targets = Globs::new(migration.targets().globs);
    targets.map_err(|error| Diagnostic::error(Code::MigrationFailed, error.to_string()))
}

/// Whether the file is one of this tool's own.
fn is_own(path: &RepoPath) -> bool {
    path.as_str().starts_with(".migrate/") || path.as_str() == "migrate.toml"
}

/// The files that an edit is of: a moved one has two.
pub(super) fn named(edit: &Edit) -> impl Iterator<Item = RepoPath> {
    let origin = (edit.trace.op == Op::Relocate).then(|| RepoPath::new(&edit.trace.was).ok()).flatten();
    std::iter::once(edit.file.clone()).chain(origin)
}

fn fault(slug: &Slug, path: &RepoPath) -> Diagnostic {
    let record = format!("{RECORDS}/{slug}.toml");
    let message = format!("the record of `{slug}` names `{path}`, which the migration never touches");
    Diagnostic::error(Code::RecordDamaged, message)
        .at(Location::file(record.clone()))
        .note("nothing was written")
        .help(format!("see who changed the record: git log -p -- {record}"))
}
