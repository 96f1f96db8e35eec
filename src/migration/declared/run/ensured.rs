//! What a migration ensures, asked of the files that it may change: one that is left out may well stay as it is not.

use super::{asked, asked_files};
use crate::migration::Refused;
use crate::migration::declared::condition::{Asks, Condition, Files, selector};
use crate::migration::declared::scope::Scope;
use crate::migration::repository::Repository;
use crate::path::RepoPath;
use crate::value::Selector;

/// Whether a file, of which this is asked, is left out.
pub(super) type Left<'l> = dyn Fn(&Repository<'_, '_>, &RepoPath, Option<&Selector>) -> bool + 'l;

/// Whether `condition` holds in every file that is not left out; where files are left out that it can not be asked
/// without, whatever they say.
pub(super) fn ensured(
    condition: &Condition,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
    is_left: &Left<'_>,
) -> Result<bool, Refused> {
    match &condition.asks {
        Asks::File { of, at, test } => {
            let wanted = at.as_ref().map(|at| selector(at, scope)).transpose()?;
            for path in asked_files(of, None, repository, scope, condition)? {
                let asks = Asks::File { of: Files::AtHand, at: at.clone(), test: test.clone() };
                let one = Condition { asks, otherwise: None, span: condition.span };
                if !is_left(repository, &path, wanted.as_ref()) && !asked(&one, Some(&path), repository, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Asks::All(inner) => {
            for one in inner {
                if !ensured(one, repository, scope, is_left)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Asks::Any(_) | Asks::Not(_) => {
            Ok(needs_left_out(condition, repository, scope, is_left)? || asked(condition, None, repository, scope)?)
        }
    }
}

/// Whether `condition` asks about a file that is left out.
fn needs_left_out(
    condition: &Condition,
    repository: &Repository<'_, '_>,
    scope: &Scope<'_>,
    is_left: &Left<'_>,
) -> Result<bool, Refused> {
    match &condition.asks {
        Asks::File { of, at, .. } => {
            let wanted = at.as_ref().map(|at| selector(at, scope)).transpose()?;
            let files = asked_files(of, None, repository, scope, condition)?;
            Ok(files.iter().any(|path| is_left(repository, path, wanted.as_ref())))
        }
        Asks::All(inner) | Asks::Any(inner) => {
            for one in inner {
                if needs_left_out(one, repository, scope, is_left)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Asks::Not(inner) => needs_left_out(inner, repository, scope, is_left),
    }
}
