//! Standings for people: one line per migration, and what to type next.

use super::plan::{plural, setting_line};
use super::style::Style;
use crate::history::Record;
use crate::migration::{Migration, Setting};
use crate::path::RepoPath;
use crate::plan::{Plan, Privacy, Standing, Status};
use crate::text::printable;
use crate::value::mask;

/// `migrate status`.
pub fn status(name: &str, all: &[Status], with_files: bool, style: Style) -> String {
    let applied = all
        .iter()
        .filter(|one| matches!(one.standing, Standing::Applied | Standing::Adopted | Standing::NewTargets(_)))
        .count();
    let dot = style.dot();
    let mut text = format!(
        "{}  {dot}  {}  {dot}  {applied} applied\n\n",
        style.strong(&printable(name)),
        plural(all.len(), "migration")
    );
    for one in all {
        let version = one.version.map_or("     ".to_owned(), |version| version.to_string());
        let width = style.column(24, 18 + 26);
        let slug = printable(one.slug.as_str());
        let line = format!("  {} {version} {slug:<width$} {}", word(one, style), detail(one));
        text.push_str(&(style.wrapped(&line, 11) + "\n"));
        if with_files || one.drift.len() <= 10 {
            for drift in &one.drift {
                let at = drift.position.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
                let line = format!("            {}{at}  {} {}\n", drift.path, drift.place, drift.kind.name());
                text.push_str(&style.attention(&printable(&line)));
            }
        }
    }
    text.push('\n');
    text.push_str(&counts(all));
    text
}

fn word(one: &Status, style: Style) -> String {
    match one.standing {
        _ if one.drift.is_empty() => {}
        Standing::Reverted => return style.attention("reverted"),
        _ => return style.attention("drifted "),
    }
    match &one.standing {
        Standing::Applied => style.good("applied "),
        Standing::Adopted => style.good("adopted "),
        Standing::NewTargets(_) => style.attention("applied "),
        Standing::Reverted => style.quiet("reverted"),
        Standing::Pending(_) => style.attention("pending "),
        Standing::NothingToDo => style.quiet("no need "),
        Standing::ByHand(_) => style.attention("by hand "),
        Standing::Blocked(_) => style.bad("blocked "),
    }
}

fn detail(one: &Status) -> String {
    let names: Vec<&str> = one.here.iter().map(RepoPath::as_str).collect();
    let word = if one.standing == Standing::Reverted { "still applied" } else { "pending" };
    let here = if names.is_empty() { String::new() } else { format!("; here: {word} ({})", names.join(", ")) };
    format!("{}{}", shared(one), printable(&here))
}

/// Where the repository stands.
fn shared(one: &Status) -> String {
    match &one.standing {
        Standing::Reverted if !one.drift.is_empty() => {
            format!("in part: {} still there; migrate down {}", plural(one.drift.len(), "setting"), one.slug)
        }
        _ if !one.drift.is_empty() => {
            let gone = if is_gone(one) { "; its migration is gone" } else { "" };
            format!("{} of {} changed{gone}", plural(one.drift.len(), "setting"), plural(one.files, "file"))
        }
        _ if is_gone(one) => format!("{}; its migration is gone: migrate down {}", plural(one.files, "file"), one.slug),
        Standing::Applied | Standing::Adopted => plural(one.files, "file"),
        Standing::NewTargets(new) => format!("{}, {}", plural(one.files, "file"), plural(*new, "new target")),
        Standing::Reverted => "stays so until it is named: migrate up NAME".to_owned(),
        Standing::Pending(files) => format!("would edit {}", plural(*files, "file")),
        Standing::NothingToDo => "finds nothing to change here".to_owned(),
        Standing::ByHand(files) => format!("{} with connections that a person has to change", plural(*files, "file")),
        Standing::Blocked(diagnostics) => {
            // The whole of it is what `up -n` prints.
            let message = diagnostics.first().map_or("", |first| first.message.as_str());
            let short: String = message.chars().take(60).collect();
            let cut = if short.len() < message.len() { "..." } else { "" };
            printable(&mask(&format!("{short}{cut}"))).into_owned()
        }
    }
}

/// Whether it is applied, and its file is no more.
fn is_gone(one: &Status) -> bool {
    one.version.is_none() && one.standing != Standing::Reverted
}

fn counts(all: &[Status]) -> String {
    let count = |test: &dyn Fn(&Status) -> bool| all.iter().filter(|one| test(one)).count();
    let drifted = count(&|one| !one.drift.is_empty());
    let pending =
        count(&|one| matches!(one.standing, Standing::Pending(_) | Standing::NewTargets(_)) || !one.here.is_empty());
    let blocked = count(&|one| matches!(one.standing, Standing::Blocked(_)));
    let by_hand = count(&|one| matches!(one.standing, Standing::ByHand(_)));
    let gone = count(&is_gone);
    let parts = [
        (drifted, "drifted"),
        (gone, "without its migration"),
        (pending, "pending"),
        (blocked, "blocked"),
        (by_hand, "to be done by hand"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() {
        return "Nothing is pending, nothing has drifted.\n".to_owned();
    }
    let mut text = format!("{}.\n", parts.join(", "));
    if pending + blocked + by_hand > 0 {
        text.push_str("next: migrate up -n            see what would change\n");
    }
    let mut others: Vec<String> = Vec::new();
    if let Some(first) = all.iter().find(|one| !one.drift.is_empty()) {
        others.push(format!("migrate show {}   see what was applied\n", first.slug));
    }
    if let Some(first) = all.iter().find(|one| is_gone(one)) {
        others.push(format!("migrate verify {}   see where its migration went\n", first.slug));
    }
    for line in others {
        text.push_str(if text.contains("\nnext: ") { "      " } else { "next: " });
        text.push_str(&line);
    }
    text
}

/// `migrate show`: what a migration is, and what it did or would do; without its file, what its record says.
pub fn show(
    migration: Option<&Migration>,
    status: &Status,
    record: Option<&Record>,
    plan: Option<&Plan>,
    style: Style,
) -> String {
    let name = migration.map_or_else(|| status.slug.to_string(), Migration::name);
    let mut text = format!("{}: {}\n", style.strong(&name), status.title);
    let why = migration.map_or("", Migration::why);
    if !why.is_empty() {
        text.push_str(&(style.wrapped(why, 0) + "\n"));
    }
    text.push_str(&format!("\nstate       {} {}\n", word(status, style).trim_end(), detail(status)));
    let definition = record.map(|record| record.definition.clone()).or_else(|| migration.map(Migration::definition));
    text.push_str(&format!("definition  {}\n", printable(&definition.unwrap_or_default())));
    let variables = migration.map(Migration::variables).unwrap_or_default();
    if !variables.is_empty() {
        text.push_str("\nvariables\n");
    }
    for variable in variables {
        let recorded = record.and_then(|record| record.variables.iter().find(|(name, _)| *name == variable.name));
        let value = match (recorded, variable.default) {
            (Some((_, value)), _) => format!("= {value}"),
            (None, Some(default)) => format!("= {default} (default)"),
            (None, None) => "must be given: --set or migrate.toml".to_owned(),
        };
        let about = style.wrapped(&format!("             {}", style.quiet(&variable.about)), 13);
        text.push_str(&format!("  {:<10} {}\n{about}\n", variable.name, printable(&value)));
    }
    match (record.filter(|record| record.is_applied()), plan) {
        (Some(record), _) => text.push_str(&recorded_edits(record, style)),
        (None, Some(plan)) => {
            text.push_str("\nwould set\n");
            for file in plan.steps.iter().flat_map(|step| &step.files) {
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

fn recorded_edits(record: &Record, style: Style) -> String {
    let mut text = "\nset\n".to_owned();
    let mut last = None;
    for edit in record.edits.iter().filter(|edit| edit.changes_something()) {
        if last != Some(&edit.file) {
            text.push_str(&format!("{}\n", style.strong(&printable(edit.file.as_str()))));
            last = Some(&edit.file);
        }
        let part = |value: &str| {
            let value = value.trim().trim_matches(',').trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let setting =
            Setting { place: edit.trace.place.clone(), before: part(&edit.trace.was), after: part(&edit.trace.now) };
        text.push_str(&style.fit(&format!("{}\n", setting_line(&setting, Privacy::Open, style))));
    }
    text
}
