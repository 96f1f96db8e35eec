//! The order of migrations: what commutes, what is refused, and numbers that are applied as they count.

use crate::command::Folder;

const FILE: &str = "config/a.yaml";
const CONFIG: &str = "db:\n  host: a\n  port: 5432\n";
const LINEAR: &str = "order = \"linear\"\n";

fn migration(operations: &str) -> String {
    format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.yaml\"\ndo = [{operations}]\n")
}

/// `second` is applied, and then `first` comes with a lower number.
fn late(first: &str, second: &str, configuration: &str) -> Folder {
    let folder = Folder::repository(&[
        ("migrate.toml", configuration),
        ("migrations/v0005_second.toml", &migration(second)),
        (FILE, CONFIG),
    ]);
    folder.migrate(&["up"]).expect(0);
    folder.write("migrations/v0003_first.toml", migration(first).as_bytes());
    folder
}

const HOST: &str = "{ set = \"db.host\", to = \"b\" }";
const PORT: &str = "{ set = \"db.port\", to = 1 }";

#[test]
fn what_comes_to_the_same_in_either_order_is_applied_late() {
    let ca = "{ set = \"db.tls.ca\", to = \"x\", create = true }";
    let mode = "{ set = \"db.tls.mode\", to = \"y\", create = true }";
    for (first, second, configuration, code, said) in [
        (HOST, PORT, "", 0, "1 applied"),
        // Both write into one map, which the second had to make.
        (mode, ca, "", 0, "1 applied"),
        (PORT, "{ set = \"db.port\", to = 2 }", "", 3, "has changed it already"),
        (
            "{ map = \"db.port\", with = { \"2\" = \"9\" }, else = \"keep\" }",
            "{ set = \"db.port\", to = 2 }",
            "",
            3,
            "M0407",
        ),
        ("{ rename = \"db.tls\", to = \"ssl\" }", ca, "", 3, "M0407"),
        (HOST, PORT, LINEAR, 3, "first comes before v0005_second, which is applied already"),
    ] {
        let folder = late(first, second, configuration);
        let before = folder.files();
        let answer = folder.migrate(&["up"]);
        let told = format!("{}{}", answer.stdout, answer.stderr);
        assert_eq!(answer.code, code, "{first}\n{told}");
        assert!(told.contains(said), "{told}");
        if code == 0 {
            folder.migrate(&["verify"]).expect(0);
            folder.migrate(&["down", "--last", "2"]).expect(0);
            // A map that the second made stays where something was put into it since.
            assert_eq!(folder.read(FILE).lines().take(3).collect::<Vec<_>>(), CONFIG.lines().collect::<Vec<_>>());
        } else {
            assert!(told.contains("migrate renumber v0003_first"), "{told}");
            assert!(folder.files() == before);
            assert!(folder.migrate(&["status"]).expect(0).stdout.contains("blocked"));
            folder.migrate(&["up", "--out-of-order", "first"]).expect(0);
        }
    }
}

#[test]
fn numbers_that_count_go_on_behind_the_last() {
    let folder = late(HOST, PORT, LINEAR);
    assert_eq!(folder.read(".migrate/tip"), "second\n");
    folder.migrate(&["renumber", "first"]).expect(0);
    // The tip counts before git knows of it.
    folder.migrate(&["up", "--tracked"]).expect(0);
    assert_eq!(folder.read(".migrate/tip"), "first\n");
    // What was applied before keeps its place.
    folder.migrate(&["redo", "second"]).expect(0);
    folder.migrate(&["down", "second"]).expect(0);
    assert_eq!(folder.read(".migrate/tip"), "first\n");
    folder.migrate(&["up", "second"]).expect(0);
    folder.migrate(&["down", "first"]).expect(0);
    assert_eq!(folder.read(".migrate/tip"), "second\n");
    folder.migrate(&["down"]).expect(0);
    assert!(!folder.files().contains_key(".migrate/tip"));
}

#[test]
fn two_branches_that_go_on_from_one_number_are_a_conflict_of_git() {
    let folder = late(HOST, PORT, LINEAR);
    folder.git(&["rm", "-q", "-f", "--ignore-unmatch", "migrations/v0003_first.toml"]).expect(0);
    std::fs::remove_file(folder.path().join("migrations/v0003_first.toml")).expect("the file");
    folder.commit();
    let branch = |name: &str, operations: &str| {
        folder.git(&["checkout", "-q", "-b", name, "main"]).expect(0);
        folder.write(&format!("migrations/v0006_{name}.toml"), migration(operations).as_bytes());
        folder.migrate(&["up"]).expect(0);
        folder.commit();
    };
    branch("one", HOST);
    branch("two", "{ set = \"site\", to = \"x\" }");
    let merged = folder.git(&["merge", "one"]);
    assert_ne!(merged.code, 0);
    assert!(folder.git(&["diff", "--name-only", "--diff-filter=U"]).expect(0).stdout.contains(".migrate/tip"));
}

#[test]
fn two_with_one_number_are_applied_only_where_they_come_to_the_same() {
    for (first, second, code, said) in [
        (PORT, "{ set = \"db.port\", to = 2 }", 3, "M0407"),
        (PORT, HOST, 0, "have one number, and come to the same in either order"),
        // Both write into one map, which either of them would make.
        (
            "{ set = \"db.tls.ca\", to = \"x\", create = true }",
            "{ set = \"db.tls.mode\", to = \"y\", create = true }",
            0,
            "2 applied",
        ),
        // Each alone comes to the same, and one of them finds what the other one writes.
        (PORT, "{ map = \"db.port\", with = { \"1\" = \"9\" }, else = \"keep\" }", 3, "nothing says which goes first"),
        (PORT, PORT, 0, "1 applied"),
    ] {
        // Planned together, and one after the other.
        for together in [true, false] {
            let folder = Folder::repository(&[("migrations/v0001_one.toml", &migration(first)), (FILE, CONFIG)]);
            if !together {
                folder.migrate(&["up"]).expect(0);
            }
            folder.write("migrations/v0001_two.toml", migration(second).as_bytes());
            let before = folder.files();
            let answer = folder.migrate(&["up"]);
            let told = format!("{}{}", answer.stdout, answer.stderr);
            assert_eq!(answer.code, code, "{first} {second}, together {together}\n{told}");
            if code == 0 {
                assert!(told.contains(said) || !together, "{told}");
                continue;
            }
            assert!(told.contains(said) || !together, "{told}");
            assert!(told.contains("migrate renumber v0001_two"), "{told}");
            assert!(folder.files() == before);
            if together {
                assert!(told.contains("apply what is ready: migrate up one"), "{told}");
            }
            folder.migrate(&["renumber", "two"]).expect(0);
            folder.migrate(&["up"]).expect(0);
        }
    }
}

#[test]
fn values_tell_which_came_later() {
    let second = "{ set = \"db.port\", to = 2 }";
    let applied = || {
        let folder = late(PORT, second, "");
        folder.write("migrations/v0007_other.toml", migration(HOST).as_bytes());
        let ahead = folder.migrate(&["up", "--out-of-order", "first"]).expect(0);
        assert!(ahead.stdout.contains("1 applied"), "only that one: {}", ahead.stdout);
        assert_eq!(folder.read(FILE), CONFIG.replace("5432", "1"));
        folder
    };
    let below = applied();
    let told = below.migrate(&["down", "second"]).expect(3).stderr;
    assert!(told.contains("`first` was applied after `second`"), "{told}");
    for words in [&["down", "second", "--cascade"][..], &["down", "--last", "2"], &["down", "--to", "0"]] {
        let folder = applied();
        folder.migrate(words).expect(0);
        assert_eq!(folder.read(FILE), CONFIG, "{words:?}");
    }
    below.migrate(&["down", "first"]).expect(0);
    assert_eq!(below.read(FILE), CONFIG.replace("5432", "2"));
    below.migrate(&["verify"]).expect(0);
    below.migrate(&["down"]).expect(0);
    assert_eq!(below.read(FILE), CONFIG);
}

#[test]
fn a_run_says_how_to_take_back_what_it_applied() {
    let files = [
        ("migrations/v0002_one.toml", migration(HOST)),
        ("migrations/v0003_two.toml", migration(PORT)),
        ("migrations/v0004_three.toml", migration("{ set = \"site\", to = \"x\" }")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = Folder::repository(&[&files[..], &[(FILE, CONFIG)]].concat());
    for (words, undo) in [
        (&["up"][..], "migrate down --to v0001"),
        (&["up", "two"], "migrate down two"),
        (&["up", "three", "one"], "migrate down three one"),
    ] {
        let before = folder.settings();
        let said = folder.migrate(words).expect(0).stdout;
        assert!(said.contains(&format!("undo: {undo}\n")), "{said}");
        if words.len() == 2 {
            continue;
        }
        folder.migrate(&undo.split(' ').skip(1).collect::<Vec<_>>()).expect(0);
        assert!(folder.settings() == before, "{undo}");
        if words.len() == 1 {
            std::fs::remove_dir_all(folder.path().join(".migrate")).expect("the records");
        }
    }
}

#[test]
fn numbers_are_given_once_and_as_they_are_written() {
    let folder = late(HOST, PORT, "");
    let said = |arguments: &[&str], code| folder.migrate(arguments).expect(code);
    assert!(said(&["renumber", "first", "-n"], 0).stdout.contains("would be v0006_first"));
    assert!(said(&["renumber", "first"], 0).stdout.contains("is v0006_first now"));
    assert!(said(&["renumber", "first"], 0).stdout.contains("has that number already. Nothing was written."));
    folder.write("migrations/v4294967295_last.toml", migration(HOST).as_bytes());
    let before = folder.files();
    assert!(said(&["new", "more"], 2).stderr.contains("no number behind v4294967295"));
    assert!(folder.files() == before);
    folder.write("migrations/v00010_a.toml", migration(HOST).as_bytes());
    assert!(said(&["status"], 2).stderr.contains("it should be v0010_a"));
}
