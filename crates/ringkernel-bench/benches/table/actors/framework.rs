//! What a framework must be able to do to take part in the rows about actors.

use std::time::{Duration, Instant};

use super::WORKERS;

/// Actors of one framework.
pub(crate) trait Framework: Sized + Send + Sync + 'static {
    /// An actor that doubles numbers.
    type Doubler: Doubler;

    /// Runs a row's work as a task, on a runtime that ends with it.
    fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
        let runtime = tokio_runtime();
        let task = runtime.spawn(work);
        runtime.block_on(task).unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    /// Starts whatever the actors run on.
    fn start() -> impl Future<Output = Self> + Send;

    /// Starts an actor with a mailbox of this capacity, and returns when it can be asked.
    fn doubler(&self, capacity: usize) -> impl Future<Output = Self::Doubler> + Send;

    /// Sends tokens around a ring of actors, which exist before the clock starts, and returns how long they took.
    fn ring(&self, course: Course) -> impl Future<Output = Duration> + Send;

    /// Ends what [`start`](Self::start) started.
    fn end(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// An actor that doubles numbers.
pub(crate) trait Doubler: Send + Sync + 'static {
    /// Twice the number, from the actor.
    fn ask(&self, value: u64) -> impl Future<Output = u64> + Send;

    /// Stops the actor, and returns when it has stopped.
    fn stop(self) -> impl Future<Output = ()> + Send;
}

/// A runtime with as many threads as everybody has.
pub(crate) fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_time()
        .build()
        .expect("threads can be started")
}

/// Where tokens go in a ring of actors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// Actors in the ring.
    pub(crate) actors: usize,
    /// Tokens that start at places that are evenly apart.
    pub(crate) tokens: usize,
    /// How often each token is passed on.
    pub(crate) hops: u64,
}

impl Course {
    /// Where a token starts.
    pub(crate) fn start_of(self, token: usize) -> usize {
        token * self.actors / self.tokens
    }

    /// Where a token must end.
    pub(crate) fn end_of(self, token: usize) -> usize {
        (self.start_of(token) + self.hops as usize) % self.actors
    }

    /// The place after this one.
    pub(crate) fn next(self, place: usize) -> usize {
        (place + 1) % self.actors
    }

    /// One lap of every token, in which every actor sees what it needs memory for.
    pub(crate) fn first_lap(self) -> Self {
        Self { hops: self.actors as u64, ..self }
    }

    /// Checks that these are all tokens, each at its end.
    pub(crate) fn check(self, mut arrived: Vec<Arrival>) {
        arrived.sort_unstable_by_key(|arrival| arrival.token);
        let expected: Vec<Arrival> =
            (0..self.tokens).map(|token| Arrival { token, place: self.end_of(token) }).collect();
        assert_eq!(arrived, expected, "tokens were lost or went astray");
    }

    /// Passes of all tokens together.
    pub(crate) fn all_hops(self) -> u64 {
        self.tokens as u64 * self.hops
    }
}

/// What travels around a ring.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) token: usize,
    pub(crate) hops_left: u64,
}

impl Token {
    /// The token as the next actor gets it, or nothing at the end of its way.
    pub(crate) fn passed_on(self) -> Option<Self> {
        Some(Self { token: self.token, hops_left: self.hops_left.checked_sub(1)? })
    }
}

/// A token at the end of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) token: usize,
    pub(crate) place: usize,
}

/// Where the actors of a ring report tokens that have ended their way.
pub(crate) type Finish = tokio::sync::mpsc::Sender<Arrival>;

/// Lets the tokens go by `send(place, token)`, and waits until all have ended their way at the right place; after a first lap
/// that is not timed.
pub(crate) async fn race<F: Future<Output = ()>>(
    course: Course,
    mut finish: tokio::sync::mpsc::Receiver<Arrival>,
    mut send: impl FnMut(usize, Token) -> F,
) -> Duration {
    let mut elapsed = Duration::ZERO;
    for course in [course.first_lap(), course] {
        let started = Instant::now();
        for token in 0..course.tokens {
            send(course.start_of(token), Token { token, hops_left: course.hops }).await;
        }
        let mut arrived = Vec::with_capacity(course.tokens);
        for _ in 0..course.tokens {
            arrived.push(finish.recv().await.expect("the actors are still there"));
        }
        elapsed = started.elapsed();
        course.check(arrived);
    }
    elapsed
}
