//! Every way to edit a file after a migration, in every format, for every operation: `down` keeps the later edit and takes
//! its own back, or refuses. The file is a small model, so that what it should become is the same edit of the model.

mod languages;

use std::collections::BTreeMap;

use settings_migrate::format::{Change, Rank, Undone, by_name, undo_all};
use settings_migrate::value::{KeyPath, Value};

use self::languages::{LANGUAGES, Language};
use crate::formats::{run, traces};

/// A file of two blocks and, where the language has them, a list.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    head: Option<&'static str>,
    hosts: Vec<&'static str>,
    blocks: Vec<(&'static str, Vec<Entry>)>,
    wide: bool,
    quote: char,
    crlf: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    key: &'static str,
    value: &'static str,
    note: bool,
}

fn entry(key: &'static str, value: &'static str) -> Entry {
    Entry { key, value, note: false }
}

impl Model {
    fn new() -> Self {
        Self {
            head: None,
            hosts: vec!["h1", "h2"],
            blocks: vec![
                ("log", vec![entry("level", "e"), entry("file", "f")]),
                ("db", vec![entry("host", "a"), entry("port", "b"), entry("name", "c"), entry("pool", "d")]),
            ],
            wide: false,
            quote: '"',
            crlf: false,
        }
    }

    fn db(&mut self) -> &mut Vec<Entry> {
        &mut self.blocks.iter_mut().find(|(name, _)| *name == "db").expect("the block").1
    }

    fn place(&mut self, key: &str) -> Option<usize> {
        self.db().iter().position(|entry| entry.key == key)
    }

    fn render(&self, language: &Language) -> String {
        let mut text = String::new();
        if let (Some(head), Some(mark)) = (self.head, language.head) {
            text.push_str(&mark.replace('%', head));
        }
        text.push_str(language.start);
        if let Some(list) = &language.list {
            text.push_str(&list[0].replace("I", self.indent()));
            let last = self.hosts.len() - 1;
            for (at, host) in self.hosts.iter().enumerate() {
                let line = list[1].replace("I", self.indent()).replace('%', host);
                text.push_str(&if at == last { line.replace('~', "") } else { line.replace('~', ",") });
            }
            text.push_str(&list[2].replace("I", self.indent()));
        }
        let blocks = self.blocks.len() - 1;
        for (number, (name, entries)) in self.blocks.iter().enumerate() {
            text.push_str(&language.open.replace("I", self.indent()).replace('%', name));
            for (at, entry) in entries.iter().enumerate() {
                let key = if language.upper {
                    format!("{name}_{}", entry.key).to_uppercase()
                } else {
                    language.key.replace('B', name).replace('%', entry.key)
                };
                let note = if entry.note { language.note.unwrap_or("") } else { "" };
                let comma = if at + 1 < entries.len() { "," } else { "" };
                let line = language.line.replace('~', comma).replace('N', note).replace("I", self.indent());
                text.push_str(&line.replace('%', entry.value).replace('K', &key));
            }
            let comma = if number < blocks { "," } else { "" };
            let close = language.close.replace("I", self.indent()).replace('%', name);
            text.push_str(&close.replace('~', comma));
        }
        text.push_str(language.end);
        let text = if self.quote == '"' { text } else { text.replace('"', &self.quote.to_string()) };
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }

    /// The element of the list that a new one is put beside.
    fn beside(&self, operation: &str) -> usize {
        let name = if operation == "prepend" { "h1" } else { "h2" };
        self.hosts.iter().position(|host| *host == name).expect("an element")
    }

    fn indent(&self) -> &'static str {
        if self.wide { "    " } else { "  " }
    }
}

/// What a migration does: to the model, and as a change of the file.
const OPERATIONS: [&str; 10] =
    ["set new", "set existing", "remove", "rename", "append", "prepend", "copy", "move", "merge", "set the table"];

fn migrate(model: &Model, operation: &str) -> Model {
    let mut after = model.clone();
    let port = after.place("port").expect("the setting");
    match operation {
        "set new" => after.db().push(entry("extra", "new")),
        "set existing" => after.db()[port].value = "new",
        "remove" => drop(after.db().remove(port)),
        "rename" => after.db()[port].key = "gate",
        "prepend" => after.hosts.insert(0, "new"),
        "copy" => after.db().push(entry("extra", "b")),
        "move" => {
            after.db().remove(port);
            after.db().push(entry("extra", "b"));
        }
        "merge" => {
            after.db()[port].value = "new";
            after.db().extend([entry("extra", "new"), entry("more", "new")]);
        }
        // What is not named goes.
        "set the table" => {
            after.db()[port].value = "new";
            after.db().retain(|entry| entry.key != "pool");
            after.db().push(entry("extra", "new"));
        }
        _ => after.hosts.push("new"),
    }
    after
}

fn change(language: &Language, operation: &str) -> Option<Change> {
    let place = |key: &str| -> KeyPath {
        let text = if language.upper {
            format!("DB_{}", key.to_uppercase())
        } else {
            language.path.replace('B', "db").replace('%', key)
        };
        text.parse().expect("a path")
    };
    // The name is the whole key, which in a flat language holds the block.
    let name = || match language.name {
        "env" => "DB_GATE",
        "properties" => "db.gate",
        _ => "gate",
    };
    Some(match operation {
        "set new" => Change::Set { path: place("extra"), value: "new".into() },
        "set existing" => Change::Set { path: place("port"), value: "new".into() },
        "remove" => Change::Remove { path: place("port") },
        "rename" => Change::Rename { path: place("port"), name: name().to_owned() },
        "copy" => Change::Copy { path: place("port"), to: place("extra") },
        "move" => Change::Move { path: place("port"), to: place("extra") },
        "merge" | "set the table" => {
            // A flat language has no tables.
            (!language.upper && language.name != "properties").then_some(())?;
            let path = place("port").parent()?;
            let named = |names: &[(&str, &str)]| {
                names.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect::<Vec<_>>()
            };
            match operation {
                "merge" => {
                    Change::Merge { path, entries: named(&[("port", "new"), ("extra", "new"), ("more", "new")]) }
                }
                _ => Change::Set {
                    path,
                    value: Value::Map(named(&[("host", "a"), ("port", "new"), ("name", "c"), ("extra", "new")])),
                },
            }
        }
        _ => {
            language.list?;
            let container = language.hosts.parse().expect("a path");
            let rank = if operation == "prepend" { Rank::First } else { Rank::Last };
            Change::Insert { container, key: None, value: "new".into(), rank }
        }
    })
}

/// What people do afterwards.
const LATER: [&str; 14] = [
    "before",
    "after",
    "adjacent line",
    "comment on the same line",
    "comment on the line above",
    "block moved",
    "re-indented",
    "quote style changed",
    "CRLF flipped",
    "key reordered",
    "neighbour deleted",
    "neighbour added",
    "neighbour added below",
    "another element",
];

fn is_of_list(operation: &str) -> bool {
    matches!(operation, "append" | "prepend")
}

/// The model after such an edit; `None` where the language has no such thing.
fn edited(model: &Model, language: &Language, later: &str, operation: &str) -> Option<Model> {
    let mut model = model.clone();
    match later {
        "before" if language.head.is_some() => model.head = Some("ours"),
        "before" => model.blocks.insert(0, ("top", vec![entry("ours", "x")])),
        "after" => model.blocks.push(("end", vec![entry("ours", "x")])),
        "adjacent line" if is_of_list(operation) => {
            let beside = model.beside(operation);
            model.hosts[beside] = "theirs";
        }
        "adjacent line" => model.db()[0].value = "theirs",
        "comment on the same line" => {
            language.note?;
            let target = match operation {
                // It is said of the place that goes again, so it stays behind there.
                "set new" | "copy" | "move" => model.place("extra"),
                // What is not there has no line: it is the one of its neighbour.
                "remove" => model.place("host"),
                _ => model.place("port").or_else(|| model.place("gate")),
            };
            if let Some(target) = target {
                model.db()[target].note = true;
            }
        }
        "comment on the line above" => {
            language.note?;
            model.db()[0].note = true;
        }
        "block moved" => model.blocks.reverse(),
        "re-indented" => {
            let indented = [language.line, language.list.map_or("", |list| list[1])];
            indented.iter().any(|line| line.starts_with('I')).then_some(())?;
            model.wide = true;
        }
        "quote style changed" => {
            language.quotes.then_some(())?;
            model.quote = '\'';
        }
        "CRLF flipped" => model.crlf = true,
        "key reordered" if is_of_list(operation) => {
            let first = model.hosts.iter().position(|host| *host == "h1").expect("an element");
            model.hosts.swap(first, first + 1);
        }
        "key reordered" => {
            let first = model.db().remove(0);
            model.db().insert(1, first);
        }
        "neighbour deleted" if is_of_list(operation) => {
            let beside = model.beside(operation);
            model.hosts.remove(beside);
        }
        "neighbour deleted" => drop(model.db().remove(0)),
        "neighbour added" if operation == "append" => model.hosts.insert(2, "theirs"),
        "neighbour added" if operation == "prepend" => {
            let beside = model.beside(operation);
            model.hosts.insert(beside, "theirs");
        }
        "neighbour added" => model.db().insert(1, entry("user", "x")),
        "neighbour added below" if is_of_list(operation) => model.hosts.push("theirs"),
        "neighbour added below" => model.db().push(entry("user", "x")),
        _ => {
            language.list?;
            model.hosts.insert(0, "theirs");
        }
    }
    Some(model)
}

/// How one combination ended.
enum End {
    Done,
    /// The setting is back, written as it was before people changed the style of the file.
    OldStyle,
    Refused,
    Wrong(String),
}

fn try_one(language: &Language, operation: &str, later: &str) -> Option<End> {
    let before = Model::new();
    let format = by_name(language.name).expect("a format");
    let change = change(language, operation)?;
    let text = before.render(language);
    let (after, steps) = run(format, &text, &[change]).unwrap_or_else(|why| panic!("{}: {why}\n{text}", language.name));
    let migrated = migrate(&before, operation);
    assert_eq!(after, migrated.render(language), "{}: {operation}", language.name);
    let wanted = edited(&before, language, later, operation)?.render(language);
    let input = edited(&migrated, language, later, operation)?.render(language);
    let (found, outcomes) = match undo_all(format, &input, &traces(&steps)) {
        Ok(undone) => undone,
        Err(fault) => panic!("{}: {later}: {}\n{input}", language.name, fault.message),
    };
    if outcomes.iter().any(|outcome| matches!(outcome, Undone::Conflict { .. } | Undone::Kept(_))) {
        return Some(End::Refused);
    }
    let wrong = || format!("--- later ---\n{input}--- wanted ---\n{wanted}--- found ---\n{found}{outcomes:?}\n");
    let is_moved = is_elsewhere(later) && sorted(&found) == sorted(&wanted);
    let is_done = found == wanted || is_moved || is_but_the_note(&found, &wanted, language);
    Some(if is_done {
        End::Done
    } else if is_in_old_style(&found, &wanted, &text) {
        End::OldStyle
    } else {
        End::Wrong(wrong())
    })
}

/// Whether all is as it should be, but that the line which came back looks as it did before the migration: in the old
/// quotes, with the old indentation.
fn is_in_old_style(found: &str, wanted: &str, before: &str) -> bool {
    let differ = || found.lines().zip(wanted.lines()).filter(|(one, other)| one != other);
    let plain = |line: &str| line.trim().replace('\'', "\"");
    let same = |(one, other): (&str, &str)| plain(one) == plain(other) && before.contains(one);
    found.lines().count() == wanted.lines().count() && differ().count() == 1 && differ().all(same)
}

/// Whether the comment behind a setting that is gone stays, on its line.
fn is_but_the_note(found: &str, wanted: &str, language: &Language) -> bool {
    let Some(note) = language.note else { return false };
    let lines: Vec<&str> = found.lines().filter(|line| line.trim() != note.trim()).collect();
    lines == wanted.lines().collect::<Vec<_>>() && found.matches(note.trim()).count() == 1
}

/// Where the neighbours stand otherwise, what comes back may stand behind another one of them.
fn is_elsewhere(later: &str) -> bool {
    matches!(later, "key reordered" | "neighbour deleted" | "neighbour added" | "neighbour added below")
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
    lines.sort();
    lines
}

#[test]
fn no_later_edit_is_lost() {
    let mut ends: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for language in &LANGUAGES {
        for (operation, later) in OPERATIONS.iter().flat_map(|one| LATER.iter().map(move |later| (one, later))) {
            let name = format!("{}, {operation}, {later}", language.name);
            let (end, name) = match try_one(language, operation, later) {
                None => continue,
                Some(End::Done) => ("done", name),
                Some(End::OldStyle) => ("done in the old style", name),
                Some(End::Refused) => ("refused", name),
                Some(End::Wrong(why)) => ("wrong", format!("{name}\n{why}")),
            };
            ends.entry(end).or_default().push(name);
        }
    }
    let count = |end: &str| ends.get(end).map_or(0, Vec::len);
    let all: usize = ends.values().map(Vec::len).sum();
    let done = count("done") + count("done in the old style");
    println!("later edits: {all}, done {done}, of them in the old style {}", count("done in the old style"));
    for (end, names) in ends.iter().filter(|(end, _)| **end != "done") {
        println!("{end}:\n  {}", names.join("\n  "));
    }
    assert_eq!(count("wrong"), 0, "{:#?}", ends["wrong"]);
    assert!(all >= 1_000 && done * 100 >= all * 95, "{done} of {all} done");
}
