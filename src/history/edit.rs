//! One edit of a record: a line of it, which says what a migration replaced, where and by what.

use std::fmt::Write;

use toml_edit::{InlineTable, Value};

use crate::format::{Landmark, Op, Spot, Trace};
use crate::path::RepoPath;
use crate::text::toml_string;
use crate::value::{KeyPath, asks_environment, holds_secret};

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
    /// Fields of a newer minor version, kept as written.
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

    /// The names that the file had before, or between two steps of the migration.
    pub fn earlier_names(&self) -> impl Iterator<Item = &str> {
        let Trace { op, after, was, .. } = &self.trace;
        let between = after.iter().filter(|_| matches!(op, Op::Relocate | Op::Create)).map(String::as_str);
        between.chain((*op == Op::Relocate).then_some(was.as_str()))
    }

    /// Whether its text shows a secret.
    pub fn is_secret(&self) -> bool {
        let beside = self.trace.after.iter().filter(|_| self.trace.place.part.is_some());
        [&self.trace.was, &self.trace.now].into_iter().chain(beside).any(|text| {
            let line = format!("{}={text}", self.trace.place.name());
            // The default behind the name of a variable may stand on a later line.
            let goes_on = || asks_environment(text.trim_start()) && holds_secret(&line.replace(['\r', '\n'], " "));
            holds_secret(text) || !text.trim().is_empty() && (holds_secret(&line) || goes_on())
        })
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

pub(super) fn render_edit(edit: &Edit) -> String {
    let Trace { place, op, after, before, was, now, joined, spot, turn, landmarks } = &edit.trace;
    let op = OPS.iter().find(|(known, _)| known == op).map_or("", |(_, name)| name);
    let mut line = format!(
        "{{ file = {}, at = {}, op = {}",
        toml_string(edit.file.as_str()),
        toml_string(&place.to_string()),
        toml_string(op)
    );
    if let Some(format) = &edit.format {
        let _ = write!(line, ", format = {}", toml_string(format));
    }
    for (name, siblings) in [("after", after), ("before", before)].into_iter().filter(|(_, all)| !all.is_empty()) {
        let siblings: Vec<String> = siblings.iter().map(|key| toml_string(key)).collect();
        let _ = write!(line, ", {name} = [{}]", siblings.join(", "));
    }
    if edit.withheld {
        line.push_str(", was = { secret = true }, now = { secret = true }");
    } else if edit.changes_something() {
        let _ = write!(line, ", was = {}, now = {}", toml_string(was), toml_string(now));
    } else if !now.is_empty() {
        let _ = write!(line, ", now = {}", toml_string(now));
    }
    if !joined.is_empty() {
        let _ = write!(line, ", joined = {}", toml_string(joined));
    }
    if let Some(spot) = spot {
        let _ = write!(line, ", spot = {}", render_spot(spot));
    }
    if *turn > 0 {
        let _ = write!(line, ", turn = {turn}");
    }
    if !landmarks.is_empty() {
        let among: Vec<String> = landmarks.iter().map(render_landmark).collect();
        let _ = write!(line, ", among = [{}]", among.join(", "));
    }
    for (name, value) in &edit.unknown {
        let _ = write!(line, ", {name} = {value}");
    }
    line.push_str(" }");
    line
}

pub(super) fn parse_edit(entry: &InlineTable) -> Result<Edit, String> {
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
    let texts = |key: &str| {
        let texts = entry.get(key).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let withheld = entry.get("now").is_some_and(|now| now.as_inline_table().is_some());
    let trace = Trace {
        place,
        op,
        after: texts("after"),
        before: texts("before"),
        was: text("was").unwrap_or("").to_owned(),
        now: text("now").unwrap_or("").to_owned(),
        joined: text("joined").unwrap_or("").to_owned(),
        spot: entry.get("spot").and_then(Value::as_inline_table).map(parse_spot),
        turn: number(entry, "turn"),
        landmarks: entry.get("among").and_then(Value::as_array).into_iter().flatten().map(parse_landmark).collect(),
    };
    let format = text("format").map(str::to_owned);
    let known = ["file", "at", "op", "format", "after", "before", "was", "now", "joined", "spot", "turn", "among"];
    let other = entry.iter().filter(|(name, _)| !known.contains(name));
    let unknown = other.map(|(name, value)| (name.to_owned(), value.to_string().trim().to_owned())).collect();
    Ok(Edit { file, format, trace, withheld, is_private: false, unknown })
}

/// What is nought is not written.
fn render_spot(spot: &Spot) -> String {
    let Spot { lines, columns, comma, top, blank, mixed, twins, left, lists } = spot;
    let numbers = [("lines", lines), ("columns", columns), ("comma", comma), ("twins", twins), ("left", left)];
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
        comma: number(entry, "comma"),
        top: flag(entry, "top"),
        blank: flag(entry, "blank"),
        mixed: flag(entry, "mixed"),
        twins: number(entry, "twins"),
        left: number(entry, "left"),
        lists: lists.filter_map(Value::as_integer).filter_map(|length| usize::try_from(length).ok()).collect(),
    }
}

/// `{ of = 2, at = "name", is = "worker" }`: one of two, whose `name` is `worker`.
fn render_landmark(Landmark { count, own }: &Landmark) -> String {
    let own = own.as_ref().map(|(at, is)| match at.keys.is_empty() {
        true => format!(", is = {}", toml_string(is)),
        false => format!(", at = {}, is = {}", toml_string(&at.to_string()), toml_string(is)),
    });
    format!("{{ of = {count}{} }}", own.unwrap_or_default())
}

fn parse_landmark(entry: &Value) -> Landmark {
    let Some(entry) = entry.as_inline_table() else { return Landmark::default() };
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let at = text("at").map_or_else(|| Some(KeyPath::default()), |at| at.parse().ok());
    let own = at.zip(text("is").map(str::to_owned));
    Landmark { count: number(entry, "of"), own }
}

fn flag(entry: &InlineTable, key: &str) -> bool {
    entry.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn number(entry: &InlineTable, key: &str) -> usize {
    entry.get(key).and_then(Value::as_integer).and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}
