//! Findings in the Reviewdog Diagnostic Format.

use serde::Serialize;

use super::fix::Replacement;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<[Suggestion; 1]>,
}

/// Its range is that of the diagnostic: reviewdog offers no other.
#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

/// Without columns, all of the lines. The end is behind the last character.
#[derive(Clone, Copy, Serialize)]
struct Range {
    start: Start,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Start>,
}

#[derive(Clone, Copy, Serialize)]
struct Start {
    line: usize,
    /// In bytes, as the format wants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
}

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let diagnostics = found(answer).iter().flat_map(twins).collect();
    let review = Review { source: Source { name: "migrate" }, diagnostics };
    let text = serde_json::to_string_pretty(&review).unwrap_or_default() + "\n";
    Ok(json_printable(&text).into_bytes())
}

/// One for each replacement that mends `found`, else one.
fn twins(found: &Found) -> Vec<Twin> {
    if found.fix.is_empty() {
        let at = |column| Start { line: found.line, column: Some(column) };
        let range = Range { start: at(found.byte_column), end: found.byte_end_column.map(at) };
        return vec![twin(found, range, None)];
    }
    let mended = |fix: &Replacement| {
        let line = |line: usize| Start { line, column: None };
        let range = Range { start: line(fix.whole.start + 1), end: Some(line(fix.whole.end)) };
        twin(found, range, Some([Suggestion { range, text: fix.whole_text.clone() }]))
    };
    found.fix.iter().map(mended).collect()
}

fn twin(found: &Found, range: Range, suggestions: Option<[Suggestion; 1]>) -> Twin {
    Twin {
        message: found.text(),
        location: Location { path: found.place().to_owned(), range },
        severity: match found.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Code { value: found.id() },
        suggestions,
    }
}
