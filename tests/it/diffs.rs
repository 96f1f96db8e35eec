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
