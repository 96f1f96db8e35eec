//! Records and local state as earlier versions wrote them: read, shown, verified and taken back for ever.
//!
//! `fixtures/records/vN` has the files before and after a set of migrations with every kind of edit, and what the state folder
//! held then. A folder is never made anew: the next one stands beside it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::command::{Folder, files_below};

const SLUGS: [&str; 7] = ["keys", "files", "secret", "found", "sized", "gone", "here"];

/// The files of the fixture below `name`, where `dot` stands for what git would look at.
fn lay_out(folder: &Folder, version: &Path, name: &str) {
    for (name, file) in files_below(&version.join(name)) {
        let name = name.split('/').map(|part| part.replacen("dot.", ".", 1)).collect::<Vec<_>>().join("/");
        folder.write(&name, &file.bytes);
        std::fs::set_permissions(folder.path().join(&name), std::fs::Permissions::from_mode(file.mode))
            .expect("the mode");
    }
}

#[test]
fn what_earlier_versions_recorded_is_read_shown_verified_and_taken_back() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/records");
    let versions = std::fs::read_dir(&all).expect("the versions").map(|entry| entry.expect("an entry").path());
    let versions: Vec<_> = versions.filter(|path| path.is_dir()).collect();
    assert!(!versions.is_empty());
    for version in versions {
        let before = Folder::new();
        lay_out(&before, &version, "before");
        let folder = Folder::new();
        lay_out(&folder, &version, "after");
        for (name, file) in files_below(&version.join("migrations")) {
            folder.write(&format!("migrations/{name}"), &file.bytes);
        }
        folder.commit();
        for (name, file) in files_below(&version.join("state")) {
            let path = folder.path().join(".git/migrate/_").join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            std::fs::write(&path, &file.bytes).expect("the file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("the mode");
        }
        let status = folder.migrate(&["status", "--exit-code"]).expect(0).stdout;
        assert!(status.contains("why: not \"yet\"") && status.contains("adopted"), "{status}");
        folder.migrate(&["verify"]).expect(0);
        let again = folder.migrate(&["up"]).expect(0).stdout;
        assert!(again.contains("Nothing was written"), "{again}");
        for slug in SLUGS {
            let shown = folder.migrate(&["show", slug]).expect(0).stdout;
            assert!(!shown.contains("hunter2") && !shown.contains("zebra"), "{shown}");
            if slug != "here" {
                let record = folder.migrate(&["show", slug, "--record"]).expect(0).stdout;
                assert_eq!(record, folder.read(&format!(".migrate/applied/{slug}.toml")));
            }
        }
        for op in ["kept", "replace", "insert", "remove", "rename", "create", "rewrite", "delete", "move", "chmod"] {
            let said = format!("op = \"{op}\"");
            assert!(
                SLUGS.iter().any(
                    |slug| slug != &"here" && folder.read(&format!(".migrate/applied/{slug}.toml")).contains(&said)
                ),
                "{op}"
            );
        }
        folder.migrate(&["down", "--to", "0"]).expect(0);
        let settings = |folder: &Folder| {
            let files = folder.settings().into_iter().filter(|(name, _)| !name.starts_with("migrations/"));
            files.collect::<std::collections::BTreeMap<_, _>>()
        };
        assert_eq!(settings(&folder), settings(&before));
    }
}
