//! `migrate edit`: one lossless edit of one file, without a migration.

use super::Failure;
use super::args::{Arguments, EditArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::format;
use crate::migration::BuiltIn;
use crate::migration::declared::Declaration;
use crate::path::RepoPath;
use crate::plan::{self, FileChange, Place};
use crate::report;

pub(crate) fn run(
    arguments: &Arguments,
    edit: &EditArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let path = workspace.repo_path(&edit.file)?;
    let Some(before) = workspace.file(&path)? else {
        return Err(Diagnostic::error(Code::NotFound, format!("there is no file `{path}`")).into());
    };
    let declaration = declaration(edit, &path)?;
    let step = plan::edit_one(&declaration, &path, &before)?;
    let change = FileChange {
        place: Place::Repository(path),
        before: Some(before.clone()),
        after: step.after.clone().or(Some(before)),
    };
    let changes: Vec<FileChange> = Some(change).into_iter().filter(|change| change.before != change.after).collect();
    let written = commit_files("edit", arguments, &workspace, ui, &changes)?;
    if ui.json {
        ui.envelope("edit", report::file_result(&step, written, ui.context), &[]);
    } else {
        ui.text(&report::file_shown(&step, written, ui.context, ui.style));
    }
    Ok(Exit::Done)
}

/// The edit as a migration of one step: what can be tried here can be written there.
fn declaration(edit: &EditArguments, path: &RepoPath) -> Result<Declaration, Failure> {
    let mut operations = Vec::new();
    let mut more = String::new();
    for (name, value) in [("within", &edit.within), ("in", &edit.lens)] {
        if let Some(value) = value {
            more.push_str(&format!(", {name} = {}", toml_text(value)));
        }
    }
    if let Some(document) = edit.doc {
        more.push_str(&format!(", doc = {document}"));
    }
    if edit.create {
        more.push_str(", create = true");
    }
    for pair in edit.set.chunks(2) {
        operations.push(format!("{{ set = {}, to = {}{more} }}", toml_text(&pair[0]), toml_value(&pair[1])));
    }
    for pair in edit.append.chunks(2) {
        operations.push(format!("{{ append = {}, value = {}{more} }}", toml_text(&pair[0]), toml_value(&pair[1])));
    }
    for pair in edit.rename.chunks(2) {
        operations.push(format!("{{ rename = {}, to = {}{more} }}", toml_text(&pair[0]), toml_text(&pair[1])));
    }
    for path in &edit.remove {
        operations.push(format!("{{ remove = {}{more} }}", toml_text(path)));
    }
    if operations.is_empty() {
        return Err(Diagnostic::error(Code::Usage, "nothing to do: no edit is given")
            .help("migrate edit FILE --set PATH VALUE, --remove PATH, --rename PATH NEW or --append PATH VALUE")
            .into());
    }
    let format = match &edit.read_as {
        Some(name) if format::by_name(name).is_none() => {
            let known: Vec<&str> = format::FORMATS.iter().map(|format| format.name()).collect();
            let unknown = Diagnostic::error(Code::Usage, format!("unknown format `{name}`"));
            return Err(unknown.help(format!("a format is one of: {}", known.join(", "))).into());
        }
        Some(name) => format!("format = {}\n", toml_text(name)),
        None => String::new(),
    };
    let text = format!(
        "schema = 1\ntitle = \"edit\"\n[[step]]\nedit = {}\n{format}do = [\n  {},\n]\n",
        toml_text(&path.glob()),
        operations.join(",\n  ")
    );
    Ok(Declaration::read("(the command line)", &text)?)
}

/// `text` as a TOML string; braces in it are no names.
fn toml_text(text: &str) -> String {
    let literal = serde_json::Value::String(text.replace("{{", "{{ \"{{\" }}")).to_string();
    literal.replace('\u{7f}', "\\u007F")
}

/// A value as typed: JSON where it is JSON, else a text.
fn toml_value(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(value) => json_as_toml(&value),
        Err(_) => toml_text(text),
    }
}

fn json_as_toml(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => toml_text("null"),
        serde_json::Value::String(text) => toml_text(text),
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(json_as_toml).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{} = {}", toml_text(key), json_as_toml(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}
