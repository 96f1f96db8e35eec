//! Edits every kind of setting in every file below the given folders, and counts what is done and refused:
//! `cargo run --release --example operation_test -- FOLDER...`. A folder `suites` with the published conformance
//! suites in it is also held against them. Ends with 1 when an edit broke a law.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program that looks at real folders")]

#[path = "../../fuzz/laws.rs"]
mod laws;
mod operations;
mod suites;

use std::path::PathBuf;
use std::process::ExitCode;

/// How many places of a file are tried.
const PLACES: usize = 60;

fn main() -> ExitCode {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if roots.is_empty() {
        println!("usage: operation_test FOLDER...");
        return ExitCode::from(2);
    }
    for root in &roots {
        let folders = [root.clone(), root.join("suites")];
        let Some(folder) = folders.iter().find(|folder| folder.join("yaml-test-suite").is_dir()) else { continue };
        for suite in suites::agreement(folder) {
            let (valid, invalid) =
                (format!("{}/{}", suite.read, suite.valid), format!("{}/{}", suite.rejected, suite.invalid));
            println!(
                "{:16} valid read {valid:10} invalid rejected {invalid:10} {}",
                suite.name,
                suite.differing.join(" ")
            );
        }
    }
    let report = operations::run(&roots, PLACES, 1);
    report.print();
    for wrong in report.wrong.iter().take(20) {
        println!("WRONG {wrong}");
    }
    println!("{} wrong", report.wrong.len());
    ExitCode::from(u8::from(!report.wrong.is_empty()))
}
