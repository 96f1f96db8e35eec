//! `show`: what a migration did, its record, what came since; and which migration set a line. `status` by kind.

use crate::command::Folder;

const MIGRATION: &str = "schema = 1\ntitle = \"Another port\"\n[[step]]\nedit = \"app.yaml\"\n\
                         do = [{ set = \"server.port\", to = 8080 }]\n";

#[test]
fn a_line_leads_to_the_migration_that_set_it() {
    let folder = Folder::repository(&[
        ("app.yaml", "server:\n  port: 80 # public\n  debug: true\n"),
        ("migrations/v0001_port.toml", MIGRATION),
    ]);
    folder.migrate(&["up"]).expect(0);
    let why = |place: &str| folder.migrate(&["show", "--why", place]);
    assert_eq!(why("app.yaml:2").expect(0).stdout, "v0001_port  server.port  Another port\n");
    assert!(why("app.yaml:3").expect(0).stdout.contains("no applied migration set line 3"));
    assert!(why("app.yaml").expect(2).stderr.contains("FILE:LINE"));
    folder.commit();
    assert!(why("app.yaml:2").expect(0).stdout.contains("Another port  ("), "git knows who recorded it");
    assert!(folder.migrate(&["show", "port"]).expect(0).stdout.contains("recorded    "));
}

const LATER: &str = "schema = 1\ntitle = \"A third port\"\n[vars]\np = { default = 9090, kind = \"integer\" }\n[[step]]\nedit = \"app.yaml\"\n\
                     do = [{ set = \"server.port\", to = \"{{p}}\" }, { set = \"server.debug\", to = false }]\n";

/// Two migrations of one setting, applied and committed; edited by hand since.
fn twice() -> Folder {
    let folder = Folder::repository(&[
        ("config/app.yaml", "server:\n  port: 80 # public\n  debug: true\n"),
        ("migrations/v0001_port.toml", &MIGRATION.replace("app.yaml", "config/app.yaml")),
        ("migrations/v0002_other.toml", &LATER.replace("app.yaml", "config/app.yaml")),
    ]);
    folder.migrate(&["up"]).expect(0);
    folder.commit();
    folder
}

#[test]
fn a_line_tells_which_migration_holds() {
    let folder = twice();
    let why = |place: &str, code| folder.migrate(&["show", "--why", place]).expect(code);
    // As this program prints places.
    for place in ["config/app.yaml:2", "config/app.yaml:2:9"] {
        let told = why(place, 0).stdout;
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[0].starts_with("v0002_other  server.port  A third port  ("), "{told}");
        assert!(lines[1].ends_with("; set again by v0002_other since"), "{told}");
        assert_eq!(lines.len(), 2);
    }
    let json = folder.migrate(&["show", "--why", "config/app.yaml:2", "--format", "json"]).expect(0).stdout;
    for part in ["\"was\": \"8080\"", "\"now\": \"9090\"", "\"state\": \"set_again\"", "\"set_again_by\": \"other\""] {
        assert!(json.contains(part), "{part}\n{json}");
    }
    folder.write("config/app.yaml", b"server:\n  port: 7000 # public\n  debug: false\n");
    assert!(why("config/app.yaml:2", 0).stdout.contains("; changed by hand since"));
    assert!(!why("config/app.yaml:3", 0).stdout.contains("by hand"));
    for (place, code, said) in [
        ("config/none.yaml:1", 3, "there is no file `config/none.yaml`"),
        ("none.yaml:1", 3, "there is no file `none.yaml`"),
        ("none/none.yaml:1", 3, "there is no file `none/none.yaml`"),
        ("config/app.yaml:0", 2, "it has 3 lines"),
        ("config/app.yaml:4", 2, "it has 3 lines"),
    ] {
        let told = why(place, code).stderr;
        assert!(told.contains(said), "{place}: {told}");
    }
}

#[test]
fn a_migration_is_shown_with_what_it_did_and_what_came_since() {
    let folder = twice();
    let show = |arguments: &[&str], code| {
        let answer = folder.migrate(&[&["show"], arguments].concat()).expect(code);
        format!("{}{}", answer.stdout, answer.stderr)
    };
    let told = show(&["other"], 0);
    for part in [
        "as applied\n--- a/config/app.yaml",
        "-  debug: true",
        "+  debug: false",
        "recorded    ",
        "text        migrations/",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(told.lines().all(|line| line.is_empty() || !line.trim().is_empty()), "a line of blanks:\n{told}");
    assert!(!show(&["other", "--file", "config/app.yaml"], 0).is_empty());
    folder.write("config/b.yaml", b"x: 1\n");
    assert!(!show(&["other", "--file", "config/b.yaml"], 0).contains("server.port"));
    assert_eq!(show(&["other", "--record"], 0), folder.read(".migrate/applied/other.toml"));
    assert!(show(&["other", "--since-applied"], 0).contains("nothing was changed since"));
    folder.write("config/app.yaml", b"server:\n  port: 9090 # public\n  debug: false\n  more: 1\n");
    assert!(show(&["other", "--since-applied"], 0).contains("+  more: 1"));
    let json = show(&["other", "--format", "json"], 0);
    for part in ["\"was\": \"true\"", "\"now\": \"false\"", "\"recorded\": \"", "\"new_targets\": 0"] {
        assert!(json.contains(part), "{part}\n{json}");
    }
    let note = folder.migrate(&["up", "other", "--set", "p=3"]).expect(0).stderr;
    assert!(note.contains("`p` was `9090`") && note.contains("migrate redo other --set p="), "{note}");
    folder.migrate(&["down", "other", "--reason", "too early"]).expect(0);
    assert!(show(&["other"], 0).contains("why: too early"));
}

#[test]
fn an_edited_migration_is_a_finding_with_its_way_back() {
    let folder = twice();
    folder.write(
        "migrations/v0002_other.toml",
        LATER.replace("to = false", "to = 0").replace("app.yaml", "config/app.yaml").as_bytes(),
    );
    let status = folder.migrate(&["status", "--exit-code"]).expect(1).stdout;
    assert!(status.contains("its file was edited since: migrate verify other"), "{status}");
    let told = folder.migrate(&["verify"]).expect(1).stdout;
    for part in ["error[M0401]", "v0002_other.toml:7:1", "to = false", "git checkout ", "show other --since-applied"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let undo = told.lines().find_map(|line| line.split_once("undo it: git ")).expect("the way back").1;
    folder.git(&undo.split(' ').collect::<Vec<_>>()).expect(0);
    folder.migrate(&["verify"]).expect(0);
}

#[test]
fn standings_are_listed_by_kind() {
    let folder = twice();
    folder.write(
        "migrations/v0003_third.toml",
        MIGRATION.replace("server.port", "server.host").replace("app.yaml", "config/app.yaml").as_bytes(),
    );
    folder.write("config/app.yaml", b"server:\n  port: 9090 # public\n  debug: true\n");
    for (kind, shown) in [("--pending", &["third"][..]), ("--applied", &["port", "other"]), ("--drift", &["other"])] {
        let told = folder.migrate(&["status", kind]).expect(0).stdout;
        for (slug, version) in [("port", "v0001"), ("other", "v0002"), ("third", "v0003")] {
            assert_eq!(told.contains(version), shown.contains(&slug), "{kind} {slug}\n{told}");
        }
        assert!(told.contains("3 migrations") && told.contains("migrate verify other"), "{told}");
    }
}

#[test]
fn a_part_of_a_url_is_shown_as_it_was_and_as_it_is() {
    let migration = "schema = 1\ntitle = \"Another host\"\n[[step]]\nedit = \"app.env\"\n\
                     do = [{ set = \"URL\", in = \"url:host\", to = \"other.internal\" }]\n";
    let folder = Folder::repository(&[
        ("app.env", "URL=postgres://u:pw123456@dbhost.internal/shop\n"),
        ("migrations/v0001_host.toml", migration),
    ]);
    let line = "  ~ URL url:host   dbhost.internal \u{2192} other.internal\n";
    let plan = folder.migrate(&["up", "-n", "--diff", "paths"]).expect(0).stdout;
    assert!(plan.contains(line), "{plan}");
    folder.migrate(&["up"]).expect(0);
    let shown = folder.migrate(&["show", "host"]).expect(0).stdout;
    assert!(shown.contains(line), "{shown}");
    let json = folder.migrate(&["show", "host", "--format", "json"]).expect(0).stdout;
    assert!(json.contains("\"was\": \"dbhost.internal\"") && json.contains("\"now\": \"other.internal\""), "{json}");
}
