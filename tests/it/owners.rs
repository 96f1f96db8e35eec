//! Whose a repository is, and whose what is made in it: other users, `sudo`, the umask, marks that forbid every change.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::command::Folder;

const USER: u32 = 12_345;
const CREATE: &str = "schema = 1\ntitle = \"new files\"\n[[step]]\ncreate = \"plain.env\"\ncontent = \"A=1\\n\"\n\
    [[step]]\ncreate = \"narrow.env\"\ncontent = \"A=1\\n\"\nmode = \"0640\"\n";

/// Gives everything in the folder to somebody else; `false` where this process may not.
fn give(folder: &Folder, to: u32) -> bool {
    let all = walkdir::WalkDir::new(folder.path()).into_iter().map(|entry| entry.expect("an entry"));
    all.into_iter().all(|entry| chown(entry.path(), Some(to), Some(to)).is_ok())
}

fn owner(folder: &Folder, name: &str) -> u32 {
    std::fs::metadata(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}")).uid()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).mode() & 0o7777
}

/// Runs the program as that user; `None` where that can not be.
fn as_user(folder: &Folder, arguments: &[&str]) -> Option<(i32, String)> {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=12345", "--regid=12345", "--clear-groups", env!("CARGO_BIN_EXE_migrate")]);
    command
        .args(arguments)
        .current_dir(folder.path())
        .env("GIT_CEILING_DIRECTORIES", "/tmp")
        .env("HOME", "/nonexistent");
    let output = command.output().ok().filter(|output| output.status.code() != Some(127))?;
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn what_belongs_to_another_user_is_not_followed() {
    let folder = Folder::with(&[(".env", "PGHOST=db\n"), ("migrations/v0001_new.toml", CREATE)]);
    if !give(&folder, USER) {
        return println!("skipped: this test needs root");
    }
    let before = folder.files();
    for command in ["status", "up", "check"] {
        let answer = folder.migrate(&[command]).expect(3);
        for words in ["M0209", "belongs to user 12345", "run the command as its owner", "--safe-directory /"] {
            assert!(answer.stderr.contains(words), "{words}\n{}", answer.stderr);
        }
    }
    assert_eq!(folder.files(), before);
    let here = folder.path().display().to_string();
    folder.migrate(&["status", "--safe-directory", "/"]).expect(3);
    folder.migrate(&["status", "--safe-directory", &here]).expect(0);
    folder.migrate_with(&["status"], &[("MIGRATE_SAFE_DIRECTORY", &here)]).expect(0);
    folder.migrate_with(&["status"], &[("SUDO_UID", "12345")]).expect(0);
    folder.migrate_with(&["status"], &[("SUDO_UID", "12346")]).expect(3);
    // The parts count one by one.
    assert!(give(&folder, 0));
    folder.migrate(&["status"]).expect(0);
    for part in [".migrate", "migrations"] {
        std::fs::create_dir_all(folder.path().join(part)).expect("a folder");
        chown(folder.path().join(part), Some(USER), None).expect("root may");
        let answer = folder.migrate(&["status"]).expect(3);
        assert!(answer.stderr.contains(part), "{}", answer.stderr);
        chown(folder.path().join(part), Some(0), None).expect("root may");
    }
}

#[test]
fn a_git_repository_of_another_user_is_refused_as_git_does() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    if !give(&folder, USER) {
        return println!("skipped: this test needs root");
    }
    let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(3);
    let trust = format!("git config --global --add safe.directory '{}'", folder.path().display());
    assert!(answer.stderr.contains("M0209") && answer.stderr.contains(&trust), "{}", answer.stderr);
    assert_eq!(folder.read(".env"), "PGHOST=db\n");
}

/// What `sudo` makes is the owner's, who goes on without it.
#[test]
fn a_run_of_the_superuser_leaves_nothing_that_the_owner_can_not_use() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n"), ("migrations/v0001_new.toml", CREATE)]);
    if !give(&folder, USER) {
        return println!("skipped: this test needs root");
    }
    folder.migrate_with(&["up"], &[("SUDO_UID", "12345")]).expect(0);
    folder.migrate_with(&["status"], &[("SUDO_UID", "12345")]).expect(0);
    for name in ["plain.env", ".migrate", ".migrate/applied", ".migrate/applied/new.toml", ".git/migrate/_/lock"] {
        assert_eq!(owner(&folder, name), USER, "{name}");
    }
    let foreign = |entry: &walkdir::DirEntry| entry.metadata().expect("metadata").uid() != USER;
    let all = walkdir::WalkDir::new(folder.path()).into_iter().map(|entry| entry.expect("an entry"));
    assert_eq!(
        all.into_iter().filter(foreign).map(|entry| entry.path().to_owned()).collect::<Vec<_>>(),
        [] as [std::path::PathBuf; 0]
    );
    let Some((code, said)) = as_user(&folder, &["down"]) else { return println!("skipped: setpriv is not here") };
    assert_eq!(code, 0, "{said}");
    assert!(!folder.path().join("plain.env").exists());
    // State that another program or an older version left with the superuser is named, with the mend.
    for name in [".git/migrate", ".git/migrate/_"] {
        chown(folder.path().join(name), Some(0), Some(0)).expect("root may");
    }
    for command in ["status", "up"] {
        let (code, said) = as_user(&folder, &[command]).expect("setpriv");
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(".git/migrate") && said.contains("sudo chown -R"), "{said}");
    }
}

fn with_umask(folder: &Folder, mask: &str, arguments: &[&str]) {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_migrate")]).args(arguments);
    let output = command.current_dir(folder.path()).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A new file is no wider than the umask leaves it; what the migration says, and what is there, stays as it is.
#[test]
fn new_files_honour_the_umask() {
    for (mask, plain, record) in
        [("022", 0o644, 0o644), ("077", 0o600, 0o600), ("027", 0o640, 0o640), ("000", 0o644, 0o644)]
    {
        let folder = Folder::repository(&[("old.env", "A=1\n"), ("migrations/v0001_new.toml", CREATE)]);
        with_umask(&folder, mask, &["up", "--report", "html=page.html"]);
        let mode = |name: &str| mode(&folder.path().join(name));
        assert_eq!(mode("plain.env"), plain, "umask {mask}");
        assert_eq!(mode("narrow.env"), 0o640, "umask {mask}");
        assert_eq!(mode(".migrate/applied/new.toml"), record, "umask {mask}");
        assert_eq!(mode("page.html"), plain, "umask {mask}");
        assert_eq!(mode("old.env"), 0o644, "umask {mask}");
        with_umask(&folder, mask, &["down"]);
        assert!(!folder.path().join("plain.env").exists());
    }
}

/// The records are everybody's, the state is its owner's.
#[test]
fn without_git_only_the_state_is_closed() {
    let folder = Folder::with(&[(".env", "PGHOST=db\n")]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let mode = |name: &str| mode(&folder.path().join(name));
    assert_eq!([mode(".migrate"), mode(".migrate/applied"), mode(".migrate/local")], [0o755, 0o755, 0o700]);
}

/// A file that nobody may change is refused before anything is tried, with the mend.
#[test]
fn a_mark_against_changes_is_seen_beforehand() {
    let folder = Folder::repository(&[("conf/.env", "PGHOST=db\n"), ("b/.env", "PGHOST=db\n")]);
    let mark = |how: &str, name: &str| {
        let place = folder.path().join(name);
        Command::new("chattr").arg(how).arg(place).output().is_ok_and(|output| output.status.success())
    };
    for (set, name, clear) in
        [("+i", "conf/.env", "-i"), ("+a", "conf/.env", "-a"), ("+i", "conf", "-i"), ("+a", "conf", "-a")]
    {
        if !mark(set, name) {
            return println!("skipped: this test needs root, and a file system with such marks");
        }
        let (answer, files) = (folder.migrate(&["up", "--set", "certs=/c"]), folder.settings());
        let told = folder.migrate(&["up", "-n", "--set", "certs=/c"]);
        assert!(mark(clear, name), "{clear} {name}");
        let answer = answer.expect(4);
        for words in ["M0608", "immutable or append-only", "chattr -i -a"] {
            assert!(answer.stderr.contains(words) && told.stderr.contains(words), "{set} {name}: {}", answer.stderr);
        }
        assert_eq!(files["b/.env"].bytes, b"PGHOST=db\n");
    }
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
}

/// Keys are written to no folder in which others could exchange them.
#[test]
fn keys_go_to_no_folder_of_others() {
    for (folder_mode, code) in [(0o777, 3), (0o775, 3), (0o1777, 0), (0o755, 0), (0o700, 0)] {
        let folder = Folder::with(&[("certificates/note", "")]);
        let place = folder.path().join("certificates");
        std::fs::set_permissions(&place, PermissionsExt::from_mode(folder_mode)).expect("the mode");
        let answer = folder.migrate(&["certs", "dev"]).expect(code);
        let is_written = place.join("server-key.pem").exists();
        assert_eq!(is_written, code == 0, "{folder_mode:o}");
        if code == 3 {
            assert!(answer.stderr.contains("M0210") && answer.stderr.contains("chmod go-w"), "{}", answer.stderr);
        } else {
            assert_eq!(mode(&place.join("server-key.pem")), 0o600);
        }
    }
}
