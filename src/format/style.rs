//! The style of the neighbourhood: indent unit, separators, end-of-line bytes. Never a default where a neighbour shows one.

use super::{Format, Node};
use crate::text::{eol_near, indent_of};

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
    /// The quote used most near here.
    pub quote: char,
    /// The entry before has a comma behind it, or would have if it were not the last.
    pub trailing_comma: bool,
}

impl Context {
    pub fn at(format: &dyn Format, text: &str, offset: usize, indent: String) -> Self {
        Self {
            indent,
            unit: unit(text, offset, default_unit(format)),
            eol: eol_near(text, offset),
            one_line: false,
            bracketed: false,
            quote: quote_near(text, offset),
            trailing_comma: false,
        }
    }

    /// The context of a value that takes the place of `node`'s.
    pub fn of_value(format: &dyn Format, text: &str, node: &Node, bracketed: bool) -> Self {
        let indent = indent_of(text, node.entry.start).to_owned();
        Self { bracketed, ..Self::at(format, text, node.entry.start, indent) }
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

/// The quote used most in the lines before `offset`, else after it; `'` where there is none.
fn quote_near(text: &str, offset: usize) -> char {
    let before = text[..offset].lines().rev().take(12);
    let after = text[offset..].lines().take(12);
    let (mut single, mut double) = (0, 0);
    for line in before.chain(after) {
        single += line.matches('\'').count();
        double += line.matches('"').count();
    }
    if double > single { '"' } else { '\'' }
}

fn default_unit(format: &dyn Format) -> &'static str {
    if format.name() == "python" { "    " } else { "  " }
}

/// One step of indentation as used near `offset`, else anywhere in `text`.
fn unit(text: &str, offset: usize, default: &'static str) -> String {
    let before = text[..offset].lines().rev().take(200).collect::<Vec<_>>();
    let near = before.into_iter().rev();
    step(near).or_else(|| step(text.lines())).unwrap_or_else(|| default.to_owned())
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
pub(super) fn separator(format: &dyn Format, text: &str, siblings: &[&Node], key_width: usize) -> String {
    let like = siblings.iter().rev().find_map(|node| {
        let key = node.key.as_ref()?;
        let between = text.get(key.span.end..node.value.start)?;
        let plain = !between.is_empty() && between.chars().all(|c| matches!(c, ' ' | '\t' | ':' | '='));
        (plain && !node.value.is_empty()).then_some((key.span.end - key.span.start, between))
    });
    let Some((width, between)) = like else { return format.separator().to_owned() };
    let sign_at = between.find([':', '=']).unwrap_or(0);
    let (before, after) = between.split_at(sign_at);
    let sign = after.trim_end_matches([' ', '\t']);
    let gap = &after[sign.len()..];
    // Several spaces are a column; a new key is filled up to it.
    let before = if before.len() > 1 { pad(width + before.len(), key_width, 1) } else { before.to_owned() };
    let gap = if gap.len() > 1 && before.len() <= 1 {
        pad(width + sign.len() + gap.len(), key_width + sign.len(), 1)
    } else {
        gap.to_owned()
    };
    format!("{before}{sign}{gap}")
}

fn pad(column: usize, width: usize, least: usize) -> String {
    " ".repeat(column.saturating_sub(width).max(least))
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
