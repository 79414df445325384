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

#[test]
fn every_cell_of_the_typed_language_occurs() {
    let programs = catalogue::programs();
    let found = coverage::found_cells(&programs);
    let cells = coverage::typed_cells();
    assert!(cells.len() > 600, "only {} cells are in the language", cells.len());
    let (never, mut required): (coverage::Table, coverage::Table) =
        cells.into_iter().partition(|(name, ty)| coverage::never_made(name, ty).is_some());
    required.extend(coverage::required_shapes());
    let missing = coverage::missing(&required, &found);
    assert!(missing.is_empty(), "{} are missing: {missing:#?}", missing.len());
    let made: Vec<_> = never.intersection(&found).collect();
    assert!(made.is_empty(), "they are said never to be made: {made:?}");
}

#[test]
fn every_method_is_called_for_every_type() {
    let required = coverage::required_methods();
    assert!(required.len() > 1000, "only {} methods are required", required.len());
    let missing = coverage::missing(&required, &coverage::called(&catalogue::programs()));
    assert!(missing.is_empty(), "{} are missing: {missing:#?}", missing.len());
}

#[test]
fn a_method_and_a_cell_that_no_program_has_are_missed() {
    let kept = |start: &'static str| -> Vec<_> {
        catalogue::programs().into_iter().filter(|program| !program.name.starts_with(start)).collect()
    };
    let missing = coverage::missing(&coverage::required_methods(), &coverage::called(&kept("sizes_pow")));
    assert_eq!(missing, ["Number::pow of usize"]);
    let found = coverage::found_cells(&kept("mul_add"));
    let missing = coverage::missing(&coverage::typed_cells(), &found);
    assert!(missing.contains(&"MulAdd of f32".to_owned()), "{missing:?}");
}
