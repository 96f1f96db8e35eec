//! What people changed in a file since a migration was recorded, without the secrets that its record withholds.

use super::FileStep;
use crate::format::{Op, find};
use crate::history::{Edit, History, Record};
use crate::migration::{Changed, Slug};
use crate::path::RepoPath;
use crate::tree::FileState;
use crate::value::KeyPath;

/// The step of `path` from what it was when `slug` was recorded to what it is. What a migration wrote as a secret is one,
/// whatever people made of it.
pub fn since(
    history: &History,
    slug: &Slug,
    path: RepoPath,
    states: (Option<FileState>, Option<FileState>),
) -> FileStep {
    let edits = |record: Option<&'_ Record>| -> Vec<Edit> {
        let all = record.into_iter().flat_map(|record| &record.edits);
        all.filter(|edit| edit.file == path).cloned().collect()
    };
    let withheld: Vec<Edit> = edits(history.record(slug)).into_iter().filter(|edit| edit.withheld).collect();
    let known =
        edits(history.receipt(slug)).into_iter().filter(|known| withheld.iter().any(|edit| edit.is_same(known)));
    let known: Vec<Edit> = known.collect();
    let mut step = FileStep::new(path, states, Changed::default(), false);
    if withheld.is_empty() {
        return step;
    }
    let sides = step.sides();
    let unread =
        [&step.before, &step.after].into_iter().zip(&sides).any(|(state, side)| state.is_some() && side.is_none());
    let unknown = |edit: &Edit| edit.trace.op == Op::Text && !known.iter().any(|known| known.is_same(edit));
    // Where nothing tells which setting it is, it may be any of them.
    step.changed.private.extend((unread || withheld.iter().any(unknown)).then(KeyPath::default));
    let mut hidden: Vec<String> = known.into_iter().flat_map(|edit| [edit.trace.was, edit.trace.now]).collect();
    for side in sides.iter().flatten() {
        let text = &side.text.content;
        for edit in &withheld {
            let path = edit.trace.placed(side.format, text, &side.document).place.path;
            hidden.extend(find(side.format, &side.document, &path).map(|node| node.value.of(text).to_owned()));
            step.changed.private.push(path);
        }
    }
    let disguised = step.disguised(&hidden.iter().collect::<Vec<_>>());
    step.changed.private.extend(disguised);
    step
}
