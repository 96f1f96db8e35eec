//! An operation on a part of the text that a setting holds: the same operation, on that text as a file of its own.

use super::change::{Answer, File, Place, of_setting};
use super::setting::{commented, missing};
use super::{Setting, Verb};
use crate::diagnostic::Code;
use crate::format::{Inner, Refusal, format_of, read};
use crate::value::{Lens, Part, url};

/// What `setting` means for `part` of the text at `place`.
pub(super) fn of_part(setting: &Setting, part: &Part, place: &Place<'_>, file: File<'_>) -> Result<Answer, Refusal> {
    if !place.exists() {
        return match setting.if_present {
            true => Ok(Answer::Unchanged(format!("`{}` is not in it", place.path))),
            false => Err(missing(place, file)),
        };
    }
    let format = format_of(part.lens);
    let inner = Inner::of(file.format, file.text, &place.located, part.lens);
    let read = inner.and_then(|inner| match read(&*format, &inner.text) {
        Ok(document) => Ok((inner, document)),
        Err(fault) => Err(inner.outer(fault.into())),
    });
    let (inner, document) = match read {
        Err(_) if setting.if_present => {
            return Ok(Answer::Unchanged(format!("`{}` holds no such text", place.path)));
        }
        read => read?,
    };
    if let Some(refusal) = several(setting, part, &inner.text) {
        return Err(inner.outer(refusal));
    }
    let own = Setting {
        selector: part.path.clone().into(),
        part: None,
        comment: None,
        expect: None,
        all_sites: false,
        unshare: false,
        // Only JSON has tables that somebody has to ask for.
        create: setting.create || part.lens != Lens::Json,
        ..setting.clone()
    };
    let text = File { format: &*format, text: &inner.text, document: &document, what: "its text" };
    Ok(match of_setting(&own, text).map_err(|refusal| inner.outer(refusal))? {
        Answer::Changes(changes) => {
            let changes = changes.into_iter().map(|change| change.within(&place.path, part.lens)).collect();
            commented(Answer::Changes(changes), setting, place)
        }
        unchanged => unchanged,
    })
}

/// Why one of several query parameters of a name is not changed: readers take one or the other.
fn several(setting: &Setting, part: &Part, text: &str) -> Option<Refusal> {
    let name = part.parameter().filter(|_| part.lens == Lens::Url && setting.verb != Verb::Remove)?;
    let known: Vec<_> = url::parameters(text).into_iter().filter(|known| known.name == name).collect();
    let [first, .., last] = known.as_slice() else { return None };
    let message = format!("`{name}` stands {} times in this URL, and readers take one or the other", known.len());
    Some(Refusal::new(Code::Duplicate, message).at(last.entry, "again here").and(first.entry, "first here"))
}
