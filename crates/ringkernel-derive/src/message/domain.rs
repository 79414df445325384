//! The names a domain goes by in `#[message(domain = "..")]`: the variants of `Domain` and the aliases that
//! `Domain::from_str` accepts. A test of the `ringkernel` crate holds both against each other.

use proc_macro2::Ident;
use syn::{Expr, PathSegment};

use crate::keys;

/// Variant and aliases, in normal form (see [`normalized`]). The variant's own name is accepted as well.
const DOMAINS: &[(&str, &[&str])] = &[
    ("General", &[]),
    ("GraphAnalytics", &["graph"]),
    ("StatisticalML", &["statistics", "machinelearning", "ml"]),
    ("Compliance", &[]),
    ("RiskManagement", &["risk"]),
    ("OrderMatching", &["orders"]),
    ("MarketData", &["market"]),
    ("Settlement", &[]),
    ("Accounting", &[]),
    ("NetworkAnalysis", &["network"]),
    ("FraudDetection", &["fraud"]),
    ("TimeSeries", &[]),
    ("Simulation", &[]),
    ("Banking", &[]),
    ("BehavioralAnalytics", &["behaviouralanalytics", "behavioral", "behavioural"]),
    ("ProcessIntelligence", &["processmining", "process"]),
    ("Clearing", &[]),
    ("TreasuryManagement", &["treasury"]),
    ("PaymentProcessing", &["payments", "payment"]),
    ("FinancialAudit", &["audit"]),
    ("Custom", &[]),
];

/// A domain named in an attribute.
pub(crate) struct NamedDomain {
    /// The variant of `Domain`, at the place where the user named it.
    pub(crate) variant: Ident,
}

impl NamedDomain {
    /// The largest `type_id` within the domain, counted from its start. The expansion checks it once more, against
    /// the domain itself.
    pub(crate) fn last_position(&self) -> u64 {
        if self.variant == "Custom" { u64::from(u32::MAX) - 10_000 } else { 99 }
    }
}

/// Reads the value of `domain = ..`: a string, or a path that ends in the variant.
pub(crate) fn parse(value: &Expr) -> syn::Result<NamedDomain> {
    let (name, span) = if let Some(text) = keys::string(value) {
        (text.value(), text.span())
    } else if let Expr::Path(path) = keys::ungrouped(value)
        && let Some(PathSegment { ident, .. }) = path.path.segments.last()
    {
        (ident.to_string(), ident.span())
    } else {
        return Err(syn::Error::new_spanned(value, "a domain is a string: write `domain = \"General\"`"));
    };
    match variant(&name) {
        Some(variant) => Ok(NamedDomain { variant: Ident::new(variant, span) }),
        None => {
            let domains: Vec<&str> = DOMAINS.iter().map(|(variant, _)| *variant).collect();
            let message = format!("unknown domain `{name}`; the domains are {}", keys::listed(&domains));
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

/// The variant that `name` means.
fn variant(name: &str) -> Option<&'static str> {
    let name = normalized(name);
    let found = DOMAINS
        .iter()
        .find(|(variant, aliases)| normalized(variant) == name || aliases.iter().any(|alias| *alias == name));
    found.map(|(variant, _)| *variant)
}

/// Lower case without separators: `fraud-detection`, `FRAUD_DETECTION` and `FraudDetection` are one name.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_accepted_in_every_spelling() {
        let check = |text: &str, expected: &str| {
            let value: Expr = syn::parse_str(text).expect("an expression");
            assert_eq!(parse(&value).expect("a domain").variant, expected, "{text}");
        };
        check("\"FraudDetection\"", "FraudDetection");
        check("\"fraud_detection\"", "FraudDetection");
        check("\"Fraud Detection\"", "FraudDetection");
        check("\"FRAUD\"", "FraudDetection");
        check("Domain::StatisticalML", "StatisticalML");
        check("Custom", "Custom");
    }

    #[test]
    fn no_name_means_two_domains() {
        let mut names: Vec<String> = Vec::new();
        for (variant, aliases) in DOMAINS {
            names.push(normalized(variant));
            names.extend(aliases.iter().map(|alias| normalized(alias)));
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
