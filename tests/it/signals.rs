//! Signals while a plan is made: the run says that nothing was written, and one that was started to ignore them goes on.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::command::Folder;

/// A folder with a `git` that sends the signal to who asks what is ignored, and then answers as git does. With `until_gone`
/// it answers nobody before that one has ended, or has had a long time to.
fn sending(folder: &Folder, signal: &str, until_gone: bool) -> String {
    let gone = "n=0; while [ $n -lt 2000000 ] && kill -0 $PPID 2>/dev/null; do n=$((n+1)); done";
    let wait = if until_gone { gone } else { ":" };
    let real = std::env::var("PATH").unwrap_or_default();
    let script = format!(
        "#!/bin/sh\nPATH='{real}'\ncase \" $* \" in *' check-ignore '*) kill -{signal} $PPID; {wait};; esac\nexec git \"$@\"\n"
    );
    let place = folder.path().join("git");
    std::fs::write(&place, script).expect("written");
    std::fs::set_permissions(&place, PermissionsExt::from_mode(0o755)).expect("the mode");
    format!("{}:{real}", folder.path().display())
}

fn up(folder: &Folder, path: &str, before: &str) -> Output {
    // Whoever runs the tests may have started them with signals ignored, which a shell can not undo.
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,TERM", "sh", "-c", &format!("{before} exec \"$0\" up --set certs=/c")]);
    command.arg(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(folder.path()).env("PATH", path);
    command.env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap_or(Path::new("/")));
    command.output().expect("the program")
}

/// A repository with a file that git does not track, so that git is asked about it.
fn asked() -> Folder {
    let folder = Folder::repository(&[("README", "x\n")]);
    folder.write(".env", b"PGHOST=db\n");
    folder
}

#[test]
fn a_signal_while_the_plan_is_made_says_that_nothing_was_written() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 143)] {
        let (folder, bin) = (asked(), Folder::new());
        let output = up(&folder, &sending(&bin, signal, true), "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{signal}: {said}");
        assert_eq!(said, "stopped by a signal; nothing was written\n", "{signal}");
        assert_eq!(folder.read(".env"), "PGHOST=db\n");
        // And it holds nothing.
        folder.migrate(&["up", "--set", "certs=/c", "--lock-timeout", "0"]).expect(0);
    }
}

/// As `nohup` starts a program.
#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    for signal in ["HUP", "INT"] {
        let (folder, bin) = (asked(), Folder::new());
        let output = up(&folder, &sending(&bin, signal, false), &format!("trap '' {signal};"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{signal}: {said}");
        assert!(!said.contains("signal"), "{said}");
        assert!(folder.read(".env").contains("PGSSLMODE"), "{signal}");
    }
}
