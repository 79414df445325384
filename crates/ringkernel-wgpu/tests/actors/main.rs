//! What is special about actors in device memory: turns and submissions, programs of many kinds, and the loss of a device.

mod kinds;
mod loss;
mod submissions;
mod support;
