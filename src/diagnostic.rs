//! What people are told: a code, one sentence, the places, and the way on. Pure data; rendering is elsewhere.

use crate::text::{Position, Span, line_end, line_start, position};

/// The stable name of one kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    BadConfiguration,
    BadMigration,
    UnknownMigration,
    UnknownVariable,
    MissingVariable,
    BadVariable,
    Usage,
    UnusedVariable,
    Overlap,
    HomePath,
    NoExample,
    Invisible,
    OutsideRepository,
    ReadOnlyFile,
    NotAFile,
    TooLarge,
    HardLinked,
    OwnerLost,
    NoTarget,
    NotFound,
    Unexpected,
    Guard,
    Unmet,
    DoesNotParse,
    NotText,
    Duplicate,
    Template,
    Computed,
    Ambiguous,
    Aliased,
    Unsupported,
    NotVerified,
    Edited,
    SameNumber,
    RecordDamaged,
    RecordNewer,
    RecordIgnored,
    Drift,
    OutOfOrder,
    NoRule,
    LaterEdit,
    SecretInMigration,
    Question,
    MigrationFailed,
    Declined,
    PlanChanged,
    NeedsPerson,
    Pending,
    Stale,
    Locked,
    Machine,
    NotWritable,
    NoSpace,
}

impl Code {
    /// The code as printed. Never changes its meaning once released.
    pub const fn id(self) -> &'static str {
        match self {
            Self::BadConfiguration => "M0101",
            Self::BadMigration => "M0102",
            Self::UnknownMigration => "M0105",
            Self::UnknownVariable => "M0107",
            Self::MissingVariable => "M0108",
            Self::BadVariable => "M0109",
            Self::Usage => "M0110",
            Self::UnusedVariable => "M0111",
            Self::Overlap => "M0112",
            Self::HomePath => "M0113",
            Self::NoExample => "M0114",
            Self::Invisible => "M0115",
            Self::NoTarget => "M0201",
            Self::OutsideRepository => "M0202",
            Self::ReadOnlyFile => "M0203",
            Self::NotAFile => "M0204",
            Self::TooLarge => "M0205",
            Self::HardLinked => "M0206",
            Self::OwnerLost => "M0207",
            Self::NotFound => "M0301",
            Self::Unexpected => "M0303",
            Self::Guard => "M0304",
            Self::Unmet => "M0305",
            Self::DoesNotParse => "M0310",
            Self::NotText => "M0311",
            Self::Duplicate => "M0312",
            Self::Template => "M0313",
            Self::Computed => "M0315",
            Self::Ambiguous => "M0317",
            Self::Aliased => "M0318",
            Self::Unsupported => "M0319",
            Self::NotVerified => "M0320",
            Self::Question => "M0330",
            Self::MigrationFailed => "M0331",
            Self::Edited => "M0401",
            Self::SameNumber => "M0402",
            Self::RecordDamaged => "M0403",
            Self::RecordNewer => "M0404",
            Self::RecordIgnored => "M0405",
            Self::Drift => "M0406",
            Self::OutOfOrder => "M0407",
            Self::NoRule => "M0408",
            Self::LaterEdit => "M0410",
            Self::SecretInMigration => "M0501",
            Self::Declined => "M0601",
            Self::PlanChanged => "M0602",
            Self::NeedsPerson => "M0603",
            Self::Pending => "M0604",
            Self::Stale => "M0605",
            Self::Locked => "M0606",
            Self::Machine => "M0607",
            Self::NotWritable => "M0608",
            Self::NoSpace => "M0609",
        }
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
