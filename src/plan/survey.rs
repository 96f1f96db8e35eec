//! What a repository says of TLS to PostgreSQL: the settings of each connection, wherever a format finds them.

mod names;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Location;
use crate::format::{self, Body, Node};
use crate::path::RepoPath;
use crate::text::Span;
use crate::tree::Tree;
use crate::value::{Key, KeyPath, Value, url};

pub use names::{Family, Named, Slot, Trusting};

/// The settings of one connection that stand together.
#[derive(Clone, Debug)]
pub struct Block {
    pub family: Family,
    pub file: RepoPath,
    /// Where it stands in the file.
    pub span: Span,
    /// What holds the settings: a table, or the variable with a URL.
    pub name: String,
    pub settings: BTreeMap<Slot, Setting>,
    /// The server that it dials.
    pub host: Option<String>,
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
    /// Database roles.
    pub roles: BTreeSet<String>,
    /// The servers that are dialled.
    pub hosts: BTreeSet<String>,
}

/// Only files that hold one of these are read.
const WORDS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "ssl_",
    "rejectunauthorized",
    "node_tls_reject_unauthorized",
    "createsecurecontext",
    "ssl:",
    "trust server certificate",
    "trustservercertificate",
    "pghost",
];

/// Reads every file of `tree` that `is_asked`; what does not parse says nothing here.
pub fn survey(tree: &dyn Tree, is_asked: &dyn Fn(&RepoPath) -> bool) -> Survey {
    let mut survey = Survey::default();
    let mut objects = Vec::new();
    for path in tree.paths().iter().filter(|path| is_asked(path) && format::detect(path.file_name()).is_some()) {
        let Ok(Some(state)) = tree.read(path) else { continue };
        let Ok((_, text)) = format::decode(path.file_name(), None, &state.bytes) else { continue };
        let lower = text.content.to_lowercase();
        if !WORDS.iter().any(|word| lower.contains(word)) && !lower.contains("postgres") {
            continue;
        }
        let Some(Ok((_, document))) = format::read_as(path.file_name(), &text.content) else { continue };
        let mut file = File { path, text: &text.content, blocks: BTreeMap::new(), hosts: Vec::new() };
        document.root.walk(&KeyPath::default(), &mut |path, node| file.look(path, node, &mut survey, &mut objects));
        file.finish(&mut survey);
    }
    survey.dropped = dropped(&survey, objects);
    survey
}

/// An object with `ssl` and a URL beside it.
struct Object {
    url: Value,
    ssl: Location,
}

struct File<'t> {
    path: &'t RepoPath,
    text: &'t str,
    blocks: BTreeMap<KeyPath, Block>,
    /// Maps with the host that is set in them.
    hosts: Vec<(Span, String)>,
}

impl File<'_> {
    fn look(&mut self, path: &KeyPath, node: &Node, survey: &mut Survey, objects: &mut Vec<Object>) {
        self.look_at_children(node, objects);
        let name = path.keys.iter().rev().find_map(Key::name).unwrap_or("");
        let parent = path.parent().unwrap_or_default();
        let value = node.value(self.text);
        match &value {
            Value::Bool(false) if name == "rejectUnauthorized" => {
                survey.unverified.push((Trusting::RejectUnauthorized, self.place(node)));
            }
            Value::Str(_) | Value::Int(_) if name == "NODE_TLS_REJECT_UNAUTHORIZED" && value.to_string() == "0" => {
                survey.disabled.push(self.place(node));
            }
            _ => {}
        }
        if names::is_passphrase(name) {
            self.block(&parent, node, Family::Libpq).unlocks = true;
        }
        if matches!(node.body, Body::Map(_) | Body::List(_)) {
            return;
        }
        if let Some((slot, family)) = names::slot(name)
            && let Some(named) = Named::of(&value)
        {
            self.set(&parent, node, family, slot, named);
        } else if let (Some(slot), Value::Code(code)) = (names::content_slot(name), &value)
            && let Some(named) = Named::read_by_node(code)
        {
            self.set(&parent, node, Family::Node, slot, named);
        }
        if let Value::Str(text) = &value {
            survey.unverified.extend(Trusting::in_connection(text).map(|trusting| (trusting, self.place(node))));
            match url::scheme(text) {
                Some(scheme) => self.url(path, node, text, &scheme, survey),
                None => self.words(path, node, text, survey),
            }
            if names::is_role(name) && names::is_plain(text) {
                survey.roles.insert(text.clone());
            }
        }
    }

    /// What is only seen from above: the host beside other settings, a URL beside an `ssl` object.
    fn look_at_children(&mut self, node: &Node, objects: &mut Vec<Object>) {
        let named = |wanted: &dyn Fn(&str) -> bool| {
            node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| wanted(&key.text)))
        };
        if let Some(Value::Str(host)) = named(&names::is_host).map(|child| child.value(self.text))
            && names::is_plain(&host)
            && !host.starts_with('/')
        {
            self.hosts.push((node.entry, host));
        }
        let ssl = named(&|name| name == "ssl").filter(|child| matches!(child.body, Body::Map(_) | Body::Opaque(_)));
        if let (Some(url), Some(ssl)) = (named(&|name| name == "connectionString" || name == "url"), ssl) {
            objects.push(Object { url: url.value(self.text), ssl: self.place(ssl) });
        }
    }

    fn url(&mut self, path: &KeyPath, node: &Node, text: &str, scheme: &str, survey: &mut Survey) {
        if !scheme.contains("postgres") {
            return;
        }
        let family = if scheme.starts_with("jdbc") { Family::Jdbc } else { Family::Libpq };
        let host = url::host(text).to_owned();
        let part = |wanted: &str| url::parts(text).into_iter().find(|(name, _)| *name == wanted);
        if let Some((_, span)) = part("user") {
            survey.roles.extend(Some(url::decode(span.of(text))).filter(|role| names::is_plain(role)));
        }
        for parameter in url::parameters(text) {
            let value = Value::Str(url::decode(parameter.value.of(text)));
            if let Some((slot, _)) = names::slot(&parameter.name)
                && let Some(named) = Named::of(&value)
            {
                self.set(path, node, family, slot, named);
            } else if names::is_passphrase(&parameter.name) {
                self.block(path, node, family).unlocks = true;
            }
        }
        if names::is_plain(&host) {
            match self.blocks.get_mut(path) {
                Some(block) => block.host = Some(host),
                None => survey.hosts.extend([host]),
            }
        }
    }

    /// `sslmode=require sslkey=...` of libpq, `PGSSLMODE=require` in a list, `-c ssl_key_file=...` of a command.
    fn words(&mut self, path: &KeyPath, node: &Node, text: &str, survey: &mut Survey) {
        let owner = match path.last() {
            Some(Key::Index(_)) => path.parent().unwrap_or_default(),
            _ => path.clone(),
        };
        for (name, value) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
            let value = value.trim_matches(['\'', '"']);
            if let (Some((slot, family)), Some(named)) = (names::slot(name), Named::of(&value.into())) {
                self.set(&owner, node, family, slot, named);
            } else if names::is_host(name) && names::is_plain(value) && !value.starts_with('/') {
                let whole = if owner == *path { node.entry } else { Span::new(0, self.text.len()) };
                self.hosts.push((whole, value.to_owned()));
            } else if name == "NODE_TLS_REJECT_UNAUTHORIZED" && value == "0" {
                survey.disabled.push(self.place(node));
            } else if names::is_passphrase(name) {
                self.block(&owner, node, Family::Libpq).unlocks = true;
            }
        }
    }

    fn set(&mut self, path: &KeyPath, node: &Node, family: Family, slot: Slot, named: Named) {
        let setting = Setting { place: self.place(node), named };
        let block = self.block(path, node, family);
        block.family = family;
        block.settings.insert(slot, setting);
    }

    fn block(&mut self, path: &KeyPath, node: &Node, family: Family) -> &mut Block {
        let (file, span) = (self.path.clone(), node.entry);
        let name = path.keys.iter().rev().find_map(Key::name).unwrap_or("").to_owned();
        self.blocks.entry(path.clone()).or_insert_with(|| Block {
            family,
            file,
            span,
            name,
            settings: BTreeMap::new(),
            host: None,
            unlocks: false,
        })
    }

    fn place(&self, node: &Node) -> Location {
        format::location(self.path, self.text, node.entry, "")
    }

    /// Gives each block the host of the smallest map around it.
    fn finish(self, survey: &mut Survey) {
        let mut hosts = self.hosts;
        hosts.sort_by_key(|(span, _)| span.end - span.start);
        for mut block in self.blocks.into_values().filter(|block| !block.settings.is_empty()) {
            let around = || hosts.iter().find(|(span, _)| span.contains(block.span)).map(|(_, host)| host.clone());
            block.host = block.host.or_else(around);
            survey.hosts.extend(block.host.clone());
            survey.blocks.push(block);
        }
    }
}

/// Objects whose URL has TLS settings: written beside them, or in the variable that they read.
fn dropped(survey: &Survey, objects: Vec<Object>) -> Vec<Dropped> {
    let mut dropped = Vec::new();
    for Object { url, ssl } in objects {
        let found = match &url {
            Value::Str(text) => written(text).map(|mode| (ssl.clone(), mode)),
            Value::Code(code) => {
                let name = code.rsplit("process.env.").next().filter(|name| *name != code).map(str::trim);
                let block = survey.blocks.iter().find(|block| name.is_some_and(|name| block.name == name));
                block.and_then(|block| {
                    let place = block.settings.values().next()?.place.clone();
                    let mode = block.settings.get(&Slot::Mode).map(|setting| setting.named.text().to_owned());
                    Some((place, mode))
                })
            }
            _ => None,
        };
        dropped.extend(found.map(|(url, mode)| Dropped { object: ssl, url, mode }));
    }
    dropped
}

/// Whether a URL has TLS settings, and which mode.
fn written(url: &str) -> Option<Option<String>> {
    let slots = url::parameters(url).into_iter().filter_map(|one| Some((names::slot(&one.name)?.0, one)));
    let slots: BTreeMap<Slot, _> = slots.collect();
    if slots.is_empty() {
        return None;
    }
    Some(slots.get(&Slot::Mode).map(|one| url::decode(one.value.of(url))))
}
