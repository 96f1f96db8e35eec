//! The answer as Markdown for a pull request: settings first, diffs folded, as much as the page takes.

use super::diff::{FileDiff, file_diff};
use super::found::{Found, found, severity};
use super::json::shown_setting;
use super::plan::plural;
use super::renderer::{Answer, Form, Renderer};
use super::review::{checked, said, title};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{FileStep, Plan, Step};
use crate::text::printable;
use crate::value::mask;

pub static RENDERER: Renderer = Renderer { name: "markdown", form: Form::Text, needs_plan: false, render };

/// A text in a table is cut behind this many characters.
const WIDTH: usize = 480;

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let page = match answer.plan {
        Some(plan) => plan_page(answer, plan),
        None => findings_page(answer),
    };
    Ok(page.into_bytes())
}

/// The line that finds the comment again which a later run replaces: of a repository whose root lies at `prefix` below the
/// top of the git work tree.
pub fn marker(prefix: &str, kind: &str) -> String {
    let mut root = String::new();
    for byte in prefix.trim_end_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'/' => root.push(char::from(byte)),
            _ => root.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("<!-- migrate:{kind}:v1 root={} -->", if root.is_empty() { "." } else { &root })
}

/// Bytes for the lines that say how much is left out.
const REMAINDER: usize = 100;

fn plan_page(answer: &Answer<'_>, plan: &Plan) -> String {
    let files: Vec<(&Step, &FileStep, FileDiff)> = plan
        .steps
        .iter()
        .flat_map(|step| step.files.iter().map(move |file| (step, file, file_diff(file, answer.context))))
        .collect();
    let mut page = format!("{}\n{}", marker(answer.prefix, "plan"), heading(answer, plan, &files));
    let approval = answer.approval.filter(|_| !plan.is_empty());
    let approval = approval.map_or(String::new(), |command| format!("\nApply exactly this: {}\n", code(command)));
    // A command that is cut is no command.
    let approval = if page.len() + approval.len() + REMAINDER < answer.max_size { approval } else { String::new() };
    let mut room = answer.max_size.saturating_sub(page.len() + approval.len() + REMAINDER);
    let told = findings(answer.diagnostics.iter().map(|one| (one, answer.prefix)), room / 4);
    let checks = Some(checks(answer, plan)).filter(|text| text.len() <= room / 4).unwrap_or_default();
    room -= (told.len() + checks.len()).min(room);
    let folded: Vec<Folded> = files.iter().map(|(step, file, diff)| fold(step, file, diff)).collect();
    let whole: usize = folded.iter().map(|one| one.text.len()).sum();
    let settings = settings_table(&files);
    let table = if settings.len() <= (room / 2).max(room.saturating_sub(whole)) {
        settings
    } else {
        Some(counts_table(plan, &files)).filter(|text| text.len() <= room / 2).unwrap_or_default()
    };
    room -= table.len().min(room);
    page.push_str(&format!("{table}{checks}{told}"));
    let diffs = diffs(&folded, room);
    let reasons = reasons(plan, room.saturating_sub(diffs.len()));
    page + &diffs + &reasons + &approval
}

/// One file's part of the page.
struct Folded {
    text: String,
    /// What is said where the diff has no room.
    left: String,
}

/// In `room` bytes as many diffs as there is room for, then the names of the other files, and how many more there are.
fn diffs(all: &[Folded], room: usize) -> String {
    let mut size: usize = all.iter().map(|one| one.text.len()).sum();
    let mut largest: Vec<usize> = (0..all.len()).collect();
    largest.sort_by_key(|index| all.get(*index).map(|one| std::cmp::Reverse(one.text.len())));
    let mut is_kept = vec![true; all.len()];
    // The largest goes first, so that as many as possible stay.
    for index in largest {
        let Some((one, kept)) = all.get(index).zip(is_kept.get_mut(index)).filter(|_| size > room) else { break };
        *kept = false;
        size = size + one.left.len() - one.text.len();
    }
    let (kept, left): (Vec<_>, Vec<_>) = all.iter().zip(is_kept).partition(|(_, is_kept)| *is_kept);
    let mut text: String = kept.iter().map(|(one, _)| one.text.as_str()).collect();
    if left.is_empty() {
        return text;
    }
    text.push_str(&format!("\n{} left out for size:\n\n", plural(left.len(), "diff")));
    let lines = left.iter().map(|(one, _)| one.left.clone());
    text + &listed(lines.collect(), room.saturating_sub(kept.iter().map(|(one, _)| one.text.len()).sum()))
}

/// As many of `lines` as fit into `room` bytes, and how many more there are.
fn listed(lines: Vec<String>, room: usize) -> String {
    let mut text = String::new();
    let count = lines.len();
    for (index, line) in lines.into_iter().enumerate() {
        if text.len() + line.len() > room {
            return text + &format!("* {} more\n", count - index);
        }
        text.push_str(&line);
    }
    text
}

/// Why each migration is there, and what was tried of it.
fn checks(answer: &Answer<'_>, plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        let Some(one) = checked(answer, step) else { continue };
        let of = if answer.checked.len() > 1 { format!(" {}", short(step)) } else { String::new() };
        if !one.why.trim().is_empty() {
            text.push_str(&format!("\n**Why**{of}: {}\n", prose(&one.why)));
        }
        let said = said(one);
        if !said.is_empty() {
            text.push_str(&format!("\n**Checked**{of}: {}.\n", said.join(" · ")));
        }
    }
    text
}

/// Why files that were looked at stay as they are; only how many there are where that has no room.
fn reasons(plan: &Plan, room: usize) -> String {
    let mut lines = Vec::new();
    let mut unrelated = 0;
    for step in &plan.steps {
        unrelated += step.unrelated;
        for (path, reasons) in &step.unchanged {
            let by_hand = |reason| step.by_hand.get(path).is_some_and(|by_hand| by_hand.contains(reason));
            let path_shown = code(path.as_str());
            lines.extend(reasons.iter().map(|reason| {
                let hand = if by_hand(reason) { " **by hand**" } else { "" };
                format!(
                    "* {}{hand} {path_shown}: {}
",
                    short(step),
                    code(&mask(reason))
                )
            }));
        }
    }
    let more = format!("* {} with no such setting\n", plural(unrelated, "more matching file"));
    lines.extend((unrelated > 0).then_some(more));
    if lines.is_empty() {
        return String::new();
    }
    let head = format!("\n<details><summary>Left as it is, and why ({})</summary>\n\n", lines.len());
    let tail = "</details>\n";
    match room.checked_sub(head.len() + tail.len() + 2 * REMAINDER) {
        Some(room) => format!("{head}{}{tail}", listed(lines, room)),
        None => String::new(),
    }
}

fn heading(answer: &Answer<'_>, plan: &Plan, files: &[(&Step, &FileStep, FileDiff)]) -> String {
    let (name, id) = title(answer, plan);
    let name = id.map_or(name.to_owned(), |id| format!("{name} `{id}`"));
    if plan.is_empty() {
        return format!("### {name}\n");
    }
    let count = plan.steps.iter().filter(|step| !step.files.is_empty()).count();
    let added: usize = files.iter().map(|(.., diff)| diff.added).sum();
    let removed: usize = files.iter().map(|(.., diff)| diff.removed).sum();
    let (count, files) = (plural(count, "migration"), plural(plan.file_count(), "file"));
    format!("### {name}: {count}, {files} (+{added} −{removed})\n")
}

fn settings_table(files: &[(&Step, &FileStep, FileDiff)]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n| Migration | Setting | Before | After |\n| --- | --- | --- | --- |\n");
    let mut last = None;
    for (step, file, diff) in files {
        let mut row = |what: &str, before: &str, after: &str| {
            let name = if last == Some(&step.slug) { String::new() } else { name(step) };
            last = Some(&step.slug);
            text.push_str(&format!("| {name} | {} {what} | {before} | {after} |\n", cell(file.path.as_str())));
        };
        if file.changed.settings.is_empty() {
            row(&format!("(+{} −{})", diff.added, diff.removed), "", "");
        }
        for setting in &file.changed.settings {
            let (before, after) = shown_setting(file, setting);
            let side = |value: Option<String>| value.map_or("–".to_owned(), |value| cell(&value));
            row(&cell(&setting.place.to_string()), &side(before), &side(after));
        }
    }
    text
}

/// Where the settings have no room.
fn counts_table(plan: &Plan, files: &[(&Step, &FileStep, FileDiff)]) -> String {
    let mut text = String::from("\n| Migration | Files | Settings | Lines |\n| --- | --- | --- | --- |\n");
    for step in plan.steps.iter().filter(|step| !step.files.is_empty()) {
        let own = files.iter().filter(|(other, ..)| other.slug == step.slug);
        let (mut settings, mut added, mut removed) = (0, 0, 0);
        for (_, file, diff) in own {
            settings += file.changed.settings.len();
            added += diff.added;
            removed += diff.removed;
        }
        text.push_str(&format!("| {} | {} | {settings} | +{added} −{removed} |\n", name(step), step.files.len()));
    }
    text
}

fn name(step: &Step) -> String {
    let version = step.version.map_or(String::new(), |version| format!("**{version}** "));
    format!("{version}{} {}", cell(step.slug.as_str()), cell(&step.title))
}

/// The number of a migration, or its name where it has none.
fn short(step: &Step) -> String {
    step.version.map_or_else(|| html(step.slug.as_str()), |version| version.to_string())
}

fn fold(step: &Step, file: &FileStep, diff: &FileDiff) -> Folded {
    let what = format!("(+{} −{})", diff.added, diff.removed);
    let path = html(file.path.as_str());
    let short = short(step);
    let body = diff.lines().join("\n");
    let fence = fence(&body, 3);
    Folded {
        text: format!(
            "\n<details><summary>{short} <code>{path}</code> {what}</summary>\n\n{fence}diff\n{body}\n{fence}\n</details>\n"
        ),
        left: format!("* {short} {} {what}\n", code(file.path.as_str())),
    }
}

fn findings_page(answer: &Answer<'_>) -> String {
    let all = found(answer);
    let head = marker(answer.prefix, answer.command);
    let count = |severity| all.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let title = match (errors, warnings) {
        (0, 0) => "nothing found".to_owned(),
        (errors, 0) => plural(errors, "error"),
        (0, warnings) => plural(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    };
    let head = format!("{head}\n### migrate {}: {title}\n", answer.command);
    let room = answer.max_size.saturating_sub(head.len());
    format!("{head}{}", table(&all, room))
}

/// The diagnostics beside a plan.
fn findings<'a>(all: impl Iterator<Item = (&'a Diagnostic, &'a str)>, room: usize) -> String {
    let all: Vec<Found> = all.map(|(one, prefix)| Found::of(prefix, one)).collect();
    table(&all, room)
}

/// Findings in at most `room` bytes.
fn table(all: &[Found], room: usize) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n| | Code | Place | What |\n| --- | --- | --- | --- |\n");
    for (index, found) in all.iter().enumerate() {
        let place = found.path.as_ref().map_or(String::new(), |path| cell(&format!("{path}:{}", found.line)));
        let what = cell(&found.text());
        let row = format!("| {} | {} | {place} | {what} |\n", severity(found.severity), found.id());
        if text.len() + row.len() + 40 > room {
            // A head without a row says nothing.
            let text = if index == 0 { "" } else { &text };
            return format!("{text}\n{} left out for size.\n", plural(all.len() - index, "finding"));
        }
        text.push_str(&row);
    }
    text
}

/// As many backticks as no run in `text` has, `least` of them or more.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}

/// `text` as code, which is neither a mention nor a link nor HTML.
fn code(text: &str) -> String {
    let line = printable(text).lines().map(str::trim).collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return String::new();
    }
    let mark = fence(&line, 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{mark}{pad}{line}{pad}{mark}")
}

/// `text` as a sentence where it can be nothing else, and else as code.
fn prose(text: &str) -> String {
    let line = printable(text).lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(WIDTH).collect();
    let cut = if short.len() < line.len() { " ..." } else { "" };
    let plain =
        |c: char| c.is_alphanumeric() || c.is_ascii_punctuation() && !"@#<>&`*_[]\\|~!$".contains(c) || c == ' ';
    let leads_away = short.contains("://") || short.to_ascii_lowercase().contains("www.");
    if short.chars().all(plain) && !leads_away { format!("{short}{cut}") } else { code(&format!("{short}{cut}")) }
}

/// `text` as code in a table, where a bar would end the cell.
fn cell(text: &str) -> String {
    let short: String = text.chars().take(WIDTH).collect();
    let cut = if short.len() < text.len() { " ..." } else { "" };
    // A backslash before the bar would be one that escapes it no more.
    code(&format!("{short}{cut}")).replace("\\|", "\\ |").replace('|', "\\|")
}

fn html(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_ends_its_fence(text in "[`a|\\\\\n ]{0,40}") {
            let fence = fence(&text, 3);
            prop_assert!(fence.len() >= 3 && !text.contains(&fence));
            let inside = code(&text);
            let run = inside.chars().take_while(|c| *c == '`').count();
            let content = inside.get(run..inside.len().saturating_sub(run)).unwrap_or("");
            prop_assert!(content.split(|c| c != '`').all(|ticks| ticks.len() != run) || run == 0);
            prop_assert!(!inside.contains('\n'));
        }

        #[test]
        fn no_text_ends_its_cell(text in "[`a|\\\\ ]{0,20}") {
            let cell = cell(&text);
            let ends = |(at, _): (usize, &str)| at == 0 || !cell[..at].ends_with('\\') || cell[..at].ends_with("\\\\");
            let first = cell.match_indices('|').find(|found| ends(*found));
            prop_assert_eq!(first, None);
        }
    }
}
