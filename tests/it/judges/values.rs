//! Texts that a reader may take for something else, as values and as keys, beside neighbours of every kind.

use settings_migrate::format::{Change, Rank, by_name, edit};
use settings_migrate::value::{Key, KeyPath, Value};

use super::Case;

/// What some format gives a meaning of its own.
const TEXTS: [&str; 87] = [
    "",
    " ",
    " lead",
    "trail ",
    "a b",
    "no",
    "Yes",
    "on",
    "y",
    "true",
    "True",
    "null",
    "None",
    "~",
    "0",
    "012",
    "0o17",
    "0x1F",
    "-1",
    "+1",
    ".5",
    "1.",
    "1e3",
    "1_000",
    "1:20",
    "12:30:45",
    ".inf",
    "NaN",
    "2001-01-01",
    "2001-01-01T10:00:00Z",
    "=",
    "<<",
    "-",
    "--",
    "---",
    "...",
    "- a",
    "? a",
    "a: b",
    "a:",
    ":a",
    "a #b",
    "a#b",
    "a;b",
    "a\\\\b",
    "#a",
    "a ;b",
    ";a",
    "//a",
    "/* a */",
    "&a",
    "*a",
    "!a",
    "@a",
    "%a",
    "100%",
    "%(a)s",
    "`a`",
    "|",
    ">",
    "{a}",
    "[a]",
    "{{ a }}",
    "a,b",
    "$a",
    "${a}",
    "$$",
    "$(a)",
    "%{a}",
    "a\\b",
    "a\\",
    "\\n",
    "a\"b",
    "a'b",
    "a'b\"c",
    "\"a\"",
    "'a'",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\u{e9}\u{1f600}",
    "a\u{a0}b",
    "a\u{85}b",
    "a\u{2028}b",
    "\u{feff}a",
    "a\u{7f}b",
    "<a>&amp;]]>",
];

/// A format and a text of it, the settings to replace, the map for new keys, and the list to append to.
type Home = (&'static str, &'static str, &'static [&'static str], &'static str, Option<&'static str>);

/// A text per kind of neighbour.
const HOMES: [Home; 21] = [
    ("toml", "a = \"x\"\nb = 'x'\nc = [\"x\"]\n", &["a", "b", "c[0]"], "", Some("c")),
    ("toml", "t = { a = 'x' }\nc = 'x'\n", &["t.a"], "t", None),
    ("yaml", "a: x\nb: \"x\"\nc: 'x'\nd:\n  - x\n", &["a", "b", "c", "d[0]"], "", Some("d")),
    ("yaml", "t: {a: x, b: [x]}\nc: |\n  x\n", &["t.a", "t.b[0]", "c"], "t", Some("t.b")),
    ("yaml", "t:\n  \"a\": \"x\"\n  \"b\": \"x\"\n", &["t.a"], "t", None),
    ("yaml", "t:\n  'a': 'x'\n  'b': 'x'\n", &["t.a"], "t", None),
    ("json", "{\"a\": \"x\", \"c\": [\"x\"]}\n", &["a", "c[0]"], "", Some("c")),
    ("jsonc", "{\n  // c\n  \"a\": \"x\",\n  \"c\": [\"x\"],\n}\n", &["a", "c[0]"], "", Some("c")),
    ("json5", "{a: 'x', c: [\"x\"]}\n", &["a", "c[0]"], "", Some("c")),
    ("env", "A=x\nB=\"x\"\nC='x'\n", &["A", "B", "C"], "", None),
    ("env", "export A=\"x\"\nexport B=\"x\"\n", &["A"], "", None),
    ("ini", "[s]\na = x\nb = \"x\"\n", &["s.a", "s.b"], "s", None),
    ("ini", "[s]\na: x\n", &["s.a"], "s", None),
    ("ini", "[s]\na = \"x\"\nb = \"x\"\n", &["s.a"], "s", None),
    ("properties", "a=x\nb = x\nc x\n", &["a", "b", "c"], "", None),
    ("properties", "a: x\n", &["a"], "", None),
    ("xml", "<r a=\"x\" b='x'>\n  <c>x</c>\n</r>\n", &["r.@a", "r.@b", "r.c"], "r", None),
    ("hcl", "a = \"x\"\nt = { k = \"x\" }\nc = [\"x\"]\n", &["a", "t.k", "c[0]"], "t", Some("c")),
    ("python", "A = 'x'\nB = \"x\"\nT = {'a': 'x'}\nC = ['x']\n", &["A", "B", "T.a", "C[0]"], "T", Some("C")),
    ("python", "T = {\n    \"a\": r\"x\",\n}\n", &["T.a"], "T", None),
    (
        "javascript",
        "const t = {a: 'x', b: \"x\", c: `x`, d: ['x']};\n",
        &["const t.a", "const t.b", "const t.c"],
        "const t",
        Some("const t.d"),
    ),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (format, home, settings, map, list) in HOMES {
        let format = by_name(format).expect("a format");
        let path = |text: &str| if text.is_empty() { KeyPath::default() } else { text.parse().expect("a path") };
        for text in TEXTS {
            let value = || Value::from(text);
            let mut changes: Vec<Change> =
                settings.iter().map(|setting| Change::Set { path: path(setting), value: value() }).collect();
            changes.push(Change::Set { path: path(map).join("zz"), value: value() });
            changes.push(Change::Set { path: path(map).join(text), value: "zz".into() });
            changes.push(Change::Rename { path: path(settings[0]), name: text.to_owned() });
            changes.extend(list.map(|list| Change::Insert {
                container: path(list),
                key: None,
                value: value(),
                rank: Rank::Last,
            }));
            for change in changes {
                let is_element = matches!(change.paths().last().and_then(|path| path.last()), Some(Key::Index(_)));
                if matches!(change, Change::Rename { .. }) && is_element {
                    continue;
                }
                if let Ok(outcome) = edit(format, home, &change) {
                    cases.push(Case {
                        name: format!("{text:?} {change:?} in {home:?}"),
                        format: format.name(),
                        before: home.to_owned(),
                        changes: vec![change],
                        after: outcome.text,
                    });
                }
            }
        }
    }
    cases
}
