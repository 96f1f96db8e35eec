//! What a migration ensures, asked of the files that it may change: one that is left out may well stay as it is not.

use super::{asked, asked_files};
use crate::migration::Refused;
use crate::migration::declared::condition::{Asks, Condition, Files};
use crate::migration::declared::scope::Scope;
use crate::migration::repository::Repository;

/// Whether `condition` holds in every file that is not left out; where files are left out that it can not be asked
/// without, whatever they say.
pub(super) fn ensured(
    condition: &Condition,
    repository: &mut Repository<'_, '_>,
    scope: &Scope<'_>,
) -> Result<bool, Refused> {
    match &condition.asks {
        Asks::File { of, at, test } => {
            for path in asked_files(of, None, repository, scope, condition)? {
                let asks = Asks::File { of: Files::AtHand, at: at.clone(), test: test.clone() };
                let one = Condition { asks, otherwise: None, span: condition.span };
                if !repository.is_frozen(&path) && !asked(&one, Some(&path), repository, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Asks::All(inner) => {
            for one in inner {
                if !ensured(one, repository, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Asks::Any(_) | Asks::Not(_) => {
            Ok(needs_left_out(condition, repository, scope)? || asked(condition, None, repository, scope)?)
        }
    }
}

/// Whether `condition` asks about a file that is left out.
fn needs_left_out(condition: &Condition, repository: &Repository<'_, '_>, scope: &Scope<'_>) -> Result<bool, Refused> {
    match &condition.asks {
        Asks::File { of, .. } => {
            let files = asked_files(of, None, repository, scope, condition)?;
            Ok(files.iter().any(|path| repository.is_frozen(path)))
        }
        Asks::All(inner) | Asks::Any(inner) => {
            for one in inner {
                if needs_left_out(one, repository, scope)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Asks::Not(inner) => needs_left_out(inner, repository, scope),
    }
}
