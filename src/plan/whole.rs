//! Taking back what was done to whole files: created, rewritten, deleted, moved, given other permissions.
//!
//! All files of a migration go back at once: what moved leaves its place before anything comes to another, so that files
//! that changed their names with each other find their places free.

use std::collections::BTreeMap;

use super::down::OnConflict;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{Op, Trace};
use crate::path::RepoPath;
use crate::tree::{FileState, Overlay, Tree};

/// The way on where the file that the migration left is needed, and not there.
const BACK: &str = "put the file back to what the migration made of it, and run down again";

/// The files as they were before the first of them was touched.
type Touched = BTreeMap<RepoPath, Option<FileState>>;

/// Takes `traces`, changes of whole files, back; what stays, with the reasons.
///
/// # Errors
/// When a file is not what the migration made of it.
pub(super) fn take_back(
    overlay: &mut Overlay<'_>,
    traces: &[(&RepoPath, &Trace)],
    touched: &mut Touched,
    on_conflict: OnConflict,
) -> Result<Vec<(RepoPath, &'static str)>, Vec<Diagnostic>> {
    let mut back = Back { overlay, touched, on_conflict, lifted: Vec::new(), kept: Vec::new() };
    let mut faults = Vec::new();
    let steps = [Back::in_place, Back::lift, Back::restore];
    for step in steps {
        for (path, trace) in traces {
            faults.extend(step(&mut back, path, trace).err());
        }
        faults.extend(back.put_down());
    }
    if faults.is_empty() { Ok(back.kept) } else { Err(faults) }
}

struct Back<'b, 't> {
    overlay: &'b mut Overlay<'t>,
    touched: &'b mut Touched,
    on_conflict: OnConflict,
    /// Files that have left their places, each with where it goes and where it was.
    lifted: Vec<(RepoPath, FileState, RepoPath)>,
    kept: Vec<(RepoPath, &'static str)>,
}

impl Back<'_, '_> {
    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, Diagnostic> {
        self.overlay.read(path).map_err(|error| error.diagnostic())
    }

    fn write(&mut self, path: &RepoPath, state: Option<FileState>) -> Result<(), Diagnostic> {
        let before = self.read(path)?;
        self.touched.entry(path.clone()).or_insert(before);
        self.overlay.write(path.clone(), state);
        Ok(())
    }

    fn keep(&mut self, path: &RepoPath, why: &'static str) -> Result<(), Diagnostic> {
        self.kept.push((path.clone(), why));
        Ok(())
    }

    /// What becomes of a file that is another one by now, and was `before`: what was asked for.
    fn decide(&mut self, path: &RepoPath, before: Option<FileState>) -> Result<(), Diagnostic> {
        match self.on_conflict {
            OnConflict::Keep => self.keep(path, "stays: it was changed since"),
            OnConflict::Revert => self.write(path, before),
            OnConflict::Refuse | OnConflict::Markers => {
                let conflict = conflict(path, "the file was changed since");
                let conflict = match self.on_conflict {
                    OnConflict::Markers => conflict.note("no markers: the whole file is meant"),
                    _ => conflict,
                };
                Err(conflict
                    .help("keep the file as it is: the same command with --on-conflict=keep")
                    .help("drop what was changed: the same command with --on-conflict=revert"))
            }
        }
    }

    /// Old permissions and old content.
    fn in_place(&mut self, path: &RepoPath, trace: &Trace) -> Result<(), Diagnostic> {
        let current = self.read(path)?;
        match (trace.op, current) {
            (Op::Rewrite, Some(now)) if *now.bytes == *trace.was.as_bytes() => self.keep(path, "is as it was already"),
            (Op::Rewrite, Some(now)) if *now.bytes == *trace.now.as_bytes() => {
                self.write(path, Some(state(&trace.was, mode(&trace.joined))))
            }
            (Op::Rewrite, Some(_)) => self.decide(path, Some(state(&trace.was, mode(&trace.joined)))),
            (Op::Rewrite, None) => Err(conflict(path, "the file is gone").help(BACK)),
            (Op::Mode, None) => Err(conflict(path, "the file is gone").help(BACK)),
            (Op::Mode, Some(now)) if now.mode & 0o777 == mode(&trace.was) => {
                self.keep(path, "has its old permissions already")
            }
            (Op::Mode, Some(now)) if now.mode & 0o777 != mode(&trace.now) => {
                self.keep(path, "was given other permissions since")
            }
            (Op::Mode, Some(now)) => self.write(path, Some(FileState { mode: mode(&trace.was), ..now })),
            _ => Ok(()),
        }
    }

    /// What was new goes, and what was moved leaves the place it came to.
    fn lift(&mut self, path: &RepoPath, trace: &Trace) -> Result<(), Diagnostic> {
        let current = self.read(path)?;
        match (trace.op, current) {
            (Op::Create, None) => self.keep(path, "is gone already"),
            (Op::Create, Some(now)) if *now.bytes == *trace.now.as_bytes() => self.write(path, None),
            (Op::Create, Some(_)) => self.decide(path, None),
            (Op::Relocate, current) => {
                let Ok(old) = RepoPath::new(&trace.was) else {
                    return Err(conflict(path, "the record names no path it came from").help(BACK));
                };
                match current {
                    Some(state) => {
                        self.lifted.push((old, state, path.clone()));
                        self.write(path, None)
                    }
                    None if self.read(&old)?.is_some() => self.keep(path, "is back in its place already"),
                    None => Err(conflict(path, "the file is gone").help(BACK)),
                }
            }
            _ => Ok(()),
        }
    }

    /// Puts what was lifted where it was before.
    fn put_down(&mut self) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for (old, state, from) in std::mem::take(&mut self.lifted) {
            match self.read(&old) {
                Ok(None) => faults.extend(self.write(&old, Some(state)).err()),
                Ok(Some(_)) => {
                    let why = format!("there is a new `{old}` in the place it came from");
                    faults.push(conflict(&from, &why).help(BACK));
                }
                Err(fault) => faults.push(fault),
            }
        }
        faults
    }

    /// What was deleted comes back.
    fn restore(&mut self, path: &RepoPath, trace: &Trace) -> Result<(), Diagnostic> {
        let current = self.read(path)?;
        match (trace.op, current) {
            (Op::Delete, None) => self.write(path, Some(state(&trace.was, mode(&trace.joined)))),
            (Op::Delete, Some(now)) if *now.bytes == *trace.was.as_bytes() => self.keep(path, "is as it was already"),
            (Op::Delete, Some(_)) => self.decide(path, Some(state(&trace.was, mode(&trace.joined)))),
            _ => Ok(()),
        }
    }
}

fn state(text: &str, mode: u32) -> FileState {
    FileState::new(text.as_bytes().to_vec(), mode)
}

/// The mode that `text` says; what is none is the usual one.
pub(super) fn mode(text: &str) -> u32 {
    u32::from_str_radix(text, 8).unwrap_or(0o644) & 0o777
}

fn conflict(path: &RepoPath, why: &str) -> Diagnostic {
    Diagnostic::error(Code::LaterEdit, format!("can not take back what was done to `{path}`: {why}"))
        .at(Location::file(path.as_str()))
        .note("nothing was written")
}
