//! A recorded file that is not there: gone with its settings, or only somewhere else.

use super::Request;
use super::foreign::{Reach, named};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Op, Opened, Trace, Undone, undo_all};
use crate::history::{Edit, Record};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::tree::{Absence, Tree};

/// Why the file `path` of `tree` is not there, of which `slug` has `edits` on record. Where git does not know of a move, a
/// file of the same name that has all of them tells it.
pub(super) fn absence(
    request: &Request<'_>,
    tree: &dyn Tree,
    slug: &Slug,
    path: &RepoPath,
    edits: &[&Edit],
) -> Absence {
    let told = tree.absence(path);
    if !matches!(told, Absence::Gone | Absence::Deleted) {
        return told;
    }
    let records = [request.history.record(slug), request.history.ledger(slug)];
    let known = |other: &RepoPath| {
        let mut edits = records.into_iter().flatten().flat_map(|record: &Record| &record.edits);
        edits.any(|edit| edit.changes_something() && named(edit).any(|named| named == *other))
    };
    let like = |other: &&RepoPath| *other != path && other.file_name() == path.file_name() && !known(other);
    let found = tree.paths().iter().filter(like).find(|other| holds_all(tree, other, edits));
    found.map_or(told, |found| Absence::Moved(found.clone()))
}

/// Whether everything that `edits` wrote stands in the file `path`, as far as that can be told; and something can.
fn holds_all(tree: &dyn Tree, path: &RepoPath, edits: &[&Edit]) -> bool {
    let own = |edit: &&&Edit| !edit.withheld && matches!(edit.trace.op, Op::Insert | Op::Replace | Op::Rename);
    let own: Vec<&Edit> = edits.iter().filter(own).copied().collect();
    let (Some(first), Ok(Some(state))) = (own.first(), tree.read(path)) else { return false };
    let traces: Vec<Trace> = own.iter().map(|edit| edit.trace.clone()).collect();
    let Ok(Opened { format, text, .. }) = format::open(path.file_name(), first.format.as_deref(), &state.bytes) else {
        return false;
    };
    let undone = undo_all(format, &text.content, &traces);
    undone.is_ok_and(|(_, outcomes)| outcomes.iter().all(|outcome| matches!(outcome, Undone::Edits(_))))
}

/// Why what stood in `path` can not be taken back, where the file may still have it.
pub(super) fn refusal(request: &Request<'_>, slug: &Slug, path: &RepoPath, absence: &Absence) -> Diagnostic {
    let base = |why: &str| {
        Diagnostic::error(Code::LaterEdit, format!("can not take back what was done to `{path}`: {why}"))
            .at(Location::file(path.as_str()))
            .note("nothing was written")
    };
    let told = match absence {
        Absence::Moved(to) => {
            let told = base(&format!("it is `{to}` by now"));
            ways_of_moved(request, slug, path, to).into_iter().fold(told, Diagnostic::help)
        }
        Absence::Unseen => base("git has it, and leaves it out of this work tree").help(check_out(path)),
        Absence::Deleted => base("it is deleted in this work tree only, and git still has it")
            .help(format!("it is needed? bring it back: git checkout -- '{path}'"))
            .help(format!("it is meant to go? tell git: git rm --cached '{path}'")),
        Absence::Gone => base("it is gone"),
    };
    told.help("leave its settings as they are: the same command with --on-conflict=keep")
}

/// How the record and a file that people moved come together again.
pub(super) fn ways_of_moved(request: &Request<'_>, slug: &Slug, path: &RepoPath, to: &RepoPath) -> Vec<String> {
    let follow = format!("migrate accept {slug}");
    let source = request.catalogue.get(slug).and_then(|migration| migration.declaration()).map(|one| &one.source.path);
    match (may_follow(request, slug, to), source) {
        (true, _) => vec![format!("the move was meant? let the record follow it: {follow}")],
        (false, Some(source)) => vec![
            format!("put it back where it was: git mv '{to}' '{path}'"),
            format!("the move was meant? name `{to}` in {source}, and let the record follow it: {follow}"),
        ],
        (false, None) => vec![format!("put it back where it was: git mv '{to}' '{path}'")],
    }
}

/// Whether the migration can touch the file `to`, so that its record may name it.
pub(super) fn may_follow(request: &Request<'_>, slug: &Slug, to: &RepoPath) -> bool {
    let migration = request.catalogue.get(slug);
    migration.is_none_or(|migration| Reach::of(request, migration).is_ok_and(|reach| reach.has(to)))
}

/// What brings a file that git leaves out into the work tree.
pub(super) fn check_out(path: &RepoPath) -> String {
    format!("bring it here: git update-index --no-skip-worktree '{path}' && git checkout -- '{path}'")
}
