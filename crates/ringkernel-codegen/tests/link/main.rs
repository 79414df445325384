//! What the linker makes of functions, as text. Every module that links is also validated.

mod errors;
mod functions;
mod support;
