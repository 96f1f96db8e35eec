//! Other programs judge every edit: what they read before, with the change, is what they read after.
//!
//! Of `fixtures/formats`, with LF and CRLF, and of real files. `.ci/run` installs the judges; one that is missing says so,
//! and is a failure with `MIGRATE_E2E=require`.

mod expected;
mod generated;
mod programs;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use settings_migrate::format::Change;
use settings_migrate::value::{Key, KeyPath, Value};

use crate::formats::entries;
use expected::Dialect;

/// A judge: its name, the format it reads, and the fewest edits it has to judge.
const JUDGES: [(&str, &str, usize); 24] = [
    ("tomllib", "toml", 40),
    ("PyYAML", "yaml", 60),
    ("ruamel.yaml", "yaml", 60),
    ("yaml", "yaml", 60),
    ("json of Python", "json", 20),
    ("JSON.parse", "json", 20),
    ("jsonc-parser", "jsonc", 10),
    ("tsconfig", "jsonc", 10),
    ("json5", "json5", 4),
    ("python-dotenv", "env", 30),
    ("dotenv", "env", 30),
    ("node --env-file", "env", 30),
    ("configparser", "ini", 30),
    ("git config", "ini", 10),
    ("javaproperties", "properties", 10),
    ("java.util.Properties", "properties", 10),
    ("expat", "xml", 20),
    ("lxml", "xml", 20),
    ("python-hcl2", "hcl", 20),
    ("exec of Python", "python", 40),
    ("ast of Python", "python", 20),
    ("typescript", "javascript", 40),
    ("V8", "javascript", 20),
    ("str.splitlines", "lines", 2),
];

/// Judged where it is there, never asked for: no package brings it.
const OPTIONAL: [&str; 1] = ["java.util.Properties"];

/// What a judge reads otherwise than we do, on purpose.
struct Known {
    judge: &'static str,
    reason: &'static str,
    /// Whether this is it: the case, what was expected, what was read.
    is: fn(&Case, &Json, &Json) -> bool,
}

/// An entry that explains no difference fails the test.
const KNOWN: [Known; 12] = [
    known("PyYAML", ALIAS, |case, _, _| case.before.contains(": *")),
    known("ruamel.yaml", ALIAS, |case, _, _| case.before.contains(": *")),
    known("yaml", ALIAS, |case, _, _| case.before.contains(": *")),
    known("PyYAML", "a file without keys has no document", is_empty),
    known("ruamel.yaml", "a file without keys has no document", is_empty),
    known("yaml", "a file without keys has no document", is_empty),
    known("tomllib", "a table that only its keys imply goes with the last of them", without_empty),
    known("git config", "a section without keys is not listed", without_empty),
    known("configparser", "quotes are part of a text, other than to git and php", |_, expected, after| {
        let bare = |value: &Json| value.to_string().replace("\\\"", "");
        bare(expected) == bare(after)
    }),
    known("python-dotenv", "a reference is looked up, in all quotes", |case, _, _| case.name.contains("${a}")),
    known("python-hcl2", "blocks are gone with the last of their name", without_empty),
    known("python-hcl2", "what is expected does not say which new maps are blocks", |_, expected, after| {
        without_single_sites(expected) == without_single_sites(after)
    }),
];
const ALIAS: &str = "an alias is shown as a value of its own, and means what its anchor does";

const fn known(judge: &'static str, reason: &'static str, is: fn(&Case, &Json, &Json) -> bool) -> Known {
    Known { judge, reason, is }
}

fn is_empty(_: &Case, expected: &Json, after: &Json) -> bool {
    *expected == json!({}) && *after == json!([])
}

/// Every block without another one of its name as the map it holds.
fn without_single_sites(value: &Json) -> Json {
    match value {
        Json::Object(entries) => match entries.get("$sites").and_then(Json::as_array).map(Vec::as_slice) {
            Some([only]) => without_single_sites(only),
            _ => entries.iter().map(|(key, value)| (key.clone(), without_single_sites(value))).collect(),
        },
        Json::Array(items) => items.iter().map(without_single_sites).collect(),
        other => other.clone(),
    }
}

/// Whether nothing but empty maps differs, once something was removed.
fn without_empty(case: &Case, expected: &Json, after: &Json) -> bool {
    fn pruned(value: &Json) -> Json {
        match value {
            Json::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), pruned(value)));
                entries.filter(|(_, value)| *value != json!({}) && *value != json!([])).collect()
            }
            Json::Array(items) => items.iter().map(pruned).collect(),
            other => other.clone(),
        }
    }
    matches!(case.changes[..], [Change::Remove { .. }]) && pruned(expected) == pruned(after)
}

/// One edit.
pub struct Case {
    name: String,
    format: &'static str,
    before: String,
    changes: Vec<Change>,
    after: String,
}

#[test]
fn other_readers_find_the_planned_values() {
    let cases: Vec<Case> = [of_tables(), generated::cases(), values::cases()].into_iter().flatten().collect();
    let mut questions = BTreeSet::new();
    for case in &cases {
        for judge in judges_of(case.format) {
            questions.insert((judge, case.before.clone()));
            questions.insert((judge, case.after.clone()));
            questions.extend(codes(case).map(|code| (judge, snippet(case.format, code))));
        }
    }
    let answers = programs::ask(&questions);

    let mut tally: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut differing = Vec::new();
    let mut used = BTreeSet::new();
    for case in &cases {
        for judge in judges_of(case.format) {
            let Some(before) = answers.get(judge, &case.before) else { continue };
            let tally = tally.entry(judge).or_default();
            let (Ok(before), true) = (before, can_hold(judge, case)) else {
                tally.rejected += 1;
                continue;
            };
            tally.judged += 1;
            match judged(case, judge, before, &answers) {
                Ok(None) => {}
                Ok(Some(known)) => {
                    used.insert(known);
                    tally.known += 1;
                }
                Err(why) => differing.push(format!("{judge} | {} {}: {why}", case.format, case.name)),
            }
        }
    }

    for (judge, format, _) in JUDGES {
        match tally.get(judge) {
            Some(Tally { judged, known, rejected }) => {
                println!(
                    "{format:10} {judge:20} judged {judged:5}, known to differ {known:3}, not its dialect {rejected:4}"
                );
            }
            None => println!("{format:10} {judge:20} skipped: not installed"),
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
    for (judge, format, fewest) in JUDGES {
        let judged = tally.get(judge).map_or(0, |tally| tally.judged);
        let is_here = answers.installed.contains(judge);
        assert!(is_here || !required() || OPTIONAL.contains(&judge), "{judge} is not installed; `.ci/run` installs it");
        assert!(!is_here || judged >= fewest, "{judge} judged {judged} edits of {format}, and should judge {fewest}");
    }
    for (index, Known { judge, reason, .. }) in KNOWN.iter().enumerate() {
        let is_here = answers.installed.contains(*judge);
        assert!(!is_here || used.contains(&index), "{judge}: `{reason}` explains no difference any more");
    }
}

/// What one judge did.
#[derive(Default)]
struct Tally {
    judged: usize,
    known: usize,
    /// It does not read the text before the edit, or has no such names.
    rejected: usize,
}

fn required() -> bool {
    std::env::var("MIGRATE_E2E").is_ok_and(|value| value == "require")
}

fn judges_of(format: &str) -> impl Iterator<Item = &'static str> {
    JUDGES.iter().filter(move |(_, own, _)| *own == format).map(|(judge, ..)| *judge)
}

/// Whether the dialect of `judge` has the names that a case writes: those of git are letters, digits and `-`.
fn can_hold(judge: &str, case: &Case) -> bool {
    let fits = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            // It shows them in small letters.
            && !name.contains(|c: char| c.is_ascii_uppercase())
    };
    let names = |change: &Change| match change {
        Change::Rename { name, .. } | Change::Insert { key: Some(name), .. } => vec![name.clone()],
        Change::Merge { entries, .. } => entries.iter().map(|(name, _)| name.clone()).collect(),
        Change::Set { path, .. } => path.keys.iter().filter_map(Key::name).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    // It shows the first argument of a call only.
    let is_argument = |key: &Key| key.name().is_some_and(|name| name.starts_with("argument "));
    let mut paths = case.changes.iter().flat_map(Change::paths);
    if judge == "typescript" && paths.any(|path| path.keys.iter().any(is_argument)) {
        return false;
    }
    // What a module is once it has run does not show what its calls were given.
    let is_call = |path: &KeyPath| path.keys.first().and_then(Key::name).is_some_and(|name| name.ends_with("()"));
    let in_calls = case.format == "python" && case.changes.iter().flat_map(Change::paths).any(|path| is_call(&path));
    if matches!(judge, "exec of Python" | "ast of Python") && in_calls != (judge == "ast of Python") {
        return false;
    }
    judge != "git config" || case.changes.iter().flat_map(names).all(|name| fits(&name))
}

/// Whether `judge` reads after the edit what it has to, or differs as is known: then by which entry of `KNOWN`.
fn judged(
    case: &Case,
    judge: &'static str,
    before: &Json,
    answers: &programs::Answers,
) -> Result<Option<usize>, String> {
    let read = |text: &str| answers.get(judge, text).cloned().unwrap_or_else(|| Err("not asked".to_owned()));
    let after = read(&case.after).map_err(|why| format!("does not read the edited text: {why}\n{}", case.after))?;
    if judge == "V8" {
        return Ok(None);
    }
    let codes =
        codes(case).map(|code| Ok((code.to_owned(), code_of(case.format, code, &read(&snippet(case.format, code))?))));
    let dialect = Dialect::of(case.format, codes.collect::<Result<_, String>>()?);
    if let (Some(before), Some(after)) = (before["$runs"].as_array(), after["$runs"].as_array()) {
        return runs(case, &dialect, before, after).map(|()| None);
    }
    let expected = dialect.after(before, &case.changes)?;
    if expected == after {
        return Ok(None);
    }
    let known = KNOWN.iter().position(|known| known.judge == judge && (known.is)(case, &expected, &after));
    known.map(Some).ok_or_else(|| format!("\n  expected {expected}\n  and reads {after}"))
}

/// A module runs with each of its branches; a change has to show where its place is run, and nowhere else.
fn runs(case: &Case, dialect: &Dialect, before: &[Json], after: &[Json]) -> Result<(), String> {
    let mut shown = 0;
    for (before, after) in before.iter().zip(after) {
        match dialect.after(before, &case.changes) {
            Ok(expected) if expected == *after => shown += 1,
            _ if before == after => {}
            Ok(expected) => return Err(format!("\n  expected {expected}\n  and reads {after}")),
            Err(why) => return Err(why),
        }
    }
    if shown > 0 { Ok(()) } else { Err("it shows in no branch".to_owned()) }
}

/// The entries of the tables, in both kinds of line end.
fn of_tables() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in entries() {
        let Ok(after) = &entry.after else { continue };
        for crlf in [false, true] {
            let text = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
            cases.push(Case {
                name: format!("{}{}", entry.name, if crlf { " (CRLF)" } else { "" }),
                format: entry.format.name(),
                before: text(&entry.before),
                changes: entry.changes.clone(),
                after: text(after),
            });
        }
    }
    cases
}

/// The expressions that a case asks for.
fn codes(case: &Case) -> impl Iterator<Item = &str> {
    case.changes.iter().filter_map(|change| match change {
        Change::Set { value: Value::Code(code), .. } => Some(code.as_str()),
        _ => None,
    })
}

/// A property of JavaScript that says its own name.
fn is_getter(code: &str) -> bool {
    code.strip_prefix("get ")
        .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_alphanumeric()).starts_with("()"))
}

/// A text that holds nothing but an expression.
fn snippet(format: &str, code: &str) -> String {
    match format {
        "javascript" if is_getter(code) => format!("const x = {{ {code} }};\n"),
        "javascript" => format!("const x = {code};\n"),
        _ => format!("x = {code}\n"),
    }
}

fn code_of(format: &str, code: &str, snippet: &Json) -> Json {
    match format {
        "javascript" if is_getter(code) => {
            let object = snippet["const x"]["$sites"][0].as_object();
            object.and_then(|object| object.values().next()).cloned().unwrap_or_default()
        }
        "javascript" => snippet["const x"]["$sites"][0].clone(),
        "python" => snippet["$runs"][0]["x"].clone(),
        _ => snippet["x"].clone(),
    }
}
