//! Lines of a text: where they start and end, and the line and column of a byte.

/// A place a person can find: both numbers count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Of the text, from 1.
    pub line: usize,
    /// Of the line in characters, from 1.
    pub column: usize,
}

/// The line and column of the byte at `offset`; an offset past the end is the end.
pub fn position(text: &str, offset: usize) -> Position {
    let offset = floor_boundary(text, offset);
    let start = line_start(text, offset);
    Position { line: 1 + text[..start].matches('\n').count(), column: 1 + text[start..offset].chars().count() }
}

/// The offset of the first byte of the line that holds `offset`, which may lie within a character.
pub fn line_start(text: &str, offset: usize) -> usize {
    text[..floor_boundary(text, offset)].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The offset just before the end-of-line bytes (`\n` or `\r\n`) of the line that holds `offset`.
pub fn line_end(text: &str, offset: usize) -> usize {
    match text[offset..].find('\n') {
        Some(newline) => {
            let end = offset + newline;
            if end > offset && text.as_bytes()[end - 1] == b'\r' { end - 1 } else { end }
        }
        None => text.len(),
    }
}

/// The offset of the first byte of the line after the one that holds `offset`, or the text's end.
pub fn next_line(text: &str, offset: usize) -> usize {
    text[offset..].find('\n').map_or(text.len(), |newline| offset + newline + 1)
}

/// What stands between `offset` and the end of its line.
pub fn rest_of_line(text: &str, offset: usize) -> &str {
    &text[offset..line_end(text, offset)]
}

/// The white space that opens the line that holds `offset`.
pub fn indent_of(text: &str, offset: usize) -> &str {
    let line = &text[line_start(text, offset)..];
    let width = line.len() - line.trim_start_matches([' ', '\t']).len();
    &line[..width]
}

/// The end-of-line bytes used around `offset`: of its own line, else of the line before, else `\n`.
pub fn eol_near(text: &str, offset: usize) -> &'static str {
    let newline = text[offset..].find('\n').map(|after| offset + after).or_else(|| text[..offset].rfind('\n'));
    match newline {
        Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

/// The nearest boundary of characters that is not behind `offset`.
pub fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "a\r\nüb\n";
        assert_eq!(position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(position(text, 5), Position { line: 2, column: 2 });
        assert_eq!(position(text, 999), Position { line: 3, column: 1 });
    }

    #[test]
    fn line_ends_leave_out_the_carriage_return() {
        let text = "ab\r\ncd";
        assert_eq!(line_end(text, 0), 2);
        assert_eq!(line_end(text, 4), 6);
        assert_eq!(eol_near(text, 5), "\r\n");
        assert_eq!(next_line(text, 1), 4);
    }

    #[test]
    fn an_offset_within_a_character_is_of_its_line() {
        let text = "a\nüb";
        assert_eq!(line_start(text, 3), 2);
        assert_eq!(line_start(text, 99), 2);
        assert_eq!(floor_boundary(text, 3), 2);
    }
}
