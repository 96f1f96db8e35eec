//! `migrate report merge`: the answers of many runs as one. Needs no repository.

use std::path::Path;

use super::Failure;
use super::args::MergeArguments;
use super::exit::Exit;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::fs::{Fs, RealFs};
use crate::report::{self, Run};

/// An answer may have so many bytes.
const MAX_ANSWER: u64 = 1024 * 1024 * 1024;

pub(crate) fn run(merge: &MergeArguments, ui: &Ui) -> Result<Exit, Failure> {
    let runs = merge.answers.iter().map(|file| read(file)).collect::<Result<Vec<_>, Failure>>()?.concat();
    if ui.json {
        ui.envelope("report", report::merged_result(&runs), &[]);
    } else {
        ui.answer(&report::merged(&runs, ui.style));
    }
    Ok(if runs.iter().any(Run::has_failed) { Exit::Findings } else { Exit::Done })
}

fn read(file: &Path) -> Result<Vec<Run>, Failure> {
    let bytes = RealFs.canonical(file).and_then(|place| RealFs.read(&place, MAX_ANSWER)).map_err(|error| {
        Diagnostic::error(Code::Usage, format!("`{}` can not be read: {error}", file.display()))
            .help("each is the answer of a run: migrate up -n --format json > one.json")
    })?;
    Ok(Run::all_of(&file.display().to_string(), &String::from_utf8_lossy(&bytes)))
}
