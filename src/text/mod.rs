//! Text as bytes with places: edits by span, lines and columns, character sets, safe printing.

#[doc(hidden)]
mod charset;
mod claims;
mod edit;
mod lines;
mod literal;
mod nearest;
mod printable;

#[doc(hidden)]
pub use charset::{Charset, CharsetError, Text};
#[doc(hidden)]
pub use claims::Claims;
pub use edit::{Edit, Edits, Overlap, Span};
pub use lines::{
    Position, eol_near, floor_boundary, indent_of, line_end, line_start, next_line, position, rest_of_line,
};
#[doc(hidden)]
pub use literal::toml_string;
pub use nearest::nearest;
pub use printable::{is_hidden, is_odd_space, json_printable, json_without_commands, printable, without_commands};
