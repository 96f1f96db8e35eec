//! A migration that removes, renames and moves settings: up, status and down, with later edits and with a secret.

use std::collections::{BTreeMap, BTreeSet};

use settings_migrate::history::History;
use settings_migrate::migration::{BuiltIn, Catalogue, Extent, Native, Repository, Targets, Variables};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{Given, Place, Plan, Request, Target, Wish, down, status, up};
use settings_migrate::tree::{FileState, Memory};
use settings_migrate::value::KeyPath;

struct Tidy;

impl Native for Tidy {
    fn title(&self) -> &'static str {
        "old settings go"
    }

    fn revision(&self) -> u32 {
        1
    }

    fn targets(&self) -> Targets {
        Targets::new(["app.yaml"], [])
    }

    fn up(&self, repository: &mut Repository<'_, '_>, _variables: &Variables) -> anyhow::Result<()> {
        for path in repository.files() {
            let mut document = repository.document(&path)?;
            let at = |text: &str| text.parse::<KeyPath>();
            if document.get(&at("old")?).is_none() {
                continue;
            }
            document.remove(&at("old.password")?)?;
            document.remove(&at("hosts[0]")?)?;
            document.remove(&at("hosts[0]")?)?;
            document.rename(&at("old")?, "new")?;
            document.set(&at("new.port")?, 5433)?;
            document.move_to(&at("debug")?, &at("new.debug")?)?;
        }
        Ok(())
    }
}

const BEFORE: &str = "\
old:
  host: db
  password: hunter2-hunter2  # never here
  port: 5432
debug: true
hosts: [a, b, c]
";

/// A work tree in memory, with its state folder.
#[derive(Default)]
struct World {
    files: BTreeMap<RepoPath, FileState>,
    state: BTreeMap<String, Vec<u8>>,
}

impl World {
    fn with(text: &str) -> Self {
        let mut world = Self::default();
        world.write(text);
        world
    }

    fn write(&mut self, text: &str) {
        let file = FileState::new(text.as_bytes().to_vec(), 0o644);
        self.files.insert(path("app.yaml"), file);
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.files[&path(name)].bytes.to_vec()).expect("UTF-8")
    }

    fn ask<T>(&self, ask: impl Fn(&Request<'_>) -> T) -> T {
        let tree = Memory::new(self.files.clone());
        let catalogue = Catalogue::of(&[BuiltIn { name: "v0001_tidy", native: &Tidy }]).expect("a catalogue");
        let history = History::read(&tree, &self.state).expect("a history");
        ask(&Request {
            tree: &tree,
            ignored: &BTreeSet::new(),
            catalogue: &catalogue,
            history: &history,
            excluded: &|_| false,
            given: &Given::default(),
            extent: Extent::Whole,
            force_read_only: false,
            out_of_order: &[],
            order: settings_migrate::plan::Order::default(),
        })
    }

    fn carry_out(&mut self, plan: &Plan) {
        for change in plan.net() {
            match (change.place, change.after) {
                (Place::Repository(path), Some(after)) => drop(self.files.insert(path, after)),
                (Place::State(name) | Place::Shared(name), Some(after)) => {
                    drop(self.state.insert(name, after.bytes.to_vec()));
                }
                (_, None) => {}
            }
        }
    }

    fn up(&mut self) {
        let plan = self.ask(|request| up(request, &Target::Latest)).expect("a plan");
        self.carry_out(&plan);
    }

    fn down(&mut self) {
        let plan =
            self.ask(|request| down(request, &["tidy".parse().expect("a slug")], &Wish::default())).expect("a plan");
        self.carry_out(&plan);
    }
}

fn path(name: &str) -> RepoPath {
    RepoPath::new(name).expect("a path")
}

#[test]
fn what_was_removed_renamed_and_moved_comes_back() {
    let mut world = World::with(BEFORE);
    world.up();
    assert_eq!(world.text("app.yaml"), "new:\n  host: db\n  port: 5433\n  debug: true\nhosts: [c]\n");
    let record = world.text(".migrate/applied/tidy.toml");
    assert!(!record.contains("hunter2") && record.contains("secret = true"), "{record}");
    let drift = world.ask(|request| status(request).iter().map(|status| status.drift.len()).sum::<usize>());
    assert_eq!(drift, 0);
    world.down();
    assert_eq!(world.text("app.yaml"), BEFORE);
}

#[test]
fn later_edits_around_them_stay() {
    let mut world = World::with(BEFORE);
    world.up();
    world.write("# ours\nnew:\n  host: db.new\n  port: 5433\n  user: app\n  debug: true\nhosts: [c, d]\n");
    world.down();
    let expected = "\
# ours
old:
  host: db.new
  password: hunter2-hunter2  # never here
  port: 5432
  user: app
debug: true
hosts: [a, b, c, d]
";
    assert_eq!(world.text("app.yaml"), expected);
}
