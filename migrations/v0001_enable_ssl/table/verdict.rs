//! What one map of settings is: a connection whose settings are known, one to leave alone, or none.

use super::super::address::{Address, in_default, is_of_vertx};
use super::super::idiom::{GRAFANA, LIBPQ, NODE_URL, PGBOUNCER};
use super::super::merges::Anchors;
use super::super::settings::{KEYWORDS, Present};
use super::super::survey::Survey;
use super::super::vertx;
use super::{Verdict, by_hand, embedded, fine, is_sections, is_service_file};
use crate::format::{Body, Node};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value, dsn};

/// The maps of one file, with what they take over from each other.
pub(super) struct Maps<'d> {
    pub path: &'d RepoPath,
    pub text: &'d str,
    pub root: &'d Node,
    pub anchors: Anchors<'d>,
    pub survey: &'d Survey,
    /// Code beside the file is read by node.
    pub node_project: bool,
}

/// Where a connection leads, as its map says it.
enum Lead {
    Host(String),
    /// A URL that stands in the map as a literal, and is configured itself.
    Address,
    /// A URL that is known only at run time; the settings beside it count.
    Computed,
    Unsaid,
}

impl Maps<'_> {
    /// What the map `node` at `at` is.
    pub fn verdict(&self, at: &KeyPath, node: &Node) -> Option<Verdict> {
        let verdict = self.alone(at, node)?;
        if !matches!(verdict, Verdict::Keys(..)) {
            return Some(verdict);
        }
        let is_connection =
            |(path, node): &&(KeyPath, &Node)| path != at && matches!(self.alone(path, node), Some(Verdict::Keys(..)));
        if !self.anchors.all_merged(node).iter().any(is_connection) {
            return Some(verdict);
        }
        // What it takes over is configured there; only what it says itself can undo that.
        let own = |name: &str| node.children.iter().any(|child| is_named(child, name));
        let present = |name| if own(name) { Present::of(self.anchors.value(node, name)) } else { Present::Inherited };
        let present = KEYWORDS.map(present);
        let says = present.iter().any(|present| *present != Present::Inherited);
        says.then_some(Verdict::Keys(&LIBPQ, present))
    }

    /// What the map is, were nothing configured that it takes over.
    fn alone(&self, at: &KeyPath, node: &Node) -> Option<Verdict> {
        if self.url_for_node(node).is_some() {
            return None;
        }
        if let Some(verdict) = self.of_another_kind(at, node) {
            return Some(verdict);
        }
        let section = at.keys.len() == 1 && at.keys[0].name().is_some_and(is_postgres) && is_sections(self.path);
        let service = is_service_file(self.path) && at.keys.len() == 1;
        let family = section || service || self.names_postgres(node, &["driver", "adapter", "engine", "backend"]);
        let is_said = |name: &&str| {
            self.anchors.value(node, name).is_some_and(|value| !matches!(value, Value::Map(_) | Value::List(_)))
        };
        let named = ["host", "hostname", "hostaddr", "dbname", "database"].iter().any(is_said);
        let lead = self.lead(node);
        if !family {
            if let Some(verdict) = self.of_chart(at, node, &lead) {
                return Some(verdict);
            }
            let other = named && self.names_postgres(node, &["dialect", "client", "type"]);
            return other.then(|| by_hand(format!("`{at}` is read by a library that is not known to take such keys")));
        }
        let host = match &lead {
            Lead::Address => return None,
            Lead::Unsaid if !named => return None,
            // A server to be made, or the kind of queries: what connects says where to.
            Lead::Unsaid if !section && !service && !self.names_postgres(node, &["driver", "adapter"]) => return None,
            Lead::Unsaid if self.names_postgres(node, &["adapter"]) => {
                return Some(fine(format!("`{at}` names no host: it connects through a Unix socket")));
            }
            Lead::Host(host) => host.as_str(),
            Lead::Computed | Lead::Unsaid => "",
        };
        if self.survey.is_local(self.path, host) {
            return Some(fine(local(at, host)));
        }
        if host.starts_with('/') {
            return Some(fine(format!("`{at}` connects through a Unix socket")));
        }
        if node.children.iter().any(has_own_name) {
            return Some(by_hand(format!("`{at}` has TLS settings under names of its own")));
        }
        Some(Verdict::Keys(&LIBPQ, KEYWORDS.map(|name| Present::of(self.anchors.value(node, name)))))
    }

    /// What is told to a Helm chart, whose own names for TLS are not known.
    fn of_chart(&self, at: &KeyPath, node: &Node, lead: &Lead) -> Option<Verdict> {
        let is_port = |value: Value| value.to_string() == "5432";
        let named = at.last().and_then(Key::name).is_some_and(is_postgres);
        let leads =
            named || self.names_postgres(node, &["type"]) || self.anchors.value(node, "port").is_some_and(is_port);
        let Lead::Host(host) = lead else { return None };
        if !leads || host.is_empty() || !is_values(self.path) {
            return None;
        }
        if self.survey.is_local(self.path, host) {
            return Some(fine(local(at, host)));
        }
        let names_tls = |child: &Node| {
            let name = child.key.as_ref().map_or("", |key| key.text.as_str()).to_ascii_lowercase();
            name.contains("ssl") || name.contains("tls")
        };
        if node.children.iter().any(names_tls) {
            return Some(fine(format!("`{at}` has settings for TLS, by the names of its chart")));
        }
        Some(by_hand(format!(
            "`{at}` tells a Helm chart where PostgreSQL is: set TLS by the values that the chart has for it"
        )))
    }

    /// What the text `node` at `at` is, where it is the address of a database.
    pub fn address(&self, at: &KeyPath, node: &Node) -> Option<Verdict> {
        let Value::Str(text) = node.value(self.text) else { return None };
        let name = at.to_string();
        let Some(address) = Address::of(&text) else {
            let in_default = in_default(self.path, (&name, &text), self.survey).map(Verdict::Leave);
            return in_default.or_else(|| self.file_in_text(at, &text));
        };
        let noun = address.noun();
        if is_of_vertx(&name) && vertx::is_configured(self.path) || self.is_left_with_its_map(at) {
            return None;
        }
        if let Some(reason) = address.leave(self.path, &name, self.survey) {
            return Some(Verdict::Leave(reason));
        }
        if matches!(node.body, Body::Scalar { content: None, .. }) {
            return Some(by_hand(format!("`{name}` is a {noun} that is not written as one plain string")));
        }
        let for_node = self.above(at).and_then(|above| self.url_for_node(above));
        if for_node.is_some() && for_node == at.last().and_then(Key::name) {
            return Some(Verdict::Address(text, Some(&NODE_URL)));
        }
        if self.node_project && !address.names_its_driver() {
            return Some(by_hand(format!("`{name}` is a {noun} in a node project, and who reads it is not known")));
        }
        Some(Verdict::Address(text, None))
    }

    /// What to say of a text that is a file itself, by its name.
    fn file_in_text(&self, at: &KeyPath, text: &str) -> Option<Verdict> {
        let missing = embedded::databases(at.last().and_then(Key::name)?, text)?;
        Some(match missing.as_slice() {
            [] => fine(format!("`{at}` is a file in a text, and configured already")),
            missing => by_hand(format!(
                "`{at}` is a file in a text, which is not edited: write {}, or make it a file of its own",
                missing.join("; ")
            )),
        })
    }

    /// The setting of a map in JSON that TypeORM or Knex hand to node-postgres as a URL, which reads the files that it
    /// names. An `ssl` object beside it is somebody's choice, and would be dropped.
    fn url_for_node(&self, node: &Node) -> Option<&'static str> {
        let is_map =
            |name: &str| node.children.iter().any(|child| is_named(child, name) && matches!(child.body, Body::Map(_)));
        let holds = |name: &str| {
            let url = node.children.iter().find(|child| is_named(child, name));
            url.is_some_and(|url| url.value(self.text).as_str().is_some_and(|text| Address::of(text).is_some()))
        };
        if !self.path.file_name().ends_with(".json") || is_map("ssl") {
            return None;
        }
        if self.path.file_name() == "ormconfig.json" && self.names_postgres(node, &["type"]) && holds("url") {
            return Some("url");
        }
        (self.names_postgres(node, &["client"]) && holds("connection")).then_some("connection")
    }

    /// Whether the setting at `at` is one of a library that can not be configured in this file, which its map says.
    fn is_left_with_its_map(&self, at: &KeyPath) -> bool {
        let parent = at.parent().unwrap_or_default();
        let above = self.above(at).filter(|above| self.url_for_node(above).is_none());
        above.is_some_and(|above| matches!(self.of_another_kind(&parent, above), Some(Verdict::Leave(_))))
    }

    /// The map that holds the setting at `at`.
    fn above(&self, at: &KeyPath) -> Option<&Node> {
        let (_, above) = at.keys.split_last()?;
        node_at(self.root, above)
    }

    fn lead(&self, node: &Node) -> Lead {
        let value = |name: &str| self.anchors.value(node, name);
        match value("url") {
            Some(Value::Str(text)) if Address::of(&text).is_some() => return Lead::Address,
            Some(Value::Str(text)) if ["<%", "{{", "$"].iter().any(|sign| text.contains(sign)) => {
                return Lead::Computed;
            }
            _ => {}
        }
        match value("host").or_else(|| value("hostname")).or_else(|| value("hostaddr")) {
            Some(Value::Str(host)) => Lead::Host(host),
            Some(_) => Lead::Computed,
            None => Lead::Unsaid,
        }
    }

    /// Settings of programs that have names of their own for them, and of libraries that can not be configured here.
    fn of_another_kind(&self, at: &KeyPath, node: &Node) -> Option<Verdict> {
        let value = |name: &str| self.anchors.value(node, name);
        let postgres = |names: &[&str]| self.names_postgres(node, names);
        let section = at.keys.as_slice().first().and_then(Key::name).filter(|_| at.keys.len() == 1);
        let keys = |names: [&str; 4]| names.map(|name| Present::of(value(name)));
        if is_pgbouncer(self.path) && section == Some("pgbouncer") {
            if self.has_local_databases_only() {
                let reason = format!("`{at}` leads to databases of the compose file beside it without ssl=on");
                return Some(fine(reason));
            }
            return Some(Verdict::Keys(&PGBOUNCER, keys(PGBOUNCER.keys)));
        }
        let is_grafana = matches!(self.path.file_name(), "grafana.ini" | "custom.ini" | "defaults.ini");
        if is_grafana && section == Some("database") && postgres(&["type"]) {
            return Some(Verdict::Keys(&GRAFANA, keys(GRAFANA.keys)));
        }
        let source = value("configuration").filter(|configuration| configuration.get("connection_info").is_some());
        if let Some(source) = source.filter(|_| postgres(&["kind"])) {
            let known = source.get("connection_info").is_some_and(|info| info.get("ssl_configuration").is_some());
            let reason = format!(
                "`{at}` is a source of Hasura, whose `ssl_configuration` takes the contents of the certificates from variables"
            );
            return Some(if known { fine(reason) } else { by_hand(reason) });
        }
        if value("jsonData").is_some() && postgres(&["type"]) {
            let write =
                "`tlsConfigurationMethod: file-path`, `sslmode`, `sslRootCertFile`, `sslCertFile` and `sslKeyFile`";
            return Some(by_hand(format!("`{at}` is a data source of Grafana: write {write} into its `jsonData`")));
        }
        let connection = value("connection").is_some();
        if !self.path.file_name().ends_with(".json") {
            return None;
        }
        if postgres(&["client"]) && connection || postgres(&["dialect"]) {
            let library = if connection { "Knex" } else { "Sequelize" };
            return Some(by_hand(format!(
                "`{at}` is read by {library}, which wants the contents of the certificates: JSON can not read files, so \
                 say it in a module of code"
            )));
        }
        if self.path.file_name() == "ormconfig.json" && postgres(&["type"]) {
            let what = if at.keys.is_empty() { "the file".to_owned() } else { format!("`{at}`") };
            return Some(by_hand(format!(
                "{what} is read by TypeORM, which wants the contents of the certificates: JSON can not read files, so \
                 give them to `new DataSource` in a module of code"
            )));
        }
        None
    }

    /// What to say of a PgBouncer that lets clients of other machines in without TLS, which is another side of it.
    pub fn plain_clients(&self, at: &KeyPath, node: &Node) -> Option<Verdict> {
        let value =
            |name: &str| node.children.iter().find(|child| is_named(child, name)).map(|child| child.value(self.text));
        let mode = value("client_tls_sslmode").filter(|_| is_pgbouncer(self.path))?.to_string();
        let address = value("listen_addr").map_or_else(String::new, |address| address.to_string());
        let is_local = matches!(address.as_str(), "" | "localhost" | "127.0.0.1" | "::1");
        let is_plain = matches!(mode.as_str(), "disable" | "allow" | "prefer") && !is_local;
        is_plain.then(|| {
            by_hand(format!(
                "`{at}.client_tls_sslmode` lets clients in without TLS: write `require`, and name a certificate"
            ))
        })
    }

    /// Whether every database of PgBouncer is one of a compose file beside it: its settings hold for all of them.
    fn has_local_databases_only(&self) -> bool {
        let databases = self.root.children.iter().filter(|section| is_named(section, "databases"));
        let hosts: Vec<String> = databases
            .flat_map(|section| &section.children)
            .map(|database| dsn::value(&database.value(self.text).to_string(), "host").unwrap_or_default())
            .collect();
        !hosts.is_empty() && hosts.iter().all(|host| self.survey.is_local(self.path, host))
    }

    fn names_postgres(&self, node: &Node, names: &[&str]) -> bool {
        let is =
            |name: &&str| self.anchors.value(node, name).is_some_and(|value| value.as_str().is_some_and(is_postgres));
        names.iter().any(is)
    }
}

fn local(at: &KeyPath, host: &str) -> String {
    format!("`{at}` leads to `{host}`, a database of the compose file beside it without ssl=on")
}

/// Whether the file holds the values of a Helm chart.
pub(super) fn is_values(path: &RepoPath) -> bool {
    let name = path.file_name();
    name.starts_with("values") && [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

/// Whether the file is PgBouncer's, which reaches nothing but PostgreSQL and need not say so.
pub(super) fn is_pgbouncer(path: &RepoPath) -> bool {
    path.file_name().contains("pgbouncer")
}

/// What stands at `keys` below `root`.
pub(super) fn node_at<'n>(root: &'n Node, keys: &[Key]) -> Option<&'n Node> {
    keys.iter().try_fold(root, |node, key| match key {
        Key::Index(index) => node.children.get(usize::try_from(*index).ok()?),
        name => node.children.iter().find(|child| child.path_key().as_ref() == Some(name)),
    })
}

fn is_named(node: &Node, name: &str) -> bool {
    node.key.as_ref().is_some_and(|key| key.text.eq_ignore_ascii_case(name))
}

fn has_own_name(node: &Node) -> bool {
    node.key.as_ref().is_some_and(|key| matches!(key.text.as_str(), "ssl" | "ssl_mode" | "sslMode" | "ssl-mode"))
}

/// The names that drivers and libraries of the libpq family give PostgreSQL.
fn is_postgres(name: &str) -> bool {
    let base = name.to_ascii_lowercase();
    let base = base
        .split_once('+')
        .map_or(base.as_str(), |(base, driver)| if driver.starts_with("psycopg") { base } else { "" });
    matches!(base, "postgres" | "postgresql" | "postgis" | "pg" | "pgsql" | "psycopg" | "psycopg2" | "libpq")
        || base.starts_with("django.db.backends.postgresql")
}
