//! `enable_ssl` on large made repositories whose every file is known: what it must change, and what it must leave.
//!
//! The generator lies outside of this repository: `MIGRATE_GENERATOR` names it. Without it the test says so and passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Folder, files_below};

/// Where every connection is configured; in the other formats some are left to a person.
const CONFIGURED: [&str; 10] =
    ["appsettings", "compose", "django", "env", "ini", "k8s", "node_pg", "properties", "spring_yml", "toml"];

/// Each of them is a repository of its own; `SEEDS=4` makes four.
fn seeds() -> u32 {
    std::env::var("SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[test]
fn made_repositories_are_changed_where_they_must_be_and_nowhere_else() {
    let Some(generator) = generator() else {
        println!("skipped: set MIGRATE_GENERATOR to the program that makes repositories");
        return;
    };
    for seed in 1..=seeds() {
        run(&generator, seed).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

fn generator() -> Option<PathBuf> {
    let given = std::env::var_os("MIGRATE_GENERATOR").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/gen_repo.py");
    given.or(Some(beside)).filter(|path| path.is_file())
}

fn run(generator: &Path, seed: u32) -> Result<(), String> {
    let folder = Folder::new();
    let (root, manifest) = (folder.path().join("made"), folder.path().join("manifest.tsv"));
    let made = Command::new("python3")
        .arg(generator)
        .arg(&root)
        .args(["--files", "2000", "--ignored-ratio", "0.05", "--seed", &seed.to_string()])
        .arg("--manifest")
        .arg(&manifest)
        .output()
        .map_err(|error| format!("python3: {error}"))?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned());
    }
    let before = files_below(&root);
    let said = migrate(&root, "plan")?;
    if files_below(&root) != before {
        return Err("a dry run writes".to_owned());
    }
    migrate(&root, "up")?;
    let after = files_below(&root);
    let roles = roles(&std::fs::read_to_string(&manifest).expect("the manifest"));
    let mut wrong = Vec::new();
    for (path, file) in &after {
        let changed = before.get(path).is_none_or(|was| was != file);
        let role = roles.get(path).map_or("other", |(_, role)| role.as_str());
        let own = path.starts_with(".migrate/") || path.starts_with(".git/");
        if changed && role != "change" && !own {
            wrong.push(format!("{path} ({role}) was touched"));
        }
    }
    for (path, (format, role)) in &roles {
        let changed = before.get(path) != after.get(path);
        let text = after.get(path).map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).unwrap_or_default();
        if role == "change"
            && changed
            && !["server-ca.pem", "client-cert.pem", "client-key"].iter().all(|name| text.contains(name))
        {
            wrong.push(format!("{path} ({format}) lacks a setting"));
        }
        if role == "change" && !changed && !is_told(&said, path) {
            wrong.push(format!("{path} ({format}) was left without a reason for a person"));
        }
        if role == "change" && !changed && CONFIGURED.contains(&format.as_str()) {
            wrong.push(format!("{path} ({format}) should have changed"));
        }
    }
    migrate(&root, "up")?;
    if files_below(&root) != after {
        wrong.push("`up` again changes something".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}\n{said}", wrong.join("\n"))) }
}

fn migrate(root: &Path, command: &str) -> Result<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_migrate"))
        .args([command, "--set", "certs=/etc/certs"])
        .current_dir(root)
        .output()
        .expect("migrate");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    match run.status.code() {
        Some(0) => Ok(said),
        _ => Err(format!("{command}: {:?}\n{said}{}", run.status, String::from_utf8_lossy(&run.stderr))),
    }
}

fn roles(manifest: &str) -> BTreeMap<String, (String, String)> {
    let fields = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        Some((fields.next()?, (fields.next()?, fields.next()?)))
    };
    manifest.lines().skip(1).filter_map(fields).collect()
}

/// Whether the run says of `path` why it stays as it is: a person is asked, or CI is left alone.
fn is_told(said: &str, path: &str) -> bool {
    said.lines().any(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("hand").or_else(|| line.strip_prefix("same"));
        rest.is_some_and(|rest| {
            let ours = rest.trim_start().strip_prefix(path).is_some_and(|reason| reason.starts_with(' '));
            ours && (line.starts_with("hand") || line.contains("configures CI"))
        })
    })
}
