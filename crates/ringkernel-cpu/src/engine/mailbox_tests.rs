//! Tests of the mailbox: the order of bands, its bound, and many senders at once.

use std::sync::Arc;

use ringkernel_core::HlcTimestamp;
use ringkernel_core::context::OutgoingMessage;
use ringkernel_core::message::{CorrelationId, MessageId, Payload, priority};
use ringkernel_core::runtime::ActorRef;

use super::*;
use ringkernel_core::backend::AnswerTo;

const SENDERS: u64 = 3;
const MESSAGES: u64 = if cfg!(miri) { 30 } else { 20_000 };

/// A message whose payload owns memory and says what it is.
fn mail(number: u64, priority: u8) -> Mail {
    let message = OutgoingMessage {
        message_type: number,
        message_id: MessageId::from_parts(0, number + 1),
        correlation_id: CorrelationId::NIL,
        priority,
        payload: Payload::from(vec![number as u8; 200]),
    };
    Mail::from_kernel(message, ActorRef::NONE, AnswerTo::Output, 0, HlcTimestamp::new(0, 0, 0))
}

fn push(mailbox: &Mailbox, number: u64, priority: u8, sender: Sender) -> Result<(), NoRoom> {
    mailbox.push(mail(number, priority), priority, sender, |mail| mail).map_err(|(_, why)| why)
}

fn check(mail: &Mail) -> u64 {
    assert!(mail.payload.iter().all(|byte| *byte == mail.message_type as u8));
    mail.message_type
}

#[test]
fn higher_bands_come_first_and_what_is_set_aside_counts() {
    let (mailbox, mut inbox) = mailbox(4, 1);
    for (number, priority) in [(0, priority::LOW), (1, priority::NORMAL), (2, priority::CRITICAL)] {
        push(&mailbox, number, priority, Sender::Host).unwrap();
    }
    assert_eq!(push(&mailbox, 3, priority::HIGH, Sender::Host), Err(NoRoom::Full));
    assert_eq!(push(&mailbox, 3, priority::HIGH, Sender::Kernel), Ok(()));
    assert_eq!(inbox.take(&mailbox).map(|mail| check(&mail)), Some(2));
    // The others are set aside, and there is room for one.
    assert_eq!(mailbox.depth(), 3);
    push(&mailbox, 4, priority::NORMAL, Sender::Kernel).unwrap();
    assert_eq!(push(&mailbox, 5, priority::NORMAL, Sender::Kernel), Err(NoRoom::Full));
    let order: Vec<_> = std::iter::from_fn(|| inbox.take(&mailbox).map(|mail| check(&mail))).collect();
    assert_eq!(order, [3, 1, 4, 0]);
    assert_eq!((mailbox.depth(), mailbox.unusual.load(Ordering::Relaxed)), (0, 0));
}

#[test]
fn many_senders_of_all_bands_get_everything_through_until_it_is_closed() {
    let (mailbox, mut inbox) = mailbox(8, 2);
    let mailbox = Arc::new(mailbox);
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let mailbox = mailbox.clone();
            std::thread::spawn(move || {
                let mut accepted = 0;
                for number in 0..MESSAGES {
                    let priority = if number % 5 == 0 { priority::HIGH } else { priority::NORMAL };
                    let number = sender * MESSAGES + number;
                    loop {
                        match push(&mailbox, number, priority, Sender::Kernel) {
                            Ok(()) => accepted += number,
                            Err(NoRoom::Full) => {
                                std::thread::yield_now();
                                continue;
                            }
                            Err(NoRoom::Closed) => return accepted,
                        }
                        break;
                    }
                }
                accepted
            })
        })
        .collect();
    let (mut taken, mut sum) = (0, 0);
    while taken < SENDERS * MESSAGES / 2 {
        match inbox.take(&mailbox) {
            // Read in place, and moved out, in turns.
            Some(mail) if taken % 2 == 0 => sum += check(&mail),
            Some(mail) => sum += check(&mail.into_inner()),
            None => {
                std::thread::yield_now();
                continue;
            }
        }
        taken += 1;
    }
    mailbox.close();
    inbox.drain(&mailbox, |mail| sum += check(&mail));
    let accepted: u64 = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
    assert_eq!(sum, accepted);
    assert_eq!((mailbox.depth(), mailbox.unusual.load(Ordering::Relaxed)), (0, 0));
}
