//! Findings as a GitLab code quality artifact.

use std::collections::BTreeMap;

use serde::Serialize;

use super::found::{Found, found};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::json_printable;

pub static RENDERER: Renderer = Renderer { name: "gitlab", form: Form::Json, needs_plan: false, render };

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    // GitLab drops all but one of those with the same fingerprint.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut issues = Vec::new();
    for found in found(answer) {
        let fingerprint = found.fingerprint();
        let count = seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        issues.push(issue(&found, if *count == 1 { fingerprint } else { format!("{fingerprint}-{count}") }));
    }
    let text = serde_json::to_string_pretty(&issues).unwrap_or_default() + "\n";
    Ok(json_printable(&text).into_bytes())
}

fn issue(found: &Found, fingerprint: String) -> Issue {
    Issue {
        description: found.text(),
        check_name: found.id(),
        fingerprint,
        severity: match found.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: Location { path: found.place().to_owned(), lines: Lines { begin: found.line } },
    }
}
