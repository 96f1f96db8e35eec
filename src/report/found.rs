//! What a command found, as a list of places with a sentence each: the source of every report for annotations.

use sha2::{Digest, Sha256};

use super::diff::file_diff;
use super::fix::{Replacement, replacements};
use super::renderer::Answer;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::plan::{Direction, FileStep, Plan, Step};
use crate::text::printable;
use crate::value::mask;

/// One thing to point at.
pub(super) struct Found {
    pub code: Code,
    pub severity: Severity,
    /// From the top of the git work tree.
    pub path: Option<String>,
    pub line: usize,
    /// In characters, from one.
    pub column: usize,
    /// Behind the last character, where the end is known.
    pub end_column: Option<usize>,
    /// In bytes, from one.
    pub byte_column: usize,
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
        let width = marked.and_then(|place| Some(place.excerpt.get(place.span.start..place.span.end)?.chars().count()));
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity,
            path: place.map(|place| format!("{prefix}{}", printable(&place.path))),
            line,
            column,
            end_column: width.filter(|width| *width > 0).map(|width| column + width),
            byte_column: marked.map_or(column, |place| place.span.start + 1),
            message: safe(&diagnostic.message),
            help: diagnostic.help.iter().map(|help| safe(help)).collect(),
            fix: Vec::new(),
        }
    }

    /// The message with what to do about it.
    pub fn text(&self) -> String {
        let help = self.help.iter().map(|help| format!("\nhelp: {help}"));
        format!("{}{}", self.message, help.collect::<String>())
    }

    /// Where it is; a finding of no file points at the configuration.
    pub fn place(&self) -> &str {
        self.path.as_deref().unwrap_or("migrate.toml")
    }

    /// The same for the same finding, also where lines were added above it.
    pub fn fingerprint(&self) -> String {
        let text = format!("{}\0{}\0{}", self.code.id(), self.place(), self.message);
        Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Every diagnostic, and each file that the plan changes.
pub(super) fn found(answer: &Answer<'_>) -> Vec<Found> {
    let told = answer.diagnostics.iter().map(|diagnostic| Found::of(answer.prefix, diagnostic));
    let planned = answer.plan.into_iter().flat_map(|plan| {
        plan.steps
            .iter()
            .flat_map(move |step| step.files.iter().map(move |file| of_file(answer.prefix, plan, step, file)))
    });
    told.chain(planned).collect()
}

fn safe(text: &str) -> String {
    printable(&mask(text)).into_owned()
}

/// A note at the first line of `file` that changes.
fn of_file(prefix: &str, plan: &Plan, step: &Step, file: &FileStep) -> Found {
    let lines = |state: &Option<crate::tree::FileState>| state.as_ref().map_or(Vec::new(), |state| state.bytes.clone());
    let (before, after) = (lines(&file.before), lines(&file.after));
    let (old, new) = (before.split(|byte| *byte == b'\n'), after.split(|byte| *byte == b'\n'));
    let same = old.zip(new).take_while(|(old, new)| old == new).count();
    let diff = file_diff(file, 0);
    let way = if plan.direction == Direction::Up { "changes" } else { "is taken back from" };
    let message = format!("{} {} {way} this file (+{} -{})", step.version, step.slug, diff.added, diff.removed);
    Found {
        code: Code::Pending,
        severity: Severity::Note,
        path: Some(format!("{prefix}{}", printable(file.path.as_str()))),
        line: same + 1,
        column: 1,
        end_column: None,
        byte_column: 1,
        message,
        help: Vec::new(),
        fix: replacements(plan, file),
    }
}
