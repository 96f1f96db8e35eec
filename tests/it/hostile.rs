//! Texts made to hang, kill or mislead a reader: each gets an answer within a second, and a fault with its place.

use std::time::{Duration, Instant};

use settings_migrate::format::{FORMATS, by_name, read};
use settings_migrate::text::{CharsetError, Text};

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
        ("yaml", format!("a: \"{}\"\n", "x".repeat(4_000_000)), None),
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
        ("python", format!("a = {}", nested("{1:", "}", 100_000)), deep),
        ("javascript", format!("a = {}", nested("[", "]", 100_000)), deep),
        ("javascript", "`${".repeat(50_000), deep),
        ("properties", format!("{} = 1\n", vec!["a"; 50_000].join(".")), None),
        ("properties", "a = 1\\\n".repeat(50_000), None),
        ("ini", "[".repeat(100_000), Some("")),
        ("ini", (0..50_000).map(|n| format!("[s{n}]\nkey = {n}\n")).collect(), None),
        ("env", format!("A={}\n", "$(".repeat(50_000)), None),
        ("env", (0..50_000).map(|n| format!("KEY{n}={n}\n")).collect(), None),
        ("lines", "\n".repeat(1_000_000), None),
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
