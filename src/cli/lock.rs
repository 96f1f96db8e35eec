//! The lock of a command: how long it waits, and what it tells those who wait for it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Failure;
use super::args::Arguments;
use super::base::Base;
use super::conflict;
use super::ui::Ui;
use super::workspace::FILES;
use crate::commit::{CommitError, Recovered, Session};
use crate::fs::Fs;

/// Takes the lock and recovers; says for whom it waits.
pub(crate) fn open(
    command: &str,
    arguments: &Arguments,
    base: &Base,
    ui: &Ui,
) -> Result<(Session<'static>, Recovered), Failure> {
    let (patience, holder) = (patience(arguments), holder(command, host()));
    let opened = match Session::open(base.site(), &holder, Duration::ZERO) {
        Err(CommitError::Locked { holder: other, .. }) if !patience.is_zero() => {
            ui.talk(&format!("waiting up to {} s for another run: {other}\n", patience.as_secs()));
            Session::open(base.site(), &holder, patience)
        }
        opened => opened,
    };
    let opened = opened.map_err(|error| error.diagnostics())?;
    // Asked under the lock: until then another run could leave one, or decide it.
    conflict::refuse(arguments, base)?;
    Ok(opened)
}

fn patience(arguments: &Arguments) -> Duration {
    let default = if std::env::var_os("CI").is_some() { 0 } else { 10 };
    Duration::from_secs(arguments.global.lock_timeout.unwrap_or(default))
}

/// The name of this machine.
fn host() -> Option<String> {
    let kernel = || String::from_utf8(FILES.read(Path::new("/proc/sys/kernel/hostname"), 4096).ok()?).ok();
    let name = std::env::var("HOSTNAME").ok().or_else(kernel)?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// What the lock file says of this run, for people.
fn holder(command: &str, host: Option<String>) -> String {
    let host = host.map_or_else(String::new, |host| format!(" on {host}"));
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    format!("process {}{host}, migrate {command}, since {}\n", std::process::id(), utc(since))
}

/// `2026-01-31T23:59:58Z`, from seconds since 1970.
fn utc(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= if leap(year) { 366 } else { 365 } {
        days -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, days + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_are_written_as_everywhere() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(super::utc(seconds), text);
        }
    }
}
