//! Values written together are written as one after the other.

use std::sync::Arc;

use settings_migrate::format::{Change, Document, Format, Trace, Undone, by_name, edit, edit_all, read, undo_all};
use settings_migrate::value::{KeyPath, Value};

fn read_of(format: &dyn Format, text: &str) -> Arc<Document> {
    Arc::new(read(format, text).expect("a document"))
}

/// A language, a text of it with the settings 0 to 39, and how their path starts.
fn texts() -> Vec<(&'static str, String, &'static [&'static str])> {
    let quoted = |number: usize| match number % 4 {
        0 => format!("\"v{number}\""),
        1 => format!("'v{number}'"),
        2 => format!("{number}"),
        _ => "true".to_owned(),
    };
    let json = |number: usize| quoted(number).replace('\'', "\"");
    let lines = |of: &dyn Fn(usize) -> String| (0..40).map(of).collect::<String>();
    let entries: Vec<String> = (0..40).map(|number| format!("    \"k{number}\": {}", json(number))).collect();
    vec![
        ("toml", format!("[t]\n{}", lines(&|n| format!("k{n} = {} # c\n", quoted(n)))), &["t"]),
        ("yaml", format!("t:\n{}", lines(&|n| format!("  k{n}: {}   # c\n", quoted(n)))), &["t"]),
        ("json", format!("{{\n  \"t\": {{\n{}\n  }}\n}}\n", entries.join(",\n")), &["t"]),
        ("env", lines(&|n| format!("k{n}={}\n", quoted(n))), &[]),
        ("properties", lines(&|n| format!("t.k{n}=v{n}\n")), &["t"]),
        ("ini", format!("[t]\n{}", lines(&|n| format!("k{n} = v{n}\n"))), &["t"]),
    ]
}

#[test]
fn many_values_at_once_give_the_bytes_of_one_after_the_other() {
    let values: [Value; 8] = [
        "b".into(),
        "a: b #c".into(),
        "no".into(),
        "".into(),
        "it's".into(),
        Value::Int(7),
        Value::Bool(false),
        "é".into(),
    ];
    let mut together = 0;
    for (name, text, head) in texts() {
        let format = by_name(name).expect("a format");
        for seed in 0..40_usize {
            let mut state = seed * 7919 + 17;
            let mut next = |limit: usize| {
                state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
                state / 65_536 % limit
            };
            // A setting may come twice: such changes meet, and are not made together.
            let changes: Vec<Change> = (0..2 + seed / 4)
                .map(|_| {
                    let path = KeyPath::new(head.iter().copied()).join(format!("k{}", next(40)).as_str());
                    Change::Set { path, value: values[next(values.len())].clone() }
                })
                .collect();
            let Some(all) = edit_all(format, &text, &read_of(format, &text), &changes) else { continue };
            together += 1;
            let mut single = text.clone();
            for change in &changes {
                single = edit(format, &single, change).expect("an edit").text;
            }
            assert_eq!(all.text, single, "{name}, {changes:?}");
        }
    }
    assert!(together > 60, "only {together} were made together");
}

#[test]
fn changes_that_meet_or_can_not_be_made_are_not_made_together() {
    let set = |key: &str, value: Value| Change::Set { path: KeyPath::new([key]), value };
    let yaml = by_name("yaml").expect("a format");
    let text = "a: 1\nb: [x]\n";
    for changes in [
        vec![set("a", 2.into()), set("a", 3.into())],
        vec![set("a", 2.into()), set("b", 3.into())],
        vec![set("a", 2.into()), set("c", 3.into())],
        vec![set("a", 2.into()), Change::Remove { path: KeyPath::new(["b"]) }],
    ] {
        assert!(edit_all(yaml, text, &read_of(yaml, text), &changes).is_none(), "{changes:?}");
    }
}

/// A language, a text of it with many containers, and the paths of these. Their entries are `a` to `d`, not all in each.
const CONTAINERS: [(&str, &str, &[&str]); 9] = [
    (
        "yaml",
        "c:\n- a: 1 # one\n  b: 'x'\n# above\n- b: y\n  # own\n  a: 2\n\n  d: [1]\n- a: 3\n- {a: 1, b: 2}\n- b: |\n    text\n  a: \"z\"\ne:\n  a: 1\n",
        &["c[0]", "c[1]", "c[2]", "c[3]", "c[4]", "e"],
    ),
    ("yaml", "x:\n  y: {a: 1, b: 2, }\n  z: { b: 1 }\nw:\n    a: 1\n    b: 2\n", &["x.y", "x.z", "w"]),
    (
        "json",
        "{\n  \"c\": [\n    {\"a\": 1, \"b\": \"x\"},\n    {\n      \"b\": [],\n      \"a\": 2\n    }, {\"a\": 3}, {}\n  ],\n  \"e\": {\"d\": {\"a\": 1}}\n}\n",
        &["c[0]", "c[1]", "c[2]", "c[3]", "e.d"],
    ),
    ("jsonc", "[\n  {\"a\": 1, /* b */ \"b\": 2,}, // one\n  {\"b\": 1 // two\n  }\n]\n", &["[0]", "[1]"]),
    (
        "toml",
        "[[c]]\na = 1 # one\nb = 'x'\n\n# above\n[[c]]\nb = 2\na = \"y\"\n[c.d]\na = 1\n\n[[c]]\na = 3\n[e]\na = { b = 1, a = 2 }\n",
        &["c[0]", "c[1]", "c[2]", "c[1].d", "e.a"],
    ),
    ("ini", "[c]\na = 1\nb: 2\n; own\n[d]\nb=1\n\na=3\n[e]\na = x ; y\n", &["c", "d", "e"]),
    (
        "hcl",
        "r \"a\" \"b\" {\n  a = 1\n  bb = 2\n}\nr \"a\" \"c\" { a = 1 }\nlocals {\n  e = { a = 1, b = 2 }\n  f = {\n    b = 1\n  }\n}\n",
        &["r.a.b", "r.a.c", "locals.e", "locals.f"],
    ),
    (
        "xml",
        "<r>\n  <c a=\"1\" b='2'/>\n  <d>\n    <a>1</a>\n    <b>2</b>\n  </d>\n  <e><a>1</a></e>\n</r>\n",
        &["r.c", "r.d", "r.e"],
    ),
    ("properties", "c.a=1\nc.b=2\nd.a = 1\n", &["c", "d"]),
];

#[test]
fn entries_that_come_and_go_at_once_give_the_bytes_and_the_record_of_one_after_the_other() {
    let mut together = std::collections::BTreeMap::<&str, usize>::new();
    for (name, text, containers) in CONTAINERS {
        let format = by_name(name).expect("a format");
        for windows in [false, true] {
            let text = if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
            for (kind, changes) in several(containers) {
                let Some(all) = edit_all(format, &text, &read_of(format, &text), &changes) else { continue };
                *together.entry(kind).or_default() += 1;
                let traces: Vec<Trace> = all.made.iter().map(Trace::of).collect();
                let (mut single, mut one_by_one) = (text.clone(), Vec::new());
                for change in &changes {
                    let outcome = edit(format, &single, change).expect("an edit");
                    assert!(outcome.made.len() < 2, "{name}, {change:?}");
                    one_by_one.extend(outcome.made.iter().map(Trace::of));
                    single = outcome.text;
                }
                assert_eq!(all.text, single, "{name}, {changes:?}");
                assert_eq!(traces, one_by_one, "{name}, {changes:?}");
                let (back, outcomes) = undo_all(format, &all.text, &traces).expect("it parses");
                assert!(outcomes.iter().all(|outcome| matches!(outcome, Undone::Edits(_))), "{name}, {changes:?}");
                let alone = traces.iter().fold(all.text.clone(), |text, trace| {
                    undo_all(format, &text, std::slice::from_ref(trace)).expect("it parses").0
                });
                assert!(back == text && alone == text, "{name}, {changes:?}\n{back}\n{alone}");
            }
        }
    }
    assert!(together.len() == 4 && together.values().all(|count| *count > 20), "{together:?}");
}

/// All subsets of `containers` with a key, and what is done in each of them.
fn several(containers: &[&str]) -> Vec<(&'static str, Vec<Change>)> {
    let mut all = Vec::new();
    for chosen in 1..1_u32 << containers.len() {
        let places = containers.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1).map(|(_, path)| path);
        let paths: Vec<KeyPath> = places.map(|path| path.parse().expect("a path")).collect();
        for key in ["a", "b", "new"] {
            let of = |change: &dyn Fn(KeyPath) -> Change| paths.iter().map(|path| change(path.join(key))).collect();
            all.push(("removed", of(&|path| Change::Remove { path })));
            all.push(("renamed", of(&|path| Change::Rename { path, name: "other".to_owned() })));
            all.push(("set", of(&|path| Change::Set { path, value: Value::Int(77) })));
            all.push(("text", of(&|path| Change::Set { path, value: "some text".into() })));
        }
    }
    all
}

#[test]
fn changes_of_one_container_or_of_one_in_another_are_not_made_together() {
    let yaml = by_name("yaml").expect("a format");
    let text = "a:\n  b: 1\n  c: 2\n  d:\n    e: 1\n";
    let remove = |path: &str| Change::Remove { path: path.parse().expect("a path") };
    let add = |path: &str| Change::Set { path: path.parse().expect("a path"), value: Value::Int(1) };
    for changes in [
        vec![remove("a.b"), remove("a.c")],
        vec![add("a.x"), add("a.y")],
        vec![remove("a.b"), add("a.d.x")],
        vec![add("a.x"), Change::Set { path: "a.b".parse().expect("a path"), value: Value::Int(5) }],
        vec![add("a.d.x.y")],
        vec![remove("a"), add("b")],
    ] {
        assert!(edit_all(yaml, text, &read_of(yaml, text), &changes).is_none(), "{changes:?}");
    }
}
