//! `migrate accept`, `adopt`, `redo` and `renumber`: what is recorded, applied anew, or called otherwise.

use super::Failure;
use super::args::{Arguments, NamesArguments, RedoArguments, RenumberArguments};
use super::exit::Exit;
use super::past;
use super::ui::Ui;
use super::up::{Planned, commit_files, refused, write};
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::{BuiltIn, Slug};
use crate::path::RepoPath;
use crate::plan::{self, FileChange, Place, Plan, Wish};
use crate::report;
use crate::tree::Tree;

/// Which of the commands that change only what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Accept,
    Adopt,
}

pub(crate) fn run(
    arguments: &Arguments,
    names: &NamesArguments,
    kind: Kind,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let loaded = workspace.load(ui)?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let request = workspace.request(&loaded, &excluded);
    let mut changes: Vec<FileChange> = Vec::new();
    let mut told = Vec::new();
    for slug in workspace.slugs(&names.names, &loaded.history)? {
        let plan: Plan = match kind {
            Kind::Accept => {
                let (plan, more) = plan::accept(&request, &slug).map_err(|refusal| refused(refusal, ui))?;
                told.extend(more);
                plan
            }
            Kind::Adopt => {
                told.push(format!("{slug} is recorded as done: it was found so"));
                plan::adopt(&request, &slug).map_err(|refusal| refused(refusal, ui))?
            }
        };
        changes.extend(plan.net());
    }
    let command = if kind == Kind::Accept { "accept" } else { "adopt" };
    let written = commit_files(command, arguments, &workspace, ui, &changes)?;
    if ui.json {
        let result = serde_json::json!({ "written": written, "changes": told });
        ui.envelope(command, result, &[]);
    } else {
        told.iter().for_each(|line| ui.text(&format!("{line}\n")));
        ui.text(match (changes.is_empty(), written) {
            (true, _) => "Everything is as it was recorded. Nothing was written.\n",
            (false, true) => "Recorded in .migrate/applied/.\n",
            (false, false) => "Nothing was written.\n",
        });
    }
    Ok(Exit::Done)
}

/// Takes migrations back and applies them again, as one.
pub(crate) fn redo(
    arguments: &Arguments,
    redo: &RedoArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let slug = applicable(&workspace, &redo.name, ui)?;
    let wish = Wish { on_conflict: redo.on_conflict.into(), ..Wish::default() };
    let make = |workspace: &Workspace| {
        let loaded = workspace.load(ui)?;
        let excluded = |path: &_| workspace.is_excluded(path);
        let request = workspace.request(&loaded, &excluded);
        let recalled = past::recalled(workspace, &loaded, std::slice::from_ref(&slug), &wish.values);
        let wish = Wish { recalled, ..wish.clone() };
        plan::redo(&request, &slug, &wish).map(Planned::from).map_err(|refusal| refused(refusal, ui))
    };
    if arguments.global.dry_run {
        let Planned { plan, .. } = make(&workspace)?;
        if ui.json {
            let result = report::plan_result(&plan, false, ui.context);
            ui.envelope("redo", result, &[]);
        } else {
            ui.screen(&report::dry_run(&plan, ui.shown, ui.context, ui.style, None));
        }
        return Ok(Exit::Done);
    }
    write("redo", arguments, &workspace, ui, make)
}

/// The migration called `name`, whose file is there.
fn applicable(workspace: &Workspace, name: &str, ui: &Ui) -> Result<Slug, Failure> {
    let unknown = match workspace.catalogue.find(name) {
        Ok(migration) => return Ok(migration.slug.clone()),
        Err(unknown) => unknown,
    };
    let Ok(slug) = workspace.slug(name, &workspace.load(ui)?.history) else { return Err(unknown.into()) };
    let message = format!("`{slug}` is recorded, and there is no such migration any more to apply");
    Err(Diagnostic::error(Code::UnknownMigration, message)
        .note("nothing was written")
        .help(format!("take it back, for which its record is enough: migrate down {slug}"))
        .into())
}

/// Gives a migration another number: its file is renamed, its record stays as it is.
pub(crate) fn renumber(
    arguments: &Arguments,
    renumber: &RenumberArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let migration = workspace.catalogue.find(&renumber.name)?;
    let Some(declaration) = migration.declaration() else {
        return Err(Diagnostic::error(Code::Usage, "a compiled migration has its number from the program").into());
    };
    let number = match renumber.to {
        Some(number) => number,
        // One that is the last already keeps its number.
        None => migration.version.0.max(super::new::next_number(&workspace, 0, Some(&migration.slug))?),
    };
    if workspace.catalogue.iter().any(|other| other.version.0 == number && other.slug != migration.slug) {
        return Err(Diagnostic::error(Code::SameNumber, format!("the number {number} is taken"))
            .help(format!("the next free one: migrate renumber {}", migration.slug))
            .into());
    }
    let name = format!("v{number:04}_{}", migration.slug);
    let is_folder = declaration.source.path.ends_with("/migration.toml");
    let loaded = workspace.load(ui)?;
    let mut changes = Vec::new();
    let prefix = format!("{}/{}", workspace.migrations, migration.name());
    let own = |path: &&RepoPath| {
        let rest = path.as_str().strip_prefix(&prefix);
        rest.is_some_and(|rest| if is_folder { rest.starts_with('/') } else { rest == ".toml" })
    };
    for path in loaded.disk.paths().iter().filter(own) {
        let rest = path.as_str().strip_prefix(&prefix).unwrap_or("");
        let to = RepoPath::new(&format!("{}/{name}{rest}", workspace.migrations))
            .map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()))?;
        let state = loaded.disk.read(path).map_err(|error| error.diagnostic())?;
        changes.push(FileChange { place: Place::Repository(to), before: None, after: state.clone() });
        changes.push(FileChange { place: Place::Repository(path.clone()), before: state, after: None });
    }
    let changes = if name == migration.name() { &[][..] } else { &changes };
    let written = commit_files("renumber", arguments, &workspace, ui, changes)?;
    if ui.json {
        let result = serde_json::json!({ "written": written, "from": migration.name(), "to": name });
        ui.envelope("renumber", result, &[]);
    } else {
        let old = migration.name();
        ui.text(&match (name == old, written) {
            (true, _) => format!("{old} has that number already. Nothing was written.\n"),
            (false, true) => format!("{old} is {name} now; its record stays as it is\n"),
            (false, false) => format!("{old} would be {name}; its record stays as it is. Nothing was written.\n"),
        });
    }
    Ok(Exit::Done)
}
