//! Memory that host and device both access.

use ringkernel_core::RingKernelError;
use ringkernel_core::sync::atomic::Ordering;
use ringkernel_cuda::CudaMappedBuffer;
use ringkernel_cuda::driver::{DriverError, MappedBuffer};

use crate::support::{Running, context};

#[test]
fn words_are_zero_and_aligned_on_both_sides() {
    let Some(context) = context() else { return };
    for count in [0, 1, 1024, 100_001] {
        let words = MappedBuffer::zeroed(&context, count).unwrap();
        assert_eq!(words.words().len(), count);
        assert!(words.words().iter().all(|word| word.load(Ordering::Relaxed) == 0));
        assert!(words.words().as_ptr().addr().is_multiple_of(4096));
        assert!(words.device_address().is_multiple_of(4096));
    }
}

#[test]
fn a_running_grid_and_the_host_talk_through_them() {
    let Some(context) = context() else { return };
    let running = Running::start(&context);
    for number in 1..=500 {
        assert_eq!(running.double(number), number * 2);
    }
    assert_eq!(running.stream.is_done(), Ok(false));
    running.stop();
    assert_eq!(running.stream.is_done(), Ok(true));
}

#[test]
fn memory_is_not_mapped_while_a_grid_runs_and_stays_until_its_end() {
    let Some(context) = context() else { return };
    let other = MappedBuffer::zeroed(&context, 1024).unwrap();
    let running = Running::start(&context);
    let error = MappedBuffer::zeroed(&context, 16).map(drop).unwrap_err();
    assert!(matches!(error, DriverError::Busy { .. }), "{error:?}");
    drop(other);
    assert_eq!(running.double(3), 6);
    running.stop();
    MappedBuffer::zeroed(&context, 16).unwrap();
}

#[test]
fn more_words_than_there_are_addresses_are_refused() {
    let Some(context) = context() else { return };
    for count in [usize::MAX, usize::MAX / 4, 1 << 60] {
        let error = MappedBuffer::zeroed(&context, count).map(drop).unwrap_err();
        assert!(matches!(error, DriverError::OutOfMemory { .. }), "{error:?}");
    }
}

#[test]
fn values_are_defaults_at_first_and_the_hosts_to_change() {
    let Some(context) = context() else { return };
    let mut values = CudaMappedBuffer::<f64>::new(&context, 1_000).unwrap();
    assert_eq!((values.len(), values.is_empty(), values.size_bytes()), (1_000, false, 8_000));
    assert!(values.device_ptr() != 0 && values.device_ptr().is_multiple_of(4096));
    assert!(values.as_slice().iter().all(|value| *value == 0.0));
    values.as_mut_slice()[999] = 2.5;
    assert_eq!(values.as_slice()[998..], [0.0, 2.5]);
    let error = CudaMappedBuffer::<u32>::new(&context, 0).unwrap_err();
    assert!(matches!(error, RingKernelError::InvalidConfig(_)), "{error:?}");
    for count in [usize::MAX, 1 << 60] {
        let error = CudaMappedBuffer::<u32>::new(&context, count).unwrap_err();
        assert!(matches!(error, RingKernelError::ResourceExhausted { .. }), "{error:?}");
    }
}

#[test]
fn values_are_not_mapped_while_a_grid_runs_and_outlive_the_context() {
    let Some(context) = context() else { return };
    let values = CudaMappedBuffer::<u32>::new(&context, 3).unwrap();
    let running = Running::start(&context);
    CudaMappedBuffer::<u32>::new(&context, 3).unwrap_err();
    running.stop();
    drop(context);
    assert_eq!(values.as_slice(), [0; 3]);
}
