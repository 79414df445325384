//! Kernels with every kind of name are linked and printed.

use ringkernel::codegen::check_registered;
use ringkernel::prelude::*;

#[test]
fn every_name_is_linked() {
    check_registered(Backend::Auto).unwrap_or_else(|error| panic!("{error}"));
}
