//! The shape of the source: layers, a sentence at the top of each file, sizes, nothing forgotten in a list.

use std::path::{Path, PathBuf};

/// Modules from the bottom up; one may use those of lower layers only.
const LAYERS: [&[&str]; 8] = [
    &["text", "value", "diagnostic", "parallel", "path", "fs", "tls"],
    &["format", "tree"],
    &["op"],
    &["migration"],
    &["history"],
    &["plan"],
    &["report", "commit"],
    &["cli"],
];

/// Pairs of one layer where the left may use the right; never the other way round.
const WITHIN: [(&str, &str); 8] = [
    ("value", "text"),
    ("diagnostic", "text"),
    ("path", "text"),
    ("fs", "parallel"),
    ("format", "value"),
    ("tree", "path"),
    ("tree", "fs"),
    ("tree", "format"),
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "migrations"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path = entry.expect("an entry").into_path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                files.push((path.strip_prefix(root).expect("below the root").to_owned(), text));
            }
        }
    }
    files
}

/// The top module of a source file: `src/format/yaml.rs` belongs to `format`.
fn module(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("src").ok()?;
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
    (!matches!(name.as_str(), "lib" | "main" | "bin")).then_some(name)
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or_else(|| panic!("`{module}` is in no layer"))
}

#[test]
fn modules_use_lower_layers_only() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let Some(own) = module(&path) else { continue };
        for (at, _) in text.match_indices("crate::") {
            let used: String = text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if used == own || text[..at].ends_with('$') {
                continue;
            }
            if used.is_empty() {
                faults.push(format!("{}: a `use crate::{{...}}` is not read here: name each module", path.display()));
                continue;
            }
            let allowed = layer(&used) < layer(&own) || WITHIN.contains(&(own.as_str(), used.as_str()));
            if !allowed {
                faults.push(format!("{}: `{own}` uses `{used}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn migrations_use_the_public_interface_only() {
    const PUBLIC: [&str; 7] = ["migration", "migrations", "format", "value", "text", "diagnostic", "path"];
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("migrations")) {
        for (at, _) in text.match_indices("crate::") {
            let used: String = text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(PUBLIC.contains(&used.as_str()), "{} uses `crate::{used}`", path.display());
        }
        for forbidden in ["std::fs", "std::env", "std::process", "std::net", "std::time"] {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_tells_one_story() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} does not open with a sentence", path.display());
        let lines = text.lines().count();
        assert!(lines <= 520, "{} has {lines} lines: what is the second idea in it?", path.display());
        assert!(text.lines().all(|line| line.chars().count() <= 180), "{} has a very long line", path.display());
    }
}

#[test]
fn no_shipped_code_gives_up() {
    for (path, text) in sources() {
        let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
        assert!(!shipped.contains(".unwrap()"), "{} unwraps", path.display());
        for name in ["todo", "unimplemented", "dbg", "panic"] {
            assert!(!shipped.contains(&format!("{name}!(")), "{} calls the macro {name}", path.display());
        }
    }
}

#[test]
fn every_format_is_listed_and_has_its_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for format in settings_migrate::format::FORMATS {
        let table = root.join("fixtures/formats").join(format!("{}.md", format.name()));
        assert!(table.is_file(), "{} is missing", table.display());
    }
}

/// The table of formats in the README is made from the code: `UPDATE_EXPECT=1` writes it.
#[test]
fn the_readme_lists_the_formats_as_they_are() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&file).expect("README.md");
    let rows = settings_migrate::format::FORMATS.iter().map(|format| {
        let globs: Vec<String> = format.globs().iter().map(|glob| format!("`{glob}`")).collect();
        format!("| `{}` | {} |\n", format.name(), globs.join(", "))
    });
    let table = format!("| format | files |\n| --- | --- |\n{}", rows.collect::<String>());
    let start = readme.find("| format | files |").expect("the table of formats");
    let end = start + readme[start..].find("\n\n").expect("its end") + 1;
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, format!("{}{table}{}", &readme[..start], &readme[end..])).expect("README.md");
    } else {
        assert_eq!(&readme[start..end], table, "UPDATE_EXPECT=1 cargo test --test it the_readme writes it");
    }
}

/// The schema that editors use is made from the code: `UPDATE_EXPECT=1` writes it.
#[test]
fn the_schema_of_migration_files_is_the_one_that_ships() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/migration-v1.json");
    let schema = format!("{:#}\n", settings_migrate::migration::declared::schema());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, schema).expect("the schema");
    } else {
        let shipped = std::fs::read_to_string(&file).expect("the schema");
        assert_eq!(shipped, schema, "UPDATE_EXPECT=1 cargo test --test it the_schema writes it");
    }
}

#[test]
fn every_migration_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for entry in std::fs::read_dir(folder).expect("migrations") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "mod") {
            let listed = settings_migrate::migrations::ALL.iter().any(|migration| migration.name == module);
            assert!(listed, "{module} is not listed in migrations/mod.rs");
        }
    }
}
