//! The programs themselves: they compile, they end, and their results depend on their inputs.

use std::collections::HashSet;
use std::path::Path;

use ringkernel_abi::device::Overflow;
use ringkernel_difftest::inputs::Inputs;
use ringkernel_difftest::native::Native;
use ringkernel_difftest::outcome::Outcome;
use ringkernel_difftest::program::Program;
use ringkernel_difftest::{catalogue, random};

fn all() -> Vec<Program> {
    let mut programs = catalogue::programs();
    programs.extend(random::programs(random::DEFAULT_SEEDS));
    programs
}

fn run(programs: &[Program], overflow: Overflow) -> Vec<Vec<Outcome>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let native = Native::compile(programs, overflow, folder).unwrap_or_else(|error| panic!("{error}"));
    let inputs: Vec<Inputs> = programs.iter().map(Inputs::of).collect();
    native.run(programs, &inputs).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn there_are_enough_programs_with_names_of_their_own() {
    let programs = all();
    let names: HashSet<&str> = programs.iter().map(|program| program.name.as_str()).collect();
    assert_eq!(names.len(), programs.len());
    assert!(programs.len() >= 1000, "{} programs", programs.len());
}

#[test]
fn every_program_compiles_ends_and_gives_more_than_one_result() {
    let programs = all();
    let outcomes = run(&programs, Overflow::Faults);
    let dull: Vec<&str> = programs
        .iter()
        .zip(&outcomes)
        .filter(|(program, _)| !program.name.starts_with("random"))
        .filter(|(_, outcomes)| outcomes.iter().all(|outcome| *outcome == outcomes[0]))
        .map(|(program, _)| program.name.as_str())
        .collect();
    assert!(dull.is_empty(), "always the same result: {dull:?}");
    let faults = outcomes.iter().flatten().filter(|outcome| matches!(outcome, Outcome::Fault(_))).count();
    let all: usize = outcomes.iter().map(Vec::len).sum();
    assert!(faults * 3 < all, "{faults} of {all} runs fault: too few compute anything");
}

#[test]
fn arithmetic_faults_with_checks_and_wraps_without() {
    let programs = catalogue::programs();
    let place = programs.iter().position(|program| program.name == "add_i8").expect("the program is there");
    let program = &programs[place..=place];
    let row = Inputs::of(&program[0]).rows.iter().position(|row| row == &[0x7f, 0x01]).expect("an edge");
    assert!(matches!(run(program, Overflow::Faults)[0][row], Outcome::Fault(_)));
    assert_eq!(run(program, Overflow::Wraps)[0][row], Outcome::Value(vec![0x80]));
}
