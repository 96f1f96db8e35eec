//! What git knows of a folder: its top, its files, where its private state lies. The only caller of `git`.

#![expect(
    clippy::disallowed_methods,
    reason = "this file is the door to git, and frees it of the caller's environment"
)]

mod past;
mod plain;

pub use past::Keeps;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::TreeError;
use crate::fs::Fs;
use crate::text::printable;

/// How git begins to say that it follows no repository of another user.
const FOREIGN: &str = "detected dubious ownership in repository at '";
const MAX_REFS: u64 = 64 * 1024 * 1024;

/// A folder inside a git work tree.
#[derive(Clone, Debug)]
pub struct Git {
    /// The folder all answers are relative to.
    folder: PathBuf,
    pub top: PathBuf,
    /// The git folder of this work tree, where private state may lie.
    pub private: PathBuf,
}

/// Where all the files with rules of what to ignore are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RulesIn {
    WorkTree,
    /// Some are left out of the work tree.
    Index,
}

impl Git {
    /// The work tree that `folder` lies in; `None` where there is none, or no git.
    ///
    /// # Errors
    /// When git refuses to answer, as for a folder of another owner.
    pub fn find(folder: &Path) -> Result<Option<Self>, TreeError> {
        let output = match run(folder, ["rev-parse", "--show-toplevel", "--absolute-git-dir"]) {
            Ok(output) => output,
            Err(why) if why.starts_with(FOREIGN) => {
                let path = why.trim_start_matches(FOREIGN).trim_end_matches('\'').to_owned();
                let trust = format!("git config --global --add safe.directory '{path}'");
                return Err(TreeError::ForeignOwner { path, owner: None, trust });
            }
            // Where there is a repository, to go on without git would be to work with another lock and other state.
            Err(why) if in_repository(folder) => {
                return Err(TreeError::Git { why });
            }
            Err(_) => return Ok(None),
        };
        let text = String::from_utf8_lossy(&output).into_owned();
        let mut lines = text.lines();
        let is_absolute = |line: &str| Path::new(line).is_absolute();
        match (lines.next(), lines.next(), lines.next()) {
            (Some(top), Some(private), None) if is_absolute(top) && is_absolute(private) => {
                Ok(Some(Self { folder: folder.to_owned(), top: top.into(), private: private.into() }))
            }
            // Git takes no notice when its answer does not reach a pipe.
            (_, None, _) => Err(TreeError::Git { why: "its answer did not arrive".to_owned() }),
            _ => Err(TreeError::Git { why: "the name of the work tree has a line end in it".to_owned() }),
        }
    }

    /// The same work tree seen from `folder`.
    #[must_use]
    pub fn at(&self, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..self.clone() }
    }

    /// The tracked files, sorted.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn tracked(&self) -> Result<Vec<Vec<u8>>, TreeError> {
        let mut names = self.names(["ls-files", "-z", "--cached", "--deduplicate"])?;
        names.sort_unstable();
        Ok(names)
    }

    /// Those of `names`, which are not tracked, that the rules keep out. Rules that are not in the work tree are in the index.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn ignored_of(&self, names: &BTreeSet<String>, rules: RulesIn) -> Result<BTreeSet<String>, TreeError> {
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let input: Vec<u8> = names.iter().flat_map(|name| [name.as_bytes(), b"\0"].concat()).collect();
        let output = match rules {
            // Git does not have to read its index then.
            RulesIn::WorkTree => feed_filter(&self.folder, ["check-ignore", "-z", "--stdin", "--no-index"], &input),
            RulesIn::Index => feed_filter(&self.folder, ["check-ignore", "-z", "--stdin"], &input),
        };
        let output = output.map_err(|why| TreeError::Git { why })?;
        Ok(String::from_utf8_lossy(&output).split_terminator('\0').map(str::to_owned).collect())
    }

    /// The folder of what all work trees share, without links.
    pub fn common(&self, fs: &dyn Fs) -> Option<PathBuf> {
        let private = fs.canonical(&self.private).ok()?;
        let text = fs.read(&private.join("commondir"), MAX_REFS).ok().and_then(|text| String::from_utf8(text).ok());
        match text {
            Some(to) => fs.canonical(&private.join(to.trim())).ok(),
            None => Some(private),
        }
    }

    /// The commit that the work tree stands on, as git's files tell; the branch where that has none yet.
    pub fn head(&self, fs: &dyn Fs) -> Option<String> {
        let private = fs.canonical(&self.private).ok()?;
        let text = |path: &Path| String::from_utf8(fs.read(path, MAX_REFS).ok()?).ok();
        let head = text(&private.join("HEAD"))?.trim().to_owned();
        let Some(name) = head.strip_prefix("ref: ") else { return Some(head) };
        // A linked work tree shares its branches with the others.
        let common = self.common(fs)?;
        let loose = || text(&common.join(name)).map(|id| id.trim().to_owned());
        let packed = || {
            let packed = text(&common.join("packed-refs"))?;
            packed.lines().find_map(|line| Some(line.strip_suffix(name)?.strip_suffix(' ')?.to_owned()))
        };
        Some(loose().or_else(packed).unwrap_or(head.clone()))
    }

    /// The files that git's settings come from, and those where it would look first; some of them may not be there. `None`
    /// where git fails.
    pub(super) fn settings_files(&self, fs: &dyn Fs) -> Option<Vec<PathBuf>> {
        let told = run(&self.top, ["config", "--null", "--list", "--name-only", "--show-origin"]).ok()?;
        let told = String::from_utf8(told).ok()?;
        let named = told.split('\0').filter_map(|field| field.strip_prefix("file:"));
        let mut files: Vec<PathBuf> = named.map(|name| self.top.join(name)).collect();
        files.extend([self.common(fs)?.join("config"), self.private.join("config.worktree"), "/etc/gitconfig".into()]);
        let home = std::env::var_os("HOME").map(PathBuf::from);
        files.extend(home.as_ref().map(|home| home.join(".gitconfig")));
        let own = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(home?.join(".config")));
        files.extend(own.map(|own| own.join("git/config")));
        files.sort();
        files.dedup();
        Some(files)
    }

    /// Whether git would leave out a new file called `name`.
    pub fn ignores(&self, name: &str) -> bool {
        run(&self.folder, ["check-ignore", "--quiet", "--no-index", "--", name]).is_ok()
    }

    /// Whether git has the file called `name`, at least staged.
    pub fn tracks(&self, name: &str) -> bool {
        run(&self.folder, ["--literal-pathspecs", "ls-files", "--error-unmatch", "--", name]).is_ok()
    }

    /// The commit that `revision` names.
    ///
    /// # Errors
    /// When there is none.
    pub fn commit(&self, revision: &str) -> Result<String, TreeError> {
        let wanted = format!("{revision}^{{commit}}");
        let output = run(&self.folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
        let output = output.map_err(|_| TreeError::Git { why: format!("`{revision}` is no commit") })?;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// The tracked files that differ between `commit` and the work tree, relative to the folder.
    ///
    /// # Errors
    /// When git fails.
    pub fn changed_since(&self, commit: &str) -> Result<Vec<Vec<u8>>, TreeError> {
        self.changed(&[commit])
    }

    /// The commit that added `path`: its short name, its day and its author; `None` where it is in none yet.
    pub fn added(&self, path: &str) -> Option<String> {
        let format = "--format=%h, %as, %an";
        let output =
            run(&self.folder, ["log", "-1", "--diff-filter=A", "--no-show-signature", format, "--", path]).ok()?;
        let text = String::from_utf8_lossy(&output);
        let line = text.lines().next().unwrap_or("");
        (!line.is_empty()).then(|| printable(line).into_owned())
    }

    /// Where the history of `commit` and that of the work tree part.
    pub fn common_ancestor(&self, commit: &str) -> Option<String> {
        let output = run(&self.folder, ["merge-base", commit, "HEAD"]).ok()?;
        Some(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// The files whose content in the work tree is not the staged one, and untracked ones.
    ///
    /// # Errors
    /// When git fails.
    pub fn unstaged(&self) -> Result<Vec<Vec<u8>>, TreeError> {
        let mut names = self.changed(&[])?;
        names.extend(self.untracked()?);
        Ok(names)
    }

    /// The files that git neither has nor ignores.
    ///
    /// # Errors
    /// When git fails.
    pub fn untracked(&self) -> Result<Vec<Vec<u8>>, TreeError> {
        self.names(["ls-files", "-z", "--others", "--exclude-standard"])
    }

    /// The file `path` of `commit`, or, where that is empty, as staged; `None` where there is none.
    pub fn file(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        run(&self.folder, ["cat-file", "blob", &format!("{commit}:./{path}")]).ok()
    }

    /// Whether the file `path` could be executed in `commit`; `None` where it is not in it.
    pub fn was_executable(&self, commit: &str, path: &str) -> Option<bool> {
        let entries = self.names(["--literal-pathspecs", "ls-tree", "-z", commit, "--", path]).ok()?;
        let entry = String::from_utf8(entries.into_iter().next()?).ok()?;
        Some(entry.starts_with("100755"))
    }

    /// The names in `folder` on every branch, here and of other repositories, as far as this one knows them.
    ///
    /// # Errors
    /// When git fails.
    pub fn names_on_branches(&self, folder: &str) -> Result<Vec<String>, TreeError> {
        let tips = ["for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes"];
        let output = run(&self.folder, tips).map_err(|why| TreeError::Git { why })?;
        let mut tips: Vec<String> = String::from_utf8_lossy(&output).lines().map(str::to_owned).collect();
        tips.sort();
        tips.dedup();
        let mut names = Vec::new();
        for tip in tips {
            // A branch without the folder has no names in it.
            let found =
                self.names(["ls-tree", "-z", "--name-only", &tip, "--", &format!("{folder}/")]).unwrap_or_default();
            names.extend(found.into_iter().filter_map(|name| String::from_utf8(name).ok()));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The entry of the index for the file `path`, as `set_index` takes it; `None` where it is not tracked, or in conflict.
    ///
    /// # Errors
    /// When git fails.
    pub fn index_entry(&self, path: &str) -> Result<Option<String>, TreeError> {
        let stage = ["--literal-pathspecs", "ls-files", "--stage", "--full-name", "-z", "--", path];
        let entries = self.names(stage)?;
        let mut texts = entries.into_iter().filter_map(|entry| String::from_utf8(entry).ok());
        Ok(texts.find(|entry| entry.split(['\t', ' ']).nth(2) == Some("0")))
    }

    /// Whether the index holds the sides of a conflict for the file `path`.
    ///
    /// # Errors
    /// When git fails.
    pub fn in_conflict(&self, path: &str) -> Result<bool, TreeError> {
        Ok(!self.names(["--literal-pathspecs", "ls-files", "--unmerged", "-z", "--", path])?.is_empty())
    }

    /// Keeps `bytes` as an object, through no filter of the repository, and returns its name.
    ///
    /// # Errors
    /// When git fails.
    pub fn keep(&self, bytes: &[u8]) -> Result<String, TreeError> {
        let kept = feed(&self.folder, ["hash-object", "-w", "--no-filters", "--stdin"], bytes);
        let kept = kept.map_err(|why| TreeError::Git { why })?;
        Ok(String::from_utf8_lossy(&kept).trim().to_owned())
    }

    /// Puts `entries` in the place of whatever the index has for their files: `MODE OBJECT STAGE`, a tab, and the path
    /// from the top. All of them, or none.
    ///
    /// # Errors
    /// When git fails, as while another one works on the index.
    pub fn set_index(&self, entries: &[String]) -> Result<(), TreeError> {
        let mut input = Vec::new();
        let mut cleared: Vec<&str> = Vec::new();
        for entry in entries {
            let Some((head, path)) = entry.split_once('\t') else { continue };
            if !cleared.contains(&path) {
                // As many digits as the names of objects have in this repository.
                let nothing = "0".repeat(head.split(' ').nth(1).map_or(40, str::len));
                input.extend(format!("0 {nothing} 0\t{path}\0").bytes());
                cleared.push(path);
            }
            input.extend(entry.bytes().chain([0]));
        }
        // What is new since the index was written is read anew, and goes through a filter then.
        let arguments = ["update-index", "-z", "--index-info"].map(str::to_owned);
        let done = feed(&self.folder, self.without_filters()?.into_iter().chain(arguments), &input);
        done.map(|_| ()).map_err(|why| TreeError::Git { why })
    }

    /// The tracked files whose content in the work tree is not that of `from`, or not the staged one.
    fn changed(&self, from: &[&str]) -> Result<Vec<Vec<u8>>, TreeError> {
        const DIFF: [&str; 8] = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            // Git would look for changes in a submodule under the settings of that one.
            "--ignore-submodules=all",
            "--relative",
        ];
        let arguments = DIFF.iter().chain(from).chain(&["--"]).map(|word| (*word).to_owned());
        self.names(self.without_filters()?.into_iter().chain(arguments))
    }

    /// Arguments that turn off every filter, which is a program that the settings of the repository name.
    fn without_filters(&self) -> Result<Vec<String>, TreeError> {
        let wanted = r"^filter\..*\.(clean|smudge|process|required)$";
        let known = feed_filter(&self.folder, ["config", "--null", "--name-only", "--get-regexp", wanted], b"");
        let known = known.map_err(|why| TreeError::Git { why })?;
        let mut settings = Vec::new();
        for key in known.split(|byte| *byte == 0).filter(|key| !key.is_empty()) {
            let key = std::str::from_utf8(key).ok().filter(|key| !key.contains('='));
            let Some((filter, what)) = key.and_then(|key| key.rsplit_once('.')) else {
                let why = "a filter in its settings has a name under which it can not be turned off".to_owned();
                return Err(TreeError::Git { why });
            };
            let value = if what == "required" { "false" } else { "" };
            settings.extend(["-c".to_owned(), format!("{filter}.{what}={value}")]);
        }
        Ok(settings)
    }

    fn names<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Vec<Vec<u8>>, TreeError> {
        let output = run(&self.folder, arguments).map_err(|why| TreeError::Git { why })?;
        Ok(output.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
    }
}

/// Whether there is a `.git` above, as far as git itself would look.
fn in_repository(folder: &Path) -> bool {
    let ceilings = std::env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    let ceilings: Vec<PathBuf> = std::env::split_paths(&ceilings).collect();
    let mut below = folder.ancestors().take_while(|above| !ceilings.iter().any(|ceiling| ceiling == above));
    below.any(|above| above.join(".git").symlink_metadata().is_ok())
}

/// The output of a git command that runs nothing of the repository's, or why there is none.
fn run<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Result<Vec<u8>, String> {
    let output = command(folder, arguments).output();
    let output = output.map_err(|error| format!("`git` could not be started: {error}"))?;
    if output.status.success() { Ok(output.stdout) } else { Err(complaint(&output)) }
}

/// As `run`, of a command that reads `input`.
fn feed<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Result<Vec<u8>, String> {
    match fed(folder, arguments, input)? {
        output if output.status.success() => Ok(output.stdout),
        output => Err(complaint(&output)),
    }
}

/// As `feed`, of a command whose exit code 1 says that nothing was found.
fn feed_filter<const N: usize>(folder: &Path, arguments: [&str; N], input: &[u8]) -> Result<Vec<u8>, String> {
    match fed(folder, arguments, input)? {
        output if matches!(output.status.code(), Some(0 | 1)) => Ok(output.stdout),
        output => Err(complaint(&output)),
    }
}

fn fed<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>, input: &[u8]) -> Result<Output, String> {
    let started =
        command(folder, arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut git = started.map_err(|error| format!("`git` could not be started: {error}"))?;
    let mut pipe = git.stdin.take();
    let output = std::thread::scope(|scope| {
        // What it does not read, it did not want: its exit code tells.
        scope.spawn(move || pipe.as_mut().map(|pipe| pipe.write_all(input)));
        git.wait_with_output()
    });
    output.map_err(|error| format!("the answer of `git` was lost: {error}"))
}

/// Git, told to run nothing of the repository's and freed of the caller's environment. A filter it would still run, where
/// it compares files of the work tree: see `without_filters`.
fn command<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks", "--no-pager"])
        .args(arguments)
        .stdin(Stdio::null())
        .env("LC_ALL", "C");
    let ours =
        |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("GIT_") && !name.starts_with("GIT_CEILING"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    // What is not here is not fetched, from an address and by a program that the repository chooses. A git that does not know
    // the first of them finds no way of transport that it may use.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none").env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// Why a git command failed, as it says.
fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = said.lines().next().map(|line| line.trim_start_matches("fatal: "));
    first.map_or_else(|| "it failed without a word".to_owned(), str::to_owned)
}
