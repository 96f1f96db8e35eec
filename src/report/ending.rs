//! The last lines of a run: what came of it, and what to type next.

use super::plan::plural;
use super::style::Style;
use crate::migration::{Catalogue, Slug};
use crate::plan::{Action, Direction, Plan, Refusal, Step, name};

/// The programs to type next, as they are called from where the person is.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub migrate: &'a str,
    /// `None` where there is no git.
    pub git: Option<&'a str>,
}

/// The last lines of a run that wrote something.
pub fn committed(plan: &Plan, catalogue: &Catalogue, milliseconds: u128, typed: Typed<'_>, style: Style) -> String {
    let told = told_of(plan, catalogue, milliseconds, typed);
    told.lines().map(|line| style.wrapped(line, 6) + "\n").collect()
}

fn told_of(plan: &Plan, catalogue: &Catalogue, milliseconds: u128, Typed { migrate, git }: Typed<'_>) -> String {
    let is_counted = |action: Action| match plan.direction {
        Direction::Up => matches!(action, Action::Apply | Action::Extend),
        Direction::Down => action == Action::Revert,
    };
    let count = plan.steps.iter().filter(|step| is_counted(step.action)).count();
    let files = plural(plan.file_count(), "file");
    match plan.direction {
        Direction::Up => {
            let back = plan.steps.iter().filter(|step| step.action == Action::Revert).count();
            let back = if back > 0 { format!(", {back} taken back") } else { String::new() };
            let head = format!("\n{count} applied{back}, {files} written in {milliseconds} ms.");
            let undo = undo(plan, catalogue).map_or(String::new(), |undo| format!("undo: {migrate} {undo}\n"));
            // What git ignores is nothing to commit.
            if plan.bookkeeping.iter().all(|change| change.place.is_private()) {
                return format!("{head} Recorded for this work tree only: git ignores what was written.\n{undo}");
            }
            let changed = plan.steps.iter().filter(|step| !step.files.is_empty());
            let names: Vec<String> = changed.filter_map(|step| Some(step.version?.to_string())).collect();
            let next = git.map_or(String::new(), |git| {
                format!("next: {git} add -A && {git} commit -m \"config: {}\"\n", names.join(", "))
            });
            format!("{head} Recorded in .migrate/applied/.\n{next}{undo}")
        }
        Direction::Down if plan.steps.iter().any(|step| step.action == Action::Undecided) => format!(
            "\n{files} written in {milliseconds} ms, and nothing is recorded yet.\n\
             next: decide at each conflict marker, then: {migrate} down --continue\n\
             undo: {migrate} down --abort\n"
        ),
        Direction::Down if plan.steps.iter().any(|step| step.action == Action::Restore) => {
            format!("\n{files} put back as before in {milliseconds} ms. Nothing is taken back.\n")
        }
        Direction::Down => {
            let remarks: Vec<&str> =
                plan.steps.iter().map(|step| step.remark.as_str()).filter(|remark| !remark.is_empty()).collect();
            let remarks = if remarks.is_empty() { String::new() } else { format!("{}.\n", remarks.join(". ")) };
            let so = stays(plan, migrate);
            format!("\n{count} taken back, {files} written in {milliseconds} ms. {so}\n{remarks}")
        }
    }
}

/// How long it stays so after a `down`.
fn stays(plan: &Plan, migrate: &str) -> String {
    let gone = |step: &Step| step.version.is_none();
    if !plan.steps.is_empty() && plan.steps.iter().all(gone) {
        return "Nothing applies it again: its migration is gone.".to_owned();
    }
    let is_record = |name: &str| name.ends_with(".toml");
    if plan.bookkeeping.iter().any(|change| change.after.is_none() && is_record(change.place.name())) {
        return format!("Its record is gone, too: the next `{migrate} up` applies it again.");
    }
    // In the order in which they were applied.
    let names: String =
        plan.steps.iter().rev().filter(|step| !gone(step)).map(|step| format!(" {}", step.slug)).collect();
    format!("It stays so until: {migrate} up{names}")
}

/// What takes back what `plan` applied, and nothing else.
fn undo(plan: &Plan, catalogue: &Catalogue) -> Option<String> {
    let is_done = |step: &&Step| matches!(step.action, Action::Apply | Action::Extend) && !step.files.is_empty();
    let done: Vec<&Step> = plan.steps.iter().filter(is_done).collect();
    let [first, _, ..] = done.as_slice() else {
        return Some(format!("down {}", done.first()?.slug));
    };
    // One number says it where nothing else from there on is applied.
    let action = |slug: &Slug| plan.steps.iter().find(|step| step.slug == *slug).map(|step| step.action);
    let is_ours = |slug: &Slug| matches!(action(slug), Some(Action::Apply | Action::Held | Action::NothingToDo));
    let mut above = catalogue.iter().filter(|one| Some(one.version) >= first.version);
    Some(match first.version.and_then(|version| version.0.checked_sub(1)) {
        Some(below) if above.all(|one| is_ours(&one.slug)) => format!("down --to v{below:04}"),
        _ => {
            let names: Vec<&str> = done.iter().rev().map(|step| step.slug.as_str()).collect();
            format!("down {}", names.join(" "))
        }
    })
}

/// The last lines of a run that was refused.
pub fn refusal(refusal: &Refusal, migrate: &str, style: Style) -> String {
    let mut text = String::new();
    let Some((version, slug)) = &refusal.refused else { return "Nothing was written.\n".to_owned() };
    for (version, slug) in &refusal.ready {
        text.push_str(&format!("{}   ready\n", name(*version, slug)));
    }
    text.push_str(&format!("{} {}\n", style.strong(&name(*version, slug)), style.bad("refused")));
    let number =
        |(version, slug): &(Option<_>, _)| version.map_or_else(|| format!("{slug}"), |version| format!("{version}"));
    let Some(last) = refusal.ready.last() else { return text + "Nothing was written.\n" };
    let ready: Vec<String> = refusal.ready.iter().map(number).collect();
    let refused = number(&(*version, slug.clone()));
    // Of two with one number only the name tells which.
    let way = match last.0 == *version {
        true => refusal.ready.iter().map(|(_, slug)| slug.to_string()).collect::<Vec<_>>().join(" "),
        false => format!("--to {}", number(last)),
    };
    let (was, is) = if ready.len() == 1 { ("was", "is") } else { ("were", "are") };
    let line = format!("Nothing was written: {} {was} ready but {is} held back with {refused}.", ready.join(", "));
    let apply = format!("apply what is ready: {migrate} up {way}");
    text.push_str(&format!("{}\n{}\n", style.wrapped(&line, 4), style.wrapped(&apply, 4)));
    text
}
