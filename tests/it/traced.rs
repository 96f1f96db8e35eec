//! The real program under strace: what it makes or changes lies in the repository or in the state folder, and killed at
//! any call that changes something it leaves all files old or all new.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Folder;
use crate::trace::{self, Change};

const FILES: [(&str, &str); 3] = [
    (".env", "PGHOST=db\n"),
    ("app/settings.py", "DATABASES = {\n    'default': {'ENGINE': 'django.db.backends.postgresql'},\n}\n"),
    ("c/d.yaml", "db:\n  driver: postgres\n  host: a\n"),
];

/// Runs `migrate` under strace; `None` where there is none, or it may not look.
fn traced(folder: &Folder, arguments: &[&str]) -> Option<Vec<Change>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.args(arguments).current_dir(folder.path()).env("GIT_CEILING_DIRECTORIES", "/");
    command.env("PATH", std::env::var("PATH").unwrap_or_default());
    let (output, changes) = trace::run(&command)?;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(changes)
}

#[test]
fn nothing_outside_the_repository_and_its_state_is_touched() {
    let folder = Folder::repository(&FILES);
    let allowed = |path: &Path, state: &Path, files: bool| {
        path == Path::new("/dev/null")
            || path.starts_with(state)
            || files && path.starts_with(folder.path()) && !path.starts_with(folder.path().join(".git"))
    };
    let state = folder.path().join(".git/migrate");
    let set = ["--set", "certs=/c"];
    for (command, writes) in [("plan", false), ("status", false), ("up", true), ("status", false), ("down", true)] {
        let arguments =
            if command == "up" || command == "plan" { [&[command][..], &set].concat() } else { vec![command] };
        let Some(changes) = traced(&folder, &arguments) else {
            return println!("skipped: there is no strace here, or it may not look");
        };
        for change in &changes {
            for path in &change.paths {
                let fine = allowed(path, &state, writes);
                assert!(fine, "`{command}` made {} of {}", change.call, path.display());
            }
        }
        if !writes {
            continue;
        }
        let renamed = changes.iter().filter(|change| change.call.starts_with("rename"));
        let inside = |path: &PathBuf| path.starts_with(folder.path()) && !path.starts_with(&state);
        let targets: Vec<&PathBuf> = renamed.flat_map(|change| &change.paths).filter(|path| inside(path)).collect();
        assert!(targets.len() >= FILES.len() && targets.len() <= FILES.len() + 2, "{targets:?}");
        let record = folder.path().join(".migrate/applied/enable_ssl.toml");
        assert_eq!(targets.last(), Some(&&record), "the record is not last");
    }
    assert!(allowed(Path::new("/dev/null"), &state, false) && !allowed(Path::new("/tmp/x"), &state, true));
}

/// The row of the README: `kill -9` before each call of `migrate up` that changes something or makes it durable.
#[test]
fn the_program_killed_at_any_call_leaves_all_or_nothing() {
    let start = || Folder::repository(&FILES);
    let (folder, old) = (start(), start().files());
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let new = folder.files();
    let mut whole = 0;
    for call in
        ["mkdirat", "write", "ftruncate", "fchmod", "fchown", "fsync", "renameat", "renameat2", "linkat", "unlinkat"]
    {
        for at in 1.. {
            let folder = start();
            let mut command = Command::new("strace");
            command.args(["-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            command.args(["-e", &format!("inject={call}:signal=KILL:when={at}"), env!("CARGO_BIN_EXE_migrate")]);
            command.args(["up", "--set", "certs=/c"]).current_dir(folder.path()).env("GIT_CEILING_DIRECTORIES", "/");
            let Ok(output) = command.output() else {
                return println!("skipped: there is no strace here");
            };
            if String::from_utf8_lossy(&output.stderr).contains("strace: ") {
                return println!("skipped: strace may not look here");
            }
            if output.status.success() {
                break;
            }
            folder.migrate(&["recover"]).expect(0);
            let found = folder.files();
            assert!(found == old || found == new, "killed at {call} {at}: the tree is mixed");
            let state = folder.path().join(".git/migrate/_");
            let left = ["tx", "trash"].iter().any(|name| state.join(name).exists());
            assert!(!left, "killed at {call} {at}: something is left over");
            whole += 1;
        }
    }
    println!("migrate up killed half-way: {whole}/{whole} trees wholly old or wholly new");
    assert!(whole >= 30, "only {whole} calls");
}
