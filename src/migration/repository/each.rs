//! Many files at once: each is edited in a view of its own, on every core, and the views are joined in the order of the
//! files, so that the outcome is the same on one core and on many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Outcome, Parsed, Repository, add};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::Opened;
use crate::migration::Refused;
use crate::parallel;
use crate::path::RepoPath;
use crate::tree::{FileState, Overlay};

/// What a view knows of the repository that it was made of.
#[derive(Clone, Copy)]
pub(super) struct Around<'r> {
    outcome: &'r Outcome,
    /// The only file that may change here.
    own: &'r RepoPath,
}

/// What was done to one file in a view.
struct Part {
    own: RepoPath,
    /// The file as it was left, if it was changed.
    state: Option<Option<FileState>>,
    outcome: Outcome,
    parsed: BTreeMap<RepoPath, Parsed>,
    held: Vec<Arc<Opened>>,
    unless_settled: Vec<(RepoPath, String)>,
}

impl Repository<'_, '_> {
    /// Does `edit` for each of the files at `paths`, for several of them at a time. What it is given is the repository as it
    /// is before the first of them, with the changes of this file only: `edit` may read every file, and change none but its
    /// own. The outcome depends neither on the number of threads nor on their luck. The answers have the order of `paths`.
    ///
    /// # Errors
    /// The error of the first file, by the order of `paths`, for which `edit` fails; or where it changes another file than
    /// its own, or the same one twice.
    pub fn each<A: Send>(
        &mut self,
        paths: &[RepoPath],
        edit: impl Fn(&mut Repository<'_, '_>, &RepoPath) -> Result<A, Refused> + Sync,
    ) -> Result<Vec<A>, Refused> {
        let whole = &*self;
        let parts = parallel::map(paths, |path| -> Result<(A, Part), Refused> {
            let own = whole.own_name(path).into_owned();
            let mut overlay = Overlay::new(&*whole.overlay);
            let mut view = whole.view(&mut overlay, &own);
            let answer = edit(&mut view, path)?;
            let Repository { outcome, parsed, held, unless_settled, .. } = view;
            let state = overlay.changes().remove(&own);
            Ok((answer, Part { own, state, outcome, parsed, held, unless_settled }))
        });
        let mut answers = Vec::with_capacity(parts.len());
        let mut unless_settled = Vec::new();
        let mut changed = BTreeSet::new();
        for part in parts {
            let (answer, part) = part?;
            if part.state.is_some() && !changed.insert(part.own.clone()) {
                return Err(refused(&part.own, format!("the migration changes `{}` twice at once", part.own)));
            }
            unless_settled.extend(self.join(part)?);
            answers.push(answer);
        }
        // What a view says of another file counts once that file has had its turn.
        for (path, reason) in unless_settled {
            self.skip_unless_settled(&path, reason);
        }
        Ok(answers)
    }

    /// The repository with an outcome of its own, which starts with what is known of the file `own`.
    fn view<'v, 'w: 'v>(&'w self, overlay: &'v mut Overlay<'w>, own: &'v RepoPath) -> Repository<'v, 'w> {
        let parsed = self.known(own).map(|parsed| (own.clone(), parsed));
        Repository {
            overlay,
            files: (&*self.files).into(),
            is_left: self.is_left,
            parsed: parsed.into_iter().collect(),
            foresees: self.foresees,
            held: Vec::new(),
            unless_settled: Vec::new(),
            around: Some(Around { outcome: &self.outcome, own }),
            extent: self.extent,
            outcome: self.outcome.of(own),
        }
    }

    /// Takes over what was done in a view; gives what it said of files that somebody else may have settled.
    fn join(&mut self, part: Part) -> Result<Vec<(RepoPath, String)>, Refused> {
        let Part { own, state, outcome, mut parsed, held, unless_settled } = part;
        if let Some(state) = state {
            self.expect_own(&own)?;
            self.list(&own, state.is_some());
            self.overlay.write(own.clone(), state);
            self.parsed.remove(&own);
        }
        self.parsed.extend(parsed.remove_entry(&own));
        // The other files may be changed by now: what was read of them is only kept from being read again.
        self.held.extend(parsed.into_values().map(|other| other.file).chain(held));
        self.outcome.join(&own, outcome);
        Ok(unless_settled)
    }

    /// Why `path` is not changed in this view; nothing where it may be.
    pub(super) fn expect_own(&self, path: &RepoPath) -> Result<(), Refused> {
        let Some(Around { own, .. }) = self.around.filter(|around| around.own != path) else { return Ok(()) };
        Err(refused(path, format!("the migration changes `{path}` while it is at `{own}`: one file at a time")))
    }
}

fn refused(path: &RepoPath, message: String) -> Refused {
    let told = Diagnostic::error(Code::MigrationFailed, message).at(Location::file(path.as_str()));
    told.note("nothing was written").into()
}

impl Around<'_> {
    /// Whether something was said of `path`, or done to it, before this view was made.
    pub fn has_settled(self, path: &RepoPath) -> bool {
        path != self.own && self.outcome.has_settled(path)
    }
}

impl Outcome {
    /// What is known of one file.
    fn of(&self, path: &RepoPath) -> Self {
        fn one<T: Clone>(all: &BTreeMap<RepoPath, T>, path: &RepoPath) -> BTreeMap<RepoPath, T> {
            all.get(path).map(|known| (path.clone(), known.clone())).into_iter().collect()
        }
        Self {
            changed: one(&self.changed, path),
            before: one(&self.before, path),
            kept: one(&self.kept, path),
            skipped: one(&self.skipped, path),
            by_hand: one(&self.by_hand, path),
            ..Self::default()
        }
    }

    /// Adds what `part` has, which began with what is known of `own`.
    fn join(&mut self, own: &RepoPath, part: Self) {
        let Self { changed, before, kept, skipped, by_hand, warnings, unrelated: _ } = part;
        self.changed.remove(own);
        self.kept.remove(own);
        self.skipped.remove(own);
        for (path, more) in changed {
            self.changed.entry(path).or_default().extend(more);
        }
        for (path, first) in before {
            self.before.entry(path).or_insert(first);
        }
        for (path, more) in kept {
            self.kept.entry(path).or_default().extend(more);
        }
        for (path, reasons) in skipped {
            let known = self.skipped.entry(path).or_default();
            reasons.into_iter().for_each(|reason| add(known, reason));
        }
        for (path, reasons) in by_hand {
            self.by_hand.entry(path).or_default().extend(reasons);
        }
        self.warnings.extend(warnings);
    }
}
