//! What is a secret by its looks: passwords in URLs and connection strings, known tokens, and text that is too random to
//! be anything else.

use std::collections::BTreeMap;

/// The password of `scheme://user:password@host`. In the URL of a database it ends at the last `@`, whatever it holds.
pub(super) fn url_passwords(line: &str) -> Vec<(usize, usize)> {
    const DATABASES: [&str; 9] =
        ["postgres", "postgresql", "postgis", "mysql", "mariadb", "redis", "mongodb", "amqp", "mssql"];
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(sign) = line[from..].find("://").map(|offset| from + offset) {
        let start = sign + 3;
        from = start;
        let scheme = line[..sign].rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '+')).next().unwrap_or("");
        let database = DATABASES.iter().any(|name| scheme.starts_with(name));
        let stops: &[char] =
            if database { &[' ', '"', '\'', '`', '<', '>'] } else { &['/', ' ', '"', '\'', '`', '<', '>', '?', '#'] };
        let end = line[start..].find(stops).map_or(line.len(), |offset| start + offset);
        if database {
            // All up to its last `@` is looked at here.
            from = end;
        }
        let Some(at) = line[start..end].rfind('@').map(|offset| start + offset) else { continue };
        let colon = line[start..at].find(':').map(|offset| start + offset);
        // Alone before the host of a web address it is a token: `https://TOKEN@host`.
        if colon.is_none() && matches!(scheme, "http" | "https") && !line[start..at].starts_with("${") {
            spans.push((start, at));
        }
        if let Some(colon) = colon {
            let password = &line[colon + 1..at];
            let reference = password.starts_with("${") && password.ends_with('}');
            if !password.is_empty() && !reference {
                spans.push((colon + 1, at));
            }
        }
    }
    spans
}

/// Words that are secrets by their looks: known token prefixes and JSON web tokens.
pub(super) fn shaped_secrets(line: &str) -> Vec<(usize, usize)> {
    const PREFIXES: [&str; 34] = [
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "sk_live_",
        "rk_live_",
        "npm_",
        "AIza",
        "sk-",
        "ghu_",
        "ghr_",
        "xapp-",
        "xoxa-",
        "SG.",
        "hf_",
        "pypi-",
        "dop_v1_",
        "sk_test_",
        "rk_test_",
        "whsec_",
        "hvs.",
        "hvb.",
        "glrt-",
        "shpat_",
        "lin_api_",
        "figd_",
        "sbp_",
        "ya29.",
        "AGE-SECRET-KEY-",
    ];
    const SHORTEST: usize = 8;
    let mut spans = Vec::new();
    let mut start = None;
    if line.len() < SHORTEST {
        return spans;
    }
    for (at, character) in line.char_indices().chain([(line.len(), ' ')]) {
        let part = character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
        match (part, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = &line[from..at];
                let token = word.len() >= 16 && PREFIXES.iter().any(|prefix| word.starts_with(prefix));
                let web_token = word.starts_with("eyJ") && word.matches('.').count() == 2 && word.len() > 30;
                let credential =
                    word.len() >= SHORTEST && ["Bearer ", "Basic "].iter().any(|kind| line[..from].ends_with(kind));
                if token || web_token || credential {
                    spans.push((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    spans
}

/// Passwords in connection strings that are no URLs: `user:password@tcp(host)` of Go's MySQL, `thin:user/password@host`
/// of Oracle.
pub(super) fn connection_passwords(line: &str) -> Vec<(usize, usize)> {
    const HOSTS: [&str; 4] = ["@tcp(", "@tcp4(", "@tcp6(", "@unix("];
    if !line.contains('@') {
        return Vec::new();
    }
    let is_word = |c: char| !matches!(c, ' ' | '"' | '\'' | '`' | '=' | ',');
    let starts = |end: usize| line[..end].rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    let mut spans = Vec::new();
    for (at, _) in HOSTS.iter().flat_map(|host| line.match_indices(host)) {
        let start = starts(at);
        spans.extend(line[start..at].find(':').map(|colon| (start + colon + 1, at)));
    }
    for (thin, kind) in line.match_indices("thin:") {
        let start = thin + kind.len();
        let end = line[start..].find(|c| !is_word(c)).map_or(line.len(), |length| start + length);
        if let (Some(slash), Some(at)) = (line[start..end].find('/'), line[start..end].rfind('@'))
            && slash < at
        {
            spans.push((start + slash + 1, start + at));
        }
    }
    spans.retain(|(start, end)| start < end);
    spans
}

/// Addresses that are secrets themselves: whoever knows them may post there, or read.
pub(super) fn secret_addresses(line: &str) -> Vec<(usize, usize)> {
    const ADDRESSES: [&str; 7] = [
        "hooks.slack.com/services/",
        "hooks.slack.com/workflows/",
        "discord.com/api/webhooks/",
        "discordapp.com/api/webhooks/",
        "?sig=",
        "&sig=",
        "webhook.office.com/webhookb2/",
    ];
    if !line.contains("://") && !line.contains("sig=") {
        return Vec::new();
    }
    let ends = |c: char| matches!(c, ' ' | '"' | '\'' | '`' | '<' | '>' | '&' | '#');
    let starts = ADDRESSES.iter().flat_map(|address| line.match_indices(address)).map(|(at, part)| at + part.len());
    let spans = starts.map(|start| (start, line[start..].find(ends).map_or(line.len(), |length| start + length)));
    spans.filter(|(start, end)| start < end).collect()
}

/// In bytes: shorter words may be names, whatever they look like.
const SHORTEST_RANDOM: usize = 32;

/// Words that are too random for a name. Nobody knows whether they are secrets, so they are not shown, but recorded.
pub(super) fn random_words(line: &str) -> Vec<(usize, usize)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/');
    let mut spans = Vec::new();
    if line.len() < SHORTEST_RANDOM {
        return spans;
    }
    let mut start = None;
    for (at, character) in line.char_indices().chain([(line.len(), ' ')]) {
        match (is_part(character), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                if is_random(&line[from..at]) && !is_digest(&line[..from], &line[from..at]) {
                    spans.push((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    spans
}

fn is_random(word: &str) -> bool {
    if word.len() < SHORTEST_RANDOM {
        return false;
    }
    let has = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let digits = has(u8::is_ascii_digit);
    if word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        // Forty digits are the name of a commit, nearly always.
        return word.len() != 40 && digits > 3 && digits < word.len() && bits(word) > 3.0;
    }
    // The names of a path are words of their own.
    let mixed = digits > 2 && has(u8::is_ascii_lowercase) > 2 && has(u8::is_ascii_uppercase) > 2;
    mixed && word.matches('/').count() * 16 <= word.len() && bits(word) > 4.2
}

/// Shannon's entropy in bits a character.
fn bits(word: &str) -> f64 {
    let mut counts: BTreeMap<u8, f64> = BTreeMap::new();
    for byte in word.bytes() {
        *counts.entry(byte).or_default() += 1.0;
    }
    let length = word.len() as f64;
    counts.values().map(|count| -count / length * (count / length).log2()).sum()
}

/// Whether `word` says what a file or a commit is, by what stands before it or by how it begins.
fn is_digest(before: &str, word: &str) -> bool {
    const KINDS: [&str; 6] = ["sha1", "sha224", "sha256", "sha384", "sha512", "md5"];
    const NAMES: [&str; 9] = ["sha", "digest", "checksum", "hash", "integrity", "commit", "rev", "ref", "revision"];
    let before = before.trim_end_matches([' ', '\t', '"', '\'', '=', ':']);
    let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("").to_ascii_lowercase();
    let kind = word.split_once('-').map_or("", |(kind, _)| kind);
    before.ends_with('@') || KINDS.contains(&kind) || KINDS.contains(&name.as_str()) || NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_random_is_told_from_names_and_digests() {
        let hidden = [
            "key: q8Zr2LmV0xTn4KpY7sWc1JdHf6GbE9aUo3Ri",
            "SIGNING=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "a: 'b64/Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZkdISUpLTE1OT1BRUlNUVQ=='",
        ];
        for line in hidden {
            assert_eq!(random_words(line).len(), 1, "{line}");
        }
        let shown = [
            "image: app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "uses: actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11",
            "rev = \"b4ffde65f46336ab88eb53be808477a3936bae11\"",
            "\"integrity\": \"sha512-9UjvTmV0xTn4KpY7sWc1JdHf6GbE9aUo3RiQq8Zr2LmV0xTn4KpY7sWc1JdHf6GbE9aUo3Ri==\"",
            "path: frontend/pyfactor_next/src/app/api/tenant/v2/DbConfig123",
            "id: 123e4567-e89b-12d3-a456-426614174000",
            "number: 12345678901234567890123456789012345678",
            "spring.jpa.properties.hibernate.jdbc.lob.non_contextual_creation=true",
            "class: OrgSpringframeworkBootAutoconfigureJdbcDataSourceProperties",
        ];
        for line in shown {
            assert!(random_words(line).is_empty(), "{line}");
        }
    }
}
