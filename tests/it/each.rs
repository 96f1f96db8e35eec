//! Many files at once: what comes of them does not depend on the number of threads, nor on how the files were found.

use std::collections::BTreeSet;
use std::process::Command;

use settings_migrate::history::History;
use settings_migrate::migration::{BuiltIn, Catalogue, Extent, Native, Repository, Targets, Variables};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{Given, Order, Refusal, Request, Target, up};
use settings_migrate::tree::{FileState, Memory};
use settings_migrate::value::KeyPath;

use crate::command::Folder;

/// A migration of all `.env` files that does what the function does.
struct Doing(fn(&mut Repository<'_, '_>) -> anyhow::Result<()>);

impl Native for Doing {
    fn title(&self) -> &'static str {
        "many files at once"
    }

    fn revision(&self) -> u32 {
        1
    }

    fn targets(&self) -> Targets {
        Targets::new(["*.env"], [])
    }

    fn up(&self, repository: &mut Repository<'_, '_>, _variables: &Variables) -> anyhow::Result<()> {
        self.0(repository)
    }
}

fn level() -> KeyPath {
    KeyPath::new(["LEVEL"])
}

/// Changes one file in the view of another.
static ASTRAY: Doing = Doing(|repository| {
    let files = repository.files();
    repository.each(&files, |view, path| {
        view.document(path)?.set(&level(), "warn")?;
        view.document(&files[0])?.set(&level(), "error")
    })?;
    Ok(())
});

/// The same, in a view of the view.
static NESTED: Doing = Doing(|repository| {
    let files = repository.files();
    repository.each(&files, |view, path| {
        view.document(path)?.set(&level(), "warn")?;
        view.each(&files[..1], |view, path| view.document(path)?.set(&level(), "error"))
    })?;
    Ok(())
});

/// Goes to a file twice at once.
static TWICE: Doing = Doing(|repository| {
    let files = [repository.files(), repository.files()].concat();
    repository.each(&files, |view, path| view.document(path)?.set(&level(), "warn"))?;
    Ok(())
});

/// Every second file gets the number of those that said `LEVEL=debug` in its view; of each it is said what only counts
/// where nothing else is.
static COUNTING: Doing = Doing(|repository| {
    let files = repository.files();
    let lengths = repository.each(&files, |view, path| {
        let is_old = |path: &&RepoPath| view.text(path).is_some_and(|text| text.contains("LEVEL=debug"));
        let old = files.iter().filter(is_old).count();
        for (index, file) in files.iter().enumerate() {
            view.skip_unless_settled(file, format!("told at {path}"));
            if index % 2 == 0 && file == path {
                view.document(path)?.set(&level(), format!("{old}"))?;
            }
        }
        Ok(path.as_str().len())
    })?;
    anyhow::ensure!(lengths == files.iter().map(|path| path.as_str().len()).collect::<Vec<_>>(), "{lengths:?}");
    Ok(())
});

fn planned(native: &'static dyn Native, files: usize) -> Result<Vec<(String, String)>, Refusal> {
    let path = |number: usize| RepoPath::new(&format!("f{number:02}.env")).expect("a path");
    let state = || FileState::new(b"LEVEL=debug\n".to_vec(), 0o644);
    let tree = Memory::new((0..files).map(|number| (path(number), state())).collect());
    let catalogue = Catalogue::of(&[BuiltIn { name: "v0001_each", native }]).expect("a catalogue");
    let plan = up(
        &Request {
            tree: &tree,
            ignored: &BTreeSet::new(),
            catalogue: &catalogue,
            history: &History::default(),
            excluded: &|_| false,
            given: &Given::default(),
            extent: Extent::Whole,
            force_read_only: false,
            out_of_order: &[],
            order: Order::default(),
        },
        &Target::Latest,
    )?;
    let step = &plan.steps[0];
    let text = |state: &Option<FileState>| String::from_utf8_lossy(&state.as_ref().expect("a file").bytes).into_owned();
    let changed = step.files.iter().map(|file| (file.path.to_string(), text(&file.after)));
    let unchanged = step.unchanged.iter().map(|(path, reasons)| (path.to_string(), reasons.join("; ")));
    Ok(changed.chain(unchanged).collect())
}

#[test]
fn a_view_shows_what_was_there_before_the_first_of_them() {
    for files in [3, 40] {
        let found = planned(&COUNTING, files).expect("a plan");
        let changed = (0..files).step_by(2).map(|number| (format!("f{number:02}.env"), format!("LEVEL={files}\n")));
        let told = (1..files).step_by(2).map(|number| (format!("f{number:02}.env"), "told at f00.env".to_owned()));
        assert_eq!(found, changed.chain(told).collect::<Vec<_>>());
    }
}

#[test]
fn a_view_changes_its_own_file_only() {
    for (native, files) in [(&ASTRAY, 3), (&ASTRAY, 40), (&NESTED, 3), (&NESTED, 40)] {
        let refused = planned(native, files).expect_err("no plan");
        let told: Vec<&str> = refused.diagnostics.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(told, ["the migration changes `f00.env` while it is at `f01.env`: one file at a time"]);
    }
}

#[test]
fn a_file_is_changed_in_one_view_only() {
    for files in [3, 40] {
        let refused = planned(&TWICE, files).expect_err("no plan");
        let told: Vec<&str> = refused.diagnostics.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(told, ["the migration changes `f00.env` twice at once"]);
    }
}

/// What both kinds of migration have to edit, of every language.
fn repository() -> Folder {
    let folder = Folder::new();
    for number in 0..60 {
        let file = |name: &str, text: String| folder.write(&format!("s{number:02}/{name}"), text.as_bytes());
        file(".env", format!("NAME=s{number}\nDATABASE_URL=postgres://u:p@db{number}/x\nLEVEL=debug\n"));
        file("app.yaml", format!("# s{number}\ndatabase:\n  url: postgres://u@db/x\nlevel: debug\n"));
        file(
            "service.toml",
            format!("[database]\nhost = \"db{number}\"\nengine = \"postgresql\"\nlevel = \"debug\"\n"),
        );
        file(
            "settings.py",
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': 'db'}}\n".to_owned(),
        );
        file("db.js", "const { Pool } = require('pg');\nmodule.exports = new Pool({ host: 'db' });\n".to_owned());
    }
    folder
}

const LEVEL: &str = "\
schema = 1
title = \"less\"
[[step]]
edit = \"**/app.yaml\"
do = [{ set = \"level\", to = \"warn\" }]
";

/// The plan, by its id and by all that is shown of it, for each way to run the program: of the migration that is built in,
/// then of one of the repository's own.
#[test]
fn the_plan_is_the_same_on_one_core_from_the_index_and_from_the_walk() {
    is_the_same(&repository(), &["--set", "certs=/c"], "300 files would change");
    let folder = repository();
    folder.write("migrations/v0001_level.toml", LEVEL.as_bytes());
    is_the_same(&folder, &[], "60 files would change");
}

fn is_the_same(folder: &Folder, arguments: &[&str], summary: &str) {
    let shown = |on_one_core: bool| {
        let program = env!("CARGO_BIN_EXE_migrate");
        let mut command = Command::new(if on_one_core { "taskset" } else { program });
        command.args(on_one_core.then_some(["-c", "0", program]).into_iter().flatten());
        command.current_dir(folder.path()).args(["--color", "never", "up", "-n"]).args(arguments);
        let output = command.output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let plain = shown(false).expect("it starts");
    assert!(plain.contains(summary) && plain.contains("--expect"), "{plain}");
    match shown(true) {
        Some(one) => assert_eq!(one, plain),
        None => println!("skipped: there is no `taskset` here to run it on one core"),
    }
    folder.git(&["init", "-q"]).expect(0);
    assert_eq!(shown(false).as_ref(), Some(&plain), "untracked files are found by a walk");
    folder.git(&["add", "-A"]).expect(0);
    assert_eq!(shown(false).as_ref(), Some(&plain), "tracked ones by the index");
    folder.git(&["update-index", "--split-index"]).expect(0);
    assert_eq!(shown(false).as_ref(), Some(&plain), "which git reads itself where it is split");
}

/// A condition on another file asks what the step has made of that by then: one file after the other.
#[test]
fn a_step_that_asks_about_other_files_goes_from_one_to_the_next() {
    let step = "edit = \"*.env\"\ndo = [{ set = \"LEVEL\", to = \"warn\" }]\n";
    let asks = "{ file = \"a00.env\", at = \"LEVEL\", is = \"debug\" }";
    let operation = step.replace("to = \"warn\" }", &format!("to = \"warn\", when = {asks} }}"));
    for step in [format!("when = {asks}\n{step}"), operation] {
        let folder = Folder::new();
        (0..40).for_each(|number| folder.write(&format!("a{number:02}.env"), b"LEVEL=debug\n"));
        folder.write("migrations/v0001_x.toml", format!("schema = 1\ntitle = \"x\"\n[[step]]\n{step}").as_bytes());
        let shown = folder.migrate(&["up", "-n", "--diff", "none"]).expect(0).stdout;
        assert!(shown.contains("1 file would change"), "{shown}");
    }
}
