//! What stands behind a plan: why each of its migrations is there, and what was tried of it before anybody approves it.

use super::{Action, Direction, Plan, Request, example, prove};
use crate::diagnostic::Diagnostic;
use crate::migration::Slug;

/// From this many files on the way back is not tried, since that takes as long as the plan, several times over.
const MANY: usize = 1000;

/// One migration of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub slug: Slug,
    pub why: String,
    /// Its requirements; it would be refused if one of them did not hold.
    pub guards: usize,
    /// The examples that come out right, and all of them.
    pub examples: (usize, usize),
    /// Whether taking it back gives every byte; `None` where that was not tried.
    pub goes_back: Option<bool>,
}

/// What can be said for the migrations that `plan` applies.
///
/// # Errors
/// When an example can not be run.
pub fn checked(request: &Request<'_>, plan: &Plan) -> Result<Vec<Checked>, Diagnostic> {
    let applied = plan.steps.iter().filter(|step| step.action == Action::Apply && plan.direction == Direction::Up);
    let mut all = Vec::new();
    for step in applied {
        let Some(migration) = request.catalogue.get(&step.slug) else { continue };
        let why = migration.why().to_owned();
        let mut one = Checked { slug: step.slug.clone(), why, guards: 0, examples: (0, 0), goes_back: None };
        if let Some(declaration) = migration.declaration() {
            one.guards = declaration.requires.len();
            for case in &declaration.cases {
                one.examples.0 += usize::from(example(migration, case, request.tree)?.is_right());
                one.examples.1 += 1;
            }
        }
        if plan.file_count() < MANY {
            one.goes_back = prove(request, &step.slug).ok().map(|proof| proof.back.holds());
        }
        all.push(one);
    }
    Ok(all)
}
