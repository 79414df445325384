//! Compiling programs and running them.

use std::time::Duration;

use ringkernel_testkit::gate;
use ringkernel_wgpu::device::{Access, DeviceError, Layout, Patience, ProgramText, StorageBuffer, Waited};

use crate::support::{LONG, adding, device, read, words};

#[test]
fn programs_run_in_order_on_what_was_written_before() {
    let Some(device) = device() else { return };
    let (layout, pipeline) = adding(&device, 5.0);
    let sums = StorageBuffer::new(&device, "sums", 400).expect("400 bytes");
    let amounts = StorageBuffer::new(&device, "amounts", 4).expect("4 bytes");
    let bindings = layout.bind(&[&sums, &amounts]).expect("both are there");
    sums.write(4, &words(&[100])).expect("it lies inside");
    amounts.write(0, &words(&[2])).expect("it lies inside");
    let mut recorder = device.record("twice");
    let mut pass = recorder.pass();
    pass.set(&pipeline, &bindings);
    pass.dispatch([2, 1, 1]);
    pass.dispatch([2, 1, 1]);
    drop(pass);
    recorder.submit().expect("all of it is allowed");
    let mut expected = vec![14; 100];
    expected[1] = 114;
    assert_eq!(read(&device, &sums), expected);
}

#[test]
fn long_loops_run_to_their_end() {
    let Some(device) = device() else { return };
    let text = "
        @group(0) @binding(0) var<storage, read_write> count: array<u32>;
        @compute @workgroup_size(1)
        fn main() { var i = 0u; loop { if i >= 200000u { break; } i += 1u; count[1] = i; } count[0] = i; }";
    let layout = Layout::new(&device, &[Access::ReadWrite], 0).expect("a binding");
    let text = ProgramText { name: "loop", wgsl: text, entry: "main", constants: &[] };
    let pipeline = layout.compile(text).expect("the program is right");
    let count = StorageBuffer::new(&device, "count", 8).expect("8 bytes");
    let bindings = layout.bind(&[&count]).expect("it is there");
    let mut recorder = device.record("loop");
    let mut pass = recorder.pass();
    pass.set(&pipeline, &bindings);
    pass.dispatch([1, 1, 1]);
    drop(pass);
    recorder.submit().expect("all of it is allowed");
    assert_eq!(read(&device, &count), [200_000, 200_000]);
}

#[test]
fn immediate_data_reaches_the_program() {
    let Some(device) = device() else { return };
    if device.capabilities().immediate_bytes_max < 8 {
        return gate::skip("immediate data", &"the device has none");
    }
    let text = "
        struct Given { a: u32, b: u32 }
        var<immediate> given: Given;
        @group(0) @binding(0) var<storage, read_write> sum: array<u32>;
        @compute @workgroup_size(1) fn main() { sum[0] = given.a * 10 + given.b; }";
    let layout = Layout::new(&device, &[Access::ReadWrite], 8).expect("a binding");
    let text = ProgramText { name: "immediate", wgsl: text, entry: "main", constants: &[] };
    let pipeline = layout.compile(text).expect("the program is right");
    let sum = StorageBuffer::new(&device, "sum", 4).expect("4 bytes");
    let bindings = layout.bind(&[&sum]).expect("it is there");
    let mut recorder = device.record("immediate");
    let mut pass = recorder.pass();
    pass.set(&pipeline, &bindings);
    assert!(matches!(
        pass.set_immediates(&pipeline, &[0; 12]),
        Err(DeviceError::OutOfBounds { size: 8, .. })
    ));
    assert!(matches!(pass.set_immediates(&pipeline, &[0; 6]), Err(DeviceError::Unaligned { .. })));
    pass.set_immediates(&pipeline, &words(&[4, 2])).expect("as many as the layout has");
    pass.dispatch([1, 1, 1]);
    drop(pass);
    recorder.submit().expect("all of it is allowed");
    assert_eq!(read(&device, &sum), [42]);
}

#[test]
fn a_wrong_program_gives_the_text_of_the_compiler() {
    let Some(device) = device() else { return };
    let layout = Layout::new(&device, &[Access::Read], 0).expect("a binding");
    let cases = [
        ("fn main( {", "expected"),
        ("@compute @workgroup_size(1) fn main() { let a: u32 = 1.5; }", "u32"),
        ("@compute @workgroup_size(1) fn other() {}", "main"),
        // It writes what its layout lets it read only.
        (
            "@group(0) @binding(0) var<storage, read_write> x: array<u32>;
             @compute @workgroup_size(1) fn main() { x[0] = 1; }",
            "binding",
        ),
    ];
    for (wgsl, part) in cases {
        let error = layout.compile(ProgramText { name: "wrong", wgsl, entry: "main", constants: &[] });
        let Err(DeviceError::Program { program, message }) = error else { panic!("{wgsl}: {error:?}") };
        assert_eq!(program, "wrong");
        assert!(message.to_lowercase().contains(part), "{wgsl}: {message}");
    }
    assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
}

#[test]
fn a_dispatch_that_is_too_large_is_an_error_and_harms_nothing() {
    let Some(device) = device() else { return };
    let (layout, pipeline) = adding(&device, 0.0);
    let sums = StorageBuffer::new(&device, "sums", 4).expect("4 bytes");
    let amounts = StorageBuffer::new(&device, "amounts", 4).expect("4 bytes");
    let bindings = layout.bind(&[&sums, &amounts]).expect("both are there");
    let mut recorder = device.record("too large");
    let mut pass = recorder.pass();
    pass.set(&pipeline, &bindings);
    pass.dispatch([u32::MAX, 1, 1]);
    drop(pass);
    let error = recorder.submit().map(drop).expect_err("no device has as many");
    assert!(matches!(error, DeviceError::Invalid { .. }), "{error:?}");
    assert_eq!(read(&device, &sums), [0]);
    assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
}

#[test]
fn a_wait_gives_up_at_its_limit() {
    let Some(device) = device() else { return };
    assert_eq!(device.wait_idle(LONG), Ok(Waited::Done));
    assert_eq!(device.poll(), Ok(true));
    let (layout, pipeline) = adding(&device, 0.0);
    let sums = StorageBuffer::new(&device, "sums", 4 << 20).expect("4 MiB");
    let amounts = StorageBuffer::new(&device, "amounts", 4).expect("4 bytes");
    let bindings = layout.bind(&[&sums, &amounts]).expect("both are there");
    let mut recorder = device.record("much");
    let mut pass = recorder.pass();
    pass.set(&pipeline, &bindings);
    (0..50).for_each(|_| pass.dispatch([16384, 1, 1]));
    drop(pass);
    let submission = recorder.submit().expect("all of it is allowed");
    // A fast device may be done before the first look.
    let waited = device.wait(&submission, Patience::asleep(Duration::ZERO)).expect("the device is there");
    assert!(matches!(waited, Waited::Done | Waited::TimedOut));
    let patience = Patience { spin: Duration::from_micros(50), limit: Duration::from_secs(60) };
    assert_eq!(device.wait(&submission, patience), Ok(Waited::Done));
}
