//! Migrations that declare their way back: its steps run in the place of what the record would take back.

use crate::command::Folder;

const MIGRATION: &str = "\
schema = 1
title = \"no password\"
why = \"why not\"
[vars]
old = { env = \"OLD\", secret = true }
[[step]]
edit = \"config/a.yaml\"
do = [{ remove = \"db.password\" }, { set = \"db.port\", to = 2 }]
[[down.step]]
edit = \"config/a.yaml\"
do = [{ set = \"db.port\", to = 1 }, { set = \"db.password\", to = \"{{old}}\" }]
[[case]]
name = \"both ways\"
file = \"config/a.yaml\"
vars = { old = \"of-the-case\" }
before = \"db:\\n  port: 1\\n  password: of-the-case\\n\"
after = \"db:\\n  port: 2\\n\"
";
const NAME: &str = "migrations/v0001_quiet.toml";
const FILE: &str = "config/a.yaml";
const RECORD: &str = ".migrate/applied/quiet.toml";
const BEFORE: &str = "db:\n  port: 1\n  password: hunter2-hunter2\n";
const AFTER: &str = "db:\n  port: 2\n";
const GIVEN: [&str; 2] = ["--set", "old=hunter2-hunter2"];

/// A repository where it is applied, as a teammate has it: without the receipts of the machine that did it.
fn applied() -> Folder {
    let folder = Folder::repository(&[(NAME, MIGRATION), (FILE, BEFORE)]);
    folder.migrate(&["up", GIVEN[0], GIVEN[1]]).expect(0);
    assert_eq!(folder.read(FILE), AFTER);
    std::fs::remove_dir_all(folder.path().join(".git/migrate")).expect("the state folder");
    folder
}

#[test]
fn a_secret_comes_back_from_a_variable() {
    let folder = applied();
    folder.migrate(&["down", GIVEN[0], GIVEN[1]]).expect(0);
    assert_eq!(folder.read(FILE), BEFORE);
    assert!(!folder.read(RECORD).contains("down ="), "{}", folder.read(RECORD));
    folder.migrate(&["up", "quiet", GIVEN[0], GIVEN[1]]).expect(0);
    assert_eq!(folder.read(FILE), AFTER);
}

#[test]
fn the_record_keeps_the_steps_once_the_file_is_gone() {
    let folder = applied();
    let record = folder.read(RECORD);
    assert!(record.contains("[[down.step]]") && !record.contains("why not"), "{record}");
    assert!(!record.contains("[[case]]") && !record.contains("hunter2"), "{record}");
    std::fs::remove_file(folder.path().join(NAME)).expect("the file");
    // No file declares the variable, so nothing can give it a value.
    let answer = folder.migrate(&["down", "quiet"]);
    assert_eq!((answer.code, folder.read(FILE).as_str()), (2, AFTER), "{}", answer.stderr);
    assert!(answer.stderr.contains("git log --diff-filter=D -- '*_quiet*'"), "{}", answer.stderr);
}

#[test]
fn the_record_alone_goes_back_by_the_steps() {
    let plain = MIGRATION
        .replace("old = { env = \"OLD\", secret = true }", "port = { default = \"1\" }")
        .replace("to = \"{{old}}\"", "to = \"p{{port}}\"");
    let plain = plain.split("[[case]]").next().expect("a head");
    let folder = Folder::repository(&[(NAME, plain), (FILE, BEFORE)]);
    folder.migrate(&["up"]).expect(0);
    std::fs::remove_file(folder.path().join(NAME)).expect("the file");
    folder.migrate(&["down", "quiet"]).expect(0);
    assert_eq!(folder.read(FILE), BEFORE.replace("hunter2-hunter2", "p1"));
}

#[test]
fn a_later_edit_is_not_overwritten_unasked() {
    let folder = applied();
    let later = "db:\n  port: 7\n  host: a\n";
    folder.write(FILE, later.as_bytes());
    let answer = folder.migrate(&["down", GIVEN[0], GIVEN[1]]);
    assert_eq!((answer.code, folder.read(FILE).as_str()), (3, later), "{}", answer.stderr);
    assert!(answer.stderr.contains("migrate down quiet --on-conflict=revert"), "{}", answer.stderr);
    folder.migrate(&["down", "quiet", "--on-conflict=revert", GIVEN[0], GIVEN[1]]).expect(0);
    assert_eq!(folder.read(FILE), "db:\n  port: 1\n  host: a\n  password: hunter2-hunter2\n");
}

#[test]
fn examples_go_back_by_the_steps_and_lint_knows_when_they_are_needed() {
    let folder = Folder::repository(&[(NAME, MIGRATION), (FILE, BEFORE)]);
    let given = |command: &str| folder.migrate(&[command, GIVEN[0], GIVEN[1]]);
    let answer = given("test");
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let answer = given("lint");
    assert!(answer.code == 0 && !answer.stderr.contains("M0116"), "{}{}", answer.stdout, answer.stderr);
    // Steps that give other bytes are found.
    folder.write(NAME, MIGRATION.replace("to = 1 }", "to = 9 }").as_bytes());
    let answer = given("test");
    assert_eq!(answer.code, 1, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn a_way_back_is_never_or_steps() {
    let cases = [
        ("[down]\nnever = \"x\"\n[[down.step]]\n", "has `never` or steps"),
        ("[down]\n[[case]]\n", "say why there is no way back"),
        ("[down]\nstpe = 1\n[[case]]\n", "[[down.step]]"),
        ("[[down.step]]\nedti = \"x\"\n[[down.step]]\n", "did you mean `edit`"),
    ];
    for (text, said) in cases {
        let cut = MIGRATION.split("[[down.step]]").next().expect("a head");
        let rest = if text.ends_with("[[down.step]]\n") { MIGRATION.split("[[down.step]]").nth(1) } else { None };
        let text = match rest {
            Some(rest) => format!("{cut}{text}{}", rest.trim_start()),
            None => format!("{cut}{text}{}", MIGRATION.split("[[case]]\n").nth(1).expect("a case")),
        };
        let folder = Folder::repository(&[(NAME, &text), (FILE, BEFORE)]);
        let answer = folder.migrate(&["plan", GIVEN[0], GIVEN[1]]);
        assert!(answer.code == 2 && answer.stderr.contains(said), "{said}\n{}", answer.stderr);
        assert!(answer.stderr.contains(&format!("{NAME}:")), "{}", answer.stderr);
    }
}
