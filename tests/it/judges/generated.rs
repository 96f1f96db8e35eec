//! Edits of real files: the fixture repository, and a sample of the corpus where it lies beside the project.

use std::path::{Path, PathBuf};

use settings_migrate::format::{Change, Format, Node, detect, edit, read};
use settings_migrate::text::Text;
use settings_migrate::value::{Key, KeyPath};

use super::Case;
use crate::corpora::operations::{changes, collect};

/// The largest file, the most files per format of the corpus, and the most places in a file.
const BYTES: usize = 4_000;
const FILES: usize = 12;
const PLACES: usize = 6;

pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = files(&root.join("fixtures/repos/projectx"));
    let corpus = root.join("../shared/corpora/real");
    if corpus.is_dir() {
        files.extend(sample(self::files(&corpus)));
    } else {
        println!("skipped: the corpus of real files is not beside the project");
    }
    files.iter().enumerate().flat_map(|(index, (file, format))| of_file(root, file, *format, index % 2 == 1)).collect()
}

fn files(folder: &Path) -> Vec<(PathBuf, &'static dyn Format)> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    files.into_iter().filter_map(|file| Some((file.clone(), detect(file.file_name()?.to_str()?)?))).collect()
}

/// Files from all over the corpus, the same number of each format.
fn sample(files: Vec<(PathBuf, &'static dyn Format)>) -> Vec<(PathBuf, &'static dyn Format)> {
    let small = |file: &Path| file.metadata().is_ok_and(|data| data.len() as usize <= BYTES);
    let files: Vec<_> = files.into_iter().filter(|(file, _)| small(file)).collect();
    let mut sample = Vec::new();
    for format in settings_migrate::format::FORMATS {
        let own: Vec<_> = files.iter().filter(|(_, other)| other.name() == format.name()).collect();
        sample.extend(own.iter().step_by(own.len().div_ceil(FILES).max(1)).map(|file| (*file).clone()));
    }
    sample
}

fn of_file(root: &Path, file: &Path, format: &'static dyn Format, crlf: bool) -> Vec<Case> {
    let Ok(bytes) = std::fs::read(file) else { return Vec::new() };
    let Ok(text) = Text::decode(&bytes, format.charset(&bytes)) else { return Vec::new() };
    // A judge shows an alias as a value of its own, so a change at the anchor is several to it.
    if format.name() == "yaml" && text.content.contains(": *") {
        return Vec::new();
    }
    let before = if crlf { text.content.replace("\r\n", "\n").replace('\n', "\r\n") } else { text.content };
    let Ok(document) = read(format, &before) else { return Vec::new() };
    let mut nodes: Vec<(KeyPath, &Node)> = Vec::new();
    document.root.walk(&KeyPath::default(), &mut |path, node| nodes.push((path.clone(), node)));
    let mut cases = Vec::new();
    for (path, node) in nodes.iter().step_by(nodes.len().div_ceil(PLACES).max(1)) {
        // The name of a namespace is a URL, which what is written here is not.
        if path.last().and_then(Key::name).is_some_and(|name| name.starts_with("@xmlns")) {
            continue;
        }
        changes(format.name(), path, node, &mut |op, change: Change| {
            if let Ok(outcome) = edit(format, &before, &change) {
                let name = format!("{} {op} {path}", file.strip_prefix(root).unwrap_or(file).display());
                let after = outcome.text;
                cases.push(Case { name, format: format.name(), before: before.clone(), changes: vec![change], after });
            }
        });
    }
    cases
}
