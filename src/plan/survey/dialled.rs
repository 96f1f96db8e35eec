//! The servers that settings dial: which maps with a host are connections to PostgreSQL, and as whom.

use super::file::{File, said};
use super::names;
use crate::format::{Body, Node};
use crate::value::{KeyPath, Value, url};

/// A server, and who dials it for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    pub host: String,
    pub role: Option<String>,
    pub database: Option<String>,
}

/// Ports that say that PostgreSQL does not listen there.
const OTHER_PORTS: [&str; 12] =
    ["25", "80", "443", "465", "587", "1433", "3306", "5672", "6379", "8080", "9092", "27017"];

/// Words that name another kind of server.
const OTHERS: [&str; 12] =
    ["mysql", "mariadb", "mssql", "sqlserver", "oracle", "mongo", "redis", "sqlite", "smtp", "amqp", "rabbit", "kafka"];

/// What a map dials.
pub(super) struct Dialled {
    /// Without a host where none is said.
    pub endpoint: Endpoint,
    /// What stands beside it says that it is PostgreSQL.
    pub is_postgres: bool,
}

pub(super) fn of_map(file: &File<'_>, path: &KeyPath, node: &Node, above: Option<&Node>) -> Dialled {
    // A value that only a run knows is there all the same.
    let text = |wanted: &[&str]| match first(node, wanted, file.text)? {
        Value::Str(text) => Some(text),
        Value::Code(_) => Some(String::new()),
        _ => None,
    };
    let named = node.children.iter().find_map(|child| {
        let name = &child.key.as_ref()?.text;
        Some((name.as_str(), said(child, file.text).as_str()?.to_owned())).filter(|_| names::is_host(name))
    });
    let by_name = named.as_ref().is_some_and(|(name, _)| names::is_postgres_host(name));
    let host = named.map_or(String::new(), |(_, host)| host);
    let port = first(node, &["port", "pgport", "db_port", "database_port", "postgres_port"], file.text);
    let port = port.map(|port| port.to_string());
    // Grafana writes both in one.
    let (host, port) = match host.rsplit_once(':') {
        Some((host, own)) if !host.contains(':') && own.chars().all(|c| c.is_ascii_digit()) => {
            (host.to_owned(), Some(own.to_owned()))
        }
        _ => (host, port),
    };
    let mut beside: Vec<String> = words(node, file.text).collect();
    beside.extend(path.keys.iter().filter_map(|key| key.name()).map(str::to_lowercase));
    beside.extend(above.into_iter().flat_map(|above| words(above, file.text)));
    let database = text(&["database", "dbname", "db", "name", "pgdatabase", "db_name", "postgres_db"]);
    let is_other = port.as_deref().is_some_and(|port| OTHER_PORTS.contains(&port))
        || beside.iter().any(|word| OTHERS.iter().any(|other| word.contains(other)));
    let by_word = || beside.iter().any(|word| word.contains("postgres") || word.contains("postgis") || word == "pg");
    let by_rest = || port.as_deref() == Some("5432") || database.is_some() && file.is_of_postgres;
    let is_of_service = file.path.file_name().ends_with("pg_service.conf");
    let is_postgres = by_name || is_of_service || !is_other && (by_word() || by_rest());
    let plain = |text: String| Some(text).filter(|text| names::is_plain(text));
    let role = text(&["user", "username", "role", "pguser", "db_user", "postgres_user"]).and_then(plain);
    let host = plain(host).filter(|host| !host.starts_with('/')).unwrap_or_default();
    Dialled { endpoint: Endpoint { host, role, database: database.and_then(plain) }, is_postgres }
}

/// What the first child with one of these names says.
fn first(node: &Node, wanted: &[&str], text: &str) -> Option<Value> {
    let is_it = |name: &str| wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
    let found = node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| is_it(&key.text)));
    found.map(|child| said(child, text))
}

/// The texts of a map, in lower case.
fn words<'n>(node: &'n Node, text: &'n str) -> impl Iterator<Item = String> + 'n {
    node.children.iter().filter_map(move |child| match &child.body {
        Body::Scalar { value: Value::Str(own), .. } => Some(own.to_lowercase()),
        Body::Opaque(_) | Body::Reference(_) => {
            let name = child.key.as_ref().map_or("", |key| key.text.as_str());
            (name == "type" || name == "dialect" || name == "client").then(|| child.value.of(text).to_lowercase())
        }
        _ => None,
    })
}

/// What a URL dials.
pub(super) fn of_url(text: &str) -> Option<Endpoint> {
    let part = |wanted: &str| {
        let (_, span) = url::parts(text).into_iter().find(|(name, _)| *name == wanted)?;
        Some(url::decode(span.of(text).trim_start_matches('/'))).filter(|part| names::is_plain(part))
    };
    let role = part("user").or_else(|| url::parameter(text, "user"));
    Some(Endpoint { host: part("host")?, role, database: part("path") })
}

/// What words like `host=db user=shop` dial.
pub(super) fn of_words<'w>(words: impl Iterator<Item = (&'w str, &'w str)>) -> Option<Endpoint> {
    let mut endpoint = Endpoint::default();
    for (name, value) in words.filter(|(_, value)| names::is_plain(value)) {
        let value = value.to_owned();
        match name.to_ascii_lowercase().replace(' ', "").as_str() {
            name if (names::is_host(name) || name == "server") && !value.starts_with('/') => endpoint.host = value,
            "user" | "username" | "userid" | "uid" | "pguser" => endpoint.role = Some(value),
            "dbname" | "database" | "pgdatabase" => endpoint.database = Some(value),
            _ => {}
        }
    }
    (!endpoint.host.is_empty()).then_some(endpoint)
}
