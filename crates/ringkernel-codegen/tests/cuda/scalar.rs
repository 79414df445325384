//! Scalar kernels: messages, states, arithmetic that faults, loops.

use ringkernel_codegen::cuda::host::Services;

use super::scalars::{add, adder, counter, words};
use super::target::{fault, host, print, run};

#[test]
fn an_adder_is_short_text() {
    insta::assert_snapshot!(print(&adder()).text);
}

#[test]
fn an_adder_answers_the_sum_and_faults_on_overflow() {
    let Some(program) = host(&print(&adder())) else { return };
    let mut services = Services::default();
    let outcome = run(&program, 0, &[], &words(&[2, 40]), &mut services);
    assert_eq!(outcome.faults, []);
    assert_eq!(services.sent.len(), 1);
    let answer = &services.sent[0];
    assert_eq!((answer.op, answer.message, answer.priority), (0, 1, 128));
    assert_eq!(answer.payload, words(&[42]));

    let outcome = run(&program, 0, &[], &words(&[u32::MAX, 1]), &mut services);
    assert_eq!(fault(&outcome), Some((4, 0, 7)));
    assert_eq!(services.sent, []);
}

#[test]
fn a_counter_is_readable_text() {
    insta::assert_snapshot!(print(&counter()).text);
}

#[test]
fn parts_of_a_state_change_alone() {
    let Some(program) = host(&print(&counter())) else { return };
    let state = words(&[1, 0, 0x0403_0201, 0x0000_0605]);
    let outcome = run(&program, 0, &state, &add(4, 3, 20), &mut Services::default());
    assert_eq!(outcome.faults, []);
    assert_eq!(outcome.state, words(&[0xffff_fffe, 0xffff_ffff, 0x0403_0201, 0x0000_0641]));
}

#[test]
fn bad_indices_and_overflow_fault_at_their_line() {
    let Some(program) = host(&print(&counter())) else { return };
    let state = words(&[1, 0, 0x0403_0201, 0x0000_0605]);
    // A `usize` has 64 bits here, so that only the array refuses what is too large.
    for (message, expected) in [
        (add(6, 1, 1), (2, 0, 6)),
        (add(-1, 1, 1), (2, 0, 6)),
        (add(1 << 40, 1, 1), (2, 0, 6)),
        (add(0, 13, 20), (4, 0, 6)),
    ] {
        let outcome = run(&program, 0, &state, &message, &mut Services::default());
        assert_eq!(fault(&outcome), Some(expected));
    }
}
