//! What is paid on top of a plain send, on one thread, and what stays in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringkernel::k2k::{K2KBroker, K2KBuilder, K2KEndpoint};
use ringkernel::prelude::*;
use ringkernel_bench::comparison::{Against, Comparison, Contestant, Effort, Target, Threads};
use ringkernel_bench::statistics::ns_each;

use super::{CAPACITY, Note, number_in};
use crate::actors::allocator::Count;

/// Messages that are sent before they are taken.
const BATCH: u64 = 64;

pub(super) fn dispatch(effort: Effort) -> Comparison {
    let count = effort.count(400_000);
    Comparison {
        id: "k2k-dispatch",
        title: "Dispatching a message, beside sending it".into(),
        setup: "One thread packs 64 messages and sends each to a name, then takes and decodes them. A dispatcher takes the time of each \
                dispatch, too; by type it also looks up the kernel."
            .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![
            Contestant::ours("dispatch", move || with_dispatcher(count, |dispatcher, number| {
                pollster::block_on(dispatcher.dispatch("receiver".into(), Note { number })).expect("it is registered");
            })),
            Contestant::ours("dispatch by type", move || with_dispatcher(count, |dispatcher, number| {
                pollster::block_on(dispatcher.dispatch_message(&Note { number })).expect("it is registered");
            })),
            Contestant::peer("send", move || direct(count, 0, None)),
        ],
        targets: ["dispatch", "dispatch by type"]
            .map(|ours| Target { measure: 0, ours, limit: 1.3, against: Against::BestOf(&["send"]) })
            .into(),
    }
}

pub(super) fn tenants(effort: Effort) -> Comparison {
    let count = effort.count(400_000);
    Comparison {
        id: "k2k-tenants",
        title: "Sending within a tenant".into(),
        setup: "As above. A tenant that is registered, on an account with a budget; the same with a limit of messages per second that it does \
                not reach; and the unspecified tenant."
            .into(),
        unit: "ns a message",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![
            Contestant::ours("a tenant with a budget", move || direct(count, 7, Some(u64::MAX))),
            Contestant::ours("with a limit per second", move || direct(count, 7, Some(4_000_000_000))),
            Contestant::peer("no tenant", move || direct(count, 0, None)),
        ],
        targets: vec![Target {
            measure: 0,
            ours: "a tenant with a budget",
            limit: 1.05,
            against: Against::BestOf(&["no tenant"]),
        }],
    }
}

pub(super) fn memory(effort: Effort) -> Comparison {
    let count = effort.count(10_000_000);
    Comparison {
        id: "k2k-memory",
        title: "What messages leave behind".into(),
        setup: "As above, ten million messages after as many as fill every slot once. Bytes that are alive afterwards and were not before, \
                divided by the messages."
            .into(),
        unit: "bytes a message",
        measures: &[""],
        threads: Threads::One,
        contestants: vec![Contestant::ours("K2KBroker", move || kept(count))],
        targets: vec![Target {
            measure: 0,
            ours: "K2KBroker",
            limit: 1.0,
            against: Against::Figure(0.1, "0.1 bytes a message"),
        }],
    }
}

fn broker(tenant: TenantId, per_second: Option<u64>) -> Arc<K2KBroker> {
    let builder = K2KBuilder::new().max_pending_messages(CAPACITY);
    let Some(max_messages_per_sec) = per_second else { return builder.build() };
    let registry = TenantRegistry::new();
    let quota = TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() };
    let budget = Duration::from_secs(3600);
    registry.register(tenant, quota.with_engagement_budget(2, budget)).expect("it is new");
    builder.with_registry(Arc::new(registry)).build()
}

fn direct(count: u64, tenant: TenantId, per_second: Option<u64>) -> f64 {
    let broker = broker(tenant, per_second);
    let sender = broker.register_tenant(tenant, AuditTag::new(1, 2), "sender".into());
    let mut receiver = broker.register_tenant(tenant, AuditTag::new(1, 2), "receiver".into());
    batches(count, &mut receiver, |number| {
        let envelope = MessageEnvelope::new(&Note { number });
        pollster::block_on(sender.send("receiver".into(), envelope)).expect("there is room");
    })
}

fn with_dispatcher(count: u64, send: impl Fn(&KernelDispatcher, u64)) -> f64 {
    let broker = broker(0, None);
    let mut receiver = broker.register("receiver".into());
    let dispatcher = DispatcherBuilder::new(broker).route::<Note>("receiver").build();
    batches(count, &mut receiver, |number| send(&dispatcher, number))
}

/// Sends `count` messages, to be taken 64 by 64.
fn batches(count: u64, receiver: &mut K2KEndpoint, send: impl Fn(u64)) -> f64 {
    let count = count.next_multiple_of(BATCH);
    let began = Instant::now();
    for batch in 0..count / BATCH {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        numbers.clone().for_each(&send);
        for number in numbers {
            let message = receiver.try_receive().expect("it was sent");
            assert_eq!(number_in(&message.envelope), number);
        }
    }
    ns_each(began.elapsed(), count)
}

fn kept(count: u64) -> f64 {
    let broker = broker(0, None);
    let sender = broker.register("sender".into());
    let mut receiver = broker.register("receiver".into());
    let send = |number| {
        let envelope = MessageEnvelope::new(&Note { number });
        sender.try_send(&"receiver".into(), envelope).expect("there is room");
    };
    batches(2 * CAPACITY as u64, &mut receiver, send);
    let allocated = Count::begin();
    batches(count, &mut receiver, send);
    let kept = allocated.so_far().live_bytes;
    kept as f64 / count as f64
}
