//! `migrate new`: starts a migration file, empty, from a recipe, or from what was edited by hand.

use std::collections::BTreeMap;

use super::Failure;
use super::args::{Arguments, NewArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format;
use crate::migration::declared::{Declaration, write};
use crate::migration::{BuiltIn, Slug};
use crate::op::{Derived, by_lines, by_settings};
use crate::path::RepoPath;
use crate::plan::{self, FileChange, Place};
use crate::report;
use crate::text::{Charset, Text, nearest};
use crate::tree::{FileState, is_migration_name};
use crate::value::mask;

const RECIPES: [(&str, &str); 4] = [
    ("enable-ssl", include_str!("recipes/enable-ssl.toml")),
    ("rename-key", include_str!("recipes/rename-key.toml")),
    ("rotate-certs", include_str!("recipes/rotate-certs.toml")),
    ("replace-host", include_str!("recipes/replace-host.toml")),
];
const EMPTY: &str = include_str!("recipes/empty.toml");
/// What a repository gets first, so that the compiled migration keeps its place.
const FIRST: &str = "schema = 1\ntitle  = \"Require TLS for PostgreSQL\"\nnative = \"enable_ssl\"\n";

pub(crate) fn run(arguments: &Arguments, new: &NewArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let slug: Slug = new.name.parse().map_err(|why: String| {
        let near: String =
            new.name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        Diagnostic::error(Code::Usage, why).help(format!("migrate new {near}"))
    })?;
    let title = titled(slug.as_str());
    let mut files = Vec::new();
    let is_own = workspace.catalogue.iter().any(|migration| migration.declaration().is_some());
    if !is_own && slug.as_str() != "enable_ssl" {
        files.push(("v0001_enable_ssl.toml".to_owned(), FIRST.to_owned()));
    }
    if is_own && workspace.catalogue.get(&slug).is_some() {
        return Err(Diagnostic::error(Code::SameNumber, format!("there is a migration called `{slug}` already"))
            .help(format!("look at it: migrate show {slug}"))
            .into());
    }
    let number = next_number(&workspace, files.len(), None)?;
    let mut said = String::new();
    let text = match (&new.from, &new.from_diff) {
        (Some(recipe), _) => from_recipe(recipe, &title, &new.set)?,
        (None, Some(revision)) => {
            let (text, told) = from_diff(&workspace, revision, &title)?;
            said = told;
            text
        }
        (None, None) => EMPTY.replace("{title}", &title),
    };
    let file = format!("v{number:04}_{slug}.toml");
    Declaration::read(&format!("{}/{file}", workspace.migrations), &text)?;
    files.push((file, text));
    let changes = files.iter().map(|(name, text)| created(&workspace, name, text)).collect::<Result<Vec<_>, _>>()?;
    let written = commit_files("new", arguments, &workspace, ui, &changes)?;
    let paths: Vec<String> = files.iter().map(|(name, _)| format!("{}/{name}", workspace.migrations)).collect();
    if ui.json {
        let result = serde_json::json!({ "written": written, "files": paths });
        ui.envelope("new", result, &[]);
        return Ok(Exit::Done);
    }
    for path in &paths {
        ui.text(&format!("{} {path}\n", if written { "wrote" } else { "would write" }));
    }
    if paths.len() > 1 {
        ui.text("the first of them keeps the compiled migration; delete it if it is not wanted here\n");
    }
    let next = if new.from_diff.is_some() {
        format!("fill in `why`, then migrate test v{number:04}")
    } else {
        format!("edit it, then migrate lint && migrate test v{number:04}")
    };
    ui.text(&format!("{said}next: {next}\n"));
    Ok(Exit::Done)
}

/// `redis_cache` as people write it.
fn titled(slug: &str) -> String {
    let words = slug.replace('_', " ");
    let mut characters = words.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

fn created(workspace: &Workspace, name: &str, text: &str) -> Result<FileChange, Failure> {
    let path = format!("{}/{name}", workspace.migrations);
    let path = RepoPath::new(&path).map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()))?;
    if workspace.file(&path)?.is_some() {
        return Err(Diagnostic::error(Code::SameNumber, format!("`{path}` is there already")).into());
    }
    let after = Some(FileState { bytes: text.as_bytes().to_vec(), mode: 0o644 });
    Ok(FileChange { place: Place::Repository(path), before: None, after })
}

/// One more than the highest number here and on every branch that is known, whatever number `except` has there.
pub(crate) fn next_number(workspace: &Workspace, before: usize, except: Option<&Slug>) -> Result<u32, Failure> {
    let own = workspace.catalogue.iter().filter(|one| one.declaration().is_some() && Some(&one.slug) != except);
    let names = workspace.names_on_branches()?;
    let number = |name: &String| {
        let name = name.rsplit('/').next().unwrap_or(name);
        let (digits, slug) = name.strip_prefix('v')?.split_once('_')?;
        let is_other = except.is_none_or(|except| slug.trim_end_matches(".toml") != except.as_str());
        digits.parse::<u32>().ok().filter(|_| is_other && is_migration_name(name))
    };
    let highest = own.map(|one| one.version.0).chain(names.iter().filter_map(number)).max().unwrap_or(0);
    let highest = highest.max(u32::try_from(before).unwrap_or(0));
    highest.checked_add(1).ok_or_else(|| {
        Diagnostic::error(Code::Usage, format!("there is no number behind v{highest}"))
            .note("nothing was written")
            .help(format!("give that migration a smaller one: migrate renumber {highest} --to NUMBER"))
            .into()
    })
}

/// A recipe with the values of `set` as the defaults of its variables.
fn from_recipe(name: &str, title: &str, set: &[String]) -> Result<String, Failure> {
    let Some((_, recipe)) = RECIPES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = RECIPES.iter().map(|(known, _)| *known).collect();
        let unknown = Diagnostic::error(Code::Usage, format!("there is no recipe `{name}`"));
        let unknown = match nearest(name, &known) {
            Some(near) => unknown.help(format!("did you mean `{near}`?")),
            None => unknown,
        };
        return Err(unknown.help(format!("the recipes are: {}", known.join(", "))).into());
    };
    let mut text = recipe.replace("{title}", title);
    let Some(toml) = format::by_name("toml") else { return Ok(text) };
    for pair in set {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Diagnostic::error(Code::Usage, format!("--set takes NAME=VALUE, not `{pair}`")).into());
        };
        let declared = Declaration::read("(the recipe)", &text)?;
        let known: Vec<&str> = declared.names.iter().map(|name| name.text.as_str()).chain(["certs"]).collect();
        if !known.contains(&name) {
            let unknown = Diagnostic::error(Code::UnknownVariable, format!("the recipe has no variable `{name}`"));
            return Err(unknown.help(format!("it has {}", known.join(", "))).into());
        }
        let path = crate::value::KeyPath::new(["vars", name, "default"]);
        let change = format::Change::Set { path, value: value.into() };
        let outcome =
            format::edit(toml, &text, &change).map_err(|refusal| Diagnostic::error(refusal.code, refusal.message))?;
        text = outcome.text;
    }
    Ok(text)
}

/// A migration that makes the work tree of `revision`: proven file by file, byte for byte.
fn from_diff(workspace: &Workspace, revision: &str, title: &str) -> Result<(String, String), Failure> {
    let changed = workspace.changed_since(revision)?;
    if changed.is_empty() {
        return Err(Diagnostic::error(Code::NoTarget, format!("no tracked file differs from {revision}"))
            .help("edit a file first; a new file counts once git knows it: git add FILE")
            .into());
    }
    let mut text = write::head(title);
    let mut cases = String::new();
    let (mut settings, mut texts, mut whole) = (0, 0, 0);
    for (path, before, after) in &changed {
        match derived(path, before.as_ref(), after.as_ref())? {
            Made::Operations(operations) => {
                if let Some(secret) = operations.iter().find(|one| write::writes_secret(one)) {
                    return Err(secret_refused(path, secret).into());
                }
                let is_text = |one: &&Derived| matches!(one, Derived::Replace { .. });
                texts += operations.iter().filter(is_text).count();
                settings += operations.len() - operations.iter().filter(is_text).count();
                let step = write::step(&write::Written { path: path.glob(), operations });
                text.push_str(&step.unwrap_or_default());
                if let (Some(before), Some(after)) = (before, after) {
                    cases.push_str(&example(path, before, after).unwrap_or_default());
                }
            }
            Made::Whole(step) => {
                whole += 1;
                text.push_str(&step);
            }
        }
    }
    text.push_str(&cases);
    prove(workspace, &text, &changed)?;
    let count = report::plural(changed.len(), "changed file");
    let parts = [(settings, "setting"), (texts, "text edit"), (whole, "whole file")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| report::plural(*count, noun)).collect();
    Ok((
        text,
        format!(
            "read {count}: {}\nchecked: applying it to {revision} gives your work tree, byte for byte\n",
            parts.join(", ")
        ),
    ))
}

enum Made {
    Operations(Vec<Derived>),
    /// A step that creates or deletes it.
    Whole(String),
}

/// What makes `after` of `before`: settings where they tell, lines where they do not.
fn derived(path: &RepoPath, before: Option<&FileState>, after: Option<&FileState>) -> Result<Made, Failure> {
    let text = |state: &FileState| {
        Text::decode(&state.bytes, Charset::Utf8).map_err(|error| {
            Diagnostic::error(Code::NotText, format!("`{path}` is {error}")).at(Location::file(path.as_str()))
        })
    };
    let quoted = |text: &str| serde_json::Value::String(text.replace("{{", "{{ \"{{\" }}")).to_string();
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, Some(after)) => {
            let content = text(after)?.content;
            if mask(&content) != content {
                return Err(Diagnostic::error(
                    Code::SecretInMigration,
                    format!("the new file `{path}` holds a secret"),
                )
                .at(Location::file(path.as_str()))
                .help("a migration lies in git, and so would the secret")
                .into());
            }
            return Ok(Made::Whole(format!(
                "\n[[step]]\ncreate  = {}\ncontent = {}\nmode    = \"{:04o}\"\n",
                quoted(path.as_str()),
                quoted(&content),
                after.mode & 0o777
            )));
        }
        (Some(_), None) => {
            return Ok(Made::Whole(format!("\n[[step]]\ndelete = {}\nif_present = true\n", quoted(&path.glob()))));
        }
        (None, None) => return Ok(Made::Operations(Vec::new())),
    };
    let (old, new) = (text(before)?.content, text(after)?.content);
    let read = format::read_as(path.file_name(), &old).and_then(Result::ok);
    let by_settings = read.and_then(|(format, _)| by_settings(format, &old, &new));
    for operations in [by_settings, Some(by_lines(&old, &new))].into_iter().flatten() {
        let Some(step) = write::step(&write::Written { path: path.glob(), operations: operations.clone() }) else {
            continue;
        };
        let declaration = Declaration::read("(derived)", &format!("{}{step}", write::head("derived")))?;
        let made = plan::edit_one(&declaration, path, before).ok().and_then(|step| step.after);
        if made.is_some_and(|made| made.bytes == after.bytes) {
            return Ok(Made::Operations(operations));
        }
    }
    Err(Diagnostic::error(Code::Unsupported, format!("no operation was found that makes this change of `{path}`"))
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help("write the migration by hand, or leave the file out: git stash push -- FILE")
        .into())
}

fn secret_refused(path: &RepoPath, derived: &Derived) -> Diagnostic {
    let place = match derived {
        Derived::Set { path, .. }
        | Derived::Append { path, .. }
        | Derived::Remove { path }
        | Derived::Rename { path, .. } => path.to_string(),
        Derived::Replace { .. } => String::new(),
    };
    Diagnostic::error(Code::SecretInMigration, format!("`{place}` of `{path}` is a secret, and would land in git"))
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help("write this operation by hand, with a variable: [vars] NAME = { env = \"NAME\", secret = true }")
}

/// The file as an example, where it is short and holds no secret.
fn example(path: &RepoPath, before: &FileState, after: &FileState) -> Option<String> {
    const LINES: usize = 60;
    let (old, new) = (std::str::from_utf8(&before.bytes).ok()?, std::str::from_utf8(&after.bytes).ok()?);
    let shows_nothing = |text: &str| {
        let secrets = format::Secrets::of(path.file_name(), text);
        mask(text) == text && secrets.spans().is_empty() && text.lines().count() <= LINES && !text.contains('\r')
    };
    let fits = shows_nothing(old) && shows_nothing(new) && !old.starts_with('\u{feff}');
    fits.then(|| write::case(&format!("{path} as it was edited by hand"), path.as_str(), old, new))
}

/// Applies the whole migration to the old files: it must give the new ones.
fn prove(workspace: &Workspace, text: &str, changed: &[Changed]) -> Result<(), Failure> {
    let declaration = Declaration::read(&format!("{}/(derived).toml", workspace.migrations), text)?;
    let before: BTreeMap<RepoPath, FileState> =
        changed.iter().filter_map(|(path, before, _)| Some((path.clone(), before.clone()?))).collect();
    let after = plan::edit_all(&declaration, &before)?;
    let wrong = changed.iter().find(|(path, _, wanted)| after.get(path) != wanted.as_ref());
    match wrong {
        None => Ok(()),
        Some((path, ..)) => Err(Diagnostic::error(
            Code::NotVerified,
            format!("the derived migration does not give `{path}` as it is now"),
        )
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help("please report the file's layout; meanwhile write this migration by hand")
        .into()),
    }
}

/// A file that was edited: its path, before and after.
pub(crate) type Changed = (RepoPath, Option<FileState>, Option<FileState>);
