//! Secrets that a migration file holds as plain text: with it they would land in git.

use std::collections::BTreeSet;

use super::Request;
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::declared::{
    Action, CaseFiles, Content, Data, Datum, Declaration, Expected, Given, Giver, Step, Text, any, filled_in, verb,
};
use crate::migration::{Extent, Migration};
use crate::text::Span;
use crate::value::{
    holds_filled_in_secret, is_placeholder, is_secret_name, names_a_place, real_secret, secret_literals,
};

/// Why `migration` is not applied: what it writes looks like a secret. What is applied has landed in git already.
pub(super) fn refused(request: &Request<'_>, migration: &Migration) -> Vec<Diagnostic> {
    let is_pending = request.extent == Extent::Whole && request.history.record(&migration.slug).is_none();
    let declaration = migration.declaration().filter(|_| is_pending);
    let found = declaration.into_iter().flat_map(in_plain_text);
    found.map(|finding| finding.note("nothing was written")).collect()
}

/// The secrets in what `declaration` writes, gives to names and has in its examples.
pub fn in_plain_text(declaration: &Declaration) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    // The names that stand for a whole value, with what is called so; and those that were said to be no secret.
    let mut called: Vec<(String, String)> = Vec::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for step in declaration.all_steps() {
        written(step, &mut |name, text, is_allowed, of| {
            let names = filled_in(&text.text);
            if is_allowed {
                open.extend(names.into_iter().map(str::to_owned));
                return;
            }
            if let ([filled], "*") = (names.as_slice(), any(&text.text).as_str()) {
                called.push(((*filled).to_owned(), name.to_owned()));
            }
            if is_secret(name, &text.text) {
                let told = found(declaration, text.span);
                findings.push(told.help(instead(name)).help(format!("not a secret? add to this {of}: secret = false")));
            }
        });
    }
    let given = declaration.given().into_iter().filter(|given| !open.contains(&given.name));
    findings.extend(given.filter_map(|given| of_given(declaration, &given, &called)));
    findings.extend(in_examples(declaration).into_iter().map(|span| {
        found(declaration, span).help("an example is as good with what is made up: write `example` in its place")
    }));
    findings
}

/// What is wrong with the text of `given`, which operations write under the names that `called` has.
fn of_given(declaration: &Declaration, given: &Given, called: &[(String, String)]) -> Option<Diagnostic> {
    let text = &given.text.text;
    let names = called.iter().filter(|(name, _)| *name == given.name).map(|(_, written)| written.as_str());
    let is_named = [given.name.as_str()].into_iter().chain(names).any(|name| is_secret(name, text));
    let is_secret = match given.of {
        Giver::Variable | Giver::Row => is_named,
        Giver::Secret => !is_filled_in(text) && !names_a_place(text) && !is_placeholder(text),
        Giver::Plain => is_secret("", text),
        Giver::Open => false,
    };
    is_secret.then(|| {
        let told = found(declaration, given.text.span);
        match given.of {
            Giver::Row => told
                .help("declare a variable in its place: [vars] NAME = { env = \"NAME\", secret = true }")
                .help("not a secret? add to the operation that writes it: secret = false"),
            _ => told
                .help(format!("without a default: {} = {}", given.name, from_environment(&given.name)))
                .help("not a secret? add to this variable: secret = false"),
        }
    })
}

/// Where examples hold a secret without a doubt.
fn in_examples(declaration: &Declaration) -> Vec<Span> {
    let texts = declaration.cases.iter().flat_map(|case| match &case.files {
        CaseFiles::One { before, outcome: Expected::After(after), .. } => vec![before, after],
        CaseFiles::One { before, .. } => vec![before],
        CaseFiles::Folder(_) => Vec::new(),
    });
    texts.filter_map(|text| Some(declaration.source.part(text, real_secret(&text.text)?))).collect()
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

/// Whether `text` looks like a secret where it stands under `name`.
fn is_secret(name: &str, text: &str) -> bool {
    let last = last(name);
    let literals = secret_literals(text);
    let is_mere = !literals.is_empty() && literals.iter().all(|literal| is_placeholder(literal.of(text)));
    let named = is_secret_name(last) && !names_a_place(text) && !is_placeholder(text) && !is_mere;
    !is_filled_in(text) && (named || holds_filled_in_secret(text))
}

/// Whether something else takes the place of a part of `text`.
fn is_filled_in(text: &str) -> bool {
    any(text) != text || text.contains("${")
}

fn found(declaration: &Declaration, span: Span) -> Diagnostic {
    Diagnostic::error(Code::SecretInMigration, "this looks like a secret in plain text")
        .at(declaration.source.masked(span, "would land in git"))
}

/// The variable that takes the place of what is written under `name`.
fn instead(name: &str) -> String {
    let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let variable: String = last(name).chars().map(clean).collect();
    let fits = variable.starts_with(|c: char| c.is_ascii_alphabetic());
    let variable = if fits { variable } else { "name".to_owned() };
    format!("[vars] {variable} = {}, and \"{{{{{variable}}}}}\" here", from_environment(&variable))
}

fn from_environment(variable: &str) -> String {
    format!("{{ env = \"{}\", secret = true }}", variable.to_uppercase())
}
