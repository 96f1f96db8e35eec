//! What a judge has to read after a change, from what it read before: the change in terms of JSON.
//!
//! Written apart from `Change::apply`, which is part of what is judged. In what a judge answers, `$sites` is a list of what
//! has one name, `$tuple` a list of Python, `$ref` a name of JavaScript, `$code` an expression.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use settings_migrate::format::{Change, Rank};
use settings_migrate::value::{Key, KeyPath, Lens, Part, Value};

/// How a format differs from a map of maps.
pub struct Dialect {
    format: &'static str,
    /// What the judge reads for the expressions that are asked.
    codes: BTreeMap<String, Json>,
}

type Answer<T> = Result<T, String>;

impl Dialect {
    pub fn of(format: &'static str, codes: BTreeMap<String, Json>) -> Self {
        Self { format, codes }
    }

    /// `before` after `changes`.
    ///
    /// # Errors
    /// When a path is not in what the judge read.
    pub fn after(&self, before: &Json, changes: &[Change]) -> Answer<Json> {
        let mut value = before.clone();
        for change in changes {
            self.apply(&mut value, change)?;
        }
        Ok(value)
    }

    fn apply(&self, root: &mut Json, change: &Change) -> Answer<()> {
        match change {
            Change::Set { path, value } => {
                let value = self.json(value);
                self.put(root, &self.keys(root, path), value)
            }
            Change::Merge { path, entries } => entries.iter().try_for_each(|(key, value)| {
                let value = self.json(value);
                self.put(root, &self.keys(root, &path.join(key.as_str())), value)
            }),
            Change::Remove { path } => self.take(root, &self.keys(root, path)).map(drop),
            Change::Rename { path, name } => {
                let mut keys = self.keys(root, path);
                let value = self.take(root, &keys)?;
                let last = keys.last_mut().ok_or("the root has no name")?;
                *last = Key::from(name.as_str());
                self.join(root, &keys, value)
            }
            Change::Insert { container, key: Some(key), value, .. } => {
                let value = self.json(value);
                self.put(root, &self.keys(root, &container.join(key.as_str())), value)
            }
            Change::Insert { container, key: None, value, rank } => {
                let value = self.json(value);
                let keys = self.keys(root, container);
                let container = self.find(root, &keys, true)?;
                if container.is_null() {
                    *container = json!([]);
                }
                let items = list(container).ok_or("not a list")?;
                if !items.contains(&value) {
                    let at = position(items.len(), rank);
                    items.insert(at, value);
                }
                Ok(())
            }
            Change::Copy { path, to } => {
                let value = self.find(root, &self.keys(root, path), false)?.clone();
                self.put(root, &self.keys(root, to), value)
            }
            Change::Move { path, to } => {
                let value = self.take(root, &self.keys(root, path))?;
                let element = value.get("$sites").and_then(|sites| sites.get(0)).cloned();
                self.put(root, &self.keys(root, to), element.unwrap_or(value))
            }
            Change::Within { path, lens, change } => self.within(root, path, *lens, change),
            Change::Import { module, name, .. } => self.import(root, module, name),
            Change::Unshare { .. } | Change::Quoted { .. } => Err("only a migration asks so".to_owned()),
            Change::Comment { .. } => Ok(()),
            Change::Block { path } => {
                let (last, parents) = path.keys.split_last().ok_or("no key")?;
                let parent = self.find(root, parents, false)?.as_object_mut().ok_or("not a map")?;
                parent.entry(last.name().ok_or("not a name")?).or_insert(json!({ "$sites": [{}] }));
                Ok(())
            }
            Change::Statement { .. } => Err("a statement is no value".to_owned()),
            Change::Replace { .. } => Err("a text means what it means".to_owned()),
        }
    }

    /// The keys of `path` as the judge knows them.
    fn keys(&self, root: &Json, path: &KeyPath) -> Vec<Key> {
        if matches!(self.format, "properties" | "env") {
            let names: Vec<&str> = path.keys.iter().filter_map(Key::name).collect();
            return vec![Key::from(names.join("."))];
        }
        let mut keys = path.keys.clone();
        // A name of JavaScript that stands for another leads there.
        while let Some(target) = keys.first().and_then(|first| {
            let sites = root.get(first.name()?)?.get("$sites")?.as_array()?;
            let site = if let Key::Site(_, site) = first { site - 1 } else { 0 };
            sites.get(site)?.get("$ref")?.as_str()
        }) {
            if keys.len() < 2 {
                break;
            }
            keys[0] = Key::from(target);
        }
        keys
    }

    fn json(&self, value: &Value) -> Json {
        let is_text = matches!(self.format, "env" | "ini" | "lines" | "properties" | "xml");
        match value {
            Value::Null => Json::Null,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) if is_text => Json::String(value.to_string()),
            Value::Bool(flag) => json!(flag),
            Value::Int(number) => json!(number),
            Value::Float(number) => json!(number),
            Value::Str(text) | Value::Date(text) => json!(text),
            Value::Code(code) => self.codes.get(code).cloned().unwrap_or(Json::Null),
            Value::List(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), self.json(value))).collect(),
        }
    }

    /// Gives the setting at `keys` its value.
    fn put(&self, root: &mut Json, keys: &[Key], value: Json) -> Answer<()> {
        let is_element = self.format == "xml" && !keys.last().and_then(Key::name).is_some_and(is_part);
        let slot = self.find(root, keys, true)?;
        match value {
            value if is_element => fill(slot.as_object_mut().ok_or("not an element")?, value),
            value => *slot = value,
        }
        Ok(())
    }

    /// Puts a whole entry, as `take` gave it, under another name.
    fn join(&self, root: &mut Json, keys: &[Key], value: Json) -> Answer<()> {
        let (last, parents) = keys.split_last().ok_or("no key")?;
        let parent = self.find(root, parents, false)?.as_object_mut().ok_or("not a map")?;
        let name = last.name().ok_or("not a name")?;
        match (value, parent.get_mut(name).and_then(|value| value.get_mut("$sites")).and_then(Json::as_array_mut)) {
            (Json::Object(mut entry), Some(sites)) => {
                sites.extend(entry.remove("$sites").and_then(|own| own.as_array().cloned()).unwrap_or_default());
            }
            (value, _) => {
                parent.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Takes an entry out of its container: one of several with its name as the only one.
    fn take(&self, root: &mut Json, keys: &[Key]) -> Answer<Json> {
        let (last, parents) = keys.split_last().ok_or("the root can not be removed")?;
        let parent = self.find(root, parents, false)?;
        if let Key::Index(index) = last {
            let items = list(parent).ok_or("not a list")?;
            let at = offset(items.len(), *index);
            return if at < items.len() { Ok(items.remove(at)) } else { Err(format!("no element {index}")) };
        }
        let entries = parent.as_object_mut().ok_or("not a map")?;
        let name = self.known(entries, last.name().unwrap_or("")).ok_or_else(|| format!("no `{last}`"))?;
        if let (Key::Site(_, site), Some(sites)) = (last, entries[&name].get_mut("$sites").and_then(Json::as_array_mut))
            && sites.len() > 1
        {
            return Ok(json!({ "$sites": [sites.remove(site - 1)] }));
        }
        entries.remove(&name).ok_or_else(|| format!("no `{last}`"))
    }

    /// The value at `keys`; maps on the way are made where `make` says so.
    fn find<'v>(&self, value: &'v mut Json, keys: &[Key], make: bool) -> Answer<&'v mut Json> {
        let Some((key, rest)) = keys.split_first() else { return Ok(value) };
        if let Key::Index(index) = key {
            let items = list(value).ok_or_else(|| format!("no list for {key}"))?;
            let at = offset(items.len(), *index);
            return self.find(items.get_mut(at).ok_or_else(|| format!("no element {key}"))?, rest, make);
        }
        if value.is_null() && make {
            *value = json!({});
        }
        let entries = value.as_object_mut().ok_or_else(|| format!("no map for `{key}`"))?;
        let wanted = key.name().unwrap_or("");
        let name = match self.known(entries, wanted) {
            Some(name) => name,
            None if make => {
                let is_element = self.format == "xml" && !is_part(wanted);
                entries.insert(wanted.to_owned(), if is_element { json!({ "$sites": [{}] }) } else { Json::Null });
                wanted.to_owned()
            }
            None => return Err(format!("no `{key}`")),
        };
        let entry = &mut entries[&name];
        if entry.get("$sites").is_none() {
            return self.find(entry, rest, make);
        }
        let sites = entry["$sites"].as_array_mut().ok_or("`$sites` is a list")?;
        let site = match key {
            Key::Site(_, site) => site - 1,
            _ if sites.len() == 1 => 0,
            _ => return Err(format!("`{key}` stands several times")),
        };
        if site == sites.len() && make {
            sites.push(json!({}));
        }
        self.find(sites.get_mut(site).ok_or_else(|| format!("no `{key}`"))?, rest, make)
    }

    /// The key of `entries` that is meant by `wanted`: one that is no text ends in what is written.
    fn known(&self, entries: &Map<String, Json>, wanted: &str) -> Option<String> {
        let same = |key: &&String| match self.format {
            "ini" => key.eq_ignore_ascii_case(wanted),
            _ => *key == wanted,
        };
        let other = |key: &&String| {
            key.strip_prefix('!').and_then(|typed| typed.split_once(' ')).is_some_and(|(_, text)| text == wanted)
        };
        entries.keys().find(same).or_else(|| entries.keys().find(other)).cloned()
    }

    /// Changes the text of a setting. What a query becomes is told here again; of other texts the judge says whether
    /// the file holds what we made of them.
    fn within(&self, root: &mut Json, path: &KeyPath, lens: Lens, change: &Change) -> Answer<()> {
        let mut keys = self.keys(root, path);
        if self.format == "xml" && !keys.last().and_then(Key::name).is_some_and(is_part) {
            keys.push(Key::from("#text"));
        }
        let slot = self.find(root, &keys, false)?;
        let text = slot.as_str().ok_or("not a text")?;
        let name = |path: &KeyPath| Part { lens, path: path.clone() }.parameter().map(str::to_owned);
        let becomes = match change {
            Change::Set { path, value: Value::Str(value) } => name(path).map(|name| query(text, &name, Some(value))),
            Change::Remove { path } => name(path).map(|name| query(text, &name, None)),
            _ => None,
        };
        let made = || change.clone().within(&KeyPath::default(), lens).apply(&Value::Str(text.to_owned()));
        *slot = json!(becomes.unwrap_or_else(|| made().as_str().unwrap_or("").to_owned()));
        Ok(())
    }

    /// A name of a module is bound, unless it can be reached already.
    fn import(&self, root: &mut Json, module: &str, name: &str) -> Answer<()> {
        let module = module.strip_prefix("node:").unwrap_or(module);
        let bound = format!("{module}.{name}");
        let names = root.as_object_mut().ok_or("not a module")?;
        if self.format == "python" {
            names.insert(name.to_owned(), json!({ "$code": bound }));
            return Ok(());
        }
        let imports = names["$imports"].as_object_mut().ok_or("no imports")?;
        if !imports.values().any(|known| known == module) {
            imports.insert(name.to_owned(), json!(bound));
        }
        Ok(())
    }
}

/// An attribute or the text of an element.
fn is_part(name: &str) -> bool {
    name.starts_with(['@', '#'])
}

fn list(value: &mut Json) -> Option<&mut Vec<Json>> {
    if value.get("$tuple").is_some() { value["$tuple"].as_array_mut() } else { value.as_array_mut() }
}

fn offset(length: usize, index: isize) -> usize {
    if index < 0 { length.wrapping_add_signed(index) } else { index as usize }
}

fn position(length: usize, rank: &Rank) -> usize {
    match rank {
        Rank::First => 0,
        Rank::Before(Key::Index(index)) => offset(length, *index),
        Rank::After(Key::Index(index)) => offset(length, *index) + 1,
        _ => length,
    }
}

/// The URL with a parameter set in its query, or removed from it.
fn query(url: &str, name: &str, value: Option<&str>) -> String {
    let (head, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
    let (address, query) = head.split_once('?').unwrap_or((head, ""));
    let mut parts: Vec<String> = query.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let at = parts.iter().position(|part| part.split('=').next() == Some(name));
    match (value, at) {
        (Some(value), Some(at)) => parts[at] = format!("{name}={value}"),
        (Some(value), None) => parts.push(format!("{name}={value}")),
        (None, Some(at)) => drop(parts.remove(at)),
        (None, None) => {}
    }
    let mark = if parts.is_empty() { "" } else { "?" };
    format!("{address}{mark}{}{fragment}", parts.join("&"))
}

/// Gives an element of XML what `value` says.
fn fill(element: &mut Map<String, Json>, value: Json) {
    match value {
        Json::Object(entries) => {
            for (key, value) in entries {
                let is_whole = is_part(&key) || value.get("$sites").is_some();
                let value = if is_whole { value } else { json!({ "$sites": [new_element(value)] }) };
                element.insert(key, value);
            }
        }
        value => {
            element.remove("#text");
            // A judge does not tell white space of layout from text.
            if value.as_str().is_some_and(|text| !text.trim().is_empty()) {
                element.insert("#text".to_owned(), value);
            }
        }
    }
}

fn new_element(value: Json) -> Json {
    let mut element = Map::new();
    fill(&mut element, value);
    Json::Object(element)
}
