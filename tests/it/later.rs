//! Every entry of `fixtures/later/*.md`: a file is migrated, edited by people, and taken back by place.

use std::path::Path;

use settings_migrate::format::{Undone, undo_all};

use crate::formats::{Section, run, sections, traces};

#[test]
fn later_edits_stay_when_a_migration_is_taken_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/later");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the tables") {
        let path = file.expect("an entry").path();
        for section in sections(&std::fs::read_to_string(&path).expect("a table"), &path) {
            check(&section);
            count += 1;
        }
    }
    assert!(count >= 40, "only {count} entries were found");
}

/// The file before the migration, as people left it after the migration, and after it is taken back.
fn check(section: &Section) {
    let as_is: fn(&str) -> String = str::to_owned;
    let windows: fn(&str) -> String = |text| text.replace('\n', "\r\n");
    // The last one flips the line ends after the migration.
    for (then, now) in [(as_is, as_is), (windows, windows), (as_is, windows), (windows, as_is)] {
        let Section { name, format, blocks, changes, refused, .. } = section;
        let name = format!("{}: {name}", format.name());
        let [before, later, expected @ ..] = blocks.as_slice() else { panic!("{name}: no later edit") };
        let before = then(before);
        let (_, steps) = run(*format, &before, changes).unwrap_or_else(|refused| panic!("{name}: {refused}"));
        let (undone, outcomes) = undo_all(*format, &now(later), &traces(&steps)).expect("it parses");
        let conflict = outcomes.iter().find_map(|outcome| match outcome {
            Undone::Conflict { current, .. } => Some(current.trim().to_owned()),
            _ => None,
        });
        match (expected, refused) {
            ([expected], None) => {
                assert_eq!(conflict, None, "{name}");
                assert_eq!(undone, now(expected), "{name}\n--- later ---\n{later}");
            }
            ([], Some(current)) => assert_eq!(conflict.as_ref(), Some(current), "{name}: {outcomes:?}\n{undone}"),
            _ => panic!("{name}: an end or a refusal is needed"),
        }
    }
}
