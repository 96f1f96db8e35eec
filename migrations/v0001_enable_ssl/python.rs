//! Python: the calls that open a connection, and the names that are given a URL, in one walk over the modules.

mod call;
mod literal;
mod module;
mod opener;

use std::collections::BTreeSet;

use super::settings::Settings;
use super::survey::Survey;
use crate::migration::{Refused, Repository};
use crate::value::KeyPath;
use call::Call;

/// Only modules that hold one of these are read.
const WORDS: [&str; 7] = ["sqlalchemy", "SQLALCHEMY_", "sqlmodel", "create_engine", "psycopg", "asyncpg", "pg8000"];

/// Configures what the modules hand to drivers of the libpq family.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let mut files = repository.files();
    files.retain(|path| path.file_name().ends_with(".py"));
    repository.each(&files, |repository, path| {
        let text = repository.text(path).unwrap_or_default();
        if !WORDS.iter().any(|word| text.contains(word)) {
            return Ok(());
        }
        // Not every module of a repository is one of settings: one of an older Python does not stop the run.
        let Ok(document) = repository.document(path) else {
            if literal::may_hold(&text) {
                repository.needs_a_person(path, "names PostgreSQL and a URL, but does not read as Python 3");
            }
            return Ok(());
        };
        let calls = call::of(&document);
        let taken: BTreeSet<KeyPath> = calls.iter().filter_map(Call::name).cloned().collect();
        for call in &calls {
            call::configure(repository, path, call, survey, settings)?;
        }
        if literal::may_hold(&text) {
            literal::configure_all(repository, path, &taken, survey, settings)?;
        }
        Ok(())
    })?;
    Ok(())
}
