//! Django: `OPTIONS` of every PostgreSQL alias in `DATABASES`, and of aliases that come from a URL at run time.

use std::collections::BTreeMap;

use super::address::postgres_scheme;
use super::settings::{KEYWORDS, Present, Reason, Settings};
use super::survey::{Reader, ReaderKind, Survey, Variable};
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value, asks_environment};

/// One alias at one place that assigns it.
struct Alias {
    path: KeyPath,
    name: String,
    line: usize,
    engine: Engine,
    /// As a literal.
    host: Option<String>,
    options: Options,
    /// A statement behind its literal takes it from a URL, whose query replaces the options of the literal.
    updated: bool,
    /// `ssl` among the options, which psycopg refuses.
    has_ssl: bool,
    /// Its options go behind a question for the engine.
    is_guarded: bool,
}

enum Engine {
    PostgreSql,
    /// PostgreSQL unless the environment names another one.
    PostgreSqlByDefault,
    /// `env.db()` or `dj_database_url.config()`: known only at run time.
    Url {
        code: String,
    },
    Other(String),
    Computed,
    /// This place says nothing of it; another one may.
    Unsaid,
}

enum Options {
    Absent,
    Map([Present; 4]),
    /// `service` names a section of a libpq service file, where the connection is configured.
    Service,
    Computed,
}

/// The variables whose URL a Django setting reads, with the place.
pub(super) fn variables(repository: &mut Repository<'_, '_>) -> Result<Vec<Variable>, Refused> {
    let found = repository.each(&candidates(repository), |repository, path| {
        let variable = |Alias { engine, options, line, .. }: Alias| {
            let Engine::Url { code } = engine else { return None };
            let name = url_variable(&code).unwrap_or_else(|| "DATABASE_URL".to_owned());
            let left = matches!(options, Options::Computed | Options::Service);
            let kind = if left { ReaderKind::LeftAlone } else { ReaderKind::Configured };
            Some(Variable { name, reader: Reader { path: path.clone(), line, kind, rule: None } })
        };
        Ok(aliases(&repository.document(path)?).into_iter().filter_map(variable).collect::<Vec<_>>())
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Configures every PostgreSQL alias of every settings module.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let files = candidates(repository);
    let found = repository.each(&files, |repository, path| {
        let engine = |alias: Alias| {
            let known = matches!(alias.engine, Engine::PostgreSql | Engine::PostgreSqlByDefault | Engine::Url { .. });
            let is_told = known || matches!(alias.engine, Engine::Other(_));
            is_told.then(|| ((path.folder().to_owned(), alias.name), known))
        };
        Ok(aliases(&repository.document(path)?).into_iter().filter_map(engine).collect::<Vec<_>>())
    })?;
    let mut engines: BTreeMap<(String, String), bool> = BTreeMap::new();
    for (alias, known) in found.into_iter().flatten() {
        *engines.entry(alias).or_default() |= known;
    }
    repository.each(&files, |repository, path| {
        let mut found = aliases(&repository.document(path)?);
        // A guarded statement is a second place that writes `DATABASES`: it goes last, and once.
        let is_lone = found.iter().filter(|alias| is_guarded(alias, survey)).count() < 2;
        for alias in &mut found {
            alias.is_guarded = is_guarded(alias, survey) && (is_lone || matches!(alias.engine, Engine::Url { .. }));
        }
        found.sort_by_key(|alias| alias.is_guarded);
        let mut has_guard = false;
        if found.is_empty() {
            let named = repository.text(path).is_some_and(|text| text.to_ascii_lowercase().contains("postg"));
            let reason = "DATABASES holds no connection that can be read here".to_owned();
            let reason = if named { Reason::ByHand(reason) } else { Reason::Fine(reason) };
            reason.tell(repository, path);
        }
        // Names taken over from another module may come from any folder.
        let takes_over = repository.text(path).is_some_and(|text| text.contains("import *"));
        let all: Vec<Alias> = aliases(&repository.document(path)?);
        for alias in found {
            if is_configured_elsewhere(&alias, &all) {
                repository.skip(path, format!("alias `{}` is configured already", alias.name));
                continue;
            }
            let elsewhere = engines.iter().any(|((folder, name), known)| {
                *known && *name == alias.name && (takes_over || folder == path.folder())
            });
            match reason_to_leave(&alias, elsewhere, survey) {
                Some(reason) => reason.tell(repository, path),
                None if has_guard => repository.needs_a_person(
                    path,
                    format!(
                        "alias `{}` may be another database at run time, too: write its `OPTIONS` behind those of the first one",
                        alias.name
                    ),
                ),
                None => {
                    configure(repository, path, &alias, settings)?;
                    has_guard = alias.is_guarded;
                }
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn candidates(repository: &Repository<'_, '_>) -> Vec<RepoPath> {
    let holds = |path: &RepoPath| repository.text(path).is_none_or(|text| text.contains("DATABASES"));
    repository.files().into_iter().filter(|path| path.file_name().ends_with(".py") && holds(path)).collect()
}

/// Whether a later statement gives the alias its options, under a condition of its own.
fn is_configured_elsewhere(alias: &Alias, all: &[Alias]) -> bool {
    let complete = |options: &Options| matches!(options, Options::Map(present) if !present.contains(&Present::Missing));
    let later =
        |other: &&Alias| other.name == alias.name && other.path != alias.path && matches!(other.engine, Engine::Unsaid);
    let computed = matches!(alias.engine, Engine::Url { .. } | Engine::PostgreSqlByDefault)
        && matches!(alias.options, Options::Absent);
    computed && all.iter().filter(later).any(|other| complete(&other.options))
}

/// Why an alias stays as it is; `None` where it is to be configured.
fn reason_to_leave(alias: &Alias, elsewhere: bool, survey: &Survey) -> Option<Reason> {
    let Alias { name, line, .. } = alias;
    let fine = |reason: String| Some(Reason::Fine(reason));
    let by_hand = |reason: String| Some(Reason::ByHand(reason));
    match (&alias.engine, &alias.options) {
        (Engine::Other(engine), _) => fine(format!("alias `{name}` is not PostgreSQL: {engine}")),
        (Engine::Computed, _) => by_hand(format!("alias `{name}` (line {line}): its ENGINE is known only at run time")),
        (Engine::Unsaid, Options::Absent) => fine(format!("line {line} sets no connection options of alias `{name}`")),
        (Engine::Unsaid, _) if !elsewhere => {
            by_hand(format!("alias `{name}` (line {line}): no PostgreSQL ENGINE is given beside it"))
        }
        (Engine::PostgreSql | Engine::PostgreSqlByDefault, _)
            if alias.host.as_deref().is_some_and(|host| survey.is_local_anywhere(host)) =>
        {
            fine(format!("alias `{name}` (line {line}) leads to a database of a compose file without ssl=on"))
        }
        (_, Options::Service) => fine(format!("alias `{name}` is configured in a libpq service file")),
        (_, Options::Computed) => by_hand(format!("alias `{name}` (line {line}): its OPTIONS are computed")),
        _ => None,
    }
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    alias: &Alias,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let absent = [Present::Missing, Present::Missing, Present::Missing, Present::Missing];
    let present = match &alias.options {
        Options::Map(present) => present,
        _ => &absent,
    };
    let missing = settings.missing(|index| present[index].clone())?;
    if alias.has_ssl {
        repository.document(path)?.remove(&alias.path.join("OPTIONS").join("ssl"))?;
        repository.note(path, format!("alias `{}`: `ssl` goes, an option that psycopg refuses", alias.name));
    }
    let decided = if present[0] == Present::Computed { ", with a mode that is decided at run time" } else { "" };
    if missing.is_empty() {
        repository.skip(path, format!("alias `{}` is configured already{decided}", alias.name));
        return Ok(());
    }
    if present[0] == Present::Computed {
        repository.note(path, format!("alias `{}`: its sslmode is decided at run time, and stays so", alias.name));
    }
    let mut document = repository.document(path)?;
    let mut entries = Vec::new();
    for index in missing {
        entries.push((KEYWORDS[index].to_owned(), settings.python(index, &mut document)?));
    }
    let options = alias.path.join("OPTIONS");
    if alias.is_guarded {
        // Empty first: so each setting is an edit of its own, and others that come to stand beside them can stay.
        document.append_statement(&options, &guarded(alias))?;
        let all = document.find(&KeyPath::new(["DATABASES", alias.name.as_str(), "OPTIONS"]));
        let own = all.last().map_or(options, |(path, _)| path.clone());
        document.merge(&own, entries)?;
    } else {
        document.merge(&options, entries)?;
    }
    if alias.is_guarded || matches!(alias.engine, Engine::PostgreSqlByDefault) {
        let told = format!("alias `{}` may be another database at run time, which has no such options", alias.name);
        repository.note(path, told);
    }
    repository.note(path, format!("libpq, through Django's alias `{}`", alias.name));
    Ok(())
}

/// Whether the options are for PostgreSQL only, which only a run can tell.
fn is_guarded(alias: &Alias, survey: &Survey) -> bool {
    match &alias.engine {
        Engine::Url { code } => may_be_other(code, survey) || alias.updated,
        // Options that are there are for PostgreSQL already.
        Engine::PostgreSqlByDefault => matches!(alias.options, Options::Absent),
        _ => false,
    }
}

/// Whether the URL may name another database than PostgreSQL: by default, or by a file of the repository.
fn may_be_other(code: &str, survey: &Survey) -> bool {
    let default = ["sqlite", "mysql", "oracle", "mssql"].iter().any(|other| code.contains(&format!("{other}:")));
    let name = url_variable(code).unwrap_or_else(|| "DATABASE_URL".to_owned());
    default || survey.other_database(&name).is_some()
}

/// Where the options go, for PostgreSQL only: SQLite and MySQL refuse to connect with them.
fn guarded(alias: &Alias) -> String {
    let target = format!("DATABASES['{}']", alias.name);
    format!("if 'postg' in {target}.get('ENGINE', ''):\n  {target}.setdefault('OPTIONS', {{}}).update({{\n  }})")
}

/// Every alias that a top-level `DATABASES` assigns, in each branch.
fn aliases(document: &Document<'_, '_, '_>) -> Vec<Alias> {
    let mut aliases = Vec::new();
    for (site, node) in document.find(&KeyPath::new(["DATABASES"])) {
        for child in &node.children {
            if let Some(key) = child.path_key() {
                aliases.push(alias(document, site.join(key), child));
            }
        }
    }
    aliases
}

fn alias(document: &Document<'_, '_, '_>, path: KeyPath, node: &Node) -> Alias {
    let child = |name: &str| node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name));
    let engine = match (&node.body, child("ENGINE").map(|engine| engine.value(document.text()))) {
        (_, Some(Value::Str(engine))) if is_postgresql(&engine) => Engine::PostgreSql,
        (_, Some(Value::Str(engine))) => Engine::Other(engine),
        (_, Some(Value::Code(code)))
            if code.contains("postg") && !code.contains("sqlite") && !code.contains("mysql") =>
        {
            if may_be_another(&code) { Engine::PostgreSqlByDefault } else { Engine::PostgreSql }
        }
        (_, Some(_)) => Engine::Computed,
        (Body::Opaque(_), None) => {
            let code = node.value.of(document.text()).to_owned();
            match literal_url(&code) {
                Some(url) if postgres_scheme(url).is_none() => {
                    Engine::Other(url.split(':').next().unwrap_or("").to_owned())
                }
                _ if is_url_call(&code) => Engine::Url { code },
                _ => Engine::Computed,
            }
        }
        (_, None) if node.children.iter().any(|child| child.body == Body::Spread) => Engine::Computed,
        (_, None) => Engine::Unsaid,
    };
    let update = updated_by_url(document, node);
    // Before such a statement nothing is sure to be there still.
    let from = update.as_ref().map_or(0, |(place, _)| *place);
    let mut has_ssl = false;
    let options = match child("OPTIONS") {
        None => Options::Absent,
        Some(options) => match &options.body {
            Body::Map(_) => {
                let present = |name: &str| {
                    options.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
                };
                let lasting = |name: &str| present(name).filter(|child| child.entry.start >= from);
                let value = |name: &str| Present::of(lasting(name).map(|child| child.value(document.text())));
                has_ssl = present("ssl").is_some();
                match (lasting("service"), KEYWORDS.map(value)) {
                    (Some(_), _) => Options::Service,
                    (None, all) if from > 0 && all.iter().all(|one| *one == Present::Missing) => Options::Absent,
                    (None, all) => Options::Map(all),
                }
            }
            _ => Options::Computed,
        },
    };
    let updated = update.is_some();
    let engine = update.map_or(engine, |(_, code)| Engine::Url { code });
    let name = node.key.as_ref().map_or(String::new(), |key| key.text.clone());
    let host = child("HOST").and_then(|host| host.value(document.text()).as_str().map(str::to_owned));
    let line = document.position(node).line;
    Alias { path, name, line, engine, host, options, updated, has_ssl, is_guarded: false }
}

/// Where a statement updates the alias `node` from a URL, and the call that gives it, by a name at most.
fn updated_by_url(document: &Document<'_, '_, '_>, node: &Node) -> Option<(usize, String)> {
    let statement = node.children.iter().rfind(|child| child.body == Body::Spread)?;
    let source = statement.value.of(document.text());
    let named = document.get(&KeyPath::new([source])).map(|node| node.value.of(document.text()));
    let code = [Some(source), named].into_iter().flatten().find(|code| is_url_call(code))?;
    Some((statement.entry.start, code.to_owned()))
}

/// Whether the environment has a say in what `code` comes to, in a part of it at least.
fn may_be_another(code: &str) -> bool {
    asks_environment(code) || ["getenv(", "environ", "env(", "config("].iter().any(|reader| code.contains(reader))
}

/// The back ends of Django and of packages that build on its PostgreSQL one.
fn is_postgresql(engine: &str) -> bool {
    engine.contains("postgresql") || engine.contains("postgis") || engine.starts_with("psqlextra")
}

/// `env.db(...)`, `env.db_url(...)`, `dj_database_url.config(...)` and their like.
fn is_url_call(code: &str) -> bool {
    let callee = code.split('(').next().unwrap_or("");
    callee.ends_with(".db")
        || callee.ends_with(".db_url")
        || callee.starts_with("dj_database_url.")
        || callee == "database_url"
}

/// The variable that such a call names: by `env=`, by a look into the environment, or as its first argument.
fn url_variable(code: &str) -> Option<String> {
    let arguments = code.split_once('(').map_or("", |(_, arguments)| arguments);
    let named = arguments.split_once("env=").filter(|(before, _)| !before.ends_with(|c: char| c.is_alphanumeric()));
    let looked_up = ["environ[", "environ.get(", "getenv("].iter().find_map(|look| arguments.split_once(look));
    let first = (!code.contains(".config(")).then_some(("", arguments));
    let (_, rest) = named.or(looked_up.filter(|_| code.contains(".parse("))).or(first)?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let name = rest[1..].split(quote).next()?;
    let clean = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    clean.then(|| name.to_owned())
}

/// The URL that such a call is given as a literal.
fn literal_url(code: &str) -> Option<&str> {
    let (_, rest) = code.split_once(".parse(")?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    rest[1..].split(quote).next()
}
