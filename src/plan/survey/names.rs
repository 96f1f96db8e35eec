//! What the settings of TLS are called by the programs that read them, and what their values name.

use std::sync::LazyLock;

use regex::Regex;

use crate::path::RepoPath;
use crate::value::{Value, url};

/// The variable that turns every check of node off.
pub(super) const NODE_TLS: &str = "NODE_TLS_REJECT_UNAUTHORIZED";

/// What libpq knows.
pub const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Who reads a setting, and so by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// libpq and what follows its rules.
    Libpq,
    /// The `ssl` object of node-postgres and its like: it always checks, unless it is told not to.
    Node,
    /// pgjdbc: `require` checks nothing.
    Jdbc,
    /// R2DBC, as pgjdbc.
    R2dbc,
    /// PgBouncer, to its servers: `require` checks nothing.
    PgBouncer,
    /// Npgsql, whose words are those of libpq in another spelling.
    Npgsql,
    /// Prisma, to which `sslcert` is the CA.
    Prisma,
    /// The server's own certificate.
    Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    Mode,
    Ca,
    Certificate,
    Key,
}

/// How a client is told to take every server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusting {
    /// `rejectUnauthorized: false` of node.
    RejectUnauthorized,
    /// A factory of pgjdbc.
    NonValidatingFactory,
    /// Of Npgsql.
    TrustServerCertificate,
    /// `sslaccept` of Prisma.
    AcceptInvalidCerts,
    /// Of Python's module `ssl`.
    CertNone,
}

impl Trusting {
    /// What the setting `name` says with a URL, a connection string or a word. SQL Server has one of the words, too.
    pub(super) fn in_text(name: &str, text: &str) -> Option<Self> {
        const FACTORY: &str = "org.postgresql.ssl.nonvalidatingfactory";
        let text = text.to_ascii_lowercase();
        let is_url = text.contains("postgres");
        let is_factory = text == FACTORY && name.to_ascii_lowercase().replace('-', "").ends_with("sslfactory");
        if is_factory || is_url && text.contains(&format!("sslfactory={FACTORY}")) {
            return Some(Self::NonValidatingFactory);
        }
        if is_url && text.contains("sslaccept=accept_invalid_certs") {
            return Some(Self::AcceptInvalidCerts);
        }
        let mut pairs = npgsql(&text).into_iter().flatten();
        let trusts = pairs.any(|(name, value)| name.replace(' ', "") == "trustservercertificate" && value == "true");
        trusts.then_some(Self::TrustServerCertificate)
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::RejectUnauthorized => "`rejectUnauthorized: false`",
            Self::NonValidatingFactory => "`NonValidatingFactory`",
            Self::TrustServerCertificate => "`Trust Server Certificate=true`",
            Self::AcceptInvalidCerts => "`sslaccept=accept_invalid_certs`",
            Self::CertNone => "`ssl.CERT_NONE`",
        }
    }

    pub fn mend(self) -> &'static str {
        match self {
            Self::RejectUnauthorized => "remove it, and give the CA as `ca`",
            Self::NonValidatingFactory => "remove `sslfactory`, and write sslmode=verify-full with sslrootcert",
            Self::TrustServerCertificate => "remove it, and write SSL Mode=VerifyFull with Root Certificate",
            Self::AcceptInvalidCerts => "write sslaccept=strict, with the CA as sslcert",
            Self::CertNone => "remove it, and give the CA: ssl.create_default_context(cafile='/path/server-ca.pem')",
        }
    }
}

/// What a setting says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Text(String),
    /// Code joins these to a path, on a folder that only a run knows.
    Joined(String),
}

/// The mode of Grafana, whose name MySQL has, too, for other words.
const GRAFANA_MODE: &str = "ssl_mode";

/// The names of each slot, in lower case.
const SLOTS: [(Slot, Family, &[&str]); 14] = [
    (Slot::Mode, Family::Libpq, &["sslmode", "pgsslmode", GRAFANA_MODE]),
    (Slot::Ca, Family::Libpq, &["sslrootcert", "pgsslrootcert", "ca_cert_path"]),
    (Slot::Certificate, Family::Libpq, &["sslcert", "pgsslcert", "client_cert_path"]),
    (Slot::Key, Family::Libpq, &["sslkey", "pgsslkey", "client_key_path"]),
    (Slot::Mode, Family::PgBouncer, &["server_tls_sslmode"]),
    (Slot::Ca, Family::PgBouncer, &["server_tls_ca_file"]),
    (Slot::Certificate, Family::PgBouncer, &["server_tls_cert_file"]),
    (Slot::Key, Family::PgBouncer, &["server_tls_key_file"]),
    (Slot::Ca, Family::Server, &["ssl_ca_file", "client_tls_ca_file"]),
    (Slot::Certificate, Family::Server, &["ssl_cert_file", "client_tls_cert_file"]),
    (Slot::Key, Family::Server, &["ssl_key_file", "client_tls_key_file"]),
    (Slot::Ca, Family::Node, &["ca"]),
    (Slot::Certificate, Family::Node, &["cert"]),
    (Slot::Key, Family::Node, &["key"]),
];

/// The slot that `name` is the path or the mode of. The names of node are those of many a program.
pub fn slot(name: &str) -> Option<(Slot, Family)> {
    let name = name.to_ascii_lowercase();
    let found = SLOTS.iter().find(|(_, family, names)| *family != Family::Node && names.contains(&name.as_str()));
    found.map(|(slot, family, _)| (*slot, *family))
}

/// The slot of node that `name` is the content of.
pub(super) fn content_slot(name: &str) -> Option<Slot> {
    SLOTS.iter().find(|(_, family, names)| *family == Family::Node && names.contains(&name)).map(|(slot, ..)| *slot)
}

/// Whether `value` can be that of the slot which is called `name`.
pub(super) fn is_of(name: &str, value: &Value) -> bool {
    let is_word = || value.as_str().is_some_and(|word| MODES.contains(&word));
    let is_nothing = matches!(value, Value::Null) || value.as_str() == Some("");
    !is_nothing && (!name.eq_ignore_ascii_case(GRAFANA_MODE) || is_word())
}

/// Whether a URL has TLS settings for node-postgres, and which mode, in the words of libpq.
pub(super) fn tls_of_url(text: &str) -> Option<Option<String>> {
    let last = |wanted: &str| url::parameter(text, wanted);
    let by_ssl = last("ssl").and_then(|flag| match flag.as_str() {
        "false" | "0" => Some(Some("disable".to_owned())),
        "true" | "1" => Some(None),
        _ => None,
    });
    let has_slots = url::parameters(text).iter().any(|one| slot(&one.name).is_some());
    // `ssl` says nothing beside the others.
    if has_slots { Some(last("sslmode")) } else { by_ssl }
}

/// The path of a file that is named from `folder`, from where that folder lies.
pub(super) fn below(folder: &str, path: &str) -> String {
    if path.starts_with(['/', '~']) || path.get(1..2) == Some(":") {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The pairs of a connection string of Npgsql. Those of SQL Server and MySQL are alike, and say `Server`.
pub(super) fn npgsql(text: &str) -> Option<Vec<(&str, &str)>> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let pairs: Option<Vec<(&str, &str)>> = parts.map(|part| part.split_once('=')).collect();
    let pairs: Vec<(&str, &str)> = pairs?.into_iter().map(|(name, value)| (name.trim(), value.trim())).collect();
    let value = |wanted: &str| {
        let found = pairs.iter().find(|(name, _)| name.replace(' ', "").eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| *value)
    };
    let is_of_npgsql = || {
        value("sslmode").and_then(npgsql_mode).is_some_and(|mode| mode != "verify-ca")
            || value("port") == Some("5432")
            || value("rootcertificate").is_some()
    };
    let is_it = value("host").is_some() || value("server").is_some() && is_of_npgsql();
    (pairs.len() > 1 && is_it).then_some(pairs)
}

/// What a pair of Npgsql says, in the words of libpq.
pub(super) fn npgsql_slot(name: &str, value: &str) -> Option<(Slot, Option<Named>)> {
    let slot = match name.replace(' ', "").to_ascii_lowercase().as_str() {
        "sslmode" => Slot::Mode,
        "rootcertificate" => Slot::Ca,
        "sslcertificate" => Slot::Certificate,
        "sslkey" => Slot::Key,
        _ => return None,
    };
    let value = if slot == Slot::Mode { npgsql_mode(value).unwrap_or(value) } else { value };
    Some((slot, Named::of(&value.into())))
}

fn npgsql_mode(word: &str) -> Option<&'static str> {
    let word = word.replace(['-', ' '], "").to_ascii_lowercase();
    MODES.into_iter().find(|mode| mode.replace('-', "") == word)
}

pub(super) fn is_passphrase(name: &str) -> bool {
    ["sslpassword", "passphrase", "pgsslpassword"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

pub(super) fn is_host(name: &str) -> bool {
    let names = ["host", "hostname", "db_host", "database_host"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_postgres_host(name)
}

/// Whether the name alone says that PostgreSQL listens there.
pub(super) fn is_postgres_host(name: &str) -> bool {
    ["pghost", "postgres_host", "postgresql_host", "pg_host"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether the file is a script whose lines may set variables.
pub(super) fn is_script(path: &RepoPath) -> bool {
    let name = path.file_name();
    is_dockerfile(name)
        || ["Procfile", "Makefile"].iter().any(|start| name.starts_with(start))
        || [".sh", ".bash"].iter().any(|end| name.ends_with(end))
}

fn is_dockerfile(name: &str) -> bool {
    ["Dockerfile", "Containerfile"].iter().any(|start| name.starts_with(start))
        || [".Dockerfile", ".dockerfile"].iter().any(|end| name.ends_with(end))
}

/// What the line `ENV NAME value` of a Dockerfile sets, in the form without a sign.
pub(super) fn set_by_docker<'t>(path: &RepoPath, line: &'t str) -> Option<(&'t str, &'t str)> {
    let (instruction, rest) = line.split_once(char::is_whitespace)?;
    let (name, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let is_it = instruction.eq_ignore_ascii_case("ENV") && !name.contains('=') && is_dockerfile(path.file_name());
    is_it.then(|| (name, value.trim()))
}

/// Whether a file, in lower case, names PostgreSQL or one of its drivers.
pub(super) fn speaks_of_postgres(path: &RepoPath, lower: &str) -> bool {
    const WORDS: [&str; 8] = ["postgres", "psycopg", "asyncpg", "pg8000", "npgsql", "pghost", "'pg'", "\"pg\""];
    path.file_name().ends_with("pg_service.conf")
        || path.file_name().starts_with("pgbouncer")
        || WORDS.iter().any(|word| lower.contains(word))
}

/// Whether `text` is what it says: no reference that is filled in later.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['$', '{', '<', '%', ' ', ','])
}

impl Named {
    /// What the value of a path or a mode says; `None` where only a run can tell.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Str(text) if text.is_empty() || text.contains(['$', '{']) => None,
            Value::Str(text) => Some(Self::Text(text.clone())),
            Value::Code(code) => Self::joined(code),
            _ => None,
        }
    }

    /// The path in `readFileSync('...')`.
    pub(super) fn read_by_node(code: &str) -> Option<Self> {
        static CALL: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r#"readFileSync\s*\(\s*(?:'([^'\\]*)'|"([^"\\]*)"|`([^`$\\]*)`)\s*[,)]"#).ok());
        if !code.contains("readFileSync") {
            return None;
        }
        let found = CALL.as_ref().and_then(|call| call.captures(code));
        match found.and_then(|found| found.iter().skip(1).flatten().next()) {
            Some(path) => Some(Self::Text(path.as_str().to_owned())),
            None => Self::joined(code),
        }
    }

    /// The literals in code that joins a path.
    fn joined(code: &str) -> Option<Self> {
        static LITERAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"'([^'\\]*)'|"([^"\\]*)""#).ok());
        let from_outside = ["env", "config(", "secret", "?"].iter().any(|word| code.contains(word));
        if from_outside || !["/", "join", "resolve"].iter().any(|word| code.contains(word)) {
            return None;
        }
        let literals = LITERAL.as_ref()?.captures_iter(code).filter_map(|one| one.iter().skip(1).flatten().next());
        let parts: Vec<&str> = literals
            .map(|part| part.as_str().trim_matches('/'))
            .filter(|part| !part.is_empty() && !matches!(*part, "utf8" | "utf-8" | "ascii"))
            .collect();
        (!parts.is_empty()).then(|| Self::Joined(parts.join("/")))
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Joined(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_code() {
        let text = |path: &str| Some(Named::Text(path.to_owned()));
        let joined = |path: &str| Some(Named::Joined(path.to_owned()));
        assert_eq!(Named::read_by_node("fs.readFileSync('/c/ca.pem', 'utf8')"), text("/c/ca.pem"));
        assert_eq!(Named::read_by_node("readFileSync(\"c/ca.pem\").toString()"), text("c/ca.pem"));
        let code = "readFileSync(path.join(process.cwd(), 'certs', 'ca.pem'))";
        assert_eq!(Named::read_by_node(code), joined("certs/ca.pem"));
        assert_eq!(Named::read_by_node("readFileSync(process.env.CA)"), None);
        assert_eq!(Named::of(&Value::Code("str(BASE_DIR / 'certs' / 'ca.pem')".into())), joined("certs/ca.pem"));
        assert_eq!(Named::of(&Value::Code("os.environ['CA']".into())), None);
        assert_eq!(Named::of(&"${CA}".into()), None);
    }
}
