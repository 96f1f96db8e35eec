//! Clients of node-postgres that are given a URL and nothing else: the URL carries their settings.

use super::super::address::Address;
use super::super::idiom::NODE_URL;
use super::super::settings::Settings;
use super::super::survey::{ReaderKind, Survey};
use super::opened::Given;
use super::url::Url;
use crate::format::Body;
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::Key;

/// Configures a URL that stands in the call; of one from the environment it says where it is configured.
pub(super) fn configure(
    repository: &mut Repository<'_, '_>,
    file: &RepoPath,
    given: &Given,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let at = |reason: &str| format!("`{}` (line {}) {reason}", given.path, given.line);
    let object = given.object();
    match &given.url {
        Url::Variable(name) => {
            let other = survey.all_readers(name).into_iter().find(|reader| reader.kind == ReaderKind::Configured);
            match other {
                Some(other) => repository.needs_a_person(
                    file,
                    at(&format!(
                        "is given the URL `{name}`, to which {} adds an `ssl` object: {object}",
                        other.place()
                    )),
                ),
                None if survey.has_url(name) => {
                    repository.skip(file, at(&format!("takes all its settings from the URL `{name}`")));
                }
                None => repository.needs_a_person(
                    file,
                    at(&format!("takes all its settings from the URL `{name}`, which no file here sets: {object}")),
                ),
            }
            Ok(())
        }
        Url::Literal(text) => literal(repository, file, given, text, survey, settings),
        Url::None | Url::Computed(_) => {
            repository.needs_a_person(file, at(&format!("is given a URL that is put together at run time: {object}")));
            Ok(())
        }
    }
}

impl Given {
    /// What puts a place for `ssl` beside the URL.
    fn object(&self) -> String {
        let call = self.path.keys.first().and_then(Key::name).unwrap_or("new Client");
        format!("write `{call}({{ connectionString: ... }})`, and `ssl` is put in")
    }
}

fn literal(
    repository: &mut Repository<'_, '_>,
    file: &RepoPath,
    given: &Given,
    text: &str,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let Given { path, line, .. } = given;
    let Some(address) = Address::of(text) else { return Ok(()) };
    if let Some(reason) = address.leave(file, &path.to_string(), survey) {
        reason.tell(repository, file);
        return Ok(());
    }
    if survey.is_local_anywhere(&address.host()) {
        repository.skip(file, format!("`{path}` (line {line}) leads to a database of a compose file without ssl=on"));
        return Ok(());
    }
    let mut document = repository.document(file)?;
    let is_plain = document.get(path).is_some_and(|node| matches!(node.body, Body::Scalar { content: Some(_), .. }));
    if !is_plain {
        repository.needs_a_person(file, format!("`{path}` (line {line}) is given a URL by a name: {}", given.object()));
        return Ok(());
    }
    let present = address.present();
    let missing = settings.missing(|index| present[index].clone())?;
    if missing.is_empty() {
        repository.skip(file, format!("`{path}` (line {line}) is configured already"));
        return Ok(());
    }
    let entries = settings.entries(&NODE_URL, missing, &document)?;
    address.write(&mut document, path, entries)?;
    repository.note(file, format!("{}, by the URL of `{path}`", NODE_URL.consumer));
    Ok(())
}
