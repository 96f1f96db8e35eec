//! `migrate show`: one migration, what it is and what it did or would do.

use std::path::Path;

use super::Failure;
use super::args::{Arguments, ShowArguments};
use super::conflict;
use super::exit::Exit;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::{BuiltIn, Migration};
use crate::plan::{self, Target};
use crate::report;
use crate::text::printable;

pub(crate) fn run(
    arguments: &Arguments,
    show: &ShowArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    conflict::warn(&workspace, ui);
    if let Some(place) = &show.why {
        return why(&workspace, place, ui);
    }
    let loaded = workspace.load()?;
    let slug = workspace.slug(show.name.as_deref().unwrap_or(""), &loaded.history)?;
    let migration = workspace.catalogue.get(&slug);
    let excluded = |path: &_| workspace.is_excluded(path);
    let request = workspace.request(&loaded, &excluded);
    let all = plan::status(&request);
    let Some(status) = all.iter().find(|one| one.slug == slug) else { return Ok(Exit::Done) };
    let record = loaded.history.record(&slug);
    let planned = migration.and_then(|_| plan::up(&request, &Target::Only(vec![slug.clone()])).ok());
    if ui.json {
        ui.envelope("show", report::show_result(migration, status, record), &[]);
    } else {
        let mut text = report::show(migration, status, record, planned.as_ref(), ui.style);
        if let Some(origin) = record.and_then(|_| workspace.origin(&slug)) {
            text.push_str(&format!("\nrecorded    {origin}\n"));
        }
        ui.screen(&text);
    }
    Ok(Exit::Done)
}

/// Which migrations set a line of a file.
fn why(workspace: &Workspace, place: &str, ui: &Ui) -> Result<Exit, Failure> {
    let wrong = || {
        Diagnostic::error(Code::Usage, format!("`{place}` is no FILE:LINE")).help("migrate show --why compose.yaml:7")
    };
    let (file, line) = place.rsplit_once(':').ok_or_else(wrong)?;
    let line: usize = line.parse().map_err(|_| wrong())?;
    let path = workspace.repo_path(Path::new(file))?;
    let loaded = workspace.load()?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let reasons = plan::why(&workspace.request(&loaded, &excluded), &path, line);
    if ui.json {
        let one = |reason: &plan::Reason| serde_json::json!({ "slug": reason.slug.as_str(), "at": reason.place });
        let result = serde_json::json!({ "path": path.as_str(), "line": line, "set_by": reasons.iter().map(one).collect::<Vec<_>>() });
        ui.envelope("show", result, &[]);
        return Ok(Exit::Done);
    }
    for reason in &reasons {
        let migration = workspace.catalogue.get(&reason.slug);
        let name = migration.map_or_else(|| reason.slug.to_string(), Migration::name);
        let title = migration.map_or("", Migration::title);
        let origin = workspace.origin(&reason.slug).map_or(String::new(), |origin| format!("  ({origin})"));
        ui.text(&printable(&format!("{name}  {}  {title}{origin}\n", reason.place)));
    }
    if reasons.is_empty() {
        ui.text(&format!("no applied migration set line {line} of {path}\n"));
    }
    Ok(Exit::Done)
}
