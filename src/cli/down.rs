//! `migrate down`: takes migrations back and keeps what people did since.

use std::collections::BTreeMap;

use super::args::{Arguments, DownArguments};
use super::conflict;
use super::exit::Exit;
use super::past;
use super::reports::{self, Told};
use super::ui::Ui;
use super::up::{Planned, foreseen, refused, write};
use super::workspace::{Loaded, Workspace};
use super::{Failure, leave};
use crate::diagnostic::{Code, Diagnostic};
use crate::history::{Edit, History, Record};
use crate::migration::{BuiltIn, Slug, Version};
use crate::plan::{self, Wish};
use crate::report;
use crate::text::nearest;

pub(crate) fn run(
    arguments: &Arguments,
    down: &DownArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    if down.resume || down.abort {
        return conflict::run(arguments, down, &workspace, ui);
    }
    let wish = wish(down)?;
    let make = |workspace: &Workspace| {
        let (loaded, slugs) = match down.cascade {
            // What goes along may be any migration, with any files.
            true => {
                let loaded = workspace.load(ui)?;
                let slugs = slugs(workspace, &loaded.history, down)?;
                (loaded, slugs)
            }
            false => workspace.load_recorded(ui, |history| slugs(workspace, history, down))?,
        };
        let slugs = if workspace.selection.is_elsewhere() { Vec::new() } else { slugs };
        let records = slugs.iter().flat_map(|slug| [loaded.history.record(slug), loaded.history.ledger(slug)]);
        let edits = records.flatten().flat_map(|record| &record.edits);
        workspace.selection.refuse_part_of(edits.map(|edit| &edit.file))?;
        let excluded = |path: &_| workspace.is_excluded(path);
        let request = workspace.request(&loaded, &excluded);
        let slugs = match down.cascade {
            true => plan::with_later(&request, &slugs),
            false => plan::last_first(&request, &slugs),
        };
        needed(&loaded, &slugs, &wish)?;
        let recalled = past::recalled(workspace, &loaded, &slugs, &wish.values);
        let wish = Wish { recalled, ..wish.clone() };
        let (mut plan, waiting) =
            plan::down_or_wait(&request, &slugs, &wish).map_err(|refusal| refused(refusal, ui))?;
        if let Some(mut waiting) = waiting {
            waiting.index = conflict::index_of(workspace, &waiting).map_err(|error| error.diagnostic())?;
            plan.bookkeeping.push(waiting.change()?);
        }
        leave(loaded);
        Ok(Planned::from(plan))
    };
    if !arguments.global.dry_run {
        let exit = write("down", arguments, &workspace, ui, make)?;
        let Some((waiting, _)) = workspace.base.waiting()?.filter(|_| exit == Exit::Done) else { return Ok(exit) };
        if let Err(error) = conflict::mark_index(&workspace, &waiting) {
            ui.talk(&format!("note: the files have their markers, but git was not told of the conflicts: {error}\n"));
        }
        return Ok(Exit::Findings);
    }
    let Planned { plan, .. } = make(&workspace)?;
    let warnings = foreseen(&plan, &workspace);
    let told = Told { plan: Some(&plan), diagnostics: &warnings, ..Told::default() };
    let reports = reports::make(arguments, &workspace, ui, &told)?;
    if ui.json {
        ui.envelope("down", report::plan_result(&plan, false, ui.context), &warnings);
    } else {
        ui.screen(&report::dry_run(&plan, ui.shown, ui.context, ui.style, None));
        ui.warn(&warnings);
    }
    reports::deliver(arguments, ui, reports)?;
    leave(plan);
    Ok(Exit::Done)
}

/// How the arguments want it done.
pub(crate) fn wish(down: &DownArguments) -> Result<Wish, Failure> {
    let mut values = BTreeMap::new();
    for pair in &down.value {
        let wrong = || {
            // What stands behind the place may be the secret itself.
            let place = pair.split_once('=').map_or(pair.as_str(), |(place, _)| place);
            Diagnostic::error(
                Code::Usage,
                format!("--value takes PLACE=env:VARIABLE, and `{place}` has no env: behind it"),
            )
            .help("the value comes from the environment, so that it stands in no history of commands")
        };
        let (place, variable) = pair.rsplit_once("=env:").ok_or_else(wrong)?;
        let missing = |what: &str| {
            Diagnostic::error(Code::MissingVariable, format!("{what} `{variable}`"))
                .note("nothing was written")
                .help(format!("put the old value of the setting into it: export {variable}=..."))
        };
        let value = std::env::var(variable).map_err(|_| missing("the environment has no variable"))?;
        if value.is_empty() {
            return Err(missing("nothing is in the environment variable").into());
        }
        values.insert(place.to_owned(), value);
    }
    Ok(Wish {
        on_conflict: down.on_conflict.into(),
        forget: down.forget,
        reason: down.reason.clone(),
        values,
        ..Wish::default()
    })
}

/// Refuses a value for a place that needs none: it would be taken for said.
fn needed(loaded: &Loaded, slugs: &[Slug], wish: &Wish) -> Result<(), Diagnostic> {
    let records = || slugs.iter().filter_map(|slug| loaded.history.record(slug));
    let places = |files: BTreeMap<_, Vec<Edit>>| {
        files.into_values().flatten().map(|edit| edit.trace.place.to_string()).collect::<Vec<String>>()
    };
    let open: Vec<String> =
        records().flat_map(|record| places(plan::withheld(record, loaded.history.receipt(&record.slug)))).collect();
    let Some(place) = wish.values.keys().find(|place| !open.contains(place)) else { return Ok(()) };
    let all: Vec<String> = records().flat_map(|record| places(plan::withheld(record, None))).collect();
    let known: Vec<&str> = all.iter().map(String::as_str).collect();
    let told = match all.contains(place) {
        true => {
            Diagnostic::error(Code::Usage, format!("--value is not needed for `{place}`: its old value is kept here"))
                .help("leave it out")
        }
        false => {
            let told =
                Diagnostic::error(Code::Usage, format!("--value is of no use for `{place}`: no secret was there"));
            match nearest(place, &known) {
                Some(near) => told.help(format!("did you mean `{near}`?")),
                None => told.help("leave it out: a refused `down` names the places that need one"),
            }
        }
    };
    Err(told.note("nothing was written"))
}

/// The migrations asked for, the last one first; without a name the applied one with the highest number.
fn slugs(workspace: &Workspace, history: &History, down: &DownArguments) -> Result<Vec<Slug>, Failure> {
    let applied = |slug: &Slug| {
        let done = |record: Option<&Record>| record.is_some_and(Record::is_applied);
        done(history.record(slug)) || done(history.ledger(slug))
    };
    let highest_first = || workspace.catalogue.iter().rev().filter(|migration| applied(&migration.slug));
    if let Some(count) = down.last {
        return Ok(highest_first().take(count).map(|migration| migration.slug.clone()).collect());
    }
    if let Some(name) = &down.to {
        // A version below all of them takes everything back.
        let number = name.strip_prefix('v').unwrap_or(name).parse::<u32>().map(Version);
        let version = number.or_else(|_| workspace.catalogue.find(name).map(|migration| migration.version))?;
        return Ok(highest_first().filter(|one| one.version > version).map(|one| one.slug.clone()).collect());
    }
    if down.names.is_empty() {
        let other = || history.slugs().find(|slug| applied(slug)).cloned();
        return match highest_first().next().map(|migration| migration.slug.clone()).or_else(other) {
            Some(slug) => Ok(vec![slug]),
            None => Err(Diagnostic::error(Code::Usage, "nothing is applied here, so there is nothing to take back")
                .help("see where things stand: migrate status")
                .into()),
        };
    }
    Ok(workspace.slugs(&down.names, history)?)
}
