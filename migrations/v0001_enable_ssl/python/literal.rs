//! URLs that names are given as literals and no call of the module takes: `SQLALCHEMY_DATABASE_URI`, those that other
//! modules import.

use std::collections::BTreeSet;

use super::super::address::Address;
use super::super::idiom::LIBPQ;
use super::super::settings::{Reason, Settings};
use super::super::survey::{Survey, overrules_urls};
use crate::format::Body;
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// A name that is given a URL.
struct Literal {
    path: KeyPath,
    text: String,
    plain: bool,
}

/// Whether a module may give a name such a URL.
pub(super) fn may_hold(text: &str) -> bool {
    let known = ["sqlalchemy", "SQLALCHEMY_", "create_engine", "psycopg"].iter().any(|word| text.contains(word));
    known && text.contains("://") && text.to_ascii_lowercase().contains("postg")
}

/// Configures every such URL of the module at `path` that a driver of the libpq family reads, but for those that calls
/// have `taken`.
pub(super) fn configure_all(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    taken: &BTreeSet<KeyPath>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let overruled = repository.text(path).is_some_and(|text| overrules_urls(&text));
    for literal in literals(repository, path)?.into_iter().filter(|literal| !taken.contains(&literal.path)) {
        let name = literal.path.to_string();
        let Some(address) = Address::of(&literal.text) else { continue };
        let reason = match address.leave(path, &name, survey) {
            Some(reason) => Some(reason),
            None if survey.is_local_anywhere(&address.host()) => {
                Some(Reason::Fine(format!("`{name}` leads to a database of a compose file without ssl=on")))
            }
            None if overruled => Some(Reason::ByHand(format!(
                "`{name}` is read beside a driver that takes no such settings in a URL, or settings of its own"
            ))),
            None if !literal.plain => {
                Some(Reason::ByHand(format!("`{name}` is a URL that is not written as one plain string")))
            }
            None => None,
        };
        match reason {
            Some(reason) => reason.tell(repository, path),
            None => configure(repository, path, &literal, settings)?,
        }
    }
    Ok(())
}

fn literals(repository: &mut Repository<'_, '_>, path: &RepoPath) -> Result<Vec<Literal>, Refused> {
    let document = repository.document(path)?;
    let mut literals = Vec::new();
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        // What stands in `DATABASES` is Django's; what a call is given depends on the call.
        let is_call = at.keys.first().and_then(Key::name).is_some_and(|name| name.ends_with("()"));
        let is_elsewhere = is_call || at.to_string().contains("DATABASES");
        if let (false, Value::Str(text)) = (is_elsewhere, node.value(document.text()))
            && Address::of(&text).is_some()
        {
            let plain = matches!(node.body, Body::Scalar { content: Some(_), .. });
            literals.push(Literal { path: at.clone(), text, plain });
        }
    });
    Ok(literals)
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    literal: &Literal,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let at = &literal.path;
    let Some(address) = Address::of(&literal.text) else { return Ok(()) };
    let present = address.present();
    let missing = settings.missing(|index| present[index].clone())?;
    if missing.is_empty() {
        repository.skip(path, format!("`{at}` is configured already"));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    let entries = settings.entries(&LIBPQ, missing, &document)?;
    address.write(&mut document, at, entries)?;
    repository.note(path, format!("libpq, through SQLAlchemy or psycopg, by the {} `{at}`", address.noun()));
    Ok(())
}
