//! What is wrong in migrations, in the configuration and on the command line.

use super::{Explanation, explained};

pub(super) const BAD_CONFIGURATION: Explanation = explained(
    "`migrate.toml` says something that is not understood",
    "The file does not parse, or holds a key or a kind of value that it can not have. A setting that was \
     skipped in silence could let a run change what it must not, so nothing runs.",
    &["mend the marked line; the keys are `name`, `migrations`, `order`, `exclude` and the table `[vars]`"],
);

pub(super) const BAD_MIGRATION: Explanation = explained(
    "a migration file says something that is not understood",
    "The file is no TOML, has an unknown key, or asks for what can not be meant. It is checked as a whole \
     before any file is looked at.",
    &[
        "mend the marked line: docs/migrations.md lists what may stand there",
        "let the editor check it while you type: `migrate schema > schema.json`",
        "see the faults of all files at once: `migrate lint`",
    ],
);

pub(super) const UNKNOWN_MIGRATION: Explanation = explained(
    "no migration has this name, or it is not applied here",
    "A migration is named by its number, its slug, or both: `v0001`, `enable_ssl`, `v0001_enable_ssl`. \
     `down` can take back only what a record says is applied.",
    &["see which there are, and what is applied: `migrate status`"],
);

pub(super) const UNKNOWN_VARIABLE: Explanation = explained(
    "a variable is not declared",
    "A value for a variable that no migration declares has no effect, so it is taken for a typing \
     mistake. The same holds for `{{ name }}` in a migration file: other braces pass untouched, a plain \
     name must be declared.",
    &[
        "use the name that is declared: `migrate show NAME` lists them",
        "or declare it in the migration, under `[vars]`: `NAME = { default = \"VALUE\" }`",
        "for the literal text in a migration file write `{{ \"{{name}}\" }}`",
    ],
);

pub(super) const MISSING_VARIABLE: Explanation = explained(
    "a variable has no value",
    "The migration needs a value that it can not know, such as a directory on your servers, and it has \
     no default.",
    &[
        "for this run: `migrate up --set NAME=VALUE`",
        "for everyone, in migrate.toml under `[vars]`: `NAME = \"VALUE\"`",
        "in the environment: `MIGRATE_VAR_NAME=VALUE`",
    ],
);

pub(super) const BAD_VARIABLE: Explanation = explained(
    "a variable has a value that it can not have",
    "The value is none of those the variable may have, is not of its kind, or would not work where it is \
     written. This is told before anything is edited.",
    &["give another one: `migrate up --set NAME=VALUE`; the message says what is allowed"],
);

pub(super) const USAGE: Explanation = explained(
    "the command line asks for something that can not be done",
    "An argument is unknown, is missing, or means nothing here.",
    &["see what the command takes: `migrate help COMMAND`"],
);

pub(super) const UNUSED_VARIABLE: Explanation = explained(
    "a migration declares a variable that it never uses",
    "Whoever sets it expects an effect. Found by `migrate lint`.",
    &["remove it: `migrate lint --fix`", "or use it in the migration: `\"{{NAME}}\"`"],
);

pub(super) const OVERLAP: Explanation = explained(
    "two operations of one step set the same setting",
    "The later one wins, and a reader of the first is misled. Found by `migrate lint`.",
    &["keep the one that is meant"],
);

pub(super) const HOME_PATH: Explanation = explained(
    "a migration writes a path in somebody's home folder",
    "Such a path works on one machine only. Found by `migrate lint`.",
    &[
        "write a path from the root of the repository",
        "or make it a variable, which each machine can set: `NAME = { kind = \"path\" }` under `[vars]`",
    ],
);

pub(super) const NO_EXAMPLE: Explanation = explained(
    "a migration has no example",
    "An example shows a reviewer what the migration does, and `migrate test` holds it to that. Found by \
     `migrate lint`.",
    &["add a `[[case]]` with `name`, `file`, `before` and an empty `after`, then let the tool fill it in: \
         `migrate test --update`"],
);

pub(super) const NEEDLESS_WAY_BACK: Explanation = explained(
    "a migration declares a way back that its record gives anyway",
    "What `up` did is recorded to the byte, and taken back around what people edited since. Steps of `[down]` are for what \
     a record can not hold, as the old value of a secret; elsewhere they are one more thing to go wrong. Found by \
     `migrate lint`.",
    &["remove `[down]` with its steps"],
);

pub(super) const INVISIBLE: Explanation = explained(
    "a migration holds a character that nobody sees",
    "A reviewer can not see it, or takes it for a plain space, and it may change what a name or a value is. Found by \
     `migrate lint`.",
    &[
        "remove it: `migrate lint --fix`",
        "a space that looks like the plain one is written as its escape by that, and stays what it is",
    ],
);
