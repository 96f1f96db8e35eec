//! The operation test over the corpora, when they lie beside the project; skipped where they do not.

#[path = "../../examples/operation_test/operations.rs"]
pub mod operations;
#[path = "../../examples/operation_test/suites.rs"]
mod suites;

use std::path::Path;

/// At how many places of a file each operation is tried; `PLACES=3` before a release. Without it, at one place of every
/// fifth file.
fn places() -> Option<usize> {
    std::env::var("PLACES").ok()?.parse().ok()
}

#[test]
fn changes_of_real_files_keep_the_laws() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    if !corpora.is_dir() {
        println!("skipped: the corpora are not beside the project");
        return;
    }
    let roots = ["real", "suites/yaml-test-suite", "suites/toml-test"].map(|folder| corpora.join(folder));
    let report = operations::run(&roots, places().unwrap_or(1), if places().is_some() { 1 } else { 5 });
    report.print();
    assert!(
        report.wrong.is_empty(),
        "{} wrong:\n{}",
        report.wrong.len(),
        report.wrong[..report.wrong.len().min(40)].join("\n")
    );
}

/// Documents on which we differ from a suite, on purpose.
const EXCEPTIONS: [&str; 1] = [
    // Two keys of one map are equal (both empty): which of them is meant?
    "2JQS.yaml#0",
];

/// The published suites agree with us on what is valid, but for the documents named here.
#[test]
fn the_conformance_suites_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/suites");
    if !folder.is_dir() {
        println!("skipped: the conformance suites are not beside the project");
        return;
    }
    for suite in suites::agreement(&folder) {
        assert!(
            suite.valid > 90 && suite.invalid > 80,
            "{}: {} and {} documents",
            suite.name,
            suite.valid,
            suite.invalid
        );
        let differing: Vec<&String> =
            suite.differing.iter().filter(|name| !EXCEPTIONS.contains(&name.as_str())).collect();
        assert!(differing.is_empty(), "{}: {}", suite.name, suite.differing.join(" "));
    }
}
