//! Device memory: growing, bounds, counts, and buffers for users.

use ringkernel::memory::DeviceMemory;
use ringkernel_testkit::cases::memory;
use ringkernel_wgpu::device::{DeviceError, Span, StagingRing, StorageBuffer, WgpuMemory};

use crate::support::{adding, device, read, words};

#[test]
fn a_buffer_that_grows_keeps_what_it_holds() {
    let Some(device) = device() else { return };
    let (layout, pipeline) = adding(&device, 0.0);
    let mut sums = StorageBuffer::new(&device, "sums", 8).expect("8 bytes");
    let amounts = StorageBuffer::new(&device, "amounts", 4).expect("4 bytes");
    amounts.write(0, &words(&[1])).expect("it lies inside");
    let mut bindings = layout.bind(&[&sums, &amounts]).expect("both are there");
    sums.write(0, &words(&[7, 8])).expect("it lies inside");
    assert_eq!(sums.grow(8), Ok(false));
    assert_eq!(bindings.refresh(&[&sums, &amounts]), Ok(false));
    assert_eq!(sums.grow(16), Ok(true));
    assert_eq!((sums.bytes(), sums.growths()), (16, 1));
    assert_eq!(bindings.refresh(&[&sums, &amounts]), Ok(true));
    sums.write(12, &words(&[9])).expect("it lies inside now");
    let mut recorder = device.record("add");
    let mut pass = recorder.pass();
    pass.set(&pipeline, &bindings);
    pass.dispatch([1, 1, 1]);
    drop(pass);
    recorder.submit().expect("all of it is allowed");
    assert_eq!(read(&device, &sums), [8, 9, 1, 10]);
}

#[test]
fn more_memory_than_a_program_can_reach_is_refused() {
    let Some(device) = device() else { return };
    let limit = device.capabilities().binding_bytes_max;
    let mut buffer = StorageBuffer::new(&device, "small", 8).expect("8 bytes");
    for bytes in [limit + 4, u64::MAX] {
        for error in [
            StorageBuffer::new(&device, "small", bytes).expect_err("too much"),
            buffer.grow(bytes).expect_err("too much"),
        ] {
            let DeviceError::Exhausted { what, reason, .. } = &error else { panic!("{error:?}") };
            assert_eq!(what, "small");
            assert!(reason.contains(&limit.to_string()), "{reason}");
        }
    }
    assert_eq!((buffer.bytes(), buffer.growths()), (8, 0));
}

#[test]
fn accesses_outside_of_a_buffer_or_between_words_are_refused() {
    let Some(device) = device() else { return };
    let buffer = StorageBuffer::new(&device, "small", 8).expect("8 bytes");
    let other = StorageBuffer::new(&device, "other", 64).expect("64 bytes");
    let ring = StagingRing::new(&device, 3);
    let mut recorder = device.record("refused");
    let mut outside = vec![buffer.write(8, &[0; 4]), buffer.write(u64::MAX - 3, &[0; 4])];
    outside.push(recorder.copy(&other, 0, &buffer, 0, 12));
    outside.push(recorder.clear(&buffer, 4, 8));
    outside.push(recorder.read_back(&ring, &[Span { buffer: &buffer, offset: 4, bytes: 8 }]).map(drop));
    for error in outside {
        assert!(matches!(error, Err(DeviceError::OutOfBounds { size: 8, .. })), "{error:?}");
    }
    for error in [buffer.write(2, &[0; 4]), buffer.write(0, &[0; 3]), recorder.clear(&buffer, 0, 2)] {
        assert!(matches!(error, Err(DeviceError::Unaligned { .. })), "{error:?}");
    }
    assert_eq!(buffer.write(8, &[]), Ok(()));
}

#[test]
fn memory_in_use_is_counted_and_given_back() {
    let Some(device) = device() else { return };
    assert_eq!(device.ledger().bytes(), 0);
    let mut buffer = StorageBuffer::new(&device, "buffer", 1000).expect("1000 bytes");
    assert_eq!(device.ledger().bytes(), 1000);
    buffer.grow(4000).expect("4000 bytes");
    assert_eq!(device.ledger().bytes(), 4000);
    let _ = read(&device, &buffer);
    assert_eq!(device.ledger().bytes(), 4000, "the staging buffer is gone with its ring");
    drop(buffer);
    assert_eq!(device.ledger().bytes(), 0);
}

#[test]
fn buffers_for_users_behave_as_on_every_backend() {
    let Some(device) = device() else { return };
    let users = WgpuMemory::new(&device);
    memory::check_copies(&users);
    memory::check_refusals(&users);
    memory::check_counts(&users, &|| device.ledger().bytes());
    let device = users.allocate(64).expect("64 bytes").device_ptr();
    assert_eq!(device, 0, "WebGPU gives no addresses away");
}
