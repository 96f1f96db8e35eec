//! Standard output is the answer, standard error is the talk.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use anstream::ColorChoice;
use anstream::adapter::strip_str;

use super::args::{Arguments, ColorWhen, DiffKind, OutputFormat, shell_word};
use super::pager;
use super::progress::Ticker;
use super::reports::Wish;
use super::terminal::{colour, is_set, size, speaks_unicode};
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::{self, Form, Shown, Style};
use crate::text::{is_hidden, json_without_commands, printable, without_commands};

pub(crate) struct Ui {
    pub style: Style,
    pub json: bool,
    pub shown: Shown,
    pub context: usize,
    pub verbose: bool,
    /// How this program is called to go on.
    pub migrate: String,
    quiet: bool,
    /// A report takes the place of the text.
    replaced: bool,
    /// On standard output.
    colour: ColorChoice,
    /// On standard error.
    talk_colour: ColorChoice,
    /// Whether a build server reads along, and takes some lines for commands.
    in_build: bool,
    /// The pager that is asked for.
    pager: Option<String>,
    /// Shows how far the run is, until it has something to say.
    ticker: RefCell<Option<Ticker>>,
    /// The root, where the person is in another folder.
    root: RefCell<Option<String>>,
    /// What JSON says besides its answer.
    foretold: RefCell<Vec<Diagnostic>>,
    /// Why the answer did not arrive.
    lost: RefCell<Option<std::io::Error>>,
    /// Files are written: a failure to say so is none of the run's.
    done: Cell<bool>,
    /// A report that was asked for did not arrive.
    report_lost: Cell<bool>,
}

impl Ui {
    pub fn new(arguments: &Arguments) -> Self {
        let global = &arguments.global;
        let choice = |is_terminal: bool| match global.color {
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
            ColorWhen::Auto => colour(is_terminal),
        };
        Self {
            style: Style { unicode: speaks_unicode(), columns: size().map(|(columns, _)| columns) },
            json: global.format == OutputFormat::Json,
            shown: match global.diff {
                DiffKind::Unified => Shown::Unified,
                DiffKind::Words => Shown::Words,
                DiffKind::Paths => Shown::Paths,
                DiffKind::Stat => Shown::Stat,
                DiffKind::None => Shown::None,
            },
            context: global.context.min(1000),
            verbose: global.verbose > 0,
            migrate: global.migrate(),
            quiet: global.quiet,
            replaced: global.report.iter().any(Wish::is_answer),
            colour: choice(std::io::stdout().is_terminal()),
            talk_colour: choice(std::io::stderr().is_terminal()),
            in_build: ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].into_iter().any(is_set),
            pager: global.pager.clone(),
            ticker: RefCell::new(if global.quiet { None } else { Ticker::start() }),
            root: RefCell::default(),
            foretold: RefCell::default(),
            lost: RefCell::new(None),
            done: Cell::new(false),
            report_lost: Cell::new(false),
        }
    }

    /// The answer.
    pub fn answer(&self, text: &str) {
        self.hush();
        let mut stdout = std::io::stdout().lock();
        let text = self.logged(text);
        self.arrived(stdout.write_all(in_colour(&text, self.colour).as_bytes()).and_then(|()| stdout.flush()));
    }

    /// The answer as JSON, with what was foretold.
    pub fn envelope(&self, command: &str, result: serde_json::Value, diagnostics: &[Diagnostic]) {
        let all: Vec<Diagnostic> = self.foretold.take().into_iter().chain(diagnostics.iter().cloned()).collect();
        self.answer(&format!("{}\n", report::envelope(command, result, &all)));
    }

    /// What stands before the answer; beside it where that is no text.
    pub fn lead(&self, text: &str) {
        if self.json || self.replaced { self.talk(text) } else { self.text(text) }
    }

    /// As `text`, where it may be longer than the screen.
    pub fn screen(&self, text: &str) {
        if self.shows_text() {
            self.paged(text);
        }
    }

    /// An answer in text; what is longer than the screen goes through the pager.
    pub fn paged(&self, text: &str) {
        self.hush();
        let plain = strip_str(text).to_string();
        let pager = pager::command(self.pager.as_deref()).filter(|_| pager::is_long(&plain));
        let paged = pager.is_some_and(|pager| {
            let coloured = self.colour != ColorChoice::Never;
            pager::show(&pager, &self.logged(if coloured { text } else { &plain }))
        });
        if !paged {
            self.answer(text);
        }
    }

    /// Takes the line away that says how far the run is.
    fn hush(&self) {
        if let Some(ticker) = self.ticker.take() {
            ticker.stop();
        }
    }

    /// A report as the answer. What a terminal or a build server would obey is broken, but in a report that must
    /// arrive to the byte.
    ///
    /// # Errors
    /// When such a report would be obeyed.
    pub fn report(&self, form: Form, bytes: &[u8]) -> Result<(), &'static str> {
        self.hush();
        let text = String::from_utf8_lossy(bytes);
        let obeyed = self.in_build && without_commands(&text) != text;
        let steers = || text.chars().any(|c| c != '\r' && is_hidden(c));
        let bytes: Cow<'_, [u8]> = match form {
            Form::Bytes if obeyed => return Err("a line of it is a command to this build server"),
            Form::Bytes if std::io::stdout().is_terminal() && steers() => return Err("it would steer the terminal"),
            Form::Bytes | Form::Commands => Cow::Borrowed(bytes),
            Form::Json if self.in_build => json_without_commands(&text).into_bytes().into(),
            Form::Text if self.in_build => without_commands(&text).into_owned().into_bytes().into(),
            Form::Json | Form::Text => Cow::Borrowed(bytes),
        };
        let mut stdout = std::io::stdout().lock();
        self.arrived(stdout.write_all(&bytes).and_then(|()| stdout.flush()));
        Ok(())
    }

    fn arrived(&self, result: std::io::Result<()>) {
        // A reader that has gone away, as `head` does, is no error of ours.
        if let Err(error) = result
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.lost.borrow_mut().get_or_insert(error);
        }
    }

    /// From now on the run has done what it was asked for, whoever hears of it.
    pub fn is_done(&self) {
        self.done.set(true);
    }

    /// Whether the run has done it.
    pub fn has_done(&self) -> bool {
        self.done.get()
    }

    /// Says that the answer did not arrive whole, if so. Whether that makes the run a failure.
    pub fn has_lost_answer(&self) -> bool {
        let Some(error) = self.lost.take() else { return false };
        // A person sees what was done; a program that reads the answer knows of nothing else.
        let is_for_programs = self.json || self.replaced;
        let done = match (self.done.get(), is_for_programs) {
            (false, _) => "",
            (true, false) => "note: everything is written, and this run ",
            (true, true) => "error: everything is written, but this run ",
        };
        self.problem(&format!("{done}failed to write the answer to standard output: {error}\n"));
        !self.done.get() || is_for_programs
    }

    /// Whether an answer in text is printed at all.
    pub fn shows_text(&self) -> bool {
        !self.quiet && !self.json && !self.replaced
    }

    /// Says that a report did not arrive, once everything is written.
    pub fn lose_report(&self, why: &str) {
        self.report_lost.set(true);
        self.problem(&format!("error: everything is written and recorded, but this run {why}\n"));
    }

    /// Whether a report that was asked for did not arrive.
    pub fn has_lost_report(&self) -> bool {
        self.report_lost.get()
    }

    /// The answer in text, unless only problems are wanted.
    pub fn text(&self, text: &str) {
        if self.shows_text() {
            self.answer(text);
        }
    }

    /// Talk beside the answer.
    pub fn talk(&self, text: &str) {
        if !self.quiet {
            self.problem(&printable(text));
        }
    }

    fn problem(&self, text: &str) {
        self.hush();
        let text = self.logged(text);
        let _ = std::io::stderr().lock().write_all(in_colour(&text, self.talk_colour).as_bytes());
    }

    /// `text` as it may go into a log.
    fn logged<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match (self.in_build, self.json) {
            (false, true) => Cow::Borrowed(text),
            (true, true) => json_without_commands(text).into(),
            (in_build, false) => {
                let text = if self.style.unicode { Cow::Borrowed(text) } else { self.style.fit(text).into() };
                if in_build { without_commands(&text).into_owned().into() } else { text }
            }
        }
    }

    /// Asks a person, where there is one; a run without a terminal is never asked.
    pub fn confirm(&self, question: &str) -> bool {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return true;
        }
        self.problem(&format!("{question} [y/N] "));
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// From now on what is told counts from `root`.
    pub fn works_in(&self, root: &Path) {
        let is_there = std::env::current_dir().is_ok_and(|folder| folder == root);
        let shown = || printable(&shell_word(&root.to_string_lossy())).into_owned();
        self.root.replace((!is_there).then(shown));
    }

    /// `diagnostics` in text. Their paths and commands are those of the root: a person in another folder is told of it.
    pub fn told(&self, diagnostics: &[Diagnostic]) -> String {
        let text = report::diagnostics(diagnostics, self.style);
        match self.root.borrow().as_ref().filter(|_| diagnostics.iter().any(|one| !one.help.is_empty())) {
            Some(root) => format!("{text}\n\npaths and commands count from the root: cd {root}"),
            None => text,
        }
    }

    /// Warnings that stop nothing.
    pub fn warn(&self, diagnostics: &[Diagnostic]) {
        if !diagnostics.is_empty() && !self.json && !self.quiet {
            self.problem(&format!("{}\n\n", self.told(diagnostics)));
        }
    }

    /// What is known of the repository before the command begins, whatever the command finds.
    pub fn foretell(&self, diagnostics: Vec<Diagnostic>) {
        let warning = |one| Diagnostic { severity: Severity::Warning, ..one };
        let warnings: Vec<Diagnostic> = diagnostics.into_iter().map(warning).collect();
        self.warn(&warnings);
        self.foretold.borrow_mut().extend(warnings);
    }

    /// The end of a command that has no answer.
    pub fn failure(&self, command: &str, diagnostics: &[Diagnostic], tail: &str) {
        if self.json {
            self.envelope(command, serde_json::Value::Null, diagnostics);
            return;
        }
        self.problem(&format!("{}\n", self.told(diagnostics)));
        if !tail.is_empty() {
            self.problem(&format!("\n{tail}"));
        }
    }
}

impl Drop for Ui {
    fn drop(&mut self) {
        self.hush();
    }
}

/// `text` with its colours, or without them. Whole: a stream that takes colours out makes a call of the system for each line.
fn in_colour(text: &str, colour: ColorChoice) -> Cow<'_, str> {
    match colour {
        ColorChoice::Never => strip_str(text).to_string().into(),
        ColorChoice::Always | ColorChoice::AlwaysAnsi | ColorChoice::Auto => text.into(),
    }
}

/// Prints before the arguments are known.
pub(crate) fn to_stdout(text: &str) {
    let text = in_colour(text, colour(std::io::stdout().is_terminal()));
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

pub(crate) fn to_stderr(text: &str) {
    let text = in_colour(text, colour(std::io::stderr().is_terminal()));
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
