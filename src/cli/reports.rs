//! `--report FORMAT[=FILE]`: which reports are asked for, whether they can be made, and where they go.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use clap::Arg;
use clap::builder::{PossibleValue, TypedValueParser};

use super::Failure;
use super::args::{Arguments, OutputFormat};
use super::base::Base;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::fs::{Fs, RealFs, is_replaceable, replace};
use crate::migration::Slug;
use crate::plan::{self, Checked, FileStep, Plan, Request};
use crate::report::{self, Answer, RENDERERS, Renderer, Touched, renderer};
use crate::tree::Git;

/// One report that is asked for.
#[derive(Clone)]
pub(crate) struct Wish {
    renderer: &'static Renderer,
    /// `None` = standard output.
    file: Option<PathBuf>,
}

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.renderer.name, self.file)
    }
}

impl FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = text.split_once('=').unwrap_or((text, "-"));
        let Some(renderer) = renderer(name) else {
            let known: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.name).collect();
            return Err(format!("a report is one of: {}", known.join(", ")));
        };
        match file {
            "" => Err(format!("`{name}=` names no file")),
            "-" => Ok(Self { renderer, file: None }),
            _ => Ok(Self { renderer, file: Some(file.into()) }),
        }
    }
}

/// Reads a wish; shells complete its formats.
#[derive(Clone)]
pub(crate) struct WishParser;

impl TypedValueParser for WishParser {
    type Value = Wish;

    fn parse_ref(&self, command: &clap::Command, argument: Option<&Arg>, value: &OsStr) -> Result<Wish, clap::Error> {
        let parser = |text: &str| text.parse::<Wish>();
        parser.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(RENDERERS.iter().map(|renderer| PossibleValue::new(renderer.name))))
    }
}

impl Wish {
    /// The report of this name as the answer.
    pub fn answer(name: &str) -> Option<Self> {
        Some(Self { renderer: renderer(name)?, file: None })
    }

    /// Whether it takes the place of the text on standard output.
    pub fn is_answer(&self) -> bool {
        self.file.is_none()
    }

    fn place(&self, arguments: &Arguments) -> Option<PathBuf> {
        let folder = arguments.global.directory.clone().unwrap_or_default();
        self.file.as_ref().map(|file| folder.join(file))
    }

    /// Whether it is named below the folder of the run, and a link on the way leads to somewhere else.
    fn leads_out(&self, arguments: &Arguments) -> bool {
        let Some(file) = self.file.as_ref().filter(|file| file.is_relative()) else { return false };
        let climbs = file.components().any(|part| part == Component::ParentDir);
        let folder = arguments.global.directory.as_deref().unwrap_or(Path::new("."));
        let place = self.place(arguments).and_then(|place| real(&place).ok());
        let here = RealFs.canonical(folder).ok();
        !climbs && place.zip(here).is_some_and(|(place, here)| !place.starts_with(here))
    }
}

/// What a command tells its reports.
#[derive(Default)]
pub(crate) struct Told<'a> {
    pub plan: Option<&'a Plan>,
    pub approval: Option<&'a str>,
    pub diagnostics: &'a [Diagnostic],
    /// Whether what the plan says is about to be done.
    pub written: bool,
    /// What would mend the diagnostics.
    pub mends: &'a [FileStep],
    /// What was tried of the plan.
    pub checked: &'a [Checked],
    /// What a command without a plan came to.
    pub result: Option<serde_json::Value>,
}

impl Wish {
    /// Whether it shows why a plan is there and what was tried of it.
    fn is_page(&self) -> bool {
        matches!(self.renderer.name, "markdown" | "html")
    }

    /// Whether it can offer a mend at the click of a button.
    fn has_fixes(&self) -> bool {
        matches!(self.renderer.name, "rdjson" | "sarif")
    }

    /// Whether it goes into the summary of a job on GitHub.
    fn is_summary(&self, arguments: &Arguments) -> bool {
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        let same = |place: PathBuf| Some(real(&place).ok()? == real(Path::new(summary.as_ref()?)).ok()?);
        self.place(arguments).and_then(same) == Some(true)
    }
}

/// The mends of what drifted, where a report has a use for them.
pub(crate) fn mends(arguments: &Arguments, request: &Request<'_>, is_asked: &dyn Fn(&Slug) -> bool) -> Vec<FileStep> {
    let wanted = arguments.global.report.iter().any(Wish::has_fixes);
    if wanted { plan::mends(request, is_asked) } else { Vec::new() }
}

/// What can be said for `plan`, where a report says it.
pub(crate) fn checked(arguments: &Arguments, request: &Request<'_>, plan: &Plan) -> Result<Vec<Checked>, Failure> {
    let wanted = arguments.global.report.iter().any(Wish::is_page);
    Ok(if wanted { plan::checked(request, plan)? } else { Vec::new() })
}

/// Reports that are made, and not yet written.
pub(crate) struct Made(Vec<(Wish, Vec<u8>)>);

/// Refuses what can be known to go wrong before the command begins.
pub(crate) fn ready(arguments: &Arguments) -> Result<(), Failure> {
    let (global, command) = (&arguments.global, arguments.command.name());
    let wrong = |what: String, help: &str| Err(Diagnostic::error(Code::Usage, what).help(help).into());
    if global.show_secrets && !global.report.iter().any(|wish| wish.renderer.name == "patch" && !wish.is_answer()) {
        return wrong("--show-secrets is for a patch in a file".to_owned(), "--report patch=FILE --show-secrets");
    }
    if let Some(size) = global.max_size.filter(|size| *size < 1000) {
        return wrong(format!("--max-size {size} is too small"), "give it 1000 bytes or more");
    }
    if global.report.is_empty() {
        return Ok(());
    }
    let plans = arguments.command.plans();
    if !arguments.command.reports() {
        return wrong(format!("`{command}` makes no report"), "check, down, lint, plan, up and verify do");
    }
    if let Some(wish) = global.report.iter().find(|wish| wish.renderer.needs_plan && !plans) {
        return wrong(format!("`{command}` has no plan for a {}", wish.renderer.name), "plan, up and down have one");
    }
    let answers = global.report.iter().filter(|wish| wish.is_answer()).count();
    if answers > 1 || answers > 0 && global.format == OutputFormat::Json {
        return wrong("standard output has room for one answer".to_owned(), "name a file: --report FORMAT=FILE");
    }
    for wish in &global.report {
        let Some(place) = wish.place(arguments) else { continue };
        if wish.leads_out(arguments) {
            return wrong(
                format!("a link leads `{}` to another folder", place.display()),
                "name the file where it is to lie, from `/` on",
            );
        }
        fits(&place)?;
    }
    Ok(())
}

/// Refuses a place that a report can not or must not take.
fn fits(place: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::from(not_written(place, &error));
    let real = real(place).map_err(failed)?;
    let own = |part: &OsStr| part == ".git" || part == ".migrate";
    let git = real.parent().and_then(|folder| Git::find(folder).ok().flatten());
    let tracked = git.is_some_and(|git| real.file_name().is_some_and(|name| git.tracks(&name.to_string_lossy())));
    if tracked || real.iter().any(own) {
        let message = format!("`{}` is a file of the repository, not a place for a report", place.display());
        return Err(Diagnostic::error(Code::Usage, message).help("give the report another name").into());
    }
    is_replaceable(&RealFs, &real).map_err(failed)
}

/// The place with the links on the way to its folder resolved; the file itself may be none.
fn real(place: &Path) -> std::io::Result<PathBuf> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = place.file_name() else {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is no file"));
    };
    Ok(RealFs.canonical(folder)?.join(name))
}

fn not_written(place: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::Machine, format!("failed to write the report `{}`: {error}", place.display()))
        .help("name a file in a folder that exists and can be written, or `-` for standard output")
}

/// Makes every report that is asked for.
pub(crate) fn make(arguments: &Arguments, workspace: &Workspace, ui: &Ui, told: &Told<'_>) -> Result<Made, Failure> {
    let wanted = arguments.global.report.iter().any(|wish| wish.renderer.name == "github");
    let touched = if wanted { workspace.touched() } else { Vec::new() };
    render(arguments, (&workspace.base.prefix(), &touched), ui, told)
}

/// What a page takes that GitHub shows as a comment, and as the summary of a job.
const COMMENT: usize = 65_000;
const SUMMARY: usize = 1_000_000;

fn render(
    arguments: &Arguments,
    (prefix, touched): (&str, &[Touched]),
    ui: &Ui,
    told: &Told<'_>,
) -> Result<Made, Failure> {
    let global = &arguments.global;
    let elsewhere = elsewhere(arguments);
    let mut made = Vec::new();
    for wish in global.report.iter().filter(|wish| told.plan.is_some() || !wish.renderer.needs_plan) {
        let answer = Answer {
            command: arguments.command.name(),
            plan: told.plan,
            approval: told.approval,
            diagnostics: told.diagnostics,
            prefix,
            context: ui.context,
            written: told.written,
            mends: told.mends,
            checked: told.checked,
            result: told.result.as_ref(),
            touched,
            elsewhere: elsewhere.as_deref(),
            max_size: global.max_size.unwrap_or_else(|| match wish.is_summary(arguments) {
                // What can not be read is told of where it is written.
                true => SUMMARY.saturating_sub(earlier(wish, arguments).map_or(0, |text| text.len())).max(COMMENT),
                false => COMMENT,
            }),
            show_secrets: global.show_secrets && !wish.is_answer(),
        };
        made.push((wish.clone(), (wish.renderer.render)(&answer)?));
        let private = told.plan.filter(|_| wish.renderer.needs_plan && !answer.show_secrets);
        for path in private.map(report::left_out).unwrap_or_default() {
            ui.talk(&format!("note: `{path}` is not in the patch, since git ignores it\n"));
        }
    }
    Ok(Made(made))
}

/// Where a report without a limit of its own tells everything.
fn elsewhere(arguments: &Arguments) -> Option<String> {
    let mut others = arguments.global.report.iter().filter(|wish| wish.renderer.name != "github");
    let is_summary = |wish: &Wish| wish.is_page() && wish.is_summary(arguments);
    if others.clone().any(is_summary) {
        return Some("the job summary".to_owned());
    }
    others.find_map(|wish| wish.file.as_ref()).map(|file| file.display().to_string())
}

/// Writes what was made.
pub(crate) fn deliver(arguments: &Arguments, ui: &Ui, made: Made) -> Result<(), Failure> {
    for (wish, bytes) in made.0 {
        let Some(place) = wish.place(arguments) else {
            match ui.report(wish.renderer.form, &bytes) {
                Ok(()) => {}
                Err(why) if ui.has_done() => ui.lose_report(&format!("does not show the report: {why}")),
                Err(why) => {
                    let told = Diagnostic::error(Code::Usage, format!("the report is not shown: {why}"));
                    let help = format!("write it into a file: --report {}=FILE", wish.renderer.name);
                    return Err(told.help(help).into());
                }
            }
            continue;
        };
        let mode = if arguments.global.show_secrets { 0o600 } else { 0o644 };
        let write = |before: Vec<u8>| replace(&RealFs, &real(&place)?, &[before, bytes].concat(), mode);
        let written = earlier(&wish, arguments).and_then(write);
        match written.map_err(|error| not_written(&place, &error)) {
            Ok(()) => {}
            Err(fault) if ui.has_done() => ui.lose_report(&fault.message),
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(())
}

/// What stands before a report in its file: in the summary of a job, what was said there and a blank line; else nothing.
fn earlier(wish: &Wish, arguments: &Arguments) -> std::io::Result<Vec<u8>> {
    let place = wish.place(arguments).filter(|_| wish.is_summary(arguments));
    let Some(place) = place else { return Ok(Vec::new()) };
    match RealFs.read(&real(&place)?, SUMMARY as u64 * 2) {
        Ok(mut text) => {
            text.extend(if text.is_empty() { "" } else { "\n\n" }.bytes());
            Ok(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Makes and writes the reports of a command that writes nothing else.
pub(crate) fn tell(arguments: &Arguments, workspace: &Workspace, ui: &Ui, told: &Told<'_>) -> Result<(), Failure> {
    deliver(arguments, ui, make(arguments, workspace, ui, told)?)
}

/// The reports of a command that ended with `diagnostics` instead of an answer.
pub(crate) fn of_failure(arguments: &Arguments, ui: &Ui, diagnostics: &[Diagnostic]) -> Result<(), Failure> {
    if arguments.global.report.is_empty() || diagnostics.iter().any(|one| one.code == Code::Machine) {
        return Ok(());
    }
    let prefix = Base::find(arguments).map(|base| base.prefix()).unwrap_or_default();
    deliver(arguments, ui, render(arguments, (&prefix, &[]), ui, &Told { diagnostics, ..Told::default() })?)
}
