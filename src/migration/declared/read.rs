//! From the text of a migration file to a declaration; every fault with its place.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::condition::Condition;
use super::operation::operation;
use super::scope::{Row, Scope};
use super::source::{Data, Datum, Entries, Fields, Source, Text};
use super::{Action, Case, CaseFiles, Content, Declaration, Expected, IfExists, Step, WayBack};
use crate::diagnostic::{Code, Diagnostic};
use crate::format::{self, MAX_SCALAR};
use crate::migration::{Kind, Variable};
use crate::text::is_hidden;
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
    /// When it does not parse or says what it can not mean; with the place.
    pub fn read(path: &str, text: &str) -> Result<Self, Diagnostic> {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let entries = source.read()?;
        let whole = crate::text::Span::at(0);
        let fields = Fields { source: &source, what: "a migration", entries: &entries, span: whole }.only(&TOP_KEYS)?;
        match fields.get("schema") {
            Some(Datum { data: Data::Int(1), .. }) => {}
            Some(datum) => {
                return Err(source
                    .fault(datum.span, "this version reads migrations of schema 1", "another schema")
                    .help("install the version that wrote it, or a later one"));
            }
            None => return Err(fields.lacks("schema").help("start the file with: schema = 1")),
        }
        let (variables, names) = variables(&fields)?;
        let tables = tables(&fields)?;
        let conditions = |key, what| -> Result<Vec<Condition>, Diagnostic> {
            fields.tables(key)?.iter().map(|one| Condition::read(&source, one, what)).collect()
        };
        let needs = fields.texts("needs")?.into_iter().map(|text| match text.text.parse() {
            Ok(slug) => Ok((slug, text)),
            Err(why) => Err(source.fault(text.span, why, "not a slug")),
        });
        let declaration = Self {
            title: match fields.text("title")? {
                Some(title) if title.text.trim().is_empty() || title.text.chars().any(is_unseen) => {
                    return Err(source.fault(title.span, "a title is one line of text that can be seen", "here"));
                }
                Some(title) => title.text,
                None => return Err(fields.lacks("title").help("say what it does: title = \"TLS for the database\"")),
            },
            why: fields.text("why")?.map_or(String::new(), |why| why.text),
            links: fields.texts("links")?.into_iter().map(|link| link.text).collect(),
            needs: needs.collect::<Result<_, _>>()?,
            native: fields.text("native")?,
            requires: conditions("require", "a `require`")?,
            steps: fields.tables("step")?.iter().map(|one| step(&source, one)).collect::<Result<_, _>>()?,
            ensures: conditions("ensure", "an `ensure`")?,
            back: way_back(&source, &fields)?,
            cases: fields.tables("case")?.iter().map(|one| case(&source, one)).collect::<Result<_, _>>()?,
            checksum: checksum(&entries),
            variables,
            names,
            tables,
            source: source.clone(),
        };
        if declaration.native.is_some() && !declaration.steps.is_empty() {
            return Err(source.fault(
                declaration.steps[0].span,
                "a migration with `native` has no steps of its own",
                "here",
            ));
        }
        declaration.check()?;
        Ok(declaration)
    }

    /// What can be told without a repository: names, paths, operations.
    fn check(&self) -> Result<(), Diagnostic> {
        let scope = Scope { source: &self.source, declared: &self.names, each: None, variables: None };
        for condition in self.requires.iter().chain(&self.ensures) {
            check_condition(condition, &scope)?;
        }
        for step in self.all_steps() {
            let rows = match &step.each {
                None => None,
                Some(each) => match self.tables.iter().find(|(name, _)| name.text == each.text) {
                    Some((name, rows)) => Some((name.text.as_str(), rows.as_slice(), None)),
                    None => {
                        return Err(self.source.fault(
                            each.span,
                            format!("there is no table [for_each.{}]", each.text),
                            "unknown",
                        ));
                    }
                },
            };
            let scope = Scope { each: rows, ..scope };
            if let Some(when) = &step.when {
                check_condition(when, &scope)?;
            }
            check_step(step, &scope)?;
        }
        Ok(())
    }
}

fn is_unseen(character: char) -> bool {
    character.is_control() || is_hidden(character)
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

fn check_step(step: &Step, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    let is_glob = |text: &Text| check_glob(text, scope);
    let is_path = |text: &Text| check_path(text, scope);
    match &step.action {
        Action::Edit { globs, except, format, operations, .. } => {
            globs.iter().chain(except).try_for_each(is_glob)?;
            if let Some(name) = format
                && format::by_name(&name.text).is_none()
            {
                let known: Vec<&str> = format::FORMATS.iter().map(|format| format.name()).collect();
                let fault = scope.source.fault(name.span, format!("unknown format `{}`", name.text), "unknown");
                return Err(fault.help(format!("a format is one of: {}", known.join(", "))));
            }
            for datum in operations {
                operation(datum, scope)?;
                if let Some(when) = datum.get("when") {
                    check_condition(&Condition::read(scope.source, when, "a `when`")?, scope)?;
                }
            }
            Ok(())
        }
        Action::Create { path, content, .. } => {
            check_new_path(path, scope)?;
            match content {
                Content::Text(text) => scope.fill(text).map(drop),
                Content::From(file) => is_path(file),
            }
        }
        Action::Delete { globs, .. } => globs.iter().try_for_each(is_glob),
        Action::Move { path, to } => is_path(path).and_then(|()| check_new_path(to, scope)),
        Action::Mode { path, .. } => is_path(path),
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

fn variables(fields: &Fields<'_>) -> Result<(Vec<Variable>, Vec<Text>), Diagnostic> {
    let mut variables = Vec::new();
    let mut names = Vec::new();
    for (name, datum) in fields.table("vars")? {
        let source = fields.source;
        let clean = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || !name.text.chars().all(clean) {
            return Err(source.fault(
                name.span,
                format!("`{}` is not a name: use letters, digits and `_`", name.text),
                "here",
            ));
        }
        let own = Fields::of(source, datum, "a variable", &VARIABLE_KEYS)?;
        let kind = match own.text("kind")? {
            None => Kind::String,
            Some(text) => match Kind::ALL.iter().find(|(_, name)| *name == text.text) {
                Some((kind, _)) => *kind,
                None => {
                    let known: Vec<&str> = Kind::ALL.iter().map(|(_, name)| *name).collect();
                    let fault = source.fault(text.span, format!("unknown kind `{}`", text.text), "unknown");
                    return Err(fault.help(format!("a kind is one of: {}", known.join(", "))));
                }
            },
        };
        let default = match own.get("default") {
            None => None,
            Some(datum) if matches!(datum.data, Data::List(_) | Data::Map(_)) => {
                return Err(own.wrong("default", datum, "a single value"));
            }
            Some(datum) => Some(datum.value().to_string()),
        };
        variables.push(Variable {
            name: name.text.clone(),
            default,
            one_of: own.texts("one_of")?.into_iter().map(|one| one.text).collect(),
            kind,
            environment: own.text("env")?.map(|name| name.text),
            is_secret: own.flag("secret")?,
            about: own.text("doc")?.map_or(String::new(), |about| about.text),
        });
        names.push(name.clone());
    }
    Ok((variables, names))
}

fn tables(fields: &Fields<'_>) -> Result<Vec<(Text, Vec<Row>)>, Diagnostic> {
    let mut tables = Vec::new();
    for (name, datum) in fields.table("for_each")? {
        let Data::Map(rows) = &datum.data else {
            return Err(fields.source.fault(
                datum.span,
                format!("[for_each.{}] is a table of rows", name.text),
                "not a table",
            ));
        };
        let row = |(name, datum): &(Text, Datum)| match &datum.data {
            Data::Map(columns) => {
                let columns = columns.iter().map(|(column, value)| (column.text.clone(), value.value()));
                Ok(Row { name: name.text.clone(), columns: columns.collect::<BTreeMap<_, _>>() })
            }
            _ => Err(fields.source.fault(datum.span, "a row is a table: { COLUMN = value }", "not a table")),
        };
        tables.push((name.clone(), rows.iter().map(row).collect::<Result<_, _>>()?));
    }
    Ok(tables)
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

/// 128 bits over what has an effect, tables by key.
fn checksum(entries: &Entries) -> String {
    let mut hash = Sha256::new();
    let silent = ["title", "why", "links", "case", "description"];
    let mut effective: Vec<&(Text, Datum)> =
        entries.iter().filter(|(key, _)| !silent.contains(&key.text.as_str())).collect();
    effective.sort_by(|one, other| one.0.text.cmp(&other.0.text));
    for (key, datum) in effective {
        hash_text(&mut hash, &key.text);
        hash_datum(&mut hash, datum);
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash_text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}

fn hash_datum(hash: &mut Sha256, datum: &Datum) {
    match &datum.data {
        Data::Bool(flag) => hash_text(hash, &format!("b{flag}")),
        Data::Int(number) => hash_text(hash, &format!("i{number}")),
        Data::Float(number) => hash_text(hash, &format!("f{number:?}")),
        Data::Text(text) => {
            hash.update("t");
            hash_text(hash, text);
        }
        Data::Date(date) => hash_text(hash, &format!("d{date}")),
        Data::List(items) => {
            hash_text(hash, &format!("l{}", items.len()));
            items.iter().for_each(|item| hash_datum(hash, item));
        }
        Data::Map(entries) => {
            hash_text(hash, &format!("m{}", entries.len()));
            // The order of a table's keys means something where they are written to a file, so it counts.
            for (key, value) in entries {
                hash_text(hash, &key.text);
                hash_datum(hash, value);
            }
        }
    }
}
