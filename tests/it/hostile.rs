//! Texts made to hang, kill or mislead a reader: each gets an answer within a second, and a fault with its place.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use settings_migrate::format::{FORMATS, by_name, read};
use settings_migrate::migration::declared::Declaration;
use settings_migrate::path::RepoPath;
use settings_migrate::text::{CharsetError, Text};

use crate::command::Folder;

/// A text of one format, and what its fault says; `None` where it reads.
type Hostile = (&'static str, String, Option<&'static str>);

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

fn hostile() -> Vec<Hostile> {
    let deep = Some("nested deeper than 128 levels");
    let bomb = |levels: usize| {
        let level = |n: usize| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "));
        format!("a0: &a0 [x, x]\n{}", (1..levels).map(level).collect::<String>())
    };
    vec![
        ("json", nested("[", "]", 100_000), deep),
        ("json", format!("{}1{}", "{\"a\":".repeat(129), "}".repeat(129)), deep),
        ("jsonc", nested("[", "]", 100_000), deep),
        ("json5", nested("[", "]", 100_000), deep),
        ("yaml", nested("[", "]", 100_000), deep),
        ("yaml", "- ".repeat(100_000), deep),
        ("yaml", (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(), deep),
        ("yaml", "? ".repeat(50_000), deep),
        ("yaml", bomb(20), None),
        ("yaml", format!("a: \"{}\"\n", "x".repeat(1_000_000)), None),
        ("yaml", (0..50_000).map(|n| format!("key{n}: {n}\n")).collect(), None),
        ("toml", format!("a = {}", nested("[", "]", 100_000)), deep),
        ("toml", format!("[{}]\n", vec!["a"; 50_000].join(".")), Some("recursion limit")),
        ("toml", format!("{} = 1\n", vec!["a"; 50_000].join(".")), Some("recursion limit")),
        ("toml", (0..50_000).map(|n| format!("key{n} = {n}\n")).collect(), None),
        ("hcl", format!("a = {}", nested("[", "]", 100_000)), deep),
        ("hcl", format!("{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000)), deep),
        ("xml", format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)), deep),
        ("xml", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<a>&x;</a>".to_owned(), None),
        ("python", format!("a = {}", nested("[", "]", 100_000)), deep),
        ("python", format!("a = {}", nested("{1:", "}", 50_000)), deep),
        ("javascript", format!("a = {}", nested("[", "]", 100_000)), deep),
        ("javascript", "`${".repeat(50_000), deep),
        ("properties", format!("{} = 1\n", vec!["a"; 50_000].join(".")), None),
        ("properties", "a = 1\\\n".repeat(50_000), None),
        ("ini", "[".repeat(100_000), Some("")),
        ("ini", (0..50_000).map(|n| format!("[s{n}]\nkey = {n}\n")).collect(), None),
        ("env", format!("A={}\n", "$(".repeat(50_000)), None),
        ("env", (0..50_000).map(|n| format!("KEY{n}={n}\n")).collect(), None),
        ("lines", "\n".repeat(1_000_000), None),
        ("json", format!("[\"{}", "\\\"".repeat(500_000)), Some("")),
        ("yaml", format!("a: \"{}", "\\\"".repeat(500_000)), Some("")),
        ("toml", format!("a = \"{}", "\\\"".repeat(500_000)), Some("")),
        ("hcl", format!("a = \"{}", "\\\"".repeat(500_000)), Some("")),
        ("hcl", "/*".repeat(500_000), Some("")),
        ("jsonc", "/*".repeat(500_000), Some("")),
    ]
}

#[test]
fn every_hostile_text_is_answered_within_a_second() {
    for (name, text, fault) in hostile() {
        let Some(format) = by_name(name) else { continue };
        let label = format!("{name} {:?}", text.chars().take(24).collect::<String>());
        let start = Instant::now();
        let answer = read(format, &text);
        let read_in = start.elapsed();
        // Unoptimised code on a busy machine is given a few times as long.
        assert!(read_in < Duration::from_secs(5), "{label}: {read_in:?}");
        match (answer, fault) {
            (Ok(_), None) => {}
            (Err(found), Some(part)) => {
                assert!(found.message.contains(part), "{label}: {}", found.message);
                assert!(found.span.end <= text.len(), "{label}: {:?}", found.span);
            }
            (Ok(_), Some(part)) => panic!("{label}: read, and not refused with {part}"),
            (Err(found), None) => panic!("{label}: {}", found.message),
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let latin = b"a: caf\xe9\n";
    for format in FORMATS {
        let decode = |bytes: &[u8]| Text::decode(bytes, format.charset(bytes)).map(|text| text.content);
        let name = format.name();
        match decode(latin) {
            // Every byte is a character of ISO-8859-1, which these files are written in.
            Ok(content) => assert_eq!((name, content.as_str()), ("properties", "a: caf\u{e9}\n")),
            Err(error) => assert_eq!(error.to_string(), "not UTF-8: byte 0xE9 at offset 6", "{name}"),
        }
        assert_eq!(decode(b"\xff\xfea\0=\0"), Err(CharsetError::Utf16), "{name}");
        assert_eq!(decode(b"a=\0\n"), Err(CharsetError::Binary { offset: 2 }), "{name}");
    }
}

/// A file to be edited and how it is named, which is more than any settings file is, and what is said of it.
fn beyond_limits() -> Vec<(&'static str, String, &'static str)> {
    let many = |count: usize, part: &dyn Fn(usize) -> String| (0..count).map(part).collect::<String>();
    let parts = "more than 250000 lines, separators and tags";
    let entries = "more than 100000 entries in one map or list";
    let scalar = "a single value of more than 1024 KiB";
    let attributes = many(40_000, &|n| format!(" k{n}=\"1\""));
    vec![
        ("a.xml", format!("<a{attributes}/>\n"), "more than 1000 attributes of one element"),
        ("b.xml", format!("<a>{}</a>\n", "<k>1</k>".repeat(130_000)), parts),
        ("c.xml", format!("<a>{}</a>\n", "<k a='1' b='' c='' d=''/>".repeat(70_000)), parts),
        ("a.toml", "[[k]]\n".repeat(300_000), parts),
        ("b.toml", format!("a = [{}]\n", "1,".repeat(260_000)), parts),
        ("c.toml", many(101_000, &|n| format!("k{n} = 1\n")), entries),
        ("d.toml", format!("a = \"{}\"\n", "x".repeat(1_050_000)), scalar),
        ("a.env", many(251_000, &|n| format!("K{n}=1\n")), parts),
        ("b.env", format!("A={}\n", "x".repeat(1_050_000)), scalar),
        ("a.json", format!("{{\"a\": [{}1]}}\n", "1,".repeat(260_000)), parts),
        ("b.json", format!("{{\"a\": [{}1]}}\n", "1,".repeat(120_000)), entries),
        ("a.yaml", format!("a: [{}]\n", "1, ".repeat(260_000)), parts),
        ("b.yaml", "a: 1\n---\n".repeat(500_000), parts),
        ("c.yaml", format!("a: {}\n", "x".repeat(1_050_000)), scalar),
        ("a.ini", many(300_000, &|n| format!("[s{n}]\n")), parts),
        ("a.properties", many(251_000, &|n| format!("k{n}=1\n")), parts),
        ("a.tf", "a {}\n".repeat(800_000), parts),
        ("a.json5", "[".repeat(1_000_000), parts),
    ]
}

/// Runs the program with no more memory than that: 256 MiB, the stack of a parser, and what an unoptimised build takes more.
fn with_little_memory(folder: &Folder, arguments: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -d 393216; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_migrate")]).args(arguments);
    command.current_dir(folder.path()).env("GIT_CEILING_DIRECTORIES", "/tmp").output().expect("the program")
}

#[test]
fn a_file_beyond_the_limits_is_refused_with_a_name_and_little_memory() {
    for (name, text, said) in beyond_limits() {
        let migration =
            format!("schema = 1\ntitle = \"x\"\n[[step]]\nedit = \"{name}\"\ndo = [{{ set = \"zz\", to = \"1\" }}]\n");
        let folder = Folder::with(&[(name, &text), ("migrations/v0001_x.toml", &migration)]);
        let output = with_little_memory(&folder, &["up"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{name}: {stderr:.2000}");
        for words in ["M0205", said, name] {
            assert!(stderr.contains(words), "{name}: `{words}` is not in\n{stderr:.2000}");
        }
        assert_eq!(folder.read(name), text);
    }
}

/// Expressions that make other engines run for ever are matched or refused at once.
#[test]
fn no_expression_hangs_a_run() {
    let text = format!("A={}\n", "a".repeat(900_000));
    for (expression, code) in
        [("(a*)*b", 3), ("(a|a)*$", 0), ("(?:x{1000}){1000}", 2), ("((a{1,100}){1,100}){1,100}", 2)]
    {
        let migration = format!(
            "schema = 1\ntitle = \"x\"\n[[ensure]]\nfile = \"a.env\"\nat = \"A\"\nmatches = \"{expression}\"\n\
             [[step]]\nedit = \"a.env\"\ndo = [{{ set = \"B\", to = \"1\" }}]\n"
        );
        let folder = Folder::with(&[("a.env", &text), ("migrations/v0001_x.toml", &migration)]);
        let output = with_little_memory(&folder, &["up", "-n"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{expression}: {said:.2000}");
    }
}

/// Parts of a path that no migration may make, whatever stands around them.
const PARTS: [&str; 54] = [
    "..",
    ".",
    "",
    ".git",
    ".GIT",
    ".Git",
    ".git ",
    ".git.",
    ".git...",
    "git~1",
    "GIT~1",
    ".g\u{200c}it",
    ".gi\u{200d}t",
    "\u{feff}.git",
    ".git::$INDEX_ALLOCATION",
    ".git:x",
    "a\0b",
    "a\nb",
    "a\tb",
    "a\rb",
    "\u{1b}[2J",
    "a\u{7f}",
    "a\u{85}b",
    "a\u{200b}",
    "a\u{202e}txt",
    "\u{2066}x",
    "a\u{2028}b",
    "a\u{ad}b",
    "a\u{e0041}",
    "CON",
    "con",
    "PRN",
    "AUX",
    "NUL",
    "nul.txt",
    "COM1",
    "com9.log",
    "LPT1",
    "lpt3.x",
    "CONIN$",
    "CONOUT$",
    "com\u{b9}",
    "a.",
    "a ",
    "a..",
    "what?",
    "a*",
    "<a",
    "a|b",
    "a\"b",
    "a:b",
    "a\\b",
    "..\\x",
    "C:x",
];

/// Two hundred paths, each of which would lie elsewhere on some machine, or would not be what it looks like.
#[test]
fn no_hostile_path_is_made() {
    let around: [fn(&str) -> String; 5] = [
        |part| part.to_owned(),
        |part| format!("a/{part}"),
        |part| format!("{part}/b"),
        |part| format!("a/{part}/b"),
        |part| format!("/{part}"),
    ];
    let paths: BTreeSet<String> = PARTS.iter().flat_map(|part| around.map(|around| around(part))).collect();
    assert!(paths.len() >= 200, "{}", paths.len());
    for path in paths {
        assert!(RepoPath::of_new(&path).is_err(), "{path:?}");
        let quoted: String = path.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
        for step in [format!("create = \"{quoted}\"\ncontent = \"x\""), format!("move = \"a\"\nto = \"{quoted}\"")] {
            let text = format!("schema = 1\ntitle = \"t\"\n[[step]]\n{step}\n");
            assert!(Declaration::read("migrations/v0001_x.toml", &text).is_err(), "{path:?}\n{step}");
        }
    }
}
