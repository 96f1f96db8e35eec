//! Editing a part of the text that a setting holds, as a text of a small language of its own.

use std::sync::Arc;

use super::{Draft, Outcome, edit};
use crate::diagnostic::Code;
use crate::format::lens::format_of;
use crate::format::locate::{Located, locate};
use crate::format::style::Context;
use crate::format::{Body, Change, Made, Node, Op, Refusal};
use crate::text::{Edit, Span};
use crate::value::{KeyPath, Lens, Part, Place, Value};

impl Draft<'_> {
    pub(super) fn within(&mut self, path: &KeyPath, lens: Lens, change: &Change) -> Result<(), Refusal> {
        if let Change::Merge { path: inner, entries } = change {
            // A part has no empty maps to begin with: each entry is a change of its own.
            return entries.iter().try_for_each(|(key, value)| {
                self.within(path, lens, &Change::Set { path: inner.join(key.as_str()), value: value.clone() })
            });
        }
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let node = located.node();
        if !located.rest.is_empty() {
            return Err(Refusal::new(Code::NotFound, format!("`{path}` is not in this file")));
        }
        let (content, inner) = match &node.body {
            Body::Scalar { content: Some(content), .. } => (Some(*content), content.of(&self.text).to_owned()),
            Body::Scalar { value: Value::Str(inner), .. } if self.is_as_written(node, inner) => (None, inner.clone()),
            _ => {
                let what = if lens == Lens::Url { "URL" } else { "text" };
                let message = format!("the {what} in `{path}` is written with escapes or computed");
                return Err(Refusal::new(Code::Unsupported, message)
                    .at(node.value, "here")
                    .help("write it as one plain string"));
            }
        };
        let place = content.unwrap_or(node.value);
        let outcome = edit(&*format_of(lens), &inner, change)
            .map_err(|refusal| outer(refusal, place, content.is_some(), &located.path))?;
        let fits = |made: &Made| made.joined.iter().chain([&made.main]).all(|edit| self.format.fits(&edit.text));
        match content.filter(|_| outcome.made.iter().all(fits)) {
            _ if outcome.made.is_empty() => Ok(()),
            None => self.replace(node, &located.path, &outcome.text.into(), &located),
            Some(content) if self.quote(&located, content, &inner, &outcome)? => self.within(path, lens, change),
            Some(content) => outcome.made.into_iter().try_for_each(|made| {
                let part = Part { lens, path: made.place.path };
                self.push(Made {
                    place: Place { path: located.path.clone(), part: Some(part) },
                    main: shifted(made.main, content.start),
                    joined: made.joined.map(|edit| shifted(edit, content.start)),
                    ..made
                })
            }),
        }
    }

    /// Puts quotes around a bare value that needs them now; whether it does.
    fn quote(&mut self, located: &Located<'_>, content: Span, old: &str, outcome: &Outcome) -> Result<bool, Refusal> {
        if content != located.node().value {
            return Ok(false);
        }
        // What stands bare already is read as its author wants it; only what is new may need quotes.
        let is_gained = |c: &char| !old.contains(*c) && self.format.quotes_for(&c.to_string()).is_some();
        let written = outcome.edits.iter().flat_map(|edit| edit.text.chars());
        let gained: String = written.filter(is_gained).collect();
        let (Some(quote), Some(_)) = (self.format.quotes_for(&outcome.text), self.format.quotes_for(&gained)) else {
            return Ok(false);
        };
        self.push(Made {
            place: located.path.clone().into(),
            op: Op::Quote,
            main: Edit::insert(content.start, quote),
            joined: Some(Edit::insert(content.end, quote)),
            after: vec![gained, old.chars().filter(|c| c.is_whitespace() || *c == '#').collect()],
            spot: None,
        })?;
        Ok(true)
    }

    /// Whether the file escapes `string` just as we would, so that writing it again touches no other byte.
    fn is_as_written(&self, node: &Node, string: &str) -> bool {
        let context = Context::of_value(self.format, &self.text, node, true);
        let written = node.value.of(&self.text);
        self.format.write_value(&string.into(), Some(written), &context).is_ok_and(|again| again == written)
    }
}

fn shifted(edit: Edit, by: usize) -> Edit {
    Edit { span: Span::new(edit.span.start + by, edit.span.end + by), ..edit }
}

/// A refusal of the inner text, told of the file. Its places are those of the file where the text stands there plainly.
fn outer(refusal: Refusal, place: Span, is_plain: bool, path: &KeyPath) -> Refusal {
    let moved = |span: Span| {
        if is_plain { Span::new(span.start + place.start, span.end + place.start) } else { place }
    };
    Refusal {
        message: match refusal.code {
            Code::DoesNotParse => format!("the text in `{path}` is not written so: {}", refusal.message),
            _ => format!("in `{path}`: {}", refusal.message),
        },
        span: Some(refusal.span.map_or(place, moved)),
        also: refusal.also.map(|(span, label)| (moved(span), label)),
        ..refusal
    }
}
