//! The commit protocol, killed and failed at every call, once and twice: afterwards the tree is wholly old or wholly
//! new, what was said of it is so, and nothing is left over.

use std::io::ErrorKind;

use settings_migrate::commit::{CommitError, Recovered, Session, Site};
use settings_migrate::fs::{Call, Fault, FaultFs, Fs, RealFs};
use settings_migrate::plan::{FileChange, Place};

use settings_migrate::tree::FileState;

use crate::command::{Folder, files_below};
use crate::crash::{Files, PATIENCE, changes, clean, lay_out, site};

/// What a run is asked to do, on which file system.
struct Scene {
    down: bool,
    disk: Disk,
    old: Files,
    new: Files,
}

#[derive(Clone, Copy, Debug)]
struct Disk {
    /// Calls it does not have.
    missing: &'static [Call],
    /// Whether the state folder is on another device than the files.
    apart: bool,
    /// Whether a file is mounted by itself, and is to be written where it stands.
    mounted: bool,
}

const fn disk(missing: &'static [Call], apart: bool) -> Disk {
    Disk { missing, apart, mounted: false }
}

const MOUNTED: Disk = Disk { missing: &[], apart: false, mounted: true };

const BARE: &[Call] = &[Call::Exchange, Call::RenameNew, Call::Link];
const DISKS: [Disk; 7] = [
    disk(&[], false),
    disk(&[], true),
    disk(&[Call::Exchange], false),
    disk(&[Call::Exchange, Call::RenameNew], false),
    disk(&[Call::Exchange, Call::Link], false),
    disk(BARE, true),
    MOUNTED,
];

/// What has everything, what has nothing, and what can not be replaced.
const EXTREMES: [Disk; 3] = [disk(&[], false), disk(BARE, true), MOUNTED];

/// Every file that a run may change.
fn work(folder: &Folder) -> Files {
    let mut files = crate::crash::work(folder);
    let shared = folder.path().join("shared");
    if shared.is_dir() {
        files.extend(files_below(&shared).into_iter().map(|(name, file)| (format!("shared {name}"), file)));
    }
    files
}

impl Scene {
    fn new(down: bool, disk: Disk) -> Self {
        let mut scene = Self { down, disk, old: Files::new(), new: Files::new() };
        let folder = scene.lay_out();
        scene.old = work(&folder);
        scene.commit(&scene.disk(&folder), &folder).expect("a commit without faults succeeds");
        scene.new = work(&folder);
        assert_ne!(scene.old, scene.new);
        scene
    }

    fn disk<'w>(&self, folder: &Folder) -> FaultFs<'w, RealFs> {
        let fs = FaultFs::new(RealFs).without(self.disk.missing);
        let fs = if self.disk.apart { fs.device(folder.path().join("state")) } else { fs };
        if self.disk.mounted { fs.mounted(folder.path().join("work/a.env")) } else { fs }
    }

    fn site<'f>(&self, fs: &'f dyn Fs, folder: &Folder) -> Site<'f> {
        let mut site = site(fs, folder.path());
        site.policy.in_place = self.disk.mounted;
        site.shared = folder.path().join("shared");
        site
    }

    /// Those of the work tree, and a file that all work trees share.
    fn changes(&self) -> Vec<FileChange> {
        let after = Some(FileState::new(b"format = 1\n".to_vec(), 0o600));
        let shared = FileChange { place: Place::Shared("receipts/x.toml".to_owned()), before: None, after };
        let all = changes().into_iter().chain([shared]);
        let back = |change: FileChange| FileChange { before: change.after, after: change.before, ..change };
        if self.down { all.map(back).collect() } else { all.collect() }
    }

    fn lay_out(&self) -> Folder {
        let folder = Folder::in_memory();
        if !self.down {
            lay_out(&folder);
            return folder;
        }
        for change in self.changes() {
            let base = if matches!(change.place, Place::Shared(_)) { "shared" } else { "work" };
            if let Some(before) = &change.before {
                let name = format!("{base}/{}", change.place.name());
                folder.write(&name, &before.bytes);
                let mode = std::os::unix::fs::PermissionsExt::from_mode(before.mode);
                std::fs::set_permissions(folder.path().join(name), mode).expect("the mode");
            }
        }
        folder
    }

    fn commit(&self, fs: &dyn Fs, folder: &Folder) -> Result<(), CommitError> {
        let (session, _) = Session::open(self.site(fs, folder), "test", PATIENCE)?;
        session.commit(&self.changes(), &|| false).map(|_| ())
    }

    /// Runs with these faults; `None` when the last of them came too late to meet a call.
    fn run(&self, folder: &Folder, faults: &[(usize, Fault)]) -> Option<Result<(), CommitError>> {
        let fs = faults.iter().fold(self.disk(folder), |fs, (at, fault)| fs.fault(*at, *fault));
        let result = self.commit(&fs, folder);
        (faults.iter().all(|(at, _)| fs.calls() > *at)).then_some(result)
    }

    /// What was said of the run holds now and after the next one, which needs no person.
    fn judge(&self, folder: &Folder, faults: &[(usize, Fault)], said: &Result<(), CommitError>) {
        let context = || format!("{faults:?} on {:?}, down {}: said {said:?}", self.disk, self.down);
        let killed = faults.iter().any(|(_, fault)| *fault == Fault::Kill);
        let expected = match said {
            Ok(()) => Some(&self.new),
            Err(CommitError::HalfDone { .. }) => None,
            Err(_) if killed => None,
            Err(_) => Some(&self.old),
        };
        if let Some(expected) = expected {
            // What could not be deleted now is deleted by the next run.
            let mut found = work(folder);
            found.retain(|name, _| !name.contains(".migrate-"));
            assert!(found == *expected, "{}, and it is not so", context());
        }
        let disk = self.disk(folder);
        let recovered = Session::open(self.site(&disk, folder), "test", PATIENCE).map(|(_, recovered)| recovered);
        let recovered = recovered.unwrap_or_else(|error| panic!("{}: the next run needs a person: {error}", context()));
        let found = work(folder);
        assert!(found == self.old || found == self.new, "{}: the tree is mixed", context());
        if let Some(expected) = expected {
            assert!(found == *expected, "{}: the next run changed the tree", context());
        }
        if recovered == Recovered::Finished {
            assert!(found == self.new, "{}: finished, and not new", context());
        }
        assert!(!folder.path().join("state/kept").exists(), "{}: our own text is kept", context());
        clean(folder);
        let made = folder.path().join("work/.migrate").is_dir() && !self.down;
        assert!(!made || found == self.new, "{}: an empty folder is left over", context());
    }

    /// One point: a run with these faults, judged. Whether all of them met a call.
    fn point(&self, faults: &[(usize, Fault)]) -> bool {
        let folder = self.lay_out();
        let said = self.run(&folder, faults);
        if let Some(said) = &said {
            self.judge(&folder, faults, said);
        }
        said.is_some()
    }
}

const ERRORS: [ErrorKind; 3] = [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Interrupted];

/// Runs `test` up and down on each disk, and counts the points.
fn sweep(name: &str, disks: &[Disk], test: impl Fn(&Scene) -> usize + Sync) -> usize {
    let start = std::time::Instant::now();
    let run = |down| disks.iter().map(|disk| test(&Scene::new(down, *disk))).sum::<usize>();
    let points = std::thread::scope(|scope| {
        let up = scope.spawn(|| run(false));
        run(true) + up.join().expect("every point holds")
    });
    println!("{name}: {points} points in {} ms", start.elapsed().as_millis());
    points
}

/// How many calls from `from` on hold `point`.
fn count(from: usize, point: impl Fn(usize) -> bool) -> usize {
    (from..).take_while(|at| point(*at)).count()
}

/// Whether every pair of two calls is tried; `FAULTS=all` before a release. Without it there are 10,000 points in all.
fn is_thorough() -> bool {
    std::env::var("FAULTS").is_ok_and(|faults| faults == "all")
}

/// As `count`, for the second of two calls: of what comes behind `first`, every call in a thorough run, else one in eight;
/// which ones, `first` decides, so that together they meet every call.
fn count_second(first: usize, from: usize, point: impl Fn(usize) -> bool) -> usize {
    let step = if is_thorough() { 1 } else { 8 };
    (from + first % step..).step_by(step).take_while(|again| point(*again)).count()
}

#[test]
fn one_fault_at_any_call() {
    let points = sweep("one fault", &DISKS, |scene| {
        let errors = ERRORS.into_iter().flat_map(|kind| [Fault::Error(kind), Fault::Late(kind), Fault::Lasting(kind)]);
        let faults = errors.chain([Fault::Kill, Fault::Lasting(ErrorKind::ReadOnlyFilesystem)]);
        let points = faults.map(|fault| count(0, |at| scene.point(&[(at, fault)])));
        points.sum()
    });
    assert!(points >= 7_500, "only {points} points");
}

#[test]
fn two_faults_at_any_two_calls() {
    let points = sweep("two faults", &EXTREMES, |scene| {
        let full = Fault::Error(ErrorKind::StorageFull);
        let pairs = [(full, full), (full, Fault::Kill), (Fault::Late(ErrorKind::Other), full)];
        let points = pairs.map(|(first, second)| {
            let all = count(0, |at| scene.point(&[(at, first)]));
            (0..all)
                .map(|at| count_second(at, at + 1, |again| scene.point(&[(at, first), (again, second)])))
                .sum::<usize>()
        });
        points.iter().sum()
    });
    assert!(points >= if is_thorough() { 8_000 } else { 1_000 }, "only {points} points");
}

#[test]
fn a_recovery_that_is_killed_or_fails_is_finished_by_the_next() {
    let points = sweep("faults in recovery", &EXTREMES, |scene| {
        let faults = [Fault::Kill, Fault::Error(ErrorKind::StorageFull), Fault::Late(ErrorKind::Other)];
        let recovered = |at: usize, again: usize, fault: Fault| {
            let folder = scene.lay_out();
            let killed = [(at, Fault::Kill)];
            let Some(said) = scene.run(&folder, &killed) else { return false };
            let fs = scene.disk(&folder).fault(again, fault);
            let opened = Session::open(scene.site(&fs, &folder), "test", PATIENCE).map(|_| ());
            let faults = [(at, Fault::Kill), (again, fault)];
            scene.judge(&folder, &faults, &opened.and(said));
            fs.calls() > again
        };
        let points = faults.map(|fault| {
            let all = count(0, |at| scene.point(&[(at, Fault::Kill)]));
            (0..all).map(|at| count_second(at, 0, |again| recovered(at, again, fault))).sum::<usize>()
        });
        points.iter().sum()
    });
    assert!(points >= if is_thorough() { 12_000 } else { 1_500 }, "only {points} points");
}
