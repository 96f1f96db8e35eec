//! The style of the neighbourhood: indent unit, separators, end-of-line bytes. Never a default where a neighbour shows one.

use std::cmp::Ordering;

use super::{Format, Node};
use crate::text::{eol_near, indent_of, line_end};
use crate::value::Value;

/// Where a new value will stand.
#[derive(Clone, Debug)]
pub struct Context {
    /// White space before the entry's line.
    pub indent: String,
    /// One step of indentation.
    pub unit: String,
    pub eol: &'static str,
    /// The container has its entries on one line, so the value must fit there.
    pub one_line: bool,
    /// The value stands between brackets.
    pub bracketed: bool,
    /// Lists have a line for each of their elements, where the language has such.
    pub lists_in_lines: bool,
    /// The quote used most near here.
    pub quote: char,
    /// The entry before has a comma behind it, or would have if it were not the last.
    pub trailing_comma: bool,
}

impl Context {
    pub fn at(format: &dyn Format, text: &str, offset: usize, indent: String) -> Self {
        Self::with(format, text, offset, indent, unit(text, offset, default_unit(format)))
    }

    fn with(format: &dyn Format, text: &str, offset: usize, indent: String, unit: String) -> Self {
        Self {
            indent,
            unit,
            eol: eol_near(text, offset),
            one_line: false,
            bracketed: false,
            lists_in_lines: false,
            quote: quote_near(text, offset, default_quote(format)),
            trailing_comma: false,
        }
    }

    /// The context of a value that takes the place of `node`'s.
    pub fn of_value(format: &dyn Format, text: &str, node: &Node, bracketed: bool) -> Self {
        let indent = indent_of(text, node.entry.start).to_owned();
        Self { bracketed, ..Self::at(format, text, node.entry.start, indent) }
    }

    /// As `of_value`, of a value that stays on its line: no step of indentation is looked for, which may be far away.
    pub fn of_plain(format: &dyn Format, text: &str, node: &Node, bracketed: bool) -> Self {
        let indent = indent_of(text, node.entry.start).to_owned();
        let unit = default_unit(format).to_owned();
        Self { bracketed, ..Self::with(format, text, node.entry.start, indent, unit) }
    }

    /// `code` with its further lines indented for this place. Two spaces in `code` are one step.
    pub fn indented(&self, code: &str) -> String {
        let mut lines = code.split('\n');
        let mut indented = lines.next().unwrap_or("").to_owned();
        for line in lines {
            let body = line.trim_start_matches(' ');
            let steps = (line.len() - body.len()) / 2;
            indented.push_str(self.eol);
            if !body.is_empty() {
                indented.push_str(&self.indent);
                indented.push_str(&self.unit.repeat(steps));
                indented.push_str(body);
            }
        }
        indented
    }
}

fn default_quote(format: &dyn Format) -> char {
    if format.name() == "javascript" { '"' } else { '\'' }
}

/// The quote used most in the lines around `offset`.
fn quote_near(text: &str, offset: usize, default: char) -> char {
    let before = text[..offset].lines().rev().take(12);
    let after = text[offset..].lines().take(12);
    let (mut single, mut double) = (0, 0);
    for line in before.chain(after) {
        single += line.matches('\'').count();
        double += line.matches('"').count();
    }
    match double.cmp(&single) {
        Ordering::Greater => '"',
        Ordering::Less => '\'',
        Ordering::Equal => default,
    }
}

fn default_unit(format: &dyn Format) -> &'static str {
    if format.name() == "python" { "    " } else { "  " }
}

/// So many lines of a file show how it is indented.
const SHOWN: usize = 2000;

/// One step of indentation as used near `offset`, else at the start of `text`.
fn unit(text: &str, offset: usize, default: &'static str) -> String {
    let before = text[..offset].lines().rev().take(200).collect::<Vec<_>>();
    let near = before.into_iter().rev();
    step(near).or_else(|| step(text.lines().take(SHOWN))).unwrap_or_else(|| default.to_owned())
}

/// The commonest indentation that one line has beyond the line before it.
fn step<'t>(lines: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut last = "";
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        // More than a few columns is alignment, not a step.
        if let Some(step) = indent.strip_prefix(last).filter(|step| !step.is_empty() && step.len() <= 8) {
            match counts.iter_mut().find(|(known, _)| *known == step) {
                Some((_, count)) => *count += 1,
                None => counts.push((step, 1)),
            }
        }
        last = indent;
    }
    let best = counts.iter().map(|(_, count)| *count).max()?;
    counts.iter().find(|(_, count)| *count == best).map(|(step, _)| (*step).to_owned())
}

/// What stands between the key and the value of a new entry: as its neighbour has it, kept in line where
/// the neighbours' values are in line.
pub(super) fn separator(
    format: &dyn Format,
    text: &str,
    container: Option<&Node>,
    siblings: &[&Node],
    key_width: usize,
) -> String {
    // An empty container shows its own separator, where it has the sign of an entry and not of an assignment.
    let sign = format.separator().trim();
    let is_entry = |node: &&Node| {
        let between = node.key.as_ref().and_then(|key| text.get(key.span.end..node.value.start));
        between.is_some_and(|between| between.trim() == sign)
    };
    let around = container.filter(|_| siblings.is_empty()).filter(is_entry);
    let shown: Vec<(usize, &str)> = siblings
        .iter()
        .copied()
        .chain(around)
        .filter_map(|node| {
            let key = node.key.as_ref()?;
            let between = text.get(key.span.end..node.value.start)?;
            let plain = !between.is_empty() && between.chars().all(|c| matches!(c, ' ' | '\t' | ':' | '='));
            (plain && !node.value.is_empty()).then_some((key.span.end - key.span.start, between))
        })
        .collect();
    let Some((_, last)) = shown.last() else {
        let is_arguments = container.is_some_and(|node| node.is_arguments(text));
        return if is_arguments { "=" } else { format.separator() }.to_owned();
    };
    let sign = last.trim();
    let (before, gap) = last.split_at(last.find([':', '=']).unwrap_or(0));
    let gap = &gap[sign.len()..];
    if format.aligns() && sign == "=" {
        let columns: Vec<usize> =
            last_lines(text, siblings).iter().filter_map(|node| sign_column(text, node)).collect();
        match columns.first() {
            Some(column) if columns.iter().all(|other| other == column) => {
                return format!("{}{sign}{gap}", pad(*column, key_width));
            }
            Some(_) => {}
            None => return format.separator().to_owned(),
        }
    }
    // Several spaces are a column; a new key is filled up to it.
    if let Some(column) = column(&shown, |between| between.find([':', '=']).unwrap_or(0)) {
        return format!("{}{sign}{gap}", pad(column, key_width));
    }
    if let Some(column) = column(&shown, str::len).filter(|_| before.is_empty()) {
        return format!("{sign}{}", pad(column, key_width + sign.len()));
    }
    format!("{before}{sign}{gap}")
}

/// The last of `nodes` that stand on lines of their own, one directly behind the other.
fn last_lines<'n>(text: &str, nodes: &[&'n Node]) -> Vec<&'n Node> {
    let is_line = |node: &&&Node| sign_column(text, node).is_some();
    let mut run: Vec<&Node> = Vec::new();
    for node in nodes.iter().rev().skip_while(|node| !is_setting(text, node)).take_while(is_line) {
        let follows =
            |next: &&Node| text.get(node.entry.end..next.entry.start).is_some_and(|gap| gap.matches('\n').count() == 1);
        if !run.last().is_none_or(follows) {
            break;
        }
        run.push(node);
    }
    run
}

/// How far from the start of its key the sign of a setting on one line stands.
fn sign_column(text: &str, node: &Node) -> Option<usize> {
    let key = node.key.as_ref().filter(|_| is_setting(text, node) && !node.value.of(text).contains('\n'))?;
    text[key.span.end..node.value.start].find('=').map(|at| key.span.end - key.span.start + at)
}

fn is_setting(text: &str, node: &Node) -> bool {
    let between = node.key.as_ref().and_then(|key| text.get(key.span.end..node.value.start));
    between.is_some_and(|between| between.trim() == "=")
}

/// The column that a part of the neighbours' lines ends in, where they are filled up to it. A key too long for the
/// column does not end it.
fn column(shown: &[(usize, &str)], end: impl Fn(&str) -> usize) -> Option<usize> {
    let filled = shown.iter().filter(|(_, between)| between[..end(between)].ends_with("  "));
    let mut columns = filled.map(|(width, between)| width + end(between));
    let first = columns.next()?;
    columns.all(|column| column == first).then_some(first)
}

fn pad(column: usize, width: usize) -> String {
    " ".repeat(column.saturating_sub(width).max(1))
}

/// `value` with every scalar in it as text, for languages that have no other.
pub(super) fn text_of(value: &Value) -> Value {
    match value {
        Value::Null => Value::Str(String::new()),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) => Value::Str(value.to_string()),
        Value::Map(entries) => Value::Map(entries.iter().map(|(key, value)| (key.clone(), text_of(value))).collect()),
        Value::Str(_) | Value::Code(_) | Value::List(_) => value.clone(),
    }
}

/// `value` with equal names told apart by their order alone: the second of three is the first of two once the
/// one before it is gone.
pub(super) fn without_sites(value: Value) -> Value {
    let unnumbered = |key: String| match key.rsplit_once('#') {
        Some((name, site)) if !name.is_empty() && site.parse::<usize>().is_ok() => name.to_owned(),
        _ => key,
    };
    match value {
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| (unnumbered(key), without_sites(value))).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(without_sites).collect()),
        other => other,
    }
}

/// The offset behind the comment `//` or `/* */` that begins at `offset`; one that nothing closes goes to the end.
pub(super) fn slash_comment_end(text: &str, offset: usize) -> Option<usize> {
    let rest = &text[offset..];
    if rest.starts_with("//") {
        return Some(line_end(text, offset));
    }
    rest.strip_prefix("/*").map(|inner| inner.find("*/").map_or(text.len(), |end| offset + end + 4))
}

/// The offset of the first byte at or behind `offset` that is neither white space nor comment.
pub(super) fn skip_trivia(format: &dyn Format, text: &str, mut offset: usize) -> usize {
    loop {
        let rest = &text[offset..];
        offset += rest.len() - rest.trim_start().len();
        match format.comment_end(text, offset) {
            Some(end) if end > offset => offset = end,
            _ => return offset,
        }
    }
}
