//! What a call that opens a connection is given: a literal address or one by a name, arguments, a dict of them.

use super::super::address::Address;
use super::super::idiom::LIBPQ;
use super::super::settings::{KEYWORDS, Present, Reason, Settings};
use super::super::survey::{Survey, overrules_urls};
use super::module::{argument, child, named, openers, own_path, spread_of, uses};
use super::opener::{ASYNC_ENGINE, Opener, Takes};
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::text::Edits;
use crate::value::{KeyPath, Value, url};

/// One such call.
pub(super) struct Call {
    path: KeyPath,
    line: usize,
    opener: &'static Opener,
    address: At,
    spread: Spread,
    /// The dict that it takes from a name: spread among its arguments, or as one of them.
    dict: Option<KeyPath>,
    /// What it takes by names is used by other calls, too, which may not know such settings.
    is_shared: bool,
}

/// The argument that says where the connection leads.
enum At {
    Absent,
    /// A literal, there or at the name that stands there.
    Literal {
        path: KeyPath,
        is_named: bool,
    },
    /// What code computes.
    Code,
}

/// What brings arguments that are not written out in the call.
enum Spread {
    Nothing,
    Dict,
    /// Only a run can tell.
    Code(String),
}

impl Call {
    /// The name that it takes its address from.
    pub fn name(&self) -> Option<&KeyPath> {
        match &self.address {
            At::Literal { path, is_named: true } => Some(path),
            _ => None,
        }
    }

    fn by_hand(&self, reason: &str) -> Reason {
        Reason::ByHand(format!("`{}` (line {}) {reason}", self.path, self.line))
    }

    fn fine(&self, reason: &str) -> Reason {
        Reason::Fine(format!("`{}` (line {}) {reason}", self.path, self.line))
    }
}

/// The calls of a module that open connections, in the order they stand in.
pub(super) fn of(document: &Document<'_, '_, '_>) -> Vec<Call> {
    let found = openers(document);
    let mut calls: Vec<Call> = found.iter().filter_map(|(node, opener)| call(document, node, opener)).collect();
    // A name stands where it is given its value, and once in each call that takes it.
    let is_shared = |path: &KeyPath, opener: &Opener, calls: &[Call]| {
        let takes = |call: &&Call| [call.name(), call.dict.as_ref()].contains(&Some(path));
        let alike = calls.iter().filter(takes).filter(|call| call.opener.takes == opener.takes).count();
        uses(document, path) > alike + 1
    };
    let others = overrules_urls(document.text());
    let shared: Vec<bool> = calls
        .iter()
        .map(|call| {
            let is_shared = |path: &KeyPath| is_shared(path, call.opener, &calls);
            call.dict.as_ref().is_some_and(is_shared) || others && call.name().is_some_and(is_shared)
        })
        .collect();
    calls.iter_mut().zip(shared).for_each(|(call, shared)| call.is_shared = shared);
    calls
}

fn call(document: &Document<'_, '_, '_>, node: &Node, opener: &'static Opener) -> Option<Call> {
    let text = document.text();
    let is_text = |node: &Node| matches!(node.value(text), Value::Str(_));
    let address = match argument(document, node, opener.address) {
        None => At::Absent,
        Some((Some(path), argument)) if is_text(argument) => At::Literal { path, is_named: false },
        Some((_, argument)) => match named(document, argument) {
            Some((path, literal)) if is_text(literal) => At::Literal { path, is_named: true },
            _ => At::Code,
        },
    };
    let dict = |node: &Node| named(document, node).filter(|(_, dict)| is_dict(dict)).map(|(path, _)| path);
    let spread = spread_of(node);
    let only_one = node.children.iter().filter(|child| child.body == Body::Spread).count() == 1;
    let by_spread = spread.filter(|_| only_one).and_then(dict);
    let taken = match opener.takes {
        Takes::Dict(name) => child(node, name).and_then(dict),
        Takes::Arguments | Takes::Url | Takes::Context(_) => by_spread.clone(),
    };
    let spread = match spread {
        None => Spread::Nothing,
        Some(_) if by_spread.is_some() && by_spread == taken => Spread::Dict,
        Some(spread) => Spread::Code(spread.entry.of(text).to_owned()),
    };
    let line = document.position(node).line;
    Some(Call { path: own_path(node)?, line, opener, address, spread, dict: taken, is_shared: false })
}

/// Whether all entries of the map are written out.
fn is_dict(map: &Node) -> bool {
    matches!(map.body, Body::Map(_)) && spread_of(map).is_none()
}

/// Configures the connection that `call` opens, or says why it stays as it is.
pub(super) fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    call: &Call,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    match decide(&repository.document(path)?, call, survey, settings)? {
        Decision::Nothing => {}
        Decision::Leave(reason) => reason.tell(repository, path),
        Decision::Configured => {
            repository.skip(path, format!("`{}` (line {}) is configured already", call.path, call.line));
        }
        Decision::Write(place, missing) => write(repository, path, call, place, missing, settings)?,
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
    Address(KeyPath, String),
    /// The map of arguments, or of what the driver is handed.
    Map(KeyPath),
    /// A URL with nothing but the settings, among the arguments there.
    NewUrl(KeyPath),
}

/// What a call is given, as far as literals say it.
struct Given<'d> {
    call: &'d Node,
    /// What it takes by a name.
    dict: Option<&'d Node>,
    text: &'d str,
}

impl<'d> Given<'d> {
    fn get(&self, name: &str) -> Option<&'d Node> {
        child(self.call, name).or_else(|| self.dict.and_then(|dict| child(dict, name)))
    }

    fn host(&self) -> Option<Value> {
        Some(self.get("host").or_else(|| self.get("hostaddr"))?.value(self.text))
    }
}

fn decide(
    document: &Document<'_, '_, '_>,
    call: &Call,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<Decision, Refused> {
    let Call { path, opener, .. } = call;
    let Some(node) = document.get(path) else { return Ok(Decision::Nothing) };
    let by_hand = |reason: &str| Ok(Decision::Leave(call.by_hand(reason)));
    let dict = call.dict.as_ref().and_then(|path| document.get(path));
    let among = dict.filter(|_| !matches!(opener.takes, Takes::Dict(_)));
    let given = Given { call: node, dict: among, text: document.text() };
    let text = match &call.address {
        At::Code => return Ok(Decision::Nothing),
        At::Absent => None,
        At::Literal { path, .. } => document.value(path).and_then(|value| value.as_str().map(str::to_owned)),
    };
    let address = text.as_deref().and_then(Address::of);
    let host = given.host();
    match opener.takes {
        // One of another database, or of none.
        Takes::Dict(_) if address.is_none() => return Ok(Decision::Nothing),
        Takes::Url if address.is_none() && (text.is_some() || host.is_none()) => return Ok(Decision::Nothing),
        Takes::Arguments if address.is_none() && text.is_some() && host.is_none() => {
            return by_hand("is given no host: where it leads to a server, give it the four settings");
        }
        _ => {}
    }
    if let Some(reason) = call.reason_to_leave(document, &given, address.as_ref(), host.as_ref(), survey) {
        return Ok(Decision::Leave(reason));
    }
    let map = match opener.takes {
        Takes::Dict(name) => {
            child(node, name).map(|map| (call.dict.clone().unwrap_or_else(|| path.join(name)), dict.unwrap_or(map)))
        }
        _ => Some((call.dict.clone().unwrap_or_else(|| path.clone()), dict.unwrap_or(node))),
    };
    if let (Takes::Dict(name), Some((_, map))) = (opener.takes, &map)
        && !is_dict(map)
    {
        return by_hand(&format!("takes `{name}` from code: put the four settings there"));
    }
    if call.is_shared {
        let name = call.dict.as_ref().or(call.name()).map(ToString::to_string).unwrap_or_default();
        return by_hand(&format!("takes `{name}`, which is used for something else, too: give it one of its own"));
    }
    let value = |name: &str| {
        let beside = map.as_ref().and_then(|(_, map)| child(map, name));
        let own = given.get(name).filter(|_| opener.takes == Takes::Arguments);
        own.or(beside).map(|node| node.value(document.text()))
    };
    if value("service").is_some() {
        return Ok(Decision::Leave(call.fine("is configured in a libpq service file")));
    }
    if value("ssl").is_some() || given.get("ssl").is_some() {
        return by_hand("has an `ssl` of its own: load the certificates there, or take it out");
    }
    let in_text = |name: &str| address.as_ref().and_then(|address| address.get(name)).map(Value::Str);
    let is_set = |name: &str| if opener.takes == Takes::Url { None } else { value(name) };
    let missing =
        settings.missing(|index| Present::of(is_set(KEYWORDS[index]).or_else(|| in_text(KEYWORDS[index]))))?;
    if missing.is_empty() {
        return Ok(Decision::Configured);
    }
    let is_plain = |node: &Node| matches!(node.body, Body::Scalar { content: Some(_), .. });
    let text = match (&call.address, &text) {
        (At::Literal { path, .. }, Some(text)) => {
            let plain = document.get(path).is_some_and(is_plain) && !settings.is_relative()?;
            address.is_some().then(|| Place::Address(path.clone(), text.clone())).filter(|_| plain)
        }
        _ => None,
    };
    let has_own = KEYWORDS.iter().any(|name| is_set(name).is_some());
    Ok(match (opener.takes, map, text) {
        (Takes::Arguments, Some(_), Some(text)) if !has_own => Decision::Write(text, missing),
        (Takes::Arguments | Takes::Dict(_), Some((place, _)), _) => Decision::Write(Place::Map(place), missing),
        (_, _, Some(text)) => Decision::Write(text, missing),
        (Takes::Dict(name), None, None) => Decision::Write(Place::Map(path.join(name)), missing),
        (Takes::Url, Some((place, _)), None) if matches!(call.address, At::Absent) && !settings.is_relative()? => {
            Decision::Write(Place::NewUrl(place), missing)
        }
        _ => {
            return by_hand(
                "can not hold the settings in its URL: write that as one plain string, and absolute `certs`",
            );
        }
    })
}

impl Call {
    /// Why its connection stays as it is, which leads to `host`, or else to that of `address`.
    fn reason_to_leave(
        &self,
        document: &Document<'_, '_, '_>,
        given: &Given<'_>,
        address: Option<&Address<'_>>,
        host: Option<&Value>,
        survey: &Survey,
    ) -> Option<Reason> {
        if let Spread::Code(spread) = &self.spread {
            return Some(self.by_hand(&format!("takes what `{spread}` brings, which may be TLS settings")));
        }
        if given.get("creator").is_some() {
            return Some(self.by_hand("opens its connections by `creator`, which is to be given the four settings"));
        }
        let name = self.path.to_string();
        let leaves = |address: &Address<'_>| match host {
            None => address.leave(document.path(), &name, survey),
            Some(_) => address.leave_to_its_driver(&name),
        };
        if let Some(reason) = address.and_then(leaves) {
            return Some(reason);
        }
        if self.opener.names.contains(&ASYNC_ENGINE) && !address.is_some_and(Address::is_for_asyncio) {
            return Some(self.by_hand("names no driver that works with asyncio: write `postgresql+psycopg://`"));
        }
        let host = match (host, address) {
            (Some(Value::Str(host)), _) if host.is_empty() || host.starts_with('/') => {
                return Some(self.fine("connects through a Unix socket"));
            }
            (Some(host), _) => host.to_string(),
            (None, Some(address)) => address.host(),
            (None, None) if matches!(self.opener.takes, Takes::Context(_)) => {
                return Some(self.fine("names no host: it connects to the machine that it runs on"));
            }
            (None, None) => {
                return Some(self.fine("names no host: it connects through a Unix socket, or where `PGHOST` leads"));
            }
        };
        if survey.is_local_anywhere(&host) {
            return Some(self.fine("leads to a database of a compose file without ssl=on"));
        }
        match self.opener.takes {
            Takes::Context(name) if given.get(name).is_some() => Some(self.fine("is given an SSL context")),
            Takes::Context(name) => Some(self.by_hand(&format!(
                "takes no names of files: give it `{name}=` with an SSL context that loads the certificates"
            ))),
            _ => None,
        }
    }
}

fn write(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    call: &Call,
    place: Place,
    missing: Vec<usize>,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let mut document = repository.document(path)?;
    let (what, at) = match place {
        Place::Map(at) => {
            let (mut entries, mut own) = (Vec::new(), Vec::new());
            for index in missing {
                // What stands among the arguments can not come from a dict, too.
                let is_own = document.get(&call.path).is_some_and(|node| child(node, KEYWORDS[index]).is_some());
                let entry = (KEYWORDS[index].to_owned(), settings.python(index, &mut document)?);
                if is_own { own.push(entry) } else { entries.push(entry) }
            }
            for (place, entries) in [(&call.path, own), (&at, entries)].into_iter().filter(|(_, some)| !some.is_empty())
            {
                document.merge(place, entries)?;
            }
            ("arguments", at)
        }
        Place::Address(at, text) => {
            let Some(address) = Address::of(&text) else { return Ok(()) };
            let entries = settings.entries(&LIBPQ, missing, &document)?;
            address.write(&mut document, &at, entries)?;
            (address.noun(), at)
        }
        Place::NewUrl(at) => {
            let mut text = "postgresql://".to_owned();
            for (name, value) in settings.entries(&LIBPQ, missing, &document)? {
                text = Edits::from(url::set_parameter(&text, &name, &value)).apply(&text);
            }
            document.set(&at.join(call.opener.address.1), text)?;
            ("URL", at)
        }
    };
    let Call { opener, dict, .. } = call;
    let name = Some(&at).filter(|at| Some(*at) == call.name() || Some(*at) == dict.as_ref());
    let by_name = name.map(|name| format!(", `{name}`")).unwrap_or_default();
    repository.note(path, format!("{}, by the {what} of `{}`{by_name}", opener.reader, call.path));
    Ok(())
}
