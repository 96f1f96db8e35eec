//! Versioned settings migrations for the configuration files of a repository, lossless to the byte.
//!
//! The modules are in reading order, from what knows nothing of the others to what knows all of them:
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
//! A program with migrations of its own is the built-in `main` with one line more:
//!
//! ```no_run
//! use settings_migrate::migration::BuiltIn;
//!
//! fn main() -> std::process::ExitCode {
//!     let migrations: Vec<BuiltIn> = settings_migrate::migrations::ALL.to_vec();
//!     settings_migrate::cli::run(&migrations)
//! }
//! ```

pub mod text;

pub mod value;

pub mod diagnostic;

mod parallel;

pub mod path;

pub mod fs;

#[cfg(feature = "tls")]
pub mod tls;

pub mod format;

pub mod tree;

pub mod op;

pub mod migration;

pub mod history;

pub mod plan;

pub mod report;

pub mod commit;

pub mod cli;

#[path = "../migrations/mod.rs"]
pub mod migrations;
