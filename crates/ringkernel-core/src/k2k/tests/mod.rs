//! Tests of the broker.
//!
//! - `delivery`: what comes of one message, every status among it
//! - `routes`: hops, circles, passing on
//! - `tenants`: who reaches whom, on whose account, within which quota
//! - `life`: names that come, go and move, with messages on their way
//! - `coming_back`: names that are away for a moment, and tenants that do not come back
//! - `model`: random programs against a model of a few lines
//! - `ahead`: what senders have taken ahead of a quota
//! - `ports`: destinations whose own code asks the broker
//! - `room`: who waits for places hears of them
//! - `threads`: many senders at once

mod ahead;
mod coming_back;
mod delivery;
mod life;
mod model;
mod ports;
mod room;
mod routes;
mod tenants;
mod threads;

use std::sync::Arc;

use ringkernel_abi::MessageHeader;

use super::*;
use crate::message::{MessageEnvelope, MessageId, priority};
use crate::runtime::KernelId;

/// A message that is told apart by its number.
fn numbered(number: u64) -> MessageEnvelope {
    let mut header = MessageHeader::new(1, 8);
    header.priority = priority::NORMAL;
    MessageEnvelope { header, payload: number.to_le_bytes().as_slice().into() }
}

fn number(envelope: &MessageEnvelope) -> u64 {
    u64::from_le_bytes(envelope.payload[..].try_into().expect("eight bytes"))
}

/// The numbers of all messages that wait.
fn numbers(endpoint: &mut K2KEndpoint) -> Vec<u64> {
    std::iter::from_fn(|| endpoint.try_receive()).map(|message| number(&message.envelope)).collect()
}

fn id(name: &str) -> KernelId {
    name.into()
}

fn broker() -> Arc<K2KBroker> {
    K2KBuilder::new().build()
}

/// A broker whose senders do not wait.
fn impatient(max_pending_messages: usize) -> Arc<K2KBroker> {
    K2KBuilder::new().max_pending_messages(max_pending_messages).delivery_timeout_ms(0).build()
}

/// What the broker says by now about a message.
fn status_of(broker: &K2KBroker, message: &MessageId) -> Option<DeliveryStatus> {
    broker.get_receipt(message).map(|receipt| receipt.status)
}
