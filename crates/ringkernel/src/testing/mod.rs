//! Testing kernels and systems of them: deterministic, on one thread, in no time.
//!
//! A [`TestRuntime`] is the CPU backend without its threads. The mailboxes, the handlers' loop, the restart policies, the
//! dead letters and the clocks are those of production; only who calls them differs: nothing runs until the test says so,
//! and then one message at a time.
//!
//! ```
//! use ringkernel::prelude::*;
//! use ringkernel::testing::TestRuntime;
//!
//! #[derive(RingMessage)]
//! struct Add { amount: u64 }
//! #[derive(Debug, PartialEq, RingMessage)]
//! struct Sum { total: u64 }
//!
//! #[ring_kernel(id = "counter")]
//! fn counter(ctx: &mut RingContext, total: &mut u64, add: Add) -> Sum {
//!     *total += add.amount;
//!     ctx.send_to_kernel("printer", Sum { total: *total });
//!     Sum { total: *total }
//! }
//!
//! # fn main() -> Result<()> {
//! let mut test = TestRuntime::new();
//! let counter = test.launch("counter", LaunchOptions::default().with_k2k(true))?;
//! let printer = test.probe::<Sum>("printer")?;      // stands in for a kernel, and keeps what it is sent
//!
//! test.send(&counter, Add { amount: 2 })?;          // queued: nothing runs yet
//! assert!(printer.is_empty());
//! test.run_until_idle();
//! printer.expect(Sum { total: 2 });
//!
//! let sum: Sum = test.call(&counter, Add { amount: 3 })?;   // runs what it takes
//! assert_eq!(sum.total, 5);
//! # Ok(())
//! # }
//! ```
//!
//! # Order
//!
//! [`TestRuntime::new`] runs kernels in the order in which they became able to run. [`TestRuntime::seeded`] chooses at
//! random from a seed: the same seed gives the same order of everything, which [`TestRuntime::trace`] shows.
//! [`explore`] runs a test for many seeds and names the one that fails, so that it can be replayed. What is guaranteed in
//! production is guaranteed here: messages of one sender, receiver and band stay in order; everything else may interleave.
//!
//! Identifiers of messages and addresses of kernels are unique in the process, so they differ from run to run; nothing in
//! the order depends on them.
//!
//! # Time
//!
//! [`TestRuntime::clock`] stands still until the test moves it; deadlines, timeouts of calls, waits for room, windows of
//! restart policies and the clocks of kernels follow it. So do [`clock::now_ns`](crate::clock::now_ns) and
//! [`timer::sleep`](crate::timer::sleep()) inside a handler, but not what a handler asks of the standard library or of tokio.
//!
//! ```
//! # use ringkernel::prelude::*;
//! # use ringkernel::testing::TestRuntime;
//! # use std::time::Duration;
//! # #[derive(RingMessage)] struct Ask {}
//! # #[derive(Debug, RingMessage)] struct Answer {}
//! # #[ring_kernel(id = "slow")] fn slow(_: &mut RingContext, _: Ask) -> Answer { Answer {} }
//! # fn main() -> Result<()> {
//! # let mut test = TestRuntime::new();
//! # let kernel = test.launch("slow", LaunchOptions::default())?;
//! let call = test.spawn({
//!     let kernel = kernel.clone();
//!     async move { kernel.call::<Ask, Answer>(Ask {}, Duration::from_secs(5)).await }
//! });
//! test.clock().advance(Duration::from_secs(6));
//! assert!(matches!(call.take(), Some(Err(RingKernelError::Timeout { .. }))));
//! # Ok(())
//! # }
//! ```
//!
//! # What goes wrong
//!
//! [`TestRuntime::inject`] has a handler panic, fail or take long, a mailbox run out of room, or a kernel's clock be wrong;
//! see [`Injection`]. There is no injection that loses or doubles a message, because the runtime does not do that.
//!
//! # Async handlers
//!
//! They work like others, as long as they wait for other kernels or for [`timer::sleep`](crate::timer::sleep()). A handler
//! that uses tokio's own timers or sockets needs the test to run inside tokio (`#[tokio::test]`) and to await something
//! between steps, so that tokio can run, too; outside of tokio it faults, with tokio's own text, like any handler that
//! panics.
//!
//! - `runtime`, `builder`: [`TestRuntime`]; `stalled`: why something does not come; `task`: [`Task`], what the test itself waits for
//! - `probe`, `stub`: mailboxes and kernels that stand in for others
//! - `trace`: [`Trace`]; `explore`: [`explore()`]

mod builder;
mod explore;
mod probe;
mod runtime;
mod stalled;
mod stub;
mod task;
mod trace;

pub use builder::TestRuntimeBuilder;
pub use explore::{Check, Explored, explore};
pub use probe::{Probe, Received};
pub use ringkernel_core::clock::ManualClock;
pub use ringkernel_cpu::{Injection, Step, StepOutcome};
pub use runtime::TestRuntime;
pub use task::Task;
pub use trace::Trace;
