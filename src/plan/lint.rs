//! What is likely a mistake in a migration file, told without changing anything.

use std::collections::BTreeSet;

use super::plaintext::{in_plain_text, written};
use super::{Request, derives_back, prove};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::migration::declared::{Action, Data, Datum, Declaration, Step, Text, any};
use crate::migration::{Catalogue, Migration};
use crate::text::{Span, is_hidden};
use crate::tree::{Globs, is_migration_name};

/// The findings for every migration file of `request`, or for those that `is_asked`.
pub fn lint(request: &Request<'_>, is_asked: &dyn Fn(&Migration) -> bool) -> Vec<Diagnostic> {
    let mut findings = same_numbers(request.catalogue);
    findings.extend(misnamed(request));
    for migration in request.catalogue.iter().filter(|migration| is_asked(migration)) {
        let Some(declaration) = migration.declaration() else { continue };
        findings.extend(unused_variables(declaration));
        findings.extend(invisible_characters(declaration));
        findings.extend(no_example(migration, declaration));
        findings.extend(in_plain_text(declaration));
        for step in declaration.all_steps() {
            written(step, &mut |_, text, _, _| findings.extend(home_path(declaration, text)));
        }
        for step in &declaration.steps {
            findings.extend(unmatched(request, declaration, step));
        }
        findings.extend(needless_back(request, migration, declaration));
        findings.extend(overlaps(declaration));
        // What is applied did work; what is pending is tried.
        if request.history.record(&migration.slug).is_none()
            && let Err(refusal) = prove(request, &migration.slug)
        {
            let missing = |one: &Diagnostic| matches!(one.code, Code::MissingVariable);
            let known =
                |one: &Diagnostic| findings.iter().any(|other| other.code == one.code && other.places == one.places);
            let new: Vec<Diagnostic> =
                refusal.diagnostics.into_iter().filter(|one| !missing(one) && !known(one)).collect();
            findings.extend(new);
        }
    }
    findings
}

fn finding(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
}

/// Files beside the migrations that look like one and have not the name of one: nobody reads them.
fn misnamed(request: &Request<'_>) -> Vec<Diagnostic> {
    let files = request.catalogue.iter().filter_map(Migration::declaration);
    let folders: BTreeSet<&str> =
        files.filter_map(|one| one.source.path.rsplit_once('/')).map(|(folder, _)| folder).collect();
    let looks_like_one = |name: &str| {
        let digits = name.trim_start_matches(['v', 'V']);
        name.ends_with(".toml") && digits.starts_with(|c: char| c.is_ascii_digit()) && !is_migration_name(name)
    };
    let paths = request.tree.paths().iter();
    let misnamed = paths.filter(|path| folders.contains(path.folder()) && looks_like_one(path.file_name()));
    misnamed
        .map(|path| {
            finding(Code::BadMigration, format!("`{path}` is not read: its name is not that of a migration"))
                .at(Location::file(path.as_str()))
                .help("a migration is called v0001_what_it_does.toml: `v`, at least four digits, `_`, a-z, 0-9 and `_`")
        })
        .collect()
}

fn same_numbers(catalogue: &Catalogue) -> Vec<Diagnostic> {
    let clash = |(one, other): (&Migration, &Migration)| {
        let places = [one, other].into_iter().filter_map(Migration::declaration);
        let base = finding(Code::SameNumber, format!("two migrations carry the number {}", one.version))
            .help(format!("give one of them the next free number: migrate renumber {}", other.name()));
        places.fold(base, |finding, declaration| {
            finding.at(declaration.source.location(declaration.title_span(), "one of them"))
        })
    };
    catalogue.same_numbers().map(clash).collect()
}

fn unused_variables(declaration: &Declaration) -> Vec<Diagnostic> {
    let used = declaration.used_names();
    let unused = declaration.names.iter().filter(|name| declaration.native.is_none() && !used.contains(&name.text));
    unused
        .map(|name| {
            finding(Code::UnusedVariable, format!("the variable `{}` is used nowhere", name.text))
                .at(declaration.source.location(name.span, "declared here"))
                .help("remove it: migrate lint --fix")
        })
        .collect()
}

fn invisible_characters(declaration: &Declaration) -> Option<Diagnostic> {
    let text = &declaration.source.text;
    let (at, character) = text.char_indices().find(|(at, c)| *at > 0 && (is_hidden(*c) && *c != '\r'))?;
    Some(
        finding(Code::Invisible, format!("an invisible character, U+{:04X}", u32::from(character)))
            .at(declaration.source.location(Span::new(at, at + character.len_utf8()), "here"))
            .help("a reviewer does not see it; remove it: migrate lint --fix"),
    )
}

fn no_example(migration: &Migration, declaration: &Declaration) -> Option<Diagnostic> {
    let needs = declaration.native.is_none() && declaration.cases.is_empty() && !declaration.steps.is_empty();
    needs.then(|| {
        finding(Code::NoExample, format!("{} has no example", migration.name()))
            .at(declaration.source.location(Span::at(0), "no [[case]]"))
            .help("a [[case]] with `file`, `before` and `after` shows a reviewer what it does, and `migrate test` runs it")
    })
}

/// A word on steps back of a pending migration that its record makes needless.
fn needless_back(request: &Request<'_>, migration: &Migration, declaration: &Declaration) -> Option<Diagnostic> {
    let first = declaration.steps_back().first()?;
    let is_pending = request.history.record(&migration.slug).is_none();
    (is_pending && derives_back(request, &migration.slug)).then(|| {
        let finding =
            finding(Code::NeedlessWayBack, "these steps back are not needed: the record alone gives every byte");
        Diagnostic { severity: Severity::Note, ..finding }
            .at(declaration.source.location(first.span, "can be derived"))
            .help("remove `[down]`: the way back then also keeps what people edit later")
    })
}

fn home_path(declaration: &Declaration, text: &Text) -> Option<Diagnostic> {
    let of_somebody = ["/Users/", "/home/", "C:\\Users\\"].into_iter().any(|home| {
        text.text.match_indices(home).any(|(at, _)| text.text[at + home.len()..].starts_with(char::is_alphanumeric))
    });
    of_somebody.then(|| {
        finding(Code::HomePath, "a path in somebody's home folder works on one machine only")
            .at(declaration.source.location(text.span, "of one person"))
            .help("use a path from the root of the repository, or a variable")
    })
}

/// The globs of a step that no file matches.
fn unmatched(request: &Request<'_>, declaration: &Declaration, step: &Step) -> Vec<Diagnostic> {
    let Action::Edit { globs, optional: false, .. } = &step.action else { return Vec::new() };
    let matches = |glob: &Text| {
        Globs::new([any(&glob.text)]).is_ok_and(|globs| request.tree.paths().iter().any(|path| globs.matches(path)))
    };
    let unmatched = globs.iter().filter(|glob| !matches(glob));
    unmatched
        .map(|glob| {
            finding(Code::NoTarget, format!("no file matches `{}`", glob.text))
                .at(declaration.source.location(glob.span, "not in this repository"))
                .help("some repositories lack it? add `optional = true` to this step")
        })
        .collect()
}

/// Operations of one step that set the same setting.
fn overlaps(declaration: &Declaration) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for step in declaration.all_steps() {
        let Action::Edit { operations, .. } = &step.action else { continue };
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for operation in operations {
            let Data::Map(entries) = &operation.data else { continue };
            let of = |key: &str| entries.iter().find(|(known, _)| known.text == key).map(|(_, datum)| datum);
            let Some(Datum { data: Data::Text(path), span }) = of("set") else { continue };
            let other =
                ["in", "within", "site", "doc", "when"].map(|key| format!("{:?}", of(key).map(|datum| &datum.data)));
            if !seen.insert(format!("{path}\0{}", other.join("\0"))) {
                findings.push(
                    finding(Code::Overlap, format!("`{path}` is set twice in one step"))
                        .at(declaration.source.location(*span, "again"))
                        .help("keep the one that is meant"),
                );
            }
        }
    }
    findings
}
