//! Environment variables in `.env` files, compose files, manifests and values: database URLs, and the `PG*` variables
//! of libpq.

mod compose;
mod tree;

use std::collections::BTreeMap;

use super::idiom::{ENVIRONMENT, Idiom, JDBC, LIBPQ};
use super::node::UrlRule;
use super::settings::{KEYWORDS, Present, Reason, Settings, blind};
use super::survey::{Reader, ReaderKind, Survey, UrlState, by_default, is_compose, postgres_scheme, url_state};
use crate::format::Body;
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value, url};
pub(super) use compose::files_of_services;
pub(super) use tree::holds as holds_variable;

/// The environment of one process, as a file writes it.
struct Environment {
    /// Where it stands; the root of a `.env` file.
    path: KeyPath,
    form: Form,
    /// Runs node for sure.
    node: bool,
    variables: Vec<Variable>,
}

/// How an environment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `NAME: value`.
    Map,
    /// `- NAME=value`.
    List,
    /// `- name: NAME` with a `value` beside it, as Kubernetes has it.
    Named,
}

struct Variable {
    name: String,
    /// `None`: taken over from the surroundings.
    value: Option<String>,
    path: KeyPath,
}

impl Environment {
    fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_deref()
    }
}

/// The URLs that files give each variable, of any database.
pub(super) fn urls(repository: &mut Repository<'_, '_>) -> Result<BTreeMap<String, Vec<String>>, Refused> {
    let mut urls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in repository.files() {
        for variable in environments(repository, &path)?.into_iter().flat_map(|environment| environment.variables) {
            if let Some(value) = variable.value.filter(|value| url::scheme(value).is_some()) {
                urls.entry(variable.name).or_default().push(value);
            }
        }
    }
    Ok(urls)
}

/// Configures the URLs and `PG*` variables of every environment.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    for path in repository.files() {
        for environment in environments(repository, &path)? {
            if environment.value("NODE_TLS_REJECT_UNAUTHORIZED") == Some("0") {
                let reason = "`NODE_TLS_REJECT_UNAUTHORIZED=0` lets node accept any server where code does not say otherwise: remove that by hand";
                repository.needs_a_person(&path, reason.to_owned());
            }
            if environment.value("DB_CONNECTION") == Some("pgsql") {
                let reason = "Laravel's connection `pgsql`: `sslrootcert`, `sslcert` and `sslkey` stand in config/database.php, beside `sslmode`, and PHP is not a format here";
                repository.needs_a_person(&path, reason);
            }
            for variable in &environment.variables {
                configure_url(repository, &path, variable, survey, settings)?;
            }
            configure_variables(repository, &path, &environment, survey, settings)?;
        }
    }
    Ok(())
}

/// The environments that a file describes.
fn environments(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Environment>, Refused> {
    match (is_compose(path), is_env(path)) {
        (true, _) => compose::environments(repository, path),
        (_, true) => Ok(vec![env_file(repository, path)?]),
        _ => tree::environments(repository, path),
    }
}

fn is_env(path: &RepoPath) -> bool {
    let name = path.file_name();
    name == ".env" || name.starts_with(".env.") || name.ends_with(".env")
}

fn env_file(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Environment, Refused> {
    let node = runs_node(repository, path.folder());
    let document = repository.document(path)?;
    let variables = named(&document, &KeyPath::default());
    Ok(Environment { path: KeyPath::default(), form: Form::Map, node, variables })
}

fn named(document: &Document<'_, '_, '_>, path: &KeyPath) -> Vec<Variable> {
    let Some(node) = document.get(path).filter(|node| matches!(node.body, Body::Map(_))) else { return Vec::new() };
    let variables = node.children.iter().filter_map(|child| {
        let key = child.path_key()?;
        let value = match child.value(document.text()) {
            Value::Null => None,
            other => Some(other.to_string()),
        };
        Some(Variable { name: key.name()?.to_owned(), value, path: path.join(key) })
    });
    variables.collect()
}

fn listed(document: &Document<'_, '_, '_>, path: &KeyPath) -> Vec<Variable> {
    let Some(node) = document.get(path) else { return Vec::new() };
    let variables = node.children.iter().enumerate().filter_map(|(index, child)| {
        let text = child.value(document.text()).as_str()?.to_owned();
        let (name, value) = text.split_once('=').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
        Some(Variable { name: name.to_owned(), value: value.map(str::to_owned), path: path.join(index as isize) })
    });
    variables.collect()
}

/// Whether the nearest project around `folder`, below the root, is a node project and no Python one.
pub(super) fn runs_node(repository: &Repository<'_, '_>, folder: &str) -> bool {
    let has = |folder: &str, name: &str| {
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        RepoPath::new(&path).is_ok_and(|path| repository.has(&path))
    };
    let mut at = folder;
    loop {
        let python =
            ["requirements.txt", "pyproject.toml", "Pipfile", "manage.py", "setup.py"].iter().any(|name| has(at, name));
        if python || has(at, "package.json") {
            return !python;
        }
        match at.rsplit_once('/') {
            Some((parent, _)) => at = parent,
            None => return false,
        }
    }
}

fn configure_url(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    variable: &Variable,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let Some(text) = variable.value.as_deref() else { return Ok(()) };
    let Some(scheme) = postgres_scheme(text) else { return Ok(()) };
    let name = &variable.name;
    let readers = survey.readers(name);
    if let Some(reader) = readers.iter().find(|reader| reader.kind == ReaderKind::Configured) {
        configured_in_code(repository, path, variable, text, reader)?;
        if let Some(other) = of_another_family(reader, &readers) {
            let reason = format!(
                "`{name}` is read at {}:{}, where the connection is configured, and at {}:{}, where it is not: \
                 the two drivers understand the settings of a URL differently, so give the second a variable of its own",
                reader.path, reader.line, other.path, other.line
            );
            repository.needs_a_person(path, reason);
        }
        return Ok(());
    }
    if let Some(reader) = readers.iter().find(|reader| reader.kind == ReaderKind::LeftAlone) {
        let place = format!("{}:{}", reader.path, reader.line);
        repository.skip(
            path,
            format!("`{name}` is read at {place}, whose connection is left alone for the reason given there"),
        );
        return Ok(());
    }
    if let Some(reason) = leave_url(path, name, text, &scheme, survey) {
        reason.tell(repository, path);
        return Ok(());
    }
    let idiom = idiom_of(&scheme);
    if let Some(reader) = readers.iter().find(|reader| reader.kind != ReaderKind::Python) {
        let why = match reader.kind {
            ReaderKind::OtherPython => "Python code whose driver takes no such settings in a URL, or is given its own",
            ReaderKind::Prisma => "Prisma, to which `sslcert` is the CA",
            _ => "code whose driver is not known",
        };
        repository.needs_a_person(path, format!("`{name}` is read by {why} ({}:{})", reader.path, reader.line));
        return Ok(());
    }
    let missing = settings.missing(|index| Present::of(url::parameter(text, KEYWORDS[index]).map(Value::Str)))?;
    if missing.is_empty() {
        let mode = url::parameter(text, KEYWORDS[0]);
        repository.skip(path, format!("`{name}` is configured already{}", blind(idiom, mode.as_deref())));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    document.set_parameters(&variable.path, settings.entries(idiom, missing, &document)?)?;
    let reader = readers.first().map_or("nothing in the repository reads it".to_owned(), |reader| {
        format!("read at {}:{}", reader.path, reader.line)
    });
    repository.note(path, format!("{} URL `{name}` ({reader})", idiom.consumer));
    if let Some(note) = idiom.note {
        repository.note(path, note);
    }
    Ok(())
}

/// A reader of the same variable whose driver is of another family than that of `configured`.
fn of_another_family<'r>(configured: &Reader, readers: &'r [Reader]) -> Option<&'r Reader> {
    let python = configured.path.file_name().ends_with(".py");
    readers.iter().find(|reader| match reader.kind {
        ReaderKind::Prisma => true,
        ReaderKind::Python | ReaderKind::OtherPython => !python,
        ReaderKind::Configured | ReaderKind::LeftAlone | ReaderKind::Unknown => false,
    })
}

/// Who reads a PostgreSQL URL, by its scheme.
pub(super) fn idiom_of(scheme: &str) -> &'static Idiom {
    if scheme.starts_with("jdbc:") { &JDBC } else { &LIBPQ }
}

/// The code that opens the connection carries its settings; TLS settings in the URL would replace them there.
fn configured_in_code(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    variable: &Variable,
    text: &str,
    reader: &Reader,
) -> Result<(), Refused> {
    let name = &variable.name;
    let place = format!("{}:{}", reader.path, reader.line);
    let Some(rule) = reader.rule else {
        repository.skip(path, format!("`{name}` is read at {place}, where the connection is configured"));
        return Ok(());
    };
    let (replacing, note): (&[&str], _) = match rule {
        UrlRule::Replace if url_state(text) == UrlState::Complete => {
            repository.skip(path, format!("`{name}` is configured already, for {place}"));
            return Ok(());
        }
        UrlRule::Replace => (
            &["sslmode", "sslrootcert", "sslcert", "sslkey", "ssl"],
            "node-postgres drops the `ssl` object of its configuration when the URL has such a parameter",
        ),
        UrlRule::Hand => (
            &["sslrootcert", "sslcert", "sslkey"],
            "postgres.js hands such a parameter of a URL to the server, which refuses the connection",
        ),
    };
    let found: Vec<&str> =
        replacing.iter().copied().filter(|keyword| url::parameter(text, keyword).is_some()).collect();
    if found.is_empty() {
        repository.skip(path, format!("`{name}` is read at {place}, where the connection is configured"));
        return Ok(());
    }
    let document = repository.document(path)?;
    let Some(at) = document.get(&variable.path) else { return Ok(()) };
    let message =
        format!("`{name}` has TLS settings in its URL ({}), and {place} opens the connection", found.join(", "));
    Err(document
        .refuse(at, message, "configured here and there")
        .note(note)
        .help(format!("take {} out of the URL, and the code is configured", found.join(", ")))
        .help(format!("or leave both alone: --except '{}' --except '{}'", path.glob(), reader.path))
        .into())
}

/// Why a URL stays as it is, apart from who reads it.
pub(super) fn leave_url(path: &RepoPath, name: &str, text: &str, scheme: &str, survey: &Survey) -> Option<Reason> {
    let driver = scheme.split_once('+').map_or("", |(_, driver)| driver);
    if !matches!(driver, "" | "psycopg" | "psycopg2" | "psycopg_async") {
        let reason = format!("`{name}` is for the driver {driver}, which takes no such settings in a URL");
        return Some(Reason::ByHand(reason));
    }
    let host = url::host(text);
    if survey.is_local(path, host) {
        let host = by_default(host);
        let reason = format!("`{name}` leads to `{host}`, a database of the compose file beside it without ssl=on");
        return Some(Reason::Fine(reason));
    }
    let socket = host.is_empty() || url::parameter(text, "host").is_some_and(|host| host.starts_with('/'));
    socket.then(|| Reason::Fine(format!("`{name}` connects through a Unix socket")))
}

fn configure_variables(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    environment: &Environment,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    if environment.get("PGHOST").is_none() && environment.get("PGHOSTADDR").is_none() {
        return Ok(());
    }
    let place = if environment.path.keys.is_empty() {
        "PG* variables".to_owned()
    } else {
        format!("PG* variables of `{}`", environment.path)
    };
    let host = environment.value("PGHOST").unwrap_or("");
    let host = by_default(host);
    if environment.node || survey.runs_node(path) {
        repository.skip(
            path,
            format!("{place} are read by node-postgres, which ignores PGSSLROOTCERT, PGSSLCERT and PGSSLKEY"),
        );
        return Ok(());
    }
    if survey.is_local(path, host) {
        repository
            .skip(path, format!("{place} lead to `{host}`, a database of the compose file beside it without ssl=on"));
        return Ok(());
    }
    if host.starts_with('/') {
        repository.skip(path, format!("{place} connect through a Unix socket"));
        return Ok(());
    }
    let missing = settings.missing(|index| Present::of(environment.value(ENVIRONMENT.keys[index]).map(Value::from)))?;
    if missing.is_empty() {
        repository.skip(path, format!("{place} are configured already"));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    for (name, value) in settings.entries(&ENVIRONMENT, missing, &document)? {
        let known = environment.get(&name);
        match (environment.form, known) {
            (Form::List, Some(variable)) => document.set(&variable.path, format!("{name}={value}"))?,
            (Form::List, None) => document.append(&environment.path, format!("{name}={value}"))?,
            (Form::Named, Some(variable)) => document.set(&variable.path, value)?,
            (Form::Named, None) => {
                let entry = [("name".to_owned(), name.into()), ("value".to_owned(), value.into())];
                document.append(&environment.path, Value::Map(entry.into()))?;
            }
            (Form::Map, _) => document.set(&environment.path.join(name.as_str()), value)?,
        }
    }
    repository.note(
        path,
        format!("libpq, {place} (who reads them is not known; node-postgres would ignore all but PGSSLMODE)"),
    );
    Ok(())
}
