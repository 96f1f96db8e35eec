//! Colours and symbols: words carry the meaning, colour only helps; plain ASCII where the terminal has no more.

use anstyle::{AnsiColor, Color, Style as Paint};

/// How text is dressed.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub unicode: bool,
    /// What a row of the terminal holds; `None` where there is none, so that nothing is cut for it.
    pub columns: Option<usize>,
}

/// So much of a row is left for words, or they begin further left.
const NARROW: usize = 24;

const fn coloured(colour: AnsiColor) -> Paint {
    Paint::new().fg_color(Some(Color::Ansi(colour)))
}

impl Style {
    pub fn good(self, text: &str) -> String {
        paint(coloured(AnsiColor::Green), text)
    }

    pub fn bad(self, text: &str) -> String {
        paint(coloured(AnsiColor::Red), text)
    }

    /// As `good`, standing out where it is `marked`.
    pub fn good_marked(self, text: &str, marked: bool) -> String {
        paint(standing_out(coloured(AnsiColor::Green), marked), text)
    }

    /// As `bad`, standing out where it is `marked`.
    pub fn bad_marked(self, text: &str, marked: bool) -> String {
        paint(standing_out(coloured(AnsiColor::Red), marked), text)
    }

    pub fn attention(self, text: &str) -> String {
        paint(coloured(AnsiColor::Yellow), text)
    }

    pub fn quiet(self, text: &str) -> String {
        paint(Paint::new().dimmed(), text)
    }

    pub fn strong(self, text: &str) -> String {
        paint(Paint::new().bold(), text)
    }

    /// Between two facts on one line.
    pub fn dot(self) -> &'static str {
        if self.unicode { "·" } else { "-" }
    }

    pub fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    /// A column of `wanted` characters, or none at all where hardly anything would fit beside it.
    pub fn column(self, wanted: usize, beside: usize) -> usize {
        match self.columns {
            Some(columns) if wanted + beside > columns => 0,
            _ => wanted,
        }
    }

    /// `line` broken between words where the terminal ends, the rest `indent` characters from its left; colours go on.
    /// What is to be typed is not broken: it is there to be pasted.
    pub fn wrapped(self, line: &str, indent: usize) -> String {
        let Some(columns) = self.columns else { return line.to_owned() };
        let indent = if indent + NARROW > columns { 2 } else { indent };
        let mut rows = String::new();
        let (mut width, mut open) = (0, String::new());
        let (words, command) = line.split_at(line.find("migrate ").unwrap_or(line.len()));
        for word in words.split_inclusive(' ').chain((!command.is_empty()).then_some(command)) {
            let (seen, painted) = (visible(word), word.trim_end_matches(' '));
            let is_begun = width > indent;
            if is_begun && width + visible(painted) > columns {
                let trimmed = rows.trim_end_matches(' ').len();
                rows.truncate(trimmed);
                let end = if open.is_empty() { "" } else { RESET };
                rows.push_str(&format!("{end}\n{:indent$}{open}", ""));
                width = indent;
                if painted.is_empty() {
                    continue;
                }
            }
            rows.push_str(word);
            width += seen;
            for sequence in word.split('\u{1b}').skip(1).filter_map(|rest| rest.split_inclusive('m').next()) {
                match sequence {
                    "[0m" => open.clear(),
                    _ => open.push_str(&format!("\u{1b}{sequence}")),
                }
            }
        }
        rows
    }

    /// `text` without what the terminal can not show.
    pub fn fit(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.replace('•', "*") }
    }
}

const RESET: &str = "\u{1b}[0m";

/// The characters of `text` that take a column.
fn visible(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().map_or(0, |part| part.chars().count());
    first + parts.map(|part| part.split_once('m').map_or(0, |(_, rest)| rest.chars().count())).sum::<usize>()
}

fn standing_out(paint: Paint, marked: bool) -> Paint {
    if marked { paint.bold().underline() } else { paint }
}

/// Line by line: a pager shows each line by what stands in it.
fn paint(paint: Paint, text: &str) -> String {
    let lines = text.split('\n').map(|line| format!("{paint}{line}{paint:#}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words_and_colours_go_on() {
        let style = |columns| Style { unicode: true, columns };
        for (line, columns, expected) in [
            ("  one two three", None, "  one two three"),
            ("  one two three four five six seven", Some(32), "  one two three four five six\n    seven"),
            ("  one  two three four five six    seven", Some(33), "  one  two three four five six\n    seven"),
            ("  one two three: migrate up one", Some(28), "  one two three:\n    migrate up one"),
            ("a-word-that-is-longer-than-the-terminal b", Some(30), "a-word-that-is-longer-than-the-terminal\n    b"),
            (
                "  \u{1b}[1mone two\u{1b}[0m three four five six",
                Some(28),
                "  \u{1b}[1mone two\u{1b}[0m three four five\n    six",
            ),
            (
                "  \u{1b}[2mone two three four five six\u{1b}[0m",
                Some(28),
                "  \u{1b}[2mone two three four five\u{1b}[0m\n    \u{1b}[2msix\u{1b}[0m",
            ),
        ] {
            assert_eq!(style(columns).wrapped(line, 4), expected);
        }
        assert_eq!(
            (style(Some(40)).column(30, 12), style(Some(40)).column(28, 12), style(None).column(99, 9)),
            (0, 28, 99)
        );
    }
}
