//! The harness of the benchmark table. The rows themselves are in `benches/table/`.
//!
//! - [`comparison`]: what is compared: contestants, what each sample gives, targets
//! - [`run`]: takes the samples in turns, repeats those that the host disturbed
//! - [`host`]: the machine: pinning of threads, the distance of a cache line between two of them
//! - [`cuda`]: what a CUDA device allows, and what a program without actors would do on it
//! - [`statistics`]: median and spread
//! - [`report`]: the table, as text and as Markdown
//!
//! `cargo bench -p ringkernel-bench` runs it; `-- --help` lists the options.

pub mod comparison;
pub mod cuda;
pub mod host;
pub mod report;
pub mod run;
pub mod statistics;
