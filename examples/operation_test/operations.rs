//! The operation test: every kind of change at many places of many files, in both kinds of line end.
//! It counts what is done and refused; wrong bytes and panics have to be none.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use settings_migrate::format::{Body, Change, Format, Node, Rank, detect, read};
use settings_migrate::text::Text;
use settings_migrate::value::{Key, KeyPath, Value};

use crate::laws::{Failure, laws};

/// Runs every operation at up to `places` places of every file below `roots`.
pub fn run(roots: &[PathBuf], places: usize) -> Report {
    let mut files = Vec::new();
    for root in roots {
        collect(root, &mut files);
    }
    files.sort();
    let mut report = Report { places, ..Report::default() };
    for file in &files {
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
        for (path, node) in nodes.iter().step_by(step).chain(nodes.first()) {
            changes(format.name() == "xml", path, node, &mut |op, change| {
                check(format, &text, op, &change, &label, report);
            });
        }
    }
}

pub fn changes(markup: bool, path: &KeyPath, node: &Node, each: &mut dyn FnMut(&'static str, Change)) {
    let root = path.keys.is_empty();
    let import = path.keys.first().and_then(Key::name).is_some_and(|name| name.starts_with("import "));
    if import {
        return;
    }
    if matches!(node.body, Body::Scalar { .. } | Body::Empty(_)) && !root {
        each("replace", Change::Set { path: path.clone(), value: "zz value".into() });
        each("number", Change::Set { path: path.clone(), value: 4711.into() });
    }
    let text = path.last().and_then(Key::name).is_some_and(|name| name.starts_with(['@', '#']));
    if markup && !root && !text {
        each("attribute", Change::Set { path: path.join("@zz_new"), value: "zz \"value\"".into() });
        // An element holds elements or text: what it does not hold yet is asked of empty ones.
        let holds_elements =
            node.children.iter().filter_map(|child| child.key.as_ref()).any(|key| !key.text.starts_with(['@', '#']));
        let holds_text = !holds_elements && !node.value.is_empty();
        if !holds_text {
            each("insert", Change::Set { path: path.join("zz_new"), value: "zz <value>".into() });
            each("nested", Change::Set { path: path.join("zz_one").join("@zz_two"), value: true.into() });
        }
        if !holds_elements {
            each("text", Change::Set { path: path.join("#text"), value: "zz value".into() });
        }
    } else if !markup && matches!(node.body, Body::Map(_) | Body::Empty(_)) {
        each("insert", Change::Set { path: path.join("zz_new"), value: "zz value".into() });
        each("nested", Change::Set { path: path.join("zz_one").join("zz_two"), value: true.into() });
    }
    if node.is_list() {
        each(
            "append",
            Change::Insert { container: path.clone(), key: None, value: "zz value".into(), rank: Rank::Last },
        );
        let entries = vec![("zz_a".to_owned(), Value::from("zz value")), ("zz_b".to_owned(), Value::from(1))];
        each(
            "append map",
            Change::Insert { container: path.clone(), key: None, value: Value::Map(entries), rank: Rank::Last },
        );
    }
    if !root {
        each("remove", Change::Remove { path: path.clone() });
        if node.key.is_some() {
            let attribute = path.last().and_then(Key::name).is_some_and(|name| name.starts_with('@'));
            let name = if attribute { "@zz_name" } else { "zz_name" };
            each("rename", Change::Rename { path: path.clone(), name: name.to_owned() });
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
