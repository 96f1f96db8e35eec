//! Refusals of an operation, with the places in the migration that asked for it.

use crate::diagnostic::{Code, Diagnostic};
use crate::migration::declared::operation::target_span;
use crate::migration::declared::scope::Scope;
use crate::migration::declared::source::{Data, Datum};
use crate::path::RepoPath;
use crate::text::Span;
use crate::tree::is_migration_name;
use crate::value::KeyPath;

/// `diagnostic`, with a word on the lines of the file at `path` that it shows, where operations before have changed them.
pub(super) fn after_others(diagnostic: Diagnostic, path: &RepoPath, is_changed: bool) -> Diagnostic {
    let is_shown = diagnostic.places.iter().any(|place| place.path == path.as_str());
    match is_changed && is_shown {
        true => diagnostic.note(format!("{path} is shown as the operations before this one leave it")),
        false => diagnostic,
    }
}

/// `diagnostic` with the operation that asked: before the place in the file where something is missing there, at the key
/// `missing` of its path.
pub(super) fn pointed(
    mut diagnostic: Diagnostic,
    scope: &Scope<'_>,
    datum: &Datum,
    missing: Option<&str>,
) -> Diagnostic {
    let value = |key: &str| datum.get(key).map(|value| value.span);
    let span = target_span(datum);
    match diagnostic.code {
        Code::NotFound => {
            let what = if value("replace").is_some() { "no such text" } else { "no such setting" };
            diagnostic.places.insert(0, scope.source.location(scope.source.narrowed(span, missing), what));
            diagnostic
        }
        Code::Unexpected => {
            diagnostic.help.splice(0..0, look_at_it(scope));
            match value("was") {
                Some(was) => asked_here(diagnostic, scope, was, "expected here"),
                None => asked_here(diagnostic, scope, span, "asked for here"),
            }
        }
        Code::NoRule => {
            let known = match datum.get("with").map(|with| &with.data) {
                Some(Data::Map(rules)) => rules.iter().map(|(old, _)| old.text.as_str()).collect::<Vec<_>>().join(", "),
                _ => String::new(),
            };
            let known: String = format!("known: {known}").chars().take(40).collect();
            asked_here(diagnostic, scope, value("with").unwrap_or(span), &known)
        }
        Code::Ambiguous if is_first_name(&diagnostic.message) && value("site").is_none() => {
            // The other ways to say it are for paths in other commands.
            diagnostic.help.retain(|help| !help.starts_with("say which"));
            diagnostic
                .help
                .insert(0, "say which: `site = 1`, `site = 2` and so on, or `site = \"*\"` for each".to_owned());
            asked_here(diagnostic, scope, span, "asked for here")
        }
        _ => asked_here(diagnostic, scope, span, "asked for here"),
    }
}

/// Whether what `message` is about, between its first quotes, is one name: an anchor, an assignment or a block.
fn is_first_name(message: &str) -> bool {
    let name = message.split('`').nth(1).and_then(|path| path.parse::<KeyPath>().ok());
    message.ends_with(')') && name.is_some_and(|path| path.keys.len() == 1)
}

/// How to look at the migration as a whole.
fn look_at_it(scope: &Scope<'_>) -> Option<String> {
    let name = scope.source.path.trim_end_matches("/migration.toml").trim_end_matches(".toml").rsplit('/').next()?;
    let version = name.split('_').next().filter(|_| is_migration_name(name))?;
    Some(format!("look at it: migrate show {version}"))
}

pub(super) fn asked_here(diagnostic: Diagnostic, scope: &Scope<'_>, span: Span, label: &str) -> Diagnostic {
    diagnostic.at(scope.source.location(span, label))
}
