//! A declaration at work: its conditions asked, its steps made in the files they mean.

mod create;
mod ensured;
mod order;
mod pointed;
mod waiting;

use create::{create, in_the_way};
use ensured::{Left, ensured};
use order::ordered;
use pointed::{after_others, asked_here, pointed};
use waiting::Waiting;

use super::condition::{Asks, Condition, Files, Word, selector};
use super::operation::{operation, out_of_place};
use super::scope::{Row, Scope};
use super::source::{Datum, Text};
use super::{Action, Declaration, Step};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Format};
use crate::migration::repository::Repository;
use crate::migration::{Extent, Refused, Variables};
use crate::op::{self, Answer, Operation, Verb};
use crate::path::RepoPath;
use crate::text::{Span, nearest};
use crate::tree::Globs;
use crate::value::{Selector, Value};

/// Does what `declaration` says.
///
/// # Errors
/// When a condition does not hold, a step matches no file, or an operation can not be made; nothing counts then.
pub fn run(
    declaration: &Declaration,
    repository: &mut Repository<'_, '_>,
    variables: &Variables,
) -> Result<(), Refused> {
    let scope = Scope { variables: Some(variables), ..declaration.scope() };
    if repository.extent != Extent::Late {
        for condition in &declaration.requires {
            if !asked(condition, None, repository, &scope)? {
                let fault = unmet(condition, &scope, Code::Guard, "a condition for this migration does not hold")?;
                return Err(found(fault, condition, repository, &scope, &|_, _, _| false).into());
            }
        }
    }
    for step in &declaration.steps {
        for scope in scopes(declaration, step, &scope) {
            match made(step, repository, &scope) {
                Err(refused) if refused.0.code == Code::NoTarget && repository.extent != Extent::Whole => {}
                result => result?,
            }
        }
    }
    if repository.extent != Extent::Late {
        let is_left =
            |repository: &Repository<'_, '_>, path: &RepoPath, _: Option<&Selector>| repository.is_frozen(path);
        for condition in &declaration.ensures {
            if !ensured(condition, repository, &scope, &is_left)? {
                let message = "what this migration ensures does not hold after it";
                let fault = unmet(condition, &scope, Code::Unmet, message)?;
                return Err(found(fault, condition, repository, &scope, &is_left).into());
            }
        }
    }
    Ok(())
}

/// What is to be said of each `[[ensure]]` that does not hold. A setting of a file that `is_left` may be what it wants.
///
/// # Errors
/// When one of them can not be asked.
pub fn broken(
    declaration: &Declaration,
    repository: &mut Repository<'_, '_>,
    variables: &Variables,
    is_left: &dyn Fn(&RepoPath, &Selector) -> bool,
) -> Result<Vec<Diagnostic>, Refused> {
    let scope = Scope { variables: Some(variables), ..declaration.scope() };
    let is_left =
        |_: &Repository<'_, '_>, path: &RepoPath, at: Option<&Selector>| at.is_some_and(|at| is_left(path, at));
    let mut failed = Vec::new();
    for condition in &declaration.ensures {
        if !ensured(condition, repository, &scope, &is_left)? {
            let fault = unmet(condition, &scope, Code::Unmet, "what this migration ensures does not hold")?;
            failed.push(found(fault, condition, repository, &scope, &is_left));
        }
    }
    Ok(failed)
}

/// The scope of each row that `step` goes through; one scope where it goes through none.
fn scopes<'s>(declaration: &'s Declaration, step: &Step, scope: &Scope<'s>) -> Vec<Scope<'s>> {
    let table = step.each.as_ref().and_then(|each| declaration.tables.iter().find(|(name, _)| name.text == each.text));
    match table {
        None => vec![*scope],
        Some((name, rows)) => {
            let at = |row: &'s Row| Scope { each: Some((name.text.as_str(), rows.as_slice(), Some(row))), ..*scope };
            rows.iter().map(at).collect()
        }
    }
}

fn made(step: &Step, repository: &mut Repository<'_, '_>, scope: &Scope<'_>) -> Result<(), Refused> {
    match &step.action {
        Action::Edit { globs, except, format, optional, operations } => {
            let format = format.as_ref().and_then(|name| format::by_name(&name.text));
            let files = matching(globs, except, repository, scope)?;
            if files.is_empty() && !optional && step.when.is_none() {
                return Err(no_target(globs, repository, scope)?.help(OPTIONAL).into());
            }
            let edit = |repository: &mut Repository<'_, '_>, path: &RepoPath| {
                if repository.is_frozen(path) {
                    return Ok(());
                }
                if !passes(step.when.as_ref(), path, repository, scope)? {
                    repository.skip(path, "`when` is false");
                    return Ok(());
                }
                edit(path, format, operations, repository, scope)
            };
            // A condition on other files may ask what this step has made of them.
            if asks_elsewhere(step.when.as_ref(), operations, scope) {
                return files.iter().try_for_each(|path| edit(repository, path));
            }
            repository.each(&files, edit).map(drop)
        }
        _ if !passes_alone(step.when.as_ref(), repository, scope)? => Ok(()),
        Action::Create { path, content, mode, if_exists, .. } => {
            create(path, content, *mode, *if_exists, repository, scope)
        }
        Action::Delete { globs, if_present } => {
            let files = matching(globs, &[], repository, scope)?;
            if files.is_empty() && !if_present {
                return Err(no_target(globs, repository, scope)?.help(IF_PRESENT).into());
            }
            for path in &files {
                if !repository.is_frozen(path) {
                    repository.delete(path)?;
                }
            }
            Ok(())
        }
        Action::Move { path, to } => {
            let (from, target) = (scope.path(path)?, scope.new_path(to)?);
            if repository.is_frozen(&target) || repository.is_frozen(&from) {
                return Ok(());
            }
            match (repository.has(&from), repository.has(&target)) {
                (true, false) => match in_the_way(&target, repository) {
                    Some(why) => Err(Diagnostic::error(
                        Code::Unexpected,
                        format!("`{from}` can not be moved to `{target}`: {why}"),
                    )
                    .at(scope.source.location(to.span, "here"))
                    .into()),
                    None => repository.rename(&from, &target),
                },
                (false, true) => {
                    repository.skip(&target, "already so");
                    Ok(())
                }
                (true, true) => Err(taken(&target, to, scope).into()),
                (false, false) => Err(no_target(std::slice::from_ref(path), repository, scope)?.help(WHEN).into()),
            }
        }
        Action::Mode { path, mode } => {
            let file = scope.path(path)?;
            if repository.is_frozen(&file) {
                return Ok(());
            }
            if !repository.has(&file) {
                return Err(no_target(std::slice::from_ref(path), repository, scope)?.help(WHEN).into());
            }
            repository.set_mode(&file, *mode)
        }
    }
}

/// Whether a condition of a step asks about other files than the one at hand.
fn asks_elsewhere(when: Option<&Condition>, operations: &[Datum], scope: &Scope<'_>) -> bool {
    let own = operations.iter().filter_map(|datum| datum.get("when"));
    let mut own = own.map(|when| Condition::read(scope.source, when, "a `when`"));
    when.is_some_and(Condition::asks_elsewhere) || own.any(|one| one.is_ok_and(|one| one.asks_elsewhere()))
}

fn taken(target: &RepoPath, to: &Text, scope: &Scope<'_>) -> Diagnostic {
    Diagnostic::error(Code::Unexpected, format!("`{target}` is there already"))
        .at(scope.source.location(to.span, "in the way"))
        .help("it may go? delete it in a step before this one")
}

fn edit(
    path: &RepoPath,
    format: Option<&'static dyn Format>,
    operations: &[Datum],
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<(), Refused> {
    let is_late = repository.extent == Extent::Late;
    let mut reasons: Vec<String> = Vec::new();
    let mut reason = |why: String| {
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    };
    let mut waiting = Waiting::default();
    let own_format = format;
    for datum in ordered(operations) {
        if let Some(when) = datum.get("when") {
            waiting.make(path, own_format, repository, scope)?;
            let when = Condition::read(scope.source, when, "a `when`")?;
            if !asked(&when, Some(path), repository, scope)? {
                reason("`when` is false".to_owned());
                continue;
            }
        }
        let mut operation = operation(datum, scope)?;
        // A line is a line in any file; a file that no format is known for, or a template, has nothing but lines.
        let lines = || format::by_name("lines");
        let textual = matches!(operation, Operation::Replace { .. } | Operation::EnsureLine { .. });
        let format = match &operation {
            Operation::EnsureLine { .. } => lines(),
            _ if textual && format.is_none() && is_mere_text(path, repository) => lines(),
            _ => format,
        };
        let is_changed = repository.has_changed(path);
        let place = |diagnostic: Diagnostic| pointed(after_others(diagnostic, path, is_changed), scope, datum, None);
        if matches!(operation, Operation::Setting(_)) {
            let mut document =
                repository.document_as(path, format).map_err(|refused| Refused::from(place(*refused.0)))?;
            in_language(&mut operation, datum, document.file().format, scope)?;
            if let Some((span, message)) = out_of_place(datum, document.format()) {
                let refusal = Diagnostic::error(Code::Unsupported, message).at(scope.source.location(span, "here"));
                return Err(refusal
                    .at(Location::file(path.as_str()))
                    .help("give these files a step of their own")
                    .into());
            }
            match waiting.takes(&operation, datum, document.file()) {
                Some(None) => continue,
                Some(Some(why)) => {
                    document.found_right(&op::kept(&operation, document.file()));
                    reason(why);
                    continue;
                }
                None => {}
            }
        }
        waiting.make(path, own_format, repository, scope)?;
        let is_changed = repository.has_changed(path);
        let place = |diagnostic: Diagnostic| pointed(after_others(diagnostic, path, is_changed), scope, datum, None);
        let mut document = repository.document_as(path, format).map_err(|refused| Refused::from(place(*refused.0)))?;
        let answer = match op::changes(&operation, document.file()) {
            Err(refusal) if refusal.code == Code::NotFound && is_late => Answer::Unchanged(refusal.message),
            answer => answer.map_err(|refusal| {
                let told = after_others(*document.refused(&refusal).0, path, is_changed);
                pointed(told, scope, datum, refusal.missing.as_deref())
            })?,
        };
        document.found_right(&op::kept(&operation, document.file()));
        match answer {
            Answer::Unchanged(why) => reason(why),
            Answer::Changes(changes) if changes.len() > 1 && matches!(document.make_all(&changes), Ok(true)) => {}
            Answer::Changes(changes) => {
                for change in &changes {
                    document.make(change).map_err(|refused| Refused::from(place(*refused.0)))?;
                }
            }
        }
    }
    waiting.make(path, own_format, repository, scope)?;
    if !repository.has_changed(path) {
        repository.skip(path, if reasons.is_empty() { "already so".to_owned() } else { reasons.join("; ") });
    }
    Ok(())
}

/// Reads the `value_code` of an operation by the language of the file; what is more than one expression, or less, is refused.
fn in_language(
    operation: &mut Operation,
    datum: &Datum,
    format: &dyn Format,
    scope: &Scope<'_>,
) -> Result<(), Diagnostic> {
    let Operation::Setting(op::Setting { verb: Verb::Set(value) | Verb::Insert(value, _), .. }) = operation else {
        return Ok(());
    };
    let (Value::Code(code), Some(written)) = (&*value, datum.get("value_code")) else { return Ok(()) };
    let Some(read) = format::expression(format, code) else {
        let message = format!("`value_code` is not one expression of {}", format.name());
        return Err(Diagnostic::error(Code::BadMigration, message)
            .at(scope.source.location(written.span, "one value, and nothing beside it"))
            .note("it is read alone: a second value, a statement or a comment would change what stands around it"));
    };
    *value = read;
    Ok(())
}

fn is_mere_text(path: &RepoPath, repository: &mut Repository<'_, '_>) -> bool {
    let is_template = |repository: &mut Repository<'_, '_>| matches!(repository.document(path), Err(refused) if refused.0.code == Code::Template);
    format::detect(path.file_name()).is_none() || is_template(repository)
}

fn matching(
    globs: &[Text],
    except: &[Text],
    repository: &Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<Vec<RepoPath>, Diagnostic> {
    let set = |texts: &[Text]| -> Result<Globs, Diagnostic> {
        let filled = texts.iter().map(|text| scope.fill(text)).collect::<Result<Vec<_>, _>>()?;
        Globs::new(filled).map_err(|error| {
            scope.source.fault(texts.first().map_or(Span::default(), |text| text.span), error.to_string(), "not a glob")
        })
    };
    let (wanted, except) = (set(globs)?, set(except)?);
    let files = repository.files().into_iter();
    Ok(files.filter(|path| wanted.matches(path) && !except.matches(path)).collect())
}

const OPTIONAL: &str = "some repositories lack it? add `optional = true` to this step";
const IF_PRESENT: &str = "some repositories lack it? add `if_present = true` to this step";
const WHEN: &str = "some repositories lack it? add `when = { file = \"...\", exists = true }` to this step";

/// Why a step has nothing to work on, with a file that was likely meant.
fn no_target(globs: &[Text], repository: &Repository<'_, '_>, scope: &Scope<'_>) -> Result<Diagnostic, Diagnostic> {
    let Some(first) = globs.first() else {
        return Ok(scope.source.fault(Span::default(), "a step names no file", "here"));
    };
    let glob = scope.fill(first)?;
    let diagnostic = Diagnostic::error(Code::NoTarget, format!("no file matches `{glob}`"))
        .at(scope.source.location(first.span, "not in this repository"));
    let name = glob.rsplit('/').next().unwrap_or(&glob);
    let paths = repository.all_paths();
    let same_name = paths.iter().find(|path| path.file_name() == name).map(RepoPath::as_str);
    let known: Vec<&str> = paths.iter().map(RepoPath::as_str).collect();
    let near = same_name.or_else(|| if paths.len() < 5_000 { nearest(&glob, &known) } else { None });
    let diagnostic = match near {
        Some(near) if near == glob => {
            diagnostic.note(format!("{near} is no regular file: of a link, name the file that it leads to"))
        }
        Some(near) => diagnostic.note(format!("there is {near}")),
        None => diagnostic,
    };
    Ok(diagnostic)
}

fn passes(
    when: Option<&Condition>,
    path: &RepoPath,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<bool, Refused> {
    when.map_or(Ok(true), |when| asked(when, Some(path), repository, scope))
}

fn passes_alone(
    when: Option<&Condition>,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<bool, Refused> {
    when.map_or(Ok(true), |when| asked(when, None, repository, scope))
}

/// Whether `condition` holds; `at_hand` is the file that is meant where it names none.
fn asked(
    condition: &Condition,
    at_hand: Option<&RepoPath>,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<bool, Refused> {
    match &condition.asks {
        Asks::All(inner) => {
            for one in inner {
                if !asked(one, at_hand, repository, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Asks::Any(inner) => {
            for one in inner {
                if asked(one, at_hand, repository, scope)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Asks::Not(inner) => Ok(!asked(inner, at_hand, repository, scope)?),
        Asks::File { of, at, test } => {
            let at = at.as_ref().map(|at| selector(at, scope)).transpose()?;
            let test = test.test(scope)?;
            let files = asked_files(of, at_hand, repository, scope, condition)?;
            for path in files {
                let is_there = repository.has(&path);
                if let (op::Test::Exists(wanted), None) = (&test, &at) {
                    if is_there != *wanted {
                        return Ok(false);
                    }
                    continue;
                }
                if !is_there {
                    if repository.extent != Extent::Whole {
                        continue;
                    }
                    let holds = matches!(test, op::Test::Exists(false) | op::Test::IsNot(_) | op::Test::LacksText(_));
                    if !holds {
                        return Ok(false);
                    }
                    continue;
                }
                let textual = matches!(test, op::Test::HasText(_) | op::Test::LacksText(_));
                let lines = format::by_name("lines").filter(|_| textual);
                let document = repository.document_as(&path, lines)?;
                let place =
                    |refusal| asked_here(*document.refused(&refusal).0, scope, condition.span, "asked for here");
                if !op::holds(document.file(), at.as_ref(), &test).map_err(place)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// `fault` with the first file not left out that `condition` does not hold for, and the setting there as it is.
fn found(
    mut fault: Diagnostic,
    condition: &Condition,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
    is_left: &Left<'_>,
) -> Diagnostic {
    let Asks::File { of, at, test } = &condition.asks else { return fault };
    let Ok(files) = asked_files(of, None, repository, scope, condition) else { return fault };
    let wanted = at.as_ref().and_then(|at| selector(at, scope).ok());
    for path in files {
        let asks = Asks::File { of: Files::AtHand, at: at.clone(), test: test.clone() };
        let one = Condition { asks, otherwise: None, span: condition.span };
        if is_left(repository, &path, wanted.as_ref())
            || !matches!(asked(&one, Some(&path), repository, scope), Ok(false))
        {
            continue;
        }
        if !repository.has(&path) {
            return fault.note(format!("there is no file `{path}`"));
        }
        let place = at.as_ref().and_then(|at| found_at(&path, at, repository, scope));
        fault = match (&place, at) {
            (None, Some(at)) => fault.note(format!("`{}` is not in {path}", at.text)),
            (None, None) => fault.note(format!("it does not hold for {path}")),
            (Some(_), _) => fault,
        };
        fault.places.extend(place);
        return fault;
    }
    fault
}

fn found_at(path: &RepoPath, at: &Text, repository: &mut Repository<'_, '_>, scope: &Scope<'_>) -> Option<Location> {
    let selector = selector(at, scope).ok()?;
    let document = repository.document(path).ok()?;
    let here = document.file();
    let (_, node) = format::select(here.format, here.text, here.document, &selector).ok()?.into_iter().next()?;
    Some(format::location(path, here.text, node.entry, "as it is"))
}

/// The files that a condition asks about.
fn asked_files(
    of: &Files,
    at_hand: Option<&RepoPath>,
    repository: &Repository<'_, '_>,
    scope: &Scope<'_>,
    condition: &Condition,
) -> Result<Vec<RepoPath>, Diagnostic> {
    match (of, at_hand) {
        (Files::AtHand, Some(path)) => Ok(vec![path.clone()]),
        (Files::AtHand, None) => {
            let message = "a condition here needs `file` or `files`";
            Err(scope.source.fault(condition.span, message, "of which file?"))
        }
        (Files::One(file), _) => Ok(vec![scope.path(file)?]),
        (Files::Each { globs, except }, _) => matching(globs, except, repository, scope),
    }
}

fn unmet(condition: &Condition, scope: &Scope<'_>, code: Code, message: &str) -> Result<Diagnostic, Diagnostic> {
    let said = condition.otherwise.as_ref().map(|text| scope.fill(text)).transpose()?;
    let diagnostic = Diagnostic::error(code, said.unwrap_or_else(|| message.to_owned()))
        .at(scope.source.location(condition.span, "does not hold"));
    let is_matched = matches!(&condition.asks, Asks::File { test, .. } if test.test == Word::Matches);
    let note = is_matched.then_some("`matches` is for the whole value, from its first character to its last");
    let diagnostic = note.into_iter().fold(diagnostic, Diagnostic::note);
    Ok(diagnostic.help("make it hold, or change the condition; see: migrate explain ".to_owned() + code.id()))
}
