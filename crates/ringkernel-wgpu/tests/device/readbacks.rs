//! Getting bytes back.

use std::collections::VecDeque;

use ringkernel_wgpu::device::{DeviceError, ReadbackState, Span, StagingRing, StorageBuffer, Waited};

use crate::support::{LONG, bytes_of, device, whole, words};

#[test]
fn spans_come_back_one_after_the_other() {
    let Some(device) = device() else { return };
    let first = StorageBuffer::new(&device, "first", 16).expect("16 bytes");
    let second = StorageBuffer::new(&device, "second", 8).expect("8 bytes");
    first.write(0, &words(&[1, 2, 3, 4])).expect("it lies inside");
    second.write(0, &words(&[5, 6])).expect("it lies inside");
    let ring = StagingRing::new(&device, 3);
    let mut recorder = device.record("spans");
    let spans = [
        Span { buffer: &second, offset: 4, bytes: 4 },
        Span { buffer: &first, offset: 0, bytes: 0 },
        Span { buffer: &first, offset: 4, bytes: 8 },
    ];
    let readback = recorder.read_back(&ring, &spans).expect("there is room");
    let nothing = recorder.read_back(&ring, &[]).expect("there is room");
    assert_eq!(readback.read(|_| ()), Ok(None), "it has not been submitted");
    let submission = recorder.submit().expect("copies are possible");
    assert_eq!(device.wait(&submission, LONG), Ok(Waited::Done));
    assert_eq!(bytes_of(&readback), [6, 2, 3]);
    assert_eq!(bytes_of(&nothing), []);
}

#[test]
fn staging_buffers_go_round() {
    let Some(device) = device() else { return };
    let buffer = StorageBuffer::new(&device, "numbers", 4).expect("4 bytes");
    let ring = StagingRing::new(&device, 3);
    let mut under_way = VecDeque::new();
    for round in 0..20_u32 {
        buffer.write(0, &words(&[round])).expect("it lies inside");
        let mut recorder = device.record("round");
        let readback = recorder.read_back(&ring, &[whole(&buffer)]).expect("one is free");
        let submission = recorder.submit().expect("a copy is possible");
        under_way.push_back((round, readback, submission));
        if under_way.len() == 3 {
            let mut refused = device.record("a fourth");
            let error = refused.read_back(&ring, &[whole(&buffer)]).expect_err("all three are in use");
            assert_eq!(error, DeviceError::StagingBusy { count: 3 });
            let (round, readback, submission) = under_way.pop_front().expect("there are three");
            assert_eq!(device.wait(&submission, LONG), Ok(Waited::Done));
            assert_eq!(bytes_of(&readback), [round]);
        }
    }
}

#[test]
fn readbacks_that_nobody_reads_give_their_buffer_back() {
    let Some(device) = device() else { return };
    let buffer = StorageBuffer::new(&device, "numbers", 4).expect("4 bytes");
    let ring = StagingRing::new(&device, 3);
    for round in 0..12_u32 {
        buffer.write(0, &words(&[round])).expect("it lies inside");
        let mut recorder = device.record("dropped");
        let readback = recorder.read_back(&ring, &[whole(&buffer)]).expect("one is free");
        match round % 4 {
            0 => drop(readback),
            1 => {
                drop(recorder);
                assert_eq!(readback.state(), ReadbackState::Failed);
                assert!(matches!(readback.read(|_| ()), Err(DeviceError::Invalid { .. })));
                continue;
            }
            2 => {
                recorder.submit().expect("a copy is possible");
                drop(readback);
                continue;
            }
            _ => {
                let submission = recorder.submit().expect("a copy is possible");
                assert_eq!(device.wait(&submission, LONG), Ok(Waited::Done));
                assert_eq!(bytes_of(&readback), [round]);
                continue;
            }
        }
        recorder.submit().expect("a copy is possible");
    }
    device.wait_idle(LONG).expect("the device is there");
    assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
}
