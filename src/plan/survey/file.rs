//! One file: its settings, put to the connection that they belong to.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Code;
use super::dialled::{self, Dialled, Endpoint};
use super::hba::{self, Demand};
use super::readers::Readers;
use super::{Block, Family, Found, Named, Object, Setting, Slot, Trusting, Url, mistakes, names};
use crate::diagnostic::Location;
use crate::format::{self, Body, Node, Opened, Secrets};
use crate::path::RepoPath;
use crate::text::Span;
use crate::value::{Key, KeyPath, Value, url};

pub(super) struct File<'t> {
    pub path: &'t RepoPath,
    pub text: &'t str,
    pub code: Option<Code<'t>>,
    /// How the text reads, where it is of a language that is known.
    pub opened: Option<&'t Opened>,
    /// PostgreSQL, or one of its drivers, is named in it.
    pub is_of_postgres: bool,
    pub readers: &'t Readers<'t>,
    /// Where settings start that nothing reads, and so are no settings.
    pub ignored: BTreeSet<usize>,
    /// Those of a server and of a client may stand in one map, as in PgBouncer's.
    blocks: BTreeMap<(KeyPath, bool), Block>,
    /// Maps with the host that is set in them.
    hosts: Vec<(Span, Endpoint)>,
}

/// The child of `node` called `name`.
pub(super) fn child<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name))
}

/// What a setting says; nothing where it holds others.
pub(super) fn said(node: &Node, text: &str) -> Value {
    match &node.body {
        Body::Map(_) | Body::List(_) | Body::Empty(_) => Value::Null,
        Body::Opaque(_) => {
            let source = if node.value.is_empty() { node.entry } else { node.value };
            Value::Code(source.of(text).to_owned())
        }
        Body::Scalar { .. } | Body::Alias(_) | Body::Reference(_) | Body::Spread => node.value(text),
    }
}

/// The name of the setting at `path`; elements of a list go by that of the list.
fn name_of(path: &KeyPath) -> &str {
    path.keys.iter().rev().find_map(Key::name).unwrap_or("")
}

impl<'t> File<'t> {
    pub fn new(path: &'t RepoPath, text: &'t str, lower: &str, readers: &'t Readers<'t>) -> Self {
        let is_of_postgres = names::speaks_of_postgres(path, lower);
        let (blocks, hosts, ignored) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Self { path, text, code: None, opened: None, is_of_postgres, readers, ignored, blocks, hosts }
    }

    /// Adds what the file says to `found`.
    pub fn read(mut self, root: &Node, found: &mut Found) {
        if let Some(code) = self.code.as_ref().filter(|code| !code.is_python && self.is_of_postgres) {
            found.read_by_node.extend(code.variables());
        }
        self.visit(&KeyPath::default(), root, None, found);
        self.finish(found);
    }

    fn visit(&mut self, path: &KeyPath, node: &Node, above: Option<&Node>, found: &mut Found) {
        if matches!(node.body, Body::Map(_) | Body::Empty(_)) {
            self.look_at_map(path, node, above, found);
        } else {
            self.setting(path, node, found);
        }
        for (index, child) in node.children.iter().enumerate() {
            let key = if node.is_list() { Some(Key::Index(index as isize)) } else { child.path_key() };
            if let Some(key) = key {
                self.visit(&path.join(key), child, Some(node), found);
            }
        }
    }

    /// What is only seen from above: the host beside other settings, a URL beside an `ssl` object.
    fn look_at_map(&mut self, path: &KeyPath, node: &Node, above: Option<&Node>, found: &mut Found) {
        mistakes::of_map(self, path, node, found);
        let Dialled { endpoint, is_postgres } = dialled::of_map(self, path, node, above);
        if is_postgres {
            found.survey.roles.extend(endpoint.role.clone());
        }
        if !endpoint.host.is_empty() {
            if is_postgres {
                dial(&endpoint, found);
            }
            self.hosts.push((node.entry, endpoint));
        }
        // `- name: PGSSLMODE` with `value: require` of Kubernetes.
        if let (Some(Value::Str(name)), Some(value)) =
            (child(node, "name").map(|name| said(name, self.text)), child(node, "value"))
        {
            let (owner, text) = (path.parent().unwrap_or_default(), said(value, self.text));
            self.assigned(&owner.join(name.as_str()), value, &text, found);
            if let Some(host) = text.as_str().filter(|host| names::is_postgres_host(&name) && names::is_plain(host)) {
                dial(&Endpoint { host: host.to_owned(), ..Endpoint::default() }, found);
            }
        }
        let Some(ssl) = child(node, "ssl") else { return };
        let resolved =
            |node: &Node| self.code.as_ref().map_or_else(|| node.clone(), |code| code.resolved(node).clone());
        let is_object = matches!(resolved(ssl).body, Body::Map(_) | Body::Opaque(_));
        let Some(url) = child(node, "connectionString").or_else(|| child(node, "url")).filter(|_| is_object) else {
            return;
        };
        let url = match said(&resolved(url), self.text) {
            Value::Str(text) => Some(Ok(text)),
            _ => self.code.as_ref().and_then(|code| code.variable(url)).map(Err),
        };
        found.objects.extend(url.map(|url| Object { url, ssl: self.place(ssl) }));
    }

    fn setting(&mut self, path: &KeyPath, node: &Node, found: &mut Found) {
        if self.ignored.contains(&node.entry.start) {
            return;
        }
        let value = match &self.code {
            Some(code) => said(code.resolved(node), self.text),
            None => said(node, self.text),
        };
        self.assigned(path, node, &value, found);
    }

    /// `path` is given `value` at `node`.
    fn assigned(&mut self, path: &KeyPath, node: &Node, value: &Value, found: &mut Found) {
        let name = name_of(path);
        let owner = path.parent().unwrap_or_default();
        match value {
            Value::Bool(false) if name == "rejectUnauthorized" => {
                found.survey.unverified.push((Trusting::RejectUnauthorized, self.place(node)));
            }
            Value::Str(_) | Value::Int(_) if name == names::NODE_TLS && value.to_string() == "0" => {
                found.survey.disabled.push(self.place(node));
            }
            Value::Str(method) if name == hba::METHOD && method == "cert" => {
                found.survey.demands.push(Demand::of_all(self.place(node)));
            }
            _ => {}
        }
        mistakes::of_setting(self, (name, value), node, found);
        if matches!(node.body, Body::List(_)) {
            return;
        }
        if names::is_passphrase(name) {
            self.block(&owner, node, Family::Libpq).unlocks = true;
        }
        // A statement of JavaScript gives a name a value, and no connection a setting.
        let is_property = self.code.as_ref().is_none_or(|code| code.is_python || !is_statement(node, self.text));
        if let Some((slot, family)) = names::slot(name).filter(|_| is_property && names::is_of(name, value)) {
            let is_mute = slot != Slot::Mode && name.starts_with("PGSSL") && self.readers.is_of_node(self.path);
            match is_mute {
                true => found.survey.mistakes.push((super::Mistake::UnreadByNode, self.place(node))),
                false => self.set(&owner, node, family, slot, self.named(value)),
            }
        } else if let (Some(slot), Value::Code(code)) = (names::content_slot(name).filter(|_| is_property), value)
            && !path.keys.iter().filter_map(Key::name).any(|call| call.ends_with("createServer()"))
        {
            self.set(&owner, node, Family::Node, slot, Named::read_by_node(code));
        }
        if let Value::Str(text) = value {
            // What a name stands for is read where it is declared.
            if matches!(node.body, Body::Opaque(_)) {
                return;
            }
            found.survey.unverified.extend(Trusting::in_text(name, text).map(|one| (one, self.place(node))));
            match url::scheme(text) {
                Some(scheme) => self.url(path, node, text, &scheme, found),
                None => self.words(path, node, text, found),
            }
        }
    }

    /// What a setting says. Nothing is filled in later in a service file.
    fn named(&self, value: &Value) -> Option<Named> {
        match value {
            Value::Str(text) if !text.is_empty() && self.path.file_name().ends_with("pg_service.conf") => {
                Some(Named::Text(text.clone()))
            }
            _ => Named::of(value),
        }
    }

    fn url(&mut self, path: &KeyPath, node: &Node, text: &str, scheme: &str, found: &mut Found) {
        if !scheme.contains("postgres") {
            return;
        }
        let name = name_of(path).to_owned();
        let schema = self.readers.schema_of(&name);
        let is_prisma = schema.is_some() || ["sslaccept=", "sslidentity="].iter().any(|word| text.contains(word));
        let family = match scheme {
            _ if scheme.starts_with("jdbc") => Family::Jdbc,
            _ if scheme.starts_with("r2dbc") => Family::R2dbc,
            _ if is_prisma => Family::Prisma,
            _ => Family::Libpq,
        };
        if let Some(mode) = names::tls_of_url(text) {
            let is_as_libpq = url::parameter(text, "uselibpqcompat").as_deref() == Some("true");
            found.urls.push(Url { name, place: self.place(node), mode, is_as_libpq });
        }
        if mistakes::of_url(self, path, (scheme, text), node, found) {
            return;
        }
        for parameter in url::parameters(text) {
            let value = url::decode(parameter.value.of(text));
            if let Some((slot, _)) = names::slot(&parameter.name) {
                let (slot, value) = match (family, slot) {
                    // To Prisma it is the CA, from the folder of the schema.
                    (Family::Prisma, Slot::Certificate) => (Slot::Ca, names::below(schema.unwrap_or("prisma"), &value)),
                    (_, slot) => (slot, value),
                };
                self.set(path, node, family, slot, Named::of(&Value::Str(value)));
            } else if names::is_passphrase(&parameter.name) {
                self.block(path, node, family).unlocks = true;
            }
        }
        let block = (path.clone(), false);
        let is_set = self.blocks.get(&block).is_some_and(|block| block.settings.contains_key(&Slot::Mode));
        let mode = match url::parameter(text, "ssl").as_deref() {
            _ if is_set => None,
            Some("false" | "0") => Some("disable"),
            Some("true" | "1") if matches!(family, Family::Jdbc | Family::R2dbc) => Some("verify-full"),
            _ if scheme.starts_with("r2dbcs:") => Some("verify-full"),
            _ => None,
        };
        if let Some(mode) = mode {
            self.set(path, node, family, Slot::Mode, Some(Named::Text(mode.to_owned())));
        }
        if let Some(endpoint) = dialled::of_url(text) {
            dial(&endpoint, found);
            if let Some(block) = self.blocks.get_mut(&block) {
                (block.host, block.role) = (Some(endpoint.host), endpoint.role);
            }
        }
    }

    /// `sslmode=require sslkey=...` of libpq, `SSL Mode=Require;...` of Npgsql, `PGSSLMODE=require` in a list,
    /// `-c ssl_key_file=...` of a command.
    fn words(&mut self, path: &KeyPath, node: &Node, text: &str, found: &mut Found) {
        let is_element = matches!(path.last(), Some(Key::Index(_)));
        let owner = if is_element { path.parent().unwrap_or_default() } else { path.clone() };
        if let Some(pairs) = names::npgsql(text) {
            let endpoint = dialled::of_words(pairs.iter().copied());
            let has_database =
                pairs.iter().any(|(name, _)| ["database", "db"].iter().any(|one| name.eq_ignore_ascii_case(one)));
            for (name, value) in pairs {
                if let Some((slot, named)) = names::npgsql_slot(name, value) {
                    self.set(path, node, Family::Npgsql, slot, named);
                } else if name.eq_ignore_ascii_case("ssl password") {
                    self.block(path, node, Family::Npgsql).unlocks = true;
                }
            }
            if let Some(endpoint) = endpoint {
                if has_database {
                    dial(&endpoint, found);
                }
                self.hosts.push((node.entry, endpoint));
            }
            return;
        }
        let pairs = || {
            let pairs = text.split_whitespace().filter_map(|word| word.split_once('='));
            let pairs = names::set_by_docker(self.path, text).into_iter().chain(pairs);
            pairs.map(|(name, value)| (name, value.trim_matches(['\'', '"'])))
        };
        for (name, value) in pairs() {
            if let Some((slot, family)) = names::slot(name) {
                self.set(&owner, node, family, slot, Named::of(&value.into()));
            } else if name == names::NODE_TLS && value == "0" {
                found.survey.disabled.push(self.place(node));
            } else if name == hba::METHOD && value == "cert" {
                found.survey.demands.push(Demand::of_all(self.place(node)));
            } else if names::is_passphrase(name) {
                self.block(&owner, node, Family::Libpq).unlocks = true;
            }
        }
        if let Some(endpoint) = dialled::of_words(pairs()) {
            if pairs().any(|(name, _)| matches!(name, "dbname" | "sslmode") || names::is_postgres_host(name)) {
                dial(&endpoint, found);
            }
            let whole = if is_element { Span::new(0, self.text.len()) } else { node.entry };
            self.hosts.push((whole, endpoint));
        }
    }

    /// `None` stands for what only a run knows.
    fn set(&mut self, path: &KeyPath, node: &Node, family: Family, slot: Slot, named: Option<Named>) {
        let setting = named.map(|named| Setting { place: self.place(node), named });
        let block = self.block(path, node, family);
        match setting {
            Some(setting) => {
                block.family = family;
                block.settings.insert(slot, setting);
            }
            None => drop(block.computed.insert(slot)),
        }
    }

    fn block(&mut self, path: &KeyPath, node: &Node, family: Family) -> &mut Block {
        let (file, span) = (self.path.clone(), node.entry);
        self.blocks.entry((path.clone(), family == Family::Server)).or_insert_with(|| Block {
            family,
            file,
            span,
            settings: BTreeMap::new(),
            computed: BTreeSet::new(),
            host: None,
            role: None,
            unlocks: false,
        })
    }

    pub fn place(&self, node: &Node) -> Location {
        let none = Secrets::default();
        let secrets = self.opened.map_or(&none, Opened::secrets);
        format::location_among(self.path, self.text, node.entry, "", secrets)
    }

    /// Gives each block the host of the smallest map around it.
    fn finish(self, found: &mut Found) {
        let mut hosts = self.hosts;
        hosts.sort_by_key(|(span, _)| span.end - span.start);
        for mut block in self.blocks.into_values().filter(|block| !block.settings.is_empty()) {
            if block.host.is_none()
                && let Some((_, around)) = hosts.iter().find(|(span, _)| span.contains(block.span))
            {
                (block.host, block.role) = (Some(around.host.clone()), around.role.clone());
                dial(around, found);
            }
            found.survey.blocks.push(block);
        }
    }
}

fn dial(endpoint: &Endpoint, found: &mut Found) {
    if !found.survey.endpoints.contains(endpoint) {
        found.survey.endpoints.push(endpoint.clone());
    }
}

/// Whether `name = value` set it, and not `name: value`.
fn is_statement(node: &Node, text: &str) -> bool {
    let sign = node.key.as_ref().and_then(|key| text.get(key.span.end..node.value.start));
    sign.is_some_and(|sign| sign.contains('='))
}
