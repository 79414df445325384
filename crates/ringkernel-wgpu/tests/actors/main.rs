//! What is special about actors in device memory: turns and submissions, programs of many kinds, a device that is full, and one that is lost.

mod beside;
mod kinds;
mod loss;
mod room;
mod submissions;
mod support;
