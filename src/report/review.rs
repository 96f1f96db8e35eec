//! What the pages for a review have in common: what the plan is called, and what was tried of it.

use super::renderer::Answer;
use crate::plan::{Checked, Direction, Plan, Step, id};

/// What the plan is and whether it is done, and the beginning of its id where it can be approved.
pub(super) fn title(answer: &Answer<'_>, plan: &Plan) -> (&'static str, Option<String>) {
    match (plan.direction, answer.written) {
        _ if plan.is_empty() => ("Settings plan: nothing would change", None),
        (Direction::Up, false) => ("Settings plan", Some(id(plan)[..8].to_owned())),
        (Direction::Up, true) => ("Settings written", None),
        (Direction::Down, false) => ("Plan to take settings back", None),
        (Direction::Down, true) => ("Settings taken back", None),
    }
}

/// What was tried of the migration of `step`.
pub(super) fn checked<'a>(answer: &Answer<'a>, step: &Step) -> Option<&'a Checked> {
    answer.checked.iter().find(|one| one.slug == step.slug)
}

/// The same in words.
pub(super) fn said(checked: &Checked) -> Vec<String> {
    let (right, examples) = checked.examples;
    let guards = (checked.guards > 0).then(|| format!("guards {0}/{0}", checked.guards));
    let examples = (examples > 0).then(|| format!("examples {right}/{examples}"));
    let back = checked.goes_back.map(|holds| match holds {
        true => "rolls back byte for byte".to_owned(),
        false => "does not roll back byte for byte".to_owned(),
    });
    [guards, examples, back].into_iter().flatten().collect()
}
