//! The answers as JSON: one envelope, versioned; within a version fields are only added.

use serde::Serialize;
use serde_json::Value;

use super::diff::file_diff;
use super::plan::hides;
use super::show::{Known, shown_values};
use crate::diagnostic::{Diagnostic, Severity};
use crate::migration::{Migration, Setting};
use crate::path::RepoPath;
use crate::plan::{Action, Direction, FileStep, Hold, Plan, Reason, Standing, Status, id};
use crate::text::{json_printable, printable};
use crate::value::{mask, mask_value};

/// The version of everything below.
pub(super) const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Envelope<'a> {
    schema_version: u32,
    tool: Tool,
    command: &'a str,
    result: Value,
    diagnostics: Vec<DiagnosticTwin>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub fn own() -> Self {
        Self { name: "migrate", version: env!("CARGO_PKG_VERSION") }
    }
}

#[derive(Serialize)]
pub(super) struct DiagnosticTwin {
    code: &'static str,
    severity: &'static str,
    message: String,
    places: Vec<PlaceTwin>,
    notes: Vec<String>,
    help: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
}

#[derive(Serialize)]
struct PlaceTwin {
    path: String,
    line: usize,
    column: usize,
    label: String,
}

#[derive(Serialize)]
struct PlanTwin {
    direction: &'static str,
    plan: Option<String>,
    written: bool,
    steps: Vec<StepTwin>,
}

#[derive(Serialize)]
struct StepTwin {
    version: Option<String>,
    slug: String,
    title: String,
    action: &'static str,
    files: Vec<FileTwin>,
    unchanged: Vec<UnchangedTwin>,
    unrelated: usize,
}

#[derive(Serialize)]
struct FileTwin {
    path: String,
    added: usize,
    removed: usize,
    ignored: bool,
    settings: Vec<SettingTwin>,
    notes: Vec<String>,
    diff: Vec<String>,
}

#[derive(Serialize)]
struct SettingTwin {
    at: String,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct UnchangedTwin {
    path: String,
    reasons: Vec<String>,
    by_hand: bool,
}

#[derive(Serialize)]
struct StatusTwin {
    version: Option<String>,
    slug: String,
    title: String,
    state: &'static str,
    files: usize,
    would_edit: usize,
    /// Files that git ignores and that `up` would bring to where the repository stands.
    here: Vec<String>,
    /// Files that git ignores and that it changed here, while the repository has no record of it.
    ahead: Vec<String>,
    /// Files that came since it was applied, and that `up` would bring along.
    new_targets: usize,
    edited: bool,
    reason: Option<String>,
    drift: Vec<DriftTwin>,
}

#[derive(Serialize)]
struct DriftTwin {
    path: String,
    at: String,
    kind: &'static str,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct ShowTwin {
    #[serde(flatten)]
    status: StatusTwin,
    why: String,
    definition: String,
    recorded: Option<String>,
    variables: Vec<VariableTwin>,
    edits: Vec<EditTwin>,
}

#[derive(Serialize)]
struct VariableTwin {
    name: String,
    about: String,
    default: Option<String>,
    recorded: Option<String>,
}

#[derive(Serialize)]
struct EditTwin {
    path: String,
    at: String,
    /// Neither of them where the text is a secret.
    was: Option<String>,
    now: Option<String>,
}

/// The JSON Schema of what `envelope` makes.
pub const OUTPUT_SCHEMA: &str = include_str!("../../schema/output-v1.json");

/// The JSON Schema of each line of the report `jsonl`.
pub const EVENTS_SCHEMA: &str = include_str!("../../schema/events-v1.json");

/// The whole answer of one command.
pub fn envelope(command: &str, result: Value, diagnostics: &[Diagnostic]) -> String {
    let diagnostics = diagnostics.iter().map(diagnostic_twin).collect();
    let envelope = Envelope { schema_version: SCHEMA, tool: Tool::own(), command, result, diagnostics };
    json_printable(&serde_json::to_string_pretty(&envelope).unwrap_or_default())
}

/// The result of `plan`, `up` and `down`.
pub fn plan_result(plan: &Plan, written: bool, context: usize) -> Value {
    to_value(PlanTwin {
        direction: if plan.direction == Direction::Up { "up" } else { "down" },
        plan: (plan.direction == Direction::Up && !plan.is_empty()).then(|| id(plan)),
        written,
        steps: plan
            .steps
            .iter()
            .map(|step| StepTwin {
                version: step.version.map(|version| version.to_string()),
                slug: step.slug.to_string(),
                title: step.title.clone(),
                action: action(step.action),
                files: step.files.iter().map(|file| file_twin(file, context)).collect(),
                unchanged: step
                    .unchanged
                    .iter()
                    .map(|(path, reasons)| UnchangedTwin {
                        path: path.to_string(),
                        reasons: reasons.iter().map(|reason| safe(reason)).collect(),
                        by_hand: step.by_hand.contains_key(path),
                    })
                    .collect(),
                unrelated: step.unrelated,
            })
            .collect(),
    })
}

/// The result of `edit`.
pub fn file_result(file: &FileStep, written: bool, context: usize) -> Value {
    serde_json::json!({ "written": written, "file": to_value(file_twin(file, context)) })
}

/// The result of `status`.
pub fn status_result(name: &str, all: &[Status], is_shown: &dyn Fn(&Status) -> bool) -> Value {
    let shown = all.iter().filter(|one| is_shown(one)).map(|one| to_value(status_twin(one)));
    serde_json::json!({ "name": name, "migrations": shown.collect::<Vec<_>>() })
}

/// The result of `show`.
pub fn show_result(known: &Known<'_>) -> Value {
    let Known { migration, status, record, .. } = *known;
    let recorded = |name: &str| {
        record.and_then(|record| record.variables.iter().find(|(known, _)| known == name)).map(|(_, value)| safe(value))
    };
    to_value(ShowTwin {
        status: status_twin(status),
        why: migration.map_or("", Migration::why).to_owned(),
        definition: match (record, migration) {
            (Some(record), _) => record.definition.clone(),
            (None, migration) => migration.map(Migration::definition).unwrap_or_default(),
        },
        recorded: known.origin.map(safe),
        variables: migration
            .map(Migration::variables)
            .unwrap_or_default()
            .into_iter()
            .map(|variable| VariableTwin {
                recorded: recorded(&variable.name),
                name: variable.name,
                about: variable.about,
                default: variable.default,
            })
            .collect(),
        edits: known
            .edits()
            .map(|edit| {
                let (was, now) = shown_values(edit);
                EditTwin { path: edit.file.to_string(), at: edit.trace.place.to_string(), was, now }
            })
            .collect(),
    })
}

/// The result of `show --why`.
pub fn why_result(
    path: &RepoPath,
    line: usize,
    reasons: &[Reason],
    origin: &dyn Fn(&Reason) -> Option<String>,
) -> Value {
    let one = |reason: &Reason| {
        let (was, now) = shown_values(&reason.edit);
        let (state, again) = match &reason.hold {
            Hold::Holds => ("holds", None),
            Hold::ByHand => ("changed_by_hand", None),
            Hold::SetAgain(other) => ("set_again", Some(other.as_str())),
        };
        serde_json::json!({
            "slug": reason.slug.as_str(),
            "at": reason.edit.trace.place.to_string(),
            "was": was,
            "now": now,
            "state": state,
            "set_again_by": again,
            "recorded": origin(reason).map(|origin| safe(&origin)),
        })
    };
    serde_json::json!({ "path": path.as_str(), "line": line, "set_by": reasons.iter().map(one).collect::<Vec<_>>() })
}

fn to_value(twin: impl Serialize) -> Value {
    serde_json::to_value(twin).unwrap_or(Value::Null)
}

pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Apply => "apply",
        Action::Extend => "extend",
        Action::Done => "done",
        Action::Held => "held",
        Action::NothingToDo => "nothing_to_do",
        Action::Revert => "revert",
        Action::Undecided => "undecided",
        Action::Restore => "restore",
    }
}

fn file_twin(file: &FileStep, context: usize) -> FileTwin {
    let diff = file_diff(file, context);
    FileTwin {
        path: file.path.to_string(),
        added: diff.added,
        removed: diff.removed,
        ignored: file.ignored,
        settings: file.changed.settings.iter().map(|setting| setting_twin(file, setting)).collect(),
        notes: file.changed.notes.iter().map(|note| safe(note)).collect(),
        diff: diff.lines(),
    }
}

/// The value of `setting` before and after, without what must not be shown.
pub(super) fn shown_setting(file: &FileStep, setting: &Setting) -> (Option<String>, Option<String>) {
    let privacy = file.privacy(setting);
    let shown = |value: &Option<String>, ours: bool| {
        value.as_ref().map(|value| {
            if hides(privacy, ours) {
                "•••".to_owned()
            } else {
                mask_value(setting.place.name(), &safe(value)).to_string()
            }
        })
    };
    (shown(&setting.before, false), shown(&setting.after, true))
}

fn setting_twin(file: &FileStep, setting: &Setting) -> SettingTwin {
    let (before, after) = shown_setting(file, setting);
    SettingTwin { at: setting.place.to_string(), before, after }
}

fn status_twin(one: &Status) -> StatusTwin {
    let (state, would_edit) = match &one.standing {
        Standing::Applied => ("applied", 0),
        Standing::Adopted => ("adopted", 0),
        Standing::NewTargets(files) => ("applied", *files),
        Standing::Reverted => ("reverted", 0),
        Standing::Pending(files) => ("pending", *files),
        Standing::NothingToDo => ("nothing_to_do", 0),
        Standing::ByHand(_) => ("by_hand", 0),
        Standing::Blocked(_) => ("blocked", 0),
    };
    StatusTwin {
        version: one.version.map(|version| version.to_string()),
        slug: one.slug.to_string(),
        title: one.title.clone(),
        state,
        files: one.files,
        would_edit,
        here: one.here.iter().map(ToString::to_string).collect(),
        ahead: one.ahead.iter().map(ToString::to_string).collect(),
        new_targets: match one.standing {
            Standing::NewTargets(files) => files,
            _ => 0,
        },
        edited: one.edited,
        reason: one.reason.as_deref().map(safe),
        drift: one
            .drift
            .iter()
            .map(|drift| DriftTwin {
                path: drift.path.to_string(),
                at: drift.place.clone(),
                kind: drift.kind.name(),
                line: drift.position.map(|at| at.line),
                column: drift.position.map(|at| at.column),
            })
            .collect(),
    }
}

pub(super) fn diagnostic_twin(diagnostic: &Diagnostic) -> DiagnosticTwin {
    DiagnosticTwin {
        code: diagnostic.code.id(),
        severity: match diagnostic.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        message: safe(&diagnostic.message),
        places: diagnostic
            .places
            .iter()
            .map(|place| PlaceTwin {
                path: place.path.clone(),
                line: place.position.line,
                column: place.position.column,
                label: safe(&place.label),
            })
            .collect(),
        notes: diagnostic.notes.iter().map(|note| safe(note)).collect(),
        help: diagnostic.advice().map(safe).collect(),
        replacement: diagnostic.patch.as_ref().map(|patch| safe(&patch.text)),
    }
}

fn safe(text: &str) -> String {
    printable(&mask(text)).into_owned()
}
