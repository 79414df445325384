//! Device memory, and copies from, to and within it.

use ringkernel_core::RingKernelError;
use ringkernel_cuda::driver::{Context, DeviceBuffer, DriverError};

use crate::support::{Running, context};

/// More than is copied at a time, and no multiple of anything.
const MANY: usize = 1_000_003;

fn pattern(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 31 + index / 251) as u8).collect()
}

#[test]
fn fresh_memory_is_zero_and_keeps_what_is_written() {
    let Some(context) = context() else { return };
    let stream = context.stream().unwrap();
    for size in [0, 1, 4096, MANY] {
        let buffer = DeviceBuffer::zeroed(&context, size).unwrap();
        assert_eq!((buffer.size(), buffer.address() % 256), (size, 0));
        let mut bytes = vec![1; size];
        buffer.read(&stream, 0, &mut bytes).unwrap();
        assert_eq!(bytes, vec![0; size]);
        let written = pattern(size);
        buffer.write(&stream, 0, &written).unwrap();
        buffer.read(&stream, 0, &mut bytes).unwrap();
        assert_eq!(bytes, written);
    }
}

#[test]
fn parts_are_copied_to_their_place() {
    let Some(context) = context() else { return };
    let stream = context.stream().unwrap();
    let buffer = DeviceBuffer::zeroed(&context, MANY).unwrap();
    buffer.write(&stream, 300_000, &pattern(600_000)).unwrap();
    let mut bytes = vec![0; 3];
    buffer.read(&stream, 300_100, &mut bytes).unwrap();
    assert_eq!(bytes, pattern(103)[100..]);
    let other = DeviceBuffer::zeroed(&context, 400_000).unwrap();
    other.copy_from(&stream, &buffer, 400_000).unwrap();
    let mut copied = vec![0; 400_000];
    other.read(&stream, 0, &mut copied).unwrap();
    assert!(copied[..300_000].iter().all(|byte| *byte == 0));
    assert_eq!(copied[300_000..], pattern(100_000));
}

#[test]
fn bytes_outside_of_a_buffer_are_refused() {
    let Some(context) = context() else { return };
    let stream = context.stream().unwrap();
    let buffer = DeviceBuffer::zeroed(&context, 8).unwrap();
    let larger = DeviceBuffer::zeroed(&context, 16).unwrap();
    for (at, bytes) in [(0, 9), (8, 1), (9, 0), (usize::MAX, 1)] {
        let expected = Err(DriverError::OutOfBounds { at, bytes, size: 8 });
        assert_eq!(buffer.write(&stream, at, &vec![0; bytes]), expected);
        assert_eq!(buffer.read(&stream, at, &mut vec![0; bytes]), expected);
    }
    let expected = Err(DriverError::OutOfBounds { at: 0, bytes: 9, size: 8 });
    assert_eq!(buffer.copy_from(&stream, &larger, 9), expected);
    assert_eq!(larger.copy_from(&stream, &buffer, 9), expected);
}

#[test]
fn bytes_are_copied_within_a_buffer_and_set_to_zero() {
    let Some(context) = context() else { return };
    let stream = context.stream().unwrap();
    let buffer = DeviceBuffer::zeroed(&context, 1000).unwrap();
    buffer.write(&stream, 100, &pattern(300)).unwrap();
    buffer.copy_within(&stream, 100, 400, 300).unwrap();
    buffer.copy_within(&stream, 250, 0, 100).unwrap();
    buffer.zero(&stream, 500, 50).unwrap();
    let mut bytes = vec![0; 1000];
    buffer.read(&stream, 0, &mut bytes).unwrap();
    let mut expected = vec![0; 1000];
    expected[..100].copy_from_slice(&pattern(300)[150..250]);
    expected[100..400].copy_from_slice(&pattern(300));
    expected[400..700].copy_from_slice(&pattern(300));
    expected[500..550].fill(0);
    assert_eq!(bytes, expected);
    let overlapping = buffer.copy_within(&stream, 100, 399, 300);
    assert_eq!(overlapping, Err(DriverError::Overlapping { from: 100, to: 399, bytes: 300 }));
    let outside = buffer.copy_within(&stream, 0, 901, 100);
    assert_eq!(outside, Err(DriverError::OutOfBounds { at: 901, bytes: 100, size: 1000 }));
    let outside = buffer.zero(&stream, 1000, 1);
    assert_eq!(outside, Err(DriverError::OutOfBounds { at: 1000, bytes: 1, size: 1000 }));
    for nothing in [buffer.copy_within(&stream, 1000, 1000, 0), buffer.zero(&stream, 1000, 0)] {
        nothing.unwrap();
    }
}

#[test]
fn contexts_are_not_mixed() {
    let (Some(context), Some(other)) = (context(), context()) else { return };
    let buffer = DeviceBuffer::zeroed(&context, 8).unwrap();
    let stream = other.stream().unwrap();
    assert_eq!(buffer.write(&stream, 0, &[1]), Err(DriverError::Foreign { what: "the stream" }));
}

#[test]
fn more_memory_than_there_is_is_refused_with_its_size() {
    let Some(context) = context() else { return };
    for size in [usize::MAX, 1 << 62, context.description().total_memory + 1] {
        let error = DeviceBuffer::zeroed(&context, size).map(drop).unwrap_err();
        assert!(
            matches!(error, DriverError::OutOfMemory { requested, .. } if requested == size),
            "{error:?}"
        );
        let error = RingKernelError::from(error);
        assert!(matches!(error, RingKernelError::ResourceExhausted { .. }), "{error:?}");
        assert!(error.to_string().contains(&size.to_string()), "{error}");
    }
}

#[test]
fn copies_run_beside_a_grid_and_memory_waits_for_its_end() {
    let Some(context) = context() else { return };
    let stream = context.stream().unwrap();
    // More than the tests beside this one have at a time, since the device says what all of them have left.
    const LARGE: usize = 256 << 20;
    let (kept, dropped) =
        (DeviceBuffer::zeroed(&context, MANY).unwrap(), DeviceBuffer::zeroed(&context, LARGE).unwrap());
    let free = |context: &Context| context.memory().unwrap().0;
    let running = Running::start(&context);
    let (written, mut bytes) = (pattern(MANY), vec![0; MANY]);
    kept.write(&stream, 0, &written).unwrap();
    kept.read(&stream, 0, &mut bytes).unwrap();
    assert_eq!(bytes, written);
    assert_eq!(running.double(4), 8);
    let busy = [DeviceBuffer::zeroed(&context, 8).map(drop), kept.write(&running.stream, 0, &[1])];
    for error in busy {
        assert!(matches!(error, Err(DriverError::Busy { .. })), "{error:?}");
    }
    let before = free(&context);
    drop(dropped);
    assert_eq!(running.double(5), 10, "dropping did not wait");
    assert!(free(&context) < before + LARGE / 2, "it is not freed under the grid");
    running.stop();
    assert!(free(&context) > before + LARGE / 2, "it is freed when the grid has been seen to end");
    kept.write(&running.stream, 0, &[1]).unwrap();
}
