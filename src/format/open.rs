//! A file as it reads: from its name and its bytes to its format, its text and its tree. The one way from bytes to settings.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::edit::is_as_foreseen;
use super::{Document, Fault, Format, Secrets, by_name, detect, read, read_as};
use crate::text::{CharsetError, Span, Text};

/// A file that was read, or whose tree was foreseen.
pub struct Opened {
    pub format: &'static dyn Format,
    pub text: Arc<Text>,
    pub document: Arc<Document>,
    secrets: OnceLock<Secrets>,
    /// `None` where `document` was read from `text`.
    foreseen: Option<Foreseen>,
}

/// What was not read of a text.
struct Foreseen {
    /// The text that was read last.
    read: Arc<Text>,
    /// Where the values stand that were put in since, in the text as it is.
    unread: Vec<Span>,
}

impl Opened {
    /// `text`, which reads as `document`.
    pub fn new(format: &'static dyn Format, text: Arc<Text>, document: Arc<Document>) -> Self {
        Self { format, text, document, secrets: OnceLock::new(), foreseen: None }
    }

    /// `text`, which follows from this one by putting in the values at `unread`, and should read as `document` then.
    pub fn followed_by(&self, text: Arc<Text>, document: Arc<Document>, unread: Vec<Span>) -> Self {
        let read = Arc::clone(self.foreseen.as_ref().map_or(&self.text, |foreseen| &foreseen.read));
        Self { foreseen: Some(Foreseen { read, unread }), ..Self::new(self.format, text, document) }
    }

    /// Whether the tree was foreseen, and the text not read.
    pub fn is_foreseen(&self) -> bool {
        self.foreseen.is_some()
    }

    /// Where the values stand that nobody has read yet.
    pub fn unread(&self) -> &[Span] {
        self.foreseen.as_ref().map_or(&[], |foreseen| &foreseen.unread)
    }

    /// The file with its text read, where it reads as was foreseen, to the last span, and a second judge agrees.
    pub fn as_read(&self) -> Option<Self> {
        let document = match &self.foreseen {
            None => Arc::clone(&self.document),
            Some(foreseen) => {
                let text = &self.text.content;
                let document = read(self.format, text).ok()?;
                if !is_as_foreseen(&self.document.root, &document.root) {
                    return None;
                }
                self.format.second_judge(&foreseen.read.content, (text, &document)).ok()?;
                Arc::new(document)
            }
        };
        Some(Self::new(self.format, Arc::clone(&self.text), document))
    }

    /// Which of its settings are secrets, as far as names tell.
    pub fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| Secrets::in_document(self.format, &self.text.content, &self.document))
    }
}

/// Not what it says: that may be secret.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.format.name(), self.text.content.len())
    }
}

/// Why a file says nothing.
pub enum Unopened {
    /// No format is known for its name, or none of the name that was asked for.
    NoFormat,
    NotText(CharsetError),
    /// It is no file of its format.
    Unreadable {
        format: &'static dyn Format,
        text: Arc<Text>,
        fault: Fault,
    },
}

/// The text of `bytes`, the file called `file_name`, in the character set of the format called `forced`, else of the one that
/// its name says.
///
/// # Errors
/// When no format is known for it, or it is no text in that character set.
pub fn decode(file_name: &str, forced: Option<&str>, bytes: &[u8]) -> Result<(&'static dyn Format, Text), Unopened> {
    let named = forced.map_or_else(|| detect(file_name), by_name).ok_or(Unopened::NoFormat)?;
    let text = Text::decode(bytes, named.charset(bytes)).map_err(Unopened::NotText)?;
    Ok((named, text))
}

/// Reads `bytes`, the file called `file_name`: as the format called `forced`, else as its name and its content say.
///
/// # Errors
/// When it is none of that format, or no text in the format's character set.
pub fn open(file_name: &str, forced: Option<&str>, bytes: &[u8]) -> Result<Opened, Unopened> {
    let (named, text) = decode(file_name, forced, bytes)?;
    match forced {
        None => open_text(file_name, Arc::new(text)),
        Some(_) => opened(named, read(named, &text.content).map(|document| (named, document)), Arc::new(text)),
    }
}

/// Reads `text`, the content of the file called `file_name`, as its name and its content say.
///
/// # Errors
/// When it is none of that format.
pub fn open_text(file_name: &str, text: Arc<Text>) -> Result<Opened, Unopened> {
    let named = detect(file_name).ok_or(Unopened::NoFormat)?;
    opened(named, read_as(file_name, &text.content).ok_or(Unopened::NoFormat)?, text)
}

type Read = Result<(&'static dyn Format, Document), Fault>;

fn opened(named: &'static dyn Format, read: Read, text: Arc<Text>) -> Result<Opened, Unopened> {
    match read {
        Ok((format, document)) => Ok(Opened::new(format, text, Arc::new(document.shrunk()))),
        Err(fault) => Err(Unopened::Unreadable { format: named, text, fault }),
    }
}
