//! Ctrl-C and its like: before the decision nothing is written, after it the run is finished first.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator;

use super::exit::Exit;
use super::ui;
use super::workspace::FILES;
use crate::fs::Fs;

/// The signals that came.
#[derive(Clone, Default)]
pub(crate) struct Signals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// A signal is only remembered; without it, it ends the process at once, since there is nothing to clean up.
    held: bool,
    last: Option<i32>,
}

impl Signals {
    /// Listens from now on. Where the system does not let it, signals end the process as they do elsewhere; one that
    /// whoever started this process wants ignored, as `nohup` does, stays so.
    pub fn listen() -> Self {
        let signals = Self::default();
        let ignored = ignored();
        let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        if let Ok(mut coming) = iterator::Signals::new(wanted) {
            let heard = signals.clone();
            std::thread::spawn(move || coming.forever().for_each(|signal| heard.take(signal)));
        }
        signals
    }

    fn take(&self, signal: i32) {
        // Kept until the process has ended: whoever waits to hold signals does not go on to write.
        let mut state = self.state();
        state.last = Some(signal);
        if !state.held {
            let clear = if std::io::stderr().is_terminal() { "\r\u{1b}[K" } else { "" };
            ui::to_stderr(&format!("{clear}stopped by a signal; nothing was written\n"));
            std::process::exit(i32::from(status(signal) as u8));
        }
    }

    /// From now on a signal is only remembered.
    pub fn hold(&self) {
        self.state().held = true;
    }

    pub fn came(&self) -> bool {
        self.state().last.is_some()
    }

    /// The exit code of a run that one of them stopped.
    pub fn exit(&self) -> Exit {
        status(self.state().last.unwrap_or(SIGTERM))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status(signal: i32) -> Exit {
    if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated }
}

/// The signals that this process was started to ignore, a bit each, as Linux tells it; elsewhere none.
fn ignored() -> u64 {
    let text = FILES.read(Path::new(&format!("/proc/{}/status", std::process::id())), 64 * 1024).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mask = text.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
