//! Diffs on the screen: where a hunk lies, and the words that change.

use crate::command::Folder;

fn folder(name: &str, text: &str, operations: &str) -> Folder {
    let migration = format!("schema = 1\ntitle = \"Change\"\n\n[[step]]\nedit = \"{name}\"\ndo = [\n{operations}\n]\n");
    Folder::repository(&[(name, text), ("migrations/v0001_change.toml", &migration)])
}

const FILLER: &str = "a = 1\nb = 1\nc = 1\nd = 1\n";

#[test]
fn a_hunk_names_the_setting_that_holds_it_and_git_applies_it() {
    let yaml =
        |indent: &str| FILLER.replace(" =", ":").lines().map(|line| format!("{indent}{line}\n")).collect::<String>();
    let python = "DATABASES = {\n    'default': {\n        'a': 1,\n        'b': 1,\n        'c': 1,\n        'd': 1,\n        'x': 1,\n    },\n}\n";
    let cases = [
        ("a.toml", format!("[database]\n{FILLER}x = 1\n"), "database.x", "database"),
        ("a.toml", format!("[database]\n{FILLER}"), "database.new", "database"),
        ("a.toml", format!("{FILLER}x = 1\n"), "x", ""),
        ("a.ini", format!("[database]\n{FILLER}x = 1\n"), "database.x", "database"),
        ("a.yaml", format!("services:\n  web:\n{}    x: 1\n", yaml("    ")), "services.web.x", "services.web"),
        ("a.yaml", format!("\"@@ `b`\\e[2J\":\n{}  x: 1\n", yaml("  ")), "*.x", "\"@@ `b`\\x1b[2J\""),
        ("settings.py", python.to_owned(), "DATABASES.default.x", "DATABASES.default"),
        // The name is to be seen.
        ("a.yaml", "web:\n  x: 1\n".to_owned(), "web.x", ""),
    ];
    for (name, text, path, within) in cases {
        let folder = folder(name, &text, &format!("{{ set = \"{path}\", to = 2 }},"));
        let shown = folder.migrate(&["plan"]).expect(0).stdout;
        let header = shown.lines().find(|line| line.starts_with("@@ ")).expect("a hunk");
        let found = header.splitn(3, "@@").last().expect("its end");
        assert_eq!(found.trim(), within, "{path}: {header}");
        let patch = folder.migrate(&["plan", "--report", "patch"]).expect(0).stdout;
        assert!(patch.contains(found), "{patch}");
        folder.write("p", patch.as_bytes());
        folder.git(&["apply", "p"]).expect(0);
        let patched = folder.read(name);
        folder.git(&["apply", "-R", "p"]).expect(0);
        assert_eq!(folder.read(name), text);
        folder.migrate(&["up"]).expect(0);
        assert_eq!(folder.read(name), patched);
    }
}

#[test]
fn words_are_marked_by_signs_and_in_colour() {
    let text = "LEVEL=debug\nAPI_TOKEN=S3CR3T\nURL=postgres://db/x?sslmode=disable\nSAME=1\n";
    let operations = "{ set = \"LEVEL\", to = \"info\" },\n{ set = \"URL\", in = \"url:query.sslmode\", to = \"require\" },\n\
        { set = \"NEW\", to = \"1\" },\n{ set = \"API_TOKEN\", to = \"x\", secret = false },";
    let folder = folder("app.env", text, operations);
    let words = folder.migrate(&["plan", "--diff", "words"]).expect(0).stdout;
    let wanted = "\n~LEVEL=[-debug-]{+info+}\n~API_TOKEN=•••\n~URL=postgres://db/x?sslmode=[-disable-]{+require+}\n SAME=1\n+NEW=1\n";
    assert!(words.contains(wanted), "{words}");
    let plain = folder.migrate(&["plan"]).expect(0).stdout;
    let coloured = folder.migrate(&["plan", "--color", "always"]).expect(0).stdout;
    assert!(coloured.contains("\u{1b}[1m\u{1b}[4m\u{1b}[32mrequire\u{1b}[0m"), "{coloured:?}");
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, plain);
    let ascii = folder.migrate_with(&["plan", "--diff", "words"], &[("LC_ALL", "C")]).expect(0).stdout;
    assert!(ascii.is_ascii() && ascii.contains("~API_TOKEN=***"), "{ascii}");
    for all in [words, coloured, ascii] {
        assert!(!all.contains("S3CR3T"), "{all}");
    }
}

#[test]
fn elements_that_come_and_go_replace_no_other() {
    for (name, text, operation, rows) in [
        ("a.yaml", "list:\n  - a\n  - b\n", "{ prepend = \"list\", value = \"x\" }", "+ list[0]   x"),
        ("a.yaml", "list:\n  - a\n  - b\n", "{ append = \"list\", value = \"x\" }", "+ list[2]   x"),
        ("a.yaml", "list:\n  - a\n  - b\n  - c\n", "{ remove = \"list[1]\" }", "- list[1]   b"),
        ("s.py", "M = [\n    'a',\n    'b',\n]\n", "{ insert = \"M\", value = \"x\", before = \"a\" }", "+ M[0]   x"),
        ("a.json", "{\"l\": [1, 2, 3]}\n", "{ remove = \"l[*]\" }", "- l[2]   3\n  - l[1]   2\n  - l[0]   1"),
        ("a.env", "H=a,b\n", "{ prepend = \"H\", in = \"csv\", value = \"x\" }", "+ H csv:[0]   x"),
        ("a.env", "H=a,b\n", "{ remove = \"H\", in = \"csv:[0]\" }", "- H csv:[0]   a"),
    ] {
        let folder = folder(name, text, operation);
        let shown = folder.migrate(&["plan", "--diff", "paths"]).expect(0).stdout;
        assert!(shown.contains(&format!("\n{name}\n  {rows}\n\n")), "{operation}: {shown}");
        folder.migrate(&["up"]).expect(0);
        let mirrored: Vec<String> = rows.lines().map(|row| row.trim().replacen(['+', '-'], "", 1)).collect();
        let back = folder.migrate(&["down", "-n", "--diff", "paths"]).expect(0).stdout;
        for row in mirrored {
            let sign = if rows.starts_with('+') { '-' } else { '+' };
            assert!(back.contains(&format!("\n  {sign}{row}\n")), "{operation}: {back}");
        }
    }
}

#[test]
fn down_and_show_name_values_and_not_how_they_are_written() {
    for (name, text, operation, up) in [
        ("s.py", "DEBUG = True\n", "{ set = \"DEBUG\", to = false }", ["true", "false"]),
        ("a.yaml", "image: 'redis:6'\n", "{ set = \"image\", to = \"redis:7\" }", ["redis:6", "redis:7"]),
        ("a.env", "L=\"a b\"\n", "{ set = \"L\", to = \"c d\" }", ["a b", "c d"]),
        ("a.json", "{\"a\": {\"b\": \">=1\"}}\n", "{ set = \"a.b\", to = \">=2\" }", [">=1", ">=2"]),
        ("c.mjs", "const c = {\n  a: 1,\n};\n", "{ set = \"const c.b\", to = false }", ["", "false"]),
        (
            "a.env",
            "U=postgres://h/d\n",
            "{ set = \"U\", in = \"url:query.sslmode\", to = \"require\" }",
            ["", "require"],
        ),
    ] {
        let folder = folder(name, text, operation);
        folder.migrate(&["up"]).expect(0);
        let [before, after] = up;
        let (shown, back) = match before {
            "" => (format!("   {after}\n"), format!("   {after}\n")),
            _ => (format!("   {before} → {after}\n"), format!("   {after} → {before}\n")),
        };
        let show = folder.migrate(&["show", "change"]).expect(0).stdout;
        assert!(show.contains(&shown), "{show}");
        let down = folder.migrate(&["down", "-n", "--diff", "paths"]).expect(0).stdout;
        assert!(down.contains(&back), "{down}");
    }
}

#[test]
fn modes_are_named_and_none_is_the_last_line_only() {
    let migration = "schema = 1\ntitle = \"Run\"\n\n[[step]]\nchmod = \"s.sh\"\nmode = \"0755\"\n";
    let folder = Folder::repository(&[("s.sh", "#!/bin/sh\n"), ("migrations/v0001_run.toml", migration)]);
    let shown = folder.migrate(&["plan"]).expect(0).stdout;
    assert!(shown.contains("\n  mode  s.sh  0644 → 0755\n"), "{shown}");
    let shown = folder.migrate(&["plan", "--diff", "none"]).expect(0).stdout;
    assert!(shown.starts_with("1 file would change (+0 -0). Nothing was written.\nplan "), "{shown}");
}

#[test]
fn colours_follow_the_environment_and_end_with_their_line() {
    let folder = folder("a.env", "A=1\n", "{ set = \"A\", to = \"2\" }");
    for (environment, coloured) in [
        (&[("CLICOLOR_FORCE", "1")][..], true),
        (&[("CLICOLOR_FORCE", "0")], false),
        (&[("FORCE_COLOR", "1")], true),
        (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[], false),
    ] {
        for arguments in [&["plan"][..], &["plan", "--no-such-flag"]] {
            let answer = folder.migrate_with(arguments, environment);
            let text = answer.stdout + &answer.stderr;
            assert_eq!(text.contains('\u{1b}'), coloured, "{environment:?}: {text}");
        }
    }
    let shown = folder.migrate(&["plan", "--color", "always"]).expect(0).stdout;
    for line in shown.lines().filter(|line| line.contains('\u{1b}')) {
        assert!(line.rsplit('\u{1b}').next().is_some_and(|last| last.starts_with("[0m")), "a style goes on: {line:?}");
    }
    assert!(shown.contains("\u{1b}[1m+++ b/a.env\u{1b}[0m"), "{shown:?}");
}
