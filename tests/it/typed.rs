//! What is to be typed next, as it is shown, works where it is typed.

use std::process::Command;

use crate::command::{Answer, Folder};

const LEVEL: &str = "schema = 1\ntitle = \"Log less\"\n[[step]]\nedit = \"c/*.yaml\"\n\
                     do = [{ set = \"level\", to = \"warn\" }]\n";

/// A repository at `place` in a folder.
fn below(place: &str) -> Folder {
    let folder = Folder::new();
    folder.write(&format!("{place}/c/a.yaml"), b"a: 1\nlevel: debug\n");
    folder.write(&format!("{place}/migrations/v0001_level.toml"), LEVEL.as_bytes());
    folder
}

fn is_git(folder: &Folder, place: &str) {
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "start"]] {
        folder.git(&[&["-C", place], arguments].concat()).expect(0);
    }
}

/// Types `line` in `folder`, as a person would who has this program and a name in git.
fn typed(folder: &Folder, line: &str) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_migrate"));
    let path = format!("{}:{}", program.parent().expect("a folder").display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("sh");
    shell.current_dir(folder.path()).args(["-c", line]).env("PATH", path).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
        shell.env(name, "test");
    }
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What stands behind `head` in an answer.
#[track_caller]
fn behind<'a>(answer: &'a Answer, head: &str) -> &'a str {
    let line = answer.stdout.lines().find_map(|line| line.split_once(head));
    line.unwrap_or_else(|| panic!("no `{head}` in\n{}", answer.stdout)).1
}

#[test]
fn what_is_shown_of_another_folder_works_from_here() {
    for (place, flag) in [("my repo", "-C"), ("repo", "--root")] {
        let folder = below(place);
        is_git(&folder, place);
        let run = |arguments: &[&str]| folder.migrate(&[&[flag, place], arguments].concat());
        let migrate = format!("migrate {flag} {}", if place.contains(' ') { "'my repo'" } else { place });
        assert!(behind(&run(&["status"]), "next: ").starts_with(&format!("{migrate} up -n   ")));
        let up = run(&["up"]).expect(0);
        typed(&folder, behind(&up, "next: "));
        assert_eq!(folder.git(&["-C", place, "status", "--short"]).expect(0).stdout, "");
        typed(&folder, behind(&up, "undo: "));
        assert!(folder.read(&format!("{place}/c/a.yaml")).contains("level: debug"));
        assert!(run(&["status"]).expect(0).stdout.contains(&format!("stays so until: {migrate} up level")));
        let up = run(&["up", "level"]).expect(0);
        let down = run(&["down"]).expect(0);
        typed(&folder, behind(&down, "It stays so until: "));
        assert!(folder.read(&format!("{place}/c/a.yaml")).contains("level: warn"), "{}", up.stdout);
    }
}

#[test]
fn whoever_is_in_another_folder_is_told_where_paths_and_commands_count_from() {
    let folder = below("repo");
    is_git(&folder, "repo");
    folder.migrate(&["-C", "repo", "up"]).expect(0);
    std::fs::remove_file(folder.path().join("repo/c/a.yaml")).expect("the file");
    let root = folder.path().join("repo").display().to_string();
    let line = format!("paths and commands count from the root: cd {root}\n");
    let drift = |folder: &str| {
        let mut migrate = Command::new(env!("CARGO_BIN_EXE_migrate"));
        let output = migrate.current_dir(folder).arg("verify").output().expect("the program");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(drift(&format!("{root}/migrations")).contains(&line));
    assert!(!drift(&root).contains(&line));
    let far = folder.migrate(&["-C", "repo", "verify"]).expect(1).stdout;
    assert!(far.contains(&line), "{far}");
    let refused = folder.migrate(&["-C", "repo", "up", "nothing_of_the_kind"]);
    assert!(refused.stderr.contains("M0105"), "{}", refused.stderr);
}

#[test]
fn without_git_nothing_is_to_be_committed() {
    let folder = below(".");
    let up = folder.migrate(&["up"]).expect(0);
    assert!(up.stdout.contains("undo: migrate down level") && !up.stdout.contains("git"), "{}", up.stdout);
    assert!(up.stdout.contains("Recorded in .migrate/applied/.\nundo: "), "{}", up.stdout);
}
