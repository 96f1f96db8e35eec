//! What people are told: a code, one sentence, the places, and the way on. Pure data; rendering is elsewhere.

mod explanation;

use crate::text::{Position, Span, line_end, line_start, position};

pub use explanation::Explanation;

/// The codes from one table: a new one is in `ALL` and has its name, and does not compile without an explanation.
macro_rules! codes {
    ($($code:ident = $id:literal,)*) => {
        /// The stable name of one kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($code,)*
        }

        impl Code {
            /// Every code, in the order of the names.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code as printed. Never changes its meaning once released.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$code => $id,)*
                }
            }
        }
    };
}

codes! {
    KeyMode = "D0101",
    Unchecked = "D0102",
    KeyMismatch = "D0103",
    ObjectDropped = "D0104",
    EndsSoon = "D0105",
    OneMachine = "D0106",
    TlsFileMissing = "D0107",
    TlsFileUnreadable = "D0108",
    NotPem = "D0109",
    Swapped = "D0110",
    EncryptedKey = "D0111",
    Expired = "D0112",
    NotYetValid = "D0113",
    OtherCa = "D0114",
    NotACa = "D0115",
    WrongUsage = "D0116",
    HostNotCovered = "D0117",
    CommonNameOnly = "D0118",
    Version1 = "D0119",
    WeakCertificate = "D0120",
    KeyInGit = "D0121",
    Unverified = "D0122",
    NodeUnverified = "D0123",
    RelativePath = "D0124",
    TildePath = "D0125",
    NotStrict = "D0126",
    OpenFolder = "D0127",
    BadMode = "D0128",
    ServerWithoutTls = "D0201",
    NoHandshake = "D0202",
    BadConfiguration = "M0101",
    BadMigration = "M0102",
    UnknownMigration = "M0105",
    UnknownVariable = "M0107",
    MissingVariable = "M0108",
    BadVariable = "M0109",
    Usage = "M0110",
    UnusedVariable = "M0111",
    Overlap = "M0112",
    HomePath = "M0113",
    NoExample = "M0114",
    Invisible = "M0115",
    NoTarget = "M0201",
    OutsideRepository = "M0202",
    ReadOnlyFile = "M0203",
    NotAFile = "M0204",
    TooLarge = "M0205",
    HardLinked = "M0206",
    OwnerLost = "M0207",
    NotFound = "M0301",
    Unexpected = "M0303",
    Guard = "M0304",
    Unmet = "M0305",
    DoesNotParse = "M0310",
    NotText = "M0311",
    Duplicate = "M0312",
    Template = "M0313",
    Computed = "M0315",
    Ambiguous = "M0317",
    Aliased = "M0318",
    Unsupported = "M0319",
    NotVerified = "M0320",
    Question = "M0330",
    MigrationFailed = "M0331",
    Edited = "M0401",
    SameNumber = "M0402",
    RecordDamaged = "M0403",
    RecordNewer = "M0404",
    RecordIgnored = "M0405",
    Drift = "M0406",
    OutOfOrder = "M0407",
    NoRule = "M0408",
    LaterEdit = "M0410",
    SecretInMigration = "M0501",
    SecretInReport = "M0502",
    Declined = "M0601",
    PlanChanged = "M0602",
    NeedsPerson = "M0603",
    Pending = "M0604",
    Stale = "M0605",
    Locked = "M0606",
    Machine = "M0607",
    NotWritable = "M0608",
    NoSpace = "M0609",
}

impl Code {
    /// The code that `name` is, in capitals or not.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(name))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// One thing to tell, complete: rendering needs no other source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// A lowercase phrase without a full stop; names in backticks.
    pub message: String,
    /// The first is where the problem is, the others explain it.
    pub places: Vec<Location>,
    pub notes: Vec<String>,
    /// Each says what to do or type next.
    pub help: Vec<String>,
}

/// A place in a file with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub path: String,
    pub position: Position,
    /// Whole lines that hold the span; may be empty where the file is not text.
    pub excerpt: String,
    /// The line number of the excerpt's first line.
    pub first_line: usize,
    /// The marked bytes, as offsets into the excerpt.
    pub span: Span,
    /// A few words at the mark.
    pub label: String,
}

impl Diagnostic {
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            places: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    #[must_use]
    pub fn at(mut self, place: Location) -> Self {
        self.places.push(place);
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl Location {
    /// The place `span` of `text`, the content of `path`.
    pub fn new(path: impl Into<String>, text: &str, span: Span, label: impl Into<String>) -> Self {
        let start = span.start.min(text.len());
        let from = line_start(text, start);
        // One long construct is marked on its first line only.
        let to = line_end(text, start);
        let end = span.end.clamp(start, to);
        let position = position(text, start);
        Self {
            path: path.into(),
            position,
            excerpt: text[from..to].to_owned(),
            first_line: position.line,
            span: Span::new(start - from, end - from),
            label: label.into(),
        }
    }

    /// A place in a file whose text can not be shown.
    pub fn bare(path: impl Into<String>, position: Position) -> Self {
        Self {
            path: path.into(),
            position,
            excerpt: String::new(),
            first_line: position.line,
            span: Span::default(),
            label: String::new(),
        }
    }

    /// A whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Self::bare(path, Position { line: 1, column: 1 })
    }
}

/// `path:line:column`, as editors and terminals understand it.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.position.line, self.position.column)
    }
}
