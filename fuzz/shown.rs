//! The laws of what is shown: nothing in it steers a terminal, and no secret is in it.

use settings_migrate::diagnostic::{Code, Diagnostic};
use settings_migrate::format::{Body, FORMATS, Format, Secrets, location, read};
use settings_migrate::migration::Changed;
use settings_migrate::path::RepoPath;
use settings_migrate::plan::FileStep;
use settings_migrate::report::{Style, diagnostics, file_diff};
use settings_migrate::text::{Edit, Edits, Span, Text, printable};
use settings_migrate::tree::FileState;
use settings_migrate::value::{KeyPath, Value, is_secret, mask, mask_spans, names_a_place};

/// Only newline and tab steer; what is safe already stays as it is.
pub fn printable_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let shown = printable(&text);
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!shown.contains(steers), "{shown:?}");
    assert_eq!(printable(&shown), shown);
}

/// Stands for every secret; nothing may print it.
const CANARY: &str = "S3CR3Tcanary";

/// The first byte picks the format. In each setting with the name of a secret in turn, the longest word becomes the
/// canary, and no way to show the file may show it.
pub fn masked(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    let Ok(text) = Text::decode(rest, format.charset(rest)) else { return };
    let text = text.content;
    let Ok(document) = read(format, &text) else { return };
    // A word that stands somewhere else is no secret.
    if text.contains(CANARY) {
        return;
    }
    let mut secrets = Vec::new();
    document.root.walk(&KeyPath::default(), &mut |path, node| {
        let value = node.value(&text);
        let named = node.key.as_ref().is_some_and(|key| is_secret(&key.text, value.as_str().unwrap_or("")));
        let is_text = matches!(&node.body, Body::Scalar { value: Value::Str(_), .. });
        if named && is_text && !names_a_place(node.value.of(&text)) {
            secrets.push((path.clone(), node.value));
        }
    });
    for (path, span) in secrets.into_iter().take(4) {
        let Some(word) = longest_word(&text, span) else { continue };
        let with_canary = Edits::from(Edit::replace(word, CANARY)).apply(&text);
        if holds_canary(format, &with_canary, &path) {
            assert_silent(format, &text, &with_canary, &path);
        }
    }
}

fn longest_word(text: &str, span: Span) -> Option<Span> {
    let words = span.of(text).split(|c: char| !c.is_ascii_alphanumeric());
    let longest = words.max_by_key(|word| word.len()).filter(|word| word.len() >= 4)?;
    let start = span.start + span.of(text).find(longest)?;
    Some(Span::new(start, start + longest.len()))
}

fn holds_canary(format: &dyn Format, text: &str, path: &KeyPath) -> bool {
    let Ok(document) = read(format, text) else { return false };
    let found = settings_migrate::format::find_all(format, &document, path);
    found.iter().any(|(_, node)| {
        let is_canary = |value: &str| value.contains(CANARY) && !names_a_place(node.value.of(text));
        node.value(text).as_str().is_some_and(is_canary)
    })
}

/// A name that is read as `format`.
fn file_name(format: &dyn Format) -> String {
    format.globs()[0].replace('*', "a")
}

fn assert_silent(format: &dyn Format, before: &str, after: &str, path: &KeyPath) {
    let name = file_name(format);
    let file = RepoPath::new(&name).expect("a path");
    let silent =
        |what: &str, shown: &str| assert!(!shown.contains(CANARY), "{what} shows `{path}` of {name}:\n{shown}");
    silent("the mask", &mask(&mask_spans(after, &Secrets::of(&name, after).spans())));
    let state = |text: &str| Some(FileState::new(text.as_bytes().to_vec(), 0o644));
    for ignored in [false, true] {
        for (before, after) in [(before, after), (after, before)] {
            let (before, after, changed) = (state(before), state(after), Changed::default());
            let step = FileStep::new(file.clone(), (before, after), changed, ignored);
            silent("the diff", &file_diff(&step, 50).lines().join("\n"));
        }
    }
    for (at, _) in after.match_indices(CANARY) {
        let problem = Diagnostic::error(Code::Computed, "a problem").at(location(&file, after, Span::at(at), "here"));
        silent("a problem", &diagnostics(&[problem], Style { unicode: true, columns: None }));
    }
}
