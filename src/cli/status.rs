//! `migrate status`: where every migration stands.

use super::Failure;
use super::args::{Arguments, StatusArguments};
use super::committed;
use super::exit::Exit;
use super::ui::Ui;
use super::unsettled;
use super::workspace::{Loaded, Workspace};
use crate::commit::remember;
use crate::migration::BuiltIn;
use crate::plan::{self, Standing, Status};
use crate::report;

pub(crate) fn run(
    arguments: &Arguments,
    status: &StatusArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    // Before the history is read, which asks for them.
    committed::keep(&workspace.base);
    let loaded = workspace.load(ui)?;
    let all = standings(&workspace, &loaded)?;
    let asked = |one: &Status| {
        let all = !(status.pending || status.applied || status.drift);
        all || status.pending && is_open(one) || status.applied && is_applied(one) || status.drift && has_drifted(one)
    };
    if ui.json {
        ui.envelope("status", report::status_result(&workspace.name, &all, &asked), &[]);
    } else {
        ui.screen(&report::status(&workspace.name, &all, &asked, status.files || ui.verbose, ui.style));
    }
    let findings = all.iter().any(|one| {
        let is_open = is_open(one) && !matches!(one.standing, Standing::ByHand(_));
        is_open || has_drifted(one)
    });
    let findings = findings || !unsettled::told(&workspace.base).is_empty();
    Ok(if status.exit_code && findings { Exit::Findings } else { Exit::Done })
}

/// Whether something is left to do, here or for everyone.
fn is_open(one: &Status) -> bool {
    let standing = &one.standing;
    let open = matches!(standing, Standing::Pending(_) | Standing::NewTargets(_) | Standing::Blocked(_));
    open || matches!(standing, Standing::ByHand(_)) || !one.here.is_empty()
}

fn is_applied(one: &Status) -> bool {
    matches!(one.standing, Standing::Applied | Standing::Adopted | Standing::NewTargets(_))
}

/// Whether what was applied is no longer what is there: settings, its file, or what that says.
fn has_drifted(one: &Status) -> bool {
    !one.drift.is_empty() || one.edited || one.version.is_none() && one.standing != Standing::Reverted
}

/// What the answer was when the repository last looked like this; else the answer, which is remembered.
const MEMORY: &str = "status";

/// Reads no settings file where none has changed since the last time.
fn standings(workspace: &Workspace, loaded: &Loaded) -> Result<Vec<Status>, Failure> {
    let now = workspace.fingerprint(loaded)?;
    let remembered = workspace.recall(MEMORY).and_then(|text| {
        let (then, lines) = text.split_once('\n')?;
        if then == now { plan::from_lines(&workspace.catalogue, lines) } else { None }
    });
    if let Some(all) = remembered {
        return Ok(all);
    }
    let excluded = |path: &_| workspace.is_excluded(path);
    let all = plan::status(&workspace.request(loaded, &excluded));
    if let Some(lines) = plan::to_lines(&all) {
        remember(&workspace.base.site(), MEMORY, format!("{now}\n{lines}").as_bytes());
    }
    Ok(all)
}
