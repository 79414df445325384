//! `#[ring_kernel]` in every form: what is registered, and that calling it runs the user's code.
#![deny(warnings, missing_docs, clippy::all)]
#![forbid(unsafe_code)]

mod derive_support;

use derive_support::{Instance, kernel};
use ringkernel::prelude::*;

#[derive(RingMessage, Debug, PartialEq)]
struct AddRequest {
    #[message(id)]
    id: MessageId,
    a: f32,
    b: f32,
}

#[derive(RingMessage, Debug, PartialEq)]
struct AddResponse {
    sum: f32,
}

#[derive(RingMessage)]
struct Add {
    amount: u64,
}

#[derive(RingMessage)]
struct Reset;

#[derive(RingMessage)]
struct Tick;

#[derive(RingMessage)]
struct Tock;

#[derive(DeviceState, RingMessage, Debug, Default, PartialEq, Clone)]
struct Total {
    sum: u64,
}

#[ring_kernel(id = "adder")]
fn adder(_ctx: &mut RingContext, req: AddRequest) -> AddResponse {
    AddResponse { sum: req.a + req.b }
}

#[ring_kernel(id = "counter", backends(cpu, wgpu), polled(Tick, Tock))]
fn counter(_ctx: &mut RingContext<'_>, total: &mut Total, Add { amount }: Add) -> Option<Total> {
    total.sum += amount;
    if amount != 0 { Some(Total { sum: total.sum }) } else { None }
}

/// What the lanes of `tally` share.
#[derive(DeviceState, Default)]
struct Tally {
    sum: AtomicCell<u64>,
    last: SharedCell<u64>,
}

#[ring_kernel(id = "tally", block_size = 128, grid_size = 2)]
fn tally(ctx: &mut RingContext<'_>, tally: &Shared<Tally>, Add { amount }: &Add) -> Option<Total> {
    tally.sum.fetch_add(*amount);
    if ctx.global_thread_id() == 0 {
        tally.last.set(*amount);
    }
    if *amount != 0 { Some(Total { sum: tally.sum.load() }) } else { None }
}

#[ring_kernel(id = "tally.stateless", block_size = 1)]
fn tally_stateless(_: &mut RingContext, _reset: &Reset) {}

#[ring_kernel(id = "tally.methods", grid_size = 1)]
impl Tally {
    #[handler]
    fn add(&self, _ctx: &mut RingContext, message: &Add) -> Total {
        self.sum.fetch_add(message.amount);
        Total { sum: self.sum.load() }
    }

    #[handler]
    fn mirror(&self, _ctx: &mut RingContext, _: &Tock) {
        self.last.set(self.sum.load());
    }
}

#[ring_kernel(id = "silent")]
fn silent(_: &mut ringkernel::RingContext, total: &mut u64, message: Add) {
    *total += message.amount;
}

#[ring_kernel(id = "unit")]
#[allow(clippy::unused_unit)]
fn unit(_: &mut RingContext, _reset: Reset) -> () {}

#[ring_kernel(id = "waiting")]
async fn waiting(_ctx: &mut RingContext<'_>, total: &mut Total, message: Add) -> Total {
    let before = total.sum;
    tokio::task::yield_now().await;
    total.sum = before + message.amount;
    total.clone()
}

#[ring_kernel(id = "waiting.stateless")]
async fn waiting_stateless(ctx: &mut RingContext<'_>, _message: Reset) {
    std::future::ready(()).await;
    let _ = ctx.kernel_id();
}

/// Several message types, one state.
#[derive(Default)]
struct Account {
    balance: u64,
    names: Vec<String>,
}

#[ring_kernel(id = "account", polled(Tick))]
impl Account {
    const LIMIT: u64 = 100;

    #[handler]
    fn deposit(&mut self, _ctx: &mut RingContext, message: Add) -> Option<Total> {
        self.balance = self.limited(self.balance + message.amount);
        Some(Total { sum: self.balance })
    }

    #[handler]
    async fn reset(&mut self, _ctx: &mut RingContext<'_>, _: Reset) {
        tokio::task::yield_now().await;
        self.balance = 0;
        self.names.push("reset".to_owned());
    }

    #[handler]
    fn look(&self, _ctx: &mut RingContext, _: Tock) -> Total {
        Total { sum: self.balance + self.names.len() as u64 * 1000 }
    }

    #[handler]
    #[cfg(any())]
    fn left_out(&mut self, _ctx: &mut RingContext, _: NoSuchType) {}

    fn limited(&self, amount: u64) -> u64 {
        let _ = self.balance;
        amount.min(Self::LIMIT)
    }
}

/// A state that is a message, and answers with itself.
#[derive(DeviceState, RingMessage, Default, Clone, Debug, PartialEq)]
struct Mirror {
    value: u32,
}

#[ring_kernel(id = "mirror")]
impl Mirror {
    #[handler]
    fn set(&mut self, _ctx: &mut RingContext, other: Self) -> Option<Self> {
        let before = self.value;
        self.value = other.value;
        if before != 0 { Some(Self { value: before }) } else { None }
    }
}

#[test]
fn a_stateless_function_answers() {
    let request = AddRequest { id: MessageId::generate(), a: 1.0, b: 2.0 };
    assert_eq!(Instance::of("adder").call(&request), Some(AddResponse { sum: 3.0 }));
    // The function itself stays as it is written.
    let _: fn(&mut RingContext<'_>, AddRequest) -> AddResponse = adder;
}

#[test]
fn a_state_lives_from_message_to_message() {
    let mut counter = Instance::of("counter");
    assert_eq!(counter.call(&Add { amount: 5 }), Some(Total { sum: 5 }));
    assert_eq!(counter.call(&Add { amount: 6 }), Some(Total { sum: 11 }));
    assert_eq!(counter.call::<_, Total>(&Add { amount: 0 }), None);
    assert_eq!(Instance::of("counter").call(&Add { amount: 1 }), Some(Total { sum: 1 }));
}

#[test]
fn cooperative_handlers_share_state_and_message() {
    let mut tally = Instance::of("tally");
    assert_eq!(tally.call(&Add { amount: 5 }), Some(Total { sum: 5 }));
    assert_eq!(tally.call::<_, Total>(&Add { amount: 0 }), None);
    assert_eq!(tally.call(&Add { amount: 6 }), Some(Total { sum: 11 }));
    let mut methods = Instance::of("tally.methods");
    assert_eq!(methods.call(&Add { amount: 7 }), Some(Total { sum: 7 }));
    assert_eq!(methods.call::<_, Total>(&Tock), None);
    assert_eq!(Instance::of("tally.stateless").call::<_, Total>(&Reset), None);
    assert!(tally.call_bytes::<Add>(&[1, 2, 3]).is_err());
    // The function itself stays as it is written.
    let _: fn(&mut RingContext<'_>, &Shared<Tally>, &Add) -> Option<Total> = self::tally;
}

#[test]
fn no_return_value_is_no_reply() {
    assert_eq!(Instance::of("silent").call::<_, Total>(&Add { amount: 1 }), None);
    assert_eq!(Instance::of("unit").call::<_, Total>(&Reset), None);
    assert_eq!(Instance::of("waiting.stateless").call::<_, Total>(&Reset), None);
}

#[test]
fn async_handlers_keep_their_state_over_a_wait() {
    let mut waiting = Instance::of("waiting");
    assert_eq!(waiting.call(&Add { amount: 5 }), Some(Total { sum: 5 }));
    assert_eq!(waiting.call(&Add { amount: 6 }), Some(Total { sum: 11 }));
}

#[test]
fn methods_share_their_state() {
    let mut account = Instance::of("account");
    assert_eq!(account.call(&Add { amount: 30 }), Some(Total { sum: 30 }));
    assert_eq!(account.call(&Add { amount: 90 }), Some(Total { sum: 100 }));
    assert_eq!(account.call::<_, Total>(&Reset), None);
    assert_eq!(account.call(&Tock), Some(Total { sum: 1000 }));
}

#[test]
fn self_is_understood_as_the_state() {
    let mut mirror = Instance::of("mirror");
    assert_eq!(mirror.call::<_, Mirror>(&Mirror { value: 3 }), None);
    assert_eq!(mirror.call(&Mirror { value: 4 }), Some(Mirror { value: 3 }));
}

#[test]
fn bytes_that_are_no_message_do_not_reach_the_handler() {
    let mut counter = Instance::of("counter");
    assert!(counter.call_bytes::<Add>(&[1, 2, 3]).is_err());
    assert!(counter.call_bytes::<Add>(&[0; 9]).is_err());
    assert_eq!(counter.call(&Add { amount: 5 }), Some(Total { sum: 5 }));
    assert!(Instance::of("waiting").call_bytes::<Add>(&[]).is_err());
}

#[test]
fn the_registration_says_what_the_attribute_says() {
    let tally = kernel("tally");
    assert_eq!((tally.block_size, tally.grid_size, tally.is_cooperative()), (Some(128), Some(2), true));
    assert_eq!((tally.state.rust_type)(), std::any::TypeId::of::<Tally>());
    assert_eq!((kernel("tally.methods").block_size, kernel("tally.methods").grid_size), (None, Some(1)));

    let counter = kernel("counter");
    assert_eq!((counter.block_size, counter.grid_size, counter.is_cooperative()), (None, None, false));
    assert_eq!(counter.backends, [Backend::Cpu, Backend::Wgpu]);
    let polled: Vec<u64> = counter.polled.iter().map(|message| message.type_id).collect();
    assert_eq!(polled, [Tick::TYPE_ID, Tock::TYPE_ID]);
    assert_eq!((counter.state.rust_type)(), std::any::TypeId::of::<Total>());

    let adder = kernel("adder");
    assert_eq!((adder.block_size, adder.grid_size), (None, None));
    assert!(adder.backends.is_empty() && adder.polled.is_empty());
    assert_eq!((adder.state.rust_type)(), std::any::TypeId::of::<()>());
    assert_eq!(adder.handlers[0].name, "adder");
    assert_eq!(adder.handlers[0].message.name, "derive_kernel::AddRequest");

    let account = kernel("account");
    let handlers: Vec<&str> = account.handlers.iter().map(|handler| handler.name).collect();
    assert_eq!(
        handlers,
        ["deposit", "reset", "look"],
        "in the order of the source, without what is configured out"
    );
}

#[test]
fn async_handlers_are_registered_for_the_cpu_alone() {
    for id in ["waiting", "waiting.stateless", "account"] {
        assert_eq!(kernel(id).backends, [Backend::Cpu], "{id}");
    }
}

#[test]
fn locations_are_those_of_the_functions() {
    let source = include_str!("derive_kernel.rs");
    let check = |id: &str, handler: usize, text: &str| {
        let location = kernel(id).handlers[handler].location;
        let line = source.lines().nth(location.line as usize - 1).expect("a line of this file");
        assert!(location.file.ends_with("derive_kernel.rs") && line.contains(text), "{location}: {line}");
    };
    check("adder", 0, "fn adder(");
    check("counter", 0, "fn counter(");
    check("account", 1, "fn reset(");
    let location = kernel("account").location;
    assert!(source.lines().nth(location.line as usize - 1).is_some_and(|line| line == "impl Account {"));
}

#[test]
fn the_catalog_accepts_all_of_this() {
    let catalog = ringkernel::registry::catalog().expect("no contradictions");
    assert!(catalog.kernel("account").is_ok());
    assert_eq!(ringkernel::registry::message_name(Total::TYPE_ID), "derive_kernel::Total");
    assert_eq!(ringkernel::registry::message_name(Tick::TYPE_ID), "derive_kernel::Tick");
}
