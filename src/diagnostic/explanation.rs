//! What every code means: why the tool stops there, how it prints, and what to type. The one source for
//! `migrate explain` and `docs/errors.md`.

mod tls;

use super::Code;

/// One code explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is the matter, as the rest of a sentence that starts with the code.
    pub title: &'static str,
    /// Why the tool stops, or warns, instead of going on.
    pub cause: &'static str,
    /// The ways on; each says what to do or type.
    pub mend: &'static [&'static str],
}

/// A real run for each code, as it prints; `tests/it/codes.rs` makes the file.
const EXAMPLES: &str = include_str!("examples.txt");

/// Opens each example.
const HEADING: &str = "\n## ";

impl Code {
    /// The message of this code as a run prints it.
    pub fn example(self) -> &'static str {
        let is_own = |section: &&str| section.starts_with(self.id());
        let section = EXAMPLES.split(HEADING).find(is_own).unwrap_or("");
        section.split_once('\n').map_or("", |(_, example)| example.trim_end())
    }

    pub const fn explanation(self) -> Explanation {
        match self {
            Self::KeyMode => tls::KEY_MODE,
            Self::Unchecked => tls::UNCHECKED,
            Self::KeyMismatch => tls::KEY_MISMATCH,
            Self::ObjectDropped => tls::OBJECT_DROPPED,
            Self::EndsSoon => tls::ENDS_SOON,
            Self::OneMachine => tls::ONE_MACHINE,
            Self::TlsFileMissing => tls::TLS_FILE_MISSING,
            Self::TlsFileUnreadable => tls::TLS_FILE_UNREADABLE,
            Self::NotPem => tls::NOT_PEM,
            Self::Swapped => tls::SWAPPED,
            Self::EncryptedKey => tls::ENCRYPTED_KEY,
            Self::Expired => tls::EXPIRED,
            Self::NotYetValid => tls::NOT_YET_VALID,
            Self::OtherCa => tls::OTHER_CA,
            Self::NotACa => tls::NOT_A_CA,
            Self::WrongUsage => tls::WRONG_USAGE,
            Self::HostNotCovered => tls::HOST_NOT_COVERED,
            Self::CommonNameOnly => tls::COMMON_NAME_ONLY,
            Self::Version1 => tls::VERSION_1,
            Self::WeakCertificate => tls::WEAK_CERTIFICATE,
            Self::KeyInGit => tls::KEY_IN_GIT,
            Self::Unverified => tls::UNVERIFIED,
            Self::NodeUnverified => tls::NODE_UNVERIFIED,
            Self::RelativePath => tls::RELATIVE_PATH,
            Self::TildePath => tls::TILDE_PATH,
            Self::NotStrict => tls::NOT_STRICT,
            Self::OpenFolder => tls::OPEN_FOLDER,
            Self::BadMode => tls::BAD_MODE,
            Self::ServerWithoutTls => tls::SERVER_WITHOUT_TLS,
            Self::NoHandshake => tls::NO_HANDSHAKE,
            Self::BadConfiguration => explained(
                "`migrate.toml` says something that is not understood",
                "The file does not parse, or holds a key or a kind of value that it can not have. A setting that was \
                 skipped in silence could let a run change what it must not, so nothing runs.",
                &["mend the marked line; the keys are `name`, `migrations`, `exclude` and the table `[vars]`"],
            ),
            Self::BadMigration => explained(
                "a migration file says something that is not understood",
                "The file is no TOML, has an unknown key, or asks for what can not be meant. It is checked as a whole \
                 before any file is looked at.",
                &[
                    "mend the marked line: docs/migrations.md lists what may stand there",
                    "let the editor check it while you type: `migrate schema > schema.json`",
                    "see the faults of all files at once: `migrate lint`",
                ],
            ),
            Self::UnknownMigration => explained(
                "no migration has this name, or it is not applied here",
                "A migration is named by its number, its slug, or both: `v0001`, `enable_ssl`, `v0001_enable_ssl`. \
                 `down` can take back only what a record says is applied.",
                &["see which there are, and what is applied: `migrate status`"],
            ),
            Self::UnknownVariable => explained(
                "a variable is not declared",
                "A value for a variable that no migration declares has no effect, so it is taken for a typing \
                 mistake. The same holds for `{{ name }}` in a migration file: other braces pass untouched, a plain \
                 name must be declared.",
                &[
                    "use the name that is declared: `migrate show NAME` lists them",
                    "or declare it in the migration, under `[vars]`: `NAME = { default = \"VALUE\" }`",
                    "for the literal text in a migration file write `{{ \"{{name}}\" }}`",
                ],
            ),
            Self::MissingVariable => explained(
                "a variable has no value",
                "The migration needs a value that it can not know, such as a directory on your servers, and it has \
                 no default.",
                &[
                    "for this run: `migrate up --set NAME=VALUE`",
                    "for everyone, in migrate.toml under `[vars]`: `NAME = \"VALUE\"`",
                    "in the environment: `MIGRATE_VAR_NAME=VALUE`",
                ],
            ),
            Self::BadVariable => explained(
                "a variable has a value that it can not have",
                "The value is none of those the variable may have, is not of its kind, or would not work where it is \
                 written. This is told before anything is edited.",
                &["give another one: `migrate up --set NAME=VALUE`; the message says what is allowed"],
            ),
            Self::Usage => explained(
                "the command line asks for something that can not be done",
                "An argument is unknown, is missing, or means nothing here.",
                &["see what the command takes: `migrate help COMMAND`"],
            ),
            Self::UnusedVariable => explained(
                "a migration declares a variable that it never uses",
                "Whoever sets it expects an effect. Found by `migrate lint`.",
                &["remove it: `migrate lint --fix`", "or use it in the migration: `\"{{NAME}}\"`"],
            ),
            Self::Overlap => explained(
                "two operations of one step set the same setting",
                "The later one wins, and a reader of the first is misled. Found by `migrate lint`.",
                &["keep the one that is meant"],
            ),
            Self::HomePath => explained(
                "a migration writes a path in somebody's home folder",
                "Such a path works on one machine only. Found by `migrate lint`.",
                &[
                    "write a path from the root of the repository",
                    "or make it a variable, which each machine can set: `NAME = { kind = \"path\" }` under `[vars]`",
                ],
            ),
            Self::NoExample => explained(
                "a migration has no example",
                "An example shows a reviewer what the migration does, and `migrate test` holds it to that. Found by \
                 `migrate lint`.",
                &[
                    "add a `[[case]]` with `name`, `file`, `before` and an empty `after`, then let the tool fill it in: \
                     `migrate test --update`",
                ],
            ),
            Self::Invisible => explained(
                "a migration holds a character that nobody sees",
                "A reviewer can not see it, and it may change what a name or a value is. Found by `migrate lint`.",
                &["remove it: `migrate lint --fix`"],
            ),
            Self::NoTarget => explained(
                "no file matches",
                "A step that finds no file does nothing, which is most often a wrong path. So it has to be said when \
                 that is right.",
                &[
                    "mend the path: it starts at the root of the repository, and `**/` crosses folders",
                    "some repositories lack the file? add `optional = true` to the step",
                ],
            ),
            Self::OutsideRepository => explained(
                "a path or link leaves the repository",
                "Only files of the repository are read and written. A link could lead a change anywhere on the \
                 machine.",
                &[
                    "leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml",
                    "or put a real file in the place of the link",
                ],
            ),
            Self::ReadOnlyFile => explained(
                "a file that would change is read-only",
                "Somebody said that it must not be written.",
                &["make it writable: `chmod u+w PATH`", "or leave it out: `migrate up --except 'PATH'`"],
            ),
            Self::NotAFile => explained(
                "something that is no regular file stands where a file is expected",
                "A folder, pipe or device can not be edited, and opening one may never end.",
                &["name a file", "or leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml"],
            ),
            Self::TooLarge => explained(
                "a file is larger than what is read",
                "No configuration file is that large, and a parser could run for minutes.",
                &["leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml"],
            ),
            Self::HardLinked => explained(
                "a file is one of several hard links",
                "A changed file is put in the place of the old one. The other names of the old one keep its text.",
                &["let them part: `--hardlinks=break`", "or leave the file out: `migrate up --except 'PATH'`"],
            ),
            Self::OwnerLost => explained(
                "the owner of a file can not be kept",
                "A changed file is a new one, and only the superuser may give files away.",
                &["run the command as the owner of the file", "or make the file yours: `--allow-owner-change`"],
            ),
            Self::NotFound => explained(
                "a setting, a text or a file is not there",
                "A path of a migration must mean something in every file that it edits. Where it does not, it is \
                 most often misspelled, or the file has another layout.",
                &[
                    "mend the path; the nearest key is marked",
                    "some files lack it? add `if_present = true` to the operation",
                    "to make new tables on the way, add `create = true`",
                ],
            ),
            Self::Unexpected => explained(
                "the old value is not what the migration expects",
                "The operation says with `was` what it replaces, or a file that it creates is there already. \
                 Something else stands there, and overwriting it could lose a decision.",
                &[
                    "look at the marked value; if it may be replaced, accept it too: `was = { any = [..., ...] }`",
                    "for a file: `if_exists = \"keep\"` or `if_exists = \"replace\"`",
                ],
            ),
            Self::Guard => explained(
                "a condition for this migration does not hold",
                "A `[[require]]` does not hold, a migration of `needs` is not applied, or `[down]` says that it is never \
                 taken back.",
                &[
                    "do what the message asks for first, as in: `migrate up SLUG`",
                    "or change the condition in the migration, if it is wrong",
                ],
            ),
            Self::Unmet => explained(
                "what a migration ensures does not hold after it",
                "An `[[ensure]]` is what the migration promises. Its steps did not keep it, so nothing is written.",
                &["mend the steps, or the `[[ensure]]`, then see: `migrate test NAME`"],
            ),
            Self::DoesNotParse => explained(
                "a file is not valid in its own language",
                "What can not be read can not be edited safely. The fault was there before the migration, or the \
                 text that a migration writes in makes one.",
                &["mend the marked line", "or leave the file out: `migrate up --except 'PATH'`"],
            ),
            Self::NotText => explained(
                "a file is not text that can be read",
                "It is binary, or in a character set that its format does not have. Reading it as something else \
                 would break characters.",
                &["save it as UTF-8", "or leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml"],
            ),
            Self::Duplicate => explained(
                "a key stands more than once",
                "Readers disagree about which one counts, so an edit of one may have no effect.",
                &["delete all but one"],
            ),
            Self::Template => explained(
                "a file is a template",
                "It becomes a configuration file only once a template engine has filled it in. What its settings \
                 mean is not known before.",
                &[
                    "edit the values that the template reads, or its text: `{ replace = \"OLD\", to = \"NEW\" }` with \
                     `format = \"lines\"` in the step",
                    "or leave it out: `except` in the step, `exclude` in migrate.toml",
                ],
            ),
            Self::Computed => explained(
                "a setting is computed by code",
                "Only literals can be edited as data. A call, an expression or a statement that may override the \
                 setting decides its value when the program runs.",
                &[
                    "edit where the value comes from, such as the `.env` file that the call reads",
                    "or change the text: `{ replace = \"OLD\", to = \"NEW\" }`",
                ],
            ),
            Self::Ambiguous => explained(
                "more than one place could be meant",
                "A plain path or text must mean exactly one place, so that no edit comes as a surprise.",
                &[
                    "say which: `site = 2`, `expect = 3`, or a longer text",
                    "all of them are meant? `site = \"*\"`, `every = true`, or `[*]` in the path",
                ],
            ),
            Self::Aliased => explained(
                "a value is shared by an alias",
                "A YAML alias stands for the value of its anchor. An edit through one alias would change every \
                 place that uses it.",
                &["edit the anchor, and so all of them: the message names it", "or write the value out by hand first"],
            ),
            Self::Unsupported => explained(
                "this edit is not possible in this format or place",
                "The format has no such value, or the edit could not be made without touching bytes that are not \
                 meant.",
                &["make the edit by hand", "or change the text: `{ replace = \"OLD\", to = \"NEW\" }`"],
            ),
            Self::NotVerified => explained(
                "an edit did not pass its own verification",
                "Every edited file is parsed again and must mean exactly the old values plus the change. This one \
                 does not, which is a fault of this tool. Nothing was written.",
                &["please report it, with the lines around the place", "meanwhile: `migrate up --except 'PATH'`"],
            ),
            Self::Question => explained(
                "the tool can not decide this for you",
                "Two answers are possible, and the wrong one breaks something. Often a choice of one side is enough.",
                &["read the message: it names the choices and what to type for each"],
            ),
            Self::MigrationFailed => explained(
                "a compiled migration failed",
                "The Rust code of the migration ended with an error that has no code of its own.",
                &["the message is the migration's own; ask whoever wrote it"],
            ),
            Self::Edited => explained(
                "a migration file was edited after it was applied",
                "What it did stays as it was done. The file now says something else, and another clone would get \
                 that. Comments, the title and examples do not count.",
                &[
                    "see the edit, and undo it if it was not meant: `git log -p -- migrations/FILE`",
                    "or take it back and apply it as it is: `migrate redo NAME`",
                    "or write a further migration: `migrate new NAME`",
                ],
            ),
            Self::SameNumber => explained(
                "two migrations have the same number or name",
                "The name identifies a migration in its record, so it must be its own. The number only orders: two \
                 branches may have taken the same one, and which of them goes first is not said.",
                &["give one of them the next free number: `migrate renumber NAME`"],
            ),
            Self::RecordDamaged => explained(
                "a record can not be trusted",
                "A file in `.migrate/applied` does not parse, or names files that its migration never touches. \
                 `down` would follow it.",
                &[
                    "after a merge: take out the conflict markers and keep both sides",
                    "else look for the last good one: `git log -p -- .migrate/applied`",
                ],
            ),
            Self::RecordNewer => explained(
                "a record was written by a newer version",
                "Its format is not known to this version, which could misread it.",
                &["install the version that wrote it, or a later one"],
            ),
            Self::RecordIgnored => explained(
                "git ignores the records",
                "Records tell other clones what is applied. Where git leaves them out, the next clone applies the \
                 migrations again. This is a warning.",
                &["find the line that keeps them out: `git check-ignore -v --no-index .migrate/applied/record.toml`"],
            ),
            Self::Drift => explained(
                "an applied setting no longer holds",
                "A migration is recorded as applied, and somebody changed what it wrote. Found by `migrate verify` and \
                 `migrate check`.",
                &[
                    "the change was meant: `migrate accept NAME`",
                    "it was not, and the migration should hold again: `migrate redo NAME`",
                ],
            ),
            Self::OutOfOrder => explained(
                "two migrations that change the same setting are out of order",
                "A migration with a lower number would run after, or go before, one that changed the same setting. The \
                 result would depend on which clone ran what first.",
                &[
                    "give the late one the next free number: `migrate renumber NAME`",
                    "apply it all the same: `migrate up --out-of-order NAME`",
                    "take both back: `migrate down NAME --cascade`",
                ],
            ),
            Self::NoRule => explained(
                "`map` has no rule for a value",
                "A value that nobody thought of should be looked at, not guessed.",
                &["add it to `with`", "or leave such values alone: `else = \"keep\"`"],
            ),
            Self::LaterEdit => explained(
                "a setting was changed after the migration wrote it",
                "`down` keeps later edits. Here the later edit is of the same setting, so there are three values and \
                 only a person knows which is right.",
                &[
                    "put back what the migration wrote, or what was before it, and run `migrate down` again",
                    "keep the later edit: `migrate down NAME --on-conflict=keep`",
                    "drop the later edit: `migrate down NAME --on-conflict=revert`",
                ],
            ),
            Self::SecretInMigration => explained(
                "a migration would put a secret into git",
                "Migration files are committed. A password in one stays in the history for ever.",
                &[
                    "take it from the environment: `NAME = { env = \"NAME\", secret = true }` under `[vars]`, and \
                     `\"{{NAME}}\"` in its place",
                    "it is no secret? add `secret = false` to the operation",
                ],
            ),
            Self::SecretInReport => explained(
                "a report would show a secret",
                "A patch holds the changed lines as they are, and one of them has a secret in it. Patches are sent \
                 around and kept. Nothing was written.",
                &[
                    "put it into a file that only you can read: `--report patch=FILE --show-secrets`",
                    "or leave the file out: `--except GLOB`",
                ],
            ),
            Self::Declined => explained(
                "the run was stopped before it wrote anything",
                "Somebody answered no, or a signal came.",
                &["look first: `migrate up -n`", "answer beforehand: `migrate up --yes`"],
            ),
            Self::PlanChanged => explained(
                "the plan is not the one that was approved",
                "`--expect` names a plan by its content. Since it was approved the repository, the migrations or the \
                 variables have changed.",
                &["look at the present plan: `migrate plan`", "then apply that one: `migrate up --expect PLAN`"],
            ),
            Self::NeedsPerson => explained(
                "an interrupted run can not be finished by the tool alone",
                "The journal of the run is damaged, or the disk failed between two files.",
                &["when the disk works again: `migrate recover`", "see what git says changed: `git status`"],
            ),
            Self::Pending => explained(
                "migrations are not applied yet",
                "Found by `migrate check`, which fails unless everything is applied.",
                &[
                    "look first, then apply them: `migrate up -n`, `migrate up`",
                    "they are meant to wait? `migrate check --pending allow`",
                ],
            ),
            Self::Stale => explained(
                "a file was changed while the run was under way",
                "Somebody saved it between the plan and the commit. That change is kept, and nothing was written.",
                &["run the command again"],
            ),
            Self::Locked => explained(
                "another run is under way here",
                "One run writes at a time in one work tree. A run that has died holds nothing.",
                &["wait for it, or give this run more time: `--lock-timeout SECONDS`"],
            ),
            Self::Machine => explained(
                "the machine did not do what was asked",
                "A file could not be read or written, or git did not answer. Nothing was written.",
                &["mend what the message says: space, permissions, git", "then run the command again"],
            ),
            Self::NotWritable => explained(
                "a folder does not take new files",
                "A changed file is put in the place of the old one, so its folder must be writable. Nothing was written.",
                &["make the folder writable: `chmod u+w FOLDER`", "or mount the file system so that it can be written"],
            ),
            Self::NoSpace => explained(
                "the disk has no room for the change",
                "All new files are written before the first old one goes, so both must fit. Nothing was written.",
                &["make room on that disk", "then run the command again"],
            ),
        }
    }
}

const fn explained(title: &'static str, cause: &'static str, mend: &'static [&'static str]) -> Explanation {
    Explanation { title, cause, mend }
}
