//! `migrate test`: the examples inside migrations, then the same promises on the repository itself, in memory.

use super::Failure;
use super::args::{Arguments, TestArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::up::{commit_files, refused};
use super::workspace::{Loaded, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::format::{self, Change};
use crate::migration::declared::{Case, CaseFiles, Declaration, Expected};
use crate::migration::{BuiltIn, Migration};
use crate::path::RepoPath;
use crate::plan::{self, Example, ExampleStep, FileChange, Place, Verdict};
use crate::report::{self, Leg, Trial};
use crate::text::printable;
use crate::tree::{FileState, Tree};
use crate::value::{Key, KeyPath};

pub(crate) fn run(
    arguments: &Arguments,
    test: &TestArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut workspace = Workspace::open(arguments, migrations, ui)?;
    let mut tried = tried(test, &workspace, ui)?;
    let mended = report::plural(tried.mended, "example");
    let written = commit_files("test", arguments, &workspace, ui, &tried.changes)?;
    if written {
        // What the answer says is how things stand with the new text.
        workspace = Workspace::open(arguments, migrations, ui)?;
        ui.text(&format!("{mended} rewritten: look at the difference before you commit it\n\n"));
        tried = Tried { mended: tried.mended, ..self::tried(test, &workspace, ui)? };
    } else if tried.mended > 0 {
        ui.text(&format!("{mended} would be rewritten. Nothing was written.\n\n"));
    }
    if ui.json {
        let mut result = report::trials_result(&tried.trials);
        result["rewritten"] = if written { tried.mended } else { 0 }.into();
        ui.envelope("test", result, &[]);
    } else {
        ui.text(&report::trials(&tried.trials, ui.style));
        ui.text(&tried.untouched);
    }
    Ok(if tried.trials.iter().any(Trial::failed) { Exit::Findings } else { Exit::Done })
}

/// What came of all examples, and what `--update` would make of those whose end is another one.
struct Tried {
    trials: Vec<Trial>,
    changes: Vec<FileChange>,
    mended: usize,
    /// Those that are not rewritten, and why.
    untouched: String,
}

fn tried(test: &TestArguments, workspace: &Workspace, ui: &Ui) -> Result<Tried, Failure> {
    let named = test.names.iter().map(|name| Ok(workspace.catalogue.find(name)?.slug.clone()));
    let named = named.collect::<Result<Vec<_>, Diagnostic>>()?;
    let loaded = workspace.load(ui)?;
    let chosen: Vec<&Migration> =
        workspace.catalogue.iter().filter(|one| named.is_empty() || named.contains(&one.slug)).collect();
    let mut tried = Tried { trials: Vec::new(), changes: Vec::new(), mended: 0, untouched: String::new() };
    for migration in &chosen {
        let Some(declaration) = migration.declaration() else { continue };
        let mut found_after = Vec::new();
        for (index, case) in declaration.cases.iter().enumerate() {
            let example = plan::example(migration, case, &loaded.disk)?;
            if let (ExampleStep::Wrong { found, .. }, true) = (&example.up, has_after(case)) {
                found_after.push((index, if case.crlf { found.replace("\r\n", "\n") } else { found.clone() }));
            }
            let place = declaration.source.location(case.span, "");
            let at = format!("{}:{}", declaration.source.path, place.position.line);
            if test.update
                && let (ExampleStep::Wrong { path, .. }, CaseFiles::Folder(folder)) = (&example.up, &case.files)
            {
                tried.untouched.push_str(&format!(
                    "not rewritten: `{}` ({at}) has its files in a folder: change cases/{}/after/{path} by hand\n",
                    printable(&case.name.text),
                    printable(&folder.text)
                ));
            }
            tried.trials.push(trial(migration, &case.name.text, at, example));
        }
        if test.update && !found_after.is_empty() {
            tried.mended += found_after.len();
            tried.changes.extend(updated(declaration, &found_after, &loaded)?);
        }
    }
    if !test.examples {
        for migration in &chosen {
            tried.trials.extend(on_the_repository(workspace, &loaded, migration, ui)?);
        }
    }
    Ok(tried)
}

fn trial(migration: &Migration, name: &str, at: String, example: Example) -> Trial {
    let Example { up, again, down } = example;
    Trial {
        migration: migration.version.to_string(),
        name: name.to_owned(),
        at,
        legs: [leg(up), leg(again), leg(down)],
    }
}

fn leg(step: ExampleStep) -> Leg {
    match step {
        ExampleStep::Right => Leg::Right,
        ExampleStep::Skipped => Leg::Skipped,
        ExampleStep::Wrong { path, wanted, found } => Leg::Wrong { path: path.to_string(), wanted, found },
        ExampleStep::Refused(diagnostics) => Leg::Refused(diagnostics),
        ExampleStep::NotRefused(code) => Leg::Said(format!("it was not refused with {code}")),
    }
}

/// The promises of a pending migration, held against the repository as it is.
fn on_the_repository(
    workspace: &Workspace,
    loaded: &Loaded,
    migration: &Migration,
    ui: &Ui,
) -> Result<Option<Trial>, Failure> {
    if loaded.history.record(&migration.slug).is_some() || migration.declaration().is_none() {
        return Ok(None);
    }
    let excluded = |path: &_| workspace.is_excluded(path);
    let request = workspace.request(loaded, &excluded);
    let mut name = "on this repository".to_owned();
    let is_missing = |one: &Diagnostic| one.code == Code::MissingVariable;
    let legs = match plan::prove(&request, &migration.slug) {
        // Nobody can say what it would do; where it runs, `up` asks for the value.
        Err(refusal) if refusal.diagnostics.iter().all(is_missing) => {
            name.push_str(": not tried, a variable has no value");
            [Leg::Skipped, Leg::Skipped, Leg::Skipped]
        }
        Ok(proof) => [Leg::Right, of_verdict(proof.again), of_verdict(proof.back)],
        Err(refusal) => [Leg::Refused(refused(refusal, ui).diagnostics), Leg::Skipped, Leg::Skipped],
    };
    let at = migration.declaration().map_or(String::new(), |one| one.source.path.clone());
    Ok(Some(Trial { migration: migration.version.to_string(), name, at, legs }))
}

fn of_verdict(verdict: Verdict) -> Leg {
    let text = |state: Option<FileState>| {
        state.map_or(String::new(), |state| String::from_utf8_lossy(&state.bytes).into_owned())
    };
    match verdict {
        Verdict::Holds => Leg::Right,
        Verdict::NoWayBack => Leg::Skipped,
        Verdict::Differs { path, wanted, found } => {
            Leg::Wrong { path: path.to_string(), wanted: text(wanted), found: text(found) }
        }
        Verdict::Refused(refusal) => Leg::Refused(refusal.diagnostics),
    }
}

fn has_after(case: &Case) -> bool {
    matches!(&case.files, CaseFiles::One { outcome: Expected::After(_), .. })
}

/// The migration file with what was found as the `after` of its examples, by their index.
fn updated(
    declaration: &Declaration,
    found: &[(usize, String)],
    loaded: &Loaded,
) -> Result<Option<FileChange>, Failure> {
    let path = RepoPath::new(&declaration.source.path)
        .map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()))?;
    let Some(before) = loaded.disk.read(&path).map_err(|error| error.diagnostic())? else { return Ok(None) };
    let Some(toml) = format::by_name("toml") else { return Ok(None) };
    let mut text = String::from_utf8_lossy(&before.bytes).into_owned();
    for (index, after) in found {
        let key = KeyPath { keys: vec!["case".into(), Key::Index(*index as isize), "after".into()] };
        let change = Change::Set { path: key, value: after.as_str().into() };
        let outcome = format::edit(toml, &text, &change).map_err(|refusal| {
            let span = declaration.cases[*index].span;
            Diagnostic::error(refusal.code, refusal.message).at(declaration.source.location(span, "this example"))
        })?;
        text = outcome.text;
    }
    let after = FileState::new(text.into_bytes(), before.mode);
    Ok(Some(FileChange { place: Place::Repository(path), before: Some(before), after: Some(after) }))
}
