//! What is written over by a later step, or by a later migration: each of them goes back to what it found.

use crate::command::Folder;

fn migration(file: &str, operations: &str) -> String {
    format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"{file}\"\ndo = [{operations}]\n")
}

/// A file, its text, and the operations of one migration.
const STEPS: [(&str, &str, &str); 14] = [
    ("a.yaml", "o:\n  x: 1\n", "{ set = \"o.x\", to = 0 }, { merge = \"o\", value = { x = 1, m = 1 } }"),
    ("a.yaml", "o:\n  x: 1\n", "{ set = \"o.x\", to = 0 }, { merge = \"o\", value = { x = 5, m = 1 } }"),
    ("a.toml", "[o]\nx = 1\n", "{ merge = \"o\", value = { x = 2 } }, { merge = \"o\", value = { x = 3, y = 1 } }"),
    ("a.yaml", "a: 1\n", "{ set = \"k\", to = { q = 1 }, create = true }, { set = \"k\", to = \"v\" }"),
    ("a.yaml", "a: 1\n", "{ set = \"k\", to = \"v\", create = true }, { set = \"k\", to = \"w\" }"),
    ("a.yaml", "b: two # two\n", "{ set = \"b\", to = \"x\" }, { replace = \"# two\", to = \"# three\" }"),
    (".env", "B=two # two\n", "{ set = \"B\", to = \"x\" }, { replace = \"# two\", to = \"# three\" }"),
    ("a.tf", "b = \"two\" # two\n", "{ set = \"b\", to = \"x\" }, { replace = \"# two\", to = \"# three\" }"),
    ("a.py", "B = 'two'  # two\n", "{ replace = \"# two\", to = \"# three\" }, { set = \"B\", to = \"x\" }"),
    (
        "a.yaml",
        "l:\n- n: a\n  v: 1\n",
        "{ set = \"l[n=a].v\", to = 3 }, { prepend = \"l\", value = { n = \"q\", v = 3 } }",
    ),
    ("a.json", "{\"l\": [\"a\", \"b\"]}\n", "{ set = \"l[1]\", to = \"c\" }, { prepend = \"l\", value = \"c\" }"),
    ("a.yaml", "l:\n  # one\n  - x\n  # two\n  - y\n", "{ move = \"l\", to = \"z\" }"),
    ("a.yaml", "l:\n  # one\n  - n: 1\n  # two\n  - n: 2 # three\n", "{ move = \"l\", to = \"z.l\" }"),
    ("s.py", "import os\nX = 1\n", "{ import = \"datetime\", from = \"datetime\" }"),
];

#[test]
fn what_a_migration_wrote_twice_comes_back() {
    for (file, text, operations) in STEPS {
        let folder = Folder::repository(&[("migrations/v0001_m.toml", &migration(file, operations)), (file, text)]);
        folder.migrate(&["up"]).expect(0);
        assert_ne!(folder.read(file), text, "{operations}");
        folder.migrate(&["verify"]).expect(0);
        let down = folder.migrate(&["down"]);
        assert_eq!(down.code, 0, "{operations}\n{}{}", down.stdout, down.stderr);
        assert_eq!(folder.read(file), text, "{operations}");
    }
}

/// A file, its text, and the operations of two migrations.
const MIGRATIONS: [(&str, &str, [&str; 2]); 9] = [
    (".env", "A=1\n", ["{ rename = \"A\", to = \"B\" }", "{ set = \"A\", to = \"2\", create = true }"]),
    ("a.yaml", "a: 1\n", ["{ rename = \"a\", to = \"b\" }", "{ set = \"a\", to = 2, create = true }"]),
    ("a.toml", "a = 1\n", ["{ rename = \"a\", to = \"b\" }", "{ copy = \"b\", to = \"a\" }"]),
    (
        "a.yaml",
        "l:\n- a\n",
        ["{ append = \"l\", value = \"d\" }, { append = \"l\", value = \"e\" }", "{ remove = \"l[-1]\" }"],
    ),
    (
        "a.yaml",
        "l:\n- {n: a, v: 1}\n- {n: b, v: 3}\n",
        ["{ prepend = \"l\", value = { n = \"z\", v = 0 } }", "{ set = \"l[n=a].v\", to = 3 }"],
    ),
    (".env", "a=1\nb=2\nc=$b\n", ["{ remove = \"b\" }", "{ remove = \"a\" }"]),
    ("a.yaml", "x:\n  a: 1\n  b: 2\n  c: 3\n", ["{ remove = \"x.b\" }", "{ remove = \"x.a\" }"]),
    ("a.json", "{\"a\": 1, \"b\": 2, \"c\": 3}\n", ["{ remove = \"b\" }", "{ remove = \"a\" }"]),
    ("a.json", "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", ["{ remove = \"b\" }", "{ remove = \"a\" }"]),
];

fn both(file: &str, text: &str, [one, two]: [&str; 2]) -> Folder {
    let folder = Folder::repository(&[("migrations/v0001_one.toml", &migration(file, one)), (file, text)]);
    folder.migrate(&["up"]).expect(0);
    folder.write("migrations/v0002_two.toml", migration(file, two).as_bytes());
    folder.migrate(&["up"]).expect(0);
    folder
}

#[test]
fn what_two_migrations_wrote_comes_back_from_the_last_to_the_first() {
    for (file, text, operations) in MIGRATIONS {
        let folder = both(file, text, operations);
        let down = ["one", "two"].map(|_| folder.migrate(&["down"]));
        for answer in &down {
            assert_eq!(answer.code, 0, "{operations:?}\n{}{}", answer.stdout, answer.stderr);
        }
        assert_eq!(folder.read(file), text, "{operations:?}");
    }
}

#[test]
fn what_stood_behind_something_that_is_gone_comes_back_before_what_follows() {
    for (file, text, operations) in MIGRATIONS.iter().filter(|(_, _, [one, _])| one.contains("remove")) {
        let folder = both(file, text, *operations);
        folder.migrate(&["down", "one"]).expect(0);
        folder.migrate(&["down", "two"]).expect(0);
        assert_eq!(folder.read(file), *text, "{operations:?}");
    }
}

#[test]
fn a_file_may_take_the_name_of_one_that_was_moved() {
    let moves = "schema = 1\ntitle = \"t\"\n[[step]]\nmove = \"a.yaml\"\nto = \"b.yaml\"\n";
    let creates = "schema = 1\ntitle = \"t\"\n[[step]]\ncreate = \"a.yaml\"\ncontent = \"z: 1\\n\"\n";
    let folder = Folder::repository(&[("migrations/v0001_one.toml", moves), ("a.yaml", "a: 1\n")]);
    folder.migrate(&["up"]).expect(0);
    folder.commit();
    folder.write("migrations/v0002_two.toml", creates.as_bytes());
    folder.migrate(&["up"]).expect(0);
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("b.yaml"), "a: 1\n");
    // Git lists the new name still, and the file is gone from there.
    folder.migrate(&["down"]).expect(0);
    folder.migrate(&["up", "one"]).expect(0);
    folder.migrate(&["down", "one"]).expect(0);
    assert_eq!(folder.read("a.yaml"), "a: 1\n");
}
