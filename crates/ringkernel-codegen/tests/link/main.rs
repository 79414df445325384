//! What the linker makes of functions, as text. Every module that links is also validated.

mod as_rust;
mod errors;
mod functions;
mod handlers;
mod interpret;
mod invalid;
mod support;
mod value;
