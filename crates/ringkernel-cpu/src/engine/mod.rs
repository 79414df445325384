//! Actors, and the workers that run them.
//!
//! - `runtime`, `factory`: starting and stopping; `shared`: what all parts of a runtime share
//! - `actor`: one kernel instance as others see it; `run`: its loop, the only code that touches its state
//! - `invoke`: one handler on one message; `context`: what it can do; `fault`: what happens when it cannot finish
//! - `mailbox`, `polled`, `outbox`, `deferred`: the ways in and out; `ports`: all that a handler reaches;
//!   `contacts`: whom it has sent to
//! - `ready`, `turns`, `worker`, `watchdog`: who runs what, and who notices when it does not end; `pace`: how much and from
//!   what time on; `pulse`: which handlers callers may run
//! - `stepping`: running without workers, one message at a time, for tests

mod actor;
mod contacts;
mod context;
mod deferred;
mod factory;
pub(crate) mod fault;
mod invoke;
mod mailbox;
mod memory;
mod outbox;
mod pace;
mod polled;
mod ports;
mod pulse;
mod ready;
mod run;
mod runtime;
mod shared;
mod stepping;
mod turns;
mod watchdog;
mod worker;

pub use factory::CpuFactory;
pub use runtime::CpuRuntime;
pub use stepping::{Injection, ProbeLog, Schedule, Step, StepOutcome, SteppedRuntime};
