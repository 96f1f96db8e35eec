//! The answer as one HTML page that loads nothing, sends nothing, and works without its script.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::diff::{FileDiff, Hunk, Line, LineKind, file_diff};
use super::found::{Found, found, severity};
use super::json::shown_setting;
use super::plan::plural;
use super::renderer::{Answer, Form, Renderer};
use super::review::{checked, said, title};
use crate::diagnostic::Diagnostic;
use crate::plan::{FileStep, Plan, Step};
use crate::text::printable;
use crate::value::mask;

pub static RENDERER: Renderer = Renderer { name: "html", form: Form::Text, needs_plan: false, render };

// No line of the two may look like a command to a build server: its repair would break their hashes.
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/filter.js");

/// From this many files on they begin folded.
const FOLDED: usize = 30;

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let (title, body) = match answer.plan {
        Some(plan) => (plan_title(answer, plan), plan_body(answer, plan)),
        None => {
            let all = found(answer);
            let title = format!("migrate {}: {}", answer.command, plural(all.len(), "finding"));
            (title, format!("<main>\n{}</main>\n", findings(&all)))
        }
    };
    let title = escaped(&title);
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    );
    Ok(page.into_bytes())
}

fn plan_title(answer: &Answer<'_>, plan: &Plan) -> String {
    let (name, id) = title(answer, plan);
    if plan.is_empty() {
        return name.to_owned();
    }
    let id = id.map_or(String::new(), |id| format!(" {id}"));
    let count = plan.steps.iter().filter(|step| !step.files.is_empty()).count();
    format!("{name}{id}: {}, {}", plural(count, "migration"), plural(plan.file_count(), "file"))
}

fn plan_body(answer: &Answer<'_>, plan: &Plan) -> String {
    let told: Vec<Found> = answer.diagnostics.iter().map(|one| Found::of(answer.prefix, one)).collect();
    let mut body = findings(&told);
    if let (Some(approval), false) = (answer.approval, plan.is_empty()) {
        put(&mut body, format_args!("<p>Apply exactly this: <code>{}</code></p>\n", escaped(approval)));
    }
    let views = [("paths", "Settings", " checked"), ("unified", "Unified", ""), ("split", "Side by side", "")];
    for (name, _, checked) in views {
        put(
            &mut body,
            format_args!("<input class=\"view\" type=\"radio\" name=\"view\" id=\"view-{name}\"{checked}>\n"),
        );
    }
    body.push_str("<nav>\n");
    for (name, label, _) in views {
        put(&mut body, format_args!("<label for=\"view-{name}\">{label}</label>\n"));
    }
    body.push_str(
        "<input type=\"search\" id=\"filter\" placeholder=\"Filter\" aria-label=\"Filter files\" hidden> \
         <span class=\"quiet\" id=\"count\"></span>\n</nav>\n<main>\n",
    );
    let open = if plan.file_count() < FOLDED { " open" } else { "" };
    for step in &plan.steps {
        let title = escaped(&printable(&step.title));
        put(&mut body, format_args!("<section>\n<h2>{}: {title}</h2>\n", escaped(&step.name())));
        if !step.remark.is_empty() {
            put(&mut body, format_args!("<p>{}</p>\n", escaped(&step.remark)));
        }
        if let Some(one) = checked(answer, step) {
            for (name, text) in [("Why", one.why.clone()), ("Checked", said(one).join(" · "))] {
                if !text.is_empty() {
                    put(&mut body, format_args!("<p><strong>{name}</strong>: {}</p>\n", escaped(&mask(&text))));
                }
            }
        }
        for file in &step.files {
            file_part(&mut body, file, &file_diff(file, answer.context), open);
        }
        unchanged(&mut body, step);
        body.push_str("</section>\n");
    }
    put(&mut body, format_args!("</main>\n<script>{SCRIPT}</script>\n"));
    body
}

fn file_part(body: &mut String, file: &FileStep, diff: &FileDiff, open: &str) {
    let private = if file.ignored { " <span class=\"quiet\">(ignored by git)</span>" } else { "" };
    put(
        body,
        format_args!(
            "<details class=\"file\"{open}>\n<summary><code>{}</code> +{} −{}{private}</summary>\n",
            escaped(file.path.as_str()),
            diff.added,
            diff.removed
        ),
    );
    for note in &file.changed.notes {
        put(body, format_args!("<p class=\"quiet\">{}</p>\n", escaped(&mask(note))));
    }
    body.push_str("<table class=\"settings paths\">\n<tr><th>Setting</th><th>Before</th><th>After</th></tr>\n");
    if file.changed.settings.is_empty() {
        body.push_str("<tr><td colspan=\"3\" class=\"quiet\">no single setting: see the lines</td></tr>\n");
    }
    for setting in &file.changed.settings {
        let (before, after) = shown_setting(file, setting);
        let side = |value: Option<String>, kind: &str| match value {
            Some(value) => format!("<td class=\"{kind}\"><code>{}</code></td>", escaped(&value)),
            None => "<td class=\"quiet\">–</td>".to_owned(),
        };
        put(
            body,
            format_args!(
                "<tr><td><code>{}</code></td>{}{}</tr>\n",
                escaped(&setting.place.to_string()),
                side(before, "removed"),
                side(after, "added")
            ),
        );
    }
    // The widths are those of the columns: the first row is one cell over all of them.
    body.push_str("</table>\n<table class=\"diff unified\">\n<colgroup><col class=\"number\"><col class=\"number\"><col></colgroup>\n");
    for hunk in &diff.hunks {
        unified(body, hunk);
    }
    body.push_str("</table>\n<table class=\"diff split\">\n<colgroup><col class=\"number\"><col><col class=\"number\"><col></colgroup>\n");
    for hunk in &diff.hunks {
        split(body, hunk);
    }
    body.push_str("</table>\n</details>\n");
}

fn unified(body: &mut String, hunk: &Hunk) {
    header(body, hunk, 3);
    for (old, new, line) in numbered(hunk) {
        let sign = line.kind.sign();
        put(
            body,
            format_args!(
                "<tr class=\"{}\">{}{}<td class=\"text\">{sign}{}</td></tr>\n",
                class(line.kind),
                number(old),
                number(new),
                escaped(&line.text)
            ),
        );
    }
}

/// Each stretch of removed lines beside the added ones that take its place.
fn split(body: &mut String, hunk: &Hunk) {
    header(body, hunk, 4);
    let lines: Vec<(Option<usize>, Option<usize>, &Line)> = numbered(hunk).collect();
    let mut rest = lines.as_slice();
    while let Some((old, new, line)) = rest.first() {
        if line.kind == LineKind::Same {
            let text = escaped(&line.text);
            let side = |at| format!("{}<td class=\"text\">{text}</td>", number(at));
            put(body, format_args!("<tr>{}{}</tr>\n", side(*old), side(*new)));
            rest = &rest[1..];
            continue;
        }
        let stretch = rest.iter().take_while(|(.., line)| line.kind != LineKind::Same).count();
        let of = |kind: LineKind| rest[..stretch].iter().filter(move |(.., line)| line.kind == kind);
        let (mut removed, mut added) = (of(LineKind::Removed), of(LineKind::Added));
        loop {
            let (left, right) = (removed.next(), added.next());
            if left.is_none() && right.is_none() {
                break;
            }
            let side = |cell: Option<&(Option<usize>, Option<usize>, &Line)>| match cell {
                None => "<td class=\"number\"></td><td class=\"text\"></td>".to_owned(),
                Some((old, new, line)) => format!(
                    "{}<td class=\"text {}\">{}</td>",
                    number(old.or(*new)),
                    class(line.kind),
                    escaped(&line.text)
                ),
            };
            put(body, format_args!("<tr>{}{}</tr>\n", side(left), side(right)));
        }
        rest = &rest[stretch..];
    }
}

fn header(body: &mut String, hunk: &Hunk, columns: usize) {
    let text = escaped(&hunk.header());
    put(body, format_args!("<tr class=\"hunk\"><td class=\"text\" colspan=\"{columns}\">{text}</td></tr>\n"));
}

/// The lines of `hunk` with their numbers on both sides.
fn numbered(hunk: &Hunk) -> impl Iterator<Item = (Option<usize>, Option<usize>, &Line)> {
    let (mut old, mut new) = (hunk.old.start, hunk.new.start);
    hunk.lines.iter().map(move |line| {
        let (on_old, on_new) = (line.kind != LineKind::Added, line.kind != LineKind::Removed);
        old += usize::from(on_old);
        new += usize::from(on_new);
        (on_old.then_some(old), on_new.then_some(new), line)
    })
}

fn number(at: Option<usize>) -> String {
    format!("<td class=\"number\">{}</td>", at.map_or(String::new(), |at| at.to_string()))
}

fn class(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Same => "same",
        LineKind::Removed => "removed",
        LineKind::Added => "added",
    }
}

/// Why files that were looked at stay as they are.
fn unchanged(body: &mut String, step: &Step) {
    let reasons: usize = step.unchanged.values().map(Vec::len).sum();
    if reasons + step.unrelated == 0 {
        return;
    }
    let reasons = reasons + usize::from(step.unrelated > 0);
    put(body, format_args!("<details>\n<summary>Left as it is, and why ({reasons})</summary>\n<ul>\n"));
    for (path, reasons) in &step.unchanged {
        for reason in reasons {
            let by_hand = step.by_hand.get(path).is_some_and(|by_hand| by_hand.contains(reason));
            let hand = if by_hand { "<strong>by hand</strong> " } else { "" };
            let (path, reason) = (escaped(path.as_str()), escaped(&mask(reason)));
            put(body, format_args!("<li>{hand}<code>{path}</code>: {reason}</li>\n"));
        }
    }
    if step.unrelated > 0 {
        put(body, format_args!("<li>{} with no such setting</li>\n", plural(step.unrelated, "more matching file")));
    }
    body.push_str("</ul>\n</details>\n");
}

fn findings(all: &[Found]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text =
        String::from("<table class=\"findings\">\n<tr><th></th><th>Code</th><th>Place</th><th>What</th></tr>\n");
    for found in all {
        let place = found.path.as_ref().map_or(String::new(), |path| format!("{path}:{}", found.line));
        put(
            &mut text,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td><code>{}</code></td></tr>\n",
                severity(found.severity),
                found.id(),
                escaped(&place),
                escaped(&found.text())
            ),
        );
    }
    text + "</table>\n"
}

/// `text` as the content of an element or of an attribute in quotes.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            _ => shown.push(character),
        }
    }
    shown
}

fn put(body: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String can not fail.
    let _ = body.write_fmt(text);
}

/// The source expression of a content security policy for `text`.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut coded = String::from("sha256-");
    for chunk in Sha256::digest(text).chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * place)) as usize & 63).copied().unwrap_or(b'A');
            coded.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    coded
}
