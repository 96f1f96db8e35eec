//! Taking back what was done to a whole file: created, rewritten, deleted, moved, given other permissions.

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{Op, Trace};
use crate::path::RepoPath;
use crate::tree::{FileState, Overlay, Tree};

/// What becomes of a file.
pub(super) enum Whole {
    /// These files change to these states.
    Changes(Vec<(RepoPath, Option<FileState>)>),
    /// Nothing, and why.
    Kept(&'static str),
}

/// Takes `trace`, a change of the whole file `path`, back.
pub(super) fn take_back(overlay: &Overlay<'_>, path: &RepoPath, trace: &Trace) -> Result<Whole, Diagnostic> {
    let read = |path: &RepoPath| overlay.read(path).map_err(|error| error.diagnostic());
    let current = read(path)?;
    let holds = |text: &str| current.as_ref().is_some_and(|state| state.bytes == text.as_bytes());
    let only = |state| Ok(Whole::Changes(vec![(path.clone(), state)]));
    match trace.op {
        Op::Create if current.is_none() => Ok(Whole::Kept("is gone already")),
        Op::Create if holds(&trace.now) => only(None),
        Op::Rewrite | Op::Delete if holds(&trace.was) => Ok(Whole::Kept("is as it was already")),
        Op::Rewrite if holds(&trace.now) => only(Some(state(&trace.was, mode(&trace.joined)))),
        Op::Delete if current.is_none() => only(Some(state(&trace.was, mode(&trace.joined)))),
        Op::Relocate => {
            let Ok(old) = RepoPath::new(&trace.was) else {
                return Err(conflict(path, "the record names no path it came from"));
            };
            match (current, read(&old)?) {
                (None, Some(_)) => Ok(Whole::Kept("is back in its place already")),
                (Some(state), None) => Ok(Whole::Changes(vec![(old, Some(state)), (path.clone(), None)])),
                (None, None) => Err(conflict(path, "the file is gone")),
                (Some(_), Some(_)) => Err(conflict(path, &format!("there is a new `{old}` in the place it came from"))),
            }
        }
        Op::Mode => match current {
            None => Err(conflict(path, "the file is gone")),
            Some(now) if now.mode & 0o777 == mode(&trace.was) => Ok(Whole::Kept("has its old permissions already")),
            Some(now) if now.mode & 0o777 != mode(&trace.now) => Ok(Whole::Kept("was given other permissions since")),
            Some(now) => only(Some(FileState { mode: mode(&trace.was), ..now })),
        },
        _ => Err(conflict(path, "the file was changed since")),
    }
}

fn state(text: &str, mode: u32) -> FileState {
    FileState { bytes: text.as_bytes().to_vec(), mode }
}

/// The mode that `text` says; what is none is the usual one.
pub(super) fn mode(text: &str) -> u32 {
    u32::from_str_radix(text, 8).unwrap_or(0o644) & 0o777
}

fn conflict(path: &RepoPath, why: &str) -> Diagnostic {
    Diagnostic::error(Code::LaterEdit, format!("can not take back what was done to `{path}`: {why}"))
        .at(Location::file(path.as_str()))
        .note("nothing was written")
        .help("put the file back to what the migration made of it, and run down again")
}

/// The file as the record says it came from, for the order of taking back: a moved file is edited before it goes back.
pub(super) fn split(edits: &[crate::history::Edit]) -> (Vec<&Trace>, Vec<crate::history::Edit>) {
    let whole = edits.iter().filter(|edit| edit.trace.op.is_whole()).map(|edit| &edit.trace).collect();
    let inner = edits.iter().filter(|edit| !edit.trace.op.is_whole()).cloned().collect();
    (whole, inner)
}
