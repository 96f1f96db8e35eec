//! Configuration languages: each reads a text into a tree with spans and answers a change with edits.
//!
//! An adapter says how its language writes keys, values and containers. Where an entry goes and how
//! the text around it is kept is written once, in `edit`, `delimited` and `lines`.

#[doc(hidden)]
mod change;
mod code;
mod delimited;
#[doc(hidden)]
mod edit;
mod env;
mod guard;
mod hcl;
mod ini;
mod inline;
#[cfg(feature = "javascript")]
mod javascript;
mod json;
mod lens;
mod lines;
#[doc(hidden)]
mod locate;
mod names;
#[doc(hidden)]
mod open;
mod outline;
mod properties;
#[cfg(feature = "python")]
mod python;
#[doc(hidden)]
mod quote;
mod secrets;
#[doc(hidden)]
mod select;
mod snippet;
#[doc(hidden)]
mod strays;
#[doc(hidden)]
mod style;
mod substitute;
mod syntax;
mod text_lines;
mod toml;
#[doc(hidden)]
mod undo;
mod verify;
mod xml;
mod yaml;

#[doc(hidden)]
pub use change::{Change, Fault, Made, Op, Rank, Refusal};
#[doc(hidden)]
pub use code::{Wanted, expression};
#[doc(hidden)]
pub use edit::{Inner, Outcome, edit, edit_all, edit_read, foresee, plain_place, unsharing};
#[doc(hidden)]
pub use guard::{MAX_BYTES, MAX_SCALAR, parts, read, readings};
#[doc(hidden)]
pub use lens::{format_of, part_of};
#[doc(hidden)]
pub use locate::{Located, find, find_all, flattened, locate, renamed, starts};
#[doc(hidden)]
pub use open::{Opened, Unopened, decode, open, open_text};
#[doc(hidden)]
pub use outline::Outline;
#[doc(hidden)]
pub use quote::Quotes;
#[doc(hidden)]
pub use secrets::{
    Secrets, disguised, holds_secrets, lines_near_secrets, literal_spans, location, location_among, says_content,
};
#[doc(hidden)]
pub use select::select;
#[doc(hidden)]
pub use snippet::said;
#[doc(hidden)]
pub use strays::stray;
#[doc(hidden)]
pub use style::Context;
pub(crate) use substitute::stretches;
pub use syntax::{Body, Document, Layout, Name, Node, Opaque};
#[doc(hidden)]
pub use undo::{
    GONE, Landmark, Reverted, Spot, Stand, Trace, Undone, force, recall, stand, undo, undo_all, undo_read, written,
};

use crate::text::{Charset, Edit, Span};
use crate::value::{Key, KeyPath, Value};

/// Every format, in the order of detection. A new one is one file and one line here.
pub const FORMATS: &[&dyn Format] = &[
    &env::Env,
    #[cfg(feature = "python")]
    &python::Python,
    #[cfg(feature = "javascript")]
    &javascript::JavaScript,
    &toml::Toml,
    &yaml::Yaml,
    &json::JSONC,
    &json::JSON5,
    &json::JSON,
    &properties::Properties,
    &ini::Ini,
    &text_lines::Lines,
    &hcl::Hcl,
    &xml::Xml,
];

/// A configuration language.
#[doc(hidden)]
pub trait Format: Sync {
    /// The name people use for it, as in `format = "yaml"`.
    fn name(&self) -> &'static str;

    /// The file names it is used for, as globs over the last part of a path.
    fn globs(&self) -> &'static [&'static str];

    /// The tree of `text`, which has passed the limits. Never panics.
    ///
    /// # Errors
    /// When the text is not of this language; with the place.
    fn parse(&self, text: &str) -> Result<Document, Fault>;

    /// The offset behind the comment that begins at `offset`, if one does. A comment to the end of the
    /// line does not include the end-of-line bytes.
    fn comment_end(&self, text: &str, offset: usize) -> Option<usize>;

    /// How a key is written at `context`; `like` is the key of a neighbour as the file writes it.
    ///
    /// # Errors
    /// When the language has no way to write it.
    fn write_key(&self, key: &str, like: Option<&str>, context: &Context) -> Result<String, Refusal>;

    /// How a value is written at `context`; `like` is the value it replaces, or a neighbour's, as written.
    ///
    /// # Errors
    /// When the language has no way to write it.
    fn write_value(&self, value: &Value, like: Option<&str>, context: &Context) -> Result<String, Refusal>;

    /// What stands between key and value where no neighbour shows it.
    fn separator(&self) -> &'static str;

    /// Whether the usual layout has the signs of lines that follow one another in line.
    fn aligns(&self) -> bool {
        false
    }

    /// The mark before a list element that has its own line.
    fn bullet(&self) -> &'static str {
        ""
    }

    /// The text of an empty map as a value at `context`; `None` where maps are not values but sections.
    fn empty_map(&self, context: &Context) -> Option<String>;

    /// `text`, one line, as a comment on a line of its own; `None` where the language has none.
    fn comment(&self, text: &str) -> Option<String> {
        Some(format!("# {text}"))
    }

    /// Whether a new multi-line container has a comma behind its last entry; `None` = as the one around it.
    fn closes_with_comma(&self) -> Option<bool> {
        Some(false)
    }

    /// The space inside the brackets of a container with its entries on one line.
    fn padding(&self) -> &'static str {
        ""
    }

    /// Whether the key a file writes is the key that is wanted.
    fn same_key(&self, written: &str, wanted: &str) -> bool {
        written == wanted
    }

    /// Whether several entries of one name are what a list is in other languages.
    fn repeats_names(&self) -> bool {
        false
    }

    /// Whether `key` below a plain value names that value itself, as `#text` does in XML.
    fn is_own_text(&self, _key: &Key) -> bool {
        false
    }

    /// The value as this language can hold it: where every value is text, `5432` is the text `5432`, and where there
    /// are no dates, a date is a text.
    fn held(&self, value: &Value) -> Value {
        value.with_dates(Value::Str)
    }

    /// The dialect to read a file as that is not quite this language.
    fn relaxed(&self) -> Option<&'static dyn Format> {
        None
    }

    /// Whether this is a programming language, whose statements nest and chain without end.
    fn is_code(&self) -> bool {
        false
    }

    /// Whether there are no tables: the keys of a path are joined with dots to one.
    fn is_flat(&self) -> bool {
        false
    }

    /// The character set of a file, judged by its first bytes.
    fn charset(&self, _bytes: &[u8]) -> Charset {
        Charset::Utf8
    }

    /// Whether quotes are part of the text to some readers: a new value has them only where all around it do.
    fn doubts_quotes(&self) -> bool {
        false
    }

    /// Quotes to put around a value that stands bare once it is `content`.
    fn quotes_for(&self, _content: &str) -> Option<char> {
        None
    }

    /// The edits of `alteration` to the child at `index` of `parent`, the one at the setting's own place first;
    /// `None` where its key, value or lines simply give way.
    ///
    /// # Errors
    /// When this language can not have it so.
    fn alter(
        &self,
        _text: &str,
        _parent: &Node,
        _index: usize,
        _alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        Ok(None)
    }

    /// Whether `value`, as written, says the name `key` itself and is a whole entry, as a getter is.
    fn is_entry(&self, _key: &str, _value: &str) -> bool {
        false
    }

    /// The value as verification compares it: alike where this language can not tell two values apart.
    fn meaning(&self, value: Value) -> Value {
        value
    }

    /// Whether brackets nest in this language. Where they are plain text, `parse` limits the depth.
    fn has_brackets(&self) -> bool {
        true
    }

    /// Adds to something that is no container in the text: a section that does not exist, a computed value.
    ///
    /// # Errors
    /// When this language has no such form.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        Err(locate::not_a_container(request.node, request.path))
    }

    /// As `extend`, before the child at `index`, or behind the last one.
    ///
    /// # Errors
    /// When this language has no such form.
    fn extend_before(&self, request: &Extend<'_>, _index: usize) -> Result<Extension, Refusal> {
        Err(locate::not_a_container(request.node, request.path))
    }

    /// Makes an empty block where a name is missing.
    ///
    /// # Errors
    /// When this language has no blocks, or none can stand there.
    fn block(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        Err(locate::not_a_container(request.node, request.path))
    }

    /// Makes a name of another module usable.
    ///
    /// # Errors
    /// When this language has no imports.
    fn import(&self, _text: &str, _document: &Document, wanted: &Wanted<'_>) -> Result<Import, Refusal> {
        let message = format!("{} files can not import `{}` from `{}`", self.name(), wanted.name, wanted.module);
        Err(Refusal::new(crate::diagnostic::Code::Unsupported, message))
    }

    /// Adds a statement behind the last one that writes the name that `path` starts with.
    ///
    /// # Errors
    /// When this language has no statements, or the name is not written at the top level.
    fn statement(&self, _text: &str, _document: &Document, path: &KeyPath, _code: &str) -> Result<Edit, Refusal> {
        let message = format!("{} files have no statements, so none can set `{path}`", self.name());
        Err(Refusal::new(crate::diagnostic::Code::Unsupported, message))
    }

    /// A second opinion on an edited text: whether another reader of this language takes `after`, which was read as that
    /// document, where it took `before`.
    fn second_judge(&self, _before: &str, _after: (&str, &Document)) -> Result<(), String> {
        Ok(())
    }

    /// Where code looks up the top-level `name`.
    fn uses(&self, _text: &str, _document: &Document, _name: &str) -> Vec<Span> {
        Vec::new()
    }

    /// The name under which the import at `path` is known in the file, when it is an import.
    fn imported_name<'p>(&self, _path: &'p KeyPath) -> Option<&'p str> {
        None
    }
}

/// What `Format::extend` is asked: to add `rest` below `path`, which exists.
#[doc(hidden)]
pub struct Extend<'a> {
    pub text: &'a str,
    pub document: &'a Document,
    pub path: &'a KeyPath,
    /// The node at `path`.
    pub node: &'a Node,
    /// The keys to add, outermost first.
    pub rest: &'a [Key],
    /// The value of the last of them; `None` when it becomes a map that more will be added to.
    pub value: Option<&'a Value>,
    /// The first of them was asked for as a map or in one: it is not only on the way to a setting.
    pub given: bool,
}

/// What `Format::alter` is asked.
#[doc(hidden)]
pub enum Alteration<'a> {
    Remove,
    Rename(&'a str),
    Replace(&'a Value),
}

/// What an extension made.
#[doc(hidden)]
pub struct Extension {
    pub edit: Edit,
    /// How many of the keys exist now.
    pub covered: usize,
}

/// How an imported name is reached.
#[doc(hidden)]
pub enum Import {
    /// It is there already, as this expression.
    Known(String),
    /// This adds it.
    Add { path: KeyPath, edit: Edit, joined: Option<Edit>, expression: String },
}

/// The format of the file called `file_name`, by the table of globs.
pub fn detect(file_name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.globs().iter().any(|glob| matches_name(glob, file_name)))
}

/// The format of a file by its name and what it holds, with the file as it reads.
///
/// # Errors
/// When it reads as none of the dialects of the format that its name says; `None` where no format is known.
pub fn read_as(file_name: &str, text: &str) -> Option<Result<(&'static dyn Format, Document), Fault>> {
    let format = detect(file_name)?;
    let fault = match read(format, text) {
        Ok(document) => return Some(Ok((format, document))),
        Err(fault) => fault,
    };
    let relaxed = format.relaxed().and_then(|relaxed| Some((relaxed, read(relaxed, text).ok()?)));
    Some(relaxed.ok_or(fault))
}

/// The format called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// `*` stands for any run of characters; a glob without it is the whole name.
fn matches_name(glob: &str, name: &str) -> bool {
    match glob.split_once('*') {
        None => glob == name,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name() {
        let cases = [
            (".env", Some("env")),
            (".env.production", Some("env")),
            ("prod.env", Some("env")),
            ("docker-compose.yml", Some("yaml")),
            ("settings.py", Some("python")),
            ("pool.mts", Some("javascript")),
            ("pg_service.conf", Some("ini")),
            ("Cargo.toml", Some("toml")),
            ("main.tf", Some("hcl")),
            ("web.config", Some("xml")),
            ("main.rs", None),
        ];
        for (file, expected) in cases {
            assert_eq!(detect(file).map(Format::name), expected, "{file}");
        }
    }
}
