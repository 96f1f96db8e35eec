//! What is likely a mistake in a migration file, told without changing anything.

use std::collections::BTreeSet;

use super::plaintext::{in_plain_text, written};
use super::{Request, derives_back, prove};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::migration::declared::{Action, Data, Datum, Declaration, Step, Text, any};
use crate::migration::{Catalogue, Migration};
use crate::path::RepoPath;
use crate::text::{Edit, Span, is_hidden, is_odd_space};
use crate::tree::{Globs, is_migration_name};
use crate::value::KeyPath;

/// What was found.
pub struct Finding {
    pub told: Diagnostic,
    /// What mends it without a doubt.
    pub fix: Option<Fix>,
}

/// A change of the migration file `path`.
pub struct Fix {
    pub path: String,
    pub mend: Mend,
}

pub enum Mend {
    /// Its text is edited so.
    Edit(Vec<Edit>),
    /// This entry goes, with its comments.
    Remove(KeyPath),
}

impl From<Diagnostic> for Finding {
    fn from(told: Diagnostic) -> Self {
        Self { told, fix: None }
    }
}

/// The findings for every migration file of `request`, or for those that `is_asked`.
pub fn lint(request: &Request<'_>, is_asked: &dyn Fn(&Migration) -> bool) -> Vec<Finding> {
    let told = same_numbers(request.catalogue).into_iter().chain(misnamed(request));
    let mut findings: Vec<Finding> = told.map(Finding::from).collect();
    for migration in request.catalogue.iter().filter(|migration| is_asked(migration)) {
        let Some(declaration) = migration.declaration() else { continue };
        findings.extend(unused_variables(declaration));
        findings.extend(invisible_characters(declaration));
        findings.extend(odd_spaces(declaration));
        let mut told: Vec<Diagnostic> = Vec::new();
        told.extend(no_step(migration, declaration));
        told.extend(no_example(migration, declaration));
        told.extend(in_plain_text(declaration));
        for step in declaration.all_steps() {
            written(step, &mut |_, text, _, _| told.extend(home_path(declaration, text)));
        }
        for (at, step) in declaration.steps.iter().enumerate() {
            told.extend(unmatched(request, declaration, step, &made(&declaration.steps[..at])));
        }
        told.extend(needless_back(request, migration, declaration));
        told.extend(overlaps(declaration));
        // What is applied did work; what is pending is tried.
        if request.history.record(&migration.slug).is_none()
            && let Err(refusal) = prove(request, &migration.slug)
        {
            let missing = |one: &Diagnostic| matches!(one.code, Code::MissingVariable);
            let known =
                |one: &Diagnostic| told.iter().any(|other| other.code == one.code && other.places == one.places);
            let new: Vec<Diagnostic> =
                refusal.diagnostics.into_iter().filter(|one| !missing(one) && !known(one)).collect();
            told.extend(new);
        }
        findings.extend(told.into_iter().map(Finding::from));
    }
    findings
}

fn finding(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
}

/// Files beside the migrations that look like one and have not the name of one: nobody reads them.
fn misnamed(request: &Request<'_>) -> Vec<Diagnostic> {
    let files = request.catalogue.iter().filter_map(Migration::declaration);
    let folders: BTreeSet<&str> = files
        .filter_map(|one| one.source.path.trim_end_matches("/migration.toml").rsplit_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    let looks_like_one = |name: &str| {
        let digits = name.trim_start_matches(['v', 'V']);
        let is_toml = name.to_ascii_lowercase().ends_with(".toml");
        let is_known = is_migration_name(name) && name.ends_with(".toml");
        is_toml && digits.starts_with(|c: char| c.is_ascii_digit()) && !is_known
    };
    let paths = request.tree.paths();
    // The folder of a migration without the file that it is for.
    let inner = paths.iter().filter_map(|path| {
        let folder = folders.iter().find(|folder| path.as_str().starts_with(&format!("{folder}/")))?;
        let (name, _) = path.as_str()[folder.len() + 1..].split_once('/')?;
        is_migration_name(name).then(|| format!("{folder}/{name}/migration.toml"))
    });
    let inner: BTreeSet<String> = inner.collect();
    let lacking = inner.into_iter().filter_map(|name| RepoPath::new(&name).ok()).filter(|path| !request.tree.has(path));
    let lacking = lacking.map(|path| {
        let message = format!("`{}` is not read: it has no migration.toml", path.folder());
        finding(Code::BadMigration, message)
            .at(Location::file(path.folder()))
            .help(format!("the migration of this folder is called {path}"))
    });
    let misnamed = paths.iter().filter(|path| folders.contains(path.folder()) && looks_like_one(path.file_name()));
    misnamed
        .map(|path| {
            finding(Code::BadMigration, format!("`{path}` is not read: its name is not that of a migration"))
                .at(Location::file(path.as_str()))
                .help("a migration is called v0001_what_it_does.toml: `v`, at least four digits, `_`, a-z, 0-9 and `_`")
        })
        .chain(lacking)
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

fn unused_variables(declaration: &Declaration) -> Vec<Finding> {
    let used = declaration.used_names();
    let unused = declaration.names.iter().filter(|name| declaration.native.is_none() && !used.contains(&name.text));
    unused
        .map(|name| {
            let told = finding(Code::UnusedVariable, format!("the variable `{}` is used nowhere", name.text))
                .at(declaration.source.location(name.span, "declared here"))
                .help("remove it: migrate lint --fix");
            let mend = Mend::Remove(KeyPath::new(["vars", name.text.as_str()]));
            Finding { told, fix: Some(Fix { path: declaration.source.path.clone(), mend }) }
        })
        .collect()
}

fn invisible_characters(declaration: &Declaration) -> Option<Finding> {
    let text = &declaration.source.text;
    let hidden = text.char_indices().filter(|(_, c)| is_hidden(*c) && *c != '\r');
    let spans: Vec<Span> = hidden.map(|(at, c)| Span::new(at, at + c.len_utf8())).collect();
    let first = *spans.first()?;
    let character = first.of(text).chars().next().map_or(0, u32::from);
    let told = finding(Code::Invisible, format!("an invisible character, U+{character:04X}"))
        .at(declaration.source.location(first, "here"))
        .help("a reviewer does not see it; remove it: migrate lint --fix");
    let mend = Mend::Edit(spans.into_iter().map(Edit::delete).collect());
    Some(Finding { told, fix: Some(Fix { path: declaration.source.path.clone(), mend }) })
}

/// Spaces in texts that look like the plain one. Nobody knows which one was meant; as its escape each is seen.
fn odd_spaces(declaration: &Declaration) -> Vec<Finding> {
    let source = &declaration.source;
    let (mut escaped, mut bare) = (Vec::new(), Vec::new());
    for literal in declaration.quoted() {
        let odd = literal.of(&source.text).char_indices().filter(|(_, c)| is_odd_space(*c));
        let spans = odd.map(|(at, c)| Span::new(literal.start + at, literal.start + at + c.len_utf8()));
        // Only between double quotes an escape is one.
        if literal.of(&source.text).starts_with('"') { escaped.extend(spans) } else { bare.extend(spans) }
    }
    let code = |span: Span| span.of(&source.text).chars().next().map_or(0, u32::from);
    let told = |span: Span| {
        let message = format!("a space that is not the plain one, U+{:04X}", code(span));
        finding(Code::Invisible, message).at(source.location(span, "looks like a plain one"))
    };
    let fixed = escaped.first().map(|first| {
        let escape = |span: &Span| Edit::replace(*span, format!("\\u{:04X}", code(*span)));
        let mend = Mend::Edit(escaped.iter().map(escape).collect());
        let told = told(*first)
            .help(format!("meant? write it as \\u{:04X}, so that a reviewer sees it: migrate lint --fix", code(*first)))
            .help("not meant? type a plain space");
        Finding { told, fix: Some(Fix { path: source.path.clone(), mend }) }
    });
    let left = bare.first().map(|first| {
        let told = told(*first).help("type a plain space").help(format!(
            "meant? write the text between double quotes, and this as \\u{:04X}: so a reviewer sees it",
            code(*first)
        ));
        Finding::from(told)
    });
    fixed.into_iter().chain(left).collect()
}

fn no_step(migration: &Migration, declaration: &Declaration) -> Option<Diagnostic> {
    let is_empty = declaration.native.is_none() && declaration.steps.is_empty();
    is_empty.then(|| {
        finding(Code::BadMigration, format!("{} does nothing: it has no step", migration.name()))
            .at(declaration.source.location(Span::at(0), "no [[step]]"))
            .help("say what is to be done: [[step]] with `edit` and `do`, or another kind of step")
    })
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

/// The files that `steps` make or give another name.
fn made(steps: &[Step]) -> Vec<RepoPath> {
    let name = |step: &Step| match &step.action {
        Action::Move { to: name, .. } | Action::Create { path: name, .. } => RepoPath::new(&any(&name.text)).ok(),
        Action::Edit { .. } | Action::Delete { .. } | Action::Mode { .. } => None,
    };
    steps.iter().filter_map(name).collect()
}

/// The globs of a step that no file matches, nor one that the steps before it have `made`.
fn unmatched(request: &Request<'_>, declaration: &Declaration, step: &Step, made: &[RepoPath]) -> Vec<Diagnostic> {
    let Action::Edit { globs, optional: false, .. } = &step.action else { return Vec::new() };
    let matches = |glob: &Text| {
        let is_there = |globs: Globs| request.tree.paths().iter().chain(made).any(|path| globs.matches(path));
        Globs::new([any(&glob.text)]).is_ok_and(is_there)
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

/// Operations that set the same setting of the same files.
fn overlaps(declaration: &Declaration) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for steps in [declaration.steps.as_slice(), declaration.steps_back()] {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for step in steps {
            let Action::Edit { globs, except, operations, .. } = &step.action else { continue };
            let texts = |texts: &[Text]| texts.iter().map(|text| text.text.clone()).collect::<Vec<_>>();
            let each = step.each.as_ref().map(|each| &each.text);
            let when = step.when.as_ref().map(|when| &when.span);
            let files = format!("{:?}{:?}{each:?}{when:?}", texts(globs), texts(except));
            for operation in operations {
                let of = |key: &str| operation.get(key);
                let Some(Datum { data: Data::Text(path), span }) = of("set") else { continue };
                let other = ["in", "within", "arg", "site", "doc", "when"]
                    .map(|key| format!("{:?}", of(key).map(|datum| &datum.data)));
                if !seen.insert(format!("{files}\0{path}\0{}", other.join("\0"))) {
                    findings.push(
                        finding(Code::Overlap, format!("`{path}` is set twice"))
                            .at(declaration.source.location(*span, "again"))
                            .help("keep the one that is meant"),
                    );
                }
            }
        }
    }
    findings
}
