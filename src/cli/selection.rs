//! Which files a run may change, out of all that it sees.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use super::Failure;
use super::args::{Global, Scale, Shard, ShardBy};
use crate::diagnostic::{Code, Diagnostic};
use crate::fs::{Fs, RealFs};
use crate::path::RepoPath;
use crate::tree::Globs;

/// A list of names may have so many bytes.
const MAX_LIST: u64 = 256 * 1024 * 1024;

/// What may be changed; all else is seen and stays.
pub(crate) struct Selection {
    only: Globs,
    except: Globs,
    /// These alone.
    named: Option<BTreeSet<RepoPath>>,
    scale: Scale,
    repository: String,
    /// The command line names some files out of all.
    is_partial: bool,
}

impl Selection {
    /// `names` are the ones of `--files-from`, as `start` knows them; `excluded` are the globs of the repository itself.
    pub fn new(
        global: &Global,
        names: Option<&[String]>,
        excluded: &[String],
        repository: String,
        (start, root): (&Path, &Path),
    ) -> Result<Self, Failure> {
        let named = names.map(|names| names.iter().map(|name| repo_path(name, start, root)).collect::<Result<_, _>>());
        let by_path = global.scale.shard.is_some_and(|shard| shard.by == ShardBy::Path);
        Ok(Self {
            is_partial: by_path || named.is_some() || !(global.only.is_empty() && global.except.is_empty()),
            only: globs(&global.only)?,
            except: globs(global.except.iter().chain(excluded))?,
            named: named.transpose()?,
            scale: global.scale.clone(),
            repository,
        })
    }

    /// Whether the repository as a whole is in another part.
    pub fn is_elsewhere(&self) -> bool {
        let in_other_part = |shard: Shard| shard.by == ShardBy::Repository && !shard.holds(&self.repository);
        self.scale.shard.is_some_and(in_other_part)
    }

    /// Whether only the repository itself leaves files out.
    pub fn is_whole(&self) -> bool {
        !self.is_partial && self.scale.shard.is_none()
    }

    /// Refuses to go on where the command line leaves out one of `files`.
    pub fn refuse_part_of<'p>(&self, mut files: impl Iterator<Item = &'p RepoPath>) -> Result<(), Failure> {
        let Some(left) = files.find(|path| self.is_partial && self.excludes(path)) else { return Ok(()) };
        let message = format!("a migration is taken back in all of its files, and `{left}` is left out");
        Err(Diagnostic::error(Code::Usage, message)
            .note("nothing was written")
            .help("leave out --only, --except, --files-from and --shard K/N, or MIGRATE_ONLY and the like")
            .help("one setting only? change it by hand, then keep that: migrate accept NAME")
            .into())
    }

    /// How many files `--files-from` names, where none of them is there.
    pub fn missing(&self, root: &Path) -> Option<usize> {
        let named = self.named.as_ref().filter(|named| !named.is_empty())?;
        let is_there = |path: &RepoPath| RealFs.stat(&root.join(path.as_str())).is_ok();
        (!named.iter().any(is_there)).then_some(named.len())
    }

    /// Whether a file must stay as it is.
    pub fn excludes(&self, path: &RepoPath) -> bool {
        let in_other_part = |shard: Shard| shard.by == ShardBy::Path && !shard.holds(path.as_str());
        self.is_elsewhere()
            || self.scale.shard.is_some_and(in_other_part)
            || self.except.matches(path)
            || !self.only.is_empty() && !self.only.matches(path)
            || self.named.as_ref().is_some_and(|named| !named.contains(path))
    }
}

/// The names that `--files-from` gives: they end with NUL bytes, or with line ends where there is no NUL.
pub(crate) fn names_from(scale: &Scale) -> Result<Option<Vec<String>>, Failure> {
    let Some(file) = &scale.files_from else { return Ok(None) };
    let read = || {
        if !scale.reads_input() {
            let place = RealFs.canonical(file)?;
            return RealFs.read(&place, MAX_LIST);
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(MAX_LIST + 1).read_to_end(&mut bytes)?;
        let whole = bytes.len() as u64 <= MAX_LIST;
        if whole { Ok(bytes) } else { Err(Error::new(ErrorKind::FileTooLarge, "larger than the limit")) }
    };
    let wrong = |why: String| {
        Diagnostic::error(Code::Usage, format!("the names in `{}` can not be read: {why}", file.display()))
            .help("for example: git diff -z --name-only --relative main | migrate up -n --files-from -")
    };
    let bytes = read().map_err(|error| wrong(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("they are no UTF-8".to_owned()))?;
    let names: Vec<&str> = if text.contains('\0') { text.split('\0').collect() } else { text.lines().collect() };
    Ok(Some(names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()))
}

/// The file that `name` means, seen from `start`; it need not be there.
fn repo_path(name: &str, start: &Path, root: &Path) -> Result<RepoPath, Failure> {
    let outside = || {
        let message = format!("`{name}` of --files-from lies outside of the repository {}", root.display());
        Failure::from(
            Diagnostic::error(Code::OutsideRepository, message).help("names count from the current folder, or from -C"),
        )
    };
    let path = Path::new(name);
    let (folder, name) = match path.strip_prefix(root) {
        Ok(below) => ("".as_ref(), below),
        Err(_) if path.is_absolute() => return Err(outside()),
        Err(_) => (start.strip_prefix(root).map_err(|_| outside())?, path),
    };
    let anchor = RepoPath::new(&folder.join("_").to_string_lossy()).map_err(|_| outside())?;
    anchor.resolve(&name.to_string_lossy()).ok_or_else(outside)
}

pub(crate) fn globs<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Globs, Failure> {
    Globs::new(patterns).map_err(|error| Diagnostic::error(Code::Usage, error.to_string()).into())
}
