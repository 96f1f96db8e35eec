//! Terraform: the provider `postgresql`, whose client certificate is a block of its own, and of the values that lead to a
//! database those that only a run can tell.

use super::address::Address;
use super::environment::holds_variable;
use super::idiom::{ENVIRONMENT, LIBPQ, TERRAFORM};
use super::settings::{KEYWORDS, Present, Settings};
use crate::migration::{Document, Refused, Repository};
use crate::path::RepoPath;
use crate::value::{Key, KeyPath, Value};

/// Whether Terraform reads the file.
pub(super) fn is_terraform(path: &RepoPath) -> bool {
    path.file_name().ends_with(".tf") || path.file_name().ends_with(".tfvars")
}

/// Configures every provider, and says of the values that it can not write into what to write.
pub(super) fn apply(repository: &mut Repository<'_, '_>, settings: &Settings<'_>) -> Result<(), Refused> {
    let files: Vec<RepoPath> = repository.files().into_iter().filter(is_terraform).collect();
    repository.each(&files, |repository, path| {
        let text = repository.text(path).unwrap_or_default();
        if !["\"postgresql\"", "PGHOST", "postgres://", "postgresql://"].iter().any(|word| text.contains(word)) {
            return Ok(());
        }
        let document = repository.document(path)?;
        for reason in values(&document, path) {
            repository.needs_a_person(path, reason);
        }
        let document = repository.document(path)?;
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
            configure(repository, path, &at, settings)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// What to say of the values that lead to a database and are put together at run time, or named where nothing can be
/// written beside them.
fn values(document: &Document<'_, '_, '_>, path: &RepoPath) -> Vec<String> {
    let known = holds_variable(document, path);
    let mut reasons = Vec::new();
    document.root().walk(&KeyPath::default(), &mut |at, node| {
        let source = node.value(document.text());
        if known.contains(at) || matches!(source, Value::Map(_) | Value::List(_)) {
            return;
        }
        let text = source.to_string();
        let name = at.last().and_then(Key::name).unwrap_or("");
        // A text with an expression in it is one, too.
        let text = text.trim_matches('"');
        if let Some(address) = Address::of(text).filter(|_| !matches!(name, "description" | "error_message")) {
            let (names, noun) = (address.idiom().keys.join("`, `"), address.noun());
            let missing = KEYWORDS.iter().any(|name| address.get(name).is_none());
            let reason = format!(
                "`{at}` is a {noun} that is put together at run time: write `{names}` into it, where libpq reads it"
            );
            reasons.extend(missing.then_some(reason));
        } else if matches!(source, Value::Code(_)) && names_database(text) {
            let names = LIBPQ.keys.join("`, `");
            reasons.push(format!(
                "`{at}` is an expression that names a database: write `{names}` into its URL, where libpq reads it"
            ));
        } else if matches!((name, text), ("name", "PGHOST" | "PGHOSTADDR")) {
            let (names, block) = (ENVIRONMENT.keys.join("`, `"), at.parent().unwrap_or_default());
            // A list of such is an environment.
            if known.contains(&block.join("value")) {
                return;
            }
            reasons.push(format!(
                "`{block}` is a variable that Terraform hands on: write `{names}` beside it, where libpq reads it"
            ));
        }
    });
    reasons
}

/// Whether code holds the URL of a database.
fn names_database(code: &str) -> bool {
    ["\"postgres://", "\"postgresql://"].iter().any(|start| code.contains(start))
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
    if let Some(scheme) = provider.get("scheme").filter(|scheme| scheme.as_str() != Some("postgres")) {
        repository.skip(path, format!("`{at}` connects by `{scheme}`, which brings TLS of its own"));
        return Ok(());
    }
    let is_inline = provider.get("clientcert").and_then(|block| block.get("sslinline")) == Some(&Value::Bool(true));
    if is_inline {
        repository.needs_a_person(
            path,
            format!("`{at}` takes the contents of the certificates (`sslinline`), not their paths"),
        );
        return Ok(());
    }
    let value = |index: usize| {
        let below = TERRAFORM.keys[index].split('.').try_fold(&provider, |value, name| value.get(name));
        below.or_else(|| provider.get(LIBPQ.keys[index])).cloned()
    };
    let missing = settings.missing(|index| Present::of(value(index)))?;
    if missing.is_empty() {
        repository.skip(path, format!("`{at}` is configured already"));
        return Ok(());
    }
    let mut document = repository.document(path)?;
    if missing.iter().any(|index| *index >= 2) {
        document.block(&at.join("clientcert"))?;
    }
    for (name, value) in settings.entries(&TERRAFORM, missing, &document)? {
        let place = name.split('.').fold(at.clone(), |path, name| path.join(name));
        document.set(&place, value)?;
    }
    repository.note(path, format!("{}, `{at}`", TERRAFORM.consumer));
    Ok(())
}
