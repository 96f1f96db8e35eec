//! What every code means: why the tool stops there, how it prints, and what to type. The one source for
//! `migrate explain` and `docs/errors.md`.

mod files;
mod history;
mod migrations;
mod runs;
mod settings;
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

    /// What `migrate explain` says of it.
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
            Self::SettingIgnored => tls::SETTING_IGNORED,
            Self::SettingRefused => tls::SETTING_REFUSED,
            Self::PathForContent => tls::PATH_FOR_CONTENT,
            Self::NextMajor => tls::NEXT_MAJOR,
            Self::OtherRole => tls::OTHER_ROLE,
            Self::KeyCopied => tls::KEY_COPIED,
            Self::Uneven => tls::UNEVEN,
            Self::NoKey => tls::NO_KEY,
            Self::NoCa => tls::NO_CA,
            Self::ServerWithoutTls => tls::SERVER_WITHOUT_TLS,
            Self::NoHandshake => tls::NO_HANDSHAKE,
            Self::ClientRefused => tls::CLIENT_REFUSED,
            Self::LoginRefused => tls::LOGIN_REFUSED,
            Self::BadConfiguration => migrations::BAD_CONFIGURATION,
            Self::BadMigration => migrations::BAD_MIGRATION,
            Self::UnknownMigration => migrations::UNKNOWN_MIGRATION,
            Self::UnknownVariable => migrations::UNKNOWN_VARIABLE,
            Self::MissingVariable => migrations::MISSING_VARIABLE,
            Self::BadVariable => migrations::BAD_VARIABLE,
            Self::Usage => migrations::USAGE,
            Self::UnusedVariable => migrations::UNUSED_VARIABLE,
            Self::Overlap => migrations::OVERLAP,
            Self::HomePath => migrations::HOME_PATH,
            Self::NoExample => migrations::NO_EXAMPLE,
            Self::NeedlessWayBack => migrations::NEEDLESS_WAY_BACK,
            Self::Invisible => migrations::INVISIBLE,
            Self::NoTarget => files::NO_TARGET,
            Self::OutsideRepository => files::OUTSIDE_REPOSITORY,
            Self::ReadOnlyFile => files::READ_ONLY_FILE,
            Self::NotAFile => files::NOT_A_FILE,
            Self::TooLarge => files::TOO_LARGE,
            Self::HardLinked => files::HARD_LINKED,
            Self::OwnerLost => files::OWNER_LOST,
            Self::SameName => files::SAME_NAME,
            Self::ForeignOwner => files::FOREIGN_OWNER,
            Self::SharedFolder => files::SHARED_FOLDER,
            Self::NotFound => settings::NOT_FOUND,
            Self::Unexpected => settings::UNEXPECTED,
            Self::Guard => settings::GUARD,
            Self::Unmet => settings::UNMET,
            Self::DoesNotParse => settings::DOES_NOT_PARSE,
            Self::NotText => settings::NOT_TEXT,
            Self::Duplicate => settings::DUPLICATE,
            Self::Template => settings::TEMPLATE,
            Self::Computed => settings::COMPUTED,
            Self::Ambiguous => settings::AMBIGUOUS,
            Self::Aliased => settings::ALIASED,
            Self::Unsupported => settings::UNSUPPORTED,
            Self::NotVerified => settings::NOT_VERIFIED,
            Self::Question => settings::QUESTION,
            Self::MigrationFailed => settings::MIGRATION_FAILED,
            Self::Edited => history::EDITED,
            Self::SameNumber => history::SAME_NUMBER,
            Self::RecordDamaged => history::RECORD_DAMAGED,
            Self::RecordNewer => history::RECORD_NEWER,
            Self::RecordIgnored => history::RECORD_IGNORED,
            Self::Drift => history::DRIFT,
            Self::OutOfOrder => history::OUT_OF_ORDER,
            Self::NoRule => history::NO_RULE,
            Self::LaterEdit => history::LATER_EDIT,
            Self::Undecided => history::UNDECIDED,
            Self::Vanished => history::VANISHED,
            Self::SecretInMigration => runs::SECRET_IN_MIGRATION,
            Self::SecretInReport => runs::SECRET_IN_REPORT,
            Self::Declined => runs::DECLINED,
            Self::PlanChanged => runs::PLAN_CHANGED,
            Self::NeedsPerson => runs::NEEDS_PERSON,
            Self::Pending => runs::PENDING,
            Self::Stale => runs::STALE,
            Self::Locked => runs::LOCKED,
            Self::Machine => runs::MACHINE,
            Self::NotWritable => runs::NOT_WRITABLE,
            Self::NoSpace => runs::NO_SPACE,
            Self::Interrupted => runs::INTERRUPTED,
        }
    }
}

const fn explained(title: &'static str, cause: &'static str, mend: &'static [&'static str]) -> Explanation {
    Explanation { title, cause, mend }
}
