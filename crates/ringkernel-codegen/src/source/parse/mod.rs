//! From `syn` to the syntax tree, with every mistake of a function at once.
//!
//! What is outside of the device subset is named at its place, together with what to write instead; `README.md` beside
//! this folder says what is in the subset.
//!
//! - `function`: signatures, and the entry points
//! - `parser`: what is known while a function is read, and its mistakes
//! - `statements`, `expressions`, `control`, `calls`, `closures`, `macros`, `literals`: bodies
//! - `patterns`, `types`: what is bound, and as what
//! - `host`: names that only a CPU knows, and what to write instead
//! - `place`: where in the file something stands

mod calls;
mod closures;
mod control;
mod expressions;
mod function;
mod host;
mod literals;
mod macros;
mod parser;
mod patterns;
mod place;
mod statements;
mod types;

#[cfg(test)]
mod tests;

pub use function::{Parsed, function, method, parse_function};
