//! A program of one's own: all of `migrate`, with a migration more. `cargo run --example own_program -- status`

use std::process::ExitCode;

// One more migration is one more file beside this one, and its name here.
settings_migrate::migrations! {
    v0002_quiet_logs,
}

fn main() -> ExitCode {
    settings_migrate::cli::run(&[settings_migrate::migrations::ALL, ALL].concat())
}
