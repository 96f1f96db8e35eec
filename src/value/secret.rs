//! What must never be shown: secrets known by the name of their key, by their shape, or inside a URL.

mod expression;
mod looks;
mod real;

use std::borrow::Cow;
use std::fmt;

use super::{dsn, url};
use crate::text::Span;

pub use expression::{asks_environment, secret_literals};
pub use real::{is_placeholder, real_secret};

/// The one mask for every secret.
pub const MASK: &str = "•••";

/// A value on its way out; prints the mask where the value is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked(String);

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `value` of the setting called `name`, ready to be shown.
pub fn mask_value(name: &str, value: &str) -> Masked {
    if is_secret(name, value) && !value.is_empty() && !names_a_place(value) {
        return Masked(MASK.to_owned());
    }
    Masked(mask(value).into_owned())
}

/// What a name holds that stands for a secret, without its signs and in lower case.
const SECRET_WORDS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "credential",
    "pwd",
    "accesskey",
    "encryptionkey",
    "signingkey",
    "htpasswd",
];
/// What such a name is as a whole.
const SECRET_NAMES: [&str; 5] = ["pass", "salt", "cookie", "authorization", "private"];
/// The same, of what holds a password among other things.
const CONNECTION_NAMES: [&str; 2] = ["dsn", "conninfo"];
/// How such a name ends.
const SECRET_ENDS: [&str; 14] = [
    "pass",
    "salt",
    "authkey",
    "masterkey",
    "accountkey",
    "appkey",
    "hmackey",
    "jwtkey",
    "sessionkey",
    "sharedkey",
    "storagekey",
    "privkey",
    "otpseed",
    "sessioncookie",
];
/// A Kubernetes `secretName` says where the secret is.
const PLACE_ENDS: [&str; 3] = ["secretname", "secretref", "secretkeyref"];

/// Whether a setting of this name holds a secret by convention.
pub fn is_secret_name(name: &str) -> bool {
    let mut plain = Vec::with_capacity(name.len());
    plain.extend(name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()));
    let ends = |all: &[&str]| all.iter().any(|end| plain.ends_with(end.as_bytes()));
    // Every name of every file is asked: the first letter of a word rules out most.
    let begins = |rest: &[u8]| {
        SECRET_WORDS.iter().any(|word| word.as_bytes()[0] == rest[0] && rest.starts_with(word.as_bytes()))
    };
    let holds_word = (0..plain.len()).any(|at| begins(&plain[at..]));
    let mut whole = SECRET_NAMES.iter().chain(&CONNECTION_NAMES);
    (holds_word || ends(&SECRET_ENDS) || whole.any(|whole| plain == whole.as_bytes())) && !ends(&PLACE_ENDS)
}

/// Whether a setting of this name is a secret as a whole with `value`. Of what reads as the URL or the connection string of a
/// PostgreSQL database only the password is one, which its looks tell.
pub fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) && !(is_connection_name(name) && is_connection(value))
}

fn is_connection_name(name: &str) -> bool {
    CONNECTION_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_connection(value: &str) -> bool {
    const KEYWORDS: [&str; 5] = ["host", "hostaddr", "dbname", "service", "port"];
    let value = value.trim_matches(['"', '\'', '`']);
    if let Some(scheme) = url::scheme(value) {
        return scheme.contains("postgres") && !value.contains(char::is_whitespace);
    }
    let pairs = dsn::pairs(value).unwrap_or_default();
    pairs.iter().any(|pair| KEYWORDS.contains(&pair.keyword.of(value)))
}

/// `text` with each of `spans` replaced by the mask, line by line: the number of lines stays.
pub fn mask_spans(text: &str, spans: &[Span]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for span in spans {
        if span.start < done || text.get(span.start..span.end).is_none() {
            continue;
        }
        masked.push_str(&text[done..span.start]);
        let lines = span.of(text).matches('\n').count();
        masked.push_str(MASK);
        for _ in 0..lines {
            masked.push('\n');
            masked.push_str(MASK);
        }
        done = span.end;
    }
    masked.push_str(&text[done..]);
    masked
}

/// A path or a reference instead of the secret itself: `/run/secrets/db`, `${DB_PASSWORD}`, `os.environ[...]`.
pub fn names_a_place(value: &str) -> bool {
    let value = value.trim();
    let bare = value.trim_matches(['"', '\'', ' ']);
    bare.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(expression::is_reference)
        || asks_environment(bare) && expression::literals(value).0.is_empty()
        || bare.starts_with("/run/secrets/")
}

/// Whether `text` shows `secret`, be it with the escapes of some language in it.
pub fn shows(text: &str, secret: &str) -> bool {
    let letters: String = secret.chars().filter(|c| c.is_alphanumeric()).collect();
    !secret.is_empty() && text.contains(secret) || letters.len() > 3 && unescaped_letters(text).contains(&letters)
}

/// The letters and digits of `text` without those of its escapes: `\\n`, `&lt;`.
fn unescaped_letters(text: &str) -> String {
    let mut letters = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let entity = if character == '&' { rest.as_str().bytes().take(7).position(|byte| byte == b';') } else { None };
        match entity {
            Some(end) if rest.as_str()[..end].chars().all(|c| c.is_alphanumeric() || c == '#') => {
                rest = rest.as_str()[end..].chars();
            }
            _ if character == '\\' => drop(rest.next()),
            _ if character.is_alphanumeric() => letters.push(character),
            _ => {}
        }
    }
    letters
}

/// `text`, one line or many, with every secret in it replaced by the mask, and what is too random to be shown.
pub fn mask(text: &str) -> Cow<'_, str> {
    mask_shown(text, &|_| true)
}

/// As `mask`; lines of whose number, from zero, `is_shown` says no are empty.
pub fn mask_shown<'t>(text: &'t str, is_shown: &dyn Fn(usize) -> bool) -> Cow<'t, str> {
    mask_by(text, is_shown, &|line| [secret_spans(line), looks::random_words(line)].concat())
}

/// Whether `text` holds what is known to be a secret; that it is random alone does not count.
pub fn holds_secret(text: &str) -> bool {
    mask_by(text, &|_| true, &secret_spans) != text
}

/// As `holds_secret`, where what only stands in the place of one does not count.
pub fn holds_filled_in_secret(text: &str) -> bool {
    let filled_in = |line: &str| {
        let spans = secret_spans(line).into_iter();
        spans.filter(|(start, end)| !is_placeholder(&line[*start..*end])).collect()
    };
    mask_by(text, &|_| true, &filled_in) != text
}

fn mask_by<'t>(
    text: &'t str,
    is_shown: &dyn Fn(usize) -> bool,
    spans: &dyn Fn(&str) -> Vec<(usize, usize)>,
) -> Cow<'t, str> {
    let mut masked = String::new();
    let mut in_key = false;
    let mut open: Option<&str> = None;
    let mut changed = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end_matches(['\n', '\r']);
        let end = &line[content.len()..];
        let begins = content.contains("-----BEGIN ") && content.contains("PRIVATE KEY");
        let shown: Cow<'_, str> = if in_key || begins {
            in_key = !content.contains("-----END ");
            Cow::Borrowed(MASK)
        } else if let Some(end) = open {
            open = open.filter(|_| !content.contains(end));
            Cow::Borrowed(MASK)
        } else {
            open = opened(content);
            if is_shown(number) { mask_line(content, spans(content)) } else { Cow::Borrowed("") }
        };
        changed |= shown != content;
        masked.push_str(&shown);
        masked.push_str(end);
    }
    if changed { Cow::Owned(masked) } else { Cow::Borrowed(text) }
}

/// What ends the secret that starts on `line` and goes on below: a literal of several lines, or several in brackets.
fn opened(line: &str) -> Option<&'static str> {
    const SIGNS: [&str; 4] = ["(", "`", "\"\"\"", "'''"];
    if !SIGNS.iter().any(|sign| line.contains(sign)) {
        return None;
    }
    let (start, _) = assigned_secrets(line).pop()?;
    let value = &line[line[..start].trim_end_matches(['\'', '"', '`']).len()..];
    if let Some(rest) = value.strip_prefix('(') {
        let rest = rest.trim_start();
        let literal = rest.is_empty() || rest.starts_with(['\'', '"']);
        return Some(")").filter(|end| literal && !rest.contains(end));
    }
    let quote = ["\"\"\"", "'''", "`"].into_iter().find(|quote| value.starts_with(quote))?;
    (!value[quote.len()..].contains(quote)).then_some(quote)
}

fn mask_line(line: &str, mut spans: Vec<(usize, usize)>) -> Cow<'_, str> {
    if spans.is_empty() {
        return Cow::Borrowed(line);
    }
    spans.sort_unstable();
    let mut masked = String::with_capacity(line.len());
    let mut done = 0;
    for (start, end) in spans {
        if start >= done {
            masked.push_str(&line[done..start]);
            masked.push_str(MASK);
        }
        done = done.max(end);
    }
    masked.push_str(&line[done..]);
    Cow::Owned(masked)
}

/// The secret stretches of one line.
fn secret_spans(line: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    spans.extend(assigned_secrets(line));
    spans.extend(element_secrets(line));
    spans.extend(instruction_secret(line));
    spans.extend(looks::url_passwords(line));
    spans.extend(looks::connection_passwords(line));
    spans.extend(looks::secret_addresses(line));
    spans.extend(looks::shaped_secrets(line));
    spans
}

/// The values assigned on this line to names like `password`: `PASSWORD=x`, `"password": "x"`, `password: x`.
fn assigned_secrets(line: &str) -> Vec<(usize, usize)> {
    let bytes = line.as_bytes();
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(sign) = line[from..].find(['=', ':']).map(|offset| from + offset) {
        from = sign + 1;
        if bytes.get(sign + 1) == Some(&b':') || line[sign..].starts_with("://") || line[sign..].starts_with("==") {
            from = sign + 2;
            continue;
        }
        let name_end = line[..sign].trim_end_matches([' ', '\t', '"', '\'', ']', '?', '+', ':']).len();
        let name_start = line[..name_end]
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
        if !is_secret_name(&line[name_start..name_end]) {
            continue;
        }
        let value_start = from + (line[from..].len() - line[from..].trim_start_matches([' ', '\t', '=', '>']).len());
        let value_start = value_start + expression::prefix(&line[value_start..]);
        let value_end = value_start + value_length(&line[value_start..]);
        let value = &line[value_start..value_end];
        let mut literals_from = |start: usize| {
            let (literals, length) = expression::literals(&line[start..]);
            spans.extend(literals.into_iter().map(|(from, to)| (start + from, start + to)));
            start + length
        };
        if asks_environment(value) {
            from = literals_from(value_start);
            continue;
        }
        let name = &line[name_start..name_end];
        let names_a_part = name == "dsn" && value_start == sign + 1 && is_one_word(value);
        // A string of pairs goes on behind the sign that ends the first one.
        let is_whole =
            is_secret(name, value) || line[value_end..].starts_with(';') && !value.ends_with(['"', '\'', '`']);
        if !value.is_empty() && !names_a_place(value) && !is_plain_word(value) && !names_a_part && is_whole {
            let goes_on = expression::goes_on(value, &line[value_end..]);
            from = if goes_on { literals_from(value_end) } else { value_end };
            spans.push(trim_quotes(line, value_start, value_end));
        }
    }
    spans
}

/// A connection string has signs in it: one word behind `dsn:` is how a part of one is named, as in `dsn:sslmode`.
fn is_one_word(value: &str) -> bool {
    value.trim_end_matches('`').chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_plain_word(value: &str) -> bool {
    matches!(value, "null" | "None" | "true" | "false" | "True" | "False" | "undefined" | "~" | "{" | "[" | "|" | ">")
}

fn value_length(rest: &str) -> usize {
    match rest.chars().next() {
        Some('$') if rest.starts_with("${") => rest.find('}').map_or(rest.len(), |end| end + 1),
        Some(quote @ ('"' | '\'' | '`')) => closing(rest, quote).unwrap_or(rest.len()),
        // A call or an index is code up to its last bracket; a literal ends at white space or a separator.
        Some(_) if rest.find(['(', '[']).is_some_and(|open| rest[..open].chars().all(is_code)) => {
            rest.find(" #").or_else(|| rest.find(" //")).unwrap_or(rest.trim_end_matches([',', ';', ' ']).len())
        }
        Some(_) => rest.find([' ', '\t', ',', ';', '}', '&', '"', '\'']).unwrap_or(rest.len()),
        None => 0,
    }
}

/// The length of the literal that `rest` starts with; a quote behind a backslash, or given twice, does not end it.
fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    let mut at = 1;
    while let Some(character) = rest[at..].chars().next() {
        let next = at + character.len_utf8();
        match character {
            '\\' => escaped = !escaped,
            _ if escaped => escaped = false,
            _ if character == quote && rest[next..].starts_with(quote) && at > 1 => at = next,
            _ if character == quote => return Some(next),
            _ => {}
        }
        at = if at == next { next + quote.len_utf8() } else { next };
    }
    None
}

fn is_code(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.')
}

fn trim_quotes(line: &str, start: usize, end: usize) -> (usize, usize) {
    let value = &line[start..end];
    let quoted = value.len() >= 2
        && matches!(value.as_bytes()[0], b'"' | b'\'' | b'`')
        && value.as_bytes()[0] == value.as_bytes()[value.len() - 1];
    if quoted { (start + 1, end - 1) } else { (start, end) }
}

/// The value of `ENV PASSWORD x`, as files that build images have it.
fn instruction_secret(line: &str) -> Option<(usize, usize)> {
    let setting = line.trim_start().strip_prefix("ENV ")?.trim_start();
    let (name, value) = setting.split_once([' ', '\t'])?;
    let value = value.trim();
    let is_one = !name.contains('=') && is_secret(name, value) && !value.is_empty() && !names_a_place(value);
    let end = line.trim_end().len();
    is_one.then_some((end - value.len(), end))
}

/// The texts of elements with names like `password`: `<password kind="k">x</password>`; and the values that an
/// attribute beside them names: `<add key="password" value="x"/>`.
fn element_secrets(line: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    for (open, _) in line.match_indices('<') {
        let tag = &line[open + 1..];
        let Some(close) = tag.find(['>', '<']) else { continue };
        let name = tag[..close].split([' ', '\t', '/']).next().unwrap_or("");
        let text = open + 1 + close + 1;
        let marked = line.get(text..).unwrap_or("").starts_with("<![CDATA[");
        let (text, stop) = if marked { (text + "<![CDATA[".len(), "]]>") } else { (text, "<") };
        let end = line.get(text..).and_then(|rest| rest.find(stop)).map_or(line.len(), |at| text + at);
        if is_secret_name(name) && tag[close..].starts_with('>') && !names_a_place(&line[text..end]) && text < end {
            spans.push((text, end));
        }
        let labels = ["key=", "name=", "id="].iter().filter_map(|label| attribute(&tag[..close], label));
        if labels.into_iter().any(|(start, end)| is_secret_name(&tag[start..end]))
            && let Some((start, end)) = attribute(&tag[..close], "value=")
            && !names_a_place(&tag[start..end])
        {
            spans.push((open + 1 + start, open + 1 + end));
        }
    }
    spans
}

/// What stands in the quotes behind ` label`.
fn attribute(tag: &str, label: &str) -> Option<(usize, usize)> {
    let start = tag.match_indices(label).map(|(at, _)| at).find(|at| tag[..*at].ends_with([' ', '\t']))? + label.len();
    let quote = tag[start..].chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let length = tag[start + 1..].find(quote)?;
    Some((start + 1, start + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        let cases = [
            ("POSTGRES_PASSWORD=hunter2", "POSTGRES_PASSWORD=•••"),
            ("  password: \"hunter2\" # c", "  password: \"•••\" # c"),
            ("'PASSWORD': 'hunter2',", "'PASSWORD': '•••',"),
            ("U=postgres://u:hun@ter2@db:5432/x?a=1", "U=postgres://u:•••@db:5432/x?a=1"),
            ("U=postgres://u:a#b/c?d@h/x", "U=postgres://u:•••@h/x"),
            ("key = ghp_0123456789abcdefABCDEF", "key = •••"),
            ("db: {user: u, password: hunter2, port: 1}", "db: {user: u, password: •••, port: 1}"),
            ("- \"PGPASSWORD=hunter2\"", "- \"PGPASSWORD=•••\""),
            ("SENTRY_DSN=https://0a1b2c@o1.ingest.sentry.io/1", "SENTRY_DSN=https://•••@o1.ingest.sentry.io/1"),
            ("header: Bearer abcdef0123456789", "header: Bearer •••"),
            ("K=sk-proj-abcdefghijklmnop", "K=•••"),
            ("host=h password=hunter2 port=1", "host=h password=••• port=1"),
            ("dsn=postgres://u:hunter2@db/x?sslmode=require", "dsn=postgres://u:•••@db/x?sslmode=require"),
            ("conninfo = 'host=db password=hunter2 port=1'", "conninfo = 'host=db password=••• port=1'"),
            ("conninfo: host=db password='hunter 2' user=u", "conninfo: host=db password='•••' user=u"),
            ("connect(dsn=\"postgresql://db/x\", ssl=c)", "connect(dsn=\"postgresql://db/x\", ssl=c)"),
            ("const dsn = 'postgres://u:hunter2@db/x';", "const dsn = 'postgres://u:•••@db/x';"),
            ("DSN=clickhouse://u:hunter2@db/x", "DSN=•••"),
            ("conninfo=hunter2", "conninfo=•••"),
            ("conninfo=\"db password=hunter2 more\"", "conninfo=\"•••\""),
            ("MYSQL_DSN=root:hunter2@tcp(db:3306)/app", "MYSQL_DSN=root:•••@tcp(db:3306)/app"),
            ("url=jdbc:oracle:thin:scott/tiger@db:1521/x", "url=jdbc:oracle:thin:scott/•••@db:1521/x"),
            ("hook: https://hooks.slack.com/services/T0/B0/x1", "hook: https://hooks.slack.com/services/•••"),
            ("u: https://a.blob/c?sv=1&sig=x1%3D&se=2", "u: https://a.blob/c?sv=1&sig=•••&se=2"),
            ("c=AccountName=a;AccountKey=x1==;End=1", "c=AccountName=a;AccountKey=•••;End=1"),
            ("<db><password a='b'>hunter2</password></db>", "<db><password a='b'>•••</password></db>"),
            ("<add key=\"DbPassword\" value=\"hunter2\"/>", "<add key=\"DbPassword\" value=\"•••\"/>"),
            ("spring.datasource.password=${DB_PW:hunter2}", "spring.datasource.password=•••"),
            ("password: ${PW:-hunter2}", "password: •••"),
            ("ENV DB_PASSWORD hunter2 3", "ENV DB_PASSWORD •••"),
        ];
        for (line, masked) in cases {
            assert_eq!(mask(line), masked);
        }
    }

    #[test]
    fn a_secret_over_several_lines_is_masked_to_its_end() {
        let cases = [
            ("'KEY_TOKEN': (''\n    \"x1\"),\nA = 1\n", "'KEY_TOKEN': •••\n•••\nA = 1\n"),
            ("TOKEN = (\n    'x1'\n    'x2'\n)\nA = 1\n", "TOKEN = •••\n•••\n•••\n•••\nA = 1\n"),
            ("token: `x0\nx1`\na = 1\n", "token: •••\n•••\na = 1\n"),
            ("token: 'a\\'x1', a: 1\n", "token: '•••', a: 1\n"),
            ("token: 'a''x1', a: 1\n", "token: '•••', a: 1\n"),
            ("<token><![CDATA[x1]]></token>\n", "<token><![CDATA[•••]]></token>\n"),
            ("such as `url:query.NAME`, `dsn:NAME`", "such as `url:query.NAME`, `dsn:NAME`"),
            ("dsn: hunter2", "dsn: •••"),
            ("dsn:host=db;x=y", "dsn:•••;x=y"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn a_secret_is_known_in_the_writing_of_any_language() {
        for text in ["a'x1y2\tz", r"'a''x1y2\tz'", r#""a\'x1y2\tz""#, "a&apos;x1y2\tz"] {
            assert!(shows(text, "a'x1y2\tz"), "{text}");
        }
        assert!(!shows("x1y2", "x1y2z") && !shows("abc", "a-b") && !shows("a", ""));
    }

    #[test]
    fn references_and_plain_settings_are_shown() {
        for line in [
            "'PASSWORD': os.environ['DB_PASSWORD'],",
            "password: process.env.DB_PASSWORD,",
            "password: ${DB_PASSWORD}",
            "password: ${DB_PASSWORD:}",
            "password: ${A:${B}}",
            "password: ${PW:?is not set}",
            "password: ${env:DB_PASSWORD}",
            "ENV DB_PASSWORD ${DB_PASSWORD}",
            "sslkey = /etc/certs/client-key.pem",
            "http://host:80/a@b",
            "PASSWORD_HASHERS = [",
            "bypass: true",
        ] {
            assert_eq!(mask(line), line);
        }
    }

    #[test]
    fn a_private_key_is_masked_to_its_last_line() {
        let text = "K=\"-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\"\nB=1\n";
        assert_eq!(mask(text), "•••\n•••\n•••\nB=1\n");
    }

    #[test]
    fn a_line_is_masked_the_same_whatever_else_is_shown() {
        let text = "a: 1\npassword: \"\"\"\nx1y2\n\"\"\"\nTOKEN = (\n  'x1y2'\n)\nkey: `\nz\n`\napi_token: x1y2 # `\nb: 2\n\
                    -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nurl: db://u:p4ss@h/x\nc: 3";
        let whole = mask(text);
        assert!(!whole.contains("x1y2") && !whole.contains("p4ss") && whole.contains("b: 2"), "{whole}");
        for (number, line) in whole.lines().enumerate() {
            let one = mask_shown(text, &|other| other == number);
            assert_eq!(one.split('\n').nth(number), Some(line), "{one}");
            assert!(one.split('\n').enumerate().all(|(other, line)| other == number || ["", MASK].contains(&line)));
        }
    }
}
