//! Scalar kernels: messages, states, arithmetic that faults, loops.

use ringkernel_codegen::wgsl::Kernels;

use super::device::{print, run};
use super::scalars::{add, adder, counter, words};

#[test]
fn an_adder_is_short_text() {
    insta::assert_snapshot!(print(&adder(), Kernels::Scalar).text);
}

#[test]
fn an_adder_answers_the_sum_and_faults_on_overflow() {
    let module = adder();
    let Some(outcome) = run(&module, Kernels::Scalar, 0, &words(&[2, 40]), &[]) else { return };
    assert_eq!(outcome.fault, [0; 4]);
    assert_eq!(outcome.sent.len(), 1);
    let answer = &outcome.sent[0];
    assert_eq!((answer.op, answer.message, answer.priority), (0, 1, 128));
    assert_eq!(answer.payload, words(&[42]));

    let outcome = run(&module, Kernels::Scalar, 0, &words(&[u32::MAX, 1]), &[]).expect("it ran before");
    assert_eq!(outcome.fault, [4, 0, 0, 7]);
    assert_eq!(outcome.sent, []);
}

#[test]
fn a_counter_is_readable_text() {
    insta::assert_snapshot!(print(&counter(), Kernels::Scalar).text);
}

#[test]
fn parts_of_words_in_a_state_change_alone() {
    let module = counter();
    let state = [1, 0, 0x0403_0201, 0x0000_0605];
    let Some(outcome) = run(&module, Kernels::Scalar, 0, &add(4, 3, 20), &state) else { return };
    assert_eq!(outcome.fault, [0; 4]);
    assert_eq!(outcome.state, [0xffff_fffe, 0xffff_ffff, 0x0403_0201, 0x0000_0641]);
}

#[test]
fn bad_indices_and_overflow_fault_at_their_line() {
    let module = counter();
    let state = [1, 0, 0x0403_0201, 0x0000_0605];
    for (message, fault) in [
        (add(6, 1, 1), [2, 0, 0, 6]),
        (add(-1, 1, 1), [4, 0, 0, 4]),
        (add(1 << 40, 1, 1), [4, 0, 0, 4]),
        (add(0, 13, 20), [4, 0, 0, 6]),
    ] {
        let Some(outcome) = run(&module, Kernels::Scalar, 0, &message, &state) else { return };
        assert_eq!(outcome.fault, fault);
    }
}
