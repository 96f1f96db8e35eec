//! Compose files: the environment of each service, where it really stands, and the `.env` files it reads.

use std::collections::{BTreeMap, BTreeSet};

use super::{Environment, Form, listed, named, runs_node};
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};

/// One service, as far as it matters here.
struct Service {
    /// The maps and lists its environment is made of: its own, and those it takes over by an anchor.
    environments: Vec<KeyPath>,
    node: bool,
    files: Vec<RepoPath>,
}

/// Every environment of the file, once, however many services share it.
pub(super) fn environments(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Environment>, Refused> {
    let services = services(repository, path)?;
    let document = repository.document(path)?;
    let mut shared: BTreeMap<KeyPath, bool> = BTreeMap::new();
    let mut order = Vec::new();
    for service in services {
        for at in service.environments {
            if !shared.contains_key(&at) {
                order.push(at.clone());
            }
            *shared.entry(at).or_default() |= service.node;
        }
    }
    let environment = |at: KeyPath| {
        let list = document.get(&at).is_some_and(Node::is_list);
        let (form, variables) =
            if list { (Form::List, listed(&document, &at)) } else { (Form::Map, named(&document, &at)) };
        Environment { node: shared.get(&at).copied().unwrap_or(false), path: at, form, variables }
    };
    Ok(order.into_iter().map(environment).collect())
}

/// The `.env` files that services read, and whether the service runs node.
pub(in super::super) fn files_of_services(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
) -> Result<Vec<(RepoPath, bool)>, Refused> {
    let services = services(repository, path)?;
    Ok(services
        .into_iter()
        .flat_map(|service| service.files.into_iter().map(move |file| (file, service.node)))
        .collect())
}

fn services(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Service>, Refused> {
    let document = repository.document(path)?;
    let anchors = anchors(&document);
    let root = KeyPath::new(["services"]);
    let mut services = Vec::new();
    let mut contexts = Vec::new();
    for key in document.get(&root).into_iter().flat_map(|node| &node.children).filter_map(Node::path_key) {
        let service = root.join(key);
        let at = service.join("environment");
        let value = document.value(&service).unwrap_or(Value::Null);
        let build = value.get("build");
        let context = build.and_then(|build| build.as_str().or_else(|| build.get("context").and_then(Value::as_str)));
        let image = value.get("image").and_then(Value::as_str).unwrap_or("");
        let node = image.rsplit('/').next().is_some_and(|name| name == "node" || name.starts_with("node:"));
        let environments = document.get(&at).map(|node| taken_from(node, &at, &anchors)).unwrap_or_default();
        let files = files(value.get("env_file"), path);
        contexts.push(context.and_then(|context| path.resolve(&format!("{context}/x"))));
        services.push(Service { environments, node, files });
    }
    for (service, inside) in services.iter_mut().zip(contexts) {
        service.node |= inside.is_some_and(|inside| runs_node(repository, inside.folder()));
    }
    Ok(services)
}

/// Where the entries of an environment stand: at `at`, and in what it refers to.
fn taken_from(node: &Node, at: &KeyPath, anchors: &BTreeMap<String, KeyPath>) -> Vec<KeyPath> {
    let referred = |node: &Node| match &node.body {
        Body::Alias(anchor) => anchors.get(anchor).cloned(),
        _ => None,
    };
    if let Some(whole) = referred(node) {
        return vec![whole];
    }
    let merges = node.children.iter().filter(|child| child.key.as_ref().is_some_and(|key| key.text == "<<"));
    let merged = merges.flat_map(|merge| std::iter::once(merge).chain(&merge.children)).filter_map(referred);
    let mut places: Vec<KeyPath> = vec![at.clone()];
    places.extend(merged.collect::<BTreeSet<_>>());
    places
}

/// The path of every node that carries an anchor.
fn anchors(document: &Document<'_, '_, '_>) -> BTreeMap<String, KeyPath> {
    let text = document.text();
    let mut anchors = BTreeMap::new();
    document.root().walk(&KeyPath::default(), &mut |path, node| {
        let between = node.key.as_ref().and_then(|key| text.get(key.span.end..node.value.start)).unwrap_or("");
        if let Some((_, rest)) = between.split_once('&') {
            let name = rest.split(|c: char| c.is_whitespace()).next().unwrap_or("");
            anchors.insert(name.to_owned(), path.clone());
        }
    });
    anchors
}

/// `env_file: x`, a list of such, or of tables with a `path`.
fn files(value: Option<&Value>, path: &RepoPath) -> Vec<RepoPath> {
    let name = |value: &Value| value.as_str().or_else(|| value.get("path").and_then(Value::as_str)).map(str::to_owned);
    let names: Vec<String> = match value {
        Some(Value::List(items)) => items.iter().filter_map(name).collect(),
        Some(other) => name(other).into_iter().collect(),
        None => Vec::new(),
    };
    names.iter().filter_map(|name| path.resolve(name)).collect()
}
