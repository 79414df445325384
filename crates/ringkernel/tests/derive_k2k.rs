//! `#[message(k2k_routable = .., category = "..")]`: types enter the registry of those for messages between kernels.
#![deny(warnings, missing_docs, clippy::all)]

use ringkernel::k2k::K2KTypeRegistry;
use ringkernel::prelude::*;

#[derive(RingMessage)]
#[message(type_id = 11, k2k_routable = true, category = "orders")]
struct PlaceOrder {
    item: u32,
}

#[derive(RingMessage)]
#[message(domain = "OrderMatching", k2k_routable = true, category = "orders")]
struct CancelOrder {
    item: u32,
}

#[derive(RingMessage)]
#[message(type_id = 12, category = "reports")]
struct Report {
    text: String,
}

#[derive(RingMessage)]
#[message(k2k_routable = true)]
struct Ping;

#[derive(RingMessage)]
struct Private {
    secret: u64,
}

#[test]
fn what_types_say_is_in_the_registry() {
    let registry = K2KTypeRegistry::discover();
    assert_eq!(registry.len(), 4);
    let mut orders = vec![PlaceOrder::TYPE_ID, CancelOrder::TYPE_ID];
    orders.sort_unstable();
    assert_eq!(registry.get_category("orders"), orders);
    assert_eq!(registry.get_category("reports"), [12]);
    assert_eq!(registry.categories().collect::<Vec<_>>(), ["orders", "reports"]);
    assert!(registry.is_routable(PlaceOrder::TYPE_ID) && registry.is_routable(Ping::TYPE_ID));
    assert!(!registry.is_routable(Report::TYPE_ID), "it has a category alone");
    assert!(registry.get(Private::TYPE_ID).is_none());
    let place = registry.get_by_name("PlaceOrder").expect("it is registered");
    assert_eq!((place.type_id, place.type_name), (11, PlaceOrder::MESSAGE_TYPE));
    assert_eq!(place.category, Some("orders"));
    assert_eq!(registry.get_by_name("Ping").map(|ping| ping.category), Some(None));
}
