//! What must be known of the whole repository first: who reads which variable, and which databases are local.

use std::collections::{BTreeMap, BTreeSet};

use super::address::postgres_scheme;
use super::node::UrlRule;
use super::settings::KEYWORDS;
use super::{django, environment, node, table};
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value, url};

/// Code that names an environment variable.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub path: RepoPath,
    pub line: usize,
    pub kind: ReaderKind,
    /// In JavaScript, what TLS settings in the URL do where the connection is configured.
    pub rule: Option<UrlRule>,
}

/// A variable whose URL opens a connection, as `kind` says.
pub(super) struct Variable {
    pub name: String,
    pub reader: Reader,
}

impl Reader {
    /// Where it stands, for people.
    pub fn place(&self) -> String {
        format!("{}:{}", self.path, self.line)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReaderKind {
    /// Opens a connection that is configured there.
    Configured,
    /// Opens a connection that this migration knows and leaves alone, for a reason given there.
    LeftAlone,
    /// node-postgres, which is given the URL as it is.
    Node,
    /// Python drivers of the libpq family take its parameters in a URL.
    Python,
    /// Python code that names a driver which does not, or that overrules the URL.
    OtherPython,
    /// In Prisma's URLs `sslcert` is the CA.
    Prisma,
    /// A library whose rules are not known here.
    Unknown,
}

/// The repository at a glance.
pub(super) struct Survey {
    pub compose: Vec<RepoPath>,
    /// By folder: hosts that are PostgreSQL services of a compose file there, without TLS.
    local: BTreeMap<String, BTreeSet<String>>,
    /// The same, of all that is below a folder that a service there is built from.
    built: BTreeMap<String, BTreeSet<String>>,
    /// Texts of code, to look variables up in.
    code: Vec<(RepoPath, String)>,
    /// Words in capitals, as most variables are, by the code that has them.
    capitals: BTreeMap<String, Vec<usize>>,
    /// By variable: code that opens a connection with it.
    connections: BTreeMap<String, Vec<Reader>>,
    /// Folders with the files of a project of its own, below the root.
    projects: BTreeSet<String>,
    /// `.env` files that a node service of a compose file reads.
    node_files: BTreeSet<RepoPath>,
    /// The URLs that `.env` and compose files give a variable.
    urls: BTreeMap<String, Vec<String>>,
}

/// How far a URL is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UrlState {
    /// No TLS setting at all.
    Plain,
    /// Some, but not all four, or a mode that turns TLS off.
    Partial,
    Complete,
}

impl Survey {
    pub fn of(repository: &mut Repository<'_, '_>) -> Result<Self, Refused> {
        let files = repository.files();
        let mut survey = Self {
            compose: Vec::new(),
            local: BTreeMap::new(),
            built: BTreeMap::new(),
            code: Vec::new(),
            capitals: BTreeMap::new(),
            connections: BTreeMap::new(),
            projects: projects(repository, &files),
            node_files: BTreeSet::new(),
            urls: environment::urls(repository)?,
        };
        for path in &files {
            if is_code(path) {
                survey.code.extend(repository.text(path).map(|text| (path.clone(), text)));
            } else if is_compose(path) {
                survey.compose.push(path.clone());
                let hosts = local_databases(repository, path)?;
                for (file, node) in environment::files_of_services(repository, path)? {
                    survey.local.entry(file.folder().to_owned()).or_default().extend(hosts.iter().cloned());
                    if node {
                        survey.node_files.insert(file);
                    }
                }
                for folder in environment::folders_of_services(repository, path)? {
                    survey.built.entry(folder).or_default().extend(hosts.iter().cloned());
                }
                survey.local.entry(path.folder().to_owned()).or_default().extend(hosts);
            }
        }
        for (index, (_, text)) in survey.code.iter().enumerate() {
            for word in words(text).filter(|word| is_capitals(word)) {
                let found = survey.capitals.entry(word.to_owned()).or_default();
                if found.last() != Some(&index) {
                    found.push(index);
                }
            }
        }
        let opened = [django::variables(repository)?, node::variables(repository)?, table::variables(repository)?];
        for Variable { name, reader } in opened.into_iter().flatten() {
            survey.connections.entry(name).or_default().push(reader);
        }
        Ok(survey)
    }

    /// Whether `host` is a PostgreSQL service of a compose file that reads `path`, builds a service of it, or lies beside it.
    pub fn is_local(&self, path: &RepoPath, host: &str) -> bool {
        let host = by_default(host);
        let is_built_there =
            |(folder, hosts): (&String, &BTreeSet<String>)| is_below(path, folder) && hosts.contains(host);
        self.local.get(path.folder()).is_some_and(|hosts| hosts.contains(host)) || self.built.iter().any(is_built_there)
    }

    /// Whether `host` is a PostgreSQL service of any compose file of the repository.
    pub fn is_local_anywhere(&self, host: &str) -> bool {
        self.local.values().any(|hosts| hosts.contains(host))
    }

    /// Whether a node service reads the `.env` file `path`.
    pub fn runs_node(&self, path: &RepoPath) -> bool {
        self.node_files.contains(path)
    }

    /// Whether every URL that the repository gives `name` is configured for TLS.
    pub fn is_configured_in_urls(&self, name: &str) -> bool {
        let urls = self.urls.get(name).map(Vec::as_slice).unwrap_or_default();
        !urls.is_empty() && urls.iter().all(|url| url_state(url) == UrlState::Complete)
    }

    /// A URL of another database that the repository gives `name`, by its scheme.
    pub fn other_database(&self, name: &str) -> Option<String> {
        let schemes =
            self.urls.get(name)?.iter().filter(|url| postgres_scheme(url).is_none()).filter_map(|url| url::scheme(url));
        schemes.into_iter().next()
    }

    /// Whether a file of the repository gives `name` the URL of a PostgreSQL database.
    pub fn has_url(&self, name: &str) -> bool {
        self.urls.get(name).is_some_and(|urls| urls.iter().any(|url| postgres_scheme(url).is_some()))
    }

    /// The code that reads the variable `name` of an environment that `path` holds, first what opens the connection itself:
    /// that of the environment's own project, or all where nothing there reads it. `folder` is where a file says the code is.
    pub fn readers(&self, name: &str, path: &RepoPath, folder: Option<&str>) -> Vec<Reader> {
        let all = self.all_readers(name);
        let inside = |folder: &str| all.iter().filter(|reader| is_below(&reader.path, folder)).cloned().collect();
        let beside = |folder: &&str| all.iter().any(|reader| is_below(&reader.path, folder));
        let folder = folder.or_else(|| self.project(path.folder())).or_else(|| Some(path.folder()).filter(beside));
        let near: Vec<Reader> = folder.map(inside).unwrap_or_default();
        if near.is_empty() { all } else { near }
    }

    /// All code that reads the variable `name`.
    pub fn all_readers(&self, name: &str) -> Vec<Reader> {
        let mut readers = self.connections.get(name).cloned().unwrap_or_default();
        readers.sort_by_key(|reader| reader.kind != ReaderKind::Configured);
        let all = || (0..self.code.len()).collect();
        let candidates = if is_capitals(name) { self.capitals.get(name).cloned().unwrap_or_default() } else { all() };
        for (path, text) in candidates.into_iter().map(|index| &self.code[index]) {
            if readers.iter().any(|reader| reader.path == *path) {
                continue;
            }
            if let Some(line) = text.lines().position(|line| names(line, name)) {
                let is_prisma = path.file_name().starts_with("prisma.config.");
                let kind = match path.file_name().rsplit_once('.').map(|(_, extension)| extension) {
                    _ if is_prisma => ReaderKind::Prisma,
                    Some("py") if overrules_urls(text) => ReaderKind::OtherPython,
                    Some("py") => ReaderKind::Python,
                    Some("prisma") => ReaderKind::Prisma,
                    _ => ReaderKind::Unknown,
                };
                readers.push(Reader { path: path.clone(), line: line + 1, kind, rule: None });
            }
        }
        readers
    }

    /// The project that `folder` belongs to; `None` where that is the whole repository.
    fn project(&self, folder: &str) -> Option<&str> {
        std::iter::successors(Some(folder), |folder| parent(folder))
            .find_map(|folder| self.projects.get(folder))
            .map(String::as_str)
    }
}

/// Files that stand at the root of a project.
pub(super) const PYTHON_PROJECT: [&str; 5] = ["requirements.txt", "pyproject.toml", "Pipfile", "manage.py", "setup.py"];

fn projects(repository: &Repository<'_, '_>, files: &[RepoPath]) -> BTreeSet<String> {
    let folders = |path: &RepoPath| -> Vec<String> {
        let own = Some(path.folder()).filter(|folder| !folder.is_empty());
        std::iter::successors(own, |folder| parent(folder)).map(str::to_owned).collect()
    };
    let known: BTreeSet<String> = files.iter().flat_map(folders).collect();
    let has =
        |folder: &str, name: &str| RepoPath::new(&format!("{folder}/{name}")).is_ok_and(|path| repository.has(&path));
    let is_project =
        |folder: &String| has(folder, "package.json") || PYTHON_PROJECT.iter().any(|name| has(folder, name));
    known.into_iter().filter(is_project).collect()
}

/// The folder around `folder`; `None` where that is the root.
fn parent(folder: &str) -> Option<&str> {
    folder.rsplit_once('/').map(|(parent, _)| parent)
}

fn is_below(path: &RepoPath, folder: &str) -> bool {
    folder.is_empty() || path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// How far the URL `text` is configured.
pub(super) fn url_state(text: &str) -> UrlState {
    let mode = url::parameter(text, "sslmode");
    let on = matches!(mode.as_deref(), Some("require" | "verify-ca" | "verify-full"));
    let present = KEYWORDS.iter().filter(|name| url::parameter(text, name).is_some()).count();
    match (present, url::parameter(text, "ssl")) {
        (0, None) => UrlState::Plain,
        (4, _) if on => UrlState::Complete,
        _ => UrlState::Partial,
    }
}

/// Whether Python code opens connections that take no libpq parameters from a URL, or set their own. asyncpg takes them
/// from its own URLs, and not from those of SQLAlchemy.
pub(super) fn overrules_urls(text: &str) -> bool {
    let by_engine =
        || ["+asyncpg", "create_async_engine", "sqlalchemy", "SQLAlchemy"].iter().any(|word| text.contains(word));
    let asyncpg = text.contains("asyncpg") && (by_engine() || text.contains("ssl="));
    asyncpg || text.contains("pg8000") || text.contains("connect_args") && text.contains("ssl")
}

/// The default of a reference such as `${DB_HOST:-db}`; anything else as it is.
pub(super) fn by_default(host: &str) -> &str {
    host.split_once(":-").map_or(host, |(_, default)| default.trim_end_matches('}'))
}

/// Whether `line` has `name` as a whole word.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[..at].ends_with(in_word) && !line[at + name.len()..].starts_with(in_word))
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !in_word(c)).filter(|word| !word.is_empty())
}

fn is_capitals(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_code(path: &RepoPath) -> bool {
    let extension = path.file_name().rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "py" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "prisma")
}

pub(super) fn is_compose(path: &RepoPath) -> bool {
    let name = path.file_name();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    yaml && (name.starts_with("docker-compose") || name.starts_with("compose."))
}

/// The names of the services of a compose file that run PostgreSQL without TLS.
fn local_databases(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<BTreeSet<String>, Refused> {
    let document = repository.document(path)?;
    let Some(Value::Map(services)) = document.value(&KeyPath::new(["services"])) else { return Ok(BTreeSet::new()) };
    let mut hosts = BTreeSet::new();
    for (name, service) in services {
        let image = service.get("image").and_then(Value::as_str).unwrap_or("");
        let command = service.get("command").map(ToString::to_string).unwrap_or_default();
        if environment::is_postgres_image(image) && !command.replace(' ', "").contains("ssl=on") {
            hosts.extend(service.get("container_name").and_then(Value::as_str).map(str::to_owned));
            hosts.insert(name);
        }
    }
    Ok(hosts)
}
