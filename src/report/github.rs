//! Findings as commands to GitHub Actions, which shows them at their lines.

use std::time::Duration;

use similar::{DiffTag, TextDiff};

use super::found::{Found, found};
use super::plan::plural;
use super::renderer::{Answer, Form, Renderer, Touched};
use crate::diagnostic::{Diagnostic, Severity};

pub static RENDERER: Renderer = Renderer { name: "github", form: Form::Commands, needs_plan: false, render };

/// A diff may take this long; then it gets coarser.
const PATIENCE: Duration = Duration::from_millis(100);

/// More of one kind in one step are not shown by GitHub.
const MOST: usize = 10;

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let mut found = found(answer);
    // Those on lines of the change come first: GitHub shows the others nowhere near it.
    found.sort_by_key(|found| !is_touched(answer, found));
    let mut text = String::new();
    for (severity, command) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "notice")]
    {
        let kind: Vec<&Found> = found.iter().filter(|found| found.severity == severity).collect();
        let shown = if kind.len() > MOST { MOST - 1 } else { kind.len() };
        text.extend(kind.iter().take(shown).map(|found| annotation(command, found)));
        if shown < kind.len() {
            let more = plural(kind.len() - shown, &format!("more {command}"));
            let place = match answer.elsewhere {
                Some(place) => format!("in {place}"),
                None => "that have no room here: add --report sarif=FILE, or markdown=FILE".to_owned(),
            };
            text.push_str(&format!("::{command} title=migrate::{}\n", data(&format!("{more} {place}"))));
        }
    }
    Ok(text.into_bytes())
}

/// The lines of `after` that are not those of `before`.
pub fn touched(path: String, before: &[u8], after: &[u8]) -> Touched {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before.as_ref(), after.as_ref());
    let ops = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    Touched { path, lines: ops.flat_map(|op| op.new_range()).map(|line| line + 1).collect() }
}

fn is_touched(answer: &Answer<'_>, found: &Found) -> bool {
    let touched = |one: &Touched| found.path.as_ref() == Some(&one.path) && one.lines.contains(&found.line);
    answer.touched.iter().any(touched)
}

fn annotation(command: &str, found: &Found) -> String {
    let mut properties = Vec::new();
    if let Some(path) = &found.path {
        properties.push(format!("file={}", property(path)));
        properties.push(format!("line={}", found.line));
        properties.push(format!("col={}", found.column));
        properties.extend(found.end_column.map(|end| format!("endColumn={end}")));
    }
    properties.push(format!("title={}", found.id()));
    format!("::{command} {}::{}\n", properties.join(","), data(&found.text()))
}

/// As the runner reads a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the runner reads a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
