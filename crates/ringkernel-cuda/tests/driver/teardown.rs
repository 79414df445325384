//! Ending a context: when all is well, under a grid that never ends, and what is left of it afterwards.

use std::sync::Arc;
use std::thread;

use ringkernel_core::sync::atomic::Ordering;
use ringkernel_cuda::driver::{DeviceBuffer, DriverError, MappedBuffer};

use crate::support::{LONG, Running, context, launch, load, wait_for};

/// Says that it is there, and then never ends and never makes way.
const STUCK: &str = r#"
extern "C" __global__ void rk_grid(unsigned* words) {
    if (threadIdx.x != 0) return;
    rk_store_release_sys(words + blockIdx.x, 1);
    volatile unsigned turns = 0;
    for (;;) turns = turns + 1;
}
"#;

#[test]
fn everything_of_an_ended_context_says_so_and_mapped_memory_stays() {
    let Some(context) = context() else { return };
    let module = load(&context, STUCK);
    let function = module.function("rk_grid").unwrap();
    let stream = context.stream().unwrap();
    let buffer = DeviceBuffer::zeroed(&context, 8).unwrap();
    let words = MappedBuffer::zeroed(&context, 4).unwrap();
    words.words()[2].store(7, Ordering::Relaxed);
    context.clone().destroy(LONG).unwrap();
    let answers = [
        context.memory().map(drop),
        context.is_running().map(drop),
        context.stream().map(drop),
        module.function("rk_grid").map(drop),
        function.registers().map(drop),
        stream.wait(LONG),
        buffer.write(&stream, 0, &[1]),
        launch(&stream, &function, 1, 0),
        DeviceBuffer::zeroed(&context, 8).map(drop),
        MappedBuffer::zeroed(&context, 8).map(drop),
    ];
    assert_eq!(answers, answers.clone().map(|_| Err(DriverError::Ended)));
    assert_eq!(words.words()[2].load(Ordering::Relaxed), 7);
    assert_eq!(context.destroy(LONG), Ok(()), "ending it again changes nothing");
}

#[test]
fn a_stuck_grid_is_ended_with_its_context_and_nobody_hangs() {
    let Some(context) = context() else { return };
    let stream = Arc::new(context.stream().unwrap());
    let words = MappedBuffer::zeroed(&context, 4).unwrap();
    let function = load(&context, STUCK).function("rk_grid").unwrap();
    launch(&stream, &function, 2, words.device_address()).unwrap();
    wait_for(&words.words()[0], 1);
    wait_for(&words.words()[1], 1);
    let waiting = thread::spawn({
        let stream = stream.clone();
        move || stream.wait(LONG)
    });
    context.destroy(LONG).unwrap();
    let waited = waiting.join().unwrap();
    assert!(matches!(waited, Err(DriverError::Ended)), "{waited:?}");
    words.words()[3].store(9, Ordering::Relaxed);
    assert_eq!(words.words()[3].load(Ordering::Relaxed), 9, "the host's memory is the host's");
    drop((words, function, stream));
    let again = crate::support::context().unwrap();
    let running = Running::start(&again);
    assert_eq!(running.double(8), 16, "the device is there for others");
    running.stop();
}

#[test]
fn dropping_everything_while_a_grid_runs_waits_for_nothing() {
    let Some(context) = context() else { return };
    let running = Running::start(&context);
    let buffer = thread::spawn({
        let context = context.clone();
        move || context.memory()
    });
    buffer.join().unwrap().unwrap();
    // Also stops the grid, at some later time.
    drop((running, context));
    assert!(crate::support::context().is_some());
}
