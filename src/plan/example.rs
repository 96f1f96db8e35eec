//! The examples inside a migration: each run forwards, again and back on files held in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::single::on_sample;
use super::{Given, Refusal, Verdict, prove};
use crate::diagnostic::Diagnostic;
use crate::migration::Migration;
use crate::migration::declared::{Case, CaseFiles, Expected};
use crate::path::RepoPath;
use crate::tree::{FileState, Tree};

/// How one example went.
pub struct Example {
    pub up: Step,
    pub again: Step,
    pub down: Step,
}

/// How one leg of an example went.
pub enum Step {
    Right,
    /// It was not walked, since one before it went wrong or there is nothing to walk.
    Skipped,
    /// A file is not what the example says: its path, as it should be, as it is.
    Wrong {
        path: RepoPath,
        wanted: String,
        found: String,
    },
    /// It was refused, or was not refused with the code that the example says.
    Refused(Vec<Diagnostic>),
    NotRefused(String),
}

impl Example {
    pub fn is_right(&self) -> bool {
        [&self.up, &self.again, &self.down].into_iter().all(|step| matches!(step, Step::Right | Step::Skipped))
    }
}

type Files = BTreeMap<RepoPath, FileState>;

/// Runs `case` of `migration`; `tree` holds the folders of cases.
///
/// # Errors
/// When the example itself names what can not be.
pub fn example(migration: &Migration, case: &Case, tree: &dyn Tree) -> Result<Example, Diagnostic> {
    let (before, after) = files(migration, case, tree)?;
    let given = Given { command_line: case.variables.iter().cloned().collect(), ..Given::default() };
    let proved = on_sample(migration.clone(), before.clone(), &given, |request| prove(request, &migration.slug));
    let only = |up| Ok(Example { up, again: Step::Skipped, down: Step::Skipped });
    let proof = match (proved, expected_code(case)) {
        (Err(refusal), Some(code)) if has_code(&refusal, code) => return only(Step::Right),
        (Err(refusal), _) => return only(Step::Refused(refusal.diagnostics)),
        (Ok(_), Some(code)) => return only(Step::NotRefused(code.to_owned())),
        (Ok(proof), None) => proof,
    };
    let mut found = before.clone();
    for file in proof.plan.steps.iter().flat_map(|step| &step.files) {
        match &file.after {
            Some(state) => drop(found.insert(file.path.clone(), state.clone())),
            None => drop(found.remove(&file.path)),
        }
    }
    if let CaseFiles::One { .. } = &case.files {
        // Only this file is shown, before and after.
        found.retain(|path, _| before.contains_key(path));
    }
    let up = difference(&after, &found);
    Ok(Example { up, again: step(proof.again), down: step(proof.back) })
}

fn expected_code(case: &Case) -> Option<&str> {
    match &case.files {
        CaseFiles::One { outcome: Expected::Fails(code), .. } => Some(&code.text),
        _ => None,
    }
}

fn has_code(refusal: &Refusal, code: &str) -> bool {
    refusal.diagnostics.iter().any(|diagnostic| diagnostic.code.id() == code)
}

/// The files before, and as they should be afterwards.
fn files(migration: &Migration, case: &Case, tree: &dyn Tree) -> Result<(Files, Files), Diagnostic> {
    let Some(declaration) = migration.declaration() else { return Ok(Default::default()) };
    let source = &declaration.source;
    match &case.files {
        CaseFiles::One { file, before, outcome } => {
            let path = RepoPath::new(&file.text)
                .map_err(|error| declaration.fault(file.span, error.to_string(), "not in a repository"))?;
            let state = |text: &str| {
                let text = if case.crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
                FileState::new(text.into_bytes(), 0o644)
            };
            let after = if let Expected::After(after) = outcome { after } else { before };
            let one = |text: &str| BTreeMap::from([(path.clone(), state(text))]);
            Ok((one(&before.text), one(&after.text)))
        }
        CaseFiles::Folder(name) => {
            let folder = source.path.strip_suffix("migration.toml").unwrap_or("");
            let below = |part: &str| folder_files(tree, &format!("{folder}cases/{}/{part}/", name.text));
            let (before, after) = (below("before")?, below("after")?);
            if before.is_empty() {
                let message = format!("there is no file in {folder}cases/{}/before", name.text);
                return Err(declaration.fault(name.span, message, "no such folder"));
            }
            Ok((before, after))
        }
    }
}

fn folder_files(tree: &dyn Tree, folder: &str) -> Result<Files, Diagnostic> {
    let mut files = BTreeMap::new();
    for path in tree.paths() {
        let Some(inner) = path.as_str().strip_prefix(folder).and_then(|inner| RepoPath::new(inner).ok()) else {
            continue;
        };
        if let Some(state) = tree.read(path).map_err(|error| error.diagnostic())? {
            files.insert(inner, state);
        }
    }
    Ok(files)
}

fn difference(wanted: &Files, found: &Files) -> Step {
    let paths: BTreeSet<&RepoPath> = wanted.keys().chain(found.keys()).collect();
    let text = |files: &Files, path| {
        files.get(path).map_or(String::new(), |state| String::from_utf8_lossy(&state.bytes).into_owned())
    };
    let wrong = paths.into_iter().find(|path| wanted.get(path) != found.get(path));
    wrong.map_or(Step::Right, |path| Step::Wrong {
        path: path.clone(),
        wanted: text(wanted, path),
        found: text(found, path),
    })
}

fn step(verdict: Verdict) -> Step {
    let text = |state: Option<FileState>| {
        state.map_or(String::new(), |state| String::from_utf8_lossy(&state.bytes).into_owned())
    };
    match verdict {
        Verdict::Holds => Step::Right,
        Verdict::NoWayBack => Step::Skipped,
        Verdict::Differs { path, wanted, found } => Step::Wrong { path, wanted: text(wanted), found: text(found) },
        Verdict::Refused(refusal) => Step::Refused(refusal.diagnostics),
    }
}
