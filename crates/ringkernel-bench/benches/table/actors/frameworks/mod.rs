//! The frameworks that take part, each set up as its own documentation does it, with mailboxes of the same bound.

mod actix;
mod kameo;
mod ours;
mod ractor;
mod tasks;

pub(crate) use actix::Actix;
pub(crate) use kameo::{Kameo, ask_from_a_thread as ask_kameo_from_a_thread};
pub(crate) use ours::{Ours, ask_from_a_thread as ask_ours_from_a_thread};
pub(crate) use ractor::Ractor;
pub(crate) use tasks::Tasks;
