//! Where a configuration in JavaScript takes its URL from.

use super::connections::{Object, child, constant};
use crate::migration::Document;
use crate::value::Value;

/// A source of a URL.
pub(super) enum Url {
    None,
    Literal(String),
    /// An environment variable.
    Variable(String),
    /// Put together at run time, from this source.
    Computed(String),
}

/// The URL of a configuration, through one local name at most.
pub(super) fn url_of(document: &Document<'_, '_, '_>, object: &Object) -> Url {
    let named = |name: &str| child(document, &object.path, name);
    // Sequelize's settings file names the variable.
    if let Some(Value::Str(name)) = named("use_env_variable").map(|node| node.value(document.text())) {
        return Url::Variable(name);
    }
    // TypeORM's name for it is `url`.
    let Some(node) = named("connectionString").or_else(|| named("url")) else { return given_url(&object.given) };
    if let Value::Str(text) = node.value(document.text()) {
        return Url::Literal(text);
    }
    let source = if node.value.is_empty() {
        node.key.as_ref().map_or("", |key| key.text.as_str())
    } else {
        node.value.of(document.text())
    };
    let declared = constant(document, source);
    match declared.map(|node| node.value(document.text())) {
        Some(Value::Str(text)) => Url::Literal(text),
        Some(Value::Code(code)) if !code.starts_with("const ") => by_source(&code),
        _ if is_taken_from_environment(document.text(), source) => Url::Variable(source.to_owned()),
        _ => by_source(source),
    }
}

/// The URL that a call is given before its settings; several arguments are the parts of one.
fn given_url(given: &str) -> Url {
    let only = given.strip_suffix(',').map(str::trim).filter(|only| !only.contains(','));
    match only {
        None => Url::None,
        Some(text) if text.contains("://") => Url::Literal(text.trim_matches(['\'', '"', '`']).to_owned()),
        Some(source) => by_source(source),
    }
}

/// `process.env.NAME` and the like: the one variable that the source names. Anything more is put together.
pub(super) fn by_source(source: &str) -> Url {
    let constant = |word: &&str| {
        word.len() > 2
            && word.contains('_')
            && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let mut names = source.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(constant);
    let added = source.contains("sslmode=") || source.contains("ssl=");
    match (names.next(), names.next()) {
        (Some(name), None) if !added => Url::Variable(name.to_owned()),
        _ => Url::Computed(source.to_owned()),
    }
}

/// `const { NAME } = process.env`.
fn is_taken_from_environment(text: &str, name: &str) -> bool {
    text.match_indices("process.env").any(|(at, _)| {
        let before = text[..at].trim_end();
        let pattern = before.strip_suffix('=').map(str::trim_end).and_then(|rest| rest.strip_suffix('}'));
        let names = pattern.and_then(|rest| rest.rfind('{').map(|open| &rest[open + 1..]));
        names.is_some_and(|names| names.split([',', ':']).any(|part| part.trim() == name))
    })
}
