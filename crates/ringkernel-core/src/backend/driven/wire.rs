//! Messages and events as words of a device: what the host writes there, and what it reads.

use ringkernel_abi::device::FaultKind;
use zerocopy::IntoBytes;

use self::numbers as at;
use super::{Broken, Deeds, Given, Handled, Spent, Tally, Written};
use crate::HlcTimestamp;
use crate::backend::Mail;
use crate::context::OutgoingMessage;
use crate::dead_letter::DeadLetterReason;
use crate::message::{CorrelationId, MessageId, Payload};
use crate::persistent_message::message_flags::FLAG_REQUIRES_RESPONSE;
use crate::registry::SourceLocation;
use crate::runtime::{ActorRef, Fault};
use crate::telemetry::{LatencyHistogram, TelemetrySnapshot};

pub use ringkernel_abi::wire as numbers;

/// What a device knows a message type by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceType {
    /// Its number, in the order in which types came to the device.
    pub number: u32,
    /// The id of the handlers that are for it; 0 where the type says none.
    pub handler_id: u32,
}

/// Appends a message of this type.
pub fn append(words: &mut Vec<u32>, mail: &Mail, message_type: DeviceType, token: u32) {
    let start = words.len();
    words.resize(start + at::H_WORDS as usize, 0);
    let head = &mut words[start..];
    let mut put = |word: u32, values: &[u32]| {
        head[word as usize..word as usize + values.len()].copy_from_slice(values);
    };
    let origin = &mail.origin;
    put(at::H_TYPE, &[message_type.number, mail.payload.len() as u32, u32::from(origin.priority)]);
    let answer = match &mail.answer_to {
        answer_to if answer_to.is_awaited() => at::ANSWER_CALLER,
        _ => at::ANSWER_OUTPUT,
    };
    put(at::H_ANSWER, &[answer, origin.sender.index(), origin.sender.generation()]);
    put(at::H_ID, &halves([origin.message_id.hi(), origin.message_id.lo()]));
    put(at::H_CORRELATION, &halves([origin.correlation_id.hi(), origin.correlation_id.lo()]));
    let time = &origin.timestamp;
    put(
        at::H_TIME,
        &[time.physical() as u32, (time.physical() >> 32) as u32, time.logical(), time.node_id()],
    );
    put(at::H_ACCEPTED, &[mail.accepted_ns as u32, (mail.accepted_ns >> 32) as u32, token]);
    put(at::H_DEADLINE, &[mail.deadline_ns as u32, (mail.deadline_ns >> 32) as u32]);
    put(at::H_HANDLER, &[message_type.handler_id]);
    put(at::H_PAYER, &[mail.payer]);
    words.extend(mail.payload.chunks(4).map(|bytes| {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        u32::from_le_bytes(word)
    }));
}

fn halves([hi, lo]: [u64; 2]) -> [u32; 4] {
    [hi as u32, (hi >> 32) as u32, lo as u32, (lo >> 32) as u32]
}

/// The message that starts with these words, which the device has written. `None` when they are too few, or name no type.
pub fn read(words: &[u32], type_id: impl Fn(u32) -> Option<u64>) -> Option<Written> {
    let (head, payload) = words.split_at_checked(at::H_WORDS as usize)?;
    let word = |word: u32| head[word as usize];
    let pair = |at: u32| u64::from(word(at)) | u64::from(word(at + 1)) << 32;
    let bytes = payload.as_bytes();
    let payload = Payload::from(bytes.get(..word(at::H_BYTES) as usize)?);
    let actor = |at: u32| ActorRef::from_parts(word(at), word(at + 1));
    Some(Written {
        message: OutgoingMessage {
            message_type: type_id(word(at::H_TYPE))?,
            message_id: MessageId::from_parts(pair(at::H_ID), pair(at::H_ID + 2)),
            correlation_id: CorrelationId::from_parts(pair(at::H_CORRELATION), pair(at::H_CORRELATION + 2)),
            priority: word(at::H_PRIORITY) as u8,
            payload,
        },
        sender: actor(at::H_SENDER),
        target: actor(at::H_TARGET),
        timestamp: HlcTimestamp::new(pair(at::H_TIME), word(at::H_TIME + 2), word(at::H_TIME + 3)),
        accepted_ns: pair(at::H_ACCEPTED),
        payer: word(at::H_PAYER),
        flags: if word(at::H_ANSWER) == at::ANSWER_KERNEL { FLAG_REQUIRES_RESPONSE } else { 0 },
    })
}

/// An event that the device has written.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What has happened.
    pub kind: u32,
    /// The actor's place.
    pub actor: u32,
    /// What the kind says.
    pub argument: u32,
    /// What follows the head.
    pub words: &'a [u32],
}

/// The events in these words, in order.
pub fn events(mut words: &[u32]) -> impl Iterator<Item = Event<'_>> {
    std::iter::from_fn(move || {
        loop {
            let first = *words.first()?;
            let (kind, length) = (first & 15, (first >> 4) as usize);
            // A length of 0 is no event: nothing was written there.
            let (event, rest) = words.split_at_checked(length).filter(|_| length > 0)?;
            words = rest;
            if kind != at::EVENT_SKIP {
                let (head, body) = event.split_at_checked(at::EVENT_WORDS as usize)?;
                return Some(Event { kind, actor: head[1], argument: head[2], words: body });
            }
        }
    })
}

/// What a handler has done. `None` when the words are not as many as that takes.
fn deeds_of(words: &[u32]) -> Option<Deeds> {
    let &[sent, errors_reported, dropped, crossings, index, generation, taken_ns] = words else {
        return None;
    };
    let crossed_to = ActorRef::from_parts(index, generation);
    Some(Deeds { sent, errors_reported, dropped, crossings, crossed_to, taken_ns })
}

impl Event<'_> {
    /// What [`EVENT_DONE`](at::EVENT_DONE) says. `None` when its words are not as many as that takes.
    pub fn handled(&self, type_id: impl Fn(u32) -> Option<u64>) -> Option<Handled> {
        let &[outcome, ref deeds @ .., accepted_low, accepted_high] = self.words else { return None };
        let is = |flag| outcome & flag != 0;
        Some(Handled {
            token: (!is(at::OUTCOME_FROM_KERNEL)).then_some(self.argument),
            accepted_ns: u64::from(accepted_low) | u64::from(accepted_high) << 32,
            message_type: type_id(outcome >> at::TYPE_SHIFT),
            deferred: is(at::OUTCOME_DEFERRED),
            ends: is(at::OUTCOME_ENDS),
            deeds: deeds_of(deeds)?,
        })
    }

    /// What [`EVENT_FAULT`](at::EVENT_FAULT) says; `file` gives the name of a file by its number, and `kernel` stands for a place
    /// that no line of a handler is. `None` when its words are not as many as that takes.
    pub fn fault<'f>(
        &self,
        kernel: SourceLocation,
        file: impl FnOnce(u32) -> &'f str,
        type_id: impl Fn(u32) -> Option<u64>,
    ) -> Option<Broken> {
        let &[kind, code, number, line, ref deeds @ ..] = self.words else { return None };
        let (kind, message_type) = (kind & ((1 << at::TYPE_SHIFT) - 1), type_id(kind >> at::TYPE_SHIFT));
        let (file, line) = if line == 0 { (kernel.file, kernel.line) } else { (file(number), line) };
        let reported = FaultKind::from_number(kind).unwrap_or(FaultKind::Panic);
        let mut fault = Fault::on_device(reported, code, file, line);
        if kind == at::FAULT_NOT_LEADING {
            fault.message =
                "on this device only the first lane of a grid can use the clock, send, and end the kernel"
                    .into();
        }
        Some(Broken { fault, message_type, deeds: deeds_of(deeds)? })
    }

    /// What [`EVENT_SPENT`](at::EVENT_SPENT) says. `None` when its words are not as many as that takes.
    pub fn spent(&self) -> Option<Spent> {
        let &[drawn, overdrawn, payer] = self.words else { return None };
        Some(Spent { drawn, overdrawn, payer })
    }

    /// What [`EVENT_TALLY`](at::EVENT_TALLY) says. `None` when its words are not as many as that takes, or name no magnitude.
    pub fn tally(&self) -> Option<Tally> {
        let (sums, magnitudes) = self.words.split_at_checked(at::TALLY_SUMS as usize)?;
        let pair = |at: usize| u64::from(sums[at]) | u64::from(sums[at + 1]) << 32;
        let mut counts = [0; at::LATENCY_BUCKETS as usize];
        let (magnitudes, []) = magnitudes.as_chunks() else { return None };
        for &[magnitude, count] in magnitudes {
            *counts.get_mut(magnitude as usize)? = u64::from(count);
        }
        let mut handled = TelemetrySnapshot {
            histogram: LatencyHistogram::from_counts(counts),
            ..TelemetrySnapshot::default()
        };
        handled.buffer.messages_processed = u64::from(self.argument);
        handled.buffer.total_latency_ns = pair(3);
        (handled.buffer.min_latency_ns, handled.buffer.max_latency_ns) = (pair(5), pair(7));
        Some(Tally { handled, sent: sums[0], taken_ns: pair(1) })
    }

    /// What [`EVENT_OVERSIZED`](at::EVENT_OVERSIZED) says. `None` when its words are too few, or name no type.
    pub fn oversized(&self, type_id: impl Fn(u32) -> Option<u64>) -> Option<Given> {
        let mut head: [u32; at::H_WORDS as usize] = *self.words.first_chunk()?;
        let size = std::mem::take(&mut head[at::H_BYTES as usize]) as usize;
        Some(Given::Oversized { token: self.argument, answer: read(&head, type_id)?, size })
    }

    /// What [`EVENT_OUTPUT`](at::EVENT_OUTPUT), [`EVENT_ANSWER`](at::EVENT_ANSWER) and [`EVENT_REPLY`](at::EVENT_REPLY) say.
    pub fn given(&self, written: Written) -> Given {
        match self.kind {
            at::EVENT_OUTPUT => Given::Output(written),
            _ => Given::Answer { token: self.argument, answer: written },
        }
    }

    /// Why the message of [`EVENT_DEAD`](at::EVENT_DEAD) was not delivered or handled; `None` when its target takes nothing any
    /// more.
    pub fn dead_letter_reason(&self) -> Option<DeadLetterReason> {
        match self.argument {
            at::DEAD_QUEUE_FULL => Some(DeadLetterReason::QueueFull),
            at::DEAD_LATE_REPLY => Some(DeadLetterReason::LateReply),
            at::DEAD_FAULT => Some(DeadLetterReason::HandlerFault),
            at::DEAD_TOO_LARGE => Some(DeadLetterReason::MessageTooLarge),
            at::DEAD_UNHANDLED => Some(DeadLetterReason::UnhandledMessage),
            _ => None,
        }
    }
}
