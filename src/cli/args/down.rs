//! The arguments of the commands that take back.

use clap::{Args, ValueEnum};

use super::Writing;
use crate::plan::OnConflict;

/// What makes no sense beside the way on from a conflict.
const OTHERS: [&str; 8] = ["names", "last", "to", "cascade", "on_conflict", "forget", "reason", "value"];

#[derive(Args, Debug)]
pub(crate) struct DownArguments {
    /// The migrations to take back; without one, the applied one with the highest number
    #[arg(value_name = "MIGRATION")]
    pub names: Vec<String>,
    /// The last N applied ones
    #[arg(long, value_name = "N", conflicts_with_all = ["names", "to"])]
    pub last: Option<usize>,
    /// Every one behind this version
    #[arg(long, value_name = "VERSION", conflicts_with = "names")]
    pub to: Option<String>,
    /// Take back what was applied later and touched the same settings, too
    #[arg(long)]
    pub cascade: bool,
    /// What becomes of settings that were changed since
    #[arg(long, value_name = "HOW", default_value = "refuse")]
    pub on_conflict: ConflictKind,
    /// The conflicts that --on-conflict=markers left are decided: record it
    #[arg(long = "continue", conflicts_with_all = OTHERS, conflicts_with = "abort")]
    pub resume: bool,
    /// Put everything back as it was before --on-conflict=markers
    #[arg(long, conflicts_with_all = OTHERS)]
    pub abort: bool,
    /// Remove the record, as if the migration had never been applied
    #[arg(long)]
    pub forget: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The old value of a secret that nothing here remembers, from the environment (repeatable)
    #[arg(long, value_name = "PLACE=env:VARIABLE")]
    pub value: Vec<String>,
    #[command(flatten)]
    pub writing: Writing,
}

#[derive(Args, Debug)]
pub(crate) struct RedoArguments {
    /// The migration, as v0001, enable_ssl or v0001_enable_ssl
    #[arg(value_name = "MIGRATION", required = true)]
    pub name: String,
    /// What becomes of settings that were changed since
    #[arg(long, value_name = "HOW", default_value = "refuse")]
    pub on_conflict: RedoConflictKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConflictKind {
    /// Nothing is taken back
    Refuse,
    /// The later edit stays
    Keep,
    /// The setting becomes what it was before the migration
    Revert,
    /// Conflict markers are written into the file, as `git merge` does, for you to decide
    Markers,
}

impl From<ConflictKind> for OnConflict {
    fn from(kind: ConflictKind) -> Self {
        match kind {
            ConflictKind::Refuse => Self::Refuse,
            ConflictKind::Keep => Self::Keep,
            ConflictKind::Revert => Self::Revert,
            ConflictKind::Markers => Self::Markers,
        }
    }
}

/// As [`ConflictKind`], without a person to wait for between the two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RedoConflictKind {
    /// Nothing is written
    Refuse,
    /// What the migration does not write again stays as it was edited
    Keep,
    /// The setting becomes what it was before the migration, which is then applied to it
    Revert,
}

impl From<RedoConflictKind> for OnConflict {
    fn from(kind: RedoConflictKind) -> Self {
        match kind {
            RedoConflictKind::Refuse => Self::Refuse,
            RedoConflictKind::Keep => Self::Keep,
            RedoConflictKind::Revert => Self::Revert,
        }
    }
}
