//! Inputs on which editors break, when the corpus lies beside the project; skipped where it does not.

use std::path::{Path, PathBuf};

use settings_migrate::format::{Change, Rank, by_name, detect, edit};
use settings_migrate::text::Text;
use settings_migrate::value::{Key, KeyPath};

use crate::formats::from_json;

#[test]
fn hard_inputs_are_edited_to_the_byte_or_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/hard");
    if !root.is_dir() {
        println!("skipped: the corpus of hard inputs is not beside the project");
        return;
    }
    let mut failures = Vec::new();
    let mut seen = 0;
    for name in ["env", "ini", "yaml", "toml", "python", "js", "json", "properties", "hcl", "xml"] {
        let format = if name == "js" { "javascript" } else { name };
        if by_name(format).is_none() {
            continue;
        }
        let mut cases: Vec<PathBuf> =
            std::fs::read_dir(root.join(name)).expect("cases").map(|case| case.expect("a case").path()).collect();
        cases.sort();
        for case in cases {
            seen += 1;
            if let Err(why) = check(&case) {
                failures.push(format!("{name}/{}: {why}", case.file_name().expect("a name").to_string_lossy()));
            }
        }
    }
    assert!(seen > 30, "only {seen} cases were found");
    assert!(failures.is_empty(), "{} of {seen}:\n{}", failures.len(), failures.join("\n"));
}

fn check(case: &Path) -> Result<(), String> {
    let input = file(case, "in.").ok_or("no input")?;
    let format =
        detect(&input.file_name().expect("a name").to_string_lossy().replace("in.env", ".env")).ok_or("no format")?;
    let bytes = std::fs::read(&input).expect("the input");
    let refused = case.join("refuse.txt").exists();
    let text = match Text::decode(&bytes, format.charset(&bytes)) {
        Ok(text) => text,
        Err(_) if refused => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let op: serde_json::Value =
        serde_json::from_slice(&std::fs::read(case.join("op.json")).expect("op.json")).expect("JSON");
    match (edit(format, &text.content, &change(&op)), refused) {
        (Err(_), true) => Ok(()),
        (Err(refusal), false) => Err(format!("refused: {}", refusal.message)),
        (Ok(outcome), true) => Err(format!("should refuse, gave\n{}", outcome.text)),
        (Ok(outcome), false) => {
            let expected = std::fs::read(file(case, "out.").ok_or("no output")?).expect("the output");
            let found = text.encode(&outcome.text).map_err(|error| error.to_string())?;
            if found == expected { Ok(()) } else { Err(format!("gave\n{}", String::from_utf8_lossy(&found))) }
        }
    }
}

fn change(op: &serde_json::Value) -> Change {
    let anchor = op.get("anchor").and_then(|anchor| anchor.as_str()).map(Key::from);
    let document = op.get("doc").and_then(serde_json::Value::as_i64).map(|index| Key::Index(index as isize));
    let keys = op["path"].as_array().expect("a path").iter().map(|key| match key.as_i64() {
        Some(index) => Key::Index(index as isize),
        None => Key::from(key.as_str().expect("a key")),
    });
    let path = KeyPath { keys: anchor.into_iter().chain(document).chain(keys).collect() };
    let value = || from_json(&op["value"]);
    match op["op"].as_str().expect("an op") {
        "set" => Change::Set { path, value: value() },
        "remove" => Change::Remove { path },
        "rename" => Change::Rename { path, name: op["to"].as_str().expect("a name").to_owned() },
        "append" => Change::Insert { container: path, key: None, value: value(), rank: Rank::Last },
        other => panic!("unknown op {other}"),
    }
}

fn file(case: &Path, prefix: &str) -> Option<PathBuf> {
    std::fs::read_dir(case)
        .expect("a case")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
}
