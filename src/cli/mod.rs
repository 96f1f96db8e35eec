//! The command line: the only place that prints, reads the environment and the clock, and decides exit codes.

#![expect(
    clippy::disallowed_methods,
    reason = "the command line reads arguments, environment and clock for everyone else"
)]

mod args;
mod base;
mod catalogue;
#[cfg(feature = "tls")]
mod certs;
mod check;
mod ci;
mod committed;
mod configuration;
mod conflict;
#[cfg(feature = "tls")]
mod doctor;
mod down;
mod edit;
mod edited;
mod exit;
mod explain;
mod lint;
mod lock;
mod manual;
mod merge;
mod named;
mod new;
mod pager;
mod past;
mod progress;
mod record;
mod recover;
mod reports;
mod selection;
mod show;
mod signals;
mod since;
mod state;
mod status;
mod terminal;
mod test;
mod ui;
mod unsettled;
mod up;
mod verify;
mod watch;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{CommandFactory, FromArgMatches};

use crate::diagnostic::{Code, Diagnostic};
use crate::format::readings;
use crate::migration::BuiltIn;
use crate::migration::declared::schema;
use crate::plan::Refusal;
use crate::report;
use args::{Arguments, Command, ReportCommand, SchemaKind};
use exit::Exit;
use progress::PROGRESS;
use ui::Ui;

/// Runs the program with the process's arguments and the given compiled migrations.
pub fn run(migrations: &[BuiltIn]) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // The message may hold text of a file; the place is what a report needs.
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        ui::to_stderr(&format!(
            "internal error{place}: please report it; nothing was written unless it says so above\n"
        ));
    }));
    let arguments = match parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(exit) => return exit.into(),
    };
    let mut arguments = arguments;
    let variable = ["DRY_RUN", "XARGS_DRY_RUN"].into_iter().find(|name| terminal::is_yes(name));
    let variable = variable.filter(|_| !arguments.global.dry_run);
    arguments.global.dry_run |= variable.is_some();
    let ui = Ui::new(&arguments);
    let start = Instant::now();
    // A program that runs this one in many repositories says that nothing is to be written.
    if let Some(name) = variable.filter(|_| arguments.command.writes()) {
        ui.lead(&format!("{name} is set: this is a dry run\n"));
    }
    let names = selection::names_from(&arguments.global.scale).map(|names| arguments.global.names = names);
    let outcome = names.and_then(|()| reports::ready(&arguments)).and_then(|()| {
        let outcome = carry_out(&arguments, migrations, &ui);
        if let Err(failure) = &outcome
            && failure.stopped.is_none()
        {
            reports::of_failure(&arguments, &ui, &failure.diagnostics)?;
        }
        outcome
    });
    let detailed = matches!(&arguments.command, Command::Plan(plan) if plan.detailed_exitcode);
    let exit = outcome.unwrap_or_else(|Failure { diagnostics, tail, stopped }| {
        stopped.unwrap_or_else(|| {
            ui.failure(arguments.command.name(), &diagnostics, &tail);
            if detailed { Exit::ERROR } else { Exit::of(&diagnostics) }
        })
    });
    if arguments.global.scale.stats {
        ui.talk(&stats(start.elapsed()));
    }
    match ui.has_lost_answer() || ui.has_lost_report() {
        true if detailed => Exit::ERROR,
        true => exit.max(Exit::Machine),
        false => exit,
    }
    .into()
}

/// What the run took.
fn stats(took: Duration) -> String {
    let (files, texts) = (report::plural(PROGRESS.seen(), "file"), report::plural(readings(), "text"));
    format!("stats: {files} looked at  ·  {texts} read as settings  ·  {:.2} s\n", took.as_secs_f64())
}

/// Gives up what nobody needs any more before the process ends: the system takes its memory at once, and not node by node.
fn leave<T>(value: T) {
    std::mem::forget(value);
}

fn carry_out(arguments: &Arguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Up(up) => up::run(arguments, up, up::Kind::Up, migrations, ui),
        Command::Plan(plan) => up::plan(arguments, plan, migrations, ui),
        Command::Down(down) => down::run(arguments, down, migrations, ui),
        Command::Edit(edit) => edit::run(arguments, edit, migrations, ui),
        Command::Schema(wanted) => {
            ui.answer(&match wanted.kind {
                SchemaKind::Migration => format!("{:#}\n", schema()),
                SchemaKind::Output => report::OUTPUT_SCHEMA.to_owned(),
                SchemaKind::Events => report::EVENTS_SCHEMA.to_owned(),
            });
            Ok(Exit::Done)
        }
        Command::Explain(explain) => explain::run(explain, ui),
        Command::Report(ReportCommand::Merge(answers)) => merge::run(answers, ui),
        #[cfg(feature = "tls")]
        Command::Doctor(doctor) => doctor::run(arguments, doctor, migrations, ui),
        #[cfg(feature = "tls")]
        Command::Certs(certs) => certs::run(arguments, certs, migrations, ui),
        Command::New(new) => new::run(arguments, new, migrations, ui),
        Command::Verify(verify) => verify::run(arguments, verify, migrations, ui),
        Command::Check(check) => check::run(arguments, check, migrations, ui),
        Command::Accept(names) => record::run(arguments, names, record::Kind::Accept, migrations, ui),
        Command::Adopt(names) => record::run(arguments, names, record::Kind::Adopt, migrations, ui),
        Command::Redo(names) => record::redo(arguments, names, migrations, ui),
        Command::Renumber(renumber) => record::renumber(arguments, renumber, migrations, ui),
        Command::Lint(lint) => lint::run(arguments, lint, migrations, ui),
        Command::Test(test) => test::run(arguments, test, migrations, ui),
        Command::Recover(_) => recover::run(arguments, ui),
        Command::Ci(ci) => ci::run(arguments, ci, migrations, ui),
        Command::Completions(completions) => Ok(manual::completions(completions, ui)),
        Command::Man(wanted) => manual::man(wanted, ui),
        Command::Status(status) => status::run(arguments, status, migrations, ui),
        Command::Show(show) => show::run(arguments, show, migrations, ui),
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.diagnostics.into()
    }
}

/// Why a command ended without its answer.
pub(crate) struct Failure {
    pub diagnostics: Vec<Diagnostic>,
    /// Said after the diagnostics: what was held back, and what to type next.
    pub tail: String,
    /// A signal came before anything was written, which was told.
    pub stopped: Option<Exit>,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, tail: String::new(), stopped: None }
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Exit> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() <= 1 {
        ui::to_stdout(&Arguments::command().render_help().ansi().to_string());
        return Err(Exit::Done);
    }
    let wants_json = wants_json(&arguments);
    let detailed = arguments.iter().any(|argument| argument == "--detailed-exitcode");
    read(arguments).map_err(|error| {
        if wants_json && error.use_stderr() {
            let text = error.render().to_string();
            let message = text.lines().next().unwrap_or("").trim_start_matches("error: ").to_owned();
            let diagnostic = Diagnostic::error(Code::Usage, message).help("see: migrate help");
            ui::to_stdout(&format!("{}\n", report::envelope("", serde_json::Value::Null, &[diagnostic])));
        } else {
            let text = error.render().ansi().to_string();
            if error.use_stderr() { ui::to_stderr(&text) } else { ui::to_stdout(&text) }
        }
        match error.use_stderr() {
            true if detailed => Exit::ERROR,
            true => Exit::Usage,
            false => Exit::Done,
        }
    })
}

fn read(arguments: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let matches = Arguments::command().try_get_matches_from(arguments)?;
    let mut arguments = Arguments::from_arg_matches(&matches)?;
    arguments.global.settle(&matches, arguments.command.reports());
    match &mut arguments.command {
        Command::Edit(edit) => {
            arguments.global.set.clear();
            matches.subcommand_matches("edit").into_iter().for_each(|matches| edit.order_by(matches));
        }
        // What is set is for the recipe: no migration has it yet.
        Command::New(new) => new.set = std::mem::take(&mut arguments.global.set),
        _ => {}
    }
    Ok(arguments)
}

/// Reads `arguments`, the name of the program first, and does nothing with them: nothing is run and nothing is printed.
///
/// # Errors
/// What a person would be told, without colours, where they are no command line or ask for help.
pub fn check_command_line(arguments: Vec<OsString>) -> Result<(), String> {
    read(arguments).map(|_| ()).map_err(|error| error.to_string())
}

/// Whether arguments that do not parse ask for JSON.
fn wants_json(arguments: &[OsString]) -> bool {
    arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
        || arguments.iter().any(|argument| argument == "--format=json")
        || std::env::var("MIGRATE_FORMAT").is_ok_and(|format| format == "json")
}
