//! From a subset of Rust through a typed intermediate language to the languages of devices.
//!
//! ```text
//! tokens ──source::parse──► syntax tree ──link──► typed IR ──validate──► wgsl::print, cuda::print ──naga──► MSL, SPIR-V
//!            (macros)        (in the binary)  (layouts)
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`source`] | the syntax tree of the device subset, and how it is made from tokens |
//! | [`link`] | names and types: from syntax trees and layouts to the typed language |
//! | [`ir`] | the typed intermediate language, and what it means |
//! | [`print`] | what printers of all languages share |
//! | [`cuda`] | CUDA C++ |

pub mod cuda;
pub mod ir;
pub mod link;
pub mod print;
pub mod source;
