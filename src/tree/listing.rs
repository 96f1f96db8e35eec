//! The files of a repository by name: tracked ones from git's index, the others by one walk that git's rules guide.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::gitignore::gitconfig_excludes_path;

use super::git::{Git, RulesIn};
use super::walk::{Above, Border, Found, RULES, Rules, Walked, below, walk};
use super::{Globs, LeftOut, Reach, TreeError, index};
use crate::fs::Fs;
use crate::path::RepoPath;

/// An index of more bytes is git's to read.
const MAX_INDEX: u64 = 1024 * 1024 * 1024;

/// What there is, in no order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub paths: Vec<RepoPath>,
    /// Those of them that git ignores.
    pub ignored: BTreeSet<RepoPath>,
    /// Folders that can not be listed, and names that are no paths.
    pub left_out: Vec<LeftOut>,
    /// Every folder that was looked at, as the walk names them.
    pub folders: Vec<String>,
}

/// The files below `root`, which lies in a work tree. Of those that git ignores only the ones that `wanted` matches, and
/// none in a folder that git ignores as a whole.
///
/// # Errors
/// When git fails.
pub(super) fn list(
    fs: &dyn Fs,
    root: &Path,
    git: &Git,
    wanted: &Globs,
    reach: Reach<'_>,
) -> Result<Listing, TreeError> {
    let git = git.at(root);
    let (tracked, rules_in) = match tracked(fs, root, &git) {
        Some(names) => (names, RulesIn::WorkTree),
        None => (git.tracked()?, RulesIn::Index),
    };
    let above = rules_above(fs, root, &git);
    let is_closed = above.is_ignored && tracked.is_empty();
    let Walked { found: others, unread, unnamed, folders } = match reach {
        Reach::Everything if !is_closed => walk(fs, root, Border::Git(&tracked), above),
        Reach::Named(names) if !is_closed => Walked { found: untracked(names, &tracked), ..Walked::default() },
        Reach::Everything | Reach::Named(_) | Reach::Tracked => Walked::default(),
    };
    let strange = unnamed.iter().filter_map(|name| LeftOut::name(name, wanted));
    let left_out = unread.into_iter().map(LeftOut::Folder).chain(strange).collect();
    let mut listing = Listing { left_out, folders, ..Listing::default() };
    for name in &tracked {
        match str::from_utf8(name).ok().and_then(|name| RepoPath::new(name).ok()) {
            Some(path) => listing.paths.push(path),
            None => listing.left_out.extend(LeftOut::name(name, wanted)),
        }
    }
    let mut asked = Vec::new();
    for Found { path, is_ignored } in others {
        let Ok(path) = RepoPath::new(&path) else {
            listing.left_out.extend(LeftOut::name(path.as_bytes(), wanted).filter(|_| !is_ignored));
            continue;
        };
        // A record is no target: what git makes of it is asked where that matters.
        match (!path.is_own() && wanted.matches(&path), is_ignored) {
            (true, _) => asked.push(path),
            (false, true) => {}
            (false, false) => listing.paths.push(path),
        }
    }
    judge(&git, rules_in, &tracked, asked, &mut listing)?;
    Ok(listing)
}

/// Those of `names` that are not `tracked`, for git to say whether it ignores them.
fn untracked(names: &BTreeSet<RepoPath>, tracked: &[Vec<u8>]) -> Vec<Found> {
    let is_known =
        |name: &&RepoPath| tracked.binary_search_by(|known| known.as_slice().cmp(name.as_str().as_bytes())).is_ok();
    let others = names.iter().filter(|name| !is_known(name));
    others.map(|name| Found { path: name.to_string(), is_ignored: true }).collect()
}

/// Adds the untracked files that a migration could change. Whether one is ignored decides where its values may be written,
/// so git itself is asked.
fn judge(
    git: &Git,
    rules_in: RulesIn,
    tracked: &[Vec<u8>],
    asked: Vec<RepoPath>,
    listing: &mut Listing,
) -> Result<(), TreeError> {
    // A folder with a tracked file in it is not left out as a whole.
    let is_other = |folder: &&str| below(tracked, format!("{folder}/").as_bytes()).is_empty();
    let folders = |path: &RepoPath| -> Vec<String> {
        let path = path.as_str();
        path.match_indices('/').map(|(at, _)| &path[..at]).filter(is_other).map(str::to_owned).collect()
    };
    let names = asked.iter().flat_map(|path| folders(path).into_iter().chain([path.to_string()])).collect();
    let ignored = git.ignored_of(&names, rules_in)?;
    for path in asked {
        if folders(&path).iter().any(|folder| ignored.contains(folder)) {
            continue;
        }
        if ignored.contains(path.as_str()) {
            listing.ignored.insert(path.clone());
        }
        listing.paths.push(path);
    }
    Ok(())
}

/// The files below `root`, where there is no git: without repositories inside and installed packages.
///
/// # Errors
/// When the folder can not be listed.
pub(super) fn list_without_git(fs: &dyn Fs, root: &Path, wanted: &Globs) -> Result<Listing, TreeError> {
    let wrong = |error: std::io::Error| TreeError::Io {
        path: root.display().to_string(),
        kind: error.kind(),
        why: error.to_string(),
    };
    let device = fs.stat(root).map_err(wrong)?.device;
    fs.entries(root).map_err(wrong)?;
    let Walked { found, unread, unnamed, folders } = walk(fs, root, Border::Device(device), Above::default());
    let (named, odd): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| RepoPath::new(&found.path).is_ok());
    let strange = unnamed.iter().map(Vec::as_slice).chain(odd.iter().map(|found| found.path.as_bytes()));
    let strange = strange.filter_map(|name| LeftOut::name(name, wanted));
    Ok(Listing {
        left_out: unread.into_iter().map(LeftOut::Folder).chain(strange).collect(),
        paths: named.into_iter().filter_map(|found| RepoPath::new(&found.path).ok()).collect(),
        folders,
        ..Listing::default()
    })
}

/// The tracked files, sorted; `None` where only git can tell.
fn tracked(fs: &dyn Fs, root: &Path, git: &Git) -> Option<Vec<Vec<u8>>> {
    let private = fs.canonical(&git.private).ok()?;
    let names = match fs.read(&private.join("index"), MAX_INDEX) {
        Ok(bytes) => index::names(&bytes)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(_) => return None,
    };
    let below = root.strip_prefix(&git.top).ok()?.to_str()?;
    if below.is_empty() {
        return Some(names);
    }
    let prefix = format!("{below}/");
    let inside = names.into_iter().filter_map(|name| Some(name.strip_prefix(prefix.as_bytes())?.to_vec()));
    Some(inside.collect())
}

/// The rules that hold in `root` and come from above it: the machine's, the repository's, those of the folders between.
fn rules_above(fs: &dyn Fs, root: &Path, git: &Git) -> Above {
    let top = &git.top;
    let read = |file: &Path, folder: &Path, above| match fs.canonical(file) {
        // People keep such files elsewhere and link to them.
        Ok(file) => Rules::read(fs, &file, folder, above),
        Err(_) => above,
    };
    let machine = gitconfig_excludes_path().and_then(|file| read(&file, top, None));
    let mut rules = match git.common(fs) {
        Some(common) => read(&common.join("info/exclude"), top, machine),
        None => machine,
    };
    let mut is_ignored = false;
    let mut folder = top.clone();
    for part in root.strip_prefix(top).unwrap_or(Path::new("")) {
        rules = Rules::read(fs, &folder.join(RULES), &folder, rules);
        folder.push(part);
        is_ignored |= rules.as_ref().is_some_and(|rules| rules.ignores(&folder, true));
    }
    Above { rules, is_ignored }
}

/// The files that decide what is listed below `root`, and do not lie there: the index, git's settings, the rules of what to
/// ignore from above. Some of them may not be there. `None` where git does not tell.
pub fn deciding_files(fs: &dyn Fs, root: &Path, git: &Git) -> Option<Vec<PathBuf>> {
    let mut files = git.settings_files(fs)?;
    files.push(git.private.join("index"));
    files.push(git.common(fs)?.join("info/exclude"));
    files.extend(gitconfig_excludes_path());
    let between = root.ancestors().skip(1).take_while(|folder| folder.starts_with(&git.top));
    files.extend(between.map(|folder| folder.join(RULES)));
    Some(files)
}
