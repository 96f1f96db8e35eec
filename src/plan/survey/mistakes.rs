//! Settings that do not do what they seem to: their reader ignores them, refuses them, or means something else by them.

use super::file::{File, child, said};
use super::{Found, Trusting, names};
use crate::format::Node;
use crate::value::{Key, KeyPath, Value, url};

/// What is misunderstood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// `sslmode` and its like in the settings of node-postgres, without `ssl` beside them.
    ModeOfNode,
    /// The same beside `ssl`, which is read.
    ModeBesideObject,
    /// The names of libpq in an `ssl` object.
    LibpqInObject,
    /// `ssl` above `connection` of Knex.
    AboveConnection,
    /// `ssl` beside `dialectOptions` of Sequelize.
    BesideDialectOptions,
    /// `dialectOptions` of TypeORM.
    DialectOptions,
    /// `SSLMODE` and its like beside `OPTIONS` of Django.
    BesideOptions,
    /// `servername` in an `ssl` object.
    ServerName,
    /// `PGSSLROOTCERT` and its like for node-postgres.
    UnreadByNode,
    /// `ssl: 'require'` of node-postgres.
    WordForObject,
    /// `ssl` in `OPTIONS` of Django.
    ObjectInOptions,
    /// The names of libpq for asyncpg through SQLAlchemy, and for pg8000.
    LibpqOfAsyncpg,
    /// A URL of SQLAlchemy that starts with `postgres://`.
    OldScheme,
    /// A path where node wants the content.
    PathForContent,
    /// A function that takes each name, as this.
    NoHostCheck(&'static str),
    /// `ssl: 'require'` of postgres.js.
    PostgresJs,
    /// `sslmode=require` and less of node-postgres.
    NextMajor,
    /// `client_tls_sslmode` of PgBouncer that lets clients in without TLS.
    PlainClients(&'static str),
}

/// Packages that hand their settings to node-postgres.
const PACKAGES: [&str; 4] = ["pg", "typeorm", "drizzle-orm/node-postgres", "kysely"];

/// What a map is, by what stands in it.
pub(super) fn of_map(file: &mut File<'_>, path: &KeyPath, node: &Node, found: &mut Found) {
    let text = file.text;
    let word = |name: &str| child(node, name).map(|child| said(child, text).to_string()).unwrap_or_default();
    let dialect =
        |name: &str| matches!(word(name).as_str(), "pg" | "postgres" | "postgresql" | "pg-native" | "cockroachdb");
    let mut tell = |mistake, at: &Node| found.survey.mistakes.push((mistake, file.place(at)));
    let mut ignored = Vec::new();
    if let Some((mode, at)) = plain_clients(node, text) {
        tell(Mistake::PlainClients(mode), at);
    }
    if let Some(ssl) = child(node, "ssl") {
        if dialect("client") && child(node, "connection").is_some() {
            tell(Mistake::AboveConnection, ssl);
        }
        let below = child(node, "dialectOptions").and_then(|options| child(options, "ssl"));
        if dialect("dialect") && below.is_none() {
            tell(Mistake::BesideDialectOptions, ssl);
        }
    }
    if let Some(options) = child(node, "dialectOptions").filter(|_| dialect("type")) {
        tell(Mistake::DialectOptions, options);
    }
    let engine = word("ENGINE");
    if engine.contains("postgres") || engine.contains("postgis") {
        for setting in node.children.iter().filter(|setting| is_of_libpq(setting)) {
            tell(Mistake::BesideOptions, setting);
            ignored.push(setting);
        }
        if let Some(ssl) = child(node, "OPTIONS").and_then(|options| child(options, "ssl")) {
            tell(Mistake::ObjectInOptions, ssl);
        }
    }
    if file.code.as_ref().is_some_and(|code| !code.is_python) {
        if path.keys.iter().filter_map(Key::name).any(says_ssl) && file.is_of_postgres {
            of_object(node, text, &mut |mistake, at| {
                tell(mistake, at);
                if mistake == Mistake::LibpqInObject {
                    ignored.push(at);
                }
            });
        } else if is_of_node(file, path, node) {
            let mistake = child(node, "ssl").map_or(Mistake::ModeOfNode, |_| Mistake::ModeBesideObject);
            for setting in node.children.iter().filter(|setting| is_of_libpq(setting)) {
                tell(mistake, setting);
                ignored.push(setting);
            }
            if let Some(ssl) = child(node, "ssl") {
                let is_word = matches!(said(ssl, text), Value::Str(word) if !word.is_empty() && word != "true");
                let opened = opener(path);
                match is_word {
                    true if opened == "postgres()" => tell(Mistake::PostgresJs, ssl),
                    true => tell(Mistake::WordForObject, ssl),
                    false => {}
                }
            }
        }
    }
    if let Some(arguments) = child(node, "connect_args") {
        let is_asyncpg = node.entry.of(text).contains("+asyncpg") || node.entry.of(text).contains("+pg8000");
        for setting in arguments.children.iter().filter(|setting| is_asyncpg && is_of_libpq(setting)) {
            tell(Mistake::LibpqOfAsyncpg, setting);
            ignored.push(setting);
        }
    }
    if ["asyncpg.connect(", "asyncpg.create_pool(", "pg8000."].iter().any(|call| node.entry.of(text).starts_with(call))
    {
        for setting in node.children.iter().filter(|setting| is_of_libpq(setting)) {
            tell(Mistake::LibpqOfAsyncpg, setting);
            ignored.push(setting);
        }
    }
    file.ignored.extend(ignored.into_iter().map(|node| node.entry.start));
}

/// The mode of PgBouncer for its clients, where it lets them in without TLS from other machines.
fn plain_clients<'n>(node: &'n Node, text: &str) -> Option<(&'static str, &'n Node)> {
    let setting = child(node, "client_tls_sslmode")?;
    let word = said(setting, text).to_string();
    let mode = ["disable", "allow", "prefer"].into_iter().find(|mode| *mode == word)?;
    // Where nothing is said, it listens on a Unix socket only.
    let listens = child(node, "listen_addr").map(|address| said(address, text).to_string()).unwrap_or_default();
    let is_local = |address: &str| matches!(address, "" | "localhost" | "127.0.0.1" | "::1");
    (!listens.split(',').map(str::trim).all(is_local)).then_some((mode, setting))
}

/// Whether a name is that of TLS settings: `ssl`, `sslOptions`, `pgSsl`, but not `classList`.
fn says_ssl(name: &str) -> bool {
    name.starts_with("ssl") || name.ends_with("_ssl") || ["SSL", "Ssl"].iter().any(|word| name.contains(word))
}

/// What an `ssl` object of node holds that it does not read, or should not.
fn of_object<'n>(node: &'n Node, text: &str, tell: &mut dyn FnMut(Mistake, &'n Node)) {
    for setting in &node.children {
        let name = setting.key.as_ref().map_or("", |key| key.text.as_str());
        match (name, said(setting, text)) {
            _ if is_of_libpq(setting) => tell(Mistake::LibpqInObject, setting),
            ("servername", _) => tell(Mistake::ServerName, setting),
            ("checkServerIdentity", Value::Code(code)) if takes_all(&code) => {
                tell(Mistake::NoHostCheck("checkServerIdentity"), setting);
            }
            ("ca" | "cert" | "key", Value::Str(path)) if is_path(&path) => tell(Mistake::PathForContent, setting),
            _ => {}
        }
    }
}

/// A function without a word of its own: `() => undefined`, `() => {}`, `function () { return null }`.
fn takes_all(code: &str) -> bool {
    let body =
        code.rsplit_once("=>").map_or_else(|| code.split_once(')').map_or("", |(_, body)| body), |(_, body)| body);
    let words = body.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| *word != "return").all(|word| matches!(word, "undefined" | "null" | "void" | "0" | "true"))
}

fn is_path(text: &str) -> bool {
    let ends = [".pem", ".crt", ".cer", ".key", ".cert"].iter().any(|end| text.ends_with(end));
    !text.contains("-----BEGIN") && !text.contains('\n') && (ends || text.starts_with(['/', '~']))
}

fn is_of_libpq(node: &Node) -> bool {
    let name = node.key.as_ref().map_or(String::new(), |key| key.text.to_ascii_lowercase());
    ["sslmode", "sslrootcert", "sslcert", "sslkey"].contains(&name.as_str())
}

/// The call that the map at `path` is an argument of.
fn opener(path: &KeyPath) -> &str {
    let above = path.keys.len().checked_sub(2).and_then(|at| path.keys.get(at));
    above.and_then(Key::name).filter(|name| name.ends_with("()")).unwrap_or("")
}

/// Whether node-postgres or postgres.js is made with the map.
fn is_of_node(file: &File<'_>, path: &KeyPath, node: &Node) -> bool {
    let Some(code) = &file.code else { return false };
    let imports = PACKAGES.iter().any(|package| code.imports(package));
    let name = path.last().and_then(Key::name).unwrap_or("");
    match opener(path) {
        "new Pool()" | "new Client()" | "Pool()" | "Client()" => imports,
        "new DataSource()" | "forRoot()" => said_to_be_postgres(node, file.text),
        "postgres()" => code.imports("postgres"),
        "" => {
            let dials = ["host", "connectionString"].iter().any(|name| child(node, name).is_some());
            let logs_in = ["user", "database", "password", "max"].iter().any(|name| child(node, name).is_some());
            imports && dials && logs_in || name == "connection" && imports_knex(code.imports("knex"), file)
        }
        _ => false,
    }
}

fn said_to_be_postgres(node: &Node, text: &str) -> bool {
    child(node, "type").is_some_and(|kind| said(kind, text).as_str() == Some("postgres"))
}

fn imports_knex(is_imported: bool, file: &File<'_>) -> bool {
    (is_imported || file.path.file_name().starts_with("knexfile")) && file.is_of_postgres
}

/// What one setting says.
pub(super) fn of_setting(file: &File<'_>, (name, value): (&str, &Value), node: &Node, found: &mut Found) {
    let mut tell = |mistake| found.survey.mistakes.push((mistake, file.place(node)));
    let is_python = file.code.as_ref().is_some_and(|code| code.is_python);
    if is_python && file.is_of_postgres {
        match value {
            Value::Bool(false) if name == "check_hostname" => tell(Mistake::NoHostCheck("check_hostname = False")),
            Value::Code(code) if name == "verify_mode" && code.ends_with("CERT_NONE") => {
                found.survey.unverified.push((Trusting::CertNone, file.place(node)));
            }
            Value::Code(code) if code.contains("_create_unverified_context(") => {
                found.survey.unverified.push((Trusting::CertNone, file.place(node)));
            }
            _ => {}
        }
    }
}

/// What a URL says; whether its settings are none, since its driver refuses them.
pub(super) fn of_url(
    file: &File<'_>,
    path: &KeyPath,
    (scheme, text): (&str, &str),
    node: &Node,
    found: &mut Found,
) -> bool {
    let mut tell = |mistake| found.survey.mistakes.push((mistake, file.place(node)));
    let has_settings = url::parameters(text).iter().any(|one| names::slot(&one.name).is_some());
    let by_call = opener(path);
    let is_of_sqlalchemy = ["create_engine()", "create_async_engine()"].contains(&by_call)
        || path.last().and_then(Key::name).is_some_and(|name| {
            matches!(name, "SQLALCHEMY_DATABASE_URI" | "SQLALCHEMY_DATABASE_URL" | "sqlalchemy.url")
        });
    if scheme == "postgres" && is_of_sqlalchemy {
        tell(Mistake::OldScheme);
    }
    if by_call == "postgres()" && url::parameter(text, "sslmode").as_deref() == Some("require") {
        tell(Mistake::PostgresJs);
        return true;
    }
    let refuses = has_settings && ["+asyncpg", "+pg8000"].iter().any(|driver| scheme.ends_with(driver));
    if refuses {
        tell(Mistake::LibpqOfAsyncpg);
    }
    refuses
}
