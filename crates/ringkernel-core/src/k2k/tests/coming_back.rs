//! Names that are away for a moment, and tenants that do not come back.

use super::tenants::{NOBODY, audited};
use super::*;
use crate::error::RingKernelError;

fn status(sender: &K2KEndpoint, to: &str) -> DeliveryStatus {
    match sender.try_send(&id(to), numbered(1)) {
        Ok(receipt) => receipt.status,
        Err(K2KRefused { reason: RefusalReason::Undelivered(receipt), .. }) => receipt.status,
        Err(K2KRefused {
            reason: RefusalReason::Refused(RingKernelError::TenantMismatch { from: 1, to: 2 }),
            ..
        }) => DeliveryStatus::TenantMismatch,
        Err(refused) => panic!("{refused:?}"),
    }
}

#[test]
fn a_name_on_its_way_back_is_not_found_and_no_crossing() {
    let (broker, record) = audited(TenantQuota::unlimited());
    let sender = broker.register_tenant(1, NOBODY, id("a"));
    let mut others = broker.register_tenant(2, NOBODY, id("ledger"));
    let own = broker.register_tenant(1, NOBODY, id("ledger"));
    broker.add_route_in(1, id("far"), id("ledger")).unwrap();
    for away in 0..2 {
        assert_eq!(
            status(&sender, "ledger"),
            if away == 0 { DeliveryStatus::Delivered } else { DeliveryStatus::NotFound }
        );
        broker.sub_broker(1).unwrap().unregister(&id("ledger"));
        assert_eq!([status(&sender, "ledger"), status(&sender, "far")], [DeliveryStatus::NotFound; 2]);
    }
    drop(own);
    let own = broker.register_tenant(1, NOBODY, id("ledger"));
    assert_eq!(status(&sender, "ledger"), DeliveryStatus::Delivered);
    drop(own);
    assert_eq!(status(&sender, "ledger"), DeliveryStatus::NotFound);
    assert!(others.try_receive().is_none());
    assert_eq!((broker.stats().cross_tenant_rejections, record.count()), (0, 0));
}

#[test]
fn a_name_that_was_never_the_tenants_or_was_given_to_another_is_a_mismatch() {
    let (broker, record) = audited(TenantQuota::unlimited());
    let sender = broker.register_tenant(1, NOBODY, id("a"));
    let _others = broker.register_tenant(2, NOBODY, id("ledger"));
    assert_eq!(status(&sender, "ledger"), DeliveryStatus::TenantMismatch);
    // Had before, and then given away: it is not expected back.
    drop(broker.register_tenant(1, NOBODY, id("b")));
    let moved = broker.register_tenant(1, NOBODY, id("b"));
    let _moved = broker.move_kernel(moved, 2, NOBODY).unwrap();
    assert_eq!(status(&sender, "b"), DeliveryStatus::TenantMismatch);
    // It has lately had too many others since.
    drop(broker.register_tenant(1, NOBODY, id("c")));
    let _others = broker.register_tenant(2, NOBODY, id("c"));
    assert_eq!(status(&sender, "c"), DeliveryStatus::NotFound);
    (0..2_000).for_each(|n| drop(broker.register_tenant(1, NOBODY, id(&format!("{n}")))));
    assert_eq!(status(&sender, "c"), DeliveryStatus::TenantMismatch);
    assert_eq!((broker.stats().cross_tenant_rejections, record.count()), (3, 3));
}

#[test]
fn tenants_that_come_and_go_leave_no_part_behind() {
    const COMING: u64 = 5_000;
    let broker = broker();
    let registered = 1_000_000;
    broker.registry().register(registered, TenantQuota::unlimited()).unwrap();
    drop(broker.register_tenant(registered, NOBODY, id("a")));
    let present = broker.register_tenant(registered + 1, NOBODY, id("a"));
    broker.add_route_in(registered + 2, id("a"), id("b")).unwrap();
    drop(broker.register_tenant(registered + 3, NOBODY, id("a")));
    let held = broker.sub_broker(registered + 3).unwrap();
    let mut most = 0;
    for tenant in 1..=COMING {
        let kernel = broker.register_tenant(tenant, NOBODY, id("a"));
        assert_eq!(kernel.try_send(&id("a"), numbered(1)).unwrap().status, DeliveryStatus::Delivered);
        most = most.max(broker.tenant_count());
    }
    assert!(most < 200, "{most}");
    assert_eq!(broker.stats().messages_delivered, COMING, "the sum stays");
    for needed in [UNSPECIFIED_TENANT, registered, present.tenant_id(), registered + 2, held.tenant_id()] {
        assert!(broker.sub_broker(needed).is_some(), "{needed}");
    }
    assert!(broker.sub_broker(1).is_none() && broker.tenant_stats(1).is_none());
    assert!(held.register(NOBODY, id("b")).is_ok());
}
