//! Messages that senders have taken ahead and did not send are their tenant's again.

use super::tenants::at_one_moment;
use super::*;

const NOBODY: AuditTag = AuditTag::unspecified();

/// All that tenant 1 may send at one moment, where senders may take ten ahead.
const BURST: usize = 10_000;

fn limited() -> Arc<K2KBroker> {
    let registry = TenantRegistry::new();
    let quota = TenantQuota { max_messages_per_sec: 10 * BURST as u64, ..TenantQuota::unlimited() };
    registry.register(1, quota).unwrap();
    K2KBuilder::new().max_pending_messages(1 << 16).with_registry(Arc::new(registry)).build()
}

/// Sends until the quota is used up, and tells how many messages that took.
fn sent_by(senders: impl Iterator<Item = K2KEndpoint>, each: usize) -> usize {
    let mut sent = 0;
    for sender in senders {
        for _ in 0..each {
            match sender.try_send(&id("b"), numbered(0)) {
                Ok(_) => sent += 1,
                Err(_) => return sent,
            }
        }
    }
    sent
}

/// As endpoints of short tasks do.
#[test]
fn senders_that_leave_give_back_what_they_have_taken_ahead() {
    at_one_moment(async {
        for each in [1, 2, 5, 11] {
            let broker = limited();
            let _receiver = broker.register_tenant(1, NOBODY, id("b"));
            let senders = (0..2 * BURST).map(|_| broker.register_tenant(1, NOBODY, id("a")));
            assert_eq!(sent_by(senders, each), BURST, "by senders of {each} messages");
        }
    });
}

#[test]
fn a_change_of_the_registry_uses_up_no_messages() {
    at_one_moment(async {
        let broker = limited();
        let _receiver = broker.register_tenant(1, NOBODY, id("b"));
        let sender = broker.register_tenant(1, NOBODY, id("a"));
        let sent = (2..).take_while(|tenant| {
            broker.registry().register(*tenant, TenantQuota::unlimited()).unwrap();
            sender.try_send(&id("b"), numbered(0)).is_ok()
        });
        assert_eq!(sent.count(), BURST);
    });
}

/// Taken ahead are as many as were sent before, so that many senders of a few messages each keep little from others.
#[test]
fn who_has_sent_little_keeps_little_from_others() {
    at_one_moment(async {
        let broker = limited();
        let _receiver = broker.register_tenant(1, NOBODY, id("b"));
        let senders: Vec<_> = (0..BURST / 2)
            .map(|sender| broker.register_tenant(1, NOBODY, id(&format!("{sender}"))))
            .collect();
        for sender in &senders {
            sender.try_send(&id("b"), numbered(0)).expect("half of what there is");
        }
        let last = broker.register_tenant(1, NOBODY, id("last"));
        assert_eq!(sent_by([last].into_iter(), BURST), BURST / 2);
    });
}
