//! Connections written as keywords: tables in YAML and TOML, sections in INI and libpq service files.

mod embedded;
mod verdict;

use super::address::Address;
use super::ci::{self, is_of_tools};
use super::environment::{holds_variable, runs_node};
use super::idiom::{Idiom, LIBPQ};
use super::merges::Anchors;
use super::settings::{Present, Reason, Settings, blind};
use super::survey::{Reader, ReaderKind, Survey, Variable, is_compose};
use crate::diagnostic::Code;
use crate::format::{Body, Node};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};
use verdict::{Maps, is_pgbouncer, is_values};

/// A table that reads like a connection.
struct Table {
    path: KeyPath,
    verdict: Verdict,
}

enum Verdict {
    /// Its keys are those of a family.
    Keys(&'static Idiom, [Present; 4]),
    /// A text with this address, for whoever reads such ones, or this family.
    Address(String, Option<&'static Idiom>),
    Leave(Reason),
}

fn fine(reason: String) -> Verdict {
    Verdict::Leave(Reason::Fine(reason))
}

fn by_hand(reason: String) -> Verdict {
    Verdict::Leave(Reason::ByHand(reason))
}

/// The variables whose URLs Sequelize reads by a settings file in JSON.
pub(super) fn variables(repository: &mut Repository<'_, '_>) -> Result<Vec<Variable>, Refused> {
    let is_named = |path: &RepoPath| {
        let read = is_table_file(path) && path.file_name().ends_with(".json");
        read && repository.text(path).is_some_and(|text| text.contains("use_env_variable"))
    };
    let paths: Vec<RepoPath> = repository.files().into_iter().filter(is_named).collect();
    let found = repository.each(&paths, |repository, path| {
        let document = repository.document(path)?;
        let mut variables = Vec::new();
        document.root().walk(&KeyPath::default(), &mut |at, node| {
            if let (Some("use_env_variable"), Value::Str(name)) =
                (at.last().and_then(Key::name), node.value(document.text()))
            {
                let (line, kind) = (document.position(node).line, ReaderKind::LeftAlone);
                variables.push(Variable { name, reader: Reader { path: path.clone(), line, kind, rule: None } });
            }
        });
        Ok(variables)
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Configures every keyword table of a PostgreSQL connection.
pub(super) fn apply(
    repository: &mut Repository<'_, '_>,
    survey: &Survey,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let is_asked = |path: &RepoPath| is_table_file(path) && !is_compose(path);
    let files: Vec<RepoPath> = repository.files().into_iter().filter(is_asked).collect();
    repository.each(&files, |repository, path| {
        let says = |word| repository.text(path).is_none_or(|text| text.to_ascii_lowercase().contains(word));
        let names_postgres = says("postg");
        let is_for_charts = is_values(path) && says("5432");
        if !names_postgres && !is_for_charts && !is_service_file(path) && !is_pgbouncer(path) {
            return Ok(());
        }
        if is_of_tools(path) {
            ci::tell(repository, path);
            return Ok(());
        }
        match repository.document(path) {
            Ok(_) => {}
            Err(refused) if refused.0.code == Code::Template => {
                repository.needs_a_person(path, "a template that names PostgreSQL: what it becomes is not known");
                return Ok(());
            }
            Err(refused) => return Err(refused),
        }
        let node = runs_node(repository, path.folder());
        let document = repository.document(path)?;
        let found = tables(&document, path, survey, node);
        if found.is_empty() && names_postgres && !repository.is_settled(path) {
            repository.skip(path, "names PostgreSQL, but holds no connection that this migration knows");
        }
        for table in found {
            configure(repository, path, table, settings)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    table: Table,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let text;
    let (idiom, present, address) = match table.verdict {
        Verdict::Keys(idiom, present) => (idiom, present, None),
        Verdict::Address(found, reader) => {
            text = found;
            let Some(address) = Address::of(&text) else { return Ok(()) };
            (reader.unwrap_or(address.idiom()), address.present(), Some(address))
        }
        Verdict::Leave(reason) => {
            reason.tell(repository, path);
            return Ok(());
        }
    };
    let missing = settings.missing(|index| present[index].clone())?;
    let mode = match &present[0] {
        Present::Text(mode) if !missing.contains(&0) => Some(mode.as_str()),
        _ => None,
    };
    let blind = blind(idiom, mode);
    if missing.is_empty() && !address.as_ref().is_some_and(Address::drops_settings) {
        repository.skip(path, format!("`{}` is configured already{blind}", table.path));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    let entries = settings.entries(idiom, missing, &document)?;
    if let Some(address) = address {
        address.write(&mut document, &table.path, entries)?;
        let known = if *idiom == LIBPQ { " (who reads it is not known)" } else { "" };
        repository.note(path, format!("{} {} `{}`{known}", idiom.consumer, address.noun(), table.path));
    } else {
        let entries = entries.into_iter().map(|(name, value)| (name, value.into())).collect();
        document.merge(&table.path, entries)?;
        repository.note(path, format!("{}, `{}`", idiom.consumer, table.path));
    }
    if !blind.is_empty() {
        repository.note(path, format!("`{}` keeps what it has{blind}", table.path));
    }
    if let Some(note) = idiom.note {
        repository.note(path, note);
    }
    Ok(())
}

fn is_table_file(path: &RepoPath) -> bool {
    let name = path.file_name();
    if name.ends_with(".json") {
        return !name.starts_with("appsettings");
    }
    [".yaml", ".yml", ".toml", ".ini", ".cfg", ".properties"].iter().any(|ending| name.ends_with(ending))
        || is_service_file(path)
}

/// Files whose sections are handed to a driver as they are.
fn is_sections(path: &RepoPath) -> bool {
    path.file_name().ends_with(".ini") || path.file_name().ends_with(".cfg")
}

fn is_service_file(path: &RepoPath) -> bool {
    matches!(path.file_name(), "pg_service.conf" | ".pg_service.conf")
}

/// Whether every map of the file is handed to Kubernetes, which knows no connection but by environment variables.
fn is_manifest(document: &Document<'_, '_, '_>) -> bool {
    let root = document.root();
    let documents: Vec<&Node> = if root.is_list() { root.children.iter().collect() } else { vec![root] };
    let has = |node: &Node, name: &str| {
        node.children.iter().any(|child| child.key.as_ref().is_some_and(|key| key.text == name))
    };
    documents.iter().any(|node| has(node, "apiVersion") && has(node, "kind"))
}

/// Every table of the file that reads like a PostgreSQL connection, and every text that is the address of one.
fn tables(document: &Document<'_, '_, '_>, path: &RepoPath, survey: &Survey, node_project: bool) -> Vec<Table> {
    let mut tables = Vec::new();
    let text = document.text();
    let variables = holds_variable(document, path);
    let manifest = is_manifest(document);
    let maps = Maps { path, text, root: document.root(), anchors: Anchors::of(document), survey, node_project };
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let verdict = match &node.body {
            Body::Map(_) => maps.verdict(at, node).map(|verdict| match verdict {
                Verdict::Keys(..) if manifest => {
                    by_hand(format!("`{at}` is a connection in a Kubernetes manifest that is no environment variable"))
                }
                verdict => verdict,
            }),
            // A database of PgBouncer is reached by the settings of its own section.
            _ if variables.contains(at) || is_pgbouncer(path) => None,
            _ => maps.address(at, node),
        };
        let clients = maps.plain_clients(at, node);
        tables.extend(verdict.into_iter().chain(clients).map(|verdict| Table { path: at.clone(), verdict }));
    });
    tables
}
