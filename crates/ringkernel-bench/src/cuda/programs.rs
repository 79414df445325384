//! The texts in `texts/`, put together. They use the operations that the grid of ringkernel-cuda uses, from the same text.

/// A program and its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// The function that is launched.
    pub entry: &'static str,
    /// What is behind the shared front.
    parts: &'static [&'static str],
    /// The oldest instructions that it needs.
    pub oldest: &'static str,
}

const FRONT: &str = include_str!("texts/front.cuh");
const PRIMITIVES: &str = include_str!("../../../ringkernel-cuda/src/device/primitives.cuh");
const WORLD: &str = include_str!("texts/world.cuh");
const FLAGS: &str = include_str!("texts/flags.cuh");
const RATES: &str = include_str!("texts/rates.cuh");

macro_rules! programs {
    ($($(#[$documentation:meta])* $name:ident = $entry:literal from $oldest:literal: $parts:expr;)*) => {
        $($(#[$documentation])* pub const $name: Program = Program { entry: $entry, parts: $parts, oldest: $oldest };)*
        /// All programs.
        pub const ALL: &[Program] = &[$($name),*];
    };
}

programs! {
    /// A flag from the host and back.
    ROUND_TRIP = "rk_round_trip" from "sm_70": &[include_str!("texts/round_trip.cuh")];
    /// A flag between two warps of a block.
    WITHIN_BLOCK = "rk_within_block" from "sm_70": &[FLAGS, include_str!("texts/within_block.cuh")];
    /// A flag between two blocks of a cluster.
    WITHIN_CLUSTER = "rk_within_cluster" from "sm_90": &[include_str!("texts/within_cluster.cuh")];
    /// A flag between two blocks.
    BETWEEN_BLOCKS = "rk_between_blocks" from "sm_70": &[FLAGS, include_str!("texts/between_blocks.cuh")];
    /// Atomic additions.
    ADDS = "rk_adds" from "sm_70": &[RATES];
    /// Stores to the memory of the device.
    STORES = "rk_stores" from "sm_70": &[RATES];
    /// Writes to the memory of the host.
    POSTS = "rk_posts" from "sm_70": &[RATES];
    /// Reads of the memory of the host.
    READS = "rk_reads" from "sm_70": &[RATES];
    /// A kernel that is launched for messages.
    SERVE = "rk_serve" from "sm_70": &[include_str!("texts/serve.cuh")];
}

impl Program {
    /// What a compiler is given.
    pub fn text(&self) -> String {
        [FRONT, PRIMITIVES, WORLD].iter().chain(self.parts).flat_map(|part| [*part, "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use ringkernel_codegen::cuda::Compiler;
    use ringkernel_testkit::gate;

    use super::*;

    #[test]
    fn every_program_compiles_for_devices_without_a_warning() {
        let compiler = match Compiler::find() {
            Ok(compiler) => compiler,
            Err(missing) => return gate::skip("nvrtc", &missing),
        };
        for target in ["sm_80", "sm_90"] {
            let programs: Vec<_> = ALL.iter().filter(|program| program.oldest <= target).collect();
            assert_eq!(programs.len(), if target == "sm_80" { ALL.len() - 1 } else { ALL.len() });
            for program in programs {
                let cubin = compiler.cubin(&program.text(), target);
                let cubin = cubin.unwrap_or_else(|error| panic!("{}: {error}", program.entry));
                assert_eq!(cubin.log, "", "{} for {target}", program.entry);
                assert!(!cubin.bytes.is_empty());
            }
        }
    }
}
