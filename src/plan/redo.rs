//! Applying a migration anew: taken back and applied in one plan, so that nothing is ever half-done.

use std::collections::BTreeMap;

use super::{Direction, FileChange, Place, Plan, Refusal, Request, Target, Wish, down, up};
use crate::history::{History, Record};
use crate::migration::Slug;
use crate::tree::Overlay;

/// Plans to apply `slug` again, whatever state it is in: with other variables, or as its file says by now.
///
/// # Errors
/// When it can not be taken back, or refuses.
pub fn redo(request: &Request<'_>, slug: &Slug, wish: &Wish) -> Result<Plan, Refusal> {
    let target = Target::Only(vec![slug.clone()]);
    let is_applied = |record: Option<&Record>| record.is_some_and(Record::is_applied);
    if !is_applied(request.history.record(slug)) && !is_applied(request.history.ledger(slug)) {
        return up(request, &target);
    }
    let back = down(request, std::slice::from_ref(slug), &Wish { forget: false, again: true, ..wish.clone() })?;
    let mut tree = Overlay::new(request.tree);
    let mut state = request.history.private().clone();
    carried_out(&back, &mut tree, &mut state);
    let history = History::read(&tree, &state)?;
    let again = up(&Request { tree: &tree, history: &history, ..*request }, &target)?;
    Ok(joined(back, again))
}

/// Makes the changes of `plan` in `tree`, and in what the state folder holds.
pub(super) fn carried_out(plan: &Plan, tree: &mut Overlay<'_>, state: &mut BTreeMap<String, Vec<u8>>) {
    for change in plan.net() {
        match change.place {
            Place::Repository(path) => tree.write(path, change.after),
            Place::State(name) | Place::Shared(name) => match change.after {
                Some(after) => drop(state.insert(name, after.bytes.to_vec())),
                None => drop(state.remove(&name)),
            },
        }
    }
}

/// Two plans as one: what the second starts from is what the first leaves.
fn joined(first: Plan, second: Plan) -> Plan {
    let mut bookkeeping: Vec<FileChange> = first.bookkeeping;
    for change in second.bookkeeping {
        match bookkeeping.iter_mut().find(|known| known.place == change.place) {
            Some(known) => known.after = change.after,
            None => bookkeeping.push(change),
        }
    }
    bookkeeping.retain(|change| change.before != change.after);
    let steps = first.steps.into_iter().chain(second.steps).collect();
    Plan { direction: Direction::Up, steps, bookkeeping }
}
