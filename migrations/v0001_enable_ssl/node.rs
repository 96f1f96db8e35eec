//! node-postgres: the `ssl` object of every `Pool` and `Client` configuration in JavaScript and TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::{KEYWORDS, Settings};
use super::survey::Survey;
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value, url};

/// Where the settings of a connection stand.
enum Configuration {
    /// An object literal in this file.
    Object { file: RepoPath, path: KeyPath },
    /// Not found, or no object: why, with the line.
    Elsewhere(String),
}

/// What to do with a configuration object.
enum Decision {
    Configure,
    Leave(String),
}

/// The variables whose URL a node-postgres configuration reads, with the place.
pub(super) fn variables(repository: &mut Repository<'_, '_>) -> Result<BTreeMap<String, (RepoPath, usize)>, Refused> {
    let mut variables = BTreeMap::new();
    for (_, configuration) in connections(repository)? {
        if let Configuration::Object { file, path } = configuration {
            let document = repository.document(&file)?;
            if let (Some(name), Some(node)) = (url_variable(&document, &path), document.get(&path)) {
                let line = document.position(node).line;
                variables.entry(name).or_insert((file, line));
            }
        }
    }
    Ok(variables)
}

/// Gives every configuration its `ssl` object.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey, settings: &Settings<'_>) -> Result<(), Refused> {
    let mut seen = BTreeSet::new();
    for (user, configuration) in connections(repository)? {
        match configuration {
            Configuration::Elsewhere(reason) => repository.skip(&user, reason),
            Configuration::Object { file, path } => {
                if user != file {
                    repository.skip(&user, format!("its connection is configured in {file}"));
                }
                if seen.insert((file.clone(), path.clone())) {
                    configure(repository, &file, &path, survey, settings)?;
                }
            }
        }
    }
    Ok(())
}

fn configure(
    repository: &mut Repository<'_, '_>,
    file: &RepoPath,
    path: &KeyPath,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let mut document = repository.document(file)?;
    let line = document.get(path).map_or(0, |node| document.position(node).line);
    if let Some(name) = url_variable(&document, path).filter(|name| survey.is_configured_in_urls(name)) {
        let why = format!("is configured in the URL `{name}`, whose settings would replace an `ssl` object");
        repository.skip(file, format!("`{path}` (line {line}) {why}"));
        return Ok(());
    }
    if let Decision::Leave(reason) = decide(&document, path) {
        repository.skip(file, reason);
        return Ok(());
    }
    let ssl = settings.node(&mut document)?;
    document.set(&path.join("ssl"), ssl)?;
    repository.note(file, format!("node-postgres, `{path}`"));
    Ok(())
}

fn decide(document: &Document<'_, '_, '_>, path: &KeyPath) -> Decision {
    let Some(node) = document.get(path) else { return Decision::Leave(format!("`{path}` is not there any more")) };
    let line = document.position(node).line;
    let runs_elsewhere = document.value(&KeyPath::new(["const runtime"])) == Some("edge".into());
    let leave = |reason: &str| Decision::Leave(format!("`{path}` (line {line}) {reason}"));
    if runs_elsewhere || is_client(document.text()) {
        return leave("runs in a browser or an edge runtime, which has no certificate files");
    }
    let child = |name: &str| node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name));
    if let Some(url) = child("connectionString").and_then(|child| child.value(document.text()).as_str().map(str::to_owned))
        && (KEYWORDS.iter().any(|name| url::parameter(&url, name).is_some()) || url::parameter(&url, "ssl").is_some())
    {
        return leave("has TLS settings in its URL, which replace any `ssl` object");
    }
    let Some(ssl) = child("ssl") else { return Decision::Configure };
    match &ssl.body {
        Body::Scalar { .. } => Decision::Configure,
        Body::Map(_) => match &ssl.value(document.text()) {
            Value::Map(entries) if entries.iter().all(|(key, value)| key == "rejectUnauthorized" && *value == Value::Bool(false)) => {
                Decision::Configure
            }
            Value::Map(entries) if entries.iter().any(|(key, value)| key == "rejectUnauthorized" && *value == Value::Bool(false)) => {
                leave("has certificates of its own, but `rejectUnauthorized: false` accepts any server: remove that by hand")
            }
            _ => leave("is configured already"),
        },
        _ => leave("decides its `ssl` at run time"),
    }
}

/// Every connection that a file opens through node-postgres.
fn connections(repository: &mut Repository<'_, '_>) -> Result<Vec<(RepoPath, Configuration)>, Refused> {
    let mut connections = Vec::new();
    for file in repository.files().into_iter().filter(is_module) {
        if !repository.text(&file).is_none_or(|text| names_driver(&text)) {
            continue;
        }
        let document = repository.document(&file)?;
        if !imports_driver(&document) {
            continue;
        }
        let sites: Vec<(KeyPath, Node)> = ["new Pool", "new Client"]
            .iter()
            .flat_map(|name| document.find(&KeyPath::new([*name])))
            .map(|(path, node)| (path, node.clone()))
            .collect();
        for (path, node) in sites {
            let configuration = configuration(repository, &file, &path, &node)?;
            connections.push((file.clone(), configuration));
        }
    }
    Ok(connections)
}

fn configuration(repository: &mut Repository<'_, '_>, file: &RepoPath, path: &KeyPath, node: &Node) -> Result<Configuration, Refused> {
    let document = repository.document(file)?;
    let line = document.position(node).line;
    let source = node.value.of(document.text()).to_owned();
    match &node.body {
        Body::Map(_) => Ok(Configuration::Object { file: file.clone(), path: path.clone() }),
        Body::Reference(target) => match document.get(target).map(|node| &node.body) {
            Some(Body::Map(_)) => Ok(Configuration::Object { file: file.clone(), path: target.clone() }),
            _ => Ok(Configuration::Elsewhere(format!("`{path}` (line {line}) is configured by `{source}`, which is no object literal"))),
        },
        Body::Opaque("a variable") => match imported(&document, &source) {
            Some((module, name)) => Ok(match resolve(repository, file, &module) {
                Some(target) => exported(repository, &target, &name)?,
                None => Configuration::Elsewhere(format!("`{path}` (line {line}) is configured in `{module}`, which was not found")),
            }),
            None => Ok(Configuration::Elsewhere(format!("`{path}` (line {line}) is configured by `{source}`, which is set at run time"))),
        },
        Body::Opaque("no argument") => Ok(Configuration::Elsewhere(format!(
            "`{path}` (line {line}) takes its settings from the environment, which has no place for certificates: \
             give it an object with what it needs"
        ))),
        _ => Ok(Configuration::Elsewhere(format!("`{path}` (line {line}) has no configuration object to put `ssl` into"))),
    }
}

/// The object that `target` exports under `name`.
fn exported(repository: &mut Repository<'_, '_>, target: &RepoPath, name: &str) -> Result<Configuration, Refused> {
    let document = repository.document(target)?;
    let keys = match name {
        "default" => vec!["export default", "module.exports"],
        "*" => vec!["module.exports", "export default"],
        _ => vec![],
    };
    let mut paths: Vec<KeyPath> = keys.into_iter().map(|key| KeyPath::new([key])).collect();
    paths.push(KeyPath::new([format!("const {name}")]));
    for path in paths {
        let found = document.find(&path);
        let [(path, node)] = found.as_slice() else { continue };
        match &node.body {
            Body::Map(_) => return Ok(Configuration::Object { file: target.clone(), path: path.clone() }),
            Body::Reference(other) if matches!(document.get(other).map(|node| &node.body), Some(Body::Map(_))) => {
                return Ok(Configuration::Object { file: target.clone(), path: other.clone() });
            }
            _ => {}
        }
    }
    Ok(Configuration::Elsewhere(format!("its connection is configured by `{name}` of {target}, which is no object literal")))
}

/// The module and the exported name behind a local name.
fn imported(document: &Document<'_, '_, '_>, local: &str) -> Option<(String, String)> {
    document.root().children.iter().find_map(|node| {
        let module = node.key.as_ref()?.text.strip_prefix("import ")?;
        let child = node.children.iter().find(|child| child.value.of(document.text()) == local)?;
        Some((module.to_owned(), child.key.as_ref()?.text.clone()))
    })
}

/// The file that `module` names from `file`: relative, or by the usual `@/` and `~/` aliases.
fn resolve(repository: &Repository<'_, '_>, file: &RepoPath, module: &str) -> Option<RepoPath> {
    const ENDINGS: [&str; 9] = ["", ".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", "/index.js", "/index.ts"];
    let bare = |name: &str| name.strip_suffix(".js").or_else(|| name.strip_suffix(".mjs")).unwrap_or(name).to_owned();
    let matches = |stem: &str| ENDINGS.iter().flat_map(move |ending| [format!("{stem}{ending}"), format!("{}{ending}", bare(stem))]).collect::<Vec<_>>();
    if module.starts_with('.') {
        let stem = file.resolve(module)?;
        return matches(stem.as_str()).into_iter().filter_map(|name| RepoPath::new(&name).ok()).find(|path| repository.has(path));
    }
    let rest = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/"))?;
    let names = matches(&format!("/{rest}"));
    let mut found = repository.files().into_iter().filter(|path| names.iter().any(|name| path.as_str().ends_with(name.as_str())));
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The variable in `connectionString: process.env.NAME`, directly or through one local name.
fn url_variable(document: &Document<'_, '_, '_>, path: &KeyPath) -> Option<String> {
    let node = document.get(&path.join("connectionString"))?;
    let source = if node.value.is_empty() { "connectionString" } else { node.value.of(document.text()) };
    let direct = environment_name(source);
    direct.or_else(|| environment_name(document.get(&KeyPath { keys: vec![Key::Name(format!("const {source}"))] })?.value.of(document.text())))
}

fn environment_name(source: &str) -> Option<String> {
    let rest = source.trim_start_matches('(').strip_prefix("process.env")?;
    let name = rest.trim_start_matches(['.', '[', '\'', '"']);
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
    (end > 0).then(|| name[..end].to_owned())
}

fn is_module(path: &RepoPath) -> bool {
    let extension = path.file_name().rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx")
}

fn names_driver(text: &str) -> bool {
    ["'pg'", "\"pg\"", "'pg-pool'", "\"pg-pool\""].iter().any(|name| text.contains(name))
}

/// `Pool` and `Client` are names of other packages too; only those of node-postgres count.
fn imports_driver(document: &Document<'_, '_, '_>) -> bool {
    let drivers = ["import pg", "import pg-pool"];
    document.root().children.iter().any(|node| {
        let module = node.key.as_ref().is_some_and(|key| drivers.contains(&key.text.as_str()));
        let names = ["Pool", "Client", "default", "*"];
        module && node.children.iter().any(|child| child.key.as_ref().is_some_and(|key| names.contains(&key.text.as_str())))
    })
}

fn is_client(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("//"));
    first.is_some_and(|line| line.starts_with("'use client'") || line.starts_with("\"use client\""))
}
