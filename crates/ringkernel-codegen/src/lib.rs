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
//! | [`mod@print`] | what printers of all languages share |
//! | [`cuda`] | CUDA C++ |
//! | [`wgsl`] | the typed language as WGSL |
//! | `naga` | with the feature of that name: WGSL checked, and turned into MSL and SPIR-V |
//! | [`validate`] | checks that a module keeps the language's rules |

pub mod cuda;
pub mod ir;
pub mod link;
#[cfg(feature = "naga")]
pub mod naga;
pub mod print;
pub mod source;
pub mod validate;
pub mod wgsl;
