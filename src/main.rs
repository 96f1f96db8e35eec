//! The program `migrate`: the built-in migrations through the command line of the library.

use std::process::ExitCode;

/// Trees of small nodes are made on one thread and dropped on another, which the system's allocator is slow at.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    settings_migrate::cli::run(settings_migrate::migrations::ALL)
}
