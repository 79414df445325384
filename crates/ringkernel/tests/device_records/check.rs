//! Kernels with every kind of name are linked and printed.

use ringkernel::codegen::{check_registered, link};
use ringkernel::context::K2KRefusal;
use ringkernel::message::{MessageField, TypeLayout};
use ringkernel::prelude::*;

#[test]
fn refusals_have_one_number_on_every_side() {
    let TypeLayout::Enum(layout) = K2KRefusal::LAYOUT else { panic!("an enum") };
    let numbers: Vec<_> = link::REFUSALS.iter().map(|(name, number)| (*name, i128::from(*number))).collect();
    assert_eq!(layout.variants, numbers);
}

#[test]
fn every_name_is_linked() {
    check_registered(Backend::Auto).unwrap_or_else(|error| panic!("{error}"));
}
