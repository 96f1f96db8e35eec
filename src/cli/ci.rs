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
use crate::tree::FileState;

/// A ready file, and where it belongs.
struct Template {
    path: &'static str,
    text: &'static str,
}

const fn template(kind: CiKind) -> Template {
    match kind {
        CiKind::Github => Template { path: ".github/workflows/migrate.yml", text: include_str!("ci/github.yml") },
        CiKind::Gitlab => Template { path: ".gitlab/migrate.yml", text: include_str!("ci/gitlab.yml") },
        CiKind::PreCommit => Template { path: ".pre-commit-config.yaml", text: include_str!("ci/pre-commit.yaml") },
    }
}

pub(crate) fn run(arguments: &Arguments, ci: &CiArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let Template { path, text } = template(ci.kind);
    let mut written = false;
    if ci.write {
        let workspace = Workspace::open(arguments, migrations)?;
        let change = change(&workspace, path, text)?;
        written = commit_files("ci", arguments, &workspace, ui, &[change])?;
    }
    if ui.json {
        let result = serde_json::json!({ "path": path, "text": text, "written": written });
        ui.envelope("ci", result, &[]);
    } else if written {
        ui.text(&format!("wrote {path}\nnext: read it, then git add {path}\n"));
    } else {
        ui.answer(text);
    }
    Ok(Exit::Done)
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
    let after = Some(FileState { bytes: text.as_bytes().to_vec(), mode: 0o644 });
    Ok(FileChange { place: Place::Repository(place), before: None, after })
}
