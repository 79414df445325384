//! Hops, circles, passing on.

use super::*;

#[tokio::test]
async fn a_message_for_a_name_without_a_kernel_goes_by_the_route() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let mut gate = broker.register(id("gate"));
    broker.add_route(id("far"), id("middle")).unwrap();
    broker.add_route(id("middle"), id("gate")).unwrap();
    let receipt = sender.send(id("far"), numbered(1)).await.unwrap();
    assert_eq!(receipt.status, DeliveryStatus::Pending);
    let message = gate.receive().await.unwrap();
    assert_eq!((&message.source, &message.destination, message.hops), (&id("a"), &id("far"), 2));
    assert_eq!(broker.stats().routes_configured, 2);
    assert_eq!(broker.stats().messages_delivered, 0, "it is on its way");

    // Once the name has a kernel, the hop can pass it on, and new messages need no hop.
    let mut far = broker.register(id("far"));
    let passed_on = gate.forward(message).await.unwrap();
    assert_eq!((passed_on.status, passed_on.message_id), (DeliveryStatus::Delivered, receipt.message_id));
    assert_eq!(passed_on.source, id("a"));
    assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::Delivered));
    let arrived = far.receive().await.unwrap();
    assert_eq!((&arrived.source, &arrived.destination, arrived.hops), (&id("a"), &id("far"), 3));
    assert_eq!((arrived.id, arrived.sent_at), (receipt.message_id, receipt.timestamp));
    let direct = sender.send(id("far"), numbered(2)).await.unwrap();
    assert_eq!(direct.status, DeliveryStatus::Delivered);
    assert_eq!(far.receive().await.unwrap().hops, 0);
    assert_eq!(broker.stats().messages_delivered, 2);
}

#[tokio::test]
async fn a_hop_that_is_the_end_of_the_way_cannot_pass_a_message_on() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let mut gate = broker.register(id("gate"));
    broker.add_route(id("far"), id("gate")).unwrap();
    let receipt = sender.send(id("far"), numbered(1)).await.unwrap();
    let message = gate.receive().await.unwrap();
    assert_eq!(gate.forward(message).await.unwrap().status, DeliveryStatus::NotFound);
    assert_eq!(status_of(&broker, &receipt.message_id), Some(DeliveryStatus::NotFound));
}

#[tokio::test]
async fn a_route_that_would_close_a_circle_is_refused_and_named() {
    let broker = broker();
    broker.add_route(id("a"), id("b")).unwrap();
    broker.add_route(id("b"), id("c")).unwrap();
    let circle = broker.add_route(id("c"), id("a")).unwrap_err();
    assert_eq!(circle.path, [id("a"), id("b"), id("c")]);
    assert_eq!(circle.to_string(), "a route from `c` by `a` would lead back to `c`: a -> b -> c");
    assert!(broker.add_route(id("d"), id("d")).is_err());
    assert_eq!(broker.stats().routes_configured, 2);
    // Another tenant's routes are its own, and replacing a route can open a way.
    broker.add_route_in(7, id("c"), id("a")).unwrap();
    broker.add_route(id("b"), id("d")).unwrap();
    broker.add_route(id("c"), id("a")).unwrap();
}

#[tokio::test]
async fn a_way_of_more_routes_than_allowed_is_refused() {
    for (max_hops, hops, expected) in [
        (3, 3, DeliveryStatus::Pending),
        (3, 4, DeliveryStatus::MaxHopsExceeded),
        (0, 0, DeliveryStatus::Delivered),
        (0, 1, DeliveryStatus::MaxHopsExceeded),
        (255, K2KMessage::MAX_HOPS, DeliveryStatus::Pending),
        (255, K2KMessage::MAX_HOPS + 1, DeliveryStatus::MaxHopsExceeded),
    ] {
        let broker = K2KBuilder::new().max_hops(max_hops).build();
        let sender = broker.register(id("a"));
        let _end = broker.register(id("0"));
        for hop in 0..hops {
            broker.add_route(id(&format!("{}", hop + 1)), id(&format!("{hop}"))).unwrap();
        }
        let receipt = sender.send(id(&format!("{hops}")), numbered(1)).await.unwrap();
        assert_eq!(receipt.status, expected, "{hops} of {max_hops}");
        assert_eq!(status_of(&broker, &receipt.message_id), Some(expected));
    }
}

/// No broker can see a circle through two of them, so it ends by the hops.
#[tokio::test]
async fn a_circle_through_two_brokers_ends_by_the_hops() {
    let (left, right) = (broker(), broker());
    let sender = left.register(id("a"));
    let mut on_left = left.register(id("gate"));
    let mut on_right = right.register(id("gate"));
    left.add_route(id("far"), id("gate")).unwrap();
    right.add_route(id("far"), id("gate")).unwrap();
    // Each gate passes on through the other's broker.
    let (to_right, to_left) = (right.register(id("from left")), left.register(id("from right")));
    assert_eq!(sender.send(id("far"), numbered(1)).await.unwrap().status, DeliveryStatus::Pending);
    let mut way = Vec::new();
    let end = loop {
        let (from, into) =
            if way.len() % 2 == 0 { (&mut on_left, &to_right) } else { (&mut on_right, &to_left) };
        let message = from.receive().await.unwrap();
        way.push(message.hops);
        match into.forward(message).await.unwrap().status {
            DeliveryStatus::Pending => {}
            status => break status,
        }
    };
    assert_eq!(end, DeliveryStatus::MaxHopsExceeded);
    assert_eq!(way, [1, 3, 5, 7], "the default is eight hops");
}

#[tokio::test]
async fn a_removed_route_leads_nowhere_even_for_those_who_knew_it() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let mut gate = broker.register(id("gate"));
    broker.add_route(id("far"), id("gate")).unwrap();
    sender.send(id("far"), numbered(1)).await.unwrap();
    assert!(broker.remove_route(&id("far")) && !broker.remove_route(&id("far")));
    assert_eq!(sender.send(id("far"), numbered(2)).await.unwrap().status, DeliveryStatus::NotFound);
    assert_eq!(numbers(&mut gate), [1]);
    assert!(!broker.remove_route_in(7, &id("far")));
}

#[test]
fn hops_are_counted_up_to_the_most_that_any_message_may_take() {
    let sent_at = crate::HlcTimestamp::zero();
    let mut message = K2KMessage::new(id("a"), id("b"), numbered(1), sent_at).with_priority(9);
    assert_eq!((message.priority, message.envelope.header.priority), (9, 9));
    (0..K2KMessage::MAX_HOPS).for_each(|_| message.increment_hops().unwrap());
    assert_eq!(message.increment_hops(), Err(TooManyHops { hops: 16 }));
    assert_eq!(message.hops, 16);
}
