//! What the record says of a migration, and what its file says by now: edited, gone, staged.

use crate::command::Folder;

const FILE: &str = "config/a.yaml";
const NAME: &str = "migrations/v0001_port.toml";
const CONFIG: &str = "db:\n  host: a\n  port: 5432\n  password: hunter2-hunter2\n";

fn migration(operations: &str) -> String {
    format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.yaml\"\ndo = [{operations}]\n")
}

fn applied() -> Folder {
    let folder = Folder::repository(&[(NAME, &migration("{ set = \"db.port\", to = 1 }")), (FILE, CONFIG)]);
    folder.migrate(&["up"]).expect(0);
    folder
}

/// The line of `check` about `what`.
#[track_caller]
fn check(folder: &Folder, arguments: &[&str], what: &str) -> (String, String) {
    let answer = folder.migrate(&[&["check"], arguments].concat());
    let told = format!("{}{}", answer.stdout, answer.stderr);
    let line = told.lines().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{told}")).to_owned();
    (line, told)
}

#[test]
fn an_edited_file_counts_by_what_it_would_do() {
    let port = "{ set = \"db.port\", to = 1 }";
    for (operations, later, differs) in [
        // The same effect in other words, also where people edited the setting since.
        (format!("{port}, {{ remove = \"db.absent\", optional = true }}"), "port: 1", None),
        (format!("{port}, {{ set = \"db.host\", to = \"a\" }}"), "port: 77", None),
        ("{ set = \"db.port\", to = 2 }".to_owned(), "port: 1", Some("it wrote `1`, and would write `2`")),
        ("{ set = \"db.port\", to = 2 }".to_owned(), "port: 2", Some("it wrote `1`, and would write `2`")),
        (format!("{port}, {{ set = \"db.host\", to = \"b\" }}"), "port: 1", Some("config/a.yaml: it would write `b`")),
        ("{ set = \"db.host\", to = \"b\" }".to_owned(), "port: 1", Some("it wrote `1`, and would leave it alone")),
        (
            format!("{port}, {{ set = \"db.password\", to = \"none\", secret = false }}"),
            "port: 1",
            Some("it would write `•••`"),
        ),
        ("{ set = \"db.no.such\", to = 1 }".to_owned(), "port: 1", Some("can not be tried")),
    ] {
        let folder = applied();
        folder.write(FILE, CONFIG.replace("port: 5432", later).as_bytes());
        folder.write(NAME, migration(&operations).as_bytes());
        let (line, told) = check(&folder, &[], "history");
        assert_eq!(line.contains("ok"), differs.is_none(), "{operations}\n{told}");
        assert!(!told.contains("hunter2"));
        let before = folder.files();
        let up = folder.migrate(&["up"]);
        let said = differs.unwrap_or("record it as it says now: migrate accept port");
        assert!(up.stderr.contains("M0401") && up.stderr.contains(said), "{operations}\n{}", up.stderr);
        assert!(folder.settings() == before.into_iter().filter(|(name, _)| !name.starts_with(".migrate/")).collect());
    }
}

#[test]
fn a_migration_that_is_gone_is_a_finding_until_it_is_taken_back() {
    let folder = applied();
    let other = migration("{ set = \"db.host\", to = \"a\" }");
    folder.write("migrations/v0002_host.toml", other.as_bytes());
    std::fs::remove_file(folder.path().join(NAME)).expect("the file");
    let verified = folder.migrate(&["verify"]).expect(1);
    assert!(verified.stdout.contains("M0412") && verified.stdout.contains("migrate down port"), "{}", verified.stdout);
    assert!(check(&folder, &[], "drift").0.contains("FAIL"));
    assert!(folder.migrate(&["status", "--exit-code"]).expect(1).stdout.contains("migrate down port"));
    folder.migrate(&["down", "port"]).expect(0);
    assert_eq!(folder.read(FILE), CONFIG);
    folder.migrate(&["verify"]).expect(0);
    folder.migrate(&["status", "--exit-code"]).expect(0);
}

#[test]
fn what_is_staged_counts_with_its_migrations_and_records() {
    let folder = applied();
    folder.git(&["add", "-A"]).expect(0);
    let ok = |what: &str| check(&folder, &["--staged"], what).0.contains("ok");
    // An edit of the file, a new file, a broken one, a record: none of them is staged.
    folder.write(NAME, migration("{ set = \"db.port\", to = 2 }").as_bytes());
    folder.write("migrations/v0002_more.toml", migration("{ set = \"db.host\", to = \"b\" }").as_bytes());
    assert!(ok("history") && ok("pending"));
    folder.write("migrations/v0003_broken.toml", b"schema = 1\nnonsense\n");
    assert!(folder.migrate(&["check"]).code == 2);
    folder.write(".migrate/applied/port.toml", b"nonsense\n");
    assert!(ok("history") && ok("drift"));
    std::fs::remove_file(folder.path().join(NAME)).expect("the file");
    assert!(ok("history") && ok("drift"));
    // And they count once they are.
    folder.write(NAME, migration("{ set = \"db.port\", to = 2 }").as_bytes());
    folder.git(&["add", NAME]).expect(0);
    assert!(!ok("history") && ok("pending"));
    folder.git(&["add", "migrations/v0002_more.toml"]).expect(0);
    assert!(!ok("pending"));
}
