//! The library in somebody else's hands: the program in `examples/own_program`, built and run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Folder;

/// Builds the example with the features that the tests have, and says where it is.
fn own_program() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "--locked", "--example", "own_program"]);
    cargo.arg("--target-dir").arg(target);
    // What cargo tells a test of its package is not for the packages that this builds: some of them look, and everything
    // would be compiled again.
    let told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(told)) {
        cargo.env_remove(name);
    }
    let all = [
        ("python", cfg!(feature = "python")),
        ("javascript", cfg!(feature = "javascript")),
        ("tls", cfg!(feature = "tls")),
    ];
    // With all of them it is the library that the tests were built with, and nothing is compiled twice.
    if all.iter().any(|(_, is_on)| !is_on) {
        let features: Vec<&str> = all.iter().filter_map(|(name, is_on)| is_on.then_some(*name)).collect();
        cargo.args(["--no-default-features", "--features", &features.join(",")]);
    }
    assert!(cargo.status().expect("cargo").success(), "{cargo:?}");
    target.join("debug/examples/own_program")
}

const SERVICE: &str = "# Logs go to the store.\nlogging:\n    level:  \"debug\"   # too much\n    json: true\n";
const QUIET: &str = "# Logs go to the store.\nlogging:\n    level:  \"warning\"   # too much\n    json: true\n";
const WORKER: &str = "[logging]\r\nlevel = 'info'\r\n";
const QUIET_WORKER: &str = "[logging]\r\nlevel = 'warning'\r\n";

#[test]
fn a_program_of_ones_own_goes_both_ways() {
    let program = own_program();
    let folder = Folder::repository(&[
        ("config/service.yaml", SERVICE),
        ("config/jobs/worker.toml", WORKER),
        ("config/audit.yaml", "logging: { level: error }\n"),
    ]);
    let run = |arguments: &[&str], code| folder.program(&program, arguments, &[]).expect(code).stdout;
    let before = folder.settings();

    let status = run(&["status"], 0);
    assert!(status.contains("enable_ssl") && status.contains("v0002 quiet_logs"), "{status}");
    let plan = run(&["up", "quiet_logs", "-n"], 0);
    assert!(plan.contains("+    level:  \"warning\"   # too much"), "{plan}");
    assert!(plan.contains("config/audit.yaml") && plan.contains("it is as quiet already"), "{plan}");
    assert_eq!(folder.settings(), before, "a dry run writes nothing");

    run(&["up", "quiet_logs"], 0);
    assert_eq!(folder.read("config/service.yaml"), QUIET);
    assert_eq!(folder.read("config/jobs/worker.toml"), QUIET_WORKER);
    let applied = folder.files();
    run(&["up", "quiet_logs"], 0);
    assert_eq!(folder.files(), applied, "the same again changes nothing");
    // The program that ships knows what was done, and how to take it back.
    assert!(folder.migrate(&["status"]).expect(0).stdout.contains("quiet_logs"));

    run(&["down"], 0);
    assert_eq!(folder.settings(), before, "down gives the same bytes");
    let refused = folder.program(&program, &["up", "quiet_logs", "--set", "level=loud"], &[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert_eq!(folder.settings(), before);
}
