//! `migrate new NAME --from-diff`: whatever was edited by hand becomes a migration that makes just these bytes.

use std::os::unix::fs::PermissionsExt;

use crate::command::Folder;

const NEW: [&str; 3] = ["new", "change", "--from-diff"];
const MIGRATION: &str = "migrations/v0002_change.toml";

/// What `new` writes for a file that was `before` and is `after`; the migration, run on the old file, gives the new one.
#[track_caller]
fn derived(file: &str, before: &str, after: &str) -> String {
    let folder = Folder::repository(&[(file, before)]);
    folder.write(file, after.as_bytes());
    folder.migrate(&NEW).expect(0);
    let text = folder.read(MIGRATION);
    folder.migrate(&["test", "change"]).expect(0);
    folder.write(file, before.as_bytes());
    folder.migrate(&["test", "change"]).expect(0);
    folder.migrate(&["up", "change"]).expect(0);
    assert_eq!(folder.read(file), after, "{text}");
    folder.migrate(&["down", "change"]).expect(0);
    assert_eq!(folder.read(file), before, "{text}");
    text
}

#[test]
fn what_no_setting_tells_is_a_text_edit_or_the_whole_file() {
    for (file, before, after, wanted) in [
        ("a.yaml", "a: 1\nb: 2\nc: 3\n", "c: 3\na: 1\nb: 2\n", "replace ="),
        ("a.txt", "a: 1\nb: 2\nb2: 2\nb: 2", "a: 1\nb: 2\nb2: 2\nb: 3", "replace ="),
        ("a.toml", "a = 1\n", "\u{feff}a = 1", "if_exists = \"replace\""),
        ("a.toml", "a = 1\nb = 2\n", "a = 1\r\nb = 2\r\n", "if_exists = \"replace\""),
        ("a.txt", "", "x\n", "if_exists = \"replace\""),
        ("a.txt", "x\u{7f}{{y}}\n", "y\u{7f}{{y}}\n", "\\u007F"),
        ("a.txt", "a\na\nb\na\n", "a\nb\na\na\n", "replace ="),
        ("a.toml", "d = 2024-01-01\n", "d = 2025-01-01\n", "to = 2025-01-01"),
    ] {
        let text = derived(file, before, after);
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn settings_stay_settings_beside_what_is_none() {
    let before = "# a comment\na: 1\nb: [1, 2]\nc: x\n";
    let text = derived("a.yaml", before, "# another comment\na: 2\nb: [1, 2]\nc: {d: 1}\n");
    assert!(text.contains("{ set = \"a\", to = 2 }") && text.contains("replace ="), "{text}");
}

#[test]
fn modes_and_moves_are_steps() {
    let folder = Folder::repository(&[("run.sh", "#!/bin/sh\n"), ("old.toml", "a = 1\n"), ("b.toml", "b = 1\n")]);
    let mode = |name: &str, mode| {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(mode)).expect("the mode");
    };
    mode("run.sh", 0o755);
    mode("b.toml", 0o755);
    folder.write("b.toml", b"b = 2\n");
    folder.git(&["mv", "old.toml", "new.toml"]).expect(0);
    let said = folder.migrate(&NEW).expect(0).stdout;
    assert!(said.contains("1 setting, 1 moved file, 2 modes"), "{said}");
    let text = folder.read(MIGRATION);
    for part in
        ["chmod = \"run.sh\"\nmode  = \"0755\"", "move = \"old.toml\"\nto   = \"new.toml\"", "set = \"b\", to = 2"]
    {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("delete ="), "{text}");
}

#[test]
fn a_file_that_was_renamed_and_edited_is_moved_and_then_edited() {
    let before = "# application\nserver:\n  host: localhost   # over the socket\n  port: 8080\npassword: hunter2\nlog:\n  level: info\n";
    let after = before.replace("8080", "9090");
    let folder = Folder::repository(&[("app.yaml", before), ("b.toml", "b = 1\n"), ("other.yaml", "x: 1\ny: 2\n")]);
    folder.git(&["mv", "app.yaml", "config.yaml"]).expect(0);
    folder.write("config.yaml", after.as_bytes());
    // What is not alike goes and comes.
    folder.git(&["rm", "-q", "other.yaml"]).expect(0);
    folder.write("fresh.yaml", b"z: 1\n");
    folder.git(&["add", "-A"]).expect(0);
    let said = folder.migrate(&NEW).expect(0).stdout;
    assert!(said.contains("1 setting, 2 whole files, 1 moved file") && said.contains("byte for byte"), "{said}");
    let text = folder.read(MIGRATION);
    for part in [
        "move = \"app.yaml\"\nto   = \"config.yaml\"",
        "edit = \"config.yaml\"\ndo = [\n  { set = \"server.port\", to = 9090 },\n]",
        "delete = \"other.yaml\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    folder.git(&["reset", "-q", "--hard"]).expect(0);
    folder.write(MIGRATION, text.as_bytes());
    folder.migrate(&["test", "change"]).expect(0);
    folder.migrate(&["up", "change"]).expect(0);
    assert_eq!(folder.read("config.yaml"), after);
    folder.migrate(&["down", "change"]).expect(0);
    assert_eq!(folder.read("app.yaml"), before);
}

#[test]
fn a_file_that_is_no_text_is_named_with_the_command_that_leaves_it_out() {
    let folder = Folder::repository(&[("a.bin", "x\n")]);
    folder.write("a.bin", b"\0\xff");
    let said = folder.migrate(&NEW).expect(3).stderr;
    assert!(said.contains("M0311") && said.contains("git stash push -- 'a.bin'"), "{said}");
}

#[test]
fn new_takes_a_number_in_front_and_no_name_twice() {
    let folder = Folder::repository(&[("a.toml", "a = 1\n")]);
    let said = folder.migrate(&["new", "tls", "--from", "enable-ssl"]).expect(0).stdout;
    assert!(said.contains("v0001_tls.toml") && !said.contains("v0002"), "{said}");
    let said = folder.migrate(&["new", "v0009_port"]).expect(0).stdout;
    assert!(said.contains("wrote migrations/v0002_port.toml"), "{said}");
    folder.git(&["checkout", "-q", "-b", "other"]).expect(0);
    folder.write("migrations/v0003_there.toml", b"schema = 1\ntitle = \"x\"\n");
    folder.git(&["add", "migrations/v0003_there.toml"]).expect(0);
    folder.git(&["commit", "-q", "-m", "there"]).expect(0);
    folder.git(&["checkout", "-q", "main"]).expect(0);
    let said = folder.migrate(&["new", "there"]).expect(2).stderr;
    assert!(said.contains("on a branch: migrations/v0003_there.toml"), "{said}");
    let said = folder.migrate(&["new", "trees", "--dir"]).expect(0).stdout;
    assert!(said.contains("wrote migrations/v0004_trees/migration.toml"), "{said}");
    assert!(folder.path().join("migrations/v0004_trees/cases").is_dir());
}
