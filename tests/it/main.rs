//! The integration tests, one binary.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "tests lay out and look at real folders")]

mod cases;
mod command;
mod crash;
mod formats;
mod hard;
mod hostile;
mod laws;
mod refusals;
mod secrets;
mod tidy;
