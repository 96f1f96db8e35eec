//! What keeps a run from its end: secrets, people, other runs, the machine.

use super::{Explanation, explained};

pub(super) const SECRET_IN_MIGRATION: Explanation = explained(
    "a migration would put a secret into git",
    "Migration files are committed. A password in one stays in the history for ever.",
    &[
        "take it from the environment: `NAME = { env = \"NAME\", secret = true }` under `[vars]`, and \
         `\"{{NAME}}\"` in its place",
        "it is no secret? add `secret = false` to the operation or the variable",
        "in an example? write a made-up one, with `example` in it",
    ],
);

pub(super) const SECRET_IN_REPORT: Explanation = explained(
    "a report would show a secret",
    "A patch holds the changed lines as they are, and one of them has a secret in it. Patches are sent \
     around and kept. Nothing was written.",
    &[
        "put it into a file that only you can read: `--report patch=FILE --show-secrets`",
        "or leave the file out: `--except GLOB`",
    ],
);

pub(super) const DECLINED: Explanation = explained(
    "the run was stopped before it wrote anything",
    "Somebody answered no, or a signal came.",
    &["look first: `migrate up -n`", "answer beforehand: `migrate up --yes`"],
);

pub(super) const PLAN_CHANGED: Explanation = explained(
    "the plan is not the one that was approved",
    "`--expect` names a plan by its content. Since it was approved the repository, the migrations or the \
     variables have changed.",
    &["look at the present plan: `migrate plan`", "then apply that one: `migrate up --expect PLAN`"],
);

pub(super) const NEEDS_PERSON: Explanation = explained(
    "an interrupted run can not be finished by the tool alone",
    "The journal of the run is damaged, or the disk failed between two files.",
    &["when the disk works again: `migrate recover`", "see what git says changed: `git status`"],
);

pub(super) const PENDING: Explanation = explained(
    "migrations are not applied yet",
    "Found by `migrate check`, which fails unless everything is applied.",
    &[
        "look first, then apply them: `migrate up -n`, `migrate up`",
        "they are meant to wait? `migrate check --pending allow`",
    ],
);

pub(super) const STALE: Explanation = explained(
    "a file was changed while the run was under way",
    "Somebody saved it between the plan and the commit. That change is kept, and nothing was written.",
    &["run the command again"],
);

pub(super) const LOCKED: Explanation = explained(
    "another run is under way here",
    "One run writes at a time in one work tree. A run that has died holds nothing.",
    &["wait for it, or give this run more time: `--lock-timeout SECONDS`"],
);

pub(super) const MACHINE: Explanation = explained(
    "the machine did not do what was asked",
    "A file could not be read or written, or git did not answer. Nothing was written.",
    &["mend what the message says: space, permissions, git", "then run the command again"],
);

pub(super) const NOT_WRITABLE: Explanation = explained(
    "a file can not be replaced",
    "A changed file is put in the place of the old one, so its folder must be writable, and the file not mounted by itself, as \
     containers do it. Nothing was written. As a warning: it is written where it stands, as `--in-place` wants it.",
    &[
        "make the folder writable: `chmod u+w FOLDER`",
        "or mount the file system so that it can be written",
        "or write the file where it stands, where other programs may see half of it: `--in-place`",
    ],
);

pub(super) const NO_SPACE: Explanation = explained(
    "the disk has no room for the change",
    "All new files are written before the first old one goes, so both must fit. Nothing was written.",
    &["make room on that disk", "then run the command again"],
);

pub(super) const INTERRUPTED: Explanation = explained(
    "an interrupted run is not finished",
    "A run was killed, or the machine stopped, when some of its files were written and others not. What it was to write is kept \
     whole, so it can be finished or taken back. A run that is still at work looks the same.",
    &[
        "finish it: `migrate recover`; every command that writes does so first",
        "or take it back: `migrate recover --back`",
    ],
);
