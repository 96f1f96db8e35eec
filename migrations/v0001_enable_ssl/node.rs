//! JavaScript and TypeScript: the `ssl` object of every node-postgres configuration, of what hands its settings to
//! node-postgres, and of postgres.js.

mod connections;
mod given;
mod library;
mod opened;
mod url;

use std::collections::{BTreeMap, BTreeSet};

use super::settings::{KEYWORDS, Settings};
use super::survey::{Reader, ReaderKind, Survey, Variable};
use crate::format::{Body, Node, Opaque};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{KeyPath, Value, url as query};
use connections::{Configuration, Object, child, connections, constant};
use library::Library;
pub(super) use library::{Form, UrlRule};
use opened::{Given, Hand};
use url::{Url, url_of};

/// What to do with a configuration object.
enum Decision {
    Configure,
    /// It has what it needs.
    Configured(String),
    /// It needs a person, for this reason.
    Leave(String),
    /// It needs no TLS, for this reason.
    NotNeeded(String),
}

/// The variables whose URL a configuration reads, with the place.
pub(super) fn variables(repository: &mut Repository<'_, '_>) -> Result<Vec<Variable>, Refused> {
    let mut variables = Vec::new();
    for (user, configuration) in connections(repository)? {
        let (name, path, line, kind, rule) = match configuration {
            Configuration::Object(object) => {
                let document = repository.document(&object.file)?;
                let Url::Variable(name) = url_of(&document, &object) else { continue };
                let configured = matches!(decide(repository, &object)?, Decision::Configure | Decision::Configured(_));
                let kind = if configured { ReaderKind::Configured } else { ReaderKind::LeftAlone };
                (name, object.file, object.line, kind, Some(object.library.url))
            }
            Configuration::Url(Given { url: Url::Variable(name), line, .. }) => {
                (name, user, line, ReaderKind::Node, None)
            }
            Configuration::Elsewhere(Hand { variable: Some(name), line, .. }) => {
                (name, user, line, ReaderKind::LeftAlone, None)
            }
            _ => continue,
        };
        variables.push(Variable { name, reader: Reader { path, line, kind, rule } });
    }
    Ok(variables)
}

/// Gives every configuration its `ssl`.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let mut seen = BTreeSet::new();
    let mut by_file: BTreeMap<RepoPath, Vec<Configuration>> = BTreeMap::new();
    for (user, configuration) in connections(repository)? {
        let Configuration::Object(object) = configuration else {
            by_file.entry(user).or_default().push(configuration);
            continue;
        };
        if user != object.file {
            let reason = format!("its connection is configured in {}", object.file);
            by_file.entry(user).or_default().push(Configuration::Shared(reason));
        }
        if seen.insert((object.file.clone(), object.path.clone())) {
            by_file.entry(object.file.clone()).or_default().push(Configuration::Object(object));
        }
    }
    let files: Vec<RepoPath> = by_file.keys().cloned().collect();
    repository.each(&files, |repository, file| {
        for configuration in by_file.get(file).into_iter().flatten() {
            match configuration {
                Configuration::Elsewhere(hand) => repository.needs_a_person(file, hand.reason.as_str()),
                Configuration::Url(given) => given::configure(repository, file, given, survey, settings)?,
                Configuration::Shared(reason) => repository.skip(file, reason.as_str()),
                Configuration::Object(object) => configure(repository, object, survey, settings)?,
            }
        }
        Ok(())
    })?;
    Ok(())
}

fn configure(
    repository: &mut Repository<'_, '_>,
    object: &Object,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let Object { file, path, line, library, .. } = object;
    let decision = decide(repository, object)?;
    let document = repository.document(file)?;
    let host = child(&document, path, "host").and_then(|host| host.value(document.text()).as_str().map(str::to_owned));
    let decision = match (decision, url_of(&document, object)) {
        (Decision::Configure, Url::Variable(name)) if survey.is_configured_in_urls(&name) => match library.url {
            UrlRule::Replace => Decision::Configured(format!(
                "is configured in the URL `{name}`, whose settings would replace an `ssl` object"
            )),
            UrlRule::Hand => Decision::Leave(format!(
                "takes the URL `{name}`, whose names of files postgres.js hands to the server: take them out of the URL"
            )),
        },
        (Decision::Configure, _) if host.as_deref().is_some_and(|host| survey.is_local_anywhere(host)) => {
            Decision::NotNeeded("leads to a database of a compose file without ssl=on".to_owned())
        }
        (decision, _) => decision,
    };
    let at = |reason: String| format!("`{path}` (line {line}) {reason}");
    match decision {
        Decision::Configure => {}
        Decision::Configured(reason) | Decision::NotNeeded(reason) => {
            repository.skip(file, at(reason));
            return Ok(());
        }
        Decision::Leave(reason) => {
            repository.needs_a_person(file, at(reason));
            return Ok(());
        }
    }
    let mut document = repository.document(file)?;
    let ssl = settings.node(library.form, &mut document)?;
    document.set(&holder(path, library).join("ssl"), ssl)?;
    repository.note(file, format!("{}, `{path}`", library.consumer));
    if let Some(note) = library.note {
        repository.note(file, note);
    }
    Ok(())
}

/// The map that holds `ssl`.
fn holder(path: &KeyPath, library: &Library) -> KeyPath {
    if library.within.is_empty() { path.clone() } else { path.join(library.within) }
}

fn decide(repository: &mut Repository<'_, '_>, object: &Object) -> Result<Decision, Refused> {
    let Object { file, path, library, .. } = object;
    let document = repository.document(file)?;
    let leave = |reason: &str| Ok(Decision::Leave(reason.to_owned()));
    let Some(node) = document.get(path) else { return leave("is not there any more") };
    let edge = document.value(&KeyPath::new(["const runtime"])) == Some("edge".into());
    if edge || is_client(document.text()) {
        let reason = "runs in a browser or an edge runtime, which has no certificate files";
        return Ok(Decision::NotNeeded(reason.to_owned()));
    }
    let text = match url_of(&document, object) {
        Url::Literal(text) | Url::Computed(text) => text,
        Url::None | Url::Variable(_) => String::new(),
    };
    let has = |names: &[&str]| names.iter().any(|name| text.contains(&format!("{name}=")));
    match library.url {
        UrlRule::Replace if has(&KEYWORDS) || has(&["ssl"]) || query::parameter(&text, "ssl").is_some() => {
            return leave("has TLS settings in its URL, which replace any `ssl` object");
        }
        UrlRule::Hand if has(&KEYWORDS[1..]) => {
            return leave("names files in its URL, which postgres.js hands to the server: take them out of the URL");
        }
        _ => {}
    }
    // TypeORM hands it to the driver last.
    let extra = child(&document, path, "extra").map(|extra| extra.value(document.text()));
    if extra.is_some_and(|extra| extra.get("ssl").is_some() || !matches!(extra, Value::Map(_))) {
        return leave("has an `extra` that brings TLS settings of its own, or may");
    }
    if child(&document, path, "replication").is_some() {
        return leave("has `replication`, each of whose connections takes an `ssl` of its own");
    }
    let within = (!library.within.is_empty()).then(|| child(&document, path, library.within)).flatten();
    if within.is_some_and(|within| !matches!(within.body, Body::Map(_))) {
        return Ok(Decision::Leave(format!("takes its `{0}` from code: put `ssl` there", library.within)));
    }
    let holder = within.unwrap_or(node);
    let ssl = if library.within.is_empty() || within.is_some() {
        holder.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == "ssl"))
    } else {
        None
    };
    let spreads = || node.children.iter().chain(&holder.children).find(|child| child.body == Body::Spread);
    match ssl {
        Some(ssl) => Ok(decide_by(&ssl.value(document.text()), ssl)),
        None => match spreads() {
            Some(spread) => Ok(spread_decision(&document, spread.value.of(document.text()), library)),
            None => Ok(Decision::Configure),
        },
    }
}

/// What the `ssl` setting that is there asks for.
fn decide_by(value: &Value, node: &Node) -> Decision {
    let leave = |reason: &str| Decision::Leave(reason.to_owned());
    let entries = match (value, &node.body) {
        (_, Body::Scalar { .. }) => return Decision::Configure,
        (Value::Code(code), _) if code == "undefined" => return Decision::Configure,
        (Value::Code(code), Body::Opaque(Opaque::Method)) => return decide_by_getter(code),
        (Value::Map(entries), Body::Map(_)) => entries,
        _ => return leave("decides its `ssl` at run time"),
    };
    let is = |name: &str, test: &dyn Fn(&Value) -> bool| entries.iter().any(|(key, value)| key == name && test(value));
    // The driver ignores libpq's names here, wants contents and no paths, and without a CA trusts public roots only.
    let libpq = KEYWORDS.iter().any(|name| is(name, &|_| true));
    let path = ["ca", "cert", "key"]
        .iter()
        .any(|name| is(name, &|value| value.as_str().is_some_and(|text| !text.contains("BEGIN"))));
    let bare = entries.iter().all(|(key, _)| matches!(key.as_str(), "rejectUnauthorized" | "require"));
    if libpq || path || bare {
        return Decision::Configure;
    }
    if is("rejectUnauthorized", &|value| *value == Value::Bool(false)) {
        return leave(
            "has certificates of its own, but `rejectUnauthorized: false` accepts any server: remove that by hand",
        );
    }
    Decision::Configured("is configured already".to_owned())
}

/// A getter gives the contents, or whatever it wants.
fn decide_by_getter(code: &str) -> Decision {
    let squeezed: String = code.split_whitespace().collect();
    if squeezed.contains("rejectUnauthorized:false") {
        let reason = "has a getter whose `rejectUnauthorized: false` accepts any server: remove that by hand";
        return Decision::Leave(reason.to_owned());
    }
    if squeezed.contains("ca:") {
        return Decision::Configured("is configured already".to_owned());
    }
    Decision::Leave("decides its `ssl` at run time".to_owned())
}

/// An object that is spread may bring an `ssl` of its own.
fn spread_decision(document: &Document<'_, '_, '_>, name: &str, library: &Library) -> Decision {
    let known = constant(document, name).filter(|node| matches!(node.body, Body::Map(_)));
    let brings = |key: &str| {
        known
            .is_some_and(|node| node.children.iter().any(|child| child.key.as_ref().is_some_and(|own| own.text == key)))
    };
    match known {
        Some(_)
            if brings("ssl") || brings("connectionString") || !library.within.is_empty() && brings(library.within) =>
        {
            Decision::Leave(format!("takes its TLS settings from `...{name}`, which is to be configured by hand"))
        }
        Some(_) => Decision::Configure,
        None => Decision::Leave(format!("spreads `{name}`, which may bring an `ssl` of its own")),
    }
}

fn is_client(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("//"));
    first.is_some_and(|line| line.starts_with("'use client'") || line.starts_with("\"use client\""))
}
