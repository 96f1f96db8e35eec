//! The same program under a name that no other tool has.

use std::process::ExitCode;

fn main() -> ExitCode {
    settings_migrate::cli::run(settings_migrate::migrations::ALL)
}
