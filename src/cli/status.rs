//! `migrate status`: where every migration stands.

use super::Failure;
use super::args::{Arguments, StatusArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::up::interrupted;
use super::workspace::Workspace;
use crate::migration::BuiltIn;
use crate::plan::{self, Standing};
use crate::report;

pub(crate) fn run(
    arguments: &Arguments,
    status: &StatusArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    interrupted(&workspace, ui);
    let loaded = workspace.load()?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let all = plan::status(&workspace.request(&loaded, &excluded));
    if ui.json {
        ui.answer(&format!("{}\n", report::envelope("status", report::status_result(&workspace.name(), &all), &[])));
    } else {
        ui.text(&report::status(&workspace.name(), &all, status.files || ui.verbose, ui.style));
    }
    let open =
        |standing: &Standing| matches!(standing, Standing::Pending(_) | Standing::NewTargets(_) | Standing::Blocked(_));
    let findings = all.iter().any(|one| open(&one.standing) || !one.drift.is_empty());
    Ok(if status.exit_code && findings { Exit::Findings } else { Exit::Done })
}
