//! What was done to whole files held against the files: created, rewritten, deleted, moved, given permissions.

use super::{Drift, DriftKind};
use crate::format::{self, Op, Opened};
use crate::history::Edit;
use crate::plan::Request;
use crate::plan::applied::Applied;
use crate::plan::whole::mode;
use crate::text::position;
use crate::tree::FileState;
use crate::value::{Key, KeyPath, Value};

/// What does not hold any more of `edit`, a change of a whole file, which is as `state` says.
pub(super) fn of_whole(request: &Request<'_>, applied: &Applied<'_>, edit: &Edit, state: &FileState) -> Vec<Drift> {
    let trace = &edit.trace;
    let has = |text: &str| *state.bytes == *text.as_bytes();
    let one = |kind| vec![Drift::new(edit, kind)];
    match trace.op {
        Op::Delete => one(if has(&trace.was) { DriftKind::RevertedByHand } else { DriftKind::Changed }),
        Op::Mode if same_mode(request, edit, state, mode(&trace.now)) => Vec::new(),
        Op::Mode if same_mode(request, edit, state, mode(&trace.was)) => one(DriftKind::RevertedByHand),
        Op::Mode => one(DriftKind::Changed),
        Op::Rewrite if has(&trace.was) && trace.was != trace.now => one(DriftKind::RevertedByHand),
        Op::Create | Op::Rewrite if !has(&trace.now) => of_content(applied, edit, state),
        _ => Vec::new(),
    }
}

/// Whether the file has the permissions `wanted`. Git keeps no more of them than whether a file can be run, so that those of
/// what it has are other ones in each clone.
fn same_mode(request: &Request<'_>, edit: &Edit, state: &FileState, wanted: u32) -> bool {
    let is_shared = request.tree.is_in_git() && !request.ignored.contains(&edit.file);
    let kept = if is_shared { 0o100 } else { 0o777 };
    state.mode & kept == wanted & kept
}

/// The settings of a file that a migration wrote whole and that are not in it any more. People may add to the file; where it
/// has no settings, its lines count.
fn of_content(applied: &Applied<'_>, edit: &Edit, state: &FileState) -> Vec<Drift> {
    let read = |bytes: &[u8]| format::open(edit.file.file_name(), edit.format.as_deref(), bytes).ok();
    let (Some(then), Some(now)) = (read(edit.trace.now.as_bytes()), read(&state.bytes)) else {
        return of_lines(edit, state);
    };
    let values = [&then, &now].map(|file| file.format.meaning(file.document.root.value(&file.text.content)));
    let [then, after] = &values;
    let mut lost = Vec::new();
    compare(then, Some(after), &KeyPath::default(), &mut lost);
    lost.retain(|(path, _)| !applied.touch(&edit.file, path));
    lost.into_iter().map(|(path, kind)| at(&now, edit, &path, kind)).collect()
}

fn of_lines(edit: &Edit, state: &FileState) -> Vec<Drift> {
    let text = String::from_utf8_lossy(&state.bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut written = edit.trace.now.lines().map(str::trim).filter(|line| !line.is_empty());
    match written.all(|line| lines.contains(&line)) {
        true => Vec::new(),
        false => vec![Drift::new(edit, DriftKind::Changed)],
    }
}

fn at(now: &Opened, edit: &Edit, path: &KeyPath, kind: DriftKind) -> Drift {
    let node = format::find(now.format, &now.document, path);
    let place = node.map(|node| (node.entry, position(&now.text.content, node.entry.start)));
    Drift { place: path.to_string(), ..Drift::new(edit, kind) }.at(place)
}

/// The settings of `then` that `now` does not have, or otherwise. Elements of lists may stand anywhere in their list.
fn compare(then: &Value, now: Option<&Value>, path: &KeyPath, lost: &mut Vec<(KeyPath, DriftKind)>) {
    match (then, now) {
        (_, None) => lost.push((path.clone(), DriftKind::Gone)),
        (Value::Map(entries), Some(now @ Value::Map(_))) => {
            entries.iter().for_each(|(key, value)| compare(value, now.get(key), &path.join(name(key)), lost));
        }
        (Value::List(items), Some(Value::List(others))) => {
            let stands = |item: &Value| others.iter().any(|other| item.means(other));
            if !items.iter().all(stands) {
                lost.push((path.clone(), DriftKind::Changed));
            }
        }
        (then, Some(now)) if then.means(now) => {}
        _ => lost.push((path.clone(), DriftKind::Changed)),
    }
}

/// The key of a path that a value has as `key`: a site is written behind its name.
fn name(key: &str) -> Key {
    let site = key.rsplit_once('#').and_then(|(name, site)| Some(Key::Site(name.to_owned(), site.parse().ok()?)));
    site.unwrap_or_else(|| key.into())
}
