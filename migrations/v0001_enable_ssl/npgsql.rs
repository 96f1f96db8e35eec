//! .NET: the connection strings that `appsettings.json` gives Npgsql.

use super::idiom::NPGSQL;
use super::settings::{Present, Settings, blind};
use super::survey::Survey;
use crate::format::{Body, Node};
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// A connection string as its pairs.
struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn of(text: &str) -> Self {
        let pairs = text.split(';').filter(|pair| !text.trim().is_empty() && !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(key, value)| (squeezed(key), value.trim().to_owned()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| *key == squeezed(name)).map(|(_, value)| value.as_str())
    }
}

/// Npgsql reads names in any case, with and without their spaces.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

/// Configures every connection string that Npgsql reads.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let texts = |path: &RepoPath| repository.text(path).unwrap_or_default().to_ascii_lowercase();
    let projects: Vec<RepoPath> = repository.files();
    let uses = projects.iter().any(|path| path.file_name().ends_with(".csproj") && texts(path).contains("npgsql"));
    let files: Vec<RepoPath> = projects.into_iter().filter(is_settings).collect();
    for path in files {
        let text = repository.text(&path).unwrap_or_default().to_ascii_lowercase();
        if !text.contains("connectionstrings") || !(uses || text.contains("postg") || text.contains("npgsql")) {
            continue;
        }
        let document = repository.document(&path)?;
        let text = document.text();
        let mut found = Vec::new();
        document.root().walk(&KeyPath::default(), &mut |at, node| {
            let inside = at.keys.iter().rev().nth(1).and_then(Key::name) == Some("ConnectionStrings");
            if let (true, Value::Str(value)) = (inside, node.value(text)) {
                found.push((at.clone(), value, is_plain(node)));
            }
        });
        for (at, value, plain) in found {
            configure(repository, &path, (&at, &value, plain), survey, settings)?;
        }
    }
    Ok(())
}

fn is_settings(path: &RepoPath) -> bool {
    path.file_name().starts_with("appsettings") && path.file_name().ends_with(".json")
}

fn is_plain(node: &Node) -> bool {
    matches!(node.body, Body::Scalar { content: Some(_), .. })
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    (at, text, plain): (&KeyPath, &str, bool),
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let pairs = Pairs::of(text);
    let Some(host) = pairs.get("Host").filter(|_| pairs.get("Database").is_some()) else {
        repository.skip(path, format!("`{at}` is no connection string of Npgsql: it has no `Host` and `Database`"));
        return Ok(());
    };
    if survey.is_local_anywhere(host) {
        repository.skip(path, format!("`{at}` leads to `{host}`, a database of a compose file without ssl=on"));
        return Ok(());
    }
    if host.starts_with('/') {
        repository.skip(path, format!("`{at}` connects through a Unix socket"));
        return Ok(());
    }
    let present = |index: usize| pairs.get(names(index)).or_else(|| pairs.get(NPGSQL.keys[index]));
    let missing = settings.missing(|index| Present::of(present(index).map(Value::from)))?;
    if missing.is_empty() {
        repository.skip(path, format!("`{at}` is configured already{}", blind(&NPGSQL, present(0))));
        return Ok(());
    }
    if !plain || text.contains(['"', '\'']) {
        repository.needs_a_person(path, format!("`{at}` is a connection string with quotes or escapes in it"));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    for (index, (key, value)) in missing.clone().into_iter().zip(settings.entries(&NPGSQL, missing, &document)?) {
        let current = document.value(at).map(|value| value.to_string()).unwrap_or_default();
        let pairs: Vec<&str> = current.split(';').collect();
        let known = pairs.iter().position(|pair| {
            let name = squeezed(pair.split('=').next().unwrap_or(""));
            name == squeezed(&key) || name == squeezed(names(index))
        });
        // A `;` at the end stands before an empty pair.
        let known =
            known.or_else(|| pairs.iter().rposition(|pair| pair.trim().is_empty()).filter(|at| at + 1 == pairs.len()));
        document.set_item(at, ';', known, &format!("{key}={value}"))?;
    }
    repository.note(path, format!("{}, `{at}`", NPGSQL.consumer));
    Ok(())
}

/// Other spellings that Npgsql knows.
fn names(index: usize) -> &'static str {
    ["SslMode", "RootCertificate", "SslCertificate", "SslKey"][index]
}
