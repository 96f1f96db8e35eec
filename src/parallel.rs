//! The same work for many things on every core, with the answers in the order of the questions.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder};

/// More threads do not help: they wait for one another.
const MAX_THREADS: usize = 8;
/// As many as a disk works for at a time, whatever the number of cores.
const WAITING: usize = 16;
/// Below this a thread costs more than it does.
const FEW: usize = 16;
/// Items that a thread takes at a time.
const BATCH: usize = 8;
/// The stack of each thread, in bytes: what recurses deeply does not want one of its own then. Only what is touched of it
/// takes memory.
const STACK: usize = 256 * 1024 * 1024;

thread_local! {
    /// Where the stack of this thread began, if it is one of those here.
    static START: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Whether this thread has `size` bytes of its stack left. Of a thread that was not made here that is not known.
pub fn has_stack(size: usize) -> bool {
    let used = START.get().map(|start| start.abs_diff(here()));
    used.is_some_and(|used| used.saturating_add(size) <= STACK)
}

/// Where the stack is by now, about.
fn here() -> usize {
    let local = 0u8;
    std::ptr::from_ref(&local).addr()
}

/// What `answer` gives for each of `items`. The same on one core and on many: `answer` must depend on its item only.
/// A panic in it is a panic here.
pub fn map<'i, T: Sync, A: Send>(items: &'i [T], answer: impl Fn(&'i T) -> A + Sync) -> Vec<A> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    map_on(if items.len() < FEW { 1 } else { cores.min(MAX_THREADS) }, items, answer)
}

/// As `map`, where nearly all of the time is spent waiting for a disk.
pub fn wait<'i, T: Sync, A: Send>(items: &'i [T], answer: impl Fn(&'i T) -> A + Sync) -> Vec<A> {
    map_on(if items.len() < FEW { 1 } else { WAITING }, items, answer)
}

fn map_on<'i, T: Sync, A: Send>(threads: usize, items: &'i [T], answer: impl Fn(&'i T) -> A + Sync) -> Vec<A> {
    if threads < 2 {
        return items.iter().map(answer).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut batches = Vec::new();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { return batches };
            batches.push((start, rest.iter().take(BATCH).map(&answer).collect::<Vec<A>>()));
        }
    };
    let mut batches = thread::scope(|scope| {
        let started = || {
            START.set(Some(here()));
            work()
        };
        let others = (0..threads).map_while(|_| Builder::new().stack_size(STACK).spawn_scoped(scope, started).ok());
        let others: Vec<_> = others.collect();
        // Where there is no room for more threads this one does what is left.
        let mut batches = if others.len() < threads { work() } else { Vec::new() };
        for other in others {
            match other.join() {
                Ok(more) => batches.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        batches
    });
    batches.sort_unstable_by_key(|(start, _)| *start);
    batches.into_iter().flat_map(|(_, answers)| answers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_knows_what_is_left_of_its_stack() {
        assert!(!has_stack(1), "nothing is known of this one");
        let left = map_on(2, &[1, 2], |_| (has_stack(STACK / 2), has_stack(STACK - 64 * 1024), has_stack(STACK + 1)));
        assert_eq!(left, [(true, true, false); 2]);
    }

    #[test]
    fn the_answers_have_the_order_of_the_questions_on_any_number_of_threads() {
        let items: Vec<usize> = (0..1000).collect();
        let expected: Vec<String> = items.iter().map(usize::to_string).collect();
        for threads in [1, 2, 3, 16] {
            for length in [0, 1, 7, 8, 9, 1000] {
                assert_eq!(map_on(threads, &items[..length], usize::to_string), expected[..length], "{threads}");
            }
        }
    }
}
