//! What the settings of TLS are called by the programs that read them, and what their values name.

use std::sync::LazyLock;

use regex::Regex;

use crate::value::Value;

/// Who reads a setting, and so by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// libpq and what follows its rules.
    Libpq,
    /// The `ssl` object of node-postgres and its like: it always checks, unless it is told not to.
    Node,
    /// pgjdbc: `require` checks nothing.
    Jdbc,
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
}

impl Trusting {
    /// What a URL or a connection string says. SQL Server has one of the words, too, but no `Host`.
    pub(super) fn in_connection(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let is_url = text.contains("postgres");
        let trusts =
            || ["trust server certificate=true", "trustservercertificate=true"].iter().any(|word| text.contains(word));
        if is_url && text.contains("sslfactory=org.postgresql.ssl.nonvalidatingfactory") {
            Some(Self::NonValidatingFactory)
        } else if is_url && text.contains("sslaccept=accept_invalid_certs") {
            Some(Self::AcceptInvalidCerts)
        } else if text.contains("host=") && trusts() {
            Some(Self::TrustServerCertificate)
        } else {
            None
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::RejectUnauthorized => "`rejectUnauthorized: false`",
            Self::NonValidatingFactory => "`NonValidatingFactory`",
            Self::TrustServerCertificate => "`Trust Server Certificate=true`",
            Self::AcceptInvalidCerts => "`sslaccept=accept_invalid_certs`",
        }
    }

    pub fn mend(self) -> &'static str {
        match self {
            Self::RejectUnauthorized => "remove it, and give the CA as `ca`",
            Self::NonValidatingFactory => "remove `sslfactory`, and write sslmode=verify-full with sslrootcert",
            Self::TrustServerCertificate => "remove it, and write SSL Mode=VerifyFull with Root Certificate",
            Self::AcceptInvalidCerts => "write sslaccept=strict, with the CA as sslcert",
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

/// The names of each slot, in lower case.
const SLOTS: [(Slot, Family, &[&str]); 10] = [
    (Slot::Mode, Family::Libpq, &["sslmode", "pgsslmode", "server_tls_sslmode"]),
    (Slot::Ca, Family::Libpq, &["sslrootcert", "pgsslrootcert", "server_tls_ca_file", "ca_cert_path"]),
    (Slot::Certificate, Family::Libpq, &["sslcert", "pgsslcert", "server_tls_cert_file", "client_cert_path"]),
    (Slot::Key, Family::Libpq, &["sslkey", "pgsslkey", "server_tls_key_file", "client_key_path"]),
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

pub(super) fn is_passphrase(name: &str) -> bool {
    ["sslpassword", "passphrase", "pgsslpassword"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

pub(super) fn is_host(name: &str) -> bool {
    ["host", "hostname", "pghost", "db_host", "database_host", "postgres_host"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

pub(super) fn is_role(name: &str) -> bool {
    ["user", "username", "pguser", "db_user", "database_user", "postgres_user"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
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
