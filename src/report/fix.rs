//! What a plan does to one file as replacements of whole lines, for tools that offer them at the click of a button.

use std::ops::Range;

use super::diff::{file_diff, secret_lines};
use crate::plan::{FileStep, Plan};
use crate::tree::FileState;

/// Lines that give way to others.
pub(super) struct Replacement {
    /// The lines that go, from zero; empty where lines are only added before `old.start`.
    pub old: Range<usize>,
    /// What comes instead, with its line ends.
    pub text: String,
    /// The same for readers that can not replace nothing: a neighbour stays in it.
    pub whole: Range<usize>,
    /// Without the last line end.
    pub whole_text: String,
}

/// All that `plan` does to `file`; nothing where not all of it can be said so, or may be shown.
pub(super) fn replacements(plan: &Plan, file: &FileStep) -> Vec<Replacement> {
    // What a later migration makes of the file does not fit what is on the disk.
    let steps = plan.steps.iter().flat_map(|step| &step.files).filter(|other| other.path == file.path).count();
    if steps == 1 { mend(file) } else { Vec::new() }
}

/// All that is done to `file`, which has no other step; nothing where not all of it can be said so, or may be shown.
pub(super) fn mend(file: &FileStep) -> Vec<Replacement> {
    let (Some(before), Some(after)) = (&file.before, &file.after) else { return Vec::new() };
    if file.ignored || before.mode != after.mode {
        return Vec::new();
    }
    let (Some(old), Some(new)) = (Side::of(file, before), Side::of(file, after)) else { return Vec::new() };
    let hunks = file_diff(file, 0).hunks;
    hunks.iter().map(|hunk| replacement(&old, &new, &hunk.old, &hunk.new)).collect::<Option<_>>().unwrap_or_default()
}

/// The lines of one side with their ends, and which of them hold a secret.
struct Side<'t> {
    lines: Vec<&'t str>,
    secret: Vec<bool>,
}

impl<'t> Side<'t> {
    fn of(file: &FileStep, state: &'t FileState) -> Option<Self> {
        let text = str::from_utf8(&state.bytes).ok()?;
        // Readers differ in what a carriage return alone is.
        if text.replace("\r\n", "").contains('\r') {
            return None;
        }
        let secret = secret_lines(file.path.file_name(), text, &file.changed.secrets, &file.changed.private);
        Some(Self { lines: text.split_inclusive('\n').collect(), secret })
    }

    /// These lines, where each has its end and may be shown.
    fn text(&self, lines: &Range<usize>) -> Option<String> {
        let is_open = |line: usize| self.secret.get(line) == Some(&false);
        let whole = self.lines.get(lines.clone())?;
        let fits = lines.clone().all(is_open) && whole.iter().all(|line| line.ends_with('\n'));
        fits.then(|| whole.concat())
    }
}

fn replacement(old: &Side<'_>, new: &Side<'_>, from: &Range<usize>, to: &Range<usize>) -> Option<Replacement> {
    old.text(from)?;
    let text = new.text(to)?;
    let (whole, whole_text) = if !from.is_empty() {
        (from.clone(), text.clone())
    } else if from.start > 0 {
        let neighbour = from.start - 1..from.start;
        let lead = old.text(&neighbour)?;
        (neighbour, lead + &text)
    } else {
        let neighbour = 0..1;
        let rest = old.text(&neighbour)?;
        (neighbour, text.clone() + &rest)
    };
    let cut = whole_text.strip_suffix('\n').unwrap_or(&whole_text);
    let whole_text = cut.strip_suffix('\r').unwrap_or(cut).to_owned();
    Some(Replacement { old: from.clone(), text, whole, whole_text })
}
