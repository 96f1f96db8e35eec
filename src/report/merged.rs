//! The answers of many runs as one: what a fleet of repositories or the parts of a large one came to.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::plan::plural;
use super::style::Style;
use crate::text::printable;

/// What one run came to, as its JSON answer tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Where the answer was read.
    pub source: String,
    /// Empty where there is no answer.
    pub command: String,
    /// Files that change.
    pub files: usize,
    pub added: usize,
    pub removed: usize,
    /// What a person has to do by hand, in places.
    pub by_hand: usize,
    /// Why it did not do what it was asked, in its own words.
    pub faults: Vec<String>,
}

impl Run {
    /// Reads the answer `text` of `source`; one that `report merge` gave tells of several runs. A run that left no answer,
    /// or a part of one, is a fault, not a gap.
    pub fn all_of(source: &str, text: &str) -> Vec<Self> {
        let answer = serde_json::from_str::<Value>(text).ok().filter(|value| value["tool"]["name"] == "migrate");
        let runs = match &answer {
            Some(answer) if answer["command"] == "report" => {
                serde_json::from_value(answer["result"]["runs"].clone()).ok()
            }
            Some(answer) => Some(vec![Self::of(source, answer)]),
            None => None,
        };
        runs.unwrap_or_else(|| {
            let why = if text.trim().is_empty() { "it left no answer" } else { "this is no answer of `--format json`" };
            vec![Self { source: source.to_owned(), faults: vec![why.to_owned()], ..Self::default() }]
        })
    }

    fn of(source: &str, answer: &Value) -> Self {
        let result = &answer["result"];
        let mut run = Self { source: source.to_owned(), command: word(&answer["command"]), ..Self::default() };
        for step in items(&result["steps"]) {
            for file in items(&step["files"]) {
                run.files += 1;
                run.added += number(&file["added"]);
                run.removed += number(&file["removed"]);
            }
            run.by_hand += items(&step["unchanged"]).filter(|file| file["by_hand"] == true).count();
        }
        let has_failed = has_failed(result);
        // What is a warning to `up` is a finding to a command that judges.
        let is_judged = has_failed || number(&result["findings"]) > 0;
        let is_fault = |severity: &Value| *severity == "error" || is_judged && *severity == "warning";
        let faults = items(&answer["diagnostics"]).filter(|diagnostic| is_fault(&diagnostic["severity"]));
        run.faults = faults.map(|fault| format!("{}: {}", word(&fault["code"]), word(&fault["message"]))).collect();
        if run.faults.is_empty() && (result.is_null() || has_failed) {
            let why = if has_failed { "it ended with exit code 1" } else { "its answer has no result" };
            run.faults.push(why.to_owned());
        }
        run
    }

    pub fn has_failed(&self) -> bool {
        !self.faults.is_empty()
    }
}

/// Whether a row of a check, an example or a conflict made the run end with exit code 1.
fn has_failed(result: &Value) -> bool {
    let row = items(&result["checks"]).any(|row| row["ok"] == false);
    let example = items(&result["examples"]).any(|example| example["failed"] == true);
    let conflict = result["written"] == true && items(&result["steps"]).any(|step| step["action"] == "undecided");
    row || example || conflict
}

/// The sums over `runs`, for people.
pub fn merged(runs: &[Run], style: Style) -> String {
    let width = runs.iter().map(|run| run.source.chars().count()).max().unwrap_or(0).min(48);
    let mut text = String::new();
    for run in runs {
        let source = printable(&run.source);
        let (verdict, what) = match run.faults.first() {
            None => (style.good("ok    "), changes(run.files, run.added, run.removed)),
            Some(fault) => (style.bad("failed"), printable(fault).into_owned()),
        };
        text.push_str(&format!("{verdict}  {source:width$}  {what}\n"));
    }
    let sum = Sum::of(runs);
    let failed = if sum.failed == 0 { String::new() } else { format!(", {} failed", sum.failed) };
    text + &format!("\n{}{failed}; {}\n", plural(runs.len(), "run"), changes(sum.files, sum.added, sum.removed))
}

fn changes(files: usize, added: usize, removed: usize) -> String {
    if files == 0 { "nothing changes".to_owned() } else { format!("{} (+{added} -{removed})", plural(files, "file")) }
}

/// The same for machines.
pub fn merged_result(runs: &[Run]) -> Value {
    let Sum { failed, files, added, removed } = Sum::of(runs);
    json!({
        "runs": runs,
        "totals": { "runs": runs.len(), "failed": failed, "files": files, "added": added, "removed": removed },
    })
}

struct Sum {
    failed: usize,
    files: usize,
    added: usize,
    removed: usize,
}

impl Sum {
    fn of(runs: &[Run]) -> Self {
        let sum = |field: fn(&Run) -> usize| runs.iter().map(field).sum();
        Self {
            failed: runs.iter().filter(|run| run.has_failed()).count(),
            files: sum(|run| run.files),
            added: sum(|run| run.added),
            removed: sum(|run| run.removed),
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}
