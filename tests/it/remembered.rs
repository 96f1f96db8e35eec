//! What `status` remembers is what it would find, whatever changes in between; and what git's files tell is what git says.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use settings_migrate::fs::RealFs;
use settings_migrate::tree::Git;

use crate::command::{Answer, Folder};

const LEVEL: &str = "\
schema = 1
title = \"other log\"
[vars.level]
default = \"other\"
[[step]]
edit = \"**/app.env\"
do = [{ set = \"LEVEL\", to = \"{{level}}\" }]
";
const CREATE: &str = "\
schema = 1
title = \"a new file\"
[[step]]
create = \"build/new.env\"
content = \"A=1\\n\"
";

/// Long enough for the clock of a file system to move on.
fn settle() {
    std::thread::sleep(Duration::from_millis(60));
}

/// A repository, and the home of its user.
struct Place {
    folder: Folder,
    home: Folder,
}

impl Place {
    fn new() -> Self {
        let folder = Folder::repository(&[
            ("migrations/v0001_level.toml", LEVEL),
            ("migrations/v0002_create.toml", CREATE),
            (".gitignore", "build/\n"),
            ("s1/app.env", "LEVEL=debug\n"),
            ("s2/app.env", "LEVEL=debug\n"),
            ("data/real.txt", "LEVEL=debug\n"),
        ]);
        symlink("../data/real.txt", folder.path().join("s2/linked.txt")).expect("a link");
        folder.write("untracked/deep/app.env", b"LEVEL=debug\n");
        folder.write("build/app.env", b"LEVEL=debug\n");
        for empty in ["empty", "build/deep"] {
            std::fs::create_dir_all(folder.path().join(empty)).expect("a folder");
        }
        std::fs::create_dir(folder.path().join("s3")).expect("a folder");
        symlink("../data/real.txt", folder.path().join("s3/app.env")).expect("a link");
        let home = Folder::with(&[(".gitconfig", "[include]\n\tpath = more\n"), ("more", "[user]\n\tname = a\n")]);
        Self { folder, home }
    }

    fn status(&self, arguments: &[&str]) -> Answer {
        let home = self.home.path().display().to_string();
        self.folder.migrate_with(&[&["status", "--stats"], arguments].concat(), &[("HOME", &home)])
    }

    /// The answer when nothing is remembered.
    fn found(&self, arguments: &[&str]) -> String {
        let _ = std::fs::remove_file(self.folder.path().join(".git/migrate/_/status"));
        self.status(arguments).stdout
    }
}

fn is_remembered(answer: &Answer) -> bool {
    answer.stderr.contains(" 0 files looked at")
}

type Change = (&'static str, fn(&Place), &'static [&'static str]);

/// Each of them changes the answer.
const CHANGES: &[Change] = &[
    ("a file in an empty folder", |place| place.folder.write("empty/app.env", b"LEVEL=debug\n"), &[]),
    ("a file in a new folder", |place| place.folder.write("s4/deep/app.env", b"LEVEL=debug\n"), &[]),
    (
        "a file is gone",
        |place| {
            std::fs::remove_file(place.folder.path().join("s1/app.env")).expect("removed");
        },
        &[],
    ),
    (
        "as many bytes of the same time",
        |place| {
            let path = place.folder.path().join("s1/app.env");
            let before = std::fs::metadata(&path).and_then(|data| data.modified()).expect("its time");
            std::fs::write(&path, "LEVEL=other\n").expect("written");
            File::options().write(true).open(&path).and_then(|file| file.set_modified(before)).expect("its time again");
        },
        &[],
    ),
    ("what a link leads to", |place| place.folder.write("data/real.txt", b"LEVEL=other\n"), &[]),
    ("a rule of a folder", |place| place.folder.write("untracked/.gitignore", b"deep/\n"), &[]),
    ("a rule of the root", |place| place.folder.write(".gitignore", b"build/\nuntracked/\n"), &[]),
    ("a rule of this clone", |place| place.folder.write(".git/info/exclude", b"untracked/\n"), &[]),
    ("a rule of the machine", |place| place.home.write(".config/git/ignore", b"untracked/\n"), &[]),
    (
        "settings that are included",
        |place| {
            place.home.write("rules", b"untracked/\n");
            place.home.write("more", b"[core]\n\texcludesFile = ~/rules\n");
        },
        &[],
    ),
    (
        "an ignored file is tracked",
        |place| {
            place.folder.git(&["add", "-f", "build/app.env"]).expect(0);
        },
        &[],
    ),
    (
        "everything is applied",
        |place| {
            place.folder.migrate(&["up", "--yes"]).expect(0);
        },
        &[],
    ),
    ("what is to be made is there", |place| place.folder.write("build/new.env", b"A=2\n"), &[]),
    ("a value of the repository", |place| place.folder.write("migrate.toml", b"[vars]\nlevel = \"debug\"\n"), &[]),
    (
        "a migration",
        |place| {
            place.folder.write("migrations/v0001_level.toml", LEVEL.replace("other\"\n[[", "debug\"\n[[").as_bytes());
        },
        &[],
    ),
    ("a value of the command line", |_| {}, &["--set", "level=debug"]),
    ("a part of the files", |_| {}, &["--only", "s1/*"]),
    ("tracked files only", |_| {}, &["--tracked"]),
];

#[test]
fn whatever_changes_status_says_what_it_would_find() {
    for (name, change, arguments) in CHANGES {
        let place = Place::new();
        settle();
        let before = place.status(&[]);
        let again = place.status(&[]);
        assert!(!is_remembered(&before) && is_remembered(&again), "{name}: {}\n{}", again.stderr, before.stdout);
        assert_eq!(again.stdout, before.stdout, "{name}");
        change(&place);
        let after = place.status(arguments).stdout;
        assert_eq!(after, place.found(arguments), "{name}");
        assert_ne!(after, before.stdout, "{name}: this case shows nothing");
    }
}

#[test]
fn a_record_in_a_folder_that_nobody_walks_is_seen() {
    let record = {
        let other = Place::new();
        other.folder.migrate(&["up", "level", "--yes"]).expect(0);
        other.folder.read(".migrate/applied/level.toml")
    };
    let place = Place::new();
    place.folder.write(".gitignore", b"build/\n.migrate/\n");
    std::fs::create_dir_all(place.folder.path().join(".migrate/applied")).expect("a folder");
    settle();
    let before = place.status(&[]);
    assert!(is_remembered(&place.status(&[])), "{}", before.stdout);
    place.folder.write(".migrate/applied/level.toml", record.as_bytes());
    let after = place.status(&[]).stdout;
    assert_eq!(after, place.found(&[]));
    assert_ne!(after, before.stdout);
}

#[test]
fn what_changed_just_now_is_not_remembered() {
    let place = Place::new();
    settle();
    place.folder.write("s1/app.env", b"LEVEL=xxxxx\n");
    place.status(&[]);
    // The clock of the file system may show the same time as before.
    place.folder.write("s1/app.env", b"LEVEL=other\n");
    let after = place.status(&[]).stdout;
    assert_eq!(after, place.found(&[]));
}

#[test]
fn without_git_too_an_answer_is_remembered_once_there_is_a_place_for_it() {
    let folder = Folder::with(&[("migrations/v0001_level.toml", LEVEL), ("s1/app.env", "LEVEL=debug\n")]);
    let status = || {
        settle();
        folder.migrate(&["status", "--stats"]).expect(0)
    };
    assert!(!is_remembered(&status()) && !is_remembered(&status()), "a command that reads makes no folder");
    folder.migrate(&["up", "--yes"]).expect(0);
    assert!(!is_remembered(&status()) && is_remembered(&status()));
    folder.write("s2/app.env", b"LEVEL=debug\n");
    let after = status();
    assert!(after.stdout.contains("1 new target"), "{}", after.stdout);
}

#[test]
fn in_a_linked_work_tree_an_answer_is_remembered_too() {
    let place = Place::new();
    place.folder.git(&["worktree", "add", "-q", "--detach", "linked"]).expect(0);
    let linked = place.folder.path().join("linked").display().to_string();
    let status = || place.folder.migrate(&["-C", &linked, "status", "--stats"]).expect(0);
    settle();
    let before = status();
    assert!(!is_remembered(&before) && is_remembered(&status()), "{}", before.stdout);
    place.folder.write("linked/s1/app.env", b"LEVEL=other\n");
    assert_ne!(status().stdout, before.stdout);
}

/// What `plain` says of a folder: nothing, or what `find` says.
fn agrees(folder: &Path, is_plain: bool, about: &str) {
    let folder = folder.canonicalize().expect("a folder");
    let found = Git::find(&folder).ok().flatten().map(|git| (git.top, git.private));
    let plain = Git::plain(&RealFs, &folder).map(|git| git.map(|git| (git.top, git.private)));
    assert_eq!(plain.is_some(), is_plain, "{about}: {plain:?}");
    if let Some(plain) = plain {
        assert_eq!(plain, found, "{about}");
    }
}

#[test]
fn what_the_files_of_git_tell_is_what_git_says() {
    let usual = || Folder::repository(&[("a/b/x.env", "A=1\n")]);
    let folder = usual();
    agrees(folder.path(), true, "the top");
    agrees(&folder.path().join("a/b"), true, "a folder below");
    agrees(&folder.path().join(".git"), false, "git's own folder");
    agrees(&folder.path().join(".git/refs"), false, "in git's own folder");
    folder.git(&["worktree", "add", "-q", "--detach", "linked"]).expect(0);
    agrees(&folder.path().join("linked"), false, "a linked work tree");
    folder.git(&["clone", "-q", "--bare", ".", "bare"]).expect(0);
    agrees(&folder.path().join("bare"), false, "a bare repository");
    agrees(&folder.path().join("bare/refs"), false, "in a bare repository");
    for (about, arguments) in [
        ("its work tree is elsewhere", &["config", "core.worktree", "/tmp"][..]),
        ("it has none", &["config", "core.bare", "true"]),
        ("settings in another file", &["config", "include.path", "x"]),
        ("settings of the work tree", &["config", "extensions.worktreeConfig", "true"]),
        ("of a format that nobody knows", &["config", "core.repositoryformatversion", "7"]),
    ] {
        let folder = usual();
        folder.git(arguments).expect(0);
        agrees(folder.path(), false, about);
    }
    let folder = usual();
    std::fs::remove_file(folder.path().join(".git/HEAD")).expect("removed");
    agrees(folder.path(), false, "without HEAD");
    let folder = usual();
    std::fs::rename(folder.path().join(".git"), folder.path().join("git")).expect("moved");
    symlink("git", folder.path().join(".git")).expect("a link");
    agrees(folder.path(), false, "behind a link");
}
