//! One file in the hands of a migration: settings to look at and to change, never bytes.

use std::sync::Arc;

use super::native::Refused;
use super::repository::{Edited, Parsed, Repository, Setting};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Body, Change, Node, Op, Opened, Outcome, Rank, Refusal, Trace};
use crate::op::File;
use crate::path::RepoPath;
use crate::text::{Position, position};
use crate::value::{Key, KeyPath, Lens, Part, Place, Value};

/// A target file as a tree of settings. Every change is verified before anything is written; one that is more than a plain
/// value in the place of another, before the next one is made.
pub struct Document<'r, 'o, 't> {
    repository: &'r mut Repository<'o, 't>,
    path: RepoPath,
    parsed: Parsed,
}

impl<'r, 'o, 't> Document<'r, 'o, 't> {
    pub(super) fn new(repository: &'r mut Repository<'o, 't>, path: RepoPath, parsed: Parsed) -> Self {
        Self { repository, path, parsed }
    }

    /// Where the file is.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// The name of the file's format, as in `yaml`.
    pub fn format(&self) -> &'static str {
        self.parsed.format.name()
    }

    /// The text as it is after the changes made so far.
    pub fn text(&self) -> &str {
        &self.parsed.text.content
    }

    /// The whole tree of settings.
    pub fn root(&self) -> &Node {
        &self.parsed.document.root
    }

    /// The setting at `path`; `None` where there is none, or more than one.
    pub fn get(&self, path: &KeyPath) -> Option<&Node> {
        format::find(self.parsed.format, &self.parsed.document, path)
    }

    /// Every setting that `path` can mean, with its exact path: branches and calls may stand more than once.
    pub fn find(&self, path: &KeyPath) -> Vec<(KeyPath, &Node)> {
        format::find_all(self.parsed.format, &self.parsed.document, path)
    }

    /// The value of the setting at `path`.
    pub fn value(&self, path: &KeyPath) -> Option<Value> {
        Some(self.get(path)?.value(self.text()))
    }

    /// The line and column of `node`.
    pub fn position(&self, node: &Node) -> Position {
        position(self.text(), node.entry.start)
    }

    /// Gives the setting at `path` its value; makes it where it is missing.
    ///
    /// # Errors
    /// When the file's layout does not allow it; nothing was changed then.
    pub fn set(&mut self, path: &KeyPath, value: impl Into<Value>) -> Result<(), Refused> {
        self.change(&Change::Set { path: path.clone(), value: value.into() }).map(drop)
    }

    /// Sets several keys of the map at `path`, which is made where it is missing.
    ///
    /// # Errors
    /// When the file's layout does not allow it; nothing was changed then.
    pub fn merge(&mut self, path: &KeyPath, entries: Vec<(String, Value)>) -> Result<(), Refused> {
        self.change(&Change::Merge { path: path.clone(), entries }).map(drop)
    }

    /// Adds `value` to the end of the list at `path`, unless it is in it.
    ///
    /// # Errors
    /// When there is no such list; nothing was changed then.
    pub fn append(&mut self, path: &KeyPath, value: impl Into<Value>) -> Result<(), Refused> {
        self.insert(path, None, value, Rank::Last)
    }

    /// Adds an entry that is not there yet to the container at `path`: under `key` to a map, without one to a list.
    ///
    /// # Errors
    /// When there is no such container, or no such sibling to stand beside; nothing was changed then.
    pub fn insert(
        &mut self,
        path: &KeyPath,
        key: Option<&str>,
        value: impl Into<Value>,
        rank: Rank,
    ) -> Result<(), Refused> {
        let (container, key, value) = (path.clone(), key.map(str::to_owned), value.into());
        self.change(&Change::Insert { container, key, value, rank }).map(drop)
    }

    /// Removes the setting at `path` with the comments that belong to it.
    ///
    /// # Errors
    /// When the file's layout does not allow it; nothing was changed then.
    pub fn remove(&mut self, path: &KeyPath) -> Result<(), Refused> {
        self.change(&Change::Remove { path: path.clone() }).map(drop)
    }

    /// Gives the setting at `path` another name; value, comment and place stay.
    ///
    /// # Errors
    /// When the name is taken, or the setting is not there; nothing was changed then.
    pub fn rename(&mut self, path: &KeyPath, name: &str) -> Result<(), Refused> {
        self.change(&Change::Rename { path: path.clone(), name: name.to_owned() }).map(drop)
    }

    /// Moves the setting at `path` to `to`.
    ///
    /// # Errors
    /// When the file's layout does not allow it; nothing was changed then.
    pub fn move_to(&mut self, path: &KeyPath, to: &KeyPath) -> Result<(), Refused> {
        self.change(&Change::Move { path: path.clone(), to: to.clone() }).map(drop)
    }

    /// Puts a comment on the line above the setting at `path`, unless it is there.
    ///
    /// # Errors
    /// When the language has no comments, or the setting shares its line; nothing was changed then.
    pub fn comment(&mut self, path: &KeyPath, text: &str) -> Result<(), Refused> {
        self.change(&Change::Comment { path: path.clone(), text: text.to_owned() }).map(drop)
    }

    /// Sets a query parameter of the URL in the setting at `path`.
    ///
    /// # Errors
    /// When there is no plain URL at `path`; nothing was changed then.
    pub fn set_parameter(&mut self, path: &KeyPath, name: &str, value: &str) -> Result<(), Refused> {
        let Part { lens, path: part } = Part::query(name);
        self.change(&Change::Set { path: part, value: value.into() }.within(path, lens)).map(drop)
    }

    /// Sets several query parameters of the URL in the setting at `path`, in this order.
    ///
    /// # Errors
    /// When there is no plain URL at `path`; nothing was changed then.
    pub fn set_parameters(&mut self, path: &KeyPath, entries: Vec<(String, String)>) -> Result<(), Refused> {
        let entries = entries.into_iter().map(|(name, value)| (name, value.into())).collect();
        let change = Change::Merge { path: KeyPath::new(["query"]), entries };
        self.change(&change.within(path, Lens::Url)).map(drop)
    }

    /// Sets several keywords of the libpq connection string in the setting at `path`, in this order.
    ///
    /// # Errors
    /// When there is no plain connection string at `path`; nothing was changed then.
    pub fn set_keywords(&mut self, path: &KeyPath, entries: Vec<(String, String)>) -> Result<(), Refused> {
        let entries = entries.into_iter().map(|(name, value)| (name, value.into())).collect();
        self.change(&Change::Merge { path: KeyPath::default(), entries }.within(path, Lens::Dsn)).map(drop)
    }

    /// Removes a query parameter of the URL in the setting at `path`.
    ///
    /// # Errors
    /// When there is no plain URL at `path`; nothing was changed then.
    pub fn remove_parameter(&mut self, path: &KeyPath, name: &str) -> Result<(), Refused> {
        let Part { lens, path: part } = Part::query(name);
        self.change(&Change::Remove { path: part }.within(path, lens)).map(drop)
    }

    /// Sets the item at `index` of a list in the text at `path`, as `a=1;b=2` is one with `;`; adds it behind the
    /// last one where `index` is `None`.
    ///
    /// # Errors
    /// When there is no plain text at `path`; nothing was changed then.
    pub fn set_item(
        &mut self,
        path: &KeyPath,
        separator: char,
        index: Option<usize>,
        value: &str,
    ) -> Result<(), Refused> {
        let lens = Lens::Csv(separator);
        let value = Value::from(value);
        let change = match index {
            Some(index) => Change::Set { path: KeyPath { keys: vec![Key::Index(index as isize)] }, value },
            None => Change::Insert { container: KeyPath::default(), key: None, value, rank: Rank::Last },
        };
        self.change(&change.within(path, lens)).map(drop)
    }

    /// Makes `name` of `module` usable and returns how it is written here.
    ///
    /// # Errors
    /// When the format has no imports; nothing was changed then.
    pub fn import(&mut self, module: &str, name: &str) -> Result<String, Refused> {
        let change = Change::Import { module: module.to_owned(), name: name.to_owned(), bound: false };
        let outcome = self.change(&change)?;
        Ok(outcome.expression.unwrap_or_else(|| name.to_owned()))
    }

    /// Makes an empty block at `path`, unless one is there: in HCL, where a map may be a block or a value, and only its reader
    /// knows which.
    ///
    /// # Errors
    /// When the format has no blocks, or nothing around it to stand in; nothing was changed then.
    pub fn block(&mut self, path: &KeyPath) -> Result<(), Refused> {
        self.change(&Change::Block { path: path.clone() }).map(drop)
    }

    /// Adds a statement behind the last one that writes the name `path` starts with; `path` is what it sets.
    ///
    /// # Errors
    /// When the format has no statements, or the name is not written here; nothing was changed then.
    pub fn append_statement(&mut self, path: &KeyPath, code: &str) -> Result<(), Refused> {
        self.change(&Change::Statement { path: path.clone(), code: code.to_owned() }).map(drop)
    }

    /// A refusal that points at `node`.
    pub fn refuse(&self, node: &Node, message: impl Into<String>, label: &str) -> Diagnostic {
        Diagnostic::error(Code::Question, message).at(format::location(&self.path, self.text(), node.entry, label))
    }

    /// The file as operations see it.
    pub(super) fn file(&self) -> File<'_> {
        File { format: self.parsed.format, text: self.text(), document: &self.parsed.document, what: "this file" }
    }

    /// Makes one change.
    ///
    /// # Errors
    /// When the file's layout does not allow it; nothing was changed then.
    pub(super) fn make(&mut self, change: &Change) -> Result<(), Refused> {
        self.change(change).map(drop)
    }

    /// Makes several changes as one, where they can be: whether they are made. The bytes are those of one after the other.
    ///
    /// # Errors
    /// When the new text can not be kept.
    pub(super) fn make_all(&mut self, changes: &[Change]) -> Result<bool, Refused> {
        let outcome = match self.foreseen(changes)? {
            Some(outcome) => Some(outcome),
            None => format::edit_all(self.parsed.format, self.text(), &self.parsed.document, changes),
        };
        let Some(outcome) = outcome else { return Ok(false) };
        self.keep(&outcome)?;
        Ok(true)
    }

    /// The outcome of `changes` as it is foreseen, where the file may be read later and they are such as can be. Else the
    /// file is read by now.
    fn foreseen(&mut self, changes: &[Change]) -> Result<Option<Outcome>, Refused> {
        if !self.repository.foresees || self.parsed.is_forced {
            return Ok(None);
        }
        let foreseen = format::foresee(&self.parsed.file, changes);
        if foreseen.is_some() || !self.parsed.file.is_foreseen() {
            return Ok(foreseen);
        }
        if let Some(read) = self.repository.settle(&self.path)? {
            self.parsed = read.clone();
        }
        Ok(format::foresee(&self.parsed.file, changes))
    }

    fn change(&mut self, change: &Change) -> Result<Outcome, Refused> {
        let outcome = match self.foreseen(std::slice::from_ref(change))? {
            Some(outcome) => outcome,
            None => format::edit_read(self.parsed.format, self.text(), &self.parsed.document, change)
                .map_err(|refusal| self.refused(&refusal))?,
        };
        self.keep(&outcome)?;
        // Of a comment that is there the setting below it is nobody's business.
        if !matches!(change, Change::Comment { .. }) {
            let places: Vec<Place> = outcome.kept.iter().cloned().map(Place::of).collect();
            self.found_right(&places);
        }
        Ok(outcome)
    }

    /// Remembers that what stands at `places` is what the migration asks for.
    pub(super) fn found_right(&mut self, places: &[Place]) {
        let Opened { format, text, document, .. } = &*self.parsed.file;
        let forced = self.parsed.is_forced.then(|| format.name());
        let mut kept = Vec::new();
        for Place { path, part } in places {
            let Some(node) = format::find(*format, document, path) else { continue };
            let mut keep = |path: &KeyPath, now: String| {
                let place = Place { path: path.clone(), part: part.clone() };
                kept.push(Edited { trace: Trace::kept(place, now), format: forced });
            };
            match part {
                Some(part) => {
                    let value = node.value(&text.content).as_str().and_then(|text| format::part_of(text, part));
                    value.iter().for_each(|value| keep(path, value.to_string()));
                }
                None => node.walk(path, &mut |path, node| {
                    if node.children.is_empty() {
                        keep(path, node.value.of(&text.content).to_owned());
                    }
                }),
            }
        }
        self.repository.found_right(&self.path, kept);
    }

    /// Puts what was made into the repository.
    fn keep(&mut self, outcome: &Outcome) -> Result<(), Refused> {
        let before = self.parsed.clone();
        let forced = before.is_forced.then(|| before.format.name());
        let edited = |trace| Edited { trace, format: forced };
        if outcome.made.is_empty() || self.repository.is_frozen(&self.path) {
            return Ok(());
        }
        let text = before.text.with(outcome.text.clone());
        let bytes = text.encode(&text.content).map_err(|error| {
            let diagnostic = Diagnostic::error(Code::NotText, error.to_string());
            Refused::from(diagnostic.at(Location::file(self.path.as_str())))
        })?;
        let document = Arc::clone(&outcome.document);
        let (format, text) = (before.format, Arc::new(text));
        let file = Arc::new(match outcome.foreseen.clone() {
            Some(unread) => before.file.followed_by(text, document, unread),
            None => Opened::new(format, text, document),
        });
        self.parsed = Parsed { file, is_forced: before.is_forced };
        self.repository.store(&self.path, self.parsed.clone(), bytes)?;
        let traces: Vec<Trace> = outcome.made.iter().map(Trace::of).collect();
        let settings: Vec<Setting> = traces.iter().flat_map(|trace| self.settings(&before, trace)).collect();
        let changed = self.repository.outcome.changed.entry(self.path.clone()).or_default();
        changed.edits.extend(traces.into_iter().map(edited));
        changed.settings.extend(settings);
        Ok(())
    }

    /// What an edit means for a reader: a setting with another name is gone, and is there under that name.
    fn settings(&self, before: &Parsed, trace: &Trace) -> Vec<Setting> {
        let renamed = if trace.op == Op::Rename { self.renamed(before, trace) } else { None };
        let setting = self.setting(before, trace);
        let Some(place) = renamed else { return setting.into_iter().collect() };
        // What a map or a list holds is in no line that changes.
        let value = setting.and_then(|setting| setting.before).or_else(|| Some("...".to_owned()));
        let gone = Setting { place: trace.place.clone(), before: value.clone(), after: None };
        vec![gone, Setting { place, before: None, after: value }]
    }

    /// The place of a setting under the name that `trace` gave it.
    fn renamed(&self, before: &Parsed, trace: &Trace) -> Option<Place> {
        let Place { path, part } = &trace.place;
        let Some(Part { lens, path: inner }) = part else {
            return format::renamed(before.format, [&before.document, &self.parsed.document], path).map(Place::of);
        };
        let format = format::format_of(*lens);
        let text = |parsed: &Parsed| {
            let node = format::find(parsed.format, &parsed.document, path)?;
            format::read(&*format, node.value(&parsed.text.content).as_str()?).ok()
        };
        let inner = format::renamed(&*format, [&text(before)?, &text(&self.parsed)?], inner)?;
        Some(Place { path: path.clone(), part: Some(Part { lens: *lens, path: inner }) })
    }

    /// The setting that an edit changes; `None` for quotes and for maps, which only hold settings.
    fn setting(&self, before: &Parsed, trace: &Trace) -> Option<Setting> {
        if trace.op == Op::Quote {
            return None;
        }
        if trace.op == Op::Text {
            let shown = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            return Some(Setting { place: trace.place.clone(), before: shown(&trace.was), after: shown(&trace.now) });
        }
        let value = |parsed: &Parsed| {
            let node = format::find(parsed.format, &parsed.document, &trace.place.path)?;
            let text = &parsed.text.content;
            match (&trace.place.part, &node.body) {
                (Some(part), _) => Some(format::part_of(node.value(text).as_str()?, part)?.to_string()),
                (None, Body::Map(_) | Body::List(_)) => Some(node.value.of(text).to_owned())
                    .filter(|_| trace.now.contains(node.value.of(text)) && !node.value.is_empty()),
                (None, _) => Some(node.value(text).to_string()),
            }
        };
        let inner = trace.place.part.as_ref().map_or(&trace.place.path, |part| &part.path);
        // An element that comes or goes moves the others along: another one stands at its place.
        let (before, after) = match (trace.op, inner.last()) {
            (Op::Insert, Some(Key::Index(_))) => (None, value(&self.parsed)),
            (Op::Remove, Some(Key::Index(_))) => (value(before), None),
            _ => (value(before), value(&self.parsed)),
        };
        (before.is_some() || after.is_some()).then(|| Setting { place: trace.place.clone(), before, after })
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> Refused {
        let text = self.text();
        let place = |span, label: &str| format::location(&self.path, text, span, label);
        let mut diagnostic = Diagnostic::error(refusal.code, refusal.message.clone());
        match refusal.span {
            Some(span) => diagnostic = diagnostic.at(place(span, &refusal.label)),
            None => diagnostic = diagnostic.at(Location::file(self.path.as_str())),
        }
        if let Some((span, label)) = &refusal.also {
            diagnostic = diagnostic.at(place(*span, label));
        }
        if let Some(help) = &refusal.help {
            diagnostic = diagnostic.help(help.clone());
        }
        diagnostic.help(format!("leave the file out: --except '{}'", self.path.glob())).into()
    }
}
