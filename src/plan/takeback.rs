//! The edits of a migration taken back: settings, texts inside them, whole files; with what stands against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::absent::{absence, refusal};
use super::down::{OnConflict, Wish};
use super::later_edit::{Offer, conflict};
use super::markers::{Names, Sides, marked, markers};
use super::up::{came_from_private, read_only};
use super::waiting::WaitingSides;
use super::whole;
use super::{FileStep, Request, is_secret_place};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Change, Document, Format, Op, Opened, Reverted, Trace, Undone, Unopened};
use crate::history::{Edit, RECORDS};
use crate::migration::{Changed, Setting, Slug};
use crate::parallel;
use crate::path::RepoPath;
use crate::text::Text;
use crate::tree::{Absence, Content, FileState, Overlay, Tree};
use crate::value::{KeyPath, Place};

/// What taking the edits of a migration back comes to.
#[derive(Default)]
pub(super) struct TakenBack {
    pub files: Vec<FileStep>,
    /// What stays, with the reasons.
    pub kept: BTreeMap<RepoPath, Vec<String>>,
    /// The files that are left with conflict markers.
    pub sides: Vec<(RepoPath, WaitingSides)>,
    /// Why it can not be taken back; the rest counts for nothing then.
    pub faults: Vec<Diagnostic>,
}

/// The files as they were before the first of them was touched.
type Touched = BTreeMap<RepoPath, Option<FileState>>;

/// Takes the edits of one migration back: first what stands in each file, then what was done to whole files.
pub(super) fn take_back(
    request: &Request<'_>,
    overlay: &mut Overlay<'_>,
    slug: &Slug,
    files: &BTreeMap<RepoPath, Vec<Edit>>,
    wish: &Wish,
) -> TakenBack {
    let mut taken = TakenBack::default();
    let mut touched = Touched::new();
    let mut changes: BTreeMap<RepoPath, Changed> = BTreeMap::new();
    let mut wholes: Vec<(&RepoPath, &Trace)> = Vec::new();
    let all: Vec<(&RepoPath, &Vec<Edit>)> = files.iter().collect();
    let seen = &*overlay;
    let done = parallel::map(&all, |(path, edits)| take_back_inside(request, seen, slug, (path, edits), wish));
    // What was read is kept until the steps have it.
    let mut read = Vec::new();
    for ((path, edits), inside) in all.into_iter().zip(done) {
        match inside {
            Ok(Inside { kept, changed, sides, is_gone, change, read: own, .. }) => {
                read.extend(own);
                if let Some((before, after)) = change {
                    touched.insert(path.clone(), before);
                    overlay.write(path.clone(), Some(after));
                }
                taken.sides.extend(sides.map(|sides| (path.clone(), sides)));
                if !kept.is_empty() {
                    taken.kept.insert(path.clone(), kept);
                }
                changes.insert(path.clone(), changed);
                // With the file went all that was done to it; one that was deleted in its place is another.
                let whole = edits.iter().map(|edit| &edit.trace).filter(|trace| trace.op.is_whole());
                wholes.extend(whole.filter(|trace| !is_gone || trace.op == Op::Delete).map(|trace| (path, trace)));
            }
            Err(faults) => taken.faults.extend(faults),
        }
    }
    if !taken.faults.is_empty() {
        return taken;
    }
    match whole::take_back(overlay, &wholes, &mut touched, wish.on_conflict) {
        Ok(kept) => kept.into_iter().for_each(|(path, why)| taken.kept.entry(path).or_default().push(why.to_owned())),
        Err(faults) => taken.faults.extend(faults),
    }
    match steps(request, overlay, files, touched, changes) {
        Ok(files) => taken.files = files,
        Err(faults) => taken.faults.extend(faults),
    }
    taken
}

/// The files that are `touched`, with what was changed in each.
fn steps(
    request: &Request<'_>,
    overlay: &Overlay<'_>,
    edits: &BTreeMap<RepoPath, Vec<Edit>>,
    touched: Touched,
    mut changes: BTreeMap<RepoPath, Changed>,
) -> Result<Vec<FileStep>, Vec<Diagnostic>> {
    let mut files = Vec::new();
    let mut all_hidden = Vec::new();
    let leading = leading(edits);
    for (path, before) in touched {
        let after = overlay.read(&path).map_err(|error| vec![error.diagnostic()])?;
        if before.as_ref().is_some_and(|before| before.mode & 0o222 == 0) && !request.force_read_only {
            return Err(vec![read_only(&path)]);
        }
        let own = leading.get(path.as_str()).map_or(&[][..], Vec::as_slice);
        let moved = own.iter().any(|edit| came_from_private(request, &edit.trace));
        let hidden: Vec<&String> =
            own.iter().filter(|edit| edit.is_private).flat_map(|edit| [&edit.trace.was, &edit.trace.now]).collect();
        let ignored = request.ignored.contains(&path);
        let changed = changes.remove(&path).unwrap_or_default();
        let mut file = FileStep::new(path, (before, after), changed, ignored);
        file.changed.private.extend(moved.then(KeyPath::default));
        all_hidden.push(hidden);
        files.push(file);
    }
    let both: Vec<(&FileStep, Vec<&String>)> = files.iter().zip(all_hidden).collect();
    let disguised = parallel::map(&both, |(file, hidden)| file.disguised(hidden));
    for (file, disguised) in files.iter_mut().zip(disguised) {
        file.changed.private.extend(disguised);
    }
    Ok(files)
}

/// The edits that lead to what stands in a file then, by its path: a file that goes back to where it was takes its secrets along.
fn leading(edits: &BTreeMap<RepoPath, Vec<Edit>>) -> BTreeMap<&str, Vec<&Edit>> {
    let mut leading: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for (file, edits) in edits {
        let moves = edits.iter().filter(|edit| edit.trace.op == Op::Relocate);
        let paths: BTreeSet<&str> = moves.map(|edit| edit.trace.was.as_str()).chain([file.as_str()]).collect();
        for path in paths {
            leading.entry(path).or_default().extend(edits);
        }
    }
    leading
}

/// Takes back what was edited in one file of `tree`.
fn take_back_inside<'s>(
    request: &Request<'_>,
    tree: &dyn Tree,
    slug: &'s Slug,
    (path, edits): (&RepoPath, &[Edit]),
    wish: &Wish,
) -> Result<Inside<'s>, Vec<Diagnostic>> {
    let given = |edit: &Edit| wish.values.get(&edit.trace.place.to_string());
    let is_missing = |edit: &&Edit| edit.withheld && (given(edit).is_none() || !is_a_value(edit));
    let missing: Vec<Diagnostic> = edits.iter().filter(is_missing).map(|edit| no_receipt(slug, edit, wish)).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    // In a file that git ignores, what was there before the migration is nobody's business.
    let is_private = |edit: &&Edit| edit.is_private || request.ignored.contains(path);
    let private = edits.iter().filter(is_private).map(|edit| edit.trace.place.path.clone()).collect();
    let changed = Changed { private, ..Changed::default() };
    let (whole, inner): (Vec<&Edit>, Vec<&Edit>) = edits.iter().partition(|edit| edit.trace.op.is_whole());
    let (inner, right): (Vec<&Edit>, Vec<&Edit>) = inner.into_iter().partition(|edit| edit.changes_something());
    let kept = right.iter().map(|edit| format!("`{}` stays: it was right before", edit.trace.place)).collect();
    let mut formats: Vec<Option<String>> = inner.iter().map(|edit| edit.format.clone()).collect();
    formats.sort();
    formats.dedup();
    let unfit = || unfit_for_markers(request, path, !whole.is_empty(), &inner, formats.len());
    let mut inside = Inside {
        slug,
        on_conflict: wish.on_conflict,
        again: wish.again,
        kept,
        changed,
        sides: None,
        is_gone: false,
        change: None,
        read: Vec::new(),
    };
    let before = match inner.is_empty() {
        true => None,
        false => tree.read(path).map_err(|error| vec![error.diagnostic()])?,
    };
    if !inner.is_empty() && before.is_none() {
        let kept = match absence(request, tree, slug, path, &inner) {
            Absence::Gone => "is gone, and its settings with it",
            _ if wish.on_conflict == OnConflict::Keep => "is not here, and stays as it is",
            absence => return Err(vec![refusal(request, slug, path, &absence)]),
        };
        inside.kept = vec![kept.to_owned()];
        inside.is_gone = true;
        return Ok(inside);
    }
    let mut after: Option<FileState> = None;
    for format in formats.iter().rev() {
        let own = inner.iter().filter(|edit| edit.format == *format && !edit.withheld);
        let traces: Vec<Trace> = own.map(|edit| edit.trace.clone()).collect();
        let Some(now) = after.as_ref().or(before.as_ref()) else { break };
        let more = take_back_inner(now, path, format.as_deref(), (&traces, &unfit), &mut inside)?;
        after = more.or(after);
    }
    for edit in inner.iter().filter(|edit| edit.withheld) {
        let value = given(edit).map_or("", String::as_str);
        let more = with_value(path, edit, after.as_ref().or(before.as_ref()), value)?;
        after = more.or(after);
    }
    inside.change = after.map(|after| (before, after));
    Ok(inside)
}

/// Why a conflict in this file is not left to a person, between markers.
fn unfit_for_markers(
    request: &Request<'_>,
    path: &RepoPath,
    is_whole: bool,
    inner: &[&Edit],
    formats: usize,
) -> Option<&'static str> {
    let text = request.tree.read(path).ok().flatten().map(|state| String::from_utf8_lossy(&state.bytes).into_owned());
    let text = text.unwrap_or_default();
    let secret = |edit: &&Edit| {
        edit.is_secret() || edit.is_private || is_secret_place(path.file_name(), &text, &edit.trace.place.path)
    };
    if inner.iter().any(|edit| edit.withheld) || !request.ignored.contains(path) && inner.iter().any(secret) {
        // The sides of a conflict become objects of git, which stay for weeks after they are decided.
        return Some("no markers: the migration changed a secret in this file, and git would keep its old values");
    }
    if is_whole || formats > 1 {
        return Some("no markers: the migration changed more of this file than settings in one language");
    }
    (!markers(&text).is_empty()).then_some("no markers: the file has such lines already")
}

/// What comes of the edits inside one file.
struct Inside<'s> {
    slug: &'s Slug,
    on_conflict: OnConflict,
    again: bool,
    kept: Vec<String>,
    changed: Changed,
    sides: Option<WaitingSides>,
    /// The file is not there any more.
    is_gone: bool,
    /// The file as it was and as it is then.
    change: Option<(Option<FileState>, FileState)>,
    /// Both, as far as they were read.
    read: Vec<Arc<Opened>>,
}

/// Why no markers are written in a file; nothing where they may be.
type Unfit<'u> = &'u dyn Fn() -> Option<&'static str>;

/// The file, which is `before` now, without the edits `traces` of its content; `None` where it stays as it is.
fn take_back_inner(
    before: &FileState,
    path: &RepoPath,
    forced: Option<&str>,
    (traces, unfit): (&[Trace], Unfit<'_>),
    inside: &mut Inside<'_>,
) -> Result<Option<FileState>, Vec<Diagnostic>> {
    let opened = readable(path, forced, before).map_err(|diagnostic| vec![diagnostic])?;
    inside.read.push(Arc::clone(&opened));
    let (format, text) = (opened.format, &opened.text);
    let placed: Vec<Trace> = traces.iter().map(|trace| trace.placed(format, &text.content, &opened.document)).collect();
    // What is private is so wherever it stands by now.
    let is_private = |trace: &Trace| inside.changed.private.contains(&trace.place.path);
    let by_now = traces.iter().zip(&placed).filter(|(then, _)| is_private(then));
    let private: Vec<KeyPath> = by_now.map(|(_, now)| now.place.path.clone()).collect();
    inside.changed.private.extend(private);
    let traces = &placed[..];
    let reverted = format::undo_read(format, &text.content, &opened.document, traces);
    let Reverted { text: mut undone, document, outcomes } =
        reverted.map_err(|fault| vec![does_not_parse(path, text, &fault)])?;
    let mut document = Some(document);
    let (kept, changed) = (&mut inside.kept, &mut inside.changed);
    let mut conflicts = Vec::new();
    let mut open: Vec<&Trace> = Vec::new();
    for (trace, outcome) in traces.iter().zip(&outcomes) {
        match outcome {
            Undone::Edits(_) => changed.settings.extend(setting(format, trace)),
            Undone::Already if trace.op != Op::Quote => kept.push(format!("`{}` is as it was already", trace.place)),
            Undone::Already => {}
            Undone::Kept(why) => kept.push(format!("`{}` stays: {why}", trace.place)),
            Undone::Conflict { current, .. } => {
                let forced = match inside.on_conflict {
                    OnConflict::Revert => format::force(format, &undone, trace),
                    OnConflict::Refuse | OnConflict::Keep | OnConflict::Markers => None,
                };
                match (forced, inside.on_conflict) {
                    (Some(forced), _) => {
                        let dropped = Trace { now: current.clone(), ..trace.clone() };
                        changed.settings.extend(setting(format, &dropped));
                        (undone, document) = (forced, None);
                    }
                    (None, OnConflict::Keep) => kept.push(format!("`{}` stays: it was changed since", trace.place)),
                    (None, _) => {
                        conflicts.push(conflict(path, &opened, trace, current, &changed.private));
                        open.push(trace);
                    }
                }
            }
        }
    }
    let encoded =
        |content: &str| text.encode(content).map_err(|error| vec![Diagnostic::error(Code::NotText, error.to_string())]);
    if !conflicts.is_empty() {
        let unfit = unfit();
        let other = match (inside.on_conflict, unfit) {
            (OnConflict::Markers, None) => other_sides(format, &undone, &open),
            _ => None,
        };
        let Some((base, theirs)) = other else {
            let offer = Offer { slug: inside.slug, on_conflict: inside.on_conflict, again: inside.again, unfit };
            return Err(conflicts.into_iter().map(|conflict| offer.made(conflict)).collect());
        };
        let sides = Sides { ours: &undone, base: &base, theirs: &theirs };
        let (wrote, before) = (format!("{} wrote", inside.slug), format!("before {}", inside.slug));
        let marked = marked(sides, &Names { ours: "now", base: &wrote, theirs: &before });
        inside
            .kept
            .extend(open.iter().map(|trace| format!("`{}` is left to decide: migrate down --continue", trace.place)));
        inside.sides = Some(WaitingSides {
            base: encoded(&base)?.into(),
            ours: encoded(&undone)?.into(),
            theirs: encoded(&theirs)?.into(),
        });
        (undone, document) = (marked, None);
    }
    if undone == text.content {
        return Ok(None);
    }
    let bytes = encoded(&undone)?;
    let document = document.or_else(|| format::read(format, &undone).ok().map(Arc::new));
    let Some(document) = document else { return Ok(Some(FileState::new(bytes, before.mode))) };
    if inside.sides.is_none()
        && let Some(fault) = put_more(path, inside.slug, &opened, (&undone, &document), traces)
    {
        return Err(vec![fault]);
    }
    let after = Arc::new(Opened::new(format, Arc::new(text.with(undone)), document));
    let content = if forced.is_none() { Content::of(bytes, &after) } else { bytes.into() };
    inside.read.push(after);
    Ok(Some(FileState { bytes: content, mode: before.mode }))
}

/// Why what a record would put back is not put back: somebody has written more into it than settings of the migration.
fn put_more(
    path: &RepoPath,
    slug: &Slug,
    opened: &Opened,
    (undone, read): (&str, &Document),
    traces: &[Trace],
) -> Option<Diagnostic> {
    // A text that was replaced may be anything.
    if traces.iter().any(|trace| trace.op == Op::Text) {
        return None;
    }
    let Opened { format, text, document, .. } = opened;
    let place = |trace: &Trace| match trace.op {
        // Everything below the key has another path then.
        Op::Rename if format.is_flat() => KeyPath::default(),
        Op::Rename => trace.place.path.parent().unwrap_or_default(),
        _ => trace.place.path.clone(),
    };
    let places: Vec<KeyPath> = traces.iter().map(place).collect();
    let stray = format::stray(*format, (&text.content, document), (undone, read), &places)?;
    let record = format!("{RECORDS}/{slug}.toml");
    let message = format!("the record of `{slug}` would change `{stray}` of `{path}`, which is none of its settings");
    Some(
        Diagnostic::error(Code::RecordDamaged, message)
            .at(Location::file(record.clone()))
            .note("nothing was written")
            .help(format!("see who changed the record: git log -p -- {record}")),
    )
}

/// `ours` with each of the settings `open` as the migration wrote it, and as it was before; `None` where that can not be
/// said of one of them.
fn other_sides(format: &dyn Format, ours: &str, open: &[&Trace]) -> Option<(String, String)> {
    open.iter().try_fold((ours.to_owned(), ours.to_owned()), |(base, theirs), trace| {
        Some((format::written(format, &base, trace)?, format::force(format, &theirs, trace)?))
    })
}

fn readable(path: &RepoPath, forced: Option<&str>, state: &FileState) -> Result<Arc<Opened>, Diagnostic> {
    let opened = match forced {
        Some(_) => format::open(path.file_name(), forced, &state.bytes).map(Arc::new),
        None => state.bytes.open(path.file_name()),
    };
    opened.map_err(|why| match why {
        Unopened::NoFormat => {
            Diagnostic::error(Code::RecordDamaged, format!("the record names `{path}`, which has no known format"))
        }
        Unopened::NotText(error) => Diagnostic::error(Code::NotText, format!("`{path}` is {error}"))
            .at(Location::file(path.as_str()))
            .note("nothing was written"),
        Unopened::Unreadable { text, fault, .. } => does_not_parse(path, &text, &fault),
    })
}

fn does_not_parse(path: &RepoPath, text: &Text, fault: &format::Fault) -> Diagnostic {
    Diagnostic::error(
        fault.code,
        format!("`{path}` does not parse, so nothing in it can be taken back: {}", fault.message),
    )
    .at(format::location(path, &text.content, fault.span, "here"))
    .note("nothing was written")
    .help("mend the file first")
}

/// The file with the secret that `edit` replaced, which only its owner knows.
fn with_value(
    path: &RepoPath,
    edit: &Edit,
    before: Option<&FileState>,
    value: &str,
) -> Result<Option<FileState>, Vec<Diagnostic>> {
    let Some(before) = before else { return Ok(None) };
    let opened = readable(path, edit.format.as_deref(), before).map_err(|diagnostic| vec![diagnostic])?;
    let (format, text) = (opened.format, &opened.text);
    let change = |path: KeyPath| match edit.trace.op {
        Op::Insert => Change::Remove { path },
        _ => Change::Set { path, value: value.into() },
    };
    let Place { path: place, part } = edit.trace.place.clone();
    let change = match part {
        Some(part) => Change::Within { path: place, lens: part.lens, change: Box::new(change(part.path)) },
        None => change(place),
    };
    let made = format::edit(format, &text.content, &change).map_err(|refusal| {
        let message = format!("can not take back `{}`: {}", edit.trace.place, refusal.message);
        vec![Diagnostic::error(refusal.code, message).at(Location::file(path.as_str())).note("nothing was written")]
    })?;
    let bytes = text.encode(&made.text).map_err(|error| vec![Diagnostic::error(Code::NotText, error.to_string())])?;
    Ok(Some(FileState::new(bytes, before.mode)))
}

/// Whether a value is all there is to know of what it replaced.
fn is_a_value(edit: &Edit) -> bool {
    matches!(edit.trace.op, Op::Insert | Op::Replace | Op::Remove)
}

/// The old value is in no place where it is looked for.
fn no_receipt(slug: &Slug, edit: &Edit, wish: &Wish) -> Diagnostic {
    let place = &edit.trace.place;
    let told = Diagnostic::error(
        Code::Question,
        format!("the old value of `{place}` is a secret, and only the work tree that applied the migration keeps it"),
    )
    .at(Location::file(edit.file.as_str()));
    let (told, more) = match wish.recalled.lost(slug, &edit.file) {
        Some(lost) => (told.note(lost.to_string()), lost.help()),
        None => (told, None),
    };
    let told = more.into_iter().fold(told.note("nothing was written"), Diagnostic::help);
    let told = told.help("run down in that work tree");
    if !is_a_value(edit) {
        return told;
    }
    // Beside its name, what stands for the value would be masked like one.
    told.help(format!("or say it: migrate down --value PLACE=env:VARIABLE, where PLACE is `{place}`"))
}

/// What taking an edit back means for a reader: the old and the new value change sides.
fn setting(format: &dyn Format, trace: &Trace) -> Option<Setting> {
    let (after, before) = format::said(format, trace);
    (before.is_some() || after.is_some()).then(|| Setting { place: trace.place.clone(), before, after })
}
