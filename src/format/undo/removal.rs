//! Putting back what was removed: the exact bytes, behind the sibling they stood behind.

use super::landmark::UNSURE;
use super::spot::{self, Spot, anchor, is_behind_blank_line, same_lists};
use super::{GONE, Trace, Undone, conflict, normal};
use crate::format::style::skip_trivia;
use crate::format::{Body, Change, Document, Format, Layout, Node, delimited, find, find_all, lines, read, verify};
use crate::text::{Edit, Edits, Span, eol_near, indent_of, line_start, next_line, rest_of_line};
use crate::value::{Key, KeyPath};

pub(super) fn undo(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Undone {
    let Room { path, container, ways, .. } = match room(format, text, document, trace) {
        Ok(room) => room,
        Err(undone) => return undone,
    };
    let mut right = ways.into_iter().filter(|edits| is_restored(format, text, document, edits, &path, trace));
    let Some(first) = right.next() else {
        let is_parent = path.keys.len() + 1 == trace.place.path.keys.len();
        return if is_parent { stays("(no place for it)", Some(container.entry)) } else { stays(GONE, None) };
    };
    // The other reader may never have taken what was removed; so it is asked only about what is written otherwise.
    let is_judged = |edits: &Edits| {
        let after = edits.apply(text);
        read(format, &after).is_ok_and(|document| format.second_judge(text, (&after, &document)).is_ok())
    };
    if is_verbatim(&first, trace) || is_judged(&first) {
        return Undone::Edits(first);
    }
    Undone::Edits(right.find(is_judged).unwrap_or(first))
}

/// The exact bytes at the exact spot, where they have room there, without a look at what the text means then.
pub(super) fn unproved(format: &dyn Format, text: &str, document: &Document, trace: &Trace) -> Option<Edits> {
    let Room { path, ways, spot, .. } = room(format, text, document, trace).ok()?;
    let is_parent = path.keys.len() + 1 == trace.place.path.keys.len();
    let is_exact = |edits: &Edits| edits.iter().any(|edit| edit.text == trace.was && Some(edit.span.start) == spot);
    ways.into_iter().next().filter(|edits| is_parent && is_exact(edits))
}

fn is_verbatim(edits: &Edits, trace: &Trace) -> bool {
    edits.iter().any(|edit| edit.text == trace.was)
}

fn stays(why: &str, span: Option<Span>) -> Undone {
    Undone::Conflict { current: why.to_owned(), span }
}

/// Where what was removed can come back to.
struct Room<'d> {
    /// The nearest container that is there.
    path: KeyPath,
    container: &'d Node,
    /// The most exact one first.
    ways: Vec<Edits>,
    /// Where exactly it stood.
    spot: Option<usize>,
}

/// What there is room for; how it ends where there is none.
fn room<'d>(format: &dyn Format, text: &str, document: &'d Document, trace: &Trace) -> Result<Room<'d>, Undone> {
    let there: Vec<&Node> = same_named(format, document, &trace.place.path);
    let same = there.iter().filter(|node| is_same(format, &trace.was, node.entry.of(text))).count();
    match (trace.place.path.last(), there.first()) {
        _ if same > trace.spot.as_ref().map_or(0, |spot| spot.twins) => return Err(Undone::Already),
        (Some(Key::Name(_)), Some(node)) => {
            return Err(conflict(text, if node.value.is_empty() { node.entry } else { node.value }));
        }
        _ => {}
    }
    if !same_lists(&document.root, trace) {
        return Err(stays(UNSURE, None));
    }
    let (path, container) = nearest(format, document, &trace.place.path);
    let depth = path.keys.len();
    if depth == trace.place.path.keys.len() {
        return Err(stays(GONE, None));
    }
    let (start, anchor) = (spot::start(container, depth == 0), anchor(text, container, depth, trace));
    let site = Site { format, text, container, start, anchor: anchor.node, is_nearest: anchor.is_nearest, trace };
    let ways = site.ways().into_iter().filter_map(|edits| Edits::new(edits).ok()).collect();
    let spot = site.spot().and_then(|spot| spot.behind(text, site.base()));
    Ok(Room { path, container, ways, spot })
}

/// What stands at the place now, or could be what was removed from it: any element of the list, any entry of the name.
fn same_named<'d>(format: &dyn Format, document: &'d Document, path: &KeyPath) -> Vec<&'d Node> {
    let parent = path.parent().unwrap_or_default();
    match path.last() {
        Some(Key::Index(_)) => find(format, document, &parent).map(|list| list.children.iter().collect()),
        Some(Key::Site(name, _)) => {
            Some(find_all(format, document, &parent.join(name.as_str())).into_iter().map(|(_, node)| node).collect())
        }
        _ => Some(find_all(format, document, path).into_iter().map(|(_, node)| node).collect()),
    }
    .unwrap_or_default()
}

/// The nearest container on the way to `path` that exists, with its path.
fn nearest<'d>(format: &dyn Format, document: &'d Document, path: &KeyPath) -> (KeyPath, &'d Node) {
    for length in (1..path.keys.len()).rev() {
        let parent = KeyPath { keys: path.keys[..length].to_vec() };
        if let Some(node) = find(format, document, &parent) {
            return (parent, node);
        }
    }
    (KeyPath::default(), &document.root)
}

/// What may stand between two entries, those of a list in a text among them.
pub(super) fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '|')
}

/// Whether the removed bytes `was` are `entry`, with nothing but comments and separators around it; its quotes and
/// blanks may be others by now.
pub(super) fn is_same(format: &dyn Format, was: &str, entry: &str) -> bool {
    let around = |part: &str| {
        let mut at = skip_trivia(format, part, 0);
        while part[at..].starts_with(is_separator) {
            at = skip_trivia(format, part, at + 1);
        }
        at == part.len()
    };
    let bare = was.trim_matches(|c: char| c.is_whitespace() || is_separator(c));
    normal(bare) == normal(entry)
        || was.match_indices(entry).any(|(at, _)| around(&was[..at]) && around(&was[at + entry.len()..]))
}

/// Whether `edits` bring back what `trace` removed, and nothing else: what is there now is what was left then.
fn is_restored(
    format: &dyn Format,
    text: &str,
    document: &Document,
    edits: &Edits,
    container: &KeyPath,
    trace: &Trace,
) -> bool {
    let restored = edits.apply(text);
    let Ok(read_restored) = read(format, &restored) else { return false };
    let rest = &trace.place.path.keys[container.keys.len()..];
    let path = KeyPath { keys: container.keys.iter().chain(rest).cloned().collect() };
    let fresh = edits.inserted();
    let parent = path.parent().unwrap_or_default();
    let Some(siblings) = find(format, &read_restored, &parent) else { return false };
    let found = siblings.children.iter().enumerate().find_map(|(index, node)| {
        let key = match path.last() {
            Some(Key::Index(_)) if siblings.is_list() => Key::Index(index as isize),
            Some(Key::Name(name) | Key::Site(name, _)) => {
                node.path_key().filter(|key| key.name().is_some_and(|known| format.same_key(known, name)))?
            }
            _ => return None,
        };
        came_back(&restored, node, &fresh, &trace.was).then(|| parent.join(key))
    });
    let Some(mut path) = found else { return false };
    // What only its keys imply came back with it, and would go with it again.
    path.keys.truncate(container.keys.len() + 1);
    let inverse = edits.inverse(text);
    let change = Change::Remove { path };
    verify::agrees(format, (&restored, &read_restored), (text, document), &inverse, &change).is_ok()
}

/// Whether `node` lies in the `fresh` bytes and is written as it `was`. What only its keys imply is what they are.
fn came_back(text: &str, node: &Node, fresh: &[Span], was: &str) -> bool {
    if node.entry.is_empty() {
        return !node.children.is_empty() && node.children.iter().all(|child| came_back(text, child, fresh, was));
    }
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    fresh.iter().any(|span| node.entry.start < span.end && span.start < node.entry.end)
        && squeezed(was).contains(&squeezed(node.entry.of(text)))
}

/// The place something is put back to.
struct Site<'a> {
    format: &'a dyn Format,
    text: &'a str,
    container: &'a Node,
    /// Where the entries of the container start.
    start: usize,
    /// The sibling it stood behind.
    anchor: Option<&'a Node>,
    is_nearest: bool,
    trace: &'a Trace,
}

impl Site<'_> {
    /// The ways to put it back, the most exact one first.
    fn ways(&self) -> Vec<Vec<Edit>> {
        if let Some(way) = self.refill() {
            return vec![way];
        }
        let mut ways = Vec::new();
        if let Some(Layout::Delimited { open, close }) = self.container.layout()
            && let Some(piece) = self.piece(*open, *close)
        {
            ways.extend(self.between(&piece, *open, *close));
            ways.extend(self.in_slot(&piece, *open, *close));
        }
        ways.extend(self.on_lines());
        ways
    }

    /// Where exactly it stood, unless the sibling it is measured from is gone.
    fn spot(&self) -> Option<&Spot> {
        self.trace.spot.as_ref().filter(|_| self.is_nearest)
    }

    fn base(&self) -> usize {
        self.anchor.map_or(self.start, |anchor| anchor.entry.end)
    }

    /// The first sibling behind what comes back.
    fn next(&self) -> Option<&Node> {
        let base = self.base();
        let is_anchor = |child: &Node| self.anchor.is_some_and(|anchor| std::ptr::eq(anchor, child));
        // What has no name is no anchor: it stood before what comes back where that is measured from further ahead.
        let at = self.spot().and_then(|spot| spot.behind(self.text, base));
        let stood_before = |child: &Node| {
            let is_first = self.container.is_arguments(self.text) && child.body != Body::Spread;
            let nameless = child.key.is_none() && !self.container.is_list();
            nameless && (is_first || at.is_some_and(|at| child.entry.start < at))
        };
        let is_later = |child: &&Node| child.entry.start >= base && !is_anchor(child) && !stood_before(child);
        let later = self.container.inside().filter(is_later);
        later.min_by_key(|child| child.entry.start)
    }

    /// Back into a container that was emptied, while it is still as the removal left it.
    fn refill(&self) -> Option<Vec<Edit>> {
        let Trace { was, now, joined, .. } = self.trace;
        let current = self.container.value.of(self.text);
        if !now.is_empty() && current == now {
            return Some(vec![Edit::replace(self.container.value, was.clone())]);
        }
        if joined.trim().is_empty() || current != joined.trim() {
            return None;
        }
        let end = self.container.value.end;
        let exact = self.text[..end].ends_with(joined);
        let empty = Edit::delete(Span::new(if exact { end - joined.len() } else { self.container.value.start }, end));
        let without = Edits::from(empty.clone()).apply(self.text);
        let base = self.container.key.as_ref().map_or(self.container.entry.start, |key| key.span.end);
        let at = self.spot().and_then(|spot| spot.behind(&without, base));
        let at = at.filter(|at| without[base..*at].chars().all(|c| c != '\n')).unwrap_or(empty.span.start);
        let at = if at < empty.span.start { at } else { at + end - empty.span.start };
        Some(vec![empty, Edit::insert(at, was.clone())])
    }

    /// Finds the entry in the removed bytes: it is read as the only one of its container.
    fn piece(&self, open: usize, close: usize) -> Option<Piece<'_>> {
        let was = self.trace.was.as_str();
        let first = was.len() - was.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
        let body = was[first..].trim_end_matches(|c: char| c.is_whitespace() || c == ',');
        // What is alone in a tuple needs a comma; a comment needs the end of its line.
        let line = format!("\n{}", indent_of(self.text, close));
        let read_in = |(head, tail): (&str, &str)| {
            let open = head.len();
            ["", line.as_str(), ","].iter().find_map(|end| {
                let alone = format!("{head}{body}{end}{tail}");
                let document = read(self.format, &alone).ok()?;
                let mut found = None;
                document.root.walk(&KeyPath::default(), &mut |_, node| match node.layout() {
                    Some(Layout::Delimited { open: start, .. }) if *start == open && found.is_none() => {
                        let mut inside = node.inside();
                        found = inside.next().filter(|_| inside.next().is_none()).map(|child| child.entry);
                    }
                    _ => {}
                });
                found.map(|entry| Span::new(entry.start - open + first, entry.end - open + first))
            })
        };
        // Most languages read the brackets alone, or as a value, which may be few of many.
        let brackets = self.text.get(open.saturating_sub(1)..open).zip(self.text.get(close..close + 1));
        let few = brackets.and_then(|(open, close)| {
            let value = format!("x = {open}");
            read_in((open, close)).or_else(|| read_in((&value, close)))
        });
        let entry = few.or_else(|| read_in((&self.text[..open], &self.text[close..])))?;
        was.get(entry.start..entry.end)?;
        let is_comma = |at: usize| was.as_bytes().get(at) == Some(&b',');
        let before = Some(skip_trivia(self.format, was, 0)).filter(|at| *at < entry.start && is_comma(*at));
        let behind = Some(skip_trivia(self.format, was, entry.end)).filter(|at| is_comma(*at));
        Some(Piece { was, entry, before, behind })
    }

    /// The same bytes at the same spot, with the commas that are missing now.
    fn between(&self, piece: &Piece<'_>, open: usize, close: usize) -> Vec<Vec<Edit>> {
        let spot = self.spot();
        let limit = self.next().map_or(close, |next| next.entry.start);
        let at = spot.and_then(|spot| spot.behind(self.text, self.base())).filter(|at| (open..=limit).contains(at));
        let Some(at) = at else { return Vec::new() };
        let Piece { was, entry, before, behind } = piece;
        let previous = self.container.inside().rev().find(|child| child.entry.end <= at);
        let next = self.next();
        let comma = |node: &Node| {
            let comma = skip_trivia(self.format, self.text, node.entry.end);
            (comma < close && self.text.as_bytes()[comma] == b',').then_some(comma)
        };
        let mut edits = Vec::new();
        // The only element of a tuple was given a comma, which it needs no more.
        let lone = self
            .container
            .inside()
            .next()
            .filter(|_| self.trace.joined == "," && self.container.inside().nth(1).is_none());
        let lone = lone.and_then(comma);
        edits.extend(lone.map(|comma| Edit::delete(Span::new(comma, comma + 1))));
        let joint = previous.and_then(comma).filter(|comma| Some(*comma) != lone);
        let led = usize::from(joint.is_some_and(|comma| comma < at)) + usize::from(before.is_some());
        let followed = usize::from(joint.is_some_and(|comma| comma >= at)) + usize::from(behind.is_some());
        let mut text = (*was).to_owned();
        match (next, behind) {
            (Some(_), _) if followed == 0 => text.insert(entry.end, ','),
            (None, Some(comma)) if previous.is_some() && led == 0 => drop(text.remove(*comma)),
            (Some(_), _) if followed > 1 => return Vec::new(),
            (None, Some(comma)) if was[*comma + 1..].ends_with([' ', '\t']) => return Vec::new(),
            _ => {}
        }
        match (previous, led) {
            (Some(previous), 0) => {
                let stood = previous.entry.end + spot.map_or(0, |spot| spot.comma);
                let is_there = skip_trivia(self.format, self.text, previous.entry.end) >= stood && stood <= at;
                edits.push(Edit::insert(if is_there { stood } else { previous.entry.end }, ","));
            }
            (Some(_), 1) | (None, 0) => {}
            _ => return Vec::new(),
        }
        edits.push(Edit::insert(at, text));
        vec![edits]
    }

    /// As a new entry with the layout of today.
    fn in_slot(&self, piece: &Piece<'_>, open: usize, close: usize) -> Option<Vec<Edit>> {
        let slot = match self.next() {
            Some(next) => delimited::slot_before(self.format, self.text, open, self.container, next),
            None => delimited::slot(self.format, self.text, self.container, open, close),
        };
        let bare = |part: &str| part.trim_matches(|c: char| c.is_whitespace() || c == ',').to_owned();
        let (lead, tail) = (bare(&piece.was[..piece.entry.start]), bare(&piece.was[piece.entry.end..]));
        let mut entry = piece.entry.of(piece.was).to_owned();
        if !slot.context.one_line && !lead.is_empty() {
            let lines: Vec<&str> = lead.lines().map(str::trim).collect();
            let line = format!("{}{}", slot.context.eol, slot.context.indent);
            entry = format!("{}{line}{entry}", lines.join(&line));
        }
        let (comma, rest) = slot.suffix.strip_prefix(',').map_or(("", slot.suffix.as_str()), |rest| (",", rest));
        let tail = if slot.context.one_line || tail.is_empty() { String::new() } else { format!(" {tail}") };
        let main = Edit::insert(slot.offset, format!("{}{entry}{comma}{tail}{rest}", slot.prefix));
        Some(slot.joined.into_iter().chain([main]).collect())
    }

    /// Back between the lines: at the same spot, else behind the sibling, else before the next, else last. Before the next
    /// first where none of the siblings is there that it stood behind.
    fn on_lines(&self) -> Vec<Vec<Edit>> {
        let (text, base, next, was) = (self.text, self.base(), self.next(), self.trace.was.as_str());
        let limit = next.map_or(text.len(), |next| next.entry.start);
        let spot = self.spot().and_then(|spot| spot.behind(text, base)).filter(|at| *at <= limit);
        let is_apart = |at: usize| !self.stood_apart() || at == 0 || is_behind_blank_line(text, at);
        let exact = spot.filter(|at| is_apart(*at)).map(|at| vec![Edit::insert(at, was)]);
        let body = was.trim_matches(['\r', '\n']);
        let sharing = next.and_then(|next| self.sharing_line(next, body));
        let own = self.container.layout().and_then(|layout| match layout {
            Layout::Lines { next, indent } => Some((*next, indent.as_str())),
            _ => None,
        });
        let sibling = self.anchor.or(next).map(|node| indent_of(text, node.entry.start));
        let mut bodies = vec![body.to_owned()];
        bodies.extend([sibling, own.map(|(_, indent)| indent)].into_iter().flatten().map(|to| reindented(body, to)));
        let line = |at: usize| if at == line_start(text, at) { at } else { next_line(text, at) };
        let behind = next_line(text, base.saturating_sub(usize::from(text[..base].ends_with('\n'))));
        let above = next.map(|next| lines::comments_above(self.format, text, next.entry.start));
        let last = own.map(|(next, _)| line(next));
        let is_first = self.anchor.is_none() && !self.trace.after.is_empty();
        let leading = above.filter(|_| is_first);
        let starts = spot.map(line).into_iter().chain(leading).chain([behind]).chain(above).chain(last);
        let starts: Vec<usize> = starts.chain([text.len()]).collect();
        let whole = bodies.iter().flat_map(|body| starts.iter().map(|at| vec![self.line_at(*at, body)]));
        exact.into_iter().chain(sharing).chain(whole).collect()
    }

    /// Before a key that shares its line with the dash of its list element.
    fn sharing_line(&self, next: &Node, body: &str) -> Option<Vec<Edit>> {
        let lead = &self.text[line_start(self.text, next.entry.start)..next.entry.start];
        let column = " ".repeat(lead.chars().count());
        let entry = format!("{}{}{column}", body.trim(), eol_near(self.text, next.entry.start));
        (!lead.trim().is_empty()).then(|| vec![Edit::insert(next.entry.start, entry)])
    }

    fn stood_apart(&self) -> bool {
        self.trace.spot.as_ref().is_some_and(|spot| spot.blank)
    }

    /// `body` on lines of its own, before the line that starts at `at`; apart from what is above where it stood apart.
    fn line_at(&self, at: usize, body: &str) -> Edit {
        let (text, eol) = (self.text, eol_near(self.text, at));
        if at == text.len() && !text.is_empty() && !text.ends_with('\n') {
            return Edit::insert(at, format!("{eol}{body}"));
        }
        let start = line_start(text, at);
        let is_blank = |at: usize| at < text.len() && rest_of_line(text, at).trim().is_empty();
        // The blank line that went with it comes back with it.
        let took_blank = self.trace.was.ends_with(&format!("{eol}{eol}"));
        let gap = |at: usize, wanted: bool| if wanted && at < text.len() && !is_blank(at) { eol } else { "" };
        if !self.stood_apart() || is_behind_blank_line(text, start) {
            return Edit::insert(start, format!("{body}{eol}{}", gap(start, took_blank)));
        }
        if start == 0 {
            return Edit::insert(0, format!("{body}{eol}{}", gap(0, true)));
        }
        // The blank lines that follow are above it then; else it brings one.
        let behind = std::iter::successors(Some(start), |at| is_blank(*at).then(|| next_line(text, *at))).last();
        match behind.filter(|behind| *behind > start && *behind < text.len()) {
            Some(behind) => Edit::insert(behind, format!("{body}{eol}{}", gap(behind, took_blank))),
            None => Edit::insert(start, format!("{eol}{body}{eol}")),
        }
    }
}

/// The removed bytes of an entry between brackets.
struct Piece<'w> {
    was: &'w str,
    /// The entry itself, without comments and commas.
    entry: Span,
    /// The comma before the entry, and the one behind it.
    before: Option<usize>,
    behind: Option<usize>,
}

/// `body` with its first line behind `indent`, and the others moved with it.
fn reindented(body: &str, indent: &str) -> String {
    let first = body.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let old = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
    let moved = body.split_inclusive('\n').map(|line| match line.strip_prefix(old) {
        Some(rest) if !line.trim().is_empty() => format!("{indent}{rest}"),
        _ => line.to_owned(),
    });
    moved.collect()
}
