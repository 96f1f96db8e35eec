//! Reports: what other programs make of them, what they never show, and where they go.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::command::{Answer, Folder};

const CANARY: &str = "S3CR3T-canary";

/// A repository with one migration of its own, which says `text`.
fn own(text: &str, files: &[(&str, &str)]) -> Folder {
    let migration = format!("schema = 1\ntitle  = \"Log less\"\n{text}");
    Folder::repository(&[files, &[("migrations/v0001_log_level.toml", migration.as_str())]].concat())
}

fn edit(file: &str, operations: &str) -> String {
    format!("\n[[step]]\nedit = \"{file}\"\ndo = [\n  {operations},\n]\n")
}

fn level(file: &str) -> String {
    edit(file, r#"{ set = "LEVEL", to = "info" }"#)
}

fn git(folder: &Folder, arguments: &[&str]) {
    let output = Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().expect("git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", answer.stdout))
}

/// The patch of `up` makes what `up` makes, and backwards what was there.
#[track_caller]
fn applies(folder: &Folder, more: &[&str]) {
    let out = Folder::new();
    let file = out.path().join("p.patch");
    let report = format!("patch={}", file.display());
    folder.migrate(&[&["plan", "--report", &report], more].concat()).expect(0);
    let patch = std::fs::read_to_string(&file).unwrap_or_default();
    let bare =
        if patch.starts_with("Apply it with: git apply --unidiff-zero") { "--unidiff-zero" } else { "--recount" };
    let before = folder.files();
    let name = file.to_string_lossy().into_owned();
    git(folder, &["apply", bare, &name]);
    let patched = folder.files();
    assert_ne!(patched, before);
    git(folder, &["apply", "-R", bare, &name]);
    assert_eq!(folder.files(), before, "{patch}");
    folder.migrate(&["up"]).expect(0);
    assert_eq!(patched, folder.files(), "{patch}");
}

#[test]
fn a_patch_makes_what_up_makes_and_takes_it_back() {
    for env in [
        "LEVEL=debug\n",
        "LEVEL=debug",
        "\u{feff}LEVEL=debug\r\nA=1\r\n",
        "A=1\nB=2\nC=3\nD=4\nLEVEL=debug\nE=5\nF=6\nG=7\nH=8",
        "A=1\n",
        "A=1",
        "PASSWORD=x\nLEVEL=debug\nTOKEN=y\nA=1\n",
        "PASSWORD=x\nLEVEL=debug\nTOKEN=y",
        "SECRET=z\nA=1\nLEVEL=debug\nB=1\nSECRET_KEY=y\n",
    ] {
        applies(&own(&level("app.env"), &[("app.env", env)]), &[]);
    }
    let two = edit("app.env", "{ set = \"A\", to = \"2\" },\n  { set = \"B\", to = \"2\" }");
    applies(&own(&two, &[("app.env", "A=1\nPASSWORD=x\nB=1\nC=1\n")]), &[]);
    applies(&own(&two, &[("app.env", "A=1\nX=x\nB=1\nC=1\n")]), &["-U", "1"]);
    applies(&own(&level("a b\\\"ü.env"), &[("a b\"ü.env", "LEVEL=debug\n")]), &[]);
    applies(&own(&level("a b.env"), &[("a b.env", "LEVEL=debug\n")]), &[]);
    let whole = "\n[[step]]\ncreate = \"new.env\"\ncontent = \"A=1\"\n\n[[step]]\ndelete = \"old.env\"\n";
    applies(&own(whole, &[("old.env", "B=1")]), &[]);
}

#[test]
fn a_patch_has_modes_and_counts_from_the_top_of_the_work_tree() {
    let chmod = "\n[[step]]\nchmod = \"run.sh\"\nmode = \"0755\"\n";
    let migration = format!("schema = 1\ntitle = \"Run\"\n{chmod}");
    let folder = Folder::repository(&[("sub/run.sh", "#!/bin/sh\n"), ("sub/migrations/v0001_run.toml", &migration)]);
    let arguments = ["plan", "-C", "sub", "--root", "sub", "--report", "patch"];
    let patch = folder.migrate(&arguments).expect(0).stdout;
    assert!(patch.starts_with("diff --git a/sub/run.sh b/sub/run.sh\nold mode 100644\nnew mode 100755\n"), "{patch}");
    folder.write("p", patch.as_bytes());
    git(&folder, &["apply", "p"]);
    assert_eq!(folder.files()["sub/run.sh"].mode & 0o777, 0o755);
    git(&folder, &["apply", "-R", "p"]);
    assert_eq!(folder.files()["sub/run.sh"].mode & 0o777, 0o644);
}

#[test]
fn a_patch_refuses_a_secret_unless_it_goes_to_a_private_file() {
    let step = edit("app.env", r#"{ set = "DATABASE_URL", in = "url:query.sslmode", to = "require" }"#);
    let env = format!("DATABASE_URL=postgres://u:{CANARY}@db/x\nLEVEL=1\n");
    let folder = own(&step, &[("app.env", &env)]);
    let out = Folder::new();
    let file = out.path().join("p.patch").display().to_string();
    for arguments in [
        &["plan", "--report", "patch"][..],
        &["up", "--report", "patch"],
        &["plan", "--report", &format!("patch={file}")],
    ] {
        let answer = folder.migrate(arguments).expect(3);
        assert!(answer.stderr.contains("M0502") && !answer.stderr.contains(CANARY), "{}", answer.stderr);
        assert!(answer.stdout.is_empty() && !out.path().join("p.patch").exists());
    }
    folder.migrate(&["plan", "--report", "patch", "--show-secrets"]).expect(2);
    folder.migrate(&["plan", "--report", &format!("patch={file}"), "--show-secrets"]).expect(0);
    let mode = std::fs::metadata(&file).expect("the patch").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    git(&folder, &["apply", &file]);
    assert!(folder.read("app.env").contains("sslmode=require"));
}

#[test]
fn a_place_that_takes_no_report_is_told_before_anything_is_written() {
    let folder = own(&level("app.env"), &[("app.env", "LEVEL=debug\n")]);
    let before = folder.files();
    for (place, code) in [("missing/p", 4), (".", 4), ("/dev/null", 4), ("app.env", 2), (".git/p", 2), ("", 2)] {
        let answer = folder.migrate(&["up", "--report", &format!("patch={place}")]).expect(code);
        assert!(!answer.stderr.is_empty());
        assert_eq!(folder.files(), before, "{place}");
    }
    for arguments in [
        &["status", "--report", "patch"][..],
        &["check", "--report", "patch"],
        &["plan", "--report", "patch", "--format", "jsonl"],
        &["plan", "--report", "patch", "--format", "json"],
        &["plan", "--report", "patch", "--report", "patch=-"],
        &["plan", "--report", "papyrus"],
    ] {
        folder.migrate(arguments).expect(2);
    }
    folder.write("out/p", b"old");
    folder.migrate(&["-C", "out", "plan", "--root", ".", "--report", "patch=p"]).expect(0);
    folder.migrate(&["plan", "--report", "patch=out/p"]).expect(0);
    assert!(folder.read("out/p").starts_with("diff --git"));
    assert_eq!(std::fs::read_dir(folder.path().join("out")).expect("out").count(), 1);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let env: String = (0..20_000).map(|n| format!("KEY{n}=1\n")).collect();
    let folder = own(&level("app.env"), &[("app.env", &env)]);
    let mut run = Command::new(env!("CARGO_BIN_EXE_migrate"))
        .current_dir(folder.path())
        .args(["plan", "-U", "1000", "--report", "patch"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    drop(run.stdout.take());
    assert!(run.wait().expect("its end").success());
}

#[test]
fn plan_tells_by_its_exit_code_whether_something_would_change() {
    let folder = own(&level("app.env"), &[("app.env", "LEVEL=debug\n")]);
    folder.migrate(&["plan"]).expect(0);
    folder.migrate(&["plan", "--detailed-exitcode"]).expect(2);
    folder.migrate(&["plan", "--detailed-exitcode", "nothing_of_the_kind"]).expect(1);
    folder.migrate(&["plan", "--detailed-exitcode", "--no-such-flag"]).expect(1);
    folder.migrate(&["up"]).expect(0);
    folder.migrate(&["plan", "--detailed-exitcode"]).expect(0);
}

/// Every report there is, of a plan, of `check` and of a run that is refused.
fn everything(folder: &Folder, environment: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for command in ["plan", "check", "verify", "lint", "down"] {
        for name in ["markdown", "html", "jsonl", "github", "gitlab", "junit", "rdjson", "sarif"] {
            let dry = if command == "down" { &["-n"][..] } else { &[] };
            let arguments = [&[command, "--report", name][..], dry].concat();
            let answer = folder.migrate_with(&arguments, environment);
            assert!(answer.code < 4, "{arguments:?}: {}", answer.stderr);
            assert!(!answer.stdout.contains(CANARY) && !answer.stderr.contains(CANARY), "{arguments:?}");
            all.push((name, answer.stdout));
        }
    }
    all
}

/// What `report` says to a strict reader, where there is one on this machine.
fn python(code: &str, report: &str) {
    let run = Command::new("python3").args(["-c", code]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let Ok(mut run) = run else { return };
    use std::io::Write;
    run.stdin.take().expect("a pipe").write_all(report.as_bytes()).expect("the report");
    assert!(run.wait().expect("its end").success(), "{report}");
}

const HOSTILE: &str = "``` ```` @team <img src=x> ::error::boom <!-- | \u{1b}[2J \u{202e} ##vso[x] ]]> &";

fn hostile() -> Folder {
    let env = format!("# {HOSTILE}\nTEXT={HOSTILE}\nLEVEL=debug # {HOSTILE}\nAPI_TOKEN={CANARY}\nPASSWORD={CANARY}\n");
    let step =
        edit("*.env", "{ set = \"TEXT\", to = \"``` @team <b> ::error::x\" },\n  { set = \"LEVEL\", to = \"info\" }");
    let text = format!("why = \"@team <img> ```\"\n{step}");
    own(&text, &[("::error::x @team `a` <b>.env", env.as_str()), ("app.env", env.as_str())])
}

#[test]
fn no_report_obeys_or_shows_what_a_file_says() {
    for server in [None, Some(("GITHUB_ACTIONS", "true")), Some(("TF_BUILD", "true"))] {
        let folder = hostile();
        let environment: Vec<_> = server.into_iter().collect();
        let mut all = everything(&folder, &environment);
        folder.migrate(&["up"]).expect(0);
        let drifted = folder.read("app.env").replace("LEVEL=info", &format!("LEVEL={HOSTILE}"));
        folder.write("app.env", drifted.as_bytes());
        all.extend(everything(&folder, &environment));
        for (name, report) in all {
            let hidden = |c: char| c.is_control() && c != '\n' && c != '\t' || c == '\u{202e}';
            assert!(!report.contains(hidden), "{name}: {report}");
            let commands = report.lines().filter(|line| line.trim_start().starts_with("::"));
            let known = |line: &str| ["::error ", "::warning ", "::notice "].iter().any(|one| line.starts_with(one));
            for command in commands {
                assert!(name == "github" && known(command), "{name}: {command}");
            }
            match name {
                "markdown" => is_tame(&report),
                "junit" => python("import sys, xml.dom.minidom as x; x.parseString(sys.stdin.buffer.read())", &report),
                "github" | "html" => {}
                "jsonl" => {
                    for line in report.lines() {
                        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
                    }
                }
                _ => drop(serde_json::from_str::<serde_json::Value>(&report).expect("JSON")),
            }
        }
    }
}

/// Nothing outside of code is a mention, an element or a fence of a file's own.
fn is_tame(page: &str) {
    let mut fence: Option<String> = None;
    for line in page.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {
                let signs = ['+', '-', ' ', '@', '\\'];
                assert!(line.starts_with(signs), "{line}");
            }
            None if ticks.len() >= 3 => {
                assert_eq!(&line[ticks.len()..], "diff");
                fence = Some(ticks);
            }
            None => {
                let plain = without_code(line);
                assert!(!plain.contains('@') && !plain.contains("<img") && !plain.contains("<b>"), "{plain}\n{line}");
            }
        }
    }
    assert_eq!(fence, None, "{page}");
}

/// `line` without its code spans, as CommonMark finds them, and without `<code>`.
fn without_code(line: &str) -> String {
    let mut line = line.to_owned();
    if let (Some(from), Some(to)) = (line.find("<code>"), line.find("</code>")) {
        line.replace_range(from..to, "");
    }
    let mut plain = String::new();
    let mut rest = line.as_str();
    while let Some(at) = rest.find('`') {
        plain.push_str(&rest[..at]);
        let run = rest[at..].chars().take_while(|c| *c == '`').count();
        let inside = &rest[at + run..];
        let mut from = 0;
        let mut end = None;
        while let Some(next) = inside[from..].find('`').map(|next| from + next) {
            let length = inside[next..].chars().take_while(|c| *c == '`').count();
            if length == run {
                end = Some(next + length);
                break;
            }
            from = next + length;
        }
        match end {
            Some(end) => rest = &inside[end..],
            None => {
                plain.push_str(&rest[at..at + run]);
                rest = inside;
            }
        }
    }
    plain + rest
}

#[test]
fn a_page_keeps_to_its_size_and_lists_what_it_leaves_out() {
    let small = "LEVEL=debug\n";
    let large: String = (0..400).map(|n| format!("# a long comment number {n}\n")).collect::<String>() + small;
    let many: Vec<(String, &str)> = (0..40).map(|n| (format!("many/{n}.env"), small)).collect();
    let mut files: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    files.extend([("large.env", large.as_str()), ("small.env", small)]);
    let folder = own(&edit("**/*.env", r#"{ set = "LEVEL", to = "info" }"#), &files);
    for size in ["1000", "1500", "3000", "5000", "9000", "16000", "65000"] {
        let page = folder.migrate(&["plan", "--report", "markdown", "--max-size", size, "-U", "1000"]).expect(0).stdout;
        assert!(page.len() <= size.parse::<usize>().expect("a number"), "{size}: {}", page.len());
        assert!(page.starts_with("<!-- migrate:plan:v1 root=. -->\n### Settings plan `"), "{page}");
        is_tame(&page);
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
    }
    let page = folder.migrate(&["plan", "--report", "markdown", "--max-size", "16000", "-U", "1000"]).expect(0).stdout;
    assert!(page.contains("1 diff left out for size:\n\n* v0001 `large.env` (+1 −1)"), "{page}");
    assert!(page.contains("\n-LEVEL=debug\n+LEVEL=info\n") && page.contains("| `debug` | `info` |"), "{page}");
}

#[test]
fn findings_have_their_places_in_every_report() {
    let folder = own(&level("app.env"), &[("app.env", "A=1\nLEVEL=debug\n")]);
    folder.migrate(&["up"]).expect(0);
    folder.write("app.env", b"A=1\nLEVEL=error\n");
    let verify = |name: &str| folder.migrate(&["verify", "--report", name]).expect(1);
    let sarif = json(&verify("sarif"));
    let run = &sarif["runs"][0];
    assert_eq!((&sarif["version"], &run["tool"]["driver"]["name"]), (&"2.1.0".into(), &"migrate".into()));
    let result = &run["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"M0406".into(), &"error".into()));
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "M0406");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&"app.env".into(), &2.into()));
    let rdjson = json(&verify("rdjson"));
    let one = &rdjson["diagnostics"][0];
    assert_eq!((&one["severity"], &one["location"]["path"]), (&"ERROR".into(), &"app.env".into()));
    assert_eq!(one["location"]["range"]["start"]["line"], 2);
    let gitlab = json(&verify("gitlab"));
    assert_eq!((&gitlab[0]["severity"], &gitlab[0]["location"]["lines"]["begin"]), (&"major".into(), &2.into()));
    let github = verify("github").stdout;
    assert!(github.starts_with("::error file=app.env,line=2,col="), "{github}");
    let junit = verify("junit").stdout;
    assert!(junit.contains("failures=\"1\"") && junit.contains("<failure type=\"M0406\""), "{junit}");
    let page = verify("markdown").stdout;
    assert!(
        page.contains("### migrate verify: 1 error\n") && page.contains("| error | M0406 | `app.env:2` |"),
        "{page}"
    );
    folder.write("app.env", b"A=1\nLEVEL=info\n");
    assert_eq!(folder.migrate(&["verify", "--report", "github"]).expect(0).stdout, "");
    assert_eq!(json(&folder.migrate(&["verify", "--report", "gitlab"]).expect(0)), serde_json::json!([]));
}

#[test]
fn github_gets_ten_of_a_kind_and_one_line_for_the_rest() {
    let many: Vec<String> = (0..13).map(|n| format!("many/{n}.env")).collect();
    let files: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "LEVEL=debug\n")).collect();
    let folder = own(&edit("**/*.env", r#"{ set = "LEVEL", to = "info" }"#), &files);
    let report = folder.migrate(&["plan", "--report", "github"]).expect(0).stdout;
    assert!(report.lines().all(|line| line.starts_with("::notice ")) && report.lines().count() == 10, "{report}");
    let last = |report: &str| report.lines().last().expect("a line").to_owned();
    let no_room =
        "::notice title=migrate::4 more notices that have no room here: add --report sarif=FILE, or markdown=FILE";
    assert_eq!(last(&report), no_room);
    let out = Folder::new();
    let summary = out.path().join("summary.md").display().to_string();
    let arguments = ["plan", "--report", "github", "--report", &format!("markdown={summary}")];
    let report = folder.migrate_with(&arguments, &[("GITHUB_STEP_SUMMARY", &summary)]).expect(0).stdout;
    assert_eq!(last(&report), "::notice title=migrate::4 more notices in the job summary");
}

#[test]
fn github_shows_what_is_on_the_lines_of_the_change_first() {
    let many: Vec<String> = (0..13).map(|n| format!("many/{n:02}.env")).collect();
    let files: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "A=1\nLEVEL=debug\n")).collect();
    let folder = own(&edit("**/*.env", r#"{ set = "LEVEL", to = "info" }"#), &files);
    folder.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]).expect(0);
    folder.git(&["checkout", "-q", "-b", "change"]).expect(0);
    folder.write("many/11.env", b"A=2\nLEVEL=debug\n");
    folder.write("many/12.env", b"A=1\nLEVEL=error\n");
    let report = folder.migrate_with(&["plan", "--report", "github"], &[("GITHUB_BASE_REF", "main")]).expect(0).stdout;
    assert!(report.starts_with("::notice file=many/12.env,line=2,"), "{report}");
    assert!(report.lines().nth(1).is_some_and(|line| line.starts_with("::notice file=many/00.env,")), "{report}");
}

#[test]
fn a_run_that_is_refused_tells_its_reports_why() {
    let folder = own(&edit("gone.env", r#"{ set = "LEVEL", to = "info" }"#), &[("app.env", "A=1\n")]);
    let report = folder.migrate(&["plan", "--report", "sarif"]).expect(3);
    assert_eq!(json(&report)["runs"][0]["results"][0]["ruleId"], "M0201");
}

#[test]
fn templates_are_yaml_and_use_only_what_exists() {
    let folder = Folder::repository(&[("app.env", "A=1\n")]);
    for (kind, path) in [
        ("github", ".github/workflows/migrate.yml"),
        ("gitlab", ".gitlab/migrate.yml"),
        ("pre-commit", ".pre-commit-config.yaml"),
    ] {
        let text = folder.migrate(&["ci", kind]).expect(0).stdout;
        let yaml = settings_migrate::format::by_name("yaml").expect("YAML");
        assert!(settings_migrate::format::read(yaml, &text).is_ok(), "{text}");
        folder.migrate(&["ci", kind, "--write", "-n"]).expect(0);
        assert!(!folder.path().join(path).exists());
        folder.migrate(&["ci", kind, "--write"]).expect(0);
        assert_eq!(folder.read(path), text);
        folder.write(path, b"mine: 1\n");
        let answer = folder.migrate(&["ci", kind, "--write"]).expect(3);
        assert!(answer.stderr.contains("is there already"), "{}", answer.stderr);
        assert_eq!(folder.read(path), "mine: 1\n");
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((_, command)) = line.split_once(" migrate ").filter(|_| !line.contains("name:")) else { continue };
            let words = command.split_whitespace().take_while(|word| *word != "||");
            let place = |word: &str| word.replace("\"$RUNNER_TEMP/", "out-").replace("\"$CI_PROJECT_DIR/", "out-");
            let words = words.map(|word| place(word).replace("\"$GITHUB_STEP_SUMMARY", "out-summary").replace('"', ""));
            let words: Vec<String> = words.collect();
            let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            let answer = folder.migrate(&arguments);
            assert!(answer.code < 2 || answer.stderr.contains("M0108"), "{arguments:?}: {}", answer.stderr);
        }
    }
}

#[test]
fn the_whole_answer_is_a_report_too_and_lines_of_json_are_a_format() {
    let folder = own(&level("app.env"), &[("app.env", "LEVEL=debug\n")]);
    for (arguments, code) in [(&["plan"][..], 0), (&["check"], 1), (&["lint"], 1), (&["up", "-n"], 0)] {
        let answer = folder.migrate(&[arguments, &["--format", "json"]].concat()).expect(code).stdout;
        let report = folder.migrate(&[arguments, &["--report", "json"]].concat()).expect(code).stdout;
        assert_eq!(report, answer);
        let events = folder.migrate(&[arguments, &["--report", "jsonl"]].concat()).expect(code).stdout;
        assert_eq!(folder.migrate(&[arguments, &["--format", "jsonl"]].concat()).expect(code).stdout, events);
    }
    folder.migrate(&["status", "--format", "jsonl"]).expect(2);
    let environment = [("MIGRATE_REPORT", "rdjson")];
    assert!(folder.migrate_with(&["plan"], &environment).expect(0).stdout.starts_with("{\n  \"source\""));
    folder.migrate_with(&["status"], &environment).expect(0);
}

#[test]
fn a_run_that_writes_has_its_reports_and_down_has_its_patch() {
    let folder = own(&level("app.env"), &[("app.env", "A=1\r\nPASSWORD=x\r\nLEVEL=debug")]);
    let out = Folder::new();
    let [page, patch] = ["page.md", "p.patch"].map(|name| out.path().join(name).display().to_string());
    let start = folder.files();
    folder.migrate(&["up", "--report", &format!("markdown={page}"), "--report", &format!("patch={patch}")]).expect(0);
    assert!(std::fs::read_to_string(&page).expect("the page").contains("| `debug` | `info` |"));
    git(&folder, &["apply", "-R", &patch]);
    assert_eq!(folder.files(), start);
    git(&folder, &["apply", &patch]);
    folder.migrate(&["down", "-n", "--forget", "--report", &format!("patch={patch}")]).expect(0);
    git(&folder, &["apply", &patch]);
    let patched = folder.settings();
    git(&folder, &["apply", "-R", &patch]);
    folder.migrate(&["down", "--forget"]).expect(0);
    assert_eq!(patched, folder.settings());
}

#[test]
fn a_report_on_standard_output_that_is_lost_is_a_failure_after_the_commit_too() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    if full().is_err() {
        return println!("skipped: this machine has no /dev/full");
    }
    for answer in [&["--format", "json"][..], &["--format", "jsonl"], &["--report", "json"], &["--report", "markdown"]]
    {
        let folder = own(&level("app.env"), &[("app.env", "LEVEL=debug\n")]);
        for command in ["up", "down"] {
            let before = folder.files();
            let mut run = Command::new(env!("CARGO_BIN_EXE_migrate"));
            run.current_dir(folder.path()).arg(command).args(answer).stdout(full().expect("/dev/full"));
            let output = run.output().expect("the program");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(4), "{command} {answer:?}: {said}");
            assert_ne!(folder.files(), before, "{command} {answer:?}");
            assert!(said.contains("error: everything is written, but this run failed to write the answer"), "{said}");
        }
    }
}
