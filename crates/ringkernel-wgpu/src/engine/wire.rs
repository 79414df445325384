//! Messages as they lie in device memory: a head, then the payload, padded to whole words.

use ringkernel_core::HlcTimestamp;
use ringkernel_core::backend::driven::Written;
use ringkernel_core::backend::{AnswerTo, Mail};
use ringkernel_core::context::OutgoingMessage;
use ringkernel_core::message::{CorrelationId, MessageId, Payload};
use ringkernel_core::runtime::ActorRef;

use crate::shader::layout as at;

/// Appends a message of the type with this number on the device.
pub(crate) fn append(words: &mut Vec<u32>, mail: &Mail, message_type: u32, token: u32) {
    let start = words.len();
    words.resize(start + at::H_WORDS as usize, 0);
    let head = &mut words[start..];
    let mut put = |word: u32, values: &[u32]| {
        head[word as usize..word as usize + values.len()].copy_from_slice(values);
    };
    let origin = &mail.origin;
    put(at::H_TYPE, &[message_type, mail.payload.len() as u32, u32::from(origin.priority)]);
    let answer = match mail.answer_to {
        AnswerTo::Caller(_) => at::ANSWER_CALLER,
        AnswerTo::Output | AnswerTo::Kernel(_) => at::ANSWER_OUTPUT,
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
pub(crate) fn read(words: &[u32], type_id: impl Fn(u32) -> Option<u64>) -> Option<Written> {
    let (head, payload) = words.split_at_checked(at::H_WORDS as usize)?;
    let word = |word: u32| head[word as usize];
    let pair = |at: u32| u64::from(word(at)) | u64::from(word(at + 1)) << 32;
    let bytes: &[u8] = bytemuck::cast_slice(payload);
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
    })
}

/// An event that the device has written.
pub(crate) struct Event<'a> {
    pub(crate) kind: u32,
    pub(crate) actor: u32,
    pub(crate) argument: u32,
    pub(crate) words: &'a [u32],
}

/// The events in these words, in order.
pub(crate) fn events(mut words: &[u32]) -> impl Iterator<Item = Event<'_>> {
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
