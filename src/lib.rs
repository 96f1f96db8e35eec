//! Versioned settings migrations for the configuration files of a repository, lossless to the byte.
//!
//! Here is what a migration in Rust needs. The rest of the program is a library too, for its own tests and for reading, and
//! changes without notice; its modules are in reading order, from what knows nothing of the others to what knows all of them:
//!
//! | module | what it is |
//! | --- | --- |
//! | [`text`] | edits by span, lines, character sets |
//! | [`value`] | settings apart from how a file writes them: values, paths, secrets, URLs |
//! | [`diagnostic`] | what people are told, as data |
//! | [`path`], [`fs`] | a path that can not leave the repository; the one door to the file system |
//! | `tls` | certificates and keys: read, compared, made; what drivers say when TLS fails |
//! | [`format`](mod@format) | configuration languages: read into a tree with spans, answer a change with edits |
//! | [`tree`] | a repository as a value: on disk, in memory, with changes laid over |
//! | [`op`] | what a declarative migration can say of one file |
//! | [`migration`] | the trait of a migration, the catalogue, what a migration sees |
//! | [`history`] | records of what was applied |
//! | [`plan`] | pure: what `up` and `down` would change, where things stand |
//! | [`report`], [`commit`] | readers of a plan: for people and machines; onto the disk, all or nothing |
//! | [`cli`] | the command line |
//!
//! # A program with a migration of one's own
//!
//! The whole `main.rs`; a further migration is its file beside this one and its name in the list:
//!
//! ```ignore
#![doc = include_str!("../examples/own_program/main.rs")]
//! ```
//!
//! The migration, `v0002_quiet_logs.rs`:
//!
//! ```
#![doc = include_str!("../examples/own_program/v0002_quiet_logs.rs")]
//! ```
//!
//! `down`, the diff, the record and the verification are computed from what it changes. The settings it sees are
//! [`Node`](format::Node)s at [`KeyPath`](value::KeyPath)s of a [`Document`](migration::Document).

pub mod text;

pub mod value;

pub mod diagnostic;

mod parallel;

pub mod path;

#[doc(hidden)]
pub mod fs;

#[doc(hidden)]
#[cfg(feature = "tls")]
pub mod tls;

pub mod format;

#[doc(hidden)]
pub mod tree;

#[doc(hidden)]
pub mod op;

pub mod migration;

#[doc(hidden)]
pub mod history;

#[doc(hidden)]
pub mod plan;

#[doc(hidden)]
pub mod report;

#[doc(hidden)]
pub mod commit;

pub mod cli;

#[path = "../migrations/mod.rs"]
pub mod migrations;
