//! File bytes as text and back: byte order mark and character set, both kept as they are.

use std::string::FromUtf8Error;

use super::Position;

/// How a file's bytes stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    /// One byte, one character (ISO-8859-1).
    Latin1,
}

/// A decoded file. Offsets into `content` never count the byte order mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub content: String,
    pub charset: Charset,
    pub byte_order_mark: bool,
}

/// Why bytes are not text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CharsetError {
    #[error("not UTF-8: byte 0x{byte:02X} at offset {offset}")]
    NotUtf8 { byte: u8, offset: usize, position: Position },
    #[error("UTF-16 text, and only UTF-8 is supported")]
    Utf16,
    #[error("a binary file (it holds a zero byte at offset {offset})")]
    Binary { offset: usize },
    #[error("the new text has the character `{character}`, which ISO-8859-1 can not hold")]
    NotLatin1 { character: char },
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

impl Text {
    /// Decodes `bytes` as `charset`.
    ///
    /// # Errors
    /// When the bytes are UTF-16, binary, or not valid in `charset`.
    pub fn decode(bytes: &[u8], charset: Charset) -> Result<Self, CharsetError> {
        if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            return Err(CharsetError::Utf16);
        }
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            return Err(CharsetError::Binary { offset });
        }
        if charset == Charset::Latin1 {
            let content = bytes.iter().map(|byte| char::from(*byte)).collect();
            return Ok(Self { content, charset, byte_order_mark: false });
        }
        let (byte_order_mark, rest) = match bytes.strip_prefix(MARK) {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        match std::str::from_utf8(rest) {
            Ok(content) => Ok(Self { content: content.to_owned(), charset, byte_order_mark }),
            Err(error) => Err(not_utf8(bytes, error.valid_up_to() + bytes.len() - rest.len())),
        }
    }

    /// `bytes` as they are, where they are UTF-8 without a byte order mark; else they come back.
    ///
    /// # Errors
    /// The bytes, where they are not of that kind.
    pub fn plain(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        if bytes.starts_with(MARK) || bytes.contains(&0) {
            return Err(bytes);
        }
        let content = String::from_utf8(bytes).map_err(FromUtf8Error::into_bytes)?;
        Ok(Self { content, charset: Charset::Utf8, byte_order_mark: false })
    }

    /// Whether its bytes are those of `content`.
    pub fn is_plain(&self) -> bool {
        self.charset == Charset::Utf8 && !self.byte_order_mark
    }

    /// Another text of the same character set, with a byte order mark where this one has it.
    #[must_use]
    pub fn with(&self, content: String) -> Self {
        Self { content, ..*self }
    }

    /// The file bytes of `content` in this text's character set and with its byte order mark.
    ///
    /// # Errors
    /// When a character has no byte in the set.
    pub fn encode(&self, content: &str) -> Result<Vec<u8>, CharsetError> {
        match self.charset {
            Charset::Utf8 => {
                let mark: &[u8] = if self.byte_order_mark { MARK } else { &[] };
                Ok([mark, content.as_bytes()].concat())
            }
            Charset::Latin1 => content
                .chars()
                .map(|character| u8::try_from(u32::from(character)).map_err(|_| CharsetError::NotLatin1 { character }))
                .collect(),
        }
    }
}

fn not_utf8(bytes: &[u8], offset: usize) -> CharsetError {
    let before = &bytes[..offset];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
    CharsetError::NotUtf8 { byte: bytes[offset], offset, position: Position { line, column } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_both_ways() {
        let marked = b"\xEF\xBB\xBFa = 1\r\n";
        let text = Text::decode(marked, Charset::Utf8).expect("UTF-8");
        assert_eq!(text.content, "a = 1\r\n");
        assert_eq!(text.encode(&text.content).expect("UTF-8"), marked);
        let latin: Vec<u8> = (1..=255).collect();
        let text = Text::decode(&latin, Charset::Latin1).expect("Latin-1");
        assert_eq!(text.encode(&text.content).expect("Latin-1"), latin);
    }

    #[test]
    fn the_place_of_a_wrong_byte_is_named() {
        let error = Text::decode(b"x\na\xFF", Charset::Utf8).expect_err("not UTF-8");
        let position = Position { line: 2, column: 2 };
        assert_eq!(error, CharsetError::NotUtf8 { byte: 0xFF, offset: 3, position });
    }
}
