//! Section 8: business domains and the type ids that they own.

use ringkernel::prelude::*;
use ringkernel_core::domain::{Domain, DomainMessage};

#[derive(RingMessage)]
#[message(domain = "FraudDetection")] // Auto-assigns type ID in 1000-1099 range
struct SuspiciousActivity {
    #[message(id)]
    id: MessageId,
    account_id: u64,
    risk_score: f32,
}

#[derive(RingMessage)]
#[message(domain = "ProcessIntelligence")] // Type ID in 1500-1599 range
struct ActivityEvent {
    #[message(id)]
    id: MessageId,
    case_id: u64,
    activity: String,
    timestamp: u64,
}

#[test]
fn every_domain_owns_the_printed_range() {
    let ranges = [
        (Domain::General, 0, 99),
        (Domain::GraphAnalytics, 100, 199),
        (Domain::StatisticalML, 200, 299),
        (Domain::Compliance, 300, 399),
        (Domain::RiskManagement, 400, 499),
        (Domain::OrderMatching, 500, 599),
        (Domain::MarketData, 600, 699),
        (Domain::Settlement, 700, 799),
        (Domain::Accounting, 800, 899),
        (Domain::NetworkAnalysis, 900, 999),
        (Domain::FraudDetection, 1000, 1099),
        (Domain::TimeSeries, 1100, 1199),
        (Domain::Simulation, 1200, 1299),
        (Domain::Banking, 1300, 1399),
        (Domain::BehavioralAnalytics, 1400, 1499),
        (Domain::ProcessIntelligence, 1500, 1599),
        (Domain::Clearing, 1600, 1699),
        (Domain::TreasuryManagement, 1700, 1799),
        (Domain::PaymentProcessing, 1800, 1899),
        (Domain::FinancialAudit, 1900, 1999),
        (Domain::Custom, 10_000, u32::MAX),
    ];
    for (domain, first, last) in ranges {
        assert_eq!(domain.type_id_range(), (first, last), "{domain}");
        assert_eq!(Domain::from_type_id(first), Some(domain));
        assert_eq!(Domain::from_type_id(last), Some(domain));
    }
    assert_eq!(Domain::from_type_id(2000), None);
}

#[test]
fn messages_fall_into_the_range_of_their_domain() {
    assert!((1000..=1099).contains(&SuspiciousActivity::TYPE_ID));
    assert!((1500..=1599).contains(&ActivityEvent::message_type()));
    assert_eq!(SuspiciousActivity::domain(), Domain::FraudDetection);
    assert_eq!(ActivityEvent::DOMAIN, Domain::ProcessIntelligence);
}

#[test]
fn messages_of_a_domain_round_trip() -> Result<()> {
    let id = MessageId::generate();
    let sent = SuspiciousActivity { id, account_id: 12, risk_score: 0.75 };
    let envelope = MessageEnvelope::new(&sent);
    assert_eq!(envelope.header.message_id, id);
    let back: SuspiciousActivity = envelope.decode()?;
    assert_eq!((back.id, back.account_id, back.risk_score), (id, 12, 0.75));

    let sent = ActivityEvent { id, case_id: 3, activity: "approve".into(), timestamp: 4 };
    let back: ActivityEvent = MessageEnvelope::new(&sent).decode()?;
    assert_eq!((back.id, back.case_id, back.activity.as_str(), back.timestamp), (id, 3, "approve", 4));
    Ok(())
}
