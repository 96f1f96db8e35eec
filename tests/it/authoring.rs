//! What an author of migrations is told: files that nobody reads, needs that are met by nothing, paths that are taken.

use crate::command::Folder;

fn migration(text: &str) -> String {
    format!("schema = 1\ntitle = \"x\"\n{text}")
}

fn set(port: u16) -> String {
    migration(&format!("[[step]]\nedit = \"a.toml\"\ndo = [{{ set = \"port\", to = {port} }}]\n"))
}

#[test]
fn a_file_that_only_looks_like_a_migration_is_named() {
    let text = set(1);
    let folder = Folder::repository(&[
        ("a.toml", "port = 1\n"),
        ("migrations/v0001_x.toml", &text),
        ("migrations/0002_y.toml", &text),
        ("migrations/V0003_z.toml", &text),
        ("migrations/v0004-q.toml", &text),
        ("migrations/notes.toml", "a = 1\n"),
    ]);
    let said = folder.migrate(&["lint"]).expect(1).stdout;
    for name in ["0002_y", "V0003_z", "v0004-q"] {
        assert!(said.contains(&format!("`migrations/{name}.toml` is not read")), "{said}");
    }
    assert!(!said.contains("notes"), "{said}");
}

#[test]
fn what_is_needed_may_have_nothing_to_do() {
    let second = format!("{}needs = [\"x\"]\n", migration(""));
    let second = format!("{second}[[step]]\nedit = \"b.toml\"\ndo = [{{ set = \"b\", to = 2 }}]\n");
    let files = |port| {
        Folder::repository(&[
            ("a.toml", port),
            ("b.toml", "b = 1\n"),
            ("migrations/v0001_x.toml", &set(1)),
            ("migrations/v0002_y.toml", &second),
        ])
    };
    files("port = 1\n").migrate(&["up", "y"]).expect(0);
    let said = files("port = 2\n").migrate(&["up", "y"]).expect(3).stderr;
    assert!(said.contains("M0304") && said.contains("migrate up x"), "{said}");
}

#[test]
fn a_file_is_not_created_where_something_else_is() {
    for (path, why) in [("sub", "a folder has that name"), ("a.toml/x", "`a.toml` is a file")] {
        let step = migration(&format!("[[step]]\ncreate = \"{path}\"\ncontent = \"\"\n"));
        let folder =
            Folder::repository(&[("a.toml", "a = 1\n"), ("sub/b.toml", "b = 1\n"), ("migrations/v0001_x.toml", &step)]);
        let said = folder.migrate(&["up"]).expect(3).stderr;
        assert!(said.contains(why) && said.contains("migrations/v0001_x.toml:4:10"), "{said}");
    }
}

#[test]
fn an_example_fails_with_a_code_that_there_is() {
    let case = "[[case]]\nname = \"x\"\nfile = \"a.toml\"\nbefore = \"\"\nfails = \"M9999\"\n";
    let folder =
        Folder::repository(&[("a.toml", "a = 1\n"), ("migrations/v0001_x.toml", &format!("{}{case}", set(1)))]);
    let said = folder.migrate(&["status"]).expect(2).stderr;
    assert!(said.contains("there is no code `M9999`") && said.contains("migrate explain"), "{said}");
}

#[test]
fn examples_in_folders_are_not_rewritten_and_said_to_be_so() {
    let one = "[[case]]\nname = \"one\"\nfile = \"a.toml\"\nbefore = \"port = 2\"\nafter = \"\"\n";
    let two = "[[case]]\nname = \"two\"\ndir = \"trees\"\n";
    let said = |cases: &str, code| {
        let folder = Folder::repository(&[
            ("a.toml", "port = 1\n"),
            ("migrations/v0001_x/migration.toml", &format!("{}{cases}", set(1))),
            ("migrations/v0001_x/cases/trees/before/a.toml", "port = 2\n"),
            ("migrations/v0001_x/cases/trees/after/a.toml", "port = 3\n"),
        ]);
        folder.migrate(&["test", "--examples", "--update"]).expect(code).stdout
    };
    let left = "not rewritten: `two` (migrations/v0001_x/migration.toml:";
    assert!(!said(one, 0).contains("not rewritten"));
    for cases in [two, &format!("{one}{two}")] {
        let said = said(cases, 1);
        assert!(said.contains(left) && said.contains("change cases/trees/after/a.toml by hand"), "{said}");
    }
}

#[test]
fn what_is_ensured_holds_in_the_files_that_are_not_left_out() {
    let ensure = "[[ensure]]\nfiles = \"*.toml\"\nat = \"port\"\nis = 1\n";
    let migration = format!("{}{ensure}", set(1));
    let folder = |other| {
        Folder::repository(&[
            ("a.toml", "port = 2\n"),
            ("b.toml", other),
            ("c.toml", "port = 3\n"),
            ("migrations/v0001_x.toml", &migration),
        ])
    };
    folder("port = 1\n").migrate(&["up", "--except", "c.toml"]).expect(0);
    folder("port = 1\n").migrate(&["up"]).expect(3);
    let said = folder("port = 5\n").migrate(&["up", "--except", "c.toml"]).expect(3).stderr;
    assert!(said.contains("b.toml:1:1") && !said.contains("c.toml:1"), "{said}");
}

#[test]
fn only_to_look_writes_no_file_whatever_else_is_asked_for() {
    let migration = "schema = 1\ntitle = \"x\"\n\n[vars]\nunused = { default = \"1\" }\n\n[[step]]\nedit = \"a.env\"\n\
                     do = [{ set = \"A\", to = \"2\" }]\n\n[[case]]\nname = \"one\"\nfile = \"a.env\"\nbefore = \"A=1\\n\"\n\
                     after = \"A=3\\n\"\n\n[[case]]\nname = \"two\"\nfile = \"a.env\"\nbefore = \"B=1\\n\"\nfails = \"M0301\"\n";
    let folder = Folder::repository(&[("a.env", "A=1\n"), ("migrations/v0001_x.toml", migration)]);
    let before = folder.files();
    for (arguments, code, said) in [
        (&["lint", "--fix", "-n"][..], 1, "1 file would be mended. Nothing was written."),
        (&["test", "-u", "-n"], 1, "1 example would be rewritten. Nothing was written."),
        (&["test", "-u", "-n", "--format", "json"], 1, "\"rewritten\": 0"),
    ] {
        let answer = folder.migrate(arguments).expect(code);
        assert!(answer.stdout.contains(said), "{}", answer.stdout);
        assert_eq!(folder.files(), before, "{arguments:?}");
    }
    // The answer of a run that writes is that of any other, and what fails still fails.
    let answer = folder.migrate(&["test", "-u", "--format", "json"]).expect(1).stdout;
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["result"]["rewritten"], 1);
    let failed = answer["result"]["examples"].as_array().expect("a list").iter().map(|one| one["failed"].as_bool());
    assert_eq!(failed.collect::<Vec<_>>(), [Some(false), Some(true), Some(false)], "{answer:#}");
    assert!(folder.read("migrations/v0001_x.toml").contains("after = \"A=2\\n\""));
}

#[test]
fn every_fault_of_a_file_is_told_at_once() {
    let body = "colour = 1\nshape = 2\n[vars]\nn = { kind = \"integer\", default = \"five\" }\n\
        [[step]]\nedit = \"a.toml\"\ndo = [{ sett = \"a\", to = 1 }, { set = \"b\" }, { set = \"c\", to = \"{{x}}\" }]\n\
        [[step]]\nedit = \"a.toml\"\ndone = []\n[[require]]\nfile = \"a.toml\"\nexcept = \"b\"\nexists = true\n";
    let folder = Folder::repository(&[("a.toml", "a = 1\n"), ("migrations/v0001_x.toml", &migration(body))]);
    let said = folder.migrate(&["lint"]).expect(2).stderr;
    for part in ["`colour`", "`shape`", "no whole number", "unknown key `done`", "`except` leaves files out"] {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
    assert!(said.contains("M0109") && said.contains("v0001_x.toml:6:35"), "{said}");
    let body = body.replace("\"five\"", "5");
    folder.write("migrations/v0001_x.toml", migration(&body).as_bytes());
    let said = folder.migrate(&["lint"]).expect(2).stderr;
    for part in ["unknown operation `sett`", "has no `to`", "variable `x` is not declared"] {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
}

#[test]
fn a_row_is_of_a_step_that_goes_through_its_table() {
    let body = "[for_each.stage]\ndev = { m = 1 }\n[[step]]\nedit = \"a.toml\"\ndo = [{ set = \"a\", to = \"{{stage.m}}\" }]\n";
    let folder = Folder::repository(&[("a.toml", "a = 1\n"), ("migrations/v0001_x.toml", &migration(body))]);
    let said = folder.migrate(&["status"]).expect(2).stderr;
    assert!(said.contains("is of a row of [for_each.stage]") && said.contains("for = \"stage\""), "{said}");
}

#[test]
fn what_is_a_list_of_tables_is_written_as_one() {
    for body in [
        "[step]\nedit = \"a.toml\"\ndo = [{ set = \"a\", to = 1 }]\n",
        "[[step]]\nedit = \"a.toml\"\ndo = { set = \"a\", to = 1 }\n",
    ] {
        let folder = Folder::repository(&[("a.toml", "a = 1\n"), ("migrations/v0001_x.toml", &migration(body))]);
        assert!(folder.migrate(&["status"]).expect(2).stderr.contains("must be a list of tables"));
    }
}

#[test]
fn lint_sees_what_does_nothing_and_what_is_not_read() {
    let twice = "[[step]]\nedit = \"a.toml\"\ndo = [{ set = \"port\", to = 1 }]\n";
    let folder = Folder::repository(&[
        ("a.toml", "port = 1\n"),
        ("migrations/v0001_x.toml", &migration("")),
        ("migrations/v0002_y.toml", &migration(&twice.repeat(2))),
        ("migrations/v0005_dir/notes.txt", "x\n"),
        ("migrations/v0009_y.TOML", &set(1)),
    ]);
    let said = folder.migrate(&["lint"]).expect(1).stdout;
    for part in [
        "v0001_x does nothing: it has no step",
        "`migrations/v0005_dir` is not read: it has no migration.toml",
        "`migrations/v0009_y.TOML` is not read",
        "`port` is set twice",
    ] {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
}

#[test]
fn an_edit_finds_the_files_that_the_steps_before_it_make() {
    let edit = "[[step]]\nedit = \"config/legacy/l.ini\"\ndo = [{ set = \"a.x\", to = \"2\" }]\n";
    let other = "[[step]]\nmove = \"config/l.ini\"\nto = \"config/legacy/l.ini\"\n";
    let make = "[[step]]\ncreate = \"config/legacy/l.ini\"\ncontent = \"[a]\\nx = 1\\n\"\n";
    for (steps, is_told) in [
        ([other, edit], false),
        ([make, edit], false),
        // There is no such file yet.
        ([edit, other], true),
    ] {
        let migration = format!("schema = 1\ntitle = \"Legacy\"\n{}", steps.concat());
        let folder = Folder::repository(&[
            ("config/l.ini", "[a]\nx = 1\n"),
            ("migrations/v0001_legacy.toml", migration.as_str()),
        ]);
        for command in ["lint", "check"] {
            let told = folder.migrate(&[command]).expect(1).stdout;
            assert_eq!(told.contains("M0201"), is_told, "{steps:?}: {told}");
        }
    }
}

#[test]
fn lint_mends_what_it_names() {
    let text = format!(
        "\u{feff}{}",
        migration(
            "why = \"a\u{200b}b\u{200b}\"\n[vars]\nunused = {}\n# stays\n[[step]]\nedit = \"a.toml\"\ndo = [{ set = \"port\", to = 1 }]\n"
        )
    );
    let folder = Folder::repository(&[("a.toml", "port = 2\n"), ("migrations/v0001_x.toml", &text)]);
    folder.migrate(&["lint", "--fix"]).expect(1);
    let mended = folder.read("migrations/v0001_x.toml");
    assert!(
        mended.starts_with('\u{feff}') && mended.contains("why = \"ab\"") && mended.contains("# stays"),
        "{mended}"
    );
    assert!(!mended.contains("unused") && !mended.contains('\u{200b}'), "{mended}");
}

#[test]
fn a_way_back_that_is_not_promised_is_not_tried() {
    let never =
        migration("[[step]]\nedit = \"a.toml\"\ndo = [{ set = \"port\", to = 1 }]\n[down]\nnever = \"it is gone\"\n");
    let folder = Folder::repository(&[("a.toml", "port = 2\n"), ("migrations/v0001_x.toml", &never)]);
    let said = folder.migrate(&["test"]).expect(0).stdout;
    assert!(said.contains("up ok  again ok\n"), "{said}");
}

#[test]
fn an_example_is_only_to_be_rewritten_where_its_after_is_wrong() {
    let case = "[[case]]\nname = \"x\"\nfile = \"a.toml\"\nbefore = \"port = 1\"\nafter = \"port = 3\"\n";
    let again = "[[case]]\nname = \"y\"\nfile = \"a.toml\"\nbefore = \"a = 1\"\nfails = \"M0301\"\n";
    let said = |cases: &str| {
        let text = format!("{}{cases}", set(1));
        let folder = Folder::repository(&[("a.toml", "port = 1\n"), ("migrations/v0001_x.toml", &text)]);
        folder.migrate(&["test", "--examples"]).expect(1).stdout
    };
    assert!(said(case).contains("migrate test -u"));
    assert!(!said(again).contains("migrate test -u"));
}
