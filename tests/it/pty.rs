//! On a terminal: how far a long run is, the pager, narrow ones, those that know no more than ASCII, readers that go away.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::Folder;

/// Runs a command on a terminal of its own, of so many columns and rows, and prints what came there.
const TERMINAL: &str = "
import fcntl, os, pty, struct, subprocess, sys, termios, threading
columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
os.write(master, os.environ.get('ANSWER', '').encode())
# A terminal that hangs up may lose what it was sent last: it stays open, and what comes behind the last line tells its end.
END = b'\\0'
threading.Thread(target=lambda: (process.wait(), os.write(slave, END)), daemon=True).start()
shown = b''
while not shown.endswith(END):
    shown += os.read(master, 65536)
sys.stdout.buffer.write(shown[:-len(END)])
sys.stdout.flush()
sys.exit(process.wait())
";

/// What a terminal of this size is sent, and the exit code; `None` without python3, which makes one.
fn on_terminal(
    folder: &Folder,
    size: (usize, usize),
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Option<(String, i32)> {
    let mut python = Command::new("python3");
    python.args(["-c", TERMINAL, &size.0.to_string(), &size.1.to_string(), env!("CARGO_BIN_EXE_migrate")]);
    python.args(arguments).current_dir(folder.path()).env_clear();
    let path = std::env::var("PATH").unwrap_or_default();
    python.envs([("PATH", path.as_str()), ("LC_ALL", "C.UTF-8"), ("TERM", "xterm"), ("PAGER", "cat")]);
    python.env("GIT_CEILING_DIRECTORIES", folder.path().parent().expect("a parent"));
    python.envs(environment.iter().copied());
    match python.output() {
        Err(_) => {
            println!("skipped: a terminal is made by python3, which is not here");
            None
        }
        Ok(output) => {
            let shown = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
            Some((shown, output.status.code().unwrap_or(-1)))
        }
    }
}

fn projectx() -> Folder {
    let folder = Folder::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos/projectx"));
    folder.commit();
    folder
}

#[test]
fn a_long_run_says_how_far_it_is_and_takes_the_line_away() {
    let folder = projectx();
    // Whatever is asked of git takes its time.
    let slow = Folder::with(&[("git", "#!/bin/sh\nsleep 0.9\nPATH=\"$OWN_PATH\" exec git \"$@\"\n")]);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(slow.path().join("git"), mode).expect("the mode");
    let own = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{own}", slow.path().display());
    let line = "\rlooking for the files\u{1b}[K";
    for (arguments, more, is_shown) in [
        (&["status"][..], None, true),
        (&["status", "--format", "json"], None, true),
        (&["status", "-q"], None, false),
        (&["status"], Some(("TERM", "dumb")), false),
        (&["status"], Some(("NO_COLOR", "1")), false),
        (&["status"], Some(("CI", "true")), false),
    ] {
        let environment: Vec<_> =
            [("PATH", path.as_str()), ("OWN_PATH", own.as_str())].into_iter().chain(more).collect();
        // Of a part of the files nothing is remembered, and the next one has to look for them again.
        let arguments = [arguments, &["--only", "**"]].concat();
        let Some((shown, code)) = on_terminal(&folder, (80, 24), &arguments, &environment) else { return };
        assert_eq!(code, 0, "{shown}");
        assert_eq!(shown.contains(line), is_shown, "{arguments:?} {more:?}: {shown:?}");
        let behind = shown.rsplit_once("\r\u{1b}[K").map_or(shown.as_str(), |(_, behind)| behind);
        assert!(behind.is_empty() == arguments.contains(&"-q") && !behind.contains('\r'), "{shown:?}");
    }
    // Where nobody looks there is no line.
    let answer = folder.migrate_with(&["status"], &[("PATH", &path), ("OWN_PATH", &own), ("TERM", "xterm")]).expect(0);
    assert_eq!(answer.stderr, "");
}

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager() {
    let folder = projectx();
    let pager = "sed s/^/paged:/";
    for (arguments, rows, environment, is_paged) in [
        (&["up", "-n"][..], 24, &[("PAGER", pager)][..], true),
        (&["plan"], 24, &[("PAGER", "false"), ("MIGRATE_PAGER", pager)], true),
        (&["plan", "--pager", pager], 24, &[], true),
        (&["show", "enable_ssl"], 24, &[("PAGER", pager)], true),
        (&["explain"], 24, &[("PAGER", pager)], true),
        (&["explain", "-q"], 24, &[("PAGER", pager)], true),
        (&["plan"], 2000, &[("PAGER", pager)], false),
        (&["status"], 24, &[("PAGER", pager)], false),
        (&["plan", "--pager", "cat"], 24, &[("PAGER", pager)], false),
        (&["plan"], 24, &[("PAGER", "")], false),
        (&["plan"], 24, &[("PAGER", pager), ("TERM", "dumb")], false),
        (&["plan", "--format", "json"], 24, &[("PAGER", pager)], false),
        (&["plan", "--report", "markdown"], 24, &[("PAGER", pager)], false),
        // There is no such program: the answer is shown all the same.
        (&["plan"], 24, &[("PAGER", "no-such-pager 2>&-")], false),
    ] {
        let Some((shown, code)) = on_terminal(&folder, (80, rows), arguments, environment) else { return };
        let is_whole = shown.lines().count() > 5;
        assert!(code == 0 && is_whole, "{arguments:?} {environment:?}: {code}\n{shown}");
        assert_eq!(shown.contains("paged:"), is_paged, "{arguments:?} {environment:?}\n{shown}");
        assert_eq!(
            shown.matches("Nothing was written.").count(),
            usize::from(shown.contains("Nothing was")),
            "{shown}"
        );
    }
    // The run itself never waits for a reader.
    let Some((shown, code)) = on_terminal(&folder, (80, 5), &["up"], &[("PAGER", pager)]) else { return };
    assert!(code == 0 && !shown.contains("paged:"), "{shown}");
    let answer = folder.migrate_with(&["show", "enable_ssl"], &[("PAGER", pager), ("TERM", "xterm")]).expect(0);
    assert!(!answer.stdout.contains("paged:"));
}

#[test]
fn tables_fit_into_narrow_terminals() {
    let folder = projectx();
    for columns in [40, 60, 79, 100] {
        for arguments in [&["up", "-n", "--diff", "stat"][..], &["status"], &["check"], &["test"], &["up"]] {
            let Some((shown, _)) = on_terminal(&folder, (columns, 24), arguments, &[("NO_COLOR", "1")]) else { return };
            // Commands stay whole, so that they can be pasted; sentences are no tables.
            let is_told = |line: &str| ["git add", "migrate ", "error["].iter().any(|word| line.contains(word));
            let is_row = |line: &&str| !is_told(line) && !line.ends_with('.');
            for line in shown.lines().filter(is_row) {
                let width = line.chars().count();
                let is_one_word = line.trim_start().split(' ').filter(|word| !word.is_empty()).count() <= 3;
                assert!(
                    width <= columns || is_one_word,
                    "{arguments:?} in {columns}: {width} columns\n{line}\n{shown}"
                );
            }
        }
        let Some((shown, code)) = on_terminal(&folder, (columns, 24), &["down"], &[]) else { return };
        assert_eq!(code, 0, "{shown}");
        folder.git(&["checkout", "-q", "--", "."]).expect(0);
        std::fs::remove_dir_all(folder.path().join(".migrate")).expect("the records");
        std::fs::remove_dir_all(folder.path().join(".git/migrate")).expect("the state");
    }
}

#[test]
fn without_utf_8_everything_is_ascii() {
    let folder = projectx();
    let commands = [
        &["up", "-n"][..],
        &["up", "-n", "--diff", "words"],
        &["up", "-n", "--diff", "paths"],
        &["show", "enable_ssl"],
        &["up"],
        &["status"],
        &["show", "enable_ssl"],
        &["check"],
        &["doctor"],
        &["explain", "M0410"],
        &["down", "-n"],
        &["down", "--last", "7"],
        &["no-such-command"],
    ];
    for locale in ["C", "POSIX", "de_DE.ISO-8859-1", ""] {
        for arguments in commands {
            let answer = folder.migrate_with(arguments, &[("LC_ALL", locale)]);
            let shown = answer.stdout + &answer.stderr;
            assert!(shown.is_ascii(), "{arguments:?} under `{locale}`:\n{shown}");
        }
    }
}

/// `head` and its like go away early: that is no error of the run, and no panic.
#[test]
fn a_reader_that_goes_away_changes_neither_the_exit_code_nor_the_run() {
    let folder = projectx();
    for (arguments, code) in [
        (&["plan"][..], 0),
        (&["plan", "--detailed-exitcode"], 2),
        (&["plan", "--format", "json"], 0),
        (&["plan", "--report", "markdown"], 0),
        (&["plan", "--report", "patch", "--except", "services/**"], 0),
        (&["check"], 1),
        (&["explain"], 0),
        (&["man"], 0),
        (&["completions", "bash"], 0),
        (&["--help"], 0),
        (&["up", "no_such"], 2),
        (&["up"], 0),
        (&["status"], 0),
    ] {
        let mut migrate = Command::new(env!("CARGO_BIN_EXE_migrate"));
        migrate.args(arguments).current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = migrate.spawn().expect("the program");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("panic") && !said.contains("internal error"), "{arguments:?}: {said}");
    }
    assert!(folder.read("config/worker.toml").contains("sslmode"));
}

#[test]
fn a_person_is_asked_before_files_are_deleted() {
    let step =
        "schema = 1\ntitle = \"x\"\n\n[[step]]\ndelete = \"old.env\"\n\n[[step]]\nmove = \"a.env\"\nto = \"b.env\"\n";
    let folder = || Folder::repository(&[("old.env", "A=1\n"), ("a.env", "A=1\n"), ("migrations/v0001_x.toml", step)]);
    for (answer, more, asked, code) in
        [("n\n", &[][..], true, 3), ("y\n", &[], true, 0), ("", &["--yes"], false, 0), ("", &["-n"], false, 0)]
    {
        let folder = folder();
        let arguments = [&["up"], more].concat();
        let Some((shown, found)) = on_terminal(&folder, (100, 40), &arguments, &[("ANSWER", answer)]) else { return };
        assert_eq!(shown.contains("`old.env` would be deleted. Go on? [y/N]"), asked, "{shown}");
        assert_eq!(found, code, "{shown}");
        assert_eq!(folder.path().join("old.env").exists(), code == 3 || more == ["-n"]);
    }
    let folder = Folder::repository(&[
        ("a.env", "A=1\n"),
        ("migrations/v0001_x.toml", "schema = 1\ntitle = \"x\"\n\n[[step]]\nmove = \"a.env\"\nto = \"b.env\"\n"),
    ]);
    let Some((shown, code)) = on_terminal(&folder, (100, 40), &["up"], &[]) else { return };
    assert!(code == 0 && !shown.contains("Go on?"), "what moves is still there: {shown}");
}
