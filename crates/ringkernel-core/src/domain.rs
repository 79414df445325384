//! Business domains and the ranges of message type identifiers that they own.
//!
//! Each of the 20 standard domains owns 100 consecutive identifiers from 0 to 1999; [`Domain::Custom`] owns
//! everything from 10,000. The identifiers between belong to nobody.

use std::fmt;
use std::str::FromStr;

use crate::message::RingMessage;

/// A business domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
#[non_exhaustive]
pub enum Domain {
    /// Everything without a domain of its own: 0 to 99.
    General = 0,
    /// 100 to 199.
    GraphAnalytics = 1,
    /// 200 to 299.
    StatisticalML = 2,
    /// 300 to 399.
    Compliance = 3,
    /// 400 to 499.
    RiskManagement = 4,
    /// 500 to 599.
    OrderMatching = 5,
    /// 600 to 699.
    MarketData = 6,
    /// 700 to 799.
    Settlement = 7,
    /// 800 to 899.
    Accounting = 8,
    /// 900 to 999.
    NetworkAnalysis = 9,
    /// 1000 to 1099.
    FraudDetection = 10,
    /// 1100 to 1199.
    TimeSeries = 11,
    /// 1200 to 1299.
    Simulation = 12,
    /// 1300 to 1399.
    Banking = 13,
    /// 1400 to 1499.
    BehavioralAnalytics = 14,
    /// 1500 to 1599.
    ProcessIntelligence = 15,
    /// 1600 to 1699.
    Clearing = 16,
    /// 1700 to 1799.
    TreasuryManagement = 17,
    /// 1800 to 1899.
    PaymentProcessing = 18,
    /// 1900 to 1999.
    FinancialAudit = 19,
    /// Domains of the user's own: 10,000 to `u32::MAX`.
    Custom = 100,
}

/// The standard domains in the order of their ranges.
const STANDARD: [Domain; 20] = [
    Domain::General,
    Domain::GraphAnalytics,
    Domain::StatisticalML,
    Domain::Compliance,
    Domain::RiskManagement,
    Domain::OrderMatching,
    Domain::MarketData,
    Domain::Settlement,
    Domain::Accounting,
    Domain::NetworkAnalysis,
    Domain::FraudDetection,
    Domain::TimeSeries,
    Domain::Simulation,
    Domain::Banking,
    Domain::BehavioralAnalytics,
    Domain::ProcessIntelligence,
    Domain::Clearing,
    Domain::TreasuryManagement,
    Domain::PaymentProcessing,
    Domain::FinancialAudit,
];

impl Domain {
    /// Number of type identifiers of a standard domain.
    pub const RANGE_SIZE: u32 = 100;
    /// First type identifier of [`Domain::Custom`].
    pub const CUSTOM_BASE: u32 = 10_000;

    /// First and last type identifier of this domain, both included.
    pub const fn type_id_range(&self) -> (u32, u32) {
        match self {
            Domain::Custom => (Self::CUSTOM_BASE, u32::MAX),
            standard => {
                let base = *standard as u32 * Self::RANGE_SIZE;
                (base, base + Self::RANGE_SIZE - 1)
            }
        }
    }

    /// First type identifier of this domain.
    pub const fn base_type_id(&self) -> u32 {
        self.type_id_range().0
    }

    /// Last type identifier of this domain.
    pub const fn max_type_id(&self) -> u32 {
        self.type_id_range().1
    }

    /// True when `type_id` lies in this domain's range.
    pub const fn contains_type_id(&self, type_id: u32) -> bool {
        self.base_type_id() <= type_id && type_id <= self.max_type_id()
    }

    /// The domain that owns `type_id`, or `None` from 2000 to 9999.
    pub const fn from_type_id(type_id: u32) -> Option<Self> {
        let index = (type_id / Self::RANGE_SIZE) as usize;
        if index < STANDARD.len() {
            Some(STANDARD[index])
        } else if type_id >= Self::CUSTOM_BASE {
            Some(Domain::Custom)
        } else {
            None
        }
    }

    /// The standard domains in the order of their ranges, without [`Domain::Custom`].
    pub const fn all_standard() -> &'static [Domain] {
        &STANDARD
    }

    /// The name of the domain, as written in `#[message(domain = "...")]`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Domain::General => "General",
            Domain::GraphAnalytics => "GraphAnalytics",
            Domain::StatisticalML => "StatisticalML",
            Domain::Compliance => "Compliance",
            Domain::RiskManagement => "RiskManagement",
            Domain::OrderMatching => "OrderMatching",
            Domain::MarketData => "MarketData",
            Domain::Settlement => "Settlement",
            Domain::Accounting => "Accounting",
            Domain::NetworkAnalysis => "NetworkAnalysis",
            Domain::FraudDetection => "FraudDetection",
            Domain::TimeSeries => "TimeSeries",
            Domain::Simulation => "Simulation",
            Domain::Banking => "Banking",
            Domain::BehavioralAnalytics => "BehavioralAnalytics",
            Domain::ProcessIntelligence => "ProcessIntelligence",
            Domain::Clearing => "Clearing",
            Domain::TreasuryManagement => "TreasuryManagement",
            Domain::PaymentProcessing => "PaymentProcessing",
            Domain::FinancialAudit => "FinancialAudit",
            Domain::Custom => "Custom",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Domain {
    type Err = DomainParseError;

    /// Reads a domain's name or one of its short forms. Case, spaces, `_` and `-` do not matter:
    /// `"FraudDetection"`, `"fraud-detection"` and `"fraud"` are the same.
    fn from_str(name: &str) -> Result<Self, DomainParseError> {
        let plain: String =
            name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
        let domain = match plain.as_str() {
            "general" => Domain::General,
            "graphanalytics" | "graph" => Domain::GraphAnalytics,
            "statisticalml" | "statistics" | "machinelearning" | "ml" => Domain::StatisticalML,
            "compliance" => Domain::Compliance,
            "riskmanagement" | "risk" => Domain::RiskManagement,
            "ordermatching" | "orders" => Domain::OrderMatching,
            "marketdata" | "market" => Domain::MarketData,
            "settlement" => Domain::Settlement,
            "accounting" => Domain::Accounting,
            "networkanalysis" | "network" => Domain::NetworkAnalysis,
            "frauddetection" | "fraud" => Domain::FraudDetection,
            "timeseries" => Domain::TimeSeries,
            "simulation" => Domain::Simulation,
            "banking" => Domain::Banking,
            "behavioralanalytics" | "behaviouralanalytics" | "behavioral" | "behavioural" => {
                Domain::BehavioralAnalytics
            }
            "processintelligence" | "processmining" | "process" => Domain::ProcessIntelligence,
            "clearing" => Domain::Clearing,
            "treasurymanagement" | "treasury" => Domain::TreasuryManagement,
            "paymentprocessing" | "payments" | "payment" => Domain::PaymentProcessing,
            "financialaudit" | "audit" => Domain::FinancialAudit,
            "custom" => Domain::Custom,
            _ => {
                return Err(DomainParseError { name: name.to_owned() });
            }
        };
        Ok(domain)
    }
}

/// A name that is not that of a domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no domain is called {name:?}; use a standard one such as \"FraudDetection\", or \"Custom\"")]
pub struct DomainParseError {
    /// The name that was looked up.
    pub name: String,
}

/// A message that belongs to a domain. `#[derive(RingMessage)]` implements it for `#[message(domain = "...")]`.
pub trait DomainMessage: RingMessage {
    /// The domain of this message type.
    const DOMAIN: Domain;

    /// The domain of this message type.
    fn domain() -> Domain {
        Self::DOMAIN
    }

    /// Position of the type identifier within the domain's range, `None` when it lies outside.
    fn domain_type_id() -> Option<u32> {
        let type_id = u32::try_from(Self::TYPE_ID).ok()?;
        let inside = Self::DOMAIN.contains_type_id(type_id);
        inside.then(|| type_id - Self::DOMAIN.base_type_id())
    }

    /// True when the type identifier lies in the domain's range.
    fn is_valid_domain_type_id() -> bool {
        Self::domain_type_id().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{
        CorrelationId, DecodeError, Decoder, Encoder, MessageId, MessageLayout, StructLayout,
    };

    #[test]
    fn ranges_are_those_of_the_table() {
        let check = |domain: Domain, range: (u32, u32)| assert_eq!(domain.type_id_range(), range, "{domain}");
        check(Domain::General, (0, 99));
        check(Domain::FraudDetection, (1000, 1099));
        check(Domain::ProcessIntelligence, (1500, 1599));
        check(Domain::FinancialAudit, (1900, 1999));
        check(Domain::Custom, (10_000, u32::MAX));
    }

    #[test]
    fn every_identifier_has_the_domain_whose_range_contains_it() {
        let all = || Domain::all_standard().iter().copied().chain([Domain::Custom]);
        for type_id in (0..12_000).chain([u32::MAX - 1, u32::MAX]) {
            let owners: Vec<_> = all().filter(|domain| domain.contains_type_id(type_id)).collect();
            assert!(owners.len() <= 1, "{type_id}: {owners:?}");
            assert_eq!(Domain::from_type_id(type_id), owners.first().copied(), "{type_id}");
        }
        assert_eq!(Domain::from_type_id(2000), None);
        assert_eq!(Domain::from_type_id(9999), None);
    }

    #[test]
    fn names_are_read_back_whatever_their_case_and_separators() {
        for domain in Domain::all_standard().iter().copied().chain([Domain::Custom]) {
            assert_eq!(domain.as_str().parse(), Ok(domain));
            assert_eq!(domain.to_string().to_uppercase().parse(), Ok(domain));
            assert_eq!(format!("{domain:?}"), domain.as_str());
        }
        for name in ["fraud_detection", "Fraud Detection", "FRAUD-DETECTION", "fraud"] {
            assert_eq!(name.parse(), Ok(Domain::FraudDetection), "{name}");
        }
    }

    #[test]
    fn a_message_knows_its_position_in_its_domain() {
        struct Message<const TYPE_ID: u64>;
        impl<const TYPE_ID: u64> RingMessage for Message<TYPE_ID> {
            const MESSAGE_TYPE: &'static str = "domain::tests::Message";
            const TYPE_ID: u64 = TYPE_ID;
            const LAYOUT: &'static MessageLayout = &MessageLayout {
                name: Self::MESSAGE_TYPE,
                type_id: TYPE_ID,
                head: &StructLayout { name: "Message", size: 0, align: 1, fields: &[] },
                id: None,
                correlation: None,
                priority: None,
                default_priority: 0,
                handler_id: None,
            };
            fn message_id(&self) -> MessageId {
                MessageId::NIL
            }
            fn set_message_id(&mut self, _: MessageId) {}
            fn priority(&self) -> u8 {
                0
            }
            fn correlation_id(&self) -> Option<CorrelationId> {
                None
            }
            fn payload_size(&self) -> usize {
                0
            }
            fn encode(&self, _: &mut Encoder<'_>) {}
            fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                Ok(Self)
            }
            fn fmt_message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("Message")
            }
        }
        impl<const TYPE_ID: u64> DomainMessage for Message<TYPE_ID> {
            const DOMAIN: Domain = Domain::FraudDetection;
        }
        fn check<M: DomainMessage>(expected: Option<u32>) {
            assert_eq!(M::domain(), Domain::FraudDetection);
            assert_eq!(M::domain_type_id(), expected, "{}", M::TYPE_ID);
            assert_eq!(M::is_valid_domain_type_id(), expected.is_some());
        }
        check::<Message<1000>>(Some(0));
        check::<Message<1099>>(Some(99));
        check::<Message<1100>>(None);
        check::<Message<{ (1 << 63) + 1000 }>>(None);
        check::<Message<{ (1 << 32) + 1000 }>>(None);
    }

    #[test]
    fn an_unknown_name_is_repeated_in_the_error() {
        let error = "Frod".parse::<Domain>().unwrap_err();
        assert_eq!(error, DomainParseError { name: "Frod".to_owned() });
        assert!(error.to_string().contains("\"Frod\""));
    }
}
