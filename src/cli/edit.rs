//! `migrate edit`: one lossless edit of one file, without a migration.

use super::Failure;
use super::args::{Arguments, EditArguments, EditOperation};
use super::exit::Exit;
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::format::{self, Format};
use crate::migration::BuiltIn;
use crate::migration::declared::{Declaration, write};
use crate::path::RepoPath;
use crate::plan::{self, FileChange, Place};
use crate::report;
use crate::text::{Charset, Text};
use crate::tree::FileState;

/// What the edit is read from, as a migration.
const SOURCE: &str = "(the command line)";

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
    let declaration = declaration(edit, &path, &before).map_err(in_flags)?;
    let step = plan::edit_one(&declaration, &path, &before)
        .map_err(|refusal| Failure::from(refusal.diagnostics.into_iter().map(in_flags).collect::<Vec<_>>()))?;
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
        ui.text(&report::file_shown(&step, written, ui.shown, ui.context, ui.style));
    }
    Ok(Exit::Done)
}

/// The edit as a migration of one step: what can be tried here can be written there.
fn declaration(edit: &EditArguments, path: &RepoPath, before: &FileState) -> Result<Declaration, Diagnostic> {
    let format = match &edit.read_as {
        Some(name) => Some(format::by_name(name).ok_or_else(|| {
            let known: Vec<&str> = format::FORMATS.iter().map(|format| format.name()).collect();
            Diagnostic::error(Code::Usage, format!("unknown format `{name}`"))
                .help(format!("--as takes one of: {}", known.join(", ")))
        })?),
        None => None,
    };
    let mut more = String::new();
    for (name, value) in [("within", &edit.within), ("in", &edit.lens)] {
        if let Some(value) = value {
            more.push_str(&format!(", {name} = {}", write::text(value)));
        }
    }
    match (edit.doc, documents(path, format, before)) {
        (None, 2..) if !edit.operations.iter().all(|operation| operation.path().starts_with('[')) => {
            let message = format!("`{path}` holds several documents, and a path starts in one of them");
            return Err(Diagnostic::error(Code::Ambiguous, message).help("say which: --doc 0, --doc 1 and so on"));
        }
        // Of the only document there is nothing to choose.
        (None, _) | (Some(0), 1) => {}
        (Some(document), _) => more.push_str(&format!(", doc = {document}")),
    }
    if edit.create {
        more.push_str(", create = true");
    }
    let language = format.or_else(|| format::detect(path.file_name())).map_or("", |format| format.name());
    let operation = |operation: &EditOperation| -> Result<String, Diagnostic> {
        Ok(match operation {
            EditOperation::Set(path, value) => {
                format!("set = {}, {}", write::text(path), given("to", value, language)?)
            }
            EditOperation::Append(path, value) => {
                format!("append = {}, {}", write::text(path), given("value", value, language)?)
            }
            EditOperation::Rename(path, name) => format!("rename = {}, to = {}", write::text(path), write::text(name)),
            EditOperation::Remove(path) => format!("remove = {}", write::text(path)),
        })
    };
    let operations = edit.operations.iter().map(operation).collect::<Result<Vec<_>, _>>()?;
    if operations.is_empty() {
        return Err(Diagnostic::error(Code::Usage, "nothing to do: no edit is given")
            .help("migrate edit FILE --set PATH VALUE, --remove PATH, --rename PATH NEW or --append PATH VALUE"));
    }
    let operations: String = operations.iter().map(|operation| format!("  {{ {operation}{more} }},\n")).collect();
    let format = format.map_or(String::new(), |format| format!("format = {}\n", write::text(format.name())));
    let glob = write::text(&path.glob());
    let text = format!("schema = 1\ntitle = \"edit\"\n[[step]]\nedit = {glob}\n{format}do = [\n{operations}]\n");
    Declaration::read(SOURCE, &text)
}

/// How many documents the file holds; a path starts with the number of one where there are several.
fn documents(path: &RepoPath, format: Option<&'static dyn Format>, file: &FileState) -> usize {
    let Ok(text) = Text::decode(&file.bytes, Charset::Utf8) else { return 1 };
    let read = match format {
        Some(format) => format::read(format, &text.content).ok().map(|document| (format, document)),
        None => format::read_as(path.file_name(), &text.content).and_then(Result::ok),
    };
    match read {
        Some((_, document)) if document.root.holds_documents() => document.root.children.len(),
        _ => 1,
    }
}

/// A value as typed, as `key` of an operation: JSON where it is JSON, else a text. TOML has no null and no integer of more
/// than 64 bits, so what holds one is source text of the file's `language`.
fn given(key: &str, typed: &str, language: &str) -> Result<String, Diagnostic> {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(typed) else {
        return Ok(format!("{key} = {}", write::text(typed)));
    };
    if is_large(typed) {
        return match language {
            "json" | "jsonc" | "json5" | "yaml" | "javascript" | "hcl" | "python" => {
                Ok(format!("value_code = {}", write::text(typed)))
            }
            "env" | "ini" | "properties" | "xml" | "lines" => Ok(format!("{key} = {}", write::text(typed))),
            _ => {
                Err(Diagnostic::error(Code::Usage, format!("`{typed}` is too large for a number of a {language} file"))
                    .help(format!("write it as text: '\"{typed}\"'")))
            }
        };
    }
    if let Some(toml) = as_toml(&value) {
        return Ok(format!("{key} = {toml}"));
    }
    match language {
        "json" | "jsonc" | "json5" | "yaml" | "javascript" | "hcl" => {
            Ok(format!("value_code = {}", write::text(&value.to_string())))
        }
        "python" if value.is_null() => Ok("value_code = \"None\"".to_owned()),
        // Elsewhere all is text.
        "env" | "ini" | "properties" | "xml" | "lines" if value.is_null() => {
            Ok(format!("{key} = {}", write::text(typed)))
        }
        _ => Err(Diagnostic::error(Code::Usage, format!("`{typed}` holds a null, and a {language} file has none"))
            .help("remove the setting: --remove PATH; or write the word as text: '\"null\"'")),
    }
}

/// Whether `typed` is an integer of more than 64 bits.
fn is_large(typed: &str) -> bool {
    let digits = typed.strip_prefix('-').unwrap_or(typed);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && typed.parse::<i64>().is_err()
}

/// A JSON value as TOML; `None` where it holds a null.
fn as_toml(value: &serde_json::Value) -> Option<String> {
    Some(match value {
        serde_json::Value::Null => return None,
        serde_json::Value::String(text) => write::text(text),
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(as_toml).collect::<Option<Vec<_>>>()?.join(", "))
        }
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, &serde_json::Value)| {
                Some(format!("{} = {}", write::text(key), as_toml(value)?))
            };
            format!("{{ {} }}", entries.iter().map(entry).collect::<Option<Vec<_>>>()?.join(", "))
        }
        other => other.to_string(),
    })
}

/// `diagnostic` in the words of the command line: no place in a migration that is nowhere, and flags for its keys.
fn in_flags(mut diagnostic: Diagnostic) -> Diagnostic {
    const WORDS: [(&str, &str); 4] = [
        (", or give this one its own copy: add `unshare = true`", ""),
        ("`create = true`", "--create"),
        ("`format = \"ini\"` in this step, or another", "--as ini, or another"),
        ("`value_code`", "the value"),
    ];
    let flags = |text: &String| WORDS.iter().fold(text.clone(), |text, (word, flag)| text.replace(word, flag));
    diagnostic.places.retain(|place| place.path != SOURCE);
    let name = diagnostic.message.split('`').nth(1).unwrap_or_default().to_owned();
    for help in diagnostic.help.iter_mut().filter(|help| help.starts_with("say which: `site")) {
        *help =
            format!("say which in the path, without --within: --set '{name}#1.KEY' VALUE, '{name}#2.KEY' and so on");
    }
    diagnostic.message = flags(&diagnostic.message);
    // What only a migration can say is no help here.
    let is_of_migrations = |help: &String| {
        ["if_present", "optional = ", "unshare", "{ replace", "site = ", "was = ", "--except"]
            .iter()
            .any(|word| help.contains(word))
    };
    diagnostic.help = diagnostic.help.iter().map(flags).filter(|help| !is_of_migrations(help)).collect();
    diagnostic
}
