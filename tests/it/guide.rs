//! The guides say what is so: every migration in them is run with its examples, and their tables are made from the code.

use std::path::{Path, PathBuf};

use settings_migrate::migration::Migration;
use settings_migrate::migration::declared::{ARGUMENTS, Declaration, VERBS};
use settings_migrate::plan::{self, ExampleStep};
use settings_migrate::tree::Memory;

/// Opens a block that is a whole migration.
const FENCE: &str = "```toml migration\n";

fn guide(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    (path, text)
}

fn told(step: &ExampleStep) -> String {
    match step {
        ExampleStep::Right => "right".to_owned(),
        ExampleStep::Skipped => "skipped".to_owned(),
        ExampleStep::Wrong { path, wanted, found } => format!("{path}:\n{wanted}\n--- but found\n{found}"),
        ExampleStep::Refused(diagnostics) => format!("refused: {diagnostics:#?}"),
        ExampleStep::NotRefused(code) => format!("not refused with {code}"),
    }
}

#[test]
fn every_migration_in_the_guides_is_read_and_its_examples_run() {
    for (name, least) in [("README.md", 1), ("docs/migrations.md", 12)] {
        let (_, text) = guide(name);
        let mut count = 0;
        for (at, _) in text.match_indices(FENCE) {
            let block = &text[at + FENCE.len()..];
            let block = &block[..block.find("```\n").expect("the end of the block")];
            let line = text[..at].lines().count() + 1;
            let declaration = Declaration::read("migrations/v0001_guide.toml", block)
                .unwrap_or_else(|fault| panic!("{name}:{line}: {fault:#?}"));
            let migration = Migration::unnamed(declaration);
            for case in &migration.declaration().expect("its declaration").cases {
                let case_name = &case.name.text;
                let example = plan::example(&migration, case, &Memory::default())
                    .unwrap_or_else(|fault| panic!("{name}:{line}: {case_name}: {fault:#?}"));
                for (leg, step) in [("up", &example.up), ("again", &example.again), ("down", &example.down)] {
                    let right = matches!(step, ExampleStep::Right | ExampleStep::Skipped);
                    assert!(right, "{name}:{line}: {case_name}, {leg}: {}", told(step));
                }
            }
            count += 1;
        }
        assert!(count >= least, "{name} has only {count} migrations");
    }
}

/// The tables of the guide are made from those that migrations are read by: `UPDATE_EXPECT=1` writes them.
#[test]
fn the_guide_lists_the_verbs_and_options_as_they_are() {
    let (path, mut text) = guide("docs/migrations.md");
    let known = text.clone();
    for (marker, table) in [("verbs", verbs()), ("options", options())] {
        let opening = format!("<!-- {marker} -->\n");
        let start = text.find(&opening).expect("the marker") + opening.len();
        let end = start + text[start..].find("<!-- end -->").expect("its end");
        text.replace_range(start..end, &table);
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).expect("docs/migrations.md");
    } else {
        assert!(known == text, "UPDATE_EXPECT=1 cargo test --test it guide writes it");
    }
}

fn verbs() -> String {
    let rows = VERBS.iter().map(|verb| {
        let of_settings = ["if_present", "optional", "expect", "unshare", "doc", "within", "arg", "site", "when"];
        let own = verb.takes().into_iter().filter(|name| verb.name == "replace" || !of_settings.contains(name));
        let own: Vec<String> = own.filter(|name| *name != "when").map(|name| format!("`{name}`")).collect();
        format!("| `{}` | {} | {} |\n", verb.name, verb.about, own.join(", "))
    });
    format!("\n| verb | | takes |\n| --- | --- | --- |\n{}\n", rows.collect::<String>())
}

fn options() -> String {
    let rows = ARGUMENTS.iter().map(|argument| {
        let kinds = match argument.kinds {
            kinds if kinds.len() > 2 => "any value".to_owned(),
            kinds => kinds.iter().map(|kind| word(kind)).collect::<Vec<_>>().join(" or "),
        };
        format!("| `{}` | {kinds} | {} |\n", argument.name, argument.about.replace('|', "\\|"))
    });
    format!("\n| option | takes | |\n| --- | --- | --- |\n{}\n", rows.collect::<String>())
}

/// A kind of JSON Schema as TOML calls it.
fn word(kind: &str) -> &str {
    match kind {
        "boolean" => "true or false",
        "string" => "text",
        "integer" => "number",
        "object" => "table",
        other => other,
    }
}

/// Every relative link of the guides leads to a file that is there.
#[test]
fn links_between_the_guides_lead_somewhere() {
    for name in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/migrations.md", "docs/errors.md"] {
        let (path, text) = guide(name);
        let folder = path.parent().expect("a folder");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or("");
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if target.contains("://") {
                continue;
            }
            let linked = if file.is_empty() { path.clone() } else { folder.join(file) };
            assert!(linked.exists(), "{name}: {target} is not there");
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&linked).expect("the linked file");
                let known = text.lines().filter(|line| line.starts_with('#')).any(|line| anchor_of(line) == anchor);
                assert!(known, "{name}: {target} has no such heading");
            }
        }
    }
}

/// The anchor that GitHub gives a heading.
fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
