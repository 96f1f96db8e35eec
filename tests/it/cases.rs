//! Case folders: `before/`, `after/`, `expected.diff`, `stderr`, `case.toml`. No Rust is written for a new case.
//!
//! A case that succeeds is run both ways: a dry run writes nothing, `up` gives `after/` byte for byte, again gives
//! nothing, `down` gives `before/` byte for byte, and naming the migration gives `after/` again. A case with
//! `exit` in its `case.toml` is refused with that code and changes nothing. `UPDATE_EXPECT=1` rewrites the expectations.

use std::path::{Path, PathBuf};

use crate::command::{File, Folder, files_below};

/// What `case.toml` may say.
#[derive(Default)]
struct Case {
    arguments: Vec<String>,
    exit: i32,
    /// The migration is never taken back: `down` is refused with this code.
    down_exit: i32,
    /// Only `lint` is run, and finds what is in `stdout`.
    lint: bool,
    /// Without git the whole folder is the repository.
    plain_folder: bool,
    /// The migrations that the case is about, in their order: its own, else the compiled one.
    slugs: Vec<String>,
}

#[test]
fn every_case_goes_both_ways() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(&root).expect("cases").map(|case| case.expect("a case").path()).collect();
    cases.sort();
    // Only those whose name holds `CASES`, where somebody works on a few.
    let wanted = std::env::var("CASES").unwrap_or_default();
    cases.retain(|case| case.file_name().expect("a name").to_string_lossy().contains(&wanted));
    let mut failures = Vec::new();
    for case in &cases {
        if let Err(why) = run(case) {
            failures.push(format!("=== {}\n{why}", case.file_name().expect("a name").to_string_lossy()));
        }
    }
    assert!(cases.len() >= 10 || !wanted.is_empty(), "only {} cases were found", cases.len());
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The fixture that the README shows runs like a case of its own.
#[test]
fn the_fixture_goes_both_ways() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos/projectx");
    let folder = Folder::copy_of(&fixture);
    folder.commit();
    let before = folder.settings();
    let case = Case { slugs: vec!["enable_ssl".to_owned()], ..Case::default() };
    both_ways(&folder, &case, &before).unwrap_or_else(|why| panic!("{why}"));
}

/// Repositories of other kinds, each with migrations of its own: everything that a person does with them.
#[test]
fn every_repository_of_the_gallery_goes_both_ways() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos");
    for name in ["django_next", "dotnet", "kubernetes", "rails_like", "spring", "terraform"] {
        let fixture = root.join(name);
        let folder = Folder::copy_of(&fixture);
        folder.commit();
        let before = folder.settings();
        let case = Case { slugs: slugs(&fixture.join("migrations")), ..Case::default() };
        let ok = |arguments: &[&str], said: &str| {
            let answer = folder.migrate(arguments);
            let told = format!("{name}: {arguments:?}\n{}{}", answer.stdout, answer.stderr);
            assert!(answer.code == 0 && answer.stdout.contains(said), "{told}");
        };
        ok(&["status"], &format!("{} pending", case.slugs.len()));
        ok(&["lint"], "nothing found");
        ok(&["test"], "none failed");
        ok(&["up", "-n"], "Nothing was written");
        same("a dry run writes nothing", &before, &folder.files()).unwrap_or_else(|why| panic!("{name}: {why}"));
        both_ways(&folder, &case, &before).unwrap_or_else(|why| panic!("{name}: {why}"));
        ok(&["verify"], "");
        ok(&["status"], "Nothing is pending, nothing has drifted");
    }
}

fn run(path: &Path) -> Result<(), String> {
    let case = read(path);
    let folder = Folder::copy_of(&path.join("before"));
    if !case.plain_folder {
        folder.commit();
    }
    let before = folder.settings();
    if case.lint {
        let found = migrate(&folder, "lint", &case, &[]);
        if found.code != 1 {
            return Err(format!("exit code {} instead of 1\n{}{}", found.code, found.stdout, found.stderr));
        }
        same("`lint` writes nothing", &before, &folder.files())?;
        return compare(&path.join("stdout"), &found.stdout);
    }
    let dry = migrate(&folder, "plan", &case, &[]);
    same("a dry run writes nothing", &before, &folder.settings())?;
    if case.exit != 0 {
        if dry.code != case.exit {
            return Err(format!("exit code {} instead of {}\n{}{}", dry.code, case.exit, dry.stdout, dry.stderr));
        }
        compare(&path.join("stderr"), &dry.stderr)?;
        let real = migrate(&folder, "up", &case, &[]);
        if (real.code, &real.stderr) != (dry.code, &dry.stderr) {
            return Err(format!("the dry run and the run differ:\n{}", real.stderr));
        }
        return same("a refusal writes nothing", &before, &folder.files());
    }
    if dry.code != 0 {
        return Err(format!("exit code {}\n{}", dry.code, dry.stderr));
    }
    // The plan id covers the record's bytes; what a reader of the case sees is the change.
    let shown = dry.stdout.lines().filter(|line| !line.starts_with("plan ")).map(|line| format!("{line}\n"));
    compare(&path.join("expected.diff"), &shown.collect::<String>())?;
    let after = both_ways(&folder, &case, &before)?;
    if updating() {
        rewrite(&path.join("after"), &after);
    }
    same("after `up`", &files_below(&path.join("after")), &after)
}

/// Runs the whole life of a migration; returns what `up` left.
fn both_ways(folder: &Folder, case: &Case, before: &Files) -> Result<Files, String> {
    let ok = |answer: crate::command::Answer, what: &str| match answer.code {
        0 => Ok(answer.stdout),
        code => Err(format!("{what}: exit code {code}\n{}", answer.stderr)),
    };
    ok(migrate(folder, "up", case, &[]), "up")?;
    let after = folder.settings();
    let everything = folder.files();
    let status = ok(migrate(folder, "status", case, &[]), "status")?;
    let expected: &[&str] = if after == *before { &["no need", "by hand"] } else { &["applied"] };
    if !expected.iter().any(|word| status.contains(word)) || status.contains("drifted  ") {
        return Err(format!("status does not say {}:\n{status}", expected[0]));
    }
    ok(migrate(folder, "up", case, &[]), "up again")?;
    same("`up` again changes nothing", &everything, &folder.files())?;
    if case.down_exit != 0 {
        for slug in &case.slugs {
            let answer = migrate(folder, "down", case, &[slug]);
            if answer.code != case.down_exit {
                return Err(format!("down: exit code {}\n{}{}", answer.code, answer.stdout, answer.stderr));
            }
        }
        same("a refused `down` changes nothing", &everything, &folder.files())?;
    } else if after != *before {
        for slug in case.slugs.iter().rev() {
            ok(migrate(folder, "down", case, &[slug]), "down")?;
        }
        same("`down` gives back every byte", before, &folder.settings())?;
        ok(migrate(folder, "up", case, &[]), "up while held")?;
        same("a plain `up` leaves it taken back", before, &folder.settings())?;
        let names: Vec<&str> = case.slugs.iter().map(String::as_str).collect();
        ok(migrate(folder, "up", case, &names), "up by name")?;
        same("`up` by name gives the same bytes", &everything, &folder.files())?;
    }
    Ok(after)
}

type Files = std::collections::BTreeMap<String, File>;

fn migrate(folder: &Folder, command: &str, case: &Case, more: &[&str]) -> crate::command::Answer {
    let arguments: Vec<&str> =
        [command].into_iter().chain(case.arguments.iter().map(String::as_str)).chain(more.iter().copied()).collect();
    folder.migrate(&arguments)
}

fn read(path: &Path) -> Case {
    let mut case = Case { slugs: slugs(&path.join("before/migrations")), ..Case::default() };
    let Ok(text) = std::fs::read_to_string(path.join("case.toml")) else { return case };
    let table: toml_edit::DocumentMut = text.parse().expect("case.toml");
    for (key, item) in table.iter() {
        match key {
            "arguments" => {
                case.arguments = item
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|one| one.as_str().expect("a text").to_owned())
                    .collect();
            }
            "exit" => case.exit = exit_code(item),
            "down_exit" => case.down_exit = exit_code(item),
            "lint" => case.lint = item.as_bool().expect("true or false"),
            "plain_folder" => case.plain_folder = item.as_bool().expect("true or false"),
            other => panic!("{}: unknown key {other}", path.display()),
        }
    }
    case
}

fn exit_code(item: &toml_edit::Item) -> i32 {
    i32::try_from(item.as_integer().expect("a number")).expect("an exit code")
}

/// The slugs of the migration files in `folder`; of the compiled migration where there is none.
fn slugs(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with('v'));
    names.sort();
    if names.is_empty() {
        return vec!["enable_ssl".to_owned()];
    }
    let slug = |name: &String| name.trim_end_matches(".toml").split_once('_').expect("a slug").1.to_owned();
    names.iter().map(slug).collect()
}

fn updating() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

fn compare(path: &Path, found: &str) -> Result<(), String> {
    if updating() {
        std::fs::write(path, found).expect("the expectation");
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    let diff =
        similar::TextDiff::from_lines(expected.as_str(), found).unified_diff().header("expected", "found").to_string();
    Err(format!("{}:\n{diff}", path.file_name().expect("a name").to_string_lossy()))
}

fn rewrite(folder: &Path, files: &Files) {
    let _ = std::fs::remove_dir_all(folder);
    for (name, file) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder");
        std::fs::write(&path, &file.bytes).expect("the file");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(file.mode);
        std::fs::set_permissions(path, mode).expect("the mode");
    }
}

fn same(what: &str, expected: &Files, found: &Files) -> Result<(), String> {
    for name in expected.keys().chain(found.keys()) {
        let (one, two) = (expected.get(name), found.get(name));
        if one != two {
            let text = |file: Option<&File>| file.map_or("(no file)".to_owned(), |file| format!("{file:?}"));
            let (one, two) = (text(one), text(two));
            let diff = similar::TextDiff::from_lines(one.as_str(), two.as_str())
                .unified_diff()
                .header("expected", "found")
                .to_string();
            return Err(format!("{what}: {name}\n{diff}"));
        }
    }
    Ok(())
}
