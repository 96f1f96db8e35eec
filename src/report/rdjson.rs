//! Findings in the Reviewdog Diagnostic Format.

use serde::Serialize;

use super::found::{Found, found};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::json_printable;

pub static RENDERER: Renderer = Renderer { name: "rdjson", form: Form::Json, needs_plan: false, render };

#[derive(Serialize)]
struct Review {
    source: Source,
    diagnostics: Vec<Twin>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Twin {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Start,
}

#[derive(Serialize)]
struct Start {
    line: usize,
    /// In bytes, as the format wants it.
    column: usize,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
}

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let diagnostics = found(answer).iter().map(twin).collect();
    let review = Review { source: Source { name: "migrate" }, diagnostics };
    let text = serde_json::to_string_pretty(&review).unwrap_or_default() + "\n";
    Ok(json_printable(&text).into_bytes())
}

fn twin(found: &Found) -> Twin {
    Twin {
        message: found.text(),
        location: Location {
            path: found.place().to_owned(),
            range: Range { start: Start { line: found.line, column: found.byte_column } },
        },
        severity: match found.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Code { value: found.code.id() },
    }
}
