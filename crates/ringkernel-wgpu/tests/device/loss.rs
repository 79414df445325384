//! What is left when a device is gone.

use ringkernel::RingKernelError;
use ringkernel::memory::DeviceMemory;
use ringkernel_wgpu::device::{DeviceError, Loss, ProgramText, StagingRing, StorageBuffer, WgpuMemory};

use crate::support::{ADD, LONG, adding, device, whole};

#[test]
fn everything_fails_with_the_reason_when_the_device_is_gone() {
    let Some(device) = device() else { return };
    let users = WgpuMemory::new(&device);
    let user = users.allocate(8).expect("8 bytes");
    let (layout, _) = adding(&device, 0.0);
    let mut buffer = StorageBuffer::new(&device, "buffer", 8).expect("8 bytes");
    let ring = StagingRing::new(&device, 3);
    let mut recorder = device.record("under way");
    let readback = recorder.read_back(&ring, &[whole(&buffer)]).expect("one is free");
    let submission = recorder.submit().expect("a copy is possible");
    let recorder = device.record("recorded before");
    assert_eq!(device.lost(), None);

    device.simulate_loss();
    assert_eq!(device.lost(), Some(&Loss::Destroyed));
    let lost = DeviceError::Lost(Loss::Destroyed);
    assert_eq!(device.poll(), Err(lost.clone()));
    assert_eq!(device.wait(&submission, LONG), Err(lost.clone()));
    assert_eq!(recorder.submit().map(drop), Err(lost.clone()));
    assert_eq!(buffer.write(0, &[0; 4]), Err(lost.clone()));
    assert_eq!(buffer.grow(100), Err(lost.clone()));
    assert_eq!(StorageBuffer::new(&device, "new", 8).map(drop), Err(lost.clone()));
    assert_eq!(layout.bind(&[&buffer, &buffer]).map(drop), Err(lost.clone()));
    let text = ProgramText { name: "add", wgsl: ADD, entry: "add", constants: &[] };
    assert_eq!(layout.compile(text).map(drop), Err(lost));
    for error in [user.copy_from_host(&[1]), user.copy_to_host(&mut [0]), users.allocate(8).map(drop)] {
        assert!(matches!(error, Err(RingKernelError::DeviceLost { .. })), "{error:?}");
    }
    drop(user);
    drop((readback, ring, buffer));
    assert_eq!(device.ledger().bytes(), 0);
    assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
}
