//! The programs have every operator, method, cast and form of the device subset between them.

use ringkernel_difftest::{catalogue, coverage};

#[test]
fn every_form_occurs_for_every_type() {
    let programs = catalogue::programs();
    let (required, found) = (coverage::required_forms(), coverage::forms(&programs));
    assert!(required.len() > 700, "only {} forms are required", required.len());
    let missing = coverage::missing(&required, &found);
    assert!(missing.is_empty(), "{} are missing: {missing:#?}", missing.len());
}

#[test]
fn a_form_that_no_program_has_is_missed() {
    let programs: Vec<_> =
        catalogue::programs().into_iter().filter(|program| !program.name.starts_with("questions")).collect();
    let missing = coverage::missing(&coverage::required_forms(), &coverage::forms(&programs));
    assert!(missing.contains(&"? of i8".to_owned()), "{missing:?}");
}
