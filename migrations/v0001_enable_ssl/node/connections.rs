//! Where node-postgres connections are opened, directly, by TypeORM or by Drizzle, and the object that configures each, here or in another file.

use std::collections::BTreeSet;

use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::KeyPath;

/// Where the settings of a connection stand.
pub(super) enum Configuration {
    /// An object literal; the line is that of the file before any change.
    Object { file: RepoPath, path: KeyPath, line: usize },
    /// Not found, or no object: why, with the line.
    Elsewhere(String),
}

/// Every connection that a file opens through node-postgres.
pub(super) fn connections(repository: &mut Repository<'_, '_>) -> Result<Vec<(RepoPath, Configuration)>, Refused> {
    let mut connections = Vec::new();
    for file in repository.files().into_iter().filter(is_module) {
        if !repository.text(&file).is_none_or(|text| names_driver(&text)) {
            continue;
        }
        let document = repository.document(&file)?;
        let driver = Driver::of(&document);
        let sites: Vec<(KeyPath, Node)> =
            document.root().children.iter().filter_map(|node| driver.opened(node, document.text())).collect();
        for (path, node) in sites {
            let configuration = configuration(repository, &file, &path, &node)?;
            connections.push((file.clone(), configuration));
        }
    }
    Ok(connections)
}

/// The local names of node-postgres in one file: `Pool` and `Client` are names of other packages too.
struct Driver {
    constructors: BTreeSet<String>,
    modules: BTreeSet<String>,
    /// TypeORM's `DataSource`, which takes settings of node-postgres, and gives them to it as they are.
    sources: BTreeSet<String>,
    /// Drizzle's function for node-postgres, whose `connection` is the object of a `Pool`.
    drizzles: BTreeSet<String>,
}

impl Driver {
    fn of(document: &Document<'_, '_, '_>) -> Self {
        let mut driver = Self {
            constructors: BTreeSet::new(),
            modules: BTreeSet::new(),
            sources: BTreeSet::new(),
            drizzles: BTreeSet::new(),
        };
        for node in &document.root().children {
            let module = node.key.as_ref().and_then(|key| key.text.strip_prefix("import "));
            let names = |wanted: &str| -> Vec<String> {
                let named =
                    node.children.iter().filter(|child| child.key.as_ref().is_some_and(|key| key.text == wanted));
                named.map(|child| child.value.of(document.text()).to_owned()).collect()
            };
            match module {
                Some("typeorm") => driver.sources.extend(names("DataSource")),
                Some("drizzle-orm/node-postgres") => driver.drizzles.extend(names("drizzle")),
                _ => {}
            }
            let pool = module == Some("pg-pool");
            if !pool && !matches!(module, Some("pg" | "pg/esm" | "pg-native")) {
                continue;
            }
            for child in &node.children {
                let local = child.value.of(document.text()).to_owned();
                match child.key.as_ref().map(|key| key.text.as_str()) {
                    Some("Pool" | "Client") => driver.constructors.insert(local),
                    Some("default" | "*") if pool => driver.constructors.insert(local),
                    Some("default" | "*") => driver.modules.insert(local),
                    _ => false,
                };
            }
        }
        driver
    }

    /// The object that configures the connection which `node` opens, or what stands in its place.
    fn opened(&self, node: &Node, text: &str) -> Option<(KeyPath, Node)> {
        let path = KeyPath { keys: vec![node.path_key()?] };
        let name = node.key.as_ref()?.text.as_str();
        let setting =
            |name: &str| node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name));
        if name.strip_prefix("new ").is_some_and(|name| self.sources.contains(name)) {
            let postgres = setting("type")?.value(text).as_str() == Some("postgres");
            return postgres.then(|| (path, node.clone()));
        }
        if name.strip_suffix("()").is_some_and(|name| self.drizzles.contains(name)) {
            let connection = setting("connection").filter(|connection| matches!(connection.body, Body::Map(_)))?;
            return Some((path.join("connection"), connection.clone()));
        }
        self.opens(node, text).then(|| (path, node.clone()))
    }

    /// Whether `node` is `new` with a constructor of the driver.
    fn opens(&self, node: &Node, text: &str) -> bool {
        let Some(key) = node.key.as_ref().filter(|key| key.text.starts_with("new ")) else { return false };
        let callee: String = key.span.of(text).split_whitespace().collect();
        let callee = callee.trim_matches(['(', ')']);
        match callee.rsplit_once('.') {
            None => self.constructors.contains(callee),
            Some((module, "Pool" | "Client")) => {
                let required = ["require('pg'", "require(\"pg\""].iter().any(|call| module.contains(call));
                required || self.modules.contains(module) || self.modules.contains(module.trim_end_matches(".default"))
            }
            Some(_) => false,
        }
    }
}

fn configuration(
    repository: &mut Repository<'_, '_>,
    file: &RepoPath,
    path: &KeyPath,
    node: &Node,
) -> Result<Configuration, Refused> {
    let document = repository.document(file)?;
    let line = document.position(node).line;
    let source = node.value.of(document.text()).to_owned();
    let elsewhere = |why: String| Ok(Configuration::Elsewhere(format!("`{path}` (line {line}) {why}")));
    match &node.body {
        Body::Map(_) => Ok(Configuration::Object { file: file.clone(), path: path.clone(), line }),
        Body::Reference(target) => match document.get(target).map(|node| (&node.body, document.position(node).line)) {
            Some((Body::Map(_), line)) => Ok(Configuration::Object { file: file.clone(), path: target.clone(), line }),
            _ => elsewhere(format!("is configured by `{source}`, which is no object literal")),
        },
        Body::Opaque("a variable") => match imported(&document, &source) {
            Some((module, name)) => match resolve(repository, file, &module) {
                Some(target) => exported(repository, &target, &name),
                None => elsewhere(format!("is configured in `{module}`, which was not found")),
            },
            None => elsewhere(format!("is configured by `{source}`, which is set at run time")),
        },
        Body::Opaque("no argument") => elsewhere(
            "takes its settings from the environment, which has no place for certificates: \
             give it an object with what it needs"
                .to_owned(),
        ),
        _ => elsewhere("has no configuration object to put `ssl` into".to_owned()),
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
        let (path, node) = match &node.body {
            Body::Reference(other) => match document.get(other) {
                Some(node) => (other, node),
                None => continue,
            },
            _ => (path, *node),
        };
        if matches!(node.body, Body::Map(_)) {
            let line = document.position(node).line;
            return Ok(Configuration::Object { file: target.clone(), path: path.clone(), line });
        }
    }
    let why = format!("its connection is configured by `{name}` of {target}, which is no object literal");
    Ok(Configuration::Elsewhere(why))
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
    let candidates = |stem: &str| -> Vec<String> {
        // TypeScript names the file that `./db.js` will be made from.
        let bare = stem.strip_suffix(".js").or_else(|| stem.strip_suffix(".mjs")).unwrap_or(stem);
        ENDINGS.iter().flat_map(|ending| [format!("{stem}{ending}"), format!("{bare}{ending}")]).collect()
    };
    if module.starts_with('.') {
        let stem = file.resolve(module)?;
        let names = candidates(stem.as_str());
        return names.into_iter().filter_map(|name| RepoPath::new(&name).ok()).find(|path| repository.has(path));
    }
    let rest = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/"))?;
    let names = candidates(&format!("/{rest}"));
    let is_named = |path: &RepoPath| names.iter().any(|name| path.as_str().ends_with(name.as_str()));
    let mut found = repository.files().into_iter().filter(is_named);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The setting `name` of the object at `path`.
pub(super) fn child<'d>(document: &'d Document<'_, '_, '_>, path: &KeyPath, name: &str) -> Option<&'d Node> {
    let node = document.get(path)?;
    node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
}

/// What the constant `name` is declared as.
pub(super) fn constant<'d>(document: &'d Document<'_, '_, '_>, name: &str) -> Option<&'d Node> {
    document.get(&KeyPath::new([format!("const {name}")]))
}

fn is_module(path: &RepoPath) -> bool {
    let extension = path.file_name().rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx")
}

fn names_driver(text: &str) -> bool {
    let names = ["'pg'", "\"pg\"", "'pg-pool'", "\"pg-pool\"", "'pg/", "typeorm", "drizzle-orm/node-postgres"];
    names.iter().any(|name| text.contains(name))
}
