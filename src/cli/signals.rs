//! Ctrl-C and its like: before the decision nothing is written, after it the run is finished first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::exit::Exit;

/// The signals that came.
pub(crate) struct Signals {
    /// While this holds, a signal ends the process at once: there is nothing to clean up.
    at_once: Arc<AtomicBool>,
    /// The last one; 0 = none.
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// Listens from now on. Where the system does not let it, signals end the process as they do elsewhere.
    pub fn listen() -> Self {
        let signals = Self { at_once: Arc::new(AtomicBool::new(true)), caught: Arc::default() };
        for (signal, status) in [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 143)] {
            let number = usize::try_from(signal).unwrap_or(0);
            if flag::register_conditional_shutdown(signal, status, Arc::clone(&signals.at_once)).is_ok() {
                let _ = flag::register_usize(signal, Arc::clone(&signals.caught), number);
            }
        }
        signals
    }

    /// From now on a signal is only remembered.
    pub fn hold(&self) {
        self.at_once.store(false, Ordering::SeqCst);
    }

    pub fn came(&self) -> bool {
        self.caught.load(Ordering::SeqCst) != 0
    }

    /// The exit code of a run that one of them stopped.
    pub fn exit(&self) -> Exit {
        if self.caught.load(Ordering::SeqCst) == usize::try_from(SIGINT).unwrap_or(0) {
            Exit::Interrupted
        } else {
            Exit::Terminated
        }
    }
}
