//! Several changes at once: edits that are apart from each other, made in one text and verified as one, or foreseen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::foresee::foreseen;
use super::{Draft, Outcome, canonical, unquoted};
use crate::format::locate::locate;
use crate::format::undo::{LineEnds, line_ends};
use crate::format::{Body, Change, Document, Format, Made, Op, Opened, Quotes, read};
use crate::text::{Claims, Edits, Span};
use crate::value::{Key, KeyPath, Value};

/// Where the plain value of the setting at `path` stands, if that is what it has: what another plain value can take the
/// place of, wherever else values change.
pub fn plain_place(format: &dyn Format, text: &str, document: &Document, path: &KeyPath) -> Option<Span> {
    let located = locate(format, text, document, path).ok()?;
    let node = located.node();
    let is_plain = located.rest.is_empty() && matches!(node.body, Body::Scalar { .. }) && document.tokens.is_empty();
    (is_plain && !node.value.is_empty() && !node.value.of(text).contains('\n')).then_some(node.value)
}

/// A change in the words of the file.
struct Asked {
    change: Change,
    quotes: Option<Quotes>,
}

impl Asked {
    fn all(format: &dyn Format, text: &str, document: &Document, changes: &[Change]) -> Option<Vec<Self>> {
        changes.iter().map(|change| Self::of(format, text, document, change)).collect()
    }

    /// `None` where `change` may be more than entries that come, go or are renamed, and values that give way to others.
    fn of(format: &dyn Format, text: &str, document: &Document, change: &Change) -> Option<Self> {
        let (change, quotes) = unquoted(change);
        let is_one = match change {
            Change::Set { value: Value::Code(_), .. } => false,
            Change::Set { path, value: Value::Map(_) | Value::List(_) } => {
                !locate(format, text, document, path).ok()?.rest.is_empty()
            }
            Change::Set { .. }
            | Change::Merge { .. }
            | Change::Insert { .. }
            | Change::Remove { .. }
            | Change::Rename { .. } => true,
            _ => false,
        };
        let change = if is_one { canonical(format, text, document, change).ok()? } else { return None };
        Some(Self { change, quotes })
    }
}

/// The next edit of each change, all of the same text and apart from each other.
struct Turn {
    made: Vec<Made>,
    kept: Vec<KeyPath>,
    edits: Edits,
}

impl Turn {
    /// The next edits of `open`, without the changes of which it was the last. A change in what another one before it has to
    /// do with waits for the next turn. `None` where one can not be made, or nearly all wait for each other.
    fn of(format: &dyn Format, text: &str, document: &Arc<Document>, open: &mut Vec<&Asked>) -> Option<Self> {
        let mut draft = Draft::new(format, text, Arc::clone(document));
        draft.collects = true;
        let (mut claims, mut has_entries, mut postponed) = (Claims::default(), false, 0);
        let mut left = Vec::new();
        for asked in open.drain(..) {
            let made = draft.made.len();
            let claim = draft.claim(&asked.change)?;
            if claims.meet(claim.span()) {
                claims.add(claim.span());
                left.push(asked);
                postponed += 1;
                if postponed > 8 * made + 16 {
                    return None;
                }
                continue;
            }
            draft.quotes = asked.quotes;
            draft.collect(&asked.change)?;
            match draft.made.len() - made {
                0 => continue,
                1 => drop(claims.add(claim.span())),
                _ => return None,
            }
            if let Claim::Entries(_) = claim {
                has_entries = true;
                left.extend(has_more(&asked.change).then_some(asked));
            }
        }
        *open = left;
        let Draft { made, kept, .. } = draft;
        // What is removed says of the line ends around it whether they are of both kinds, which an edit may change.
        let is_mixed = has_entries && line_ends(text) == Some(LineEnds::Mixed);
        if is_mixed || !stand_apart(&made) {
            return None;
        }
        let each = made.iter().flat_map(|made| made.joined.iter().chain([&made.main])).cloned().collect();
        Some(Self { edits: Edits::new(each).ok()?, made, kept })
    }
}

/// What no other edit may have to do with while one is made.
enum Claim {
    /// The plain value that gives way.
    Value(Span),
    /// The container in which an entry comes, goes or is renamed: it is written as its neighbours are.
    Entries(Span),
}

impl Claim {
    fn span(&self) -> Span {
        match self {
            Self::Value(span) | Self::Entries(span) => *span,
        }
    }
}

/// Whether something stands between each edit and the next: which of two at one place comes first, nothing tells.
fn stand_apart(made: &[Made]) -> bool {
    let stretch = |made: &Made| made.joined.iter().fold(made.main.span, |span, edit| span.around(edit.span));
    let mut stretches: Vec<Span> = made.iter().map(stretch).collect();
    stretches.sort_unstable_by_key(|stretch| (stretch.start, stretch.end));
    stretches.windows(2).all(|pair| pair[0].end < pair[1].start)
}

/// Whether `change` may be more than one edit; the same again would take another entry out else, or put one in twice.
fn has_more(change: &Change) -> bool {
    matches!(change, Change::Set { .. } | Change::Merge { .. } | Change::Insert { key: Some(_), .. })
}

impl Draft<'_> {
    /// What the next edit of `change` has to do with; `None` where it has to be made alone.
    fn claim(&self, change: &Change) -> Option<Claim> {
        let document = &*self.document;
        let (Change::Set { path, .. }
        | Change::Merge { path, .. }
        | Change::Insert { container: path, .. }
        | Change::Remove { path }
        | Change::Rename { path, .. }) = change
        else {
            return None;
        };
        if let (Change::Set { .. }, Some(place)) = (change, plain_place(self.format, &self.text, document, path)) {
            return Some(Claim::Value(place));
        }
        let mut located = locate(self.format, &self.text, document, path).ok()?;
        let mut depth = located.path.keys.len();
        if let Change::Remove { .. } | Change::Rename { .. } = change {
            let is_counted = matches!(located.path.last(), Some(Key::Site(..)));
            if !located.rest.is_empty() || is_counted || located.enter_outlying() {
                return None;
            }
            depth -= 1;
        } else if let (Change::Set { .. }, []) = (change, located.rest.as_slice()) {
            depth -= 1;
        }
        // At the top of a file code may look an entry up, and any other edit may be in the same container.
        let container = *located.trail.get(depth).filter(|node| depth > 0 && node.is_written_out())?;
        // A part of a table may lie elsewhere, as one of TOML does under a header of its own.
        let is_whole = located.trail[depth..].iter().all(|node| container.entry.contains(node.entry));
        is_whole.then_some(Claim::Entries(container.entry))
    }

    /// Collects the next edit of `change`, if one is left; `None` where it can not be made.
    fn collect(&mut self, change: &Change) -> Option<()> {
        let made = self.made.len();
        self.stops = has_more(change);
        let result = match change {
            Change::Set { path, value } => self.set(path, value),
            Change::Merge { path, entries } => self.fill(path, entries, 0),
            Change::Insert { container, key, value, rank } => self.insert_at(container, key.as_deref(), value, rank),
            Change::Rename { path, name } => self.rename(path, name),
            Change::Remove { path } => self.remove(path),
            _ => return None,
        };
        self.stops = false;
        let new = self.made.get(made);
        // A value over several lines is indented by what is around it, where others may change.
        let is_line = new.is_none_or(|made| made.op != Op::Replace || !made.main.text.contains('\n'));
        (is_line && (result.is_ok() || new.is_some())).then_some(())
    }
}

/// Makes all of `changes`, which are apart from each other; the same bytes as one after the other. `None` where they are not,
/// or do not pass verification together: then each has to be tried alone, which tells the one that can not be made.
pub fn edit_all(format: &dyn Format, text: &str, document: &Arc<Document>, changes: &[Change]) -> Option<Outcome> {
    if !document.tokens.is_empty() {
        return None;
    }
    let asked = Asked::all(format, text, document, changes)?;
    let mut open: Vec<&Asked> = asked.iter().collect();
    let mut all = Outcome::unchanged(text, Arc::clone(document));
    // Each turn makes one more edit, so that the sizes of the changes bound the turns.
    while !open.is_empty() {
        let Turn { made, kept, edits } = Turn::of(format, &all.text, &all.document, &mut open)?;
        // What stands there since an earlier turn was not there before.
        let written: BTreeSet<&KeyPath> = all.made.iter().map(|made| &made.place.path).collect();
        let kept: Vec<KeyPath> = kept.into_iter().filter(|path| !written.contains(path)).collect();
        all.kept.extend(kept);
        if made.is_empty() {
            continue;
        }
        all.made.extend(made);
        all.edits = all.edits.then(&edits, text.len());
        all.text = edits.apply(&all.text);
        all.document = Arc::new(read(format, &all.text).ok()?);
    }
    all.kept.sort_unstable();
    all.kept.dedup();
    let mut expected = document.root.value(text);
    asked.iter().for_each(|asked| asked.change.apply_to(&mut expected));
    let found = all.document.root.value(&all.text);
    let agrees = format.meaning(expected).means(&format.meaning(found));
    (agrees && format.second_judge(text, (&all.text, &all.document)).is_ok()).then_some(all)
}

/// As `edit_all`, of plain values alone, without reading the text again: its tree follows from that of `file`. Whoever writes
/// it has `Opened::as_read` agree before. `None` also where one of `changes` is about a value that was not read itself.
pub fn foresee(file: &Opened, changes: &[Change]) -> Option<Outcome> {
    let (format, text, document) = (file.format, file.text.content.as_str(), &file.document);
    let is_plain = |change: &Change| match unquoted(change).0 {
        Change::Set { path, .. } => plain_place(format, text, document, path).is_some(),
        _ => false,
    };
    if !changes.iter().all(is_plain) {
        return None;
    }
    let asked = Asked::all(format, text, document, changes)?;
    let mut open: Vec<&Asked> = asked.iter().collect();
    let Turn { made, kept, edits } = Turn::of(format, text, document, &mut open)?;
    if !open.is_empty() {
        return None;
    }
    if edits.is_empty() {
        return Some(Outcome { kept, ..Outcome::unchanged(text, Arc::clone(document)) });
    }
    let changes: Vec<Change> = asked.into_iter().map(|asked| asked.change).collect();
    let (document, unread) = foreseen(file, &changes, &made, &edits)?;
    let (text, document) = (edits.apply(text), Arc::new(document));
    Some(Outcome { text, document, foreseen: Some(unread), edits, made, kept, expression: None })
}
