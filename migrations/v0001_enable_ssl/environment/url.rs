//! Variables that hold the address of a database: configured for the driver of the code that reads them.

use super::super::address::{Address, in_default};
use super::super::idiom::NODE_URL;
use super::super::node::UrlRule;
use super::super::settings::{Settings, blind};
use super::super::survey::{Reader, ReaderKind, Survey, UrlState, by_default, url_state};
use super::{Environment, Variable};
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::url;

/// Configures the address in `variable` of `environment`, if it holds one.
pub(super) fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    (environment, variable): (&Environment, &Variable),
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let Some(text) = variable.value.as_deref() else { return Ok(()) };
    let name = &variable.name;
    let readers = || survey.readers(&environment.read_as(variable), path, environment.folder.as_deref());
    let is_configured = |reader: &&Reader| reader.kind == ReaderKind::Configured;
    let Some(address) = Address::of(text) else {
        let in_default = in_default(path, (name, text), survey);
        let told = in_default.filter(|_| readers().iter().find(is_configured).is_none());
        told.into_iter().for_each(|reason| reason.tell(repository, path));
        return Ok(());
    };
    let readers = readers();
    if let Some(reader) = readers.iter().find(is_configured) {
        let told = in_code(repository, path, variable, text, reader)?;
        match of_another_family(reader, &readers) {
            Some(other) => repository.needs_a_person(path, two_families(name, reader, other)),
            None if survey.is_local(path, &address.host()) => {
                let host = address.host();
                let host = by_default(&host);
                repository.needs_a_person(
                    path,
                    format!("{told}: `{host}`, a database of the compose file beside it, refuses that until it runs with ssl=on"),
                );
            }
            None => repository.skip(path, told),
        }
        return Ok(());
    }
    if let Some(reader) = readers.iter().find(|reader| reader.kind == ReaderKind::LeftAlone) {
        match of_another_family(reader, &readers) {
            Some(other) => repository.needs_a_person(path, two_families(name, reader, other)),
            None => repository.skip(
                path,
                format!(
                    "`{name}` is read at {}, whose connection is left alone for the reason given there",
                    reader.place()
                ),
            ),
        }
        return Ok(());
    }
    if let Some(reason) = address.leave(path, name, survey) {
        reason.tell(repository, path);
        return Ok(());
    }
    let by_node = environment.node || survey.runs_node(path);
    if let Some(reason) = unknown_reader(name, by_node, &address, &readers) {
        repository.needs_a_person(path, reason);
        return Ok(());
    }
    let by_node = readers.iter().any(|reader| reader.kind == ReaderKind::Node);
    let idiom = if by_node { &NODE_URL } else { address.idiom() };
    let present = address.present();
    let missing = settings.missing(|index| present[index].clone())?;
    // What a program reads its settings from has them now, so that there is nothing to do in it by hand.
    for reader in readers.iter().filter(|reader| matches!(reader.kind, ReaderKind::Python | ReaderKind::Node)) {
        repository.skip_unless_settled(&reader.path, format!("takes its settings from the URL `{name}` of {path}"));
    }
    if missing.is_empty() && !address.drops_settings() {
        repository.skip(path, format!("`{name}` is configured already{}", blind(idiom, address.mode().as_deref())));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    let entries = settings.entries(idiom, missing, &document)?;
    address.write(&mut document, &variable.path, entries)?;
    let reader = readers
        .first()
        .map_or("nothing in the repository reads it".to_owned(), |reader| format!("read at {}", reader.place()));
    repository.note(path, format!("{} {} `{name}` ({reader})", idiom.consumer, address.noun()));
    if let Some(note) = idiom.note {
        repository.note(path, note);
    }
    Ok(())
}

/// Why nobody but a person can say what the readers of an address make of TLS settings in it.
fn unknown_reader(name: &str, by_node: bool, address: &Address<'_>, readers: &[Reader]) -> Option<String> {
    if let Some(node) = readers.iter().find(|reader| reader.kind == ReaderKind::Node)
        && let Some(other) = of_another_family(node, readers)
    {
        return Some(two_families(name, node, other));
    }
    let known = |reader: &&Reader| !matches!(reader.kind, ReaderKind::Python | ReaderKind::Node);
    if let Some(reader) = readers.iter().find(known) {
        let why = match reader.kind {
            ReaderKind::OtherPython => "Python code whose driver takes no such settings in a URL, or is given its own",
            ReaderKind::Prisma => "Prisma, to which `sslcert` is the CA",
            _ => "code whose driver is not known",
        };
        return Some(format!("`{name}` is read by {why} ({})", reader.place()));
    }
    (by_node && readers.is_empty() && !address.names_its_driver()).then(|| {
        format!(
            "`{name}` is a {} for node, and no code here reads it: give the code that does an `ssl` object, or write all four \
             settings into the URL of one that takes nothing else",
            address.noun()
        )
    })
}

/// A reader of the same variable whose driver is of another family than that of `first`.
fn of_another_family<'r>(first: &Reader, readers: &'r [Reader]) -> Option<&'r Reader> {
    let python = first.path.file_name().ends_with(".py");
    readers.iter().find(|reader| match reader.kind {
        ReaderKind::Prisma => true,
        ReaderKind::Python | ReaderKind::OtherPython => !python,
        ReaderKind::Configured | ReaderKind::LeftAlone | ReaderKind::Node | ReaderKind::Unknown => false,
    })
}

fn two_families(name: &str, first: &Reader, other: &Reader) -> String {
    let so = match first.kind {
        ReaderKind::Configured => ", where the connection is configured, and at",
        ReaderKind::LeftAlone => ", whose connection is left alone for the reason given there, and at",
        _ => " by node-postgres, and at",
    };
    let not = if first.kind == ReaderKind::Configured { ", where it is not" } else { "" };
    format!(
        "`{name}` is read at {}{so} {}{not}: the two drivers understand the settings of a URL differently, so give the \
         second a variable of its own",
        first.place(),
        other.place()
    )
}

/// What to say of an address whose connection the code at `reader` configures; TLS settings in the URL would replace
/// those there.
fn in_code(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    variable: &Variable,
    text: &str,
    reader: &Reader,
) -> Result<String, Refused> {
    let (name, place) = (&variable.name, reader.place());
    let configured = format!("`{name}` is read at {place}, where the connection is configured");
    let Some(rule) = reader.rule else { return Ok(configured) };
    let (replacing, note): (&[&str], _) = match rule {
        UrlRule::Replace if url_state(text) == UrlState::Complete => {
            return Ok(format!("`{name}` is configured already, for {place}"));
        }
        UrlRule::Replace => (
            &["sslmode", "sslrootcert", "sslcert", "sslkey", "ssl"],
            "node-postgres drops the `ssl` object of its configuration when the URL has such a parameter",
        ),
        UrlRule::Hand => (
            &["sslrootcert", "sslcert", "sslkey"],
            "postgres.js hands such a parameter of a URL to the server, which refuses the connection",
        ),
    };
    let found: Vec<&str> =
        replacing.iter().copied().filter(|keyword| url::parameter(text, keyword).is_some()).collect();
    if found.is_empty() {
        return Ok(configured);
    }
    let document = repository.document(path)?;
    let Some(at) = document.get(&variable.path) else { return Ok(configured) };
    let message =
        format!("`{name}` has TLS settings in its URL ({}), and {place} opens the connection", found.join(", "));
    Err(document
        .refuse(at, message, "configured here and there")
        .note(note)
        .help(format!("take {} out of the URL, and the code is configured", found.join(", ")))
        .help(format!("or leave both alone: --except '{}' --except '{}'", path.glob(), reader.path))
        .into())
}
