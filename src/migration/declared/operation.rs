//! One operation of a migration file: `{ set = "a.b", to = 1 }`.

use super::grammar::{ARGUMENTS, VERBS, Verb, Word, languages};
use super::scope::Scope;
use super::source::{Data, Datum, Fields, Text};
use crate::diagnostic::{Code, Diagnostic};
use crate::format::Quotes;
use crate::op::{self, Count, Operation, Otherwise, Setting, Sibling};
use crate::text::{Span, nearest};
use crate::value::{Key, KeyPath, Part, Selector, Step, Value};

/// Reads one operation, its names filled in by `scope`.
pub(super) fn operation(datum: &Datum, scope: &Scope<'_>) -> Result<Operation, Diagnostic> {
    let source = scope.source;
    let Data::Map(entries) = &datum.data else {
        return Err(source.fault(datum.span, "an operation is a table, as { set = \"a.b\", to = 1 }", "not a table"));
    };
    let (verb, target) = verb_of(datum, entries, scope)?;
    let known: Vec<&str> = VERBS.iter().map(|verb| verb.name).chain(ARGUMENTS.iter().map(|one| one.name)).collect();
    let fields = Fields { source, what: "an operation", entries, span: datum.span };
    if let Some(fault) = fields.unknown(&known).into_iter().next() {
        // Of all that operations may have this one takes little.
        return Err(if fault.patch.is_some() { fault } else { Diagnostic { help: vec![taken(verb)], ..fault } });
    }
    takes(verb, &fields)?;
    let if_present = fields.flag("if_present")? || fields.flag("optional")?;
    match verb.word {
        Word::Import => {
            let from = fields.required("from")?;
            let (module, name) = (scope.fill(&from)?, scope.fill(&target)?);
            check_import(&from, &module, &target, &name, scope)?;
            Ok(Operation::Import { module, name })
        }
        Word::Replace => {
            let text = scope.fill(&target)?;
            if text.is_empty() {
                return Err(source.fault(target.span, "the text to replace is empty", "empty"));
            }
            let with = scope.fill(&fields.required("to")?)?;
            let count = match (fields.flag("every")?, fields.count("expect")?) {
                (true, _) => Count::Any,
                (false, expect) => Count::Exactly(expect.unwrap_or(1)),
            };
            Ok(Operation::Replace { text, with, whole: fields.flag("whole")?, count, if_present })
        }
        Word::EnsureLine => {
            let line = scope.fill(&target)?;
            if line.trim().is_empty() || line.contains(['\n', '\r']) {
                return Err(source.fault(target.span, "a line holds one line of text", "here"));
            }
            Ok(Operation::EnsureLine { line, rank: sibling(&fields, scope, Sibling::Last)? })
        }
        word => Ok(Operation::Setting(setting(word, &target, &fields, scope, if_present)?)),
    }
}

/// Refuses an import of what is no plain name of a module.
fn check_import(from: &Text, module: &str, target: &Text, name: &str, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    let is_sign = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let is_name = name.starts_with(|c: char| is_sign(c) && !c.is_numeric()) && name.chars().all(is_sign);
    let is_whole = ["default", "*"].into_iter().any(|word| name == word || name.starts_with(&format!("{word} ")));
    let help = "a default import or a whole module is a line of text: { replace = \"...\", to = \"...\" }";
    if (!is_name || is_whole) && !scope.is_open(name) {
        let message = format!("`import` takes one name of a module, and `{name}` is none");
        return Err(scope.source.fault(target.span, message, "not a name").help(help));
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '\\' | ';');
    if (module.is_empty() || module.contains(odd)) && !scope.is_open(module) {
        return Err(scope.source.fault(from.span, format!("`{module}` is not the name of a module"), "not a module"));
    }
    Ok(())
}

/// What `operation` asks for that a file in `language` has not: the argument, and where it has.
pub(super) fn out_of_place(datum: &Datum, language: &str) -> Option<(Span, String)> {
    let Data::Map(entries) = &datum.data else { return None };
    entries.iter().find_map(|(key, value)| {
        let languages = languages(&key.text).filter(|languages| !languages.contains(&language))?;
        let message = format!("`{}` is for {}, and this file is {language}", key.text, languages.join(" and "));
        Some((value.span, message))
    })
}

fn taken(verb: &Verb) -> String {
    format!("`{}` takes: {}", verb.name, verb.takes().join(", "))
}

/// # Errors
/// When `verb` has an argument that it can do nothing with, or two that can not both be meant.
fn takes(verb: &Verb, fields: &Fields<'_>) -> Result<(), Diagnostic> {
    let source = fields.source;
    let takes = verb.takes();
    if let Some((key, _)) =
        fields.entries.iter().find(|(key, _)| key.text != verb.name && !takes.contains(&key.text.as_str()))
    {
        let message = format!("`{}` does nothing with `{}`", verb.name, key.text);
        return Err(source.fault(key.span, message, "not here").help(taken(verb)));
    }
    for (one, other) in [("if_absent", "if_present"), ("if_absent", "optional"), ("if_absent", "was")] {
        if let (Some(_), Some(second)) = (fields.get(one), fields.get(other)) {
            return Err(source.fault(second.span, format!("`{one}` and `{other}` exclude each other"), "here"));
        }
    }
    Ok(())
}

/// The verb, and what it is about.
fn verb_of(datum: &Datum, entries: &[(Text, Datum)], scope: &Scope<'_>) -> Result<(&'static Verb, Text), Diagnostic> {
    let source = scope.source;
    let names: Vec<&str> = VERBS.iter().map(|verb| verb.name).collect();
    let verb = |key: &Text| VERBS.iter().find(|verb| verb.name == key.text);
    let mut verbs = entries.iter().filter_map(|(key, value)| Some((key, verb(key)?, value)));
    match (verbs.next(), verbs.next()) {
        (Some((key, verb, value)), None) => match &value.data {
            Data::Text(text) => Ok((verb, Text { text: text.clone(), span: value.span })),
            _ => Err(source.fault(value.span, format!("`{}` takes a path in quotes", key.text), "not a text")),
        },
        (Some((first, ..)), Some((second, ..))) => {
            let message = format!("an operation has one verb, and this one has `{}` and `{}`", first.text, second.text);
            Err(source.fault(second.span, message, "a second verb").at(source.location(first.span, "the first")))
        }
        (None, _) => {
            let arguments: Vec<&str> = ARGUMENTS.iter().map(|argument| argument.name).collect();
            let unknown = entries.iter().find(|(key, _)| !arguments.contains(&key.text.as_str()));
            let Some((key, _)) = unknown else {
                return Err(source
                    .fault(datum.span, "an operation without a verb", "what is to be done?")
                    .help(format!("a verb is one of: {}", names.join(", "))));
            };
            let fault = source.fault(key.span, format!("unknown operation `{}`", key.text), "not an operation");
            Err(match nearest(&key.text, &names) {
                Some(near) => fault.patch(format!("did you mean `{near}`?"), near),
                None => fault.help(format!("an operation is one of: {}", names.join(", "))),
            })
        }
    }
}

fn setting(
    word: Word,
    target: &Text,
    fields: &Fields<'_>,
    scope: &Scope<'_>,
    if_present: bool,
) -> Result<Setting, Diagnostic> {
    let source = scope.source;
    let root = root(fields, scope)?;
    let (site, all_sites) = site(fields)?;
    let selector = sited(rooted(&root, selector(target, scope)?), site);
    let value = |key: &str| fields.get(key).map(|datum| scope.data(datum)).transpose();
    let code = fields.text("value_code")?.map(|code| scope.fill(&code)).transpose()?.map(Value::Code);
    let new = |key: &str| match (value(key)?, &code) {
        (Some(_), Some(_)) => {
            Err(source.fault(fields.span, format!("`{key}` and `value_code` exclude each other"), "here"))
        }
        (None, Some(code)) => Ok(code.clone()),
        (Some(value), None) => Ok(value),
        (None, None) => Err(fields.lacks(key)),
    };
    let path = |text: &Text| {
        let selector = rooted(&root, self::selector(text, scope)?);
        selector
            .as_path()
            .ok_or_else(|| source.fault(text.span, "a path that means one setting is needed here", "here"))
    };
    let verb = match word {
        Word::Set => op::Verb::Set(new("to")?),
        Word::Remove => op::Verb::Remove,
        Word::Rename => op::Verb::Rename(scope.fill(&fields.required("to")?)?),
        Word::Move => op::Verb::Move(path(&fields.required("to")?)?),
        Word::Copy => op::Verb::Copy(path(&fields.required("to")?)?),
        Word::Map => op::Verb::Map(rules(fields, scope)?, otherwise(fields, scope)?),
        Word::Append => op::Verb::Insert(new("value")?, Sibling::Last),
        Word::Prepend => op::Verb::Insert(new("value")?, Sibling::First),
        Word::Insert => op::Verb::Insert(new("value")?, sibling(fields, scope, Sibling::Last)?),
        Word::Merge => {
            let by = fields.text("by")?.map(|by| scope.fill(&by)).transpose()?;
            let value = new("value")?;
            if !matches!(value, Value::Map(_) | Value::List(_)) {
                return Err(source.fault(fields.span, "`merge` takes a table or a list as `value`", "here"));
            }
            op::Verb::Merge(value, by)
        }
        Word::Import | Word::Replace | Word::EnsureLine => unreachable!("no verbs of settings"),
    };
    if let Some(datum) = fields.get("unique")
        && !fields.flag("unique")?
    {
        return Err(source.fault(datum.span, "a list gets no element twice: `unique` can only be true", "here"));
    }
    let part = fields.text("in")?.map(|text| part(&text, scope)).transpose()?;
    let quotes = quotes(fields)?;
    if let Some(datum) = fields.get("quote")
        && part.is_some()
    {
        return Err(source.fault(datum.span, "`quote` is for an operation that writes one whole text", "here"));
    }
    let was = match fields.get("was").map(|datum| scope.data(datum)).transpose()? {
        Some(Value::Map(entries)) => match entries.as_slice() {
            [(any, Value::List(values))] if any == "any" => Some(values.clone()),
            _ => Some(vec![Value::Map(entries)]),
        },
        other => other.map(|value| vec![value]),
    };
    Ok(Setting {
        verb,
        selector,
        part,
        was,
        if_absent: fields.flag("if_absent")?,
        if_present,
        create: fields.flag("create")?,
        all_sites,
        expect: fields.count("expect")?,
        quotes,
        unshare: fields.flag("unshare")?,
        comment: fields.text("comment")?.map(|comment| scope.fill(&comment)).transpose()?,
    })
}

/// The quotes that are asked for.
fn quotes(fields: &Fields<'_>) -> Result<Option<Quotes>, Diagnostic> {
    let Some(text) = fields.text("quote")? else { return Ok(None) };
    match Quotes::ALL.into_iter().find(|quotes| quotes.name() == text.text) {
        Some(quotes) => Ok(Some(quotes)),
        None if text.text == "auto" => Ok(None),
        None => Err(fields.source.fault(text.span, "`quote` is auto, plain, single or double", "here")),
    }
}

/// Where the paths of an operation start: in a document of a file, or at an object in code.
fn root(fields: &Fields<'_>, scope: &Scope<'_>) -> Result<Vec<Step>, Diagnostic> {
    let mut steps = Vec::new();
    if let Some(document) = fields.count("doc")? {
        steps.push(Step::Key(Key::Index(document as isize)));
    }
    let argument = match fields.get("arg") {
        None => None,
        Some(datum @ Datum { data: Data::Int(number @ 1..), .. }) => Some((*number, datum.span)),
        Some(datum) => return Err(fields.wrong("arg", datum, "a number from 1")),
    };
    if let Some(anchor) = fields.text("within")? {
        let anchor = plain_anchor(&scope.fill(&anchor)?);
        steps.push(Step::Key(Key::Name(match argument {
            Some((number, _)) => format!("argument {number} of {anchor}"),
            None => anchor,
        })));
    } else if let Some((_, span)) = argument {
        return Err(fields.source.fault(
            span,
            "`arg` is an argument of the call that `within` names",
            "of which call?",
        ));
    }
    Ok(steps)
}

/// `anchor` as a file of code has it: the last name of a class or a function, and every declaration as a constant.
fn plain_anchor(anchor: &str) -> String {
    let last = |name: &str| name.trim().rsplit('.').next().unwrap_or(name).to_owned();
    if let Some(name) = anchor.strip_prefix("new ") {
        return format!("new {}", last(name.trim_end_matches("()")));
    }
    if let Some(name) = anchor.strip_prefix("let ").or_else(|| anchor.strip_prefix("var ")) {
        return format!("const {}", name.trim());
    }
    if anchor.ends_with("()") { last(anchor) } else { anchor.to_owned() }
}

/// Which of several equal names the first one of a path is; whether it is each of them.
fn site(fields: &Fields<'_>) -> Result<(Option<usize>, bool), Diagnostic> {
    match fields.get("site") {
        None => Ok((None, false)),
        Some(Datum { data: Data::Text(all), .. }) if all == "*" => Ok((None, true)),
        Some(Datum { data: Data::Int(number @ 1..), .. }) => Ok((usize::try_from(*number).ok(), false)),
        Some(datum) => Err(fields.wrong("site", datum, "a number from 1, or \"*\"")),
    }
}

/// `selector` with its first name as the one of that name at `site`.
fn sited(mut selector: Selector, site: Option<usize>) -> Selector {
    let name = selector.steps.iter_mut().find(|step| matches!(step, Step::Key(Key::Name(_))));
    if let (Some(Step::Key(key)), Some(site)) = (name, site) {
        *key = Key::Site(key.name().unwrap_or("").to_owned(), site);
    }
    selector
}

/// `selector` below `root`.
fn rooted(root: &[Step], selector: Selector) -> Selector {
    Selector { steps: root.iter().cloned().chain(selector.steps).collect() }
}

/// The selector that `text` is; one with names that have no values yet is not looked at.
fn selector(text: &Text, scope: &Scope<'_>) -> Result<Selector, Diagnostic> {
    let filled = scope.fill(text)?;
    if scope.is_open(&filled) {
        return Ok(Selector::from(KeyPath::default()));
    }
    let parsed: Result<Selector, _> = filled.parse();
    parsed.map_err(|error| {
        Diagnostic::error(Code::BadMigration, error.to_string())
            .at(scope.source.location(text.span, "not a path"))
            .help("a key with dots or brackets in it stands in quotes: annotations.\"nginx.io/x\"")
    })
}

/// The part of a text that `text` names.
fn part(text: &Text, scope: &Scope<'_>) -> Result<Part, Diagnostic> {
    let filled = scope.fill(text)?;
    let wanted = if scope.is_open(&filled) { "url:host" } else { filled.as_str() };
    wanted.parse().map_err(|error: crate::value::PathError| {
        let fault = scope.source.fault(text.span, error.to_string(), "not a part of a text");
        fault.help("a part is url:query.NAME, url:host, url:port, dsn:NAME, json:PATH or csv, among others")
    })
}

fn rules(fields: &Fields<'_>, scope: &Scope<'_>) -> Result<Vec<(String, Value)>, Diagnostic> {
    if fields.get("with").is_none() {
        return Err(fields.lacks("with"));
    }
    fields.table("with")?.iter().map(|(old, new)| Ok((scope.fill(old)?, scope.data(new)?))).collect()
}

fn otherwise(fields: &Fields<'_>, scope: &Scope<'_>) -> Result<Otherwise, Diagnostic> {
    Ok(match fields.get("else").map(|datum| scope.data(datum)).transpose()? {
        None => Otherwise::Fail,
        Some(Value::Str(word)) if word == "fail" => Otherwise::Fail,
        Some(Value::Str(word)) if word == "keep" => Otherwise::Keep,
        Some(value) => Otherwise::Set(value),
    })
}

fn sibling(fields: &Fields<'_>, scope: &Scope<'_>, default: Sibling) -> Result<Sibling, Diagnostic> {
    match (fields.get("before"), fields.get("after")) {
        (Some(before), None) => Ok(Sibling::Before(scope.data(before)?)),
        (None, Some(after)) => Ok(Sibling::After(scope.data(after)?)),
        (None, None) => Ok(default),
        (Some(before), Some(after)) => Err(scope
            .source
            .fault(after.span, "`before` and `after` exclude each other", "here")
            .at(scope.source.location(before.span, "and here"))),
    }
}

/// The verb of the operation `datum`, and what it is about.
pub fn verb(datum: &Datum) -> Option<&(Text, Datum)> {
    let Data::Map(entries) = &datum.data else { return None };
    entries.iter().find(|(key, _)| VERBS.iter().any(|verb| verb.name == key.text))
}

/// The span of what the operation `datum` is about, for people.
pub(super) fn target_span(datum: &Datum) -> Span {
    verb(datum).map_or(datum.span, |(_, value)| value.span)
}
