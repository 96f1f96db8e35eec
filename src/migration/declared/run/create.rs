//! A file that a step makes.

use super::{WHEN, no_target};
use crate::diagnostic::{Code, Diagnostic};
use crate::migration::Refused;
use crate::migration::declared::scope::Scope;
use crate::migration::declared::source::Text;
use crate::migration::declared::{Content, IfExists};
use crate::migration::repository::Repository;
use crate::path::RepoPath;
use crate::tree::FileState;

pub(super) fn create(
    path: &Text,
    content: &Content,
    mode: Option<u32>,
    if_exists: IfExists,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<(), Refused> {
    let file = scope.new_path(path)?;
    if repository.is_frozen(&file) {
        return Ok(());
    }
    if let Some(why) = in_the_way(&file, repository) {
        let fault = Diagnostic::error(Code::Unexpected, format!("`{file}` can not be created: {why}"));
        return Err(fault.at(scope.source.location(path.span, "here")).into());
    }
    let bytes = match content {
        Content::Text(text) => scope.fill(text)?.into_bytes(),
        Content::From(from) => {
            let source = scope.path(from)?;
            match repository.state(&source)? {
                Some(state) => state.bytes.to_vec(),
                None => return Err(no_target(std::slice::from_ref(from), repository, scope)?.help(WHEN).into()),
            }
        }
    };
    let state = |mode| FileState::new(bytes.clone(), mode);
    match (repository.state(&file)?, if_exists) {
        (Some(known), _) if *known.bytes == bytes && mode.is_none_or(|mode| known.mode == mode) => {
            repository.skip(&file, "already so");
            Ok(())
        }
        (Some(_), IfExists::Keep) => {
            repository.skip(&file, "it is there");
            Ok(())
        }
        (Some(_), IfExists::Fail) => {
            let fault = Diagnostic::error(Code::Unexpected, format!("`{file}` is there already, with other content"))
                .at(scope.source.location(path.span, "to be created here"))
                .help("`if_exists = \"keep\"` leaves it, `if_exists = \"replace\"` writes over it");
            Err(fault.into())
        }
        (Some(known), IfExists::Replace) => repository.write_whole(&file, state(mode.unwrap_or(known.mode))),
        (None, _) => repository.write_whole(&file, state(mode.unwrap_or(0o644))),
    }
}

/// Why there can be no file at `path`: a folder is there, or a file on the way to it.
pub(super) fn in_the_way(path: &RepoPath, repository: &Repository<'_, '_>) -> Option<String> {
    let folder = format!("{path}/");
    let is_folder = repository.all_paths().iter().any(|other| other.as_str().starts_with(&folder));
    let parents = path.as_str().match_indices('/').filter_map(|(at, _)| RepoPath::new(&path.as_str()[..at]).ok());
    let file = parents.into_iter().find(|parent| repository.has(parent));
    let long = path.as_str().split('/').any(|part| part.len() > 255);
    match file {
        _ if is_folder => Some("a folder has that name".to_owned()),
        _ if long => Some("a name has at most 255 bytes".to_owned()),
        file => file.map(|file| format!("`{file}` is a file")),
    }
}
