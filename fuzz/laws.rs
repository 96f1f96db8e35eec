//! What holds for every text and every change: the laws that the fuzz targets, the replay of their findings and the
//! operation test check.

use std::time::{Duration, Instant};

use settings_migrate::format::{Change, Format, Node, Rank, Trace, Undone, by_name, edit, read, undo_all};
use settings_migrate::history::Record;
use settings_migrate::path::RepoPath;
use settings_migrate::text::{Span, Text};
use settings_migrate::value::{Key, KeyPath, Value};

/// Holds `input` against the law that a fuzz target is named for: `parse_FORMAT`, `edit_FORMAT`, `record`, `repo_path`.
///
/// # Panics
/// When the law is broken.
#[allow(dead_code, reason = "the operation test has changes of its own")]
pub fn check(target: &str, input: &[u8]) {
    match target.split_once('_') {
        Some(("parse", format)) => parse(format, input),
        Some(("edit", format)) => edits(format, input),
        Some(("repo", "path")) => repo_path(input),
        _ => record(input),
    }
}

/// A text is read into a tree that lies within it, or has a fault with a place in it; in no time.
fn parse(format: &str, input: &[u8]) {
    let format = by_name(format).expect("a format");
    let Ok(text) = Text::decode(input, format.charset(input)) else { return };
    let text = text.content;
    let start = Instant::now();
    let answer = read(format, &text);
    let limit = Duration::from_secs(2) * (1 + text.len() as u32 / 65_536);
    assert!(start.elapsed() < limit, "{} bytes took {:?}", text.len(), start.elapsed());
    match answer {
        Ok(document) => document.root.walk(&KeyPath::default(), &mut |path, node| {
            for span in [node.entry, node.value].into_iter().chain(node.key.as_ref().map(|key| key.span)) {
                assert!(lies_in(&text, span), "{path}: {span:?} of {}", text.len());
            }
        }),
        Err(fault) => assert!(lies_in(&text, fault.span), "{fault:?} of {}", text.len()),
    }
}

fn lies_in(text: &str, span: Span) -> bool {
    span.start <= span.end && text.get(span.start..span.end).is_some()
}

/// The text before the last zero byte is changed as the bytes behind it say, three to a change.
fn edits(format: &str, input: &[u8]) {
    let format = by_name(format).expect("a format");
    let Some(end) = input.iter().rposition(|byte| *byte == 0) else { return };
    let Ok(text) = Text::decode(&input[..end], format.charset(input)) else { return };
    let mut text = text.content;
    for order in input[end + 1..].chunks_exact(3).take(4) {
        let Some(change) = change(format, &text, order) else { return };
        match laws(format, &text, &change) {
            Ok(after) => text = after,
            Err(Failure::Refused(_)) => {}
            Err(Failure::Wrong(why)) => panic!("{change:?}: {why}\n--- text\n{text}"),
        }
    }
}

/// The change that three bytes stand for: what, where in the file, with which value.
fn change(format: &dyn Format, text: &str, order: &[u8]) -> Option<Change> {
    let document = read(format, text).ok()?;
    let mut nodes: Vec<(KeyPath, &Node)> = Vec::new();
    document.root.walk(&KeyPath::default(), &mut |path, node| nodes.push((path.clone(), node)));
    let (path, node) = &nodes[usize::from(order[1]) % nodes.len()];
    let path = path.clone();
    let is_import = path.keys.first().and_then(Key::name).is_some_and(|name| name.starts_with("import "));
    if is_import {
        return None;
    }
    let values: [Value; 8] = [
        "zz".into(),
        4711.into(),
        true.into(),
        "a b # c: \"d\" 'e'".into(),
        "".into(),
        "no".into(),
        Value::Map(vec![("k".to_owned(), "v".into()), ("n".to_owned(), 1.into())]),
        Value::List(vec!["x".into(), 2.into()]),
    ];
    let value = values[usize::from(order[2]) % values.len()].clone();
    Some(match order[0] % 8 {
        0 | 1 => Change::Set { path, value },
        2 => Change::Set { path: path.join("zz_new"), value },
        3 => Change::Set { path: path.join("zz_one").join("zz_two"), value },
        4 => Change::Remove { path },
        5 => Change::Rename { path, name: "zz_name".to_owned() },
        6 if node.is_list() => {
            let rank = if order[2] > 127 { Rank::First } else { Rank::Last };
            Change::Insert { container: path, key: None, value, rank }
        }
        6 => Change::SetParameter { path, name: "zz".to_owned(), value: "a&b".to_owned() },
        _ => Change::Comment { path, text: "a note".to_owned() },
    })
}

/// A path that is taken stays below the root and out of git's own folder, however it is written.
fn repo_path(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(path) = RepoPath::new(text) else { return };
    let written = path.as_str();
    assert!(!written.is_empty() && !written.starts_with('/') && !written.contains(['\0', '\\']), "{written:?}");
    for part in written.split('/') {
        assert!(!matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"), "{written:?}");
    }
}

/// A record is read or refused, and what is read is written as it was read.
fn record(input: &[u8]) {
    if let Ok(record) = Record::parse("enable_ssl.toml", input) {
        let written = record.render();
        let again = Record::parse("enable_ssl.toml", written.as_bytes()).expect("a record that was written");
        assert_eq!(again.render(), written);
    }
}

/// Why a change was not made rightly.
pub enum Failure {
    Refused(String),
    Wrong(String),
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a value becomes the empty text.
fn empties(change: &Change) -> bool {
    matches!(change, Change::Set { value: Value::Str(text), .. } if text.is_empty())
}

/// Whether what stands behind takes the place of what goes.
fn moves_up(change: &Change) -> bool {
    let numbered = |path: &KeyPath| matches!(path.last(), Some(Key::Index(_) | Key::Site(..)));
    matches!(change, Change::Remove { path } | Change::Rename { path, .. } if numbered(path))
}

/// Makes `change` in `text`: only the edits differ, the same again makes nothing, line ends stay, and what is made can
/// be taken back to the byte. Returns the text after it.
pub fn laws(format: &dyn Format, text: &str, change: &Change) -> Result<String, Failure> {
    let wrong = |why: String| Err(Failure::Wrong(why));
    let outcome = edit(format, text, change).map_err(|refusal| Failure::Refused(refusal.message))?;
    let after = &outcome.text;
    if outcome.edits.apply(text) != *after || outcome.edits.inverse(text).apply(after) != text {
        return wrong("locality".to_owned());
    }
    match edit(format, after, change) {
        Ok(again) if again.made.is_empty() => {}
        // The next element, or the next of several equal names, moves up.
        Ok(_) if moves_up(change) => {}
        Err(_) if matches!(change, Change::Rename { .. } | Change::Remove { .. }) => {}
        Ok(again) => return wrong(format!("again makes {:?}", again.made)),
        Err(refusal) => return wrong(format!("again refuses: {}", refusal.message)),
    }
    let bare = text.replace("\r\n", "");
    let (crlf, mixed) = (text.contains("\r\n"), bare.contains('\r') || text.contains("\r\n") && bare.contains('\n'));
    if !mixed && (crlf && after.replace("\r\n", "").contains('\n') || !crlf && after.contains('\r')) {
        return wrong(format!("line ends\n{after}"));
    }
    let removes = matches!(change, Change::Remove { .. });
    let lost = text.ends_with('\n') && !after.ends_with('\n');
    let gained = !removes && !text.ends_with('\n') && after.ends_with('\n');
    if (lost || gained) && text.contains('\n') && !text.trim().is_empty() && !after.trim().is_empty() {
        return wrong(format!("final line end\n--- before\n{text}\n--- after\n{after}"));
    }
    if !matches!(change, Change::Remove { .. } | Change::Rename { .. } | Change::Move { .. }) {
        let mut current = text.to_owned();
        let mut traces = Vec::new();
        for made in &outcome.made {
            traces.push(Trace::of(made, &current));
            current = made.edits().expect("disjoint").apply(&current);
        }
        match undo_all(format, after, &traces) {
            Ok((undone, _)) if undone == text => {}
            // Of blanks around a value that became empty nobody can tell which stood before it.
            Ok((undone, _)) if empties(change) && squeezed(&undone) == squeezed(text) => {}
            Ok((undone, outcomes)) => {
                let kept = outcomes.iter().find(|outcome| !matches!(outcome, Undone::Edits(_)));
                let small = if text.len() < 600 {
                    format!("\n--- before\n{text}\n--- after\n{after}\n--- undone\n{undone}")
                } else {
                    String::new()
                };
                return wrong(format!("undo {kept:?} {traces:?}{small}"));
            }
            Err(fault) => return wrong(format!("undo: {}", fault.message)),
        }
    }
    Ok(outcome.text)
}
