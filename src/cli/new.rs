//! `migrate new`: starts a migration file, empty, from a recipe, or from what was edited by hand.

mod from_diff;

pub(crate) use from_diff::Changed;
use from_diff::from_diff;

use super::Failure;
use super::args::{Arguments, NewArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::format;
use crate::migration::declared::Declaration;
use crate::migration::{BuiltIn, Slug};
use crate::path::RepoPath;
use crate::plan::{FileChange, Place};
use crate::text::nearest;
use crate::tree::{FileState, is_migration_name};

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
    // A number in front is what this command gives.
    let name =
        new.name.split_once('_').filter(|_| is_migration_name(&new.name)).map_or(new.name.as_str(), |(_, slug)| slug);
    let slug: Slug = name.parse().map_err(|why: String| {
        let near: String =
            new.name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        Diagnostic::error(Code::Usage, why).help(format!("migrate new {}", near.trim_matches('_')))
    })?;
    let title = titled(slug.as_str());
    let mut files = Vec::new();
    let is_own = workspace.catalogue.iter().any(|migration| migration.declaration().is_some());
    let is_native = new.from.as_deref() == Some("enable-ssl");
    if !is_own && slug.as_str() != "enable_ssl" && !is_native {
        files.push(("v0001_enable_ssl.toml".to_owned(), FIRST.to_owned()));
    }
    if is_own && workspace.catalogue.get(&slug).is_some() {
        return Err(Diagnostic::error(Code::SameNumber, format!("there is a migration called `{slug}` already"))
            .help(format!("look at it: migrate show {slug}"))
            .into());
    }
    if let Some(taken) = on_a_branch(&workspace, &slug)? {
        return Err(Diagnostic::error(
            Code::SameNumber,
            format!("there is a migration called `{slug}` on a branch: {taken}"),
        )
        .help("the name behind the number tells migrations apart: take another one")
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
    let stem = format!("v{number:04}_{slug}");
    let file = if new.dir { format!("{stem}/migration.toml") } else { format!("{stem}.toml") };
    Declaration::read(&format!("{}/{file}", workspace.migrations), &text)?;
    files.push((file, text));
    if new.dir {
        let keep = "the folders of an example: `before` and `after`, named by `dir` in a [[case]]\n";
        files.push((format!("{stem}/cases/README"), keep.to_owned()));
    }
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
    if files.first().is_some_and(|(_, text)| text == FIRST) {
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
    let after = Some(FileState::new(text.as_bytes().to_vec(), 0o644));
    Ok(FileChange { place: Place::Repository(path), before: None, after })
}

/// The file on a branch that is known here which takes the name `slug`.
fn on_a_branch(workspace: &Workspace, slug: &Slug) -> Result<Option<String>, Failure> {
    let is_same = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let named = name.strip_suffix(".toml").unwrap_or(name).split_once('_').map(|(_, slug)| slug);
        is_migration_name(name) && named == Some(slug.as_str())
    };
    Ok(workspace.names_on_branches()?.into_iter().find(is_same))
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
