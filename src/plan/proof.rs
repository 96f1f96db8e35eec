//! Whether a migration keeps its promises, tried on a copy in memory: once is enough, and the way back gives every byte.

use std::collections::{BTreeMap, BTreeSet};

use super::redo::carried_out;
use super::{Plan, Refusal, Request, Target, Wish, down, up};
use crate::diagnostic::Diagnostic;
use crate::history::{History, RECEIPTS};
use crate::migration::declared::{Declaration, WayBack};
use crate::migration::{Migration, Slug};
use crate::path::RepoPath;
use crate::tree::{FileState, Overlay, Tree};

/// What came of trying a migration.
pub struct Proof {
    pub plan: Plan,
    /// Doing it again.
    pub again: Verdict,
    /// Taking it back.
    pub back: Verdict,
}

pub enum Verdict {
    Holds,
    /// There is no way back, as the migration says itself.
    NoWayBack,
    /// The file that is not what it should be: as it should be, and as it is.
    Differs {
        path: RepoPath,
        wanted: Option<FileState>,
        found: Option<FileState>,
    },
    Refused(Refusal),
}

/// Tries the migration `slug` on the files of `request`, which stay as they are; where it refuses them, on what the
/// migrations before it leave.
///
/// # Errors
/// When it refuses.
pub fn prove(request: &Request<'_>, slug: &Slug) -> Result<Proof, Refusal> {
    let refusal = match prove_alone(request, slug) {
        Ok(proof) => return Ok(proof),
        Err(refusal) => refusal,
    };
    let waits = |migration: &&Migration| request.history.record(&migration.slug).is_none();
    let before = request.catalogue.iter().take_while(|migration| migration.slug != *slug);
    let pending: Vec<Slug> = before.filter(waits).map(|migration| migration.slug.clone()).collect();
    let Ok(plan) = up(request, &Target::Only(pending)) else { return Err(refusal) };
    if plan.steps.is_empty() {
        return Err(refusal);
    }
    let mut tree = Overlay::new(request.tree);
    let mut state = request.history.private().clone();
    carried_out(&plan, &mut tree, &mut state);
    let history = History::read(&tree, &state)?;
    prove_alone(&Request { tree: &tree, history: &history, ..*request }, slug)
}

fn prove_alone(request: &Request<'_>, slug: &Slug) -> Result<Proof, Refusal> {
    let target = Target::Only(vec![slug.clone()]);
    let plan = up(request, &target)?;
    let mut after = Overlay::new(request.tree);
    let mut state = request.history.private().clone();
    carried_out(&plan, &mut after, &mut state);
    let history = History::read(&after, &state)?;
    let done = Request { tree: &after, history: &history, ..*request };
    let again = match again(&done, &target)? {
        // Without a record it must know its own work, too.
        Verdict::Holds => match again(&Request { history: &History::default(), ..done }, &target) {
            Ok(verdict) => verdict,
            Err(_) => Verdict::Holds,
        },
        verdict => verdict,
    };
    let never = |one: &Declaration| matches!(one.back, WayBack::Never(_));
    let is_final = request.catalogue.get(slug).and_then(Migration::declaration).is_some_and(never);
    let back = match plan.is_empty() {
        true => Verdict::Holds,
        false if is_final => Verdict::NoWayBack,
        false => back(request, &done, &plan, slug, &Wish::default())?,
    };
    Ok(Proof { plan, again, back })
}

/// Whether the record that git keeps, without the receipts of one machine, takes the migration `slug` back to the byte.
pub fn derives_back(request: &Request<'_>, slug: &Slug) -> bool {
    let derives = || -> Result<bool, Refusal> {
        let plan = up(request, &Target::Only(vec![slug.clone()]))?;
        let mut after = Overlay::new(request.tree);
        let mut state = request.history.private().clone();
        carried_out(&plan, &mut after, &mut state);
        state.retain(|name, _| !name.starts_with(RECEIPTS));
        let history = History::read(&after, &state)?;
        let wish = Wish { derived: true, ..Wish::default() };
        let done = Request { tree: &after, history: &history, ..*request };
        Ok(!plan.is_empty() && back(request, &done, &plan, slug, &wish)?.holds())
    };
    derives().unwrap_or(false)
}

/// Whether `request` leaves nothing to do for `target`.
fn again(request: &Request<'_>, target: &Target) -> Result<Verdict, Refusal> {
    let plan = up(request, target)?;
    let changed = plan.steps.iter().flat_map(|step| &step.files).find(|file| file.before != file.after);
    Ok(changed.map_or(Verdict::Holds, |file| Verdict::Differs {
        path: file.path.clone(),
        wanted: file.before.clone(),
        found: file.after.clone(),
    }))
}

/// Whether taking the migration back gives the files of `before` again.
fn back(before: &Request<'_>, done: &Request<'_>, plan: &Plan, slug: &Slug, wish: &Wish) -> Result<Verdict, Refusal> {
    let undo = match down(done, std::slice::from_ref(slug), wish) {
        Ok(undo) => undo,
        Err(refusal) => return Ok(Verdict::Refused(refusal)),
    };
    let mut restored = Overlay::new(done.tree);
    carried_out(&undo, &mut restored, &mut BTreeMap::new());
    let touched = [plan, &undo].into_iter().flat_map(|plan| &plan.steps).flat_map(|step| &step.files);
    let paths: BTreeSet<&RepoPath> = touched.map(|file| &file.path).collect();
    for path in paths {
        let read = |tree: &dyn Tree| tree.read(path).map_err(|error| Refusal::from(error.diagnostic()));
        let (wanted, found) = (read(before.tree)?, read(&restored)?);
        if wanted != found {
            return Ok(Verdict::Differs { path: path.clone(), wanted, found });
        }
    }
    Ok(Verdict::Holds)
}

impl Verdict {
    pub fn holds(&self) -> bool {
        matches!(self, Self::Holds)
    }

    /// Why a promise is not kept, where that was told.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Refused(refusal) => &refusal.diagnostics,
            Self::Holds | Self::NoWayBack | Self::Differs { .. } => &[],
        }
    }
}
