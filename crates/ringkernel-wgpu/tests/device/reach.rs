//! Buffers that the host reads and writes in place, where it can: they hold the same as those that are copied.

use ringkernel_wgpu::device::{AdapterKind, DeviceError, Loss, StorageBuffer, Waited};

use crate::support::{LONG, adding, devices, read, words};

/// Words of a buffer, looked at in place or read back.
fn content(device: &ringkernel_wgpu::device::Device, buffer: &StorageBuffer) -> Vec<u32> {
    let in_place = buffer.look(0, buffer.bytes(), |bytes| {
        bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
    });
    let in_place: Option<Vec<u32>> = in_place.expect("it lies inside");
    assert_eq!(in_place.is_some(), device.capabilities().in_reach);
    let copied = read(device, buffer);
    assert!(in_place.is_none_or(|in_place| in_place == copied));
    copied
}

#[test]
fn only_a_device_that_the_processor_imitates_is_reached_in_place() {
    let devices = devices();
    let [device, apart] = &devices[..] else { return };
    let imitated = device.description().kind == AdapterKind::Software;
    assert!(imitated || !device.capabilities().in_reach);
    assert!(!apart.capabilities().in_reach);
}

#[test]
fn the_host_and_programs_take_turns_at_a_buffer() {
    for device in devices() {
        let (layout, pipeline) = adding(&device, 0.0);
        let sums = StorageBuffer::in_reach(&device, "sums", 20).expect("20 bytes");
        let amounts = StorageBuffer::in_reach(&device, "amounts", 4).expect("4 bytes");
        let bindings = layout.bind(&[&sums, &amounts]).expect("both are there");
        assert_eq!(content(&device, &sums), [0; 5]);
        for round in 1..6_u32 {
            amounts.write(0, &words(&[round])).expect("it lies inside");
            // Neither the first word nor the second one of eight bytes is special.
            sums.write(4, &words(&[100 * round, 7])).expect("it lies inside");
            let mut recorder = device.record("add");
            let mut pass = recorder.pass();
            pass.set(&pipeline, &bindings);
            pass.dispatch([1, 1, 1]);
            drop(pass);
            recorder.submit().expect("all of it is allowed");
            let sum = (1..=round).sum::<u32>();
            assert_eq!(content(&device, &sums), [sum, 101 * round, 7 + round, sum, sum]);
        }
        assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
    }
}

#[test]
fn work_may_follow_work_that_uses_the_same_buffer() {
    for device in devices() {
        let (layout, pipeline) = adding(&device, 0.0);
        let sums = StorageBuffer::in_reach(&device, "sums", 4).expect("4 bytes");
        let amounts = StorageBuffer::in_reach(&device, "amounts", 4).expect("4 bytes");
        amounts.write(0, &words(&[1])).expect("it lies inside");
        let bindings = layout.bind(&[&sums, &amounts]).expect("both are there");
        for round in 1..20_u32 {
            // Nobody waits, so that a buffer is lent again before the host has got it back.
            for _ in 0..round % 4 {
                let mut recorder = device.record("add");
                let mut pass = recorder.pass();
                pass.set(&pipeline, &bindings);
                pass.dispatch([1, 1, 1]);
                drop(pass);
                recorder.submit().expect("all of it is allowed");
            }
            let expected = (1..=round).map(|round| round % 4).sum::<u32>();
            assert_eq!(content(&device, &sums), [expected]);
        }
        assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
    }
}

#[test]
fn a_buffer_in_reach_grows_keeps_what_it_holds_and_is_counted() {
    for device in devices() {
        let mut buffer = StorageBuffer::in_reach(&device, "words", 12).expect("12 bytes");
        buffer.write(4, &words(&[5, 6])).expect("it lies inside");
        assert_eq!(buffer.grow(12), Ok(false));
        assert_eq!(buffer.grow(20), Ok(true));
        assert_eq!((buffer.bytes(), buffer.growths(), device.ledger().bytes()), (20, 1, 20));
        buffer.write(16, &words(&[9])).expect("it lies inside now");
        assert_eq!(content(&device, &buffer), [0, 5, 6, 0, 9]);
        let outside = buffer.look(16, 8, |_| ());
        assert!(matches!(outside, Err(DeviceError::OutOfBounds { size: 20, .. })), "{outside:?}");
        assert!(matches!(buffer.look(2, 4, |_| ()), Err(DeviceError::Unaligned { .. })));
        drop(buffer);
        assert_eq!(device.ledger().bytes(), 0);
    }
}

#[test]
fn a_buffer_in_reach_is_lost_with_its_device() {
    for device in devices() {
        let mut buffer = StorageBuffer::in_reach(&device, "words", 8).expect("8 bytes");
        let mut recorder = device.record("clear");
        recorder.clear(&buffer, 0, 8).expect("it lies inside");
        let submission = recorder.submit().expect("all of it is allowed");
        assert_eq!(device.wait(&submission, LONG), Ok(Waited::Done));
        device.simulate_loss();
        let lost = DeviceError::Lost(Loss::Destroyed);
        assert_eq!(buffer.write(0, &[0; 4]), Err(lost.clone()));
        assert_eq!(buffer.look(0, 4, |_| ()), Err(lost.clone()));
        assert_eq!(buffer.grow(100), Err(lost));
        drop(buffer);
        assert_eq!(device.ledger().bytes(), 0);
        assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
    }
}
