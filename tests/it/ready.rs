//! Ready files for build servers and hooks: what they may do, what they install, and what they run.

use std::path::Path;
use std::process::Command;

use settings_migrate::value::{Key, KeyPath, Value};

use crate::command::Folder;

/// A repository with one migration that is not applied.
fn pending() -> Folder {
    let migration =
        "schema = 1\ntitle = \"Log less\"\n[[step]]\nedit = \"app.env\"\ndo = [{ set = \"LEVEL\", to = \"info\" }]\n";
    Folder::repository(&[("app.env", "LEVEL=debug\n"), ("migrations/v0001_log_level.toml", migration)])
}

/// What a workflow may do and run is no more than it needs, and what it runs can not change under it.
#[test]
fn the_workflow_is_pinned_and_may_do_little() {
    let folder = pending();
    let text = folder.migrate(&["ci", "github"]).expect(0).stdout;
    let yaml = settings_migrate::format::by_name("yaml").expect("YAML");
    let document = settings_migrate::format::read(yaml, &text).expect("YAML");
    let (mut uses, mut scripts, mut permissions) = (Vec::new(), Vec::new(), Vec::new());
    document.root.walk(&KeyPath::default(), &mut |path, node| {
        let name = path.keys.last().and_then(Key::name).unwrap_or("");
        let value = node.value(&text);
        match (name, value.as_str()) {
            ("uses", _) => uses.push(text[node.value.start..].lines().next().expect("a line").to_owned()),
            ("run", Some(script)) => scripts.push(script.to_owned()),
            ("permissions", _) => permissions.push(value),
            _ => {}
        }
    });
    assert!(!uses.is_empty());
    for action in uses {
        let (commit, version) = action.split_once('@').and_then(|(_, pin)| pin.split_once(" # v")).expect(&action);
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        assert_eq!(version.split('.').count(), 3, "{action}");
    }
    let may = |name: &str, what: &str| (name.to_owned(), Value::from(what));
    assert_eq!(
        permissions,
        [Value::Map(Vec::new()), Value::Map(vec![may("contents", "read"), may("pull-requests", "write")])]
    );
    assert!(scripts.len() >= 3, "{scripts:?}");
    for script in scripts {
        let bash = Command::new("bash").args(["-n", "-c", &script]).output().expect("bash");
        assert!(bash.status.success() && bash.stderr.is_empty(), "{script}\n{bash:?}");
        assert!(!script.contains("${{"), "what others wrote must not become part of a script: {script}");
    }
    // The comment is found again by the line that the report begins with.
    let report = folder.migrate(&["plan", "--report", "markdown"]).expect(0).stdout;
    let marker = format!("startswith(\"{}\")", report.lines().next().expect("a line"));
    assert!(text.contains(&marker), "{marker}");
}

/// A build server that takes whatever is newest would migrate by other rules from one day to the next.
#[test]
fn templates_install_this_version() {
    let folder = Folder::new();
    for kind in ["github", "gitlab", "pre-commit"] {
        let text = folder.migrate(&["ci", kind]).expect(0).stdout;
        let pinned = format!("cargo install --locked settings-migrate@{}\n", env!("CARGO_PKG_VERSION"));
        assert!(text.contains(&pinned), "{kind} does not say `{pinned}`");
    }
}

/// The hooks at the top of this repository, for those who let pre-commit build the program.
#[test]
fn the_hooks_that_are_offered_run_what_exists() {
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let hooks = std::fs::read_to_string(hooks).expect(".pre-commit-hooks.yaml");
    let folder = pending();
    let entries: Vec<&str> = hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: migrate ")).collect();
    assert_eq!(entries, ["lint", "check --staged"]);
    for entry in entries {
        let answer = folder.migrate(&entry.split(' ').collect::<Vec<_>>()).expect(1);
        let finds = if entry == "lint" { "M0114" } else { "v0001" };
        assert!(format!("{}{}", answer.stdout, answer.stderr).contains(finds), "{entry}: {answer:?}");
    }
}

/// A repository that is a folder of a git work tree: what is written is where it is looked for, and leads to the folder.
#[test]
fn files_for_a_folder_are_written_at_the_top_and_lead_to_it() {
    for (kind, path) in [
        ("github", ".github/workflows/migrate.yml"),
        ("gitlab", ".gitlab/migrate.yml"),
        ("pre-commit", ".pre-commit-config.yaml"),
    ] {
        let folder = Folder::repository(&[("my-svc/migrate.toml", "name = \"svc\"\n"), ("my-svc/app.env", "A=1\n")]);
        let said = folder.migrate(&["-C", "my-svc", "ci", kind, "--write"]).expect(0).stdout;
        assert!(said.contains("at the top of the git work tree") && said.contains(&format!("':/{path}'")), "{said}");
        let text = folder.read(path);
        assert!(!folder.path().join("my-svc").join(path).exists());
        let lines =
            || text.lines().filter(|line| line.contains(" migrate ") && !line.contains("name:") && !line.contains('#'));
        assert!(lines().count() >= 2 && lines().all(|line| line.contains(" migrate -C my-svc ")), "{text}");
        assert_eq!(folder.migrate(&["-C", "my-svc", "ci", kind]).expect(0).stdout, text);
        if kind == "github" {
            let report = folder.migrate(&["-C", "my-svc", "plan", "--report", "markdown"]).expect(0).stdout;
            assert!(text.contains(&format!("startswith(\"{}\")", report.lines().next().expect("a line"))), "{report}");
        }
        let refused = folder.migrate(&["-C", "my-svc", "ci", kind, "--write"]).expect(3).stderr;
        assert!(refused.contains("is there already"), "{refused}");
    }
    let folder = Folder::repository(&[("a b/migrate.toml", ""), ("a b/app.env", "A=1\n")]);
    assert!(folder.migrate(&["-C", "a b", "ci", "github"]).expect(2).stderr.contains("can not name `a b`"));
    let text = folder.migrate(&["--migrations", "settings/changes", "ci", "pre-commit"]).expect(0).stdout;
    assert!(text.contains("entry: migrate --migrations settings/changes lint\n"), "{text}");
}

/// pre-commit leaves a hook out where it has no file for it, as in a commit that only deletes.
#[test]
fn hooks_run_for_every_commit() {
    let own =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).expect("hooks");
    for text in [own, Folder::new().migrate(&["ci", "pre-commit"]).expect(0).stdout] {
        assert_eq!(text.matches("always_run: true").count(), text.matches("- id: ").count(), "{text}");
        assert!(!text.contains("files: ^"), "{text}");
    }
}

/// What Renovate looks for is in each of the other files.
#[test]
fn renovate_finds_the_version_in_the_other_files() {
    let folder = Folder::new();
    let text = folder.migrate(&["ci", "renovate"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let manager = &json["customManagers"][0];
    assert_eq!(
        (&manager["datasourceTemplate"], &manager["depNameTemplate"]),
        (&"crate".into(), &"settings-migrate".into())
    );
    let version =
        regex::Regex::new(manager["matchStrings"][0].as_str().expect("an expression")).expect("an expression");
    let names = manager["managerFilePatterns"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| regex::Regex::new(one.as_str().expect("a text").trim_matches('/')).expect("an expression"));
    let names: Vec<regex::Regex> = names.collect();
    for kind in ["github", "gitlab", "pre-commit"] {
        let answer = folder.migrate(&["ci", kind, "--format", "json"]).expect(0).stdout;
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        let (path, text) = (&answer["result"]["path"], &answer["result"]["text"]);
        assert_eq!(names.iter().filter(|name| name.is_match(path.as_str().expect("a path"))).count(), 1, "{path}");
        let found = version.captures(text.as_str().expect("a text")).expect("a version");
        assert_eq!(&found["currentValue"], env!("CARGO_PKG_VERSION"));
    }
}
