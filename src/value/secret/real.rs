//! What is a real secret, and what only stands where one goes: in an example of a migration nobody knows by the name.

use super::looks;
use crate::text::Span;

/// The shortest text that somebody chose to be a secret.
const SHORTEST: usize = 8;

/// What people write where a secret goes: `changeme`, `<password>`, `${DB_PASSWORD}`, `xxxx`, `my-secret-1`.
pub fn is_placeholder(text: &str) -> bool {
    const PARTS: [&str; 11] = [
        "changeme",
        "changeit",
        "replaceme",
        "placeholder",
        "example",
        "dummy",
        "redacted",
        "todo",
        "madeup",
        "1234",
        "abcd",
    ];
    const WORDS: [&str; 26] = [
        "password", "passwd", "pass", "secret", "token", "apikey", "key", "pwd", "your", "my", "the", "super", "some",
        "new", "old", "test", "dev", "local", "admin", "root", "user", "guest", "none", "null", "default", "here",
    ];
    let is_hole = ["${", "$(", "{{"].iter().any(|hole| text.contains(hole))
        || [('<', '>'), ('%', '%')].iter().any(|(open, close)| text.starts_with(*open) && text.ends_with(*close));
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let rest = WORDS.iter().fold(plain.clone(), |rest, word| rest.replace(word, ""));
    let is_words = rest.chars().all(|letter| letter.is_ascii_digit()) && (rest != plain || plain.is_empty());
    is_hole || is_words || repeats(text) || PARTS.iter().any(|part| plain.contains(part))
}

/// Where `text` holds what is nothing but a real secret: a token, a private key, the password of a URL, and no
/// placeholder for one.
pub fn real_secret(text: &str) -> Option<Span> {
    let mut start = 0;
    let in_lines = text.split_inclusive('\n').find_map(|line| {
        let found = [
            looks::url_passwords(line),
            looks::connection_passwords(line),
            looks::secret_addresses(line),
            looks::shaped_secrets(line),
        ];
        let chosen = found.concat().into_iter().find(|(from, to)| is_chosen(line[*from..*to].trim_end()));
        let span = chosen.map(|(from, to)| Span::new(start + from, start + from + line[from..to].trim_end().len()));
        start += line.len();
        span
    });
    in_lines.or_else(|| private_key(text))
}

/// Whether somebody chose `word`, or a machine did, for nobody to guess.
fn is_chosen(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| unescaped(word).bytes().any(|byte| is(&byte));
    word.len() >= SHORTEST && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_placeholder(word)
}

/// `word` without the `%40` of URLs, whose digits are none of its own.
fn unescaped(word: &str) -> String {
    let mut parts = word.split('%');
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |text, part| text + part.get(2..).unwrap_or(""))
}

/// A private key that is more than its first and last line: what is made up is a word or two.
fn private_key(text: &str) -> Option<Span> {
    const BEGIN: &str = "-----BEGIN ";
    const SHORTEST_KEY: usize = 40;
    let is_key = |at: &usize| {
        let body = text[at + BEGIN.len()..].split_once("PRIVATE KEY-----").map_or("", |(_, rest)| rest);
        let body = body.split("-----END").next().unwrap_or("");
        body.bytes().filter(u8::is_ascii_alphanumeric).count() >= SHORTEST_KEY && !is_placeholder(body)
    };
    let at = text.match_indices(BEGIN).map(|(at, _)| at).find(is_key)?;
    Some(Span::new(at, text[at..].find("-----END").map_or(text.len(), |end| at + end)))
}

/// Whether one character stands four times in a row.
fn repeats(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(4).any(|four| four.iter().all(|letter| *letter == four[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_told_from_a_secret() {
        for text in [
            "changeme",
            "CHANGE_ME",
            "change-it!",
            "secret",
            "Password123",
            "my-secret-1",
            "your_api_key",
            "<password>",
            "${DB_PASSWORD}",
            "$(cat key)",
            "%PASSWORD%",
            "xxxxxxxx",
            "****",
            "AKIAIOSFODNN7EXAMPLE",
            "1234",
            "dev-secret-key",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in
            ["hunter2", "hunter2-and-more", "x", "Tr0ub4dor&3", "ghp_x7Kp2mQ9vR4tZ8wL1nC5", "83749201", "s3cr3t"]
        {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn only_what_is_a_secret_for_sure_is_one() {
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7S3f";
        for text in [
            "TOKEN=ghp_x7Kp2mQ9vR4tZ8wL1nC5dF3g",
            "a: 1\nurl: postgres://shop:q8Zr2LmV0x@db/shop\n",
            "url: postgres://shop:p%40ss2LmV0x@db/shop",
            &format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"),
        ] {
            assert!(real_secret(text).is_some(), "{text}");
        }
        for text in [
            "password = \"changeme\"",
            "PASSWORD=hunter2-and-more",
            "url=postgres://u:p%40ss@db/x",
            "url=postgres://u:password1@db/x",
            "url=postgres://u:${PASSWORD_2}@db/x",
            "npm_config_registry_url=x",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxx1",
            "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n",
            "image: app@sha256:9f86d081884c7d659a2feaa0c55ad015",
        ] {
            assert_eq!(real_secret(text), None, "{text}");
        }
    }
}
