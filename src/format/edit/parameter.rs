//! Setting and removing a query parameter of the URL that a setting holds.

use std::rc::Rc;

use super::Draft;
use crate::diagnostic::Code;
use crate::format::locate::locate;
use crate::format::style::Context;
use crate::format::{Body, Made, Node, Op, Refusal};
use crate::text::{Edit, Edits, Span};
use crate::value::{KeyPath, Place, Value, url};

impl Draft<'_> {
    pub(super) fn edit_url(
        &mut self,
        path: &KeyPath,
        name: &str,
        op: Op,
        change: impl Fn(&str) -> Option<Edit>,
    ) -> Result<(), Refusal> {
        let document = Rc::clone(&self.document);
        let located = locate(self.format, &self.text, &document, path)?;
        let node = located.node();
        let content = match &node.body {
            Body::Scalar { content: Some(content), .. } if located.rest.is_empty() => *content,
            Body::Scalar { value: Value::Str(url), .. } if located.rest.is_empty() && self.is_as_written(node, url) => {
                let Some(edit) = change(url) else { return Ok(()) };
                let becomes = Edits::from(edit).apply(url);
                return self.replace(node, &located.path, &becomes.into(), &located);
            }
            _ if located.rest.is_empty() => {
                let message = format!("the URL in `{path}` is written with escapes or computed");
                return Err(Refusal::new(Code::Unsupported, message)
                    .at(node.value, "here")
                    .help("write it as one plain string"));
            }
            _ => return Err(Refusal::new(Code::NotFound, format!("`{path}` is not in this file"))),
        };
        let old = content.of(&self.text);
        let known = url::parameters(old);
        let Some(edit) = change(old).filter(|edit| edit.span.of(old) != edit.text) else { return Ok(()) };
        let refused = |why: String| Err(Refusal::new(Code::Unsupported, why).at(content, "this URL"));
        if op == Op::Remove && known.iter().filter(|known| known.name == name).count() > 1 {
            return refused(format!("`{name}` stands more than once in `{path}`, and readers take one or the other"));
        }
        if op == Op::Remove && edit.span.of(old) == old.trim() {
            return refused(format!("`{path}` holds nothing but `{name}`"));
        }
        if !self.format.fits(&edit.text) {
            let becomes = Edits::from(edit).apply(old);
            return self.replace(node, &located.path, &becomes.into(), &located);
        }
        // A parameter without a value gets its sign, too: that is an insertion, and all of it goes again.
        let has_value = !edit.text.starts_with('=') && known.iter().any(|known| known.name == name);
        let op = if op != Op::Remove && (has_value || !edit.span.is_empty()) { Op::Replace } else { op };
        let bare = content == node.value;
        let main =
            Edit::replace(Span::new(content.start + edit.span.start, content.start + edit.span.end), edit.text.clone());
        let after = known
            .iter()
            .rev()
            .filter(|known| known.entry.end <= edit.span.start)
            .map(|known| known.name.clone())
            .collect();
        if bare {
            // What stands bare already is read as its author wants it; only what is new may need quotes.
            let is_gained = |c: &char| !old.contains(*c) && self.format.quotes_for(&c.to_string()).is_some();
            let gained: String = edit.text.chars().filter(is_gained).collect();
            let becomes = Edits::from(edit).apply(old);
            if let (Some(quote), Some(_)) = (self.format.quotes_for(&becomes), self.format.quotes_for(&gained)) {
                self.push(Made {
                    place: located.path.clone().into(),
                    op: Op::Quote,
                    main: Edit::insert(content.start, quote),
                    joined: Some(Edit::insert(content.end, quote)),
                    after: vec![gained, old.chars().filter(|c| c.is_whitespace() || *c == '#').collect()],
                })?;
                return self.edit_url(path, name, op, change);
            }
        }
        self.push(Made { place: Place::parameter(located.path.clone(), name), op, main, joined: None, after })
    }

    /// Whether the file escapes `string` just as we would, so that writing it again touches no other byte.
    fn is_as_written(&self, node: &Node, string: &str) -> bool {
        let context = Context::of_value(self.format, &self.text, node, true);
        let written = node.value.of(&self.text);
        self.format.write_value(&string.into(), Some(written), &context).is_ok_and(|again| again == written)
    }
}
