//! Bad input of every kind: a named error with its place and a mend, the right exit code, nothing written.

use std::os::unix::fs::PermissionsExt;

use crate::command::Folder;

const SETTINGS: &str = "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.postgresql',\n        'NAME': 'x',\n    },\n}\n";
const CERTS: [&str; 2] = ["--set", "certs=/etc/certs"];

/// Runs `up` and `up -n`; both must end with `code`, say each of `words`, and leave every file as it is.
#[track_caller]
fn refused(folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) {
    let before = folder.files();
    for dry in [&["up"][..], &["up", "-n"], &["plan"]] {
        let answer = folder.migrate(&[dry, arguments].concat()).expect(code);
        for word in words {
            assert!(answer.stderr.contains(word), "`{word}` is not in\n{}", answer.stderr);
        }
        assert_eq!(folder.files(), before, "something was written");
    }
}

#[test]
fn a_settings_file_that_does_not_parse_is_named_with_the_place() {
    let folder = Folder::repository(&[("app/settings.py", &SETTINGS.replace("'NAME': 'x',", "'NAME': 'x"))]);
    refused(&folder, &CERTS, 3, &["error[M0310]", "app/settings.py:4", "Nothing was written", "--except"]);
}

#[test]
fn files_that_are_no_text_are_refused() {
    let yaml = b"production:\n  adapter: postgresql\n  host: db\xFF\n";
    let folder = Folder::new();
    folder.write("config/database.yml", yaml);
    folder.commit();
    refused(&folder, &CERTS, 3, &["M0311", "config/database.yml:3:11", "0xFF"]);
    let folder = Folder::new();
    folder.write(".env", b"PGHOST=db\0\n");
    folder.commit();
    refused(&folder, &CERTS, 3, &["M0311", "binary"]);
    let folder = Folder::new();
    folder.write("a.toml", b"\xFF\xFEd\0a\0t\0a\0b\0a\0s\0e\0");
    folder.write("b.env", b"\xFF\xFEPGHOST");
    folder.commit();
    refused(&folder, &CERTS, 3, &["M0311", "UTF-16"]);
}

#[test]
fn duplicate_keys_are_refused_where_they_matter() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\nPGSSLMODE=disable\nA=1\nA=2\nPGSSLMODE=prefer\n")]);
    refused(&folder, &CERTS, 3, &["M0312", ".env:5:1", "first here"]);
    let folder = Folder::repository(&[("c.yaml", "db:\n  driver: postgres\n  host: a\n  host: b\n")]);
    refused(&folder, &CERTS, 3, &["c.yaml:4:3", "duplicate key `host`"]);
}

#[test]
fn a_read_only_file_is_a_statement() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    let path = folder.path().join("app/settings.py");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).expect("the mode");
    refused(&folder, &CERTS, 3, &["M0203", "read-only", "chmod u+w"]);
}

#[test]
fn links_are_not_followed_out_of_the_repository() {
    let outside = Folder::with(&[("settings.py", SETTINGS)]);
    let folder = Folder::repository(&[("a.txt", "x\n")]);
    std::os::unix::fs::symlink(outside.path().join("settings.py"), folder.path().join("settings.py")).expect("a link");
    refused(&folder, &CERTS, 3, &["M0202", "leaves the repository", "--except"]);
    assert_eq!(outside.read("settings.py"), SETTINGS);
    folder.migrate(&["up", "-n", "--set", "certs=/c", "--except", "settings.py"]).expect(0);
}

#[test]
fn a_link_inside_the_repository_is_one_file() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    std::os::unix::fs::symlink("settings.py", folder.path().join("app/prod.py")).expect("a link");
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    assert!(folder.read("app/settings.py").contains("sslmode"));
    assert!(folder.path().join("app/prod.py").is_symlink());
}

/// A link whose file has a name that says nothing: the file is edited by the rules of the link's name, the link stays.
#[test]
fn a_link_to_a_file_in_the_repository_is_followed_and_kept() {
    let migration = |step: &str| format!("schema = 1\ntitle = \"t\"\n[[step]]\n{step}\n");
    let set = migration("edit = \"**/.env\"\ndo = [{ set = \"MODE\", to = \"new\" }]");
    let folder =
        Folder::with(&[("migrations/v0001_mode.toml", &set), ("shared/production.settings", "# x\nMODE=old\n")]);
    let link = folder.path().join("app/.env");
    std::fs::create_dir(folder.path().join("app")).expect("a folder");
    std::os::unix::fs::symlink("../shared/production.settings", &link).expect("a link");
    folder.commit();
    let before = folder.files();
    let shown = folder.migrate(&["up", "-n"]).expect(0);
    assert!(shown.stdout.contains("shared/production.settings"), "{}", shown.stdout);
    folder.migrate(&["up"]).expect(0);
    assert_eq!(folder.read("shared/production.settings"), "# x\nMODE=new\n");
    assert!(link.is_symlink());
    for (command, code) in [("up", 0), ("verify", 0), ("status", 0)] {
        let again = folder.migrate(&[command]).expect(code);
        assert!(!again.stdout.contains("pending") || again.stdout.contains("Nothing is pending"), "{}", again.stdout);
    }
    folder.write("shared/production.settings", b"# y\nMODE=new\nMORE=1\n");
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("shared/production.settings"), "# y\nMODE=old\nMORE=1\n");
    assert!(link.is_symlink());
    folder.write("shared/production.settings", b"# x\nMODE=old\n");
    for step in ["delete = \"app/.env\"", "move = \"app/.env\"\nto = \"app/x.env\""] {
        folder.write("migrations/v0001_mode.toml", migration(step).as_bytes());
        std::fs::remove_dir_all(folder.path().join(".migrate")).expect("the records");
        let answer = folder.migrate(&["up"]).expect(3);
        assert!(answer.stderr.contains("name the file: `shared/production.settings`"), "{}", answer.stderr);
        folder.write(".migrate/applied/.keep", b"");
    }
    assert_eq!(before.get("shared/production.settings"), folder.files().get("shared/production.settings"));
}

/// A migration makes no files in repositories of their own, bare ones included, and does not write over migrations.
#[test]
fn new_files_stay_in_the_repository() {
    let cases = [
        ("bare/hooks/post-update", "`bare` is a repository of its own"),
        ("sub/new.txt", "`sub` is a repository of its own"),
        ("sub/deep/new.txt", "`sub` is a repository of its own"),
        ("own/new.txt", "`own` is a repository of its own"),
        ("node_modules/a.txt", "it is there already"),
        ("migrations/v0001_new.toml", "it is part of a migration"),
    ];
    for (file, why) in cases {
        let migration = format!(
            "schema = 1\ntitle = \"t\"\n[[step]]\ncreate = \"{file}\"\ncontent = \"x\"\nif_exists = \"replace\"\n"
        );
        let folder = Folder::repository(&[
            ("migrations/v0001_new.toml", &migration),
            (".gitignore", "node_modules/\n"),
            ("node_modules/a.txt", "a\n"),
            ("own/migrate.toml", ""),
        ]);
        folder.git(&["init", "-q", "--bare", "bare"]).expect(0);
        folder.git(&["init", "-q", "sub"]).expect(0);
        let before = folder.files();
        for words in [&["up", "-n"][..], &["up"]] {
            let answer = folder.migrate(words).expect(3);
            assert!(answer.stderr.contains(why), "{file}: {}", answer.stderr);
        }
        assert_eq!(folder.files(), before);
    }
}

#[test]
fn pipes_and_folders_are_never_opened() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS), ("x.env/y", "")]);
    let made = std::process::Command::new("mkfifo").arg(folder.path().join(".env")).status().expect("mkfifo");
    assert!(made.success());
    let answer = folder.migrate(&["up", "-n", "--set", "certs=/c"]);
    assert!(answer.code == 0 || answer.stderr.contains("M0204"), "{}", answer.stderr);
}

#[test]
fn variables_are_checked_before_anything_else_happens() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    refused(&folder, &[], 2, &["M0108", "`certs`", "--set certs=", "migrate.toml"]);
    refused(&folder, &["--set", "cert=/x"], 2, &["M0108"]);
    refused(&folder, &["--set", "crets=/x"], 2, &["M0107", "did you mean `certs`"]);
    refused(&folder, &["--set", "certs"], 2, &["--set takes NAME=VALUE"]);
    refused(&folder, &["--set", "certs=~/certs"], 2, &["M0109", "expand neither"]);
    refused(&folder, &["--set", "certs=/it's"], 2, &["M0109"]);
    refused(&folder, &["--set", "certs=../x"], 2, &["M0109", "inside the repository"]);
    refused(&folder, &["--set", "certs=/c", "--set", "sslmode=required"], 2, &["M0109", "verify-full"]);
    refused(&folder, &["--set", "certs=/c", "--set", "ca=../ca.pem"], 2, &["M0109"]);
}

#[test]
fn a_relative_directory_is_refused_where_a_path_can_not_be_anchored() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    refused(&folder, &["--set", "certs=certs"], 2, &["M0109", "`.env`", "/an/absolute/directory"]);
    let node = "import { Pool } from 'pg';\nnew Pool({ host: 'db' });\n// postgres\n";
    let folder = Folder::repository(&[("db.js", node)]);
    refused(&folder, &["--set", "certs=certs"], 2, &["M0109", "`db.js`"]);
}

#[test]
fn configuration_faults_point_into_the_file() {
    let cases = [
        ("nmae = 1\n", "migrate.toml:1:1", "did you mean `name`"),
        ("[vars]\ncrets = 'x'\n", "M0107", "did you mean `certs`"),
        ("name = [\n", "migrate.toml:", "does not parse"),
        ("exclude = ['a[']\n", "not a glob", "a["),
        ("trusted = true\n", "can not be set", "migrate.toml:1:1"),
    ];
    for (text, one, two) in cases {
        let folder = Folder::repository(&[("app/settings.py", SETTINGS), ("migrate.toml", text)]);
        refused(&folder, &CERTS, 2, &[one, two]);
    }
}

#[test]
fn unknown_migrations_and_places_are_usage_errors() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    refused(&folder, &["v0009", "--set", "certs=/c"], 2, &["M0105", "v0001_enable_ssl"]);
    folder.migrate(&["show", "nothing"]).expect(2);
    folder.migrate(&["down"]).expect(2);
    folder.migrate(&["down", "enable_ssl"]).expect(2);
    folder.migrate(&["frobnicate"]).expect(2);
    folder.migrate(&["-C", "nowhere", "status"]).expect(2);
    folder.migrate(&["-C", "app/settings.py", "status"]).expect(2);
    folder.migrate(&["up", "--only", "a[", "--set", "certs=/c"]).expect(2);
    folder.write("migrations/v0002_more.toml", b"schema = 1\n");
    folder.migrate(&["status"]).expect(2);
}

#[test]
fn records_that_can_not_be_trusted_stop_everything() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let name = ".migrate/applied/enable_ssl.toml";
    let good = folder.read(name);
    let cases = [
        ("format = 2\n".to_owned(), "M0404"),
        ("format = ".to_owned(), "M0403"),
        (good.replace("app/settings.py", "../settings.py"), "M0403"),
        (good.replace("app/settings.py", ".git/config"), "M0403"),
        (good.replace("\"enable_ssl\"", "\"other\""), "M0403"),
        (format!("<<<<<<< HEAD\n{good}"), "M0403"),
    ];
    for (text, code) in cases {
        folder.write(name, text.as_bytes());
        let before = folder.files();
        for command in ["up", "down", "status", "plan"] {
            let answer = folder.migrate(&[command, "--set", "certs=/c"]).expect(3);
            assert!(answer.stderr.contains(code) && answer.stderr.contains(name), "{}", answer.stderr);
        }
        assert_eq!(folder.files(), before);
    }
    folder.write(name, good.as_bytes());
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("app/settings.py"), SETTINGS);
}

#[test]
fn a_changed_setting_stops_down_with_three_values() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS), (".env", "PGHOST=db\n")]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let changed = folder.read("app/settings.py").replace("'sslmode': 'require'", "'sslmode': 'verify-full'");
    folder.write("app/settings.py", changed.as_bytes());
    let before = folder.files();
    let answer = folder.migrate(&["down"]).expect(3);
    for word in ["M0410", "app/settings.py:6:24", "(nothing)", "'require'", "'verify-full'", "othing was written"] {
        assert!(answer.stderr.contains(word), "`{word}` is not in\n{}", answer.stderr);
    }
    assert_eq!(folder.files(), before);
    let status = folder.migrate(&["status", "--exit-code"]).expect(1);
    assert!(status.stdout.contains("drifted") && status.stdout.contains("app/settings.py:6:24"), "{}", status.stdout);
}

#[test]
fn later_edits_elsewhere_survive_down() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS), (".env", "PGHOST=db\nA=1\n")]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let python = folder.read("app/settings.py").replace("'NAME': 'x',", "'NAME': 'y',  # renamed") + "DEBUG = True\n";
    folder.write("app/settings.py", python.as_bytes());
    folder.write(".env", format!("# first\n{}B=2\n", folder.read(".env")).as_bytes());
    folder.migrate(&["down"]).expect(0);
    let expected = SETTINGS.replace("'NAME': 'x',", "'NAME': 'y',  # renamed") + "DEBUG = True\n";
    assert_eq!(folder.read("app/settings.py"), expected);
    assert_eq!(folder.read(".env"), "# first\nPGHOST=db\nA=1\nB=2\n");
}

#[test]
fn the_approved_plan_is_the_one_that_is_applied() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    let plan = folder.migrate(&["plan", "--set", "certs=/c", "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    let id = json["result"]["plan"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 26);
    let answer = folder.migrate(&["up", "--set", "certs=/other", "--expect", &id]).expect(3);
    assert!(answer.stderr.contains("M0602"), "{}", answer.stderr);
    let shown = folder.migrate(&["plan", "--set", "certs=/c", "--except", "b c/**"]).expect(0).stdout;
    let command = format!("migrate --except 'b c/**' --set certs=/c up --expect {id}");
    assert!(shown.contains(&command), "{shown}");
    folder.migrate(&["up", "--set", "certs=/c", "--expect", &id]).expect(0);
}

#[test]
fn a_glob_may_hold_a_space_and_the_environment_several_globs() {
    let files = [("a b/settings.py", SETTINGS), ("c/settings.py", SETTINGS), ("d/settings.py", SETTINGS)];
    let folder = Folder::repository(&files);
    folder.migrate(&["up", "--set", "certs=/c", "--except", "a b/**"]).expect(0);
    assert_eq!(folder.read("a b/settings.py"), SETTINGS);
    assert_ne!(folder.read("c/settings.py"), SETTINGS);
    let folder = Folder::repository(&files);
    folder.migrate_with(&["up", "--set", "certs=/c"], &[("MIGRATE_EXCEPT", "c/** d/**")]).expect(0);
    assert_ne!(folder.read("a b/settings.py"), SETTINGS);
    assert_eq!([folder.read("c/settings.py"), folder.read("d/settings.py")], [SETTINGS, SETTINGS]);
}

#[test]
fn records_that_git_leaves_out_are_refused_with_the_line_that_lets_them_in() {
    for ignored in [".migrate/\n", ".*\n!.gitignore\n", ".migrate/applied\n", "*.toml\n"] {
        let folder = Folder::repository(&[("app/settings.py", SETTINGS), (".gitignore", ignored)]);
        let up = ["up", "--set", "certs=/c"];
        let planned = folder.migrate(&["plan", "--set", "certs=/c"]).expect(0);
        assert!(planned.stderr.contains("warning[M0405]"), "{}", planned.stderr);
        let refused = folder.migrate(&up).expect(3).stderr;
        assert!(refused.contains("error[M0405]") && refused.contains("nothing was written"), "{refused}");
        assert_eq!(folder.read("app/settings.py"), SETTINGS);
        let line = refused.lines().find_map(|line| line.split_once("to the end of .gitignore: ")).expect("a line").1;
        folder.write(".gitignore", format!("{ignored}{line}\n").as_bytes());
        folder.migrate(&up).expect(0);
        // What was applied before it was ignored can still go.
        folder.write(".gitignore", ignored.as_bytes());
        let down = folder.migrate(&["down"]).expect(0);
        assert!(down.stderr.contains("M0405"), "{}", down.stderr);
        assert_eq!(folder.read("app/settings.py"), SETTINGS);
    }
}

#[test]
fn an_answer_that_does_not_arrive_is_no_success() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return println!("skipped: this machine has no /dev/full");
    };
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(folder.path()).args(["plan", "--set", "certs=/c"]).stdout(full);
    let output = command.output().expect("the program");
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
}

#[test]
fn an_answer_that_is_lost_after_the_commit_is_no_failure() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    if full().is_err() {
        return println!("skipped: this machine has no /dev/full");
    }
    let run = |folder: &Folder, arguments: &[&str], out: bool, err: bool| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_migrate"));
        command.current_dir(folder.path()).args(arguments);
        if out {
            command.stdout(full().expect("/dev/full"));
        }
        if err {
            command.stderr(full().expect("/dev/full"));
        }
        command.output().expect("the program")
    };
    for (out, err) in [(true, false), (false, true), (true, true)] {
        let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
        for arguments in [&["up", "--set", "certs=/c"][..], &["down"]] {
            let before = folder.files();
            let output = run(&folder, arguments, out, err);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}");
            assert_ne!(folder.files(), before, "{arguments:?}");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(err || said.contains("note: everything is written"), "{said}");
        }
        // Without anything to write the answer is all there is.
        assert_eq!(run(&folder, &["status"], true, false).status.code(), Some(4));
    }
}

#[test]
fn every_failure_is_json_when_json_is_asked_for() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
    for arguments in [&["up"][..], &["down"], &["show", "x"], &["status", "--set", "a=b"], &["upp"], &["up", "--bogus"]]
    {
        let answer = folder.migrate(&[arguments, &["--format", "json"]].concat());
        let json: serde_json::Value =
            serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stdout));
        assert_eq!(json["schema_version"], 1);
        assert!(json["diagnostics"][0]["code"].as_str().is_some_and(|code| code.starts_with('M')), "{json}");
    }
}

#[test]
fn links_in_the_place_of_records_are_not_written_through() {
    for link in [".migrate", ".migrate/applied"] {
        let outside = Folder::new();
        let folder = Folder::repository(&[("app/settings.py", SETTINGS)]);
        if link.contains('/') {
            std::fs::create_dir(folder.path().join(".migrate")).expect("a folder");
        }
        std::os::unix::fs::symlink(outside.path(), folder.path().join(link)).expect("a link");
        let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(3);
        assert!(answer.stderr.contains("is a link"), "{}", answer.stderr);
        assert!(outside.files().is_empty());
        assert_eq!(folder.read("app/settings.py"), SETTINGS);
    }
}

#[test]
fn a_record_can_not_point_down_at_files_of_others() {
    let folder = Folder::repository(&[("app/settings.py", SETTINGS), ("run.sh", "echo x\n")]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let name = ".migrate/applied/enable_ssl.toml";
    let good = folder.read(name);
    for file in ["run.sh", ".migrate/applied/enable_ssl.toml", "migrate.toml"] {
        let edit = format!(
            "edits = [\n  {{ file = \"{file}\", at = \"x\", op = \"replace\", was = \"evil\", now = \"x\" }},\n"
        );
        folder.write(name, good.replace("edits = [\n", &edit).as_bytes());
        let before = folder.files();
        let answer = folder.migrate(&["down"]).expect(3);
        assert!(answer.stderr.contains("M0403") && answer.stderr.contains(file), "{}", answer.stderr);
        assert_eq!(folder.files(), before);
    }
}

#[test]
fn hostile_code_neither_hangs_nor_kills_the_program() {
    let bombs: [(&str, &str, usize); 14] = [
        ("a.ts", "B<", 20_000),
        ("a.js", "class A extends ", 10_000),
        ("a.js", "for(;;)", 20_000),
        ("a.jsx", "<a>", 40_000),
        ("a.js", ".a(b)", 40_000),
        ("a.js", "a=", 60_000),
        ("a.js", "l:", 60_000),
        ("a.js", "a=>", 50_000),
        ("a.js", "!", 200_000),
        ("a.js", "if(a);else ", 20_000),
        ("a.js", "a&&", 60_000),
        ("a.py", "a.", 100_000),
        ("a.py", "a**", 60_000),
        ("a.py", "not ", 50_000),
    ];
    for (name, part, count) in bombs {
        let head = if name.ends_with(".py") { "DATABASES = " } else { "import { Pool } from 'pg';\nx = y" };
        let folder = Folder::repository(&[(name, &format!("{head}{}a\n", part.repeat(count)))]);
        let answer = folder.migrate(&["up", "-n", "--set", "certs=/c"]);
        assert!(matches!(answer.code, 0 | 3), "{part}: exit code {}\n{}", answer.code, answer.stderr);
    }
}

/// Names that stand for one another without end, or for longer than anybody writes them.
#[test]
fn names_that_lead_nowhere_are_a_variable() {
    let chain: String = (1..5_000).map(|n| format!("const a{n} = a{};\n", n - 1)).collect();
    let codes =
        ["const a4999 = a4999;\n", "const a4999 = b;\nconst b = a4999;\n", &format!("const a0 = {{}};\n{chain}")];
    for code in codes {
        let folder = Folder::with(&[("a.js", code)]);
        let answer = folder.migrate(&["edit", "a.js", "--set", "const a4999.x", "1"]).expect(3);
        assert!(answer.stderr.contains("it is a variable"), "{}", answer.stderr);
    }
    let short = Folder::with(&[("a.js", "const a = { x: 0 };\nconst b = a;\nconst c = b;\n")]);
    short.migrate(&["edit", "a.js", "--set", "const c.x", "1"]).expect(0);
    assert!(short.read("a.js").starts_with("const a = { x: 1 };"));
}

#[test]
fn many_keys_take_no_time_worth_mentioning() {
    let env: String = (0..20_000).map(|n| format!("KEY_{n}={n}\n")).collect();
    let yaml: String = (0..20_000).map(|n| format!("  key_{n}: {n}\n")).collect();
    let yaml = format!("db:\n  driver: postgres\n  host: a\n{yaml}");
    let folder = Folder::repository(&[(".env", &format!("PGHOST=db\n{env}")), ("c.yaml", &yaml)]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    folder.migrate(&["down"]).expect(0);
}

#[test]
fn state_that_came_with_the_repository_leads_nowhere() {
    let victim = Folder::with(&[("keys", "mine\n")]);
    let outside = victim.path().display().to_string();
    let link = |folder: &Folder, name: &str, to: &str| {
        std::os::unix::fs::symlink(to, folder.path().join(".migrate/local").join(name)).expect("a link");
    };
    for (name, to) in [("lock", format!("{outside}/keys")), ("tx", outside.clone()), ("trash", outside.clone())] {
        let folder = Folder::with(&[(".env", "PGHOST=db\n"), (".migrate/local/.gitignore", "*\n")]);
        link(&folder, name, &to);
        let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(3);
        assert!(answer.stderr.contains("is a link"), "{name}: {}", answer.stderr);
        assert_eq!(victim.read("keys"), "mine\n", "{name}");
    }
    // A whole journal, checksum and all, made elsewhere: it would write where the repository's author wants.
    let folder = Folder::with(&[(".env", "PGHOST=db\n"), (".migrate/local/.gitignore", "*\n")]);
    std::os::unix::fs::symlink(&outside, folder.path().join("home")).expect("a link");
    let new = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";
    for at in [String::new(), "\"at\":[0,0,0,0],".to_owned()] {
        let body = format!(
            "{{\"format\":1,{at}\"entries\":[{{\"target\":{{\"repository\":\"home/evil\"}},\"old\":null,\"new\":\"{new}\"}}],\"folders\":[]}}"
        );
        folder.write(".migrate/local/tx/commit", format!("{body}\n{}\n", sha256(&body)).as_bytes());
        folder.write(".migrate/local/tx/0.new", b"test2");
        let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(5);
        assert!(answer.stderr.contains("journal"), "{}", answer.stderr);
        assert!(!victim.path().join("evil").exists(), "something was written outside");
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_git_that_fails_is_not_taken_for_no_git() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    std::fs::remove_file(folder.path().join(".git/HEAD")).expect("no HEAD");
    let before = folder.files();
    let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(4);
    assert!(answer.stderr.contains("failed to ask git: not a git repository"), "{}", answer.stderr);
    assert_eq!(folder.files(), before);
}

#[test]
fn a_git_whose_answer_is_lost_is_not_taken_for_no_git() {
    let tools = Folder::with(&[("git", "#!/bin/sh\nexit 0\n")]);
    std::fs::set_permissions(tools.path().join("git"), PermissionsExt::from_mode(0o755)).expect("the mode");
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    let before = folder.files();
    let path = tools.path().display().to_string();
    let answer = folder.migrate_with(&["up", "--set", "certs=/c"], &[("PATH", &path)]).expect(4);
    assert!(answer.stderr.contains("its answer did not arrive"), "{}", answer.stderr);
    assert_eq!(folder.files(), before);
}

#[test]
fn what_is_missing_is_told_with_a_way_that_leads_on() {
    let text = "server:\n  port: 80\nservices:\n  - name: web\n";
    for (operation, told, help) in [
        ("{ rename = 'serverr.port', to = 'x' }", "did you mean this one?", "`if_present = true`"),
        ("{ remove = 'serverr.port' }", "did you mean this one?", "`if_present = true`"),
        ("{ set = 'services[5].n', to = 3 }", "has 1 element", "`if_present = true`"),
        ("{ set = 'serverr.port.x', to = 3 }", "did you mean this one?", "`create = true`"),
    ] {
        let step = format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"a.yaml\"\ndo = [{operation}]\n");
        let folder = Folder::with(&[("migrations/v0001_m.toml", &step), ("a.yaml", text)]);
        let said = folder.migrate(&["up"]).expect(3).stderr;
        assert!(said.contains("M0301") && said.contains(told) && said.contains(help), "{operation}\n{said}");
    }
}
