//! Values written together are written as one after the other.

use std::sync::Arc;

use settings_migrate::format::{
    Change, Document, Format, Rank, Trace, Undone, by_name, edit, edit_all, read, undo_all,
};
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
            // A setting may come twice: such changes are made in turns.
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
fn changes_that_can_not_be_made_are_not_made_together() {
    let set = |key: &str, value: Value| Change::Set { path: KeyPath::new([key]), value };
    let yaml = by_name("yaml").expect("a format");
    let text = "a: 1\nb: [x]\n";
    for changes in [
        vec![set("a", 2.into()), set("b", 3.into())],
        vec![set("a", 2.into()), set("c", 3.into())],
        vec![set("a", 2.into()), Change::Remove { path: KeyPath::new(["b"]) }],
    ] {
        assert!(edit_all(yaml, text, &read_of(yaml, text), &changes).is_none(), "{changes:?}");
    }
}

/// A language, a text of it with many containers, and the paths of these. Their entries are `a` to `d`, not all in each.
const CONTAINERS: [(&str, &str, &[&str]); 12] = [
    (
        "yaml",
        "c:\n- a: 1 # one\n  b: 'x'\n# above\n- b: y\n  # own\n  a: 2\n\n  d: [1]\n- a: 3\n- {a: 1, b: 2}\n- b: |\n    text\n  a: \"z\"\ne:\n  a: 1\n",
        &["c[0]", "c[1]", "c[2]", "c[3]", "c[4]", "e"],
    ),
    ("yaml", "c:\n- l:\n  - x\n  - y # two\n- l: [x, y]\n- l:\n    - y\n  n: 1\n", &["c[0]", "c[1]", "c[2]"]),
    // The parts of a table stand in the order of another one's, and at the end.
    ("toml", "[z]\nk = 1\n[c]\nk = 1\n\n[z.a]\nv = 1\n[c.a]\nv = 1\n", &["z", "c"]),
    // The line ends are of both kinds.
    ("yaml", "c:\n- a: 1\n  b: 2\n- b: 3\n  a: 1\r\n", &["c[0]", "c[1]"]),
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
    let mut together = std::collections::BTreeMap::<(&str, &str), usize>::new();
    for (name, text, containers) in CONTAINERS {
        let format = by_name(name).expect("a format");
        for windows in [false, true] {
            let ends = |text: &str| text.replace("\r\n", "\n").replace('\n', "\r\n");
            let text = if windows { ends(text) } else { text.to_owned() };
            for (kind, changes) in several(containers) {
                let (mut single, mut one_by_one, mut kept) = (text.clone(), Vec::new(), Vec::new());
                let mut can_be_made = true;
                for change in &changes {
                    let Ok(outcome) = edit(format, &single, change) else {
                        can_be_made = false;
                        break;
                    };
                    one_by_one.extend(outcome.made.iter().map(Trace::of));
                    kept.extend(outcome.kept);
                    single = outcome.text;
                }
                let Some(all) = edit_all(format, &text, &read_of(format, &text), &changes) else { continue };
                assert!(can_be_made, "{name}, {changes:?}");
                *together.entry((name, kind)).or_default() += 1;
                let mut traces: Vec<Trace> = all.made.iter().map(Trace::of).collect();
                for traces in [&mut traces, &mut one_by_one] {
                    Trace::number(traces.iter_mut());
                    traces.sort();
                }
                kept.sort();
                kept.dedup();
                assert_eq!(all.text, single, "{name}, {changes:?}");
                let unnumbered = |traces: &[Trace]| -> Vec<Trace> {
                    traces.iter().map(|trace| Trace { turn: 0, ..trace.clone() }).collect()
                };
                assert_eq!(unnumbered(&traces), unnumbered(&one_by_one), "{name}, {changes:?}");
                assert_eq!(all.kept, kept, "{name}, {changes:?}");
                for traces in [traces, one_by_one] {
                    let (back, outcomes) = undo_all(format, &all.text, &traces).expect("it parses");
                    let all_went = outcomes.iter().all(|outcome| matches!(outcome, Undone::Edits(_)));
                    assert!(all_went && back == text, "{name}, {changes:?}\n{}\n{back}\n{outcomes:?}", all.text);
                }
            }
        }
    }
    let languages: std::collections::BTreeSet<&str> = together.keys().map(|(name, _)| *name).collect();
    assert_eq!(languages.len(), 8, "{together:?}");
    for name in ["yaml", "json", "toml"] {
        for kind in ["removed", "renamed", "set", "text", "merged", "deep", "map"] {
            assert!(together.get(&(name, kind)).is_some_and(|count| *count > 3), "{name} {kind}: {together:?}");
        }
    }
    assert!(together.get(&("yaml", "appended")).is_some_and(|count| *count > 3), "{together:?}");
    assert!(together.get(&("yaml", "taken out")).is_some_and(|count| *count > 3), "{together:?}");
}

/// All subsets of `containers` with a key, and what is done in each of them.
fn several(containers: &[&str]) -> Vec<(&'static str, Vec<Change>)> {
    let mut all = Vec::new();
    for chosen in 1..1_u32 << containers.len() {
        let places = containers.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1).map(|(_, path)| path);
        let paths: Vec<KeyPath> = places.map(|path| path.parse().expect("a path")).collect();
        for key in ["a", "b", "new", "l", "d"] {
            let of = |change: &dyn Fn(KeyPath) -> Change| paths.iter().map(|path| change(path.join(key))).collect();
            let map = |number: i64| vec![("a".to_owned(), Value::Int(number)), ("n".to_owned(), "x".into())];
            all.push(("removed", of(&|path| Change::Remove { path })));
            all.push(("renamed", of(&|path| Change::Rename { path, name: "other".to_owned() })));
            all.push(("set", of(&|path| Change::Set { path, value: Value::Int(77) })));
            all.push(("text", of(&|path| Change::Set { path, value: "some text".into() })));
            all.push(("map", of(&|path| Change::Set { path, value: Value::Map(map(3)) })));
            all.push(("deep", of(&|path| Change::Set { path: path.join("x").join("y"), value: Value::Int(4) })));
            let item = |container| Change::Insert { container, key: None, value: "z".into(), rank: Rank::Last };
            all.push(("appended", of(&item)));
            all.push(("taken out", of(&|path| Change::Remove { path: path.join(0) })));
            let merged = paths.iter().map(|path| Change::Merge { path: path.clone(), entries: map(1) });
            all.push(("merged", merged.collect()));
        }
    }
    all
}

#[test]
fn changes_of_one_container_or_of_one_in_another_are_made_in_turns() {
    let yaml = by_name("yaml").expect("a format");
    let text = "a:\n  b: 1\n  c: 2\n  d:\n    e: 1\nf:\n  b: 1\n";
    let path = |path: &str| path.parse().expect("a path");
    let remove = |at: &str| Change::Remove { path: path(at) };
    let set = |at: &str, value: i64| Change::Set { path: path(at), value: Value::Int(value) };
    for changes in [
        vec![remove("a.b"), remove("a.c"), remove("f.b")],
        vec![set("a.x", 1), set("a.y", 1)],
        vec![remove("a.b"), set("a.d.x", 1)],
        vec![set("a.x", 1), set("a.b", 5), set("a.x", 2)],
        vec![set("a.b", 3), set("a.b", 4), set("a.d.x.y", 1), remove("a.b")],
        vec![remove("a.d"), set("a.d.x.y", 1)],
    ] {
        let all = edit_all(yaml, text, &read_of(yaml, text), &changes).unwrap_or_else(|| panic!("{changes:?}"));
        let mut single = text.to_owned();
        for change in &changes {
            single = edit(yaml, &single, change).expect("an edit").text;
        }
        assert_eq!(all.text, single, "{changes:?}");
        let traces: Vec<Trace> = all.made.iter().map(Trace::of).collect();
        assert!(!traces.is_empty(), "{changes:?}");
    }
    // Some value at the top; what is there already, or is not.
    for changes in [vec![remove("a"), set("b", 1)], vec![set("a.b", 2), remove("a.x")], vec![set("g", 1)]] {
        assert!(edit_all(yaml, text, &read_of(yaml, text), &changes).is_none(), "{changes:?}");
    }
}
