//! What macros record of handlers and of the functions that they call: code, and what each name in it stands for.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![allow(clippy::needless_pass_by_value, reason = "handlers own their messages")]
#![forbid(unsafe_code)]

mod bindings;
mod check;
mod handlers;
mod helpers;
mod messages;
