//! The program `migrate`: the built-in migrations through the command line of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    settings_migrate::cli::run(settings_migrate::migrations::ALL)
}
