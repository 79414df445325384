//! Which handler a message is for: the ids that messages name are the labels of a switch.

use ringkernel_codegen::validate::validate;

use super::dispatched::dispatched;
use super::target::print;

#[test]
fn the_ids_of_handlers_are_the_labels() {
    let program = print(&dispatched());
    insta::assert_snapshot!(program.dispatch);
    assert_eq!(program.handlers.len(), 6);
}

#[test]
fn a_kernel_with_two_handlers_of_one_id_is_no_program() {
    validate(&dispatched()).expect("two kernels may share an id");
    let mut module = dispatched();
    let withdraw = module.kernels[0].handlers[2].clone();
    module.kernels[1].handlers.push(withdraw);
    let invalid = validate(&module).expect_err("one kernel may not");
    assert!(invalid.to_string().contains("two handlers of one id"), "{invalid}");
}
