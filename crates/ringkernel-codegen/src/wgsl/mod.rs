//! The typed language as WGSL.
//!
//! README.md beside this file says what a runtime has to put around the text.
//!
//! | where | what |
//! |---|---|
//! | `options` | what is asked for, and what is known of the result |
//! | `unsupported` | what WGSL or an adapter lacks |
//! | `printer` | the program: which functions, in which order, and the entry |
//! | `functions`, `bindings`, `statements`, `checked`, `context`, `vectors`, `atomics`, `lanes` | functions and what is in them |
//! | `expressions`, `operators`, `casts`, `math`, `equality` | expressions |
//! | `types`, `words` | how values are held and called |
//! | `memory`, `places`, `messages`, `tails` | how values lie in memory |
//! | `helpers`, `fillings`, `text/` | fixed functions that printed code calls |
//!
//! Names, and what kernels do, are shared with other printers: [`crate::print`].
//!
//! # How exact it is
//!
//! Integers, comparisons, conversions, and what a float's bits decide (`floor`, `round`, `%`, `copysign`, `is_nan`, ..) are
//! exactly Rust's. The rest of `f32` is within these distances of the exact result, in units of the last place:
//!
//! | operation | distance |
//! |---|---|
//! | `+`, `-`, `*`, `fract`, `to_degrees`, `to_radians` | as in Rust; but a driver may leave out the rounding between a product and a sum |
//! | `/`, `recip` | 2.5 by WGSL's rules; as in Rust with every driver that rounds them correctly, such as lavapipe |
//! | `sqrt` | by WGSL's rules that of `1 / inverseSqrt(x)`, some 5; as in Rust with most drivers |
//! | `mul_add` | rounded once or twice, as the driver likes |
//! | `powi` | as in Rust where products and quotients are |
//! | `exp`, `exp2`, `ln`, `log2`, `log10`, `atan`, `cbrt` | 2 |
//! | `sin`, `cos`, `asin`, `acos`, `sinh`, `cosh`, `tanh`, `hypot` | 3, for any finite operand |
//! | `tan`, `atan2`, `powf` | 4 |
//!
//! Numbers below the normal range may be taken for zero. Of two zeros, `min` and `max` give either, as in Rust. Which NaN
//! comes out of an operation is left open. `f64` has the operations of the first five rows, and no others.
//!
//! Drivers may also take it that no operand is a NaN or an infinity; those of Vulkan seldom do. What looks at bits here is
//! right even so, and comparisons with a NaN may not be.

mod atomics;
mod bindings;
mod casts;
mod checked;
mod context;
mod equality;
mod expressions;
mod fillings;
mod functions;
mod helpers;
mod lanes;
mod math;
mod memory;
mod messages;
mod operators;
mod options;
mod places;
mod printer;
mod statements;
mod tails;
mod types;
mod unsupported;
mod vectors;
mod words;

pub use crate::print::{HandlerEntry, KernelFacts, PayloadBytes, Unsupported};
pub use options::{Capabilities, Dialect, Kernels, Options, Program, Requirements};
pub use printer::print;
