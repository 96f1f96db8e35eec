//! Recorded files that are not where they were: moved by people, left out by git, deleted; and migrations that name others now.

use crate::command::Folder;

const PORT: &str =
    "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.yaml\"\ndo = [{ set = \"db.port\", to = 5433 }]\n";
const MIGRATION: &str = "migrations/v0001_port.toml";
const RECORD: &str = ".migrate/applied/port.toml";
const BEFORE: &str = "db:\n  host: a\n  port: 5432\n";
const AFTER: &str = "db:\n  host: a\n  port: 5433\n";

/// A repository where the migration is applied and committed.
fn start() -> Folder {
    let folder = Folder::repository(&[(MIGRATION, PORT), ("config/app.yaml", BEFORE)]);
    folder.migrate(&["up"]).expect(0);
    folder.save_all();
    folder
}

impl Folder {
    fn save_all(&self) {
        self.git(&["add", "-A"]).expect(0);
        self.git(&["commit", "-q", "-m", "change"]).expect(0);
    }

    #[track_caller]
    fn tells(&self, arguments: &[&str], code: i32, wanted: &[&str]) {
        let answer = self.migrate(arguments).expect(code);
        let told = format!("{}{}", answer.stdout, answer.stderr);
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in wanted {
            assert!(flat.contains(part), "{arguments:?} does not say `{part}`:\n{told}");
        }
    }
}

/// The ways for people to move a file.
type Move = (&'static str, fn(&Folder));

const MOVES: [Move; 3] = [
    ("staged", |folder| drop(folder.git(&["mv", "config", "conf"]).expect(0))),
    ("committed", |folder| {
        folder.git(&["mv", "config", "conf"]).expect(0);
        folder.save_all();
    }),
    ("unknown to git", |folder| {
        std::fs::rename(folder.path().join("config"), folder.path().join("conf")).expect("moved");
    }),
];

#[test]
fn a_file_that_people_moved_is_never_taken_for_gone() {
    for (what, moves) in MOVES {
        let folder = start();
        let record = folder.read(RECORD);
        moves(&folder);
        let ways = ["conf/app.yaml", "git mv 'conf/app.yaml' 'config/app.yaml'", "name `conf/app.yaml` in", MIGRATION];
        folder.tells(&["verify"], 1, &ways);
        folder.tells(&["down", "port"], 3, &ways);
        folder.tells(&["accept", "port"], 3, &ways);
        assert_eq!((folder.read(RECORD), folder.read("conf/app.yaml")), (record, AFTER.to_owned()), "{what}");

        // Once the migration names the new place, its record may follow.
        folder.write(MIGRATION, PORT.replace("config/", "conf/").as_bytes());
        folder.tells(&["down", "port"], 3, &["let the record follow it: migrate accept port"]);
        folder.tells(&["accept", "port"], 0, &["config/app.yaml is conf/app.yaml now"]);
        folder.tells(&["verify"], 0, &[]);
        folder.tells(&["down", "port"], 0, &["taken back"]);
        assert_eq!(folder.read("conf/app.yaml"), BEFORE, "{what}");
    }
}

#[test]
fn settings_of_a_moved_file_are_left_on_demand() {
    let folder = start();
    folder.git(&["mv", "config", "conf"]).expect(0);
    folder.tells(&["down", "port", "--on-conflict=keep"], 0, &["stays as it is"]);
    assert_eq!(folder.read("conf/app.yaml"), AFTER);
    // It comes back with its settings, and that is seen.
    folder.git(&["mv", "conf", "config"]).expect(0);
    folder.tells(&["verify"], 1, &["`db.port` is as `port` left it, though that was taken back"]);
    folder.tells(&["down", "port"], 0, &[]);
    assert_eq!(folder.read("config/app.yaml"), BEFORE);
    folder.tells(&["verify"], 0, &[]);
}

#[test]
fn a_file_that_git_leaves_out_is_not_seen() {
    let folder = start();
    folder.git(&["update-index", "--skip-worktree", "config/app.yaml"]).expect(0);
    std::fs::remove_file(folder.path().join("config/app.yaml")).expect("removed");
    let record = folder.read(RECORD);
    let mend = "git update-index --no-skip-worktree 'config/app.yaml' && git checkout -- 'config/app.yaml'";
    folder.tells(&["verify"], 1, &[mend]);
    folder.tells(&["down", "port"], 3, &[mend]);
    folder.tells(&["accept", "port"], 3, &[mend]);
    assert_eq!(folder.read(RECORD), record);
    folder.git(&["update-index", "--no-skip-worktree", "config/app.yaml"]).expect(0);
    // Deleted here only.
    folder.tells(&["down", "port"], 3, &["git rm --cached 'config/app.yaml'", "git checkout -- 'config/app.yaml'"]);
    folder.git(&["rm", "-q", "--cached", "config/app.yaml"]).expect(0);
    folder.tells(&["down", "port"], 0, &["is gone, and its settings with it"]);
    // It comes back with its settings, and that is seen.
    folder.git(&["checkout", "HEAD", "--", "config/app.yaml"]).expect(0);
    folder.tells(&["verify"], 1, &["`db.port` is as `port` left it, though that was taken back"]);
}

#[test]
fn a_later_migration_that_moved_the_file_goes_first() {
    let folder = start();
    let moves = "schema = 1\ntitle = \"m\"\n[[step]]\nmove = \"config/app.yaml\"\nto = \"conf/app.yaml\"\n";
    folder.write("migrations/v0002_moved.toml", moves.as_bytes());
    folder.migrate(&["up"]).expect(0);
    folder.save_all();
    folder.tells(&["verify"], 0, &[]);
    folder.tells(&["down", "port"], 3, &["M0407", "migrate down port --cascade"]);
    folder.tells(&["down", "port", "--cascade"], 0, &[]);
    assert_eq!(folder.read("config/app.yaml"), BEFORE);
}

#[test]
fn a_migration_that_names_other_files_now_can_be_taken_back() {
    let other = PORT.replace("config/", "conf/");
    let folder = start();
    folder.write(MIGRATION, other.as_bytes());
    folder.tells(&["down"], 0, &["taken back"]);
    assert_eq!(folder.read("config/app.yaml"), BEFORE);
    let folder = start();
    folder.write(MIGRATION, other.as_bytes());
    folder.tells(&["accept", "port"], 0, &["config/app.yaml is no business of port any more"]);
    folder.tells(&["verify"], 0, &[]);
    folder.tells(&["down"], 0, &[]);
    assert_eq!(folder.read("config/app.yaml"), AFTER);
    // The file that it never named is not touched for a record that says so.
    let folder = start();
    folder.write("other.yaml", AFTER.as_bytes());
    folder.write(RECORD, folder.read(RECORD).replace("config/app.yaml", "other.yaml").as_bytes());
    folder.tells(&["down"], 3, &["M0403", "which the migration never touches"]);
    assert_eq!(folder.read("other.yaml"), AFTER);
}
