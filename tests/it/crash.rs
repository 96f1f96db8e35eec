//! The commit protocol against other programs, other runs, signals and damage; `sweep` has the faults of the disk.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use settings_migrate::commit::{Session, Site};
use settings_migrate::fs::{Call, Fault, FaultFs, Fs, RealFs};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{FileChange, Place};
use settings_migrate::tree::FileState;

use crate::command::{File, Folder};

pub fn site<'f>(fs: &'f dyn Fs, folder: &Path) -> Site<'f> {
    Site::new(fs, folder.join("work"), folder.join("state"))
}

fn state(text: &str, mode: u32) -> Option<FileState> {
    Some(FileState::new(text.as_bytes().to_vec(), mode))
}

/// Long enough for another test's child process to let go of what it inherited.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Two replaced files, one of them executable; one created in a new folder; one deleted.
pub fn changes() -> Vec<FileChange> {
    let place = |path: &str| Place::Repository(RepoPath::new(path).expect("a path"));
    vec![
        FileChange { place: place("a.env"), before: state("A=1\n", 0o644), after: state("A=2\n", 0o644) },
        FileChange { place: place("bin/b.sh"), before: state("b\n", 0o755), after: state("bb\n", 0o755) },
        FileChange { place: place("gone.ini"), before: state("[x]\n", 0o644), after: None },
        FileChange { place: place(".migrate/applied/x.toml"), before: None, after: state("format = 1\n", 0o644) },
    ]
}

pub fn lay_out(folder: &Folder) {
    for change in changes() {
        let Place::Repository(path) = &change.place else { continue };
        if let Some(before) = &change.before {
            folder.write(&format!("work/{path}"), &before.bytes);
            let mode = std::os::unix::fs::PermissionsExt::from_mode(before.mode);
            std::fs::set_permissions(folder.path().join("work").join(path.as_str()), mode).expect("the mode");
        }
    }
}

pub type Files = std::collections::BTreeMap<String, File>;

pub fn work(folder: &Folder) -> Files {
    crate::command::files_below(&folder.path().join("work"))
}

fn commit(fs: &dyn Fs, folder: &Folder) -> bool {
    match Session::open(site(fs, folder.path()), "test", PATIENCE) {
        Ok((session, _)) => session.commit(&changes(), &|| false).is_ok(),
        Err(_) => false,
    }
}

/// The two trees there may be.
fn old_and_new() -> (Files, Files) {
    let folder = Folder::new();
    lay_out(&folder);
    let old = work(&folder);
    assert!(commit(&RealFs, &folder), "a commit without faults succeeds");
    (old, work(&folder))
}

pub fn clean(folder: &Folder) {
    for name in ["tx", "trash", "kept"] {
        assert!(!folder.path().join("state").join(name).exists(), "{name} is left over");
    }
}

fn calls() -> usize {
    let folder = Folder::new();
    lay_out(&folder);
    let fs = FaultFs::new(RealFs);
    assert!(commit(&fs, &folder));
    fs.calls()
}

#[test]
fn a_file_saved_meanwhile_is_kept_and_nothing_is_written() {
    let folder = Folder::new();
    lay_out(&folder);
    folder.write("work/a.env", b"A=mine\n");
    let before = work(&folder);
    assert!(!commit(&RealFs, &folder));
    assert_eq!(work(&folder), before);
    clean(&folder);
}

/// A folder of a target becomes a link to a folder elsewhere, right before some call.
#[test]
fn a_folder_swapped_for_a_link_leads_nowhere() {
    for name in ["work/bin", "work", "state", "state/tx"] {
        for at in 0.. {
            let folder = Folder::in_memory();
            lay_out(&folder);
            let outside = Folder::with(&[("b.sh", "b\n"), ("a.env", "A=1\n"), ("0.new", "x\n"), ("plan", "x\n")]);
            let before = outside.files();
            let count = AtomicUsize::new(0);
            let fs = FaultFs::new(RealFs).watch(|_, _| {
                let (inside, aside) = (folder.path().join(name), folder.path().join("aside"));
                if count.fetch_add(1, Ordering::SeqCst) == at && std::fs::rename(&inside, aside).is_ok() {
                    std::os::unix::fs::symlink(outside.path(), inside).expect("a link");
                }
            });
            let committed = commit(&fs, &folder);
            assert_eq!(outside.files(), before, "{name} swapped at call {at}: something was written outside");
            let _ = Session::open(site(&RealFs, folder.path()), "test", PATIENCE);
            assert_eq!(outside.files(), before, "{name} swapped at call {at}: recovery wrote outside");
            if count.load(Ordering::SeqCst) <= at {
                assert!(committed, "nothing was swapped");
                break;
            }
        }
    }
}

#[test]
fn two_runs_do_not_write_at_once() {
    let folder = Folder::new();
    lay_out(&folder);
    let first = Session::open(site(&RealFs, folder.path()), "first", PATIENCE).expect("the lock");
    let second = Session::open(site(&RealFs, folder.path()), "second", Duration::ZERO);
    let message = second.err().map(|error| error.to_string()).expect("locked out");
    assert!(message.contains("first"), "{message}");
    drop(first);
    assert!(Session::open(site(&RealFs, folder.path()), "third", PATIENCE).is_ok());
}

/// Where the file system has no locks, a file names the process that holds it.
#[test]
fn without_locks_a_dead_run_holds_nothing_and_a_live_one_does() {
    let folder = Folder::new();
    lay_out(&folder);
    let disk = FaultFs::new(RealFs).without(&[Call::Lock]);
    let open = || Session::open(site(&disk, folder.path()), "process 1, migrate up", Duration::ZERO);
    let first = open().expect("the lock");
    let error = open().err().expect("locked out");
    let help = error.diagnostics()[0].help.join("\n");
    assert!(error.to_string().contains("process 1, migrate up") && help.contains("lock.held"), "{error}: {help}");
    let held = folder.read("state/lock.held");
    drop(first);
    assert!(!folder.path().join("state/lock.held").exists());
    let alive = held.lines().next().unwrap_or("");
    let [host, boot, id, start] = alive.split(' ').collect::<Vec<_>>()[..] else {
        return println!("skipped: this system does not say which process is which");
    };
    for (line, holds) in [
        (alive.to_owned(), true),
        (format!("{host} {boot} {id} {start}0"), false),
        (format!("{host} other-boot {id} {start}"), false),
        (format!("{host} {boot} 4194305 {start}"), false),
        (format!("elsewhere {boot} {id} {start}0"), true),
        (String::new(), true),
    ] {
        folder.write("state/lock.held", format!("{line}\nprocess 1\n").as_bytes());
        assert_eq!(open().is_err(), holds, "{line}");
    }
}

/// Whoever waits is told for whom.
#[test]
fn a_run_that_waits_says_so() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    let state = folder.path().join(".git/migrate/_");
    let held = Session::open(
        Site::new(&RealFs, folder.path().to_owned(), state),
        "process 7 on here, migrate up, since 2026-01-01T00:00:00Z\n",
        PATIENCE,
    );
    let answer = folder.migrate(&["up", "--set", "certs=/c", "--lock-timeout", "1"]).expect(4);
    for words in ["waiting up to 1 s for another run: process 7 on here", "error[M0606]", "since 2026-01-01"] {
        assert!(answer.stderr.contains(words), "{}", answer.stderr);
    }
    drop(held);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let holder = folder.read(".git/migrate/_/lock");
    assert!(holder.contains("migrate up, since 20") && holder.ends_with("Z\n"), "{holder}");
}

#[test]
fn a_damaged_journal_is_left_to_a_person() {
    let folder = Folder::new();
    lay_out(&folder);
    folder.write("state/tx/commit", b"{\"format\":1}\nnot the checksum\n");
    let before = work(&folder);
    let error = Session::open(site(&RealFs, folder.path()), "test", PATIENCE).err().expect("refused");
    assert!(error.to_string().contains("damaged"), "{error}");
    assert_eq!(work(&folder), before);
}

#[test]
fn an_edit_after_the_crash_is_kept_and_the_rest_is_whole() {
    let (old, new) = old_and_new();
    for at in 0..calls() {
        let folder = Folder::in_memory();
        lay_out(&folder);
        commit(&FaultFs::new(RealFs).fault(at, Fault::Kill), &folder);
        let decided = folder.path().join("state/tx/commit").exists();
        if !decided || work(&folder) == new {
            continue;
        }
        // What had its turn was edited as new: the others follow. What had not keeps all of them old.
        let written = work(&folder)["bin/b.sh"] == new["bin/b.sh"];
        folder.write("work/bin/b.sh", b"mine\n");
        let refused = Session::open(site(&RealFs, folder.path()), "test", PATIENCE).is_err();
        assert_eq!(refused, !written, "killed at call {at}: the edit was overlooked");
        let found = work(&folder);
        for (name, file) in if written { &new } else { &old } {
            let expected: &[u8] = if name == "bin/b.sh" { b"mine\n" } else { &file.bytes };
            assert_eq!(
                found.get(name).map(|file| file.bytes.as_slice()),
                Some(expected),
                "killed at call {at}: {name}"
            );
        }
        clean(&folder);
    }
}

/// The real program, stopped at some moment: what it says with its exit code is what happened.
#[test]
fn a_signal_leaves_all_or_nothing() {
    let files: Vec<(String, String)> =
        (0..30).map(|n| (format!("{n}/.env"), format!("PGHOST=db{n}\nPGUSER=u\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = Folder::repository(&files);
    let old = folder.settings();
    for (round, signal) in ["INT", "TERM", "HUP"].into_iter().cycle().take(18).enumerate() {
        let mut running = std::process::Command::new(env!("CARGO_BIN_EXE_migrate"))
            .current_dir(folder.path())
            .args(["up", "--set", "certs=/c"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program");
        // The moment differs from round to round; none of them may matter.
        let until = std::time::Instant::now() + Duration::from_millis(round as u64 * 6);
        while std::time::Instant::now() < until && running.try_wait().expect("its state").is_none() {
            std::thread::yield_now();
        }
        let id = running.id().to_string();
        let _ = std::process::Command::new("kill").args([&format!("-{signal}"), &id]).output();
        let code = running.wait().expect("its end").code();
        if code == Some(0) {
            assert_ne!(folder.settings(), old, "round {round}");
            folder.migrate(&["down"]).expect(0);
            assert_eq!(folder.settings(), old, "round {round}");
            std::fs::remove_dir_all(folder.path().join(".migrate")).expect("the record");
        } else {
            // No code: the signal came before the program listened.
            assert!(matches!(code, None | Some(130 | 143)), "round {round}: {code:?}");
            assert_eq!(folder.settings(), old, "round {round}");
        }
    }
}

#[test]
fn recover_does_what_the_next_run_would_and_nothing_else() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    let old = folder.files();
    let recover = |arguments: &[&str]| folder.migrate(&[&["recover"], arguments].concat()).expect(0).stdout;
    assert_eq!(recover(&[]), "No run was interrupted. Nothing was written.\n");
    folder.write(".git/migrate/_/tx/plan", b"half a pl");
    assert_eq!(recover(&["-n"]), "Nothing was written.\n");
    assert!(folder.path().join(".git/migrate/_/tx/plan").exists(), "a dry run deleted it");
    assert_eq!(recover(&[]), "An interrupted run was discarded: it had written nothing.\n");
    assert!(!folder.path().join(".git/migrate/_/tx").exists());
    folder.write(".git/migrate/_/tx/commit", b"{\"format\":1}\nnot the checksum\n");
    folder.migrate(&["recover"]).expect(5);
    assert_eq!(folder.files(), old);
}
