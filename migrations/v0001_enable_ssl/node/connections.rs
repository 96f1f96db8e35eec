//! Where connections are opened in JavaScript, and the object that configures each, here or in another file.

use super::library::{Library, PG};
use super::opened::{Driver, Given, Hand, Opened};
use crate::format::{Body, Node, Opaque};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};

/// Where the settings of a connection stand.
pub(super) enum Configuration {
    Object(Object),
    /// A URL, which is all there is.
    Url(Given),
    /// Not found, or no object.
    Elsewhere(Hand),
    /// The settings of another file, which is looked at on its own.
    Shared(String),
}

/// An object literal that configures a connection.
#[derive(Clone)]
pub(super) struct Object {
    pub file: RepoPath,
    pub path: KeyPath,
    /// In the file before any change.
    pub line: usize,
    pub library: &'static Library,
    /// What the call is given before the object: a URL, maybe.
    pub given: String,
}

/// Every connection that a file opens.
pub(super) fn connections(repository: &mut Repository<'_, '_>) -> Result<Vec<(RepoPath, Configuration)>, Refused> {
    let files: Vec<RepoPath> = repository.files().into_iter().filter(is_module).collect();
    let found = repository.each(&files, |repository, file| {
        if !repository.text(file).is_none_or(|text| Driver::is_named(file, &text)) {
            return Ok(Vec::new());
        }
        let document = repository.document(file)?;
        let mut connections = Vec::new();
        for opened in Driver::of(&document).opened(file, &document) {
            let configuration = match opened {
                Opened::By { library, path, node, given } => {
                    configuration(repository, file, (&path, &node), (library, given))?
                }
                Opened::ByUrl(given) => Configuration::Url(given),
                Opened::ByHand(hand) => Configuration::Elsewhere(hand),
                Opened::Shared(reason) => Configuration::Shared(reason),
            };
            connections.push((file.clone(), configuration));
        }
        Ok(connections)
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn configuration(
    repository: &mut Repository<'_, '_>,
    file: &RepoPath,
    (path, node): (&KeyPath, &Node),
    (library, given): (&'static Library, String),
) -> Result<Configuration, Refused> {
    let document = repository.document(file)?;
    let line = document.position(node).line;
    let source = node.value.of(document.text()).to_owned();
    let elsewhere = |why: String| {
        let reason = format!("`{path}` (line {line}) {why}");
        Ok(Configuration::Elsewhere(Hand { reason, line, variable: None }))
    };
    match &node.body {
        Body::Map(_) => {
            Ok(Configuration::Object(Object { file: file.clone(), path: path.clone(), line, library, given }))
        }
        Body::Reference(target) => match document.get(target).map(|node| (&node.body, document.position(node).line)) {
            Some((Body::Map(_), line)) => {
                Ok(Configuration::Object(Object { file: file.clone(), path: target.clone(), line, library, given }))
            }
            _ => elsewhere(format!("is configured by `{source}`, which is no object literal")),
        },
        Body::Opaque(Opaque::Variable) => match imported(&document, &source) {
            Some((module, name)) => match resolve(repository, file, &module) {
                Some(target) => exported(repository, &target, (&name, line), library),
                None => elsewhere(format!("is configured in `{module}`, which was not found")),
            },
            None => elsewhere(format!("is configured by `{source}`, which is set at run time")),
        },
        Body::Opaque(Opaque::NoArgument) if *library == PG => elsewhere(
            "takes its settings from the environment, which has no place for certificates: \
             give it an object with what it needs"
                .to_owned(),
        ),
        _ => elsewhere("has no configuration object to put `ssl` into".to_owned()),
    }
}

/// The object that `target` exports under `name`.
fn exported(
    repository: &mut Repository<'_, '_>,
    target: &RepoPath,
    (name, user): (&str, usize),
    library: &'static Library,
) -> Result<Configuration, Refused> {
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
        if let Some(kind) = library.kind.filter(|_| matches!(node.body, Body::Map(_))) {
            let kind = node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == kind));
            match kind.map(|kind| kind.value(document.text())) {
                Some(Value::Str(kind)) if kind == "postgres" => {}
                Some(Value::Str(_)) => {
                    let reason = format!("`{name}` of {target}, which configures it, is not for PostgreSQL");
                    return Ok(Configuration::Shared(reason));
                }
                _ => continue,
            }
        }
        if matches!(node.body, Body::Map(_)) {
            let line = document.position(node).line;
            let (file, path, given) = (target.clone(), path.clone(), String::new());
            return Ok(Configuration::Object(Object { file, path, line, library, given }));
        }
    }
    let what = match library.kind {
        Some(kind) => format!("no object literal with a `{kind}`"),
        None => "no object literal".to_owned(),
    };
    let reason = format!("its connection is configured by `{name}` of {target}, which is {what}");
    Ok(Configuration::Elsewhere(Hand { reason, line: user, variable: None }))
}

/// The module and the exported name behind a local name.
pub(super) fn imported(document: &Document<'_, '_, '_>, local: &str) -> Option<(String, String)> {
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
