//! Part of a repository at a time: named files, shards, tracked files only, and programs that run this one over many.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::command::Folder;

const LEVEL: &str = "\
schema = 1
title = \"less log\"
[[step]]
edit = \"**/app.env\"
do = [{ set = \"LEVEL\", to = \"warn\" }]
";

fn repository() -> Folder {
    let folder = Folder::with(&[("migrations/v0001_level.toml", LEVEL)]);
    for number in 0..20 {
        folder.write(&format!("s{number}/app.env"), b"LEVEL=debug\n");
    }
    folder.commit();
    folder
}

/// The files that differ from the commit, without the records.
fn changed(folder: &Folder) -> Vec<String> {
    let names = folder.git(&["diff", "--name-only"]).expect(0).stdout;
    names.lines().filter(|name| !name.starts_with(".migrate")).map(str::to_owned).collect()
}

#[test]
fn only_the_named_files_change_wherever_they_are_named_from() {
    for (names, separator) in [("s1/app.env\0s2/app.env\0", "nul"), ("s1/app.env\n./s2/app.env\n", "lines")] {
        let folder = repository();
        let mut migrate = Command::new(env!("CARGO_BIN_EXE_migrate"));
        migrate.current_dir(folder.path()).args(["up", "--yes", "--files-from", "-"]);
        let mut migrate = migrate.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        migrate.stdin.take().expect("a pipe").write_all(names.as_bytes()).expect("written");
        assert!(migrate.wait().expect("it ends").success(), "{separator}");
        assert_eq!(changed(&folder), ["s1/app.env", "s2/app.env"], "{separator}");
        // What is left comes later, under the same record.
        folder.migrate(&["up"]).expect(0);
        assert_eq!(changed(&folder).len(), 20, "{separator}");
        folder.migrate(&["down", "level"]).expect(0);
        assert!(changed(&folder).is_empty(), "{separator}");
    }
    let folder = repository();
    folder.write("s3/list", b"app.env\n../s4/app.env\nnot_there.env\n");
    folder.migrate(&["-C", "s3", "up", "--files-from", "s3/list"]).expect(0);
    assert_eq!(changed(&folder), ["s3/app.env", "s4/app.env"]);
    folder.write("list", b"../outside.env\n");
    let refused = folder.migrate(&["up", "--files-from", "list"]).expect(3).stderr;
    assert!(refused.contains("`../outside.env` of --files-from lies outside"), "{refused}");
    folder.migrate(&["up", "--files-from", "no_such_list"]).expect(2);
}

#[test]
fn names_that_are_no_files_and_names_that_come_but_once_are_told_of() {
    let folder = repository();
    let note = "note: of 2 names in --files-from none is a file here; they count from the current folder\n";
    for (names, is_told) in
        [("app.env\ns9/none.env\n", true), ("s1/app.env\nnone.env\n", false), ("s1/app.env\n", false), ("", false)]
    {
        folder.write("list", names.as_bytes());
        let plan = folder.migrate(&["up", "-n", "--files-from", "list"]).expect(0);
        assert_eq!(plan.stderr, if is_told { note } else { "" }, "{names}");
        let is_shown = plan.stdout.contains("apply exactly this: migrate --files-from list up --expect ");
        assert_eq!(is_shown, names.contains("s1"), "{}", plan.stdout);
    }
    // As the guide has it, in a folder below the top.
    folder.write("s3/app.env", b"LEVEL=error\n");
    let line = format!("git diff -z --name-only --relative | {} up -n --files-from -", env!("CARGO_BIN_EXE_migrate"));
    let output =
        Command::new("sh").current_dir(folder.path().join("s3")).args(["-c", &line]).output().expect("a shell");
    let [plan, said] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(plan.contains("1 file would change") && !plan.contains("apply exactly this"), "{plan}{said}");
    let (_, id) = said.rsplit_once("give the same names once more, and --expect ").expect("the way on");
    folder.migrate(&["up", "--files-from", "list", "--expect", id.trim_end()]).expect(3);
    folder.write("list", b"s3/app.env\n");
    folder.migrate(&["up", "--files-from", "list", "--expect", id.trim_end()]).expect(0);
    assert_eq!(folder.read("s3/app.env"), "LEVEL=warn\n");
}

#[test]
fn the_shards_together_are_everything_and_each_file_is_in_one() {
    let folder = repository();
    let mut before = 0;
    for part in ["1/3", "2/3", "3/3"] {
        folder.migrate(&["up", "--shard", part]).expect(0);
        let now = changed(&folder).len();
        assert!(now > before, "{part} has its share");
        before = now;
    }
    assert_eq!(before, 20);
    let whole = repository();
    whole.migrate(&["up"]).expect(0);
    assert_eq!(folder.settings(), whole.settings());

    let name = "shop";
    let folder = repository();
    folder.write("migrate.toml", format!("name = \"{name}\"\n").as_bytes());
    let counts = ["repository:1/2", "repository:2/2"].map(|part| {
        folder.migrate(&["up", "--shard", part]).expect(0);
        changed(&folder).len()
    });
    assert!(counts == [20, 20] || counts == [0, 20], "{counts:?}");
    let left = ["repository:1/2", "repository:2/2"].map(|part| {
        folder.migrate(&["down", "level", "--shard", part]).expect(0);
        changed(&folder).len()
    });
    assert!(left == [20, 0] || left == [0, 0], "{left:?}");
    folder.migrate(&["up", "level"]).expect(0);
    for partial in [["--only", "s1/*"], ["--except", "s1/*"], ["--shard", "1/2"]] {
        let refused = folder.migrate(&[&["down", "level"], &partial[..]].concat()).expect(2).stderr;
        assert!(refused.contains("taken back in all of its files"), "{refused}");
    }
    assert_eq!(changed(&folder).len(), 20, "nothing was taken back in part");
    folder.migrate(&["up", "--shard", "3/2"]).expect(2);
}

#[test]
fn tracked_files_only_are_changed_where_that_is_asked() {
    let folder = repository();
    folder.write("new/app.env", b"LEVEL=debug\n");
    folder.migrate(&["up", "--tracked"]).expect(0);
    assert_eq!(folder.read("new/app.env"), "LEVEL=debug\n");
    assert_eq!(changed(&folder).len(), 20);
    folder.migrate(&["up"]).expect(0);
    assert_eq!(folder.read("new/app.env"), "LEVEL=warn\n");
}

#[test]
fn a_program_that_runs_it_in_many_repositories_can_ask_for_a_dry_run() {
    let folder = repository();
    for (name, value, writes) in [
        ("DRY_RUN", "true", false),
        ("XARGS_DRY_RUN", "1", false),
        ("DRY_RUN", "TRUE", false),
        ("DRY_RUN", "0", true),
        ("DRY_RUN", "off", true),
        ("DRY_RUN", "", true),
    ] {
        folder.git(&["checkout", "-q", "."]).expect(0);
        let _ = std::fs::remove_dir_all(folder.path().join(".migrate"));
        let answer = folder.migrate_with(&["up"], &[(name, value)]).expect(0);
        let first = answer.stdout.lines().next().unwrap_or("").to_owned();
        assert_eq!(first == format!("{name} is set: this is a dry run"), !writes, "{first}");
        let json = folder.migrate_with(&["up", "--format", "json"], &[(name, value)]).expect(0);
        assert_eq!(json.stderr.starts_with(&format!("{name} is set")), !writes, "{}", json.stderr);
        assert_eq!(!changed(&folder).is_empty(), writes, "{name}={value}");
    }
    let plain = Folder::repository(&[("README.md", "nothing to see\n")]);
    plain.migrate(&["up"]).expect(0);
    assert_eq!(plain.files().len(), 1, "not applicable: no file is made");
}

#[test]
fn the_answers_of_many_runs_are_one_and_a_run_without_an_answer_is_told() {
    let folder = repository();
    let mut names = Vec::new();
    for part in 1..=3 {
        let answer = folder.migrate(&["--format", "json", "up", "-n", "--shard", &format!("{part}/3")]).expect(0);
        names.push(format!("part{part}.json"));
        folder.write(&names[part - 1], answer.stdout.as_bytes());
    }
    let merge = |more: &[&str]| {
        let names: Vec<&str> = names.iter().map(String::as_str).chain(more.iter().copied()).collect();
        folder.migrate(&[&["report", "merge"], names.as_slice()].concat())
    };
    let text = merge(&[]).expect(0).stdout;
    assert!(text.ends_with("\n3 runs; 20 files (+20 -20)\n"), "{text}");
    let refused = folder.migrate(&["--format", "json", "up", "--to", "v0009"]).stdout;
    folder.write("refused.json", refused.as_bytes());
    folder.write("killed.json", b"");
    folder.write("other.json", b"{\"a\": 1}");
    let text = merge(&["refused.json", "killed.json", "other.json"]).expect(1).stdout;
    for line in [
        "failed  refused.json  M0105: ",
        "failed  killed.json   it left no answer",
        "failed  other.json    this is no answer of `--format json`",
        "6 runs, 3 failed; 20 files (+20 -20)",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    folder.migrate(&["report", "merge", "none.json"]).expect(2);
    // What was merged already counts as the runs it tells of.
    for (answers, code, sum) in [
        (&["part1.json", "part2.json"][..], 0, "\n3 runs; 20 files (+20 -20)\n"),
        (&["part1.json", "part2.json", "refused.json"], 1, "\n4 runs, 1 failed; 20 files (+20 -20)\n"),
    ] {
        let some = folder.migrate(&[&["--format", "json", "report", "merge"], answers].concat()).expect(code).stdout;
        folder.write("some.json", some.as_bytes());
        let text = folder.migrate(&["report", "merge", "some.json", "part3.json"]).expect(code).stdout;
        assert!(text.ends_with(sum), "{text}");
    }
    folder.write("some.json", br#"{"tool":{"name":"migrate"},"command":"report","result":null,"diagnostics":[]}"#);
    folder.migrate(&["report", "merge", "some.json"]).expect(1);
}

#[test]
fn a_run_that_failed_is_one_in_the_sum_whatever_it_says() {
    let wrong = "[[case]]\nname = \"one\"\nfile = \"app.env\"\nbefore = \"LEVEL=1\\n\"\nafter = \"LEVEL=2\\n\"\n";
    let example = format!("{LEVEL}{wrong}");
    for (migration, arguments, code, what) in [
        (LEVEL, &["lint"][..], 1, "failed  one.json  M0114: "),
        (LEVEL, &["check"], 1, "failed  one.json  M0114: "),
        (&example, &["test"], 1, "failed  one.json  it ended with exit code 1"),
        (LEVEL, &["plan"], 0, "ok      one.json  nothing changes"),
        (LEVEL, &["verify"], 0, "ok      one.json  nothing changes"),
    ] {
        let folder = Folder::repository(&[("migrations/v0001_level.toml", migration), ("app.env", "LEVEL=debug\n")]);
        folder.migrate(&["up"]).expect(0);
        let answer = folder.migrate(&[&["--format", "json"], arguments].concat()).expect(code).stdout;
        folder.write("one.json", answer.as_bytes());
        let text = folder.migrate(&["report", "merge", "one.json"]).expect(code).stdout;
        assert!(text.starts_with(what), "{arguments:?}: {text}");
    }
}

/// Of the texts that are read most are the same file again: how often, is held here.
#[test]
fn a_run_tells_what_it_read() {
    let folder = repository();
    let said = folder.migrate(&["up", "-n", "--stats", "--diff", "none"]).expect(0).stderr;
    let number = |behind: &str, before: &str| {
        let rest = said.split_once(behind).and_then(|(_, rest)| rest.split_once(before));
        rest.and_then(|(number, _)| number.trim().parse::<usize>().ok()).unwrap_or_else(|| panic!("{said}"))
    };
    assert_eq!(number("stats: ", " files looked at"), 20, "{said}");
    let texts = number("looked at  ·  ", " texts read as settings");
    assert!((20..=20 * 3).contains(&texts), "{said}");
    assert_eq!(folder.migrate(&["up", "-n", "-q", "--stats"]).expect(0).stderr, "");
}

#[test]
fn every_kind_of_diff_counts_the_same_lines() {
    let more = LEVEL.replace("set = \"LEVEL\", to = \"warn\"", "set = \"MORE\", to = \"1\"");
    let folder = Folder::with(&[("migrations/v0001_more.toml", &more), ("app.env", "LEVEL=debug\n")]);
    for kind in ["unified", "words", "paths", "stat", "none"] {
        let shown = folder.migrate(&["up", "-n", "--diff", kind]).expect(0).stdout;
        assert!(shown.contains("1 file would change (+1 -0)"), "{kind}: {shown}");
    }
}

/// `status` remembers its answer for as long as the files look the same from outside.
#[test]
fn what_status_remembers_ends_with_a_changed_file() {
    let folder = repository();
    assert!(folder.migrate(&["status"]).expect(0).stdout.contains("would edit 20 files"));
    folder.write("s1/app.env", b"LEVEL=warn\n");
    assert!(folder.migrate(&["status"]).expect(0).stdout.contains("would edit 19 files"));
}

/// Git is asked once for each commit which records it has.
#[test]
fn what_status_remembers_of_a_commit_ends_with_the_next_one() {
    let folder = repository();
    let is_told = || folder.migrate(&["status"]).expect(0).stdout.contains("its record is deleted");
    assert!(!is_told(), "the first commit has no record");
    folder.migrate(&["up"]).expect(0);
    folder.commit();
    // Gone from the index, too: only the last commit has it.
    folder.git(&["rm", "-q", ".migrate/applied/level.toml"]).expect(0);
    assert!(is_told() && is_told());
    folder.commit();
    assert!(!is_told(), "the deletion is committed");
}
