//! Programs that a repository names in git's settings: none of them runs, whatever is asked for.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::command::Folder;

const MIGRATION: &str =
    "schema = 1\ntitle = \"more\"\n[[step]]\nedit = \"a.toml\"\ndo = [{ set = \"level\", to = 2 }]\n";

/// A program that tells of itself by a file beside it, and then does nothing that anybody waits for.
fn canary(folder: &Folder, name: &str) -> String {
    let place = folder.path().join(".git").join(name);
    let heard = folder.path().join(".git/heard");
    std::fs::write(&place, format!("#!/bin/sh\necho {name} \"$@\" >> '{}'\nexit 1\n", heard.display()))
        .expect("written");
    std::fs::set_permissions(&place, PermissionsExt::from_mode(0o755)).expect("the mode");
    place.display().to_string()
}

fn heard(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path().join(".git/heard")).unwrap_or_default()
}

/// A repository in which everything that git could start is such a program, and every file passes a filter.
fn trapped() -> Folder {
    let files =
        [("a.toml", "level = 1\nother = 1\n"), ("b.toml", "x = 1\n"), ("migrations/v0001_more.toml", MIGRATION)];
    let folder = Folder::repository(&files);
    let inner = folder.path().join("inner");
    let sub = Folder::repository(&[("c.toml", "x = 1\n")]);
    let url = sub.path().display().to_string();
    folder.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "inner"]).expect(0);
    folder.git(&["commit", "-q", "-m", "inner"]).expect(0);
    let set = |folder: &Path, key: &str, value: &str| {
        let done = std::process::Command::new("git").arg("-C").arg(folder).args(["config", key, value]).status();
        assert!(done.expect("git").success(), "{key}");
    };
    for (key, name) in [
        ("filter.f.clean", "clean"),
        ("filter.f.smudge", "smudge"),
        ("filter.p.q.process", "process"),
        ("core.fsmonitor", "fsmonitor"),
        ("core.pager", "pager"),
        ("core.sshCommand", "ssh"),
        ("core.editor", "editor"),
        ("core.askPass", "askpass"),
        ("credential.helper", "credential"),
        ("diff.external", "external"),
        ("diff.d.textconv", "textconv"),
        ("diff.d.command", "driver"),
        ("gpg.program", "gpg"),
        ("remote.origin.uploadpack", "uploadpack"),
    ] {
        let program = canary(&folder, name);
        set(folder.path(), key, &program);
        if key == "core.fsmonitor" || key.starts_with("filter.f") {
            set(&inner, key, &program);
        }
    }
    set(folder.path(), "filter.f.required", "true");
    set(folder.path(), "log.showSignature", "true");
    std::fs::create_dir_all(folder.path().join(".git/hooks")).expect("a folder");
    for hook in ["post-index-change", "pre-commit", "reference-transaction", "post-checkout", "fsmonitor-watchman"] {
        canary(&folder, &format!("hooks/{hook}"));
    }
    folder.write(".git/info/attributes", b"a.toml filter=f diff=d\n*.toml filter=p.q\na.toml filter=f\n");
    folder
}

#[test]
fn no_command_runs_what_the_settings_of_a_repository_name() {
    let folder = trapped();
    // Written anew, so that git has to look at what is in them.
    let touch = || {
        folder.write("b.toml", b"x = 2\n");
        folder.write("a.toml", folder.read("a.toml").as_bytes());
        folder.write("inner/c.toml", b"x = 2\n");
    };
    folder.write("a.toml", b"level = 1\nother = 2\n");
    for arguments in [
        &["status"][..],
        &["check", "--staged"],
        &["check", "--since", "HEAD"],
        &["new", "seen", "--from-diff", "-n"],
        &["plan"],
        &["up", "-n"],
        &["verify"],
        &["lint"],
        &["test"],
        &["doctor"],
        &["show", "more"],
        &["up"],
        &["show", "more"],
        &["new", "level", "--from-diff", "HEAD"],
        &["down", "more", "-n"],
    ] {
        touch();
        let answer = folder.migrate(arguments);
        assert_eq!(heard(&folder), "", "{arguments:?}\n{}{}", answer.stdout, answer.stderr);
        assert!(!answer.stderr.contains("M0607"), "{arguments:?}\n{}", answer.stderr);
    }
    folder.write("a.toml", b"level = 3\nother = 2\n");
    touch();
    let answer = folder.migrate(&["down", "more", "--on-conflict", "markers"]);
    assert!(folder.read("a.toml").contains("<<<<<<<"), "{}{}", answer.stdout, answer.stderr);
    touch();
    folder.migrate(&["down", "--abort"]).expect(0);
    assert_eq!(heard(&folder), "");
    // The traps are real.
    let _ = folder.git(&["diff", "--stat"]);
    let _ = folder.git(&["hash-object", "--path", "a.toml", "a.toml"]);
    for name in ["clean", "fsmonitor"] {
        assert!(heard(&folder).contains(name), "{name}: {}", heard(&folder));
    }
}

/// What a partial clone lacks is fetched from no address that its settings choose.
#[test]
fn nothing_is_fetched_for_a_partial_clone() {
    let origin = Folder::repository(&[("a.toml", "level = 1\n"), ("migrations/v0001_more.toml", MIGRATION)]);
    origin.write("a.toml", b"level = 0\n");
    origin.git(&["commit", "-q", "-a", "-m", "later"]).expect(0);
    origin.git(&["config", "uploadpack.allowFilter", "true"]).expect(0);
    let folder = Folder::new();
    let url = format!("file://{}", origin.path().display());
    folder.git(&["clone", "-q", "--filter=blob:none", &url, "."]).expect(0);
    let ssh = canary(&folder, "ssh");
    folder.git(&["config", "core.sshCommand", &ssh]).expect(0);
    folder.git(&["config", "remote.origin.url", "ssh://nowhere.invalid/x"]).expect(0);
    for arguments in [
        &["check", "--since", "HEAD~1"][..],
        &["new", "level", "--from-diff", "HEAD~1", "-n"],
        &["status"],
        &["show", "more"],
    ] {
        let _ = folder.migrate(arguments);
        assert_eq!(heard(&folder), "", "{arguments:?}");
    }
    let _ = folder.git(&["cat-file", "blob", "HEAD~1:a.toml"]);
    assert!(heard(&folder).contains("ssh"), "the trap is real");
}

#[test]
fn a_filter_that_can_not_be_turned_off_is_refused() {
    let folder = trapped();
    let program = canary(&folder, "sly");
    folder.git(&["config", "filter.a=b.clean", &program]).expect(0);
    let answer = folder.migrate(&["check", "--staged"]).expect(4);
    assert!(answer.stderr.contains("a filter in its settings"), "{}", answer.stderr);
    assert_eq!(heard(&folder), "");
}
