//! `down` does not walk through the repository where records tell all it has to know, and says what it would say after a walk.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::command::Folder;

const LEVEL: &str = "\
schema = 1
title = \"other log\"
[[step]]
edit = \"**/app.env\"
do = [{ set = \"LEVEL\", to = \"other\" }]
";
const LATER: &str = "\
schema = 1
title = \"other name\"
[[step]]
edit = \"s2/job.env\"
do = [{ set = \"NAME\", to = \"other\" }]
";
const BACK: &str = "\
[[down.step]]
edit = \"**/app.env\"
do = [{ set = \"LEVEL\", to = \"before\" }]
";
const LEVEL_FILE: &str = "migrations/v0001_level.toml";

/// Three files that are tracked, one that is not, one that git ignores, and a folder with none of them.
fn start() -> Folder {
    let folder = Folder::repository(&[
        (LEVEL_FILE, LEVEL),
        ("migrations/v0002_later.toml", LATER),
        (".gitignore", "local/*.env\n"),
        ("s1/app.env", "LEVEL=debug\n"),
        ("s2/app.env", "LEVEL=debug\n"),
        ("s2/job.env", "NAME=a\n"),
        ("s3/deep/app.env", "LEVEL=debug\n"),
        ("far/away/notes.txt", "nothing\n"),
    ]);
    folder.write("new/app.env", b"LEVEL=debug\n");
    folder.write("local/app.env", b"LEVEL=debug\n");
    folder.migrate(&["up"]).expect(0);
    folder.git(&["add", ".migrate", "s1", "s2", "s3"]).expect(0);
    folder.git(&["commit", "-q", "-m", "up"]).expect(0);
    folder
}

/// Whether `migrate ARGUMENTS` looks into the folder that no record names; `None` where nobody can tell.
fn walks(folder: &Folder, arguments: &[&str]) -> Option<bool> {
    let log = Folder::new();
    let place = log.path().join("log");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=open,openat,openat2"]).arg("-o").arg(&place);
    command.arg(env!("CARGO_BIN_EXE_migrate")).args(arguments);
    command.current_dir(folder.path()).env("GIT_CEILING_DIRECTORIES", "/");
    let output = command.output().ok()?;
    let may_look = !String::from_utf8_lossy(&output.stderr).contains("strace: ");
    may_look.then(|| std::fs::read_to_string(&place).is_ok_and(|calls| calls.contains("far")))
}

/// What is done to the repository, and whether a walk has to tell what became of it.
type Change = (&'static str, bool, fn(&Folder));

const CHANGES: [Change; 14] = [
    ("nothing", false, |_| {}),
    ("a later edit", false, |folder| folder.write("s1/app.env", b"LEVEL=other\nMORE=1\n")),
    ("a conflict", false, |folder| folder.write("s1/app.env", b"LEVEL=third\n")),
    ("a conflict in an ignored file", false, |folder| folder.write("local/app.env", b"LEVEL=third\n")),
    ("ignored by now", false, |folder| folder.write(".gitignore", b"local/*.env\nnew/*.env\n")),
    ("a folder that is ignored by now", false, |folder| folder.write(".gitignore", b"local/*.env\nnew/\n")),
    ("no longer tracked", false, |folder| drop(folder.git(&["rm", "-q", "--cached", "s1/app.env"]).expect(0))),
    ("gone", true, |folder| std::fs::remove_file(folder.path().join("s1/app.env")).expect("gone")),
    ("moved", true, |folder| drop(folder.git(&["mv", "s1", "s9"]).expect(0))),
    ("a file of another migration is gone", false, |folder| {
        std::fs::remove_file(folder.path().join("s2/job.env")).expect("gone");
    }),
    ("a link in its place", true, |folder| {
        std::fs::rename(folder.path().join("s1/app.env"), folder.path().join("s1/real.env")).expect("moved");
        symlink("real.env", folder.path().join("s1/app.env")).expect("a link");
    }),
    ("behind a link", true, |folder| {
        std::fs::rename(folder.path().join("s1"), folder.path().join("s9")).expect("moved");
        symlink("s9", folder.path().join("s1")).expect("a link");
    }),
    ("a repository of its own", true, |folder| folder.write("new/migrate.toml", b"")),
    ("steps back of its own", true, |folder| folder.write(LEVEL_FILE, format!("{LEVEL}{BACK}").as_bytes())),
];

#[test]
fn down_says_without_a_walk_what_it_says_after_one() {
    for (what, needs_walk, change) in CHANGES {
        let folder = start();
        change(&folder);
        // What goes along with `level` is known only after a walk, and here nothing does.
        let told = |more: &[&str]| {
            let answer = folder.migrate(&[&["down", "level", "--dry-run"], more].concat());
            (answer.stdout, answer.stderr)
        };
        for way in [&[][..], &["--on-conflict", "keep", "--format", "json"]] {
            assert_eq!(told(way), told(&[way, &["--cascade"]].concat()), "{what}: {way:?}");
        }
        match walks(&folder, &["down", "level", "--dry-run"]) {
            Some(walked) => assert_eq!(walked, needs_walk, "{what}"),
            None => println!("skipped: there is no strace here, or it may not look"),
        }
        assert_ne!(walks(&folder, &["down", "level", "--dry-run", "--cascade"]), Some(false), "{what}");
    }
}

#[test]
fn down_without_a_walk_takes_all_of_it_back() {
    let folder = start();
    folder.write("s1/app.env", b"LEVEL=other\nMORE=1\n");
    folder.migrate(&["down", "level"]).expect(0);
    assert_eq!(folder.read("s1/app.env"), "LEVEL=debug\nMORE=1\n");
    for name in ["s2/app.env", "s3/deep/app.env", "new/app.env", "local/app.env"] {
        assert_eq!(folder.read(name), "LEVEL=debug\n", "{name}");
    }
    assert_eq!(folder.read("s2/job.env"), "NAME=other\n");
}
