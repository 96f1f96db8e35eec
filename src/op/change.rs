//! From an operation to the changes it means in one file, given what the file says.

use super::part::of_part;
use super::setting::{document_of, insertion, of_place, rank_of};
use super::{Count, Operation, Setting, Verb};
use crate::diagnostic::Code;
use crate::format::{
    Change, Document, Format, Located, Refusal, edit, flattened, locate, select, stretches, unsharing,
};
use crate::text::Span;
use crate::value::{Key, KeyPath, Selector, Step, Value};

/// A file as an operation sees it.
#[derive(Clone, Copy)]
pub struct File<'f> {
    pub format: &'f dyn Format,
    pub text: &'f str,
    pub document: &'f Document,
    /// What it is to people: the text of a setting is read as a file of its own.
    pub what: &'static str,
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
            // The operations beside it write the name as it stands in the migration.
            Ok(Answer::Changes(vec![Change::Import { module: module.clone(), name: name.clone(), bound: true }]))
        }
        Operation::Replace { text, with, whole, count, if_present } => {
            replace((text, with, *whole), *count, *if_present, file)
        }
        Operation::EnsureLine { line, rank } => {
            let root = KeyPath::default();
            let known = file.document.root.children.iter().any(|node| node.value.of(file.text) == line);
            if known {
                return Ok(Answer::Unchanged("the line is there".to_owned()));
            }
            let rank = rank_of(rank, None, &file.document.root, file)?;
            Ok(Answer::Changes(vec![insertion(root, None, line.as_str().into(), rank)]))
        }
    }
}

fn replace(
    (text, with, whole): (&str, &str, bool),
    count: Count,
    if_present: bool,
    file: File<'_>,
) -> Result<Answer, Refusal> {
    let (text, with) = (&*with_line_ends_of(file.text, text), &*with_line_ends_of(file.text, with));
    if text == with {
        let message = "`replace` leaves the line ends of a file as they are, and nothing else would change";
        return Err(Refusal::new(Code::Unsupported, message).help("take this operation out"));
    }
    let places = |text| stretches(file.text, 0, text, whole);
    let found = places(text).count();
    // What is written may hold what is replaced; then only its absence tells that it is still to be done.
    let holds = stretches(with, 0, text, whole).next().is_some();
    let done = !with.is_empty() && places(with).next().is_some() && (found == 0 || holds);
    match (found, count) {
        _ if done => Ok(Answer::Unchanged("already so".to_owned())),
        (0, _) if if_present => Ok(Answer::Unchanged("the text is not in it".to_owned())),
        (0, _) => Err(Refusal::new(Code::NotFound, "the text to replace is not in this file")
            .help("some files lack it? add `if_present = true` to this operation")),
        (found, count) if count == Count::Any || count == Count::Exactly(found) => {
            Ok(Answer::Changes(vec![Change::Replace { text: text.to_owned(), with: with.to_owned(), whole }]))
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
            let mut places = places(text).map(|at| Span::new(at, at + text.len()));
            Err(match (places.next(), places.next()) {
                (Some(first), Some(second)) => refusal.at(second, "again here").and(first, "first here"),
                (Some(only), None) => refusal.at(only, "here only"),
                _ => refusal,
            })
        }
    }
}

/// `part` with the line ends that `text` has, where all of them are of one kind.
fn with_line_ends_of(text: &str, part: &str) -> String {
    let (all, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
    match windows {
        0 => part.replace("\r\n", "\n"),
        _ if windows == all => part.replace("\r\n", "\n").replace('\n', "\r\n"),
        _ => part.to_owned(),
    }
}

/// One place that a selector means.
pub(super) struct Place<'d> {
    pub path: KeyPath,
    /// `None` where it is missing.
    pub value: Option<Value>,
    pub located: Located<'d>,
}

impl Place<'_> {
    pub fn exists(&self) -> bool {
        self.located.rest.is_empty()
    }

    /// Whether only the last key is missing.
    pub fn is_next(&self) -> bool {
        self.located.rest.len() <= 1
    }
}

pub(super) fn of_setting(setting: &Setting, file: File<'_>) -> Result<Answer, Refusal> {
    let mut places = Vec::new();
    for path in concrete(&setting.selector, setting.all_sites, file)? {
        let path = flattened(file.format, &path);
        let located = locate(file.format, file.text, file.document, &path)?;
        let value = located.rest.is_empty().then(|| located.node().value(file.text));
        places.push(Place { path, value, located });
    }
    let known: Vec<Span> =
        places.iter().filter(|place| place.exists()).map(|place| place.located.node().entry).collect();
    if let Some(expect) = setting.expect
        && expect != known.len()
    {
        let what = if known.len() == 1 { "1 setting is".to_owned() } else { format!("{} settings are", known.len()) };
        let refusal = Refusal::new(Code::Ambiguous, format!("{what} meant, where {expect} are expected"));
        return Err(match known.as_slice() {
            [] => refusal,
            [only] => refusal.at(*only, "this one"),
            [first, .., last] => refusal.at(*last, "the last of them").and(*first, "the first of them"),
        });
    }
    if let ([first, .., last], Verb::Copy(_) | Verb::Move(_)) = (known.as_slice(), &setting.verb) {
        let message = format!("{} settings are meant, and only one can go to the new place", known.len());
        return Err(Refusal::new(Code::Ambiguous, message)
            .at(*last, "the last of them")
            .and(*first, "the first of them"));
    }
    if places.is_empty() {
        return match setting.if_present {
            true => Ok(Answer::Unchanged("it has no such setting".to_owned())),
            false => {
                let first = setting.selector.steps.first();
                let wanted = if let Some(Step::Key(Key::Name(name))) = first { Some(name.as_str()) } else { None };
                let document = wanted.and_then(|wanted| document_of(&file.document.root, wanted));
                let help = || "some files lack it? add `if_present = true` to this operation".to_owned();
                Err(Refusal::new(Code::NotFound, "the path means no setting of this file")
                    .help(document.unwrap_or_else(help)))
            }
        };
    }
    let mut changes = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    // From the last to the first, so that removing one moves none that is still to come.
    for place in places.iter().rev() {
        let answer = match &setting.part {
            Some(part) => of_part(setting, part, place, file)?,
            None => of_place(setting, place, file)?,
        };
        match answer {
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
    Ok(selected.into_iter().map(|(path, _)| joined(path)).collect())
}
