//! Records and git: branches, merges, rebases, clones and work trees, and what `status`, `verify` and `up` say afterwards.

use crate::command::{Answer, Folder};

const PORT: &str = "\
schema = 1
title = \"the port\"
[[step]]
edit = \"config/*.yaml\"
do = [{ set = \"db.port\", to = 5433 }, { set = \"db.tls\", to = true }]
[[step]]
edit = \".env\"
optional = true
do = [{ set = \"DB_PORT\", to = \"5433\" }]
";

const NAME: &str = "\
schema = 1
title = \"the name\"
[[step]]
edit = \"config/*.yaml\"
do = [{ set = \"site.name\", to = \"shop\" }]
";

const CONFIG: &str = "\
db:
  host: a
  port: 5432

# Several lines
# that no migration touches,
# so that git can merge
# what is above them
# and what is below.

site:
  name: old
";

const RECORD: &str = ".migrate/applied/port.toml";
const SETTLED: &str = "Nothing is pending, nothing has drifted.";

/// A repository with the migration `port`, on the branch `main`, and nothing applied.
fn start() -> Folder {
    Folder::repository(&[("migrations/v0001_port.toml", PORT), ("config/a.yaml", CONFIG), (".gitignore", ".env\n")])
}

impl Folder {
    fn ok(&self, arguments: &[&str]) -> Answer {
        self.migrate(arguments).expect(0)
    }

    fn save(&self) {
        self.git(&["add", "-A"]).expect(0);
        self.git(&["commit", "-q", "--allow-empty", "-m", "change"]).expect(0);
    }

    /// Runs `work` on a new branch that starts at `main`, and commits it.
    fn branch(&self, name: &str, work: impl Fn(&Self)) {
        self.git(&["checkout", "-q", "-b", name, "main"]).expect(0);
        work(self);
        self.save();
    }

    fn clone_of(&self, options: &[&str]) -> Self {
        let clone = Self::new();
        let from = format!("file://{}", self.path().display());
        let target = clone.path().to_string_lossy().into_owned();
        let words: Vec<&str> = ["clone", "-q"].iter().chain(options).copied().chain([&*from, &*target]).collect();
        self.git(&words).expect(0);
        clone
    }

    /// Everything is applied and holds, and `up` has nothing to do.
    #[track_caller]
    fn settled(&self) {
        let status = self.ok(&["status", "--exit-code"]);
        assert!(status.stdout.contains(SETTLED), "{}", status.stdout);
        self.ok(&["verify"]);
        let kept = || {
            let files = self.files().into_iter();
            files.filter(|(name, _)| !name.starts_with(".migrate/local")).collect::<Vec<_>>()
        };
        let before = kept();
        let again = self.ok(&["up"]);
        assert!(again.stdout.contains("Nothing was written"), "{}", again.stdout);
        assert_eq!(before, kept());
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], code: i32, wanted: &[&str]) {
        let answer = self.migrate(arguments).expect(code);
        let told = format!("{}{}", answer.stdout, answer.stderr);
        for part in wanted {
            assert!(told.contains(part), "{arguments:?} does not say `{part}`:\n{told}");
        }
    }
}

/// Each way for the work of two branches to come together.
const JOINS: [(&str, &[&[&str]]); 4] = [
    ("merge", &[&["checkout", "-q", "one"], &["merge", "-q", "--no-edit", "two"]]),
    ("squash", &[&["checkout", "-q", "one"], &["merge", "-q", "--squash", "two"], &["commit", "-q", "-m", "squashed"]]),
    ("rebase", &[&["checkout", "-q", "two"], &["rebase", "-q", "one"]]),
    ("cherry-pick", &[&["checkout", "-q", "one"], &["cherry-pick", "-x", "two"]]),
];

/// What each branch does, and what the records are then.
type Work = (&'static str, fn(&Folder), fn(&Folder), &'static [&'static str]);

const WORKS: [Work; 4] = [
    (
        "different migrations",
        |one| drop(one.ok(&["up"])),
        |two| {
            two.write("migrations/v0002_name.toml", NAME.as_bytes());
            two.ok(&["up", "name"]);
        },
        &["name.toml", "port.toml"],
    ),
    (
        "one number on both",
        |one| drop(one.ok(&["up"])),
        |two| {
            two.write("migrations/v0001_name.toml", NAME.as_bytes());
            two.ok(&["up", "name"]);
        },
        &["name.toml", "port.toml"],
    ),
    ("the same migration", |one| drop(one.ok(&["up"])), |two| drop(two.ok(&["up"])), &["port.toml"]),
    (
        "a late target each",
        |one| {
            one.write("config/b.yaml", b"db:\n  port: 1\n");
            one.ok(&["up"]);
        },
        |two| {
            two.write("config/c.yaml", b"db:\n  port: 2\n");
            two.ok(&["up"]);
        },
        &["port.toml"],
    ),
];

#[test]
fn branches_come_together_without_conflicts_in_records() {
    for ((join, commands), (work, one, two, records)) in
        JOINS.iter().flat_map(|join| WORKS.iter().map(move |work| (join, work)))
    {
        let folder = start();
        if *work == "a late target each" {
            folder.ok(&["up"]);
            folder.save();
        }
        folder.branch("one", one);
        folder.branch("two", two);
        for command in *commands {
            let answer = folder.git(command);
            // Where both did the same, there is nothing left to pick.
            let empty = answer.stdout.contains("nothing to commit") || answer.stderr.contains("is now empty");
            assert!(answer.code == 0 || empty, "{work}, {join}: {command:?}\n{}{}", answer.stdout, answer.stderr);
        }
        let files = folder.files();
        let kept: Vec<&str> = files.keys().filter_map(|name| name.strip_prefix(".migrate/applied/")).collect();
        assert_eq!(kept, *records, "{work}, {join}");
        folder.settled();
        folder.ok(&["down", "--to", "0"]);
        assert!(!folder.read("config/a.yaml").contains("tls"), "{work}, {join}");
        assert!(folder.read("config/a.yaml").ends_with("name: old\n"), "{work}, {join}");
    }
}

#[test]
fn a_migration_taken_back_on_one_branch_and_extended_on_the_other_is_a_finding() {
    let folder = start();
    folder.ok(&["up"]);
    folder.save();
    folder.branch("one", |one| drop(one.ok(&["down", "--reason", "too early"])));
    folder.branch("two", |two| {
        two.write("config/b.yaml", b"db:\n  port: 1\n");
        two.ok(&["up"]);
    });
    folder.git(&["merge", "-q", "--no-edit", "one"]).expect(0);
    let mend = "migrate down port";
    folder.says(&["status", "--exit-code"], 1, &["reverted", "in part: 2 settings still there", mend]);
    folder.says(&["verify"], 1, &["M0406", "`db.port` is as `port` left it", mend]);
    folder.says(&["up"], 0, &["held", mend]);
    folder.says(&["up", "port"], 1, &[mend]);
    folder.ok(&["down", "port"]);
    assert_eq!(folder.read("config/b.yaml"), "db:\n  port: 1\n");
    assert!(folder.read(RECORD).contains("too early"));
    folder.settled();
}

#[test]
fn one_migration_with_two_values_is_a_finding() {
    let folder = start();
    let with_variable = PORT.replace(
        "[[step]]\nedit = \"config",
        "[vars]\np = { default = 1, kind = \"integer\" }\n[[step]]\nedit = \"config",
    );
    folder.write("migrations/v0001_port.toml", with_variable.replace("to = 5433 }", "to = \"{{p}}\" }").as_bytes());
    folder.save();
    folder.branch("one", |one| drop(one.ok(&["up", "--set", "p=7"])));
    folder.branch("two", |two| drop(two.ok(&["up", "--set", "p=8"])));
    folder.git(&["merge", "-q", "one"]).expect(1);
    folder.git(&["checkout", "-q", "--ours", "config/a.yaml"]).expect(0);
    folder.says(&["status"], 3, &["M0403", "says `vars` twice", "git checkout BRANCH -- .migrate/applied/port.toml"]);
    folder.git(&["checkout", "-q", "two", "--", RECORD]).expect(0);
    folder.save();
    folder.settled();
    assert!(folder.read(RECORD).contains("\"8\""));
}

#[test]
fn a_clone_without_history_has_the_whole_truth() {
    let folder = start();
    folder.ok(&["up"]);
    folder.save();
    let clone = folder.clone_of(&["--depth", "1"]);
    clone.settled();
    clone.ok(&["down"]);
    assert_eq!(clone.read("config/a.yaml"), CONFIG);
}

#[test]
fn a_folder_without_git_works() {
    let folder =
        Folder::with(&[("migrations/v0001_port.toml", PORT), ("config/a.yaml", CONFIG), (".env", "DB_PORT=5432\n")]);
    folder.ok(&["up"]);
    folder.settled();
    folder.ok(&["down"]);
    assert_eq!((folder.read("config/a.yaml"), folder.read(".env")), (CONFIG.to_owned(), "DB_PORT=5432\n".to_owned()));
}

#[test]
fn a_switch_of_branches_leaves_the_truth_of_each() {
    let folder = start();
    folder.write(".env", b"DB_PORT=5432\n");
    folder.branch("one", |one| drop(one.ok(&["up"])));
    folder.settled();
    folder.git(&["checkout", "-q", "main"]).expect(0);
    // The private file stands where the other branch left it; everything else is pending again.
    folder.says(&["status"], 0, &["pending", "would edit 1 file"]);
    folder.ok(&["up"]);
    folder.settled();
    assert_eq!(folder.read(".env"), "DB_PORT=5433\n");
    folder.ok(&["down"]);
    assert_eq!(folder.read(".env"), "DB_PORT=5432\n");
}

/// A repository where `port` is applied and committed, and a clone of it with a private file.
fn pair(private: &str) -> (Folder, Folder) {
    let folder = start();
    folder.write(".env", b"DB_PORT=5432\nTOKEN=hunter2-hunter2\n");
    folder.ok(&["up"]);
    folder.save();
    let clone = folder.clone_of(&[]);
    clone.write(".env", private.as_bytes());
    (folder, clone)
}

#[test]
fn a_pulled_migration_is_applied_to_the_private_file() {
    let (folder, clone) = pair("DB_PORT=1\nMINE=x\n");
    clone.says(&["status", "--exit-code"], 1, &["applied  v0001 port", "1 file; here: pending (.env)"]);
    clone.says(&["status", "--format", "json"], 0, &["\"here\": [\n"]);
    let shared = clone.read(RECORD);
    clone.says(&["up"], 0, &["this work tree only"]);
    assert_eq!(clone.read(".env"), "DB_PORT=5433\nMINE=x\n");
    assert_eq!(clone.read(RECORD), shared);
    clone.settled();
    assert_eq!(clone.git(&["status", "--porcelain"]).stdout, "");
    for (name, file) in folder.settings().into_iter().chain(folder.files()).filter(|(name, _)| name != ".env") {
        assert!(!String::from_utf8_lossy(&file.bytes).contains("hunter2"), "{name}");
    }
    clone.ok(&["down"]);
    assert_eq!(clone.read(".env"), "DB_PORT=1\nMINE=x\n");
}

#[test]
fn a_private_file_that_was_mended_by_hand_is_done() {
    let (_, clone) = pair("DB_PORT=5433\n");
    clone.settled();
    clone.ok(&["down"]);
    assert_eq!(clone.read(".env"), "DB_PORT=5433\n");
}

#[test]
fn a_private_file_may_be_gone_and_come_back_afresh() {
    let (_, clone) = pair("DB_PORT=5432\n");
    clone.ok(&["up"]);
    std::fs::remove_file(clone.path().join(".env")).expect("removed");
    clone.settled();
    clone.write(".env", b"DB_PORT=5432\nNEW=1\n");
    clone.says(&["status"], 0, &["here: pending (.env)", "1 pending."]);
    clone.ok(&["verify"]);
    clone.ok(&["up"]);
    assert_eq!(clone.read(".env"), "DB_PORT=5433\nNEW=1\n");
    clone.settled();
    clone.ok(&["down"]);
    assert_eq!(clone.read(".env"), "DB_PORT=5432\nNEW=1\n");
}

#[test]
fn what_a_colleague_took_back_is_taken_back_here() {
    for (later, wanted, said) in [
        ("DB_PORT=5433\nMINE=x\n", "DB_PORT=1\nMINE=x\n", "taken back"),
        // What was edited since is the owner's.
        ("DB_PORT=99\n", "DB_PORT=99\n", "Nothing"),
    ] {
        let (folder, clone) = pair("DB_PORT=1\n");
        clone.ok(&["up"]);
        clone.write(".env", later.as_bytes());
        folder.ok(&["down", "--reason", "not yet"]);
        folder.save();
        clone.git(&["pull", "-q"]).expect(0);
        clone.says(&["status", "--exit-code"], 1, &["reverted", "here: still applied (.env)"]);
        let answer = clone.ok(&["up"]);
        assert!(answer.stdout.contains(said) || said == "Nothing", "{}", answer.stdout);
        assert_eq!(clone.read(".env"), wanted);
        clone.settled();
        assert_eq!(clone.git(&["status", "--porcelain"]).stdout, "");
        clone.ok(&["up", "port"]);
        assert_eq!(clone.read(".env"), wanted.replace("=1\n", "=5433\n").replace("=99\n", "=5433\n"));
    }
}

#[test]
fn each_work_tree_has_a_ledger_of_its_own() {
    let folder = start();
    folder.write(".env", b"DB_PORT=1\n");
    folder.ok(&["up"]);
    folder.save();
    let linked = Folder::new();
    let place = linked.path().join("tree").to_string_lossy().into_owned();
    folder.git(&["worktree", "add", "-q", &place, "-b", "linked"]).expect(0);
    linked.write("tree/.env", b"DB_PORT=2\n");
    linked.says(&["-C", "tree", "status"], 0, &["here: pending (.env)"]);
    linked.ok(&["-C", "tree", "up"]);
    assert_eq!((folder.read(".env").as_str(), linked.read("tree/.env").as_str()), ("DB_PORT=5433\n", "DB_PORT=5433\n"));
    linked.ok(&["-C", "tree", "down"]);
    assert_eq!((folder.read(".env").as_str(), linked.read("tree/.env").as_str()), ("DB_PORT=5433\n", "DB_PORT=2\n"));
    folder.settled();
}

#[test]
fn reasons_of_two_branches_are_both_kept() {
    let folder = start();
    folder.ok(&["up"]);
    folder.save();
    folder.branch("one", |one| drop(one.ok(&["down", "--reason", "too early"])));
    folder.branch("two", |two| drop(two.ok(&["down", "--reason", "not \"ours\""])));
    folder.git(&["merge", "-q", "--no-edit", "one"]).expect(0);
    folder.says(&["status"], 0, &["why: not \"ours\"; too early"]);
    folder.settled();
    folder.ok(&["up", "port"]);
    folder.ok(&["down"]);
    assert_eq!(folder.read(RECORD).matches("reason = ").count(), 0);
}

#[test]
fn a_record_that_git_took_away_leaves_what_is_applied_here() {
    let folder = start();
    folder.write(".env", b"DB_PORT=5432\n");
    folder.ok(&["up"]);
    folder.save();
    folder.git(&["revert", "--no-edit", "HEAD"]).expect(0);
    folder.says(&["status"], 0, &["pending", "would edit 1 file; here: applied (.env)"]);
    folder.ok(&["up"]);
    folder.settled();
}

#[test]
fn what_is_forgotten_is_said_to_come_back() {
    let folder = start();
    folder.ok(&["up"]);
    folder.says(&["down", "--forget"], 0, &["the next `migrate up` applies it again"]);
    folder.ok(&["up"]);
    folder.settled();
    std::fs::remove_file(folder.path().join("migrations/v0001_port.toml")).expect("the file");
    folder.write("migrations/v0002_name.toml", NAME.as_bytes());
    let down = folder.ok(&["down", "port"]).stdout;
    assert!(down.contains("Nothing applies it again") && !down.contains("v0000"), "{down}");
}

#[test]
fn records_that_a_sparse_checkout_leaves_out_are_asked_for() {
    let folder = start();
    folder.ok(&["up"]);
    folder.save();
    folder.ok(&["down"]);
    folder.save();
    folder.git(&["sparse-checkout", "set", "config", "migrations"]).expect(0);
    for command in ["up", "status", "down"] {
        let told = folder.migrate(&[command]).expect(3).stderr;
        assert!(told.contains("M0405") && told.contains("git sparse-checkout add .migrate"), "{command}\n{told}");
    }
    folder.git(&["sparse-checkout", "add", ".migrate"]).expect(0);
    assert!(folder.ok(&["up"]).stdout.contains("held"));
}
