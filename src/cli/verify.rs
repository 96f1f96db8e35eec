//! `migrate verify`: whether what was applied still holds.

use super::Failure;
use super::args::{Arguments, VerifyArguments};
use super::edited::edited;
use super::exit::Exit;
use super::reports::{self, Told};
use super::ui::Ui;
use super::unsettled;
use super::workspace::Workspace;
use crate::diagnostic::Diagnostic;
use crate::migration::{BuiltIn, Slug};
use crate::plan;
use crate::report;

pub(crate) fn run(
    arguments: &Arguments,
    verify: &VerifyArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let loaded = workspace.load(ui)?;
    let named = verify.names.iter().map(|name| workspace.slug(name, &loaded.history));
    let named: Vec<Slug> = named.collect::<Result<_, Diagnostic>>()?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let request = workspace.request(&loaded, &excluded);
    let is_asked = |slug: &Slug| named.is_empty() || named.contains(slug);
    let mut findings = plan::verify(&request, &is_asked);
    findings.extend(edited(&workspace, &request, &is_asked));
    findings.extend(unsettled::findings(&workspace.base, ui));
    let applied =
        |slug: &&Slug| is_asked(slug) && loaded.history.record(slug).is_some_and(|record| record.is_applied());
    let applied = loaded.history.slugs().filter(applied).count();
    let result = serde_json::json!({ "applied": applied, "findings": findings.len() });
    if ui.json {
        ui.envelope("verify", result.clone(), &findings);
    } else {
        if !findings.is_empty() {
            ui.text(&format!("{}\n\n", ui.told(&findings)));
        }
        ui.text(&match findings.len() {
            0 => format!("{applied} applied, all of it holds.\n"),
            found => format!("{applied} applied, {}.\n", report::plural(found, "finding")),
        });
    }
    let mends = reports::mends(arguments, &request, &is_asked);
    reports::tell(
        arguments,
        &workspace,
        ui,
        &Told { diagnostics: &findings, mends: &mends, result: Some(result), ..Told::default() },
    )?;
    Ok(Exit::of_findings(&findings))
}
