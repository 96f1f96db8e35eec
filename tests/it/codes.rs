//! Every code is raised by a real run, and what it prints is the example that `migrate explain` shows.
//!
//! `UPDATE_EXPECT=1 cargo test --test it codes` writes `src/diagnostic/examples.txt`, and after a build with those
//! `docs/errors.md`: run it twice.

mod samples;

use std::path::Path;

use settings_migrate::diagnostic::{Code, Diagnostic};
use settings_migrate::report;

use crate::command::Folder;

/// How a code comes to be printed.
pub enum Sample {
    /// By the program: what it printed.
    Printed(String),
    /// By the library, where a run of the program can not be made to do it at will.
    Told(Diagnostic),
    /// Never, as far as anybody knows: why, and how it would read.
    Unreachable { why: &'static str, told: Diagnostic },
}

/// The message of `code` in what a run printed.
fn message(code: Code, sample: &Sample) -> Result<String, String> {
    let printed = match sample {
        Sample::Printed(printed) => printed.clone(),
        Sample::Told(told) | Sample::Unreachable { told, .. } => {
            assert_eq!(told.code, code, "{told:?}");
            let coloured =
                report::diagnostics(std::slice::from_ref(told), report::Style { unicode: true, columns: None });
            anstream::adapter::strip_str(&coloured).to_string()
        }
    };
    let named = format!("[{}]", code.id());
    let found =
        printed.split("\n\n").map(str::trim).find(|part| part.lines().next().is_some_and(|line| line.contains(&named)));
    found.map(str::to_owned).ok_or_else(|| format!("{} was not raised:\n{printed}", code.id()))
}

#[test]
fn every_code_is_raised_and_its_example_is_what_that_prints() {
    let mut text = String::from("What a real run prints for each code: made by `tests/it/codes.rs`, do not edit.\n");
    let mut unreachable = Vec::new();
    let mut failures = Vec::new();
    for code in Code::ALL {
        let sample = samples::sample(*code);
        if let Sample::Unreachable { why, .. } = sample {
            unreachable.push(format!("{}: {why}", code.id()));
        }
        match message(*code, &sample) {
            Ok(message) => text.push_str(&format!("\n## {}\n{message}\n", code.id())),
            Err(why) => failures.push(why),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(unreachable.len(), 1, "only faults of the tool itself can not be raised: {unreachable:#?}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnostic/examples.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &text).expect("the examples");
    }
    let known = std::fs::read_to_string(&file).expect("the examples");
    let diff = similar::TextDiff::from_lines(known.as_str(), &text).unified_diff().to_string();
    assert!(known == text, "UPDATE_EXPECT=1 cargo test --test it codes writes it:\n{diff}");
}

#[test]
fn the_page_of_errors_is_made_from_the_codes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let page = report::errors_page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &page).expect("docs/errors.md");
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(known == page, "UPDATE_EXPECT=1 cargo test --test it codes writes it");
}

#[test]
fn codes_are_in_order_and_say_what_is_to_be_done() {
    let ids: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
    for code in Code::ALL {
        let explained = code.explanation();
        let id = code.id();
        assert!(!explained.title.ends_with('.') && explained.title.len() <= 80, "{id}: {}", explained.title);
        assert!(explained.cause.ends_with('.') && !explained.cause.contains("  "), "{id}: {}", explained.cause);
        assert!(!explained.mend.is_empty(), "{id} has no mend");
        assert!(code.example().contains(&format!("[{id}]")), "{id} has no example");
        assert_eq!(Code::named(&id.to_lowercase()), Some(*code));
    }
}

#[test]
fn a_code_is_explained_without_a_repository() {
    let folder = Folder::new();
    let answer = folder.migrate(&["explain", "m0301"]).expect(0);
    for word in ["M0301: ", "error[M0301]", "As it prints", "create = true"] {
        assert!(answer.stdout.contains(word), "`{word}` is not in\n{}", answer.stdout);
    }
    let list = folder.migrate(&["explain"]).expect(0).stdout;
    assert_eq!(list.lines().count(), Code::ALL.len());
    let json = folder.migrate(&["explain", "M0301", "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["command"], &json["result"]["code"]), (&"explain".into(), &"M0301".into()));
    let json = folder.migrate(&["explain", "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["result"]["codes"].as_array().map(Vec::len), Some(Code::ALL.len()));
}

#[test]
fn an_unknown_code_is_answered_with_the_nearest_and_the_list() {
    let folder = Folder::new();
    let answer = folder.migrate(&["explain", "m0302"]).expect(2);
    for word in ["M0110", "did you mean `M0301`", "M0607  "] {
        assert!(answer.stderr.contains(word), "`{word}` is not in\n{}", answer.stderr);
    }
    let answer = folder.migrate(&["explain", "sslmode"]).expect(2);
    assert!(answer.stderr.contains("migrate explain"), "{}", answer.stderr);
    let json = folder.migrate(&["explain", "M9999", "--format", "json"]).expect(2).stdout;
    assert!(serde_json::from_str::<serde_json::Value>(&json).expect("JSON")["diagnostics"][0]["code"] == "M0110");
}
