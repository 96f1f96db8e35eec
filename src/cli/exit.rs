//! The exit codes, one meaning each.

use std::process::ExitCode;

use crate::diagnostic::{Diagnostic, Kind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Findings: something is pending or has drifted, and the command was asked to say so.
    Findings = 1,
    /// Wrong usage, or a `migrate.toml` that does not parse.
    Usage = 2,
    /// Refused; nothing was written.
    Refused = 3,
    /// The machine: I/O, a lock that is held; nothing was written, or rolled back.
    Machine = 4,
    /// An interrupted run needs a person.
    Person = 5,
    /// Stopped by Ctrl-C before anything was written.
    Interrupted = 130,
    /// Stopped by another signal before anything was written.
    Terminated = 143,
}

impl Exit {
    /// What `plan --detailed-exitcode` says of a plan that changes something, and of an error: as terraform does.
    pub const CHANGES: Self = Self::Usage;
    pub const ERROR: Self = Self::Findings;

    /// The code that the worst of `diagnostics` asks for.
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        diagnostics.iter().map(|diagnostic| Self::of_kind(diagnostic.code.kind())).max().unwrap_or(Self::Refused)
    }

    /// What a command that judges comes to.
    pub fn of_findings(findings: &[Diagnostic]) -> Self {
        match findings.iter().map(|finding| finding.code.kind()).max() {
            None => Self::Done,
            Some(Kind::Person) => Self::Person,
            Some(_) => Self::Findings,
        }
    }

    fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Finding => Self::Findings,
            Kind::Usage => Self::Usage,
            Kind::Refusal => Self::Refused,
            Kind::Machine => Self::Machine,
            Kind::Person => Self::Person,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
