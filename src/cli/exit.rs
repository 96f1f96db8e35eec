//! The exit codes, one meaning each.

use std::process::ExitCode;

use crate::diagnostic::{Code, Diagnostic};

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
        diagnostics.iter().map(|diagnostic| Self::of_code(diagnostic.code)).max().unwrap_or(Self::Refused)
    }

    fn of_code(code: Code) -> Self {
        match code {
            Code::BadConfiguration
            | Code::BadMigration
            | Code::SameNumber
            | Code::UnknownMigration
            | Code::UnknownVariable
            | Code::MissingVariable
            | Code::BadVariable
            | Code::Usage => Self::Usage,
            Code::OutsideRepository
            | Code::ReadOnlyFile
            | Code::NotAFile
            | Code::TooLarge
            | Code::UnusedVariable
            | Code::Overlap
            | Code::HomePath
            | Code::NoExample
            | Code::Invisible
            | Code::NoTarget
            | Code::HardLinked
            | Code::OwnerLost
            | Code::NotFound
            | Code::Unexpected
            | Code::Guard
            | Code::Unmet
            | Code::NoRule
            | Code::Edited
            | Code::OutOfOrder
            | Code::SecretInMigration
            | Code::SecretInReport
            | Code::DoesNotParse
            | Code::NotText
            | Code::Duplicate
            | Code::Template
            | Code::Computed
            | Code::Ambiguous
            | Code::Aliased
            | Code::Unsupported
            | Code::NotVerified
            | Code::Question
            | Code::MigrationFailed
            | Code::RecordDamaged
            | Code::RecordNewer
            | Code::RecordIgnored
            | Code::LaterEdit
            | Code::Declined
            | Code::PlanChanged
            | Code::Stale => Self::Refused,
            Code::KeyMode
            | Code::Unchecked
            | Code::KeyMismatch
            | Code::ObjectDropped
            | Code::EndsSoon
            | Code::OneMachine
            | Code::TlsFileMissing
            | Code::TlsFileUnreadable
            | Code::NotPem
            | Code::Swapped
            | Code::EncryptedKey
            | Code::Expired
            | Code::NotYetValid
            | Code::OtherCa
            | Code::NotACa
            | Code::WrongUsage
            | Code::HostNotCovered
            | Code::CommonNameOnly
            | Code::Version1
            | Code::WeakCertificate
            | Code::KeyInGit
            | Code::Unverified
            | Code::NodeUnverified
            | Code::RelativePath
            | Code::TildePath
            | Code::NotStrict
            | Code::OpenFolder
            | Code::BadMode
            | Code::ServerWithoutTls
            | Code::NoHandshake
            | Code::Drift
            | Code::Pending => Self::Findings,
            Code::Locked | Code::Machine | Code::NotWritable | Code::NoSpace => Self::Machine,
            Code::NeedsPerson => Self::Person,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
