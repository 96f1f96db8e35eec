//! Asks the judges: one process of Python and one of Node.js, each for all texts at once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

/// What one judge reads in one text, or why it does not.
pub type Answer = Result<Json, String>;

#[derive(Default)]
pub struct Answers {
    /// The judges that are on this machine.
    pub installed: BTreeSet<String>,
    all: BTreeMap<(&'static str, String), Answer>,
}

impl Answers {
    /// What `judge` reads in `text`; `None` where it is not installed.
    pub fn get(&self, judge: &'static str, text: &str) -> Option<&Answer> {
        self.all.get(&(judge, text.to_owned()))
    }
}

/// Has each text read by its judge.
pub fn ask(questions: &BTreeSet<(&'static str, String)>) -> Answers {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = std::env::var_os("MIGRATE_E2E_HOME").map_or_else(|| root.join("target/e2e"), PathBuf::from);
    let home = std::path::absolute(home).expect("a folder");
    let judges = root.join("tests/judges");
    let own = home.join("venv/bin/python");
    let has_own = own.exists();
    let mut python = Command::new(if has_own { own } else { "python3".into() });
    // Packages that are there by chance, in any version, do not judge.
    python.args(if has_own { ["-B", "-I"].as_slice() } else { ["-B", "-I", "-S"].as_slice() });
    python.arg(judges.join("judge.py"));
    let mut node = Command::new("node");
    node.args(["--experimental-vm-modules", "--no-warnings"]).arg(judges.join("judge.mjs")).arg(home);

    let mut answers = Answers::default();
    std::thread::scope(|scope| {
        let running = [python, node].map(|program| scope.spawn(move || run(program, questions)));
        for thread in running {
            match thread.join().expect("no panic") {
                Ok((installed, all)) => {
                    answers.installed.extend(installed);
                    answers.all.extend(all);
                }
                Err(why) => println!("skipped: {why}"),
            }
        }
    });
    answers
}

type Run = (Vec<String>, Vec<((&'static str, String), Answer)>);

/// One program answers what is for the judges it has. It says first which these are; the others it is not asked.
fn run(mut program: Command, questions: &BTreeSet<(&'static str, String)>) -> Result<Run, String> {
    let name = program.get_program().to_string_lossy().into_owned();
    let mut ask = |questions: &[&(&'static str, String)]| -> Result<Vec<Json>, String> {
        let child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|_| format!("`{name}` is not installed"))?;
        let mut input = child.stdin.take().ok_or("no input")?;
        let lines: String =
            questions.iter().map(|(judge, text)| format!("{}\n", json!({ "judge": judge, "text": text }))).collect();
        let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        writer.join().expect("no panic").map_err(|error| format!("`{name}` does not read: {error}"))?;
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        // Half of a pair of surrogates is text to a judge, and none to us.
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        Ok(lines.lines().map(read).collect())
    };
    let first = ask(&[])?;
    let installed: Vec<String> = match first.first() {
        Some(names) => serde_json::from_value(names.clone()).expect("names"),
        None => return Err(format!("`{name}` does not answer")),
    };
    let questions: Vec<_> =
        questions.iter().filter(|(judge, _)| installed.iter().any(|known| known == judge)).collect();
    let answers = ask(&questions)?;
    assert_eq!(answers.len(), questions.len() + 1, "`{name}` did not answer every question");
    let answer = |line: &Json| match line.get("value") {
        Some(value) => Ok(value.clone()),
        None => Err(line["error"].as_str().unwrap_or("no answer").to_owned()),
    };
    Ok((installed, questions.into_iter().cloned().zip(answers[1..].iter().map(answer)).collect()))
}
