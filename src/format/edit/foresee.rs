//! What a text reads as once plain values gave way to others, told without reading it: the tree as it was, moved along.
//! It is a guess that is right nearly always, and nobody's answer before the text was read once and compared.

use crate::format::{Body, Change, Document, Layout, Made, Node, Opened};
use crate::text::{Edit, Edits, Span};
use crate::value::Value;

/// The tree of `file` after `made`, the edits of `changes`, and where the values stand in the new text that nobody has read.
/// `None` where more changes than these values, or one of them was not read itself.
pub(super) fn foreseen(
    file: &Opened,
    changes: &[Change],
    made: &[Made],
    edits: &Edits,
) -> Option<(Document, Vec<Span>)> {
    // A change of what is so already makes no edit; of those that remain nothing says whose they are.
    if made.len() != changes.len() || made.iter().any(|made| made.joined.is_some()) {
        return None;
    }
    if made.iter().any(|made| file.unread().contains(&made.main.span)) {
        return None;
    }
    let mut replaced = Vec::with_capacity(made.len());
    for (made, change) in made.iter().zip(changes) {
        let Change::Set { value, .. } = change else { return None };
        replaced.push((&made.main, value));
    }
    replaced.sort_unstable_by_key(|(edit, _)| edit.span.start);
    let mut root = file.document.root.clone();
    let mut unread = file.unread().to_vec();
    let mut moving = Moving { shifts: shifts(edits), replaced, met: 0, is_torn: false };
    moving.node(&mut root);
    unread.iter_mut().for_each(|span| moving.span(span));
    // A value that stands in the tree twice, or not as it was found, is no plain one.
    if moving.is_torn || moving.met != made.len() {
        return None;
    }
    unread.extend(edits.inserted());
    Some((file.document.alike(root), unread))
}

fn shifts(edits: &Edits) -> Vec<(Span, isize)> {
    let mut by = 0;
    let shift = |edit: &Edit| {
        by += edit.text.len() as isize - (edit.span.end - edit.span.start) as isize;
        (edit.span, by)
    };
    edits.iter().map(shift).collect()
}

/// Moves a tree along with the text.
struct Moving<'e> {
    /// What the edits replace, in the order of the text, and by how many bytes all of them so far move what follows.
    shifts: Vec<(Span, isize)>,
    /// The edits with the values that they write, in the order of the text.
    replaced: Vec<(&'e Edit, &'e Value)>,
    /// How many of `replaced` were met.
    met: usize,
    /// Something began or ended inside what gave way.
    is_torn: bool,
}

impl<'e> Moving<'e> {
    /// As deep as the nesting, which is limited.
    fn node(&mut self, node: &mut Node) {
        let old = node.value;
        self.span(&mut node.entry);
        self.span(&mut node.value);
        if let Some(name) = &mut node.key {
            self.span(&mut name.span);
        }
        match &mut node.body {
            Body::Scalar { value, content: plain } => match self.replaced_at(old) {
                Some((edit, new)) => {
                    self.met += 1;
                    value.clone_from(new);
                    *plain = content(&edit.text, new, node.value);
                }
                None => plain.iter_mut().for_each(|span| self.span(span)),
            },
            Body::Map(layout) | Body::List(layout) | Body::Empty(layout) => match layout {
                Layout::Delimited { open, close } => {
                    self.offset(open);
                    self.offset(close);
                }
                Layout::Lines { next, .. } => self.offset(next),
                Layout::Implied | Layout::Own => {}
            },
            Body::Alias(_) | Body::Reference(_) | Body::Spread | Body::Opaque(_) => {}
        }
        node.children.iter_mut().for_each(|child| self.node(child));
    }

    fn replaced_at(&self, span: Span) -> Option<(&'e Edit, &'e Value)> {
        let at = self.replaced.binary_search_by_key(&span.start, |(edit, _)| edit.span.start).ok()?;
        Some(self.replaced[at]).filter(|(edit, _)| edit.span == span)
    }

    fn span(&mut self, span: &mut Span) {
        self.offset(&mut span.start);
        self.offset(&mut span.end);
    }

    fn offset(&mut self, offset: &mut usize) {
        let before = self.shifts.partition_point(|(span, _)| span.start < *offset);
        let Some((span, by)) = before.checked_sub(1).map(|last| self.shifts[last]) else { return };
        self.is_torn |= span.end > *offset;
        *offset = offset.saturating_add_signed(by);
    }
}

/// Where the text of a string stands that was written at `place` just as it is, with or without quotes; `None` where only
/// its reader can tell.
fn content(written: &str, value: &Value, place: Span) -> Option<Span> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    if written == text {
        return Some(place);
    }
    let inner = written.get(1..written.len().checked_sub(1)?)?;
    (inner == text).then(|| Span::new(place.start + 1, place.end - 1))
}

/// Whether `read` is the tree that was foreseen. That a text stands just as it is may be seen by its reader only.
pub fn is_as_foreseen(foreseen: &Node, read: &Node) -> bool {
    let is_same = |(one, other): (&Node, &Node)| is_as_foreseen(one, other);
    let same_body = match (&foreseen.body, &read.body) {
        (Body::Scalar { value: one, content: None }, Body::Scalar { value: other, .. }) => one == other,
        (one, other) => one == other,
    };
    same_body
        && (foreseen.entry, foreseen.value) == (read.entry, read.value)
        && foreseen.key == read.key
        && foreseen.children.len() == read.children.len()
        && foreseen.children.iter().zip(&read.children).all(is_same)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::format::{Change, Opened, find, foresee, open_text};
    use crate::text::Text;
    use crate::value::{KeyPath, Value};

    const TEXTS: [(&str, &str); 8] = [
        ("a.yaml", "a: 1 # one\nb:\n  - c: 'x'\n    d: \"y\"\n  - {e: z, f: [1, 2]}\ng: &n old\nh: *n\n"),
        ("a.json", "{\n  \"a\": 1,\n  \"b\": [{\"c\": \"x\", \"d\": \"y\"}, {\"e\": \"z\", \"f\": [1, 2]}]\n}\n"),
        ("a.toml", "a = 1 # one\n[[b]]\nc = 'x'\nd = \"y\"\n[[b]]\ne = \"z\"\nf = [1, 2]\n[g.h]\ni = 1.5\n"),
        (".env", "a=1\nexport c='x'\nd=\"y\" # two\ne=z\n"),
        ("a.ini", "[b]\na = 1\nc = x\n[d]\ne: z\n"),
        ("a.properties", "a=1\nb.c = x\n# two\nb.d: y\n"),
        ("a.tf", "a = 1\nb \"l\" {\n  c = \"x\"\n  d = [\"y\", 2]\n}\n"),
        ("a.xml", "<r>\n  <a k=\"v\" l='w'>1</a>\n  <b><c>x</c></b>\n</r>\n"),
    ];

    fn opened(file: &str, text: &str) -> Opened {
        let text = Text::plain(text.as_bytes().to_vec()).expect("plain text");
        open_text(file, Arc::new(text)).ok().expect("it reads")
    }

    fn leaves(file: &Opened) -> Vec<KeyPath> {
        let mut leaves = Vec::new();
        file.document.root.walk(&KeyPath::default(), &mut |path, node| {
            leaves.extend(node.children.is_empty().then(|| path.clone()));
        });
        leaves
    }

    fn set(path: &KeyPath, value: &Value) -> Change {
        Change::Set { path: path.clone(), value: value.clone() }
    }

    fn followed(file: &Opened, changes: &[Change]) -> Option<Opened> {
        let outcome = foresee(file, changes)?;
        let text = Arc::new(file.text.with(outcome.text));
        Some(file.followed_by(text, outcome.document, outcome.foreseen?))
    }

    #[test]
    fn what_is_foreseen_is_what_is_read() {
        let values: [Value; 9] = [
            "require".into(),
            "a longer text, with: signs # and 'quotes' \"of\" both <kinds> & more".into(),
            "".into(),
            "12".into(),
            "true".into(),
            "back\\slash ${name}".into(),
            Value::Int(7000),
            Value::Bool(false),
            Value::Float(2.5),
        ];
        for (name, text) in TEXTS {
            let file = opened(name, text);
            let mut foreseen = 0;
            for (path, value) in leaves(&file).iter().flat_map(|path| values.iter().map(move |value| (path, value))) {
                let Some(after) = followed(&file, &[set(path, value)]) else { continue };
                let read = after.as_read();
                assert!(
                    read.is_some_and(|read| !read.is_foreseen()),
                    "{name} {path} {value:?}: {}",
                    after.text.content
                );
                foreseen += 1;
            }
            assert!(foreseen >= 9, "{name}: {foreseen}");
        }
    }

    #[test]
    fn one_edit_follows_another_and_none_is_about_a_value_that_nobody_read() {
        for (name, text) in TEXTS {
            let file = opened(name, text);
            let leaves = leaves(&file);
            let [first, second] = [&leaves[0], &leaves[1]];
            let once = followed(&file, &[set(first, &"some longer text".into())]).expect("foreseen");
            let twice = followed(&once, &[set(second, &"other".into())]).expect("foreseen");
            assert!(twice.as_read().is_some(), "{name}: {}", twice.text.content);
            let both = [set(first, &"some longer text".into()), set(second, &"other".into())];
            let together = followed(&file, &both).expect("foreseen");
            assert_eq!(together.text.content, twice.text.content);
            for path in [first, second] {
                assert!(foresee(&twice, &[set(path, &"third".into())]).is_none(), "{name} {path}");
                let read = twice.as_read().expect("it reads as foreseen");
                assert!(foresee(&read, &[set(path, &"third".into())]).is_some(), "{name} {path}");
            }
        }
    }

    #[test]
    fn what_reads_otherwise_is_not_as_foreseen() {
        let file = opened("a.yaml", "a: 1\nb: 2\n");
        let after = followed(&file, &[set(&"a".parse().expect("a path"), &Value::Int(3))]).expect("foreseen");
        for text in ["a: 4\nb: 2\n", "a: 3\nc: 2\n", "a:  3\nb: 2\n", "a: 3\nb: 2\nc: 3\n", "a: '3'\nb: 2\n", "a: [\n"]
        {
            let text = Arc::new(file.text.with(text.to_owned()));
            let other = file.followed_by(text, Arc::clone(&after.document), Vec::new());
            assert!(other.as_read().is_none());
        }
        assert_eq!(find(after.format, &after.document, &"b".parse().expect("a path")).map(|b| b.value.start), Some(8));
    }
}
