//! `migrate status`: where every migration stands.

use std::time::SystemTime;

use super::Failure;
use super::args::{Arguments, StatusArguments};
use super::base::Base;
use super::committed;
use super::exit::Exit;
use super::ui::Ui;
use super::unsettled;
use super::watch::Watch;
use super::workspace::Workspace;
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
    let start = SystemTime::now();
    let (workspace, all) = match remembered(arguments, migrations) {
        Some(known) => known,
        None => found(arguments, migrations, ui, start)?,
    };
    let asked = |one: &Status| {
        let all = !(status.pending || status.applied || status.drift);
        all || status.pending && is_open(one) || status.applied && is_applied(one) || status.drift && has_drifted(one)
    };
    if ui.json {
        ui.envelope("status", report::status_result(&workspace.name, &all, &asked), &[]);
    } else {
        ui.screen(&report::status(&workspace.name, &all, &asked, status.files || ui.verbose, &ui.migrate, ui.style));
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

/// What the answer was when the repository last looked like this, and how it looked then.
const MEMORY: &str = "status";

/// The answer, where it is remembered: nothing is listed or read then, and git is asked at most where its folders are.
fn remembered(arguments: &Arguments, migrations: &[BuiltIn]) -> Option<(Workspace, Vec<Status>)> {
    let base = Base::plain(arguments).or_else(|| Base::find(arguments).ok())?;
    if !unsettled::told(&base).is_empty() {
        return None;
    }
    let workspace = Workspace::read(base, arguments, migrations).ok()?;
    let text = workspace.recall(MEMORY)?;
    let (answer, watch) = text.split_once("\n\n")?;
    let (hash, lines) = answer.split_once('\n')?;
    let look = Watch(watch.into()).look(&workspace)?;
    let all = if look.hash == hash { plan::from_lines(&workspace.catalogue, lines)? } else { return None };
    Some((workspace, all))
}

/// The answer as the files give it. It is remembered where there is no more to tell.
fn found(
    arguments: &Arguments,
    migrations: &[BuiltIn],
    ui: &Ui,
    start: SystemTime,
) -> Result<(Workspace, Vec<Status>), Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    // Before the history is read, which asks for them.
    committed::keep(&workspace.base);
    let loaded = workspace.load(ui)?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let all = plan::status(&workspace.request(&loaded, &excluded));
    let lines = plan::to_lines(&all).filter(|lines| !lines.is_empty() && loaded.history.notes().is_empty());
    let known = lines.and_then(|lines| {
        let watch = Watch::of(&workspace, &loaded)?;
        let look = watch.look(&workspace)?;
        look.is_settled(start).then(|| format!("{}\n{lines}\n{}", look.hash, watch.0))
    });
    known.inspect(|known| remember(&workspace.base.site(), MEMORY, known.as_bytes()));
    Ok((workspace, all))
}
