//! The records that the last commit has. A commit does not change: git is asked once for each, and `status` remembers it.

use super::base::Base;
use super::workspace::FILES;
use crate::commit::remember;
use crate::history::RECORDS;
use crate::tree::file_state;

const MEMORY: &str = "committed";

/// The names of the records in the last commit, from the root.
pub(super) fn names(base: &Base) -> Vec<String> {
    remembered(base).unwrap_or_else(|| asked(base))
}

/// Remembers them, where that is not done.
pub(super) fn keep(base: &Base) {
    if let Some(head) = head(base)
        && remembered(base).is_none()
    {
        let names: String = asked(base).iter().map(|name| format!("{name}\n")).collect();
        remember(&base.site(), MEMORY, format!("{head}\n{names}").as_bytes());
    }
}

/// What was remembered of the commit that the work tree stands on.
fn remembered(base: &Base) -> Option<Vec<String>> {
    let file = file_state(&FILES, &base.state.join(MEMORY), MEMORY).ok()??;
    let text = str::from_utf8(&file.bytes).ok()?;
    let (commit, names) = text.split_once('\n')?;
    (head(base)? == commit).then(|| names.lines().map(str::to_owned).collect())
}

/// The commit that the work tree stands on, where files tell it.
fn head(base: &Base) -> Option<String> {
    let head = base.git.as_ref()?.head(&FILES)?;
    let is_id = matches!(head.len(), 40 | 64) && head.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(head)
}

fn asked(base: &Base) -> Vec<String> {
    let git = base.git.as_ref().map(|git| git.at(&base.root));
    let mut names = git.map(|git| git.names_in("HEAD", RECORDS)).unwrap_or_default();
    names.retain(|name| !name.contains('\n'));
    names
}
