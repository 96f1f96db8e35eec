//! What a repository says of TLS to PostgreSQL: the settings of each connection, wherever a format finds them.

mod code;
mod dialled;
mod file;
mod hba;
mod mistakes;
mod names;
mod outline;
mod readers;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Location;
use crate::format::{self, Unopened};
use crate::parallel;
use crate::path::RepoPath;
use crate::text::{Charset, Span, Text};
use crate::tree::Tree;

pub use dialled::Endpoint;
pub use hba::Demand;
pub use mistakes::Mistake;
pub use names::{Family, MODES, Named, Slot, Trusting};

use file::File;
use readers::Readers;

/// The settings of one connection that stand together.
#[derive(Clone, Debug)]
pub struct Block {
    pub family: Family,
    pub file: RepoPath,
    /// Where it stands in the file.
    pub span: Span,
    pub settings: BTreeMap<Slot, Setting>,
    /// What is set to something that only a run knows.
    pub computed: BTreeSet<Slot>,
    /// The server that it dials.
    pub host: Option<String>,
    /// The database role that it dials as.
    pub role: Option<String>,
    /// A passphrase for the key is given.
    pub unlocks: bool,
}

/// One setting.
#[derive(Clone, Debug)]
pub struct Setting {
    pub place: Location,
    pub named: Named,
}

/// An `ssl` object of node-postgres, and the URL with TLS settings that it loses to.
#[derive(Clone, Debug)]
pub struct Dropped {
    pub object: Location,
    pub url: Location,
    /// The `sslmode` of the URL.
    pub mode: Option<String>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub blocks: Vec<Block>,
    /// Where a client is told to take every server, and how.
    pub unverified: Vec<(Trusting, Location)>,
    /// Where all of node is told so.
    pub disabled: Vec<Location>,
    /// `ssl` objects that a URL throws away.
    pub dropped: Vec<Dropped>,
    /// Settings that do not do what they seem to.
    pub mistakes: Vec<(Mistake, Location)>,
    /// Database roles.
    pub roles: BTreeSet<String>,
    /// The servers that are dialled, by whom.
    pub endpoints: Vec<Endpoint>,
    /// The names of those servers.
    pub hosts: BTreeSet<String>,
    /// Whose certificates have to name the role.
    pub demands: Vec<Demand>,
}

/// Only files that hold one of these are read.
const WORDS: [&str; 22] = [
    "sslmode",
    "ssl mode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslfactory",
    "ssl_",
    "rejectunauthorized",
    "node_tls_reject_unauthorized",
    "createsecurecontext",
    "ssl:",
    "trust server certificate",
    "trustservercertificate",
    "pghost",
    "postgres",
    "psycopg",
    "asyncpg",
    "host=",
    "dbname",
    "5432",
    "'pg'",
    "\"pg\"",
];

/// Reads those of the files at `paths` that may have to do with it; what does not parse says nothing here.
pub fn survey(tree: &dyn Tree, paths: &[&RepoPath]) -> Survey {
    let readers = Readers::of(tree);
    let mut found = Found::default();
    parallel::map(paths, |path| look(tree, path, &readers)).into_iter().flatten().for_each(|one| found.extend(one));
    found.judged()
}

/// What one file says; `None` where it is about something else.
fn look(tree: &dyn Tree, path: &RepoPath, readers: &Readers<'_>) -> Option<Found> {
    let format = format::detect(path.file_name());
    if format.is_none() && !names::is_script(path) && !hba::is_hba(path) {
        return None;
    }
    let state = tree.read(path).ok()??;
    let charset = format.map_or(Charset::Utf8, |format| format.charset(&state.bytes));
    let text = Text::decode(&state.bytes, charset).ok()?;
    if hba::is_hba(path) {
        let mut found = Found::default();
        found.survey.demands = hba::demands(path, &text.content);
        return Some(found);
    }
    let lower = text.content.to_lowercase();
    if !WORDS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let text = text.content.as_str();
    let opened = match state.bytes.open(path.file_name()) {
        Ok(opened) => Some(opened),
        Err(Unopened::NoFormat) => None,
        Err(_) => return None,
    };
    let is_code = format.is_some_and(|format| format.is_code());
    let is_python = path.file_name().ends_with(".py");
    let drawn = match &opened {
        Some(opened) if is_code => Some(outline::outline(text, &opened.document.tokens, is_python)),
        Some(_) => None,
        None => Some(outline::lines(text)),
    };
    let root = drawn.as_ref().or(opened.as_ref().map(|opened| &opened.document.root))?;
    let mut file = File::new(path, text, &lower, readers);
    file.opened = opened.as_deref();
    file.code = is_code.then(|| code::Code::of(root, text, is_python));
    let mut found = Found::default();
    file.read(root, &mut found);
    Some(found)
}

/// What the files say, before it is put together.
#[derive(Default)]
struct Found {
    survey: Survey,
    objects: Vec<Object>,
    urls: Vec<Url>,
    /// The variables that programs for node-postgres read.
    read_by_node: BTreeSet<String>,
}

/// An object with `ssl` and a URL beside it.
struct Object {
    /// The URL itself, or the variable that holds it.
    url: Result<String, String>,
    ssl: Location,
}

/// A URL that has TLS settings.
struct Url {
    /// What holds it.
    name: String,
    place: Location,
    /// Its `sslmode`, in the words of libpq.
    mode: Option<String>,
    /// It asks node-postgres for the meaning that libpq gives to the mode.
    is_as_libpq: bool,
}

impl Found {
    fn extend(&mut self, more: Self) {
        let Survey { blocks, unverified, disabled, mistakes, roles, endpoints, demands, .. } = more.survey;
        let all = &mut self.survey;
        all.blocks.extend(blocks);
        all.unverified.extend(unverified);
        all.disabled.extend(disabled);
        all.mistakes.extend(mistakes);
        all.roles.extend(roles);
        all.demands.extend(demands);
        for endpoint in endpoints {
            if !all.endpoints.contains(&endpoint) {
                all.endpoints.push(endpoint);
            }
        }
        self.objects.extend(more.objects);
        self.urls.extend(more.urls);
        self.read_by_node.extend(more.read_by_node);
    }

    fn judged(self) -> Survey {
        let Self { mut survey, objects, urls, read_by_node } = self;
        for Object { url, ssl } in objects {
            let told = match url {
                Ok(text) => names::tls_of_url(&text).map(|mode| (ssl.clone(), mode)),
                Err(name) => {
                    let url = urls.iter().find(|url| url.name == name);
                    url.map(|url| (url.place.clone(), url.mode.clone()))
                }
            };
            survey.dropped.extend(told.map(|(url, mode)| Dropped { object: ssl, url, mode }));
        }
        for url in urls.into_iter().filter(|url| read_by_node.contains(&url.name) && !url.is_as_libpq) {
            if matches!(url.mode.as_deref(), Some("disable" | "no-verify")) {
                continue;
            }
            let stands_there = |block: &&mut Block| block.settings.values().any(|setting| setting.place == url.place);
            if let Some(block) = survey.blocks.iter_mut().find(stands_there) {
                block.family = Family::Node;
            }
            if matches!(url.mode.as_deref(), Some("prefer" | "require" | "verify-ca")) {
                survey.mistakes.push((Mistake::NextMajor, url.place));
            }
        }
        for endpoint in &survey.endpoints {
            survey.hosts.insert(endpoint.host.clone());
            survey.roles.extend(endpoint.role.clone());
        }
        survey
    }
}
