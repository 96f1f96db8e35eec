//! The difference of one file as a unified diff, secrets masked line by line.

use std::time::Duration;

use similar::{Algorithm, ChangeTag, TextDiff};

use crate::format::{Secrets, lines_near_secrets, literal_spans, read_as};
use crate::plan::FileStep;
use crate::text::{Span, printable};
use crate::tree::FileState;
use crate::value::{KeyPath, MASK, mask, mask_spans};

/// A diff may take this long; then it gets coarser, never wrong.
const PATIENCE: Duration = Duration::from_millis(500);

/// One file's difference, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileDiff {
    pub added: usize,
    pub removed: usize,
    /// Hunk headers and lines with their sign, without end-of-line bytes.
    pub lines: Vec<String>,
}

/// The difference that `file` makes, with `context` lines around each change.
pub fn file_diff(file: &FileStep, context: usize) -> FileDiff {
    let text = |state: &Option<FileState>| state.as_ref().map_or(String::new(), |state| text_of(&state.bytes));
    let (before, after) = (text(&file.before), text(&file.after));
    let written: Vec<&str> = file.changed.edits.iter().map(|edit| edit.trace.now.as_str()).collect();
    let shown = Sides { before: shown_lines(file, &before, &[]), after: shown_lines(file, &after, &written) };
    let diff =
        TextDiff::configure().algorithm(Algorithm::Myers).timeout(PATIENCE).diff_lines(before.as_str(), after.as_str());
    let mut result = FileDiff::default();
    for group in diff.grouped_ops(context) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old = first.old_range().start..last.old_range().end;
        let new = first.new_range().start..last.new_range().end;
        result.lines.push(format!("@@ -{} +{} @@", range(&old), range(&new)));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, text) = match change.tag() {
                ChangeTag::Delete => ('-', shown.before.get(change.old_index().unwrap_or(usize::MAX))),
                ChangeTag::Insert => ('+', shown.after.get(change.new_index().unwrap_or(usize::MAX))),
                ChangeTag::Equal => (' ', shown.after.get(change.new_index().unwrap_or(usize::MAX))),
            };
            match change.tag() {
                ChangeTag::Delete => result.removed += 1,
                ChangeTag::Insert => result.added += 1,
                ChangeTag::Equal => {}
            }
            result.lines.push(format!("{sign}{}", text.map_or("", String::as_str)));
            if change.missing_newline() {
                result.lines.push("\\ No newline at end of file".to_owned());
            }
        }
    }
    result
}

/// The bytes as text, without the byte order mark.
fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned()
}

/// The lines of both sides as they may be shown, by line number.
struct Sides {
    before: Vec<String>,
    after: Vec<String>,
}

/// `start,length` as unified diffs count: from one, and from zero where there is nothing.
fn range(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// The lines of `text` with secrets masked. In a private file every value is one, but for lines that the migration
/// itself wrote whole.
fn shown_lines(file: &FileStep, text: &str, written: &[&str]) -> Vec<String> {
    let name = file.path.file_name();
    let masked = safe_lines(name, text, &file.changed.private);
    let hidden = if file.ignored { masked_lines(text, &literal_spans(name, text)) } else { Vec::new() };
    let shown = |(index, line): (usize, &String)| {
        let ours = written.iter().any(|now| now.lines().any(|own| own == line && !own.is_empty()));
        let line = if file.ignored && !ours { hide_value(hidden.get(index).unwrap_or(line)) } else { line.clone() };
        let open = file.changed.secrets.iter().filter(|secret| !secret.is_empty());
        let line = open.fold(line, |line, secret| line.replace(secret.as_str(), "•••"));
        printable(&line).into_owned()
    };
    masked.iter().enumerate().map(shown).collect()
}

/// Which lines of `text` hold a secret, one of `values`, or one of the settings at `private`.
pub(super) fn secret_lines(name: &str, text: &str, values: &[String], private: &[KeyPath]) -> Vec<bool> {
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    let masked = safe_lines(name, content, private);
    let tells =
        |line: &str| values.iter().any(|value| value.lines().any(|part| !part.is_empty() && line.contains(part)));
    let plain = content.split_inclusive('\n').map(|line| line.trim_end_matches(['\n', '\r']));
    plain.zip(masked).map(|(line, masked)| line != masked || tells(line)).collect()
}

/// The lines of `text`, the content of a file called `name`, without what is known or may be a secret in it.
fn safe_lines(name: &str, text: &str, private: &[KeyPath]) -> Vec<String> {
    let mut lines = masked_lines(text, &Secrets::with(name, text, private).spans());
    let near = match read_as(name, text) {
        _ if private.iter().any(|path| path.keys.is_empty()) => vec![true; lines.len()],
        Some(Err(_)) => lines_near_secrets(text),
        _ => return lines,
    };
    for (line, _) in lines.iter_mut().zip(near).filter(|(_, near)| *near) {
        MASK.clone_into(line);
    }
    lines
}

/// The lines of `text` without their ends, with `spans` and what looks like a secret masked.
fn masked_lines(text: &str, spans: &[Span]) -> Vec<String> {
    let named = mask_spans(text, spans);
    mask(&named).split_inclusive('\n').map(|line| line.trim_end_matches(['\n', '\r']).to_owned()).collect()
}

/// `NAME=value` without the value.
fn hide_value(line: &str) -> String {
    match line.find(['=', ':']) {
        Some(at) if !line.trim_start().starts_with('#') && at + 1 < line.len() => format!("{}•••", &line[..=at]),
        _ => line.to_owned(),
    }
}
