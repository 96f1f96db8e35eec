//! Parse agreement with the published conformance suites of YAML, TOML and JSON, where they lie in a folder.

use std::path::{Path, PathBuf};

use settings_migrate::format::{by_name, read};
use settings_migrate::text::{Charset, Text};

/// One document of yaml-test-suite.
pub struct YamlDocument {
    pub text: String,
    pub fails: bool,
}

/// How one suite agrees.
#[derive(Default)]
pub struct Agreement {
    pub name: &'static str,
    pub valid: usize,
    pub read: usize,
    pub invalid: usize,
    pub rejected: usize,
    /// The documents on which we differ.
    pub differing: Vec<String>,
}

/// Reads the three suites below `folder`.
pub fn agreement(folder: &Path) -> Vec<Agreement> {
    vec![
        yaml(&folder.join("yaml-test-suite/src")),
        toml(&folder.join("toml-test/tests")),
        json(&folder.join("json-test-suite/test_parsing")),
    ]
}

/// The documents of one file of yaml-test-suite, with its stand-ins for invisible characters put back.
pub fn yaml_documents(file: &str) -> Vec<YamlDocument> {
    let Ok(serde_yaml::Value::Sequence(cases)) = serde_yaml::from_str(file) else { return Vec::new() };
    // What the suite itself skips says nothing of a reader.
    if cases.first().is_some_and(|case| case.get("skip").is_some()) {
        return Vec::new();
    }
    let mut fails = false;
    let mut documents = Vec::new();
    for case in &cases {
        // A later case of a file takes over what it does not say itself.
        fails = case.get("fail").and_then(serde_yaml::Value::as_bool).unwrap_or(fails && case.get("tree").is_none());
        if let Some(yaml) = case.get("yaml").and_then(serde_yaml::Value::as_str) {
            documents.push(YamlDocument { text: visible(yaml), fails });
        }
    }
    documents
}

fn visible(yaml: &str) -> String {
    let tabs = ["————»", "———»", "——»", "—»", "»"];
    let text = tabs.iter().fold(yaml.replace('␣', " "), |text, tab| text.replace(tab, "\t"));
    text.replace("∎\n", "").replace(['∎', '↵'], "").replace('←', "\r").replace('⇔', "\u{feff}")
}

impl Agreement {
    fn take(&mut self, format: &str, label: String, bytes: &[u8], valid: bool) {
        let format = by_name(format).expect("a format");
        let reads = Text::decode(bytes, Charset::Utf8).is_ok_and(|text| read(format, &text.content).is_ok());
        match (valid, reads) {
            (true, _) => {
                self.valid += 1;
                self.read += usize::from(reads);
            }
            (false, _) => {
                self.invalid += 1;
                self.rejected += usize::from(!reads);
            }
        }
        if valid != reads {
            self.differing.push(label);
        }
    }
}

fn yaml(folder: &Path) -> Agreement {
    let mut agreement = Agreement { name: "yaml-test-suite", ..Agreement::default() };
    for path in files(folder) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for (index, document) in yaml_documents(&text).into_iter().enumerate() {
            let label = format!("{}#{index}", file_name(&path));
            agreement.take("yaml", label, document.text.as_bytes(), !document.fails);
        }
    }
    agreement
}

fn toml(folder: &Path) -> Agreement {
    let mut agreement = Agreement { name: "toml-test 1.1", ..Agreement::default() };
    let list = std::fs::read_to_string(folder.join("files-toml-1.1.0")).unwrap_or_default();
    for name in list.lines().filter(|name| name.ends_with(".toml")) {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        agreement.take("toml", name.to_owned(), &bytes, name.starts_with("valid/"));
    }
    agreement
}

fn json(folder: &Path) -> Agreement {
    let mut agreement = Agreement { name: "JSONTestSuite", ..Agreement::default() };
    for path in files(folder) {
        let name = file_name(&path);
        if !name.starts_with("i_") {
            agreement.take("json", name.clone(), &std::fs::read(&path).unwrap_or_default(), name.starts_with("y_"));
        }
    }
    agreement
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
