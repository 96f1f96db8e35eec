//! One record: which edits a migration made, as exact text, in bytes that depend on nothing else.

use std::borrow::Cow;
use std::fmt::Write;

use toml_edit::{Document, InlineTable, Item, Table};

use super::RecordError;
use super::edit::{Edit, parse_edit, render_edit};
use crate::diagnostic::Location;
use crate::migration::Slug;
use crate::text::{Span, toml_string};

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
    /// Lines of comments, each with the field that it stands above.
    comments: Vec<(String, String)>,
    /// Tables of a newer minor version, which stand behind everything else, kept as written.
    tables: String,
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
            comments: Vec::new(),
            tables: String::new(),
        }
    }

    /// Takes in the edits of another record of the same migration.
    pub(super) fn unite(&mut self, other: Self) {
        let more: Vec<Edit> = other.edits.into_iter().filter(|edit| !self.edits.contains(edit)).collect();
        self.edits.extend(more);
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
        let mut field = |name: &str, value: &str| {
            for (_, comment) in self.comments.iter().filter(|(above, _)| above == name) {
                let _ = writeln!(text, "{comment}");
            }
            let _ = writeln!(text, "{name} = {value}");
        };
        field("format", &FORMAT.to_string());
        field("slug", &toml_string(self.slug.as_str()));
        field("state", &toml_string(self.state.name()));
        field("definition", &toml_string(&self.definition));
        if !self.variables.is_empty() {
            let variables: Vec<String> =
                self.variables.iter().map(|(name, value)| format!("{name} = {}", toml_string(value))).collect();
            field("vars", &format!("{{ {} }}", variables.join(", ")));
        }
        if let Some(back) = &self.back {
            field("down", &toml_string(back));
        }
        if let Some(reason) = &self.reason {
            field("reason", &toml_string(reason));
        }
        self.unknown.iter().for_each(|(name, value)| field(name, value));
        let mut edits: Vec<&Edit> = self.edits.iter().collect();
        edits.sort();
        edits.dedup();
        let lines: String = edits.into_iter().map(|edit| format!("  {},\n", render_edit(edit))).collect();
        field("edits", &format!("[\n{lines}]"));
        if !self.tables.is_empty() {
            let _ = write!(text, "\n{}", self.tables);
        }
        text
    }

    /// Reads the record in `bytes`, the file `path`.
    ///
    /// # Errors
    /// When it is no record, or one of a newer format; with the place.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, RecordError> {
        let text = std::str::from_utf8(bytes).map_err(|_| damaged(path, "", Span::default(), "it is not UTF-8"))?;
        let text = &*with_one_reason(text);
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
            comments: comments(text),
            tables: tables(table, text),
        })
    }
}

/// `text` with each of its reasons, as after a merge of two branches that both took the migration back, in one.
fn with_one_reason(text: &str) -> Cow<'_, str> {
    let is_reason = |line: &&str| line.starts_with("reason = ");
    let fields = || text.split_inclusive('\n').take_while(|line| !line.starts_with('['));
    if fields().filter(is_reason).count() < 2 {
        return Cow::Borrowed(text);
    }
    let value = |line: &str| Some(Document::parse(line).ok()?.as_table().get("reason")?.as_str()?.to_owned());
    let mut reasons: Vec<String> = fields().filter(is_reason).filter_map(value).collect();
    reasons.sort();
    reasons.dedup();
    let mut one = Some(format!("reason = {}\n", toml_string(&reasons.join("; "))));
    let head: usize = fields().map(str::len).sum();
    let lines = fields().map(|line| if is_reason(&line) { one.take().unwrap_or_default() } else { line.to_owned() });
    Cow::Owned(lines.collect::<String>() + &text[head..])
}

/// The lines of comments, each with the field that it stands above; those among the edits stand above all of them.
fn comments(text: &str) -> Vec<(String, String)> {
    let mut open: Vec<&str> = Vec::new();
    let mut comments = Vec::new();
    let mut last = "edits";
    for line in text.lines().take_while(|line| !line.starts_with('[')) {
        if line.trim_start().starts_with('#') {
            open.push(line.trim());
        } else if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.contains([' ', '"'])) {
            last = name;
            comments.extend(open.drain(..).map(|comment| (name.to_owned(), comment.to_owned())));
        }
    }
    comments.extend(open.into_iter().map(|comment| (last.to_owned(), comment.to_owned())));
    comments
}

/// The tables behind the fields.
fn tables(table: &Table, text: &str) -> String {
    let is_table = |item: &Item| item.as_table().is_some_and(|table| !table.is_dotted()) || item.is_array_of_tables();
    let start = text.find("\n[").filter(|_| table.iter().any(|(_, item)| is_table(item)));
    start.map_or(String::new(), |start| text[start + 1..].to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Landmark, Op, Spot, Trace};
    use crate::path::RepoPath;

    fn record() -> Record {
        let trace = |at: &str, now: &str| Trace {
            place: at.parse().expect("a place"),
            op: Op::Insert,
            after: vec!["a".into()],
            before: vec![String::new(), "b".into()],
            was: String::new(),
            now: now.into(),
            joined: ",".into(),
            spot: Some(Spot { lines: 1, lists: vec![2, 3], ..Spot::default() }),
            turn: 2,
            landmarks: vec![Landmark { count: 2, own: Some(("a".into(), "b".into())) }, Landmark::default()],
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
    fn comments_and_tables_survive() {
        let text = record().render();
        let text = text.replace("state = ", "# why it is here\n# in two lines\nstate = ");
        let text = text.replace("  { file = \"b.py\"", "  # of the second\n  { file = \"b.py\"")
            + "\n[later]\na = 1 # one\n\n[[more]]\nb = 2\n";
        let read = |text: &str| Record::parse("x/enable_ssl.toml", text.as_bytes()).expect("a record").render();
        let again = read(&text);
        assert!(again.contains("\n# why it is here\n# in two lines\nstate = "), "{again}");
        assert!(again.contains("\n# of the second\nedits = [\n  {"), "{again}");
        assert!(again.ends_with("]\n\n[later]\na = 1 # one\n\n[[more]]\nb = 2\n"), "{again}");
        assert_eq!(read(&again), again);
    }

    #[test]
    fn reasons_of_two_branches_are_one() {
        let text =
            record().render().replace("edits = [", "reason = \"too \\\"early\\\"\"\nreason = \"broken\"\nedits = [");
        let read = Record::parse("x/enable_ssl.toml", text.as_bytes()).expect("a record");
        assert_eq!(read.reason.as_deref(), Some("broken; too \"early\""));
        assert_eq!(read.render().matches("reason = ").count(), 1);
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
