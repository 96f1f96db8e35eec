//! Calls in Python that open a connection: SQLAlchemy's engines, psycopg and asyncpg, by what they are given as literals.

use super::address::Address;
use super::idiom::LIBPQ;
use super::settings::{KEYWORDS, Present, Reason, Settings};
use super::survey::Survey;
use crate::format::{Body, Name, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value};

/// A function that opens connections, and how it takes their settings.
struct Opener {
    /// With their modules.
    names: &'static [&'static str],
    /// Who reads the settings, as the plan says it.
    reader: &'static str,
    /// The number and the name of the argument that says where the connection leads.
    address: (usize, &'static str),
    takes: Takes,
}

/// Where settings beside the address stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// In a dict, which overrules the address.
    Dict(&'static str),
    /// Among the arguments, which overrule the address.
    Arguments,
    /// Nowhere.
    Nothing,
}

const OPENERS: [Opener; 6] = [
    Opener {
        names: &["sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlmodel.create_engine"],
        reader: "libpq, through SQLAlchemy",
        address: (1, "url"),
        takes: Takes::Dict("connect_args"),
    },
    Opener {
        names: &[ASYNC_ENGINE, "sqlalchemy.ext.asyncio.engine.create_async_engine"],
        reader: "libpq, through SQLAlchemy",
        address: (1, "url"),
        takes: Takes::Dict("connect_args"),
    },
    Opener {
        names: &["psycopg.connect", "psycopg.Connection.connect", "psycopg.AsyncConnection.connect"],
        reader: "libpq, through psycopg",
        address: (1, "conninfo"),
        takes: Takes::Arguments,
    },
    Opener { names: &["psycopg2.connect"], reader: "libpq, through psycopg2", address: (1, "dsn"), takes: Takes::Arguments },
    Opener {
        names: &[
            "psycopg_pool.ConnectionPool",
            "psycopg_pool.AsyncConnectionPool",
            "psycopg_pool.NullConnectionPool",
            "psycopg_pool.AsyncNullConnectionPool",
        ],
        reader: "libpq, through psycopg",
        address: (1, "conninfo"),
        takes: Takes::Dict("kwargs"),
    },
    Opener {
        names: &["asyncpg.connect", "asyncpg.create_pool"],
        reader: "asyncpg",
        address: (1, "dsn"),
        takes: Takes::Nothing,
    },
];

const ASYNC_ENGINE: &str = "sqlalchemy.ext.asyncio.create_async_engine";

/// One such call.
struct Call {
    path: KeyPath,
    line: usize,
    opener: &'static Opener,
    address: At,
    /// What brings arguments that only a run can tell.
    spread: Option<String>,
}

/// The argument that says where the connection leads.
enum At {
    Absent,
    Literal {
        path: KeyPath,
        text: String,
        plain: bool,
    },
    /// A name, or what code computes.
    Code,
}

/// Configures every such call.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    for path in repository.files().into_iter().filter(|path| path.file_name().ends_with(".py")) {
        let text = repository.text(&path).unwrap_or_default();
        if !["sqlalchemy", "sqlmodel", "psycopg", "asyncpg"].iter().any(|word| text.contains(word)) {
            continue;
        }
        // Not every module of a repository is one of settings: one of an older Python does not stop the run.
        let Ok(document) = repository.document(&path) else { continue };
        for call in calls(&document) {
            match decide(&repository.document(&path)?, &call, survey, settings)? {
                Decision::Nothing => {}
                Decision::Leave(reason) => reason.tell(repository, &path),
                Decision::Configured => {
                    repository.skip(&path, format!("`{}` (line {}) is configured already", call.path, call.line));
                }
                Decision::Write(place, missing) => configure(repository, &path, &call, place, missing, settings)?,
            }
        }
    }
    Ok(())
}

enum Decision {
    /// It opens no connection that can be told from here.
    Nothing,
    Leave(Reason),
    Configured,
    /// These of the four settings, there.
    Write(Place, Vec<usize>),
}

enum Place {
    /// The text that says where the connection leads.
    Address,
    /// The map of arguments, or of what the driver is handed.
    Map(KeyPath),
}

fn decide(
    document: &Document<'_, '_, '_>,
    call: &Call,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<Decision, Refused> {
    let Call { path, opener, address, .. } = call;
    let Some(node) = document.get(path) else { return Ok(Decision::Nothing) };
    let by_hand = |reason: &str| Ok(Decision::Leave(call.by_hand(reason)));
    let value = |map: &Node, name: &str| child(map, name).map(|child| child.value(document.text()));
    let named = child(node, "host").or_else(|| child(node, "hostaddr"));
    let parsed = match (address, opener.takes) {
        (At::Code, _) => return Ok(Decision::Nothing),
        (At::Literal { text, .. }, takes) => match Address::of(text) {
            Some(parsed) => Some(parsed),
            None if takes == Takes::Arguments && named.is_some() => None,
            None if takes == Takes::Arguments => {
                return by_hand("is given no host: where it leads to a server, give it the four settings");
            }
            // One of another database.
            None => return Ok(Decision::Nothing),
        },
        (At::Absent, Takes::Arguments) => None,
        (At::Absent, Takes::Nothing) if named.is_some() => {
            return by_hand("takes such settings in a URL only: give it one, or `ssl=` with an SSL context");
        }
        (At::Absent, _) => return Ok(Decision::Nothing),
    };
    let host = named.map(|host| host.value(document.text()));
    if let Some(reason) = call.reason_to_leave(document, node, parsed.as_ref(), host, survey) {
        return Ok(Decision::Leave(reason));
    }
    let map = match opener.takes {
        Takes::Arguments => Some((path.clone(), node)),
        Takes::Dict(name) => child(node, name).map(|map| (path.join(name), map)),
        Takes::Nothing => None,
    };
    let is_literal = |map: &Node| matches!(map.body, Body::Map(_)) && spread_of(map).is_none();
    if let Some((at, _)) = map.as_ref().filter(|(_, map)| !is_literal(map)) {
        return by_hand(&format!("takes `{at}` from code: put the four settings there"));
    }
    let beside = map.as_ref().map_or(node, |(_, map)| map);
    if child(beside, "service").is_some() {
        return Ok(Decision::Leave(call.fine("is configured in a libpq service file")));
    }
    if child(beside, "ssl").is_some() {
        return by_hand("has an `ssl` of its own: load the certificates there, or take it out");
    }
    let is_set = |name: &str| map.as_ref().and_then(|(_, map)| value(map, name));
    let in_text = |name: &str| parsed.as_ref().and_then(|parsed| parsed.get(name)).map(Value::Str);
    let missing = settings.missing(|index| Present::of(is_set(KEYWORDS[index]).or_else(|| in_text(KEYWORDS[index]))))?;
    if missing.is_empty() {
        return Ok(Decision::Configured);
    }
    let plain = matches!(address, At::Literal { plain: true, .. }) && !settings.is_relative()?;
    let has_own = KEYWORDS.iter().any(|name| is_set(name).is_some());
    Ok(match (opener.takes, map) {
        (Takes::Arguments, Some((place, _))) if !plain || has_own || parsed.is_none() => Decision::Write(Place::Map(place), missing),
        (Takes::Dict(_), Some((place, _))) => Decision::Write(Place::Map(place), missing),
        (Takes::Dict(name), None) if !plain => Decision::Write(Place::Map(path.join(name)), missing),
        (Takes::Nothing, _) if !plain => {
            return by_hand("can not hold the settings in its URL: write that as one plain string, and absolute `certs`");
        }
        _ => Decision::Write(Place::Address, missing),
    })
}

impl Call {
    fn by_hand(&self, reason: &str) -> Reason {
        Reason::ByHand(format!("`{}` (line {}) {reason}", self.path, self.line))
    }

    fn fine(&self, reason: &str) -> Reason {
        Reason::Fine(format!("`{}` (line {}) {reason}", self.path, self.line))
    }

    /// Why its connection stays as it is, which leads to `address`, or else to the `host` among the arguments of `node`.
    fn reason_to_leave(
        &self,
        document: &Document<'_, '_, '_>,
        node: &Node,
        address: Option<&Address<'_>>,
        host: Option<Value>,
        survey: &Survey,
    ) -> Option<Reason> {
        if let Some(spread) = &self.spread {
            return Some(self.by_hand(&format!("takes what `{spread}` brings, which may be TLS settings")));
        }
        if child(node, "creator").is_some() {
            return Some(self.by_hand("opens its connections by `creator`, which is to be given the four settings"));
        }
        let leaves = |address: &Address<'_>| address.leave(document.path(), &self.path.to_string(), survey);
        if let Some(reason) = address.and_then(leaves) {
            return Some(reason);
        }
        if self.opener.names.contains(&ASYNC_ENGINE) && !address.is_some_and(Address::is_for_asyncio) {
            return Some(self.by_hand("names no driver that works with asyncio: write `postgresql+psycopg://`"));
        }
        let host = match (address, host) {
            (Some(address), _) => address.host(),
            (None, None) => {
                return Some(self.fine("names no host: it connects through a Unix socket, or where `PGHOST` leads"));
            }
            (None, Some(Value::Str(host))) if host.is_empty() || host.starts_with('/') => {
                return Some(self.fine("connects through a Unix socket"));
            }
            (None, Some(host)) => host.to_string(),
        };
        let is_local = survey.is_local_anywhere(&host);
        is_local.then(|| self.fine("leads to a database of a compose file without ssl=on"))
    }
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    call: &Call,
    place: Place,
    missing: Vec<usize>,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let mut document = repository.document(path)?;
    let what = match (place, &call.address) {
        (Place::Map(at), _) => {
            let mut entries = Vec::new();
            for index in missing {
                entries.push((KEYWORDS[index].to_owned(), settings.python(index, &mut document)?));
            }
            document.merge(&at, entries)?;
            "arguments"
        }
        (Place::Address, At::Literal { path: at, text, .. }) => {
            let Some(address) = Address::of(text) else { return Ok(()) };
            let entries = settings.entries(&LIBPQ, missing, &document)?;
            address.write(&mut document, at, entries)?;
            address.noun()
        }
        (Place::Address, At::Absent | At::Code) => return Ok(()),
    };
    repository.note(path, format!("{}, by the {what} of `{}`", call.opener.reader, call.path));
    Ok(())
}

/// The calls of a module that open connections, in the order they stand in.
fn calls(document: &Document<'_, '_, '_>) -> Vec<Call> {
    let text = document.text();
    let call = |node: &Node| {
        let key = node.key.as_ref().filter(|key| key.text.ends_with("()") && !key.text.starts_with("argument "))?;
        let name = resolved(document, key.span.of(text));
        let opener = OPENERS.iter().find(|opener| opener.names.contains(&name.as_str()))?;
        Some(Call {
            path: KeyPath { keys: vec![node.path_key()?] },
            line: document.position(node).line,
            opener,
            address: address(document, node, opener),
            spread: spread_of(node).map(|spread| spread.entry.of(text).to_owned()),
        })
    };
    document.root().children.iter().filter_map(call).collect()
}

/// The argument of `call` that says where the connection leads.
fn address(document: &Document<'_, '_, '_>, call: &Node, opener: &Opener) -> At {
    let (number, name) = opener.address;
    let unnamed = || call.children.iter().filter(|child| child.key.is_none() && child.body != Body::Spread);
    let own = |node: &Node| Some(KeyPath { keys: vec![node.path_key()?] });
    let found = match (unnamed().nth(number - 1), child(call, name)) {
        (None, None) => return At::Absent,
        (Some(argument), _) => {
            let is_it = |place: &&Node| {
                let is_argument = |key: &Name| key.text.starts_with("argument ");
                place.entry == argument.entry && place.key.as_ref().is_some_and(is_argument)
            };
            document.root().children.iter().find(is_it).and_then(|place| Some((own(place)?, place)))
        }
        (None, Some(argument)) => own(call).map(|path| (path.join(name), argument)),
    };
    let Some((path, node)) = found else { return At::Code };
    match node.value(document.text()) {
        Value::Str(text) => {
            At::Literal { path, text, plain: matches!(node.body, Body::Scalar { content: Some(_), .. }) }
        }
        _ => At::Code,
    }
}

/// The name `callee` with the module that it is imported from.
fn resolved(document: &Document<'_, '_, '_>, callee: &str) -> String {
    let text = document.text();
    let (head, rest) = callee.find('.').map_or((callee, ""), |dot| callee.split_at(dot));
    let mut imports = document.root().children.iter().filter_map(|node| {
        let module = node.key.as_ref()?.text.strip_prefix("import ")?;
        match node.children.iter().find(|name| name.value.of(text) == head) {
            Some(name) => Some(format!("{module}.{}{rest}", name.key.as_ref()?.text)),
            None => {
                let names = node.entry.of(text).trim_start().strip_prefix("import ")?.split(',');
                let mut aliases = names.filter_map(|name| name.split_once(" as "));
                let is_head = |(known, alias): &(&str, &str)| known.trim() == module && alias.trim() == head;
                aliases.find(is_head).map(|_| format!("{module}{rest}"))
            }
        }
    });
    imports.next_back().unwrap_or_else(|| callee.to_owned())
}

fn spread_of(map: &Node) -> Option<&Node> {
    map.children.iter().find(|child| child.body == Body::Spread)
}

fn child<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
}
