//! What is wrong with files: which, where, whose.

use super::{Explanation, explained};

pub(super) const NO_TARGET: Explanation = explained(
    "no file matches",
    "A step that finds no file does nothing, which is most often a wrong path. So it has to be said when \
     that is right.",
    &[
        "mend the path: it starts at the root of the repository, and `**/` crosses folders",
        "some repositories lack the file? add `optional = true` to the step",
    ],
);

pub(super) const OUTSIDE_REPOSITORY: Explanation = explained(
    "a path or link leaves the repository",
    "Only files of the repository are read and written. A link could lead a change anywhere on the \
     machine.",
    &[
        "leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml",
        "or put a real file in the place of the link",
    ],
);

pub(super) const READ_ONLY_FILE: Explanation = explained(
    "a file that would change is read-only",
    "Somebody said that it must not be written.",
    &["make it writable: `chmod u+w PATH`", "or leave it out: `migrate up --except 'PATH'`"],
);

pub(super) const NOT_A_FILE: Explanation = explained(
    "something that is no regular file stands where a file is expected",
    "A folder, pipe or device can not be edited, and opening one may never end.",
    &["name a file", "or leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml"],
);

pub(super) const TOO_LARGE: Explanation = explained(
    "a file is larger than what is read",
    "No configuration file is that large, and a parser could run for minutes.",
    &["leave it out: `migrate up --except 'PATH'`, or `exclude` in migrate.toml"],
);

pub(super) const HARD_LINKED: Explanation = explained(
    "a file is one of several hard links",
    "A changed file is put in the place of the old one. The other names of the old one keep its text.",
    &["let them part: `--hardlinks=break`", "or leave the file out: `migrate up --except 'PATH'`"],
);

pub(super) const OWNER_LOST: Explanation = explained(
    "the owner of a file can not be kept",
    "A changed file is a new one, and only the superuser may give files away.",
    &["run the command as the owner of the file", "or make the file yours: `--allow-owner-change`"],
);

pub(super) const SAME_NAME: Explanation = explained(
    "two names are one on this disk",
    "Some disks take names for the same that differ in capitals only, or in how an accent is written. A change \
     of one file would be a change of another one.",
    &["give one of the files another name", "or leave it out: `migrate up --except 'PATH'`"],
);

pub(super) const FOREIGN_OWNER: Explanation = explained(
    "the repository belongs to another user",
    "What lies in it could have been made to mislead whoever runs a command there, so it is not followed: with git by git's own \
     rule, without git by the owners of the folder, of `.migrate` and of the migrations. With `sudo` the folders of who asked for it \
     count as one's own. Nothing was written.",
    &[
        "run the command as the owner of the folder",
        "you trust what lies there? with git: `git config --global --add safe.directory FOLDER`",
        "without git: `--safe-directory FOLDER`",
    ],
);

pub(super) const SHARED_FOLDER: Explanation = explained(
    "others may write to the folder of private keys",
    "Whoever may write to a folder can put another key in the place of one that lies there, unless the folder is sticky, as \
     `/tmp` is. Nothing was written.",
    &["take the right to write from the others: `chmod go-w FOLDER`", "or write to another folder: `--out DIR`"],
);
