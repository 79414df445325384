//! Launching grids, and what comes of those that fail.

use std::time::Duration;

use ringkernel_core::RingKernelError;
use ringkernel_cuda::driver::{DeviceBuffer, DriverError};

use crate::support::{LONG, Running, context, launch, load};

/// Every lane adds its number in the grid to the first word.
const ADDING: &str = r#"
extern "C" __global__ void rk_grid(unsigned* words) {
    atomicAdd(words, blockIdx.x * blockDim.x + threadIdx.x);
}
"#;

const TRAPPING: &str = r#"extern "C" __global__ void rk_grid(unsigned* words) { __trap(); }"#;

#[test]
fn every_lane_of_a_grid_runs_with_the_argument() {
    let Some(context) = context() else { return };
    let function = load(&context, ADDING).function("rk_grid").unwrap();
    let stream = context.stream().unwrap();
    let words = DeviceBuffer::zeroed(&context, 8).unwrap();
    for _ in 0..3 {
        launch(&stream, &function, 3, words.address()).unwrap();
        stream.wait(LONG).unwrap();
    }
    let mut sum = [0; 4];
    words.read(&stream, 0, &mut sum).unwrap();
    assert_eq!(u32::from_le_bytes(sum), 3 * (0..96).sum::<u32>());
    assert_eq!(context.is_running(), Ok(false));
}

#[test]
fn a_grid_whose_blocks_do_not_all_fit_says_how_many_do() {
    let Some(context) = context() else { return };
    let function = load(&context, ADDING).function("rk_grid").unwrap();
    let stream = context.stream().unwrap();
    let words = DeviceBuffer::zeroed(&context, 8).unwrap();
    let at_most = function.max_resident_blocks(32, 0).unwrap();
    let error = launch(&stream, &function, at_most + 1, words.address()).unwrap_err();
    assert_eq!(error, DriverError::TooManyBlocks { blocks: at_most + 1, threads: 32, at_most });
    launch(&stream, &function, at_most, words.address()).unwrap();
    stream.wait(LONG).unwrap();
}

#[test]
fn one_grid_runs_at_a_time() {
    let Some(context) = context() else { return };
    let function = load(&context, ADDING).function("rk_grid").unwrap();
    let stream = context.stream().unwrap();
    let words = DeviceBuffer::zeroed(&context, 8).unwrap();
    let running = Running::start(&context);
    assert_eq!(context.is_running(), Ok(true));
    let error = launch(&stream, &function, 1, words.address()).unwrap_err();
    assert!(matches!(error, DriverError::Busy { .. }), "{error:?}");
    let error = running.stream.wait(Duration::from_millis(20)).unwrap_err();
    assert!(matches!(error, DriverError::Timeout { .. }), "{error:?}");
    running.stop();
    launch(&stream, &function, 1, words.address()).unwrap();
    stream.wait(LONG).unwrap();
}

#[test]
fn the_function_of_another_context_is_refused() {
    let (Some(context), Some(other)) = (context(), context()) else { return };
    let function = load(&other, ADDING).function("rk_grid").unwrap();
    let error = launch(&context.stream().unwrap(), &function, 1, 0).unwrap_err();
    assert_eq!(error, DriverError::Foreign { what: "the function" });
}

#[test]
fn a_context_that_a_program_has_broken_is_lost_and_others_are_not() {
    let (Some(context), Some(other)) = (context(), context()) else { return };
    let function = load(&context, TRAPPING).function("rk_grid").unwrap();
    let stream = context.stream().unwrap();
    let buffer = DeviceBuffer::zeroed(&context, 8).unwrap();
    launch(&stream, &function, 1, buffer.address()).unwrap();
    let error = stream.wait(LONG).unwrap_err();
    // Some drivers call it an illegal instruction.
    let DriverError::Lost(failure) = &error else { panic!("{error:?}") };
    let name =
        if failure.code == 715 { "CUDA_ERROR_ILLEGAL_INSTRUCTION" } else { "CUDA_ERROR_LAUNCH_FAILED" };
    assert!(error.to_string().contains(name), "{error}");
    assert!(matches!(RingKernelError::from(error), RingKernelError::DeviceLost { .. }));
    let later = [
        buffer.write(&stream, 0, &[1]),
        DeviceBuffer::zeroed(&context, 8).map(drop),
        launch(&stream, &function, 1, buffer.address()),
        stream.is_done().map(drop),
    ];
    for error in later {
        assert!(matches!(error, Err(DriverError::Lost(_))), "{error:?}");
    }
    drop(buffer);
    context.destroy(LONG).unwrap();
    let running = Running::start(&other);
    assert_eq!(running.double(6), 12);
    running.stop();
}
