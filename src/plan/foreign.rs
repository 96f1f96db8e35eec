//! Files in a record that its migration could never have touched: somebody else put them there.

use super::Request;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::Op;
use crate::history::{Edit, LEDGER, RECORDS, Record};
use crate::migration::{Migration, Slug};
use crate::path::RepoPath;
use crate::tree::{Globs, Tree};

/// The files that a migration can touch.
pub(super) struct Reach<'r> {
    tree: &'r dyn Tree,
    globs: Globs,
}

impl<'r> Reach<'r> {
    /// # Errors
    /// When a glob of the migration is none.
    pub fn of(request: &Request<'r>, migration: &Migration) -> Result<Self, Diagnostic> {
        let globs = Globs::new(migration.targets().globs);
        let globs = globs.map_err(|error| Diagnostic::error(Code::MigrationFailed, error.to_string()))?;
        Ok(Self { tree: request.tree, globs })
    }

    /// Whether `path` is one of them, or a link leads to it that is.
    pub fn has(&self, path: &RepoPath) -> bool {
        let mut links = self.tree.paths().iter().filter(|link| self.globs.matches(link));
        self.globs.matches(path) || links.any(|link| self.tree.referent(link).as_ref() == Some(path))
    }
}

/// What is wrong with the files that `record` names.
///
/// # Errors
/// When a glob of the migration is none.
pub(super) fn foreign(request: &Request<'_>, record: &Record) -> Result<Vec<Diagnostic>, Diagnostic> {
    Ok(strangers(request, record)?.iter().map(|path| fault(&record.slug, path)).collect())
}

/// A ledger without the files that its migration could never have touched, and what is to be known of them. It is this
/// machine's alone, and nothing waits for it.
///
/// # Errors
/// When a glob of the migration is none.
pub(super) fn own_part(request: &Request<'_>, ledger: &Record) -> Result<(Record, Option<Diagnostic>), Diagnostic> {
    let strange = strangers(request, ledger)?;
    let Some(first) = strange.first() else { return Ok((ledger.clone(), None)) };
    let slug = &ledger.slug;
    let message =
        format!("the ledger of `{slug}` names `{first}`, which the migration never touches: it stays as it is");
    let warning = Diagnostic::warning(Code::RecordDamaged, message)
        .note(format!("`{LEDGER}/{slug}.toml` lies in the folder `migrate` of git's own folder, or in .migrate/local"));
    let mut own = ledger.clone();
    own.edits.retain(|edit| !named(edit).any(|path| strange.contains(&path)));
    Ok((own, Some(warning)))
}

/// The files of `record` that its migration could never have touched.
fn strangers(request: &Request<'_>, record: &Record) -> Result<Vec<RepoPath>, Diagnostic> {
    // A file that says something else by now may name other files, and what it did stays as it was done.
    let migration = request.catalogue.get(&record.slug);
    let migration = migration.filter(|migration| migration.definition() == record.definition);
    let reach = migration.map(|migration| Reach::of(request, migration)).transpose()?;
    let is_ours = |path: &RepoPath| path.is_own() || path.as_str() == "migrate.toml";
    let is_strange = |path: &RepoPath| is_ours(path) || reach.as_ref().is_some_and(|reach| !reach.has(path));
    let mut paths: Vec<RepoPath> = record.edits.iter().flat_map(named).collect();
    paths.sort();
    paths.dedup();
    paths.retain(is_strange);
    Ok(paths)
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
