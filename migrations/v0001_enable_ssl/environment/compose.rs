//! Compose files: the environment of each service, where it really stands, and the `.env` files it reads.

use std::collections::{BTreeMap, BTreeSet};

use super::super::address::Address;
use super::super::merges::Anchors;
use super::super::settings::{Present, Reason};
use super::super::survey::Survey;
use super::{Environment, Form, is_node_image, listed, named, runs_node};
use crate::format::Node;
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};

/// One service, as far as it matters here.
struct Service {
    /// The maps and lists its environment is made of: its own, and those it takes over by an anchor.
    environments: Vec<KeyPath>,
    node: bool,
    /// What it is built from.
    folder: Option<String>,
    files: Vec<RepoPath>,
}

/// Every environment of the file, once, however many services share it.
pub(super) fn environments(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Environment>, Refused> {
    let services = services(repository, path)?;
    let document = repository.document(path)?;
    let mut shared: BTreeMap<KeyPath, (bool, Option<String>)> = BTreeMap::new();
    let mut order = Vec::new();
    for service in services {
        for at in service.environments {
            if !shared.contains_key(&at) {
                order.push(at.clone());
            }
            let (node, folder) = shared.entry(at).or_insert_with(|| (false, service.folder.clone()));
            *node |= service.node;
            *folder = folder.take().filter(|folder| Some(folder) == service.folder.as_ref());
        }
    }
    let environment = |at: KeyPath| {
        let list = document.get(&at).is_some_and(Node::is_list);
        let (form, variables) =
            if list { (Form::List, listed(&document, &at)) } else { (Form::Map, named(&document, &at)) };
        let (node, folder) = shared.get(&at).cloned().unwrap_or_default();
        Environment { path: at, form, node, folder, variables }
    };
    Ok(order.into_iter().map(environment).collect())
}

/// Says of the URLs in what services are started with that they are a person's to write.
pub(super) fn tell_of_commands(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    survey: &Survey,
) -> Result<(), Refused> {
    let document = repository.document(path)?;
    let mut found = Vec::new();
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let is_command = at.keys.iter().any(|key| matches!(key.name(), Some("command" | "entrypoint")));
        let Value::Str(text) = node.value(document.text()) else { return };
        let words = if is_command { text.as_str() } else { "" }.split_whitespace();
        for word in words {
            let address = Address::of(word.trim_matches(['"', '\'']));
            let Some(address) = address.filter(|address| address.present().contains(&Present::Missing)) else {
                continue;
            };
            found.push(address.leave(path, &at.to_string(), survey).unwrap_or_else(|| {
                Reason::ByHand(format!(
                    "`{at}` has a URL on a command line, which is not edited: write the settings there"
                ))
            }));
        }
    });
    found.into_iter().for_each(|reason| reason.tell(repository, path));
    Ok(())
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

/// The folders that services are built from, below the root.
pub(in super::super) fn folders_of_services(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
) -> Result<Vec<String>, Refused> {
    Ok(services(repository, path)?.into_iter().filter_map(|service| service.folder).collect())
}

fn services(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Service>, Refused> {
    let document = repository.document(path)?;
    let anchors = Anchors::of(&document);
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
        let node = is_node_image(image);
        let environments = document.get(&at).map(|node| taken_from(node, &at, &anchors)).unwrap_or_default();
        let files = files(value.get("env_file"), path);
        contexts.push(context.and_then(|context| path.resolve(&format!("{context}/x"))));
        services.push(Service { environments, node, folder: None, files });
    }
    for (service, inside) in services.iter_mut().zip(contexts) {
        service.node |= inside.as_ref().is_some_and(|inside| runs_node(repository, inside.folder()));
        service.folder = inside.map(|inside| inside.folder().to_owned()).filter(|folder| !folder.is_empty());
    }
    Ok(services)
}

/// Where the entries of an environment stand: at `at`, and in what it refers to.
fn taken_from(node: &Node, at: &KeyPath, anchors: &Anchors<'_>) -> Vec<KeyPath> {
    if let Some((whole, _)) = anchors.referred(node) {
        return vec![whole.clone()];
    }
    let mut places: Vec<KeyPath> = vec![at.clone()];
    places.extend(anchors.merged(node).into_iter().map(|(path, _)| path.clone()).collect::<BTreeSet<_>>());
    places
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
