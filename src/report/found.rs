//! What a command found, as a list of places with a sentence each: the source of every report for annotations.

use sha2::{Digest, Sha256};

use super::diff::file_diff;
use super::fix::{Replacement, mend, replacements};
use super::renderer::Answer;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::plan::{Direction, FileStep, Plan, Step};
use crate::text::printable;
use crate::value::mask;

/// One thing to point at.
pub(super) struct Found {
    /// `None` for what is no problem: a file that was written.
    pub code: Option<Code>,
    pub severity: Severity,
    /// From the top of the git work tree.
    pub path: Option<String>,
    pub line: usize,
    /// In characters, from one.
    pub column: usize,
    /// Behind the last character, where the end is known.
    pub end_column: Option<usize>,
    /// The same in bytes.
    pub byte_column: usize,
    pub byte_end_column: Option<usize>,
    pub message: String,
    pub help: Vec<String>,
    /// What would be done about it, where a tool can offer that.
    pub fix: Vec<Replacement>,
}

impl Found {
    /// What `diagnostic` says, at its first place.
    pub fn of(prefix: &str, diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.places.first();
        let marked = place.filter(|place| !place.excerpt.is_empty() && place.span.start <= place.span.end);
        let (line, column) = place.map_or((1, 1), |place| (place.position.line, place.position.column));
        let text = marked.and_then(|place| place.excerpt.get(place.span.start..place.span.end));
        let text = text.filter(|text| !text.is_empty());
        let byte_column = marked.map_or(column, |place| place.span.start + 1);
        Self {
            code: Some(diagnostic.code),
            severity: diagnostic.severity,
            path: place.map(|place| format!("{prefix}{}", printable(&place.path))),
            line,
            column,
            end_column: text.map(|text| column + text.chars().count()),
            byte_column,
            byte_end_column: text.map(|text| byte_column + text.len()),
            message: safe(&diagnostic.message),
            help: diagnostic.advice().map(safe).collect(),
            fix: Vec::new(),
        }
    }

    /// What kind of thing it is, in one word.
    pub fn id(&self) -> &'static str {
        self.code.map_or(WRITTEN, Code::id)
    }

    /// The message with what to do about it.
    pub fn text(&self) -> String {
        let help = self.help.iter().map(|help| format!("\nhelp: {help}"));
        format!("{}{}", self.message, help.collect::<String>())
    }

    /// Where it is, for readers that want a file of everything: what is in none is in the whole of the repository.
    pub fn place(&self) -> &str {
        self.path.as_deref().unwrap_or(".")
    }

    /// The same for the same finding, also where lines were added above it.
    pub fn fingerprint(&self) -> String {
        let text = format!("{}\0{}\0{}", self.id(), self.place(), self.message);
        Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The kind of a file that the run changed.
const WRITTEN: &str = "written";

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Every diagnostic, with its mend where there is one, and each file that the plan changes.
pub(super) fn found(answer: &Answer<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = answer.diagnostics.iter().map(|one| Found::of(answer.prefix, one)).collect();
    for file in answer.mends {
        offer(&mut all, &shown_path(answer, file), mend(file));
    }
    if let Some(plan) = answer.plan {
        let files = plan.steps.iter().flat_map(|step| step.files.iter().map(move |file| (step, file)));
        all.extend(files.map(|(step, file)| of_file(answer, plan, step, file)));
    }
    all
}

/// Gives each finding in the file at `path` the mends of its line; the first one of no line those that are left.
fn offer(all: &mut [Found], path: &str, mut mends: Vec<Replacement>) {
    let is_drift = |one: &Found| matches!(one.code, Some(Code::Drift | Code::Unmet));
    let mut own: Vec<&mut Found> =
        all.iter_mut().filter(|one| is_drift(one) && one.path.as_deref() == Some(path)).collect();
    for found in own.iter_mut().filter(|one| one.end_column.is_some()) {
        let line = found.line - 1;
        let (fits, rest) = mends.into_iter().partition(|mend| mend.old.contains(&line));
        (found.fix, mends) = (fits, rest);
    }
    if let (Some(found), Some(first)) = (own.iter_mut().find(|one| one.end_column.is_none()), mends.first()) {
        found.line = first.whole.start + 1;
        found.fix = mends;
    }
}

fn safe(text: &str) -> String {
    printable(&mask(text)).into_owned()
}

fn shown_path(answer: &Answer<'_>, file: &FileStep) -> String {
    format!("{}{}", answer.prefix, printable(file.path.as_str()))
}

/// A note at the first line of `file` that changes, or did.
fn of_file(answer: &Answer<'_>, plan: &Plan, step: &Step, file: &FileStep) -> Found {
    let diff = file_diff(file, 0);
    let way = match (plan.direction, answer.written) {
        (Direction::Up, false) => "changes",
        (Direction::Up, true) => "changed",
        (Direction::Down, false) => "would be taken back from",
        (Direction::Down, true) => "was taken back from",
    };
    let message = format!("{} {way} this file (+{} -{})", step.name(), diff.added, diff.removed);
    Found {
        code: (!answer.written).then_some(Code::Pending),
        severity: Severity::Note,
        path: Some(shown_path(answer, file)),
        line: file.first_line(),
        column: 1,
        end_column: None,
        byte_column: 1,
        byte_end_column: None,
        message,
        help: Vec::new(),
        // What is written already needs no click.
        fix: if answer.written { Vec::new() } else { replacements(plan, file) },
    }
}
