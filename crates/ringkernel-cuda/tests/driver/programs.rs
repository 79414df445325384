//! Loading programs and asking about their functions.

use ringkernel_cuda::ahead::ProgramError;
use ringkernel_cuda::driver::{Context, DriverError};

use crate::support::{Running, context, load, try_load};

const EMPTY: &str = r#"extern "C" __global__ void rk_grid(unsigned* words) {}"#;

#[test]
fn a_function_says_what_it_takes() {
    let Some(context) = context() else { return };
    let function = load(&context, EMPTY).function("rk_grid").unwrap();
    assert!(function.registers().unwrap() <= 255);
    assert!(function.local_bytes().unwrap() < 1 << 20);
    assert!(function.max_threads().unwrap() >= 32);
    let few = function.max_resident_blocks(1024, 0).unwrap();
    let many = function.max_resident_blocks(32, 0).unwrap();
    assert!(0 < few && few <= many, "{few} blocks of 1024, {many} of 32");
    assert_eq!(few % context.description().multiprocessors, 0, "as many on each multiprocessor");
}

#[test]
fn more_shared_memory_than_usual_is_allowed_and_too_much_is_refused() {
    let Some(context) = context() else { return };
    let device = context.description();
    let function = load(&context, EMPTY).function("rk_grid").unwrap();
    let most = u32::try_from(device.shared_memory_per_block_optin).unwrap();
    // The program may have some of its own.
    function.allow_shared_memory(most - 1024).unwrap();
    let error = function.allow_shared_memory(most + 1).unwrap_err();
    assert!(matches!(error, DriverError::Refused(_)), "{error:?}");
}

#[test]
fn a_function_that_is_not_there_is_named() {
    let Some(context) = context() else { return };
    let module = load(&context, EMPTY);
    for name in ["nothing", "", "with\0zero"] {
        let error = module.function(name).map(drop).unwrap_err();
        assert_eq!(error, DriverError::NoFunction { name: name.into() });
    }
}

#[test]
fn nothing_is_loaded_while_a_grid_runs() {
    let Some(context) = context() else { return };
    let module = load(&context, EMPTY);
    let function = module.function("rk_grid").unwrap();
    let again = |context: &Context| match try_load(context, EMPTY) {
        Err(ProgramError::Load(mut tried)) => Err(tried.remove(0).1),
        loaded => Ok(loaded.expect("it was compiled before")),
    };
    let running = Running::start(&context);
    let refused = [
        again(&context).map(drop),
        module.function("rk_grid").map(drop),
        function.allow_shared_memory(1024),
        context.stream().map(drop),
    ];
    for error in refused {
        assert!(matches!(error, Err(DriverError::Busy { .. })), "{error:?}");
    }
    assert!(function.max_resident_blocks(32, 0).unwrap() > 0, "questions are answered");
    drop((module, function));
    assert_eq!(running.double(21), 42, "what was dropped did not disturb it");
    running.stop();
    assert!(again(&context).is_ok());
}
