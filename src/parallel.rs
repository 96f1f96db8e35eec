//! The same work for many things on every core, with the answers in the order of the questions.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More threads do not help: they wait for one disk, or for one another.
const MAX_THREADS: usize = 8;
/// Below this a thread costs more than it does.
const FEW: usize = 16;
/// Items that a thread takes at a time.
const BATCH: usize = 8;

/// What `answer` gives for each of `items`. The same on one core and on many: `answer` must depend on its item only.
/// A panic in it is a panic here.
pub fn map<T: Sync, A: Send>(items: &[T], answer: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    map_on(if items.len() < FEW { 1 } else { cores.min(MAX_THREADS) }, items, answer)
}

fn map_on<T: Sync, A: Send>(threads: usize, items: &[T], answer: impl Fn(&T) -> A + Sync) -> Vec<A> {
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
    let mut batches = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut batches = work();
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
