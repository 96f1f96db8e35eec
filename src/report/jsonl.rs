//! The answer as one JSON object a line: what a program can read as it comes, without a tree in memory.

use serde::Serialize;
use serde_json::{Value, json};

use super::diff::file_diff;
use super::json::{SCHEMA, Tool, action, diagnostic_twin, shown_setting};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::Diagnostic;
use crate::plan::{Direction, Plan, Step, id};
use crate::text::{json_printable, printable};
use crate::value::mask;

pub static RENDERER: Renderer = Renderer { name: "jsonl", form: Form::Json, needs_plan: false, render };

/// One line.
#[derive(Serialize)]
struct Event {
    schema_version: u32,
    event: &'static str,
    #[serde(flatten)]
    what: Value,
}

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let mut events = vec![event("begin", begin(answer))];
    for step in answer.plan.into_iter().flat_map(|plan| &plan.steps) {
        events.extend(of_step(step));
    }
    events.extend(
        answer.diagnostics.iter().map(|one| event("diagnostic", json!({ "diagnostic": diagnostic_twin(one) }))),
    );
    // A reader that has no end has not read all of it.
    let count = |name: &str| events.iter().filter(|event| event.event == name).count();
    let end = json!({ "files": count("file"), "settings": count("setting"), "diagnostics": count("diagnostic") });
    events.push(event("end", end));
    let lines = events.iter().map(|event| serde_json::to_string(event).unwrap_or_default() + "\n");
    Ok(json_printable(&lines.collect::<String>()).into_bytes())
}

fn event(event: &'static str, what: Value) -> Event {
    Event { schema_version: SCHEMA, event, what }
}

fn begin(answer: &Answer<'_>) -> Value {
    let direction = |plan: &Plan| if plan.direction == Direction::Up { "up" } else { "down" };
    json!({
        "tool": Tool::own(),
        "command": answer.command,
        "direction": answer.plan.map(direction),
        "plan": answer.plan.filter(|plan| plan.direction == Direction::Up && !plan.is_empty()).map(id),
    })
}

/// A migration, then each of its files with the settings behind it.
fn of_step(step: &Step) -> Vec<Event> {
    let (version, slug) = (step.version.map(|version| version.to_string()), step.slug.as_str());
    let of = |name: &'static str, mut what: Value| {
        what["version"] = version.clone().into();
        what["slug"] = slug.into();
        event(name, what)
    };
    let mut events = vec![of("migration", json!({ "title": step.title, "action": action(step.action) }))];
    for file in &step.files {
        let (path, diff) = (file.path.as_str(), file_diff(file, 0));
        let lines = json!({ "path": path, "added": diff.added, "removed": diff.removed, "ignored": file.ignored });
        events.push(of("file", lines));
        for setting in &file.changed.settings {
            let (before, after) = shown_setting(file, setting);
            let at = setting.place.to_string();
            events.push(of("setting", json!({ "path": path, "at": at, "before": before, "after": after })));
        }
    }
    for (path, reasons) in &step.unchanged {
        let by_hand = step.by_hand.contains_key(path);
        let reasons: Vec<String> = reasons.iter().map(|reason| printable(&mask(reason)).into_owned()).collect();
        events.push(of("unchanged", json!({ "path": path.as_str(), "reasons": reasons, "by_hand": by_hand })));
    }
    events
}
