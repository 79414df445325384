//! What is registered of handlers.

use ringkernel::device::{DeviceFunction, Overflow};
use ringkernel::message::RingMessage;
use ringkernel::prelude::*;
use ringkernel::registry::{HandlerRegistration, KernelRegistration, catalog};
use ringkernel_codegen::source::Function;

use crate::messages::{Distance, Place, Point, Seen, Tick};

#[ring_kernel(id = "records.seen", polled(Tick))]
impl Seen {
    #[handler]
    fn place(&mut self, ctx: &mut RingContext, place: Place) -> Option<Distance> {
        while ctx.try_receive_from_kernel::<Tick>("records.ticks").is_some() {
            self.count(place.number);
        }
        (self.places > 0).then_some(Distance { squared: place.at.squared() })
    }

    #[device_fn]
    fn count(&mut self, number: u32) {
        self.places += number;
    }
}

#[ring_kernel(id = "records.cpu", backends(cpu))]
fn cpu(_ctx: &mut RingContext, place: Place) {
    assert_eq!(format!("{}", place.number).parse(), Ok(place.number));
}

#[ring_kernel(id = "records.mixed", backends(cpu, wgpu))]
fn mixed(_ctx: &mut RingContext, _tick: Tick) -> Distance {
    Distance { squared: 0.0 }
}

#[ring_kernel(id = "records.waiting")]
async fn waiting(_ctx: &mut RingContext<'_>, _tick: Tick) {
    std::future::ready(()).await;
}

#[ring_kernel(id = "records.lanes", block_size = 32)]
fn lanes(ctx: &mut RingContext, _tick: &Tick) -> Distance {
    ctx.sync_threads();
    Distance { squared: 1.0 }
}

pub(crate) fn kernel(id: &str) -> &'static KernelRegistration {
    catalog().expect("no contradiction").kernel(id).expect("registered")
}

fn handler(id: &str) -> &'static HandlerRegistration {
    &kernel(id).handlers[0]
}

pub(crate) fn function(id: &str) -> &'static DeviceFunction {
    handler(id).device.expect("not restricted").function
}

#[test]
fn a_handler_carries_its_code_with_the_lines_of_its_file() {
    let (registration, function) = (handler("records.seen"), function("records.seen"));
    assert_eq!((function.name, function.file), ("place", file!()));
    let tree = Function::decode(function.code).expect("a tree");
    assert_eq!((tree.name.as_str(), tree.line), ("place", registration.location.line));
    assert_eq!(tree.parameters.len(), 3);
    let overflow = if cfg!(debug_assertions) { Overflow::Faults } else { Overflow::Wraps };
    assert_eq!(function.overflow, overflow);
}

#[test]
fn a_handler_says_what_it_answers_with() {
    let answer = |id| handler(id).answer.map(|message| message.name);
    assert_eq!(answer("records.seen"), Some(Distance::MESSAGE_TYPE), "of an option");
    assert_eq!(answer("records.mixed"), Some(Distance::MESSAGE_TYPE));
    assert_eq!(answer("records.lanes"), Some(Distance::MESSAGE_TYPE));
    assert_eq!(handler("records.seen").message.layout, Place::LAYOUT);
    assert_eq!(kernel("records.seen").polled[0].layout, <Tick as RingMessage>::LAYOUT);
}

#[test]
fn handlers_that_stay_on_the_cpu_have_no_code_for_devices() {
    assert!(handler("records.cpu").device.is_none());
    assert!(handler("records.waiting").device.is_none());
    assert!(handler("records.mixed").device.is_some());
}

#[test]
fn recorded_functions_still_run_on_the_host() {
    assert!((Point::new(3.0, 4.0).squared() - 25.0).abs() < f32::EPSILON);
    let mut seen = Seen { places: 1 };
    seen.count(2);
    assert_eq!(seen.places, 3);
}
