//! `migrate lint`: likely mistakes in migration files, and those that can be mended without a doubt.

use super::Failure;
use super::args::{Arguments, LintArguments};
use super::exit::Exit;
use super::reports::{self, Told};
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Severity};
use crate::format::{self, Change};
use crate::migration::declared::Declaration;
use crate::migration::{BuiltIn, Migration};
use crate::path::RepoPath;
use crate::plan::{self, FileChange, Place};
use crate::report;
use crate::text::is_hidden;
use crate::tree::FileState;
use crate::value::KeyPath;

pub(crate) fn run(
    arguments: &Arguments,
    lint: &LintArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut workspace = Workspace::open(arguments, migrations, ui)?;
    let named = lint.names.iter().map(|name| Ok(workspace.catalogue.find(name)?.slug.clone()));
    let named = named.collect::<Result<Vec<_>, Diagnostic>>()?;
    let is_asked = |migration: &Migration| named.is_empty() || named.contains(&migration.slug);
    if lint.fix {
        let files: Vec<&Declaration> =
            workspace.catalogue.iter().filter(|one| is_asked(one)).filter_map(Migration::declaration).collect();
        let mut changes = Vec::new();
        for declaration in files {
            changes.extend(mended(&workspace, declaration)?);
        }
        let files = report::plural(changes.len(), "file");
        if commit_files("lint", arguments, &workspace, ui, &changes)? {
            ui.text(&format!("{files} mended\n\n"));
            workspace = Workspace::open(arguments, migrations, ui)?;
        } else if !changes.is_empty() {
            ui.text(&format!("{files} would be mended. Nothing was written.\n\n"));
        }
    }
    let loaded = workspace.load(ui)?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let findings = plan::lint(&workspace.request(&loaded, &excluded), &is_asked);
    let count = workspace.catalogue.iter().filter(|one| is_asked(one) && one.declaration().is_some()).count();
    let result = serde_json::json!({ "migrations": count, "findings": findings.len() });
    if ui.json {
        ui.envelope("lint", result.clone(), &findings);
    } else {
        if !findings.is_empty() {
            ui.text(&format!("{}\n\n", report::diagnostics(&findings, ui.style)));
        }
        let files = report::plural(count, "migration file");
        ui.text(&match findings.len() {
            0 => format!("{files}, nothing found.\n"),
            found => format!("{files}, {}.\n", report::plural(found, "finding")),
        });
    }
    reports::tell(
        arguments,
        &workspace,
        ui,
        &Told { diagnostics: &findings, result: Some(result), ..Told::default() },
    )?;
    // A note is something to know, and no reason to stop a build.
    let found = findings.iter().any(|finding| finding.severity > Severity::Note);
    Ok(if found { Exit::Findings } else { Exit::Done })
}

/// The file without what is surely not meant: unused variables, characters that nobody sees.
fn mended(workspace: &Workspace, declaration: &Declaration) -> Result<Option<FileChange>, Failure> {
    let Ok(path) = RepoPath::new(&declaration.source.path) else { return Ok(None) };
    let Some(before) = workspace.file(&path)? else { return Ok(None) };
    let mut text: String = String::from_utf8_lossy(&before.bytes)
        .char_indices()
        .filter(|(at, c)| *at == 0 || *c == '\r' || !is_hidden(*c))
        .map(|(_, c)| c)
        .collect();
    let used = declaration.used_names();
    let unused = declaration.names.iter().filter(|name| declaration.native.is_none() && !used.contains(&name.text));
    let Some(toml) = format::by_name("toml") else { return Ok(None) };
    for name in unused {
        let path = KeyPath::new(["vars", name.text.as_str()]);
        if let Ok(outcome) = format::edit(toml, &text, &Change::Remove { path }) {
            text = outcome.text;
        }
    }
    let after = FileState { bytes: text.into_bytes(), mode: before.mode };
    let changed = after != before;
    let change = FileChange { place: Place::Repository(path), before: Some(before), after: Some(after) };
    Ok(Some(change).filter(|_| changed))
}
