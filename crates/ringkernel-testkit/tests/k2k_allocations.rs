//! Sending by name asks for no memory and keeps none: not to look the name up, not to keep the receipt, not to receive.
//!
//! One test in a binary of its own, so that nothing else allocates meanwhile.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use ringkernel::k2k::tenant::TenantQuota;
use ringkernel::k2k::{AuditTag, K2KBuilder, TenantRegistry};
use ringkernel::prelude::*;
use ringkernel_testkit::allocations::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

const MESSAGES: u64 = 100_000;

#[derive(RingMessage, Debug)]
struct Note {
    number: u64,
}

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn sending_by_name_asks_for_no_memory() {
    let registry = TenantRegistry::new();
    let quota = TenantQuota { max_messages_per_sec: 1 << 31, ..TenantQuota::unlimited() };
    registry
        .register(7, quota.with_engagement_budget(2, std::time::Duration::from_secs(1)))
        .expect("it is new");
    let broker = K2KBuilder::new().with_registry(Arc::new(registry)).build();
    let account = AuditTag::new(1, 2);
    let sender = broker.register_tenant(7, account, "sender".into());
    let mut receivers = ["b", "c"].map(|name| broker.register_tenant(7, account, name.into()));
    broker.add_route_in(7, "far".into(), "c".into()).expect("no circle");
    let names = ["b", "c", "far"].map(KernelId::from);
    let waker = Waker::from(Arc::new(Nobody));
    let mut context = Context::from_waker(&waker);

    let mut round = |number: u64| {
        let to = &names[number as usize % 3];
        let envelope = MessageEnvelope::new(&Note { number }).with_priority((number % 256) as u8);
        let receipt = sender.try_send(to, envelope).expect("there is room");
        assert!(receipt.status.is_accepted());
        let receiver = &mut receivers[usize::from(!number.is_multiple_of(3))];
        let message = receiver.try_receive().expect("it was sent");
        assert_eq!(message.decode::<Note>().expect("a note").number, number);
        // Whoever waits needs no memory either.
        let waiting = std::pin::pin!(receiver.receive());
        assert!(matches!(waiting.poll(&mut context), Poll::Pending));
    };
    // Slots are allocated when they are first used, and the bands' lists grow once.
    (0..10_000).for_each(&mut round);
    let (requests, live) = (ALLOCATOR.requests(), ALLOCATOR.live_bytes());
    (0..MESSAGES).for_each(&mut round);
    assert_eq!(ALLOCATOR.requests() - requests, 0, "allocations in {MESSAGES} messages");
    assert_eq!(ALLOCATOR.live_bytes(), live);
}
