//! Running actors without threads, one message at a time, for tests.
//!
//! The engine is the same; what differs is who calls it. A runtime of workers has a queue of turns that they take from; here
//! the test takes the turns, in an order of its choice, and the clock stands still meanwhile.
//!
//! - `runtime`: [`SteppedRuntime`], what a test holds
//! - `script`: `Stepping`, the part that the engine knows: the turns that are ready, and what the test wants to be told
//! - `hooks`: where the engine calls in
//! - `schedule`: [`Schedule`], which turn is next; `step`: [`Step`], what a turn came to
//! - `injection`: [`Injection`], what is to go wrong; `probe`: [`ProbeLog`], what a test's own mailbox was sent

mod hooks;
mod injection;
mod probe;
mod runtime;
mod schedule;
mod script;
mod step;

pub(crate) use hooks::{after_handler, around_handler, before_handler};
pub use injection::Injection;
pub use probe::ProbeLog;
pub use runtime::SteppedRuntime;
pub use schedule::Schedule;
pub(crate) use script::Stepping;
pub use step::{Step, StepOutcome};
