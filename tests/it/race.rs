//! Another program saves a file of the commit while it is under way, at every call: its text is never lost.

use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use settings_migrate::commit::{CommitError, Session};
use settings_migrate::fs::{Call, FaultFs, RealFs};

use crate::command::{Folder, files_below};
use crate::crash::{PATIENCE, changes, lay_out, site, work};

const MINE: &[u8] = b"A=mine, and longer\n";

/// How a program saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Save {
    InPlace,
    ByRename,
    /// Through a descriptor that was opened before the commit.
    Late,
}

#[test]
fn what_another_program_saves_is_kept() {
    let mut points = 0;
    for missing in [&[][..], &[Call::Exchange]] {
        for save in [Save::InPlace, Save::ByRename, Save::Late] {
            for name in ["a.env", "bin/b.sh", "gone.ini"] {
                let saved = (0..).take_while(|at| one_save(missing, save, name, *at));
                points += saved.count();
            }
        }
    }
    println!("another program's save: {points} points");
    assert!(points > 400, "only {points} points");
}

/// Saves before the call `at`; whether there was such a call.
fn one_save(missing: &[Call], save: Save, name: &str, at: usize) -> bool {
    let folder = Folder::in_memory();
    lay_out(&folder);
    let path = folder.path().join("work").join(name);
    let open = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
    let open = Mutex::new(open);
    let (calls, unseen) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let fs = FaultFs::new(RealFs).without(missing).watch(|call, on: &Path| {
        if calls.fetch_add(1, Ordering::SeqCst) != at {
            return;
        }
        // Without exchange a rename can not say what it replaced: the moment between the last look and it.
        unseen.fetch_add(usize::from(call == Call::Rename && on == path), Ordering::SeqCst);
        match save {
            Save::InPlace => std::fs::write(&path, MINE).expect("saved"),
            Save::ByRename => {
                let fresh = folder.path().join("fresh");
                std::fs::write(&fresh, MINE).and_then(|()| std::fs::rename(fresh, &path)).expect("saved");
            }
            Save::Late => {
                let mut file = open.lock().expect("the file");
                file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(MINE)).expect("saved");
            }
        }
    });
    let said = Session::open(site(&fs, folder.path()), "test", PATIENCE)
        .and_then(|(session, _)| session.commit(&changes(), &|| false));
    let context = format!("{save:?} of {name} at call {at} without {missing:?}: said {said:?}");
    if calls.load(Ordering::SeqCst) <= at {
        assert!(said.is_ok(), "{context}");
        return false;
    }
    Session::open(site(&RealFs, folder.path()), "test", PATIENCE).expect("the next run just works");
    let kept = files_below(&folder.path().join("state"));
    let aside = kept.iter().any(|(path, file)| path.starts_with("kept/") && file.bytes == MINE);
    let stands = work(&folder).get(name).is_some_and(|file| file.bytes == MINE);
    // Kept beside is what came through an old descriptor only, or where a rename can not say what it replaced.
    let aside = aside && (save == Save::Late || !missing.is_empty());
    // After the last look nobody reads what goes through an old descriptor: the moment between look and end.
    let after = save == Save::Late && said.is_ok() && at + 12 > calls.load(Ordering::SeqCst);
    assert!(stands || aside || after || unseen.load(Ordering::SeqCst) > 0, "{context}: the text is lost");
    true
}

#[test]
fn a_save_before_the_decision_is_seen_before_it() {
    let folder = Folder::in_memory();
    lay_out(&folder);
    let decided = AtomicUsize::new(0);
    let fs = FaultFs::new(RealFs).watch(|call, path: &Path| {
        if call == Call::WriteNew {
            std::fs::write(folder.path().join("work/a.env"), MINE).expect("saved");
        }
        decided.fetch_add(usize::from(path.ends_with("tx/commit")), Ordering::SeqCst);
    });
    let (session, _) = Session::open(site(&fs, folder.path()), "test", PATIENCE).expect("the lock");
    let said = session.commit(&changes(), &|| false);
    assert_eq!(said, Err(CommitError::Stale { path: "a.env".to_owned() }));
    assert_eq!(decided.load(Ordering::SeqCst), 0, "it was decided, and taken back");
    assert_eq!(folder.read("work/a.env").as_bytes(), MINE);
}
