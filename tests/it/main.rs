//! The integration tests, one binary.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "tests lay out and look at real folders")]

mod authoring;
mod cases;
mod certificates;
mod codes;
mod command;
mod corpora;
mod crash;
mod dial;
mod diffs;
mod doctor;
mod durable;
mod fixes;
mod formats;
mod guide;
mod hard;
mod history;
mod hostile;
mod judges;
mod later;
#[path = "../../fuzz/laws.rs"]
mod laws;
mod lenses;
mod library;
mod listing;
mod matrix;
mod moved;
mod oracle;
mod pages;
mod preflight;
mod proof;
mod race;
mod ready;
mod recovery;
mod refusals;
mod replay;
mod reports;
mod schemas;
mod secrets;
mod show;
mod sweep;
mod takeback;
mod tidy;
mod together;
mod traced;
