//! Quotas and accounts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringkernel_abi::AuditTag;

use super::ahead::Ahead;
use super::*;
use crate::clock::{ManualClock, TimeSource};
use crate::error::RingKernelError;

const TENANT: TenantId = 7;

fn registry(quota: TenantQuota) -> TenantRegistry {
    let registry = TenantRegistry::new();
    registry.register(TENANT, quota).expect("it is new");
    registry
}

fn engagement(id: u64) -> AuditTag {
    AuditTag::new(1, id)
}

#[test]
fn a_tenant_is_registered_once_and_forgotten_when_it_goes() {
    let registry = registry(TenantQuota::standard());
    registry.register(3, TenantQuota::unlimited()).unwrap();
    assert!(matches!(
        registry.register(TENANT, TenantQuota::standard()),
        Err(RingKernelError::InvalidConfig(_))
    ));
    assert_eq!((registry.tenant_ids(), registry.tenant_count()), (vec![3, TENANT], 2));
    assert!(registry.deregister(3) && !registry.deregister(3));
    assert!(!registry.is_registered(3) && registry.get(3).is_none() && registry.is_registered(TENANT));
}

#[test]
fn kernels_take_places_and_give_them_back() {
    let registry = registry(TenantQuota { max_concurrent_kernels: 2, ..TenantQuota::standard() });
    let info = registry.get(TENANT).unwrap();
    registry.acquire_kernel_slot(TENANT).unwrap();
    let slot = info.take_kernel_slot().unwrap();
    let limit = QuotaLimit::Kernels { max: 2 };
    assert_eq!(info.take_kernel_slot().unwrap_err(), QuotaExceeded { tenant: TENANT, limit });
    assert!(matches!(registry.acquire_kernel_slot(TENANT), Err(RingKernelError::QuotaExceeded(_))));
    drop(slot);
    registry.release_kernel_slot(TENANT);
    registry.release_kernel_slot(TENANT);
    assert_eq!(info.current_kernels(), 0, "a place that was not taken is not given back");
    assert!(matches!(registry.acquire_kernel_slot(99), Err(RingKernelError::InvalidConfig(_))));
    registry.acquire_kernel_slot(UNSPECIFIED_TENANT).unwrap();
}

#[test]
fn memory_is_counted_in_bytes_and_refused_beyond_the_limit() {
    let registry = registry(TenantQuota { max_gpu_memory_bytes: 100, ..TenantQuota::unlimited() });
    let info = registry.get(TENANT).unwrap();
    let share = info.take_memory(60).unwrap();
    let limit = QuotaLimit::Memory { requested: 41, in_use: 60, max: 100 };
    assert_eq!(info.take_memory(41).unwrap_err().limit, limit);
    assert!(info.take_memory(u64::MAX).is_err());
    let rest = info.take_memory(40).unwrap();
    assert_eq!((share.bytes(), rest.bytes(), info.current_memory_bytes()), (60, 40, 100));
    drop((share, rest));
    assert_eq!(info.current_memory_bytes(), 0);
}

/// Messages that are admitted in a tenth of a millisecond's steps of this time.
fn admitted_in(registry: &TenantRegistry, clock: &ManualClock, time: Duration) -> u64 {
    let step = Duration::from_micros(100);
    let mut admitted = 0;
    for _ in 0..time.as_nanos() / step.as_nanos() {
        while registry.check_quota(TENANT, engagement(1)).is_ok() {
            admitted += 1;
        }
        clock.advance(step);
    }
    admitted
}

/// Exactly as many as the quota says, but for a burst at the start, which is a hundredth of ten seconds' messages.
#[test]
fn ten_seconds_have_the_messages_of_ten_seconds() {
    for per_second in [1, 8, 40, 1_000, 12_500] {
        let clock = ManualClock::new();
        TimeSource::Manual(clock.clone()).scope(|| {
            let quota = TenantQuota { max_messages_per_sec: per_second, ..TenantQuota::unlimited() };
            let registry = registry(quota);
            for at_start in [(per_second / 10).max(1) - 1, 0, 0] {
                let admitted = admitted_in(&registry, &clock, Duration::from_secs(10));
                let expected = 10 * per_second + at_start;
                // The last look is a step before the end.
                assert!(admitted.abs_diff(expected) <= 1, "{admitted} of {expected}");
            }
        });
    }
}

/// However messages taken ahead are kept back and sent later, ten seconds have those of ten seconds, within a twentieth.
#[test]
fn senders_that_take_ahead_have_together_what_the_quota_says() {
    const PER_SECOND: u64 = 40_000;
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let registry = registry(TenantQuota { max_messages_per_sec: PER_SECOND, ..TenantQuota::unlimited() });
        let admission = registry.admission(TENANT, engagement(1)).unwrap();
        let mut ahead: [Ahead; 100] = std::array::from_fn(|_| Ahead::default());
        // Each has taken as many as it can keep.
        let kept = [0, 1, 0, 3].map(|_| {
            ahead.iter_mut().for_each(|ahead| admission.admit_ahead(ahead).unwrap());
            ahead.each_ref().map(Ahead::messages)
        });
        assert_eq!(kept, [0, 1, 0, 3].map(|kept| [kept; 100]), "up to a ten-thousandth of a second's");
        clock.advance(Duration::from_secs(10));
        let mut admitted = 0;
        for _ in 0..1_000 {
            for ahead in &mut ahead {
                while admission.admit_ahead(ahead).is_ok() {
                    admitted += 1;
                }
            }
            clock.advance(Duration::from_millis(10));
        }
        let error = (10 * PER_SECOND).abs_diff(admitted);
        assert!(error <= PER_SECOND / 2, "{admitted} in ten seconds");
    });
}

#[test]
fn nothing_is_taken_ahead_of_a_small_quota_and_nothing_without_one() {
    let ahead_of = |max_messages_per_sec| {
        let registry = registry(TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() });
        let mut ahead = Ahead::default();
        let admission = registry.admission(TENANT, engagement(1)).unwrap();
        let most_kept =
            (0..100).map(|_| admission.admit_ahead(&mut ahead).map(|()| ahead.messages()).ok()).max();
        most_kept.flatten()
    };
    assert_eq!([0, 19_999, 1 << 30, u64::MAX].map(ahead_of), [None, Some(0), Some(31), Some(0)]);
}

#[test]
fn a_tenth_of_a_second_may_come_all_at_once() {
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let registry = registry(TenantQuota { max_messages_per_sec: 30, ..TenantQuota::unlimited() });
        assert_eq!(registry.get(TENANT).unwrap().message_burst(), Some(3));
        let admitted = || (0..10).take_while(|_| registry.check_quota(TENANT, engagement(1)).is_ok()).count();
        assert_eq!(admitted(), 3);
        clock.advance(Duration::from_millis(40));
        assert_eq!(admitted(), 1, "the allowance fills up evenly");
        clock.advance(Duration::from_secs(10));
        assert_eq!(admitted(), 3, "and never beyond that");
    });
}

/// As a bucket that is full overflows, so that who gives back a lot after a while does not add to what may come at once.
#[test]
fn what_is_given_back_can_be_sent_and_adds_up_to_no_more_than_may_come_at_once() {
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let registry = registry(TenantQuota { max_messages_per_sec: 1_000, ..TenantQuota::unlimited() });
        let info = registry.get(TENANT).unwrap();
        assert_eq!(info.take_messages(1_000), 100);
        for (given_back, there) in [(0, 0), (1, 1), (30, 30), (500, 100)] {
            info.allowance.give_back(given_back);
            assert_eq!(info.take_messages(1_000), there);
        }
        info.allowance.give_back(2);
        assert_eq!((0..5).filter(|_| info.take_message().is_ok()).count(), 2);
        let nothing = TenantInfo::new(1, TenantQuota { max_messages_per_sec: 0, ..TenantQuota::unlimited() });
        nothing.allowance.give_back(1);
        assert!(nothing.take_message().is_err());
    });
}

/// Who counts for itself takes what there is, and no more than it asks for.
#[test]
fn messages_are_taken_by_the_number_as_far_as_there_are_some() {
    let clock = ManualClock::new();
    TimeSource::Manual(clock.clone()).scope(|| {
        let of = |max_messages_per_sec| TenantQuota { max_messages_per_sec, ..TenantQuota::unlimited() };
        let info = registry(of(1_000)).get(TENANT).unwrap();
        assert_eq!([30, 0, 1_000, 1].map(|wanted| info.take_messages(wanted)), [30, 0, 70, 0]);
        clock.advance(Duration::from_millis(13));
        assert_eq!([2, 100, 1].map(|wanted| info.take_messages(wanted)), [2, 11, 0]);
        let nothing = registry(of(0)).get(TENANT).unwrap();
        assert_eq!((nothing.take_messages(5), nothing.message_burst()), (0, Some(0)));
        let unlimited = registry(TenantQuota::unlimited()).get(TENANT).unwrap();
        assert_eq!((unlimited.take_messages(5), unlimited.message_burst()), (5, None));
    });
}

#[test]
fn no_messages_a_second_means_none_and_the_largest_number_no_limit() {
    let nothing = registry(TenantQuota { max_messages_per_sec: 0, ..TenantQuota::unlimited() });
    let refused = nothing.check_quota(TENANT, engagement(1)).unwrap_err();
    assert_eq!(refused.to_string(), "tenant 7 may send no messages: raise `max_messages_per_sec`");
    assert!(matches!(
        refused,
        RingKernelError::QuotaExceeded(QuotaExceeded {
            limit: QuotaLimit::MessageRate { per_second: 0 },
            ..
        })
    ));
    let unlimited = registry(TenantQuota::unlimited());
    assert!((0..1000).all(|_| unlimited.check_quota(TENANT, engagement(1)).is_ok()));
}

#[test]
fn handler_time_is_kept_by_tenant_and_engagement() {
    let registry = registry(TenantQuota::unlimited());
    registry.register(8, TenantQuota::unlimited()).unwrap();
    registry.track_usage(TENANT, engagement(1), Duration::from_millis(3));
    registry.track_usage(TENANT, engagement(1), Duration::from_millis(4));
    registry.track_usage(TENANT, engagement(2), Duration::from_millis(50));
    registry.track_usage(8, engagement(1), Duration::from_millis(100));
    registry.track_usage(99, engagement(1), Duration::from_secs(1));
    let cost = |tenant, id| registry.get_engagement_cost_for(tenant, engagement(id)).as_millis();
    assert_eq!([cost(TENANT, 1), cost(TENANT, 2), cost(8, 1), cost(8, 2), cost(99, 1)], [7, 50, 100, 0, 0]);
    assert_eq!(registry.get_engagement_cost(engagement(1)), Duration::from_millis(107));
}

/// However much is added, a budget that is used up stays so.
#[test]
fn handler_time_that_no_counter_holds_is_the_most_that_one_does() {
    let registry = registry(TenantQuota::unlimited().with_engagement_budget(1, Duration::from_secs(1)));
    for _ in 0..2 {
        registry.track_usage(TENANT, engagement(1), Duration::MAX);
        assert_eq!(registry.get_engagement_cost_for(TENANT, engagement(1)), Duration::from_nanos(u64::MAX));
    }
    registry.track_usage(TENANT, engagement(1), Duration::from_nanos(2));
    assert!(registry.check_quota(TENANT, engagement(1)).is_err());
}

/// Kernels of a tenant that is deregistered keep their account, which is not that of whoever has its number next.
#[test]
fn an_account_of_a_former_registration_is_its_own() {
    let registry = registry(TenantQuota::unlimited());
    let former = registry.get(TENANT).unwrap().engagement(1);
    registry.deregister(TENANT);
    registry.register(TENANT, TenantQuota::unlimited()).unwrap();
    former.add(Duration::from_secs(1));
    assert_eq!(registry.get_engagement_cost(engagement(1)), Duration::ZERO);
    assert_eq!(former.used(), Duration::from_secs(1));
}

const BUDGET_USED: &str = "tenant 7 has used 10ms of handler time for engagement 1, whose budget is 10ms: name another \
                           engagement, or register the tenant again with more in `per_engagement_budget`";

#[test]
fn an_engagement_that_has_used_its_budget_is_refused_and_others_are_not() {
    let quota = TenantQuota::unlimited().with_engagement_budget(1, Duration::from_millis(10));
    let registry = registry(quota);
    registry.track_usage(TENANT, engagement(1), Duration::from_millis(9));
    registry.check_quota(TENANT, engagement(1)).unwrap();
    registry.track_usage(TENANT, engagement(1), Duration::from_millis(1));
    let error = registry.check_quota(TENANT, engagement(1)).unwrap_err().to_string();
    assert_eq!(error, BUDGET_USED);
    registry.check_quota(TENANT, engagement(2)).unwrap();
}

#[derive(Default)]
struct Record(Mutex<Vec<AuditEvent>>);

impl AuditSink for Record {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[test]
fn what_was_refused_is_put_on_record() {
    let record = Arc::new(Record::default());
    let mut registry = TenantRegistry::new();
    registry.set_audit_sink(record.clone());
    registry.register(TENANT, TenantQuota { max_messages_per_sec: 0, ..TenantQuota::unlimited() }).unwrap();
    registry.check_quota(TENANT, engagement(4)).unwrap_err();
    registry.check_quota(99, engagement(5)).unwrap_err();
    registry.check_quota(UNSPECIFIED_TENANT, engagement(6)).unwrap();
    let attempt = CrossTenantAttempt {
        from: TENANT,
        to: 8,
        source: "a".into(),
        destination: "b".into(),
        audit_tag: engagement(4),
        at_ns: 1,
    };
    registry.audit_cross_tenant(attempt.clone());
    let limit = QuotaLimit::MessageRate { per_second: 0 };
    assert_eq!(
        *record.0.lock().unwrap(),
        [
            AuditEvent::QuotaExceeded {
                exceeded: QuotaExceeded { tenant: TENANT, limit },
                audit_tag: engagement(4)
            },
            AuditEvent::UnknownTenant { tenant: 99, audit_tag: engagement(5) },
            AuditEvent::CrossTenant(attempt),
        ]
    );
    assert_eq!((registry.cross_tenant_attempts(), registry.refusals()), (1, 2));
    assert!(registry.is_cross_tenant(1, 2) && !registry.is_cross_tenant(1, 1));
}
