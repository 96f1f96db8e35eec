//! URLs that names in Python code are given as literals: `SQLALCHEMY_DATABASE_URI`, and those that `create_engine` and
//! psycopg are handed by their names.

use super::address::Address;
use super::idiom::LIBPQ;
use super::settings::{Reason, Settings};
use super::survey::{Survey, overrules_urls};
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

/// Configures every such URL that a driver of the libpq family reads.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    for path in repository.files().into_iter().filter(|path| path.file_name().ends_with(".py")) {
        let text = repository.text(&path).unwrap_or_default();
        let known = ["sqlalchemy", "SQLALCHEMY_", "create_engine", "psycopg"].iter().any(|word| text.contains(word));
        if !known || !text.contains("://") || !text.to_ascii_lowercase().contains("postg") {
            continue;
        }
        // Not every module of a repository is one of settings: one of an older Python does not stop the run.
        if repository.document(&path).is_err() {
            repository.needs_a_person(&path, "names PostgreSQL and a URL, but does not read as Python 3");
            continue;
        }
        for literal in literals(repository, &path)? {
            let name = literal.path.to_string();
            let Some(address) = Address::of(&literal.text) else { continue };
            let reason = match address.leave(&path, &name, survey) {
                Some(reason) => Some(reason),
                None if survey.is_local_anywhere(&address.host()) => {
                    Some(Reason::Fine(format!("`{name}` leads to a database of a compose file without ssl=on")))
                }
                None if overrules_urls(&text) => Some(Reason::ByHand(format!(
                    "`{name}` is read beside a driver that takes no such settings in a URL, or settings of its own"
                ))),
                None if !literal.plain => {
                    Some(Reason::ByHand(format!("`{name}` is a URL that is not written as one plain string")))
                }
                None => None,
            };
            match reason {
                Some(reason) => reason.tell(repository, &path),
                None => configure(repository, &path, &literal, settings)?,
            }
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
