//! What git keeps of the past of a file: commits, and what came before them.

use super::{Git, run};

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

    fn past<const N: usize>(&self, arguments: [&str; N]) -> Vec<String> {
        let output = run(&self.folder, arguments).unwrap_or_default();
        String::from_utf8_lossy(&output).lines().map(str::to_owned).collect()
    }
}
