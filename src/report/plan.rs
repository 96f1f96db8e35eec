//! Plans for people: the diff, a line per file with its reason, and the next command.

use std::collections::BTreeSet;

use super::diff::{FileDiff, Line, LineKind, NO_END, counted, file_diff, file_diffs};
use super::style::Style;
use super::words::{Group, grouped, highlighted, inline};
use crate::migration::Setting;
use crate::path::RepoPath;
use crate::plan::{Action, Direction, FileStep, Plan, Privacy, Step, id};
use crate::text::printable;
use crate::tree::FileState;
use crate::value::{mask, mask_value};

/// What of a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The changed lines.
    Unified,
    /// The changed words in their lines.
    Words,
    /// The changed settings.
    Paths,
    /// The number of changed lines.
    Stat,
    None,
}

/// What a run would do; `approval` is the command that does exactly this.
pub fn dry_run(plan: &Plan, shown: Shown, context: usize, style: Style, approval: Option<&str>) -> String {
    let mut text = String::new();
    let (mut added, mut removed) = (0, 0);
    for step in &plan.steps {
        if shown != Shown::None {
            text.push_str(&header(step, style));
        }
        let diffs = match shown {
            Shown::Unified | Shown::Words => file_diffs(&step.files, context),
            Shown::Paths | Shown::Stat | Shown::None => counted(&step.files),
        };
        added += diffs.iter().map(|diff| diff.added).sum::<usize>();
        removed += diffs.iter().map(|diff| diff.removed).sum::<usize>();
        for (file, diff) in step.files.iter().zip(&diffs) {
            text.push_str(&shown_of(shown, file, diff, style));
        }
        if !step.files.is_empty() && matches!(shown, Shown::Unified | Shown::Words | Shown::Paths) {
            text.push('\n');
        }
        if shown != Shown::None {
            text.push_str(&file_lines(plan.direction, step, &diffs, style));
        }
    }
    text.push_str(&summary(plan, (added, removed), style, approval));
    text
}

fn shown_of(shown: Shown, file: &FileStep, diff: &FileDiff, style: Style) -> String {
    match shown {
        Shown::Unified => unified(file, diff, style),
        Shown::Words => in_words(file, diff, style),
        Shown::Paths => paths(file, style),
        Shown::Stat | Shown::None => String::new(),
    }
}

fn header(step: &Step, style: Style) -> String {
    let name = style.strong(&step.name());
    let rest = match step.action {
        Action::Apply | Action::Revert | Action::Undecided | Action::Restore => format!(": {}", step.title),
        Action::Extend => ": new targets".to_owned(),
        Action::Done => ": applied, nothing to add".to_owned(),
        Action::Held => format!(": held, since it was taken back (migrate up {} applies it again)", step.slug),
        Action::NothingToDo if step.by_hand.is_empty() => ": nothing to change here".to_owned(),
        Action::NothingToDo => ": nothing that it can change here".to_owned(),
    };
    let remark = if step.remark.is_empty() { String::new() } else { format!("{}.\n", step.remark) };
    style.wrapped(&format!("{name}{rest}"), 4) + &format!("\n{remark}\n")
}

/// What names both sides: their modes where those differ, and their files where a line changes.
fn side_names(file: &FileStep, diff: &FileDiff, style: Style) -> String {
    let path = printable(file.path.as_str());
    let side = |sign: char, there: bool| if there { format!("{sign}/{path}") } else { "/dev/null".to_owned() };
    let (old, new) = (side('a', file.before.is_some()), side('b', file.after.is_some()));
    let mode = |state: &FileState| format!("{:06o}", 0o100_000 | state.mode & 0o777);
    let modes = match (&file.before, &file.after) {
        (Some(before), Some(after)) if before.mode & 0o777 != after.mode & 0o777 => {
            format!("diff --git a/{path} b/{path}\nold mode {}\nnew mode {}", mode(before), mode(after))
        }
        _ => String::new(),
    };
    let names = match (diff.hunks.is_empty(), modes.is_empty()) {
        (true, false) => modes,
        (false, false) => format!("{modes}\n--- {old}\n+++ {new}"),
        (_, true) => format!("--- {old}\n+++ {new}"),
    };
    style.strong(&names) + "\n"
}

pub(super) fn unified(file: &FileStep, diff: &FileDiff, style: Style) -> String {
    let mut text = side_names(file, diff, style);
    for hunk in &diff.hunks {
        text.push_str(&(style.quiet(&hunk.header()) + "\n"));
        // All that goes stands before all that comes in its place.
        let mut held = String::new();
        for group in grouped(&hunk.lines) {
            match group {
                Group::Pair(old, new) => {
                    let (removed, added) = highlighted(old, new, style);
                    text.push_str(&ended(&removed, old));
                    held.push_str(&ended(&added, new));
                }
                Group::Alone(line) => {
                    if line.kind != LineKind::Removed {
                        text.push_str(&std::mem::take(&mut held));
                    }
                    text.push_str(&alone(line, style));
                }
            }
        }
        text.push_str(&held);
    }
    text
}

/// Lines that take the place of one another as one, with what changes in them between signs.
fn in_words(file: &FileStep, diff: &FileDiff, style: Style) -> String {
    let mut text = side_names(file, diff, style);
    for hunk in &diff.hunks {
        text.push_str(&(style.quiet(&hunk.header()) + "\n"));
        for group in grouped(&hunk.lines) {
            text.push_str(&match group {
                Group::Pair(old, new) => ended(&inline(old, new, style), new),
                Group::Alone(line) => alone(line, style),
            });
        }
    }
    text
}

fn alone(line: &Line, style: Style) -> String {
    let shown = style.fit(&format!("{}{}", line.kind.sign(), line.text));
    let shown = match line.kind {
        LineKind::Added => style.good(&shown),
        LineKind::Removed => style.bad(&shown),
        LineKind::Same => shown,
    };
    ended(&shown, line)
}

fn ended(shown: &str, line: &Line) -> String {
    let end = if line.is_cut { format!("{NO_END}\n") } else { String::new() };
    format!("{shown}\n{end}")
}

fn paths(file: &FileStep, style: Style) -> String {
    let mut text = format!("{}\n", style.strong(&printable(file.path.as_str())));
    for setting in &file.changed.settings {
        text.push_str(&style.fit(&setting_line(setting, file.privacy(setting), style)));
        text.push('\n');
    }
    text
}

/// Whether a value is not shown: `ours` where the migration wrote it.
pub(super) fn hides(privacy: Privacy, ours: bool) -> bool {
    match privacy {
        Privacy::Open => false,
        Privacy::Written => !ours,
        Privacy::Nothing => true,
    }
}

/// `+ place value`, `~ place old → new`, `- place value`.
pub(super) fn setting_line(setting: &Setting, privacy: Privacy, style: Style) -> String {
    let name = setting.place.name();
    let shown = |value: &str, ours: bool| {
        if hides(privacy, ours) {
            return "•••".to_owned();
        }
        // What is cut off may be what tells that the rest is a secret.
        let masked = mask_value(name, &mask(value)).to_string();
        let line = masked.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(60).collect();
        let cut = if short.len() < line.len() { " ..." } else { "" };
        format!("{}{cut}", printable(&short))
    };
    let place = printable(&setting.place.to_string()).into_owned();
    match (&setting.before, &setting.after) {
        (Some(before), Some(after)) => format!(
            "  {} {place}   {} {} {}",
            style.attention("~"),
            shown(before, false),
            style.arrow(),
            shown(after, true)
        ),
        (None, Some(after)) => format!("  {} {place}   {}", style.good("+"), shown(after, true)),
        (Some(before), None) => format!("  {} {place}   {}", style.bad("-"), shown(before, false)),
        (None, None) => format!("  ~ {place}"),
    }
}

/// The changed lines of one file.
pub fn file_diff_shown(file: &FileStep, context: usize, style: Style) -> String {
    unified(file, &file_diff(file, context), style)
}

/// One file that was or would be edited, and nothing else.
pub fn file_shown(file: &FileStep, written: bool, shown: Shown, context: usize, style: Style) -> String {
    if file.before == file.after {
        return format!("{} says so already. Nothing was written.\n", printable(file.path.as_str()));
    }
    let diff = file_diff(file, context);
    let end = if written { "Written." } else { "Nothing was written." };
    let text = match shown_of(shown, file, &diff, style) {
        text if text.is_empty() => text,
        text => text + "\n",
    };
    format!("{text}{} {end}\n", counts(diff.added, diff.removed))
}

/// A line for each file: what happens to it, or why nothing does.
fn file_lines(direction: Direction, step: &Step, diffs: &[FileDiff], style: Style) -> String {
    let width = step
        .files
        .iter()
        .map(|file| file.path.as_str())
        .chain(step.unchanged.keys().map(|path| path.as_str()))
        .map(str::len)
        .max()
        .unwrap_or(0)
        .min(56);
    // A verb before it, a count behind it.
    let width = style.column(width, 18);
    // A reason that is too long goes on below its own beginning, or where that is far right, below the path.
    let below = match style.columns {
        Some(columns) if width + 40 > columns => 8,
        _ => 10 + width,
    };
    let mut text = String::new();
    for (file, diff) in step.files.iter().zip(diffs) {
        let verb = verb(direction, file);
        let count = match (diff.added + diff.removed, modes(file, style)) {
            (0, Some(modes)) => modes,
            (_, Some(modes)) => format!("{}  {modes}", counts(diff.added, diff.removed)),
            (_, None) => counts(diff.added, diff.removed),
        };
        let private = if file.ignored { "  (ignored by git: recorded for this work tree only)" } else { "" };
        let line = format!("  {}  {:width$}  {count}{private}", style.good(verb), printable(file.path.as_str()));
        text.push_str(&(style.wrapped(&line, 8) + "\n"));
        for note in &file.changed.notes {
            let line = format!("        {}", style.quiet(&printable(note)));
            text.push_str(&(style.wrapped(&line, 10) + "\n"));
        }
    }
    let edited = edited(step);
    for (path, reasons) in &step.unchanged {
        let by_hand = step.by_hand.get(path);
        for (index, reason) in reasons.iter().enumerate() {
            let word = match direction {
                _ if by_hand.is_some_and(|by_hand| by_hand.contains(reason)) => "hand",
                Direction::Up if !edited.contains(path) => "same",
                _ => "keep",
            };
            let shown = if index == 0 { printable(path.as_str()) } else { "".into() };
            let reason = style.quiet(&printable(&mask(reason)));
            let line = format!("  {}  {shown:width$}  {reason}", style.quiet(word));
            text.push_str(&(style.wrapped(&line, below) + "\n"));
        }
    }
    if step.unrelated > 0 {
        let line = format!("  {} no such setting", plural_verb(step.unrelated, "more matching file", "holds", "hold"));
        text.push_str(&(style.wrapped(&style.quiet(&line), 4) + "\n"));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// What happens to a file, in one word.
fn verb(direction: Direction, file: &FileStep) -> &'static str {
    match (direction, &file.before, &file.after) {
        (Direction::Down, ..) => "undo",
        (_, None, Some(_)) => "new ",
        (_, Some(_), None) => "gone",
        (_, Some(before), Some(after)) if before.bytes == after.bytes => "mode",
        _ => "edit",
    }
}

/// The permissions before and after, where they differ: `0644 → 0755`.
fn modes(file: &FileStep, style: Style) -> Option<String> {
    let (before, after) = (file.before.as_ref()?.mode & 0o777, file.after.as_ref()?.mode & 0o777);
    (before != after).then(|| format!("{before:04o} {} {after:04o}", style.arrow()))
}

fn counts(added: usize, removed: usize) -> String {
    match (added, removed) {
        (added, 0) => format!("+{added}"),
        (0, removed) => format!("-{removed}"),
        (added, removed) => format!("+{added} -{removed}"),
    }
}

/// The files that change, for many questions.
fn edited(step: &Step) -> BTreeSet<&RepoPath> {
    step.files.iter().map(|file| &file.path).collect()
}

fn summary(plan: &Plan, (added, removed): (usize, usize), style: Style, approval: Option<&str>) -> String {
    let files = plan.file_count();
    if plan.is_empty() {
        return "Nothing would change. Nothing was written.\n".to_owned();
    }
    let stays = |step: &Step| {
        let edited = edited(step);
        step.unchanged.keys().filter(|path| !edited.contains(path)).count()
    };
    let same = plan.steps.iter().map(stays).sum::<usize>();
    let same = if same > 0 {
        format!(
            ", {} as {}",
            if same == 1 { "1 stays".to_owned() } else { format!("{same} stay") },
            if same == 1 { "it is" } else { "they are" }
        )
    } else {
        String::new()
    };
    let line = format!("{} would change (+{added} -{removed}){same}. Nothing was written.", plural(files, "file"));
    let mut text = style.wrapped(&line, 4) + "\n";
    if let Some(approval) = approval {
        let whole = id(plan);
        // A command is never broken: it is there to be pasted.
        text.push_str(&format!("plan {}    apply exactly this: {approval}\n", style.strong(&whole[..8])));
    }
    text
}

/// `1 file`, `2 files`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn plural_verb(count: usize, noun: &str, one: &str, many: &str) -> String {
    format!("{} {}", plural(count, noun), if count == 1 { one } else { many })
}

/// What a run did to each migration, one line each, reasons below where files stayed as they are.
pub fn steps_shown(plan: &Plan, style: Style) -> String {
    let mut text = String::new();
    let widest = plan.steps.iter().map(|step| step.name().chars().count()).max().unwrap_or(0);
    // As wide as the longest name, and no wider than leaves room for what is said of it.
    let width = style.column(widest.clamp(24, 48), 30);
    for step in &plan.steps {
        let name = step.name();
        let what = match step.action {
            Action::Held => "held: it was taken back, and stays so".to_owned(),
            Action::Done => "applied before, nothing to add".to_owned(),
            Action::NothingToDo if step.by_hand.is_empty() => "nothing to change here".to_owned(),
            Action::NothingToDo => "nothing that it can change here".to_owned(),
            Action::Revert => format!("{}   taken back", plural(step.files.len(), "file")),
            Action::Undecided => format!("{}   written, with conflicts", plural(step.files.len(), "file")),
            Action::Restore => format!("{}   as before", plural(step.files.len(), "file")),
            Action::Apply | Action::Extend => format!("{}   written", plural(step.files.len(), "file")),
        };
        let pad = width.saturating_sub(name.chars().count());
        text.push_str(&(style.wrapped(&format!("{}{:pad$} {what}", style.strong(&name), ""), 6) + "\n"));
        if step.action == Action::Done {
            continue;
        }
        for (path, reasons) in &step.unchanged {
            for reason in reasons {
                let line = format!("      {}  {}", printable(path.as_str()), printable(&mask(reason)));
                text.push_str(&(style.wrapped(&style.quiet(&line), 8) + "\n"));
            }
        }
    }
    text
}
