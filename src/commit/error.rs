//! Why nothing was committed, and what to do then.

use std::io::ErrorKind;
use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::fs::{is_link, mend};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    #[error("`{path}` was changed while the plan was made")]
    Stale { path: String },
    #[error("`{path}` is a link, and what lies behind it is not written")]
    Link { path: String },
    #[error("{} files can not be changed as asked", .found.len())]
    Refused {
        /// All that was found, warnings too.
        found: Vec<Diagnostic>,
    },
    #[error("another run holds the lock: {holder}")]
    Locked {
        holder: String,
        /// The file that a person deletes when the run it names is gone for good; `None` where that is never needed.
        file: Option<String>,
    },
    #[error("an interrupted run left `{path}` neither old nor new")]
    Interrupted { path: String },
    #[error("an interrupted run left `{path}` neither old nor new, and the repository stands on another commit since")]
    OtherTree { path: String, then: String, now: String },
    #[error("the journal of an interrupted run is damaged: {why}")]
    Damaged {
        why: String,
        /// The folder of the transaction.
        folder: String,
        /// What each target is, where the journal still tells.
        targets: Vec<String>,
    },
    #[error("the journal of an interrupted run has format {format}, of migrate {tool}; this is {}", env!("CARGO_PKG_VERSION"))]
    Newer { format: u32, tool: String },
    #[error("an interrupted run can not be recovered on a read-only file system: {why}")]
    ReadOnly { why: String },
    #[error("stopped before anything was decided")]
    Stopped,
    #[error("this run was decided and is not done, since the disk failed: {why}")]
    HalfDone { why: String },
    #[error("failed to {what} `{path}`: {why}")]
    Io { what: &'static str, path: String, kind: ErrorKind, why: String },
}

impl CommitError {
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        match self {
            Self::Refused { found } => found.clone(),
            _ => vec![self.diagnostic()],
        }
    }

    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Refused { .. } => Diagnostic::error(Code::Declined, self.to_string())
                .note("nothing was written")
                .help("look first: migrate up -n"),
            Self::Stale { path } => Diagnostic::error(Code::Stale, self.to_string())
                .at(Location::file(path.clone()))
                .note("nothing was written, and that change is kept")
                .help("run the command again"),
            Self::Link { path } => Diagnostic::error(Code::OutsideRepository, self.to_string())
                .at(Location::file(path.clone()))
                .note("nothing was written")
                .help("put a real folder or file in its place"),
            Self::Locked { file, .. } => {
                let diagnostic = Diagnostic::error(Code::Locked, self.to_string())
                    .note("nothing was written")
                    .help("wait for it, or give this run more time: --lock-timeout SECONDS");
                match file {
                    Some(file) => diagnostic.help(format!("if that run is gone for good: rm '{file}'")),
                    None => diagnostic,
                }
            }
            Self::Interrupted { path } => Diagnostic::error(Code::Stale, self.to_string())
                .at(Location::file(path.clone()))
                .note("that change is kept, and what the run had written was taken back")
                .help("run the command again"),
            Self::OtherTree { path, then, now } => Diagnostic::error(Code::NeedsPerson, self.to_string())
                .at(Location::file(path.clone()))
                .note(format!("the run stood on {then}, and this is {now}; nothing was touched"))
                .help("to finish the run, and keep what is neither old nor new: migrate recover --forward")
                .help("to take it back, and keep that too: migrate recover --back"),
            Self::Damaged { folder, targets, .. } => {
                let start = Diagnostic::error(Code::NeedsPerson, self.to_string()).note("nothing was touched");
                let named = targets.iter().fold(start, |diagnostic, target| diagnostic.note(target));
                named.help(format!("put right by hand what is there, then: rm -r '{folder}'"))
            }
            Self::Newer { tool, .. } => Diagnostic::error(Code::NeedsPerson, self.to_string())
                .note("nothing was touched")
                .help(format!("run migrate {tool} or later: migrate recover")),
            Self::ReadOnly { .. } => Diagnostic::error(Code::NeedsPerson, self.to_string())
                .note("nothing was changed")
                .help("when it can be written again: migrate recover"),
            Self::Stopped => Diagnostic::error(Code::Declined, self.to_string())
                .note("nothing was written")
                .help("run the command again"),
            Self::HalfDone { .. } => Diagnostic::error(Code::NeedsPerson, self.to_string())
                .note("some files may be written and others not; the journal is whole, and says what belongs where")
                .help("when the disk works again: migrate recover"),
            Self::Io { path, kind, .. } => {
                Diagnostic::error(Code::Machine, self.to_string()).note("nothing was written").help(mend(*kind, path))
            }
        }
    }
}

/// The result of a call on `path`, as people are told of it.
pub(super) fn io<T>(what: &'static str, path: &Path, result: std::io::Result<T>) -> Result<T, CommitError> {
    result.map_err(|error| {
        let path = path.display().to_string();
        if is_link(&error) {
            return CommitError::Link { path };
        }
        CommitError::Io { what, path, kind: error.kind(), why: error.to_string() }
    })
}
