//! `migrate down`: takes migrations back and keeps what people did since.

use super::Failure;
use super::args::{Arguments, DownArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::up::{foreseen, interrupted, is_dry, refused, write};
use super::workspace::{Loaded, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::history::Record;
use crate::migration::{BuiltIn, Slug};
use crate::plan;
use crate::report;

pub(crate) fn run(
    arguments: &Arguments,
    down: &DownArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    let make = |workspace: &Workspace| {
        let loaded = workspace.load()?;
        let slugs = slugs(workspace, &loaded, &down.names)?;
        let excluded = |path: &_| workspace.is_excluded(path);
        plan::down(&workspace.request(&loaded, &excluded), &slugs).map_err(|refusal| refused(refusal, ui))
    };
    if !is_dry(arguments, ui) {
        return write("down", arguments, &workspace, ui, make);
    }
    interrupted(&workspace, ui);
    let plan = make(&workspace)?;
    let warnings = foreseen(&plan, &workspace);
    if ui.json {
        ui.answer(&format!("{}\n", report::envelope("down", report::plan_result(&plan, false, ui.context), &warnings)));
    } else {
        ui.text(&report::dry_run(&plan, ui.shown, ui.context, ui.style, None));
        ui.warn(&warnings);
    }
    Ok(Exit::Done)
}

/// The migrations asked for; without a name the applied one with the highest number.
fn slugs(workspace: &Workspace, loaded: &Loaded, names: &[String]) -> Result<Vec<Slug>, Failure> {
    let applied = |slug: &Slug| {
        let done = |record: Option<&Record>| record.is_some_and(Record::is_applied);
        done(loaded.history.record(slug)) || done(loaded.history.ledger(slug))
    };
    if names.is_empty() {
        let highest = workspace.catalogue.iter().rev().find(|migration| applied(&migration.slug));
        let other = || loaded.history.slugs().find(|slug| applied(slug)).cloned();
        return match highest.map(|migration| migration.slug.clone()).or_else(other) {
            Some(slug) => Ok(vec![slug]),
            None => Err(Diagnostic::error(Code::Usage, "nothing is applied here, so there is nothing to take back")
                .help("see where things stand: migrate status")
                .into()),
        };
    }
    names
        .iter()
        .map(|name| match (workspace.catalogue.find(name), name.parse::<Slug>()) {
            (Ok(migration), _) => Ok(migration.slug.clone()),
            // A record is enough to take a migration back.
            (Err(_), Ok(slug)) if loaded.history.record(&slug).is_some() => Ok(slug),
            (Err(unknown), _) => Err(unknown.into()),
        })
        .collect()
}
