//! The same work for many things on every core, with the answers in the order of the questions.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::thread;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder, current_thread_index};

/// More threads do not help: they wait for one another.
const MAX_THREADS: usize = 8;
/// As many as a disk works for at a time, whatever the number of cores.
const WAITING: usize = 16;
/// Below this a thread costs more than it does.
const FEW: usize = 16;
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
    // Made when a command first has work for it, and kept: threads that end give back their memory, to ask for it again.
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    // On one of the threads themselves it would wait for the others, and do their work on its stack meanwhile.
    let has_work = items.len() >= FEW && current_thread_index().is_none();
    map_on(if has_work { POOL.get_or_init(|| pool(cores().min(MAX_THREADS))).as_ref() } else { None }, items, answer)
}

/// As `map`, where nearly all of the time is spent waiting for a disk.
pub fn wait<'i, T: Sync, A: Send>(items: &'i [T], answer: impl Fn(&'i T) -> A + Sync) -> Vec<A> {
    let pool = if items.len() < FEW { None } else { pool(WAITING) };
    map_on(pool.as_ref(), items, answer)
}

/// So many threads; `None` where that is one, or there is no room for them.
fn pool(threads: usize) -> Option<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
    let pool = pool.start_handler(|_| START.set(Some(here())));
    if threads < 2 { None } else { pool.build().ok() }
}

fn map_on<'i, T: Sync, A: Send>(
    pool: Option<&ThreadPool>,
    items: &'i [T],
    answer: impl Fn(&'i T) -> A + Sync,
) -> Vec<A> {
    match pool {
        Some(pool) => pool.install(|| items.par_iter().map(&answer).collect()),
        None => items.iter().map(answer).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_knows_what_is_left_of_its_stack() {
        assert!(!has_stack(1), "nothing is known of this one");
        let (two, all) = (pool(2), |_: &i32| [STACK / 2, STACK - 64 * 1024, STACK + 1].map(has_stack));
        let left = map_on(two.as_ref(), &[1, 2], all);
        assert_eq!(left, [[true, true, false]; 2]);
    }

    #[test]
    fn the_answers_have_the_order_of_the_questions_on_any_number_of_threads() {
        let items: Vec<usize> = (0..1000).collect();
        let expected: Vec<String> = items.iter().map(usize::to_string).collect();
        for threads in [1, 2, 3, 16] {
            let pool = pool(threads);
            for length in [0, 1, 7, 8, 9, 1000] {
                assert_eq!(map_on(pool.as_ref(), &items[..length], usize::to_string), expected[..length], "{threads}");
            }
        }
    }
}
