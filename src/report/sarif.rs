//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fix::Replacement;
use super::found::{Found, found, severity};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Code, Diagnostic};
use crate::text::json_printable;

pub static RENDERER: Renderer = Renderer { name: "sarif", form: Form::Json, needs_plan: false, render };

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// GitHub takes no more.
const MOST: usize = 25_000;

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    artifact_changes: [Change; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: Artifact,
    replacements: Vec<Instead>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Instead {
    deleted_region: Region,
    inserted_content: Text,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "migrate/v1")]
    own: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let mut found = found(answer);
    found.sort_by_key(|found| std::cmp::Reverse(found.severity));
    found.truncate(MOST);
    let mut codes: BTreeMap<Option<Code>, usize> = found.iter().map(|found| (found.code, 0)).collect();
    codes.values_mut().enumerate().for_each(|(index, place)| *place = index);
    let rules = codes.keys().map(|code| rule(*code)).collect();
    let results = found.iter().map(|found| finding(found, codes.get(&found.code).copied().unwrap_or(0))).collect();
    let driver = Driver { name: "migrate", version: env!("CARGO_PKG_VERSION"), rules };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    let text = serde_json::to_string_pretty(&log).unwrap_or_default() + "\n";
    Ok(json_printable(&text).into_bytes())
}

fn rule(code: Option<Code>) -> Rule {
    let Some(code) = code else {
        let text = || Text { text: "a file that the run changed".to_owned() };
        return Rule { id: "written", short_description: text(), full_description: text(), help: text() };
    };
    let explained = code.explanation();
    Rule {
        id: code.id(),
        short_description: Text { text: explained.title.to_owned() },
        full_description: Text { text: explained.cause.to_owned() },
        help: Text { text: format!("{}\n{}", explained.cause, explained.mend.join("\n")) },
    }
}

fn finding(found: &Found, rule_index: usize) -> Finding {
    let location = found.path.as_ref().map(|path| Location {
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(path) },
            region: Region {
                start_line: found.line,
                start_column: found.column,
                end_line: None,
                end_column: found.end_column,
            },
        },
    });
    Finding {
        rule_id: found.id(),
        rule_index,
        level: severity(found.severity),
        message: Text { text: found.text() },
        locations: location.into_iter().collect(),
        partial_fingerprints: Fingerprints { own: found.fingerprint() },
        fixes: fix(found).into_iter().collect(),
    }
}

/// All replacements of a file as one fix.
fn fix(found: &Found) -> Option<Fix> {
    let path = found.path.as_ref().filter(|_| !found.fix.is_empty())?;
    let instead = |fix: &Replacement| Instead {
        deleted_region: Region {
            start_line: fix.old.start + 1,
            start_column: 1,
            end_line: Some(fix.old.end + 1),
            end_column: Some(1),
        },
        inserted_content: Text { text: fix.text.clone() },
    };
    let replacements = found.fix.iter().map(instead).collect();
    Some(Fix { artifact_changes: [Change { artifact_location: Artifact { uri: uri(path) }, replacements }] })
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
