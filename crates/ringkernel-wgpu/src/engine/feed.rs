//! What a submission is given: messages from hosts, room in queues, and where everything lies.

use std::sync::Arc;

use ringkernel_core::backend::driven::{Actor, wire};
use ringkernel_core::clock;
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::hlc::DEFAULT_MAX_DRIFT;
use ringkernel_core::runtime::KernelState;

use super::driver::Driver;
use crate::device::DeviceError;
use crate::shader::layout as at;

/// Messages that one actor is fed in one submission.
const FEED_MAX: usize = 64;

/// Words of messages that are fed in one submission, but for one message that is larger.
const FEED_WORDS_MAX: usize = 1 << 16;

/// What is fed in one submission.
#[derive(Default)]
pub(crate) struct Feed {
    /// The table of all actors, then messages.
    pub(crate) words: Vec<u32>,
    /// Actors, where their messages start, and how many they are.
    fed: Vec<(u32, u32, u32)>,
    /// Words of events that may come of it.
    pub(crate) event_words: u32,
    /// Most messages for one cooperative actor.
    pub(crate) cooperative: u32,
}

impl Driver {
    pub(super) fn write_row(&mut self, actor: &Actor, at: u32, count: u32) {
        let inner = actor.inner();
        let room = actor.room_for_output(&inner) as u32;
        // What the device is given is as good as taken.
        let limit = actor.options.input_queue_capacity.saturating_sub(inner.mailbox.waiting()) as u32;
        drop(inner);
        let row = (actor.address().index() * at::FEED_WORDS) as usize;
        if let Some(row) = self.rows.get_mut(row..row + at::FEED_WORDS as usize) {
            row.copy_from_slice(&[at, count, room, limit]);
        }
    }

    /// Hands messages from the host to the actors that can take some. What it gives is the words to write, for which there is room: the rows
    /// have had some since their actors were launched.
    pub(super) fn feed(&mut self) -> Result<Feed, DeviceError> {
        let mut feed = Feed { words: vec![0; self.rows.len()], ..Feed::default() };
        let now_ns = clock::now_ns();
        let hot: Vec<(u32, Arc<Actor>)> = std::mem::take(&mut self.hot).into_iter().collect();
        for (index, actor) in hot {
            let Some(resident) = self.residents.get(&index) else { continue };
            let (cooperative, need) = (resident.shape.is_some(), resident.need);
            let first = feed.words.len();
            let mut count = 0;
            // Whoever is held up is looked at again when it is not.
            while !actor.is_held_up()
                && count < FEED_MAX
                && (feed.words.len() - self.rows.len() < FEED_WORDS_MAX)
            {
                let Some(mail) = actor.next_mail(now_ns) else { break };
                let Some(message_type) = self.programs.type_on_device(mail.message_type) else {
                    actor.give_up(mail, DeadLetterReason::UnhandledMessage);
                    continue;
                };
                let start = feed.words.len();
                let mut inner = actor.inner();
                wire::append(&mut feed.words, &mail, message_type, inner.mailbox.next_token());
                match self.world.reserve_ingress(feed.words.len() as u32) {
                    Ok(()) => {}
                    Err(DeviceError::Exhausted { .. }) if start > self.rows.len() => {
                        // The messages before it go without it; the next submission may have room for it alone.
                        feed.words.truncate(start);
                        inner.mailbox.put_back(mail);
                        drop(inner);
                        self.hot.insert(index, actor.clone());
                        break;
                    }
                    Err(error @ DeviceError::Exhausted { .. }) => {
                        feed.words.truncate(start);
                        drop(inner);
                        tracing::error!(kernel = actor.id().as_str(), %error, "no memory for a message");
                        actor.give_up(mail, DeadLetterReason::MessageTooLarge);
                        continue;
                    }
                    Err(error) => {
                        inner.mailbox.put_back(mail);
                        return Err(error);
                    }
                }
                inner.mailbox.feed(mail);
                feed.event_words = feed.event_words.saturating_add(need);
                count += 1;
            }
            feed.cooperative = feed.cooperative.max(if cooperative { count as u32 } else { 0 });
            let at = if count > 0 { first as u32 } else { 0 };
            feed.fed.push((index, at, count as u32));
        }
        for (index, at, count) in &feed.fed {
            if let Some(actor) = self.residents.get(index).map(|resident| resident.actor.clone()) {
                self.write_row(&actor, self.world.ingress.at + at, *count);
            }
        }
        feed.words[..self.rows.len()].copy_from_slice(&self.rows);
        Ok(feed)
    }

    /// Takes back what was fed and not handled, and notes who has more.
    pub(super) fn after_feed(&mut self, feed: &Feed) {
        for (index, _, _) in &feed.fed {
            let Some(resident) = self.residents.get(index) else { continue };
            let actor = resident.actor.clone();
            let mut inner = actor.inner();
            inner.mailbox.take_back();
            let waits = inner.mailbox.waiting() > 0;
            let may_go_on = inner.state == KernelState::Active && actor.room_for_output(&inner) > 0;
            let blocked = inner.outbox_waiting > 0;
            drop(inner);
            if waits && may_go_on && !blocked && resident.mode == at::MODE_ACTIVE {
                self.hot.insert(*index, actor.clone());
            }
            actor.tell_room();
            self.write_row(&actor, 0, 0);
        }
    }

    /// Parameters of the submission that is about to be made.
    pub(super) fn parameters(&self, first_turn: u32) -> Vec<u32> {
        let now = clock::now_ns();
        let halves = |value: u64| [value as u32, (value >> 32) as u32];
        let mut words = halves(now).to_vec();
        words.push(first_turn);
        words.extend(self.world.map(self.programs.types()));
        let patience = self.shared.config.k2k_timeout.as_nanos();
        words.extend(halves(u64::try_from(patience).unwrap_or(u64::MAX)));
        words.extend(halves(DEFAULT_MAX_DRIFT.as_nanos() as u64));
        words.push(self.world.rates.at);
        words
    }
}
