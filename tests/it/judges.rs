//! Other programs judge the edits of `fixtures/formats`: what they read before, with the change, is what they read after.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use settings_migrate::format::{Change, Format};
use settings_migrate::value::KeyPath;

use crate::formats::{Entry, entries, from_json};

/// What a judge reads otherwise than we do, with the reason. One that agrees by now fails the test.
const KNOWN: [(&str, &str, &str); 9] = [
    ("yaml pyyaml", "an anchored value is changed for all who use it", ALIAS),
    ("yaml ruamel", "an anchored value is changed for all who use it", ALIAS),
    ("yaml yaml", "an anchored value is changed for all who use it", ALIAS),
    ("yaml pyyaml", "an anchor and a tag stay before the new value", ALIAS),
    ("yaml ruamel", "an anchor and a tag stay before the new value", ALIAS),
    ("yaml yaml", "an anchor and a tag stay before the new value", ALIAS),
    (
        "toml toml",
        "a key that inherits from the workspace is removed whole",
        "a table that only its keys imply goes with them",
    ),
    ("ini ini", "keys and sections are found in any letter case", "configparser tells sections of other case apart"),
    ("ini ini", "quotes around a value stay", "quotes are part of the text for configparser, and not for php and git"),
];
const ALIAS: &str = "it shows an alias as a value of its own";

/// The fewest entries a judge has to judge where everything is installed.
const ALL: [(&str, usize); 11] = [
    ("toml toml", 20),
    ("yaml pyyaml", 20),
    ("yaml ruamel", 20),
    ("yaml yaml", 20),
    ("json loads", 5),
    ("json JSON.parse", 5),
    ("ini ini", 5),
    ("env dotenv", 8),
    ("env node --env-file", 8),
    ("properties properties", 4),
    ("xml xml", 8),
];

#[test]
fn other_readers_find_the_planned_values() {
    let entries: Vec<Entry> = entries().into_iter().filter(|entry| entry.after.is_ok() && is_data(entry)).collect();
    let texts: Vec<(&str, &str)> = entries
        .iter()
        .flat_map(|entry| {
            let name = entry.format.name();
            [(name, entry.before.as_str()), (name, entry.after.as_deref().unwrap_or(""))]
        })
        .collect();
    let answers = answers(&texts);
    let mut judged: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differing = Vec::new();
    for (entry, pair) in entries.iter().zip(answers.chunks_exact(2)) {
        for (judge, before) in &pair[0] {
            let Some(after) = pair[1].get(judge) else {
                differing.push(format!("{judge} | {}: it can not read the edited text", entry.name));
                continue;
            };
            let expected =
                entry.changes.iter().fold(from_json(before), |value, change| held(entry.format, change).apply(&value));
            let known = KNOWN.iter().any(|(by, name, _)| by == judge && *name == entry.name);
            if expected.means(&from_json(after)) == known {
                differing.push(format!("{judge} | {}: expected {expected}, and it reads {after}", entry.name));
            }
            *judged.entry(judge).or_default() += 1;
        }
    }
    println!("judged: {judged:?}");
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
    if std::env::var("MIGRATE_E2E").is_ok_and(|value| value == "require") {
        for (judge, fewest) in ALL {
            let count = judged.get(judge).copied().unwrap_or(0);
            assert!(count >= fewest, "{judge} judged {count} entries, and should judge {fewest}");
        }
    }
}

/// Changes that name a plain value; the others are not values to a reader that knows nothing of lines.
fn is_data(entry: &Entry) -> bool {
    !entry.changes.iter().any(|change| matches!(change, Change::Import { .. } | Change::Statement { .. }))
}

fn held(format: &dyn Format, change: &Change) -> Change {
    let mut change = change.clone();
    match &mut change {
        Change::Set { value, .. } | Change::Insert { value, .. } => *value = format.held(value),
        Change::Merge { entries, .. } => entries.iter_mut().for_each(|(_, value)| *value = format.held(value)),
        _ => {}
    }
    if let Change::Set { path, .. } | Change::Remove { path } = &mut change
        && format.is_flat()
    {
        // A reader of flat keys knows them whole.
        *path = KeyPath::new([path.to_string()]);
    }
    change
}

/// Per text what each judge reads. A judge that is not installed has no say.
fn answers(texts: &[(&str, &str)]) -> Vec<BTreeMap<String, Json>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = std::env::var_os("MIGRATE_E2E_HOME").map_or_else(|| root.join("target/e2e"), PathBuf::from);
    let python = Some(home.join("venv/bin/python")).filter(|python| python.exists());
    let programs = [
        (python.unwrap_or_else(|| "python3".into()), vec![root.join("tests/judges/judge.py")]),
        ("node".into(), vec![root.join("tests/judges/judge.mjs"), home]),
    ];
    let mut answers = vec![BTreeMap::new(); texts.len()];
    for (program, arguments) in programs {
        let spawned = Command::new(&program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = spawned else {
            println!("skipped: {} is not installed", program.display());
            continue;
        };
        let asked = serde_json::to_vec(texts).expect("JSON");
        child.stdin.take().expect("its input").write_all(&asked).expect("written");
        let output = child.wait_with_output().expect("its answer");
        let found: Vec<BTreeMap<String, Json>> = serde_json::from_slice(&output.stdout).expect("a list of answers");
        for (all, own) in answers.iter_mut().zip(found) {
            all.extend(own);
        }
    }
    answers
}
