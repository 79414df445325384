//! The work of the rows about actors with nothing around it: the floor.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_utils::CachePadded;
use ringkernel_bench::host::on_two_processors;
use ringkernel_bench::statistics::{ns_each, percentile_ns};

use super::framework::{Arrival, Course, Token};

/// A ring of mailboxes on one thread, with a queue of those that have mail; no atomics.
pub(crate) fn ring(course: Course) -> f64 {
    let mut mailboxes: Vec<VecDeque<Token>> = vec![VecDeque::with_capacity(8); course.actors];
    let mut ready: VecDeque<usize> = VecDeque::with_capacity(course.actors);
    let mut arrived = Vec::with_capacity(course.tokens);
    let started = Instant::now();
    for token in 0..course.tokens {
        mailboxes[course.start_of(token)].push_back(Token { token, hops_left: course.hops });
        ready.push_back(course.start_of(token));
    }
    while let Some(place) = ready.pop_front() {
        while let Some(token) = mailboxes[place].pop_front() {
            match token.passed_on() {
                None => arrived.push(Arrival { token: token.token, place }),
                Some(token) => {
                    let next = course.next(place);
                    if mailboxes[next].is_empty() {
                        ready.push_back(next);
                    }
                    mailboxes[next].push_back(token);
                }
            }
        }
    }
    let elapsed = started.elapsed();
    course.check(arrived);
    ns_each(elapsed, course.all_hops())
}

/// The median round trip of a question between two threads that spin, one cache line in each direction.
pub(crate) fn request_reply(count: u64) -> f64 {
    // A number and, in the word beside it, its turn.
    type Line = CachePadded<[AtomicU64; 2]>;
    let (question, answer) = (Line::default(), Line::default());
    let put = |line: &Line, value: u64, turn: u64| {
        line[0].store(value, Ordering::Relaxed);
        line[1].store(turn, Ordering::Release);
    };
    let take = |line: &Line, turn: u64| {
        while line[1].load(Ordering::Acquire) != turn {
            std::hint::spin_loop();
        }
        line[0].load(Ordering::Relaxed)
    };
    on_two_processors(
        || (1..=count).for_each(|turn| put(&answer, 2 * take(&question, turn), turn)),
        || {
            let mut latencies_ns = Vec::with_capacity(count as usize);
            let mut asked = Instant::now();
            for turn in 1..=count {
                put(&question, turn, turn);
                assert_eq!(take(&answer, turn), 2 * turn);
                let answered = Instant::now();
                latencies_ns.push((answered - asked).as_nanos() as u32);
                asked = answered;
            }
            percentile_ns(&mut latencies_ns, 500)
        },
    )
}
