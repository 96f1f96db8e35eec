//! What opens a PostgreSQL connection in one module of JavaScript, by the names that the module has for it.

use std::collections::BTreeMap;

use super::connections::imported;
use super::library::{
    DRIZZLE, DRIZZLE_KIT, KNEX, Library, PG, POSTGRES_JS, POSTGRES_JS_DRIZZLE, PRISMA, SEQUELIZE, TYPEORM,
};
use super::url::{Url, by_source};
use crate::format::{Body, Node, Opaque};
use crate::migration::Document;
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};

/// What was found.
pub(super) enum Opened {
    /// Settings, or what stands in their place.
    By { library: &'static Library, path: KeyPath, node: Node, given: String },
    /// All its settings are in the URL that it is given.
    ByUrl(Given),
    /// A person has to see to it.
    ByHand(Hand),
    /// The settings are those of another file.
    Shared(String),
}

/// What is given a URL and has no place for anything else.
pub(super) struct Given {
    /// The call.
    pub path: KeyPath,
    pub line: usize,
    pub url: Url,
}

/// What only a person can configure.
pub(super) struct Hand {
    pub reason: String,
    pub line: usize,
    /// The variable that its URL comes from.
    pub variable: Option<String>,
}

/// What a local name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A constructor of node-postgres that takes an object.
    Pool,
    /// One that takes a URL, too.
    Client,
    /// Prisma's adapter, which takes either or a pool.
    PrismaPg,
    /// All of node-postgres.
    Module,
    DataSource,
    NestTypeOrm,
    Drizzle,
    /// Drizzle's function for postgres.js.
    DrizzlePostgresJs,
    Knex,
    Sequelize,
    NestSequelize,
    PostgresJs,
}

/// Modules, names of theirs, and what these mean: `Pool` and `Client` are names of other packages, too.
const MEANINGS: [(&[&str], &[&str], Meaning); 15] = [
    (&["pg", "pg/esm", "pg-native"], &["Pool"], Meaning::Pool),
    (&["pg", "pg/esm", "pg-native"], &["Client"], Meaning::Client),
    (&["pg", "pg/esm", "pg-native"], &["default", "*"], Meaning::Module),
    (&["pg-pool"], &["Pool", "Client", "default", "*"], Meaning::Pool),
    (&["@prisma/adapter-pg"], &["PrismaPg"], Meaning::PrismaPg),
    (&["typeorm"], &["DataSource"], Meaning::DataSource),
    (&["@nestjs/typeorm"], &["TypeOrmModule"], Meaning::NestTypeOrm),
    (&["drizzle-orm/node-postgres"], &["drizzle"], Meaning::Drizzle),
    (&["drizzle-orm/postgres-js"], &["drizzle"], Meaning::DrizzlePostgresJs),
    (&["knex"], &["default", "*", "knex", "Knex"], Meaning::Knex),
    (&["sequelize"], &["Sequelize", "default", "*"], Meaning::Sequelize),
    (&["@sequelize/core"], &["Sequelize"], Meaning::Sequelize),
    (&["sequelize-typescript"], &["Sequelize"], Meaning::Sequelize),
    (&["@nestjs/sequelize"], &["SequelizeModule"], Meaning::NestSequelize),
    (&["postgres"], &["default", "*"], Meaning::PostgresJs),
];

/// The local names of the libraries in one module.
pub(super) struct Driver {
    names: BTreeMap<String, Meaning>,
    /// The settings file of Drizzle Kit.
    kit: bool,
}

impl Driver {
    /// Whether a file may open a connection: it names a library, or is a settings file of one.
    pub fn is_named(file: &RepoPath, text: &str) -> bool {
        let quoted = |module: &str| ["'", "\""].iter().any(|quote| text.contains(&format!("{quote}{module}{quote}")));
        MEANINGS.iter().any(|(modules, _, _)| modules.iter().any(|module| quoted(module)))
            || is_knexfile(file)
            || is_ormconfig(file)
            || text.contains("dialect")
    }

    pub fn of(document: &Document<'_, '_, '_>) -> Self {
        let mut names = BTreeMap::new();
        let mut kit = false;
        for node in &document.root().children {
            let Some(module) = node.key.as_ref().and_then(|key| key.text.strip_prefix("import ")) else { continue };
            kit |= module == "drizzle-kit";
            for child in &node.children {
                let Some(name) = child.key.as_ref().map(|key| key.text.as_str()) else { continue };
                let meaning =
                    MEANINGS.iter().find(|(modules, known, _)| modules.contains(&module) && known.contains(&name));
                if let Some((_, _, meaning)) = meaning {
                    names.insert(child.value.of(document.text()).to_owned(), *meaning);
                }
            }
        }
        Self { names, kit }
    }

    /// All that the module opens, or describes for a library.
    pub fn opened(&self, file: &RepoPath, document: &Document<'_, '_, '_>) -> Vec<Opened> {
        let mut opened: Vec<Opened> =
            document.root().children.iter().flat_map(|node| self.at(document, node)).collect();
        opened.extend(self.described(file, document));
        opened.extend(self.by_url_only(document));
        opened
    }

    /// What the call `node` opens.
    fn at(&self, document: &Document<'_, '_, '_>, node: &Node) -> Vec<Opened> {
        let text = document.text();
        let Some(key) = node.path_key() else { return Vec::new() };
        let call = Call { text, path: KeyPath { keys: vec![key] }, node };
        // What the argument stands for.
        let meant = match &node.body {
            Body::Reference(target) => document.get(target).unwrap_or(node),
            _ => node,
        };
        match self.meaning(text, node) {
            Some((Meaning::Pool, true)) => vec![call.settings(&PG)],
            Some((Meaning::Client, true)) => vec![call.by_url(meant).unwrap_or_else(|| call.settings(&PG))],
            Some((Meaning::PrismaPg, true)) if matches!(meant.body, Body::Map(_)) => vec![call.settings(&PRISMA)],
            // It may be given a pool, which is configured where it is made.
            Some((Meaning::PrismaPg, true)) => call.by_url(meant).into_iter().collect(),
            Some((Meaning::DataSource, true)) => call.data_source(document, meant),
            Some((Meaning::NestTypeOrm, false)) => call.nest(document, meant, (&TYPEORM, "type")),
            Some((Meaning::NestSequelize, false)) => call.nest(document, meant, (&SEQUELIZE, "dialect")),
            Some((Meaning::Drizzle, false)) => call.drizzle(&DRIZZLE, "connectionString"),
            Some((Meaning::DrizzlePostgresJs, false)) => call.drizzle(&POSTGRES_JS_DRIZZLE, "url"),
            Some((Meaning::PostgresJs, false)) => vec![call.settings(&POSTGRES_JS)],
            Some((Meaning::Knex, false)) => knex(text, &call.path, node).into_iter().collect(),
            Some((Meaning::Sequelize, true)) => call.sequelize(),
            _ => Vec::new(),
        }
    }

    /// What the callee of `node` means, and whether `new` stands before it.
    fn meaning(&self, text: &str, node: &Node) -> Option<(Meaning, bool)> {
        let key = node.key.as_ref()?;
        let constructs = key.text.starts_with("new ");
        // An argument by its number is no call of its own.
        if key.text.starts_with("argument ") || !constructs && !key.text.ends_with("()") {
            return None;
        }
        let callee: String = key.span.of(text).split_whitespace().collect();
        if let Some(module) = required(&callee) {
            let is_default =
                |(modules, known, _): &&(&[&str], &[&str], Meaning)| modules.contains(&module) && known.contains(&"*");
            return MEANINGS.iter().find(is_default).map(|(_, _, meaning)| (*meaning, constructs));
        }
        let callee = callee.trim_matches(['(', ')']);
        let meaning = match callee.rsplit_once('.') {
            None => self.names.get(callee).copied(),
            Some((module, name @ ("Pool" | "Client"))) => {
                let whole = module.trim_end_matches(".default");
                let is_pg = ["require('pg'", "require(\"pg\""].iter().any(|call| module.contains(call))
                    || self.names.get(whole) == Some(&Meaning::Module);
                is_pg.then_some(if name == "Client" { Meaning::Client } else { Meaning::Pool })
            }
            Some((module, "Sequelize")) => self.names.get(module).copied().filter(|known| *known == Meaning::Sequelize),
            Some((module, "forRoot" | "forRootAsync")) => self.names.get(module).copied(),
            Some(_) => None,
        };
        meaning.map(|meaning| (meaning, constructs))
    }

    /// What a module exports for a tool that reads it by its name: knexfiles, Sequelize's and Drizzle's settings.
    fn described(&self, file: &RepoPath, document: &Document<'_, '_, '_>) -> Vec<Opened> {
        let kit = self.kit || file.file_name().starts_with("drizzle.config.");
        let exported = ["module.exports", "export default"].into_iter().find_map(|name| {
            let (path, node) = document.find(&KeyPath::new([name])).into_iter().next()?;
            match &node.body {
                Body::Reference(target) => document.get(target).map(|node| (target.clone(), node)),
                _ => Some((path, node)),
            }
        });
        let Some((path, node)) = exported.filter(|(_, node)| matches!(node.body, Body::Map(_))) else {
            return Vec::new();
        };
        let text = document.text();
        // Settings by environment, or of one connection.
        let each = || {
            let environments = node.children.iter().filter_map(|child| Some((path.join(child.path_key()?), child)));
            std::iter::once((path.clone(), node)).chain(environments)
        };
        if kit {
            return drizzle_kit(text, &path, node).into_iter().collect();
        }
        if is_knexfile(file) || self.names.values().any(|meaning| *meaning == Meaning::Knex) {
            return each().filter_map(|(path, node)| knex(text, &path, node)).collect();
        }
        if is_ormconfig(file) {
            let postgres = is(node, text, "type", &["postgres"]);
            let given = String::new();
            return postgres
                .then(|| Opened::By { library: &TYPEORM, path, node: node.clone(), given })
                .into_iter()
                .collect();
        }
        if !is_for_sequelize(file, text) {
            return Vec::new();
        }
        let postgres = |node: &Node| is(node, text, "dialect", &["postgres"]);
        let connects = |node: &Node| {
            ["database", "host", "username", "use_env_variable", "url"].iter().any(|name| child(node, name).is_some())
        };
        let described = each().filter(|(_, node)| postgres(node) && connects(node));
        described
            .map(|(path, node)| Opened::By { library: &SEQUELIZE, path, node: node.clone(), given: String::new() })
            .collect()
    }

    /// Calls that are given a URL from the environment and nothing else, where `ssl` has no place.
    fn by_url_only(&self, document: &Document<'_, '_, '_>) -> Vec<Opened> {
        let text = document.text();
        let mut found = Vec::new();
        for (name, meaning) in &self.names {
            let write = match meaning {
                Meaning::PostgresJs => format!("`{name}(url, {{}})`"),
                Meaning::Drizzle => format!("`{name}({{ connection: {{ connectionString: url }} }})`"),
                Meaning::DrizzlePostgresJs => format!("`{name}({{ connection: {{ url }} }})`"),
                Meaning::Knex => format!("`{name}({{ client: 'pg', connection: {{ connectionString: url }} }})`"),
                _ => continue,
            };
            for (at, call) in text.match_indices(&format!("{name}(process.env.")) {
                let word = text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
                let known = document.root().children.iter().any(|node| node.entry.start == at);
                let rest = &text[at + call.len()..];
                let lone = rest.find(')').is_some_and(|end| !rest[..end].contains(','));
                if !word && !known && lone {
                    let line = crate::text::position(text, at).line;
                    let reason = format!(
                        "`{name}()` (line {line}) is given a URL and no settings: write {write}, and `ssl` is put in"
                    );
                    let variable = variable(rest.split(')').next().unwrap_or(""));
                    found.push(Opened::ByHand(Hand { reason, line, variable }));
                }
            }
        }
        found
    }
}

/// One call in a module, and the object that it is given.
struct Call<'d> {
    text: &'d str,
    path: KeyPath,
    node: &'d Node,
}

impl Call<'_> {
    fn settings(&self, library: &'static Library) -> Opened {
        Opened::By { library, path: self.path.clone(), node: self.node.clone(), given: self.given() }
    }

    /// The arguments before the object.
    fn given(&self) -> String {
        let start = self.node.key.as_ref().map_or(self.node.value.start, |key| key.span.end);
        let before = self.text.get(start..self.node.value.start).unwrap_or("").trim();
        before.strip_prefix('(').unwrap_or(before).trim().to_owned()
    }

    fn is_map(&self) -> bool {
        matches!(self.node.body, Body::Map(_))
    }

    fn by_hand(&self, why: &str) -> Opened {
        let line = self.line();
        let reason = format!("`{}` (line {line}) {why}", self.path);
        Opened::ByHand(Hand { reason, line, variable: variable(&self.given()) })
    }

    fn line(&self) -> usize {
        crate::text::position(self.text, self.node.entry.start).line
    }

    /// What is given a URL in the place of settings; `meant` is what the argument stands for.
    fn by_url(&self, meant: &Node) -> Option<Opened> {
        let url = match (&meant.body, meant.value(self.text)) {
            (Body::Scalar { .. }, Value::Str(text)) => Url::Literal(text),
            (Body::Opaque(Opaque::Expression | Opaque::Choice), Value::Code(code)) => by_source(&code),
            _ => return None,
        };
        Some(Opened::ByUrl(Given { path: self.path.clone(), line: self.line(), url }))
    }

    /// `new DataSource({ type: 'postgres' })`; what another module gives is looked at there.
    fn data_source(&self, document: &Document<'_, '_, '_>, meant: &Node) -> Vec<Opened> {
        let kind = child(meant, "type").map(|kind| kind.value(self.text));
        match (&meant.body, kind) {
            (Body::Map(_), Some(Value::Str(kind))) if kind != "postgres" => Vec::new(),
            (Body::Map(_), Some(Value::Str(_))) => vec![self.settings(&TYPEORM)],
            _ if self.is_imported(document, meant) => vec![self.settings(&TYPEORM)],
            _ if !self.names_postgres() => Vec::new(),
            _ => vec![self.by_hand(
                "takes its options from code: write an object with `type: 'postgres'`, there or in a module that it is imported \
                 from, and `ssl` is put in",
            )],
        }
    }

    /// Whether `meant` is a name that another module of the repository gives.
    fn is_imported(&self, document: &Document<'_, '_, '_>, meant: &Node) -> bool {
        let module = imported(document, meant.value.of(self.text)).map(|(module, _)| module);
        let is_near = module.is_some_and(|module| module.starts_with(['.', '@', '~']));
        is_near && meant.body == Body::Opaque(Opaque::Variable)
    }

    fn names_postgres(&self) -> bool {
        self.text.to_ascii_lowercase().contains("postg")
    }

    /// `forRoot({ type: 'postgres' })`; what a factory returns is not read.
    fn nest(
        &self,
        document: &Document<'_, '_, '_>,
        meant: &Node,
        (library, kind): (&'static Library, &str),
    ) -> Vec<Opened> {
        let is_literal = matches!(meant.body, Body::Map(_)) && is(meant, self.text, kind, &["postgres"]);
        if is_literal || library.kind.is_some() && self.is_imported(document, meant) {
            return vec![self.settings(library)];
        }
        let known =
            self.is_map() && child(self.node, kind).is_some_and(|kind| matches!(kind.body, Body::Scalar { .. }));
        if known || !self.names_postgres() {
            return Vec::new();
        }
        vec![self.by_hand(
            "is configured by code: put `ssl` into the object that it returns, or write that into `forRoot()`",
        )]
    }

    fn drizzle(&self, library: &'static Library, url: &str) -> Vec<Opened> {
        let wanted = format!("write `connection: {{ {url}: ... }}`, and `ssl` is put in");
        match child(self.node, "connection") {
            Some(connection) if matches!(connection.body, Body::Map(_)) => {
                let path = self.path.join("connection");
                vec![Opened::By { library, path, node: connection.clone(), given: String::new() }]
            }
            Some(_) => vec![self.by_hand(&format!("has a `connection` that is no object: {wanted}"))],
            None if self.given().contains("process.env") || self.given().contains("://") => {
                vec![self.by_hand(&format!("is given a URL before its settings: {wanted}"))]
            }
            None => Vec::new(),
        }
    }

    fn sequelize(&self) -> Vec<Opened> {
        let given = self.given();
        if self.is_map() {
            let by_url = given.contains("'postgres") || given.contains("\"postgres");
            return match child(self.node, "dialect").map(|dialect| dialect.value(self.text)) {
                Some(Value::Str(dialect)) if dialect == "postgres" => vec![self.settings(&SEQUELIZE)],
                None if by_url => vec![self.settings(&SEQUELIZE)],
                Some(Value::Str(_)) => Vec::new(),
                _ if !self.names_postgres() => Vec::new(),
                _ => vec![
                    self.by_hand("decides its `dialect` at run time: write `dialect: 'postgres'`, and `ssl` is put in"),
                ],
            };
        }
        let literal = self.node.value(self.text).as_str().map(|url| url.starts_with("postgres"));
        if literal.is_none() && self.text.contains("/config/config") {
            return vec![Opened::Shared(
                "its connection is configured in config/config.js or config/config.json".to_owned(),
            )];
        }
        let source = self.node.value.of(self.text);
        match literal {
            Some(false) => Vec::new(),
            None if !self.names_postgres() => Vec::new(),
            None if !source.contains("process.env") => vec![self.settings(&SEQUELIZE)],
            _ => {
                let line = self.line();
                let reason = format!(
                    "`{}` (line {line}) is given a URL and no settings: write `new Sequelize(url, {{ dialect: 'postgres' }})`, \
                     and `ssl` is put in",
                    self.path
                );
                vec![Opened::ByHand(Hand { reason, line, variable: variable(source) })]
            }
        }
    }
}

/// Settings of Knex for PostgreSQL.
fn knex(text: &str, path: &KeyPath, node: &Node) -> Option<Opened> {
    if !is(node, text, "client", &["pg", "postgres", "postgresql"]) {
        return None;
    }
    let connection = child(node, "connection")?;
    if matches!(connection.body, Body::Map(_)) {
        let (path, node) = (path.join("connection"), connection.clone());
        return Some(Opened::By { library: &KNEX, path, node, given: String::new() });
    }
    let line = crate::text::position(text, connection.entry.start).line;
    let reason = format!(
        "`{path}` (line {line}) has a `connection` that is no object: write `connection: {{ connectionString: ... }}`, \
         and `ssl` is put in"
    );
    Some(Opened::ByHand(Hand { reason, line, variable: variable(connection.value.of(text)) }))
}

/// Drizzle Kit's settings; beside a `url` it drops `ssl`.
fn drizzle_kit(text: &str, path: &KeyPath, node: &Node) -> Option<Opened> {
    if !is(node, text, "dialect", &["postgresql"]) {
        return None;
    }
    let credentials = child(node, "dbCredentials")?;
    let (path, is_map) = (path.join("dbCredentials"), matches!(credentials.body, Body::Map(_)));
    if is_map && child(credentials, "host").is_some() {
        return Some(Opened::By { library: &DRIZZLE_KIT, path, node: credentials.clone(), given: String::new() });
    }
    let line = crate::text::position(text, credentials.entry.start).line;
    let reason = format!(
        "`{path}` (line {line}) gives no `host`, and Drizzle Kit drops an `ssl` beside a `url`: write `host`, `port`, \
         `user`, `password` and `database`, and `ssl` is put in"
    );
    let url = child(credentials, "url").map(|url| url.value.of(text));
    Some(Opened::ByHand(Hand { reason, line, variable: url.and_then(variable) }))
}

/// The environment variable that `source` is the value of.
fn variable(source: &str) -> Option<String> {
    match by_source(source) {
        Url::Variable(name) => Some(name),
        _ => None,
    }
}

/// Whether the setting `name` of `node` is one of `values`.
fn is(node: &Node, text: &str, name: &str, values: &[&str]) -> bool {
    child(node, name).is_some_and(|child| child.value(text).as_str().is_some_and(|value| values.contains(&value)))
}

fn child<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
}

fn is_knexfile(file: &RepoPath) -> bool {
    file.file_name().starts_with("knexfile.")
}

fn is_ormconfig(file: &RepoPath) -> bool {
    file.file_name().starts_with("ormconfig.")
}

/// A module as Sequelize's tools look for it, or one that names the library.
fn is_for_sequelize(file: &RepoPath, text: &str) -> bool {
    let named = ["config.", "database.", "db.", "sequelize."].iter().any(|stem| file.file_name().starts_with(stem));
    named || file.folder().rsplit('/').next() == Some("config") || text.contains("equelize")
}

/// The module of `require('module')`.
fn required(callee: &str) -> Option<&str> {
    let module = callee.trim_start_matches('(').strip_prefix("require(")?;
    module
        .split_once(')')
        .filter(|(_, rest)| rest.trim_matches(')').is_empty())
        .map(|(module, _)| module.trim_matches(['\'', '"']))
}
