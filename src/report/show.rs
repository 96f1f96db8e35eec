//! One migration for people: what it is, what it did or would do, and which of them set a line.

use super::diff::file_diff;
use super::plan::{setting_line, unified};
use super::status::{detail, word};
use super::style::Style;
use crate::format;
use crate::history::{Edit, Record};
use crate::migration::{Catalogue, Migration, Setting, Slug};
use crate::path::RepoPath;
use crate::plan::{FileStep, Hold, Plan, Privacy, Reason, Status};
use crate::text::printable;
use crate::value::{mask, mask_value};

/// What is known of a migration.
pub struct Known<'a> {
    /// `None` where only its record is left.
    pub migration: Option<&'a Migration>,
    pub status: &'a Status,
    pub record: Option<&'a Record>,
    /// What it would do, where it is not applied.
    pub plan: Option<&'a Plan>,
    /// What it does to the files as they are, where it is.
    pub effect: Option<&'a [FileStep]>,
    /// Who recorded it, when and in which commit.
    pub origin: Option<&'a str>,
    /// The file that is asked for, where it is one.
    pub file: Option<&'a RepoPath>,
}

impl Known<'_> {
    fn is_asked(&self, path: &RepoPath) -> bool {
        self.file.is_none_or(|file| file == path)
    }

    /// The recorded edits that are asked for; what was right before is none.
    pub(super) fn edits(&self) -> impl Iterator<Item = &Edit> {
        let edits = self.record.into_iter().flat_map(|record| &record.edits);
        edits.filter(|edit| edit.changes_something() && self.is_asked(&edit.file))
    }
}

/// `migrate show`; without the migration's file, what its record says.
pub fn show(known: &Known<'_>, context: usize, migrate: &str, style: Style) -> String {
    let Known { migration, status, record, plan, .. } = *known;
    let name = migration.map_or_else(|| status.slug.to_string(), Migration::name);
    let mut text = format!("{}: {}\n", style.strong(&name), status.title);
    let why = migration.map_or("", Migration::why);
    if !why.is_empty() {
        text.push_str(&(style.wrapped(why, 0) + "\n"));
    }
    text.push_str(&format!("\nstate       {} {}\n", word(status, style).trim_end(), detail(status, migrate)));
    let definition = record.map(|record| record.definition.clone()).or_else(|| migration.map(Migration::definition));
    text.push_str(&format!("definition  {}\n", printable(&definition.unwrap_or_default())));
    if let Some(origin) = known.origin {
        text.push_str(&format!("recorded    {}\n", printable(origin)));
    }
    if let Some(path) = migration.and_then(Migration::declaration).map(|declaration| &declaration.source.path) {
        text.push_str(&format!("text        {}\n", printable(path)));
    }
    text.push_str(&variables(migration, record, style));
    match (record.filter(|record| record.is_applied()), plan) {
        (Some(_), _) => {
            text.push_str(&recorded_edits(known, style));
            let files = known.effect.unwrap_or_default().iter().filter(|file| known.is_asked(&file.path));
            let diffs: String = files.map(|file| unified(file, &file_diff(file, context), style)).collect();
            if !diffs.is_empty() {
                text.push_str(&format!("\nas applied\n{diffs}"));
            }
        }
        (None, Some(plan)) => {
            text.push_str("\nwould set\n");
            let files = plan.steps.iter().flat_map(|step| &step.files).filter(|file| known.is_asked(&file.path));
            for file in files {
                text.push_str(&format!("{}\n", style.strong(&printable(file.path.as_str()))));
                for setting in &file.changed.settings {
                    text.push_str(&style.fit(&format!("{}\n", setting_line(setting, file.privacy(setting), style))));
                }
            }
        }
        (None, None) => {}
    }
    text
}

fn variables(migration: Option<&Migration>, record: Option<&Record>, style: Style) -> String {
    let variables = migration.map(Migration::variables).unwrap_or_default();
    let mut text = if variables.is_empty() { String::new() } else { "\nvariables\n".to_owned() };
    for variable in variables {
        let recorded = record.and_then(|record| record.variables.iter().find(|(name, _)| *name == variable.name));
        let value = match (recorded, variable.default) {
            (Some((_, value)), _) => format!("= {value}"),
            (None, Some(default)) => format!("= {default} (default)"),
            (None, None) => "must be given: --set or migrate.toml".to_owned(),
        };
        text.push_str(&format!("  {:<10} {}\n", variable.name, printable(&value)));
        if !variable.about.is_empty() {
            let about = style.wrapped(&format!("             {}", style.quiet(&variable.about)), 13);
            text.push_str(&format!("{about}\n"));
        }
    }
    text
}

fn recorded_edits(known: &Known<'_>, style: Style) -> String {
    let mut text = "\nset\n".to_owned();
    let mut last = None;
    for edit in known.edits() {
        if last != Some(&edit.file) {
            text.push_str(&format!("{}\n", style.strong(&printable(edit.file.as_str()))));
            last = Some(&edit.file);
        }
        let (before, after) = values(edit);
        if edit.trace.op.is_whole() || before.is_some() || after.is_some() {
            let setting = Setting { place: edit.trace.place.clone(), before, after };
            text.push_str(&style.fit(&format!("{}\n", setting_line(&setting, Privacy::Open, style))));
        }
    }
    text
}

/// What an edit says its setting was and is; none where there is nothing.
fn values(edit: &Edit) -> (Option<String>, Option<String>) {
    let format = edit.format.as_deref().map_or_else(|| format::detect(edit.file.file_name()), format::by_name);
    let written = || (Some(edit.trace.was.clone()), Some(edit.trace.now.clone()));
    format.map_or_else(written, |format| format::said(format, &edit.trace))
}

/// What an edit replaced and wrote, as far as it may be shown.
pub(super) fn shown_values(edit: &Edit) -> (Option<String>, Option<String>) {
    if edit.withheld || edit.is_private || edit.is_secret() {
        return (None, None);
    }
    let shown = |value: String| printable(&mask_value(edit.trace.place.name(), &mask(&value)).to_string()).into_owned();
    let (was, now) = values(edit);
    (was.map(shown), now.map(shown))
}

/// `migrate show --why`: a line for each migration; `origin` tells who recorded it.
pub fn why(reasons: &[Reason], catalogue: &Catalogue, origin: &dyn Fn(&Reason) -> Option<String>) -> String {
    let name = |slug: &Slug| catalogue.get(slug).map_or_else(|| slug.to_string(), Migration::name);
    let line = |reason: &Reason| {
        let title = catalogue.get(&reason.slug).map_or("its migration is gone", Migration::title);
        let origin = origin(reason).map_or(String::new(), |origin| format!("  ({origin})"));
        let since = match &reason.hold {
            Hold::Holds => String::new(),
            Hold::ByHand => "; changed by hand since".to_owned(),
            Hold::SetAgain(other) => format!("; set again by {} since", name(other)),
        };
        printable(&format!("{}  {}  {title}{origin}{since}\n", name(&reason.slug), reason.edit.trace.place))
            .into_owned()
    };
    reasons.iter().map(line).collect()
}
