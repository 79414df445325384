//! Actors in a persistent grid: what the host does for them. Start with `driver`.
//!
//! - `driver`: the thread that speaks for the device; `account`: what it makes of what the grid tells
//! - `launch`: putting actors into device memory; `fit`: how large the grid has to be for them
//! - `resident`: an actor in device memory; `program`: the grid's program
//! - `compile`: making a program, on a thread of its own; `whole`: that of all kernels, which may be ready
//! - `world`: device memory; `messages`: that of hosts' messages; `slots`: that of messages between kernels
//! - `grid`: the grid that works on it; `error`: why they do not
//! - `ingress`, `egress`: the ways to the grid and from it
//! - `status`: what the grid shows of each actor at any time
//! - `clock`: what the device's timer lacks to the host's clock
//! - `watch`: since when messages have been in hand; `turns`: how workers have come to their turns
//! - `errands`: what others have done while the grid is still
//! - `runtime`: starting and stopping

mod account;
mod clock;
mod compile;
mod driver;
mod egress;
mod errands;
mod error;
mod fit;
mod grid;
mod ingress;
mod launch;
mod messages;
mod program;
mod resident;
mod runtime;
mod slots;
mod status;
mod turns;
mod watch;
mod whole;
mod world;

pub(crate) use program::without_compiler;
pub use runtime::CudaRuntime;
pub use turns::Turns;
pub(crate) use whole::is_ready;
