//! What devices know of a program.
//!
//! - `state`: [`DeviceState`], the states whose bytes a device can hold
//! - `probe`: what is known of a type that a macro only has the name of

mod probe;
mod state;

pub use probe::{Probe, UnknownState};
pub use state::DeviceState;
