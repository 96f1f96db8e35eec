//! Which files hold what somebody looks for: one look at each, by several threads, however many are looking.

use std::cell::RefCell;

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::{FileState, GlobError, Globs, Progress, TreeError};
use crate::parallel;
use crate::path::RepoPath;

/// The files that one migration looks for: those that a glob matches and that hold one of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub globs: Vec<String>,
    /// In any case; none = every file that a glob matches.
    pub words: Vec<String>,
}

/// What was found for one `Wanted`; each list sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sifted {
    pub files: Vec<RepoPath>,
    /// Those that a glob matches and that hold none of the words.
    pub unrelated: Vec<RepoPath>,
    pub failed: Vec<(RepoPath, TreeError)>,
}

/// A file that somebody wants, with its content.
pub(super) type Kept = (RepoPath, FileState);

/// How a file is read.
type Read<'r> = &'r (dyn Fn(&RepoPath) -> Result<Option<FileState>, TreeError> + Sync);

/// Looks at every one of the files at `paths` once for all of `wanted`.
///
/// # Errors
/// When a glob is none.
pub(super) fn sift(
    paths: &[RepoPath],
    read: Read<'_>,
    wanted: &[Wanted],
    progress: Option<&Progress>,
) -> Result<(Vec<Sifted>, Vec<Kept>), GlobError> {
    let sieve = Sieve::new(wanted)?;
    let paths: Vec<&RepoPath> = paths.iter().filter(|path| sieve.any.matches(path)).collect();
    progress.inspect(|progress| progress.wanted(paths.len()));
    let seen = parallel::map(&paths, |path| {
        let seen = sieve.look(read, path);
        progress.inspect(|progress| progress.looked_at(1));
        seen
    });
    Ok(sort_out(seen, wanted.len()))
}

fn sort_out(seen: Vec<Seen>, wanted: usize) -> (Vec<Sifted>, Vec<Kept>) {
    let mut all = vec![Sifted::default(); wanted];
    let mut kept = Vec::new();
    for Seen { path, content, by } in seen {
        for (index, holds) in by {
            let sifted = &mut all[index];
            match &content {
                Err(error) => sifted.failed.push((path.clone(), error.clone())),
                Ok(_) if holds => sifted.files.push(path.clone()),
                Ok(_) => sifted.unrelated.push(path.clone()),
            }
        }
        kept.extend(content.ok().flatten().map(|content| (path, content)));
    }
    (all, kept)
}

struct Seen {
    path: RepoPath,
    /// `None` where no one wants it.
    content: Result<Option<FileState>, TreeError>,
    /// Whose globs match it, and whether it holds what they look for.
    by: Vec<(usize, bool)>,
}

struct Sieve {
    any: Globs,
    globs: Vec<Globs>,
    /// Every word once.
    automaton: AhoCorasick,
    /// Whether there is any of them: ten times as fast, where the processor and the words allow it.
    any_word: Option<Searcher>,
    /// Who looks for a word, by its number.
    seekers: Vec<Vec<usize>>,
    /// Who takes every file.
    takes_all: Vec<bool>,
}

impl Sieve {
    fn new(wanted: &[Wanted]) -> Result<Self, GlobError> {
        let mut words: Vec<&str> = wanted.iter().flat_map(|one| one.words.iter().map(String::as_str)).collect();
        words.sort_unstable();
        words.dedup();
        let looks = |one: &Wanted, word: &str| one.words.iter().any(|own| own == word);
        let seekers_of = |word: &&str| (0..wanted.len()).filter(|at| looks(&wanted[*at], word)).collect();
        // The fastest kind by far; words are few and short.
        let kind = Some(AhoCorasickKind::DFA);
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).kind(kind).build(&words);
        let wrong = |error: aho_corasick::BuildError| GlobError { pattern: words.join(" "), why: error.to_string() };
        Ok(Self {
            any: Globs::new(wanted.iter().flat_map(|one| &one.globs))?,
            any_word: packed::Config::new()
                .builder()
                .extend(words.iter().map(|word| word.to_ascii_lowercase()))
                .build(),
            globs: wanted.iter().map(|one| Globs::new(&one.globs)).collect::<Result<_, _>>()?,
            automaton: automaton.map_err(wrong)?,
            seekers: words.iter().map(seekers_of).collect(),
            takes_all: wanted.iter().map(|one| one.words.is_empty()).collect(),
        })
    }

    fn look(&self, read: Read<'_>, path: &RepoPath) -> Seen {
        let matching = |at: &usize| self.globs.len() == 1 || self.globs[*at].matches(path);
        let mut by: Vec<(usize, bool)> =
            (0..self.globs.len()).filter(matching).map(|at| (at, self.takes_all[at])).collect();
        let content = match read(path) {
            Ok(Some(state)) => {
                self.find_words(&state.bytes, &mut by);
                let is_wanted = by.iter().any(|(_, holds)| *holds);
                Ok(is_wanted.then(|| FileState { bytes: state.bytes.to_read(), ..state }))
            }
            Ok(None) => {
                by.clear();
                Ok(None)
            }
            Err(error) => Err(error),
        };
        Seen { path: path.clone(), content, by }
    }

    /// Reads on until everyone has found a word.
    fn find_words(&self, bytes: &[u8], by: &mut [(usize, bool)]) {
        let left = by.iter().filter(|(_, holds)| !holds).count();
        if left == 0 {
            return;
        }
        let found = self.holds_any(bytes);
        if let (true, [(_, holds)], [_]) = (found, &mut *by, self.globs.as_slice()) {
            *holds = true;
        } else if found {
            self.find_each(bytes, by, left);
        }
    }

    fn holds_any(&self, bytes: &[u8]) -> bool {
        thread_local! {
            static LOWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        let Some(searcher) = &self.any_word else { return self.automaton.is_match(bytes) };
        LOWER.with_borrow_mut(|lower| {
            lower.clear();
            lower.extend(bytes.iter().map(u8::to_ascii_lowercase));
            searcher.find(&*lower).is_some()
        })
    }

    fn find_each(&self, bytes: &[u8], by: &mut [(usize, bool)], mut left: usize) {
        for found in self.automaton.find_overlapping_iter(bytes) {
            let seekers = &self.seekers[found.pattern().as_usize()];
            for (_, holds) in by.iter_mut().filter(|(at, holds)| !holds && seekers.contains(at)) {
                *holds = true;
                left -= 1;
            }
            if left == 0 {
                return;
            }
        }
    }
}
