//! A setting that somebody changed since a migration wrote it: what is said of it, and the ways on.

use super::down::OnConflict;
use super::is_secret_place;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, GONE, Opened, Trace};
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::text::Span;
use crate::value::{KeyPath, mask_value};

/// A later edit of the same setting, with the three values.
pub(super) fn conflict(
    path: &RepoPath,
    opened: &Opened,
    trace: &Trace,
    current: &str,
    private: &[KeyPath],
) -> Diagnostic {
    let Opened { format, text, document, .. } = opened;
    let name = trace.place.name();
    let private = private.contains(&trace.place.path);
    let secret = private || is_secret_place(path.file_name(), &text.content, &trace.place.path);
    let shown = |value: &str| match mask_value(name, value.trim().trim_matches(',')).to_string() {
        value if secret && !value.is_empty() => "`•••`".to_owned(),
        value if value.is_empty() => "(nothing)".to_owned(),
        value if value == GONE => value,
        value => format!("`{value}`"),
    };
    // The conflict was met in a text that was half taken back; its place is looked up in the file as it is.
    let found = format::find(*format, document, &trace.place.path);
    let found = found.map(|node| if node.value.is_empty() { node.entry } else { node.value });
    let place = match found {
        Some(span) => format::location(path, &text.content, span, "changed since"),
        None => format::location(path, &text.content, around(opened, &trace.place.path), "not in here"),
    };
    let place = if private { Location::bare(path.as_str(), place.position) } else { place };
    Diagnostic::error(Code::LaterEdit, format!("can not take back `{}`: it was changed since", trace.place))
        .at(place)
        .note(format!("before the migration: {}", shown(&trace.was)))
        .note(format!("the migration wrote:  {}", shown(&trace.now)))
        .note(format!("it is now:            {}", shown(current)))
        .note("nothing was written")
}

/// The first line of the nearest table around `path` that is there.
fn around(Opened { format, document, .. }: &Opened, path: &KeyPath) -> Span {
    let above = std::iter::successors(path.parent(), KeyPath::parent).find_map(|above| {
        let node = format::find(*format, document, &above).filter(|_| !above.keys.is_empty())?;
        Some(node.key.as_ref().map_or(node.entry, |key| key.span))
    });
    above.unwrap_or_default()
}

/// The ways on from a conflict.
pub(super) struct Offer<'o> {
    pub slug: &'o Slug,
    /// What was asked for, and did not do.
    pub on_conflict: OnConflict,
    /// The migration is applied again behind it.
    pub again: bool,
    /// Why there can be no markers; nothing where there can.
    pub unfit: Option<&'static str>,
}

impl Offer<'_> {
    pub fn made(&self, conflict: Diagnostic) -> Diagnostic {
        let Self { slug, on_conflict, again, unfit } = *self;
        let conflict = match (on_conflict, again) {
            (OnConflict::Markers, _) => {
                conflict.note(unfit.unwrap_or("no markers: it can not be said what they would stand around"))
            }
            (OnConflict::Revert, _) => conflict.note("it can not be said what is to be dropped here"),
            (OnConflict::Refuse | OnConflict::Keep, _) => conflict,
        };
        if again {
            let conflict = conflict.help(format!("the later edit counts: migrate accept {slug}"));
            return match on_conflict {
                OnConflict::Revert => conflict.help("it does not? change it back by hand, and try again"),
                _ => conflict.help("drop the later edit: the same command with --on-conflict=revert"),
            };
        }
        let conflict = conflict.help("keep the later edit: the same command with --on-conflict=keep");
        let conflict = match on_conflict {
            OnConflict::Revert => conflict.help("or change it back by hand, and try again"),
            _ => conflict.help("drop the later edit: the same command with --on-conflict=revert"),
        };
        match (on_conflict, unfit) {
            (OnConflict::Refuse | OnConflict::Keep, None) => {
                conflict.help(format!("decide in the file: migrate down {slug} --on-conflict=markers"))
            }
            _ => conflict,
        }
    }
}
