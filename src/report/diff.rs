//! The difference of one file as a unified diff, secrets masked line by line.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use similar::{Algorithm, ChangeTag, DiffOp, DiffTag, TextDiff};

use crate::format::{Document, Opened, Outline, Secrets, detect, lines_near_secrets, literal_spans, open, read_as};
use crate::parallel;
use crate::plan::FileStep;
use crate::text::{Span, printable};
use crate::tree::FileState;
use crate::value::{KeyPath, MASK, mask, mask_shown, mask_spans};

/// A diff may take this long; then it gets coarser, never wrong.
const PATIENCE: Duration = Duration::from_millis(500);

/// One file's difference, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileDiff {
    pub added: usize,
    pub removed: usize,
    pub hunks: Vec<Hunk>,
}

/// A stretch of changes with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The lines of each side, from zero.
    pub old: Range<usize>,
    pub new: Range<usize>,
    /// The setting that holds the first change, where the lines do not show its name.
    pub within: Option<String>,
    pub lines: Vec<Line>,
}

/// One line of a hunk, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    /// Without end-of-line bytes.
    pub text: String,
    /// Whether the file ends without a line end here.
    pub is_cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Same,
    Removed,
    Added,
}

impl LineKind {
    pub fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }
}

/// What stands in a diff behind a line without an end.
pub(super) const NO_END: &str = "\\ No newline at end of file";

impl FileDiff {
    fn count(&mut self, kind: LineKind) {
        match kind {
            LineKind::Removed => self.removed += 1,
            LineKind::Added => self.added += 1,
            LineKind::Same => {}
        }
    }

    /// Hunk headers and lines with their sign, without end-of-line bytes.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for hunk in &self.hunks {
            lines.push(hunk.header());
            for line in &hunk.lines {
                lines.push(format!("{}{}", line.kind.sign(), line.text));
                lines.extend(line.is_cut.then(|| NO_END.to_owned()));
            }
        }
        lines
    }
}

impl Hunk {
    /// `@@ -1,3 +1,4 @@ services.web`.
    pub fn header(&self) -> String {
        let within = self.within.as_ref().map_or(String::new(), |within| format!(" {within}"));
        format!("@@ -{} +{} @@{within}", range(&self.old), range(&self.new))
    }
}

/// A text as its format reads it.
#[derive(Clone, Copy)]
enum Reading<'r> {
    Settings(&'r Opened),
    /// No format is known for the name of its file.
    Plain,
    Unreadable,
}

impl<'r> Reading<'r> {
    /// Of the file called `name`, which reads as `opened` or not at all.
    fn of(name: &str, opened: Option<&'r Opened>) -> Self {
        match opened {
            Some(opened) => Self::Settings(opened),
            None if detect(name).is_some() => Self::Unreadable,
            None => Self::Plain,
        }
    }

    fn document(self) -> Option<&'r Document> {
        match self {
            Self::Settings(opened) => Some(&opened.document),
            Self::Plain | Self::Unreadable => None,
        }
    }
}

/// The differences that `files` make, in their order.
pub fn file_diffs(files: &[FileStep], context: usize) -> Vec<FileDiff> {
    parallel::map(files, |file| file_diff(file, context))
}

/// How many lines `files` add and remove, in their order: differences without their lines, for answers that show none.
pub(super) fn counted(files: &[FileStep]) -> Vec<FileDiff> {
    parallel::map(files, |file| {
        let text = |state| shown_text(state, None);
        let (before, after) = (text(&file.before), text(&file.after));
        let diff = differed(&before, &after);
        let mut counted = FileDiff::default();
        for change in diff.iter_all_changes() {
            counted.count(kind(change.tag()));
        }
        counted
    })
}

/// The text of `state`, which reads as `opened`; without the byte order mark.
fn shown_text<'s>(state: &'s Option<FileState>, opened: Option<&'s Opened>) -> Cow<'s, str> {
    match (opened, state) {
        (Some(opened), _) => Cow::Borrowed(&opened.text.content),
        (None, Some(state)) => {
            String::from_utf8_lossy(state.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&state.bytes))
        }
        (None, None) => Cow::Borrowed(""),
    }
}

fn differed<'t>(before: &'t str, after: &'t str) -> TextDiff<'t, 't, str> {
    TextDiff::configure().algorithm(Algorithm::Myers).timeout(PATIENCE).diff_lines(before, after)
}

fn kind(tag: ChangeTag) -> LineKind {
    match tag {
        ChangeTag::Delete => LineKind::Removed,
        ChangeTag::Insert => LineKind::Added,
        ChangeTag::Equal => LineKind::Same,
    }
}

/// The difference that `file` makes, with `context` lines around each change.
pub fn file_diff(file: &FileStep, context: usize) -> FileDiff {
    let [opened_before, opened_after] = file.sides();
    let before = shown_text(&file.before, opened_before.as_deref());
    let after = shown_text(&file.after, opened_after.as_deref());
    let written: Vec<&str> = file.changed.edits.iter().map(|edit| edit.trace.now.as_str()).collect();
    let reading = |opened| Reading::of(file.path.file_name(), opened);
    let read_before = reading(opened_before.as_deref());
    let diff = differed(&before, &after);
    let groups = diff.grouped_ops(context);
    let ops = || groups.iter().flatten();
    let lines_of = |text: &str| text.split_inclusive('\n').count();
    let is_old = marked(lines_of(&before), ops().map(DiffOp::old_range));
    let is_new = marked(lines_of(&after), ops().map(DiffOp::new_range));
    let shown = Sides {
        before: shown_lines(file, &before, (read_before, &is_old), &[]),
        after: shown_lines(file, &after, (reading(opened_after.as_deref()), &is_new), &written),
    };
    let places = Places::in_document(&before, read_before.document());
    let mut result = FileDiff::default();
    for group in &groups {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old = first.old_range().start..last.old_range().end;
        let new = first.new_range().start..last.new_range().end;
        let first = group.iter().find(|op| op.tag() != DiffTag::Equal).unwrap_or(first);
        let within = places.within(&first.old_range(), old.start);
        let mut lines = Vec::new();
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let kind = kind(change.tag());
            let text = match kind {
                LineKind::Removed => shown.before.get(change.old_index().unwrap_or(usize::MAX)),
                LineKind::Added | LineKind::Same => shown.after.get(change.new_index().unwrap_or(usize::MAX)),
            };
            result.count(kind);
            lines.push(Line { kind, text: text.cloned().unwrap_or_default(), is_cut: change.missing_newline() });
        }
        result.hunks.push(Hunk { old, new, within, lines });
    }
    result
}

/// Where in a file its lines are, and in which settings.
pub(super) struct Places<'t> {
    text: &'t str,
    starts: Vec<usize>,
    outline: Outline,
}

impl<'t> Places<'t> {
    /// Of `text`, which has no byte order mark.
    pub fn of(file_name: &str, text: &'t str) -> Self {
        let read = read_as(file_name, text).and_then(Result::ok);
        Self::in_document(text, read.as_ref().map(|(_, document)| document))
    }

    /// As `of`, for a text that was read already.
    fn in_document(text: &'t str, document: Option<&Document>) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts, outline: document.map(Outline::in_document).unwrap_or_default() }
    }

    /// The setting that holds the lines `changed`, or what is added before them; not where a hunk that begins with the
    /// line `from` shows it.
    pub fn within(&self, changed: &Range<usize>, from: usize) -> Option<String> {
        let start = *self.starts.get(changed.start)?;
        let offset = if changed.is_empty() {
            // What is added belongs to what stands before it.
            self.text.get(..start)?.trim_end().len().checked_sub(1)?
        } else {
            let line = self.text.get(start..)?;
            start + line.len() - line.trim_start().len()
        };
        let within = self.outline.around(offset, *self.starts.get(from)?)?;
        Some(printable(&mask(&within.to_string())).replace('\n', " "))
    }
}

/// Which of so many lines lie in one of `ranges`.
fn marked(lines: usize, ranges: impl Iterator<Item = Range<usize>>) -> Vec<bool> {
    let mut marks = vec![false; lines];
    for range in ranges {
        marks.get_mut(range).into_iter().for_each(|marks| marks.fill(true));
    }
    marks
}

/// The lines of both sides as they may be shown, by line number; those that are not shown are empty.
struct Sides {
    before: Vec<String>,
    after: Vec<String>,
}

/// `start,length` as unified diffs count: from one, and from zero where there is nothing.
fn range(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// The lines of `text` that `is_shown` marks, with secrets masked. In a private file every value is one, but for lines that
/// the migration itself wrote whole.
fn shown_lines(file: &FileStep, text: &str, (read, is_shown): (Reading<'_>, &[bool]), written: &[&str]) -> Vec<String> {
    let is_shown = |number: usize| is_shown.get(number).copied().unwrap_or(true);
    let masked = safe_lines(text, read, &file.changed.private, &is_shown);
    let literals = || read.document().map(|document| literal_spans(text, document)).unwrap_or_default();
    let hidden = if file.ignored { masked_lines(text, &literals(), &is_shown) } else { Vec::new() };
    let ours: HashSet<&str> = written.iter().flat_map(|now| now.lines()).filter(|own| !own.is_empty()).collect();
    let shown = |(index, line): (usize, &String)| {
        let ours = ours.contains(line.as_str());
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
    let opened = open(name, None, content.as_bytes()).ok();
    let masked = safe_lines(content, Reading::of(name, opened.as_ref()), private, &|_| true);
    let tells =
        |line: &str| values.iter().any(|value| value.lines().any(|part| !part.is_empty() && line.contains(part)));
    let plain = content.split_inclusive('\n').map(|line| line.trim_end_matches(['\n', '\r']));
    plain.zip(masked).map(|(line, masked)| line != masked || tells(line)).collect()
}

/// The lines of `text`, which was read so, without what is known or may be a secret in it; empty where not `is_shown`.
fn safe_lines(text: &str, read: Reading<'_>, private: &[KeyPath], is_shown: &dyn Fn(usize) -> bool) -> Vec<String> {
    let secrets = match read {
        Reading::Settings(opened) => opened.secrets().clone().with(private, opened),
        Reading::Plain | Reading::Unreadable => Secrets::default(),
    };
    let mut lines = masked_lines(text, &secrets.spans(), is_shown);
    let near = match read {
        _ if private.iter().any(|path| path.keys.is_empty()) => vec![true; lines.len()],
        Reading::Unreadable => lines_near_secrets(text),
        Reading::Settings(_) | Reading::Plain => return lines,
    };
    for (line, _) in lines.iter_mut().zip(near).filter(|(_, near)| *near) {
        MASK.clone_into(line);
    }
    lines
}

/// The lines of `text` without their ends, with `spans` and what looks like a secret masked; empty where not `is_shown`.
fn masked_lines(text: &str, spans: &[Span], is_shown: &dyn Fn(usize) -> bool) -> Vec<String> {
    let named = mask_spans(text, spans);
    mask_shown(&named, is_shown)
        .split_inclusive('\n')
        .map(|line| line.trim_end_matches(['\n', '\r']).to_owned())
        .collect()
}

/// `NAME=value` without the value.
fn hide_value(line: &str) -> String {
    match line.find(['=', ':']) {
        Some(at) if !line.trim_start().starts_with('#') && at + 1 < line.len() => format!("{}•••", &line[..=at]),
        _ => line.to_owned(),
    }
}
