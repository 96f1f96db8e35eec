//! The hooks of `migrate ci pre-commit`, installed and run by the real pre-commit: it lets no commit pass that is not migrated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::components::home;
use crate::scratch::ScratchDirectory;
use crate::skip;

const MIGRATION: &str = r#"schema = 1
title = "Log less"

[[step]]
edit = "app.env"
do = [{ set = "LEVEL", to = "info" }]

[[case]]
name = "an example, since check asks for one"
file = "app.env"
before = "LEVEL=debug\n"
after = "LEVEL=info\n"
"#;

/// A repository, and what runs in it.
struct Hooked {
    path: PathBuf,
    /// The home folder of nobody, where pre-commit keeps its files too.
    home: PathBuf,
}

impl Hooked {
    fn run(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Output {
        let built = Path::new(env!("CARGO_BIN_EXE_migrate")).parent().expect("the folder of the program");
        let mut path = built.as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new(program);
        command.current_dir(&self.path).args(arguments).env("PATH", path).env("HOME", &self.home);
        command.env("PRE_COMMIT_HOME", self.home.join("pre-commit")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.output().expect("the program starts")
    }

    #[track_caller]
    fn does(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) {
        let output = self.run(program, arguments);
        assert!(output.status.success(), "{arguments:?}\n{}", said(&output));
    }

    /// Stages everything and tries to commit it.
    fn commit(&self) -> Output {
        self.does("git", &["add", "--all"]);
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        self.run("git", &[&identity[..], &["commit", "--quiet", "--message=work"]].concat())
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn no_commit_passes_the_hooks_that_is_not_migrated() {
    let precommit = home().join("hooks/bin/pre-commit");
    if !precommit.exists() {
        return skip(&[precommit.display().to_string()]);
    }
    let scratch = ScratchDirectory::create("hooks");
    let hooked = Hooked { path: scratch.folder("repository"), home: scratch.folder("home") };
    fs::write(hooked.path.join("app.env"), "LEVEL=debug\n").expect("the setting");
    fs::create_dir(hooked.path.join("migrations")).expect("the folder of migrations");
    fs::write(hooked.path.join("migrations/v0001_log_level.toml"), MIGRATION).expect("the migration");
    hooked.does("git", &["init", "--quiet"]);
    hooked.does("migrate", &["ci", "pre-commit", "--write"]);
    hooked.does(&precommit, &["validate-config"]);
    hooked.does(&precommit, &["install"]);

    let pending = hooked.commit();
    assert!(!pending.status.success(), "a commit that is not migrated passes: {}", said(&pending));
    assert!(said(&pending).contains("v0001"), "the hook does not say what is pending: {}", said(&pending));

    hooked.does("migrate", &["up", "log_level"]);
    let migrated = hooked.commit();
    assert!(migrated.status.success(), "a migrated commit does not pass: {}", said(&migrated));

    // Migrated in the work tree is not enough: what is staged counts.
    fs::write(hooked.path.join("app.env"), "LEVEL=trace\n").expect("the setting");
    hooked.does("git", &["add", "app.env"]);
    fs::write(hooked.path.join("app.env"), "LEVEL=info\n").expect("the setting");
    let staged = hooked.run("migrate", &["check", "--staged"]);
    assert_eq!(staged.status.code(), Some(1), "{}", said(&staged));
    let drifted =
        hooked.run("git", &["-c", "user.name=test", "-c", "user.email=t@example.com", "commit", "-qm", "drift"]);
    assert!(!drifted.status.success(), "a commit that takes the setting back passes: {}", said(&drifted));
}

#[test]
fn the_templates_keep_to_the_schemas_of_their_servers() {
    let check = home().join("hooks/bin/check-jsonschema");
    let precommit = home().join("hooks/bin/pre-commit");
    if let Some(missing) = [&check, &precommit].into_iter().find(|program| !program.exists()) {
        return skip(&[missing.display().to_string()]);
    }
    let scratch = ScratchDirectory::create("templates");
    let hooked = Hooked { path: scratch.folder("repository"), home: scratch.folder("home") };
    for kind in ["github", "gitlab"] {
        let template = hooked.run("migrate", &["ci", kind]);
        assert!(template.status.success(), "{}", said(&template));
        fs::write(hooked.path.join(format!("{kind}.yml")), &template.stdout).expect("the template");
    }
    hooked.does(&check, &["--builtin-schema", "vendor.github-workflows", "github.yml"]);
    hooked.does(&check, &["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "gitlab.yml"]);
    // The check can fail.
    let text = fs::read_to_string(hooked.path.join("github.yml")).expect("the template");
    fs::write(hooked.path.join("odd.yml"), text.replace("runs-on:", "runs-one:")).expect("the file");
    let odd = hooked.run(&check, &["--builtin-schema", "vendor.github-workflows", "odd.yml"]);
    assert!(!odd.status.success(), "{}", said(&odd));
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    hooked.does(&precommit, &["validate-manifest", &hooks.display().to_string()]);
}
