//! The reactive client of Vert.x, through Quarkus: it reads no file that a URL names, but settings beside the URL.

use super::address::{Address, VERTX_URL};
use super::idiom::VERTX;
use super::settings::{Present, Settings};
use super::survey::Survey;
use crate::format::Rank;
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// Turned on beside the files that they are about.
const TRUST: &str = "trust-certificate-pem";
const KEY: &str = "key-certificate-pem";
/// What `verify-full` checks the name by; without it the client does not start.
const NAMES: &str = "hostname-verification-algorithm";

/// Whether the URLs of the file have room for settings beside them. In YAML a name is a flag and a map at once.
pub(super) fn is_configured(path: &RepoPath) -> bool {
    path.file_name().ends_with(".properties")
}

/// Configures every reactive data source of Quarkus in files of properties.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    for path in repository.files().into_iter().filter(is_configured) {
        if !repository.text(&path).is_some_and(|text| text.contains(VERTX_URL)) {
            continue;
        }
        let document = repository.document(&path)?;
        let mut sources = Vec::new();
        document.root().walk(&KeyPath::default(), &mut |at, node| {
            let name = at.last().and_then(Key::name).unwrap_or("");
            if let (Some(prefix), Value::Str(text)) = (prefix(name), node.value(document.text()))
                && Address::of(&text).is_some()
            {
                sources.push((prefix.to_owned(), text));
            }
        });
        for (prefix, text) in sources {
            configure(repository, &path, (&prefix, &text), survey, settings)?;
        }
    }
    Ok(())
}

/// What the settings of the data source begin with whose URL is called `name`.
fn prefix(name: &str) -> Option<&str> {
    let prefix = name.strip_suffix("url")?;
    (prefix.contains("datasource.") && prefix.ends_with(".reactive.")).then_some(prefix)
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    (prefix, text): (&str, &str),
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let name = format!("{prefix}url");
    if let Some(reason) = Address::of(text).and_then(|address| address.leave_for_its_host(path, &name, survey)) {
        reason.tell(repository, path);
        return Ok(());
    }
    let mut document = repository.document(path)?;
    let value =
        |document: &Document<'_, '_, '_>, name: &str| document.value(&KeyPath::new([format!("{prefix}{name}")]));
    if value(&document, "trust-all").is_some_and(|all| all.to_string() == "true") {
        repository.needs_a_person(path, format!("`{prefix}trust-all=true` takes every server: remove that by hand"));
        return Ok(());
    }
    let missing = settings.missing(|index| Present::of(value(&document, VERTX.keys[index])))?;
    if missing.is_empty() {
        repository.skip(path, format!("`{name}` is configured already"));
        return Ok(());
    }
    let mut entries = Vec::new();
    for (key, written) in settings.entries(&VERTX, missing, &document)? {
        let flag = [TRUST, KEY].into_iter().find(|flag| key.starts_with(flag));
        entries.extend(flag.map(|flag| (flag.to_owned(), "true".to_owned())));
        let is_full = written == VERTX.modes[2] && value(&document, NAMES).is_none();
        entries.push((key, written));
        entries.extend(is_full.then(|| (NAMES.to_owned(), "HTTPS".to_owned())));
    }
    let mut above = name.clone();
    for (key, written) in entries {
        let key = format!("{prefix}{key}");
        let rank = Rank::After(Key::from(above.as_str()));
        match document.get(&KeyPath::new([key.as_str()])) {
            Some(_) => document.set(&KeyPath::new([key.as_str()]), written)?,
            None => document.insert(&KeyPath::default(), Some(&key), written, rank)?,
        }
        above = key;
    }
    repository.note(path, format!("{}, `{name}`", VERTX.consumer));
    Ok(())
}
