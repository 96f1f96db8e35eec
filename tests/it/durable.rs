//! The order of a commit: what must be on the disk before what. Power loss is not simulated; these are the rules from
//! which survival follows.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use settings_migrate::commit::{Session, Site};
use settings_migrate::fs::{Call, FaultFs, Fs, RealFs, Synced};

use crate::command::Folder;
use crate::crash::{PATIENCE, changes, lay_out, site};

/// The changing calls of one commit, each with the path it makes or changes.
struct Trace {
    calls: Vec<(Call, PathBuf)>,
    work: PathBuf,
    state: PathBuf,
}

impl Trace {
    fn of(missing: &[Call], apart: bool) -> Self {
        let folder = Folder::in_memory();
        lay_out(&folder);
        let calls = Mutex::new(Vec::new());
        let fs = FaultFs::new(RealFs).without(missing).watch(|call, path: &Path| {
            calls.lock().expect("the calls").push((call, path.to_owned()));
        });
        let fs = if apart { fs.device(folder.path().join("state")) } else { fs };
        let Site { root, state, .. } = site(&fs, folder.path());
        let (session, _) = Session::open(site(&fs, folder.path()), "test", PATIENCE).expect("the lock");
        session.commit(&changes(), &|| false).expect("a commit");
        let calls = std::mem::take(&mut *calls.lock().expect("the calls"));
        Self { calls, work: root, state }
    }

    fn first(&self, call: Call, path: &Path) -> usize {
        let found = self.calls.iter().position(|made| *made == (call, path.to_owned()));
        found.unwrap_or_else(|| panic!("no {call:?} of {}", path.display()))
    }

    /// Whether `call` of `path` is made between two calls.
    fn has(&self, call: Call, path: &Path, after: usize, before: usize) -> bool {
        self.calls[after..before].contains(&(call, path.to_owned()))
    }

    fn made(&self) -> impl Iterator<Item = (usize, Call, &Path)> {
        self.calls.iter().enumerate().map(|(at, (call, path))| (at, *call, path.as_path()))
    }
}

#[test]
fn what_a_step_rests_on_is_durable_before_it() {
    let bare = &[Call::Exchange, Call::RenameNew, Call::Link];
    for (missing, apart) in [(&[][..], false), (&[], true), (bare, false), (bare, true)] {
        let trace = Trace::of(missing, apart);
        let tx = trace.state.join("tx");
        let mark = trace.first(Call::Rename, &tx.join("commit"));
        let over = trace.first(Call::Rename, &trace.state.join("trash"));
        let listed = trace.first(Call::SyncFile, &tx.join("plan"));
        for (at, call, path) in trace.made() {
            let parent = path.parent().expect("a folder");
            let name = path.display();
            let in_tree = path.starts_with(&trace.work);
            if call == Call::WriteNew && at < mark {
                assert!(trace.has(Call::SyncFile, path, at, mark), "{name} is not durable before the decision");
                assert!(trace.has(Call::SyncFolder, parent, at, mark), "the name {name} is not durable before it");
                assert!(!in_tree || listed < at, "{name} is in the tree before the plan that names it is durable");
            }
            if matches!(call, Call::Exchange | Call::RenameNew | Call::Rename | Call::CreateFolder) && in_tree {
                assert!(mark < at, "{name} is changed before the decision");
                assert!(trace.has(Call::SyncFolder, &tx, mark, at), "{name} is changed before the decision is durable");
                assert!(
                    trace.has(Call::SyncFolder, parent, at, over),
                    "the change of {name} is not durable at the end"
                );
            }
            if call == Call::WriteNew && at > mark {
                let replaced = trace.calls[at..]
                    .iter()
                    .position(|(call, path)| *call == Call::Rename && path.starts_with(&trace.work));
                let replaced = at + replaced.expect("what the copy was made for");
                assert!(trace.has(Call::SyncFile, path, at, replaced), "the copy {name} is not durable");
                assert!(trace.has(Call::SyncFolder, parent, at, replaced), "the name of {name} is not durable");
            }
        }
        let made = trace.first(Call::CreateFolder, &tx);
        assert!(trace.has(Call::SyncFolder, &trace.state, made, mark), "the transaction is not durable");
        assert!(trace.has(Call::SyncFolder, &trace.state, over, trace.calls.len()), "the end is not durable");
        let record = trace.work.join(".migrate/applied/x.toml");
        let last = trace.made().filter(|(at, call, path)| {
            *at > mark
                && *call != Call::SyncFolder
                && path.starts_with(&trace.work)
                && !path.display().to_string().contains(".migrate-")
        });
        assert_eq!(last.last().map(|(_, _, path)| path.to_owned()), Some(record), "the record is not last");
    }
}

#[test]
fn nothing_is_synced_that_need_not_be() {
    let trace = Trace::of(&[], false);
    let syncs = trace.made().filter(|(_, call, _)| matches!(call, Call::SyncFile | Call::SyncFolder)).count();
    // Three contents, the plan, five folders of changes, the transaction three times, the state folder twice.
    assert!(syncs <= 15, "{syncs} calls wait for the disk");
}

#[test]
fn of_many_files_the_one_that_can_not_be_synced_is_named() {
    let folder = Folder::new();
    let paths: Vec<PathBuf> = (0..150).map(|number| folder.path().join(format!("{number}.new"))).collect();
    paths.iter().for_each(|path| RealFs.write_new(path, b"x").expect("a file"));
    let synced = |paths: &[PathBuf]| {
        let files = paths.iter().map(|path| Synced::File(path)).chain([Synced::Folder(folder.path())]);
        RealFs.sync_each(&files.collect::<Vec<_>>())
    };
    assert!(synced(&paths).is_ok() && synced(&paths[..3]).is_ok());
    std::fs::remove_file(&paths[120]).expect("removed");
    let (path, error) = synced(&paths).expect_err("one of them is not there");
    assert_eq!((path, error.kind()), (paths[120].clone(), std::io::ErrorKind::NotFound));
}
