//! The encoding of messages, for every kind of field: it is one to one, its size is known beforehand, and arbitrary
//! bytes give an error or a value, in memory that the length of the input bounds.

mod envelopes;
mod generated;
mod layouts;
mod memory;
mod properties;
