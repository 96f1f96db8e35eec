//! What people are told: a code, one sentence, the places, and the way on. Pure data; rendering is elsewhere.

mod explanation;

use crate::text::{Position, Span, floor_boundary, line_end, line_start, position};

pub use explanation::Explanation;

/// What a problem means for the run that meets it, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something was looked for and found.
    Finding,
    /// The command, the configuration or a migration says what can not be.
    Usage,
    /// What was asked for is not done, and nothing was written.
    Refusal,
    /// The machine did not do it.
    Machine,
    /// A person has to decide.
    Person,
}

/// The codes from one table: a new one is in `ALL` and has its name, and does not compile without an explanation.
macro_rules! codes {
    ($($code:ident = $id:literal $kind:ident,)*) => {
        /// The stable name of one kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(
                #[doc = concat!("`", $id, "`: `migrate explain ", $id, "` tells the cause and the mend.")]
                $code,
            )*
        }

        impl Code {
            /// Every code, in the order of the names.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// What a run that ends with it comes to.
            pub const fn kind(self) -> Kind {
                match self {
                    $(Self::$code => Kind::$kind,)*
                }
            }

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
    KeyMode = "D0101" Finding,
    Unchecked = "D0102" Finding,
    KeyMismatch = "D0103" Finding,
    ObjectDropped = "D0104" Finding,
    EndsSoon = "D0105" Finding,
    OneMachine = "D0106" Finding,
    TlsFileMissing = "D0107" Finding,
    TlsFileUnreadable = "D0108" Finding,
    NotPem = "D0109" Finding,
    Swapped = "D0110" Finding,
    EncryptedKey = "D0111" Finding,
    Expired = "D0112" Finding,
    NotYetValid = "D0113" Finding,
    OtherCa = "D0114" Finding,
    NotACa = "D0115" Finding,
    WrongUsage = "D0116" Finding,
    HostNotCovered = "D0117" Finding,
    CommonNameOnly = "D0118" Finding,
    Version1 = "D0119" Finding,
    WeakCertificate = "D0120" Finding,
    KeyInGit = "D0121" Finding,
    Unverified = "D0122" Finding,
    NodeUnverified = "D0123" Finding,
    RelativePath = "D0124" Finding,
    TildePath = "D0125" Finding,
    NotStrict = "D0126" Finding,
    OpenFolder = "D0127" Finding,
    BadMode = "D0128" Finding,
    SettingIgnored = "D0129" Finding,
    SettingRefused = "D0130" Finding,
    PathForContent = "D0131" Finding,
    NextMajor = "D0132" Finding,
    OtherRole = "D0133" Finding,
    KeyCopied = "D0134" Finding,
    Uneven = "D0135" Finding,
    NoKey = "D0136" Finding,
    NoCa = "D0137" Finding,
    ServerWithoutTls = "D0201" Finding,
    NoHandshake = "D0202" Finding,
    ClientRefused = "D0203" Finding,
    LoginRefused = "D0204" Finding,
    BadConfiguration = "M0101" Usage,
    BadMigration = "M0102" Usage,
    UnknownMigration = "M0105" Usage,
    UnknownVariable = "M0107" Usage,
    MissingVariable = "M0108" Usage,
    BadVariable = "M0109" Usage,
    Usage = "M0110" Usage,
    UnusedVariable = "M0111" Refusal,
    Overlap = "M0112" Refusal,
    HomePath = "M0113" Refusal,
    NoExample = "M0114" Refusal,
    Invisible = "M0115" Refusal,
    NeedlessWayBack = "M0116" Refusal,
    NoTarget = "M0201" Refusal,
    OutsideRepository = "M0202" Refusal,
    ReadOnlyFile = "M0203" Refusal,
    NotAFile = "M0204" Refusal,
    TooLarge = "M0205" Refusal,
    HardLinked = "M0206" Refusal,
    OwnerLost = "M0207" Refusal,
    SameName = "M0208" Refusal,
    ForeignOwner = "M0209" Refusal,
    SharedFolder = "M0210" Refusal,
    NotFound = "M0301" Refusal,
    Unexpected = "M0303" Refusal,
    Guard = "M0304" Refusal,
    Unmet = "M0305" Refusal,
    DoesNotParse = "M0310" Refusal,
    NotText = "M0311" Refusal,
    Duplicate = "M0312" Refusal,
    Template = "M0313" Refusal,
    Computed = "M0315" Refusal,
    Ambiguous = "M0317" Refusal,
    Aliased = "M0318" Refusal,
    Unsupported = "M0319" Refusal,
    NotVerified = "M0320" Refusal,
    Question = "M0330" Refusal,
    MigrationFailed = "M0331" Refusal,
    Edited = "M0401" Refusal,
    SameNumber = "M0402" Usage,
    RecordDamaged = "M0403" Refusal,
    RecordNewer = "M0404" Refusal,
    RecordIgnored = "M0405" Refusal,
    Drift = "M0406" Finding,
    OutOfOrder = "M0407" Refusal,
    NoRule = "M0408" Refusal,
    LaterEdit = "M0410" Refusal,
    Undecided = "M0411" Refusal,
    Vanished = "M0412" Finding,
    SecretInMigration = "M0501" Refusal,
    SecretInReport = "M0502" Refusal,
    Declined = "M0601" Refusal,
    PlanChanged = "M0602" Refusal,
    NeedsPerson = "M0603" Person,
    Pending = "M0604" Finding,
    Stale = "M0605" Refusal,
    Locked = "M0606" Machine,
    Machine = "M0607" Machine,
    NotWritable = "M0608" Machine,
    NoSpace = "M0609" Machine,
    Interrupted = "M0610" Finding,
}

impl Code {
    /// The code that `name` is, in capitals or not.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(name))
    }
}

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something to know.
    Note,
    /// Something to look at.
    Warning,
    /// Why a run does not do what was asked.
    Error,
}

/// One thing to tell, complete: rendering needs no other source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable name.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// A lowercase phrase without a full stop; names in backticks.
    pub message: String,
    /// The first is where the problem is, the others explain it.
    pub places: Vec<Location>,
    /// What else explains it.
    pub notes: Vec<String>,
    /// Each says what to do or type next.
    pub help: Vec<String>,
    /// What mends it, where another text in place of the marked one of the first place does.
    pub patch: Option<Patch>,
}

/// Another text for what is marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// What it is, as a help.
    pub help: String,
    /// What is written instead.
    pub text: String,
}

/// A place in a file with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// From the root of the repository.
    pub path: String,
    /// Of the first marked byte.
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
    /// An error without a place, notes and help.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            places: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            patch: None,
        }
    }

    /// A warning without a place, notes and help.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With a place more.
    #[must_use]
    pub fn at(mut self, place: Location) -> Self {
        self.places.push(place);
        self
    }

    /// With a note more.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With one more thing to do or type next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With `text` in place of what is marked at the first place, as `help` says.
    #[must_use]
    pub fn patch(mut self, help: impl Into<String>, text: impl Into<String>) -> Self {
        self.patch = Some(Patch { help: help.into(), text: text.into() });
        self
    }

    /// All that there is to do or type next.
    pub fn advice(&self) -> impl Iterator<Item = &str> {
        self.patch.iter().map(|patch| &patch.help).chain(&self.help).map(String::as_str)
    }
}

impl Location {
    /// The place `span` of `text`, the content of `path`.
    pub fn new(path: impl Into<String>, text: &str, span: Span, label: impl Into<String>) -> Self {
        let start = floor_boundary(text, span.start);
        let from = line_start(text, start);
        // One long construct is marked on its first line only.
        let to = line_end(text, start);
        let end = floor_boundary(text, span.end.clamp(start, to));
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
