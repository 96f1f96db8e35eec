//! Which setting a place of a file lies in, for the headers of a diff.

use super::Document;
use crate::text::Span;
use crate::value::KeyPath;

/// The settings of one file that hold others, from the outside in.
#[derive(Debug, Default)]
pub struct Outline {
    holders: Vec<(KeyPath, Span)>,
}

impl Outline {
    /// Of a text that was read as `document`.
    pub fn in_document(document: &Document) -> Self {
        let mut holders = Vec::new();
        document.root.walk(&KeyPath::default(), &mut |path, node| {
            if !node.children.is_empty() && !path.keys.is_empty() {
                holders.push((path.clone(), node.entry));
            }
        });
        Self { holders }
    }

    /// The innermost setting that begins before `start` and holds what is at `offset`.
    pub fn around(&self, offset: usize, start: usize) -> Option<&KeyPath> {
        let holds = |(_, entry): &&(KeyPath, Span)| entry.start < start && entry.start <= offset && offset < entry.end;
        self.holders.iter().filter(holds).max_by_key(|(path, _)| path.keys.len()).map(|(path, _)| path)
    }
}
