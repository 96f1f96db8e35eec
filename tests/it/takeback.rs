//! The commands that change what is recorded, and records that somebody else has changed.

use crate::command::Folder;

const PORT: &str = "\
schema = 1
title = \"the port\"
[vars]
p = { default = 5433, kind = \"integer\" }
[[step]]
edit = \"config/*.yaml\"
do = [{ set = \"db.port\", to = \"{{p}}\" }, { set = \"db.tls\", to = true }]
";
const MORE: &str = "\
schema = 1
title = \"the port again\"
[[step]]
edit = \"config/*.yaml\"
do = [{ set = \"db.port\", to = 6000 }]
";
const CONFIG: &str = "db:\n  host: a\n  port: 5432\n";
const APPLIED: &str = "db:\n  host: a\n  port: 5433\n  tls: true\n";
const FILE: &str = "config/a.yaml";
const RECORD: &str = ".migrate/applied/port.toml";

fn start(more: bool) -> Folder {
    let mut files = vec![("migrations/v0001_port.toml", PORT), (FILE, CONFIG)];
    files.extend(more.then_some(("migrations/v0002_more.toml", MORE)));
    Folder::repository(&files)
}

/// Runs each line: its arguments, the exit code, and the settings file afterwards.
#[track_caller]
fn walk(folder: &Folder, lines: &[(&str, i32, &str)]) {
    for (arguments, code, wanted) in lines {
        let words: Vec<&str> = arguments.split(' ').collect();
        let answer = folder.migrate(&words);
        let told = format!("{arguments}\n{}{}", answer.stdout, answer.stderr);
        assert_eq!(answer.code, *code, "{told}");
        assert_eq!(folder.read(FILE), *wanted, "{told}");
    }
}

#[test]
fn a_file_that_people_changed_since_is_kept_or_dropped_as_asked() {
    let steps = [
        ("create = \"a.yaml\"\ncontent = \"a: 1\\n\"", None),
        ("create = \"a.yaml\"\ncontent = \"a: 1\\n\"\nif_exists = \"replace\"", Some("old: 1\n")),
        ("delete = \"a.yaml\"", Some("old: 1\n")),
    ];
    for (step, before) in steps {
        let changed = || {
            let migration = format!("schema = 1\ntitle = \"t\"\n[[step]]\n{step}\n");
            let folder = Folder::repository(&[("migrations/v0001_m.toml", &migration)]);
            before.into_iter().for_each(|text| folder.write("a.yaml", text.as_bytes()));
            folder.migrate(&["up"]).expect(0);
            folder.write("a.yaml", b"a: 1\nb: 2\n");
            folder
        };
        for way in [&["down"][..], &["down", "--on-conflict=markers"]] {
            let said = changed().migrate(way).expect(3);
            assert!(said.stderr.contains("M0410") && said.stderr.contains("--on-conflict=keep"), "{}", said.stderr);
            assert!(said.stderr.contains("--on-conflict=revert"), "{}", said.stderr);
        }
        let folder = changed();
        let said = folder.migrate(&["down", "--on-conflict=keep"]).expect(0);
        assert!(said.stdout.contains("stays: it was changed since"), "{}", said.stdout);
        assert_eq!(folder.read("a.yaml"), "a: 1\nb: 2\n");
        let folder = changed();
        folder.migrate(&["down", "--on-conflict=revert"]).expect(0);
        match before {
            Some(before) => assert_eq!(folder.read("a.yaml"), before, "{step}"),
            None => assert!(!folder.files().contains_key("a.yaml"), "{step}"),
        }
    }
}

#[test]
fn a_later_edit_of_the_same_setting_is_kept_or_dropped_as_asked() {
    let later = APPLIED.replace("5433", "7000");
    for (arguments, code, wanted) in [
        ("down", 3, later.as_str()),
        ("down --on-conflict keep", 0, "db:\n  host: a\n  port: 7000\n"),
        ("down --on-conflict revert", 0, CONFIG),
    ] {
        let folder = start(false);
        walk(&folder, &[("up", 0, APPLIED)]);
        folder.write(FILE, later.as_bytes());
        walk(&folder, &[(arguments, code, wanted)]);
    }
}

#[test]
fn several_migrations_go_in_their_order() {
    let both = APPLIED.replace("5433", "6000");
    for lines in [
        [("down port", 3, both.as_str()), ("down port --cascade", 0, CONFIG)],
        [("down --last 1", 0, APPLIED), ("down --last 5", 0, CONFIG)],
        [("down --to v0001", 0, APPLIED), ("down --to 0", 0, CONFIG)],
        [("down", 0, APPLIED), ("down", 0, CONFIG)],
    ] {
        let folder = start(true);
        walk(&folder, &[("up", 0, both.as_str())]);
        walk(&folder, &lines);
    }
}

#[test]
fn what_was_taken_back_together_comes_again_together() {
    let folder = start(true);
    folder.migrate(&["up"]).expect(0);
    let applied = folder.read(FILE);
    let said = folder.migrate(&["down", "--to", "v0000"]).expect(0).stdout;
    let (_, again) = said.rsplit_once("It stays so until: migrate ").expect("the way back");
    assert_eq!(again, "up port more\n");
    walk(&folder, &[(again.trim_end(), 0, &applied)]);
}

#[test]
fn what_was_taken_back_stays_so_or_is_forgotten() {
    let folder = start(false);
    walk(&folder, &[("up", 0, APPLIED)]);
    let first = folder.read(RECORD);
    walk(&folder, &[("down --reason early", 0, CONFIG), ("up", 0, CONFIG)]);
    assert!(folder.read(RECORD).contains("reason = \"early\""));
    walk(&folder, &[("up port", 0, APPLIED)]);
    assert_eq!(folder.read(RECORD), first, "the same bytes as the first time");
    walk(&folder, &[("down --forget", 0, CONFIG)]);
    assert!(!folder.path().join(RECORD).exists());
    walk(&folder, &[("up", 0, APPLIED)]);
}

#[test]
fn redo_takes_another_value_and_another_file() {
    let folder = start(false);
    let other = APPLIED.replace("5433", "9");
    walk(&folder, &[("up", 0, APPLIED), ("redo port --set p=9", 0, &other), ("verify", 0, &other)]);
    folder.write("migrations/v0001_port.toml", PORT.replace("true }", "false }").as_bytes());
    let warned = folder.migrate(&["up"]).expect(0);
    assert!(warned.stderr.contains("M0401"), "{}", warned.stderr);
    let changed = other.replace("true", "false");
    walk(&folder, &[("up", 0, &other), ("redo port", 0, &changed), ("verify", 0, &changed), ("down", 0, CONFIG)]);
}

#[test]
fn accept_keeps_what_people_did() {
    let folder = start(false);
    let later = APPLIED.replace("5433", "7000");
    walk(&folder, &[("up", 0, APPLIED)]);
    let record = folder.read(RECORD);
    folder.write(FILE, b"db: [\n");
    walk(&folder, &[("verify", 1, "db: [\n"), ("accept port", 3, "db: [\n")]);
    assert_eq!(folder.read(RECORD), record, "what can not be read is not forgotten");
    folder.write(FILE, later.as_bytes());
    walk(&folder, &[("verify", 1, &later), ("accept port", 0, &later), ("verify", 0, &later), ("down", 0, CONFIG)]);
}

/// The bytes that a setting has in the file are what counts, in the character set and the language of the file.
#[test]
fn accept_reads_a_file_in_its_own_character_set_and_format() {
    for (name, format, before, later) in [
        ("app.properties", "", "# caf\u{e9}\ndb.port=5432\n", "# caf\u{e9}\ndb.port=7000\n"),
        ("app.tmpl", "format = \"ini\"\n", "[db]\nport = 5432\n", "[db]\nport = 7000\n"),
    ] {
        let bytes = |text: &str| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
        let step = format!("[[step]]\nedit = \"{name}\"\n{format}do = [{{ set = \"db.port\", to = 5433 }}]\n");
        let migration = format!("schema = 1\ntitle = \"t\"\n{step}");
        let folder = Folder::with(&[("migrations/v0001_port.toml", &migration)]);
        folder.write(name, &bytes(before));
        folder.migrate(&["up"]).expect(0);
        folder.write(name, &bytes(later));
        let verified = folder.migrate(&["verify"]).expect(1);
        assert!(verified.stdout.contains("db.port") && verified.stdout.contains("7000"), "{}", verified.stdout);
        let told = folder.migrate(&["accept", "port"]).expect(0);
        assert!(told.stdout.contains("is kept as it is"), "{}", told.stdout);
        assert!(folder.read(RECORD).contains("now = \"7000\""), "{}", folder.read(RECORD));
        folder.migrate(&["verify"]).expect(0);
        folder.migrate(&["down"]).expect(0);
        assert_eq!(std::fs::read(folder.path().join(name)).expect("the file"), bytes(before));
    }
}

#[test]
fn accept_of_a_file_that_is_gone_forgets_all_of_it() {
    let folder = start(false);
    folder.migrate(&["up"]).expect(0);
    std::fs::remove_file(folder.path().join(FILE)).expect("removed");
    folder.migrate(&["verify"]).expect(1);
    folder.migrate(&["accept", "port"]).expect(0);
    folder.migrate(&["verify"]).expect(0);
}

#[test]
fn adopt_asks_for_evidence_and_renumber_keeps_the_record() {
    let folder = start(false);
    walk(&folder, &[("adopt port", 3, CONFIG)]);
    folder.write(FILE, APPLIED.as_bytes());
    walk(&folder, &[("adopt port", 0, APPLIED)]);
    let record = folder.read(RECORD);
    assert!(record.contains("state = \"adopted\""), "{record}");
    walk(&folder, &[("renumber port --to 7", 0, APPLIED), ("status --exit-code", 0, APPLIED)]);
    assert_eq!(folder.read(RECORD), record);
    assert_eq!(folder.read("migrations/v0007_port.toml"), PORT);
}

#[test]
fn a_lower_number_that_comes_late_is_applied_only_on_demand() {
    let folder = Folder::repository(&[("migrations/v0002_more.toml", MORE), (FILE, CONFIG)]);
    let more = CONFIG.replace("5432", "6000");
    walk(&folder, &[("up", 0, &more)]);
    folder.write("migrations/v0001_port.toml", PORT.as_bytes());
    walk(&folder, &[("up", 3, &more), ("up --out-of-order port", 0, APPLIED)]);
}

#[test]
fn a_record_that_can_not_be_used_is_named_and_stays() {
    let good = {
        let folder = start(false);
        folder.migrate(&["up"]).expect(0);
        folder.read(RECORD)
    };
    let first = good.lines().find(|line| line.starts_with("  {")).expect("an edit");
    for (what, bad, words) in [
        ("markers", format!("<<<<<<< ours\n{good}=======\n{good}>>>>>>> theirs\n"), "a merge that was not finished"),
        ("twice", good.replace("state", "state = \"reverted\"\nstate"), "says `state` twice"),
        ("newer", good.replace("format = 1", "format = 9"), "M0404"),
        ("outside", good.replace(FILE, "../a.yaml"), "M0403"),
        ("absolute", good.replace(FILE, "/etc/passwd"), "M0403"),
        ("git's own", good.replace(FILE, ".git/config"), "M0403"),
        ("cut off", good.trim_end_matches("]\n").to_owned(), "M0403"),
        ("no such edit", good.replace("op = \"insert\"", "op = \"burn\""), "M0403"),
    ] {
        let folder = start(false);
        folder.write(FILE, APPLIED.as_bytes());
        folder.write(RECORD, bad.as_bytes());
        for command in ["up", "down", "status", "verify"] {
            let answer = folder.migrate(&[command]);
            assert!(answer.code > 0 && answer.stderr.contains(words), "{what}, {command}: {}", answer.stderr);
        }
        assert_eq!((folder.read(RECORD), folder.read(FILE)), (bad, APPLIED.to_owned()), "{what}");
    }
    // An edit that stands twice is one.
    let folder = start(false);
    folder.write(FILE, APPLIED.as_bytes());
    folder.write(RECORD, good.replace(first, &format!("{first}\n{first}")).as_bytes());
    walk(&folder, &[("verify", 0, APPLIED), ("down", 0, CONFIG)]);
}

#[test]
fn a_record_is_enough_without_its_migration() {
    let folder = start(true);
    folder.migrate(&["up", "port"]).expect(0);
    std::fs::remove_file(folder.path().join("migrations/v0001_port.toml")).expect("removed");
    let status = folder.migrate(&["status"]).expect(0);
    assert!(status.stdout.contains("port"), "{}", status.stdout);
    walk(&folder, &[("verify", 1, APPLIED), ("down port", 0, CONFIG), ("verify", 0, CONFIG)]);
}

/// Records that were committed long ago are read for ever, and what a later version has put there stays.
#[test]
fn old_records_are_read_and_keep_what_is_not_known() {
    let folder = start(false);
    folder.write(FILE, APPLIED.as_bytes());
    let old = include_str!("../../fixtures/records/port.toml");
    folder.write(RECORD, old.as_bytes());
    folder.write("config/b.yaml", CONFIG.as_bytes());
    walk(&folder, &[("verify", 1, APPLIED), ("up --set p=5433", 0, APPLIED)]);
    let record = folder.read(RECORD);
    for line in old.lines().filter(|line| *line != "]") {
        assert!(record.lines().any(|one| one == line), "{line}\n{record}");
    }
    assert!(record.contains("config/b.yaml"), "{record}");
    walk(&folder, &[("down", 0, CONFIG)]);
    assert!(folder.read(RECORD).contains("origin = "));
}

#[test]
fn a_secret_that_nobody_here_remembers_is_given() {
    let asked = "--value PLACE=env:VARIABLE, where PLACE is";
    for (operation, before, place, code) in [
        (
            "{ set = \"db.password\", to = \"other-other\", secret = false }",
            "db:\n  password: hunter2-hunter2\n",
            "db.password",
            0,
        ),
        ("{ remove = \"db.password\" }", "db:\n  host: a\n  password: hunter2-hunter2\n", "db.password", 0),
        ("{ set = \"db.password\", to = \"other-other\", secret = false }", "db:\n  host: a\n", "db.password", 0),
        (
            "{ set = \"db.url\", in = \"url:query.password\", to = \"other-other\", secret = false }",
            "db:\n  url: a://b/c?password=hunter2-hunter2&x=1\n",
            "db.url url:query.password",
            0,
        ),
        // A value does not say what a key was called.
        ("{ rename = \"db.password\", to = \"secret\" }", "db:\n  password: hunter2-hunter2\n", "db.password", 3),
    ] {
        let migration = format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.yaml\"\ndo = [{operation}]\n");
        let folder = Folder::with(&[("migrations/v0001_port.toml", &migration), (FILE, before)]);
        folder.migrate(&["up"]).expect(0);
        let after = folder.read(FILE);
        assert!(!folder.read(RECORD).contains("hunter2"));
        std::fs::remove_dir_all(folder.path().join(".migrate/local")).expect("removed");
        let refused = folder.migrate(&["down"]);
        assert_eq!(refused.code, 3, "{operation}: {}", folder.read(RECORD));
        let said = refused.stderr.contains(&format!("{asked} `{place}`"));
        assert_eq!(said, code == 0, "{operation}: {}", refused.stderr);
        let given = format!("{place}=env:OLD");
        folder.migrate_with(&["down", "--value", &given], &[("OLD", "hunter2-hunter2")]).expect(code);
        assert_eq!(folder.read(FILE), if code == 0 { before } else { after.as_str() }, "{operation}");
    }
}

/// Each command that a message names goes on from there.
#[test]
fn a_migration_that_is_gone_is_told_and_its_record_can_be_worked_with() {
    let folder = start(true);
    folder.migrate(&["up", "port"]).expect(0);
    std::fs::remove_file(folder.path().join("migrations/v0001_port.toml")).expect("removed");
    let said = |arguments: &[&str], code: i32, wanted: &[&str]| {
        let answer = folder.migrate(arguments).expect(code);
        let told = format!("{}{}", answer.stdout, answer.stderr);
        for part in wanted {
            assert!(told.contains(part), "{arguments:?} does not say `{part}`:\n{told}");
        }
        told
    };
    let counted = "1 without its migration, 1 pending.";
    let told = said(&["status"], 0, &["1 file; its migration is gone", counted, "migrate verify port"]);
    assert!(!told.contains("nothing has drifted"), "{told}");
    said(&["status", "--exit-code"], 1, &[counted]);
    said(&["verify", "port"], 1, &["M0412", "git log --diff-filter=D", "migrate down port"]);
    said(&["show", "port"], 0, &["port: its migration is gone", "definition  m1:", "db.port", "5433"]);
    said(&["show", "port", "--format", "json"], 0, &["\"db.port\""]);
    said(&["redo", "port"], 2, &["no such migration any more", "migrate down port"]);
    folder.write(FILE, APPLIED.replace("5433", "7000").as_bytes());
    said(&["status"], 0, &["1 setting of 1 file changed; its migration is gone", "1 drifted", "migrate verify port"]);
    let told = said(&["verify", "port"], 1, &["M0406", "migrate accept port"]);
    assert!(!told.contains("redo"), "{told}");
    said(&["accept", "port"], 0, &["Recorded"]);
    said(&["down", "port"], 0, &["taken back"]);
    said(&["status", "--exit-code"], 1, &["1 pending."]);
    assert_eq!(folder.read(FILE), CONFIG);
}

#[test]
fn a_value_is_taken_only_where_one_is_needed() {
    let migration = "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.yaml\"\n\
                     do = [{ set = \"db.password\", to = \"other-other\", secret = false }]\n";
    let folder =
        Folder::with(&[("migrations/v0001_port.toml", migration), (FILE, "db:\n  password: hunter2-hunter2\n")]);
    folder.migrate(&["up"]).expect(0);
    let before = (folder.settings(), folder.read(RECORD));
    for (value, code, said) in [
        ("db.password=env:OLD", 2, "is not needed for `db.password`"),
        ("db.pasword=env:OLD", 2, "did you mean `db.password`?"),
        ("db.password=env:EMPTY", 2, "nothing is in the environment variable `EMPTY`"),
        ("db.password=env:NONE", 2, "no variable `NONE`"),
        ("db.password=hunter2-hunter2", 2, "`db.password` has no env: behind it"),
    ] {
        let answer = folder.migrate_with(&["down", "--value", value], &[("OLD", "x"), ("EMPTY", "")]).expect(code);
        assert!(answer.stderr.contains(said), "{value}: {}", answer.stderr);
        assert!(
            !answer.stderr.contains("hunter2") && answer.stderr.matches('`').count().is_multiple_of(2),
            "{}",
            answer.stderr
        );
        assert!((folder.settings(), folder.read(RECORD)) == before);
    }
}

/// A file, and an operation that means what stands in several places or goes into several edits.
const SPREAD: [(&str, &str, &str, Option<&str>); 22] = [
    ("a.ini", "[a]\nx=1\n\n[b]\nz=1\n\n[a]\ny=2\n", "{ remove = 'a' }", Some("M0312")),
    ("a.ini", "[a]\nx=1\n\n[b]\nz=1\n\n[a]\ny=2\n", "{ remove = 'a.x' }, { remove = 'a.y' }", None),
    ("a.ini", "[a]\nx=1\n\n[b]\nz=1\n\n[a]\ny=2\n", "{ rename = 'a', to = 'c' }", None),
    ("a.ini", "[a]\nx=1\n\n[b]\nz=1\n\n[a]\ny=2\n", "{ move = 'a', to = 'c' }", Some("M0312")),
    ("a.ini", "[a]\nx=1\n\n[b]\nz=1\n\n[a]\ny=2\n", "{ merge = 'a', value = { x = '5', w = '6' } }", None),
    ("a.toml", "[a]\nx = 1\n\n[b]\nz = 1\n\n[a.c]\ny = 2\n", "{ remove = 'a' }", None),
    ("a.toml", "[a]\nx = 1\n\n[b]\nz = 1\n\n[a.c]\ny = 2\n", "{ rename = 'a', to = 'q' }", None),
    ("a.toml", "[a]\nx = 1\n\n[b]\nz = 1\n\n[a.c]\ny = 2\n", "{ move = 'a', to = 'q' }", None),
    ("a.env", "A=1\nB=2\nA=3\n", "{ remove = 'A' }", Some("M0312")),
    ("a.env", "export A=1\nB=2\n", "{ move = 'A', to = 'C' }", None),
    ("a.env", "A='x'\nB=\"$HOME\"\nC=y\n", "{ move = 'B', to = 'D' }, { copy = 'C', to = 'E' }", None),
    ("a.properties", "a.b=1\nc=2\na.b=3\n", "{ remove = 'a.b' }", Some("M0312")),
    ("a.xml", "<r>\n  <a>1</a>\n  <b/>\n  <a>2</a>\n</r>\n", "{ remove = 'r.a[*]' }", None),
    ("a.xml", "<r>\n  <a>1</a>\n  <b/>\n  <a>2</a>\n</r>\n", "{ rename = 'r.a#2', to = 'c' }", None),
    ("a.xml", "<r><a/></r>\n", "{ merge = 'r.a', value = { b = '1', c = { d = '2', e = '3' } } }", None),
    ("a.xml", "<r>\n  <a x=\"1\"/>\n</r>\n", "{ merge = 'r.a', value = { b = '1', c = '2' } }", None),
    ("a.xml", "<r><a></a></r>\n", "{ set = 'r.a', to = { b = '1', c = '2' } }", None),
    ("a.tf", "a \"x\" {\n  b = 1\n}\na \"y\" {\n  b = 2\n}\n", "{ remove = 'a' }", None),
    ("a.py", "X = {'c': 1}\nX['a'] = 1\nY = 2\nX['b'] = 2\n", "{ remove = 'X.a' }", None),
    ("a.py", "X = {'c': 1}\nX['a'] = 1\nY = 2\nX['b'] = 2\n", "{ rename = 'X', to = 'Z' }", None),
    ("a.yaml", "a:\n  b: 1\n", "{ merge = 'a', value = { b = 2, c = { d = '2' } } }, { set = 'a.c.f', to = 1 }", None),
    ("a.json", "{\"a\": {}}\n", "{ merge = 'a', value = { b = 2, c = { d = '2' } } }, { set = 'a.c.f', to = 1 }", None),
];

#[test]
fn what_was_just_applied_holds_and_goes_back_or_was_refused() {
    for (file, text, operations, refused) in SPREAD {
        let step = format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"{file}\"\ndo = [{operations}]\n");
        let folder = Folder::with(&[(file, text), ("migrations/v0001_x.toml", &step)]);
        let up = folder.migrate(&["up"]);
        let told = format!("{file}: {operations}\n{}{}", up.stdout, up.stderr);
        if let Some(code) = refused {
            assert!(up.code == 3 && up.stderr.contains(code), "{told}");
            assert_eq!(folder.read(file), text, "{told}");
            continue;
        }
        assert!(up.code == 0 && folder.read(file) != text, "{told}");
        let verify = folder.migrate(&["verify"]);
        assert_eq!(verify.code, 0, "{told}{}{}", verify.stdout, verify.stderr);
        let down = folder.migrate(&["down", "x"]);
        assert_eq!(down.code, 0, "{told}{}{}", down.stdout, down.stderr);
        assert_eq!(folder.read(file), text, "{told}");
    }
}
