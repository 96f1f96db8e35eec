//! Terraform: the provider `postgresql`, whose client certificate is a block of its own.

use super::address::Address;
use super::idiom::{ENVIRONMENT, LIBPQ, TERRAFORM};
use super::settings::{Present, Settings};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// Configures every provider that has a block for its client certificate; of the others it says what to add.
pub(super) fn apply(repository: &mut Repository<'_, '_>, settings: &Settings<'_>) -> Result<(), Refused> {
    let is_terraform = |path: &RepoPath| path.file_name().ends_with(".tf") || path.file_name().ends_with(".tfvars");
    for path in repository.files().into_iter().filter(is_terraform) {
        let text = repository.text(&path).unwrap_or_default();
        if !["\"postgresql\"", "PGHOST", "postgres://", "postgresql://"].iter().any(|word| text.contains(word)) {
            continue;
        }
        let document = repository.document(&path)?;
        for reason in values(&document) {
            repository.needs_a_person(&path, reason);
        }
        let document = repository.document(&path)?;
        let mut providers = Vec::new();
        document.root().walk(&KeyPath::default(), &mut |at, _| {
            if let [Key::Name(kind), label] = at.keys.as_slice()
                && kind == "provider"
                && label.name() == Some("postgresql")
            {
                providers.push(at.clone());
            }
        });
        for at in providers {
            configure(repository, &path, &at, settings)?;
        }
    }
    Ok(())
}

/// What to say of the values that lead to a database: what Terraform hands them to is not known.
fn values(document: &Document<'_, '_, '_>) -> Vec<String> {
    let mut reasons = Vec::new();
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let source = node.value(document.text());
        if matches!(source, Value::Map(_) | Value::List(_)) {
            return;
        }
        let text = source.to_string();
        let name = at.last().and_then(Key::name).unwrap_or("");
        // A text with an expression in it is one, too.
        let text = text.trim_matches('"');
        if let Some(address) = Address::of(text) {
            let (names, noun) = (address.idiom().keys.join("`, `"), address.noun());
            reasons.push(format!("`{at}` is a {noun} that Terraform hands on: write `{names}` into it, where libpq reads it"));
        } else if matches!(name, "PGHOST" | "PGHOSTADDR") {
            let names = ENVIRONMENT.keys.join("`, `");
            reasons.push(format!("`{at}` is a variable that Terraform hands on: write `{names}` beside it, where libpq reads it"));
        }
    });
    reasons
}

fn configure(
    repository: &mut Repository<'_, '_>,
    path: &RepoPath,
    at: &KeyPath,
    settings: &Settings<'_>,
) -> Result<(), Refused> {
    let document = repository.document(path)?;
    let Some(Value::Map(entries)) = document.value(at) else {
        repository.needs_a_person(path, format!("`{at}` stands more than once in this file"));
        return Ok(());
    };
    let provider = Value::Map(entries);
    let value = |index: usize| {
        let below = TERRAFORM.keys[index].split('.').try_fold(&provider, |value, name| value.get(name));
        below.or_else(|| provider.get(LIBPQ.keys[index])).cloned()
    };
    let missing = settings.missing(|index| Present::of(value(index)))?;
    if missing.is_empty() {
        repository.skip(path, format!("`{at}` is configured already"));
        return Ok(());
    }
    if missing.iter().any(|index| *index >= 2) && provider.get("clientcert").is_none() {
        let reason = format!(
            "`{at}` has no block `clientcert`: add `sslmode`, `sslrootcert` and `clientcert {{ cert = \"…\" key = \"…\" }}` by hand"
        );
        repository.needs_a_person(path, reason);
        return Ok(());
    }
    let mut document = repository.document(path)?;
    for (name, value) in settings.entries(&TERRAFORM, missing, &document)? {
        let place = name.split('.').fold(at.clone(), |path, name| path.join(name));
        document.set(&place, value)?;
    }
    repository.note(path, format!("{}, `{at}`", TERRAFORM.consumer));
    Ok(())
}
