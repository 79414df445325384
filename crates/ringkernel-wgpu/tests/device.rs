//! Devices, on whatever adapter this machine has; skipped loudly where there is none.

use std::time::Duration;

use ringkernel_testkit::gate;
use ringkernel_wgpu::device::{
    Access, Adapters, ApiSet, Device, DeviceError, Layout, Loss, Patience, Pipeline, ProgramText, Readback,
    ReadbackState, Span, StagingRing, StorageBuffer, Waited,
};

const LONG: Patience = Patience::asleep(Duration::from_secs(60));

/// The first device, or `None` where the test is skipped.
fn device() -> Option<Device> {
    match Adapters::find(ApiSet::Any) {
        Ok(adapters) => Some(Device::open(&adapters.usable()[0]).expect("a usable adapter can be opened")),
        Err(error) => {
            gate::skip("wgpu", &error);
            None
        }
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What a readback brings, once it is there.
fn bytes_of(readback: &Readback) -> Vec<u32> {
    let copied = readback
        .read(|bytes| bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect());
    copied.expect("the work was submitted").expect("the work is done")
}

/// All words of a buffer, when everything before is done.
fn read(device: &Device, buffer: &StorageBuffer) -> Vec<u32> {
    let ring = StagingRing::new(device, 3);
    let mut recorder = device.record("read");
    let readback = recorder.read_back(&ring, &[whole(buffer)]).expect("there is room");
    let submission = recorder.submit().expect("a copy is possible");
    assert_eq!(device.wait(&submission, LONG), Ok(Waited::Done));
    bytes_of(&readback)
}

fn whole(buffer: &StorageBuffer) -> Span<'_> {
    Span { buffer, offset: 0, bytes: buffer.bytes() }
}

/// A program that adds its second buffer's first word to every word of its first.
const ADD: &str = "
    @group(0) @binding(0) var<storage, read_write> sums: array<u32>;
    @group(0) @binding(1) var<storage, read> amounts: array<u32>;
    override extra: u32 = 0;
    @compute @workgroup_size(64)
    fn add(@builtin(global_invocation_id) id: vec3<u32>) {
        if id.x < arrayLength(&sums) { sums[id.x] += amounts[0] + extra; }
    }";

fn adding(device: &Device, extra: f64) -> (Layout, Pipeline) {
    let layout = Layout::new(device, &[Access::ReadWrite, Access::Read], 0).expect("two bindings");
    let constants = [("extra", extra)];
    let text = ProgramText { name: "add", wgsl: ADD, entry: "add", constants: &constants };
    let pipeline = layout.compile(text).expect("the program is right");
    (layout, pipeline)
}

#[test]
fn devices_are_listed_in_the_same_order_each_time() {
    let Some(_) = device() else { return };
    let list = || Adapters::find(ApiSet::Any).expect("there was one just now");
    let (first, second) = (list(), list());
    let descriptions = |adapters: &Adapters| {
        adapters.usable().iter().map(|adapter| adapter.description().clone()).collect::<Vec<_>>()
    };
    assert_eq!(descriptions(&first), descriptions(&second));
    assert!(first.usable().is_sorted_by_key(|adapter| adapter.description().kind));
}

#[test]
fn a_device_is_chosen_by_index_and_by_name_and_errors_list_what_there_is() {
    let Some(device) = device() else { return };
    let adapters = Adapters::find(ApiSet::Any).expect("there was one just now");
    let name = device.description().name.clone();
    for name in [None, Some(name.as_str()), Some(&name.to_uppercase()), Some(&name[..4])] {
        let chosen = adapters.choose(0, name).expect("the first one");
        assert_eq!(chosen.description(), device.description(), "{name:?}");
    }
    for (index, wanted) in [(99, None), (0, Some("no such device")), (99, Some(name.as_str()))] {
        let error = adapters.choose(index, wanted).expect_err("there is none");
        let DeviceError::NoSuchDevice { index: of, name: named, devices } = &error else {
            panic!("{error:?}")
        };
        assert_eq!((*of, named.as_deref()), (index, wanted));
        assert_eq!(devices.len(), adapters.usable().len());
        assert!(error.to_string().contains(&name), "{error}");
    }
}

#[test]
fn a_device_has_what_every_webgpu_device_has() {
    let Some(device) = device() else { return };
    let capabilities = device.capabilities();
    assert!(capabilities.workgroup_lanes_max >= 256, "{capabilities:?}");
    assert!(capabilities.workgroup_bytes_max >= 16 << 10, "{capabilities:?}");
    assert!(capabilities.binding_bytes_max >= 128 << 20, "{capabilities:?}");
    assert!(capabilities.storage_bindings_max >= 8, "{capabilities:?}");
    assert!(
        capabilities.subgroup_lanes.is_none_or(|(smallest, largest)| smallest >= 4 && largest >= smallest)
    );
}

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
    let mut under_way = std::collections::VecDeque::new();
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
fn everything_fails_with_the_reason_when_the_device_is_gone() {
    let Some(device) = device() else { return };
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
    drop((readback, ring, buffer));
    assert_eq!(device.ledger().bytes(), 0);
    assert_eq!(device.health().stray_errors(), 0, "{:?}", device.health().first_stray_error());
}
