//! `migrate up` and `migrate plan`: one plan, shown or committed.

use std::collections::BTreeSet;
use std::time::Instant;

use super::args::{Arguments, PlanArguments, UpArguments, shell_word};
use super::conflict::Decided;
use super::exit::Exit;
use super::lock::open;
use super::progress::PROGRESS;
use super::reports::{self, Told};
use super::signals::Signals;
use super::ui::Ui;
use super::unsettled;
use super::workspace::Workspace;
use super::{Failure, leave};
use crate::commit::{CommitError, Session, preflight};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::format::Op;
use crate::migration::BuiltIn;
use crate::path::RepoPath;
use crate::plan::{self, Checked, FileChange, Place, Plan, Refusal, Target};
use crate::report::{self, Typed};

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
    let mut workspace = Workspace::open(arguments, migrations, ui)?;
    let ahead = up.out_of_order.iter().map(|name| Ok(workspace.catalogue.find(name)?.slug.clone()));
    workspace.out_of_order = ahead.collect::<Result<_, Diagnostic>>()?;
    let target = target(&workspace, up)?;
    let make = |workspace: &Workspace| {
        let loaded = workspace.load(ui)?;
        ui.talk(&loaded.left_out());
        let excluded = |path: &_| workspace.is_excluded(path);
        let request = workspace.request(&loaded, &excluded);
        let plan = plan::up(&request, &target).map_err(|refusal| refused(refusal, ui))?;
        expected(&plan, arguments, up, workspace, ui)?;
        let checked = reports::checked(arguments, &request, &plan)?;
        leave(loaded);
        Ok(Planned { checked, ..Planned::from(plan) })
    };
    if kind != Kind::Up || arguments.global.dry_run {
        let planned = make(&workspace)?;
        shown(
            arguments,
            kind,
            &planned,
            approval(arguments, up, &workspace, &planned.plan).as_deref(),
            &workspace,
            ui,
        )?;
        if arguments.global.scale.reads_input() && !planned.plan.is_empty() {
            let id = plan::id(&planned.plan);
            ui.talk(&format!("note: to apply exactly this, give the same names once more, and --expect {id}\n"));
        }
        let detailed = kind == Kind::Plan { detailed: true };
        let has_changes = !planned.plan.is_empty();
        leave(planned);
        return Ok(if detailed && has_changes { Exit::CHANGES } else { Exit::Done });
    }
    write("up", arguments, &workspace, ui, make)
}

/// A plan, and what was tried of it for its reports.
pub(crate) struct Planned {
    pub plan: Plan,
    pub checked: Vec<Checked>,
    /// The conflicts that it ends.
    pub decided: Option<Decided>,
}

impl From<Plan> for Planned {
    fn from(plan: Plan) -> Self {
        Self { plan, checked: Vec::new(), decided: None }
    }
}

/// From this many files on a person is asked first.
const MANY: usize = 50;

/// Makes a plan under the lock and commits it.
pub(crate) fn write(
    command: &str,
    arguments: &Arguments,
    workspace: &Workspace,
    ui: &Ui,
    make: impl Fn(&Workspace) -> Result<Planned, Failure>,
) -> Result<Exit, Failure> {
    let start = Instant::now();
    let (session, recovered) = open(command, arguments, &workspace.base, ui)?;
    unsettled::tell(recovered, ui);
    let signals = Signals::listen();
    let Planned { plan, checked, decided } = make(workspace)?;
    let files = plan.file_count();
    if !arguments.global.yes && !questions(&plan).iter().all(|question| ui.confirm(question)) {
        return Err(Diagnostic::error(Code::Declined, "declined")
            .note("nothing was written")
            .help(format!("look first: migrate {command} -n; or answer yes beforehand: --yes"))
            .into());
    }
    if command == "up"
        && plan.bookkeeping.iter().any(|change| !change.place.is_private())
        && let Some(ignored) = workspace.ignored_records()
    {
        return Err(ignored.note("nothing was written").into());
    }
    let changes = plan.net();
    let found = session.preflight(&changes);
    if found.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
        ui.warn(&found);
    }
    let warnings = warnings(&plan, workspace);
    // Made before anything is written: a report that is refused refuses the run.
    let written = !plan.is_empty();
    let told = Told { plan: Some(&plan), diagnostics: &warnings, written, checked: &checked, ..Told::default() };
    let reports = reports::make(arguments, workspace, ui, &told)?;
    PROGRESS.writes(files);
    if let Some(decided) = decided {
        // First, so that a run that ends in between finds everything as it was and can be repeated.
        decided.settle_index(workspace).map_err(|error| error.diagnostic())?;
    }
    commit(&session, &signals, (&changes, &found), ui)?;
    ui.warn(&warnings);
    if ui.json {
        let warnings: Vec<_> = found.into_iter().chain(warnings).collect();
        let result = report::plan_result(&plan, !plan.is_empty(), ui.context);
        ui.envelope(command, result, &warnings);
    } else if plan.is_empty() {
        ui.text(&report::steps_shown(&plan, ui.style));
        ui.text("\nNothing to do. Nothing was written.\n");
    } else {
        ui.text(&report::steps_shown(&plan, ui.style));
        let took = start.elapsed().as_millis();
        let git = workspace.git().map(|_| arguments.global.git());
        let typed = Typed { migrate: &ui.migrate, git: git.as_deref() };
        ui.text(&report::committed(&plan, &workspace.catalogue, took, typed, ui.style));
    }
    reports::deliver(arguments, ui, reports)?;
    leave((plan, changes));
    Ok(Exit::Done)
}

/// What a person is asked before: the files that would be gone, and many at once.
fn questions(plan: &Plan) -> Vec<String> {
    let mut questions = Vec::new();
    let steps = || plan.steps.iter().flat_map(|step| &step.files);
    let moves = steps().flat_map(|file| &file.changed.edits).filter(|edit| edit.trace.op == Op::Relocate);
    let moved: BTreeSet<&str> = moves.map(|edit| edit.trace.was.as_str()).collect();
    let settings: BTreeSet<&RepoPath> = steps().map(|file| &file.path).collect();
    let gone = plan.net().into_iter().filter_map(|change| match change.place {
        Place::Repository(path) if change.after.is_none() && settings.contains(&path) => Some(path),
        _ => None,
    });
    let gone: Vec<RepoPath> = gone.filter(|path| !moved.contains(path.as_str())).collect();
    if let Some(first) = gone.first() {
        let more = if gone.len() > 1 {
            format!(" and {}", report::plural(gone.len() - 1, "more file"))
        } else {
            String::new()
        };
        questions.push(format!("`{first}`{more} would be deleted. Go on?"));
    }
    let files = plan.file_count();
    questions.extend((files > MANY).then(|| format!("{files} files would be written. Go on?")));
    questions
}

/// Commits `changes` that belong to no migration, unless only to look, or there are none. Whether they are written.
pub(crate) fn commit_files(
    command: &str,
    arguments: &Arguments,
    workspace: &Workspace,
    ui: &Ui,
    changes: &[FileChange],
) -> Result<bool, Failure> {
    if arguments.global.dry_run || changes.is_empty() {
        return Ok(false);
    }
    let (session, recovered) = open(command, arguments, &workspace.base, ui)?;
    unsettled::tell(recovered, ui);
    commit(&session, &Signals::listen(), (changes, &session.preflight(changes)), ui)?;
    Ok(true)
}

/// Makes `changes`, of which the pre-flight said what is `found`, and tells what came in between: a signal, other programs.
fn commit(
    session: &Session<'_>,
    signals: &Signals,
    (changes, found): (&[FileChange], &[Diagnostic]),
    ui: &Ui,
) -> Result<(), Failure> {
    signals.hold();
    let committed = match session.commit_looked_at(changes, found, &|| signals.came()) {
        Err(CommitError::Stopped) => {
            ui.talk("stopped by a signal; nothing was written\n");
            return Err(Failure { stopped: Some(signals.exit()), ..Vec::new().into() });
        }
        result => result.map_err(|error| error.diagnostics())?,
    };
    if !changes.is_empty() {
        ui.is_done();
    }
    if signals.came() {
        ui.talk("note: a signal came when everything was decided, so this run was finished first\n");
    }
    for note in &committed.notes {
        ui.talk(&format!("note: {note}\n"));
    }
    Ok(())
}

/// What should be known of `plan`, and of where its record goes.
fn warnings(plan: &Plan, workspace: &Workspace) -> Vec<Diagnostic> {
    let own = plan.steps.iter().flat_map(|step| step.warnings.clone());
    let record = if plan.is_empty() { None } else { workspace.ignored_records() };
    let record = record.map(|told| Diagnostic { severity: Severity::Warning, ..told });
    own.chain(record).collect()
}

/// What would stand against writing `plan`, told by a run that writes nothing.
pub(crate) fn foreseen(plan: &Plan, workspace: &Workspace) -> Vec<Diagnostic> {
    let found = preflight(&workspace.base.site(), &plan.net());
    found.into_iter().map(|found| Diagnostic { severity: Severity::Warning, ..found }).collect()
}

/// The answer of a dry run.
fn shown(
    arguments: &Arguments,
    kind: Kind,
    Planned { plan, checked, .. }: &Planned,
    approval: Option<&str>,
    workspace: &Workspace,
    ui: &Ui,
) -> Result<(), Failure> {
    let warnings: Vec<_> = foreseen(plan, workspace).into_iter().chain(warnings(plan, workspace)).collect();
    let told = Told { plan: Some(plan), approval, diagnostics: &warnings, checked, ..Told::default() };
    let reports = reports::make(arguments, workspace, ui, &told)?;
    if ui.json {
        let name = if kind == Kind::Up { "up" } else { "plan" };
        ui.envelope(name, report::plan_result(plan, false, ui.context), &warnings);
    } else {
        ui.screen(&report::dry_run(plan, ui.shown, ui.context, ui.style, approval));
        ui.warn(&warnings);
    }
    reports::deliver(arguments, ui, reports)
}

pub(crate) fn refused(refusal: Refusal, ui: &Ui) -> Failure {
    let tail = report::refusal(&refusal, &ui.migrate, ui.style);
    Failure { tail, ..refusal.diagnostics.into() }
}

fn target(workspace: &Workspace, up: &UpArguments) -> Result<Target, Failure> {
    if let Some(name) = &up.to {
        return Ok(Target::To(workspace.catalogue.find(name)?.version));
    }
    if up.names.is_empty() && up.out_of_order.is_empty() {
        return Ok(Target::Latest);
    }
    let names = up.names.iter().chain(&up.out_of_order);
    let slugs: Result<Vec<_>, Diagnostic> =
        names.map(|name| Ok(workspace.catalogue.find(name)?.slug.clone())).collect();
    Ok(Target::Only(slugs?))
}

/// The command that applies exactly `plan`, with everything that was said of what is to be done; none where it would wait
/// for names.
fn approval(arguments: &Arguments, up: &UpArguments, workspace: &Workspace, plan: &Plan) -> Option<String> {
    if arguments.global.scale.reads_input() {
        return None;
    }
    let mut words = vec!["migrate".to_owned()];
    words.extend(arguments.global.restated(&workspace.catalogue));
    words.push("up".to_owned());
    words.extend(up.names.iter().map(|name| shell_word(name)));
    words.extend(up.out_of_order.iter().map(|name| format!("--out-of-order {}", shell_word(name))));
    words.extend(up.to.iter().map(|version| format!("--to {}", shell_word(version))));
    words.extend(up.writing.restated());
    words.push(format!("--expect {}", plan::id(plan)));
    Some(words.join(" "))
}

/// The characters of a plan id.
const ID: usize = 26;

/// Refuses a plan that is not the one that was approved, and shows the one that there is.
fn expected(
    plan: &Plan,
    arguments: &Arguments,
    up: &UpArguments,
    workspace: &Workspace,
    ui: &Ui,
) -> Result<(), Failure> {
    let Some(wanted) = &up.expect else { return Ok(()) };
    let found = plan::id(plan);
    if *wanted == found {
        return Ok(());
    }
    let is_id = wanted.len() == ID && wanted.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    let told = match is_id {
        true => Diagnostic::error(Code::PlanChanged, "the plan is not the one that was approved")
            .note(format!("approved {wanted}, now {found}")),
        false => Diagnostic::error(
            Code::Usage,
            format!("`{wanted}` is no plan id: it has {ID} characters, small letters and the digits 2 to 7"),
        )
        .note(format!("the present plan is {found}")),
    };
    let look = if ui.shows_text() {
        ui.screen(&report::dry_run(plan, ui.shown, ui.context, ui.style, None));
        "the present plan is printed above"
    } else {
        "look at the present plan: the same command with `-n` and without `--expect`"
    };
    let told = told.note("nothing was written").help(look);
    let apply = approval(arguments, up, workspace, plan).map(|command| format!("then apply it: {command}"));
    Err(apply.into_iter().fold(told, Diagnostic::help).into())
}
