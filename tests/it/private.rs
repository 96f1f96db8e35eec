//! What only this machine knows: receipts that outlive a work tree, ledgers of files that git ignores, damage to either.

use std::path::PathBuf;

use crate::command::Folder;

const QUIET: &str = "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.yaml\"\n\
                     do = [{ set = \"db.password\", to = \"none\", secret = false }]\n[[step]]\nedit = \".env\"\noptional = true\n\
                     do = [{ set = \"DB_PORT\", to = \"5433\" }]\n";
const FILE: &str = "config/a.yaml";
const BEFORE: &str = "db:\n  password: hunter2-hunter2\n";

fn start(ignored: &str) -> Folder {
    Folder::repository(&[("migrations/v0001_quiet.toml", QUIET), (FILE, BEFORE), (".gitignore", ignored)])
}

impl Folder {
    fn linked(&self, name: &str) -> (Self, String) {
        let linked = Self::new();
        let place = linked.path().join("tree").to_string_lossy().into_owned();
        self.git(&["worktree", "add", "-q", &place, "-b", name]).expect(0);
        (linked, place)
    }

    /// A file of the state folder of the main work tree.
    fn state(&self, name: &str) -> PathBuf {
        self.path().join(".git/migrate/_").join(name)
    }
}

#[test]
fn a_receipt_outlives_the_work_tree_that_wrote_it() {
    let folder = start("");
    let (linked, place) = folder.linked("one");
    linked.migrate(&["-C", "tree", "up"]).expect(0);
    linked.git(&["-C", &place, "add", "-A"]).expect(0);
    linked.git(&["-C", &place, "commit", "-q", "-m", "up"]).expect(0);
    folder.git(&["worktree", "remove", &place]).expect(0);
    folder.git(&["merge", "-q", "one"]).expect(0);
    // What git has of the old value is not needed.
    let said = folder.migrate(&["down"]).expect(0).stdout;
    assert!(!said.contains("git's history"), "{said}");
    assert_eq!(folder.read(FILE), BEFORE);
    assert!(!folder.state("ledger").exists());
    let mode = std::fs::metadata(folder.state("receipts/quiet.toml")).expect("the receipt");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
}

#[test]
fn a_receipt_where_it_lay_before_is_still_read() {
    let folder = start("");
    let (linked, _) = folder.linked("one");
    linked.migrate(&["-C", "tree", "up"]).expect(0);
    let old = folder.path().join(".git/worktrees/tree/migrate/_/receipts");
    std::fs::create_dir_all(&old).expect("a folder");
    std::fs::rename(folder.state("receipts/quiet.toml"), old.join("quiet.toml")).expect("the receipt");
    // Nothing is committed: only the receipt has it.
    linked.migrate(&["-C", "tree", "down"]).expect(0);
    assert_eq!(linked.read("tree/config/a.yaml"), BEFORE);
}

#[test]
fn the_secret_that_was_replaced_last_comes_back() {
    let folder = start("");
    for secret in ["hunter2-hunter2", "zebra-zebra-zebra", "apple-apple-apple"] {
        let before = BEFORE.replace("hunter2-hunter2", secret);
        folder.write(FILE, before.as_bytes());
        folder.migrate(&["up", "quiet"]).expect(0);
        folder.migrate(&["down"]).expect(0);
        assert_eq!(folder.read(FILE), before);
    }
}

#[test]
fn damage_to_what_only_this_machine_has_stops_nothing() {
    for (name, said) in [("ledger/quiet.toml", "files that git ignores"), ("receipts/quiet.toml", "git's history")] {
        let folder = start(".env\n");
        folder.write(".env", b"DB_PORT=5432\n");
        folder.migrate(&["up"]).expect(0);
        std::fs::write(folder.state(name), "garbage = \n").expect("the file");
        for command in ["status", "verify", "up", "check", "show"] {
            let words: &[&str] = if command == "show" { &["show", "quiet"] } else { &[command] };
            let answer = folder.migrate(words);
            let told = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(answer.code < 2, "{command}: {told}");
            assert!(told.contains(&format!("warning[M0403]: `{name}`")) && told.contains(said), "{command}: {told}");
        }
        // A fresh copy is migrated, and what is damaged makes room.
        folder.write(".env", b"DB_PORT=5432\n");
        folder.migrate(&["up"]).expect(0);
        assert_eq!(folder.read(".env"), "DB_PORT=5433\n");
    }
}

#[test]
fn a_ledger_that_names_a_foreign_file_is_not_followed() {
    let folder = start(".env\n");
    folder.write(".env", b"DB_PORT=5432\n");
    folder.write("other.env", b"DB_PORT=5433\n");
    folder.migrate(&["up"]).expect(0);
    let ledger = folder.state("ledger/quiet.toml");
    let text = std::fs::read_to_string(&ledger).expect("the ledger");
    std::fs::write(&ledger, text.replace("\".env\"", "\"other.env\"")).expect("the ledger");
    let down = folder.migrate(&["down"]).expect(0);
    let told = format!("{}{}", down.stdout, down.stderr);
    assert!(told.contains("the ledger of `quiet` names `other.env`"), "{told}");
    assert_eq!((folder.read(FILE).as_str(), folder.read("other.env").as_str()), (BEFORE, "DB_PORT=5433\n"));
}

#[test]
fn a_file_that_git_ignores_later_is_every_work_trees_own() {
    let folder = start("");
    folder.write(".env", b"DB_PORT=5432\n");
    folder.migrate(&["up"]).expect(0);
    folder.commit();
    folder.write(".gitignore", b".env\n");
    folder.git(&["rm", "-q", "--cached", ".env"]).expect(0);
    folder.commit();
    folder.migrate(&["verify"]).expect(0);
    let clone = Folder::new();
    let (from, to) = (folder.path().to_string_lossy(), clone.path().to_string_lossy());
    folder.git(&["clone", "-q", &from, &to]).expect(0);
    clone.migrate(&["verify"]).expect(0);
    clone.migrate(&["status", "--exit-code"]).expect(0);
    clone.write(".env", b"DB_PORT=5432\nMINE=1\n");
    let status = clone.migrate(&["status"]).expect(0).stdout;
    assert!(status.contains("here: pending (.env)"), "{status}");
    clone.migrate(&["verify"]).expect(0);
    clone.migrate(&["up"]).expect(0);
    assert_eq!(clone.read(".env"), "DB_PORT=5433\nMINE=1\n");
    assert_eq!(clone.git(&["status", "--porcelain"]).stdout, "");
    clone.migrate(&["status", "--exit-code"]).expect(0);
    for folder in [&folder, &clone] {
        folder.migrate(&["down"]).expect(0);
        assert!(folder.read(".env").starts_with("DB_PORT=5432\n"));
    }
}
