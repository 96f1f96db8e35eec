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
    folder.migrate(&["up"]).expect(0);
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
