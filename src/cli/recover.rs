//! `migrate recover`: finishes or discards what an interrupted run left, and does nothing else.

use super::Failure;
use super::args::Arguments;
use super::exit::Exit;
use super::lock::open;
use super::ui::Ui;
use super::up::interrupted;
use super::workspace::Workspace;
use crate::commit::{Pending, Recovered};
use crate::migration::BuiltIn;

pub(crate) fn run(arguments: &Arguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    let (found, text) = if arguments.global.dry_run {
        interrupted(&workspace, ui);
        match workspace.pending {
            None => ("nothing", "No run was interrupted.\n"),
            Some(Pending::Undecided) => ("undecided", "Nothing was written.\n"),
            Some(Pending::Decided) => ("decided", "Nothing was written.\n"),
        }
    } else {
        let recovered = open("recover", arguments, &workspace, ui)?.1;
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
