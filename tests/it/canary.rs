//! A word that is a secret, put into thousands of made-up repositories: it is in no output and in no record.

mod made;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use settings_migrate::diagnostic::Diagnostic;
use settings_migrate::history::History;
use settings_migrate::migration::{Catalogue, Extent, Slug};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{self, Given, OnConflict, Place, Plan, Refusal, Request, Target, Wish};
use settings_migrate::report::{self, Answer, RENDERERS, Shown, Style, Typed};
use settings_migrate::tree::{FileState, Memory};

use self::made::{CANARY, Case, Dice, case};

const STYLE: Style = Style { unicode: true, columns: None };
const TYPED: Typed<'_> = Typed { migrate: "migrate", git: Some("git") };
const FILE: &str = "migrations/v0001_change.toml";

/// How many cases there are; `CANARIES=10000` before a release.
fn count() -> usize {
    std::env::var("CANARIES").ok().and_then(|count| count.parse().ok()).unwrap_or(250)
}

#[derive(Default)]
struct Seen {
    plans: usize,
    refusals: usize,
    taken_back: usize,
    outputs: usize,
    leaks: Vec<String>,
}

/// What of one case came out, and under which name.
struct Sink<'s> {
    seen: &'s mut Seen,
    number: usize,
    case: &'s Case,
    leaked: bool,
}

impl Sink<'_> {
    fn put(&mut self, what: &str, text: &str) {
        self.seen.outputs += 1;
        // The first leak of a case is enough to go on with.
        if let Some(at) = text.find(CANARY).filter(|_| !self.leaked) {
            self.leaked = true;
            let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            let Case { text: file, migration, ignored, .. } = self.case;
            self.seen.leaks.push(format!(
                "case {}: {what} shows `{}`\nignored: {ignored}\n{file}\n{migration}",
                self.number,
                &text[start..end],
            ));
        }
    }

    fn diagnostics(&mut self, what: &str, diagnostics: &[Diagnostic]) {
        self.put(what, &report::diagnostics(diagnostics, STYLE));
        self.put(what, &report::envelope("up", serde_json::Value::Null, diagnostics));
        self.reports(what, None, diagnostics);
    }

    fn reports(&mut self, what: &str, plan: Option<&Plan>, diagnostics: &[Diagnostic]) {
        for renderer in RENDERERS.iter().filter(|renderer| plan.is_some() || !renderer.needs_plan) {
            let answer = Answer {
                command: "plan",
                plan,
                approval: None,
                diagnostics,
                written: false,
                mends: &[],
                checked: &[],
                touched: &[],
                result: None,
                elsewhere: None,
                prefix: "",
                context: 50,
                max_size: 60_000,
                show_secrets: false,
            };
            let name = format!("{what}, report {}", renderer.name);
            match (renderer.render)(&answer) {
                Ok(bytes) => self.put(&name, &String::from_utf8_lossy(&bytes)),
                Err(faults) => self.put(&name, &report::diagnostics(&faults, STYLE)),
            }
        }
    }

    fn plan(&mut self, what: &str, plan: &Plan) {
        for shown in [Shown::Unified, Shown::Paths] {
            let context = [50, 3, 0][self.number % 3];
            self.put(what, &report::dry_run(plan, shown, context, STYLE, Some("migrate up")));
        }
        self.put(what, &report::steps_shown(plan, STYLE));
        self.put(what, &report::committed(plan, &Catalogue::default(), 1, TYPED, STYLE));
        let warnings: Vec<Diagnostic> = plan.steps.iter().flat_map(|step| step.warnings.clone()).collect();
        self.put(what, &report::envelope("up", report::plan_result(plan, false, 50), &warnings));
        for file in plan.steps.iter().flat_map(|step| &step.files) {
            self.put(what, &report::file_shown(file, true, Shown::Unified, 50, STYLE));
            self.put(what, &report::envelope("edit", report::file_result(file, true, 50), &[]));
        }
        self.reports(what, Some(plan), &warnings);
        // The state folder is the place for what a record must not hold.
        for change in &plan.bookkeeping {
            let Place::Repository(path) = &change.place else { continue };
            if let Some(state) = &change.after {
                self.put(path.as_str(), &String::from_utf8_lossy(&state.bytes));
            }
        }
    }

    fn refusal(&mut self, what: &str, refusal: &Refusal) {
        self.diagnostics(what, &refusal.diagnostics);
        self.put(what, &report::refusal(refusal, "migrate", STYLE));
    }
}

type Files = BTreeMap<RepoPath, FileState>;

/// A repository in memory with the state folder of its work tree.
struct World {
    files: Files,
    state: BTreeMap<String, Vec<u8>>,
}

impl World {
    fn carry_out(&mut self, plan: &Plan) {
        for change in plan.net() {
            match (change.place, change.after) {
                (Place::Repository(path), Some(state)) => drop(self.files.insert(path, state)),
                (Place::Repository(path), None) => drop(self.files.remove(&path)),
                (Place::State(name) | Place::Shared(name), Some(state)) => {
                    drop(self.state.insert(name, state.bytes.to_vec()));
                }
                (Place::State(name) | Place::Shared(name), None) => drop(self.state.remove(&name)),
            }
        }
    }

    fn ask<T>(&self, case: &Case, catalogue: &Catalogue, ask: impl FnOnce(&Request<'_>) -> T) -> T {
        let tree = Memory::new(self.files.clone());
        let history = History::read(&tree, &self.state).expect("records that were just written");
        let given = Given { command_line: [("pw".to_owned(), case.secret.clone())].into(), ..Given::default() };
        let ignored: BTreeSet<RepoPath> = case.ignored.then(|| path(case.file)).into_iter().collect();
        ask(&Request {
            tree: &tree,
            ignored: &ignored,
            catalogue,
            history: &history,
            excluded: &|_| false,
            given: &given,
            extent: Extent::Whole,
            force_read_only: false,
            out_of_order: &[],
            order: plan::Order::default(),
        })
    }
}

fn path(name: &str) -> RepoPath {
    RepoPath::new(name).expect("a path")
}

/// Walks one case through all that is ever said of it.
fn walk(dice: &mut Dice, sink: &mut Sink<'_>) {
    let case = sink.case;
    let state = |text: &str| FileState::new(text.as_bytes().to_vec(), 0o644);
    let files = [(path(case.file), state(&case.text)), (path(FILE), state(&case.migration))].into();
    let mut world = World { files, state: BTreeMap::new() };
    let catalogue = match Catalogue::with_files(&[], &[(FILE.to_owned(), case.migration.clone())], &|_| false) {
        Ok(catalogue) => catalogue,
        Err(faults) => return sink.diagnostics("a fault of the migration", &faults),
    };
    let slug: Slug = "change".parse().expect("a slug");
    look(sink, &world, &catalogue, &slug);
    match world.ask(case, &catalogue, |request| plan::up(request, &Target::Latest)) {
        Ok(plan) => {
            sink.seen.plans += 1;
            sink.plan("up", &plan);
            world.carry_out(&plan);
        }
        Err(refusal) => {
            sink.seen.refusals += 1;
            return sink.refusal("up is refused", &refusal);
        }
    }
    if dice.one_in(2) {
        let text = world.files.get(&path(case.file)).map(|state| String::from_utf8_lossy(&state.bytes).into_owned());
        if let Some(text) = text {
            world.files.insert(path(case.file), state(&edited(dice, &text)));
        }
        look(sink, &world, &catalogue, &slug);
    }
    for on_conflict in [OnConflict::Refuse, OnConflict::Keep, OnConflict::Revert] {
        let wish = Wish { on_conflict, ..Wish::default() };
        match world.ask(case, &catalogue, |request| plan::down(request, std::slice::from_ref(&slug), &wish)) {
            Ok(plan) => {
                sink.seen.taken_back += 1;
                sink.plan("down", &plan);
                // The other ways are for conflicts.
                break;
            }
            Err(refusal) => sink.refusal("down is refused", &refusal),
        }
    }
    match world.ask(case, &catalogue, |request| plan::accept(request, &slug)) {
        Ok((plan, told)) => {
            sink.put("accept", &told.join("\n"));
            sink.plan("accept", &plan);
        }
        Err(refusal) => sink.refusal("accept is refused", &refusal),
    }
}

/// What the commands say that only look.
fn look(sink: &mut Sink<'_>, world: &World, catalogue: &Catalogue, slug: &Slug) {
    let case = sink.case;
    world.ask(case, catalogue, |request| {
        let all = plan::status(request);
        sink.put("status", &report::status("x", &all, &|_| true, true, "migrate", STYLE));
        sink.put("status", &report::envelope("status", report::status_result("x", &all, &|_| true), &[]));
        for one in &all {
            if let plan::Standing::Blocked(diagnostics) = &one.standing {
                sink.diagnostics("blocked", diagnostics);
            }
            let migration = catalogue.get(slug).expect("the migration");
            let record = request.history.record(slug);
            let planned = plan::up(request, &Target::Only(vec![slug.clone()])).ok();
            let effect = plan::effect(request, slug);
            let known = report::Known {
                migration: Some(migration),
                status: one,
                record,
                plan: planned.as_ref(),
                effect: effect.as_deref(),
                origin: None,
                file: None,
            };
            sink.put("show", &report::show(&known, 3, "migrate", STYLE));
            sink.put("show", &report::envelope("show", report::show_result(&known), &[]));
        }
        sink.diagnostics("verify", &plan::verify(request, &|_| true));
        let found: Vec<Diagnostic> = plan::lint(request, &|_| true).into_iter().map(|finding| finding.told).collect();
        sink.diagnostics("lint", &found);
        for line in 1..=case.text.lines().count() {
            let reasons = plan::why(request, &path(case.file), line);
            sink.put("why", &report::why(&reasons, catalogue, &|_| None));
            let result = report::why_result(&path(case.file), line, &reasons, &|_| None);
            sink.put("why", &report::envelope("show", result, &[]));
        }
    });
}

/// A later edit by a person: other values, lines that went, a file that broke.
fn edited(dice: &mut Dice, text: &str) -> String {
    let canary = dice.canary();
    match dice.below(6) {
        0 => text.replace("NEW", "LATER"),
        1 => text.replace(CANARY, &format!("{canary}x")),
        2 => text.replace("5433", "5434").replace("require", "prefer"),
        3 => {
            // Of a value over several lines, none goes alone.
            let lines: Vec<&str> = text.lines().collect();
            let alone = |at: &usize| !lines.iter().skip(*at).take(2).any(|line| line.contains(CANARY));
            let gone = (0..lines.len()).filter(alone).nth(dice.below(4)).unwrap_or(usize::MAX);
            text.split_inclusive('\n').enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| line).collect()
        }
        4 => format!("{text}\"\n"),
        _ => text.replace("db", "data"),
    }
}

/// Walks `case`, and adds to `seen` what became of it.
fn try_case(seen: &mut Seen, number: usize, case: &Case, dice: &mut Dice) {
    let walked = catch_unwind(AssertUnwindSafe(|| walk(dice, &mut Sink { seen, number, case, leaked: false })));
    assert!(walked.is_ok(), "case {number} panics: {case:?}");
}

#[test]
fn a_secret_is_in_no_output_and_no_record() {
    let some = |first: usize| {
        let mut seen = Seen::default();
        for number in (first..count()).step_by(2) {
            let mut dice = Dice(number as u64);
            let case = case(&mut dice);
            try_case(&mut seen, number, &case, &mut dice);
        }
        seen
    };
    let [one, other] = std::thread::scope(|scope| {
        [0, 1].map(|first| scope.spawn(move || some(first))).map(|thread| thread.join().expect("no panic"))
    });
    let (plans, refusals) = (one.plans + other.plans, one.refusals + other.refusals);
    let (taken_back, outputs) = (one.taken_back + other.taken_back, one.outputs + other.outputs);
    println!(
        "canary: {} cases, {plans} plans, {refusals} refused, {taken_back} taken back, {outputs} outputs",
        count()
    );
    let leaks = [one.leaks, other.leaks].concat();
    assert!(leaks.is_empty(), "{} leaks; the first:\n{}", leaks.len(), leaks[..leaks.len().min(5)].join("\n----\n"));
    assert!(plans * 3 > count() && refusals * 10 > count(), "the cases are too much alike");
}

#[test]
fn what_was_shown_once_is_shown_no_more() {
    const REPLACED: &str = "db = {\n    'api_key': (''\n        \"CANARY1\"),\n}\ndb = {'port': 1}\n";
    let cases = [
        ("renamed", "a.yaml", "password: CANARY1\n", "{ rename = 'password', to = 'renamed' }"),
        ("moved", "a.toml", "[db]\npassword = \"CANARY1\"\n", "{ move = 'db.password', to = 'other' }"),
        ("moved, and its table renamed", "a.properties", "db.pwd=CANARY1\n", "{ move = 'db.pwd', to = 'db.renamed' }"),
        ("copied", "a.json", "{\"password\": \"CANARY1\", \"a\": 1}\n", "{ copy = 'password', to = 'b' }"),
        ("a secret variable, escaped", "a.yaml", "a: 'x'\n", "{ set = 'b', to = 'a {{pw}} b' }"),
        (
            "a line written before the fault",
            "a.env",
            "A=1\n",
            "{ set = 'A', to = '{{pw}}' }, { set = 'A.b', to = 'c' }",
        ),
        (
            "a URL that is cut off",
            "a.env",
            "U=postgres://app:CANARY1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@db/app\n",
            "{ remove = 'U' }",
        ),
        ("a comment to some", "a.ini", "[a]\npassword = x # CANARY1\nport = 1\n", "{ set = 'a.port', to = '2' }"),
        ("a list", "a.yaml", "passwords:\n- CANARY1\nport: 1\n", "{ set = 'port', to = 2 }"),
        ("a fault of words", "a.yaml", "password: of words CANARY1\n: : {\n", "{ set = 'port', to = 2 }"),
        ("a fault below", "a.toml", "password = '''\nCANARY1\n", "{ set = 'port', to = 2 }"),
        ("an overridden value", "settings.py", REPLACED, "{ set = 'db.port', to = 2 }"),
        ("parts of a secret", "a.env", "TOKEN='x CANARY1'\n", "{ set = 'TOKEN', in = 'dsn:a', to = 'b' }"),
    ];
    let head = "schema = 1\ntitle = \"x\"\n[vars]\npw = { secret = true }\n[[step]]\n";
    let mut seen = Seen::default();
    for (number, (_, file, text, operations)) in cases.iter().enumerate() {
        for ignored in [false, true] {
            let text = (*text).to_owned();
            let migration = format!("{head}edit = \"{file}\"\ndo = [{operations}]\n");
            let case = Case { file, text, migration, secret: "x'CANARY2 y".to_owned(), ignored };
            for seed in 0..6 {
                try_case(&mut seen, number, &case, &mut Dice(seed));
            }
        }
    }
    assert!(seen.leaks.is_empty(), "{}", seen.leaks.join("\n----\n"));
}
