//! From an operation to the changes it means in one file, given what the file says.

use super::{Count, Operation, Otherwise, Setting, Sibling, Verb};
use crate::diagnostic::Code;
use crate::format::{
    Body, Change, Document, Format, Located, Node, Rank, Refusal, edit, find, locate, part_of, select, unsharing,
};
use crate::text::{Span, nearest};
use crate::value::{Key, KeyPath, Selector, Step, Value};

/// A file as an operation sees it.
#[derive(Clone, Copy)]
pub struct File<'f> {
    pub format: &'f dyn Format,
    pub text: &'f str,
    pub document: &'f Document,
}

/// What an operation comes to in one file.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To be made one after the other.
    Changes(Vec<Change>),
    /// Nothing, and why.
    Unchanged(String),
}

/// What `operation` means in `file`.
///
/// # Errors
/// When a setting is missing, stands too often, or is not what the operation expects.
pub fn changes(operation: &Operation, file: File<'_>) -> Result<Answer, Refusal> {
    match operation {
        Operation::Setting(setting) if setting.unshare => of_copies(setting, file),
        Operation::Setting(setting) => of_setting(setting, file),
        Operation::Import { module, name } => {
            Ok(Answer::Changes(vec![Change::Import { module: module.clone(), name: name.clone() }]))
        }
        Operation::Replace { text, with, count, if_present } => replace(text, with, *count, *if_present, file),
        Operation::EnsureLine { line, rank } => {
            let root = KeyPath::default();
            let known = file.document.root.children.iter().any(|node| node.value.of(file.text) == line);
            if known {
                return Ok(Answer::Unchanged("the line is there".to_owned()));
            }
            let rank = rank_of(rank, &file.document.root, file)?;
            Ok(Answer::Changes(vec![insertion(root, None, line.as_str().into(), rank)]))
        }
    }
}

fn replace(text: &str, with: &str, count: Count, if_present: bool, file: File<'_>) -> Result<Answer, Refusal> {
    let found = file.text.matches(text).count();
    // What is written may hold what is replaced; then only its absence tells that it is still to be done.
    let done = !with.is_empty() && file.text.contains(with) && (found == 0 || with.contains(text));
    match (found, count) {
        _ if done => Ok(Answer::Unchanged("already so".to_owned())),
        (0, _) if if_present => Ok(Answer::Unchanged("the text is not in it".to_owned())),
        (0, _) => Err(Refusal::new(Code::NotFound, "the text to replace is not in this file")
            .help("some files lack it? add `if_present = true` to this operation")),
        (found, count) if count == Count::Any || count == Count::Exactly(found) => {
            Ok(Answer::Changes(vec![Change::Replace { text: text.to_owned(), with: with.to_owned() }]))
        }
        (found, _) => {
            let message = match found {
                1 => "the text to replace stands once in this file".to_owned(),
                _ => format!("the text to replace stands {found} times in this file"),
            };
            let refusal = Refusal::new(Code::Ambiguous, message).help(match found {
                1 => "the one is meant? leave `expect` out",
                _ => "all of them are meant? add `every = true` to this operation",
            });
            let mut places = file.text.match_indices(text).map(|(at, found)| Span::new(at, at + found.len()));
            Err(match (places.next(), places.next()) {
                (Some(first), Some(second)) => refusal.at(second, "again here").and(first, "first here"),
                (Some(only), None) => refusal.at(only, "here only"),
                _ => refusal,
            })
        }
    }
}

/// One place that a selector means.
struct Place<'d> {
    path: KeyPath,
    /// Its value, or that of the part that is meant; `None` where it is missing.
    value: Option<Value>,
    located: Located<'d>,
}

impl Place<'_> {
    fn exists(&self) -> bool {
        self.located.rest.is_empty()
    }

    /// Whether only the last key is missing.
    fn is_next(&self) -> bool {
        self.located.rest.len() <= 1
    }
}

fn of_setting(setting: &Setting, file: File<'_>) -> Result<Answer, Refusal> {
    let mut places = Vec::new();
    for path in concrete(&setting.selector, setting.all_sites, file)? {
        let located = locate(file.format, file.text, file.document, &path)?;
        let whole = located.rest.is_empty().then(|| located.node().value(file.text));
        let value = match (&setting.part, whole) {
            (Some(part), Some(Value::Str(text))) => part_of(&text, part),
            (_, whole) => whole,
        };
        places.push(Place { path, value, located });
    }
    let known = places.iter().filter(|place| place.exists()).count();
    if let Some(expect) = setting.expect
        && expect != known
    {
        let message = format!("{known} settings are meant, where {expect} are expected");
        return Err(Refusal::new(Code::Ambiguous, message));
    }
    if places.is_empty() {
        return match setting.if_present {
            true => Ok(Answer::Unchanged("it has no such setting".to_owned())),
            false => Err(Refusal::new(Code::NotFound, "the path means no setting of this file")
                .help("some files lack it? add `if_present = true` to this operation")),
        };
    }
    let mut changes = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    // From the last to the first, so that removing one moves none that is still to come.
    for place in places.iter().rev() {
        match of_place(setting, place, file)? {
            Answer::Changes(more) => changes.extend(more),
            Answer::Unchanged(reason) if reasons.contains(&reason) => {}
            Answer::Unchanged(reason) => reasons.push(reason),
        }
    }
    Ok(if changes.is_empty() { Answer::Unchanged(reasons.join(", ")) } else { Answer::Changes(changes) })
}

/// As `of_setting`, once each alias on the way has a copy of its own.
fn of_copies(setting: &Setting, file: File<'_>) -> Result<Answer, Refusal> {
    let first = concrete(&setting.selector, setting.all_sites, file)?
        .iter()
        .find_map(|path| unsharing(file.format, file.text, file.document, path));
    let Some(change) = first else { return of_setting(setting, file) };
    let outcome = edit(file.format, file.text, &change)?;
    Ok(match of_copies(setting, File { text: &outcome.text, document: &outcome.document, ..file })? {
        Answer::Changes(changes) => Answer::Changes([vec![change], changes].concat()),
        // A copy that says the same needs not be made.
        unchanged => unchanged,
    })
}

/// The paths that `selector` means: its wildcards by what is there, the keys behind the last of them as they are.
pub(super) fn concrete(selector: &Selector, all_sites: bool, file: File<'_>) -> Result<Vec<KeyPath>, Refusal> {
    // Where names repeat, an index chooses among those that share one.
    let chooses = |key: &Key| file.format.repeats_names() && matches!(key, Key::Index(_));
    let is_key = |step: &Step| matches!(step, Step::Key(key) if !chooses(key));
    let site = || selector.steps.iter().position(|step| matches!(step, Step::Key(Key::Name(_)))).filter(|_| all_sites);
    let Some(last) = selector.steps.iter().rposition(|step| !is_key(step)).or_else(site) else {
        return Ok(selector.as_path().into_iter().collect());
    };
    let head = Selector { steps: selector.steps[..=last].to_vec() };
    let rest: Vec<Key> = selector.steps[last + 1..]
        .iter()
        .filter_map(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None })
        .collect();
    let selected = select(file.format, file.text, file.document, &head)?;
    let joined = |mut path: KeyPath| {
        path.keys.extend(rest.iter().cloned());
        path
    };
    Ok(selected.into_iter().map(|one| joined(one.path)).collect())
}

fn of_place(setting: &Setting, place: &Place<'_>, file: File<'_>) -> Result<Answer, Refusal> {
    let already = || Ok(Answer::Unchanged("already so".to_owned()));
    let gone = |what: &str| {
        if setting.if_present { Ok(Answer::Unchanged(what.to_owned())) } else { Err(missing(place, file)) }
    };
    let path = place.path.clone();
    let answer = match (&setting.verb, &place.value) {
        (Verb::Set(_), Some(_)) if setting.if_absent => {
            return Ok(Answer::Unchanged(format!("`{path}` is there")));
        }
        (Verb::Set(to), Some(value)) if says(setting, value, to, file) || as_written(value, to) => already(),
        (Verb::Set(to), _) => {
            if !place.exists() || place.value.is_none() {
                if setting.if_present && !place.exists() {
                    return Ok(Answer::Unchanged(format!("`{path}` is not in it")));
                }
                if (setting.part.is_some() && !place.exists()) || !place.is_next() && !setting.create {
                    return Err(missing(place, file));
                }
            }
            Ok(in_part(setting, Change::Set { path, value: to.clone() }))
        }
        (Verb::Remove, Some(_)) => Ok(in_part(setting, Change::Remove { path })),
        (Verb::Remove, None) => gone("the setting is not in it"),
        (Verb::Rename(to), Some(_)) => Ok(in_part(setting, Change::Rename { path, name: to.clone() })),
        (Verb::Rename(to), None) if has(&renamed(&path, to), file) => already(),
        (Verb::Move(to) | Verb::Copy(to), None) if has(to, file) => already(),
        (Verb::Copy(to), Some(value))
            if find(file.format, file.document, to).is_some_and(|node| node.value(file.text).means(value)) =>
        {
            already()
        }
        (Verb::Move(to), Some(_)) if has(to, file) && place.path != *to => {
            Err(Refusal::new(Code::Duplicate, format!("`{to}` is there already"))
                .at(place.located.node().entry, "to be moved there")
                .help("remove it first, or set it"))
        }
        (Verb::Move(to), Some(_)) => Ok(Answer::Changes(vec![Change::Move { path, to: to.clone() }])),
        (Verb::Copy(to), Some(_)) => Ok(Answer::Changes(vec![Change::Copy { path, to: to.clone() }])),
        (Verb::Rename(_) | Verb::Move(_) | Verb::Copy(_) | Verb::Map(..), None) => gone("the setting is not in it"),
        (Verb::Map(rules, otherwise), Some(value)) => mapped(setting, path, value, rules, otherwise, place),
        (Verb::Insert(value, rank), _) => inserted(setting, place, value, rank, file),
        (Verb::Merge(value, by), _) => {
            if !place.exists() && setting.if_present {
                return gone("the setting is not in it");
            }
            if !place.is_next() && !setting.create {
                return Err(missing(place, file));
            }
            let mut changes = Vec::new();
            merged(&path, value, by.as_deref(), file, &mut changes)?;
            if changes.is_empty() { already() } else { Ok(Answer::Changes(changes)) }
        }
    }?;
    if let (Answer::Changes(_), Some(was), Some(value)) = (&answer, &setting.was, &place.value) {
        expected(was, value, place, file)?;
    }
    let answer = match (answer, setting.quotes) {
        (Answer::Changes(changes), Some(quotes)) => Answer::Changes(
            changes.into_iter().map(|change| Change::Quoted { quotes, change: Box::new(change) }).collect(),
        ),
        (answer, _) => answer,
    };
    Ok(match (answer, &setting.comment) {
        (Answer::Changes(mut changes), Some(text))
            if !matches!(setting.verb, Verb::Remove | Verb::Rename(_) | Verb::Move(_)) =>
        {
            changes.push(Change::Comment { path: place.path.clone(), text: text.clone() });
            Answer::Changes(changes)
        }
        (answer, _) => answer,
    })
}

/// Whether `value` is what is wanted; the parts of a text are texts.
pub(super) fn says(setting: &Setting, value: &Value, wanted: &Value, file: File<'_>) -> bool {
    let part = setting.part.is_some() && value.to_string() == wanted.to_string();
    part || value.means(&file.format.held(wanted))
}

/// Whether an expression stands there just as it is wanted.
pub(super) fn as_written(value: &Value, to: &Value) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    matches!((value, to), (Value::Code(one), Value::Code(other)) if squeezed(one) == squeezed(other))
}

fn expected(was: &[Value], value: &Value, place: &Place<'_>, file: File<'_>) -> Result<(), Refusal> {
    if was.iter().any(|one| value.means(&file.format.held(one))) {
        return Ok(());
    }
    Err(Refusal::new(Code::Unexpected, "the old value is not what the migration expects")
        .at(place.located.node().value, "found this")
        .help("accept several old values: was = { any = [..., ...] }"))
}

fn mapped(
    setting: &Setting,
    path: KeyPath,
    value: &Value,
    rules: &[(String, Value)],
    otherwise: &Otherwise,
    place: &Place<'_>,
) -> Result<Answer, Refusal> {
    let text = value.to_string();
    let rule = rules.iter().find(|(old, _)| *old == text).map(|(_, new)| new);
    match (rule, otherwise) {
        (Some(new), _) | (None, Otherwise::Set(new)) if new.means(value) => {
            Ok(Answer::Unchanged("already so".to_owned()))
        }
        (Some(new), _) | (None, Otherwise::Set(new)) => Ok(in_part(setting, Change::Set { path, value: new.clone() })),
        (None, _) if rules.iter().any(|(_, new)| new.to_string() == text) => {
            Ok(Answer::Unchanged("already so".to_owned()))
        }
        (None, Otherwise::Keep) => Ok(Answer::Unchanged("`map` has no rule for its value".to_owned())),
        (None, Otherwise::Fail) => {
            let known: Vec<&str> = rules.iter().map(|(old, _)| old.as_str()).collect();
            Err(Refusal::new(Code::NoRule, "`map` has no rule for this value")
                .at(place.located.node().value, format!("known: {}", known.join(", ")))
                .help("add it to `with`, or leave unknown values alone: else = \"keep\""))
        }
    }
}

fn inserted(
    setting: &Setting,
    place: &Place<'_>,
    value: &Value,
    rank: &Sibling,
    file: File<'_>,
) -> Result<Answer, Refusal> {
    let held = file.format.held(value);
    let path = &place.path;
    if setting.part.is_some() {
        let Some(known) = &place.value else { return Err(missing(place, file)) };
        let has = matches!(known, Value::List(items) if items.iter().any(|item| item.means(value)));
        return Ok(match has {
            true => Answer::Unchanged("it is in the list".to_owned()),
            false => in_part(setting, insertion(path.clone(), None, value.clone(), rank_in_part(rank))),
        });
    }
    let (container, key) = match (path.last(), place.exists()) {
        (_, true) if place.located.node().is_list() => (path.clone(), None),
        (_, true) => {
            let same = place.value.as_ref().is_some_and(|known| known.means(&held));
            return match same {
                true => Ok(Answer::Unchanged("already so".to_owned())),
                false if is_computed(place) => {
                    Err(Refusal::new(Code::Computed, format!("can not add to `{path}` as data: it is computed"))
                        .at(place.located.node().value, "an expression")
                        .help("edit the text itself: { replace = \"...\", to = \"...\" }"))
                }
                false => Err(Refusal::new(Code::Unexpected, format!("`{path}` is no list, and has another value"))
                    .at(place.located.node().value, "found this")),
            };
        }
        (Some(Key::Name(name)), false) if place.is_next() && !place.located.node().is_list() && is_keyed(rank) => {
            (place.located.path.clone(), Some(name.clone()))
        }
        (_, false) if setting.if_present => return Ok(Answer::Unchanged("the list is not in it".to_owned())),
        (_, false) if setting.create => {
            let list = Value::List(vec![value.clone()]);
            return Ok(Answer::Changes(vec![Change::Set { path: path.clone(), value: list }]));
        }
        (_, false) => return Err(missing(place, file)),
    };
    let node = place.located.node();
    if key.is_none() && node.children.iter().any(|child| child.value(file.text).means(&held)) {
        return Ok(Answer::Unchanged("it is in the list".to_owned()));
    }
    let rank = rank_of(rank, node, file)?;
    Ok(Answer::Changes(vec![insertion(container, key, value.clone(), rank)]))
}

/// Whether an expression stands there; later statements may write into what it gives.
fn is_computed(place: &Place<'_>) -> bool {
    matches!(place.value, Some(Value::Code(_))) || matches!(place.located.node().body, Body::Opaque(_))
}

/// Whether an entry of a map is meant, which has a neighbour.
fn is_keyed(rank: &Sibling) -> bool {
    matches!(rank, Sibling::Before(_) | Sibling::After(_))
}

fn insertion(container: KeyPath, key: Option<String>, value: Value, rank: Rank) -> Change {
    Change::Insert { container, key, value, rank }
}

/// The rank beside the sibling that is meant.
fn rank_of(rank: &Sibling, node: &Node, file: File<'_>) -> Result<Rank, Refusal> {
    let sibling = |wanted: &Value| {
        if !node.is_list() {
            return Ok(Key::Name(wanted.to_string()));
        }
        let held = file.format.held(wanted);
        let element = node.children.iter().position(|child| child.value(file.text).means(&held));
        match (element, wanted) {
            (Some(index), _) => Ok(Key::Index(index as isize)),
            (None, Value::Int(index)) => Ok(Key::Index(*index as isize)),
            (None, _) => Err(Refusal::new(Code::NotFound, format!("`{wanted}` is not in the list to stand beside"))
                .at(node.entry, "this list")),
        }
    };
    Ok(match rank {
        Sibling::First => Rank::First,
        Sibling::Last => Rank::Last,
        Sibling::Before(wanted) => Rank::Before(sibling(wanted)?),
        Sibling::After(wanted) => Rank::After(sibling(wanted)?),
    })
}

fn rank_in_part(rank: &Sibling) -> Rank {
    match rank {
        Sibling::First => Rank::First,
        _ => Rank::Last,
    }
}

/// The sets that make the setting at `path` hold `value` too.
fn merged(
    path: &KeyPath,
    value: &Value,
    by: Option<&str>,
    file: File<'_>,
    changes: &mut Vec<Change>,
) -> Result<(), Refusal> {
    let known = find(file.format, file.document, path);
    match (value, known) {
        (Value::Map(entries), Some(node)) if !node.is_list() => {
            entries.iter().try_for_each(|(key, value)| merged(&path.join(key.as_str()), value, by, file, changes))
        }
        (Value::List(items), Some(node)) if node.is_list() => {
            for item in items {
                let same = |child: &&(usize, &Node)| {
                    let value = child.1.value(file.text);
                    match by {
                        Some(key) => {
                            value.get(key).is_some_and(|own| item.get(key).is_some_and(|wanted| own.means(wanted)))
                        }
                        None => value.means(&file.format.held(item)),
                    }
                };
                let elements: Vec<(usize, &Node)> = node.children.iter().enumerate().collect();
                match elements.iter().find(same) {
                    Some((index, _)) => merged(&path.join(*index as isize), item, by, file, changes)?,
                    None => changes.push(insertion(path.clone(), None, item.clone(), Rank::Last)),
                }
            }
            Ok(())
        }
        (_, Some(node)) if node.value(file.text).means(&file.format.held(value)) => Ok(()),
        _ => {
            changes.push(Change::Set { path: path.clone(), value: value.clone() });
            Ok(())
        }
    }
}

fn has(path: &KeyPath, file: File<'_>) -> bool {
    locate(file.format, file.text, file.document, path).is_ok_and(|located| located.rest.is_empty())
}

fn renamed(path: &KeyPath, name: &str) -> KeyPath {
    path.parent().unwrap_or_default().join(name)
}

/// Why the setting of `place` is not there, with the key that was likely meant.
fn missing(place: &Place<'_>, file: File<'_>) -> Refusal {
    let node = place.located.node();
    let refusal = Refusal::new(Code::NotFound, format!("`{}` is not in this file", place.path));
    let names: Vec<&str> = node.children.iter().filter_map(|child| Some(child.key.as_ref()?.text.as_str())).collect();
    let wanted = place.located.rest.first().and_then(Key::name).unwrap_or("");
    let near = nearest(wanted, &names)
        .and_then(|near| node.children.iter().filter_map(|child| child.key.as_ref()).find(|key| key.text == near));
    let refusal = match near {
        Some(key) => refusal.at(key.span, "did you mean this one?"),
        None if node.key.is_some() => refusal.at(node.entry, format!("has no `{wanted}`")),
        None => refusal,
    };
    match place.located.rest.len() {
        2.. => refusal.help("to make new tables on the way, add `create = true`"),
        _ => refusal.help(format!("some files of `{}` lack it? add `if_present = true`", file.format.name())),
    }
}

/// `change` as a change of the part that is meant, if one is.
fn in_part(setting: &Setting, change: Change) -> Answer {
    let Some(part) = &setting.part else { return Answer::Changes(vec![change]) };
    let path = part.path.clone();
    let (outer, inner) = match change {
        Change::Set { path: outer, value } => (outer, Change::Set { path, value }),
        Change::Remove { path: outer } => (outer, Change::Remove { path }),
        Change::Rename { path: outer, name } => (outer, Change::Rename { path, name }),
        Change::Insert { container: outer, key, value, rank } => {
            (outer, Change::Insert { container: path, key, value, rank })
        }
        whole => return Answer::Changes(vec![whole]),
    };
    Answer::Changes(vec![Change::Within { path: outer, lens: part.lens, change: Box::new(inner) }])
}
