//! `ringkernel::dispatcher`: messages go to kernels by their types, are tried again, answered and counted.
#![deny(warnings, missing_docs, clippy::all)]

use std::sync::Arc;
use std::time::Duration;

use ringkernel::dispatcher::{Balance, DispatchError, DispatcherBuilder, KernelDispatcher, RetryPolicy};
use ringkernel::k2k::tenant::TenantQuota;
use ringkernel::k2k::{
    AuditTag, DeliveryStatus, K2KBroker, K2KBuilder, K2KEndpoint, K2KMessage, TenantRegistry,
};
use ringkernel::persistent_message::{DispatchTableError, HandlerId, HandlerPlace, message_flags};
use ringkernel::prelude::*;

#[derive(PersistentMessage, Debug)]
#[persistent_message(handler_id = 1, requires_response = true, response = Doubled)]
struct Double {
    value: u64,
}

#[derive(RingMessage, Debug, PartialEq)]
struct Doubled {
    #[message(correlation)]
    request: CorrelationId,
    value: u64,
}

#[derive(RingMessage)]
struct Urgent {
    #[message(priority)]
    priority: u8,
}

fn impatient() -> Arc<K2KBroker> {
    K2KBuilder::new().max_pending_messages(1).delivery_timeout_ms(0).build()
}

fn quick(broker: &Arc<K2KBroker>) -> DispatcherBuilder {
    DispatcherBuilder::new(broker.clone()).with_retry_policy(RetryPolicy::never())
}

fn value(message: &K2KMessage) -> u64 {
    message.decode::<Double>().expect("a request").value
}

/// Answers every message with twice its value.
async fn double(mut kernel: K2KEndpoint) {
    while let Some(message) = kernel.receive().await {
        let request = CorrelationId::from(message.id);
        let answer = MessageEnvelope::new(&Doubled { request, value: 2 * value(&message) });
        kernel.send(message.source, answer).await.expect("it is registered");
    }
}

#[tokio::test]
async fn a_kernel_that_answers_is_called() {
    let broker = K2KBuilder::new().build();
    let kernel = tokio::spawn(double(broker.register("doubler".into())));
    let dispatcher = quick(&broker).route::<Double>("doubler").build();
    assert_eq!(dispatcher.call("doubler".into(), Double { value: 4 }).await.unwrap().value, 8);
    assert_eq!(dispatcher.call_message(&Double { value: 5 }).await.unwrap().value, 10);
    let metrics = dispatcher.metrics();
    assert!(metrics.answers == 2 && metrics.late_answers == 0 && metrics.errors == 0);
    assert!(metrics.messages_dispatched == 2 && metrics.average_latency.get() > Duration::ZERO);
    broker.unregister(&"doubler".into());
    kernel.await.unwrap();
}

#[tokio::test]
async fn a_kernel_that_is_silent_or_says_something_else_is_an_error() {
    let broker = K2KBuilder::new().build();
    let mut kernel = broker.register("silent".into());
    let dispatcher = quick(&broker).with_timeout(Duration::from_millis(10)).build();
    let (error, request) =
        tokio::join!(dispatcher.call("silent".into(), Double { value: 1 }), kernel.receive());
    let error = error.unwrap_err();
    assert!(matches!(&error, DispatchError::NoAnswer { kernel, .. } if kernel.as_str() == "silent"));
    assert!(matches!(RingKernelError::from(error), RingKernelError::Timeout { .. }));
    // The answer comes too late and is not delivered.
    let request = request.unwrap();
    let envelope = MessageEnvelope::new(&Doubled { request: request.id.into(), value: 2 });
    let late = kernel.send(request.source, envelope).await.unwrap();
    assert_eq!(late.status, DeliveryStatus::NotFound);
    assert!(dispatcher.metrics().late_answers == 1 && dispatcher.metrics().errors == 1);

    let answering = async {
        let request = kernel.receive().await.unwrap();
        let other = MessageEnvelope::new(&Urgent { priority: 1 }).with_correlation(request.id.into());
        kernel.send(request.source, other).await.unwrap();
    };
    let (error, ()) = tokio::join!(dispatcher.call("silent".into(), Double { value: 1 }), answering);
    assert!(matches!(error.unwrap_err(), DispatchError::InvalidAnswer { .. }));
}

#[tokio::test]
async fn a_type_has_the_kernel_that_was_registered_last_or_none() {
    let broker = K2KBuilder::new().build();
    let mut kernels = ["a", "b"].map(|name| broker.register(name.into()));
    let dispatcher = KernelDispatcher::new(broker);
    let error = dispatcher.dispatch_message(&Double { value: 1 }).await.unwrap_err();
    assert!(matches!(&error, DispatchError::NoRoute { message } if message.ends_with("::Double")), "{error}");
    assert!(matches!(RingKernelError::from(error), RingKernelError::UnhandledMessage { .. }));
    dispatcher.register::<Double>("a".into());
    dispatcher.dispatch_message(&Double { value: 1 }).await.unwrap();
    dispatcher.register_route(Double::TYPE_ID, "b".into());
    let receipt = dispatcher.dispatch_envelope(MessageEnvelope::new(&Double { value: 2 })).await.unwrap();
    assert_eq!((receipt.kernel, receipt.attempts), ("b".into(), 1));
    assert_eq!(kernels.each_mut().map(|kernel| value(&kernel.try_receive().unwrap())), [1, 2]);
    assert_eq!(dispatcher.get_route(Double::TYPE_ID), ["b".into()]);
    assert_eq!(dispatcher.routes(), [(Double::TYPE_ID, vec!["b".into()])]);
    assert!(dispatcher.unregister(Double::TYPE_ID) && !dispatcher.unregister(Double::TYPE_ID));
    assert!(!dispatcher.has_route(Double::TYPE_ID) && dispatcher.get_route(Double::TYPE_ID).is_empty());
    assert!(dispatcher.metrics().unknown_type_errors == 1);
    dispatcher.reset_metrics();
    assert!(dispatcher.metrics().messages_dispatched == 0 && dispatcher.metrics().errors == 0);
    assert_eq!(dispatcher.metrics().average_latency.get(), Duration::ZERO);
}

/// What each of three kernels gets of nine messages.
async fn shares(balance: Balance) -> [Vec<u64>; 3] {
    let broker = K2KBuilder::new().build();
    let mut kernels = ["a", "b", "c"].map(|name| broker.register(name.into()));
    // One of them is busy already.
    for _ in 0..2 {
        kernels[0].send("b".into(), MessageEnvelope::new(&Double { value: 100 })).await.unwrap();
    }
    let dispatcher = quick(&broker).route_to_several::<Double>(["a", "b", "c"], balance).build();
    for value in 0..9 {
        dispatcher.dispatch_message(&Double { value }).await.unwrap();
    }
    kernels.each_mut().map(|kernel| {
        let all = std::iter::from_fn(|| kernel.try_receive()).map(|message| value(&message));
        all.filter(|value| *value < 100).collect()
    })
}

#[tokio::test]
async fn several_kernels_share_the_messages_of_a_type() {
    assert_eq!(shares(Balance::RoundRobin).await, [[0, 3, 6], [1, 4, 7], [2, 5, 8]]);
    assert_eq!(shares(Balance::LeastLoaded).await, [vec![0, 2, 4, 7], vec![5, 8], vec![1, 3, 6]]);
    let by_key = shares(Balance::by_key(|message: &Double| message.value % 3)).await;
    assert_eq!(by_key.iter().map(Vec::len).sum::<usize>(), 9);
    for share in &by_key {
        assert!(
            share.iter().all(|value| (0..9)
                .filter(|other| other % 3 == value % 3)
                .all(|other| share.contains(&other)))
        );
    }
    assert!(by_key.iter().filter(|share| !share.is_empty()).count() > 1, "{by_key:?}");
}

#[tokio::test]
async fn the_least_loaded_kernel_is_one_that_is_there() {
    let broker = K2KBuilder::new().build();
    let there = broker.register("b".into());
    let dispatcher = quick(&broker).route_to_several::<Double>(["a", "b", "c"], Balance::LeastLoaded).build();
    for value in 0..3 {
        let receipt = dispatcher.dispatch_envelope(MessageEnvelope::new(&Double { value })).await.unwrap();
        assert_eq!(receipt.kernel.as_str(), "b");
    }
    assert_eq!(there.pending_count(), 3);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_an_error() {
    let broker = K2KBuilder::new().build();
    let balance = Balance::by_key(|message: &Double| message.value);
    let dispatcher = quick(&broker).route_to_several::<Double>(["a", "b"], balance).build();
    let mut envelope = MessageEnvelope::new(&Double { value: 1 });
    envelope.payload = vec![1].into();
    let error = dispatcher.dispatch_envelope(envelope).await.unwrap_err();
    assert!(matches!(error, DispatchError::InvalidKey(_)), "{error}");
}

#[tokio::test]
async fn what_can_pass_is_tried_again_and_the_last_failure_is_told() {
    let broker = impatient();
    let mut kernel = broker.register("busy".into());
    let policy = RetryPolicy::constant(2, Duration::from_millis(1));
    let dispatcher = DispatcherBuilder::new(broker.clone()).with_retry_policy(policy).build();
    let busy = || KernelId::from("busy");
    dispatcher.dispatch(busy(), Double { value: 1 }).await.unwrap();
    let error = dispatcher.dispatch(busy(), Double { value: 2 }).await.unwrap_err();
    let DispatchError::Undelivered { status: DeliveryStatus::QueueFull, attempts: 3, .. } = error else {
        panic!("{error}");
    };
    assert!(dispatcher.metrics().retries == 2 && dispatcher.metrics().errors == 1);
    assert!(matches!(RingKernelError::from(error), RingKernelError::Undeliverable { .. }));

    // Once there is room, a retry succeeds. The messages are not doubled.
    let patient = DispatcherBuilder::new(broker.clone())
        .with_retry_policy(RetryPolicy::constant(10_000, Duration::from_millis(1)))
        .with_timeout(Duration::from_secs(60))
        .build();
    let taking = async {
        tokio::task::yield_now().await;
        kernel.receive().await.unwrap()
    };
    let (receipt, first) = tokio::join!(patient.dispatch(busy(), Double { value: 3 }), taking);
    assert!(receipt.unwrap().attempts > 1);
    assert_eq!((value(&first), value(&kernel.try_receive().unwrap())), (1, 3));
    assert!(kernel.try_receive().is_none());

    // So is a kernel that is on its way back.
    drop(kernel);
    let returning = async {
        tokio::task::yield_now().await;
        broker.register(busy())
    };
    let (receipt, kernel) = tokio::join!(patient.dispatch(busy(), Double { value: 4 }), returning);
    receipt.unwrap();
    assert_eq!(kernel.pending_count(), 1);
}

#[tokio::test]
async fn retries_end_with_the_time_allowed() {
    let broker = impatient();
    let dispatcher = DispatcherBuilder::new(broker)
        .with_retry_policy(RetryPolicy::constant(usize::MAX, Duration::from_millis(5)))
        .with_timeout(Duration::from_millis(20))
        .build();
    let error = dispatcher.dispatch("nobody".into(), Double { value: 1 }).await.unwrap_err();
    assert!(
        matches!(error, DispatchError::Timeout { after, .. } if after == Duration::from_millis(20)),
        "{error}"
    );
}

#[tokio::test]
async fn a_tenant_is_refused_without_a_retry_and_its_rate_with() {
    let registry = TenantRegistry::new();
    registry.register(1, TenantQuota { max_messages_per_sec: 1, ..TenantQuota::unlimited() }).unwrap();
    registry.register(2, TenantQuota::unlimited()).unwrap();
    let broker = K2KBuilder::new().with_registry(Arc::new(registry)).build();
    let _theirs = broker.register_tenant(2, AuditTag::unspecified(), "theirs".into());
    let mut ours = broker.register_tenant(1, AuditTag::unspecified(), "ours".into());
    let dispatcher = DispatcherBuilder::new(broker)
        .with_tenant(1, AuditTag::new(3, 4))
        .with_name("front desk")
        .with_retry_policy(RetryPolicy::constant(2, Duration::from_millis(1)))
        .build();
    let error = dispatcher.dispatch("theirs".into(), Double { value: 1 }).await.unwrap_err();
    assert!(matches!(RingKernelError::from(error), RingKernelError::TenantMismatch { from: 1, to: 2 }));
    assert!(dispatcher.metrics().retries == 0);
    dispatcher.dispatch("ours".into(), Double { value: 1 }).await.unwrap();
    let error = dispatcher.dispatch("ours".into(), Double { value: 2 }).await.unwrap_err();
    assert!(matches!(RingKernelError::from(error), RingKernelError::QuotaExceeded(_)));
    assert!(dispatcher.metrics().retries == 2);
    let message = ours.try_receive().unwrap();
    assert_eq!((message.source.as_str(), message.tenant_id()), ("front desk", 1));
    assert_eq!(message.audit_tag(), AuditTag::new(3, 4));
}

#[tokio::test]
async fn the_default_priority_is_for_types_without_one() {
    let broker = K2KBuilder::new().build();
    let mut kernel = broker.register("a".into());
    let dispatcher = quick(&broker)
        .with_default_priority(Priority::Critical)
        .route::<Urgent>("a")
        .route::<Double>("a")
        .build();
    dispatcher.dispatch_message(&Urgent { priority: 3 }).await.unwrap();
    dispatcher.dispatch_message(&Double { value: 1 }).await.unwrap();
    dispatcher.dispatch_priority("a".into(), Double { value: 2 }, Priority::Low).await.unwrap();
    let priorities = std::iter::from_fn(|| kernel.try_receive()).map(|message| message.priority);
    assert_eq!(priorities.collect::<Vec<_>>(), [priority::CRITICAL, 3, priority::LOW]);
}

#[test]
fn pauses_double_up_to_the_longest_and_jitter_adds_up_to_as_much() {
    let ms = Duration::from_millis;
    let pauses = |policy: RetryPolicy| policy.pauses().collect::<Vec<_>>();
    assert!(pauses(RetryPolicy::never()).is_empty());
    assert_eq!(pauses(RetryPolicy::constant(2, ms(7))), [ms(7), ms(7)]);
    assert_eq!(pauses(RetryPolicy::exponential(3)), [ms(1), ms(2), ms(4)]);
    let crossed = RetryPolicy::exponential(2).with_pauses(ms(50), ms(20));
    assert_eq!(pauses(crossed), [ms(20), ms(20)], "no pause is longer than the longest");
    let limited = RetryPolicy::exponential(5).with_pauses(ms(10), ms(30));
    assert_eq!(pauses(limited), [ms(10), ms(20), ms(30), ms(30), ms(30)]);
    for (pause, least) in pauses(limited.with_jitter()).into_iter().zip([10, 20, 30, 30, 30]) {
        assert!(pause >= ms(least) && pause <= ms(2 * least), "{pause:?} for {least} ms");
    }
}

#[derive(PersistentMessage, Debug)]
#[persistent_message(handler_id = 2)]
struct Forget {
    value: u64,
}

/// Has an id that [`Double`] has.
#[derive(PersistentMessage, Debug)]
#[persistent_message(handler_id = 1)]
struct Halve {
    value: u64,
}

#[ring_kernel(id = "dispatcher.teller")]
fn teller(_ctx: &mut RingContext, message: Double) -> Doubled {
    Doubled { request: CorrelationId::NIL, value: 2 * message.value }
}

#[tokio::test]
async fn named_handlers_are_routes_and_stand_in_the_table() {
    let broker = K2KBuilder::new().build();
    let mut teller = broker.register("teller".into());
    let dispatcher = quick(&broker).route_named::<Double>("teller", "double").unwrap().build();
    dispatcher.register_with_name::<Forget>("teller".into(), "forget").unwrap();
    let refused = dispatcher.register_with_name::<Halve>("other".into(), "halve").unwrap_err();
    let (first, second) = ("double".into(), "halve".into());
    assert_eq!(refused, DispatchTableError::DuplicateHandler { id: HandlerId(1), first, second });
    assert!(!dispatcher.has_route(Halve::TYPE_ID), "what is refused changes nothing");
    let refused =
        quick(&broker).route_named::<Double>("a", "double").unwrap().route_named::<Halve>("b", "halve");
    assert!(refused.is_err());

    dispatcher.dispatch_message(&Forget { value: 3 }).await.unwrap();
    assert_eq!(teller.try_receive().unwrap().decode::<Forget>().unwrap().value, 3);
    let table = dispatcher.get_dispatch_table();
    let double = table.get(1).unwrap();
    assert_eq!((double.name.as_str(), double.message_type_id), ("double", Double::TYPE_ID));
    assert_eq!(double.response_type_id, Some(Doubled::TYPE_ID));
    assert!(matches!(&double.place, HandlerPlace::Kernel(kernel) if kernel.as_str() == "teller"));
    assert!(!table.get(2).unwrap().produces_response);
    assert!(dispatcher.unregister(Double::TYPE_ID));
    assert_eq!((dispatcher.get_dispatch_table().len(), table.len()), (1, 2), "a table is a copy");
    assert_eq!(Halve { value: 4 }.value, 4);
}

#[tokio::test]
async fn a_registered_kernel_brings_its_handlers() {
    let broker = K2KBuilder::new().build();
    let dispatcher = KernelDispatcher::new(broker);
    assert_eq!(dispatcher.register_kernel("window".into(), "dispatcher.teller").unwrap(), 1);
    assert_eq!(dispatcher.get_route(Double::TYPE_ID), ["window".into()]);
    let table = dispatcher.get_dispatch_table();
    let handler = table.get(1).unwrap();
    assert_eq!((handler.name.as_str(), handler.response_type_id), ("teller", Some(Doubled::TYPE_ID)));
    let unknown = dispatcher.register_kernel("window".into(), "dispatcher.nobody").unwrap_err();
    assert!(matches!(unknown, RingKernelError::KernelNotFound { .. }));
    let again = dispatcher.register_kernel("door".into(), "dispatcher.teller").unwrap_err();
    assert!(matches!(again, RingKernelError::InvalidConfig(_)));
    assert_eq!(dispatcher.get_route(Double::TYPE_ID), ["window".into()], "what is refused changes nothing");
}

#[tokio::test]
async fn a_dispatch_in_the_name_of_another_kernel_is_answered_there() {
    let broker = K2KBuilder::new().build();
    let kernel = tokio::spawn(double(broker.register("doubler".into())));
    let mut asker = broker.register("asker".into());
    let dispatcher = quick(&broker).route::<Double>("doubler").build();
    let envelope = MessageEnvelope::new(&Double { value: 6 });
    let receipt = dispatcher.dispatch_from("asker".into(), envelope.clone()).await.unwrap();
    let answer = asker.receive().await.unwrap();
    let answer: Doubled = answer.decode().unwrap();
    assert_eq!((answer.value, answer.request), (12, receipt.message_id.into()));
    let unknown = dispatcher.dispatch_from("nobody".into(), envelope).await.unwrap_err();
    assert!(matches!(unknown, DispatchError::Refused(_)), "{unknown}");
    assert!(dispatcher.metrics().messages_delivered == 1 && dispatcher.metrics().delivery_errors == 1);

    // Another tenant's kernels lend nobody their names, not even towards a kernel of their own tenant.
    let _foreign = broker.register_tenant(5, AuditTag::unspecified(), "foreign".into());
    let theirs = broker.register_tenant(5, AuditTag::unspecified(), "theirs".into());
    dispatcher.register::<Forget>("theirs".into());
    let envelope = MessageEnvelope::new(&Forget { value: 6 });
    let refused = dispatcher.dispatch_from("foreign".into(), envelope).await.unwrap_err();
    let is_unknown = |error: &RingKernelError| matches!(error, RingKernelError::KernelNotFound { .. });
    assert!(matches!(&refused, DispatchError::Refused(error) if is_unknown(error)), "{refused}");
    assert_eq!(theirs.pending_count(), 0);
    broker.unregister(&"doubler".into());
    kernel.await.unwrap();
}

#[tokio::test]
async fn two_calls_cannot_wait_for_the_same_answer() {
    let broker = K2KBuilder::new().build();
    let mut kernel = broker.register("slow".into());
    let dispatcher = quick(&broker).route::<Same>("slow").build();
    let same = Same { correlation: CorrelationId::from_parts(1, 2) };
    let answering = async {
        let request = kernel.receive().await.unwrap();
        let second = dispatcher.call_message(&same).await.unwrap_err();
        assert!(matches!(second, DispatchError::AnswerPending { .. }), "{second}");
        let answer = MessageEnvelope::new(&Doubled { request: same.correlation, value: 1 });
        kernel.send(request.source, answer).await.unwrap();
    };
    let (first, ()) = tokio::join!(dispatcher.call_message(&same), answering);
    assert_eq!(first.unwrap().value, 1, "the first still has its answer");
    assert!(kernel.try_receive().is_none(), "the second was not sent");
    assert!(dispatcher.metrics().errors == 1 && dispatcher.metrics().answers == 1);
}

#[derive(RingMessage, PersistentMessage, Debug)]
#[message(type_id = 77_001)]
#[persistent_message(handler_id = 9, requires_response = true, response = Doubled)]
struct Same {
    #[message(correlation)]
    correlation: CorrelationId,
}

/// Says itself how urgent it is.
#[derive(RingMessage, PersistentMessage, Debug)]
#[message(type_id = 77_002)]
#[persistent_message(handler_id = 10)]
struct Hurry {
    #[message(priority)]
    priority: u8,
}

#[tokio::test]
async fn the_flags_of_a_message_act() {
    let broker = K2KBuilder::new().build();
    let mut kernel = broker.register("kernel".into());
    let dispatcher = quick(&broker).route::<Double>("kernel").with_priority(3).build();
    let mut urgent = MessageEnvelope::new(&Double { value: 1 }).with_priority(1);
    urgent.header.flags = message_flags::FLAG_HIGH_PRIORITY;
    dispatcher.dispatch_message(&Double { value: 2 }).await.unwrap();
    dispatcher.dispatch_envelope(urgent).await.unwrap();
    let received = [kernel.try_receive().unwrap(), kernel.try_receive().unwrap()];
    assert_eq!(received.each_ref().map(value), [1, 2], "the urgent one first");
    assert_eq!(
        received.each_ref().map(|message| message.priority),
        [Priority::High.into(), Priority::Low.into()]
    );
    let mut critical = MessageEnvelope::new(&Double { value: 1 }).with_priority(priority::CRITICAL);
    critical.header.flags = message_flags::FLAG_HIGH_PRIORITY;
    dispatcher.dispatch_envelope(critical).await.unwrap();
    assert_eq!(
        kernel.try_receive().unwrap().priority,
        priority::CRITICAL,
        "the flag makes nothing less urgent"
    );
    // A priority that is given with the call wins over the message's own flag.
    let hurry = || Hurry { priority: priority::CRITICAL };
    dispatcher.dispatch("kernel".into(), hurry()).await.unwrap();
    assert_eq!(kernel.try_receive().unwrap().priority, priority::CRITICAL);
    dispatcher.dispatch_priority("kernel".into(), hurry(), Priority::Low).await.unwrap();
    let low = kernel.try_receive().unwrap();
    assert_eq!(low.priority, u8::from(Priority::Low));
    let required =
        |message: &K2KMessage| message.envelope.header.flags & message_flags::FLAG_REQUIRES_RESPONSE;
    assert_eq!(required(&low), 0, "who dispatches waits for no answer");
    let (answered, ()) = tokio::join!(dispatcher.call("kernel".into(), Double { value: 4 }), async {
        let request = kernel.receive().await.unwrap();
        assert_ne!(required(&request), 0);
        let answer = MessageEnvelope::new(&Doubled { request: request.id.into(), value: 8 });
        kernel.send(request.source, answer).await.unwrap();
    });
    assert_eq!(answered.unwrap().value, 8);
}

#[tokio::test]
async fn one_builder_makes_dispatchers_on_several_brokers() {
    let brokers = [K2KBuilder::new().build(), K2KBuilder::new().build()];
    let mut kernels = brokers.each_ref().map(|broker| broker.register("kernel".into()));
    let builder = quick(&brokers[0]).route::<Double>("kernel");
    let here = builder.clone().build();
    let there = builder.build_with_broker(brokers[1].clone());
    here.dispatch_message(&Double { value: 1 }).await.unwrap();
    there.dispatch_message(&Double { value: 2 }).await.unwrap();
    assert_eq!(kernels.each_mut().map(|kernel| value(&kernel.try_receive().unwrap())), [1, 2]);
    assert!(there.metrics().messages_delivered == 1 && there.metrics().delivery_errors == 0);
    there.reset_metrics();
    assert!(there.metrics().messages_delivered == 0 && here.metrics().messages_delivered == 1);
}
