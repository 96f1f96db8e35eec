//! The operation test: every kind of change at many places of many files, in both kinds of line end.
//! It counts what is done and refused; wrong bytes and panics have to be none.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use settings_migrate::format::{Body, Change, Format, Layout, Node, Rank, detect, read};
use settings_migrate::text::Text;
use settings_migrate::value::{Key, KeyPath, Value};

use crate::laws::{Failure, laws};

/// Runs every operation at up to `places` places of every file below `roots`, or of one in `each` of them.
pub fn run(roots: &[PathBuf], places: usize, each: usize) -> Report {
    let mut files = Vec::new();
    for root in roots {
        collect(root, &mut files);
    }
    files.sort();
    let mut report = Report { places, ..Report::default() };
    for file in files.iter().step_by(each) {
        check_file(file, &mut report);
    }
    report
}

/// What became of each operation.
#[derive(Default)]
pub struct Report {
    places: usize,
    /// Done, refused, wrong by format and operation.
    counts: BTreeMap<(&'static str, &'static str), [usize; 3]>,
    refusals: BTreeMap<(&'static str, &'static str, String), (usize, String)>,
    unread: BTreeMap<&'static str, (usize, usize)>,
    /// Edits that broke a law, and panics.
    pub wrong: Vec<String>,
}

impl Report {
    pub fn print(&self) {
        for (format, (read, faulty)) in &self.unread {
            println!("{format}: {read} files read, {faulty} not");
        }
        for ((format, op), [done, refused, wrong]) in &self.counts {
            let rate = 100.0 * *done as f64 / (done + refused + wrong) as f64;
            println!("{format:8} {op:10} done {done:6} refused {refused:6} wrong {wrong:4}  {rate:.2} %");
        }
        let mut refusals: Vec<_> = self.refusals.iter().collect();
        refusals.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        for ((format, op, why), (count, example)) in refusals.iter().take(60) {
            println!("{count:6} {format} {op}: {why}   [{example}]");
        }
    }
}

pub fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    if folder.is_file() {
        files.push(folder.to_owned());
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| detect(name).is_some()) {
            files.push(path);
        }
    }
}

fn check_file(file: &Path, report: &mut Report) {
    let Some(format) = file.file_name().and_then(|name| name.to_str()).and_then(detect) else { return };
    let Ok(bytes) = std::fs::read(file) else { return };
    if bytes.len() > 60_000 {
        return;
    }
    let Ok(text) = Text::decode(&bytes, format.charset(&bytes)) else { return };
    let name = file.display().to_string();
    check_text(format, &text.content, &name, report);
    if name.contains("yaml-test-suite") {
        for (index, yaml) in super::suites::yaml_documents(&text.content).into_iter().enumerate() {
            check_text(format, &yaml.text, &format!("{name}#{index}"), report);
        }
    }
}

fn check_text(format: &'static dyn Format, content: &str, name: &str, report: &mut Report) {
    let content = content.replace("\r\n", "\n");
    for (kind, text) in [("LF", content.clone()), ("CRLF", content.replace('\n', "\r\n"))] {
        let label = format!("{name} {kind}");
        let counted = report.unread.entry(format.name()).or_default();
        let Ok(document) = read(format, &text) else {
            counted.1 += 1;
            continue;
        };
        counted.0 += 1;
        let mut nodes: Vec<(KeyPath, &Node)> = Vec::new();
        document.root.walk(&KeyPath::default(), &mut |path, node| nodes.push((path.clone(), node)));
        let step = nodes.len().div_ceil(report.places).max(1);
        // A YAML file of several documents is a list of them, which one that is left would not be.
        let of_documents = document.root.body == Body::List(Layout::Implied);
        for (path, node) in nodes.iter().step_by(step).chain(nodes.first()) {
            changes(format.name(), path, node, &mut |op, change| {
                if !(of_documents && path.keys.len() == 1 && op == "remove") {
                    check(format, &text, op, &change, &label, report);
                }
            });
        }
    }
}

/// Asks what can be asked at one place: what its language has no way to say is left out.
pub fn changes(format: &str, path: &KeyPath, node: &Node, each: &mut dyn FnMut(&'static str, Change)) {
    let root = path.keys.is_empty();
    let name = path.last().and_then(Key::name).unwrap_or("");
    let import = path.keys.first().and_then(Key::name).is_some_and(|name| name.starts_with("import "));
    if import {
        return;
    }
    if matches!(node.body, Body::Scalar { .. } | Body::Empty(_)) && !root {
        each("replace", Change::Set { path: path.clone(), value: "zz value".into() });
        each("number", Change::Set { path: path.clone(), value: 4711.into() });
    }
    if let Some(first) = first_entry(format, node) {
        let (container, value) = (path.clone(), "zz value".into());
        each("before", Change::Insert { container, key: Some("zz_new".to_owned()), value, rank: Rank::Before(first) });
    }
    match format {
        "xml" => elements(path, node, each),
        "hcl" => blocks(path, node, each),
        _ if matches!(node.body, Body::Map(_) | Body::Empty(_)) => {
            each("insert", Change::Set { path: path.join("zz_new"), value: "zz value".into() });
            // The sections of an INI file hold plain values.
            if format != "ini" || root {
                each("nested", Change::Set { path: path.join("zz_one").join("zz_two"), value: true.into() });
            }
        }
        _ => {}
    }
    // The documents of a YAML file come apart only, and so do the tables of an array of TOML.
    let apart = node.body == Body::List(Layout::Implied);
    let append = |value: Value| Change::Insert { container: path.clone(), key: None, value, rank: Rank::Last };
    if node.is_list() && !apart {
        each("append", append("zz value".into()));
    }
    if node.is_list() && !(apart && root) && format != "lines" {
        let entries = vec![("zz_a".to_owned(), Value::from("zz value")), ("zz_b".to_owned(), Value::from(1))];
        each("append map", append(Value::Map(entries)));
    }
    // An XML file has one root element, and what a prefix stands for is said as long as it is used.
    let stays = format == "xml" && (path.keys.len() == 1 || name.starts_with("@xmlns"));
    if !root && !stays {
        each("remove", Change::Remove { path: path.clone() });
    }
    if node.key.is_some() && !name.starts_with("@xmlns") && name != "#text" {
        let name = if name.starts_with('@') { "@zz_name" } else { "zz_name" };
        each("rename", Change::Rename { path: path.clone(), name: name.to_owned() });
    }
}

/// The first entry of a map, where another one can stand before it.
fn first_entry(format: &str, node: &Node) -> Option<Key> {
    let is_element = |child: &&Node| child.key.as_ref().is_some_and(|key| !key.text.starts_with(['@', '#']));
    let first = match (format, node.layout()?) {
        ("xml", _)
            if node.key.is_some() && !node.children.iter().any(|child| child.path_key() == Some("#text".into())) =>
        {
            node.children.iter().find(is_element)
        }
        ("xml", _) => None,
        (_, Layout::Lines { .. } | Layout::Delimited { .. }) => node.children.first(),
        _ => None,
    };
    first?.path_key()
}

/// An element holds elements or text: what it does not hold yet is asked of empty ones.
fn elements(path: &KeyPath, node: &Node, each: &mut dyn FnMut(&'static str, Change)) {
    let is_element = |name: &str| !name.starts_with(['@', '#']);
    if !path.last().and_then(Key::name).is_some_and(is_element) {
        return;
    }
    let names = || node.children.iter().filter_map(|child| child.key.as_ref());
    let holds_elements = names().any(|key| is_element(&key.text));
    let holds_text = !node.value.is_empty() && (!holds_elements || names().any(|key| key.text == "#text"));
    each("attribute", Change::Set { path: path.join("@zz_new"), value: "zz \"value\"".into() });
    if !holds_text {
        each("insert", Change::Set { path: path.join("zz_new"), value: "zz <value>".into() });
        each("nested", Change::Set { path: path.join("zz_one").join("@zz_two"), value: true.into() });
    }
    if !holds_elements {
        each("text", Change::Set { path: path.join("#text"), value: "zz value".into() });
    }
}

/// Below a label there are blocks only, and a map is a block or an object: it is asked for as a value, or where the
/// blocks beside a new one show which it is.
fn blocks(path: &KeyPath, node: &Node, each: &mut dyn FnMut(&'static str, Change)) {
    let Body::Map(layout) = &node.body else { return };
    let value = Value::Map(vec![("zz_two".to_owned(), true.into())]);
    if *layout != Layout::Implied {
        each("insert", Change::Set { path: path.join("zz_new"), value: "zz value".into() });
        each("nested", Change::Set { path: path.join("zz_one"), value });
        return;
    }
    let labelled = |child: &&Node| child.layout() != Some(&Layout::Implied);
    let new = |label: &str| match node.children.iter().find(labelled) {
        Some(_) => path.join(label),
        None => path.join(label).join("zz_label"),
    };
    each("nested", Change::Set { path: new("zz_one"), value });
    for map in node.children.iter().filter(labelled).flat_map(|block| &block.children) {
        if let (Body::Map(Layout::Own | Layout::Lines { .. } | Layout::Delimited { .. }), Some(key)) =
            (&map.body, &map.key)
        {
            let path = new("zz_new").join(key.text.as_str()).join("zz_two");
            each("shown", Change::Set { path, value: true.into() });
        }
    }
}

fn check(format: &'static dyn Format, text: &str, op: &'static str, change: &Change, label: &str, report: &mut Report) {
    let result = catch_unwind(AssertUnwindSafe(|| laws(format, text, change)));
    let counts = report.counts.entry((format.name(), op)).or_default();
    match result {
        Ok(Ok(_)) => counts[0] += 1,
        Ok(Err(Failure::Refused(why))) => {
            counts[1] += 1;
            let kind: String = why.split('`').step_by(2).collect::<Vec<_>>().join("`..`");
            let entry =
                report.refusals.entry((format.name(), op, kind)).or_insert_with(|| (0, format!("{label} {change:?}")));
            entry.0 += 1;
        }
        Ok(Err(Failure::Wrong(why))) => {
            counts[2] += 1;
            report.wrong.push(format!("{label}: {op} {change:?}: {why}"));
        }
        Err(_) => {
            counts[2] += 1;
            report.wrong.push(format!("{label}: {op} {change:?}: PANIC"));
        }
    }
}
