//! Environments anywhere in a tree of settings: Kubernetes manifests, Helm values, Terraform, and their like.

use std::collections::BTreeSet;

use super::super::address::Address;
use super::super::ci::is_of_tools;
use super::super::npgsql;
use super::super::survey::is_compose;
use super::super::terraform::is_terraform;
use super::{Environment, Form, Variable, is_env, is_node_image, listed};
use crate::diagnostic::Code;
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// The maps and lists of `path` that read like the environment of a process.
pub(super) fn environments(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Environment>, Refused> {
    let is_yaml = path.file_name().ends_with(".yaml") || path.file_name().ends_with(".yml");
    let text = repository.text(path).unwrap_or_default();
    let words = ["PGHOST", "://", "host=", npgsql::PREFIX];
    if !is_yaml && !is_terraform(path) || is_of_tools(path) || !words.iter().any(|word| text.contains(word)) {
        return Ok(Vec::new());
    }
    let document = match repository.document(path) {
        Ok(document) => document,
        // A template; what names PostgreSQL in it is told of where tables are looked for.
        Err(refused) if refused.0.code == Code::Template => return Ok(Vec::new()),
        Err(_) if !text.to_ascii_lowercase().contains("postg") || is_terraform(path) => return Ok(Vec::new()),
        Err(refused) => return Err(refused),
    };
    Ok(found(&document))
}

/// The settings of `document` that are the values of such variables.
pub(in super::super) fn holds(document: &Document<'_, '_, '_>, path: &RepoPath) -> BTreeSet<KeyPath> {
    if is_env(path) || is_compose(path) || !matches!(document.format(), "yaml" | "hcl") {
        return BTreeSet::new();
    }
    found(document).into_iter().flat_map(|environment| environment.variables).map(|variable| variable.path).collect()
}

fn found(document: &Document<'_, '_, '_>) -> Vec<Environment> {
    let text = document.text();
    let terraform = document.format() == "hcl";
    let mut environments = Vec::new();
    // What a container is given, by where that stands.
    let mut of_node = BTreeSet::new();
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let (form, variables) = match &node.body {
            Body::Map(_) if terraform => (Form::Values, in_block(node, text, at)),
            Body::Map(_) => (Form::Map, in_map(node, text, at)),
            Body::List(_) => match in_list(node, text, at) {
                named if named.is_empty() => {
                    let listed = listed(document, at);
                    (Form::List, listed.into_iter().filter(|variable| is_variable(&variable.name)).collect())
                }
                named => (Form::Named, named),
            },
            _ => return,
        };
        let image = node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == "image"));
        if image.is_some_and(|image| image.value(text).as_str().is_some_and(is_node_image)) {
            of_node.insert(at.join("env"));
        }
        if variables.iter().any(is_of_database) {
            let node = of_node.contains(at);
            environments.push(Environment { path: at.clone(), form, node, folder: None, variables });
        }
    });
    environments
}

fn in_map(node: &Node, text: &str, at: &KeyPath) -> Vec<Variable> {
    let variable = |child: &Node| {
        let key = child.path_key()?;
        let name = key.name().filter(|name| is_variable(name))?.to_owned();
        Some(Variable { value: plain(child, text), path: at.join(key), name })
    };
    node.children.iter().filter_map(variable).collect()
}

/// The values of a block or an object of Terraform: variables in capitals, and addresses under any name. That of a
/// `default` or a `value` is the name of its block.
fn in_block(node: &Node, text: &str, at: &KeyPath) -> Vec<Variable> {
    let label = || at.last().and_then(Key::name).map(str::to_owned);
    let said = |name: &str| node.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name));
    let named =
        said("name").and_then(|name| name.value(text).as_str().map(str::to_owned)).filter(|name| is_variable(name));
    let variable = |child: &Node| {
        let key = child.path_key()?;
        let value = plain(child, text)?;
        let is_address = matches!(child.body, Body::Scalar { content: Some(_), .. }) && Address::of(&value).is_some();
        let name = match key.name()? {
            "description" | "error_message" => return None,
            "default" => label()?,
            "value" => named.clone().or_else(label)?,
            name => name.to_owned(),
        };
        (is_address || is_variable(&name) && named.is_none()).then(|| Variable {
            value: Some(value),
            path: at.join(key),
            name,
        })
    };
    node.children.iter().filter_map(variable).collect()
}

fn in_list(node: &Node, text: &str, at: &KeyPath) -> Vec<Variable> {
    let variable = |(index, item): (usize, &Node)| {
        let child =
            |name: &str| item.children.iter().find(|child| child.key.as_ref().is_some_and(|key| key.text == name));
        let name = child("name")?.value(text).as_str().filter(|name| is_variable(name))?.to_owned();
        let value = child("value").and_then(|value| plain(value, text));
        Some(Variable { name, value, path: at.join(index as isize).join("value") })
    };
    node.children.iter().enumerate().filter_map(variable).collect()
}

fn plain(node: &Node, text: &str) -> Option<String> {
    match node.value(text) {
        Value::Null | Value::Map(_) | Value::List(_) => None,
        other => Some(other.to_string()),
    }
}

/// Whether the variable opens a PostgreSQL connection.
fn is_of_database(variable: &Variable) -> bool {
    let value = variable.value.as_deref().unwrap_or("");
    matches!(variable.name.as_str(), "PGHOST" | "PGHOSTADDR")
        || Address::of(value).is_some()
        || npgsql::is_variable(&variable.name)
}

fn is_variable(name: &str) -> bool {
    npgsql::is_variable(name)
        || name.len() > 2 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
