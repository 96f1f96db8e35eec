//! Editing a part of the text that a setting holds, as a text of a small language of its own.

use std::sync::Arc;

use super::{Draft, Outcome, edit, edit_read};
use crate::diagnostic::Code;
use crate::format::lens::format_of;
use crate::format::locate::{Located, find, locate};
use crate::format::style::Context;
use crate::format::{Body, Change, Document, Format, Made, Node, Op, Refusal, read};
use crate::text::{Edit, Span};
use crate::value::{KeyPath, Lens, Part, Place, Value};

impl Draft<'_> {
    pub(super) fn within(&mut self, path: &KeyPath, lens: Lens, change: &Change) -> Result<(), Refusal> {
        let document = Arc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        if !located.rest.is_empty() {
            return Err(Refusal::new(Code::NotFound, format!("`{path}` is not in this file")));
        }
        let inner = Inner::of(self.format, &self.text, &located, lens)?;
        let outcome = inner.edited(lens, change).map_err(|refusal| inner.outer(refusal))?;
        if outcome.made.is_empty() {
            return Ok(());
        }
        if let Some(content) = inner.content {
            if self.quote(&located, content, &inner.text, &outcome)? {
                return self.within(path, lens, change);
            }
            if let Some((text, document)) = self.taken(&located, content, &outcome) {
                let part = |path| Some(Part { lens, path });
                let made = outcome.made.into_iter().map(|made| Made {
                    place: Place { path: located.path.clone(), part: part(made.place.path) },
                    main: shifted(made.main, content.start),
                    joined: made.joined.map(|edit| shifted(edit, content.start)),
                    ..made
                });
                return self.push_read(made.collect(), text, document);
            }
        }
        self.replace(located.node(), &located.path, &outcome.text.into(), &located)
    }

    /// The file with the new text in the place of the old one just as it is, where the setting reads as that then.
    fn taken(&self, located: &Located<'_>, content: Span, outcome: &Outcome) -> Option<(String, Document)> {
        let text = format!("{}{}{}", &self.text[..content.start], outcome.text, &self.text[content.end..]);
        let document = read(self.format, &text).ok()?;
        let node = find(self.format, &document, &located.path)?;
        (node.value(&text).as_str() == Some(&outcome.text)).then_some((text, document))
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
        let joined = Some(Edit::insert(content.end, quote));
        let after = vec![gained, old.chars().filter(|c| c.is_whitespace() || *c == '#').collect()];
        let main = Edit::insert(content.start, quote);
        self.push(Made { joined, after, ..Made::new(located.path.clone(), Op::Quote, main) })?;
        Ok(true)
    }
}

/// A text that a setting holds, to be read as one of a language of its own.
pub struct Inner {
    pub text: String,
    /// Where it stands in the file just as it is.
    content: Option<Span>,
    place: Span,
    path: KeyPath,
}

impl Inner {
    /// The text of the setting that `located` is.
    ///
    /// # Errors
    /// When it is no text, or is written in a way that can not be written again.
    pub fn of(format: &dyn Format, text: &str, located: &Located<'_>, lens: Lens) -> Result<Self, Refusal> {
        let node = located.node();
        let path = located.path.clone();
        match &node.body {
            Body::Scalar { content: Some(content), .. } => {
                Ok(Self { text: content.of(text).to_owned(), content: Some(*content), place: *content, path })
            }
            Body::Scalar { value: Value::Str(inner), .. } if is_as_written(format, text, node, inner) => {
                Ok(Self { text: inner.clone(), content: None, place: node.value, path })
            }
            _ => {
                let what = if lens == Lens::Url { "URL" } else { "text" };
                let message = format!("the {what} in `{path}` is written with escapes or computed");
                Err(Refusal::new(Code::Unsupported, message)
                    .at(node.value, "here")
                    .help("write it as one plain string"))
            }
        }
    }

    /// The text with `change` made in it.
    fn edited(&self, lens: Lens, change: &Change) -> Result<Outcome, Refusal> {
        let format = format_of(lens);
        let Change::Merge { path, entries } = change else { return edit(&*format, &self.text, change) };
        // A part has no empty maps to begin with: each entry is a change of its own.
        let mut all = Outcome::unchanged(&self.text, Arc::new(read(&*format, &self.text)?));
        for (key, value) in entries {
            let change = Change::Set { path: path.join(key.as_str()), value: value.clone() };
            let one = edit_read(&*format, &all.text, &all.document, &change)?;
            let edits = all.edits.then(&one.edits, self.text.len());
            all.made.extend(one.made);
            all.kept.extend(one.kept);
            all = Outcome { text: one.text, document: one.document, edits, ..all };
        }
        Ok(all)
    }

    /// A refusal of this text, told of the file. Its places are those of the file where the text stands there plainly.
    #[must_use]
    pub fn outer(&self, refusal: Refusal) -> Refusal {
        let moved = |span: Span| match self.content {
            Some(content) => Span::new(span.start + content.start, span.end + content.start),
            None => self.place,
        };
        Refusal {
            message: match refusal.code {
                Code::DoesNotParse => format!("the text in `{}` is not written so: {}", self.path, refusal.message),
                _ => format!("in `{}`: {}", self.path, refusal.message),
            },
            span: Some(refusal.span.map_or(self.place, moved)),
            also: refusal.also.map(|(span, label)| (moved(span), label)),
            ..refusal
        }
    }
}

/// Whether the file escapes `string` just as we would, so that writing it again touches no other byte.
fn is_as_written(format: &dyn Format, text: &str, node: &Node, string: &str) -> bool {
    let context = Context::of_value(format, text, node, true);
    let written = node.value.of(text);
    format.write_value(&string.into(), Some(written), &context).is_ok_and(|again| again == written)
}

fn shifted(edit: Edit, by: usize) -> Edit {
    Edit { span: Span::new(edit.span.start + by, edit.span.end + by), ..edit }
}
