//! `migrate recover`: finishes or discards what an interrupted run left, and does nothing else.

use super::Failure;
use super::args::Arguments;
use super::base::Base;
use super::exit::Exit;
use super::lock::open;
use super::ui::Ui;
use super::unsettled;
use crate::commit::{Pending, Recovered, pending};

pub(crate) fn run(arguments: &Arguments, ui: &Ui) -> Result<Exit, Failure> {
    // The migrations are not read: half of a run may have left them as nobody wrote them.
    let base = Base::find(arguments)?;
    ui.works_in(&base.root);
    let (found, text) = if arguments.global.dry_run {
        ui.foretell(unsettled::told(&base));
        match pending(&base.site()) {
            None => ("nothing", "No run was interrupted.\n"),
            Some(Pending::Undecided) => ("undecided", "Nothing was written.\n"),
            Some(Pending::Decided { .. } | Pending::Stuck(_)) => ("decided", "Nothing was written.\n"),
        }
    } else {
        let recovered = open("recover", arguments, &base, ui)?.1;
        if recovered != Recovered::Nothing {
            ui.is_done();
        }
        match recovered {
            Recovered::Nothing => ("nothing", "No run was interrupted. Nothing was written.\n"),
            Recovered::Discarded => ("discarded", "An interrupted run was discarded: it had written nothing.\n"),
            Recovered::Finished => ("finished", "An interrupted run was finished: all of its files are written.\n"),
            Recovered::TakenBack => {
                ("taken-back", "An interrupted run was taken back: none of its files is written.\n")
            }
        }
    };
    if ui.json {
        ui.envelope("recover", serde_json::json!({ "found": found }), &[]);
    } else {
        ui.text(text);
    }
    Ok(Exit::Done)
}
