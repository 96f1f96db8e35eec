//! A long answer on a terminal goes through the person's pager.

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGINT;

use super::terminal::{is_dumb, size};

/// The command of the pager; `None` where there is to be none.
pub(crate) fn command(asked: Option<&str>) -> Option<String> {
    let own = || std::env::var("PAGER").ok();
    let command = asked.map(str::to_owned).or_else(own).unwrap_or_else(|| "less".to_owned());
    let is_none = matches!(command.trim(), "" | "cat") || is_dumb();
    (!is_none).then_some(command)
}

/// Whether `text`, without escape sequences, is longer than the screen.
pub(crate) fn is_long(text: &str) -> bool {
    size().is_some_and(|(columns, rows)| rows_of(text, columns) >= rows)
}

fn rows_of(text: &str, columns: usize) -> usize {
    text.lines().map(|line| line.chars().count().div_ceil(columns).max(1)).sum()
}

/// Shows `text` in the pager, as a person set it up; whether it was seen there.
pub(crate) fn show(command: &str, text: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).stdin(Stdio::piped());
    // Ends by itself where all fits, keeps colours, leaves the text on the screen.
    for (name, options) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            shell.env(name, options);
        }
    }
    // Ctrl-C is the pager's business while it runs; without it the pager would be left alone with the terminal.
    let _ = signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)));
    let Ok(mut pager) = shell.spawn() else { return false };
    let written = match pager.stdin.take() {
        // Somebody may have seen enough before the end.
        Some(mut stdin) => stdin.write_all(text.as_bytes()).or_else(|error| match error.kind() {
            ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        }),
        None => Ok(()),
    };
    // The shell says by these that there is no such program.
    let ran = pager.wait().is_ok_and(|status| !matches!(status.code(), Some(126 | 127)));
    ran && written.is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_takes_as_many_rows_as_it_needs() {
        for (text, rows) in [("", 0), ("a\n\nb\n", 3), ("12345\n", 1), ("123456\n", 2), ("ääääää", 2)] {
            assert_eq!(super::rows_of(text, 5), rows, "{text}");
        }
    }
}
