//! Reports that people decide by: what a plan says of itself, before it is written and after; what `check` and `verify`
//! point at, and the mends they offer.

use serde_json::Value;

use crate::command::{Answer, Folder};

const LEVEL: &str = "\n[[step]]\nedit = \"*.env\"\ndo = [\n  { set = \"LEVEL\", to = \"info\" },\n]\n";

/// A repository with one migration of its own, which says `text`.
fn own(text: &str, files: &[(&str, &str)]) -> Folder {
    let migration = format!("schema = 1\ntitle = \"Log less\"\n{text}");
    Folder::repository(&[files, &[("migrations/v0001_log_level.toml", migration.as_str())]].concat())
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", answer.stdout))
}

#[test]
fn a_failing_check_points_at_each_migration_that_waits() {
    let second = "schema = 1\ntitle = \"Two\"\n\n[[step]]\nedit = \"b.env\"\ndo = [{ set = \"B\", to = \"2\" }]\n";
    let folder = own(LEVEL, &[("a.env", "LEVEL=debug\n"), ("b.env", "B=1\n"), ("migrations/v0002_two.toml", second)]);
    let github = folder.migrate(&["check", "--report", "github"]).expect(1).stdout;
    for line in [
        "::error file=migrations/v0001_log_level.toml,line=1,col=1,title=M0604::v0001_log_level is pending: it would change 2 files",
        "::error file=migrations/v0002_two.toml,line=1,col=1,title=M0604::v0002_two is pending: it would change 1 file",
    ] {
        assert!(github.contains(line), "{github}");
    }
    let gitlab = json(&folder.migrate(&["check", "--report", "gitlab"]).expect(1));
    let paths = gitlab.as_array().expect("a list").iter().map(|one| one["location"]["path"].as_str().expect("a path"));
    assert!(paths.clone().all(|path| folder.path().join(path).exists()), "{gitlab:#}");
    // One that is compiled has no file: the first line that it would write.
    let folder = Folder::repository(&[("config.toml", "[database]\nurl = \"postgres://db/x\"\n")]);
    let github = folder.migrate(&["check", "--set", "certs=/c", "--report", "github"]).expect(1).stdout;
    assert!(github.starts_with("::error file=config.toml,line=2,col=1,title=M0604::v0001_enable_ssl"), "{github}");
}

/// `text` after the mends of the report `rdjson`.
fn mended(report: &Value, text: &str) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for one in report["diagnostics"].as_array().expect("diagnostics").iter().rev() {
        for suggestion in one["suggestions"].as_array().into_iter().flatten() {
            let line = |side: &str| suggestion["range"][side]["line"].as_u64().expect("a line") as usize;
            let text = suggestion["text"].as_str().expect("a text").to_owned() + "\n";
            lines.splice(line("start") - 1..line("end"), [text]);
        }
    }
    lines.concat()
}

#[test]
fn what_has_drifted_is_sent_with_its_mend() {
    let steps = "\n[[step]]\nedit = \"a.env\"\ndo = [\n  { set = \"LEVEL\", to = \"info\" },\n  { set = \"NEW\", to = \"1\" },\n]\n\n\
                 [[ensure]]\nfile = \"a.env\"\nat = \"LEVEL\"\nis = \"info\"\n";
    let folder = own(steps, &[("a.env", "A=1\nLEVEL=debug\nB=1\n")]);
    folder.migrate(&["up"]).expect(0);
    let good = folder.read("a.env");
    for bad in [
        good.replace("LEVEL=info", "LEVEL=error"),
        good.replace("LEVEL=info", "LEVEL=debug"),
        good.replace("NEW=1\n", ""),
        good.replace("NEW=1\n", "NEW=2\n").replace("A=1", "A=5"),
        good.replace("NEW=1\n", "").replace("LEVEL=info", "LEVEL=error"),
    ] {
        folder.write("a.env", bad.as_bytes());
        for command in ["verify", "check"] {
            let rdjson = json(&folder.migrate(&[command, "--report", "rdjson"]).expect(1));
            assert_eq!(
                mended(&rdjson, &bad),
                good.replace("A=1", if bad.contains("A=5") { "A=5" } else { "A=1" }),
                "{rdjson:#}"
            );
            let sarif = json(&folder.migrate(&[command, "--report", "sarif"]).expect(1));
            let results = sarif["runs"][0]["results"].as_array().expect("results");
            assert!(results.iter().any(|one| one["fixes"].is_array()), "{sarif:#}");
        }
    }
    // What is wrong is told once, at its own line, with the end of it.
    folder.write("a.env", good.replace("LEVEL=info", "LEVEL=error").as_bytes());
    let answer = folder.migrate(&["verify"]).expect(1).stdout;
    assert!(answer.contains("error[M0406]") && !answer.contains("M0305"), "{answer}");
    assert!(answer.contains("what this migration ensures does not hold (migrations/v0001_log_level.toml:"), "{answer}");
}

#[test]
fn a_broken_condition_is_told_at_the_line_that_breaks_it() {
    let steps = format!("{LEVEL}\n[[ensure]]\nfile = \"a.env\"\nat = \"A\"\nis = \"1\"\n");
    let folder = own(&steps, &[("a.env", "A=1\nLEVEL=debug\n")]);
    folder.migrate(&["up"]).expect(0);
    folder.write("a.env", b"A=2\nLEVEL=info\n");
    let rdjson = json(&folder.migrate(&["verify", "--report", "rdjson"]).expect(1));
    let one = &rdjson["diagnostics"][0];
    assert_eq!((&one["code"]["value"], &one["location"]["path"]), (&"M0305".into(), &"a.env".into()), "{rdjson:#}");
    let range = serde_json::json!({ "start": { "line": 1, "column": 1 }, "end": { "line": 1, "column": 4 } });
    assert_eq!(one["location"]["range"], range);
}

#[test]
fn what_is_written_is_told_as_done() {
    let folder = own(LEVEL, &[("a.env", "LEVEL=debug\n")]);
    let out = Folder::new();
    let formats = ["rdjson", "sarif", "github", "gitlab", "junit", "markdown", "html"];
    let wishes: Vec<String> =
        formats.iter().map(|name| format!("--report={name}={}", out.path().join(name).display())).collect();
    let run = |command: &[&str]| {
        folder.migrate(&[command, &wishes.iter().map(String::as_str).collect::<Vec<_>>()].concat()).expect(0);
        formats.map(|name| out.read(name))
    };
    for (command, done) in [("up", "changed this file"), ("down", "was taken back from this file")] {
        let dry = run(&[command, "-n"]);
        let real = run(&[command]);
        for (name, report) in formats.iter().zip(&real) {
            for word in ["M0604", "suggestions", "\"fixes\"", "would", "pending", "Settings plan", "Plan to take"] {
                assert!(!report.contains(word), "{name} says {word}: {report}");
            }
        }
        assert!(real[..5].iter().all(|report| report.contains(done)), "{real:?}");
        assert!(dry[..5].iter().all(|report| !report.contains(done)), "{dry:?}");
        let title = if command == "up" { "Settings written: 1 migration" } else { "Settings taken back: 1 migration" };
        assert!(real[5..].iter().all(|page| page.contains(title)), "{real:?}");
        assert!(dry[5..].iter().all(|page| !page.contains(title)), "{dry:?}");
    }
}

#[test]
fn a_page_says_why_what_was_tried_and_what_stays() {
    let case = "\n[[case]]\nname = \"one\"\nfile = \"x.env\"\nbefore = \"LEVEL=debug\\n\"\nafter = \"LEVEL=info\\n\"\n";
    let guard = "\n[[require]]\nfile = \"a.env\"\nat = \"LEVEL\"\nis = \"debug\"\n";
    let text = format!("why = \"Logs cost money (OPS-112).\"\n{guard}{LEVEL}{case}");
    let folder = own(&text, &[("a.env", "LEVEL=debug\n"), ("b.env", "LEVEL=info\n")]);
    let page = folder.migrate(&["plan", "--report", "markdown"]).expect(0).stdout;
    for part in [
        "\n**Why**: Logs cost money (OPS-112).\n",
        "\n**Checked**: guards 1/1 · examples 1/1 · rolls back byte for byte.\n",
        "\n<details><summary>Left as it is, and why (1)</summary>\n\n* v0001 `b.env`: `",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let page = folder.migrate(&["plan", "--report", "html"]).expect(0).stdout;
    for part in ["<p><strong>Why</strong>: Logs cost", "guards 1/1 · examples 1/1 · rolls back byte for byte</p>"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    // Only what was tried is said, and how it ended.
    let wrong = text.replace("after = \"LEVEL=info", "after = \"LEVEL=warn").replace(guard, "");
    let folder = own(&wrong, &[("a.env", "LEVEL=debug\n")]);
    let page = folder.migrate(&["plan", "--report", "markdown"]).expect(0).stdout;
    assert!(page.contains("\n**Checked**: examples 0/1 · rolls back byte for byte.\n"), "{page}");
    // A sentence that could be a mention or a link is code.
    let folder = own(&text.replace("Logs cost money", "@team https://x"), &[("a.env", "LEVEL=debug\n")]);
    let page = folder.migrate(&["plan", "--report", "markdown"]).expect(0).stdout;
    assert!(page.contains("\n**Why**: `@team https://x (OPS-112).`\n"), "{page}");
}

#[test]
fn a_page_uses_the_room_it_has() {
    let many: Vec<String> = (0..600).map(|n| format!("a-folder-with-a-long-name/{n}.env")).collect();
    let files: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "LEVEL=debug\n")).collect();
    let folder = own(&LEVEL.replace("*.env", "**/*.env"), &files);
    for size in [1000_usize, 4000, 20_000, 65_000] {
        let arguments = ["plan", "--report", "markdown", "--max-size", &size.to_string()];
        let page = folder.migrate(&arguments).expect(0).stdout;
        assert!(page.len() <= size && page.len() + 400 > size.min(50_000), "{size}: {}", page.len());
        let listed = page.matches("`a-folder-with-a-long-name/").count() + page.matches("<code>a-folder").count();
        assert!(listed > size / 200 || listed >= 600, "{size}: {listed}\n{page}");
        assert_eq!(page.contains(" more\n"), listed < 600, "{size}: {page}");
    }
    let out = Folder::new();
    let summary = out.path().join("summary").display().to_string();
    let report = format!("--report=markdown={summary}");
    folder.migrate_with(&["plan", &report], &[("GITHUB_STEP_SUMMARY", &summary)]).expect(0);
    assert_eq!(out.read("summary").matches("```diff").count(), 600, "a summary takes a million bytes");
    // What another step said stays; a page of its own is new each time.
    out.write("summary", b"# Earlier\n");
    folder.migrate_with(&["plan", &report], &[("GITHUB_STEP_SUMMARY", &summary)]).expect(0);
    assert!(out.read("summary").starts_with("# Earlier\n\n\n<!-- "), "{:.200}", out.read("summary"));
    folder.migrate_with(&["plan", &report], &[]).expect(0);
    assert!(out.read("summary").len() <= 65_000);
    // A table without a row has no head.
    let long = format!("{}\n", "x".repeat(900));
    let folder = own(LEVEL, &[("a.env", &format!("LEVEL=debug\n{long}"))]);
    folder.migrate(&["up"]).expect(0);
    folder.write("a.env", b"LEVEL=debug\n");
    let page = folder.migrate(&["verify", "--report", "markdown", "--max-size", "1000"]).expect(1).stdout;
    assert_eq!(page.contains("| --- |"), page.contains("| error |"), "{page}");
}

#[test]
fn no_link_of_the_repository_takes_a_report_out_of_it() {
    let (folder, out) = (own(LEVEL, &[("a.env", "LEVEL=debug\n")]), Folder::new());
    std::os::unix::fs::symlink(out.path(), folder.path().join("ci")).expect("a link");
    let answer = folder.migrate(&["plan", "--report", "markdown=ci/plan.md"]).expect(2);
    assert!(answer.stderr.contains("a link leads `ci/plan.md` to another folder"), "{}", answer.stderr);
    assert!(out.files().is_empty());
    // By its own name it is what somebody asked for.
    folder.migrate(&["plan", "--report", &format!("markdown={}/plan.md", out.path().display())]).expect(0);
    assert!(out.read("plan.md").contains("LEVEL"));
}

#[test]
fn a_warning_that_stops_nothing_is_no_failed_test() {
    let text = "LEVEL=debug\nDATABASE_URL=postgres://h/d?sslmode=disable\n";
    let step =
        "\n[[step]]\nedit = \"a.env\"\ndo = [{ set = \"DATABASE_URL\", to = \"postgres://h/d?sslmode=disable\" }]\n";
    let folder = own(step, &[("a.env", &text.replace("disable", "require"))]);
    let plan = folder.migrate(&["plan", "--report", "junit"]).expect(0);
    assert!(plan.stdout.contains("failures=\"0\"") && plan.stdout.contains("<system-out>"), "{}", plan.stdout);
}

#[test]
fn a_report_that_fails_late_is_no_success_and_says_that_the_settings_are_written() {
    let folder = own(LEVEL, &[("a.env", "LEVEL=debug\n")]);
    let answer = folder.migrate(&["up", "--report", "markdown=/proc/migrate-report"]).expect(4);
    assert!(
        answer.stderr.contains("everything is written and recorded, but this run failed to write the report"),
        "{}",
        answer.stderr
    );
    assert_eq!(folder.read("a.env"), "LEVEL=info\n");
    folder.migrate(&["status", "--exit-code"]).expect(0);
}

#[test]
fn an_id_that_is_none_and_a_plan_that_is_another_one_are_told_apart() {
    let folder = own(LEVEL, &[("a.env", "LEVEL=debug\n")]);
    let id = json(&folder.migrate(&["plan", "--format", "json"]).expect(0))["result"]["plan"]
        .as_str()
        .expect("an id")
        .to_owned();
    for wrong in [&id[..8], &id.to_uppercase(), ""] {
        let answer = folder.migrate(&["up", "--expect", wrong]).expect(2);
        assert!(answer.stderr.contains("is no plan id: it has 26 characters"), "{}", answer.stderr);
        assert!(answer.stderr.contains(&format!("the present plan is {id}")), "{}", answer.stderr);
    }
    let answer = folder.migrate(&["up", "--expect", "aaaaaaaaaaaaaaaaaaaaaaaaaa"]).expect(3);
    assert!(
        answer.stderr.contains("M0602") && answer.stderr.contains("the present plan is printed above"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stdout.contains("+LEVEL=info") && answer.stdout.contains("Nothing was written."),
        "{}",
        answer.stdout
    );
    assert_eq!(folder.read("a.env"), "LEVEL=debug\n");
    folder.migrate(&["up", "--expect", &id]).expect(0);
}

#[test]
fn a_setting_with_another_name_is_listed_under_both() {
    let rename = |verb: &str| format!("\n[[step]]\nedit = \"a.*\"\ndo = [{{ rename = {verb} }}]\n");
    let yaml = "logging:\n  debug_mode: true\n  tags: [a]\n  api_token: x\n";
    for (file, text, verb, lines) in [
        (
            "a.yaml",
            yaml,
            "\"logging.debug_mode\", to = \"verbose\"",
            ["logging.debug_mode|true|", "logging.verbose||true"],
        ),
        ("a.yaml", "logging:\n  tags: [a]\n", "\"logging\", to = \"log\"", ["logging|...|", "log||..."]),
        ("a.yaml", yaml, "\"logging.api_token\", to = \"key\"", ["logging.api_token|•••|", "logging.key||•••"]),
        ("a.json", "{\"a\": {\"b.c\": 1}}\n", "'a.\"b.c\"', to = \"d e\"", ["a.\"b.c\"|1|", "a.d e||1"]),
        ("a.properties", "x.y = 1\n", "\"x.y\", to = \"z\"", ["\"x.y\"|1|", "z||1"]),
        (
            "a.env",
            "U=postgres://h/d?old=1\n",
            "\"U\", in = \"url:query.old\", to = \"new\"",
            ["U url:query.old|1|", "U url:query.new||1"],
        ),
    ] {
        let folder = own(&rename(verb), &[(file, text)]);
        let plan = json(&folder.migrate(&["up", "-n", "--format", "json"]).expect(0));
        let settings = plan["result"]["steps"][0]["files"][0]["settings"].as_array().expect("settings").iter();
        let field = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let settings = settings.map(|one| ["at", "before", "after"].map(|name| field(one, name)).join("|"));
        assert_eq!(settings.collect::<Vec<_>>(), lines, "{file}: {verb}");
    }
    let folder = own(&rename("\"logging.debug_mode\", to = \"verbose\""), &[("a.yaml", yaml)]);
    let paths = folder.migrate(&["up", "-n", "--diff", "paths"]).expect(0).stdout;
    assert!(paths.contains("  - logging.debug_mode   true\n  + logging.verbose   true\n"), "{paths}");
    // What git ignores is shown in neither.
    let hidden = [(".gitignore", "a.yaml\n"), ("a.yaml", "logging:\n  debug_mode: abc\n")];
    let hidden = own(&rename("\"logging.debug_mode\", to = \"verbose\""), &hidden);
    let paths = hidden.migrate(&["up", "-n", "--diff", "paths"]).expect(0).stdout;
    assert!(paths.contains("  - logging.debug_mode   •••\n  + logging.verbose   •••\n"), "{paths}");
}
