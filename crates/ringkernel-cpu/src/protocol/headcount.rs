//! How many workers there are, and how many of them are stuck in a handler.
//!
//! The watchdog notes that a worker is stuck; the worker notes, after its turn, that it is back. Both counts are in one
//! word, so that whether a stand-in is needed, or the worker has to go, is decided in the step that changes them: a worker
//! does not go in favour of one that gets stuck at that moment.
//!
//! A worker's [`Post`] tells it of the first. The watchdog counts before it sets the post (Release), so that a worker that
//! finds the post set (Acquire) takes back what has been counted, and not what is about to be.

use ringkernel_core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Threads that may stand in for workers whose handler does not return.
const MAX_STAND_INS: usize = 64;

/// Whether one worker has been found stuck. The watchdog sets it, the worker resets it.
pub(crate) struct Post(AtomicBool);

pub(crate) struct Headcount {
    /// How many should be able to run actors.
    wanted: usize,
    /// A [`Count`].
    word: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    /// Threads running, those in stuck handlers included.
    live: u32,
    /// Threads in stuck handlers.
    stuck: u32,
}

/// Whether another thread has to do the work of one that is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandIn {
    /// It has been counted: start it, or call [`Headcount::cancel`].
    Needed,
    NotNeeded,
}

/// What a worker does after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterTurn {
    Stays,
    /// Another has taken its place. It is not counted any more.
    Goes,
}

impl Post {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Whether the worker has been found stuck and has not come back since.
    pub(crate) fn is_stuck(&self) -> bool {
        // Acquire pairs with the Release in `note_back`: the counts are not read as they were while it was stuck.
        self.0.load(Ordering::Acquire)
    }
}

impl Count {
    fn of(word: u64) -> Self {
        Self { live: word as u32, stuck: (word >> 32) as u32 }
    }

    fn word(self) -> u64 {
        u64::from(self.stuck) << 32 | u64::from(self.live)
    }

    /// Threads that can run actors.
    fn able(self) -> usize {
        (self.live - self.stuck) as usize
    }
}

impl Headcount {
    /// Nobody yet, of `wanted`.
    pub(crate) fn new(wanted: usize) -> Self {
        Self { wanted, word: AtomicU64::new(0) }
    }

    pub(crate) fn wanted(&self) -> usize {
        self.wanted
    }

    /// Workers that are counted.
    pub(crate) fn live(&self) -> usize {
        Count::of(self.word.load(Ordering::Relaxed)).live as usize
    }

    /// Counts a worker that is about to start.
    pub(crate) fn enter(&self) {
        self.change(|count| Count { live: count.live + 1, ..count });
    }

    /// Takes back that a worker is about to start.
    pub(crate) fn cancel(&self) {
        self.change(|count| Count { live: count.live - 1, ..count });
    }

    /// Notes that the worker at `post` does not come back. Only the watchdog calls this, for a post that
    /// [is not stuck](Post::is_stuck).
    pub(crate) fn note_stuck(&self, post: &Post) -> StandIn {
        let (before, after) = self.change(|count| {
            let stuck = Count { stuck: count.stuck + 1, ..count };
            let needed = stuck.able() < self.wanted && (stuck.live as usize) < self.wanted + MAX_STAND_INS;
            Count { live: stuck.live + u32::from(needed), ..stuck }
        });
        // Release pairs with the Acquire in `note_turn`: what is taken back there has been counted.
        post.0.store(true, Ordering::Release);
        if after.live > before.live { StandIn::Needed } else { StandIn::NotNeeded }
    }

    /// Notes that the worker at `post` has come to the end of a turn.
    #[inline]
    pub(crate) fn note_turn(&self, post: &Post) -> AfterTurn {
        // Acquire pairs with the Release in `note_stuck`.
        if post.0.load(Ordering::Acquire) { self.note_back(post) } else { AfterTurn::Stays }
    }

    #[cold]
    fn note_back(&self, post: &Post) -> AfterTurn {
        let (before, after) = self.change(|count| {
            let back = Count { stuck: count.stuck - 1, ..count };
            Count { live: back.live - u32::from(back.able() > self.wanted), ..back }
        });
        if after.live < before.live {
            // The post stays set, so that nobody who has gone is found stuck again.
            return AfterTurn::Goes;
        }
        // Release pairs with the Acquire in `is_stuck`.
        post.0.store(false, Ordering::Release);
        AfterTurn::Stays
    }

    /// Changes both counts in one step. Returns what they were and what they are.
    fn change(&self, change: impl Fn(Count) -> Count) -> (Count, Count) {
        // Relaxed: the counts publish nothing but themselves.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let before = Count::of(word);
            let after = change(before);
            match self.word.compare_exchange_weak(word, after.word(), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return (before, after),
                Err(now) => word = now,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_stuck_worker_is_replaced_and_goes_when_it_comes_back() {
        let count = Headcount::new(1);
        let post = Post::new();
        count.enter();
        assert_eq!(count.note_turn(&post), AfterTurn::Stays);
        assert_eq!(count.note_stuck(&post), StandIn::Needed);
        assert!(post.is_stuck());
        assert_eq!(count.note_turn(&post), AfterTurn::Goes);
        assert_eq!(Count::of(count.word.into_inner()), Count { live: 1, stuck: 0 });
    }

    #[test]
    fn a_worker_that_nobody_could_replace_stays() {
        let count = Headcount::new(1);
        let post = Post::new();
        count.enter();
        assert_eq!(count.note_stuck(&post), StandIn::Needed);
        count.cancel();
        assert_eq!(count.note_turn(&post), AfterTurn::Stays);
        assert!(!post.is_stuck());
    }

    #[test]
    fn stand_ins_are_limited() {
        let count = Headcount::new(1);
        let posts: Vec<_> = (0..=MAX_STAND_INS).map(|_| Post::new()).collect();
        count.enter();
        let (last, others) = posts.split_last().unwrap();
        others.iter().for_each(|post| assert_eq!(count.note_stuck(post), StandIn::Needed));
        assert_eq!(count.note_stuck(last), StandIn::NotNeeded);
        assert_eq!(count.note_turn(last), AfterTurn::Stays);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::thread;
    use ringkernel_core::sync::Arc;

    /// Two workers end their turns beside the watchdog. `stuck` of them are found stuck before.
    fn check(stuck: usize) {
        loom::model(move || {
            let shared = Arc::new((Headcount::new(2), [Post::new(), Post::new()]));
            let (count, posts) = (&shared.0, &shared.1);
            count.enter();
            count.enter();
            posts[..stuck].iter().for_each(|post| assert_eq!(count.note_stuck(post), StandIn::Needed));
            let workers = [0, 1].map(|worker| {
                let shared = shared.clone();
                thread::spawn(move || shared.0.note_turn(&shared.1[worker]))
            });
            let late = &posts[1];
            // The watchdog is late: the worker may have come back, and be stuck again only in its eyes.
            let late_stand_in = !late.is_stuck() && count.note_stuck(late) == StandIn::Needed;
            let gone = workers.map(|worker| worker.join().unwrap()).map(|after| after == AfterTurn::Goes);
            let gone = gone.into_iter().filter(|gone| *gone).count();
            let still_stuck = posts[1].is_stuck() && gone < 2;
            let count = Count::of(count.word.load(Ordering::Relaxed));
            assert_eq!(count.live as usize, 2 + stuck + usize::from(late_stand_in) - gone);
            assert!(count.able() >= 2, "{count:?}: a worker went that was needed");
            assert!(count.stuck <= u32::from(still_stuck), "{count:?}: somebody was counted twice");
        });
    }

    #[test]
    fn a_worker_that_is_found_stuck_too_late_takes_that_back() {
        check(0);
    }

    #[test]
    fn one_comes_back_while_another_is_found_stuck() {
        check(1);
    }

    #[test]
    fn two_come_back_at_once() {
        check(2);
    }
}
