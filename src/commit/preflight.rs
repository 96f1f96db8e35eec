//! What can be known to fail before anything is staged. Advice: the disk may change its mind, and the commit copes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{HardLinks, Site, in_place, names};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::fs::{Access, FileAccess, FileKind, Stat};
use crate::parallel;
use crate::plan::FileChange;

/// Room for what a file system needs beside the content of a file: the rest of its last block, and its entry.
const OVERHEAD: u64 = 8 * 1024;

/// The nearest folder of a file that exists, and what the file system says of it.
pub(super) struct Ground<'p> {
    pub folder: &'p Path,
    pub stat: Stat,
}

impl<'p> Ground<'p> {
    pub fn of(site: &Site<'_>, path: &'p Path) -> Option<Self> {
        path.ancestors().skip(1).find_map(|folder| Some(Self { folder, stat: site.fs.stat(folder).ok()? }))
    }

    /// Whether a file for this folder can wait in `state`, the state folder: not on another device, and not where a new file
    /// gets its group or its access list from the folder it is made in.
    pub fn takes_from(&self, site: &Site<'_>, state: &Ground<'_>, is_new: bool) -> bool {
        state.stat.device == self.stat.device
            && !(is_new && (self.stat.mode & 0o2000 != 0 || inherited(site, self.folder).is_some()))
    }

    /// The mode of a new file or folder: one that anybody may read is as wide as the access list of the folder says,
    /// which a plain `open` would not narrow, or as the umask leaves it; another one stays as narrow as it was meant.
    pub fn mode_of_new(&self, site: &Site<'_>, mode: u32) -> u32 {
        let plain = match mode {
            0o644 => 0o666,
            0o755 => 0o777,
            mode => mode,
        };
        match inherited(site, self.folder) {
            Some(bits) => plain & (bits | !0o777),
            None if plain == mode => mode,
            None => mode & !site.fs.umask(),
        }
    }
}

fn inherited(site: &Site<'_>, folder: &Path) -> Option<u32> {
    site.fs.access(folder).ok()?.inherited
}

/// A folder whose files change.
struct Folder {
    access: Option<Access>,
    /// The first file in it that is to be replaced.
    first: Option<String>,
}

/// How a target looks, as far as it can be told.
struct Look<'p> {
    ground: Ground<'p>,
    file: Option<FileAccess>,
    stat: Option<Stat>,
}

/// Errors are refusals; warnings are what should be known beforehand.
pub fn preflight(site: &Site<'_>, changes: &[FileChange]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let paths: Vec<PathBuf> = changes.iter().map(|change| site.path(&change.place)).collect();
    let looks = parallel::map(&paths, |path| {
        let (ground, file, stat) = (Ground::of(site, path)?, site.fs.file_access(path).ok(), site.fs.stat(path).ok());
        Some(Look { ground, file, stat })
    });
    let grounds: BTreeSet<&Path> = looks.iter().flatten().map(|look| look.ground.folder).collect();
    let grounds: Vec<&Path> = grounds.into_iter().collect();
    let access = parallel::map(&grounds, |folder| site.fs.access(folder).ok());
    let new = |access| Folder { access, first: None };
    let mut folders: BTreeMap<&Path, Folder> = grounds.iter().copied().zip(access.into_iter().map(new)).collect();
    let mut needed: BTreeMap<u64, (&Path, u64)> = BTreeMap::new();
    for ((change, path), look) in changes.iter().zip(&paths).zip(looks) {
        let name = change.place.name();
        let Some(Look { ground, file, stat }) = look else { continue };
        let Some(folder) = folders.get_mut(ground.folder) else { continue };
        let hindrance = file.zip(folder.access).and_then(|(file, folder)| in_place::hindrance(file, folder));
        let is_written = hindrance.is_some() && in_place::may_be(site, change);
        found.extend(hindrance.and_then(|hindrance| in_place::diagnostic(site, change, hindrance)));
        found.extend(file.filter(|file| file.fixed && change.before.is_some()).map(|_| fixed(path, name)));
        if !is_written && folder.first.is_none() {
            folder.first = Some(name.to_owned());
        }
        let size = change.after.as_ref().map_or(0, |after| after.bytes.len() as u64 + OVERHEAD);
        needed.entry(ground.stat.device).or_insert((ground.folder, 0)).1 += size;
        if let Some(stat) = stat
            && stat.kind == FileKind::File
            && change.before.is_some()
            && !is_written
        {
            found.extend(hard_links(site, name, stat));
            found.extend(owner(site, name, stat));
        }
    }
    found.extend(names::taken(site, changes));
    found.extend(folders.iter().filter_map(|(path, folder)| unwritable(site, path, folder)));
    found.extend(needed.values().filter_map(|(folder, needed)| no_space(site, folder, *needed)));
    found
}

/// Whether one of them is a refusal.
pub(super) fn refuses(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

fn hard_links(site: &Site<'_>, name: &str, stat: Stat) -> Option<Diagnostic> {
    if stat.links < 2 {
        return None;
    }
    let links = stat.links;
    Some(match site.policy.hard_links {
        HardLinks::Break => Diagnostic::warning(
            Code::HardLinked,
            format!("`{name}` is one of {links} hard links, and the others keep the old text"),
        )
        .at(Location::file(name))
        .help("to refuse such files: --hardlinks=refuse"),
        HardLinks::Refuse => Diagnostic::error(
            Code::HardLinked,
            format!("`{name}` would change, and is one of {links} hard links: the others would keep the old text"),
        )
        .at(Location::file(name))
        .note("nothing was written")
        .help(format!("let them part: --hardlinks=break; or leave it out: --except '{name}'")),
    })
}

fn owner(site: &Site<'_>, name: &str, stat: Stat) -> Option<Diagnostic> {
    if site.policy.owner_change || site.fs.may_give(stat.uid, stat.gid) {
        return None;
    }
    let diagnostic = Diagnostic::error(
        Code::OwnerLost,
        format!("`{name}` would change, and its owner {}:{} can not be kept", stat.uid, stat.gid),
    );
    Some(
        diagnostic
            .at(Location::file(name))
            .note("nothing was written")
            .help("run it as that user; or make the file yours: --allow-owner-change"),
    )
}

const FIXED: &str = "is marked as immutable or append-only";

/// That the file is marked so that nobody changes it.
fn fixed(path: &Path, name: &str) -> Diagnostic {
    Diagnostic::error(Code::NotWritable, format!("`{name}` would change, and {FIXED}"))
        .at(Location::file(name))
        .note("nothing was written")
        .help(unfix(path))
}

fn unfix(path: &Path) -> String {
    format!("take the mark away: sudo chattr -i -a '{}'", path.display())
}

fn unwritable(site: &Site<'_>, folder: &Path, Folder { access, first }: &Folder) -> Option<Diagnostic> {
    let (access, name) = (access.as_ref()?, first.as_deref()?);
    let (why, help) = if access.read_only {
        ("lies on a read-only file system", "mount it writable, or work on a copy".to_owned())
    } else if access.fixed {
        (FIXED, unfix(folder))
    } else if !access.writable {
        let way = format!("chmod u+w '{}', or run it as its owner", folder.display());
        let writable = site.fs.file_access(&folder.join(name.rsplit('/').next().unwrap_or(name)));
        let in_place = writable.is_ok_and(|file| file.writable);
        let more = if in_place { "; or write the files there where they stand: --in-place" } else { "" };
        ("may not be written", format!("{way}{more}"))
    } else {
        return None;
    };
    let diagnostic = Diagnostic::error(
        Code::NotWritable,
        format!("`{name}` would change, and its folder `{}` {why}", folder.display()),
    );
    Some(diagnostic.at(Location::file(name)).note("nothing was written").help(help))
}

fn no_space(site: &Site<'_>, folder: &Path, needed: u64) -> Option<Diagnostic> {
    let free = site.fs.access(folder).ok()?.free;
    if free >= needed {
        return None;
    }
    let folder = folder.display().to_string();
    let diagnostic = Diagnostic::error(
        Code::NoSpace,
        format!("the disk of `{folder}` has {free} bytes free, and {needed} are needed"),
    );
    Some(diagnostic.at(Location::file(folder)).note("nothing was written").help("make room there, then run it again"))
}
