//! Differential tests of the code generator: the same programs as native Rust, as WGSL and as CUDA C++.
//!
//! A program is the text of a few Rust functions over scalars, tuples, structs, arrays and options. rustc compiles it;
//! the code generator turns the same text into device code; both run with the same inputs, many at a time, and what comes
//! out has to be equal: integers, booleans and faults (kind, function and line) in every bit, floats as near as
//! [`tolerances`] says.
//!
//! | module | what it is |
//! |---|---|
//! | [`catalogue`] | programs for every operator, method, cast and form, once for each type |
//! | [`random`] | programs grown from seeds |
//! | [`coverage`] | which operators, types and forms the programs have between them |
//! | [`program`], [`types`], [`inputs`] | a program, its types in memory, and what it is given |
//! | [`native`] | compiling and running the programs with rustc |
//! | [`device`] | running them as generated code |
//! | [`session`] | running them everywhere |
//! | [`translate`], [`tint`] | compiling them for targets that need not be at hand |
//! | [`resources`] | what they take of a device's hardware |
//! | [`outcome`], [`compare`], [`report`] | what came of a run, what counts as equal, and what was not |
//! | [`tolerances`] | how near floats have to come, and by whose word |

pub mod catalogue;
pub mod compare;
pub mod coverage;
pub mod device;
pub mod inputs;
pub mod native;
pub mod outcome;
pub mod program;
pub mod random;
pub mod report;
pub mod resources;
pub mod rng;
pub mod session;
pub mod tint;
pub mod tolerances;
pub mod translate;
pub mod types;

/// The programs of the catalogue, and those of these seeds.
pub fn all_programs(seeds: std::ops::Range<u64>) -> Vec<program::Program> {
    let mut programs = catalogue::programs();
    programs.extend(random::programs(seeds));
    programs
}

/// A number that names these bytes: FNV-1a, which is the same on every machine.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
