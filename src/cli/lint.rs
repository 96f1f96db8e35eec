//! `migrate lint`: likely mistakes in migration files, and those that can be mended without a doubt.

use std::collections::BTreeMap;

use super::Failure;
use super::args::{Arguments, LintArguments};
use super::exit::Exit;
use super::reports::{self, Told};
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::format::{self, Change};
use crate::migration::{BuiltIn, Migration};
use crate::path::RepoPath;
use crate::plan::{self, FileChange, Finding, Mend, Place};
use crate::report;
use crate::text::{Charset, Edits, Text};
use crate::tree::FileState;

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
    let found = |workspace: &Workspace| -> Result<Vec<Finding>, Failure> {
        let loaded = workspace.load(ui)?;
        let excluded = |path: &_| workspace.is_excluded(path);
        Ok(plan::lint(&workspace.request(&loaded, &excluded), &is_asked))
    };
    let mut findings = found(&workspace)?;
    if lint.fix {
        let changes = mended(&workspace, &findings)?;
        let files = report::plural(changes.len(), "file");
        if commit_files("lint", arguments, &workspace, ui, &changes)? {
            ui.text(&format!("{files} mended\n\n"));
            workspace = Workspace::open(arguments, migrations, ui)?;
            findings = found(&workspace)?;
        } else if !changes.is_empty() {
            ui.text(&format!("{files} would be mended. Nothing was written.\n\n"));
        }
    }
    let findings: Vec<Diagnostic> = findings.into_iter().map(|finding| finding.told).collect();
    let count = workspace.catalogue.iter().filter(|one| is_asked(one) && one.declaration().is_some()).count();
    let result = serde_json::json!({ "migrations": count, "findings": findings.len() });
    if ui.json {
        ui.envelope("lint", result.clone(), &findings);
    } else {
        if !findings.is_empty() {
            ui.text(&format!("{}\n\n", ui.told(&findings)));
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

/// The files as the fixes of `findings` leave them.
fn mended(workspace: &Workspace, findings: &[Finding]) -> Result<Vec<FileChange>, Failure> {
    let mut of_file: BTreeMap<&str, Vec<&Mend>> = BTreeMap::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        of_file.entry(&fix.path).or_default().push(&fix.mend);
    }
    let mut changes = Vec::new();
    for (path, mends) in of_file {
        let Ok(path) = RepoPath::new(path) else { continue };
        let Some(before) = workspace.file(&path)? else { continue };
        let Ok(text) = Text::decode(&before.bytes, Charset::Utf8) else { continue };
        let wrong = |error: &dyn std::fmt::Display| Diagnostic::error(Code::NotText, error.to_string());
        let bytes = text.encode(&fixed(&text.content, &mends)).map_err(|error| wrong(&error))?;
        let after = FileState::new(bytes, before.mode);
        if after != before {
            changes.push(FileChange { place: Place::Repository(path), before: Some(before), after: Some(after) });
        }
    }
    Ok(changes)
}

/// `text` as the fixes leave it: first what has a place, then the entries that go by name.
fn fixed(text: &str, mends: &[&Mend]) -> String {
    let edits = mends.iter().flat_map(|mend| if let Mend::Edit(edits) = mend { edits.as_slice() } else { &[] });
    let edits = Edits::new(edits.cloned().collect()).unwrap_or_default();
    let mut text = edits.apply(text);
    for mend in mends {
        if let Mend::Remove(path) = mend
            && let Some(toml) = format::by_name("toml")
            && let Ok(outcome) = format::edit(toml, &text, &Change::Remove { path: path.clone() })
        {
            text = outcome.text;
        }
    }
    text
}
