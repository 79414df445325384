//! The device side: the text of the grid that hosts all actors, around the handlers that were printed for them.
//!
//! | text | what it is |
//! |---|---|
//! | `primitives` | loads, stores and atomic operations by order and scope |
//! | `world` | how words of device memory are reached |
//! | `ready` | queues of actors that are ready to run, and the word by which an actor is woken |
//! | `mail` | slots, lists, inboxes, places in mailboxes |
//! | `egress` | packets to the host |
//! | `turn`, `take`, `send` | a turn of an actor: its clock, what it takes, what it sends, how it begins, ends and closes |
//! | `tally` | what is counted of messages between kernels, of which the host hears in sums |
//! | `context` | what handlers ask of the context |
//! | `worker`, `blocks` | who runs handlers of one lane, and of blocks |
//! | `ingress` | who reads what the host sends |
//! | `grid` | the entry |
//!
//! README.md beside them explains the protocol.

pub(crate) mod layout;
mod parameters;
#[cfg(test)]
mod tests;

use ringkernel_codegen::cuda::Program;

pub(crate) use parameters::Parameters;

/// The entry.
pub(crate) const ENTRY: &str = "rk_grid";

/// The runtime's text, but for constants.
const TEXTS: [&str; 14] = [
    include_str!("primitives.cuh"),
    include_str!("world.cuh"),
    include_str!("ready.cuh"),
    include_str!("mail.cuh"),
    include_str!("egress.cuh"),
    include_str!("turn.cuh"),
    include_str!("tally.cuh"),
    include_str!("take.cuh"),
    include_str!("send.cuh"),
    include_str!("context.cuh"),
    include_str!("worker.cuh"),
    include_str!("blocks.cuh"),
    include_str!("ingress.cuh"),
    include_str!("grid.cuh"),
];

/// The whole program of a grid.
pub(crate) fn source(program: &Program) -> String {
    let mut runtime = layout::cuda();
    runtime.push_str(&parameters::cuda());
    runtime.push_str(
        "RK_FN void rk_run_handler(rk_lane* rk, rk_u32 handler);\n\
         RK_FN rk_u32 rk_handler_of(rk_u32 kernel, rk_u32 message, rk_u32 id);\n\
         RK_FN rk_u32 rk_handler_id(rk_u32 message);\n",
    );
    for text in TEXTS {
        runtime.push_str(text);
        runtime.push('\n');
    }
    format!("{}{}\n{}", include_str!("front.cuh"), program.source(&runtime), program.dispatch)
}
