//! One line on standard error while a run takes long: redrawn on a terminal, plain and rare on a build server.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::terminal::{is_dumb, is_set};
use crate::migration::Version;
use crate::report::plural;
use crate::tree::{Progress, Stage};

/// How far this process is: it does one run.
pub(crate) static PROGRESS: Progress = Progress::new();

/// What does not take longer needs no line.
const PATIENCE: Duration = Duration::from_millis(400);
const REDRAWN: Duration = Duration::from_millis(100);
/// Between two lines in a log.
const LOGGED: Duration = Duration::from_secs(10);

/// The thread that shows the line, until it is stopped.
pub(crate) struct Ticker {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Ticker {
    /// Starts where somebody can see the line: on a terminal, or in the log of a build server.
    pub fn start() -> Option<Self> {
        let on_terminal = std::io::stderr().is_terminal() && !is_dumb() && !is_set("NO_COLOR");
        let show = match (is_set("CI"), on_terminal) {
            (true, _) => log,
            (false, true) => redraw,
            (false, false) => return None,
        };
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().spawn(move || show(&stopped)).ok()?;
        Some(Self { stop, thread })
    }

    /// Takes the line away; nothing is shown any more when it returns.
    pub fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

fn redraw(stopped: &Receiver<()>) {
    if is_over(stopped, PATIENCE) {
        return;
    }
    loop {
        // From the first column, and what stood there is gone.
        say(&format!("\r{}\u{1b}[K", line(PROGRESS.stage())));
        if is_over(stopped, REDRAWN) {
            return say("\r\u{1b}[K");
        }
    }
}

fn log(stopped: &Receiver<()>) {
    while !is_over(stopped, LOGGED) {
        say(&format!("{}\n", line(PROGRESS.stage())));
    }
}

/// Waits; whether the run came to its end meanwhile.
fn is_over(stopped: &Receiver<()>, wait: Duration) -> bool {
    !matches!(stopped.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
}

fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn line(stage: Stage) -> String {
    match stage {
        Stage::Listing => "looking for the files".to_owned(),
        Stage::Planning { seen, of, version, changed } => {
            let version = version.map_or(String::new(), |version| format!("  {}", Version(version)));
            let changed = if changed > 0 { format!("  {}", plural(changed, "change")) } else { String::new() };
            format!("planning  {seen}/{of} files{version}{changed}")
        }
        Stage::Writing(1) => "writing 1 file".to_owned(),
        Stage::Writing(files) => format!("writing {files} files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_is_one_short_line() {
        for (stage, expected) in [
            (Stage::Listing, "looking for the files"),
            (Stage::Planning { seen: 32, of: 1204, version: None, changed: 0 }, "planning  32/1204 files"),
            (
                Stage::Planning { seen: 812, of: 1204, version: Some(5), changed: 31 },
                "planning  812/1204 files  v0005  31 changes",
            ),
            (Stage::Writing(1), "writing 1 file"),
            (Stage::Writing(12), "writing 12 files"),
        ] {
            assert_eq!(line(stage), expected);
        }
    }
}
