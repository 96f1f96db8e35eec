//! Conflicts of `down` that are left to a person: markers in the file, sides in git's index, and the two ways on.

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
const MIGRATION: &str = "migrations/v0001_port.toml";
const FILE: &str = "config/a.yaml";
const OTHER: &str = "config/b.yaml";
const RECORD: &str = ".migrate/applied/port.toml";
const CONFIG: &str = "db:\n  host: a\n  port: 5432\n";
const LATER: &str = "db:\n  host: a\n  port: 7000\n  tls: true\n# more\n";
const MARKED: &str = "\
db:
  host: a
<<<<<<< now
  port: 7000
||||||| port wrote
  port: 5433
=======
  port: 5432
>>>>>>> before port
# more
";
const MARKERS: [&str; 2] = ["down", "--on-conflict=markers"];

/// Applied in two files, and edited since in one.
fn applied(files: &[(&str, &str)], git: bool) -> Folder {
    let folder = Folder::with(&[&[(MIGRATION, PORT), (FILE, CONFIG), (OTHER, CONFIG)], files].concat());
    if git {
        folder.commit();
    }
    folder.migrate(&["up"]).expect(0);
    folder.write(FILE, LATER.as_bytes());
    folder
}

impl Folder {
    #[track_caller]
    fn told(&self, arguments: &[&str], code: i32, said: &[&str]) -> Answer {
        let answer = self.migrate(arguments);
        let told = format!("{}{}", answer.stdout, answer.stderr);
        assert_eq!(answer.code, code, "{arguments:?}\n{told}");
        for said in said {
            assert!(told.contains(said), "{arguments:?} does not say {said}\n{told}");
        }
        answer
    }

    fn asked_git(&self, arguments: &[&str]) -> String {
        self.git(arguments).expect(0).stdout
    }
}

#[test]
fn what_is_decided_is_recorded() {
    for git in [true, false] {
        let folder = applied(&[], git);
        let before = folder.settings();
        let record = folder.read(RECORD);
        folder.told(&["down"], 3, &["M0410", "migrate down port --on-conflict=markers"]);
        folder.told(&[&MARKERS[..], &["-n"]].concat(), 0, &["port wrote", "is left to decide"]);
        assert!(folder.settings() == before);
        folder.told(&MARKERS, 1, &["written, with conflicts", "migrate down --continue", "migrate down --abort"]);
        assert_eq!(folder.read(FILE), MARKED);
        assert_eq!(folder.read(OTHER), CONFIG);
        assert_eq!(folder.read(RECORD), record);

        let ways = ["M0411", "migrate down --continue", "migrate down --abort"];
        for command in [
            &["up"][..],
            &["down"],
            &["redo", "port"],
            &["accept", "port"],
            &["renumber", "port"],
            &["edit", FILE, "--set", "a", "b"],
            &MARKERS,
        ] {
            folder.told(command, 3, &ways);
        }
        folder.told(&["status"], 0, &ways);
        folder.told(&["status", "--format", "json"], 0, &ways);
        folder.told(&["show", "port"], 0, &ways);
        for command in ["verify", "check"] {
            folder.told(&[command], 1, &ways);
        }
        let marker = ["M0411", "config/a.yaml:3:1"];
        folder.told(&["down", "--continue"], 3, &marker);
        folder.write(FILE, b"db: [\n");
        folder.told(&["down", "--continue"], 3, &["M0310", "migrate down --abort"]);
        assert_eq!(folder.read(RECORD), record);

        folder.write(FILE, b"db:\n  host: a\n  port: 6543\n# more\n");
        folder.write(OTHER, b"db:\n  host: b\n  port: 5432\n");
        folder.told(&["down", "--continue", "-n"], 0, &["Nothing was written"]);
        folder.told(&["down", "--continue"], 0, &["taken back"]);
        assert!(folder.read(RECORD).contains("reverted"));
        assert!(folder.read(OTHER).contains("host: b"));
        assert!(folder.read(FILE).contains("6543"));
        folder.told(&["down", "--continue"], 2, &["no conflict waits"]);
        folder.told(&["status", "--exit-code"], 0, &["reverted"]);
    }
}

#[test]
fn what_is_given_up_is_as_before() {
    for git in [true, false] {
        let folder = applied(&[], git);
        let (before, record) = (folder.settings(), folder.read(RECORD));
        let index = |folder: &Folder| if git { folder.asked_git(&["ls-files", "--stage"]) } else { String::new() };
        let staged = index(&folder);
        folder.told(&MARKERS, 1, &[]);
        folder.write(FILE, b"half decided\n");
        folder.told(&["down", "--abort", "-n"], 0, &["Nothing was written"]);
        folder.told(&["down", "--abort"], 0, &["Nothing is taken back"]);
        assert!(folder.settings() == before);
        assert_eq!(folder.read(RECORD), record);
        assert_eq!(index(&folder), staged);
        folder.told(&["down", "--abort"], 2, &["no conflict waits"]);
        // An edit of a file without a conflict is nobody's to give up.
        folder.told(&MARKERS, 1, &[]);
        folder.write(OTHER, b"db:\n  host: b\n");
        folder.told(&["down", "--abort"], 3, &["M0411", OTHER]);
        assert_eq!(folder.read(OTHER), "db:\n  host: b\n");
    }
}

#[test]
fn git_knows_of_the_conflict_until_it_is_decided() {
    let folder = applied(&[], true);
    folder.asked_git(&["add", "-A"]);
    folder.asked_git(&["commit", "-q", "-m", "applied"]);
    let staged = folder.asked_git(&["ls-files", "--stage"]);
    folder.told(&MARKERS, 1, &[]);
    let status = folder.asked_git(&["status", "--porcelain"]);
    assert!(status.contains("UU config/a.yaml") && status.contains(" M config/b.yaml"), "{status}");
    for (stage, port) in [("1", "5433"), ("2", "7000"), ("3", "5432")] {
        let side = folder.asked_git(&["cat-file", "blob", &format!(":{stage}:{FILE}")]);
        assert_eq!(side, format!("db:\n  host: a\n  port: {port}\n# more\n"));
    }
    // Git makes the same of the three sides.
    folder.asked_git(&["checkout", "--conflict=diff3", "--", FILE]);
    let plain = |text: &str| -> String {
        let marker = |line: &str| ["<<<<<<< ", "||||||| ", ">>>>>>> "].iter().any(|marker| line.starts_with(marker));
        text.lines().map(|line| if marker(line) { &line[..7] } else { line.trim_end() }).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(plain(&folder.read(FILE)).replace("|||||||", ""), plain(MARKED).replace("|||||||", ""));
    folder.write(FILE, b"db:\n  host: a\n  port: 1\n");
    folder.told(&["down", "--continue"], 0, &[]);
    assert_eq!(folder.asked_git(&["ls-files", "--stage"]), staged);

    // What was staged as decided stays so; and a run that ended before git was told goes on all the same.
    for command in [&["add", FILE][..], &["reset", "-q"]] {
        let folder = applied(&[], true);
        folder.told(&MARKERS, 1, &[]);
        folder.write(FILE, b"db:\n  host: a\n  port: 1\n");
        folder.asked_git(command);
        let staged = folder.asked_git(&["ls-files", "--stage"]);
        folder.told(&["down", "--continue"], 0, &[]);
        assert_eq!(folder.asked_git(&["ls-files", "--stage"]), staged);
    }
    let folder = applied(&[], true);
    folder.told(&MARKERS, 1, &[]);
    folder.write(".git/index.lock", b"");
    folder.told(&["down", "--abort"], 4, &["index.lock"]);
    assert_eq!(folder.read(FILE), MARKED);
}

#[test]
fn every_kind_of_file_is_written_so_or_refused_with_the_reason() {
    let secret = PORT.replace("db.port\", to = 5433", "db.password\", to = \"none\", secret = false");
    for (files, file, later, code, wanted) in [
        // An entry that was put in, with the line ends of the file.
        (
            &[][..],
            FILE,
            "db:\r\n  host: a\r\n  port: 5433\r\n  tls: false\r\n",
            1,
            "db:\r\n  host: a\r\n  port: 5432\r\n<<<<<<< now\r\n  tls: false\r\n||||||| port wrote\r\n  tls: true\r\n=======\r\n>>>>>>> before port\r\n",
        ),
        // What git ignores is no business of its index.
        (
            &[(".env", "DB_PORT=1\nPASSWORD=hunter2-hunter2\n"), (".gitignore", ".env\n")],
            ".env",
            "DB_PORT=2\nPASSWORD=hunter2-hunter2\n",
            1,
            "<<<<<<< now\nDB_PORT=2\n||||||| port wrote\nDB_PORT=5433\n=======\nDB_PORT=1\n>>>>>>> before port\nPASSWORD=hunter2-hunter2\n",
        ),
        // Old values of a secret would be kept by git.
        (
            &[(MIGRATION, secret.as_str()), (FILE, "db:\n  password: hunter2-hunter2\n")],
            FILE,
            "db:\n  password: other-hunter2\n  tls: true\n",
            3,
            "git would keep its old values",
        ),
        (&[], FILE, "# <<<<<<< x\n<<<<<<< y: 1\ndb:\n  host: a\n  port: 9\n  tls: true\n", 3, "has such lines already"),
        (&[], FILE, "db:\n  host: a\n  tls: true\n", 3, "it can not be said"),
    ] {
        let folder = applied(files, true);
        folder.write(FILE, folder.read(OTHER).as_bytes());
        folder.write(file, later.as_bytes());
        let answer = folder.told(&MARKERS, code, &[]);
        if code == 1 {
            assert_eq!(folder.read(file), wanted);
            assert_eq!(folder.asked_git(&["ls-files", "--unmerged"]).is_empty(), file == ".env");
            folder.told(&["down", "--abort"], 0, &[]);
        } else {
            assert!(answer.stderr.contains(wanted), "{}", answer.stderr);
        }
        assert!(!format!("{}{}", answer.stdout, answer.stderr).contains("hunter2"));
        assert_eq!(folder.read(file), later);
    }
}

#[test]
fn a_file_of_the_waiting_run_that_can_not_be_read_is_named() {
    let folder = applied(&[], true);
    folder.told(&MARKERS, 1, &[]);
    for text in ["{", "{\"format\":2,\"slug\":\"port\",\"forget\":false,\"reason\":null,\"files\":[],\"index\":[]}"] {
        folder.write(".git/migrate/_/conflict", text.as_bytes());
        for arguments in [&["up"][..], &["down", "--continue"], &["down", "--abort"]] {
            folder.told(arguments, 3, &["M0411", "delete that file"]);
        }
        folder.told(&["status"], 0, &["M0411"]);
    }
}

#[test]
fn redo_takes_a_side() {
    for (how, code, wanted, was) in
        [("refuse", 3, "7000", "5432"), ("keep", 0, "5433", "7000"), ("revert", 0, "5433", "5432")]
    {
        let folder = applied(&[], true);
        folder.told(&["redo", "port", "--on-conflict", how], code, &[]);
        assert!(folder.read(FILE).contains(wanted), "{how}\n{}", folder.read(FILE));
        assert!(folder.read(RECORD).contains(&format!("was = \"{was}\"")), "{how}\n{}", folder.read(RECORD));
    }
    applied(&[], true).told(&["redo", "port", "--on-conflict", "markers"], 2, &["invalid value"]);
    // It would be applied over the later edit, which only `accept` keeps.
    let told = applied(&[], true).migrate(&["redo", "port"]).expect(3).stderr;
    assert!(told.contains("migrate accept port") && !told.contains("=keep") && !told.contains("markers"), "{told}");
}

#[test]
fn what_was_put_back_meanwhile_is_not_recorded_as_taken_back() {
    for (what, put_back) in [
        ("`config/b.yaml` is again as it was", |folder: &Folder| {
            drop(folder.git(&["reset", "-q", "--hard"]).expect(0));
        }),
        ("`db.tls` of `config/a.yaml` is there again", |folder: &Folder| {
            folder.write(FILE, b"db:\n  host: a\n  port: 5432\n  tls: true\n");
        }),
    ] as [(&str, fn(&Folder)); 2]
    {
        let folder = applied(&[], true);
        folder.commit();
        folder.told(&MARKERS, 1, &["with conflicts"]);
        put_back(&folder);
        let (files, record) = (folder.settings(), folder.read(RECORD));
        folder.told(&["down", "--continue"], 3, &["M0411", what, "migrate down --abort", "--on-conflict=markers"]);
        assert!(folder.settings() == files && folder.read(RECORD) == record);
        folder.told(&["down", "--abort"], 0, &[]);
        assert_eq!(folder.read(FILE), LATER);
        folder.told(&["down", "port", "--on-conflict=keep"], 0, &["taken back"]);
    }
}
