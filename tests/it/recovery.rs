//! What an interrupted run left, where a person has to decide: another commit, damage, a newer version, a read-only disk.

use std::io::ErrorKind;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use settings_migrate::commit::{CommitError, Recovered, Session, Site};
use settings_migrate::diagnostic::Code;
use settings_migrate::fs::{Call, Fault, FaultFs, Fs, RealFs};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{FileChange, Place};
use settings_migrate::tree::{FileState, Git};

use crate::command::Folder;
use crate::crash::PATIENCE;

const STATE: &str = ".git/migrate/_";

fn site<'f>(fs: &'f dyn Fs, folder: &Folder) -> Site<'f> {
    let git = Git::find(folder.path()).expect("git").expect("a repository");
    Site { head: git.head(&RealFs), ..Site::new(fs, folder.path().to_owned(), folder.path().join(STATE)) }
}

/// Who is said to have been at work.
const HOLDER: &str = "process 4711 on build-7, migrate up, since 2026-11-12T14:03:00Z\n";

/// A repository in which a run was killed when `a.env` was new and `b.env` still old.
pub fn interrupted() -> Folder {
    let state = |text: &str| Some(FileState::new(text.as_bytes().to_vec(), 0o644));
    let change = |name: &str| FileChange {
        place: Place::Repository(RepoPath::new(name).expect("a path")),
        before: state("A=1\n"),
        after: state("A=2\n"),
    };
    for at in 0.. {
        let folder = Folder::repository(&[("a.env", "A=1\n"), ("b.env", "A=1\n"), ("other", "1\n")]);
        let fs = FaultFs::new(RealFs).fault(at, Fault::Kill);
        let session = Session::open(site(&fs, &folder), HOLDER, PATIENCE);
        let _ = session.map(|(session, _)| session.commit(&[change("a.env"), change("b.env")], &|| false).map(|_| ()));
        if folder.read("a.env") == "A=2\n" {
            assert_eq!(folder.read("b.env"), "A=1\n", "killed too late");
            return folder;
        }
    }
    unreachable!("no run ever changed a file")
}

fn git(folder: &Folder, arguments: &[&str]) -> String {
    let output = std::process::Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn commit_again(folder: &Folder) {
    folder.write("other", b"2\n");
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    git(folder, &[&identity[..], &["commit", "-q", "-m", "more", "other"]].concat());
}

#[test]
fn on_another_commit_a_person_decides() {
    let start = |edit: bool, moved: bool| {
        let folder = interrupted();
        if edit {
            folder.write("b.env", b"A=mine\n");
        }
        if moved {
            commit_again(&folder);
        }
        folder
    };
    let files = |folder: &Folder| [folder.read("a.env"), folder.read("b.env")];
    // Without an edit there is nothing to decide, wherever the tree stands.
    let folder = start(false, true);
    folder.migrate(&["recover"]).expect(0);
    assert_eq!(files(&folder), ["A=2\n", "A=2\n"]);
    // With one on the same commit the rest goes back.
    let folder = start(true, false);
    folder.migrate(&["recover"]).expect(3);
    assert_eq!(files(&folder), ["A=1\n", "A=mine\n"]);
    for (arguments, a) in [(["recover", "--forward"], "A=2\n"), (["recover", "--back"], "A=1\n")] {
        let folder = start(true, true);
        for command in [&["recover"][..], &["up", "--set", "certs=/c"], &["down"]] {
            let answer = folder.migrate(command).expect(5);
            for words in
                ["M0603", "b.env", "another commit", "nothing was touched", "recover --forward", "recover --back"]
            {
                assert!(answer.stderr.contains(words), "`{words}` is not in\n{}", answer.stderr);
            }
            assert!(answer.stderr.contains(&git(&folder, &["rev-parse", "HEAD"])), "{}", answer.stderr);
            assert_eq!(files(&folder), ["A=2\n", "A=mine\n"]);
        }
        folder.migrate(&arguments).expect(0);
        assert_eq!(files(&folder), [a, "A=mine\n"], "{arguments:?}");
        assert!(!folder.path().join(STATE).join("tx").exists());
        folder.migrate(&["recover"]).expect(0);
    }
}

#[test]
fn a_decided_run_can_be_taken_back() {
    let folder = interrupted();
    let answer = folder.migrate(&["recover", "--back"]).expect(0);
    assert_eq!(answer.stdout, "An interrupted run was taken back: none of its files is written.\n");
    assert_eq!([folder.read("a.env"), folder.read("b.env")], ["A=1\n", "A=1\n"]);
    folder.migrate(&["recover", "--back", "--forward"]).expect(2);
}

#[test]
fn a_mode_that_a_person_changed_is_an_edit() {
    let folder = interrupted();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.path().join("b.env"), mode).expect("the mode");
    folder.migrate(&["recover"]).expect(3);
    assert_eq!(folder.files()["b.env"].mode, 0o600);
    assert_eq!([folder.read("a.env"), folder.read("b.env")], ["A=1\n", "A=1\n"]);
}

#[test]
fn a_damaged_journal_names_its_targets() {
    let folder = interrupted();
    let journal = folder.read(&format!("{STATE}/tx/commit"));
    let cut = journal.trim_end().len() - 4;
    folder.write(&format!("{STATE}/tx/commit"), format!("{}0000\n", &journal[..cut]).as_bytes());
    let before = folder.files();
    let answer = folder.migrate(&["recover"]).expect(5);
    let a = format!("`{}` is new", folder.path().join("a.env").display());
    let b = format!("`{}` is old", folder.path().join("b.env").display());
    let rm = format!("rm -r '{}'", folder.path().join(STATE).join("tx").display());
    for words in ["M0603", "checksum does not fit", "nothing was touched", &a, &b, &rm] {
        assert!(answer.stderr.contains(words), "`{words}` is not in\n{}", answer.stderr);
    }
    assert_eq!(folder.files(), before);
    folder.write(&format!("{STATE}/tx/commit"), b"\xff\xfe");
    folder.migrate(&["recover"]).expect(5);
    assert_eq!(folder.files(), before);
}

#[test]
fn a_journal_of_a_newer_version_is_refused_by_its_name() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    let body = r#"{"format":9,"tool":"7.5.0","anything":[]}"#;
    let sum = <sha2::Sha256 as sha2::Digest>::digest(body.as_bytes());
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.write(&format!("{STATE}/tx/commit"), format!("{body}\n{sum}\n").as_bytes());
    let before = folder.files();
    let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(5);
    for words in ["M0603", "format 9, of migrate 7.5.0", "nothing was touched", "run migrate 7.5.0 or later"] {
        assert!(answer.stderr.contains(words), "`{words}` is not in\n{}", answer.stderr);
    }
    assert_eq!(folder.files(), before);
    assert!(folder.path().join(STATE).join("tx/commit").exists());
}

#[test]
fn on_a_read_only_disk_nothing_is_recovered_and_nothing_lost() {
    let lasting = Fault::Lasting(ErrorKind::ReadOnlyFilesystem);
    for at in 0.. {
        let folder = interrupted();
        let before = folder.files();
        let fs = FaultFs::new(RealFs).fault(at, lasting);
        let opened = Session::open(site(&fs, &folder), "test", PATIENCE).map(|_| ());
        if fs.calls() <= at {
            break;
        }
        if let Err(error) = &opened {
            assert_eq!(error.diagnostics()[0].code, Code::NeedsPerson, "read-only from call {at} on: {error}");
        }
        if at == 0 {
            assert!(matches!(opened, Err(CommitError::ReadOnly { .. })), "{opened:?}");
            assert_eq!(folder.files(), before);
        }
        folder.migrate(&["recover"]).expect(0);
        assert_eq!([folder.read("a.env"), folder.read("b.env")], ["A=2\n", "A=2\n"]);
    }
}

#[test]
fn the_journal_says_where_it_was_written_and_by_what() {
    let folder = interrupted();
    let journal = folder.read(&format!("{STATE}/tx/commit"));
    let json: serde_json::Value = serde_json::from_str(journal.lines().next().expect("a line")).expect("JSON");
    assert_eq!(json["head"], git(&folder, &["rev-parse", "HEAD"]).as_str());
    assert_eq!(json["tool"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["id"].as_str().map(str::len), Some(12));
    assert_eq!(json["entries"][0]["old"]["mode"], 0o644);
}

#[test]
fn the_commit_of_a_work_tree_is_read_without_git() {
    let head = |folder: &Folder| Git::find(folder.path()).expect("git").expect("a repository").head(&RealFs);
    let folder = Folder::repository(&[("other", "1\n")]);
    let id = |folder: &Folder| Some(git(folder, &["rev-parse", "HEAD"]));
    assert_eq!(head(&folder), id(&folder));
    git(&folder, &["pack-refs", "--all"]);
    assert_eq!(head(&folder), id(&folder));
    commit_again(&folder);
    assert_eq!(head(&folder), id(&folder));
    git(&folder, &["checkout", "-q", "--detach"]);
    assert_eq!(head(&folder), id(&folder));
    let linked = Folder::new();
    let place = linked.path().display().to_string();
    git(&folder, &["worktree", "add", "-q", "-b", "side", &place]);
    assert_eq!(head(&linked), id(&linked));
    let empty = Folder::new();
    git(&empty, &["init", "-q", "-b", "main"]);
    assert_eq!(head(&empty).as_deref(), Some("ref: refs/heads/main"));
}

/// On a real disk, with everything made durable; half of the files have had their turn.
#[test]
fn a_hundred_files_are_recovered_at_once() {
    let state = |text: String| Some(FileState::new(text.into_bytes(), 0o644));
    let changes: Vec<FileChange> = (0..100)
        .map(|n| FileChange {
            place: Place::Repository(RepoPath::new(&format!("{}/{n}.env", n / 2)).expect("a path")),
            before: state(format!("A={n}\n{}", "# text\n".repeat(300))),
            after: state(format!("A={n}{n}\n{}", "# text\n".repeat(300))),
        })
        .collect();
    let folder = Folder::new();
    for change in &changes {
        let (Place::Repository(path), Some(before)) = (&change.place, &change.before) else { continue };
        folder.write(&format!("work/{path}"), &before.bytes);
    }
    let site = |fs| Site::new(fs, folder.path().join("work"), folder.path().join("state"));
    let swapped = AtomicUsize::new(0);
    let fs = FaultFs::new(RealFs).watch(|call, _| {
        swapped.fetch_add(usize::from(call == Call::Exchange), Ordering::SeqCst);
        // Not a fault but a stop: the fifty-first swap never comes.
        assert!(swapped.load(Ordering::SeqCst) <= 50, "killed here by the test");
    });
    let killed = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let (session, _) = Session::open(site(&fs), "test", PATIENCE).expect("the lock");
        session.commit(&changes, &|| false)
    }));
    assert!(killed.is_err());
    let start = Instant::now();
    let recovered = Session::open(site(&RealFs), "test", PATIENCE).map(|(_, recovered)| recovered);
    let took = start.elapsed();
    assert_eq!(recovered, Ok(Recovered::Finished));
    println!("100 files in 50 folders: recovered in {} ms", took.as_millis());
    for change in &changes {
        let (Place::Repository(path), Some(after)) = (&change.place, &change.after) else { continue };
        assert_eq!(folder.read(&format!("work/{path}")).as_bytes(), &*after.bytes);
    }
    // A hundred milliseconds where nobody else writes; a busy disk is given many times as long.
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// Every command that reads says that a run was cut off; those that judge find it.
#[test]
fn an_interrupted_run_is_told_by_every_command() {
    let folder = interrupted();
    let words = "1 of 2 files are written";
    for arguments in [
        &["status"][..],
        &["plan", "--set", "certs=/c"],
        &["up", "-n", "--set", "certs=/c"],
        &["show", "enable_ssl"],
        &["lint"],
        &["test"],
        &["doctor"],
        &["recover", "-n"],
        &["accept", "enable_ssl", "-n"],
        &["adopt", "enable_ssl", "-n"],
        &["redo", "enable_ssl", "-n"],
        &["new", "next", "-n"],
        &["edit", "other", "--set", "a", "1", "-n"],
        &["certs", "dev", "-n"],
    ] {
        let answer = folder.migrate(arguments);
        let (found, help) = (answer.stderr.contains(words), answer.stderr.contains("finish it: migrate recover"));
        assert!(found && help, "{arguments:?}: {}\n{}", answer.stdout, answer.stderr);
        assert!(answer.stderr.contains("it was process 4711 on build-7, migrate up, since"), "{}", answer.stderr);
        let json = folder.migrate(&[arguments, &["--format", "json"]].concat()).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let told = json["diagnostics"].as_array().expect("diagnostics").iter().filter(|one| one["code"] == "M0610");
        assert_eq!(told.count(), 1, "{arguments:?}: {json:#}");
    }
    folder.migrate(&["status", "--exit-code"]).expect(1);
    for command in ["verify", "check"] {
        let answer = folder.migrate(&[command]).expect(1);
        assert!(answer.stdout.contains("M0610") && answer.stdout.contains(words), "{}", answer.stdout);
    }
    assert_eq!([folder.read("a.env"), folder.read("b.env")], ["A=2\n", "A=1\n"], "they only read");
    // What the next run does with it is said as it is.
    folder.write("b.env", b"A=mine\n");
    let answer = folder.migrate(&["verify"]).expect(1);
    assert!(answer.stdout.contains("was edited since") && answer.stdout.contains("--forward"), "{}", answer.stdout);
    commit_again(&folder);
    for command in ["verify", "check"] {
        let answer = folder.migrate(&[command]).expect(5);
        assert!(answer.stdout.contains("M0603") && answer.stdout.contains("another commit"), "{}", answer.stdout);
    }
    folder.migrate(&["recover", "--back"]).expect(0);
    let verified = folder.migrate(&["verify"]).expect(0);
    assert!(!format!("{}{}", verified.stdout, verified.stderr).contains("M06"), "{}", verified.stderr);
}

#[test]
fn a_damaged_journal_is_not_said_to_be_finished_next() {
    let folder = interrupted();
    folder.write(&format!("{STATE}/tx/commit"), b"{}\n");
    let answer = folder.migrate(&["status"]).expect(0);
    assert!(answer.stderr.contains("M0603") && !answer.stderr.contains("finish"), "{}", answer.stderr);
    folder.migrate(&["verify"]).expect(5);
}

/// What such a run left is settled before anything is planned, and said.
#[test]
fn a_command_that_writes_plans_on_what_was_recovered() {
    let folder = interrupted();
    let answer = folder.migrate(&["edit", "b.env", "--set", "A", "3"]).expect(0);
    assert!(answer.stderr.contains("an interrupted run was finished first"), "{}", answer.stderr);
    assert_eq!([folder.read("a.env"), folder.read("b.env")], ["A=2\n", "A=3\n"]);
    for arguments in [
        &["new", "next"][..],
        &["ci", "github", "--write"],
        &["certs", "dev"],
        &["lint", "--fix"],
        &["test", "--update"],
        &["up", "--set", "certs=/c"],
    ] {
        let folder = interrupted();
        let answer = folder.migrate(arguments);
        assert!(answer.stderr.contains("an interrupted run was finished first"), "{arguments:?}: {}", answer.stderr);
        assert_eq!(folder.read("b.env"), "A=2\n", "{arguments:?}");
    }
}

/// A run that was cut off among the migration files may have left two of one name: it is recovered from all the same.
#[test]
fn half_of_a_new_number_is_recovered_from() {
    const TEXT: &str =
        "schema = 1\ntitle = \"x\"\n[[step]]\nedit = \"a.env\"\noptional = true\ndo = [{ set = \"A\", to = \"1\" }]\n";
    let (old, new) = ("migrations/v0002_x.toml", "migrations/v0005_x.toml");
    let state = || Some(FileState::new(TEXT.as_bytes().to_vec(), 0o644));
    let place = |name: &str| Place::Repository(RepoPath::new(name).expect("a path"));
    let changes = [
        FileChange { place: place(new), before: None, after: state() },
        FileChange { place: place(old), before: state(), after: None },
    ];
    for at in 0.. {
        let folder = Folder::repository(&[(old, TEXT)]);
        let fs = FaultFs::new(RealFs).fault(at, Fault::Kill);
        let session = Session::open(site(&fs, &folder), "test", PATIENCE);
        let _ = session.map(|(session, _)| session.commit(&changes, &|| false).map(|_| ()));
        if !folder.path().join(new).exists() {
            continue;
        }
        assert!(folder.path().join(old).exists(), "killed too late");
        folder.migrate(&["recover"]).expect(0);
        assert!(!folder.path().join(old).exists());
        folder.migrate(&["status"]).expect(0);
        return;
    }
}
