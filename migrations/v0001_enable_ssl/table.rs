//! Connections written as keywords: tables in YAML and TOML, sections in INI and libpq service files.

use super::environment::{holds_variable, idiom_of, leave_url, runs_node};
use super::idiom::{GRAFANA, Idiom, LIBPQ, PGBOUNCER};
use super::settings::{KEYWORDS, Present, Reason, Settings, blind};
use super::survey::{Survey, is_compose, postgres_scheme};
use crate::diagnostic::Code;
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value, url};

/// A table that reads like a connection.
struct Table {
    path: KeyPath,
    verdict: Verdict,
}

enum Verdict {
    /// Its keys are those of a family.
    Keys(&'static Idiom, [Present; 4]),
    /// A URL with these four parameters.
    Url(&'static Idiom, [Present; 4]),
    Leave(Reason),
}

fn fine(reason: String) -> Verdict {
    Verdict::Leave(Reason::Fine(reason))
}

fn by_hand(reason: String) -> Verdict {
    Verdict::Leave(Reason::ByHand(reason))
}

/// Configures every keyword table of a PostgreSQL connection.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    for path in repository.files() {
        if !is_table_file(&path) || is_compose(&path) {
            continue;
        }
        let names_postgres = repository.text(&path).is_none_or(|text| text.to_ascii_lowercase().contains("postg"));
        if !names_postgres && !is_service_file(&path) {
            continue;
        }
        if is_of_tools(&path) {
            repository.skip(&path, "configures CI or tools, whose database is a service of the run");
            continue;
        }
        match repository.document(&path) {
            Ok(_) => {}
            Err(refused) if refused.0.code == Code::Template => {
                repository.needs_a_person(&path, "a template that names PostgreSQL: what it becomes is not known");
                continue;
            }
            Err(refused) => return Err(refused),
        }
        let node = runs_node(repository, path.folder());
        let document = repository.document(&path)?;
        let found = tables(&document, &path, survey, node);
        if found.is_empty() && !repository.is_settled(&path) {
            repository.skip(&path, "names PostgreSQL, but holds no connection that this migration knows");
        }
        for table in found {
            configure(repository, &path, table, settings)?;
        }
    }
    Ok(())
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    table: Table,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let (idiom, present, url) = match table.verdict {
        Verdict::Keys(idiom, present) => (idiom, present, false),
        Verdict::Url(idiom, present) => (idiom, present, true),
        Verdict::Leave(reason) => {
            reason.tell(repository, path);
            return Ok(());
        }
    };
    let missing = settings.missing(|index| present[index].clone())?;
    if missing.is_empty() {
        let mode = match &present[0] {
            Present::Text(mode) => Some(mode.as_str()),
            _ => None,
        };
        repository.skip(path, format!("`{}` is configured already{}", table.path, blind(idiom, mode)));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    let entries = settings.entries(idiom, missing, &document)?;
    if url {
        document.set_parameters(&table.path, entries)?;
        let known = if *idiom == LIBPQ { " (who reads it is not known)" } else { "" };
        repository.note(path, format!("{} URL `{}`{known}", idiom.consumer, table.path));
    } else {
        let entries = entries.into_iter().map(|(name, value)| (name, value.into())).collect();
        document.merge(&table.path, entries)?;
        repository.note(path, format!("{}, `{}`", idiom.consumer, table.path));
    }
    if let Some(note) = idiom.note {
        repository.note(path, note);
    }
    Ok(())
}

fn is_table_file(path: &RepoPath) -> bool {
    let name = path.file_name();
    if name.ends_with(".json") {
        return !name.starts_with("appsettings");
    }
    [".yaml", ".yml", ".toml", ".ini", ".cfg", ".properties"].iter().any(|ending| name.ends_with(ending))
        || is_service_file(path)
}

/// Files whose sections are handed to a driver as they are.
fn is_sections(path: &RepoPath) -> bool {
    path.file_name().ends_with(".ini") || path.file_name().ends_with(".cfg")
}

fn is_service_file(path: &RepoPath) -> bool {
    matches!(path.file_name(), "pg_service.conf" | ".pg_service.conf")
}

/// Whether the file configures CI or a tool, and no application of this repository.
pub(super) fn is_of_tools(path: &RepoPath) -> bool {
    let whole = format!("/{path}");
    let folders = ["/.github/", "/.circleci/", "/.woodpecker/", "/.buildkite/"];
    let names = [
        ".gitlab-ci",
        "azure-pipelines",
        "bitbucket-pipelines",
        ".travis.",
        ".drone.",
        "cloudbuild.",
        ".pre-commit",
        "pnpm-lock",
    ];
    folders.iter().any(|folder| whole.contains(folder)) || names.iter().any(|name| path.file_name().starts_with(name))
}

/// Whether every map of the file is handed to Kubernetes, which knows no connection but by environment variables.
fn is_manifest(document: &Document<'_, '_, '_>) -> bool {
    let root = document.root();
    let documents: Vec<&Node> = if root.is_list() { root.children.iter().collect() } else { vec![root] };
    let has = |node: &Node, name: &str| {
        node.children.iter().any(|child| child.key.as_ref().is_some_and(|key| key.text == name))
    };
    documents.iter().any(|node| has(node, "apiVersion") && has(node, "kind"))
}

/// Every table of the file that reads like a PostgreSQL connection, and every URL of one.
fn tables(document: &Document<'_, '_, '_>, path: &RepoPath, survey: &Survey, node_project: bool) -> Vec<Table> {
    let mut tables = Vec::new();
    let text = document.text();
    let variables = holds_variable(document, path);
    let manifest = is_manifest(document);
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        if matches!(node.body, Body::Map(_))
            && let Some(verdict) = verdict(node, text, at, path, survey)
        {
            let verdict = match verdict {
                Verdict::Keys(..) if manifest => {
                    by_hand(format!("`{at}` is a connection in a Kubernetes manifest that is no environment variable"))
                }
                verdict => verdict,
            };
            tables.push(Table { path: at.clone(), verdict });
        }
        if !variables.contains(at)
            && let Value::Str(value) = node.value(text)
            && let Some(scheme) = postgres_scheme(&value)
        {
            let name = at.to_string();
            let verdict = match leave_url(path, &name, &value, &scheme, survey) {
                Some(reason) => Verdict::Leave(reason),
                None if node_project && !scheme.starts_with("jdbc:") => {
                    by_hand(format!("`{name}` is a URL in a node project, and who reads it is not known"))
                }
                None if matches!(node.body, Body::Scalar { content: None, .. }) => {
                    by_hand(format!("`{name}` is a URL that is not written as one plain string"))
                }
                None => {
                    let present = KEYWORDS.map(|name| Present::of(url::parameter(&value, name).map(Value::Str)));
                    Verdict::Url(idiom_of(&scheme), present)
                }
            };
            tables.push(Table { path: at.clone(), verdict });
        }
    });
    tables
}

fn verdict(node: &Node, text: &str, at: &KeyPath, path: &RepoPath, survey: &Survey) -> Option<Verdict> {
    let value = |name: &str| {
        let child = node
            .children
            .iter()
            .find(|child| child.key.as_ref().is_some_and(|key| key.text.eq_ignore_ascii_case(name)));
        child.map(|child| child.value(text))
    };
    let named = |names: &[&str]| names.iter().any(|name| value(name).is_some());
    let own_names = |child: &Node| {
        child.key.as_ref().is_some_and(|key| matches!(key.text.as_str(), "ssl" | "ssl_mode" | "sslMode" | "ssl-mode"))
    };
    let postgres = |names: &[&str]| {
        names.iter().any(|name| value(name).is_some_and(|value| value.as_str().is_some_and(is_postgres)))
    };
    if path.file_name().contains("pgbouncer")
        && at.keys.len() == 1
        && at.last().and_then(Key::name) == Some("pgbouncer")
    {
        return Some(Verdict::Keys(&PGBOUNCER, PGBOUNCER.keys.map(|name| Present::of(value(name)))));
    }
    let is_grafana = matches!(path.file_name(), "grafana.ini" | "custom.ini" | "defaults.ini");
    if is_grafana && at.keys.len() == 1 && at.last().and_then(Key::name) == Some("database") && postgres(&["type"]) {
        return Some(Verdict::Keys(&GRAFANA, GRAFANA.keys.map(|name| Present::of(value(name)))));
    }
    let source = value("configuration").filter(|configuration| configuration.get("connection_info").is_some());
    if let Some(source) = source.filter(|_| postgres(&["kind"])) {
        let known = source.get("connection_info").is_some_and(|info| info.get("ssl_configuration").is_some());
        let reason = format!(
            "`{at}` is a source of Hasura, whose `ssl_configuration` takes the contents of the certificates from variables"
        );
        return Some(if known { fine(reason) } else { by_hand(reason) });
    }
    let is_json = path.file_name().ends_with(".json");
    if is_json && (postgres(&["client"]) && named(&["connection"]) || postgres(&["dialect"])) {
        let library = if named(&["connection"]) { "Knex" } else { "Sequelize" };
        return Some(by_hand(format!(
            "`{at}` is read by {library}, which wants the contents of the certificates: JSON can not read files, so \
             say it in a module of code"
        )));
    }
    if !named(&["host", "hostname", "hostaddr", "dbname", "database"]) {
        return None;
    }
    let family = postgres(&["driver", "adapter", "engine", "backend"]);
    let other = postgres(&["dialect", "client", "type"]);
    let section = at.keys.len() == 1 && at.keys[0].name().is_some_and(is_postgres) && is_sections(path);
    let service = is_service_file(path) && at.keys.len() == 1;
    if !family && !service && !section {
        return other.then(|| by_hand(format!("`{at}` is read by a library that is not known to take such keys")));
    }
    let host = value("host")
        .or_else(|| value("hostname"))
        .and_then(|host| host.as_str().map(str::to_owned))
        .unwrap_or_default();
    if survey.is_local(path, &host) {
        return Some(fine(format!(
            "`{at}` leads to `{host}`, a database of the compose file beside it without ssl=on"
        )));
    }
    if host.starts_with('/') {
        return Some(fine(format!("`{at}` connects through a Unix socket")));
    }
    if node.children.iter().any(own_names) {
        return Some(by_hand(format!("`{at}` has TLS settings under names of its own")));
    }
    Some(Verdict::Keys(&LIBPQ, KEYWORDS.map(|name| Present::of(value(name)))))
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
