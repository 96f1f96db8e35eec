//! What holds for every text and every change: the laws that the fuzz targets, the replay of their findings and the
//! operation test check.

#[path = "journal.rs"]
mod journal;
#[path = "shown.rs"]
mod shown;
#[path = "told.rs"]
mod told;

use std::time::{Duration, Instant};

use settings_migrate::format::{
    Body, Change, Format, Layout, Made, Node, Op, Rank, Trace, Undone, by_name, edit, find_all, read, undo_all,
};
use settings_migrate::history::Record;
use settings_migrate::migration::declared::Declaration;
use settings_migrate::path::RepoPath;
use settings_migrate::text::{Span, Text};
use settings_migrate::value::{Key, KeyPath, Part, Place, Value};

/// Holds `input` against the law that a fuzz target is named for: `parse_FORMAT`, `edit_FORMAT`, or one of its own.
///
/// # Panics
/// When the law is broken.
#[allow(dead_code, reason = "the operation test has changes of its own")]
pub fn check(target: &str, input: &[u8]) {
    match (target, target.split_once('_')) {
        (_, Some(("parse", format))) => parse(format, input),
        (_, Some(("edit", format))) => edits(format, input),
        ("repo_path", _) => repo_path(input),
        ("place", _) => place(input),
        ("record", _) => record(input),
        ("migration_file", _) => migration_file(input),
        ("journal_plan", _) => journal::recovery(input),
        ("printable", _) => shown::printable_text(input),
        ("masker", _) => shown::masked(input),
        ("diff_markdown", _) => told::markdown(input),
        ("diff_sarif", _) => told::sarif(input),
        ("cli_args", _) => told::command_line(input),
        ("three_way", _) => three_way(input),
        _ => panic!("no law is called {target}"),
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
        Ok(document) => {
            document.root.walk(&KeyPath::default(), &mut |path, node| stands(&text, path, node));
            assert!(document.tokens.iter().all(|token| lies_in(&text, *token)), "a token of {}", text.len());
        }
        Err(fault) => assert!(lies_in(&text, fault.span), "{fault:?} of {}", text.len()),
    }
}

/// A node lies in the text, its value in it, its plain content says what it means, its brackets hold its entries.
fn stands(text: &str, path: &KeyPath, node: &Node) {
    for span in [node.entry, node.value].into_iter().chain(node.key.as_ref().map(|key| key.span)) {
        assert!(lies_in(text, span), "{path}: {span:?} of {}", text.len());
    }
    assert!(node.value.is_empty() || node.entry.contains(node.value), "{path}: the value lies outside");
    if let Body::Scalar { value, content: Some(content) } = &node.body {
        assert!(lies_in(text, *content) && node.value.contains(*content), "{path}: {content:?}");
        if let Value::Str(meant) = value {
            assert_eq!(content.of(text), meant, "{path}");
        }
    }
    match node.layout() {
        Some(Layout::Delimited { open, close }) => {
            assert!(lies_in(text, Span::new(*open, *close)), "{path}: {open}..{close}");
        }
        Some(Layout::Lines { next, .. }) => assert!(lies_in(text, Span::at(*next)), "{path}: {next}"),
        Some(Layout::Implied | Layout::Own) | None => {}
    }
    for pair in node.inside().collect::<Vec<_>>().windows(2) {
        let delimited = matches!(node.layout(), Some(Layout::Delimited { .. }));
        assert!(!delimited || pair[0].entry.end <= pair[1].entry.start, "{path}: entries lie in one another");
    }
}

fn lies_in(text: &str, span: Span) -> bool {
    span.start <= span.end && text.get(span.start..span.end).is_some()
}

/// The text before the first zero byte is changed as the bytes behind the last one say, three to a change; what stands
/// between are words to use.
fn edits(format: &str, input: &[u8]) {
    let format = by_name(format).expect("a format");
    let parts: Vec<&[u8]> = input.split(|byte| *byte == 0).collect();
    let [text, words @ .., orders] = parts.as_slice() else { return };
    let Ok(text) = Text::decode(text, format.charset(text)) else { return };
    let words: Vec<&str> = words.iter().filter_map(|word| std::str::from_utf8(word).ok()).collect();
    let mut text = text.content;
    for order in orders.chunks_exact(3).take(4) {
        let Some(change) = change(format, &text, order, &words) else { return };
        match laws(format, &text, &change) {
            Ok(after) => text = after,
            Err(Failure::Refused(_)) => {}
            Err(Failure::Wrong(why)) => panic!("{change:?}: {why}\n--- text\n{text}"),
        }
    }
}

/// What people added to a file since stands there when a change is taken back, and the rest is read. The first byte picks
/// the format; then come the text, a zero byte, two changes of three bytes, and the lines that get one more behind them.
fn three_way(input: &[u8]) {
    const LANGUAGES: [&str; 7] = ["env", "ini", "properties", "toml", "yaml", "hcl", "python"];
    let Some((first, rest)) = input.split_first() else { return };
    let format = by_name(LANGUAGES[usize::from(*first) % LANGUAGES.len()]).expect("a format");
    let Some(zero) = rest.iter().position(|byte| *byte == 0) else { return };
    let (text, orders) = (&rest[..zero], &rest[zero + 1..]);
    let Ok(text) = Text::decode(text, format.charset(text)) else { return };
    let (mut after, mut traces) = (text.content, Vec::new());
    for order in orders.chunks_exact(3).take(2) {
        let Some(change) = change(format, &after, order, &[]) else { return };
        let Ok(outcome) = edit(format, &after, &change) else { return };
        traces.extend(outcome.made.iter().map(Trace::of));
        after = outcome.text;
    }
    let mut notes = Vec::new();
    for (number, at) in orders.iter().skip(6).take(3).enumerate() {
        let lines: Vec<&str> = after.split_inclusive('\n').collect();
        let line = usize::from(*at) % (lines.len() + 1);
        let (note, offset) = (format!("# person {number}\n"), lines[..line].concat().len());
        let edited = format!("{}{note}{}", &after[..offset], &after[offset..]);
        // In the middle of a value it is none.
        if after[..offset].ends_with('\n') && means_the_same(format, &after, &edited) {
            (after, notes) = (edited, [notes, vec![note]].concat());
        }
    }
    Trace::number(&mut traces);
    traces.sort();
    traces.dedup();
    let Ok((undone, outcomes)) = undo_all(format, &after, &traces) else { return };
    assert!(read(format, &undone).is_ok(), "{outcomes:?}\n--- after\n{after}\n--- undone\n{undone}");
    for note in notes {
        assert!(undone.contains(note.trim()), "{note}{outcomes:?}\n--- after\n{after}\n--- undone\n{undone}");
    }
}

fn means_the_same(format: &dyn Format, before: &str, after: &str) -> bool {
    let values = |text: &str| {
        let mut values = Vec::new();
        read(format, text).ok()?.root.walk(&KeyPath::default(), &mut |path, node| {
            values.push((path.clone(), format!("{:?}", node.value(text))));
        });
        Some(values)
    };
    values(after).is_some_and(|after| Some(after) == values(before))
}

/// The change that three bytes stand for: what, where in the file, with which value.
fn change(format: &dyn Format, text: &str, order: &[u8], words: &[&str]) -> Option<Change> {
    let document = read(format, text).ok()?;
    let mut nodes: Vec<(KeyPath, &Node)> = Vec::new();
    document.root.walk(&KeyPath::default(), &mut |path, node| nodes.push((path.clone(), node)));
    let (path, node) = &nodes[usize::from(order[1]) % nodes.len()];
    let path = path.clone();
    let is_import = path.keys.first().and_then(Key::name).is_some_and(|name| name.starts_with("import "));
    if is_import {
        return None;
    }
    // No URL holds a tab or goes over several lines.
    if matches!(order[0] % 16, 6 | 11 | 12) && !node.is_list() && node.value.of(text).contains(['\n', '\t']) {
        return None;
    }
    let given = words.get(usize::from(order[2]) % words.len().max(1)).copied();
    let word = given.unwrap_or("zz word");
    let values: [Value; 11] = [
        "zz".into(),
        4711.into(),
        true.into(),
        "a b # c: \"d\" 'e'".into(),
        "".into(),
        "no".into(),
        Value::Map(vec![("k".to_owned(), "v".into()), ("n".to_owned(), 1.into())]),
        Value::List(vec!["x".into(), 2.into()]),
        Value::Null,
        Value::Float(-0.5),
        word.into(),
    ];
    let value = values[usize::from(order[2]) % values.len()].clone();
    let rank = if order[2] > 127 { Rank::First } else { Rank::Last };
    let name = || path.last().and_then(Key::name).filter(|_| node.key.is_some());
    let beside = |name: &str| path.parent().map(|parent| parent.join(name));
    Some(match order[0] % 16 {
        0 | 1 => Change::Set { path, value },
        2 => Change::Set { path: path.join("zz_new"), value },
        3 => Change::Set { path: path.join(given.unwrap_or("zz_one")).join("zz_two"), value },
        4 => Change::Remove { path },
        5 => Change::Rename { path, name: "zz_name".to_owned() },
        6 if node.is_list() => Change::Insert { container: path, key: None, value, rank },
        6 => within(&path, Part::query("zz"), Some("a&b")),
        7 => Change::Comment { path, text: "a note".to_owned() },
        8 => Change::Set { path: path.join(word), value },
        9 => Change::Rename { path, name: word.to_owned() },
        10 => Change::Comment { path, text: word.to_owned() },
        11 => within(&path, Part::query("zz"), Some(word)),
        12 => {
            let known = settings_migrate::value::url::parameters(node.value.of(text));
            let name = known.first().map_or_else(|| word.to_owned(), |parameter| parameter.name.clone());
            within(&path, Part::query(&name), None)
        }
        13 => {
            let sibling = path.last()?.clone();
            let key = name().map(|_| word.to_owned());
            let rank = if order[2] > 127 { Rank::Before(sibling) } else { Rank::After(sibling) };
            Change::Insert { container: path.parent()?, key, value, rank }
        }
        14 => Change::Copy { to: beside("zz_copy")?, path },
        _ => Change::Move { to: beside("zz_moved")?, path },
    })
}

/// The change that gives a part of a text its value, or takes it away.
fn within(path: &KeyPath, part: Part, value: Option<&str>) -> Change {
    match value {
        Some(value) => Change::Set { path: part.path, value: value.into() },
        None => Change::Remove { path: part.path },
    }
    .within(path, part.lens)
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
    if let Ok(new) = RepoPath::of_new(text) {
        assert!(new == path && !written.contains(char::is_control) && !written.contains(':'), "{written:?}");
    }
}

/// A migration file is read, or has a fault with a place in it.
fn migration_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(fault) = Declaration::read("migrations/v0001_x.toml", text) {
        let lines = text.lines().count().max(1);
        assert!(!fault.message.is_empty(), "{fault:?}");
        assert!(fault.places.iter().all(|place| (1..=lines + 1).contains(&place.position.line)), "{fault:?}");
    }
}

/// A place is read as it is written, whatever its names hold.
fn place(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(place) = text.parse::<Place>() {
        assert_eq!(place.to_string().parse().as_ref(), Ok(&place), "{place}");
    }
    let path = KeyPath::new(text.split('\n'));
    assert_eq!(path.to_string().parse().as_ref(), Ok(&path), "{path}");
    assert_eq!(path.to_string().parse().as_ref(), Ok(&Place::of(path.clone())), "{path}");
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
    #[allow(dead_code, reason = "only the operation test counts the reasons")]
    Refused(String),
    Wrong(String),
}

/// Whether a value became the empty text.
fn empties(made: &Made) -> bool {
    made.op == Op::Replace && made.main.text.trim().is_empty()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether `after` says what was asked for, read without the help of the engine that verified it.
fn reads_back(format: &dyn Format, before: &str, after: &str, change: &Change) -> Result<(), String> {
    let document = read(format, after).map_err(|fault| fault.message)?;
    let values = |path: &KeyPath| -> Vec<Value> {
        find_all(format, &document, path).iter().map(|(_, node)| format.meaning(node.value(after))).collect()
    };
    let holds = |path: &KeyPath, wanted: &Value| {
        let wanted = format.meaning(format.held(wanted));
        let found = values(path);
        // What names another setting was followed to it.
        let follows = (1..=path.keys.len()).any(|length| {
            let prefix = KeyPath { keys: path.keys[..length].to_vec() };
            let found = find_all(format, &document, &prefix);
            found.iter().any(|(_, node)| matches!(node.body, Body::Reference(_)))
        });
        if follows || found.iter().any(|value| value.means(&wanted)) {
            return Ok(());
        }
        Err(format!("`{path}` is {found:?} and not {wanted:?}"))
    };
    match change {
        Change::Set { path, value } if !matches!(value, Value::Map(_)) => holds(path, value),
        Change::Set { path, value: Value::Map(entries) } => {
            entries.iter().try_for_each(|(key, value)| holds(&path.join(key.as_str()), value))
        }
        Change::Remove { path } if !moves_up(change) && !values(path).is_empty() => Err(format!("`{path}` is there")),
        Change::Rename { path, name } if !moves_up(change) => {
            let old = read(format, before).map_err(|fault| fault.message)?;
            let old: Vec<Value> = find_all(format, &old, path).iter().map(|(_, node)| node.value(before)).collect();
            let new = path.parent().map(|parent| values(&parent.join(name.as_str()))).unwrap_or_default();
            let same = old.iter().all(|old| new.iter().any(|new| new.means(&format.meaning(old.clone()))));
            if same { Ok(()) } else { Err(format!("`{name}` is {new:?} and not {old:?}")) }
        }
        _ => Ok(()),
    }
}

/// Whether what stands behind takes the place of what goes.
fn moves_up(change: &Change) -> bool {
    let numbered = |path: &KeyPath| matches!(path.last(), Some(Key::Index(_) | Key::Site(..)));
    matches!(change, Change::Remove { path } | Change::Rename { path, .. } | Change::Move { path, .. } if numbered(path))
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
    if let Err(why) = reads_back(format, text, after, change) {
        return wrong(format!("reads otherwise: {why}\n{after}"));
    }
    match edit(format, after, change) {
        Ok(again) if again.made.is_empty() => {}
        // The next element, or the next of several equal names, moves up.
        _ if moves_up(change) => {}
        Err(_) if matches!(change, Change::Rename { .. } | Change::Remove { .. }) => {}
        Ok(again) => return wrong(format!("again makes {:?}", again.made)),
        Err(refusal) => return wrong(format!("again refuses: {}", refusal.message)),
    }
    let bare = text.replace("\r\n", "");
    let (crlf, mixed) = (text.contains("\r\n"), bare.contains('\r') || text.contains("\r\n") && bare.contains('\n'));
    if !mixed && (crlf && after.replace("\r\n", "").contains('\n') || !crlf && after.contains('\r')) {
        return wrong(format!("line ends\n{after}"));
    }
    let removes = matches!(change, Change::Remove { .. } | Change::Move { .. });
    let lost = text.ends_with('\n') && !after.ends_with('\n');
    let gained = !removes && !text.ends_with('\n') && after.ends_with('\n');
    if (lost || gained) && text.contains('\n') && !text.trim().is_empty() && !after.trim().is_empty() {
        return wrong(format!("final line end\n--- before\n{text}\n--- after\n{after}"));
    }
    let mut traces: Vec<Trace> = outcome.made.iter().map(Trace::of).collect();
    Trace::number(&mut traces);
    // In the order of a record.
    traces.sort();
    traces.dedup();
    match undo_all(format, after, &traces) {
        Ok((undone, _)) if undone == text => {}
        // Of blanks around a value that became empty nobody can tell which stood before it.
        Ok((undone, _)) if outcome.made.iter().any(empties) && squeezed(&undone) == squeezed(text) => {}
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
    Ok(outcome.text)
}
