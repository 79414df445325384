//! `#[message(domain = "..")]`: type ids fall into the range, and the names are those of `Domain`.
#![deny(warnings, missing_docs, clippy::all)]

use ringkernel::domain::{Domain, DomainMessage};
use ringkernel::prelude::*;

#[derive(RingMessage)]
#[message(domain = "FraudDetection")]
struct SuspiciousActivity {
    #[message(id)]
    id: MessageId,
    account_id: u64,
    risk_score: f32,
}

#[derive(RingMessage)]
#[message(domain = "ProcessIntelligence")]
struct ActivityEvent {
    #[message(id)]
    id: MessageId,
    case_id: u64,
    activity: String,
    timestamp: u64,
}

#[test]
fn a_domain_allocates_a_type_id_in_its_range() {
    assert!((1000..=1099).contains(&SuspiciousActivity::TYPE_ID));
    assert!((1500..=1599).contains(&ActivityEvent::TYPE_ID));
    assert_eq!(SuspiciousActivity::domain(), Domain::FraudDetection);
    assert!(ActivityEvent::is_valid_domain_type_id());
    let message = SuspiciousActivity { id: MessageId::generate(), account_id: 5, risk_score: 0.5 };
    let back = SuspiciousActivity::deserialize(&message.serialize()).expect("its own encoding");
    assert_eq!((back.id, back.account_id, back.risk_score), (message.id, 5, 0.5));
    let event = ActivityEvent { id: message.id, case_id: 1, activity: "pay".into(), timestamp: 2 };
    let back = ActivityEvent::deserialize(&event.serialize()).expect("its own encoding");
    assert_eq!((back.case_id, back.activity.as_str(), back.timestamp), (1, "pay", 2));
}

#[test]
fn a_type_id_counts_from_the_start_of_the_domain() {
    #[derive(RingMessage)]
    #[message(type_id = 99, domain = "clearing")]
    struct Last;
    #[derive(RingMessage)]
    #[message(domain = Domain::Custom)]
    #[message(type_id = 5000)]
    struct Own;
    #[derive(RingMessage)]
    #[message(domain = "custom")]
    struct Hashed;
    assert_eq!(Last::TYPE_ID, 1699);
    assert_eq!(Own::TYPE_ID, 15_000);
    assert_eq!(Own::domain_type_id(), Some(5000));
    assert!((10_000..1_010_000).contains(&Hashed::TYPE_ID));
}

#[test]
fn the_macro_reads_the_names_that_domains_parse_from() {
    let mut seen = vec![Domain::Custom];
    macro_rules! check {
        ($($name:literal)*) => {$({
            #[derive(RingMessage)]
            #[message(type_id = 0, domain = $name)]
            struct Named;
            assert_eq!($name.parse(), Ok(Named::DOMAIN), $name);
            assert_eq!(Named::TYPE_ID, u64::from(Named::DOMAIN.base_type_id()), $name);
            seen.push(Named::DOMAIN);
        })*};
    }
    check! {
        "General" "GraphAnalytics" "StatisticalML" "Compliance" "RiskManagement" "OrderMatching" "MarketData"
        "Settlement" "Accounting" "NetworkAnalysis" "FraudDetection" "TimeSeries" "Simulation" "Banking"
        "BehavioralAnalytics" "ProcessIntelligence" "Clearing" "TreasuryManagement" "PaymentProcessing"
        "FinancialAudit" "Custom"
        "graph" "statistics" "machine learning" "ml" "risk" "orders" "market" "network" "fraud"
        "behavioural-analytics" "behavioral" "behavioural" "process_mining" "process" "treasury" "payments" "payment"
        "audit" "FRAUD_DETECTION" "Time Series"
    }
    for domain in Domain::all_standard() {
        assert!(seen.contains(domain), "{domain} is missing above");
    }
}
