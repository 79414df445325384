//! Launches that end by themselves, one by one and prepared.

use ringkernel_cuda::driver::{DeviceBuffer, DriverError, Function, Stream};

use crate::support::{LONG, Running, context, load};

/// Every lane adds one to the first word.
const COUNTING: &str = r#"extern "C" __global__ void rk_count(unsigned* words) { atomicAdd(words, 1u); }"#;

/// More blocks than the device runs at the same time.
const BLOCKS: u32 = 40;

fn launch(stream: &Stream, function: &Function, argument: u64) -> Result<(), DriverError> {
    // SAFETY: The text takes the address of a buffer that the tests keep until the launch has ended.
    unsafe { stream.launch(function, BLOCKS, 32, 0, argument) }
}

fn first_word(buffer: &DeviceBuffer, stream: &Stream) -> u32 {
    let mut bytes = [0; 4];
    buffer.read(stream, 0, &mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}

#[test]
fn more_blocks_than_fit_at_a_time_all_run() {
    let Some(context) = context() else { return };
    let function = load(&context, COUNTING).function("rk_count").unwrap();
    let stream = context.stream().unwrap();
    let words = DeviceBuffer::zeroed(&context, 4).unwrap();
    for _ in 0..3 {
        launch(&stream, &function, words.address()).unwrap();
    }
    stream.wait(LONG).unwrap();
    assert_eq!(first_word(&words, &stream), 3 * BLOCKS * 32);
}

#[test]
fn a_prepared_launch_does_the_same_each_time_and_nothing_before() {
    let Some(context) = context() else { return };
    let function = load(&context, COUNTING).function("rk_count").unwrap();
    let stream = context.stream().unwrap();
    let words = DeviceBuffer::zeroed(&context, 4).unwrap();
    // SAFETY: The text takes the address of this buffer, which stays until the end of the test.
    let graph = unsafe { stream.prepare(&function, BLOCKS, 32, 0, words.address()) }.unwrap();
    drop(function);
    assert_eq!(first_word(&words, &stream), 0);
    for round in 1..=3 {
        // SAFETY: As above.
        unsafe { stream.launch_graph(&graph) }.unwrap();
        stream.wait(LONG).unwrap();
        assert_eq!(first_word(&words, &stream), round * BLOCKS * 32);
    }
}

#[test]
fn what_belongs_to_another_context_or_would_wait_for_a_grid_is_refused() {
    let (Some(context), Some(other)) = (context(), context()) else { return };
    let function = load(&context, COUNTING).function("rk_count").unwrap();
    let (stream, foreign) = (context.stream().unwrap(), other.stream().unwrap());
    let words = DeviceBuffer::zeroed(&context, 4).unwrap();
    // SAFETY: The text takes the address of this buffer, which stays until the end of the test.
    let graph = unsafe { stream.prepare(&function, 1, 32, 0, words.address()) }.unwrap();
    assert_eq!(launch(&foreign, &function, 0), Err(DriverError::Foreign { what: "the function" }));
    // SAFETY: It is refused.
    let refused = unsafe { foreign.launch_graph(&graph) };
    assert_eq!(refused, Err(DriverError::Foreign { what: "the graph" }));
    let running = Running::start(&context);
    // SAFETY: It is refused.
    let refused = unsafe { stream.prepare(&function, 1, 32, 0, words.address()) };
    assert!(matches!(refused, Err(DriverError::Busy { .. })), "{refused:?}");
    // Dropped while the grid runs, it waits for the end.
    drop(graph);
    running.stop();
    launch(&stream, &function, words.address()).unwrap();
    stream.wait(LONG).unwrap();
    assert_eq!(first_word(&words, &stream), BLOCKS * 32);
}
