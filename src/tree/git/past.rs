//! What git keeps of the past of a file: commits, and what came before them.

use super::{Git, run};

/// What git has of a file in its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Nothing,
    Tracked,
    /// It is tracked, and left out of this work tree.
    LeftOut,
}

/// More commits than this are not looked at.
const MANY: &str = "--max-count=200";

impl Git {
    /// The commits, from `from` back, that changed `path`; the last one first. None where there is no such history.
    pub fn commits_of(&self, from: &str, path: &str) -> Vec<String> {
        self.past(["--literal-pathspecs", "rev-list", "--topo-order", MANY, "--end-of-options", from, "--", path])
    }

    /// The day of `commit`, as `2026-01-31`.
    pub fn day(&self, commit: &str) -> Option<String> {
        let day = self.past(["show", "--no-patch", "--no-show-signature", "--format=%as", "--end-of-options", commit]);
        day.into_iter().next()
    }

    /// The commits that `commit` follows on, as far as they are here.
    pub fn parents(&self, commit: &str) -> Vec<String> {
        let line = self.past(["rev-list", "--no-walk", "--parents", "--end-of-options", commit]);
        line.iter().flat_map(|line| line.split(' ').skip(1)).map(str::to_owned).collect()
    }

    /// Whether the history was cut off when this repository was cloned.
    pub fn is_shallow(&self) -> bool {
        self.past(["rev-parse", "--is-shallow-repository"]) == ["true"]
    }

    /// The file `path` of `commit`, as far as it is here: nothing is fetched for it.
    pub fn past_file(&self, commit: &str, path: &str) -> Option<Vec<u8>> {
        run(&self.folder, ["cat-file", "blob", &format!("{commit}:./{path}")]).ok()
    }

    /// The files in `folder` of `commit`; none where there is no such folder.
    pub fn names_in(&self, commit: &str, folder: &str) -> Vec<String> {
        let folder = format!("{folder}/");
        let names = run(&self.folder, ["ls-tree", "-z", "--name-only", commit, "--", &folder]).unwrap_or_default();
        String::from_utf8_lossy(&names).split_terminator('\0').map(str::to_owned).collect()
    }

    /// What the index has of `path`.
    pub fn keeps(&self, path: &str) -> Keeps {
        let entries = run(&self.folder, ["--literal-pathspecs", "ls-files", "-t", "-z", "--cached", "--", path]);
        match entries.unwrap_or_default().first() {
            None => Keeps::Nothing,
            Some(b'S') => Keeps::LeftOut,
            Some(_) => Keeps::Tracked,
        }
    }

    /// Where git finds the file that had the path `path`: moved and staged, else moved in the last commit that took the
    /// path away.
    pub fn moved(&self, path: &str) -> Option<String> {
        let [m, filter, names, z, relative] = ["-M", "--diff-filter=R", "--name-status", "-z", "--relative"];
        // What is in the work tree would go through a filter.
        let staged = run(&self.folder, ["diff-index", "--cached", m, filter, names, z, relative, "HEAD", "--"]);
        if let Some(to) = staged.ok().and_then(|staged| renamed(&staged, path)) {
            return Some(to);
        }
        let gone = ["--no-renames", "--diff-filter=D", "--format=%H", "--no-show-signature", "HEAD", "--", path];
        let [whole, deleted, hash, unsigned, head, end, path] = gone;
        let log = ["--literal-pathspecs", "log", "-1", whole, deleted, hash, unsigned, head, end, path];
        let commit = self.past(log).into_iter().next()?;
        let moves = ["diff-tree", "-r", m, filter, names, z, relative, "--no-commit-id", &commit, "--"];
        renamed(&run(&self.folder, moves).ok()?, path)
    }

    fn past<const N: usize>(&self, arguments: [&str; N]) -> Vec<String> {
        let output = run(&self.folder, arguments).unwrap_or_default();
        String::from_utf8_lossy(&output).lines().map(str::to_owned).collect()
    }
}

/// The new path of the file `path` in what git says of renames: a mark, the old path and the new one, each with its end.
fn renamed(told: &[u8], path: &str) -> Option<String> {
    let told = String::from_utf8_lossy(told);
    let fields: Vec<&str> = told.split_terminator('\0').collect();
    let found = fields.chunks_exact(3).find(|fields| fields[1] == path);
    found.map(|fields| fields[2].to_owned())
}
