//! A device to test with, and programs for it.

use std::time::Duration;

use ringkernel_testkit::gate;
use ringkernel_wgpu::device::{
    Access, Adapters, ApiSet, Device, Layout, Patience, Pipeline, ProgramText, Readback, Span, StagingRing,
    StorageBuffer, Waited,
};

pub(crate) const LONG: Patience = Patience::asleep(Duration::from_secs(60));

/// The first device, or `None` where the test is skipped.
pub(crate) fn device() -> Option<Device> {
    match Adapters::find(ApiSet::Any) {
        Ok(adapters) => Some(Device::open(&adapters.usable()[0]).expect("a usable adapter can be opened")),
        Err(error) => {
            gate::skip("wgpu", &error);
            None
        }
    }
}

/// The first device twice: one whose memory the host may reach in place, and one that it copies to and from. Empty where the test is
/// skipped.
pub(crate) fn devices() -> Vec<Device> {
    let Some(device) = device() else { return Vec::new() };
    let adapters = Adapters::find(ApiSet::Any).expect("there was one");
    vec![device, Device::open_apart(&adapters.usable()[0]).expect("a usable adapter can be opened")]
}

pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What a readback brings, once it is there.
pub(crate) fn bytes_of(readback: &Readback) -> Vec<u32> {
    let copied = readback
        .read(|bytes| bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect());
    copied.expect("the work was submitted").expect("the work is done")
}

/// All words of a buffer, when everything before is done.
pub(crate) fn read(device: &Device, buffer: &StorageBuffer) -> Vec<u32> {
    let ring = StagingRing::new(device, 3);
    let mut recorder = device.record("read");
    let readback = recorder.read_back(&ring, &[whole(buffer)]).expect("there is room");
    let submission = recorder.submit().expect("a copy is possible");
    assert_eq!(device.wait(&submission, LONG), Ok(Waited::Done));
    bytes_of(&readback)
}

pub(crate) fn whole(buffer: &StorageBuffer) -> Span<'_> {
    Span { buffer, offset: 0, bytes: buffer.bytes() }
}

/// A program that adds its second buffer's first word to every word of its first.
pub(crate) const ADD: &str = "
    @group(0) @binding(0) var<storage, read_write> sums: array<u32>;
    @group(0) @binding(1) var<storage, read> amounts: array<u32>;
    override extra: u32 = 0;
    @compute @workgroup_size(64)
    fn add(@builtin(global_invocation_id) id: vec3<u32>) {
        if id.x < arrayLength(&sums) { sums[id.x] += amounts[0] + extra; }
    }";

pub(crate) fn adding(device: &Device, extra: f64) -> (Layout, Pipeline) {
    let layout = Layout::new(device, &[Access::ReadWrite, Access::Read], 0).expect("two bindings");
    let constants = [("extra", extra)];
    let text = ProgramText { name: "add", wgsl: ADD, entry: "add", constants: &constants };
    let pipeline = layout.compile(text).expect("the program is right");
    (layout, pipeline)
}
