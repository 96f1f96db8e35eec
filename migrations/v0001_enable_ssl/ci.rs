//! Files that tell a build server what to run: their databases are services of the run, or somewhere else.

use std::collections::BTreeSet;

use super::address::Address;
use super::environment::is_postgres_image;
use super::settings::KEYWORDS;
use crate::format::Node;
use crate::migration::{Document, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};

/// Whether `path` is such a file, or one of a tool that opens no connection of an application.
pub(super) fn is_of_tools(path: &RepoPath) -> bool {
    const FOLDERS: [&str; 4] = ["/.github/", "/.circleci/", "/.woodpecker/", "/.buildkite/"];
    const NAMES: [&str; 8] = [
        ".gitlab-ci",
        "azure-pipelines",
        "bitbucket-pipelines",
        ".travis.",
        ".drone.",
        "cloudbuild.",
        ".pre-commit",
        "pnpm-lock",
    ];
    let whole = format!("/{path}");
    FOLDERS.iter().any(|folder| whole.contains(folder)) || NAMES.iter().any(|name| path.file_name().starts_with(name))
}

/// Says of each database of the file at `path` why it stays as it is.
pub(super) fn tell(repository: &mut Repository<'_, '_>, path: &RepoPath) {
    // A file that does not read as YAML is the build server's to judge.
    let Ok(document) = repository.document(path) else { return };
    let services = services(&document);
    let found = databases(&document);
    let (own, other): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, host)| is_service(host, services.as_ref()));
    if !own.is_empty() || services.is_some() && other.is_empty() {
        repository.skip(path, "configures CI, whose database is a service of the run");
    }
    for (at, host) in other {
        let host = if host.is_empty() { "a database".to_owned() } else { format!("`{host}`") };
        let names = KEYWORDS.join("`, `");
        repository.needs_a_person(
            path,
            format!("`{at}` leads to {host}, which is no service of the run: bring the certificates to the runner, and name them by `{names}`"),
        );
    }
}

/// Whether `host` is a service of the run: by its name, or on the machine that runs it.
fn is_service(host: &str, services: Option<&BTreeSet<String>>) -> bool {
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1" | "") || host.starts_with('/');
    // A reference to something that only the build server knows.
    here || services.is_some_and(|services| services.contains(host) || host.contains('$'))
}

/// The names of the PostgreSQL services; `None` where there is none.
fn services(document: &Document<'_, '_, '_>) -> Option<BTreeSet<String>> {
    let text = document.text();
    let mut hosts = BTreeSet::new();
    let mut any = false;
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let name = |node: &Node, key: &str| {
            let child = node.children.iter().find(|child| child.key.as_ref().is_some_and(|own| own.text == key))?;
            child.value(text).as_str().map(str::to_owned)
        };
        let is_listed = at.keys.iter().any(|key| key.name() == Some("services"));
        let image = name(node, "image").or_else(|| match node.value(text) {
            Value::Str(image) if is_listed => Some(image),
            Value::Map(_) if is_listed => name(node, "name"),
            _ => None,
        });
        let Some(image) = image.filter(|image| is_postgres_image(image)) else { return };
        any = true;
        hosts.extend(name(node, "alias"));
        hosts.extend(name(node, "name").filter(|own| *own != image));
        hosts.extend(at.last().and_then(|key| key.name()).map(str::to_owned));
        let base = image.split([':', '@']).next().unwrap_or("");
        hosts.extend([
            base.replace('/', "__"),
            base.replace('/', "-"),
            base.rsplit('/').next().unwrap_or("").to_owned(),
        ]);
    });
    any.then_some(hosts)
}

/// Where the file names a database, and its host.
fn databases(document: &Document<'_, '_, '_>) -> Vec<(KeyPath, String)> {
    let text = document.text();
    let mut found = Vec::new();
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let Value::Str(value) = node.value(text) else { return };
        let name = at.last().and_then(|key| key.name()).unwrap_or("");
        if let Some(address) = Address::of(&value) {
            found.push((at.clone(), address.host()));
        } else if matches!(name, "PGHOST" | "PGHOSTADDR") {
            found.push((at.clone(), value));
        }
    });
    found
}
