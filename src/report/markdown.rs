//! The answer as Markdown for a pull request: settings first, diffs folded, as much as the page takes.

use super::diff::{FileDiff, file_diff};
use super::found::{Found, found, severity};
use super::json::shown_setting;
use super::plan::plural;
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{Direction, FileStep, Plan, Step, id};
use crate::text::printable;

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

/// Finds the comment again that a later run replaces.
fn marker(answer: &Answer<'_>, kind: &str) -> String {
    let mut root = String::new();
    for byte in answer.prefix.trim_end_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'/' => root.push(char::from(byte)),
            _ => root.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("<!-- migrate:{kind}:v1 root={} -->\n", if root.is_empty() { "." } else { &root })
}

/// One file's part of the page.
struct Folded {
    text: String,
    /// What is said where the diff has no room.
    left: String,
    kept: bool,
}

fn plan_page(answer: &Answer<'_>, plan: &Plan) -> String {
    let files: Vec<(&Step, &FileStep, FileDiff)> = plan
        .steps
        .iter()
        .flat_map(|step| step.files.iter().map(move |file| (step, file, file_diff(file, answer.context))))
        .collect();
    let head = format!("{}{}", marker(answer, "plan"), heading(plan, &files));
    let findings = findings(answer.diagnostics.iter().map(|one| (one, answer.prefix)), answer.max_size / 4);
    let mut tail = findings;
    if let (Some(approval), false) = (answer.approval, plan.is_empty()) {
        tail.push_str(&format!("\nApply exactly this: {}\n", code(approval)));
    }
    let mut table = settings_table(&files);
    let mut folded: Vec<Folded> = files.iter().map(|(step, file, diff)| fold(step, file, diff)).collect();
    if head.len() + table.len() + tail.len() > answer.max_size / 2 && table.len() > answer.max_size / 3 {
        table = counts_table(plan, &files);
    }
    let fixed = head.len() + table.len() + tail.len();
    let size = |folded: &[Folded]| {
        fixed + 100 + folded.iter().map(|one| if one.kept { one.text.len() } else { one.left.len() }).sum::<usize>()
    };
    // The largest goes first, so that as many as possible stay.
    while size(&folded) > answer.max_size
        && let Some(largest) = folded.iter_mut().filter(|one| one.kept).max_by_key(|one| one.text.len())
    {
        largest.kept = false;
    }
    let dropped = folded.iter().filter(|one| !one.kept).count();
    let mut page = format!("{head}{table}");
    if size(&folded) <= answer.max_size {
        page.extend(folded.iter().filter(|one| one.kept).map(|one| one.text.as_str()));
        if dropped > 0 {
            page.push_str(&format!("\n{} left out for size:\n\n", plural(dropped, "diff")));
            page.extend(folded.iter().filter(|one| !one.kept).map(|one| one.left.as_str()));
        }
        return page + &tail;
    }
    // Not even the names have room.
    let short = format!("{head}\n{} left out for size.\n", plural(dropped, "diff"));
    [format!("{page}\n{} left out for size.\n{tail}", plural(dropped, "diff")), format!("{short}{tail}")]
        .into_iter()
        .find(|page| page.len() <= answer.max_size)
        .unwrap_or(short)
}

fn heading(plan: &Plan, files: &[(&Step, &FileStep, FileDiff)]) -> String {
    if plan.is_empty() {
        return "### Settings plan: nothing would change\n".to_owned();
    }
    let count = plan.steps.iter().filter(|step| !step.files.is_empty()).count();
    let added: usize = files.iter().map(|(.., diff)| diff.added).sum();
    let removed: usize = files.iter().map(|(.., diff)| diff.removed).sum();
    let name = match plan.direction {
        Direction::Up => format!("Settings plan `{}`", &id(plan)[..8]),
        Direction::Down => "Settings taken back".to_owned(),
    };
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
    format!("**{}** {} {}", step.version, cell(step.slug.as_str()), cell(&step.title))
}

fn fold(step: &Step, file: &FileStep, diff: &FileDiff) -> Folded {
    let what = format!("(+{} −{})", diff.added, diff.removed);
    let path = html(file.path.as_str());
    let body = diff.lines().join("\n");
    let fence = fence(&body, 3);
    Folded {
        text: format!(
            "\n<details><summary>{} <code>{path}</code> {what}</summary>\n\n{fence}diff\n{body}\n{fence}\n</details>\n",
            step.version
        ),
        left: format!("* {} {} {what}\n", step.version, code(file.path.as_str())),
        kept: true,
    }
}

fn findings_page(answer: &Answer<'_>) -> String {
    let all = found(answer);
    let head = marker(answer, answer.command);
    let count = |severity| all.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let title = match (errors, warnings) {
        (0, 0) => "nothing found".to_owned(),
        (errors, 0) => plural(errors, "error"),
        (0, warnings) => plural(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    };
    let head = format!("{head}### migrate {}: {title}\n", answer.command);
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
        let row = format!("| {} | {} | {place} | {what} |\n", severity(found.severity), found.code.id());
        if text.len() + row.len() + 40 > room {
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
