//! What git's history tells of secrets that a record withholds: looked up where neither a receipt nor the caller does.

use std::collections::BTreeMap;

use super::workspace::{Loaded, Workspace};
use crate::history::{Edit, RECORDS, Record};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::plan::{self, Lost, Past, Recalled};
use crate::tree::Git;

/// What `down` of `slugs` needs and does not have: `given` are the values that were said, by their place.
pub(super) fn recalled(
    workspace: &Workspace,
    loaded: &Loaded,
    slugs: &[Slug],
    given: &BTreeMap<String, String>,
) -> Recalled {
    let mut recalled = Recalled::default();
    for slug in slugs {
        let Some(record) = loaded.history.record(slug) else { continue };
        for (path, mut edits) in plan::withheld(record, loaded.history.receipt(slug)) {
            edits.retain(|edit| !given.contains_key(&edit.trace.place.to_string()));
            if !edits.is_empty() {
                recalled.keep(slug, &path, look_up(workspace.git().as_ref(), slug, &path, &edits));
            }
        }
    }
    recalled
}

/// The texts of `wanted`, edits of the file `path`, and the commit that has the file as it was before them.
fn look_up(git: Option<&Git>, slug: &Slug, path: &RepoPath, wanted: &[Edit]) -> Result<(String, Vec<Edit>), Lost> {
    let git = git.ok_or(Lost::NoGit)?;
    let (commit, edits) = brought(git, slug, path, wanted).ok_or(Lost::NotCommitted)?;
    let after = git.past_file(&commit, path.as_str());
    let old = plan::origin(path, &edits);
    let parents = git.parents(&commit);
    // The commit that brought the record has most likely brought its edits; else they came with one before it.
    let earlier = parents.iter().flat_map(|parent| {
        std::iter::once(parent.clone()).chain(git.commits_of(parent, old.as_str()).into_iter().skip(1))
    });
    for before in earlier {
        let past = Past { before: git.past_file(&before, old.as_str()), after: after.clone() };
        let Some(found) = plan::recall(path, &edits, &past) else { continue };
        let is_wanted = |edit: &Edit| wanted.iter().any(|one| one.is_same(edit));
        return Ok((short(&before), found.into_iter().filter(is_wanted).collect()));
    }
    let commit = short(&commit);
    Err(if git.is_shallow() { Lost::CutOff { commit } } else { Lost::NotThere { commit } })
}

/// The last commit that brought `wanted` into the record of `slug`, and all edits of the file `path` that it has there.
fn brought(git: &Git, slug: &Slug, path: &RepoPath, wanted: &[Edit]) -> Option<(String, Vec<Edit>)> {
    let name = format!("{RECORDS}/{slug}.toml");
    let recorded = |commit: &str| {
        let record = Record::parse(&name, &git.past_file(commit, &name)?).ok()?;
        let edits: Vec<Edit> = record.edits.into_iter().filter(|edit| edit.file == *path).collect();
        wanted.iter().all(|one| edits.contains(one)).then_some(edits)
    };
    git.commits_of("HEAD", &name).into_iter().find_map(|commit| {
        let edits = recorded(&commit)?;
        git.parents(&commit).iter().all(|parent| recorded(parent).is_none()).then_some((commit, edits))
    })
}

fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}
