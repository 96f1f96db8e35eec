//! `migrate ci`: ready files for build servers and hooks, printed or written where they belong.

use super::Failure;
use super::args::{Arguments, CiArguments, CiKind};
use super::exit::Exit;
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::migration::BuiltIn;
use crate::path::RepoPath;
use crate::plan::{FileChange, Place};
use crate::report;
use crate::tree::FileState;

/// A ready file, and where it belongs, from the top of the git work tree. `migrate@@` stands for the program with the flags
/// that lead from there to the root of the repository, `@MARKER@` for the line that a report in Markdown begins with.
struct Template {
    path: &'static str,
    text: &'static str,
}

const fn template(kind: CiKind) -> Template {
    match kind {
        CiKind::Github => Template { path: ".github/workflows/migrate.yml", text: include_str!("ci/github.yml") },
        CiKind::Gitlab => Template { path: ".gitlab/migrate.yml", text: include_str!("ci/gitlab.yml") },
        CiKind::PreCommit => Template { path: ".pre-commit-config.yaml", text: include_str!("ci/pre-commit.yaml") },
        CiKind::Renovate => Template { path: "renovate.json", text: include_str!("ci/renovate.json") },
    }
}

pub(crate) fn run(arguments: &Arguments, ci: &CiArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let Template { path, text } = template(ci.kind);
    let workspace = Workspace::open(arguments, migrations, ui);
    // Printed, it needs no repository that can be read.
    let prefix = workspace.as_ref().map(|workspace| workspace.base.prefix()).unwrap_or_default();
    let text = filled(text, arguments, &prefix)?;
    let mut written = false;
    if ci.write {
        let top = workspace?.at_top();
        let change = change(&top, path, &text)?;
        written = commit_files("ci", arguments, &top, ui, &[change])?;
    }
    if ui.json {
        let result = serde_json::json!({ "path": path, "text": text, "written": written });
        ui.envelope("ci", result, &[]);
    } else if written {
        let (place, add) = match prefix.is_empty() {
            true => (String::new(), path.to_owned()),
            false => (" at the top of the git work tree".to_owned(), format!("':/{path}'")),
        };
        ui.text(&format!("wrote {path}{place}\nnext: read it, then git add {add}\n"));
    } else {
        ui.answer(&text);
    }
    Ok(Exit::Done)
}

/// The file for a repository whose root lies at `prefix` below the top, where it is read and run.
fn filled(text: &str, arguments: &Arguments, prefix: &str) -> Result<String, Failure> {
    let root = Some(prefix.trim_end_matches('/').to_owned()).filter(|root| !root.is_empty());
    let flag = if arguments.global.root.is_some() { "--root" } else { "-C" };
    let mut flags = String::new();
    for (flag, value) in [(flag, root), ("--migrations", arguments.global.migrations.clone())] {
        let Some(value) = value else { continue };
        // A name that YAML or a shell reads in its own way has no place in such a file.
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) {
            let message =
                format!("a ready file can not name `{value}`: it has other signs than letters, digits and `-_./`");
            return Err(Diagnostic::error(Code::Usage, message)
                .note("nothing was written")
                .help(format!("print it elsewhere, and write `{flag}` yourself: migrate ci KIND"))
                .into());
        }
        flags.push_str(&format!(" {flag} {value}"));
    }
    Ok(text.replace("migrate@@", &format!("migrate{flags}")).replace("@MARKER@", &report::marker(prefix, "plan")))
}

/// The new file; what stands there already is never written over.
fn change(workspace: &Workspace, path: &'static str, text: &str) -> Result<FileChange, Failure> {
    let place = RepoPath::new(path).map_err(|error| Diagnostic::error(Code::Usage, error.to_string()))?;
    if workspace.file(&place)?.is_some() {
        return Err(Diagnostic::error(Code::Unexpected, format!("`{path}` is there already, and is not written over"))
            .at(Location::file(path))
            .note("nothing was written")
            .help("print it without --write, and take from it what is missing")
            .into());
    }
    let after = Some(FileState::new(text.as_bytes().to_vec(), 0o644));
    Ok(FileChange { place: Place::Repository(place), before: None, after })
}
