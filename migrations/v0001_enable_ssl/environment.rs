//! Environment variables in `.env` files, compose files, manifests and values: database URLs, and the `PG*` variables
//! of libpq. What Terraform calls a value becomes a variable, too.

mod compose;
mod programs;
mod tree;
mod url;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::idiom::ENVIRONMENT;
use super::npgsql;
use super::settings::{Present, Settings};
use super::survey::{PYTHON_PROJECT, Survey, by_default, is_compose};
use crate::format::Body;
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};
pub(super) use compose::{files_of_services, folders_of_services};
pub(super) use tree::holds as holds_variable;

/// The environment of one process, as a file writes it.
struct Environment {
    /// Where it stands; the root of a `.env` file.
    path: KeyPath,
    form: Form,
    /// Runs node for sure.
    node: bool,
    /// Where its code is, where the file says so.
    folder: Option<String>,
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
    /// `name = value` of Terraform: what it is handed to reads it in capitals.
    Values,
}

pub(super) struct Variable {
    pub name: String,
    /// `None`: taken over from the surroundings.
    pub value: Option<String>,
    pub path: KeyPath,
}

impl Environment {
    fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_deref()
    }

    /// The name under which a program reads `variable`.
    fn read_as<'v>(&self, variable: &'v Variable) -> Cow<'v, str> {
        match self.form {
            Form::Values => Cow::Owned(variable.name.to_ascii_uppercase()),
            Form::Map | Form::List | Form::Named => Cow::Borrowed(&variable.name),
        }
    }
}

/// The URLs that files give each variable, of any database.
pub(super) fn urls(repository: &mut Repository<'_, '_>) -> Result<BTreeMap<String, Vec<String>>, Refused> {
    let found = repository.each(&repository.files(), |repository, path| {
        let mut found = Vec::new();
        for environment in environments(repository, path)? {
            for variable in &environment.variables {
                let value = variable.value.as_ref().filter(|value| crate::value::url::scheme(value).is_some());
                found.extend(value.map(|value| (environment.read_as(variable).into_owned(), value.clone())));
            }
        }
        Ok(found)
    })?;
    let mut urls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in found.into_iter().flatten() {
        urls.entry(name).or_default().push(value);
    }
    Ok(urls)
}

/// Configures the URLs and `PG*` variables of every environment.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    repository.each(&repository.files(), |repository, path| {
        for environment in environments(repository, path)? {
            if environment.value("NODE_TLS_REJECT_UNAUTHORIZED") == Some("0") {
                let reason = "`NODE_TLS_REJECT_UNAUTHORIZED=0` lets node accept any server where code does not say otherwise: remove that by hand";
                repository.needs_a_person(path, reason.to_owned());
            }
            programs::tell(repository, path, &environment, survey);
            for variable in &environment.variables {
                if npgsql::is_variable(&variable.name) {
                    npgsql::configure_variable(repository, path, variable, survey, settings)?;
                } else {
                    url::configure(repository, path, (&environment, variable), survey, settings)?;
                }
            }
            configure_variables(repository, path, &environment, survey, settings)?;
        }
        if is_compose(path) {
            compose::tell_of_commands(repository, path, survey)?;
        }
        Ok(())
    })?;
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
    matches!(name, ".env" | ".envrc") || name.starts_with(".env.") || name.ends_with(".env")
}

fn env_file(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Environment, Refused> {
    let node = runs_node(repository, path.folder());
    let document = repository.document(path)?;
    let variables = named(&document, &KeyPath::default());
    Ok(Environment { path: KeyPath::default(), form: Form::Map, node, folder: None, variables })
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
        let python = PYTHON_PROJECT.iter().any(|name| has(at, name));
        if python || has(at, "package.json") {
            return !python;
        }
        match at.rsplit_once('/') {
            Some((parent, _)) => at = parent,
            None => return false,
        }
    }
}

/// Whether a container of `image` runs node, and code that it is given.
fn is_node_image(image: &str) -> bool {
    image.rsplit('/').next().is_some_and(|name| name == "node" || name.starts_with("node:"))
}

/// Whether a container of `image` is a PostgreSQL server.
pub(super) fn is_postgres_image(image: &str) -> bool {
    ["postgres", "postgis", "pgvector", "timescale"].iter().any(|word| image.contains(word))
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
    let entries = settings.entries(&ENVIRONMENT, missing, &document)?;
    match environment.form {
        Form::Map | Form::Values => {
            let entries = entries.into_iter().map(|(name, value)| (name, value.into())).collect();
            document.merge(&environment.path, entries)?;
        }
        Form::List => {
            for (name, value) in entries {
                match environment.get(&name) {
                    Some(variable) => document.set(&variable.path, format!("{name}={value}"))?,
                    None => document.append(&environment.path, format!("{name}={value}"))?,
                }
            }
        }
        Form::Named => {
            for (name, value) in entries {
                match environment.get(&name) {
                    Some(variable) => document.set(&variable.path, value)?,
                    None => {
                        let entry = [("name".to_owned(), name.into()), ("value".to_owned(), value.into())];
                        document.append(&environment.path, Value::Map(entry.into()))?;
                    }
                }
            }
        }
    }
    repository.note(
        path,
        format!("libpq, {place} (who reads them is not known; node-postgres would ignore all but PGSSLMODE)"),
    );
    Ok(())
}
