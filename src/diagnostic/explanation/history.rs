//! What is wrong with what was applied: records, order, later edits.

use super::{Explanation, explained};

pub(super) const EDITED: Explanation = explained(
    "a migration file was edited after it was applied",
    "What it did stays as it was done. The file now says something else, and another clone would get \
     that. Comments, the title and examples do not count, nor does a file that would do the same: it is tried in \
     memory, on the settings as they were before.",
    &[
        "see the edit, and undo it if it was not meant: `git log -p -- migrations/FILE`",
        "or take it back and apply it as it is: `migrate redo NAME`",
        "or write a further migration: `migrate new NAME`",
    ],
);

pub(super) const SAME_NUMBER: Explanation = explained(
    "two migrations have the same number or name",
    "The name identifies a migration in its record, so it must be its own. The number only orders: two \
     branches may have taken the same one, and which of them goes first is not said. Both are applied where they \
     come to the same in either order, and refused where they do not (M0407).",
    &["give one of them the next free number: `migrate renumber NAME`"],
);

pub(super) const RECORD_DAMAGED: Explanation = explained(
    "a record can not be trusted",
    "A file in `.migrate/applied` does not parse, is under another name, names files that its migration never \
     touches, or would put back more than the settings it names. `down` would follow it. Of what only this machine \
     has, ledgers and receipts in git's own folder, what is damaged is left out with a warning.",
    &[
        "after a merge: take out the conflict markers and keep both sides",
        "a copy, a folder or a link in its place: move it away",
        "a migration file that names other files by now: `migrate accept NAME`",
        "else look for the last good one: `git log -p -- .migrate/applied`",
    ],
);

pub(super) const RECORD_NEWER: Explanation = explained(
    "a record was written by a newer version",
    "Its format is not known to this version, which could misread it.",
    &["install the version that wrote it, or a later one"],
);

pub(super) const RECORD_IGNORED: Explanation = explained(
    "git ignores the records",
    "Records tell other clones what is applied. Where git leaves them out, the next clone applies the \
     migrations again. `migrate up` writes nothing then; `down` warns.",
    &[
        "add the line that the message names to the end of `.gitignore`, as `!/.migrate/`",
        "or remove the one that keeps them out: `git check-ignore -v --no-index .migrate/applied/record.toml`",
        "a sparse checkout leaves them out of this work tree: `git sparse-checkout add .migrate`",
    ],
);

pub(super) const DRIFT: Explanation = explained(
    "an applied setting no longer holds",
    "A migration is recorded as applied, and somebody changed what it wrote, or what it found right already; or \
     moved the file, or deleted the record. Found by `migrate verify` and `migrate check`.",
    &[
        "the change was meant: `migrate accept NAME`",
        "it was not, and the migration should hold again: `migrate redo NAME --on-conflict=revert`",
    ],
);

pub(super) const OUT_OF_ORDER: Explanation = explained(
    "two migrations that change the same setting are out of order",
    "A migration with a lower number, or the same, would run after one that changed the same setting, or go before it. \
     The result would depend on which clone ran what first. Which of two was applied later the values tell. With `order = \"linear\"` in `migrate.toml` any lower \
     number is refused.",
    &[
        "give the late one the next free number: `migrate renumber NAME`",
        "apply it all the same: `migrate up --out-of-order NAME`",
        "take both back: `migrate down NAME --cascade`",
    ],
);

pub(super) const NO_RULE: Explanation = explained(
    "`map` has no rule for a value",
    "A value that nobody thought of should be looked at, not guessed.",
    &["add it to `with`", "or leave such values alone: `else = \"keep\"`"],
);

pub(super) const LATER_EDIT: Explanation = explained(
    "a setting was changed after the migration wrote it",
    "`down` keeps later edits. Here the later edit is of the same setting, so there are three values and \
     only a person knows which is right; or the file was moved, or is not checked out, and may have the setting still.",
    &[
        "put back what the migration wrote, or what was before it, and run `migrate down` again",
        "keep the later edit: `migrate down NAME --on-conflict=keep`",
        "drop the later edit: `migrate down NAME --on-conflict=revert`",
        "decide in the file, between conflict markers: `migrate down NAME --on-conflict=markers`",
    ],
);

pub(super) const UNDECIDED: Explanation = explained(
    "a conflict of `down` waits for a decision",
    "`migrate down --on-conflict=markers` left conflict markers in a file, as `git merge` does: the setting as it \
     is now, as the migration wrote it, and as it was before. Until that is decided, other commands write nothing. \
     Where the files were put back meanwhile, nothing is recorded as taken back.",
    &[
        "look for the places: `git diff`, or `git mergetool`",
        "decide at each marker, save the file, then: `migrate down --continue`",
        "or put everything back as it was before: `migrate down --abort`",
    ],
);

pub(super) const VANISHED: Explanation = explained(
    "a migration is applied, and its file is gone",
    "A record says what it did, and no migration has its name: the file was deleted, or never came with the record. \
     What it did still holds, and `down` needs only the record. A new clone would not get it.",
    &[
        "bring the file back: `git log --diff-filter=D --name-only -- migrations` tells where it went",
        "or take it back: `migrate down NAME`",
    ],
);
