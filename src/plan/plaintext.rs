//! Secrets that a migration file holds as plain text: with it they would land in git.

use super::Request;
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::declared::{Action, Content, Data, Datum, Declaration, Step, Text, any, verb};
use crate::migration::{Extent, Migration};
use crate::value::{holds_secret, is_secret_name, mask_value, names_a_place};

/// Why `migration` is not applied: what it writes looks like a secret. What is applied has landed in git already.
pub(super) fn refused(request: &Request<'_>, migration: &Migration) -> Vec<Diagnostic> {
    let is_pending = request.extent == Extent::Whole && request.history.record(&migration.slug).is_none();
    let declaration = migration.declaration().filter(|_| is_pending);
    let found = declaration.into_iter().flat_map(in_plain_text);
    found.map(|finding| finding.note("nothing was written")).collect()
}

/// The secrets in what `declaration` writes.
pub fn in_plain_text(declaration: &Declaration) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for step in declaration.all_steps() {
        written(step, &mut |name, text, is_allowed, of| {
            findings.extend((!is_allowed).then(|| secret(declaration, name, text, of)).flatten());
        });
    }
    findings
}

/// Every text that `step` writes or expects: with the name it stands under, whether it was said to be no secret, and
/// what says so.
pub(super) fn written(step: &Step, found: &mut dyn FnMut(&str, &Text, bool, &'static str)) {
    match &step.action {
        Action::Edit { operations, .. } => operations.iter().for_each(|operation| of_operation(operation, found)),
        Action::Create { content: Content::Text(text), is_open, .. } => found("", text, *is_open, "step"),
        _ => {}
    }
}

fn of_operation(operation: &Datum, found: &mut dyn FnMut(&str, &Text, bool, &'static str)) {
    let Data::Map(entries) = &operation.data else { return };
    let text = |key: &str| match operation.get(key).map(|datum| &datum.data) {
        Some(Data::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let is_allowed = operation.get("secret").is_some_and(|datum| datum.data == Data::Bool(false));
    let verb = verb(operation).map_or("", |(verb, _)| verb.text.as_str());
    // A part of a text has a name of its own, as `dsn:password` has.
    let about = text("in").or_else(|| text(verb)).unwrap_or("");
    for (key, datum) in entries {
        let name = match key.text.as_str() {
            // A new name or path is no value.
            "to" if matches!(verb, "rename" | "move" | "copy") => continue,
            "to" if verb == "replace" => "",
            "to" | "value" | "value_code" | "was" | "else" => about,
            "replace" | "ensure_line" | "comment" => "",
            "with" => {
                let Data::Map(rules) = &datum.data else { continue };
                rules.iter().for_each(|(_, new)| {
                    visit(new, about, &mut |name, text| found(name, text, is_allowed, "operation"));
                });
                continue;
            }
            _ => continue,
        };
        visit(datum, name, &mut |name, text| found(name, text, is_allowed, "operation"));
    }
}

/// Every text below `datum`, with the name it stands under.
fn visit(datum: &Datum, name: &str, found: &mut dyn FnMut(&str, &Text)) {
    match &datum.data {
        Data::Text(text) => found(name, &Text { text: text.clone(), span: datum.span }),
        Data::List(items) => items.iter().for_each(|item| visit(item, name, found)),
        Data::Map(entries) => entries.iter().for_each(|(key, value)| match key.text.as_str() {
            // Several values in `was`.
            "any" => visit(value, name, found),
            key => visit(value, key, found),
        }),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::Date(_) => {}
    }
}

/// The last key of the path `name`.
fn last(name: &str) -> &str {
    name.rsplit(['.', ']', '"', ':']).find(|part| !part.is_empty()).unwrap_or(name)
}

fn secret(declaration: &Declaration, name: &str, text: &Text, of: &str) -> Option<Diagnostic> {
    let last = last(name);
    let is_filled_in = any(&text.text) != text.text || text.text.contains("${") || text.text.is_empty();
    let named =
        is_secret_name(last) && !names_a_place(&text.text) && mask_value(last, &text.text).to_string() != text.text;
    let shaped = holds_secret(&text.text);
    let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let variable: String = last.chars().map(clean).collect();
    let fits = variable.starts_with(|c: char| c.is_ascii_alphabetic());
    let variable = if fits { variable } else { "name".to_owned() };
    (!is_filled_in && (named || shaped)).then(|| {
        Diagnostic::error(Code::SecretInMigration, "this looks like a secret in plain text")
            .at(declaration.source.masked(text.span, "would land in git"))
            .help(format!(
                "[vars] {variable} = {{ env = \"{}\", secret = true }}, and \"{{{{{variable}}}}}\" here",
                variable.to_uppercase()
            ))
            .help(format!("not a secret? add to this {of}: secret = false"))
    })
}
