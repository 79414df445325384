//! `#[derive(DeviceState)]`: what devices hold of a state, and what a kernel's registration says of it.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use std::any::Any;

use ringkernel::message::{MessageField, TypeLayout};
use ringkernel::prelude::*;
use ringkernel::registry::{StateLayout, catalog};

#[derive(RingMessage)]
struct Ping;

#[derive(DeviceState, Debug, Default)]
struct Counts {
    enabled: bool,
    total: AtomicCell<u64>,
    by_lane: SharedArray<u16, 3>,
    last: Last,
    r#type: Option<u32>,
}

#[derive(DeviceState, Debug, Default)]
struct Last(SharedCell<bool>, AtomicArray<i32, 2>);

#[derive(DeviceState, Default)]
struct Nothing {}

#[derive(GpuType, Default, Clone, Copy)]
#[repr(C)]
struct Total {
    sum: u32,
}

#[derive(Default)]
struct Plain {
    text: String,
}

#[derive(Default)]
struct Tag;

#[ring_kernel(id = "counts", block_size = 32)]
fn counts(_ctx: &mut RingContext, counts: &Shared<Counts>, _ping: &Ping) {
    if counts.enabled && counts.r#type.is_none() {
        counts.total.fetch_add(1);
        counts.by_lane.set(0, 1);
        counts.last.0.set(true);
        counts.last.1.store(1, 2);
    }
}

#[ring_kernel(id = "nothing")]
fn nothing(_ctx: &mut RingContext, _nothing: &mut Nothing, _ping: Ping) {}

#[ring_kernel(id = "total")]
fn total(_ctx: &mut RingContext, total: &mut Total, _ping: Ping) {
    total.sum += 1;
}

#[ring_kernel(id = "plain", backends(cpu))]
fn plain(_ctx: &mut RingContext, plain: &mut Plain, _ping: Ping) {
    plain.text.clear();
}

#[ring_kernel(id = "unknown")]
fn unknown(_ctx: &mut RingContext, _plain: &mut Plain, _ping: Ping) {}

#[ring_kernel(id = "tag")]
impl Tag {
    #[handler]
    #[allow(clippy::unused_self, reason = "there is nothing in it")]
    fn ping(&mut self, _ctx: &mut RingContext, _ping: Ping) {}
}

#[ring_kernel(id = "stateless")]
fn stateless(_ctx: &mut RingContext, _ping: Ping) {}

fn state(id: &str) -> StateLayout {
    catalog().expect("no contradiction").kernel(id).expect("registered").state.layout
}

fn bytes(state: StateLayout, value: &dyn Any) -> Option<Vec<u8>> {
    match state {
        StateLayout::Known { encode, .. } => encode(value),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_state_is_laid_out_as_c_would() {
    let TypeLayout::Struct(layout) = Counts::STATE_LAYOUT else { panic!("a struct") };
    let fields: Vec<_> = layout.fields.iter().map(|field| (field.name, field.offset)).collect();
    assert_eq!(fields, [("enabled", 0), ("total", 8), ("by_lane", 16), ("last", 24), ("type", 36)]);
    assert_eq!((layout.name, layout.size, layout.align), ("Counts", 48, 8));
    let TypeLayout::Struct(last) = layout.fields[3].layout else { panic!("a struct") };
    assert_eq!((last.fields[1].name, last.fields[1].offset), ("1", 4));
}

#[test]
fn a_state_is_written_where_its_layout_says() {
    let counts = Counts {
        enabled: true,
        total: AtomicCell::new(0x0102_0304_0506_0708),
        by_lane: SharedArray::new([10, 11, 12]),
        last: Last(SharedCell::new(true), AtomicArray::new([-1, 20])),
        r#type: Some(30),
    };
    let expected = [
        vec![1, 0, 0, 0, 0, 0, 0, 0],
        vec![8, 7, 6, 5, 4, 3, 2, 1],
        vec![10, 0, 11, 0, 12, 0, 0, 0],
        vec![1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 20, 0, 0, 0],
        vec![1, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 0],
    ];
    assert_eq!(bytes(state("counts"), &counts), Some(expected.concat()));
    assert_eq!(bytes(state("total"), &Total { sum: 9 }), Some(vec![9, 0, 0, 0]));
}

#[test]
fn a_state_that_no_device_can_hold_is_refused_by_name() {
    let kernel = |id| catalog().expect("no contradiction").kernel(id).expect("registered");
    let refused = |id, backend| match kernel(id).on_device(backend) {
        Err(RingKernelError::Unsupported { backend: refused, feature }) if refused == backend => feature,
        other => panic!("{other:?}"),
    };
    let feature = refused("unknown", Backend::Wgpu);
    assert!(feature.contains("derive_device_state::Plain` of kernel `unknown`"), "{feature}");
    assert!(feature.contains("add `#[derive(DeviceState)]`"), "{feature}");
    assert_eq!(
        refused("plain", Backend::Cuda),
        "kernel `plain`, which runs on CPU only; build the runtime with `.backend(Backend::Cpu)`"
    );
    let counts = kernel("counts").on_device(Backend::Cuda).expect("runs there");
    assert_eq!((counts.id, counts.state, counts.cooperative), ("counts", Some(Counts::STATE_LAYOUT), true));
    let [handler] = counts.handlers.as_slice() else { panic!("one handler") };
    assert_eq!((handler.function.name, handler.message), ("counts", <Ping as RingMessage>::LAYOUT));
    assert_eq!(handler.answer, None);
    let nothing = kernel("nothing").on_device(Backend::Metal).expect("runs there");
    assert!(nothing.state.is_none() && !nothing.cooperative);
}

#[test]
fn a_kernel_says_how_devices_hold_its_state() {
    let StateLayout::Known { layout, .. } = state("counts") else { panic!("known") };
    assert_eq!(layout, Counts::STATE_LAYOUT);
    let StateLayout::Known { layout, .. } = state("total") else { panic!("known") };
    assert_eq!(layout, Total::LAYOUT);
    for id in ["nothing", "tag", "stateless"] {
        assert!(matches!(state(id), StateLayout::Empty), "{id}");
    }
    assert!(matches!(state("plain"), StateLayout::Unknown));
    assert_eq!(bytes(state("total"), &Counts::default()), None, "a state of another type");
}
