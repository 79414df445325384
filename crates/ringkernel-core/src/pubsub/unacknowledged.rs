//! What a subscriber was given and has not acknowledged, and when it is given again.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::window::Window;
use super::{Publication, QoS, SharedPublication, Topic};

/// A publication that is to be acknowledged until a time is up.
struct Given {
    publication: SharedPublication,
    attempt: u32,
    due: Instant,
}

/// What comes of a publication whose time is up.
pub(super) enum Overdue {
    /// It is given again, for the time that is counted here.
    Again(SharedPublication, u32),
    /// It was given as often as it may be.
    TooOften(SharedPublication),
}

/// The record of one subscriber.
pub(super) struct Unacknowledged {
    /// Those to be given again, in the order in which their times are up: each is allowed the same.
    again: VecDeque<Given>,
    /// Those to be given once.
    once: VecDeque<SharedPublication>,
    /// Those to be given once that its queue has taken lately, as many for each topic as the topic remembers.
    accepted: HashMap<Topic, Window<u64, ()>>,
    window: usize,
}

impl Unacknowledged {
    pub(super) fn new(window: usize) -> Self {
        Self { again: VecDeque::new(), once: VecDeque::new(), accepted: HashMap::new(), window }
    }

    /// Whether its queue has taken a publication that is to be given once.
    pub(super) fn has_accepted(&self, publication: &Publication) -> bool {
        let window = self.accepted.get(&publication.topic);
        window.is_some_and(|window| window.get(&publication.sequence).is_some())
    }

    /// Notes that its queue has taken it.
    pub(super) fn accept(&mut self, publication: &Publication) {
        let window = || Window::new(self.window);
        self.accepted
            .entry(publication.topic.clone())
            .or_insert_with(window)
            .insert(publication.sequence, ());
    }

    pub(super) fn len(&self) -> usize {
        self.again.len() + self.once.len()
    }

    /// Notes that a publication was given out for the first time.
    pub(super) fn give(&mut self, publication: SharedPublication, due: Instant) {
        match publication.qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.again.push_back(Given { publication, attempt: 1, due }),
            QoS::ExactlyOnce => self.once.push_back(publication),
        }
    }

    /// Forgets an acknowledged publication. False when it was not waiting for that.
    pub(super) fn acknowledge(&mut self, publication: &Publication) -> bool {
        let is_it =
            |other: &Publication| other.sequence == publication.sequence && other.topic == publication.topic;
        if let Some(index) = self.again.iter().position(|given| is_it(&given.publication)) {
            return self.again.remove(index).is_some();
        }
        match self.once.iter().position(|given| is_it(given)) {
            Some(index) => self.once.remove(index).is_some(),
            None => false,
        }
    }

    /// When the next time is up.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.again.front().map(|given| given.due)
    }

    /// The next publication whose time is up. One that is given again has until `next_due`.
    pub(super) fn overdue(
        &mut self,
        now: Instant,
        next_due: Instant,
        max_deliveries: u32,
    ) -> Option<Overdue> {
        let given = self.again.pop_front_if(|given| given.due <= now)?;
        if given.attempt >= max_deliveries.max(1) {
            return Some(Overdue::TooOften(given.publication));
        }
        let (publication, attempt) = (given.publication.clone(), given.attempt + 1);
        self.again.push_back(Given { attempt, due: next_due, ..given });
        Some(Overdue::Again(publication, attempt))
    }

    /// Ends the time of everything that can be given again, and takes out what cannot.
    pub(super) fn abandon(&mut self, now: Instant) -> Vec<SharedPublication> {
        self.again.iter_mut().for_each(|given| given.due = now);
        self.once.drain(..).collect()
    }

    /// Takes out everything.
    pub(super) fn take(&mut self) -> Vec<SharedPublication> {
        self.again.drain(..).map(|given| given.publication).chain(self.once.drain(..)).collect()
    }
}
