//! Made-up repositories with secrets in them: a settings file of any format, and a migration for it.

/// The start of each secret; nothing else begins like that.
pub const CANARY: &str = "CANARY";

/// Numbers that are the same in every run (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub fn one_in(&mut self, end: usize) -> bool {
        self.below(end) == 0
    }

    /// A word that is a secret, and no other word.
    pub fn canary(&mut self) -> String {
        format!("{CANARY}{:08x}", self.below(1 << 32))
    }
}

/// One repository: a settings file, a migration, and the values of its variables.
#[derive(Debug)]
pub struct Case {
    pub file: &'static str,
    pub text: String,
    pub migration: String,
    /// The value of the secret variable `pw`.
    pub secret: String,
    /// Git ignores the file.
    pub ignored: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Env,
    Yaml,
    Toml,
    Json,
    Jsonc,
    Ini,
    Properties,
    Hcl,
    Xml,
    Python,
    JavaScript,
}

use Language::{Env, Hcl, Ini, JavaScript, Json, Jsonc, Properties, Python, Toml, Xml, Yaml};

const LANGUAGES: [(Language, &str); 11] = [
    (Env, "app.env"),
    (Yaml, "app.yaml"),
    (Toml, "app.toml"),
    (Json, "app.json"),
    (Jsonc, "app.jsonc"),
    (Ini, "app.ini"),
    (Properties, "app.properties"),
    (Hcl, "app.tf"),
    (Xml, "app.xml"),
    (Python, "settings.py"),
    (JavaScript, "config.js"),
];

/// Names that say that the value is a secret.
const NAMES: [&str; 14] = [
    "password",
    "db_password",
    "passwd",
    "secret_key",
    "client_secret",
    "api_token",
    "accessToken",
    "api_key",
    "private_key",
    "passphrase",
    "credentials",
    "pwd",
    "aws_access_key",
    "session_cookie_secret",
];

/// Names that say nothing.
const PLAIN: [&str; 5] = ["conn", "url", "blob", "extra", "auth"];

/// What stands between the words of a secret.
const BETWEEN: [&str; 20] =
    ["", " ", ",", ";", "#", " # ", " // ", "&", "\"", "'", "@", ":", "=", "<", "(", "]", "}", "$", "%", "\t"];

pub fn case(dice: &mut Dice) -> Case {
    let (language, file) = dice.pick(&LANGUAGES);
    let ignored = dice.one_in(4);
    let mut block = vec![Entry::plain("host", "db.internal"), Entry::plain("port", "5432")];
    let mut secrets = Vec::new();
    for _ in 0..=dice.below(3) {
        let entry = secret_entry(dice, language, ignored);
        if secrets.iter().all(|known: &String| *known != entry.key) {
            secrets.push(entry.key.clone());
            block.insert(dice.below(block.len() + 1), entry);
        }
    }
    let mut text = rendered(dice, language, &block);
    if dice.one_in(8) {
        text = broken(dice, &text);
    }
    if dice.one_in(6) {
        text = text.replace('\n', "\r\n");
    }
    let odd = text.contains(":p#");
    let migration = migration(dice, language, file, &secrets, odd);
    let secret = words(dice);
    Case { file, text, migration, secret, ignored }
}

#[derive(Debug)]
struct Entry {
    key: String,
    value: String,
    comment: Option<String>,
}

impl Entry {
    fn plain(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: value.to_owned(), comment: None }
    }
}

/// One to three canaries with something between them.
fn words(dice: &mut Dice) -> String {
    let mut text = if dice.one_in(3) { format!("x{}", dice.pick(&BETWEEN)) } else { String::new() };
    text.push_str(&dice.canary());
    for _ in 0..dice.below(3) {
        text.push_str(dice.pick(&BETWEEN));
        text.push_str(&dice.canary());
    }
    text
}

/// A secret that is known by its looks, on one line.
fn shaped(dice: &mut Dice) -> String {
    let canary = dice.canary();
    let long = format!("{canary}{}", "x".repeat(dice.pick(&[0, 70])));
    match dice.below(12) {
        0 => format!("postgres://app:{long}@db:5432/app?a=1"),
        1 => format!("postgresql+psycopg://app:p#{canary}/{canary}?{canary}@db/app"),
        2 => format!("redis://:{long}@cache:6379/0"),
        3 => format!("https://app:{canary}@example.org/x"),
        4 => format!("https://{canary}@sentry.example.org/1"),
        5 => format!("ghp_{canary}abcdef"),
        6 => format!("sk_live_{canary}"),
        7 => format!("eyJhbGciOiJIUzI1NiJ9.{canary}.abcdefghijklm"),
        8 => format!("Bearer {canary}"),
        9 => format!("host=db password={canary} port=5432"),
        10 => format!("Server=db;User Id=app;Password={canary};Timeout=3"),
        _ => format!("-----BEGIN PRIVATE KEY-----\n{canary}\n{canary}\n-----END PRIVATE KEY-----"),
    }
}

fn secret_entry(dice: &mut Dice, language: Language, ignored: bool) -> Entry {
    let by_name = |dice: &mut Dice| {
        let several = dice.one_in(6).then(|| format!("{}\n{}\n", words(dice), dice.canary()));
        Entry { key: dice.pick(&NAMES).to_owned(), value: several.unwrap_or_else(|| words(dice)), comment: None }
    };
    let mut entry = match dice.below(10) {
        0..5 => by_name(dice),
        5..8 => Entry { key: dice.pick(&PLAIN).to_owned(), value: shaped(dice), comment: None },
        8 if ignored => Entry { key: dice.pick(&PLAIN).to_owned(), value: words(dice), comment: None },
        8 => by_name(dice),
        _ => Entry { key: dice.pick(&PLAIN).to_owned(), value: "plain".to_owned(), comment: Some(comment(dice)) },
    };
    // What these languages can not write is not in their files.
    if matches!(language, Ini) {
        entry.value = entry.value.replace(['\n', '\t'], " ").trim().to_owned();
    }
    entry
}

fn comment(dice: &mut Dice) -> String {
    let canary = dice.canary();
    match dice.below(5) {
        0 => format!("password: {canary}"),
        1 => format!("was DB_PASSWORD={canary}"),
        2 => format!("postgres://app:{canary}@db/app before"),
        3 => format!("old token ghp_{canary}abcdef"),
        _ => format!("api_key = \"{canary}\""),
    }
}

fn rendered(dice: &mut Dice, language: Language, block: &[Entry]) -> String {
    let mut text = match language {
        Env => "APP_NAME=shop\n".to_owned(),
        Yaml => "app:\n  name: shop\ndb:\n".to_owned(),
        Toml => "[app]\nname = \"shop\"\n\n[db]\n".to_owned(),
        Json | Jsonc => "{\n  \"app\": {\"name\": \"shop\"},\n  \"db\": {\n".to_owned(),
        Ini => "[app]\nname = shop\n\n[db]\n".to_owned(),
        Properties => "app.name=shop\n".to_owned(),
        Hcl => "app {\n  name = \"shop\"\n}\n\ndb {\n".to_owned(),
        Xml => "<config>\n  <app>\n    <name>shop</name>\n  </app>\n  <db>\n".to_owned(),
        Python => "NAME = 'shop'\ndb = {\n".to_owned(),
        JavaScript => "const name = 'shop';\nconst db = {\n".to_owned(),
    };
    for (at, entry) in block.iter().enumerate() {
        if let Some(comment) = &entry.comment {
            let line = match language {
                Json => continue,
                Jsonc | JavaScript => format!("    // {comment}\n"),
                Xml => format!("    <!-- {comment} -->\n"),
                Yaml | Python | Hcl => format!("  # {comment}\n"),
                _ => format!("# {comment}\n"),
            };
            text.push_str(&line);
        }
        let comma = if at + 1 < block.len() { "," } else { "" };
        text.push_str(&line(dice, language, &entry.key, &entry.value, comma));
    }
    text.push_str(match language {
        Json | Jsonc => "  }\n}\n",
        Hcl => "}\n",
        Xml => "  </db>\n</config>\n",
        Python => "}\n",
        JavaScript => "};\n",
        _ => "",
    });
    text
}

/// In double quotes, with the escapes that most languages share.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

fn line(dice: &mut Dice, language: Language, key: &str, value: &str, comma: &str) -> String {
    let lines = value.contains('\n');
    match language {
        Env => {
            let written = match (value.contains('"'), value.contains('\'')) {
                (false, _) => format!("\"{}\"", value.replace('$', "\\$")),
                (true, false) => format!("'{value}'"),
                (true, true) => format!("\"{}\"", value.replace('"', "\\\"").replace('$', "\\$")),
            };
            format!("DB_{}={written}\n", key.to_uppercase())
        }
        Yaml if lines && dice.one_in(2) => {
            let sign = dice.pick(&["|", ">-", "|-"]);
            let inner = value.lines().map(|line| format!("    {}\n", line.trim())).collect::<String>();
            format!("  {key}: {sign}\n{inner}")
        }
        Yaml if !lines && dice.one_in(2) => format!("  {key}: '{}'\n", value.replace('\'', "''")),
        Yaml if !lines && dice.one_in(2) => {
            let plain = value.replace(['\t', '"', '\'', '%', '<'], "-").replace(": ", ":").replace(" #", "#");
            format!("  {key}: {}\n", plain.trim_end_matches(':'))
        }
        Yaml if !lines && dice.one_in(3) && value.contains(' ') => {
            format!("  {key}: {}\n", quoted(value).replace(' ', "\n      "))
        }
        Yaml => format!("  {key}: {}\n", quoted(value)),
        Toml if lines && !value.contains("'''") && dice.one_in(2) => format!("{key} = '''\n{value}'''\n"),
        Toml => format!("{key} = {}\n", quoted(value)),
        Json | Jsonc => format!("    \"{key}\": {}{comma}\n", quoted(value)),
        Ini => format!("{key} = {value}\n"),
        Properties => {
            let escaped = value.replace('\\', "\\\\");
            let sign = if dice.one_in(2) { "\\n" } else { "\\n\\\n    " };
            format!("db.{key}={}\n", escaped.trim_end().replace('\n', sign))
        }
        Hcl if lines && dice.one_in(2) => format!("  {key} = <<EOT\n{value}\nEOT\n"),
        Hcl => format!("  {key} = {}\n", quoted(value)),
        Xml => {
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;");
            match dice.below(3) {
                0 => format!("    <{key} kind=\"x\">{escaped}</{key}>\n"),
                1 => format!("    <{key}><![CDATA[{value}]]></{key}>\n"),
                _ => format!("    <{key}>{escaped}</{key}>\n"),
            }
        }
        Python if lines && dice.one_in(2) && !value.contains("'''") => {
            format!("    '{key}': '''{}''',\n", value.replace('\'', ""))
        }
        Python if dice.one_in(4) => format!("    '{key}': (''\n        {}),\n", quoted(value)),
        Python => format!("    '{key}': {},\n", quoted(value)),
        JavaScript if lines && dice.one_in(2) => format!("  {key}: `{}`,\n", value.replace(['`', '$', '\\'], "")),
        JavaScript => format!("  {key}: {},\n", quoted(value)),
    }
}

/// As no reader takes it: the place of the fault is told, and may be anywhere.
fn broken(dice: &mut Dice, text: &str) -> String {
    // Not within a line that holds a secret: half of a URL or a token has no looks to know it by.
    let at = |dice: &mut Dice| {
        let at = dice.below(text.len());
        let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        if text[line..end].contains(CANARY) { dice.pick(&[line, end]) } else { at }
    };
    match dice.below(5) {
        0 => text[..at(dice)].to_owned(),
        1 => {
            let at = at(dice);
            // Nobody knows whose value begins behind it.
            let at =
                if text[at..].lines().nth(1).is_some_and(|line| line.trim_start().starts_with('"')) { 0 } else { at };
            format!("{}{}{}", &text[..at], dice.pick(&["\"", "{", "'", "}", "<", "\n", ": :", "["]), &text[at..])
        }
        // Without its quotes, no reader takes a text of several lines for one.
        2 if !text.contains(&format!("\n{CANARY}")) => text.replacen(['"', '\''], "", 1),
        3 => format!("{text}{text}"),
        _ => {
            let line = text.lines().last().unwrap_or("");
            text.replacen(line, &format!("<<<<<<< HEAD\n{line}\n=======\n{line}\n>>>>>>> x"), 1)
        }
    }
}

fn path(language: Language, key: &str) -> String {
    match language {
        Env => format!("DB_{}", key.to_uppercase()),
        Xml => format!("config.db.{key}"),
        JavaScript => format!("const db.{key}"),
        _ => format!("db.{key}"),
    }
}

/// To a reader of URLs, the host of an `odd` one is the start of its password.
fn migration(dice: &mut Dice, language: Language, file: &str, secrets: &[String], odd: bool) -> String {
    let mut text = String::from("schema = 1\ntitle = \"x\"\n[vars]\npw = { secret = true }\n");
    let at = |key: &str| path(language, key);
    let name = |key: &str| match language {
        Env => format!("DB_{}", key.to_uppercase()),
        Properties => format!("db.{key}"),
        _ => key.to_owned(),
    };
    if dice.one_in(10) {
        let asks = dice.pick(&["is = \"x\"", "in = [\"x\", \"y\"]", "matches = \"^x$\"", "exists = false"]);
        let table = dice.pick(&["require", "ensure"]);
        let key = at(&secrets[dice.below(secrets.len())]);
        text.push_str(&format!("[[{table}]]\nfile = \"{file}\"\nat = '{key}'\n{asks}\n"));
    }
    if dice.one_in(12) {
        let whole = dice.pick(&[
            "delete = \"FILE\"",
            "move = \"FILE\"\nto = \"old/FILE\"",
            "chmod = \"FILE\"\nmode = \"0600\"",
        ]);
        text.push_str(&format!("[[step]]\n{}\n", whole.replace("FILE", file)));
        return text;
    }
    text.push_str(&format!("[[step]]\nedit = \"{file}\"\ndo = [\n"));
    let mut first = true;
    for _ in 0..=dice.below(2) {
        let key = secrets[dice.below(secrets.len())].clone();
        let (secret, new) = (at(&key), at("renamed"));
        let literal = dice.canary();
        let operation = match dice.below(24) {
            0 | 1 => format!("{{ set = '{}', to = \"5433\" }}", at("port")),
            2 => format!("{{ set = '{}', to = \"NEW\" }}", at("added")),
            3 => format!("{{ set = '{secret}', to = \"{{{{pw}}}}\" }}"),
            4 => format!("{{ set = '{}', to = \"a {{{{pw}}}} b\" }}", at("added")),
            5 => format!("{{ set = '{}', to = \"{literal}\", secret = false }}", at("new_password")),
            6 => format!("{{ set = '{}', to = \"postgres://u:{literal}@h/d\", secret = false }}", at("added")),
            7 => format!("{{ set = '{secret}', to = \"NEW\", secret = false }}"),
            8 => format!("{{ remove = '{secret}' }}"),
            9 => format!("{{ rename = '{secret}', to = '{}' }}", name("renamed")),
            10 => format!("{{ move = '{secret}', to = '{new}' }}"),
            11 => format!("{{ copy = '{secret}', to = '{new}' }}"),
            12 => format!("{{ map = '{secret}', with = {{ x = \"y\" }}, else = \"fail\" }}"),
            13 => format!("{{ set = '{secret}', to = \"NEW\", was = \"OLD\", secret = false }}"),
            14 => format!("{{ set = '{secret}.deeper', to = \"NEW\", create = true, secret = false }}"),
            15 => format!("{{ set = '{secret}', in = \"url:query.sslmode\", to = \"require\" }}"),
            16 if !odd => format!("{{ set = '{secret}', in = \"url:host\", to = \"elsewhere\" }}"),
            17 => format!("{{ set = '{secret}', in = \"url:password\", to = \"{{{{pw}}}}\" }}"),
            18 => format!("{{ append = '{secret}', value = \"NEW\" }}"),
            19 => format!("{{ rename = '{}', to = '{}' }}", at("port"), name(&key)),
            20 => format!("{{ move = '{}', to = '{secret}' }}", at("port")),
            21 => format!("{{ set = '{secret}', in = \"dsn:sslmode\", to = \"require\" }}"),
            22 => format!("{{ set = '{secret}', in = \"json:a\", to = \"x\" }}"),
            _ => format!("{{ set = '{secret}[0]', to = \"NEW\", secret = false }}"),
        };
        // What a lens changed in a text that is none of its kind is another secret, and nothing tells.
        let lens = operation.contains(" in = ");
        if !lens || first {
            text.push_str(&format!("  {operation},\n"));
        }
        if lens {
            break;
        }
        first = false;
    }
    text.push_str("]\n");
    text
}
