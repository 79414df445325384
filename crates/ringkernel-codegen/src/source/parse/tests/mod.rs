//! What is read, what is refused, and where.
//!
//! - `forms`: every form of the subset, and what it becomes
//! - `lines`: where faults are reported
//! - `damage`: text that is almost in the subset
//! - `refusals`: constructs outside of the subset, their places and what is said

mod damage;
mod forms;
mod lines;
mod refusals;
