//! From the text of a migration file to a declaration; every fault with its place.

mod names;

use names::{tables, variables};

use super::checksum::checksum;
use super::condition::Condition;
use super::operation::operation;
use super::scope::Scope;
use super::source::{Data, Datum, Fields, Source, Text};
use super::{Action, Case, CaseFiles, Content, Declaration, Expected, IfExists, Step, WayBack};
use crate::diagnostic::{Code, Diagnostic};
use crate::format::{self, MAX_SCALAR};
use crate::text::{Span, is_hidden};
use crate::tree::Globs;

/// The keys of the whole file.
pub const TOP_KEYS: [&str; 14] = [
    "schema",
    "title",
    "why",
    "links",
    "needs",
    "native",
    "vars",
    "for_each",
    "require",
    "step",
    "ensure",
    "down",
    "case",
    "description",
];
/// The keys of one variable.
pub const VARIABLE_KEYS: [&str; 6] = ["default", "one_of", "kind", "env", "secret", "doc"];
/// The keys of the way back.
pub const DOWN_KEYS: [&str; 2] = ["never", "step"];
/// The keys of a step.
pub const STEP_KEYS: [&str; 18] = [
    "edit",
    "create",
    "delete",
    "move",
    "chmod",
    "for",
    "when",
    "except",
    "format",
    "optional",
    "do",
    "content",
    "from",
    "mode",
    "if_exists",
    "if_present",
    "to",
    "secret",
];
/// The keys of a case.
pub const CASE_KEYS: [&str; 9] = ["name", "file", "before", "after", "unchanged", "fails", "dir", "vars", "eol"];

impl Declaration {
    /// Reads the migration file `path` that holds `text`.
    ///
    /// # Errors
    /// When it does not parse or says what it can not mean; the first fault, with its place.
    pub fn read(path: &str, text: &str) -> Result<Self, Diagnostic> {
        Self::read_whole(path, text).map_err(|mut faults| faults.swap_remove(0))
    }

    /// As `read`, with every fault that can be told at once.
    ///
    /// # Errors
    /// As `read`; never an empty list.
    pub fn read_whole(path: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let entries = source.read().map_err(|fault| vec![fault])?;
        let whole = Span::at(0);
        let fields = Fields { source: &source, what: "a migration", entries: &entries, span: whole };
        schema(&fields).map_err(|fault| vec![fault])?;
        let mut faults = Faults(fields.unknown(&TOP_KEYS));
        let declared = faults.take(variables(&fields));
        let rows = faults.take(tables(&fields));
        let names_are_known = declared.is_some() && rows.is_some();
        let (variables, names) = declared.unwrap_or_default();
        let declaration = Self {
            title: faults.take(title(&fields)).unwrap_or_default(),
            why: faults.take(fields.text("why")).flatten().map_or(String::new(), |why| why.text),
            links: faults.take(fields.texts("links")).unwrap_or_default().into_iter().map(|link| link.text).collect(),
            needs: {
                let needs = faults.take(fields.texts("needs")).unwrap_or_default();
                let slug = |text: Text| match text.text.parse() {
                    Ok(slug) => Ok((slug, text)),
                    Err(why) => Err(source.fault(text.span, why, "not a slug")),
                };
                needs.into_iter().filter_map(|text| faults.take(slug(text))).collect()
            },
            native: faults.take(fields.text("native")).flatten(),
            requires: faults.each(fields.tables("require"), |one| Condition::read(&source, one, "a `require`")),
            steps: faults.each(fields.tables("step"), |one| step(&source, one)),
            ensures: faults.each(fields.tables("ensure"), |one| Condition::read(&source, one, "an `ensure`")),
            back: faults.take(way_back(&source, &fields)).unwrap_or(WayBack::Derived),
            cases: faults.each(fields.tables("case"), |one| case(&source, one)),
            checksum: checksum(&entries),
            variables,
            names,
            tables: rows.unwrap_or_default(),
            source: source.clone(),
        };
        if let (Some(_), Some(step)) = (&declaration.native, declaration.steps.first()) {
            faults.0.push(source.fault(step.span, "a migration with `native` has no steps of its own", "here"));
        }
        // Without the names, each use of one would be a fault.
        if names_are_known {
            faults.0.extend(declaration.check());
        }
        if faults.0.is_empty() { Ok(declaration) } else { Err(faults.0) }
    }

    /// What its texts are filled in by, while there are no values.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { source: &self.source, declared: &self.names, tables: &self.tables, each: None, variables: None }
    }

    /// What can be told without a repository: names, paths, operations.
    fn check(&self) -> Vec<Diagnostic> {
        let scope = self.scope();
        let mut faults = Faults::default();
        for condition in self.requires.iter().chain(&self.ensures) {
            faults.take(check_condition(condition, &scope));
        }
        for step in self.all_steps() {
            let rows = match &step.each {
                None => None,
                Some(each) => match self.tables.iter().find(|(name, _)| name.text == each.text) {
                    Some((name, rows)) => Some((name.text.as_str(), rows.as_slice(), None)),
                    None => {
                        let message = format!("there is no table [for_each.{}]", each.text);
                        faults.0.push(self.source.fault(each.span, message, "unknown"));
                        continue;
                    }
                },
            };
            let scope = Scope { each: rows, ..scope };
            if let Some(when) = &step.when {
                faults.take(check_condition(when, &scope));
            }
            check_step(step, &scope, &mut faults);
        }
        faults.0
    }
}

/// The faults found so far: one of them does not hide the others.
#[derive(Default)]
struct Faults(Vec<Diagnostic>);

impl Faults {
    fn take<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|fault| self.0.push(fault)).ok()
    }

    /// What `read` makes of each of `all`, but those that are at fault.
    fn each<'d, D: 'd, T>(
        &mut self,
        all: Result<&'d [D], Diagnostic>,
        read: impl Fn(&'d D) -> Result<T, Diagnostic>,
    ) -> Vec<T> {
        let all = self.take(all).unwrap_or_default();
        all.iter().filter_map(|one| self.take(read(one))).collect()
    }
}

fn schema(fields: &Fields<'_>) -> Result<(), Diagnostic> {
    match fields.get("schema") {
        Some(Datum { data: Data::Int(1), .. }) => Ok(()),
        Some(datum) => Err(fields
            .source
            .fault(datum.span, "this version reads migrations of schema 1", "another schema")
            .help("install the version that wrote it, or a later one")),
        None => Err(fields.lacks("schema").help("start the file with: schema = 1")),
    }
}

fn title(fields: &Fields<'_>) -> Result<String, Diagnostic> {
    let source = fields.source;
    let Some(title) = fields.text("title")? else {
        return Err(fields.lacks("title").help("say what it does: title = \"TLS for the database\""));
    };
    // What stands there as itself is left out of what people read, and `lint` takes it away.
    let literal = title.span.of(&source.text);
    let is_left_out = |c: char| !c.is_control() && is_hidden(c) && literal.contains(c);
    let shown: String = title.text.chars().filter(|c| !is_left_out(*c)).collect();
    if let Some((at, unseen)) =
        title.text.char_indices().find(|(_, c)| (c.is_control() || is_hidden(*c)) && !is_left_out(*c))
    {
        let span = source.part(&title, Span::new(at, at + unseen.len_utf8()));
        let message =
            format!("a title is one line of text that can be seen, and this one holds U+{:04X}", u32::from(unseen));
        return Err(source.fault(span, message, "nobody sees it").help("remove it"));
    }
    if shown.trim().is_empty() {
        return Err(source.fault(title.span, "a title is one line of text that can be seen", "here"));
    }
    Ok(shown)
}

fn check_glob(text: &Text, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    let glob = super::scope::any(&scope.fill(text)?);
    let outside = glob.starts_with('/') || glob.starts_with('~') || glob.split('/').any(|part| part == "..");
    if outside {
        return Err(scope.source.fault(text.span, format!("`{glob}` leaves the repository"), "outside"));
    }
    Globs::new([&glob]).map(drop).map_err(|error| scope.source.fault(text.span, error.to_string(), "not a glob"))
}

fn check_path(text: &Text, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    if scope.is_open(&scope.fill(text)?) { Ok(()) } else { scope.path(text).map(drop) }
}

/// The path of a file that is made: a name for every platform.
fn check_new_path(text: &Text, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    if scope.is_open(&scope.fill(text)?) { Ok(()) } else { scope.new_path(text).map(drop) }
}

fn check_step(step: &Step, scope: &Scope<'_>, faults: &mut Faults) {
    let is_glob = |text: &Text| check_glob(text, scope);
    let is_path = |text: &Text| check_path(text, scope);
    match &step.action {
        Action::Edit { globs, except, format, operations, .. } => {
            for glob in globs.iter().chain(except) {
                faults.take(is_glob(glob));
            }
            if let Some(name) = format
                && format::by_name(&name.text).is_none()
            {
                let known: Vec<&str> = format::FORMATS.iter().map(|format| format.name()).collect();
                let fault = scope.source.fault(name.span, format!("unknown format `{}`", name.text), "unknown");
                faults.0.push(fault.help(format!("a format is one of: {}", known.join(", "))));
            }
            for datum in operations {
                faults.take(operation(datum, scope));
                if let Some(when) = datum.get("when") {
                    let when = faults.take(Condition::read(scope.source, when, "a `when`"));
                    when.and_then(|when| faults.take(check_condition(&when, scope)));
                }
            }
        }
        Action::Create { path, content, .. } => {
            faults.take(check_new_path(path, scope));
            faults.take(match content {
                Content::Text(text) => scope.fill(text).map(drop),
                Content::From(file) => is_path(file),
            });
        }
        Action::Delete { globs, .. } => {
            for glob in globs {
                faults.take(is_glob(glob));
            }
        }
        Action::Move { path, to } => {
            faults.take(is_path(path));
            faults.take(check_new_path(to, scope));
        }
        Action::Mode { path, .. } => {
            faults.take(is_path(path));
        }
    }
}

fn check_condition(condition: &Condition, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    let mut fault = None;
    condition.texts(&mut |text| {
        if let Err(error) = scope.fill(text) {
            fault.get_or_insert(error);
        }
    });
    condition.files(&mut |text, is_glob| {
        let checked = if is_glob { check_glob(text, scope) } else { check_path(text, scope) };
        if let Err(error) = checked {
            fault.get_or_insert(error);
        }
    });
    fault.map_or(Ok(()), Err)
}

fn way_back(source: &Source, fields: &Fields<'_>) -> Result<WayBack, Diagnostic> {
    let Some(datum) = fields.get("down") else { return Ok(WayBack::Derived) };
    let down = Fields::of(source, datum, "`[down]`", &DOWN_KEYS).map_err(|fault| {
        fault.help(
            "the way back is derived from what was done; where it can not be: `never = \"reason\"`, or [[down.step]]",
        )
    })?;
    let steps = down.tables("step")?;
    match (down.text("never")?, steps) {
        (Some(reason), []) => Ok(WayBack::Never(reason)),
        (Some(reason), _) => {
            let fault = source.fault(reason.span, "`[down]` has `never` or steps, and this one has both", "here");
            Err(fault.help("remove `never`, or the steps"))
        }
        (None, []) => {
            Err(down.lacks("never").help("say why there is no way back, `never = \"reason\"`, or which: [[down.step]]"))
        }
        (None, steps) if fields.get("native").is_some() => {
            Err(source.fault(steps[0].span, "a migration with `native` has no steps of its own", "here"))
        }
        (None, steps) => Ok(WayBack::Steps(steps.iter().map(|one| step(source, one)).collect::<Result<_, _>>()?)),
    }
}

fn step(source: &Source, datum: &Datum) -> Result<Step, Diagnostic> {
    let fields = Fields::of(source, datum, "a step", &STEP_KEYS)?;
    let only = |known: &[&str]| -> Result<(), Diagnostic> {
        let all: Vec<&str> = known.iter().copied().chain(["for", "when"]).collect();
        Fields { source, what: "a step of this kind", entries: fields.entries, span: fields.span }.only(&all).map(drop)
    };
    let kinds: Vec<&str> =
        ["edit", "create", "delete", "move", "chmod"].into_iter().filter(|kind| fields.get(kind).is_some()).collect();
    let action = match kinds.as_slice() {
        ["edit"] => {
            only(&["edit", "except", "format", "optional", "do"])?;
            let operations = fields.tables("do")?.to_vec();
            if operations.is_empty() {
                return Err(fields.lacks("do").help("what is to be done: do = [{ set = \"a.b\", to = 1 }]"));
            }
            Action::Edit {
                globs: fields.texts("edit")?,
                except: fields.texts("except")?,
                format: fields.text("format")?,
                optional: fields.flag("optional")?,
                operations,
            }
        }
        ["create"] => {
            only(&["create", "content", "from", "mode", "if_exists", "secret"])?;
            let content = match (fields.text("content")?, fields.text("from")?) {
                (Some(text), None) if text.text.len() > MAX_SCALAR => {
                    let message = format!("`content` is longer than {} KiB", MAX_SCALAR / 1024);
                    return Err(source.fault(text.span, message, "here").help("take it from a file: from = \"PATH\""));
                }
                (Some(text), None) => Content::Text(text),
                (None, Some(file)) => Content::From(file),
                _ => return Err(source.fault(datum.span, "`create` has `content` or `from`", "one of them")),
            };
            let if_exists = match fields.text("if_exists")? {
                None => IfExists::Fail,
                Some(text) => match text.text.as_str() {
                    "fail" => IfExists::Fail,
                    "keep" => IfExists::Keep,
                    "replace" => IfExists::Replace,
                    _ => return Err(source.fault(text.span, "`if_exists` is fail, keep or replace", "here")),
                },
            };
            let is_open = fields.get("secret").is_some_and(|datum| datum.data == Data::Bool(false));
            Action::Create { path: fields.required("create")?, content, mode: mode(&fields)?, if_exists, is_open }
        }
        ["delete"] => {
            only(&["delete", "if_present"])?;
            Action::Delete { globs: fields.texts("delete")?, if_present: fields.flag("if_present")? }
        }
        ["move"] => {
            only(&["move", "to"])?;
            Action::Move { path: fields.required("move")?, to: fields.required("to")? }
        }
        ["chmod"] => {
            only(&["chmod", "mode"])?;
            let mode = mode(&fields)?.ok_or_else(|| fields.lacks("mode"))?;
            Action::Mode { path: fields.required("chmod")?, mode }
        }
        [] => {
            return Err(source.fault(
                datum.span,
                "a step has one of: edit, create, delete, move, chmod",
                "none of them",
            ));
        }
        several => {
            return Err(source.fault(
                datum.span,
                format!("a step does one thing, and this one has {}", several.join(" and ")),
                "here",
            ));
        }
    };
    let when = fields.get("when").map(|when| Condition::read(source, when, "a `when`")).transpose()?;
    Ok(Step { action, each: fields.text("for")?, when, span: datum.span })
}

/// Permission bits as `"0644"`.
fn mode(fields: &Fields<'_>) -> Result<Option<u32>, Diagnostic> {
    let Some(text) = fields.text("mode")? else { return Ok(None) };
    match u32::from_str_radix(&text.text, 8) {
        Ok(mode) if mode <= 0o777 && mode & 0o600 == 0o600 => Ok(Some(mode)),
        Ok(mode) if mode <= 0o777 => {
            Err(fields.source.fault(text.span, "the owner must stay able to read and write it", "here"))
        }
        _ => Err(fields.source.fault(text.span, "a mode is octal digits in quotes, as \"0644\"", "here")),
    }
}

fn case(source: &Source, datum: &Datum) -> Result<Case, Diagnostic> {
    let fields = Fields::of(source, datum, "a case", &CASE_KEYS)?;
    let files = match fields.text("dir")? {
        Some(folder) => CaseFiles::Folder(folder),
        None => {
            let outcome = match (fields.text("after")?, fields.get("unchanged"), fields.text("fails")?) {
                (Some(after), None, None) => Expected::After(after),
                (None, Some(_), None) if fields.flag("unchanged")? => Expected::Unchanged,
                (None, None, Some(code)) if Code::named(&code.text).is_none() => {
                    let fault = source.fault(code.span, format!("there is no code `{}`", code.text), "unknown");
                    return Err(fault.help("the codes: migrate explain"));
                }
                (None, None, Some(code)) => Expected::Fails(code),
                _ => {
                    return Err(source.fault(datum.span, "a case has one of: after, unchanged = true, fails", "here"));
                }
            };
            CaseFiles::One { file: fields.required("file")?, before: fields.required("before")?, outcome }
        }
    };
    let crlf = match fields.text("eol")? {
        None => false,
        Some(text) if text.text == "crlf" => true,
        Some(text) if text.text == "lf" => false,
        Some(text) => return Err(source.fault(text.span, "`eol` is lf or crlf", "here")),
    };
    let variables = fields.table("vars")?.iter().map(|(name, value)| (name.text.clone(), value.value().to_string()));
    Ok(Case { name: fields.required("name")?, files, variables: variables.collect(), crlf, span: datum.span })
}
