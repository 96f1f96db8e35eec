//! The migration files of a repository, as they are in the work tree or as they are staged.

use std::path::Path;

use super::Failure;
use super::workspace::FILES;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::fs::Fs;
use crate::history::RECORDS;
use crate::migration::{BuiltIn, Catalogue, Slug};
use crate::path::RepoPath;
use crate::text::{Charset, Text};
use crate::tree::{FileState, Git, TreeError, file_state, folder_files, is_migration_name};

/// Files by path; `None` = no file.
pub(super) type Staged = Vec<(RepoPath, Option<FileState>)>;

/// The migrations of the repository: its own files in `folder`, or every compiled one where it has none.
pub(super) fn catalogue(
    root: &Path,
    folder: &str,
    staged: &[(RepoPath, Option<FileState>)],
    built_in: &[BuiltIn],
) -> Result<Catalogue, Failure> {
    let mut files = migration_files(root, folder)?;
    for (path, state) in staged.iter().filter(|(path, _)| is_migration_file(folder, path)) {
        files.retain(|(known, _)| known != path.as_str());
        if let Some(state) = state {
            files.push((path.to_string(), migration_text(path.as_str(), state)?));
        }
    }
    if files.is_empty() {
        return Ok(Catalogue::of(built_in)?);
    }
    let recorded = |slug: &Slug| FILES.stat(&root.join(format!("{RECORDS}/{slug}.toml"))).is_ok();
    Ok(Catalogue::with_files(built_in, &files, &recorded)?)
}

fn is_migration_file(folder: &str, path: &RepoPath) -> bool {
    let inner = path.as_str().strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    inner.is_some_and(|inner| match inner.split_once('/') {
        None => inner.ends_with(".toml") && is_migration_name(inner),
        Some((name, rest)) => rest == "migration.toml" && is_migration_name(name),
    })
}

/// The files whose staged content differs from the one in the work tree, as staged; `None` = not staged at all.
pub(super) fn staged_files(root: &Path, git: Option<&Git>) -> Result<Staged, Failure> {
    let Some(git) = git.map(|git| git.at(root)) else {
        return Err(Diagnostic::error(Code::Usage, "without git nothing is staged").into());
    };
    let mut staged = Vec::new();
    for name in git.unstaged().map_err(|error| error.of_own())? {
        let Some(path) = String::from_utf8(name).ok().and_then(|name| RepoPath::new(&name).ok()) else { continue };
        let now = file_state(&FILES, &root.join(path.as_str()), path.as_str()).map_err(|error| error.of_own())?;
        let mode = now.map_or(0o644, |file| file.mode);
        let state = git.file("", path.as_str()).map(|bytes| FileState::new(bytes, mode));
        staged.push((path, state));
    }
    Ok(staged)
}

/// The path and text of each migration file in `folder`: `vNNNN_slug.toml`, or `vNNNN_slug/migration.toml`.
fn migration_files(root: &Path, folder: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    let place = FILES.canonical(&root.join(folder)).unwrap_or_else(|_| root.join(folder));
    if !place.starts_with(root) {
        return Err(TreeError::Outside { path: folder.to_owned() }.of_own().into());
    }
    let names = folder_files(&FILES, &place).map_err(|error| error.of_own())?;
    for name in names.iter().filter(|name| is_migration_name(name)) {
        let path = match name.ends_with(".toml") {
            true => format!("{folder}/{name}"),
            false => format!("{folder}/{name}/migration.toml"),
        };
        let inner = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/').to_owned();
        let state = file_state(&FILES, &place.join(inner), &path).map_err(|error| Diagnostic {
            help: vec!["put a regular file in its place".to_owned()],
            ..error.of_own()
        })?;
        let Some(state) = state else { continue };
        let text = migration_text(&path, &state)?;
        files.push((path, text));
    }
    Ok(files)
}

fn migration_text(path: &str, state: &FileState) -> Result<String, Diagnostic> {
    let text = Text::decode(&state.bytes, Charset::Utf8);
    let wrong = |error| {
        Diagnostic::error(Code::BadMigration, format!("`{path}` is {error}")).at(Location::file(path.to_owned()))
    };
    text.map(|text| text.content).map_err(wrong)
}
