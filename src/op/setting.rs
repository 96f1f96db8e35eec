//! What each verb means for one setting of a file.

use super::change::{Answer, File, Place};
use super::{Otherwise, Setting, Sibling, Verb};
use crate::diagnostic::Code;
use crate::format::{Body, Change, Node, Rank, Refusal, find, flattened, locate, starts};
use crate::text::{nearest, toml_string};
use crate::value::{Key, KeyPath, Value, mask_value};

pub(super) fn of_place(setting: &Setting, place: &Place<'_>, file: File<'_>) -> Result<Answer, Refusal> {
    let already = || Ok(Answer::Unchanged("already so".to_owned()));
    let gone = |what: &str| {
        if setting.if_present { Ok(Answer::Unchanged(what.to_owned())) } else { Err(missing(place, file)) }
    };
    let path = place.path.clone();
    let answer = match (&setting.verb, &place.value) {
        (Verb::Set(_) | Verb::Insert(..), Some(_)) if setting.if_absent && !adds_to_list(setting, place) => {
            return Ok(Answer::Unchanged(format!("`{path}` is there")));
        }
        (Verb::Set(to), Some(value)) if value.means(&file.format.held(to)) || as_written(value, to) => already(),
        (Verb::Set(to), _) => {
            if !place.exists() {
                if setting.if_present {
                    return Ok(Answer::Unchanged(format!("`{path}` is not in it")));
                }
                if !place.is_next() && !setting.create {
                    return Err(missing_on_the_way(place, file));
                }
                if setting.was.is_some() {
                    return Err(unexpected_absence(place, file));
                }
            }
            Ok(Answer::Changes(vec![Change::Set { path, value: to.clone() }]))
        }
        (Verb::Remove, Some(_)) => Ok(Answer::Changes(vec![Change::Remove { path }])),
        (Verb::Remove, None) => gone("the setting is not in it"),
        (Verb::Rename(to), Some(_)) => Ok(Answer::Changes(vec![Change::Rename { path, name: to.clone() }])),
        (Verb::Rename(to), None) if has(&renamed(&path, to), file) => already(),
        (Verb::Move(to) | Verb::Copy(to), None) if has(to, file) => already(),
        (Verb::Copy(to), Some(value))
            if find(file.format, file.document, to).is_some_and(|node| node.value(file.text).means(value)) =>
        {
            already()
        }
        (Verb::Move(to), Some(_)) if has(to, file) && place.path != flattened(file.format, to) => {
            Err(Refusal::new(Code::Duplicate, format!("`{to}` is there already"))
                .at(place.located.node().entry, "to be moved there")
                .help("remove it first, or set it"))
        }
        (Verb::Move(to), Some(_)) => Ok(Answer::Changes(vec![Change::Move { path, to: to.clone() }])),
        (Verb::Copy(to), Some(_)) => Ok(Answer::Changes(vec![Change::Copy { path, to: to.clone() }])),
        (Verb::Rename(_) | Verb::Move(_) | Verb::Copy(_) | Verb::Map(..), None) => gone("the setting is not in it"),
        (Verb::Map(rules, otherwise), Some(value)) => mapped(path, value, rules, otherwise, place),
        (Verb::Insert(value, rank), _) => inserted(setting, place, value, rank, file),
        (Verb::Merge(value, by), _) => {
            if !place.exists() && setting.if_present {
                return gone("the setting is not in it");
            }
            if !place.is_next() && !setting.create {
                return Err(missing_on_the_way(place, file));
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
    Ok(commented(answer, setting, place))
}

/// `answer`, and the comment that its operation asks for.
pub(super) fn commented(answer: Answer, setting: &Setting, place: &Place<'_>) -> Answer {
    match (answer, &setting.comment) {
        (Answer::Changes(mut changes), Some(text)) => {
            changes.push(Change::Comment { path: place.path.clone(), text: text.clone() });
            Answer::Changes(changes)
        }
        (answer, _) => answer,
    }
}

/// Whether an element is added, which is another one than those that are there.
fn adds_to_list(setting: &Setting, place: &Place<'_>) -> bool {
    matches!(setting.verb, Verb::Insert(..)) && place.located.node().is_list()
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
        .help(format!("accept both: was = {{ any = [{}] }}", both(was, value, place))))
}

/// The values that are expected and the one that is there, as a migration writes them; dots for what may be a secret, as
/// any text that is there may be.
fn both(was: &[Value], value: &Value, place: &Place<'_>) -> String {
    let name = place.path.keys.iter().rev().find_map(Key::name).unwrap_or("");
    let dots = || "...".to_owned();
    let shown = |value: &Value| {
        let text = value.toml(&toml_string).filter(|text| text.len() <= 60);
        text.filter(|text| mask_value(name, text).to_string() == *text).unwrap_or_else(dots)
    };
    let found = if matches!(value, Value::Bool(_) | Value::Null) { shown(value) } else { dots() };
    was.iter().map(shown).chain([found]).collect::<Vec<_>>().join(", ")
}

fn mapped(
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
        (Some(new), _) | (None, Otherwise::Set(new)) => {
            Ok(Answer::Changes(vec![Change::Set { path, value: new.clone() }]))
        }
        (None, _) if rules.iter().any(|(_, new)| new.to_string() == text) => {
            Ok(Answer::Unchanged("already so".to_owned()))
        }
        (None, Otherwise::Keep) => Ok(Answer::Unchanged("`map` has no rule for its value".to_owned())),
        (None, Otherwise::Fail) => {
            // The value itself may be a secret that no name tells; its line is shown where it is none.
            Err(Refusal::new(Code::NoRule, "no rule for this value")
                .at(place.located.node().value, "found this")
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
    let (container, key) = match (place.located.rest.first(), place.exists()) {
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
                false => {
                    let refusal = Refusal::new(Code::Unexpected, format!("`{path}` is no list, and has another value"))
                        .at(place.located.node().value, "found this");
                    Err(match numbered(place, value, file) {
                        Some(help) => refusal.help(help),
                        None => refusal,
                    })
                }
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
        (_, false) => return Err(missing_on_the_way(place, file)),
    };
    let node = place.located.node();
    if key.is_none() && node.children.iter().any(|child| child.value(file.text).means(&held)) {
        return Ok(Answer::Unchanged("it is in the list".to_owned()));
    }
    let rank = rank_of(rank, key.as_deref(), node, file)?;
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

pub(super) fn insertion(container: KeyPath, key: Option<String>, value: Value, rank: Rank) -> Change {
    Change::Insert { container, key, value, rank }
}

/// The rank beside the sibling that is meant; a new entry of a map has the key `beside`.
pub(super) fn rank_of(rank: &Sibling, beside: Option<&str>, node: &Node, file: File<'_>) -> Result<Rank, Refusal> {
    let sibling = |wanted: &Value| {
        if !node.is_list() {
            return Ok(beside.map_or_else(|| Key::Name(wanted.to_string()), |key| neighbour(wanted, key, node, file)));
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

/// The key of the neighbour `wanted` of the new entry `key`: where keys are whole paths, its last name is enough.
fn neighbour(wanted: &Value, key: &str, node: &Node, file: File<'_>) -> Key {
    let wanted = wanted.to_string();
    let is_there =
        |name: &str| node.children.iter().any(|child| child.key.as_ref().is_some_and(|key| key.text == name));
    let sibling = key.rsplit_once('.').map(|(table, _)| format!("{table}.{wanted}"));
    match sibling {
        Some(sibling) if file.format.is_flat() && !is_there(&wanted) && is_there(&sibling) => Key::Name(sibling),
        _ => Key::Name(wanted),
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

/// Why a setting that must have a certain value can not be made.
fn unexpected_absence(place: &Place<'_>, file: File<'_>) -> Refusal {
    let message = format!("`{}` is not in {}, and the migration expects an old value", place.path, file.what);
    let refusal = Refusal { code: Code::Unexpected, message, ..missing(place, file) };
    refusal.help("it may be missing? leave `was` out; nothing to do then? add `if_present = true`")
}

/// The key of one of the tables on the way that the next names of `place` are parts of.
fn dotted<'p>(place: &'p Place<'_>) -> Option<&'p str> {
    let located = &place.located;
    let names: Vec<&str> = located.rest.iter().map_while(Key::name).collect();
    let joined = |count: usize| names[..count].join(".");
    let keys = || located.node().children.iter().filter_map(|child| Some(child.key.as_ref()?.text.as_str()));
    (2..=names.len()).rev().find_map(|count| keys().find(|key| *key == joined(count)))
}

/// What a path of code can start with here, where this one does not start at all.
fn other_places(place: &Place<'_>, file: File<'_>) -> Option<String> {
    let (located, root) = (&place.located, &file.document.root);
    let first = located.rest.first().filter(|_| file.format.is_code() && located.trail.len() == 1)?;
    let names = || root.children.iter().filter_map(|child| child.key.as_ref());
    if let Key::Site(name, _) = first {
        let count = names().filter(|key| file.format.same_key(&key.text, name)).count();
        return (count > 0).then(|| format!("`{name}` stands {count} times in this file: `site` counts from 1"));
    }
    if file.format.name() == "javascript" { starts(root) } else { None }
}

/// How an element is added where elements that share a name are told apart by number.
fn numbered(place: &Place<'_>, value: &Value, file: File<'_>) -> Option<String> {
    let Value::Map(entries) = value else { return None };
    let [(name, _)] = entries.as_slice() else { return None };
    let is_named = |child: &&Node| child.key.as_ref().is_some_and(|key| key.text == *name);
    let next = 1 + place.located.node().children.iter().filter(is_named).count();
    let help = || format!("one more `{name}` goes by its number: set = \"{}.{name}#{next}\"", place.path);
    file.format.repeats_names().then(help)
}

/// In which document of a file of several a path would start with `wanted`.
pub(super) fn document_of(root: &Node, wanted: &str) -> Option<String> {
    let last = root.children.len().checked_sub(1).filter(|_| root.holds_documents())?;
    let is_wanted = |child: &Node| child.key.as_ref().is_some_and(|key| key.text == wanted);
    let holds = |index: &usize| root.children[*index].children.iter().any(is_wanted);
    let several = "this file holds several documents";
    Some(match (0..=last).filter(holds).collect::<Vec<_>>().as_slice() {
        [only] => format!("{several}, and `{wanted}` is in one of them: add `doc = {only}`"),
        _ => format!("{several}: say in which, with `doc = 0` to `doc = {last}`"),
    })
}

/// Why the setting of `place` is not there, with the key that was likely meant.
pub(super) fn missing(place: &Place<'_>, file: File<'_>) -> Refusal {
    lacking(place, file, format!("some files of `{}` lack it? add `if_present = true`", file.format.name()))
}

/// The same, where what is missing could be made: all but an element.
fn missing_on_the_way(place: &Place<'_>, file: File<'_>) -> Refusal {
    match place.located.rest.as_slice() {
        [Key::Name(_), _, ..] => lacking(place, file, "to make new tables on the way, add `create = true`".to_owned()),
        _ => missing(place, file),
    }
}

fn lacking(place: &Place<'_>, file: File<'_>, otherwise: String) -> Refusal {
    let node = place.located.node();
    let mut refusal = Refusal::new(Code::NotFound, format!("`{}` is not in {}", place.path, file.what));
    refusal.missing = place.located.rest.first().and_then(Key::name).map(str::to_owned);
    let names: Vec<&str> = node.children.iter().filter_map(|child| Some(child.key.as_ref()?.text.as_str())).collect();
    let wanted = place.located.rest.first().and_then(Key::name).unwrap_or("");
    let near = nearest(wanted, &names)
        .and_then(|near| node.children.iter().filter_map(|child| child.key.as_ref()).find(|key| key.text == near));
    let refusal = match near {
        Some(key) => refusal.at(key.span, "did you mean this one?"),
        None if node.is_list() && wanted.is_empty() => match node.children.len() {
            1 => refusal.at(node.entry, "has 1 element"),
            many => refusal.at(node.entry, format!("has {many} elements")),
        },
        None if node.key.is_some() => refusal.at(node.entry, format!("has no `{wanted}`")),
        None => refusal,
    };
    if let Some(help) = document_of(node, wanted) {
        return refusal.help(help);
    }
    if let Some(dotted) = dotted(place) {
        return refusal.help(format!("the key has a dot in it? write it in quotes: `\"{dotted}\"`"));
    }
    if let Some(help) = other_places(place, file) {
        return refusal.help(help);
    }
    refusal.help(otherwise)
}
