//! A plan as a patch for `git apply`, forwards and back. Secrets are no context, and no line that changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::diff::{Places, secret_lines};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::path::RepoPath;
use crate::plan::{FileChange, Place, Plan};
use crate::text::Position;
use crate::tree::FileState;
use crate::value::KeyPath;

pub static RENDERER: Renderer = Renderer { name: "patch", form: Form::Bytes, needs_plan: true, render };

/// The first line where a hunk has no line behind it: git takes it for the end of the file else.
const BARE: &str = "Apply it with: git apply --unidiff-zero\n\n";

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let Some(plan) = answer.plan else { return Ok(Vec::new()) };
    let (secrets, ignored) = private(plan);
    let mut patch = Patch::default();
    let mut faults = Vec::new();
    for change in plan.net() {
        let Place::Repository(path) = &change.place else { continue };
        if ignored.contains(path) && !answer.show_secrets {
            continue;
        }
        // A record holds no secret, and its texts look like those that do.
        let open = secrets.get(path);
        let hidden = open.filter(|_| !answer.show_secrets);
        match hunks(path, &change, hidden, answer.context) {
            Ok(hunks) => patch.add(&format!("{}{path}", answer.prefix), &change, &hunks),
            Err(fault) => faults.push(*fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(if patch.bare { [BARE.as_bytes(), &patch.text].concat() } else { patch.text })
}

/// Files of `plan` that no patch holds: git ignores them, and all they say is private.
pub fn left_out(plan: &Plan) -> Vec<String> {
    private(plan).1.iter().map(ToString::to_string).collect()
}

/// What of a file no name in it tells to be a secret.
#[derive(Default)]
struct Hidden {
    /// Of secret variables.
    values: Vec<String>,
    places: Vec<KeyPath>,
}

/// Of each settings file what is hidden; and those that git ignores.
fn private(plan: &Plan) -> (BTreeMap<&RepoPath, Hidden>, BTreeSet<&RepoPath>) {
    let mut secrets: BTreeMap<&RepoPath, Hidden> = BTreeMap::new();
    let mut ignored = BTreeSet::new();
    for file in plan.steps.iter().flat_map(|step| &step.files) {
        let hidden = secrets.entry(&file.path).or_default();
        hidden.values.extend(file.changed.secrets.iter().cloned());
        hidden.places.extend(file.changed.private.iter().cloned());
        if file.ignored {
            ignored.insert(&file.path);
        }
    }
    (secrets, ignored)
}

#[derive(Default)]
struct Patch {
    text: Vec<u8>,
    bare: bool,
}

/// One hunk: the lines of both sides, and what of them is context.
struct Hunk {
    old: Range<usize>,
    new: Range<usize>,
    body: Vec<u8>,
    /// The setting that holds the first change.
    within: Option<String>,
    /// No line behind the change, and not the end of the file.
    bare: bool,
}

impl Patch {
    fn add(&mut self, path: &str, change: &FileChange, hunks: &[Hunk]) {
        let (old, new) = (quoted("a/", path), quoted("b/", path));
        let mut head = format!("diff --git {old} {new}\n");
        match (&change.before, &change.after) {
            (None, Some(after)) => head.push_str(&format!("new file mode {}\n", git_mode(after))),
            (Some(before), None) => head.push_str(&format!("deleted file mode {}\n", git_mode(before))),
            (Some(before), Some(after)) if git_mode(before) != git_mode(after) => {
                head.push_str(&format!("old mode {}\nnew mode {}\n", git_mode(before), git_mode(after)));
            }
            // Git knows no other permissions than "may be run".
            _ if hunks.is_empty() => return,
            _ => {}
        }
        if !hunks.is_empty() {
            // A tab ends a name with blanks in it.
            let end = if path.contains(' ') { "\t" } else { "" };
            let side = |name: &str, there: bool| if there { format!("{name}{end}") } else { "/dev/null".to_owned() };
            let (old, new) = (side(&old, change.before.is_some()), side(&new, change.after.is_some()));
            head.push_str(&format!("--- {old}\n+++ {new}\n"));
        }
        self.text.extend_from_slice(head.as_bytes());
        for hunk in hunks {
            let within = hunk.within.as_ref().map_or(String::new(), |within| format!(" {within}"));
            let header = format!("@@ -{} +{} @@{within}\n", counted(&hunk.old), counted(&hunk.new));
            self.text.extend_from_slice(header.as_bytes());
            self.text.extend_from_slice(&hunk.body);
            self.bare |= hunk.bare;
        }
    }
}

fn git_mode(state: &FileState) -> &'static str {
    if state.mode & 0o100 == 0 { "100644" } else { "100755" }
}

/// `start,length` as patches count: from one, and from zero where there is nothing.
fn counted(lines: &Range<usize>) -> String {
    let start = if lines.is_empty() { lines.start } else { lines.start + 1 };
    format!("{start},{}", lines.len())
}

/// A name as git writes it: in quotes where a character needs an escape.
fn quoted(side: &str, path: &str) -> String {
    let plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if path.chars().all(plain) {
        return format!("{side}{path}");
    }
    let mut name = format!("\"{side}");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => name.extend(['\\', char::from(byte)]),
            0x20..=0x7e => name.push(char::from(byte)),
            _ => name.push_str(&format!("\\{byte:03o}")),
        }
    }
    name + "\""
}

/// A stretch of changed lines, on both sides.
struct Block {
    old: Range<usize>,
    new: Range<usize>,
}

/// One side of a file: its lines with their ends, and which of them hold a secret.
struct Side<'t> {
    lines: Vec<&'t [u8]>,
    secret: Vec<bool>,
}

impl<'t> Side<'t> {
    fn of(path: &RepoPath, state: Option<&'t FileState>, hidden: Option<&Hidden>) -> Self {
        let bytes = state.map_or(&[][..], |state| &state.bytes);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let secret = match hidden {
            Some(hidden) => {
                secret_lines(path.file_name(), &String::from_utf8_lossy(bytes), &hidden.values, &hidden.places)
            }
            None => vec![false; lines.len()],
        };
        Self { lines, secret }
    }

    fn is_secret(&self, line: usize) -> bool {
        self.secret.get(line).copied().unwrap_or(false)
    }
}

fn hunks(
    path: &RepoPath,
    change: &FileChange,
    hidden: Option<&Hidden>,
    context: usize,
) -> Result<Vec<Hunk>, Box<Diagnostic>> {
    let old = Side::of(path, change.before.as_ref(), hidden);
    let new = Side::of(path, change.after.as_ref(), hidden);
    let blocks = blocks(&old, &new);
    for block in &blocks {
        let before = block.old.clone().find(|line| old.is_secret(*line));
        if let Some(line) = before.or_else(|| block.new.clone().find(|line| new.is_secret(*line))) {
            return Err(Box::new(refused(path, line)));
        }
    }
    let text = change.before.as_ref().map_or("".into(), |state| String::from_utf8_lossy(&state.bytes));
    let places = Places::of(path.file_name(), text.trim_start_matches('\u{feff}'));
    let mut hunks = Vec::new();
    let mut from = 0;
    while from < blocks.len() {
        let mut to = from;
        while to + 1 < blocks.len() && joins(&new, &blocks[to], &blocks[to + 1], context) {
            to += 1;
        }
        let hunk = hunk(&old, &new, &blocks[from..=to], context);
        let within = places.within(&blocks[from].old, hunk.old.start);
        hunks.push(Hunk { within, ..hunk });
        from = to + 1;
    }
    Ok(hunks)
}

fn refused(path: &RepoPath, line: usize) -> Diagnostic {
    let position = Position { line: line + 1, column: 1 };
    Diagnostic::error(Code::SecretInReport, "a line of the patch would show a secret")
        .at(Location::bare(path.as_str(), position))
        .note("nothing was written")
        .help("a patch with secrets goes to a file that only you can read: --report patch=FILE --show-secrets")
        .help(format!("or leave the file out: --except '{}'", path.glob()))
}

fn blocks(old: &Side<'_>, new: &Side<'_>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old.lines, &new.lines) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (before, after) = (op.old_range(), op.new_range());
        match blocks.last_mut() {
            Some(last) if last.old.end == before.start && last.new.end == after.start => {
                last.old.end = before.end;
                last.new.end = after.end;
            }
            _ => blocks.push(Block { old: before, new: after }),
        }
    }
    blocks
}

/// Whether two stretches share a hunk: the lines between are few, and none of them is a secret.
fn joins(new: &Side<'_>, one: &Block, next: &Block, context: usize) -> bool {
    let mut between = one.new.end..next.new.start;
    between.len() <= 2 * context && !between.any(|line| new.is_secret(line))
}

fn hunk(old: &Side<'_>, new: &Side<'_>, blocks: &[Block], context: usize) -> Hunk {
    let (first, last) = (&blocks[0], &blocks[blocks.len() - 1]);
    let lead = (1..=context.min(first.old.start)).take_while(|back| !old.is_secret(first.old.start - back)).count();
    let rest = old.lines.len() - last.old.end;
    let trail = (0..context.min(rest)).take_while(|ahead| !old.is_secret(last.old.end + ahead)).count();
    let mut body = Vec::new();
    let mut done = first.old.start - lead;
    for block in blocks {
        put(&mut body, b' ', &old.lines[done..block.old.start]);
        put(&mut body, b'-', &old.lines[block.old.clone()]);
        put(&mut body, b'+', &new.lines[block.new.clone()]);
        done = block.old.end;
    }
    put(&mut body, b' ', &old.lines[done..done + trail]);
    Hunk {
        old: first.old.start - lead..last.old.end + trail,
        new: first.new.start - lead..last.new.end + trail,
        body,
        within: None,
        bare: trail == 0 && rest > 0,
    }
}

fn put(body: &mut Vec<u8>, sign: u8, lines: &[&[u8]]) {
    for line in lines {
        body.push(sign);
        body.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            body.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}
