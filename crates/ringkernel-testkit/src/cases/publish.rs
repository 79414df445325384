//! What kernels publish, and what they are subscribed to.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use ringkernel::context::K2KRefusal;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::k2k::tenant::{AuditEvent, TenantQuota, TenantRegistry};
use ringkernel::prelude::*;
use ringkernel::pubsub::{Delivery, PubSubError, ReceiveError};
use ringkernel::runtime::{AuditTag, TenantScope, UNSPECIFIED_TENANT};

use super::quotas::burst;
use crate::kernels::topics::{Heard, News, PublishNews, PublishRumour, Published, Rumour, UNHEARD_OF};
use crate::record::Record;
use crate::rig::{Factory, Rig, inactive, receive_all};
use crate::wait::{LIMIT, eventually};

const SPORTS: u32 = 0;
const ALL: u32 = 3;

/// Has `count` news published, which have to be accepted.
async fn publish(publisher: &KernelHandle, topic: u32, first: u64, count: u32) {
    let published: Published =
        publisher.call(PublishNews { first, count, topic }, LIMIT).await.expect("it answers");
    assert_eq!(published, Published { accepted: count, refused: 0, reason: 0 });
}

/// The next publication.
async fn next(subscription: &mut Subscription) -> Result<Delivery, ReceiveError> {
    tokio::time::timeout(LIMIT, subscription.receive()).await.expect("something arrives")
}

fn number(delivery: &Delivery) -> u64 {
    delivery.envelope.decode::<News>().expect("news").number
}

/// The numbers of the next `count` publications.
async fn numbers(subscription: &mut Subscription, count: usize) -> Vec<u64> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        numbers.push(number(&next(subscription).await.expect("no publication is missed")));
    }
    numbers
}

/// The numbers of the news that a kernel hears next.
async fn heard(kernel: &KernelHandle, count: usize) -> Vec<u64> {
    receive_all::<Heard>(kernel, count).await.iter().map(|heard| heard.number).collect()
}

/// What hosts say that their time is; nobody goes by it.
fn stamp() -> HlcTimestamp {
    HlcTimestamp::new(1, 0, 1)
}

fn packed(number: u64) -> MessageEnvelope {
    MessageEnvelope::pack(&mut News { number })
}

/// In their order, with what is known of the kernel.
pub async fn hosts_get_what_a_kernel_publishes(factory: Factory) {
    let rig = Rig::start(factory).await;
    let broker = rig.pubsub();
    let mut subscription = broker.subscribe("host", "news/*").expect("there is room");
    let publisher = rig.launch_as("paper", "testkit.publisher", LaunchOptions::default()).await;
    publish(&publisher, ALL, 0, 30).await;
    let mut before = None;
    for index in 0..20 {
        let delivery = next(&mut subscription).await.expect("no publication is missed");
        assert_eq!(number(&delivery), index / 2 * 3 + index % 2);
        let name = if index % 2 == 0 { "news/sports" } else { "news/weather" };
        assert_eq!((delivery.topic.name(), delivery.sequence), (name, index / 2 + 1));
        assert_eq!(delivery.publisher.as_str(), "paper");
        let header = &delivery.envelope.header;
        assert_eq!(header.source, publisher.actor_ref());
        assert_eq!((header.tenant_id, header.audit_tag), (UNSPECIFIED_TENANT, AuditTag::unspecified()));
        assert_eq!(delivery.timestamp, header.timestamp);
        assert!(before.is_none_or(|before| before < header.timestamp), "its clock goes forward");
        before = Some(header.timestamp);
    }
    eventually("all is published", || broker.stats().total_messages_published == 30).await;
    assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
    eventually("all is counted", || publisher.metrics().messages_sent == 31).await;
    rig.finish().await;
}

/// By a name, by one level and by the rest, each publication once however many patterns of a kernel match.
pub async fn kernels_get_what_their_patterns_match(factory: Factory) {
    let rig = Rig::start(factory).await;
    let mut readers = Vec::new();
    for name in ["testkit.reader.sports", "testkit.reader.sections", "testkit.reader.all"] {
        readers.push(rig.launch_default(name).await);
    }
    let publisher = rig.launch_default("testkit.publisher").await;
    publish(&publisher, ALL, 0, 9).await;
    // A host's publications are no different. On a device, those of a handler are out some time after its answer.
    let broker = rig.pubsub();
    eventually("all is published", || broker.stats().total_messages_published == 9).await;
    let envelope = packed(9);
    let published = broker.publish("news/sports", "host", envelope, stamp()).await;
    assert_eq!(published, Ok(4));
    assert_eq!(heard(&readers[0], 4).await, [0, 3, 6, 9]);
    assert_eq!(heard(&readers[1], 7).await, [0, 1, 3, 4, 6, 7, 9]);
    assert_eq!(heard(&readers[2], 10).await, (0..10).collect::<Vec<_>>());
    for reader in &readers {
        assert!(reader.try_receive().is_err(), "each comes once");
    }
    assert_eq!(rig.metrics().dead_letters, 0);
    rig.finish().await;
}

/// Of what one kernel publishes to two topics, on the way to one subscriber.
pub async fn publications_of_a_kernel_stay_in_order(factory: Factory) {
    const ROUNDS: u64 = 20;
    let rig = Rig::start(factory).await;
    let mut subscription = rig.pubsub().subscribe("host", "#").expect("there is room");
    let reader = rig.launch_default("testkit.reader.all").await;
    let publisher = rig.launch_default("testkit.publisher").await;
    for round in 0..ROUNDS {
        publish(&publisher, ALL, 12 * round, 12).await;
        let expected: Vec<_> = (12 * round..12 * (round + 1)).collect();
        assert_eq!(heard(&reader, 12).await, expected);
        assert_eq!(numbers(&mut subscription, 12).await, expected);
    }
    rig.finish().await;
}

/// The same topic of two tenants, on the account of whom a kernel was launched for.
pub async fn topics_of_two_tenants_are_kept_apart(factory: Factory) {
    let tenants = Arc::new(TenantRegistry::new());
    [1, 2].into_iter().for_each(|id| tenants.register(id, TenantQuota::unlimited()).expect("it is new"));
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let unknown = rig.as_tenant(9, AuditTag::unspecified()).pubsub();
    assert!(matches!(unknown, Err(RingKernelError::InvalidConfig(_))), "{unknown:?}");
    let mut nobodys = rig.pubsub().subscribe("host", "#").expect("there is room");
    let mut of_tenants = Vec::new();
    for tenant in [1, 2] {
        let audit = AuditTag::new(tenant, 7);
        let scope = rig.as_tenant(tenant, audit);
        let topics = scope.pubsub().expect("the tenant is registered");
        let subscription = topics.subscribe("host", "#").expect("there is room");
        let named = |name| LaunchOptions::default().with_handler(name);
        let reader = scope.launch("reader", named("testkit.reader.all")).await.expect("it launches");
        let publisher = scope.launch("publisher", named("testkit.publisher")).await.expect("it launches");
        of_tenants.push((audit, topics, subscription, reader, publisher));
    }
    for (audit, .., publisher) in &of_tenants {
        publish(publisher, SPORTS, 100 * audit.org_id, 4).await;
    }
    for (audit, topics, subscription, reader, _) in &mut of_tenants {
        let first = 100 * audit.org_id;
        assert_eq!(heard(reader, 4).await, (first..first + 4).collect::<Vec<_>>());
        for index in 0..4 {
            let delivery = next(subscription).await.expect("no publication is missed");
            assert_eq!((number(&delivery), delivery.sequence), (first + index, index + 1));
            let header = &delivery.envelope.header;
            assert_eq!((header.tenant_id, header.audit_tag), (audit.org_id, *audit));
        }
        // What its host publishes reaches its own kernel, whatever the envelope claims about the account.
        let claiming = packed(first + 4).with_audit_tag(AuditTag::new(5, 5));
        let sent = topics.publish("news/sports", "host", claiming, stamp()).await;
        assert_eq!(sent, Ok(5));
        assert_eq!(next(subscription).await.expect("it arrives").envelope.header.audit_tag, *audit);
        assert_eq!(heard(reader, 1).await, [first + 4]);
        let foreign = packed(1).with_tenant_id(3 - audit.org_id);
        let refused = topics.publish("news/sports", "host", foreign, stamp()).await;
        assert!(matches!(refused, Err(PubSubError::TenantMismatch { .. })), "{refused:?}");
    }
    for (_, _, subscription, reader, _) in &mut of_tenants {
        assert_eq!(subscription.try_receive().err(), Some(ReceiveError::Empty));
        assert!(reader.try_receive().is_err());
    }
    assert_eq!(nobodys.try_receive().err(), Some(ReceiveError::Empty));
    rig.finish().await;
}

/// Registering a tenant again changes its quota. Once its kernels have ended, it is another tenant, which finds nothing.
pub async fn topics_go_on_under_another_quota_while_a_kernel_that_publishes_runs(factory: Factory) {
    let tenants = Arc::new(TenantRegistry::new());
    let register = || {
        tenants.deregister(1);
        tenants.register(1, TenantQuota::unlimited()).expect("it is new");
    };
    register();
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let scope = rig.as_tenant(1, AuditTag::unspecified());
    let topics = || scope.pubsub().expect("the tenant is registered");
    let named = LaunchOptions::default().with_handler("testkit.publisher");
    let publisher = scope.launch("publisher", named).await.expect("it launches");
    publish(&publisher, SPORTS, 1, 1).await;
    eventually("it is published", || topics().stats().total_messages_published == 1).await;

    register();
    let mut subscription = topics().subscribe("host", "#").expect("there is room");
    publish(&publisher, SPORTS, 2, 1).await;
    let delivery = next(&mut subscription).await.expect("no publication is missed");
    assert_eq!((number(&delivery), delivery.sequence), (2, 2));

    drop(subscription);
    let former = topics();
    publisher.terminate().await.expect("it runs");
    eventually("it has left", || {
        register();
        topics().list_topics().is_empty()
    })
    .await;
    let refused = former.publish("news/sports", "host", packed(3), stamp()).await;
    assert_eq!(refused, Err(PubSubError::RegistrationEnded { tenant: 1 }));
    rig.finish().await;
}

/// A host without room is told how much it missed; what a kernel has no room for is a dead letter. The publisher notices nothing.
pub async fn subscribers_without_room_miss_publications_and_are_told(factory: Factory) {
    let broker = PubSubBuilder::new().channel_buffer_size(4).build();
    let rig = Rig::start_with(factory, |config| config.pubsub = Some(broker.clone())).await;
    let mut slow = broker.subscribe("slow", "news/sports").expect("there is room");
    let options = inactive().with_input_queue_capacity(4);
    let reader = rig.launch_with("testkit.reader.sports", options).await;
    let publisher = rig.launch_default("testkit.publisher").await;
    publish(&publisher, SPORTS, 0, 10).await;
    let letters = rig.dead_letters_of(6, &reader, DeadLetterReason::QueueFull).await;
    let lost: Vec<_> =
        letters.iter().map(|letter| letter.envelope.decode::<News>().expect("news").number).collect();
    assert_eq!(lost, [4, 5, 6, 7, 8, 9]);
    assert_eq!(reader.metrics().telemetry.buffer.messages_dropped, 6);
    eventually("the host has missed the rest", || broker.stats().rejected == 12).await;

    assert_eq!(slow.try_receive().err(), Some(ReceiveError::Lagged { missed: 6 }));
    assert_eq!(numbers(&mut slow, 4).await, [0, 1, 2, 3]);
    assert_eq!(slow.try_receive().err(), Some(ReceiveError::Empty));
    reader.activate().await.expect("it is launched");
    assert_eq!(heard(&reader, 4).await, [0, 1, 2, 3]);
    publish(&publisher, SPORTS, 10, 2).await;
    assert_eq!(heard(&reader, 2).await, [10, 11]);
    assert_eq!(numbers(&mut slow, 2).await, [10, 11]);
    rig.finish().await;
}

/// A host that publishes waits for room at a kernel, or is told that there was none.
pub async fn a_host_that_publishes_waits_for_room_at_kernels(factory: Factory) {
    let broker = PubSubBuilder::new().publish_timeout(LIMIT).build();
    let rig = Rig::start_with(factory, |config| config.pubsub = Some(broker.clone())).await;
    let reader = rig.launch_with("testkit.reader.sports", inactive().with_input_queue_capacity(2)).await;
    let news = |number| Publication::new("news/sports", "host", packed(number), stamp());
    for number in 0..2 {
        broker.try_send(news(number)).expect("there is room");
    }
    match broker.try_send(news(2)) {
        Err(PubSubError::Rejected { without_room, .. }) => {
            assert_eq!(without_room, ["testkit.reader.sports".into()])
        }
        sent => panic!("{sent:?}"),
    }
    assert_eq!(rig.metrics().dead_letters, 0, "the host has been told");
    let mut waiting = pin!(broker.send(news(3)));
    let first = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context))).await;
    assert!(first.is_pending(), "there is no room: {first:?}");
    reader.activate().await.expect("it is launched");
    waiting.await.expect("there is room in the end");
    for number in 4..40 {
        broker.send(news(number)).await.expect("there is room in the end");
    }
    let expected: Vec<_> = [0, 1].into_iter().chain(3..40).collect();
    assert_eq!(heard(&reader, expected.len()).await, expected);
    rig.finish().await;
}

/// What its handlers do not take, and what would be too large, dies with its reason.
pub async fn publications_that_a_kernel_does_not_handle_are_dead_letters(factory: Factory) {
    let rig = Rig::start(factory).await;
    let reader = rig.launch_default("testkit.reader.sports").await;
    let publisher = rig.launch_default("testkit.publisher").await;
    let published: Published = publisher.call(PublishRumour { number: 5 }, LIMIT).await.expect("it answers");
    assert_eq!(published.accepted, 1);
    let letters = rig.dead_letters_of(1, &reader, DeadLetterReason::UnhandledMessage).await;
    assert_eq!(letters[0].envelope.decode::<Rumour>().expect("a rumour").number, 5);
    assert_eq!(reader.metrics().messages_received, 0);
    rig.finish().await;
}

/// What hosts have published to be retained is in its mailbox when it is launched, in front of what comes then.
pub async fn a_kernel_that_comes_late_gets_what_is_retained(factory: Factory) {
    let rig = Rig::start(factory).await;
    let broker = rig.pubsub();
    for number in 0..3 {
        broker
            .publish_retained("news/sports", "host", packed(number), stamp())
            .await
            .expect("nobody is there");
    }
    let publisher = rig.launch_default("testkit.publisher").await;
    publish(&publisher, SPORTS, 50, 2).await;
    eventually("it is published", || broker.stats().total_messages_published == 5).await;
    let late = rig.launch_with("testkit.reader.all", inactive()).await;
    publish(&publisher, SPORTS, 60, 2).await;
    late.activate().await.expect("it is launched");
    assert_eq!(heard(&late, 5).await, [0, 1, 2, 60, 61]);
    rig.finish().await;
}

/// Nothing is left of one for which there is no place among the subscribers, and it can be launched once there is one.
pub async fn a_kernel_without_a_place_among_the_subscribers_is_not_launched(factory: Factory) {
    let broker = PubSubBuilder::new().max_subscribers_per_topic(1).build();
    let rig = Rig::start_with(factory, |config| config.pubsub = Some(broker.clone())).await;
    let first = rig.launch_default("testkit.reader.sports").await;
    for _ in 0..3 {
        let options = LaunchOptions::default().with_handler("testkit.reader.sports");
        match rig.launch("second", options).await {
            Err(RingKernelError::PubSub(PubSubError::TooManySubscribers { limit: 1, .. })) => {}
            launched => panic!("{launched:?}"),
        }
        assert_eq!(rig.list_kernels(), [first.id().clone()]);
    }
    first.terminate().await.expect("it ends");
    let options = LaunchOptions::default().with_handler("testkit.reader.sports");
    let second = rig.launch_with("second", options).await;
    let publisher = rig.launch_default("testkit.publisher").await;
    publish(&publisher, SPORTS, 7, 1).await;
    assert_eq!(heard(&second, 1).await, [7]);
    rig.finish().await;
}

/// With its queue, and without what made it fault. One that has ended is no subscriber any more.
pub async fn a_subscriber_stays_one_until_it_ends(factory: Factory) {
    let rig = Rig::start(factory).await;
    let broker = rig.pubsub();
    let restart = RestartPolicy::limited(3, Duration::from_secs(3_600));
    let options = LaunchOptions::default().with_restart(restart);
    let reader = rig.launch_with("testkit.reader.sports", options).await;
    let brittle = rig.launch_default("testkit.reader.sections").await;
    let publisher = rig.launch_default("testkit.publisher").await;
    assert_eq!(broker.stats().total_subscribers, 2);
    publish(&publisher, SPORTS, UNHEARD_OF - 2, 5).await;
    let answers: Vec<Heard> = receive_all(&reader, 4).await;
    let heard_of = |number, count| Heard { number, count };
    let before = [heard_of(UNHEARD_OF - 2, 1), heard_of(UNHEARD_OF - 1, 2)];
    assert_eq!(answers[..2], before);
    assert_eq!(answers[2..], [heard_of(UNHEARD_OF + 1, 1), heard_of(UNHEARD_OF + 2, 2)], "it starts again");

    // What the other one cannot hear any more is known.
    assert_eq!(receive_all::<Heard>(&brittle, 2).await, before);
    publish(&publisher, SPORTS, 0, 1).await;
    assert_eq!(heard(&reader, 1).await, [0]);
    let letters = rig.dead_letters(5).await;
    let dead_of = |kernel: &KernelHandle, reason| {
        letters
            .iter()
            .filter(|letter| letter.kernel.as_ref() == Some(kernel.id()) && letter.reason == reason)
            .count()
    };
    assert_eq!(dead_of(&reader, DeadLetterReason::HandlerFault), 1);
    assert_eq!(dead_of(&brittle, DeadLetterReason::HandlerFault), 1);
    assert_eq!(dead_of(&brittle, DeadLetterReason::KernelFailed), 3);

    for kernel in [&reader, &brittle] {
        kernel.terminate().await.expect("it ends");
    }
    assert_eq!(broker.stats().total_subscribers, 0);
    publish(&publisher, SPORTS, 1, 2).await;
    eventually("it is published", || broker.stats().total_messages_published == 8).await;
    assert_eq!(rig.metrics().dead_letters, 5, "nobody is there to miss it");

    let again = rig.launch_default("testkit.reader.sports").await;
    publish(&publisher, SPORTS, 3, 1).await;
    assert_eq!(heard(&again, 1).await, [3]);
    rig.finish().await;
}

/// By one broker, in both directions.
pub async fn kernels_of_two_runtimes_publish_to_each_other(factory: Factory) {
    let broker = PubSubBuilder::new().build();
    let mut sides = Vec::new();
    for _ in 0..2 {
        let rig = Rig::start_with(factory, |config| config.pubsub = Some(broker.clone())).await;
        let publisher = rig.launch_default("testkit.publisher").await;
        let reader = rig.launch_default("testkit.reader.all").await;
        sides.push((rig, publisher, reader));
    }
    for (side, (_, publisher, _)) in (0..).zip(&sides) {
        publish(publisher, ALL, 10 * side, 6).await;
        for (.., reader) in &sides {
            assert_eq!(heard(reader, 6).await, (10 * side..10 * side + 6).collect::<Vec<_>>());
        }
    }
    let (first, ..) = sides.swap_remove(0);
    first.finish().await;
    let (second, publisher, reader) = &sides[0];
    assert_eq!(broker.stats().total_subscribers, 3, "the patterns of the one that is left");
    publish(publisher, SPORTS, 70, 1).await;
    assert_eq!(heard(reader, 1).await, [70]);
    assert_eq!(second.metrics().dead_letters, 0);
    sides.swap_remove(0).0.finish().await;
}

/// What a tenant may not publish is refused or, on a device, a dead letter, and is on record.
pub async fn a_tenants_kernels_publish_what_its_quota_allows(factory: Factory) {
    const TRIED: u32 = 800;
    const PER_SECOND: u64 = 100;
    let record = Arc::new(Record::default());
    let tenants = Arc::new(TenantRegistry::with_audit_sink(record.clone()));
    let quota = TenantQuota { max_messages_per_sec: PER_SECOND, ..TenantQuota::unlimited() };
    tenants.register(1, quota).expect("it is new");
    let rig = Rig::start_with(factory, |config| config.tenants = Some(tenants.clone())).await;
    let audit = AuditTag::new(1, 7);
    let scope = rig.as_tenant(1, audit);
    let topics = scope.pubsub().expect("the tenant is registered");
    let publisher = scope
        .launch("publisher", LaunchOptions::default().with_handler("testkit.publisher"))
        .await
        .expect("it launches");
    let started = Instant::now();
    let all = PublishNews { first: 0, count: TRIED, topic: SPORTS };
    let published: Published = loop {
        match publisher.call(all, LIMIT).await {
            // What asks for it counts, too.
            Err(RingKernelError::QuotaExceeded(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
            answer => break answer.expect("it answers"),
        }
    };
    assert_eq!(published.accepted + published.refused, TRIED);
    assert!(published.refused == 0 || published.reason == K2KRefusal::QuotaExceeded as u32, "{published:?}");
    let out = || topics.stats().total_messages_published;
    let dead = || rig.metrics().dead_letters;
    eventually("all are accounted for", || out() + dead() + u64::from(published.refused) == u64::from(TRIED))
        .await;
    // A device has some of its own, besides what may come at once.
    let most = 2.0 * burst(PER_SECOND) as f64 + PER_SECOND as f64 * started.elapsed().as_secs_f64();
    assert!(out() >= 1 && out() as f64 <= most, "{} of {TRIED} were published, {most} may be", out());
    for letter in rig.take_dead_letters() {
        assert_eq!(
            (letter.reason, letter.kernel),
            (DeadLetterReason::NotPublished, Some("publisher".into()))
        );
        assert_eq!((letter.envelope.header.tenant_id, letter.envelope.header.audit_tag), (1, audit));
    }
    let on_record = record.events();
    // What a device counts in one handler without end is put on record up to a limit.
    let refused = dead() + u64::from(published.refused);
    assert!(refused > 0 && !on_record.is_empty(), "{refused} refused, {} on record", on_record.len());
    for event in on_record {
        assert!(
            matches!(event, AuditEvent::QuotaExceeded { audit_tag, .. } if audit_tag == audit),
            "{event:?}"
        );
    }
    rig.finish().await;
}
