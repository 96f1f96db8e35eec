//! `migrate show`: one migration, what it is and what it did or would do.

use super::Failure;
use super::args::{Arguments, ShowArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::migration::BuiltIn;
use crate::plan::{self, Target};
use crate::report;

pub(crate) fn run(
    arguments: &Arguments,
    show: &ShowArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    let migration = workspace.catalogue.find(&show.name)?;
    let loaded = workspace.load()?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let request = workspace.request(&loaded, &excluded);
    let all = plan::status(&request);
    let Some(status) = all.iter().find(|one| one.slug == migration.slug) else { return Ok(Exit::Done) };
    let record = loaded.history.record(&migration.slug);
    let planned = plan::up(&request, &Target::Only(vec![migration.slug.clone()])).ok();
    if ui.json {
        ui.answer(&format!("{}\n", report::envelope("show", report::show_result(migration, status, record), &[])));
    } else {
        ui.text(&report::show(migration, status, record, planned.as_ref(), ui.style));
    }
    Ok(Exit::Done)
}
