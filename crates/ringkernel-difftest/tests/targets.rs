//! The code that is generated from every program compiles for every target, or the printer has refused it by name.
//!
//! `RINGKERNEL_DIFF_SEEDS=1000..2000` takes other random programs.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::cuda::Compiler;
use ringkernel_codegen::wgsl::Capabilities;
use ringkernel_difftest::device::{link, wgsl_text};
use ringkernel_difftest::program::Program;
use ringkernel_difftest::resources::Summary;
use ringkernel_difftest::tint::Tint;
use ringkernel_difftest::translate::{Goal, Translated, translate, unsupported};
use ringkernel_difftest::{all_programs, random};
use ringkernel_testkit::gate;

const THREADS: usize = 2;

fn programs() -> Vec<Program> {
    all_programs(random::seeds_of_run().unwrap_or_else(|error| panic!("{error}")))
}

/// Translates all programs, says what came of it, and checks that only what may be missing is.
fn check(goal: &Goal, may_be_missing: &[&str]) -> Translated {
    let done = translate(goal, &programs(), THREADS);
    // Not with a macro of the standard library: the test harness would keep that for tests that fail.
    let _ = writeln!(std::io::stderr(), "{}: {done}", goal.name());
    assert!(done.refused.is_empty(), "{}: {done}", goal.name());
    for (program, lacks) in &done.unsupported {
        let known = may_be_missing.iter().any(|start| lacks.starts_with(start));
        assert!(known, "{program} is not supported: {lacks}");
    }
    done
}

#[test]
fn every_program_becomes_a_cubin_without_a_warning() {
    let compiler = match Compiler::find() {
        Ok(compiler) => compiler,
        Err(missing) => return gate::skip("nvrtc", &missing),
    };
    for architecture in ["sm_80", "sm_90"] {
        say_resources(architecture, &check(&Goal::Cubin(compiler, architecture), &[]));
    }
}

/// What programs take of the hardware: the summary where tests show their output, the whole list in a file.
fn say_resources(architecture: &str, done: &Translated) {
    assert_eq!(done.resources.len(), done.programs, "the assembler says what each program takes");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("resources-{architecture}.txt"));
    let list: String = done.resources.iter().map(|resources| format!("{resources}\n")).collect();
    std::fs::write(&path, list).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let summary = Summary(&done.resources);
    let called: BTreeSet<&String> = done.called.iter().collect();
    let (path, mut out) = (path.display(), std::io::stderr());
    let _ = writeln!(out, "{architecture}: {summary}\nfunctions that stay: {called:?}\nall programs: {path}");
}

#[test]
fn every_program_without_f64_becomes_msl() {
    check(&Goal::Msl, &["f64"]);
}

#[test]
fn every_program_without_functions_of_f64_becomes_spirv() {
    check(&Goal::Spirv, &["f64::"]);
}

#[test]
fn every_program_of_32_bits_is_wgsl_as_it_is_published() {
    check(&Goal::Core, &["f64", "64-bit integers"]);
}

#[test]
fn every_program_of_32_bits_is_wgsl_for_chromium() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    match Tint::find(folder) {
        Ok(tint) => drop(check(&Goal::Chromium(tint), &["f64", "64-bit integers"])),
        Err(missing) => gate::skip("tint", &missing),
    }
}

/// What a target lacks, its compiler refuses as well: the printer refuses nothing that would work.
#[test]
fn what_is_refused_by_name_does_not_compile() {
    let programs = programs();
    for goal in [&Goal::Msl, &Goal::Core] {
        let lacking = unsupported(goal, &programs);
        assert!(lacking.len() > 50, "{}: {} programs", goal.name(), lacking.len());
        let mut compiled = 0;
        for (name, lacks) in lacking {
            let program =
                programs.iter().position(|program| program.name == name).expect("it is one of them");
            let module =
                link(&programs[program..=program], Overflow::Faults).expect("it has been linked").module;
            // Functions that no shading language has are not even printed with all capabilities.
            if let Ok(text) = wgsl_text(&module, Capabilities::ALL) {
                assert!(goal.compile(&text).is_err(), "{name} compiles, and was refused: {lacks}");
                compiled += 1;
            }
        }
        assert!(compiled > 50, "{}: {compiled} programs", goal.name());
    }
}
