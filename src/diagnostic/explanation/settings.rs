//! What is wrong with settings, and with what is asked of them.

use super::{Explanation, explained};

pub(super) const NOT_FOUND: Explanation = explained(
    "a setting, a text or a file is not there",
    "A path of a migration must mean something in every file that it edits. Where it does not, it is \
     most often misspelled, or the file has another layout.",
    &[
        "mend the path; the nearest key is marked",
        "some files lack it? add `if_present = true` to the operation",
        "to make new tables on the way, add `create = true`",
    ],
);

pub(super) const UNEXPECTED: Explanation = explained(
    "the old value is not what the migration expects",
    "The operation says with `was` what it replaces, or a file that it creates is there already. \
     Something else stands there, and overwriting it could lose a decision.",
    &[
        "look at the marked value; if it may be replaced, accept it too: `was = { any = [..., ...] }`",
        "for a file: `if_exists = \"keep\"` or `if_exists = \"replace\"`",
    ],
);

pub(super) const GUARD: Explanation = explained(
    "a condition for this migration does not hold",
    "A `[[require]]` does not hold, a migration of `needs` is not applied, or `[down]` says that it is never \
     taken back.",
    &[
        "do what the message asks for first, as in: `migrate up SLUG`",
        "or change the condition in the migration, if it is wrong",
    ],
);

pub(super) const UNMET: Explanation = explained(
    "what a migration ensures does not hold after it",
    "An `[[ensure]]` is what the migration promises. Its steps did not keep it, so nothing is written.",
    &["mend the steps, or the `[[ensure]]`, then see: `migrate test NAME`"],
);

pub(super) const DOES_NOT_PARSE: Explanation = explained(
    "a file is not valid in its own language",
    "What can not be read can not be edited safely. The fault was there before the migration, or the \
     text that a migration writes in makes one.",
    &["mend the marked line", "or leave the file out: `migrate up --except 'PATH'`"],
);

pub(super) const NOT_TEXT: Explanation = explained(
    "a file is not text that can be read",
    "It is binary, or in a character set that its format does not have. Reading it as something else \
     would break characters.",
    &["save it as UTF-8", "or leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml"],
);

pub(super) const DUPLICATE: Explanation = explained(
    "a key stands more than once",
    "Readers disagree about which one counts, so an edit of one may have no effect.",
    &["delete all but one"],
);

pub(super) const TEMPLATE: Explanation = explained(
    "a file is a template",
    "It becomes a configuration file only once a template engine has filled it in. What its settings \
     mean is not known before.",
    &[
        "edit the values that the template reads, or its text: `{ replace = \"OLD\", to = \"NEW\" }`",
        "or leave it out: `except` in the step, `exclude` in migrate.toml",
    ],
);

pub(super) const COMPUTED: Explanation = explained(
    "a setting is computed by code",
    "Only literals can be edited as data. A call, an expression or a statement that may override the \
     setting decides its value when the program runs.",
    &[
        "edit where the value comes from, such as the `.env` file that the call reads",
        "or change the text: `{ replace = \"OLD\", to = \"NEW\" }`",
    ],
);

pub(super) const AMBIGUOUS: Explanation = explained(
    "more than one place could be meant",
    "A plain path or text must mean exactly one place, so that no edit comes as a surprise.",
    &[
        "say which: `site = 2`, `expect = 3`, or a longer text",
        "all of them are meant? `site = \"*\"`, `every = true`, or `[*]` in the path",
    ],
);

pub(super) const ALIASED: Explanation = explained(
    "a value is shared by an alias",
    "A YAML alias stands for the value of its anchor. An edit through one alias would change every \
     place that uses it.",
    &[
        "edit the anchor, and so all of them: the message names it",
        "or give this one a copy of its own: `unshare = true` in the operation",
    ],
);

pub(super) const UNSUPPORTED: Explanation = explained(
    "this edit is not possible in this format or place",
    "The format has no such value, or the edit could not be made without touching bytes that are not \
     meant.",
    &["make the edit by hand", "or change the text: `{ replace = \"OLD\", to = \"NEW\" }`"],
);

pub(super) const NOT_VERIFIED: Explanation = explained(
    "an edit did not pass its own verification",
    "Every edited file is parsed again and must mean exactly the old values plus the change. This one \
     does not, which is a fault of this tool. Nothing was written.",
    &["please report it, with the lines around the place", "meanwhile: `migrate up --except 'PATH'`"],
);

pub(super) const QUESTION: Explanation = explained(
    "the tool can not decide this for you",
    "Two answers are possible, and the wrong one breaks something. Often a choice of one side is enough.",
    &["read the message: it names the choices and what to type for each"],
);

pub(super) const MIGRATION_FAILED: Explanation = explained(
    "a compiled migration failed",
    "The Rust code of the migration ended with an error that has no code of its own.",
    &["the message is the migration's own; ask whoever wrote it"],
);
