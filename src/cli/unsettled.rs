//! What an earlier run left undone: settled before a command writes, told by every command that reads.

use super::Failure;
use super::args::{Arguments, Command};
use super::base::Base;
use super::conflict;
use super::lock;
use super::ui::Ui;
use crate::commit::{Pending, Recovered, Way, last_holder, pending};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};

/// Recovers before a command that writes reads anything, so that nothing is planned on half of another run; before one
/// that reads, says what there is.
pub(crate) fn settle(arguments: &Arguments, base: &Base, ui: &Ui) -> Result<(), Failure> {
    match &arguments.command {
        command if arguments.writes() => match pending(&base.site()) {
            Some(_) => tell(lock::open(command.name(), arguments, base, ui)?.1, ui),
            None => conflict::refuse(arguments, base)?,
        },
        // They judge, and have it among what they find.
        Command::Check(_) | Command::Verify(_) => {}
        _ => ui.foretell(told(base)),
    }
    Ok(())
}

/// Says what was done for an interrupted run.
pub(crate) fn tell(recovered: Recovered, ui: &Ui) {
    match recovered {
        Recovered::Nothing => {}
        Recovered::Discarded => ui.talk("an interrupted run was discarded: it had written nothing\n"),
        Recovered::Finished => ui.talk("an interrupted run was finished first\n"),
        Recovered::TakenBack => ui.talk("an interrupted run was taken back first\n"),
    }
}

/// What keeps the repository from being whole; what does not is said, and no finding.
pub(crate) fn findings(base: &Base, ui: &Ui) -> Vec<Diagnostic> {
    let (found, harmless) = told(base).into_iter().partition(|one| one.severity == Severity::Error);
    ui.foretell(harmless);
    found
}

/// An interrupted run, and a decision that is waited for.
pub(crate) fn told(base: &Base) -> Vec<Diagnostic> {
    let site = base.site();
    let run = pending(&site).map(|pending| interrupted(&pending, last_holder(&site).as_deref())).unwrap_or_default();
    run.into_iter().chain(conflict::told(base)).collect()
}

fn interrupted(pending: &Pending, holder: Option<&str>) -> Vec<Diagnostic> {
    let by = |told: Diagnostic| holder.iter().fold(told, |told, holder| told.note(format!("it was {holder}")));
    let (written, files, way) = match pending {
        Pending::Stuck(error) => return error.diagnostics(),
        Pending::Undecided => {
            let message = "a run was interrupted before it wrote anything, or is still at work";
            let told = Diagnostic::warning(Code::Interrupted, message);
            let told = by(told).note("the next command that writes discards it first");
            return vec![told.help("discard it: migrate recover")];
        }
        Pending::Decided { written, files, way } => (written, files, way),
    };
    let message =
        format!("a run was interrupted while it wrote, or is still at work: {written} of {files} files are written");
    let told = by(Diagnostic::error(Code::Interrupted, message));
    vec![match way {
        Way::Forward => told
            .note("the next command that writes finishes it first")
            .help("finish it: migrate recover")
            .help("or take it back: migrate recover --back"),
        Way::Back => told
            .note("a part of it is gone, so the next command that writes takes it back first")
            .help("take it back: migrate recover"),
        Way::Edited(path) => told
            .at(Location::file(path.clone()))
            .note(format!(
                "`{path}` was edited since: the next command that writes takes the run back, and keeps that edit"
            ))
            .help("take it back: migrate recover")
            .help("or finish the rest, and keep that edit: migrate recover --forward"),
    }]
}
