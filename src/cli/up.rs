//! `migrate up` and `migrate plan`: one plan, shown or committed.

use std::time::Instant;

use super::Failure;
use super::args::{Arguments, PlanArguments, UpArguments, shell_word};
use super::conflict;
use super::exit::Exit;
use super::lock::open;
use super::progress::PROGRESS;
use super::reports::{self, Told};
use super::signals::Signals;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::commit::{CommitError, Pending, Recovered, preflight};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::migration::BuiltIn;
use crate::plan::{self, FileChange, Plan, Refusal, Target};
use crate::report;

/// `plan`, and whether its exit code says that something would change.
pub(crate) fn plan(
    arguments: &Arguments,
    plan: &PlanArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    run(arguments, &plan.up, Kind::Plan { detailed: plan.detailed_exitcode }, migrations, ui)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Up,
    Plan { detailed: bool },
}

pub(crate) fn run(
    arguments: &Arguments,
    up: &UpArguments,
    kind: Kind,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut workspace = Workspace::open(arguments, migrations)?;
    let ahead = up.out_of_order.iter().map(|name| Ok(workspace.catalogue.find(name)?.slug.clone()));
    workspace.out_of_order = ahead.collect::<Result<_, Diagnostic>>()?;
    let target = target(&workspace, up)?;
    let make = |workspace: &Workspace| {
        let loaded = workspace.load()?;
        let excluded = |path: &_| workspace.is_excluded(path);
        let plan = plan::up(&workspace.request(&loaded, &excluded), &target).map_err(|refusal| refused(refusal, ui))?;
        expected(&plan, arguments, up)?;
        Ok(plan)
    };
    if kind != Kind::Up || is_dry(arguments, ui) {
        interrupted(&workspace, ui);
        let plan = make(&workspace)?;
        shown(arguments, kind, &plan, &approval(arguments, up, &plan), &workspace, ui)?;
        let detailed = kind == Kind::Plan { detailed: true };
        return Ok(if detailed && !plan.is_empty() { Exit::CHANGES } else { Exit::Done });
    }
    write("up", arguments, &workspace, ui, make)
}

/// Whether only to look: by flag, or by what fleet runners set.
pub(crate) fn is_dry(arguments: &Arguments, ui: &Ui) -> bool {
    if arguments.global.dry_run {
        return true;
    }
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| matches!(value.as_str(), "true" | "1" | "yes"));
    let variable = ["DRY_RUN", "XARGS_DRY_RUN"].into_iter().find(|name| set(name));
    if let Some(name) = variable {
        ui.text(&format!("{name} is set: this is a dry run\n"));
    }
    variable.is_some()
}

/// From this many files on a person is asked first.
const MANY: usize = 50;

/// Makes a plan under the lock and commits it.
pub(crate) fn write(
    command: &str,
    arguments: &Arguments,
    workspace: &Workspace,
    ui: &Ui,
    make: impl Fn(&Workspace) -> Result<Plan, Failure>,
) -> Result<Exit, Failure> {
    let start = Instant::now();
    let (session, recovered) = open(command, arguments, workspace, ui)?;
    match recovered {
        Recovered::Nothing => {}
        Recovered::Discarded => ui.talk("an interrupted run was discarded: it had written nothing\n"),
        Recovered::Finished => ui.talk("an interrupted run was finished first\n"),
        Recovered::TakenBack => ui.talk("an interrupted run was taken back first\n"),
    }
    let signals = Signals::listen();
    let plan = make(workspace)?;
    let files = plan.file_count();
    if files > MANY && !arguments.global.yes && !ui.confirm(&format!("{files} files would be written. Go on?")) {
        return Err(Diagnostic::error(Code::Declined, "declined")
            .note("nothing was written")
            .help(format!("look first: migrate {command} -n; or answer yes beforehand: --yes"))
            .into());
    }
    let changes = plan.net();
    let found = session.preflight(&changes);
    if found.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
        ui.warn(&found);
    }
    let warnings = warnings(&plan, workspace);
    // Made before anything is written: a report that is refused refuses the run.
    let reports =
        reports::make(arguments, workspace, ui, Told { plan: Some(&plan), diagnostics: &warnings, approval: None })?;
    signals.hold();
    PROGRESS.writes(files);
    let committed = match session.commit(&changes, &|| signals.came()) {
        Err(CommitError::Stopped) => {
            ui.talk("stopped by a signal; nothing was written\n");
            return Ok(signals.exit());
        }
        result => result.map_err(|error| error.diagnostics())?,
    };
    if !plan.is_empty() {
        ui.is_done();
    }
    if signals.came() {
        ui.talk("note: a signal came when everything was decided, so this run was finished first\n");
    }
    for note in &committed.notes {
        ui.talk(&format!("note: {note}\n"));
    }
    ui.warn(&warnings);
    if ui.json {
        let warnings: Vec<_> = found.into_iter().chain(warnings).collect();
        let result = report::plan_result(&plan, !plan.is_empty(), ui.context);
        ui.answer(&format!("{}\n", report::envelope(command, result, &warnings)));
    } else if plan.is_empty() {
        ui.text(&report::steps_shown(&plan, ui.style));
        ui.text("\nNothing to do. Nothing was written.\n");
    } else {
        ui.text(&report::steps_shown(&plan, ui.style));
        ui.text(&report::committed(&plan, start.elapsed().as_millis()));
    }
    reports::deliver(arguments, ui, reports)?;
    Ok(Exit::Done)
}

/// Commits `changes` that belong to no migration.
pub(crate) fn commit_files(
    command: &str,
    arguments: &Arguments,
    workspace: &Workspace,
    ui: &Ui,
    changes: &[FileChange],
) -> Result<(), Failure> {
    let (session, _) = open(command, arguments, workspace, ui)?;
    let signals = Signals::listen();
    signals.hold();
    session.commit(changes, &|| signals.came()).map_err(|error| error.diagnostics())?;
    ui.is_done();
    Ok(())
}

/// What should be known of `plan`, and of where its record goes.
fn warnings(plan: &Plan, workspace: &Workspace) -> Vec<Diagnostic> {
    let own = plan.steps.iter().flat_map(|step| step.warnings.clone());
    let record = if plan.is_empty() { None } else { workspace.ignored_records() };
    own.chain(record).collect()
}

/// What would stand against writing `plan`, told by a run that writes nothing.
pub(crate) fn foreseen(plan: &Plan, workspace: &Workspace) -> Vec<Diagnostic> {
    let found = preflight(&workspace.site(), &plan.net());
    found.into_iter().map(|found| Diagnostic { severity: Severity::Warning, ..found }).collect()
}

/// The answer of a dry run.
fn shown(
    arguments: &Arguments,
    kind: Kind,
    plan: &Plan,
    approval: &str,
    workspace: &Workspace,
    ui: &Ui,
) -> Result<(), Failure> {
    let warnings: Vec<_> = foreseen(plan, workspace).into_iter().chain(warnings(plan, workspace)).collect();
    let told = Told { plan: Some(plan), approval: Some(approval), diagnostics: &warnings };
    let reports = reports::make(arguments, workspace, ui, told)?;
    if ui.json {
        let name = if kind == Kind::Up { "up" } else { "plan" };
        ui.answer(&format!("{}\n", report::envelope(name, report::plan_result(plan, false, ui.context), &warnings)));
    } else {
        ui.screen(&report::dry_run(plan, ui.shown, ui.context, ui.style, Some(approval)));
        ui.warn(&warnings);
    }
    reports::deliver(arguments, ui, reports)
}

/// Tells of an interrupted run that this command does not touch.
pub(crate) fn interrupted(workspace: &Workspace, ui: &Ui) {
    conflict::warn(workspace, ui);
    let what = match workspace.pending {
        None => return,
        Some(Pending::Decided) => "finishes it",
        Some(Pending::Undecided) => "discards it: it had written nothing",
    };
    ui.talk(&format!(
        "note: a run was interrupted, or is still at work; the next `up` or `down`, or `migrate recover`, {what}\n"
    ));
}

pub(crate) fn refused(refusal: Refusal, ui: &Ui) -> Failure {
    let tail = report::refusal(&refusal, ui.style);
    Failure { diagnostics: refusal.diagnostics, tail }
}

fn target(workspace: &Workspace, up: &UpArguments) -> Result<Target, Failure> {
    if let Some(name) = &up.to {
        return Ok(Target::To(workspace.catalogue.find(name)?.version));
    }
    if up.names.is_empty() {
        return Ok(Target::Latest);
    }
    let slugs: Result<Vec<_>, Diagnostic> =
        up.names.iter().map(|name| Ok(workspace.catalogue.find(name)?.slug.clone())).collect();
    Ok(Target::Only(slugs?))
}

/// The command that applies exactly `plan`, with everything that was said of what is to be done.
fn approval(arguments: &Arguments, up: &UpArguments, plan: &Plan) -> String {
    let mut words = vec!["migrate".to_owned()];
    words.extend(arguments.global.restated());
    words.push("up".to_owned());
    words.extend(up.names.iter().map(|name| shell_word(name)));
    words.extend(up.out_of_order.iter().map(|name| format!("--out-of-order {}", shell_word(name))));
    words.extend(up.to.iter().map(|version| format!("--to {}", shell_word(version))));
    words.extend(up.writing.restated());
    words.push(format!("--expect {}", plan::id(plan)));
    words.join(" ")
}

/// Refuses a plan that is not the one that was approved.
fn expected(plan: &Plan, arguments: &Arguments, up: &UpArguments) -> Result<(), Failure> {
    let Some(wanted) = &up.expect else { return Ok(()) };
    let found = plan::id(plan);
    if *wanted == found {
        return Ok(());
    }
    Err(Diagnostic::error(Code::PlanChanged, "the plan is not the one that was approved")
        .note(format!("approved {wanted}, now {found}"))
        .note("nothing was written")
        .help("look at the present plan: the same command with `-n` and without `--expect`")
        .help(format!("then apply it: {}", approval(arguments, up, plan)))
        .into())
}
