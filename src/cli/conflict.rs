//! Conflicts that `down` leaves to a person: the way on, the way back, and git's index, which tells other tools of them.

use super::Failure;
use super::args::{Arguments, Command, DownArguments};
use super::base::Base;
use super::exit::Exit;
use super::ui::Ui;
use super::up::{Planned, refused, write};
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{self, Waiting};
use crate::report;
use crate::tree::TreeError;

/// Refuses a command that writes while a decision is waited for, unless it is the way on.
pub(super) fn refuse(arguments: &Arguments, base: &Base) -> Result<(), Failure> {
    let is_way_on = match &arguments.command {
        Command::Down(down) => down.resume || down.abort,
        Command::Recover(_) => true,
        _ => false,
    };
    match if is_way_on { None } else { base.waiting()? } {
        Some((waiting, _)) => Err(waiting.diagnostic().note("nothing was written").into()),
        None => Ok(()),
    }
}

/// What a command that reads has to say of a decision that is waited for.
pub(super) fn told(base: &Base) -> Option<Diagnostic> {
    match base.waiting() {
        Ok(waiting) => waiting.map(|(waiting, _)| waiting.diagnostic()),
        Err(failure) => failure.diagnostics.into_iter().next(),
    }
}

/// `down --continue` and `down --abort`.
pub(super) fn run(
    arguments: &Arguments,
    down: &DownArguments,
    workspace: &Workspace,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let make = |workspace: &Workspace| {
        let Some((waiting, file)) = workspace.base.waiting()? else {
            let message = "no conflict waits for a decision";
            return Err(Diagnostic::error(Code::Usage, message).help("see where things stand: migrate status").into());
        };
        let loaded = workspace.load(ui)?;
        let excluded = |path: &_| workspace.is_excluded(path);
        let request = workspace.request(&loaded, &excluded);
        let plan = match down.abort {
            true => plan::abort(&request, &waiting, file),
            false => plan::resume(&request, &waiting, file),
        };
        let plan = plan.map_err(|refusal| refused(refusal, ui))?;
        Ok(Planned { decided: Some(Decided { waiting, given_up: down.abort }), ..Planned::from(plan) })
    };
    if !arguments.global.dry_run {
        return write("down", arguments, workspace, ui, make);
    }
    let Planned { plan, .. } = make(workspace)?;
    if ui.json {
        ui.envelope("down", report::plan_result(&plan, false, ui.context), &[]);
    } else {
        ui.text(&report::dry_run(&plan, ui.shown, ui.context, ui.style, None));
    }
    Ok(Exit::Done)
}

/// What the index has for the files in conflict, to be put back later.
pub(super) fn index_of(workspace: &Workspace, waiting: &Waiting) -> Result<Vec<String>, TreeError> {
    let Some(git) = workspace.git() else { return Ok(Vec::new()) };
    let entries = waiting.in_conflict().map(|(file, _)| git.index_entry(&file.path));
    Ok(entries.collect::<Result<Vec<_>, TreeError>>()?.into_iter().flatten().collect())
}

/// Tells git of the conflicts, in its index, once the files are written: base, ours, theirs. What git does not track it
/// is not told of.
pub(super) fn mark_index(workspace: &Workspace, waiting: &Waiting) -> Result<(), TreeError> {
    let Some(git) = workspace.git() else { return Ok(()) };
    let mut entries = Vec::new();
    for (file, sides) in waiting.in_conflict() {
        let path = format!("{}{}", workspace.base.prefix(), file.path);
        let known = waiting.index.iter().find_map(|entry| entry.split_once('\t').filter(|(_, named)| *named == path));
        let Some(mode) = known.and_then(|(head, _)| head.split(' ').next()) else { continue };
        for (stage, side) in [(1, &sides.base), (2, &sides.ours), (3, &sides.theirs)] {
            entries.push(format!("{mode} {} {stage}\t{path}", git.keep(side.get())?));
        }
    }
    if entries.is_empty() { Ok(()) } else { git.at(&git.top).set_index(&entries) }
}

/// A `down` that waits no more.
pub(super) struct Decided {
    waiting: Waiting,
    /// It goes back to where it started.
    given_up: bool,
}

impl Decided {
    /// Puts the entries of git's index back: `down` stages nothing. A file that a person staged as decided stays so, unless
    /// the decision is given up.
    pub fn settle_index(&self, workspace: &Workspace) -> Result<(), TreeError> {
        let Some(git) = workspace.git() else { return Ok(()) };
        let git = git.at(&git.top);
        let mut entries = Vec::new();
        for entry in &self.waiting.index {
            let Some((_, path)) = entry.split_once('\t') else { continue };
            if self.given_up && git.index_entry(path)?.as_ref() != Some(entry) || git.in_conflict(path)? {
                entries.push(entry.clone());
            }
        }
        if entries.is_empty() { Ok(()) } else { git.set_index(&entries) }
    }
}
