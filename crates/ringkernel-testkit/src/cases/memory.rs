//! Memory for buffers of one's own. The cases of a runtime are those of any [`DeviceMemory`], for tests below a runtime.

use std::thread;

use ringkernel::prelude::*;

use crate::rig::{Factory, Rig};

/// Buffers keep what is copied into them, whatever its size, and nothing else changes.
pub async fn buffers_keep_what_is_copied_into_them(factory: Factory) {
    let rig = Rig::start(factory).await;
    check_copies(&*rig.memory().unwrap());
    rig.finish().await;
}

/// What does not fit, or cannot be, is refused.
pub async fn impossible_buffers_and_copies_are_refused(factory: Factory) {
    let rig = Rig::start(factory).await;
    check_refusals(&*rig.memory().unwrap());
    rig.finish().await;
}

/// Buffers count as memory in use until they are dropped.
pub async fn buffers_are_counted_and_given_back(factory: Factory) {
    let rig = Rig::start(factory).await;
    check_counts(&*rig.memory().unwrap(), &|| {
        let metrics = rig.metrics();
        metrics.host_memory_used + metrics.gpu_memory_used
    });
    rig.finish().await;
}

/// A runtime that has been shut down gives no memory.
pub async fn a_runtime_that_was_shut_down_gives_no_memory(factory: Factory) {
    let rig = Rig::start(factory).await;
    rig.shutdown().await.unwrap();
    assert!(matches!(rig.memory().map(drop), Err(RingKernelError::RuntimeShutDown)));
}

/// Copies of sizes around those of words, shorter ones than the buffer, and several at a time.
pub fn check_copies(memory: &dyn DeviceMemory) {
    for size in [0, 1, 3, 4, 5, 255, 256, 4099] {
        let buffer = memory.allocate(size).unwrap();
        assert_eq!(buffer.size(), size);
        assert_eq!(bytes_of(&*buffer), vec![0; size], "fresh memory is zero");
        let pattern = |seed: usize, count: usize| -> Vec<u8> {
            (0..count).map(|index| (seed + index * 7) as u8 | 1).collect()
        };
        let mut expected = pattern(11, size);
        buffer.copy_from_host(&expected).unwrap();
        assert_eq!(bytes_of(&*buffer), expected);
        for part in [0, 1, 2, 6, size / 2] {
            let part = part.min(size);
            let bytes = pattern(part, part);
            expected[..part].copy_from_slice(&bytes);
            buffer.copy_from_host(&bytes).unwrap();
            assert_eq!(bytes_of(&*buffer), expected, "{part} of {size} bytes");
            let mut shorter = vec![0; part];
            buffer.copy_to_host(&mut shorter).unwrap();
            assert_eq!(shorter, expected[..part]);
        }
    }
    let buffer = memory.allocate(63).unwrap();
    thread::scope(|scope| {
        for byte in 1..=4 {
            let buffer = &buffer;
            scope.spawn(move || {
                for _ in 0..10 {
                    buffer.copy_from_host(&[byte; 63]).unwrap();
                    let bytes = bytes_of(&**buffer);
                    assert!(bytes.iter().all(|other| *other == bytes[0] && *other > 0), "{bytes:?}");
                }
            });
        }
    });
}

/// Copies that do not fit, alignments, and more memory than there is.
pub fn check_refusals(memory: &dyn DeviceMemory) {
    let buffer = memory.allocate(8).unwrap();
    buffer.copy_from_host(&[7; 8]).unwrap();
    for error in [buffer.copy_from_host(&[1; 9]), buffer.copy_to_host(&mut [0; 9])] {
        assert!(matches!(error, Err(RingKernelError::CopyTooLarge { bytes: 9, size: 8 })), "{error:?}");
    }
    assert_eq!(bytes_of(&*buffer), [7; 8], "nothing was copied");
    for align in [1, 4, 64, 256] {
        let buffer = memory.allocate_aligned(100, align).unwrap();
        assert!(buffer.device_ptr().is_multiple_of(align), "{:#x}", buffer.device_ptr());
        buffer.copy_from_host(&[9; 100]).unwrap();
        assert_eq!(bytes_of(&*buffer), [9; 100]);
    }
    for align in [0, 3, 100] {
        let error = memory.allocate_aligned(8, align).map(drop);
        assert!(matches!(error, Err(RingKernelError::InvalidConfig(_))), "{align}: {error:?}");
    }
    for size in [usize::MAX & !3, 1 << 62, 1 << 46] {
        let error = memory.allocate(size).map(drop).expect_err("nobody has as much");
        assert!(matches!(error, RingKernelError::ResourceExhausted { .. }), "{error:?}");
        assert!(error.to_string().contains(&size.to_string()), "{error}");
    }
    assert!(memory.total_memory() > 1 << 20 && memory.free_memory() > 1 << 20);
    assert!(memory.free_memory() <= memory.total_memory());
}

/// What `used` says while buffers are there, and after.
pub fn check_counts(memory: &dyn DeviceMemory, used: &dyn Fn() -> u64) {
    let before = used();
    let first = memory.allocate(1000).unwrap();
    let second = memory.allocate(24).unwrap();
    assert_eq!(used(), before + 1024);
    drop(first);
    assert_eq!(used(), before + 24);
    second.copy_from_host(&[1; 5]).unwrap();
    assert_eq!(bytes_of(&*second)[..6], [1, 1, 1, 1, 1, 0]);
    assert_eq!(used(), before + 24, "copies leave nothing behind");
    drop(second);
    assert_eq!(used(), before);
}

fn bytes_of(buffer: &dyn GpuBuffer) -> Vec<u8> {
    let mut bytes = vec![0xa5; buffer.size()];
    buffer.copy_to_host(&mut bytes).unwrap();
    bytes
}
