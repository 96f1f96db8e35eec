//! `migrate edit`: operations in the order they are typed, values as typed, and refusals in the words of the command line.

use crate::command::Folder;

#[track_caller]
fn edited(file: &str, text: &str, arguments: &[&str]) -> String {
    let folder = Folder::repository(&[(file, text)]);
    folder.migrate(&[&["edit", file], arguments].concat()).expect(0);
    folder.read(file)
}

#[track_caller]
fn refused(file: &str, text: &str, arguments: &[&str], code: i32) -> String {
    let folder = Folder::repository(&[(file, text)]);
    let said = folder.migrate(&[&["edit", file], arguments].concat()).expect(code).stderr;
    assert_eq!(folder.read(file), text);
    assert!(!said.contains("(the command line)"), "{said}");
    for word in ["create = true", "if_present", "format =", "doc =", "value_code"] {
        assert!(!said.contains(word), "`{word}` is no flag:\n{said}");
    }
    said
}

#[test]
fn operations_are_made_in_the_order_of_the_command_line() {
    assert_eq!(edited("a.toml", "a = 1\nb = 2\n", &["--remove", "a", "--set", "a", "5"]), "b = 2\na = 5\n");
    assert_eq!(edited("a.toml", "a = 1\nb = 2\n", &["--set", "a", "5", "--remove", "a"]), "b = 2\n");
    let swap = ["--rename", "a", "c", "--rename", "b", "a", "--set", "c", "3", "--rename", "c", "b"];
    assert_eq!(edited("a.toml", "a = 1\nb = 2\n", &swap), "b = 3\na = 2\n");
}

#[test]
fn a_value_is_what_was_typed() {
    assert_eq!(edited("a.json", "{\"a\": 1}\n", &["--set", "a", "null"]), "{\"a\": null}\n");
    assert_eq!(edited("a.json", "{\"a\": 1}\n", &["--set", "a", "\"null\""]), "{\"a\": \"null\"}\n");
    assert_eq!(edited("a.json", "{\"a\": [1]}\n", &["--append", "a", "null"]), "{\"a\": [1, null]}\n");
    assert_eq!(edited("a.yaml", "a: 1\n", &["--set", "a", "null"]), "a: null\n");
    assert_eq!(edited("a.py", "a = 1\n", &["--set", "a", "null"]), "a = None\n");
    assert_eq!(edited("a.env", "A=1\n", &["--set", "A", "null"]), "A=null\n");
    assert_eq!(edited("a.toml", "a = 1\n", &["--set", "a", "-1"]), "a = -1\n");
    assert_eq!(edited("a.toml", "a = 1\n", &["--set", "a", "-1.5"]), "a = -1.5\n");
    assert_eq!(edited("a.toml", "a = 1\n", &["--set", "a", "x{{y}}\u{7f}"]), "a = \"x{{y}}\\u007f\"\n");
    assert!(
        refused("a.toml", "a = 1\n", &["--set", "a", "null"], 2).contains("holds a null, and a toml file has none")
    );
    assert!(refused("a.toml", "a = 1\n", &["--set", "a", "[1, null]"], 2).contains("--remove PATH"));
}

#[test]
fn refusals_name_flags() {
    assert!(refused("a.toml", "a = 1\n", &["--set", "b.c.d", "1"], 3).contains("--create"));
    assert!(refused("a.unknown", "a = 1\n", &["--set", "a", "1"], 3).contains("--as ini"));
    refused("a.toml", "a = 1\n", &["--remove", "b"], 3);
    refused("a.toml", "a = 1\n", &["--set", "a[", "1"], 2);
    let two = "a: 1\n---\na: 2\n";
    assert!(refused("a.yaml", two, &["--set", "a", "3"], 3).contains("--doc"));
    assert_eq!(edited("a.yaml", two, &["--set", "a", "3", "--doc", "1"]), "a: 1\n---\na: 3\n");
    assert_eq!(edited("a.yaml", "a: 1\n", &["--set", "a", "3", "--doc", "0"]), "a: 3\n");
    let pools = "const a = new Pool({ max: 1 });\nconst b = new Pool({ max: 2 });\n";
    let said = refused("a.js", pools, &["--within", "new Pool", "--set", "max", "3"], 3);
    assert!(said.contains("--set 'new Pool#1.KEY'"), "{said}");
    assert!(edited("a.js", pools, &["--set", "new Pool#2.max", "3"]).ends_with("max: 3 });\n"));
    let said = refused("a.js", pools, &["--set", "max", "3"], 3);
    assert!(said.contains("a path can start at: `const a`, `const b`, `new Pool`"), "{said}");
    let said = refused("a.yaml", "a: &x {b: 1}\nc: *x\n", &["--set", "c.b", "2"], 3);
    assert!(said.contains("at `a.b`") && !said.contains("unshare"), "{said}");
}

#[test]
fn diff_says_how_the_edit_is_shown() {
    let folder = Folder::repository(&[("a.toml", "a = 1\n")]);
    let said = folder.migrate(&["edit", "a.toml", "--set", "a", "2", "-n", "--diff", "paths"]).expect(0).stdout;
    assert!(said.contains("~ a   1 → 2") && !said.contains("@@"), "{said}");
    let said = folder.migrate(&["edit", "a.toml", "--set", "a", "2", "-n", "--diff", "none"]).expect(0).stdout;
    assert_eq!(said, "+1 -1 Nothing was written.\n");
}

#[test]
fn an_edit_without_git_makes_no_repository_of_its_folder() {
    let migration = "schema = 1\ntitle = \"x\"\n[[step]]\nedit = \"**/a.yaml\"\ndo = [{ set = \"a\", to = 5 }]\n";
    let folder = Folder::with(&[("sub/a.yaml", "a: 1\n"), ("other/a.yaml", "a: 1\n")]);
    folder.migrate(&["-C", "sub", "edit", "a.yaml", "--set", "a", "2"]).expect(0);
    // The lock of a folder stays, and is all that does.
    assert!(folder.path().join("sub/.migrate/local/lock").exists());
    folder.write("migrations/v0001_x.toml", migration.as_bytes());
    let said = folder.migrate(&["-C", "sub", "up"]).expect(0).stdout;
    assert!(said.contains("2 files"), "{said}");
    assert_eq!((folder.read("sub/a.yaml"), folder.read("other/a.yaml")), ("a: 5\n".to_owned(), "a: 5\n".to_owned()));
    // A folder with records of its own belongs to itself.
    folder.migrate(&["down"]).expect(0);
    folder.write("other/.migrate/applied/y.toml", b"");
    let said = folder.migrate(&["up", "x", "-n"]).expect(0).stdout;
    assert!(said.contains("sub/a.yaml") && !said.contains("other/a.yaml"), "{said}");
}

#[test]
fn a_number_that_no_machine_holds_is_written_to_its_last_digit() {
    let number = "12345678901234567890124";
    for (file, before, after) in [
        ("a.yaml", "id: 12345678901234567890123\n", format!("id: {number}\n")),
        ("a.json", "{\"id\": 18446744073709551615}\n", format!("{{\"id\": {number}}}\n")),
        (".env", "id=1\n", format!("id={number}\n")),
    ] {
        let folder = Folder::with(&[(file, before)]);
        folder.migrate(&["edit", file, "--set", "id", number]).expect(0);
        assert_eq!(folder.read(file), after);
    }
    let folder = Folder::with(&[("a.toml", "id = 1\n")]);
    folder.migrate(&["edit", "a.toml", "--set", "id", number]).expect(2);
    folder.migrate(&["edit", "a.toml", "--set", "id", &format!("\"{number}\"")]).expect(0);
    assert_eq!(folder.read("a.toml"), format!("id = \"{number}\"\n"));
}
