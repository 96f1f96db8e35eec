//! The bytes of a file, and what they read as for as long as somebody has use for it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::format::{self, Opened, Unopened};
use crate::text::{Charset, Text};

/// The bytes of a file. Shared: a plan has each file in several places, and all of them read it once.
#[derive(Clone, Default)]
pub struct Content(Arc<Inner>);

#[derive(Default)]
struct Inner {
    body: Body,
    known: Mutex<Known>,
}

enum Body {
    Bytes(Vec<u8>),
    /// Those of a plain text, which whoever reads it shares.
    Text(Arc<Text>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

/// What the bytes were read as, by the format that the name of the file says. It is nobody's but the readers', so that a
/// plan of many files does not keep all of their trees.
#[derive(Default)]
struct Known {
    format: &'static str,
    opened: Weak<Opened>,
}

impl Content {
    /// The bytes as the file called `file_name`: read once for as long as the answer is kept.
    ///
    /// # Errors
    /// When they are no file of its format, or no format is known for the name.
    pub fn open(&self, file_name: &str) -> Result<Arc<Opened>, Unopened> {
        let format = format::detect(file_name).ok_or(Unopened::NoFormat)?;
        if let Some(opened) = self.known(format.name()) {
            return Ok(opened);
        }
        let opened = Arc::new(match &self.0.body {
            Body::Text(text) if format.charset(self) == Charset::Utf8 => {
                format::open_text(file_name, Arc::clone(text))?
            }
            Body::Text(_) | Body::Bytes(_) => format::open(file_name, None, self)?,
        });
        self.know(format.name(), &opened);
        Ok(opened)
    }

    /// `bytes`, which say what `opened` does.
    pub fn of(bytes: Vec<u8>, opened: &Arc<Opened>) -> Self {
        let body = if opened.text.is_plain() { Body::Text(Arc::clone(&opened.text)) } else { Body::Bytes(bytes) };
        let content = Self(Arc::new(Inner { body, known: Mutex::default() }));
        content.know(opened.format.name(), opened);
        content
    }

    /// The same, for who will read it: a plain text is no more copied then.
    #[must_use]
    pub fn to_read(self) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(Inner { body: Body::Bytes(bytes), known }) => {
                let body = Text::plain(bytes).map_or_else(Body::Bytes, |text| Body::Text(Arc::new(text)));
                Self(Arc::new(Inner { body, known }))
            }
            Ok(inner) => Self(Arc::new(inner)),
            Err(shared) => Self(shared),
        }
    }

    fn known(&self, format: &str) -> Option<Arc<Opened>> {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.format == format { known.opened.upgrade() } else { None }
    }

    fn know(&self, format: &'static str, opened: &Arc<Opened>) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Known { format, opened: Arc::downgrade(opened) };
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Inner { body: Body::Bytes(bytes), known: Mutex::default() }))
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0.body {
            Body::Bytes(bytes) => bytes,
            Body::Text(text) => text.content.as_bytes(),
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for Content {}

/// Only how many they are: they may be secrets.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_once_for_as_long_as_somebody_has_the_answer() {
        let content = Content::from(b"a = 1\n".to_vec());
        let first = content.open("a.toml").ok();
        let twin = content.clone();
        let again = twin.open("b.toml").ok();
        assert!(first.is_some() && first.as_ref().map(Arc::as_ptr) == again.as_ref().map(Arc::as_ptr));
        let other = content.open("a.ini").ok().map(|opened| opened.format.name());
        assert_eq!(other, Some("ini"));
        assert_eq!(content.open("a.toml").ok().map(|opened| opened.format.name()), Some("toml"));
        drop((first, again));
        assert!(content.known("toml").is_none(), "the tree is gone with its last reader");
        assert!(matches!(content.open("a.bin"), Err(Unopened::NoFormat)));
    }
}
