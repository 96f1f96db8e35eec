//! Findings as JUnit test results: each one that stops a build a test that failed.

use super::found::{Found, found};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Diagnostic, Severity};

pub static RENDERER: Renderer = Renderer { name: "junit", form: Form::Text, needs_plan: false, render };

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let found = found(answer);
    // A warning of a plan stops nothing; of a command that looks for faults it is one.
    let least = if answer.plan.is_some() { Severity::Error } else { Severity::Warning };
    let failed = found.iter().filter(|found| found.severity >= least).count();
    let suite = format!("migrate {}", answer.command);
    let counts = format!("tests=\"{}\" failures=\"{failed}\"", found.len().max(1));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"{suite}\" {counts}>\n"
    );
    if found.is_empty() {
        text.push_str(&format!("    <testcase classname=\"migrate\" name=\"{suite}\"/>\n"));
    }
    text.extend(found.iter().map(|found| case(found, found.severity >= least)));
    text.push_str("  </testsuite>\n</testsuites>\n");
    Ok(text.into_bytes())
}

fn case(found: &Found, failed: bool) -> String {
    let place = found.path.as_ref().map_or(String::new(), |path| format!("{path}:{}:{}", found.line, found.column));
    let name = escaped(format!("{} {place}", found.id()).trim_end());
    let body = format!("{place}\n{}", found.text());
    let body = escaped(body.trim_start());
    let inner = match failed {
        false => format!("<system-out>{body}</system-out>"),
        true => format!(
            "<failure type=\"{}\" message=\"{}\">{body}</failure>",
            found.id(),
            escaped(&found.message).replace('\n', "&#10;"),
        ),
    };
    let file = found
        .path
        .as_ref()
        .map_or(String::new(), |path| format!(" file=\"{}\" line=\"{}\"", escaped(path), found.line));
    format!("    <testcase classname=\"migrate\" name=\"{name}\"{file}>{inner}</testcase>\n")
}

/// As XML text and between double quotes; what XML has no way to say becomes a sign for it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(character),
        }
    }
    safe
}
