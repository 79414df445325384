//! Which handler a message is for: the ids that messages name are the labels of a switch.

use ringkernel_codegen::wgsl::Kernels;

use super::device::print;
use super::dispatched::dispatched;

#[test]
fn the_ids_of_handlers_are_the_labels() {
    insta::assert_snapshot!(print(&dispatched(), Kernels::Scalar).dispatch);
}
