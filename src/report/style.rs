//! Colours and symbols: words carry the meaning, colour only helps; plain ASCII where the terminal has no more.

use anstyle::{AnsiColor, Color, Style as Paint};

/// How text is dressed.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub unicode: bool,
}

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

    /// `text` without what the terminal can not show.
    pub fn fit(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.replace('•', "*") }
    }
}

fn standing_out(paint: Paint, marked: bool) -> Paint {
    if marked { paint.bold().underline() } else { paint }
}

fn paint(paint: Paint, text: &str) -> String {
    format!("{paint}{text}{paint:#}")
}
