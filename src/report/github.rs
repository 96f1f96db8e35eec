//! Findings as commands to GitHub Actions, which shows them at their lines.

use super::found::{Found, found};
use super::plan::plural;
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Diagnostic, Severity};

pub static RENDERER: Renderer = Renderer { name: "github", form: Form::Commands, needs_plan: false, render };

/// More of one kind in one step are not shown by GitHub.
const MOST: usize = 10;

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let found = found(answer);
    let mut text = String::new();
    let mut left = Vec::new();
    for (severity, command) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "notice")]
    {
        let kind: Vec<&Found> = found.iter().filter(|found| found.severity == severity).collect();
        text.extend(kind.iter().take(MOST).map(|found| annotation(command, found)));
        if kind.len() > MOST {
            left.push(plural(kind.len() - MOST, &format!("more {command}")));
        }
    }
    if !left.is_empty() {
        text.push_str(&format!("{}: see them with --report sarif=FILE, or in the job's log\n", left.join(", ")));
    }
    Ok(text.into_bytes())
}

fn annotation(command: &str, found: &Found) -> String {
    let mut properties = Vec::new();
    if let Some(path) = &found.path {
        properties.push(format!("file={}", property(path)));
        properties.push(format!("line={}", found.line));
        properties.push(format!("col={}", found.column));
        properties.extend(found.end_column.map(|end| format!("endColumn={end}")));
    }
    properties.push(format!("title={}", found.code.id()));
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
