//! Values written together are written as one after the other.

use std::sync::Arc;

use settings_migrate::format::{Change, Document, Format, by_name, edit, edit_all, read};
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
