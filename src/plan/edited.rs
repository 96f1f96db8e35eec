//! Migration files that say something else than when they were applied: whether that makes a difference, and which.

use super::down::{OnConflict, Wish, down, with_later};
use super::redo::carried_out;
use super::{Request, Target, up};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::history::{Edit, History, Record};
use crate::migration::Migration;
use crate::tree::Overlay;
use crate::value::mask_value;

/// How many differences are named.
const NAMED: usize = 5;

/// Where the migration's file says something else than when it was applied: a note where it would do the same, else a
/// warning with what would be different.
pub fn edited_since(request: &Request<'_>, migration: &Migration) -> Option<Diagnostic> {
    let record = request.history.record(&migration.slug).filter(|record| record.is_applied())?;
    let declaration = migration.declaration()?;
    if !record.definition.starts_with("m1:") || record.definition == migration.definition() {
        return None;
    }
    let slug = &migration.slug;
    let told = Diagnostic::warning(Code::Edited, format!("{} was edited after it was applied", migration.name()))
        .at(Location::file(declaration.source.path.clone()));
    let differences = replayed(request, migration, record);
    if differences.as_ref().is_some_and(Vec::is_empty) {
        let same = Diagnostic { severity: Severity::Note, ..told };
        return Some(
            same.note("it would do the same again").help(format!("record it as it says now: migrate accept {slug}")),
        );
    }
    let differences = differences.unwrap_or_else(|| vec!["whether it would do the same can not be tried".to_owned()]);
    let more = differences.len().saturating_sub(NAMED);
    let told = differences.into_iter().take(NAMED).fold(told, Diagnostic::note);
    let told = if more > 0 { told.note(format!("and {more} more")) } else { told };
    Some(
        told.note("what it did stays as it was done; the file is not looked at again")
            .help(format!("take it back and apply it as it is now, as one: migrate redo {slug}"))
            .help("meant as a further change? put the file back, and write a new migration: migrate new NAME"),
    )
}

/// What the migration would do differently by now to what it was applied to; `None` where that can not be tried.
fn replayed(request: &Request<'_>, migration: &Migration, record: &Record) -> Option<Vec<String>> {
    let slug = &migration.slug;
    let wish = Wish { on_conflict: OnConflict::Revert, ..Wish::default() };
    let back = down(request, &with_later(request, std::slice::from_ref(slug)), &wish).ok()?;
    let (mut tree, mut state) = (Overlay::new(request.tree), request.history.private().clone());
    carried_out(&back, &mut tree, &mut state);
    let history = History::read(&tree, &state).ok()?;
    let again = up(&Request { tree: &tree, history: &history, ..*request }, &Target::Only(vec![slug.clone()])).ok()?;
    carried_out(&again, &mut tree, &mut state);
    let history = History::read(&tree, &state).ok()?;
    let now = history.record(slug).filter(|record| record.is_applied());
    Some(differences(&record.edits, now.map_or(&[][..], |record| &record.edits)))
}

/// The edits of one list that the other does not have, in words.
fn differences(then: &[Edit], now: &[Edit]) -> Vec<String> {
    let is_at = |one: &Edit, other: &Edit| {
        (&one.file, &one.trace.place, one.trace.op) == (&other.file, &other.trace.place, other.trace.op)
    };
    let is_same = |one: &Edit, other: &Edit| {
        is_at(one, other) && (&one.trace.was, &one.trace.now) == (&other.trace.was, &other.trace.now)
    };
    let name = |edit: &Edit| match edit.trace.place.path.keys.is_empty() {
        true => format!("`{}`", edit.file),
        false => format!("`{}` of {}", edit.trace.place, edit.file),
    };
    let [then, now] = [then, now].map(|edits| edits.iter().filter(|edit| edit.changes_something()).collect::<Vec<_>>());
    let gone = then.iter().filter(|edit| !now.iter().any(|other| is_same(edit, other)));
    let gone = gone.map(|edit| match now.iter().find(|other| is_at(edit, other)) {
        Some(other) => format!("{}: it wrote {}, and would write {}", name(edit), written(edit), written(other)),
        None => format!("{}: it wrote {}, and would leave it alone", name(edit), written(edit)),
    });
    let new = now.iter().filter(|edit| !then.iter().any(|other| is_at(edit, other)));
    let new = new.map(|edit| format!("{}: it would write {}", name(edit), written(edit)));
    gone.chain(new).collect()
}

/// What an edit wrote, as far as it is shown.
fn written(edit: &Edit) -> String {
    let text = edit.trace.now.trim().trim_matches(',');
    match text.lines().next() {
        _ if edit.withheld || edit.is_secret() => "`•••`".to_owned(),
        None => "nothing".to_owned(),
        Some(line) if line.len() == text.len() && line.chars().count() <= 60 => {
            format!("`{}`", mask_value(edit.trace.place.name(), line))
        }
        Some(_) => "another text".to_owned(),
    }
}
