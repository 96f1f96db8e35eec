//! Findings as JUnit test results: each error or warning a test that failed.

use super::found::{Found, found};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Diagnostic, Severity};

pub static RENDERER: Renderer = Renderer { name: "junit", form: Form::Text, needs_plan: false, render };

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let found = found(answer);
    let failed = found.iter().filter(|found| found.severity != Severity::Note).count();
    let suite = format!("migrate {}", answer.command);
    let counts = format!("tests=\"{}\" failures=\"{failed}\"", found.len().max(1));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"{suite}\" {counts}>\n"
    );
    if found.is_empty() {
        text.push_str(&format!("    <testcase classname=\"migrate\" name=\"{suite}\"/>\n"));
    }
    text.extend(found.iter().map(case));
    text.push_str("  </testsuite>\n</testsuites>\n");
    Ok(text.into_bytes())
}

fn case(found: &Found) -> String {
    let place = format!("{}:{}:{}", found.place(), found.line, found.column);
    let name = escaped(&format!("{} {place}", found.code.id()));
    let body = format!("{place}\n{}", found.text());
    let inner = match found.severity {
        Severity::Note => format!("<system-out>{}</system-out>", escaped(&body)),
        Severity::Error | Severity::Warning => format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            found.code.id(),
            escaped(&found.message).replace('\n', "&#10;"),
            escaped(&body)
        ),
    };
    let file = escaped(found.place());
    format!(
        "    <testcase classname=\"migrate\" name=\"{name}\" file=\"{file}\" line=\"{}\">{inner}</testcase>\n",
        found.line
    )
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
