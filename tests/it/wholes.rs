//! Steps on whole files, in every order that makes sense: up, up again, no drift, and down gives every byte and mode.

use std::collections::{BTreeMap, BTreeSet};

use settings_migrate::history::History;
use settings_migrate::migration::{Catalogue, Extent, Migration, declared::Declaration};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{Given, Place, Plan, Request, Target, Wish, down, status, up};
use settings_migrate::tree::{FileState, Memory};

type Files = BTreeMap<RepoPath, FileState>;

/// The steps that are put together, on two files that are there and a name that is free.
const STEPS: [&str; 15] = [
    "create = \"c.yaml\"\ncontent = \"new: 1\\n\"",
    "create = \"a.yaml\"\ncontent = \"again: 1\\n\"\nif_exists = \"replace\"",
    "edit = \"a.yaml\"\ndo = [{ set = \"port\", to = 2 }]",
    "edit = \"c.yaml\"\ndo = [{ set = \"own\", to = true }]",
    "edit = [\"a.yaml\", \"c.yaml\"]\ndo = [{ set = \"added\", to = 1 }]",
    "move = \"a.yaml\"\nto = \"b.yaml\"",
    "move = \"b.yaml\"\nto = \"a.yaml\"",
    "move = \"a.yaml\"\nto = \"c.yaml\"",
    "move = \"c.yaml\"\nto = \"a.yaml\"",
    "move = \"c.yaml\"\nto = \"b.yaml\"",
    "move = \"c.yaml\"\nto = \"d.json\"",
    "chmod = \"a.yaml\"\nmode = \"0600\"",
    "delete = \"a.yaml\"",
    "delete = \"c.yaml\"",
    "edit = \"b.yaml\"\ndo = [{ replace = \"host\", to = \"server\" }]",
];

fn path(name: &str) -> RepoPath {
    RepoPath::new(name).expect("a path")
}

fn start() -> Files {
    let file = |text: &str, mode| FileState::new(text.as_bytes().to_vec(), mode);
    [(path("a.yaml"), file("port: 1\nhost: a  # ours\n", 0o640)), (path("b.yaml"), file("host: b\nport: 1\n", 0o644))]
        .into()
}

/// One migration of `steps` at work on files in memory.
struct World {
    catalogue: Catalogue,
    files: Files,
    state: BTreeMap<String, Vec<u8>>,
}

impl World {
    fn with(steps: &[&str]) -> Self {
        let steps: String = steps.iter().map(|step| format!("\n[[step]]\n{step}\n")).collect();
        let text = format!("schema = 1\ntitle = \"x\"\n{steps}");
        let declaration = Declaration::read("migrations/v0001_x.toml", &text).expect("a migration");
        let catalogue = Catalogue::only(Migration::unnamed(declaration));
        Self { catalogue, files: start(), state: BTreeMap::new() }
    }

    fn ask<T>(&self, ask: impl Fn(&Request<'_>) -> T) -> T {
        let tree = Memory::new(self.files.clone());
        let history = History::read(&tree, &self.state).expect("a history");
        ask(&Request {
            tree: &tree,
            ignored: &BTreeSet::new(),
            catalogue: &self.catalogue,
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
                (Place::Repository(path), None) => drop(self.files.remove(&path)),
                (Place::State(name) | Place::Shared(name), Some(after)) => {
                    drop(self.state.insert(name, after.bytes.to_vec()));
                }
                (Place::State(_) | Place::Shared(_), None) => {}
            }
        }
    }

    fn settings(&self) -> Files {
        self.files.clone().into_iter().filter(|(path, _)| !path.as_str().starts_with(".migrate/")).collect()
    }
}

/// What of the promise is not kept, where `steps` can be made at all.
fn broken(steps: &[&str]) -> Option<Result<(), String>> {
    let mut world = World::with(steps);
    let plan = world.ask(|request| up(request, &Target::Latest)).ok()?;
    world.carry_out(&plan);
    let done = world.settings();
    if done == start() {
        return Some(if plan.is_empty() { Ok(()) } else { Err("it plans what changes nothing".to_owned()) });
    }
    let again = match world.ask(|request| up(request, &Target::Latest)) {
        Ok(again) => again,
        Err(refusal) => return Some(Err(format!("up again: {:?}", refusal.diagnostics))),
    };
    world.carry_out(&again);
    if world.settings() != done {
        return Some(Err(format!("up again: {:?} became {:?}", done, world.settings())));
    }
    let drifts: Vec<_> = world.ask(|request| status(request).into_iter().flat_map(|status| status.drift).collect());
    if !drifts.is_empty() {
        return Some(Err(format!("drift: {drifts:?}")));
    }
    let slug = world.catalogue.iter().next().expect("a migration").slug.clone();
    let back = match world.ask(|request| down(request, std::slice::from_ref(&slug), &Wish::default())) {
        Ok(back) => back,
        Err(refusal) => return Some(Err(format!("down: {:?}", refusal.diagnostics))),
    };
    world.carry_out(&back);
    let differs = world.settings() != start();
    Some(if differs { Err(format!("down: {:?}", world.settings())) } else { Ok(()) })
}

#[test]
fn steps_on_whole_files_go_together_and_come_back() {
    let mut tried: Vec<(Vec<&str>, Result<(), String>)> = Vec::new();
    let mut orders: Vec<Vec<&str>> = STEPS.iter().map(|step| vec![*step]).collect();
    // Two files change their names through a third, with an edit on the way.
    let [out, over, edit, back] = ["a.yaml\"\nto = \"c", "b.yaml\"\nto = \"a", "[\"a.yaml", "c.yaml\"\nto = \"b"]
        .map(|part| *STEPS.iter().find(|step| step.contains(part)).expect("the step"));
    orders.push(vec![out, over, edit, back]);
    while let Some(steps) = orders.pop() {
        let Some(outcome) = broken(&steps) else { continue };
        // What goes behind steps that can not be made can not be made either.
        orders.extend(STEPS.iter().filter(|_| steps.len() < 3).map(|step| [&steps[..], &[step]].concat()));
        tried.push((steps, outcome));
    }
    assert!(tried.len() > 500, "only {} orders can be made", tried.len());
    let faults: Vec<String> = tried
        .iter()
        .filter_map(|(steps, outcome)| Some(format!("{}\n  {}", steps.join("\n  "), outcome.as_ref().err()?)))
        .collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), tried.len(), faults[..faults.len().min(12)].join("\n\n"));
}
