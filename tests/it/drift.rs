//! What `verify` finds of settings that no longer hold: which of several migrations speaks for one, what kind of change it
//! is, and where.

use std::os::unix::fs::PermissionsExt;

use crate::command::Folder;

const FILE: &str = "config/a.yaml";
const RECORD: &str = ".migrate/applied/m0.toml";

/// A repository with one migration for each of `steps`, numbered in their order.
fn applied(config: &str, steps: &[&str]) -> Folder {
    let folder = Folder::repository(&[(FILE, config)]);
    for (number, step) in steps.iter().enumerate() {
        let text = format!("schema = 1\ntitle = \"t\"\n{step}\n");
        folder.write(&format!("migrations/v000{}_m{number}.toml", number + 1), text.as_bytes());
    }
    folder.migrate(&["up"]).expect(0);
    folder
}

fn edit(operations: &str) -> String {
    format!("[[step]]\nedit = \"config/*.yaml\"\ndo = [{operations}]")
}

impl Folder {
    /// What `verify` says, which finds something.
    #[track_caller]
    fn finds(&self, wanted: &[&str]) -> String {
        let told = self.migrate(&["verify"]).expect(1).stdout;
        for part in wanted {
            assert!(told.contains(part), "`verify` does not say `{part}`:\n{told}");
        }
        told
    }

    #[track_caller]
    fn holds(&self) {
        self.migrate(&["verify"]).expect(0);
    }
}

#[test]
fn the_last_migration_that_changed_a_setting_speaks_for_it() {
    let set = |value: &str| edit(&format!("{{ set = \"db.timeout\", to = {value} }}"));
    for values in [&["60", "30"][..], &["60", "90", "30"], &["60", "30", "60", "30"], &["60", "90"]] {
        let steps: Vec<String> = values.iter().map(|value| set(value)).collect();
        let folder = applied("db:\n  timeout: 30\n", &steps.iter().map(String::as_str).collect::<Vec<_>>());
        folder.holds();
        folder.write(FILE, b"db:\n  timeout: 999\n");
        let last = format!("`db.timeout` is no longer as `m{}` left it: changed", values.len() - 1);
        let told = folder.finds(&[&last]);
        assert!(told.contains("1 finding"), "{told}");
    }
    // What a later one takes away, or what lies in that, need not hold.
    for later in ["{ remove = \"db\" }", "{ rename = \"db\", to = \"store\" }"] {
        let folder = applied("db:\n  timeout: 30\nx: 1\n", &[&set("60"), &edit(later)]);
        folder.holds();
    }
}

#[test]
fn what_was_right_already_is_on_record_and_is_seen_to_change() {
    let both = edit("{ set = \"log.level\", to = \"warn\" }, { set = \"log.format\", to = \"json\" }");
    let start = "log:\n  level: warn\n  format: text\n";
    let folder = applied(start, &[&both]);
    let kept = "at = \"log.level\", op = \"kept\", now = \"warn\"";
    assert!(folder.read(RECORD).contains(kept), "{}", folder.read(RECORD));
    folder.holds();
    folder.write(FILE, b"log:\n  level: zz\n  format: json\n");
    folder.finds(&["config/a.yaml:2", "`log.level` is no longer as `m0` left it: changed"]);
    folder.migrate(&["up"]).expect(0);
    assert_eq!(folder.read(FILE), "log:\n  level: zz\n  format: json\n");
    folder.migrate(&["accept", "m0"]).expect(0);
    folder.holds();
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read(FILE), "log:\n  level: zz\n  format: text\n");
}

#[test]
fn a_file_that_was_right_is_no_new_target_once_a_person_changes_it() {
    let both = edit("{ set = \"log.level\", to = \"warn\" }, { set = \"log.format\", to = \"json\" }");
    let folder = Folder::repository(&[
        ("migrations/v0001_m0.toml", &format!("schema = 1\ntitle = \"t\"\n{both}\n")),
        (FILE, "log:\n  level: warn\n  format: text\n"),
        ("config/b.yaml", "log:\n  level: warn\n  format: json\n"),
    ]);
    folder.migrate(&["up"]).expect(0);
    let first = folder.read(RECORD);
    folder.write("config/b.yaml", b"log:\n  level: info\n  format: json\n");
    folder.migrate(&["up"]).expect(0);
    assert_eq!(folder.read("config/b.yaml"), "log:\n  level: info\n  format: json\n");
    folder.finds(&["config/b.yaml:2", "`log.level` is no longer as `m0` left it: changed"]);
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("config/b.yaml"), "log:\n  level: info\n  format: json\n");
    assert_eq!(folder.read(FILE), "log:\n  level: warn\n  format: text\n");
    folder.write("config/b.yaml", b"log:\n  level: warn\n  format: json\n");
    folder.migrate(&["up", "m0"]).expect(0);
    assert_eq!(folder.read(RECORD), first, "the same bytes as the first time");
}

#[test]
fn adopted_settings_are_on_record() {
    let folder = applied("log:\n  level: warn\n", &[&edit("{ set = \"log.level\", to = \"warn\" }")]);
    folder.migrate(&["adopt", "m0"]).expect(0);
    folder.holds();
    folder.write(FILE, b"log:\n  level: info\n");
    folder.finds(&["`log.level` is no longer as `m0` left it: changed"]);
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read(FILE), "log:\n  level: info\n");
}

#[test]
fn a_secret_that_was_right_is_not_told() {
    let folder = applied(
        "db:\n  password: hunter2-hunter2\n  port: 1\n",
        &[&edit("{ set = \"db.password\", to = \"hunter2-hunter2\", secret = false }, { set = \"db.port\", to = 2 }")],
    );
    assert!(!folder.read(RECORD).contains("hunter2"), "{}", folder.read(RECORD));
    folder.holds();
    folder.migrate(&["down"]).expect(0);
}

#[test]
fn each_kind_of_change_is_told_where_it_is() {
    let start = "db:\n  host: a\n  port: 5432\n  old: 1\n";
    let operations = "{ set = \"db.port\", to = 5433 }, { set = \"db.tls\", to = true }, { remove = \"db.old\" }";
    let after = "db:\n  host: a\n  port: 5433\n  tls: true\n";
    for (later, found) in [
        (after.replace("5433", "5432"), "config/a.yaml:3:3|`db.port` is no longer as `m0` left it: reverted by hand"),
        (after.replace("5433", "7"), "config/a.yaml:3:9|`db.port` is no longer as `m0` left it: changed"),
        (after.replace("  port: 5433\n", ""), "config/a.yaml:1:1|`db.port` is no longer as `m0` left it: gone"),
        (
            after.replace("  tls: true\n", ""),
            "config/a.yaml:3:3|`db.tls` is no longer as `m0` left it: reverted by hand",
        ),
        (format!("{after}  old: 1\n"), "config/a.yaml:5:3|`db.old` is no longer as `m0` left it: reverted by hand"),
        (format!("{after}  old: 2\n"), "config/a.yaml:5:8|`db.old` is no longer as `m0` left it: changed"),
    ] {
        let folder = applied(start, &[&edit(operations)]);
        assert_eq!(folder.read(FILE), after);
        folder.write(FILE, later.as_bytes());
        let (place, words) = found.split_once('|').expect("a place");
        let told = folder.finds(&[place, words, "migrate accept m0", "migrate redo m0 --on-conflict=revert"]);
        assert!(told.contains("1 finding"), "{told}");
        folder.migrate(&["redo", "m0", "--on-conflict=revert"]).expect(0);
        folder.holds();
        folder.write(FILE, later.as_bytes());
        folder.migrate(&["accept", "m0"]).expect(0);
        folder.holds();
    }
}

#[test]
fn what_was_done_to_whole_files_is_held_against_them() {
    let steps = "\
[[step]]
delete = \"old.yaml\"
[[step]]
chmod = \"run.sh\"
mode = \"0755\"
[[step]]
create = \"config/new.yaml\"
content = \"a: 1\\nb: 2\\n\"
";
    type Work = fn(&Folder);
    let works: [(&str, Work); 6] = [
        ("`old.yaml` is no longer as `m0` left it: reverted by hand", |folder| folder.write("old.yaml", b"x: 1\n")),
        ("`old.yaml` is no longer as `m0` left it: changed", |folder| folder.write("old.yaml", b"x: 2\n")),
        ("the mode of `run.sh` is no longer as `m0` left it: reverted by hand", |folder| {
            let mode = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(folder.path().join("run.sh"), mode).expect("the mode");
        }),
        ("`b` is no longer as `m0` left it: changed", |folder| folder.write("config/new.yaml", b"a: 1\nb: 3\n")),
        ("`b` is no longer as `m0` left it: gone", |folder| folder.write("config/new.yaml", b"a: 1\n")),
        ("`config/new.yaml` is no longer as `m0` left it: file gone", |folder| {
            std::fs::remove_file(folder.path().join("config/new.yaml")).expect("removed");
        }),
    ];
    for (found, work) in works {
        let folder = Folder::repository(&[
            ("migrations/v0001_m0.toml", &format!("schema = 1\ntitle = \"t\"\n{steps}")),
            ("old.yaml", "x: 1\n"),
            ("run.sh", "#!/bin/sh\n"),
        ]);
        folder.migrate(&["up"]).expect(0);
        folder.holds();
        // What people add is theirs.
        folder.write("config/new.yaml", b"# ours\na: 1\nb: 2\nc: 3\n");
        folder.holds();
        folder.write("config/new.yaml", b"a: 1\nb: 2\n");
        work(&folder);
        let told = folder.finds(&[found]);
        assert!(told.contains("1 finding"), "{told}");
        folder.migrate(&["accept", "m0"]).expect(0);
        folder.holds();
    }
}

#[test]
fn what_is_ensured_is_left_alone_only_where_a_later_migration_changed_it() {
    let ensure = "[[ensure]]\nfiles = \"config/*.yaml\"\nat = \"db.ssl\"\nis = \"on\"\n";
    let first = format!("{}\n{ensure}", edit("{ set = \"db.ssl\", to = \"on\" }"));
    let step = |file: &str, key: &str| format!("[[step]]\nedit = \"{file}\"\ndo = [{{ set = \"{key}\", to = \"x\" }}]");
    for (later, is_found) in [
        (step("config/a.yaml", "db.sslx"), true),
        (step("config/d.yaml", "db.ssl"), true),
        (step("config/a.yaml", "db.ssl"), false),
    ] {
        let folder = Folder::repository(&[
            ("migrations/v0001_m0.toml", &format!("schema = 1\ntitle = \"t\"\n{first}")),
            ("migrations/v0002_m1.toml", &format!("schema = 1\ntitle = \"t\"\n{later}\n")),
            (FILE, "db:\n  ssl: \"off\"\n  sslx: b\n"),
            ("config/d.yaml", "db:\n  ssl: \"off\"\n"),
        ]);
        folder.migrate(&["up"]).expect(0);
        folder.holds();
        if !is_found {
            continue;
        }
        folder.write(FILE, folder.read(FILE).replace("\"on\"", "\"off\"").as_bytes());
        folder.finds(&["M0406", "what this migration ensures does not hold"]);
        folder.migrate(&["accept", "m0"]).expect(0);
        folder.finds(&["M0305", "migrate redo m0 --on-conflict=revert", "migrate accept m0"]);
        if later.contains("sslx") {
            folder.migrate(&["redo", "m0", "--on-conflict=revert"]).expect(0);
            folder.holds();
        }
    }
}

#[test]
fn a_record_that_is_deleted_or_names_other_files_is_found() {
    let start = || applied("db:\n  port: 5432\n", &[&edit("{ set = \"db.port\", to = 5433 }")]);
    let mend = format!("git checkout HEAD -- '{RECORD}'");
    for remove in [&["rm", "-q", RECORD][..], &["status"]] {
        let folder = start();
        folder.git(&["add", "-A"]).expect(0);
        folder.git(&["commit", "-q", "-m", "applied"]).expect(0);
        folder.git(remove).expect(0);
        let _ = std::fs::remove_file(folder.path().join(RECORD));
        folder.finds(&["M0406", "is deleted, which git still has", &mend]);
        for command in [&["check"][..], &["status", "--exit-code"]] {
            folder.migrate(command).expect(1);
        }
        folder.write("config/b.yaml", b"db:\n  port: 1\n");
        let told = folder.migrate(&["up"]).expect(3);
        assert!(told.stderr.contains(&mend), "{}", told.stderr);
        folder.git(&["checkout", "HEAD", "--", RECORD]).expect(0);
        folder.holds();
        // What was forgotten is not missed.
        folder.migrate(&["down", "--forget"]).expect(0);
        folder.holds();
    }
    let folder = start();
    let record = folder.read(RECORD);
    folder.git(&["add", "-A"]).expect(0);
    folder.git(&["commit", "-q", "-m", "applied"]).expect(0);
    std::fs::remove_file(folder.path().join(RECORD)).expect("removed");
    folder.write(&format!("{RECORD}/x"), b"");
    for command in ["verify", "status", "check", "up"] {
        let told = folder.migrate(&[command]).expect(3);
        assert!(told.stderr.contains(&format!("mv '{RECORD}' '{RECORD}.aside'")), "{}", told.stderr);
    }
    std::fs::remove_dir_all(folder.path().join(RECORD)).expect("removed");
    std::os::unix::fs::symlink("../../config/a.yaml", folder.path().join(RECORD)).expect("a link");
    let told = folder.migrate(&["verify"]).expect(3);
    assert!(told.stderr.contains("is a link, and no file"), "{}", told.stderr);
    std::fs::remove_file(folder.path().join(RECORD)).expect("removed");

    folder.write("other.yaml", b"db:\n  port: 5433\n");
    folder.write(RECORD, record.replace("config/a.yaml", "other.yaml").as_bytes());
    folder.finds(&["M0403", "names `other.yaml`, which the migration never touches"]);
    folder.write(".migrate/applied/a b.toml", record.as_bytes());
    let told = folder.migrate(&["verify"]).expect(3);
    assert!(told.stderr.contains("rm '.migrate/applied/a b.toml'"), "{}", told.stderr);
}

#[test]
fn a_record_puts_back_its_own_settings_and_no_other() {
    let folder = applied("db:\n  port: 5432\n", &[&edit("{ set = \"db.port\", to = 5433 }")]);
    let record = folder.read(RECORD);
    for (was, place) in [("8080\\n  evil: 1", "db.evil"), ("8080\\nevil: 1", "evil")] {
        folder.write(RECORD, record.replace("was = \"5432\"", &format!("was = \"{was}\"")).as_bytes());
        for more in [&["down"][..], &["down", "--on-conflict=revert"]] {
            let told = folder.migrate(more).expect(3);
            assert!(told.stderr.contains("M0403") && told.stderr.contains(&format!("`{place}`")), "{}", told.stderr);
        }
        assert_eq!(folder.read(FILE), "db:\n  port: 5433\n");
    }
}

#[test]
fn a_secret_that_is_there_again_or_gone_is_drift() {
    for (text, operation, later, kind) in [
        (
            "c:\n  host: h\n  password: hunter2x\n",
            "{ remove = \"c.password\" }",
            "c:\n  host: h\n  password: y\n",
            "changed",
        ),
        ("c:\n  password: hunter2x\n", "{ set = \"c.password\", to = \"{{new}}\" }", "c:\n  host: h\n", "gone"),
    ] {
        let migration = format!(
            "schema = 1\ntitle = \"t\"\n[vars]\nnew = {{ secret = true, default = \"\" }}\n[[step]]\nedit = \"{FILE}\"\ndo = [{operation}]\n"
        );
        let folder = Folder::repository(&[("migrations/v0001_m0.toml", &migration), (FILE, text)]);
        folder.migrate_with(&["up"], &[("MIGRATE_VAR_NEW", "hunter3x")]).expect(0);
        folder.migrate_with(&["verify"], &[("MIGRATE_VAR_NEW", "hunter3x")]).expect(0);
        folder.write(FILE, later.as_bytes());
        let verified = folder.migrate(&["verify"]).expect(1);
        let told = format!("{}{}", verified.stdout, verified.stderr);
        assert!(told.contains("M0406") && told.contains("c.password") && told.contains(kind), "{told}");
        assert!(!told.contains("hunter"), "{told}");
    }
}
