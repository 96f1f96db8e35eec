//! The secrets that a record withholds, read from what git keeps of a file: as it was before the migration, and after.

use std::collections::BTreeMap;

use crate::format::{self, Format, Op, Trace, Undone, undo, undo_all};
use crate::history::{Edit, Record};
use crate::migration::Slug;
use crate::path::RepoPath;

/// A file before and after a commit; `None` where it was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub before: Option<Vec<u8>>,
    pub after: Option<Vec<u8>>,
}

/// Why git's history does not tell a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("there is no git history here to read it from")]
    NoGit,
    #[error("git's history does not tell it: the record is in no commit")]
    NotCommitted,
    #[error("git's history does not tell it: in this clone it is cut off at {commit}")]
    CutOff { commit: String },
    #[error("git's history does not tell it: no commit before {commit} shows the file as it was")]
    NotThere { commit: String },
}

impl Lost {
    /// What brings it back.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::CutOff { .. } => Some("fetch the rest: git fetch --unshallow; then the same command again"),
            Self::NoGit | Self::NotCommitted | Self::NotThere { .. } => None,
        }
    }
}

/// What git's history tells of the secrets in records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recalled {
    found: BTreeMap<(Slug, RepoPath), (String, Vec<Edit>)>,
    lost: BTreeMap<(Slug, RepoPath), Lost>,
}

impl Recalled {
    /// Keeps what was found for the file `path`: the commit that has the file as it was, and the edits; or why it was not.
    pub fn keep(&mut self, slug: &Slug, path: &RepoPath, told: Result<(String, Vec<Edit>), Lost>) {
        let key = (slug.clone(), path.clone());
        match told {
            Ok(found) => drop(self.found.insert(key, found)),
            Err(lost) => drop(self.lost.insert(key, lost)),
        }
    }

    pub(super) fn edits<'r>(&'r self, slug: &'r Slug) -> impl Iterator<Item = &'r Edit> {
        self.found.iter().filter(move |((known, _), _)| known == slug).flat_map(|(_, (_, edits))| edits)
    }

    pub(super) fn lost(&self, slug: &Slug, path: &RepoPath) -> Option<&Lost> {
        self.lost.get(&(slug.clone(), path.clone()))
    }

    /// `remark`, and where the secrets come from: a person may know of a later one.
    pub(super) fn remark(&self, slug: &Slug, remark: &str) -> String {
        let own = self.found.iter().filter(|((known, _), _)| known == slug);
        let told = own.map(|((_, path), (commit, _))| {
            format!("What was secret in {path} comes from git's history, as it was in {commit}")
        });
        let known = Some(remark.to_owned()).filter(|remark| !remark.is_empty());
        known.into_iter().chain(told).collect::<Vec<_>>().join(". ")
    }
}

/// The edits, by file, whose text neither `record` nor the receipt has.
pub fn withheld(record: &Record, receipt: Option<&Record>) -> BTreeMap<RepoPath, Vec<Edit>> {
    let mut files: BTreeMap<RepoPath, Vec<Edit>> = BTreeMap::new();
    let known = |edit: &&Edit| receipt.is_none_or(|receipt| receipt.edits.iter().all(|known| !known.is_same(edit)));
    for edit in record.edits.iter().filter(|edit| edit.withheld).filter(known) {
        files.entry(edit.file.clone()).or_default().push(edit.clone());
    }
    files
}

/// The path of the file before `edits`, which are all those of `path`.
pub fn origin(path: &RepoPath, edits: &[Edit]) -> RepoPath {
    let moved = edits.iter().find(|edit| edit.trace.op == Op::Relocate);
    moved.and_then(|edit| RepoPath::new(&edit.trace.was).ok()).unwrap_or_else(|| path.clone())
}

/// Those of `edits`, all that a record has of the file `path`, which it withholds, with their texts from `past`; `None`
/// where `past` is not the file before and after them, as far as the record can say.
pub fn recall(path: &RepoPath, edits: &[Edit], past: &Past) -> Option<Vec<Edit>> {
    if past.before == past.after {
        return None;
    }
    let (whole, inner): (Vec<&Edit>, Vec<&Edit>) = edits.iter().partition(|edit| edit.trace.op.is_whole());
    let mut found = Vec::new();
    for edit in whole.into_iter().filter(|edit| edit.withheld) {
        found.push(of_whole(edit, past).filter(|_| inner.is_empty())?);
    }
    let mut formats: Vec<Option<&str>> = inner.iter().map(|edit| edit.format.as_deref()).collect();
    formats.sort_unstable();
    formats.dedup();
    for forced in formats {
        let own: Vec<&Edit> = inner.iter().copied().filter(|edit| edit.format.as_deref() == forced).collect();
        if own.iter().any(|edit| edit.withheld) {
            found.extend(of_settings(path, forced, &own, past)?);
        }
    }
    Some(found)
}

fn of_whole(edit: &Edit, past: &Past) -> Option<Edit> {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone()?).ok();
    let (was, now) = match edit.trace.op {
        Op::Create => (String::new(), past.before.is_none().then(|| text(&past.after))??),
        Op::Rewrite => (text(&past.before)?, text(&past.after)?),
        Op::Delete => (past.after.is_none().then(|| text(&past.before))??, String::new()),
        _ => return None,
    };
    Some(filled(edit, Trace { was, now, ..edit.trace.clone() }))
}

fn of_settings(path: &RepoPath, forced: Option<&str>, edits: &[&Edit], past: &Past) -> Option<Vec<Edit>> {
    let (format, before) = read(path, forced, past.before.as_ref()?)?;
    let (_, after) = read(path, forced, past.after.as_ref()?)?;
    let fill = |edit: &&Edit| match edit.withheld {
        true => Some(filled(edit, format::recall(format, &before, &after, &edit.trace)?)),
        false => Some((*edit).clone()),
    };
    let whole: Vec<Edit> = edits.iter().map(fill).collect::<Option<_>>()?;
    let traces: Vec<Trace> = whole.iter().map(|edit| edit.trace.clone()).collect();
    is_between(format, &before, &after, &traces)
        .then(|| whole.into_iter().zip(edits).filter(|(_, edit)| edit.withheld).map(|(edit, _)| edit).collect())
}

/// Whether `traces` are what lies between the two texts. The commit may hold more than the migration did: then each of
/// them has to hold after it, and none before.
fn is_between(format: &dyn Format, before: &str, after: &str, traces: &[Trace]) -> bool {
    let Ok((undone, outcomes)) = undo_all(format, after, traces) else { return false };
    if outcomes.iter().any(|outcome| matches!(outcome, Undone::Conflict { .. })) {
        return false;
    }
    let Ok(document) = format::read(format, before) else { return false };
    let is_there = |trace: &&Trace| !matches!(trace.op, Op::Keep | Op::Quote | Op::Comment);
    let mut own = traces.iter().zip(&outcomes).filter(|(trace, _)| is_there(trace));
    undone == before
        || own.all(|(trace, outcome)| {
            matches!(outcome, Undone::Edits(_)) && undo(format, before, &document, trace) == Undone::Already
        })
}

fn read(path: &RepoPath, forced: Option<&str>, bytes: &[u8]) -> Option<(&'static dyn Format, String)> {
    let opened = format::open(path.file_name(), forced, bytes).ok()?;
    Some((opened.format, opened.text.content.clone()))
}

fn filled(edit: &Edit, trace: Trace) -> Edit {
    let mut filled = edit.clone();
    (filled.trace, filled.withheld) = (trace, false);
    filled
}
