//! Why a record can not be used, and what brings a usable one.

use crate::diagnostic::{Code, Diagnostic, Location};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("the record {path} was written by a newer version of this tool (format {format})")]
    Newer { path: String, format: i64 },
    #[error("the record {path} is damaged: {why}")]
    Damaged { path: String, why: String, place: Box<Location> },
    #[error("the record {path} is damaged: it holds the markers of a merge that was not finished")]
    Merge { path: String, place: Box<Location> },
    #[error("the record {path} says `{key}` twice: two branches that were merged applied the migration differently")]
    Twice { path: String, key: String, place: Box<Location> },
    #[error("{path} is the record of `{slug}`, under another name")]
    Misnamed { path: String, slug: String },
    #[error("git has the record {path}, and leaves it out of this work tree")]
    LeftOut { path: String },
    #[error("the record {path} is a {what}, and no file")]
    NoFile { path: String, what: &'static str },
}

/// Deletes the lines that git puts around what it could not merge.
const WITHOUT_MARKERS: &str = "sed -i -E '/^(<{7}|[|]{7}|={7}|>{7})( |$)/d'";

impl RecordError {
    pub fn diagnostic(&self) -> Diagnostic {
        let base =
            |code, place: Location| Diagnostic::error(code, self.to_string()).at(place).note("nothing was written");
        match self {
            Self::Newer { path, .. } => base(Code::RecordNewer, Location::file(path.clone()))
                .help("install the version that wrote it, or a later one"),
            Self::Damaged { path, place, .. } => base(Code::RecordDamaged, (**place).clone())
                .help(format!("bring back the last good one: git checkout HEAD -- '{path}'"))
                .help(format!("git has it like that? see the ones before: git log -p -- '{path}'")),
            Self::Merge { path, place } => base(Code::RecordDamaged, (**place).clone())
                .help(format!("keep the edits of both sides: {WITHOUT_MARKERS} '{path}'")),
            Self::Twice { path, place, .. } => base(Code::RecordDamaged, (**place).clone()).help(format!(
                "take the record from the branch whose settings are kept: git checkout BRANCH -- {path}"
            )),
            Self::Misnamed { path, slug } => {
                let own = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
                base(Code::RecordDamaged, Location::file(path.clone()))
                    .help(format!("it is a copy? remove it: rm '{path}'"))
                    .help(format!("it lost its name? give it back: mv '{path}' '{own}{slug}.toml'"))
            }
            Self::LeftOut { path } => base(Code::RecordIgnored, Location::file(path.clone()))
                .note("without it nobody can tell what is applied here, and what was taken back")
                .help("bring the records here: git sparse-checkout add .migrate")
                .help(format!("or this one: git update-index --no-skip-worktree '{path}' && git checkout -- '{path}'")),
            Self::NoFile { path, .. } => base(Code::RecordDamaged, Location::file(path.clone()))
                .help(format!("move that away, and bring the record back: mv '{path}' '{path}.aside' && git checkout HEAD -- '{path}'"))
                .help(format!("git has no file there? see what it had: git log -p -- '{path}'")),
        }
    }
}
