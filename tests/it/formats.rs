//! Every entry of `fixtures/formats/*.md` is run against all laws of an edit, in every kind of line end.

use std::path::Path;

use settings_migrate::format::{Change, Format, Outcome, Rank, Trace, Undone, by_name, edit, undo_all};
use settings_migrate::history::{Edit, Record};
use settings_migrate::path::RepoPath;
use settings_migrate::value::{KeyPath, Part, Value};

/// One entry of a table: a heading, a block before, what is asked, a block after or a refusal.
pub struct Entry {
    pub name: String,
    pub format: &'static dyn Format,
    pub before: String,
    pub changes: Vec<Change>,
    pub after: Result<String, String>,
    fixed: bool,
}

#[test]
fn every_table_entry_keeps_the_laws() {
    let entries = entries();
    assert!(entries.len() >= 40, "only {} entries were found", entries.len());
    entries.iter().for_each(check);
}

/// The entries of all tables.
pub fn entries() -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
    let files = std::fs::read_dir(folder).expect("the tables").map(|file| file.expect("an entry").path());
    let tables = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    tables.flat_map(|path| parse(&std::fs::read_to_string(&path).expect("a table"), &path)).collect()
}

fn check(entry: &Entry) {
    let variants: &[fn(&str) -> String] =
        &[str::to_owned, |text| text.replace('\n', "\r\n"), |text| text.trim_end_matches('\n').to_owned()];
    for variant in if entry.fixed { &variants[..1] } else { variants } {
        let before = variant(&entry.before);
        let name = format!("{}: {}", entry.format.name(), entry.name);
        match (&entry.after, run(entry.format, &before, &entry.changes)) {
            (Ok(after), Ok((text, steps))) => {
                assert_eq!(text, variant(after), "{name}\n--- before ---\n{before}");
                laws(entry.format, &before, &entry.changes, &steps, &name);
            }
            (Err(code), Err(refused)) => assert_eq!(*code, refused, "{name}"),
            (Ok(_), Err(refused)) => panic!("{name}: refused with {refused}"),
            (Err(code), Ok((text, _))) => panic!("{name}: expected {code}, got\n{text}"),
        }
    }
}

/// Makes `changes` in `before`, one after the other.
pub fn run(format: &dyn Format, before: &str, changes: &[Change]) -> Result<(String, Vec<Outcome>), String> {
    let mut text = before.to_owned();
    let mut steps = Vec::new();
    for change in changes {
        let outcome =
            edit(format, &text, change).map_err(|refusal| format!("{} {}", refusal.code.id(), refusal.message))?;
        assert_eq!(outcome.edits.apply(&text), outcome.text, "locality: only the edits differ");
        text.clone_from(&outcome.text);
        steps.push(outcome);
    }
    Ok((text, steps))
}

/// Idempotence and the two inverses: by bytes, and by place as `down` does it.
fn laws(format: &dyn Format, before: &str, changes: &[Change], steps: &[Outcome], name: &str) {
    let mut text = before.to_owned();
    for (change, outcome) in changes.iter().zip(steps) {
        let again =
            edit(format, &outcome.text, change).unwrap_or_else(|refusal| panic!("{name}: again: {}", refusal.message));
        assert!(again.made.is_empty(), "{name}: the same change again makes {:?}", again.made);
        let inverse = outcome.edits.inverse(&text);
        assert_eq!(inverse.apply(&outcome.text), text, "{name}: inverse");
        text.clone_from(&outcome.text);
    }
    let (undone, outcomes) = undo_all(format, &text, &traces(steps)).expect("it parses");
    assert_eq!(undone, before, "{name}: undo {outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Undone::Edits(_))), "{name}: {outcomes:?}");
}

/// What is read of a record of `steps`, in its order.
pub fn traces(steps: &[Outcome]) -> Vec<Trace> {
    let mut traces: Vec<Trace> = steps.iter().flat_map(|step| &step.made).map(Trace::of).collect();
    Trace::number(&mut traces);
    let slug = "laws".parse().expect("a slug");
    let mut record = Record::new(slug, String::new(), Vec::new());
    let file = RepoPath::new("file").expect("a path");
    record.edits.extend(traces.into_iter().map(|trace| Edit::new(file.clone(), None, trace)));
    let read = Record::parse("laws.toml", record.render().as_bytes()).expect("a record");
    read.edits.into_iter().map(|edit| edit.trace).collect()
}

fn parse(text: &str, path: &Path) -> Vec<Entry> {
    let entry = |section: Section| {
        let after = match section.refused {
            Some(code) => Err(code),
            None => Ok(section.blocks.get(1).unwrap_or(&section.blocks[0]).clone()),
        };
        let Section { name, format, blocks, changes, fixed, .. } = section;
        Entry { name, format, before: blocks[0].clone(), changes, after, fixed }
    };
    sections(text, path).into_iter().map(entry).collect()
}

/// A heading of a table with the blocks below it, and what is asked between them.
pub struct Section {
    pub name: String,
    pub format: &'static dyn Format,
    pub blocks: Vec<String>,
    pub changes: Vec<Change>,
    /// What stands behind `refused: `.
    pub refused: Option<String>,
    fixed: bool,
}

/// The sections of the table in `text`, the file `path`.
pub fn sections(text: &str, path: &Path) -> Vec<Section> {
    let mut sections = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let (name, body) = section.split_once('\n').expect("a heading");
        let mut blocks: Vec<(String, String)> = Vec::new();
        let mut changes = Vec::new();
        let mut refused = None;
        let mut open: Option<(String, String)> = None;
        for line in body.split_inclusive('\n') {
            match (&mut open, line.strip_prefix("````").or_else(|| line.strip_prefix("```"))) {
                (None, Some(info)) => open = Some((info.trim().to_owned(), String::new())),
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some((_, block)), None) => block.push_str(line),
                (None, None) => match line.trim() {
                    line if line.starts_with("refused: ") => {
                        refused = line.strip_prefix("refused: ").map(str::to_owned);
                    }
                    line => changes.extend(change(line)),
                },
            }
        }
        let (info, _) = blocks.first().unwrap_or_else(|| panic!("{}: {name}: no block", path.display()));
        let mut words = info.split_whitespace();
        let format = words.next().and_then(by_name).unwrap_or_else(|| panic!("{name}: unknown format in `{info}`"));
        let fixed = words.any(|word| word == "fixed");
        assert!(!changes.is_empty(), "{}: {name}: nothing is asked", path.display());
        let blocks = blocks.into_iter().map(|(_, block)| block).collect();
        sections.push(Section { name: name.to_owned(), format, blocks, changes, refused, fixed });
    }
    sections
}

/// `set PATH = JSON`, `code PATH = SOURCE`, `merge PATH = {...}`, `remove PATH`, `rename PATH to NAME`,
/// `append PATH = JSON`, `prepend PATH = JSON`, `first PATH KEY = JSON`, `parameter PATH NAME = TEXT`, `unparameter PATH NAME`, `import MODULE NAME`; of a part of a text
/// `set PATH in url:host = JSON`.
fn change(line: &str) -> Option<Change> {
    let (verb, rest) = line.strip_prefix('`')?.strip_suffix('`')?.split_once(' ')?;
    // `VERB PATH in LENS ...` is about a part of the text at the path.
    if let Some((setting, inner)) = rest.split_once(" in ") {
        let (part, rest) = inner.split_once(' ').unwrap_or((inner, ""));
        let part: Part = part.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        let inner = if part.path.keys.is_empty() { "\"\"".to_owned() } else { part.path.to_string() };
        let path: KeyPath = setting.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        let rest = if rest.is_empty() { String::new() } else { format!(" {rest}") };
        return Some(change(&format!("`{verb} {inner}{rest}`"))?.within(&path, part.lens));
    }
    let path = |text: &str| {
        if text == "\"\"" { Ok(KeyPath::default()) } else { text.parse::<KeyPath>() }
            .unwrap_or_else(|error| panic!("{line}: {error}"))
    };
    let (left, right) = rest.split_once(" = ").or_else(|| rest.split_once(" to ")).unwrap_or((rest, ""));
    let words = || left.rsplit_once(' ').unwrap_or_else(|| panic!("{line}: two words are needed"));
    Some(match verb {
        "set" => Change::Set { path: path(left), value: json(right) },
        "code" => Change::Set { path: path(left), value: Value::Code(right.replace("\\n", "\n")) },
        "merge" => match json(right) {
            Value::Map(entries) => Change::Merge { path: path(left), entries },
            other => panic!("{line}: {other} is no table"),
        },
        "block" => Change::Block { path: path(left) },
        "remove" => Change::Remove { path: path(left) },
        "rename" => Change::Rename { path: path(left), name: right.to_owned() },
        "append" => Change::Insert { container: path(left), key: None, value: json(right), rank: Rank::Last },
        "prepend" => Change::Insert { container: path(left), key: None, value: json(right), rank: Rank::First },
        "first" => {
            let (container, key) = words();
            Change::Insert {
                container: path(container),
                key: Some(key.to_owned()),
                value: json(right),
                rank: Rank::First,
            }
        }
        "before" | "after" => {
            // `before SIBLING-PATH KEY = JSON`; in a list without a key: `before LIST[INDEX] = JSON`.
            let (sibling, key) =
                left.rsplit_once(' ').map_or((left, None), |(sibling, key)| (sibling, Some(key.to_owned())));
            let sibling = path(sibling);
            let last = sibling.last().expect("a sibling").clone();
            let rank = if verb == "before" { Rank::Before(last) } else { Rank::After(last) };
            Change::Insert { container: sibling.parent().expect("a container"), key, value: json(right), rank }
        }
        "copy" => Change::Copy { path: path(left), to: path(right) },
        "move" => Change::Move { path: path(left), to: path(right) },
        "comment" => Change::Comment { path: path(left), text: right.to_owned() },
        "parameter" => {
            let part = Part::query(words().1);
            Change::Set { path: part.path, value: right.into() }.within(&path(words().0), part.lens)
        }
        "unparameter" => {
            let part = Part::query(words().1);
            Change::Remove { path: part.path }.within(&path(words().0), part.lens)
        }
        "import" => Change::Import { module: words().0.to_owned(), name: words().1.to_owned(), bound: false },
        other => panic!("unknown verb `{other}`"),
    })
}

pub fn json(text: &str) -> Value {
    from_json(&serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => (*flag).into(),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => Value::Float(number.as_f64().expect("a number")),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::List(items.iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (key.clone(), from_json(value))).collect())
        }
    }
}
