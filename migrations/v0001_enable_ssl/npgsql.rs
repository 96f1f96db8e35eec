//! .NET: the connection strings that `appsettings.json` and variables give Npgsql, told from those of other databases.

use super::address::postgres_scheme;
use super::environment::Variable;
use super::idiom::NPGSQL;
use super::settings::{Present, Settings, blind};
use super::survey::Survey;
use crate::format::{Body, Node};
use crate::migration::{Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// Who reads a connection string.
enum Reads {
    Npgsql {
        host: String,
    },
    /// Not a PostgreSQL database.
    Another,
    /// Several drivers know such a string.
    Several,
}

/// Keywords that no other driver has, without their blanks.
const OF_NPGSQL: [&str; 5] =
    ["searchpath", "rootcertificate", "sslcertificate", "includeerrordetail", "maxautoprepare"];

/// Keywords of SQL Server and of MySQL.
const OF_OTHERS: [&str; 9] = [
    "trustedconnection",
    "trusted_connection",
    "initialcatalog",
    "multipleactiveresultsets",
    "encrypt",
    "datasource",
    "attachdbfilename",
    "allowuservariables",
    "connectiontimeout",
];

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

    /// Who reads it; `alone` where Npgsql is the only driver of the repository.
    fn reads(&self, alone: bool) -> Reads {
        let has = |names: &[&str]| names.iter().any(|name| self.get(name).is_some());
        let port = self.get("Port");
        let of_others = has(&OF_OTHERS) || matches!(port, Some("3306" | "1433"));
        let (Some(host), true) = (self.get("Host").or_else(|| self.get("Server")), has(&["Database", "DB"])) else {
            return Reads::Another;
        };
        let (npgsql, host) = (Reads::Npgsql { host: host.to_owned() }, host.to_ascii_lowercase());
        let of_sql_server = host.contains(['\\', ',']) || host.starts_with('(') || host.starts_with("tcp:");
        if has(&OF_NPGSQL) || matches!(port, Some("5432" | "6432")) {
            npgsql
        } else if of_others || of_sql_server {
            Reads::Another
        } else if alone || has(&["Host"]) {
            npgsql
        } else {
            Reads::Several
        }
    }
}

/// Npgsql reads names in any case, with and without their spaces.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

/// What the projects of a repository connect with.
struct Drivers {
    /// One of them uses Npgsql.
    uses: bool,
    /// None of them uses anything else.
    alone: bool,
}

impl Drivers {
    fn of(repository: &Repository<'_, '_>) -> Self {
        let texts = |path: &RepoPath| repository.text(path).unwrap_or_default().to_ascii_lowercase();
        let projects: Vec<RepoPath> = repository.files();
        let packages: String =
            projects.iter().filter(|path| path.file_name().ends_with(".csproj")).map(texts).collect();
        let uses = packages.contains("npgsql");
        let alone = uses && !["sqlclient", "sqlserver", "mysql"].iter().any(|other| packages.contains(other));
        Self { uses, alone }
    }
}

/// Configures every connection string that `appsettings.json` gives Npgsql.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let Drivers { uses, alone } = Drivers::of(repository);
    let files: Vec<RepoPath> = repository.files().into_iter().filter(is_settings).collect();
    repository.each(&files, |repository, path| {
        let text = repository.text(path).unwrap_or_default().to_ascii_lowercase();
        if !text.contains("connectionstrings") || !(uses || text.contains("postg") || text.contains("npgsql")) {
            return Ok(());
        }
        let document = repository.document(path)?;
        let text = document.text();
        let mut found = Vec::new();
        document.root().walk(&KeyPath::default(), &mut |at, node| {
            let inside = at.keys.iter().rev().nth(1).and_then(Key::name) == Some("ConnectionStrings");
            if let (true, Value::Str(value)) = (inside, node.value(text)) {
                found.push((at.clone(), value, is_plain(node)));
            }
        });
        for (at, value, plain) in found {
            let connection = Connection { path, at: &at, name: &at.to_string(), text: &value, plain, alone };
            configure(repository, &connection, survey, settings)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// How a variable that is one of the connection strings of .NET begins; its readers do not heed the case.
pub(super) const PREFIX: &str = "ConnectionStrings__";

/// Whether a variable of this name is a connection string of .NET.
pub(super) fn is_variable(name: &str) -> bool {
    name.len() > PREFIX.len() && name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Configures the connection string in `variable`, if it is one for Npgsql.
pub(super) fn configure_variable(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    variable: &Variable,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let Some(text) = variable.value.as_deref() else { return Ok(()) };
    let Drivers { uses, alone } = Drivers::of(repository);
    let is_its_own = match Pairs::of(text).reads(alone) {
        Reads::Npgsql { .. } => true,
        Reads::Several => uses,
        Reads::Another => postgres_scheme(text).is_some(),
    };
    if !is_its_own {
        return Ok(());
    }
    let (at, name) = (&variable.path, variable.name.as_str());
    let plain = repository.document(path)?.get(at).is_some_and(is_plain);
    let connection = Connection { path, at, name, text, plain, alone };
    configure(repository, &connection, survey, settings)
}

fn is_settings(path: &RepoPath) -> bool {
    path.file_name().starts_with("appsettings") && path.file_name().ends_with(".json")
}

fn is_plain(node: &Node) -> bool {
    matches!(node.body, Body::Scalar { content: Some(_), .. })
}

/// One text among the connection strings of a file.
struct Connection<'c> {
    path: &'c RepoPath,
    at: &'c KeyPath,
    /// What to call it.
    name: &'c str,
    text: &'c str,
    plain: bool,
    /// Npgsql is the only driver of the repository.
    alone: bool,
}

fn configure(
    repository: &mut Repository<'_, '_>,
    &Connection { path, at, name, text, plain, alone }: &Connection<'_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let pairs = Pairs::of(text);
    let host = match pairs.reads(alone) {
        Reads::Npgsql { host } => host,
        Reads::Another if postgres_scheme(text).is_some() => {
            repository.needs_a_person(path, format!("`{name}` is a URL, which Npgsql does not read"));
            return Ok(());
        }
        Reads::Another => {
            repository.skip(path, format!("`{name}` is no connection string of Npgsql"));
            return Ok(());
        }
        Reads::Several => {
            let reason = format!(
                "`{name}` may be for Npgsql or another driver: write `Host` in the place of `Server` where it is for Npgsql"
            );
            repository.needs_a_person(path, reason);
            return Ok(());
        }
    };
    if survey.is_local_anywhere(&host) {
        repository.skip(path, format!("`{name}` leads to `{host}`, a database of a compose file without ssl=on"));
        return Ok(());
    }
    if host.starts_with('/') {
        repository.skip(path, format!("`{name}` connects through a Unix socket"));
        return Ok(());
    }
    let present = |index: usize| pairs.get(names(index)).or_else(|| pairs.get(NPGSQL.keys[index]));
    let missing = settings.missing(|index| Present::of(present(index).map(Value::from)))?;
    if missing.is_empty() {
        repository.skip(path, format!("`{name}` is configured already{}", blind(&NPGSQL, present(0))));
        return Ok(());
    }
    if !plain || text.contains(['"', '\'']) {
        repository.needs_a_person(path, format!("`{name}` is a connection string with quotes or escapes in it"));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    for (index, (key, value)) in missing.clone().into_iter().zip(settings.entries(&NPGSQL, missing, &document)?) {
        let current = document.value(at).map(|value| value.to_string()).unwrap_or_default();
        // A `;` at the end stands before an empty pair.
        let open = || {
            let count = current.split(';').count();
            current.split(';').next_back().filter(|last| last.trim().is_empty()).map(|_| count - 1)
        };
        let known = place_of(&current, &[&key, names(index)]).or_else(open);
        document.set_item(at, ';', known, &format!("{key}={value}"))?;
    }
    if pairs.get(TRUSTS_ALL).is_some_and(|flag| flag.eq_ignore_ascii_case("true") || flag == "1") {
        let current = document.value(at).map(|value| value.to_string()).unwrap_or_default();
        let known = place_of(&current, &[TRUSTS_ALL]);
        document.set_item(at, ';', known, &format!("{TRUSTS_ALL}=false"))?;
        repository.note(
            path,
            format!("`{name}`: `{TRUSTS_ALL}=true` takes every server, and is refused beside a mode that checks"),
        );
    }
    repository.note(path, format!("{}, `{name}`", NPGSQL.consumer));
    Ok(())
}

/// Accepts the certificate of every server.
const TRUSTS_ALL: &str = "Trust Server Certificate";

/// Which of the pairs of `text` has one of `names`.
fn place_of(text: &str, names: &[&str]) -> Option<usize> {
    let is_named = |pair: &str| {
        let name = squeezed(pair.split('=').next().unwrap_or(""));
        names.iter().any(|wanted| name == squeezed(wanted))
    };
    text.split(';').position(is_named)
}

/// Other spellings that Npgsql knows.
fn names(index: usize) -> &'static str {
    ["SslMode", "RootCertificate", "SslCertificate", "SslKey"][index]
}
