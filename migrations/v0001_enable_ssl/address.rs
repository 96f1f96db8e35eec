//! The text that says where a connection leads: a URL, or the keywords of libpq.

use super::idiom::{Idiom, JDBC, LIBPQ, R2DBC, VERTX};
use super::settings::{KEYWORDS, Present, Reason, insists_on_tls};
use super::survey::{Survey, by_default};
use crate::migration::{Document, Refused};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value, dsn, url};

/// One such text.
pub(super) struct Address<'t> {
    text: &'t str,
    kind: Kind,
}

enum Kind {
    Url { scheme: String },
    Keywords,
}

/// What stands before the scheme where no driver of the libpq family reads the URL.
const READERS: [&str; 3] = ["r2dbc:", "r2dbcs:", VERTX_SCHEME];

/// Vert.x hands what it does not know of a URL to the server, which refuses the connection.
const VERTX_SCHEME: &str = "vertx-reactive:";

/// What the names of such URLs have in common.
pub(super) const VERTX_URL: &str = ".reactive.url";

impl<'t> Address<'t> {
    /// The address of a PostgreSQL database that `text` is.
    pub fn of(text: &'t str) -> Option<Self> {
        let kind = match postgres_scheme(text) {
            Some(scheme) => Kind::Url { scheme },
            None if is_keywords(text) => Kind::Keywords,
            None => return None,
        };
        Some(Self { text, kind })
    }

    pub fn get(&self, name: &str) -> Option<String> {
        match self.kind {
            Kind::Url { .. } => url::parameter(self.text, name),
            Kind::Keywords => dsn::value(self.text, name),
        }
    }

    pub fn present(&self) -> [Present; 4] {
        if !self.is_r2dbc() {
            return KEYWORDS.map(|name| Present::of(self.get(name).map(Value::Str)));
        }
        let [mode, ca, cert, key] = R2DBC.keys.map(|name| self.get(name));
        let by_flag = || self.is_encrypted_by_flag().then(|| "verify-full".to_owned());
        let mode = mode.or_else(|| self.get(ALIAS)).or_else(by_flag);
        [mode, ca, cert, key].map(|value| Present::of(value.map(Value::Str)))
    }

    /// The mode that it asks for, by any of its names.
    pub fn mode(&self) -> Option<String> {
        match &self.present()[0] {
            Present::Text(mode) => Some(mode.clone()),
            _ => None,
        }
    }

    pub fn host(&self) -> String {
        match self.kind {
            Kind::Url { .. } => url::host(self.text).to_owned(),
            Kind::Keywords => self.get("host").or_else(|| self.get("hostaddr")).unwrap_or_default(),
        }
    }

    /// Who reads it, by what it looks like.
    pub fn idiom(&self) -> &'static Idiom {
        match (self.is_jdbc(), self.is_r2dbc()) {
            (true, _) => &JDBC,
            (_, true) => &R2DBC,
            _ => &LIBPQ,
        }
    }

    /// Whether its scheme alone says which driver reads it.
    pub fn names_its_driver(&self) -> bool {
        self.is_jdbc() || self.is_r2dbc()
    }

    fn is_jdbc(&self) -> bool {
        matches!(&self.kind, Kind::Url { scheme } if scheme.starts_with("jdbc:"))
    }

    fn is_r2dbc(&self) -> bool {
        matches!(&self.kind, Kind::Url { scheme } if scheme.starts_with("r2dbc:") || scheme.starts_with("r2dbcs:"))
    }

    /// `r2dbcs:` and `ssl=true` of R2DBC, which check everything.
    fn is_encrypted_by_flag(&self) -> bool {
        let by_scheme = matches!(&self.kind, Kind::Url { scheme } if scheme.starts_with("r2dbcs:"));
        by_scheme || self.get("ssl").is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
    }

    /// Whether SQLAlchemy hands it to a driver of the libpq family that works with asyncio.
    pub fn is_for_asyncio(&self) -> bool {
        matches!(&self.kind, Kind::Url { scheme } if scheme.ends_with("+psycopg") || scheme.ends_with("+psycopg_async"))
    }

    /// What to call it.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Url { .. } => "URL",
            Kind::Keywords => "connection string",
        }
    }

    /// Why it stays as it is under `name` of `path`, whoever reads it.
    pub fn leave(&self, path: &RepoPath, name: &str, survey: &Survey) -> Option<Reason> {
        self.leave_to_its_driver(name).or_else(|| self.leave_for_its_host(path, name, survey))
    }

    /// Why it stays as it is under `name` for the driver that it is for, wherever it leads.
    pub fn leave_to_its_driver(&self, name: &str) -> Option<Reason> {
        let by_hand = |reason: String| Some(Reason::ByHand(format!("`{name}` {reason}")));
        if let Kind::Url { scheme } = &self.kind {
            if scheme.starts_with(VERTX_SCHEME) || is_of_vertx(name) {
                let beside = VERTX.keys.map(|key| format!("`{key}`")).join(", ");
                return by_hand(format!(
                    "is read by the reactive client of Vert.x, which hands such settings of a URL to the server: write them \
                     beside it ({beside}, `trust-certificate-pem=true`, `key-certificate-pem=true`)"
                ));
            }
            let driver = scheme.split_once('+').map_or("", |(_, driver)| driver);
            if !matches!(driver, "" | "psycopg" | "psycopg2" | "psycopg_async") {
                let argument = if driver == "pg8000" { "ssl_context" } else { "ssl" };
                return by_hand(format!(
                    "is for the driver {driver}, which takes no such settings in a URL: \
                     give the engine `connect_args={{'{argument}': context}}` with an SSL context"
                ));
            }
            let factory = self.get("sslfactory").filter(|factory| !self.is_jdbc() || !accepts_all(factory));
            if let Some(factory) = factory {
                return by_hand(format!("has `sslfactory={factory}`, beside which pgjdbc reads no such files"));
            }
        }
        None
    }

    /// Why it stays as it is under `name` of `path` for where it leads.
    pub fn leave_for_its_host(&self, path: &RepoPath, name: &str, survey: &Survey) -> Option<Reason> {
        let fine = |reason: String| Some(Reason::Fine(format!("`{name}` {reason}")));
        let host = self.host();
        if survey.is_local(path, &host) {
            let host = by_default(&host);
            return fine(format!("leads to `{host}`, a database of the compose file beside it without ssl=on"));
        }
        let socket =
            host.is_empty() || host.starts_with('/') || self.get("host").is_some_and(|host| host.starts_with('/'));
        if socket { fine("connects through a Unix socket".to_owned()) } else { None }
    }

    /// Writes `entries` into the setting at `at`, which holds this text, and takes out what would make them void.
    pub fn write(
        &self,
        document: &mut Document<'_, '_, '_>,
        at: &KeyPath,
        entries: Vec<(String, String)>,
    ) -> Result<(), Refused> {
        match self.kind {
            Kind::Url { .. } => document.set_parameters(at, self.as_named(entries))?,
            Kind::Keywords => document.set_keywords(at, entries)?,
        }
        if self.drops_settings() { document.remove_parameter(at, "sslfactory") } else { Ok(()) }
    }

    /// `entries`, the mode under the name that stands in the URL already.
    fn as_named(&self, mut entries: Vec<(String, String)>) -> Vec<(String, String)> {
        let mode = R2DBC.keys[0];
        if self.is_r2dbc() && self.get(mode).is_none() && self.get(ALIAS).is_some() {
            entries.iter_mut().filter(|(name, _)| name == mode).for_each(|(name, _)| ALIAS.clone_into(name));
        }
        entries
    }

    /// Whether a class of pgjdbc stands in the URL that checks nothing and shows no certificate, whatever else it says.
    pub fn drops_settings(&self) -> bool {
        self.is_jdbc() && self.get("sslfactory").is_some_and(|factory| accepts_all(&factory))
    }
}

/// R2DBC reads the mode by the name that pgjdbc has for it, too.
const ALIAS: &str = "sslmode";

/// Whether a setting of this name is a URL of Quarkus that Vert.x reads, whatever its scheme: in properties, YAML or a variable.
pub(super) fn is_of_vertx(name: &str) -> bool {
    let name = name.trim_matches('"').to_ascii_lowercase().replace(['_', '-'], ".");
    name.contains("datasource.") && name.ends_with(VERTX_URL)
}

/// What to say of an address that is the default of a reference which is all of `text`, the setting `name` of `path`.
pub(super) fn in_default(path: &RepoPath, (name, text): (&str, &str), survey: &Survey) -> Option<Reason> {
    let address = default_of(text).and_then(Address::of)?;
    Some(match address.leave(path, name, survey) {
        Some(reason) => reason,
        None if address.mode().is_some_and(|mode| insists_on_tls(&mode)) => {
            Reason::Fine(format!("the default of `{name}` asks for TLS already"))
        }
        None => Reason::ByHand(format!(
            "`{name}` has a {} as the default of a reference, which is not edited: write the four settings into it",
            address.noun()
        )),
    })
}

/// What stands behind the name in `${NAME:-default}`, `${NAME-default}`, or `${NAME:default}` of Spring.
fn default_of(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    let end = inner.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))?;
    inner[end..].strip_prefix(":-").or_else(|| inner[end..].strip_prefix(['-', ':'])).filter(|_| end > 0)
}

fn accepts_all(factory: &str) -> bool {
    factory.ends_with("NonValidatingFactory")
}

/// Whether `text` is a connection string of libpq's keywords: a host, and what else only such a string has.
fn is_keywords(text: &str) -> bool {
    if !text.contains('=') || text.contains([';', '\n']) {
        return false;
    }
    let Ok(pairs) = dsn::pairs(text) else { return false };
    let has = |names: &[&str]| pairs.iter().any(|pair| names.contains(&pair.keyword.of(text)));
    has(&["host", "hostaddr"]) && has(&["dbname", "user", "password", "port", "sslmode"])
}

/// The scheme of a PostgreSQL URL, without the driver that SQLAlchemy puts behind it.
pub(super) fn postgres_scheme(text: &str) -> Option<String> {
    let scheme = url::scheme(text)?;
    let base = scheme.split_once('+').map_or(scheme.as_str(), |(base, _)| base);
    let base = READERS.iter().find_map(|reader| base.strip_prefix(reader)).unwrap_or(base);
    let base = base.strip_prefix("pool:").unwrap_or(base);
    matches!(base, "postgres" | "postgresql" | "postgis" | "pgsql" | "psql" | "jdbc:postgresql").then_some(scheme)
}
