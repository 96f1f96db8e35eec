//! The law of recovery: whatever lies in the state folder, no file changes unless a whole journal says so.

use std::path::Path;
use std::time::Duration;

use settings_migrate::commit::{Durability, Recovered, Session, Site};
use settings_migrate::fs::RealFs;
use sha2::{Digest, Sha256};

/// Takes the input for the journal of a decided transaction; with a first byte that is odd it gets its checksum.
pub fn recovery(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let whole = first % 2 == 1;
    let mut journal = body.to_vec();
    if whole {
        let sum: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        journal.extend(format!("\n{sum}\n").bytes());
    }
    let folder = std::env::temp_dir().join(format!("settings-migrate-journal-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let files: [(&str, &[u8]); 4] =
        [("work/a.env", b"A=1\n"), ("outside", b"O=1\n"), ("state/tx/commit", &journal), ("state/tx/0.new", b"A=2\n")];
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    let real = folder.canonicalize().expect("its real path");
    let (root, state) = (real.join("work"), real.join("state"));
    let site = Site { durability: Durability::Fast, ..Site::new(&RealFs, root, state) };
    let recovered = Session::open(site, "law", Duration::ZERO).map(|(_, recovered)| recovered);
    let finished = recovered == Ok(Recovered::Finished);
    assert!(whole || !finished, "a journal without its checksum was carried out");
    assert_eq!(names(&folder), ["outside", "state", "work"], "something was written outside");
    assert_eq!(std::fs::read(folder.join("outside")).ok().as_deref(), Some(b"O=1\n".as_slice()));
    if !finished {
        assert_eq!(names(&folder.join("work")), ["a.env"], "{recovered:?}");
        assert_eq!(std::fs::read(folder.join("work/a.env")).ok().as_deref(), Some(b"A=1\n".as_slice()));
    }
    let _ = std::fs::remove_dir_all(&folder);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
