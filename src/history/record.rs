//! One record: which edits a migration made, as exact text, in bytes that depend on nothing else.

use std::fmt::Write;

use toml_edit::{Document, InlineTable, Item, Table, Value};

use super::RecordError;
use crate::diagnostic::Location;
use crate::format::{Op, Spot, Trace};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::text::Span;
use crate::value::mask;

/// The version of the record's format. A newer one is refused by name.
const FORMAT: i64 = 1;
/// The fields of a record that this version knows.
const FIELDS: [&str; 8] = ["format", "slug", "state", "definition", "vars", "down", "reason", "edits"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Applied,
    /// Marked as applied since its effect was there.
    Adopted,
    /// Taken back, and meant to stay so.
    Reverted,
}

impl State {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Applied, "applied"), (Self::Adopted, "adopted"), (Self::Reverted, "reverted")];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }
}

/// What is kept of one applied migration. Holds no time, user, host or tool version: two branches that apply the
/// same migration write the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub slug: Slug,
    pub state: State,
    pub definition: String,
    pub variables: Vec<(String, String)>,
    /// The migration file, down to the way back that it declares: what takes it back once the file is gone.
    pub back: Option<String>,
    /// Why it was taken back.
    pub reason: Option<String>,
    pub edits: Vec<Edit>,
    /// Fields of a newer minor version, kept as written.
    unknown: Vec<(String, String)>,
}

/// One recorded edit of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    pub file: RepoPath,
    /// The format it was made in, where the file's name does not say it.
    pub format: Option<String>,
    pub trace: Trace,
    /// The record only says that there is such a text; the text is a secret and lies in the receipt.
    pub withheld: bool,
    /// Its text comes from the receipt: it is shown nowhere.
    pub is_private: bool,
    unknown: Vec<(String, String)>,
}

impl Edit {
    pub fn new(file: RepoPath, format: Option<&str>, trace: Trace) -> Self {
        Self { file, format: format.map(str::to_owned), trace, withheld: false, is_private: false, unknown: Vec::new() }
    }

    /// Whether it did something, and does not only tell what was right already.
    pub fn changes_something(&self) -> bool {
        self.trace.op != Op::Keep
    }

    /// Whether `other` is this edit, wherever its text lies.
    pub fn is_same(&self, other: &Self) -> bool {
        let (one, two) = (&self.trace, &other.trace);
        self.file == other.file && (&one.place, one.op, one.turn) == (&two.place, two.op, two.turn)
    }

    /// Whether its text shows a secret.
    pub fn is_secret(&self) -> bool {
        let beside = self.trace.after.iter().filter(|_| self.trace.place.part.is_some());
        [&self.trace.was, &self.trace.now].into_iter().chain(beside).any(|text| {
            let line = format!("{}={text}", self.trace.place.name());
            mask(text) != *text || mask(&line) != line && !text.trim().is_empty()
        })
    }
}

impl Record {
    pub fn new(slug: Slug, definition: String, variables: Vec<(String, String)>) -> Self {
        Self {
            slug,
            state: State::Applied,
            definition,
            variables,
            back: None,
            reason: None,
            edits: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Whether the migration counts as done.
    pub fn is_applied(&self) -> bool {
        self.state != State::Reverted
    }

    /// Whether it was taken back, and still says what was done: a merge of two branches brought that together.
    pub fn is_half_reverted(&self) -> bool {
        self.state == State::Reverted && !self.edits.is_empty()
    }

    /// The record as a file. Edits are sorted by file and place, one a line, so that git can unite two branches.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a String can not fail.
        let _ = writeln!(text, "format = {FORMAT}");
        let _ = writeln!(text, "slug = {}", basic(self.slug.as_str()));
        let _ = writeln!(text, "state = {}", basic(self.state.name()));
        let _ = writeln!(text, "definition = {}", basic(&self.definition));
        if !self.variables.is_empty() {
            let variables: Vec<String> =
                self.variables.iter().map(|(name, value)| format!("{name} = {}", basic(value))).collect();
            let _ = writeln!(text, "vars = {{ {} }}", variables.join(", "));
        }
        if let Some(back) = &self.back {
            let _ = writeln!(text, "down = {}", basic(back));
        }
        if let Some(reason) = &self.reason {
            let _ = writeln!(text, "reason = {}", basic(reason));
        }
        for (name, value) in &self.unknown {
            let _ = writeln!(text, "{name} = {value}");
        }
        let mut edits: Vec<&Edit> = self.edits.iter().collect();
        edits.sort();
        edits.dedup();
        text.push_str("edits = [\n");
        for edit in edits {
            let _ = writeln!(text, "  {},", render_edit(edit));
        }
        text.push_str("]\n");
        text
    }

    /// Reads the record in `bytes`, the file `path`.
    ///
    /// # Errors
    /// When it is no record, or one of a newer format; with the place.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, RecordError> {
        let text = std::str::from_utf8(bytes).map_err(|_| damaged(path, "", Span::default(), "it is not UTF-8"))?;
        let fault = |span: Option<std::ops::Range<usize>>, why: &str| {
            let span = span.map_or(Span::default(), |range| Span::new(range.start, range.end));
            damaged(path, text, span, why)
        };
        let document = Document::parse(text).map_err(|error| {
            let merge = text.contains("\n<<<<<<< ") || text.starts_with("<<<<<<< ");
            if let Some((key, span)) = twice(text).filter(|_| !merge) {
                let place = Location::new(path, text, span, "again");
                return RecordError::Twice { path: path.to_owned(), key: key.to_owned(), place: Box::new(place) };
            }
            if let (true, Some(at)) = (merge, text.find("<<<<<<< ")) {
                let place = Location::new(path, text, Span::at(at), "here");
                return RecordError::Merge { path: path.to_owned(), place: Box::new(place) };
            }
            fault(error.span(), error.message())
        })?;
        let table = document.as_table();
        let format = table.get("format").and_then(Item::as_integer).ok_or_else(|| fault(None, "it has no `format`"))?;
        if format > FORMAT {
            return Err(RecordError::Newer { path: path.to_owned(), format });
        }
        let string = |key: &str| {
            let item = table.get(key);
            let value = item.and_then(Item::as_str);
            value
                .map(str::to_owned)
                .ok_or_else(|| fault(item.and_then(Item::span), &format!("`{key}` is missing or no text")))
        };
        let slug: Slug = string("slug")?.parse().map_err(|why: String| fault(None, &why))?;
        let file_name = path.rsplit('/').next().unwrap_or(path);
        if file_name != format!("{slug}.toml") {
            return Err(RecordError::Misnamed { path: path.to_owned(), slug: slug.to_string() });
        }
        let state = string("state")?;
        let state = State::ALL.iter().find(|(_, name)| *name == state).map(|(state, _)| *state);
        let state = state.ok_or_else(|| {
            fault(table.get("state").and_then(Item::span), "`state` is none of applied, adopted, reverted")
        })?;
        let mut edits = Vec::new();
        if let Some(item) = table.get("edits") {
            let array = item.as_array().ok_or_else(|| fault(item.span(), "`edits` is no list"))?;
            for value in array {
                let entry = value.as_inline_table().ok_or_else(|| fault(value.span(), "an edit is no table"))?;
                edits.push(parse_edit(entry).map_err(|why| fault(value.span(), &why))?);
            }
        }
        edits.sort();
        edits.dedup();
        Ok(Self {
            slug,
            state,
            definition: string("definition")?,
            variables: variables(table),
            back: table.get("down").and_then(Item::as_str).map(str::to_owned),
            reason: table.get("reason").and_then(Item::as_str).map(str::to_owned),
            edits,
            unknown: unknown(table.iter(), &FIELDS),
        })
    }
}

/// A field that stands twice, as after a merge of two branches that wrote it differently; with the later place.
fn twice(text: &str) -> Option<(&str, Span)> {
    let mut known = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| FIELDS.contains(key)) {
            if known.contains(&key) {
                return Some((key, Span::new(start, start + key.len())));
            }
            known.push(key);
        }
        start += line.len();
    }
    None
}

fn variables(table: &Table) -> Vec<(String, String)> {
    let entries = table.get("vars").and_then(Item::as_inline_table).into_iter().flat_map(InlineTable::iter);
    let mut variables: Vec<(String, String)> =
        entries.filter_map(|(name, value)| Some((name.to_owned(), value.as_str()?.to_owned()))).collect();
    variables.sort();
    variables
}

fn unknown<'t>(entries: impl Iterator<Item = (&'t str, &'t Item)>, known: &[&str]) -> Vec<(String, String)> {
    let other = entries.filter(|(name, _)| !known.contains(name));
    other.filter_map(|(name, item)| Some((name.to_owned(), item.as_value()?.to_string().trim().to_owned()))).collect()
}

fn damaged(path: &str, text: &str, span: Span, why: &str) -> RecordError {
    RecordError::Damaged {
        path: path.to_owned(),
        why: why.to_owned(),
        place: Box::new(Location::new(path, text, span, "here")),
    }
}

const OPS: [(Op, &str); 13] = [
    (Op::Comment, "comment"),
    (Op::Insert, "insert"),
    (Op::Replace, "replace"),
    (Op::Remove, "remove"),
    (Op::Rename, "rename"),
    (Op::Quote, "quote"),
    (Op::Text, "text"),
    (Op::Keep, "kept"),
    (Op::Create, "create"),
    (Op::Rewrite, "rewrite"),
    (Op::Delete, "delete"),
    (Op::Relocate, "move"),
    (Op::Mode, "chmod"),
];

fn render_edit(edit: &Edit) -> String {
    let Trace { place, op, after, was, now, joined, spot, turn } = &edit.trace;
    let op = OPS.iter().find(|(known, _)| known == op).map_or("", |(_, name)| name);
    let mut line =
        format!("{{ file = {}, at = {}, op = {}", basic(edit.file.as_str()), basic(&place.to_string()), basic(op));
    if let Some(format) = &edit.format {
        let _ = write!(line, ", format = {}", basic(format));
    }
    if !after.is_empty() {
        let after: Vec<String> = after.iter().map(|key| basic(key)).collect();
        let _ = write!(line, ", after = [{}]", after.join(", "));
    }
    if edit.withheld {
        line.push_str(", was = { secret = true }, now = { secret = true }");
    } else if edit.changes_something() {
        let _ = write!(line, ", was = {}, now = {}", basic(was), basic(now));
    } else if !now.is_empty() {
        let _ = write!(line, ", now = {}", basic(now));
    }
    if !joined.is_empty() {
        let _ = write!(line, ", joined = {}", basic(joined));
    }
    if let Some(spot) = spot {
        let _ = write!(line, ", spot = {}", render_spot(spot));
    }
    if *turn > 0 {
        let _ = write!(line, ", turn = {turn}");
    }
    for (name, value) in &edit.unknown {
        let _ = write!(line, ", {name} = {value}");
    }
    line.push_str(" }");
    line
}

fn parse_edit(entry: &InlineTable) -> Result<Edit, String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let required = |key: &str| text(key).ok_or_else(|| format!("an edit has no `{key}`"));
    let file = RepoPath::new(required("file")?).map_err(|error| error.to_string())?;
    let place = required("at")?.parse().map_err(|error: crate::value::PathError| error.to_string())?;
    let op = required("op")?;
    let op = OPS
        .iter()
        .find(|(_, name)| *name == op)
        .map(|(op, _)| *op)
        .ok_or_else(|| format!("`{op}` is no kind of edit"))?;
    let after = entry.get("after").and_then(Value::as_array);
    let after = after.into_iter().flatten().filter_map(|key| key.as_str().map(str::to_owned)).collect();
    let withheld = entry.get("now").is_some_and(|now| now.as_inline_table().is_some());
    let trace = Trace {
        place,
        op,
        after,
        was: text("was").unwrap_or("").to_owned(),
        now: text("now").unwrap_or("").to_owned(),
        joined: text("joined").unwrap_or("").to_owned(),
        spot: entry.get("spot").and_then(Value::as_inline_table).map(parse_spot),
        turn: number(entry, "turn"),
    };
    let format = text("format").map(str::to_owned);
    let known = ["file", "at", "op", "format", "after", "was", "now", "joined", "spot", "turn"];
    let other = entry.iter().filter(|(name, _)| !known.contains(name));
    let unknown = other.map(|(name, value)| (name.to_owned(), value.to_string().trim().to_owned())).collect();
    Ok(Edit { file, format, trace, withheld, is_private: false, unknown })
}

/// What is nought is not written.
fn render_spot(spot: &Spot) -> String {
    let Spot { lines, columns, top, blank, mixed, twins, lists } = spot;
    let numbers = [("lines", lines), ("columns", columns), ("twins", twins)];
    let mut fields: Vec<String> =
        numbers.iter().filter(|(_, number)| **number > 0).map(|(name, number)| format!("{name} = {number}")).collect();
    let flags = [("top", top), ("blank", blank), ("mixed", mixed)];
    fields.extend(flags.iter().filter(|(_, flag)| **flag).map(|(name, _)| format!("{name} = true")));
    if !lists.is_empty() {
        let lists: Vec<String> = lists.iter().map(usize::to_string).collect();
        fields.push(format!("lists = [{}]", lists.join(", ")));
    }
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

fn parse_spot(entry: &InlineTable) -> Spot {
    let lists = entry.get("lists").and_then(Value::as_array).into_iter().flatten();
    Spot {
        lines: number(entry, "lines"),
        columns: number(entry, "columns"),
        top: flag(entry, "top"),
        blank: flag(entry, "blank"),
        mixed: flag(entry, "mixed"),
        twins: number(entry, "twins"),
        lists: lists.filter_map(Value::as_integer).filter_map(|length| usize::try_from(length).ok()).collect(),
    }
}

fn flag(entry: &InlineTable, key: &str) -> bool {
    entry.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn number(entry: &InlineTable, key: &str) -> usize {
    entry.get(key).and_then(Value::as_integer).and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

/// A TOML string on one line, whatever it holds.
fn basic(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ if character.is_control() => {
                let _ = write!(literal, "\\u{:04X}", u32::from(character));
            }
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let trace = |at: &str, now: &str| Trace {
            place: at.parse().expect("a place"),
            op: Op::Insert,
            after: vec!["a".into()],
            was: String::new(),
            now: now.into(),
            joined: ",".into(),
            spot: Some(Spot { lines: 1, lists: vec![2, 3], ..Spot::default() }),
            turn: 2,
        };
        let file = |path: &str| RepoPath::new(path).expect("a path");
        let mut record = Record::new(
            "enable_ssl".parse().expect("a slug"),
            "native:enable_ssl/1".into(),
            vec![("certs".into(), "/c".into())],
        );
        record.edits.push(Edit::new(
            file("b.py"),
            None,
            trace("DATABASES.default.OPTIONS.sslmode", "\r\n\t'sslmode': \"x\\\","),
        ));
        record.edits.push(Edit::new(file("a.env"), None, trace("URL url:query.sslmode", "?sslmode=require")));
        record
    }

    #[test]
    fn a_record_is_read_as_written_and_sorted() {
        let text = record().render();
        let read = Record::parse(".migrate/applied/enable_ssl.toml", text.as_bytes()).expect("a record");
        assert_eq!(read.render(), text);
        assert_eq!(read.edits[0].file.as_str(), "a.env");
        assert_eq!(text.lines().filter(|line| line.starts_with("  {")).count(), 2);
    }

    #[test]
    fn unknown_fields_survive() {
        let text = record()
            .render()
            .replace("edits = [", "future = { a = 1 }\nedits = [")
            .replace("op = ", "later = 2, op = ");
        let read = Record::parse("x/enable_ssl.toml", text.as_bytes()).expect("a record");
        let again = read.render();
        assert!(again.contains("future = { a = 1 }") && again.contains("later = 2"), "{again}");
    }

    #[test]
    fn damaged_and_newer_records_are_named() {
        let parse = |text: &str| Record::parse("x/enable_ssl.toml", text.as_bytes());
        assert!(matches!(parse("format = 2\n"), Err(RecordError::Newer { format: 2, .. })));
        let good = record().render();
        for bad in ["", "format = 1", &good.replace("applied", "maybe"), &good.replace("b.py", "../b.py")] {
            assert!(matches!(parse(bad), Err(RecordError::Damaged { .. })), "{bad}");
        }
        assert!(matches!(parse("<<<<<<< ours\nformat = 1\n"), Err(RecordError::Merge { .. })));
        assert!(matches!(parse(&good.replace("enable_ssl", "other")), Err(RecordError::Misnamed { .. })));
    }
}
