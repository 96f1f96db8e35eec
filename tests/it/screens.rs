//! What the guides show of a terminal is what the program prints: their sessions are run, and their picture is drawn.
//!
//! `<!-- screen: FOLDER -->` above a block of the language `console` runs it in a copy of `fixtures/FOLDER` under git:
//! what follows each `$ command` is its output, both streams as a terminal shows them. `<!-- screen: FOLDER | COMMANDS -->`
//! runs these first. Above a block of `sh` it runs the whole block, which must succeed. `UPDATE_EXPECT=1` writes what is shown.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::Folder;
use crate::terminal::picture;

const MARKER: &str = "<!-- screen: ";

/// The columns of the terminal in the picture.
const COLUMNS: usize = 108;

#[test]
fn the_sessions_in_the_guides_are_what_the_program_prints() {
    let mut stale = Vec::new();
    for path in guides() {
        let known = std::fs::read_to_string(&path).expect("a guide");
        let shown = run(&known).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        if shown == known {
            continue;
        }
        if is_updating() {
            std::fs::write(&path, shown).expect("the guide");
        } else {
            let diff = similar::TextDiff::from_lines(&known, &shown).unified_diff().to_string();
            stale.push(format!("{}:\n{diff}", path.display()));
        }
    }
    assert!(stale.is_empty(), "UPDATE_EXPECT=1 cargo test --test it screens writes it\n{}", stale.join("\n"));
}

/// The picture of the README: what it says is run as it stands.
#[test]
fn the_picture_is_what_the_program_prints() {
    let folder = prepared("repos/projectx");
    let command = "migrate plan -U1 --only '**/settings.py' --only config/worker.toml";
    let (shown, code) = shell(&folder, &format!("MIGRATE_COLOR=always {command}"), None);
    assert_eq!(code, 0, "{shown}");
    let drawn = picture(&format!("\u{1b}[1m$ {command}\u{1b}[0m\n{shown}"), COLUMNS, "What migrate plan shows");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan.svg");
    if is_updating() {
        std::fs::write(&path, drawn).expect("the picture");
    } else {
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(known == drawn, "UPDATE_EXPECT=1 cargo test --test it screens draws it");
    }
}

fn is_updating() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// The README and every page of `docs`.
fn guides() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = std::fs::read_dir(root.join("docs")).expect("docs").map(|page| page.expect("a page").path());
    let mut all: Vec<PathBuf> = pages.filter(|page| page.extension().is_some_and(|ending| ending == "md")).collect();
    all.push(root.join("README.md"));
    all.sort();
    all
}

/// `guide` with the output of its sessions as it is now.
fn run(guide: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut marker = None;
    let mut migration = None;
    let mut lines = guide.split_inclusive('\n').enumerate();
    while let Some((at, line)) = lines.next() {
        text.push_str(line);
        let trimmed = line.trim_end();
        let own = trimmed.strip_prefix(MARKER).and_then(|rest| rest.strip_suffix(" -->"));
        if own.is_some() {
            marker = own;
            continue;
        }
        let above = marker.take();
        let language = trimmed.trim_start_matches('`');
        let fence = &trimmed[..trimmed.len() - language.len()];
        if fence.len() < 3 {
            continue;
        }
        let mut block = String::new();
        let mut end = "";
        for (_, line) in lines.by_ref() {
            if line.trim_end() == fence {
                end = line;
                break;
            }
            block.push_str(line);
        }
        let here = |why: String| format!("line {}: {why}", at + 1);
        match (language, above) {
            ("console", None) => return Err(here("a session without a marker: nothing says where it is run".into())),
            ("console", Some(above)) => block = session(above, &block, migration.as_deref()).map_err(here)?,
            ("sh", Some(above)) => script(above, &block, migration.as_deref()).map_err(here)?,
            ("sh", None) if block.starts_with("$ ") => return Err(here("a session is a block of `console`".into())),
            (_, Some(_)) => return Err(here("a marker above what is no session".into())),
            ("toml migration", None) => migration = Some(block.clone()),
            (_, None) => {}
        }
        text.push_str(&block);
        text.push_str(end);
    }
    Ok(text)
}

/// The same session with its output as it is now.
fn session(marker: &str, block: &str, migration: Option<&str>) -> Result<String, String> {
    let folder = set_up(marker, migration)?;
    let mut text = String::new();
    for line in block.lines().filter(|line| line.starts_with("$ ")) {
        let (shown, _) = shell(&folder, &line[2..], migration);
        text.push_str(&format!("{line}\n{}", stable(&shown, &folder)));
    }
    Ok(text)
}

/// In one shell with what comes first, so that its variables count.
fn script(marker: &str, block: &str, migration: Option<&str>) -> Result<(), String> {
    let (fixture, commands) = split(marker);
    match shell(&prepared(fixture), &format!("set -e\n{commands}\n{block}"), migration) {
        (_, 0) => Ok(()),
        (shown, code) => Err(format!("exit code {code}\n{shown}")),
    }
}

fn split(marker: &str) -> (&str, &str) {
    marker.split_once(" | ").unwrap_or((marker, "true"))
}

fn set_up(marker: &str, migration: Option<&str>) -> Result<Folder, String> {
    let (fixture, commands) = split(marker);
    let folder = prepared(fixture);
    match shell(&folder, commands, migration) {
        (_, 0) => Ok(folder),
        (shown, code) => Err(format!("`{commands}`: exit code {code}\n{shown}")),
    }
}

fn prepared(fixture: &str) -> Folder {
    let folder = Folder::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture));
    folder.commit();
    folder
}

/// What `command` prints in `folder`, and how it ends. `$MIGRATION` is a file with the migration that the guide showed last.
fn shell(folder: &Folder, command: &str, migration: Option<&str>) -> (String, i32) {
    let aside = Folder::with(&[("migration.toml", migration.unwrap_or(""))]);
    let program = Path::new(env!("CARGO_BIN_EXE_migrate")).parent().expect("its folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    // One stream, so that the order is that of a terminal.
    shell.arg("-c").arg(format!("exec 2>&1\n{command}")).current_dir(folder.path()).stdin(Stdio::null()).env_clear();
    shell.envs([("LC_ALL", "C.UTF-8"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
    shell.env("PATH", format!("{}:{path}", program.display())).env("HOME", aside.path());
    shell.env("MIGRATION", aside.path().join("migration.toml"));
    shell.env("GIT_CEILING_DIRECTORIES", folder.path().parent().expect("a parent"));
    for role in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        shell.env(format!("GIT_{role}_DATE"), "2026-11-24T12:00:00Z");
    }
    let output = shell.output().expect("sh");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
}

/// `shown` without what every run has of its own: the folder and the time.
fn stable(shown: &str, folder: &Folder) -> String {
    let shown = shown.replace(&*folder.path().to_string_lossy(), "~/project");
    let mut parts = shown.split(" in ");
    let mut text = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let behind = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_time = behind.len() < part.len() && behind.starts_with(" ms");
        text.push_str(if is_time { " in 41" } else { " in " });
        text.push_str(if is_time { behind } else { part });
    }
    text
}

#[test]
fn a_session_is_run_as_it_stands_and_faults_of_a_guide_are_told() {
    let shown = |text: &str| run(text);
    let one = "<!-- screen: repos/projectx -->\n```console\n$ echo in 7 ms in it\nold\n$ pwd\n```\nrest\n";
    let expected = "<!-- screen: repos/projectx -->\n```console\n$ echo in 7 ms in it\nin 7 ms in it\n$ pwd\n~/project\n```\nrest\n";
    assert_eq!(shown(one).as_deref(), Ok(expected));
    for (text, why) in [
        ("```console\n$ true\n```\n", "without a marker"),
        ("```sh\n$ true\n```\n", "a block of `console`"),
        ("<!-- screen: repos/projectx -->\n```sh\nfalse\ntrue\n```\n", "exit code 1"),
        ("<!-- screen: repos/projectx | false -->\n```console\n$ true\n```\n", "`false`: exit code 1"),
        ("<!-- screen: repos/projectx -->\n```toml\n```\n", "no session"),
    ] {
        let found = shown(text).expect_err(text);
        assert!(found.contains(why), "{found}");
    }
}
