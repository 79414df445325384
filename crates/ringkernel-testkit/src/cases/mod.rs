//! The cases, by topic. Each takes the backend under test and panics when it does not conform.

pub mod absences;
pub mod back_pressure;
pub mod bad_input;
pub mod crossings;
pub mod dead_letters;
pub mod deadlines;
pub mod dispatch_by_type;
pub mod faults;
pub mod host_only;
pub mod k2k;
pub mod k2k_refusals;
pub mod lanes;
pub mod lifecycle;
pub mod memory;
pub mod order;
pub mod outside;
pub mod quotas;
pub mod replies;
pub mod restart;
pub mod telemetry;
pub mod tenants;
pub mod termination;
pub mod threads;
pub mod time;
pub mod vectors;
pub mod watchdog;
