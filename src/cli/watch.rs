//! What an answer about the whole repository depends on, by its look from outside: for as long as all of that looks the same,
//! the answer stands, and no file is listed or read for it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::base::Base;
use super::configuration::FILE;
use super::selection::globs;
use super::workspace::{FILES, Loaded, Workspace};
use crate::fs::{FileKind, Fs, Stat};
use crate::history::{LEDGER, RECEIPTS, RECORDS};
use crate::parallel;
use crate::tree::{RULES, Tree, deciding_files};

/// Where a root without git keeps what is only of this machine: to remember something changes it.
const LOCAL: &str = ".migrate/local/";
/// The clock of a file system moves in steps of so many nanoseconds at most; in coarse ones where it counts whole seconds.
const STEP: i128 = 20_000_000;
const COARSE_STEP: i128 = 2_000_000_000;
/// The bytes that tell how a file looks.
const TRACE: usize = 1 + 3 * 4 + 3 * 8 + 2 * 16;
/// Paths that are looked at together.
const MANY: usize = 64;

/// Paths of files and folders, each on a line; a relative one counts from the root.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Watch<'t>(pub Cow<'t, str>);

/// How all of it looks at one time.
pub(super) struct Look {
    /// Of this program, its arguments, the migrations and all that is watched.
    pub hash: String,
    /// From when on every change of it shows, in nanoseconds since 1970: the clock has moved on since the last one.
    settled: i128,
}

impl Look {
    /// Whether what was read since `start` is what was there at this look.
    pub fn is_settled(&self, start: SystemTime) -> bool {
        let start = start.duration_since(UNIX_EPOCH).ok().and_then(|since| i128::try_from(since.as_nanos()).ok());
        start.is_some_and(|start| self.settled < start)
    }
}

impl Watch<'_> {
    /// All that the plan of everything depends on; `None` where that can not be written down, or git does not tell.
    pub fn of(workspace: &Workspace, loaded: &Loaded) -> Option<Self> {
        let (disk, history) = (&loaded.disk, &loaded.history);
        let wanted: Vec<String> = workspace.catalogue.iter().flat_map(|migration| migration.targets().globs).collect();
        let targets = globs(&wanted).ok()?;
        let folders = disk.folders().iter().filter(|folder| !folder.starts_with(LOCAL));
        let named = |folder: &String| if folder.is_empty() { "." } else { folder.trim_end_matches('/') }.to_owned();
        let mut paths: BTreeSet<String> = folders.map(named).collect();
        for path in disk.paths() {
            let decides = path.file_name() == RULES || path.is_own() && !path.as_str().starts_with(LOCAL);
            if decides || targets.matches(path) {
                paths.insert(path.to_string());
                // A link is read where it leads.
                paths.extend(disk.referent(path).map(|file| file.to_string()));
            }
        }
        // What is to be made may lie in a folder that is not looked at.
        paths.extend(wanted.into_iter().filter(|glob| !glob.contains(['*', '?', '[', '{'])));
        let ledgers = workspace.catalogue.iter().filter_map(|migration| history.ledger(&migration.slug));
        let records = history.slugs().filter_map(|slug| history.record(slug)).chain(ledgers);
        paths.extend(records.flat_map(|record| &record.edits).map(|edit| edit.file.to_string()));
        // Git may ignore the folders of the records, so that nobody walks them.
        paths.extend([FILE, ".migrate", RECORDS].map(str::to_owned));
        for path in outside(&workspace.base)? {
            paths.insert(path.to_str()?.to_owned());
        }
        let is_plain = paths.iter().all(|path| !path.contains('\n'));
        is_plain.then(|| Self(paths.iter().flat_map(|path| [path, "\n"]).collect()))
    }

    /// Looks at all of it; `None` where somebody asks for a part only.
    pub fn look(&self, workspace: &Workspace) -> Option<Look> {
        let circumstances = workspace.circumstances()?;
        let paths: Vec<&str> = self.0.split_terminator('\n').collect();
        let looks = parallel::map(&paths.chunks(MANY).collect::<Vec<_>>(), |paths| {
            let (mut traces, mut settled) = (Vec::with_capacity(paths.len() * TRACE), 0);
            for stat in FILES.glance(&workspace.base.root, paths) {
                trace(stat.as_ref(), &mut traces);
                settled = stat.map_or(settled, |stat| settled.max(stat.changed + step(&stat)));
            }
            (traces, settled)
        });
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update(circumstances);
        // Of the last commit the names of the records count, and a commit does not change.
        hash.update(workspace.base.site().head.unwrap_or_default());
        looks.iter().for_each(|(traces, _)| hash.update(traces));
        Some(Look {
            hash: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
            settled: looks.iter().map(|(_, settled)| *settled).max().unwrap_or(0),
        })
    }
}

/// The longest time in nanoseconds in which the clock of the file system may have stood still.
fn step(stat: &Stat) -> i128 {
    if stat.changed % 1_000_000_000 == 0 { COARSE_STEP } else { STEP }
}

/// Adds what changes with every change of a file, or of the names in a folder.
fn trace(stat: Option<&Stat>, traces: &mut Vec<u8>) {
    let Some(stat) = stat else { return traces.push(0) };
    traces.push(match stat.kind {
        FileKind::File => 1,
        FileKind::Folder => 2,
        FileKind::Link => 3,
        FileKind::Special => 4,
    });
    for number in [stat.mode, stat.uid, stat.gid] {
        traces.extend_from_slice(&number.to_le_bytes());
    }
    for number in [stat.device, stat.inode, stat.size] {
        traces.extend_from_slice(&number.to_le_bytes());
    }
    for time in [stat.modified, stat.changed] {
        traces.extend_from_slice(&time.to_le_bytes());
    }
}

/// The files and folders outside of what is listed: those that decide what that is, and what this machine knows.
fn outside(base: &Base) -> Option<Vec<PathBuf>> {
    let mut paths = match &base.git {
        Some(git) => deciding_files(&FILES, &base.root, git)?,
        None => Vec::new(),
    };
    for folder in [base.state.join(LEDGER), base.state.join(RECEIPTS), base.shared.join(RECEIPTS)] {
        let names = FILES.list(&folder).unwrap_or_default();
        paths.extend(names.iter().map(|name| folder.join(name)));
        paths.push(folder);
    }
    // A way with links in it is told without them, and a link beside what it leads to.
    let mut known: Vec<PathBuf> = paths.iter().filter_map(|path| FILES.canonical(path).ok()).collect();
    known.extend(paths.iter().map(|path| placed(path)));
    Some(known)
}

/// The path with no link on the way, as far as that is there.
fn placed(path: &Path) -> PathBuf {
    let known = path.ancestors().skip(1).find_map(|folder| Some((folder, FILES.canonical(folder).ok()?)));
    let placed = known.and_then(|(folder, real)| Some(real.join(path.strip_prefix(folder).ok()?)));
    placed.unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_changed_while_the_clock_may_have_stood_still_is_not_settled() {
        let at = |nanoseconds: u64| UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        let root = FILES.stat(Path::new("/")).expect("a folder");
        for (changed, waits) in [(1_500_000_000, 20_000_000), (1_000_000_000, 2_000_000_000)] {
            let stat = Stat { changed: i128::from(changed), ..root };
            let look = Look { hash: String::new(), settled: stat.changed + step(&stat) };
            assert!(!look.is_settled(at(changed)) && !look.is_settled(at(changed + waits)), "{changed}");
            assert!(look.is_settled(at(changed + waits + 1)), "{changed}");
        }
    }
}
