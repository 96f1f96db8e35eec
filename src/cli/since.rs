//! What a branch adds: the migrations that it changed, or whose records or settings it did.

use std::collections::BTreeSet;

use super::Failure;
use super::selection::globs;
use super::workspace::{Loaded, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::format::Op;
use crate::history::{Edit, RECORDS};
use crate::migration::{Migration, Slug};
use crate::tree::{Tree, TreeError, is_migration_name};

/// The migrations that something concerns which a revision does not have as it is now.
pub(super) struct Since {
    /// Their file is another one.
    pub files: BTreeSet<Slug>,
    /// So is their file or record, a file that they match, or one that they have changed.
    pub all: BTreeSet<Slug>,
}

/// What differs from `revision`.
pub(super) fn since(workspace: &Workspace, loaded: &Loaded, revision: &str) -> Result<Since, Failure> {
    let changed = changed(workspace, revision)?;
    let is_changed = |path: &str| changed.contains(path);
    let new = workspace.catalogue.iter().filter(|migration| changed.iter().any(|path| is_of(migration, path)));
    let files: BTreeSet<Slug> = new.map(|migration| migration.slug.clone()).collect();
    let mut slugs = files.clone();
    for migration in workspace.catalogue.iter() {
        let targets = globs(migration.targets().globs)?;
        if loaded.disk.paths().iter().any(|path| targets.matches(path) && is_changed(path.as_str())) {
            slugs.insert(migration.slug.clone());
        }
    }
    let touched = |edit: &Edit| {
        let origin = (edit.trace.op == Op::Relocate).then_some(edit.trace.was.as_str());
        is_changed(edit.file.as_str()) || origin.is_some_and(is_changed)
    };
    let recorded = loaded.history.slugs().filter_map(|slug| loaded.history.record(slug));
    slugs.extend(recorded.filter(|record| record.edits.iter().any(touched)).map(|record| record.slug.clone()));
    // What was deleted names its migration, too.
    let own = format!("{}/", workspace.migrations);
    let named = changed.iter().filter_map(|path| {
        let record = path.strip_prefix(RECORDS).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".toml"));
        let migration = || {
            let name = path.strip_prefix(&own)?.split('/').next().filter(|name| is_migration_name(name))?;
            name.trim_end_matches(".toml").split_once('_')?.1.parse().ok()
        };
        record.and_then(|slug| slug.parse().ok()).or_else(migration)
    });
    slugs.extend(named);
    Ok(Since { files, all: slugs })
}

/// Whether `path` is the file of `migration`, or lies in its folder.
fn is_of(migration: &Migration, path: &str) -> bool {
    migration.declaration().is_some_and(|declaration| {
        let own = declaration.source.path.as_str();
        path == own || own.strip_suffix("migration.toml").is_some_and(|folder| path.starts_with(folder))
    })
}

/// The files, from the root, that are not as they were where the history of `revision` and that of the work tree part.
fn changed(workspace: &Workspace, revision: &str) -> Result<BTreeSet<String>, Failure> {
    let Some(git) = workspace.git() else {
        return Err(Diagnostic::error(Code::Usage, "without git there is no revision").into());
    };
    let wrong = |error: TreeError| Failure::from(Diagnostic::error(Code::Usage, error.to_string()));
    let commit = git.commit(revision).map_err(wrong)?;
    let base = git.common_ancestor(&commit).unwrap_or(commit);
    let mut names = git.changed_since(&base).map_err(wrong)?;
    names.extend(git.untracked().map_err(wrong)?);
    Ok(names.into_iter().filter_map(|name| String::from_utf8(name).ok()).collect())
}
