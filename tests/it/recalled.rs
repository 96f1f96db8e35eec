//! Secrets that a record withholds, taken back where no receipt is: their text is read from git's history.

use crate::command::Folder;

/// Stands for every secret; nothing may print it.
const CANARY: &str = "S3CR3T-canary";
const RECORD: &str = ".migrate/applied/quiet.toml";
const MIGRATION: &str = "migrations/v0001_quiet.toml";
const FILE: &str = "config/a.yaml";
const BEFORE: &str = "db:\n  host: a\n  password: S3CR3T-canary-one  # old\n  port: 1\n";
const AFTER: &str = "db:\n  host: a\n  password: none  # old\n  port: 2\n";

fn migration(target: &str, operations: &str) -> String {
    format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"{target}\"\ndo = [{operations}]\n")
}

/// A repository where nothing is applied yet.
fn start() -> Folder {
    let operations = "{ set = \"db.password\", to = \"none\", secret = false }, { set = \"db.port\", to = 2 }";
    Folder::repository(&[(MIGRATION, &migration("config/*.yaml", operations)), (FILE, BEFORE)])
}

impl Folder {
    fn committed(&self) {
        self.git(&["add", "-A"]).expect(0);
        self.git(&["commit", "-q", "-m", "change"]).expect(0);
    }

    /// A clone, which has no receipts.
    fn fresh(&self, options: &[&str]) -> Self {
        let clone = Self::new();
        let (from, to) = (format!("file://{}", self.path().display()), clone.path().to_string_lossy().into_owned());
        self.git(&[&["clone", "-q"], options, &[from.as_str(), to.as_str()]].concat()).expect(0);
        clone
    }

    /// Runs `migrate`, which says each of `said` and never a secret.
    #[track_caller]
    fn quietly(&self, arguments: &[&str], code: i32, said: &[&str]) {
        let answer = self.migrate(arguments).expect(code);
        let told = format!("{}{}", answer.stdout, answer.stderr);
        assert!(!told.contains(CANARY), "{arguments:?} shows a secret:\n{told}");
        for part in said {
            let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(part), "{arguments:?} does not say `{part}`:\n{told}");
        }
    }

    /// What nobody here wrote down does not lie in the records and the state.
    fn holds_no_secret(&self) {
        for (name, file) in self.files().into_iter().filter(|(name, _)| name.starts_with(".migrate/")) {
            assert!(!String::from_utf8_lossy(&file.bytes).contains(CANARY), "{name} holds a secret");
        }
    }
}

type Work = fn(&Folder);

/// What became of the repository between `up` and the clone, and the file before and after `down` there.
const LATER: [(&str, Work, &str, &str); 9] = [
    ("nothing", |_| {}, AFTER, BEFORE),
    (
        "edits around it",
        |folder| {
            folder.write(FILE, b"# top\ndb:\n  host: b\n  password: none  # new\n  port: 2\n  more: 1\n");
            folder.committed();
        },
        "# top\ndb:\n  host: b\n  password: none  # new\n  port: 2\n  more: 1\n",
        "# top\ndb:\n  host: b\n  password: S3CR3T-canary-one  # new\n  port: 1\n  more: 1\n",
    ),
    (
        "rebased",
        |folder| {
            folder.git(&["branch", "-q", "work"]).expect(0);
            folder.git(&["reset", "-q", "--hard", "HEAD~1"]).expect(0);
            folder.write("other.txt", b"x\n");
            folder.committed();
            folder.git(&["rebase", "-q", "main", "work"]).expect(0);
        },
        AFTER,
        BEFORE,
    ),
    (
        "squashed with other work on the same file",
        |folder| {
            folder.write(FILE, AFTER.replace("host: a", "host: b").as_bytes());
            folder.git(&["add", "-A"]).expect(0);
            folder.git(&["commit", "-q", "--amend", "-m", "all"]).expect(0);
        },
        "db:\n  host: b\n  password: none  # old\n  port: 2\n",
        "db:\n  host: b\n  password: S3CR3T-canary-one  # old\n  port: 1\n",
    ),
    (
        "the settings in one commit, the record in the next",
        |folder| {
            folder.git(&["reset", "-q", "--soft", "HEAD~1"]).expect(0);
            folder.git(&["reset", "-q", "--", ".migrate"]).expect(0);
            folder.git(&["commit", "-q", "-m", "the settings"]).expect(0);
            folder.committed();
        },
        AFTER,
        BEFORE,
    ),
    (
        "merged",
        |folder| {
            folder.git(&["checkout", "-q", "-b", "work"]).expect(0);
            folder.git(&["checkout", "-q", "main"]).expect(0);
            folder.git(&["reset", "-q", "--hard", "HEAD~1"]).expect(0);
            folder.write("other.txt", b"x\n");
            folder.committed();
            folder.git(&["merge", "-q", "--no-edit", "work"]).expect(0);
        },
        AFTER,
        BEFORE,
    ),
    (
        "taken back and applied again, to another secret",
        |folder| {
            folder.migrate(&["down"]).expect(0);
            folder.committed();
            folder.write(FILE, BEFORE.replace("one", "two").as_bytes());
            folder.committed();
            folder.migrate(&["up", "quiet"]).expect(0);
            folder.committed();
        },
        AFTER,
        "db:\n  host: a\n  password: S3CR3T-canary-two  # old\n  port: 1\n",
    ),
    (
        "another setting of it accepted",
        |folder| {
            folder.write(FILE, AFTER.replace("port: 2", "port: 3").as_bytes());
            folder.migrate(&["accept", "quiet"]).expect(0);
            folder.committed();
        },
        "db:\n  host: a\n  password: none  # old\n  port: 3\n",
        BEFORE,
    ),
    (
        "another file came later",
        |folder| {
            folder.write("config/b.yaml", BEFORE.replace("one", "b").as_bytes());
            folder.committed();
            folder.migrate(&["up"]).expect(0);
            folder.committed();
        },
        AFTER,
        BEFORE,
    ),
];

#[test]
fn a_fresh_clone_reads_the_secret_from_history() {
    for (what, work, there, wanted) in LATER {
        let folder = start();
        folder.migrate(&["up"]).expect(0);
        assert!(!folder.read(RECORD).contains(CANARY));
        folder.committed();
        work(&folder);
        let clone = folder.fresh(&[]);
        assert_eq!(clone.read(FILE), there, "{what}");
        clone.quietly(&["down", "-n", "-U", "20"], 0, &["comes from git's history, as it was in"]);
        clone.quietly(&["down", "-n", "--format", "json"], 0, &[]);
        clone.quietly(&["down"], 0, &["What was secret in config/a.yaml comes from git's history, as it was in"]);
        assert_eq!(clone.read(FILE), wanted, "{what}");
        clone.holds_no_secret();
    }
}

#[test]
fn what_history_does_not_tell_is_asked_for_with_the_reason() {
    let value = "migrate down --value PLACE=env:VARIABLE, where PLACE is `db.password`";
    let given = ["down", "--value", "db.password=env:OLD"];
    let folder = start();
    folder.migrate(&["up"]).expect(0);
    // The record is in no commit, and the receipt is gone.
    std::fs::remove_dir_all(folder.path().join(".git/migrate")).expect("removed");
    folder.quietly(&["down"], 3, &["the record is in no commit", value]);
    folder.committed();
    folder.quietly(&["down", "-n"], 0, &[]);

    let shallow = folder.fresh(&["--depth", "1"]);
    shallow.quietly(&["down"], 3, &["in this clone it is cut off at", "git fetch --unshallow", value]);
    assert_eq!(shallow.read(FILE), AFTER);
    let said = shallow.fresh(&[]);
    said.migrate_with(&given, &[("OLD", "S3CR3T-canary-one")]).expect(0);
    assert_eq!(said.read(FILE), BEFORE);
    shallow.git(&["fetch", "-q", "--unshallow"]).expect(0);
    shallow.quietly(&["down"], 0, &[]);
    assert_eq!(shallow.read(FILE), BEFORE);

    // One commit has everything, so that none has the file as it was.
    folder.git(&["checkout", "-q", "--orphan", "fresh"]).expect(0);
    folder.committed();
    folder.git(&["branch", "-q", "-D", "main"]).expect(0);
    folder.fresh(&[]).quietly(&["down"], 3, &["no commit before", value]);

    std::fs::remove_dir_all(folder.path().join(".git")).expect("removed");
    folder.quietly(&["down"], 3, &["there is no git history here", value]);
    folder.migrate_with(&given, &[("OLD", "S3CR3T-canary-one")]).expect(0);
    assert_eq!(folder.read(FILE), BEFORE);
}

#[test]
fn a_version_that_is_not_the_one_the_record_speaks_of_is_not_used() {
    let folder = start();
    // Never committed: the record knows of the port, and so that the file was another one.
    folder.write(FILE, BEFORE.replace("one", "two").replace("port: 1", "port: 5").as_bytes());
    folder.migrate(&["up"]).expect(0);
    folder.committed();
    folder.fresh(&[]).quietly(&["down"], 3, &["no commit before"]);
}

#[test]
fn a_secret_that_was_changed_since_is_a_conflict() {
    let folder = start();
    folder.migrate(&["up"]).expect(0);
    folder.committed();
    folder.write(FILE, AFTER.replace("none", "S3CR3T-canary-new").as_bytes());
    folder.committed();
    let clone = folder.fresh(&[]);
    clone.quietly(&["down"], 3, &["M0410", "can not take back `db.password`: it was changed since"]);
    assert_eq!(clone.read(FILE), folder.read(FILE));
    clone.quietly(&["down", "--on-conflict", "keep"], 0, &[]);
    assert_eq!(clone.read(FILE), BEFORE.replace("canary-one", "canary-new"));
}

#[test]
fn a_file_that_was_renamed_later_is_gone_or_goes_back_with_its_move() {
    let folder = start();
    folder.migrate(&["up"]).expect(0);
    folder.committed();
    folder.git(&["mv", FILE, "config/c.yml"]).expect(0);
    folder.committed();
    folder.fresh(&[]).quietly(&["down"], 3, &["it is `config/c.yml` by now", "migrate accept quiet"]);
    folder.migrate(&["down"]).expect(3);

    let folder = start();
    folder.migrate(&["up"]).expect(0);
    folder.committed();
    let moves = "schema = 1\ntitle = \"m\"\n[[step]]\nmove = \"config/a.yaml\"\nto = \"config/c.yaml\"\n";
    folder.write("migrations/v0002_moved.toml", moves.as_bytes());
    folder.migrate(&["up"]).expect(0);
    folder.committed();
    let clone = folder.fresh(&[]);
    clone.quietly(&["down", "--last", "2"], 0, &[]);
    assert_eq!(clone.read(FILE), BEFORE);
}

/// Files that hold a secret, by format.
const FILES: [(&str, &str); 8] = [
    ("a.yaml", "db:\n  host: a\n  password: S3CR3T-canary-1\n  port: 1\n"),
    (
        "a.json",
        "{\n  \"db\": {\n    \"host\": \"a\",\n    \"password\": \"S3CR3T-canary-1\",\n    \"port\": 1\n  }\n}\n",
    ),
    ("a.toml", "[db]\nhost = \"a\"\npassword = \"S3CR3T-canary-1\"\nport = 1\n"),
    ("a.ini", "[db]\nhost = a\npassword = S3CR3T-canary-1\nport = 1\n"),
    ("a.properties", "db.host=a\ndb.password=S3CR3T-canary-1\ndb.port=1\n"),
    ("a.hcl", "db = {\n  host     = \"a\"\n  password = \"S3CR3T-canary-1\"\n  port     = 1\n}\n"),
    ("a.xml", "<db>\n  <host>a</host>\n  <password>S3CR3T-canary-1</password>\n  <port>1</port>\n</db>\n"),
    ("a.json5", "{\n  db: {\n    host: 'a',\n    password: 'S3CR3T-canary-1',\n    port: 1,\n  },\n}\n"),
];

#[test]
fn every_format_and_operation_gives_its_secrets_back() {
    let operations = [
        "do = [{ set = \"db.password\", to = \"other\", secret = false }]",
        "do = [{ remove = \"db.password\" }]",
        "do = [{ rename = \"db.password\", to = \"secret\" }]",
        "do = [{ set = \"db.token\", to = \"other\", secret = false }]",
        "do = [{ move = \"db.password\", to = \"db.token\" }]",
        "delete = true",
    ];
    for operation in operations {
        let mut files: Vec<(String, String)> = Vec::new();
        let mut steps = "schema = 1\ntitle = \"t\"\n".to_owned();
        // A name with dots is no path that something can move along.
        let moves = |name: &str| !operation.contains("move =") || name != "a.properties";
        for (name, text) in FILES.into_iter().filter(|(name, _)| moves(name)) {
            for (folder, text) in [("lf", text.to_owned()), ("crlf", text.replace('\n', "\r\n"))] {
                let (kind, operation) = if operation == "delete = true" { ("delete", "") } else { ("edit", operation) };
                steps.push_str(&format!("[[step]]\n{kind} = \"{folder}/{name}\"\n{operation}\n"));
                files.push((format!("{folder}/{name}"), text));
            }
        }
        files.push((MIGRATION.to_owned(), steps));
        let given: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let folder = Folder::repository(&given);
        let before = folder.settings();
        folder.quietly(&["up"], 0, &[]);
        assert!(folder.read(RECORD).contains("secret = true"), "{operation}");
        folder.committed();
        let clone = folder.fresh(&[]);
        clone.quietly(&["down"], 0, &["comes from git's history"]);
        assert!(clone.settings() == before, "{operation}\n{:#?}", clone.settings());
        clone.holds_no_secret();
    }
}
